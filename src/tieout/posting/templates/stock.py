"""Stock: cost of goods that leave, come back, are lost, found and written off; amounts are cost without VAT, positive.

Details: `cause` (mismanagement) of losses, with the input `tax_rate` of the goods; of goods that came back `case_kind`, and
whether their order was `signed` and `completed`.
"""

from collections.abc import Iterable

from tieout.posting.template import GROSS, ON_TOP, WITH_TOP, Entry, Template, Title, Variant, Vat, credit, debit
from tieout.posting.templates._roles import simple

__all__ = ["TEMPLATES"]

_LATER = {"revenue": "on_signed|on_completed"}
_MISMANAGED = {"cause": "mismanagement"}
_GOODS_SOLD = (debit("cogs", GROSS), credit("inventory", GROSS))
_GOODS_BACK = (debit("cogs", -GROSS), credit("inventory", -GROSS))
_NEVER_SOLD = (debit("inventory", GROSS), credit("goods_dispatched", GROSS))
_DAMAGED_UNSOLD = (debit("inventory_defective", GROSS), credit("goods_dispatched", GROSS))
_UNDELIVERED = "rejection|intercept|rejected|intercepted"


def _stock(
    kind: str, zh: str, en: str, variants: Iterable[Variant], *, family: str = "", vat: Vat | None = None
) -> Template:
    kind = f"stock.{kind}"
    return Template(
        kind=kind, title=Title(zh=zh, en=en), order=60, family=family or kind, vat=vat, variants=tuple(variants)
    )


def _not_sold_yet(code: str, entries: tuple[Entry, ...]) -> tuple[Variant, ...]:
    """Goods that came back before their cost was taken to sales: it waits in goods dispatched."""
    return tuple(
        Variant(code=code, when={"revenue": policy}, details={stage: "false"}, entries=entries)
        for policy, stage in (("on_signed", "signed"), ("on_completed", "completed"))
    )


def _returned(kind: str, zh: str, en: str, code: str) -> Template:
    return _stock(
        f"return_{kind}", zh, en, (*_not_sold_yet("V-12", _NEVER_SOLD), Variant(code=code, entries=_GOODS_BACK))
    )


def _came_early(stage: str, policy: str) -> Template:
    """Goods that were back before the cost of all that left is taken to sales: theirs is taken out of it again."""
    return _stock(
        f"return_{stage}",
        "冲减销售成本",
        "cost of goods returned before the sale",
        (
            Variant(
                code="V-09", when={"revenue": policy}, entries=(debit("goods_dispatched", GROSS), credit("cogs", GROSS))
            ),
            Variant(memo="the book takes cost to sales at another stage"),
        ),
        family="sale",
    )


def _with_vat_out(role: str) -> tuple[Entry, ...]:
    return (debit(role, WITH_TOP), credit("suspense_asset", GROSS), credit("vat_input_out", ON_TOP))


def _delivered(stage: str, policy: str) -> Template:
    entries = (debit("cogs", GROSS), credit("goods_dispatched", GROSS))
    return _stock(
        f"sale_{stage}",
        "结转销售成本",
        "cost of sales",
        (
            Variant(code="V-02b", when={"revenue": policy}, entries=entries),
            Variant(memo="the book takes cost to sales at another stage"),
        ),
        family="sale",
    )


