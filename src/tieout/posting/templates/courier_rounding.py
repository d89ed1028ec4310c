"""Rounding of a courier bill: what tolerances absorb between the bill's total and its lines.

`amount` is what the bill asks more than its lines; negative when it asks less. No VAT is taken from it.
"""

from tieout.posting.template import GROSS, Template, Title, Variant, credit, debit

TEMPLATE = Template(
    kind="courier.rounding",
    title=Title(zh="快递账单尾差", en="courier bill rounding"),
    order=10,
    family="courier.bill",
    variants=(
        Variant(
            code="V-30",
            entries=(debit("rounding", GROSS), credit("ap_courier", GROSS, aux=("supplier",))),
        ),
    ),
)
