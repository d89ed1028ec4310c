"""Fee that a courier keeps from cash on delivery.

`amount` is the fee with tax. Without an invoice for it the tax rate is 0, and the whole fee is cost.
"""

from tieout.posting.template import GROSS, NET, TAX, Template, Title, Variant, credit, debit

TEMPLATE = Template(
    kind="courier.cod_fee",
    title=Title(zh="代收货款手续费", en="COD fee"),
    order=31,  # after the receipt it is kept from
    family="courier.cod_remitted",
    splits_input_vat=True,
    variants=(
        Variant(
            code="V-20",
            entries=(
                debit("freight_out", NET),
                debit("vat_input", TAX),
                credit("ar_cod", GROSS, aux=("supplier",)),
            ),
        ),
    ),
)
