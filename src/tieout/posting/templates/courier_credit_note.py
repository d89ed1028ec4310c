"""Credit note of a courier for what was disputed.

`amount` is a credit of the courier's document and so negative. What was paid short was never booked, so that its credit
note is only noted.
"""

from tieout.posting.template import GROSS, Template, Title, Variant, credit, debit

TEMPLATE = Template(
    kind="courier.credit_note",
    title=Title(zh="快递贷项通知", en="courier credit note"),
    order=20,
    variants=(
        Variant(
            code="V-18c",
            when={"dispute_policy": "short_pay"},
            memo="credit note for what was paid short: neither the debt nor a claim was booked",
        ),
        Variant(
            code="V-18c",
            when={"dispute_policy": "pay_and_claim"},
            entries=(
                debit("ap_courier", -GROSS, aux=("supplier",)),
                credit("claim_courier", -GROSS, aux=("supplier",)),
            ),
        ),
    ),
)