TEMPLATES = (
    _stock(
        "sale_out",
        "销售出库",
        "goods dispatched",
        (
            Variant(code="V-01", when={"revenue": "on_shipment"}, entries=_GOODS_SOLD),
            Variant(code="V-02a", entries=(debit("goods_dispatched", GROSS), credit("inventory", GROSS))),
        ),
        family="sale",
    ),
    _delivered("signed", "on_signed"),
    _delivered("completed", "on_completed"),
    _came_early("signed", "on_signed"),
    _came_early("completed", "on_completed"),
    _returned("good", "退货入库", "goods returned", "V-09"),
    _returned("exchanged", "换货旧件入库", "exchanged goods returned", "V-14"),
    _stock(
        "return_undelivered",
        "拒收拦截入库",
        "undelivered goods returned",
        (
            Variant(code="V-12", when=_LATER, entries=_NEVER_SOLD),
            Variant(code="V-09", entries=_GOODS_BACK),
        ),
    ),
    _stock(
        "return_damaged",
        "退货残次入库",
        "damaged goods returned",
        (
            *_not_sold_yet("V-13b", _DAMAGED_UNSOLD),
            Variant(code="V-13b", when=_LATER, details={"case_kind": _UNDELIVERED}, entries=_DAMAGED_UNSOLD),
            Variant(
                code="V-13",
                when={"allow_single_side": "True"},
                entries=(debit("cogs", -GROSS), debit("inventory_defective", GROSS)),
            ),
            Variant(code="V-13b", entries=(debit("inventory_defective", GROSS), credit("cogs", GROSS))),
        ),
    ),
    simple("stock.exchange_out", ("换货出库", "exchange sent"), 60, *_GOODS_SOLD, code="V-14a"),
    simple(
        "stock.reship_out",
        ("补发出库", "reshipment"),
        60,
        debit("aftersale_exp", GROSS),
        credit("inventory", GROSS),
        code="V-15",
    ),
    _stock(  # gifts beside a sale are part of it; goods for nothing may owe VAT as if they were sold (`domain.md` 7.2)
        "gift_out",
        "赠品出库",
        "goods given away",
        (
            Variant(
                entries=(debit("ads", GROSS), credit("inventory", GROSS)),
                review="deemed_sale_review: goods were given away; whether VAT is due as on a sale has to be decided",
            ),
        ),
    ),
    simple(
        "stock.scrap_out",
        ("残次品报废", "goods scrapped"),
        62,
        debit("suspense_asset", GROSS),
        credit("inventory_defective", GROSS),
        code="V-13c",
    ),
    _stock(
        "scrap_approved",
        "报废核销",
        "write-off approved",
        (
            Variant(
                code="V-13e",
                when={"taxpayer": "general"},
                details=_MISMANAGED,
                entries=_with_vat_out("penalty_exp"),
            ),
            Variant(
                code="V-13e",
                details=_MISMANAGED,
                entries=(debit("penalty_exp", GROSS), credit("suspense_asset", GROSS)),
            ),
            Variant(code="V-13d", entries=(debit("return_loss", GROSS), credit("suspense_asset", GROSS))),
        ),
        vat=Vat.ON_TOP,
    ),
    simple(
        "stock.count_gain",
        ("盘盈", "count gain"),
        63,
        debit("inventory", GROSS),
        credit("suspense_asset", GROSS),
        code="V-27",
    ),
    _stock(
        "gain_approved",
        "盘盈核销",
        "count gain approved",
        (
            Variant(
                code="V-27",
                when={"standard": "small_business"},
                entries=(debit("suspense_asset", GROSS), credit("nonop_income", GROSS)),
            ),
            Variant(code="V-27", entries=(debit("suspense_asset", GROSS), credit("admin_exp", GROSS))),
        ),
    ),
    simple(
        "stock.count_loss",
        ("盘亏", "count loss"),
        63,
        debit("suspense_asset", GROSS),
        credit("inventory", GROSS),
        code="V-28",
    ),
    _stock(
        "loss_approved",
        "盘亏核销",
        "count loss approved",
        (
            *(
                Variant(
                    code="V-28",
                    when={"taxpayer": "general", "standard": standard},
                    details=_MISMANAGED,
                    entries=_with_vat_out(role),
                )
                for standard, role in (("small_business", "penalty_exp"), ("enterprise|ifrs", "admin_exp"))
            ),
            Variant(
                code="V-28",
                when={"standard": "small_business"},
                entries=(debit("penalty_exp", GROSS), credit("suspense_asset", GROSS)),
            ),
            Variant(code="V-28", entries=(debit("admin_exp", GROSS), credit("suspense_asset", GROSS))),
        ),
        vat=Vat.ON_TOP,
    ),
    simple(
        "stock.loss_recovered",
        ("盘亏责任人赔偿", "count loss recovered"),
        64,
        debit("claim_platform", GROSS, aux=("customer",)),
        credit("suspense_asset", GROSS),
        code="V-28",
    ),
    simple(  # the supplier's credit note takes the accrued amount back
        "stock.purchase_return_out",
        ("采购退货出库", "goods returned to a supplier"),
        64,
        debit("ap_accrued", GROSS, aux=("supplier",)),
        credit("inventory", GROSS),
    ),
)
