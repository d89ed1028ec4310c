"""Parcels that no courier bill covers yet: accrued at the period's end, taken back on the next day.

`amount` is the expected cost with tax, of one carrier and leg. The VAT waits for the invoice: only the net is accrued.
Details: `leg`.
"""

from tieout.posting.template import NET, Template, Title, Variant, credit, debit
from tieout.posting.templates._freight import FREIGHT

TEMPLATE = Template(
    kind="courier.unbilled",
    title=Title(zh="快递费暂估", en="courier accrual"),
    order=90,
    splits_input_vat=True,
    is_accrual=True,
    variants=(Variant(code="V-23", entries=(debit(FREIGHT, NET), credit("ap_accrued", NET, aux=("supplier",)))),),
)
