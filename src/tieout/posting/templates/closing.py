"""Period ends and reclassifications: reserves, prepaid advertising, expected returns, VAT that is let off.

Amounts are positive.
"""

from tieout.posting.template import GROSS, NET, TAX, Entry, Template, Title, Variant, Vat, credit, debit
from tieout.posting.templates._roles import simple

__all__ = ["TEMPLATES"]


def _provision(kind: str, zh: str, en: str, entries: tuple[Entry, ...]) -> Template:
    return Template(
        kind=f"provision.{kind}",
        title=Title(zh=zh, en=en),
        order=95,
        family="provision",
        is_accrual=True,
        variants=(
            Variant(code="V-25", when={"standard": "small_business"}, memo="the standard knows no refund liability"),
            Variant(code="V-25", entries=entries),
        ),
    )


TEMPLATES = (
    simple(
        "receivable.reserved",
        ("应收款冻结", "receivable held in reserve"),
        38,
        debit("reserve_held", GROSS, aux=("customer",)),
        credit("ar_platform", GROSS, aux=("customer",)),
        code="V-21d",
    ),
    simple(
        "ads.consumed",
        ("推广消耗", "advertising used"),
        38,
        debit("ads", NET),
        debit("vat_input", TAX),
        credit("prepaid_ads", GROSS, aux=("customer",)),
        code="V-21b",
        vat=Vat.INPUT,
    ),
    _provision("refund", "预计退货", "expected refunds", (debit("revenue", GROSS), credit("refund_provision", GROSS))),
    _provision(
        "return_cost",
        "应收退货成本",
        "expected returns at cost",
        (debit("return_cost_asset", GROSS), credit("cogs", GROSS)),
    ),
    Template(
        kind="vat.exempted",
        title=Title(zh="增值税减免", en="VAT let off"),
        order=96,
        variants=(
            Variant(
                code="V-34",
                when={"taxpayer": "small_scale"},
                entries=(debit("vat_small", GROSS), credit("relief_income", GROSS)),
            ),
            Variant(code="V-34", memo="only small-scale taxpayers are exempt by their monthly sales"),
        ),
    ),
)
