"""Cash on delivery that a courier sets off against its bill: nothing reaches the bank, less is owed.

`amount` is what the bill takes off, a credit and so negative.
"""

from tieout.posting.template import GROSS, Template, Title, Variant, credit, debit

TEMPLATE = Template(
    kind="courier.cod_set_off",
    title=Title(zh="代收货款抵运费", en="COD set off"),
    order=10,
    family="courier.bill",
    variants=(
        Variant(
            code="V-20",
            entries=(
                debit("ap_courier", -GROSS, aux=("supplier",)),
                credit("ar_cod", -GROSS, aux=("supplier",)),
            ),
        ),
    ),
)
