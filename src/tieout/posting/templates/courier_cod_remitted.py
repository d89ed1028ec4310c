"""Cash on delivery remitted by a courier to the bank.

`amount` is what arrived, after the fee that the courier kept; a credit of the courier, so negative. The fee is
`courier.cod_fee` of the same document. What a bill sets off against its charges is `courier.cod_set_off`.
"""

from tieout.posting.template import GROSS, Template, Title, Variant, credit, debit

TEMPLATE = Template(
    kind="courier.cod_remitted",
    title=Title(zh="代收货款回款", en="COD remittance"),
    order=30,
    variants=(Variant(code="V-20", entries=(debit("bank", -GROSS), credit("ar_cod", -GROSS, aux=("supplier",)))),),
)
