"""Courier bill: what the merchant accepts of it.

`amount` is the accepted amount with tax, of one bill, leg and tax rate; a credit on the bill is negative. Disputed
amounts are `courier.dispute`. Details: `leg`.
"""

from tieout.posting.template import GROSS, NET, TAX, Template, Title, Variant, credit, debit
from tieout.posting.templates._freight import FREIGHT

TEMPLATE = Template(
    kind="courier.bill",
    title=Title(zh="快递账单", en="courier bill"),
    order=10,
    splits_input_vat=True,
    variants=(
        Variant(
            code="V-18",
            entries=(debit(FREIGHT, NET), debit("vat_input", TAX), credit("ap_courier", GROSS, aux=("supplier",))),
        ),
    ),
)
