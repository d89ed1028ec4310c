"""Compensation by a courier for parcels lost or damaged, set off against its bill.

`amount` is a credit of the courier's document and so negative, as on the bill. Compensation carries no VAT.
"""

from tieout.posting.template import GROSS, Template, Title, Variant, credit, debit

TEMPLATE = Template(
    kind="courier.compensation",
    title=Title(zh="快递赔付", en="courier compensation"),
    order=10,
    family="courier.bill",
    variants=(
        Variant(
            code="V-15b",
            entries=(debit("ap_courier", -GROSS, aux=("supplier",)), credit("aftersale_exp", -GROSS)),
        ),
    ),
)
