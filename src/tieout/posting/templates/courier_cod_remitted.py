"""Cash on delivery remitted by a courier: what arrived at the bank.

`amount` is the bank receipt, after the fee that the courier kept; the fee is `courier.cod_fee` of the same document.
"""

from tieout.posting.template import GROSS, Template, Title, Variant, credit, debit

TEMPLATE = Template(
    kind="courier.cod_remitted",
    title=Title(zh="代收货款回款", en="COD remittance"),
    order=30,
    variants=(Variant(code="V-20", entries=(debit("bank", GROSS), credit("ar_cod", GROSS, aux=("supplier",)))),),
)
