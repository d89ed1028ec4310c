"""Disputed part of a courier bill: noted when paid short, a claim when paid in full.

`amount` is what was billed and is disputed, with tax, of one bill, leg and tax rate; positive when too much was billed.
"""

from tieout.posting.template import GROSS, Template, Title, Variant, credit, debit

TEMPLATE = Template(
    kind="courier.dispute",
    title=Title(zh="快递账单争议", en="disputed courier bill"),
    order=10,
    family="courier.bill",
    variants=(
        Variant(
            code="V-18",
            when={"dispute_policy": "short_pay"},
            memo="disputed and not paid: a claim is recognised only when the courier accepts it",
        ),
        Variant(
            code="V-18b",
            when={"dispute_policy": "pay_and_claim"},
            entries=(
                debit("claim_courier", GROSS, aux=("supplier",)),
                credit("ap_courier", GROSS, aux=("supplier",)),
            ),
        ),
    ),
)
