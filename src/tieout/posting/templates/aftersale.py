"""After-sales: refunds, exchanges, repairs, and what is owed at a cut-off.

Amounts are what the buyer gets, or pays, tax included, and positive. A refund's `original` is the sale line it takes back.
Details of refunds: `stage` of the goods; `shipped`, `signed` and `completed` as of the day; `channel`; `receivable`. What buyers
are paid on top of the price is a compensation; its settlement clears the receivable as that of a refund does.
"""

import attrs

from tieout.posting.template import GROSS, NET, TAX, Template, Title, Variant, Vat, credit, debit
from tieout.posting.templates._roles import OUTPUT_VAT, SERVICE_SALE, WHOLE_SALE, simple

__all__ = ["TEMPLATES"]

_BEFORE = {"stage": "before_shipment"}
_OF_PLATFORM = ("customer",)
_NOT_YET = "revenue of the sale is not recognised yet: there is nothing to take back"
_STAGES = {"on_shipment": "shipped", "on_signed": "signed", "on_completed": "completed"}
_UNSOLD = tuple(
    Variant(code="V-07", when={"revenue": policy}, details={stage: "false"}, memo=_NOT_YET)
    for policy, stage in _STAGES.items()
)
_TAKEN_BACK = (
    Variant(code="V-08", when={"platform_subsidy": "service_income"}, entries=tuple(-entry for entry in SERVICE_SALE)),
    Variant(code="V-08", entries=tuple(-entry for entry in WHOLE_SALE)),
)


def _caught_up(policy: str, stage: str) -> Template:
    """A refund that came before revenue was recognised, of a sale that is recognised as a whole all the same."""
    return Template(
        kind=f"aftersale.refund_{stage}",
        title=Title(zh="退款", en="refund"),
        order=50,
        family="aftersale.refund",
        vat=Vat.OUTPUT,
        takes_back=True,
        variants=(
            *(attrs.evolve(variant, when={**variant.when, "revenue": policy}) for variant in _TAKEN_BACK),
            Variant(code="V-08", memo="the book recognises revenue at another stage"),
        ),
    )


TEMPLATES = (
    Template(
        kind="aftersale.refund",
        title=Title(zh="退款", en="refund"),
        order=50,
        vat=Vat.OUTPUT,
        takes_back=True,
        variants=(
            Variant(
                code="V-07",
                when={"records_advances": "True"},
                details={**_BEFORE, "channel": "own"},
                entries=(debit("advance", GROSS), credit("wallet", GROSS)),
            ),
            Variant(code="V-07", details=_BEFORE, memo="refunded before shipment: neither was booked"),
            *_UNSOLD,
            *_TAKEN_BACK,
        ),
    ),
    *(_caught_up(policy, stage) for policy, stage in _STAGES.items()),
    Template(  # approved before the cut-off, paid after it
        kind="aftersale.refund_approved",
        title=Title(zh="应退款暂估", en="refunds approved"),
        order=91,
        vat=Vat.OUTPUT,
        takes_back=True,
        is_accrual=True,
        variants=(Variant(code="V-26", details=_BEFORE, memo=_NOT_YET), *_UNSOLD, *_TAKEN_BACK),
    ),
    Template(
        kind="aftersale.refund_owed",
        title=Title(zh="应付退款重分类", en="refunds payable"),
        order=92,
        is_accrual=True,
        variants=(
            Variant(code="V-26b", details=_BEFORE, memo=_NOT_YET),
            *_UNSOLD,
            Variant(
                code="V-26b",
                entries=(debit("ar_platform", GROSS, aux=_OF_PLATFORM), credit("refund_payable", GROSS)),
            ),
        ),
    ),
    simple(
        "aftersale.refund_paid",
        ("支付应退款", "refund payable paid"),
        51,
        debit("refund_payable", GROSS),
        credit("wallet", GROSS),
        code="V-26c",
    ),
    simple(
        "aftersale.exchange_difference",
        ("换货补差价", "exchange difference"),
        52,
        debit("ar_platform", GROSS, aux=_OF_PLATFORM),
        credit("revenue", NET),
        credit(OUTPUT_VAT, TAX),
        code="V-14b",
        vat=Vat.OUTPUT,
    ),
    Template(
        kind="aftersale.compensation",
        title=Title(zh="买家赔付", en="buyer compensation"),
        order=52,
        variants=(
            Variant(
                code="V-17",
                when={"standard": "small_business"},
                entries=(debit("aftersale_exp", GROSS), credit("ar_platform", GROSS, aux=_OF_PLATFORM)),
            ),
            # Paid to customers, so less revenue; without a red invoice it takes no output VAT back.
            Variant(code="V-17", entries=(debit("ar_platform", -GROSS, aux=_OF_PLATFORM), credit("revenue", -GROSS))),
        ),
    ),
    simple(
        "aftersale.repair_parts",
        ("维修配件", "repair parts"),
        53,
        debit("repair_exp", GROSS),
        credit("materials", GROSS),
        code="V-16",
        family="aftersale.repair",
    ),
    simple(
        "aftersale.repair_labour",
        ("维修费", "repair labour"),
        53,
        debit("repair_exp", GROSS),
        credit("ap_other", GROSS, aux=("supplier",)),
        code="V-16",
        family="aftersale.repair",
    ),
    simple(
        "aftersale.repair_income",
        ("维修收入", "paid repair"),
        54,
        debit("wallet", GROSS),
        credit("other_revenue", NET),
        credit(OUTPUT_VAT, TAX),
        code="V-16b",
        vat=Vat.OUTPUT,
    ),
    simple(
        "aftersale.over_refund",
        ("多退款待追回", "refund to recover"),
        55,
        debit("claim_platform", GROSS, aux=_OF_PLATFORM),
        credit("wallet", GROSS),
        code="V-32",
    ),
)
