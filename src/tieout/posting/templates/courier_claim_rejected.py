"""Claim rejected by a courier: what was disputed becomes cost after all.

`amount` is the disputed amount with tax. Paid in full, it ends the claim; paid short, it becomes a debt now.
Details: `leg`.
"""

from tieout.posting.template import GROSS, NET, TAX, Template, Title, Variant, credit, debit
from tieout.posting.templates._freight import FREIGHT

TEMPLATE = Template(
    kind="courier.claim_rejected",
    title=Title(zh="快递索赔被拒", en="rejected courier claim"),
    order=20,
    splits_input_vat=True,
    variants=(
        Variant(
            code="V-18d",
            when={"dispute_policy": "pay_and_claim"},
            entries=(debit(FREIGHT, NET), debit("vat_input", TAX), credit("claim_courier", GROSS, aux=("supplier",))),
        ),
        Variant(
            code="V-18",
            when={"dispute_policy": "short_pay"},
            entries=(debit(FREIGHT, NET), debit("vat_input", TAX), credit("ap_courier", GROSS, aux=("supplier",))),
        ),
    ),
)
