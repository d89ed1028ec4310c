"""Payment to a courier from the bank.

`amount` is what was paid; a refund from the courier is negative.
"""

from tieout.posting.template import GROSS, Template, Title, Variant, credit, debit

TEMPLATE = Template(
    kind="courier.paid",
    title=Title(zh="支付快递费", en="courier paid"),
    order=30,
    variants=(Variant(code="V-19", entries=(debit("ap_courier", GROSS, aux=("supplier",)), credit("bank", GROSS))),),
)
