"""Collection: how far each order is collected, what is overdue, and for how long (`domain.md` C25, C26).

What counts is the outcome of `settlement`, not the chain: it alone knows on which day an order is to be settled, it has applied
the tolerances, and it has the orders that were carried in from earlier periods.
"""

from typing import Final

import attrs
import polars as pl

from tieout.reports.cells import SOURCE, SOURCE_COLUMNS, count, currency, day, flag, money, number, share, text
from tieout.reports.data import ReportData
from tieout.reports.report import Column, Report, Section
from tieout.reports.standing import BUCKETS, outstanding, standing_orders
from tieout.reports.totals import totals_by_currency
from tieout.reports.wording import COLLECTION

__all__ = ["Collection", "Unreceived"]

_AMOUNTS: Final = ("receivable_minor", "refunded_minor", "settled_minor", "open_minor")
_COUNTS: Final = ("orders", "unsettled", "partially_settled", "settled", "over_settled", "refunded")
_OPEN: Final = ("unsettled", "partially_settled", "over_settled")
_SHOP: Final = (text("platform", "Platform", "平台"), text("shop_id", "Shop", "店铺"))
_MONEY: Final = (
    money("receivable_minor", "Receivable", "应收金额"),
    money("refunded_minor", "Refunded", "退款金额"),
    money("settled_minor", "Settled", "已结算金额"),
    money("open_minor", "Open", "未结算金额"),
)


@attrs.frozen(kw_only=True)
class Collection:
    """How far orders are collected: by status, platform and shop, with collection rate, days outstanding and ageing."""

    def make(self, data: ReportData) -> Report | None:
        """The report; None where no orders were compared with settlements."""
        orders = standing_orders(data)
        if orders is None:
            return None
        orders = orders.with_columns(
            pl.lit(1, dtype=pl.Int64).alias("orders"),
            *((pl.col("status") == word).cast(pl.Int64).alias(word) for word in _COUNTS[1:]),
        )
        counted = orders.filter(pl.col("status").is_not_null())
        waits = outstanding(data)
        return Report(
            name="collection",
            title="Collection of orders",
            title_zh="订单回款情况",
            facts=(("period", data.period), ("as_of", data.as_of.isoformat())),
            sections=(
                _by_status(counted),
                _rated("by_platform", "By platform", "按平台", ("platform",), counted, waits),
                _rated("by_shop", "By shop", "按店铺", ("platform", "shop_id"), counted, waits),
                _ageing(counted),
                _attention(counted),
                _aside(orders.filter(pl.col("status").is_null())),
            ),
            see=("unreceived", "settlement"),
        )


def _by_status(orders: pl.DataFrame) -> Section:
    key = ("status", "currency")
    frame = orders.group_by(key).agg(pl.col("orders").sum(), *(pl.col(name).sum() for name in _AMOUNTS))
    words = {word: place for place, word in enumerate(COLLECTION)}
    frame = frame.sort(pl.col("status").replace_strict(words, default=len(words)), "status", "currency")
    names = {word: zh for word, (_, zh) in COLLECTION.items()}
    frame = frame.with_columns(pl.col("status").replace(names).alias("status_zh"))
    return Section(
        name="by_status",
        title="Orders by collection status",
        title_zh="按回款状态",
        columns=(
            text("status", "Status", "状态"),
            text("status_zh", "Status in Chinese", "状态（中文）"),
            count("orders", "Orders", "订单数"),
            *_MONEY,
            currency(),
        ),
        frame=frame,
        key=key,
        totals=totals_by_currency(frame, ("orders", *_AMOUNTS)),
        details=orders,
        sums=("orders", *_AMOUNTS),
        plot="bars",
        note="Open is what is still to come: receivable less refunds less what was settled; below zero, too much was settled.",
        note_zh="未结算金额 = 应收 - 退款 - 已结算；负数为多结算。",
    )


def _rated(
    name: str, title: str, title_zh: str, who: tuple[str, ...], orders: pl.DataFrame, waits: pl.DataFrame | None
) -> Section:
    """Sums of shops or platforms with their collection rate and days sales outstanding."""
    key = (*who, "currency")
    sums = (*_COUNTS, *_AMOUNTS, "due_minor", "due_settled_minor")
    frame = orders.group_by(key).agg(pl.col(one).sum() for one in sums)
    rate = pl.when(pl.col("due_minor") > 0).then(pl.col("due_settled_minor") / pl.col("due_minor"))
    frame = frame.with_columns(rate.alias("collection_rate"))
    if waits is None:
        frame = frame.with_columns(pl.lit(None, dtype=pl.Float64).alias("dso_days"))
    else:
        waited = waits.group_by(key).agg(pl.col("minor_days").sum(), pl.col("sales_minor").sum())
        frame = frame.join(waited, on=key, how="left", nulls_equal=True).with_columns(
            pl.when(pl.col("sales_minor") > 0).then(pl.col("minor_days") / pl.col("sales_minor")).alias("dso_days")
        )
    frame = frame.select(*key, *sums, "collection_rate", "dso_days").sort(*key, nulls_last=True)
    heads = [count(word, f"{COLLECTION[word][0]}, orders", f"{COLLECTION[word][1]}订单数") for word in _COUNTS[1:]]
    return Section(
        name=name,
        title=title,
        title_zh=title_zh,
        columns=(
            *_SHOP[: len(who)],
            count("orders", "Orders", "订单数"),
            *heads,
            *_MONEY,
            money("due_minor", "Due by now", "到期应收"),
            money("due_settled_minor", "Settled of what is due", "到期已结算"),
            share("collection_rate", "Collection rate", "回款率"),
            number("dso_days", "Days sales outstanding", "应收账款周转天数", "days"),
            currency(),
        ),
        frame=frame,
        key=key,
        totals=totals_by_currency(frame, sums),
        details=orders,
        sums=sums,
        note=(
            "Collection rate: settled of orders that are due by the as-of day, over what is due of them after refunds. Days "
            "sales outstanding: what was outstanding on an average day of the period over the sales of a day."
        ),
        note_zh="回款率 = 到期订单已结算 / 到期应收（扣退款）。周转天数 = 期间日均未收 / 日均销售。",
    )


def _ageing(orders: pl.DataFrame) -> Section:
    """What is open, by how long it is past its expected day."""
    key = ("platform", "shop_id", "currency")
    waiting = orders.filter(pl.col("is_waiting"))
    names = [name for name, *_ in BUCKETS]
    details = waiting.with_columns(
        pl.when(pl.col("bucket") == label).then("open_minor").otherwise(0).alias(name) for name, label, *_ in BUCKETS
    )
    sums = (*names, "open_minor", "orders")
    frame = details.group_by(key).agg(pl.col(name).sum() for name in sums).sort(*key, nulls_last=True)
    return Section(
        name="ageing",
        title="Ageing of what is open, by days past the expected day",
        title_zh="未到款账龄（按超过预计回款日天数）",
        columns=(
            *_SHOP,
            count("orders", "Orders", "订单数"),
            *(money(name, title, zh) for name, _, title, zh in BUCKETS),
            money("open_minor", "Open", "合计"),
            currency(),
        ),
        frame=frame,
        key=key,
        totals=totals_by_currency(frame, sums),
        details=details,
        sums=sums,
        plot="ageing",
        note="Orders whose expected day is not known yet, such as those that are not completed, stand under not due.",
        note_zh="尚无预计回款日的订单（如未完成）列入未到期。",
    )


_ORDER_COLUMNS: Final[tuple[Column, ...]] = (
    text("platform", "Platform", "平台"),
    text("shop_id", "Shop", "店铺"),
    text("platform_order_id", "Order", "订单号"),
    text("status", "Status", "状态"),
    day("due_on", "Expected on", "预计回款日"),
    number("days_past", "Days past", "超期天数", "days"),
    text("bucket", "Age", "账龄"),
    *_MONEY,
    currency(),
)


def _attention(orders: pl.DataFrame) -> Section:
    """The orders that are not collected as they should be, the largest first."""
    frame = orders.filter(pl.col("status").is_in(_OPEN)).sort(
        pl.col("open_minor").abs(), "platform", "shop_id", "platform_order_id", *SOURCE,
        descending=[True, *[False] * 5], nulls_last=True, maintain_order=True,
    )  # fmt: skip
    return Section(
        name="open_orders",
        title="Orders that are open or settled too high",
        title_zh="未结清订单明细",
        columns=(*_ORDER_COLUMNS, flag("is_waiting", "Waiting", "待回款"), *SOURCE_COLUMNS),
        frame=frame,
        note="The rows of all other orders are behind the figures by status.",
        note_zh="其余订单见各状态下的明细。",
    )


def _aside(orders: pl.DataFrame) -> Section:
    """Orders of which nothing is to be settled, by reason."""
    key = ("verdict", "currency")
    frame = orders.group_by(key).agg(pl.col("orders").sum(), pl.col("receivable_minor").sum())
    frame = frame.sort(*key, nulls_last=True)
    return Section(
        name="set_aside",
        title="Orders without a status",
        title_zh="不适用回款状态的订单",
        columns=(
            text("verdict", "Because", "原因"),
            count("orders", "Orders", "订单数"),
            money("receivable_minor", "Amount", "金额"),
            currency(),
        ),
        frame=frame,
        key=key,
        details=orders,
        sums=("orders", "receivable_minor"),
        note="Such as orders that were never paid, or that another period has.",
        note_zh="例如未付款订单或属于其他期间的订单。",
    )


@attrs.frozen(kw_only=True)
class Unreceived:
    """Orders whose money should have come (未到款): expected before the as-of day, and short by more than the tolerance."""

    def make(self, data: ReportData) -> Report | None:
        """The report; None where no orders were compared with settlements."""
        orders = standing_orders(data, with_causes=True)
        if orders is None:
            return None
        titles = data.type_titles
        late = orders.filter("is_unreceived").with_columns(
            pl.lit(1, dtype=pl.Int64).alias("orders"),
            pl.col("cause").replace({code: names[0] for code, names in titles.items()}).alias("cause_title"),
            pl.col("cause").replace({code: names[1] for code, names in titles.items()}).alias("cause_title_zh"),
        )
        late = late.sort("days_past", "open_minor", "platform", "shop_id", "platform_order_id", *SOURCE,
                         descending=[True, True, *[False] * 5], nulls_last=True, maintain_order=True)  # fmt: skip
        return Report(
            name="unreceived",
            title="Unreceived orders",
            title_zh="未到款订单",
            facts=(("period", data.period), ("as_of", data.as_of.isoformat())),
            sections=(
                _grouped("by_shop", "By shop and age", "按店铺和账龄", ("platform", "shop_id", "bucket"), late),
                _grouped("by_owner", "By who follows up", "按跟进责任人", ("owner",), late),
                _late_orders(late),
            ),
            see=("collection",),
        )


_HEADS: Final = {
    "platform": text("platform", "Platform", "平台"),
    "shop_id": text("shop_id", "Shop", "店铺"),
    "bucket": text("bucket", "Age", "账龄"),
    "owner": text("owner", "Owner", "责任人"),
}


def _grouped(name: str, title: str, title_zh: str, who: tuple[str, ...], late: pl.DataFrame) -> Section:
    key = (*who, "currency")
    sums = ("orders", "open_minor")
    frame = late.group_by(key).agg(pl.col("orders").sum(), pl.col("open_minor").sum(), pl.col("days_past").max())
    places = {label: place for place, (_, label, *_) in enumerate(BUCKETS)}
    order = [
        pl.col(one).replace_strict(places, default=None, return_dtype=pl.Int32) if one == "bucket" else pl.col(one)
        for one in key
    ]
    frame = frame.sort(*order, nulls_last=True)
    return Section(
        name=name,
        title=title,
        title_zh=title_zh,
        columns=(
            *(_HEADS[one] for one in who),
            count("orders", "Orders", "订单数"),
            money("open_minor", "Unreceived", "未到款金额"),
            number("days_past", "Longest", "最长超期天数", "days"),
            currency(),
        ),
        frame=frame,
        key=key,
        totals=totals_by_currency(frame, sums),
        details=late,
        sums=sums,
        plot="bars",
    )


def _late_orders(late: pl.DataFrame) -> Section:
    return Section(
        name="orders",
        title="Unreceived orders, the longest overdue first",
        title_zh="未到款订单明细",
        columns=(
            *_ORDER_COLUMNS,
            text("cause_title", "What was found", "差异类型"),
            text("cause_title_zh", "What was found, in Chinese", "差异类型（中文）"),
            text("owner", "Owner", "责任人"),
            text("next_step", "Next step", "下一步"),
            text("next_step_zh", "Next step in Chinese", "下一步（中文）"),
            *SOURCE_COLUMNS,
        ),
        frame=late,
        note="An order without an owner is in transit: past its expected day, and within the days that the contract grants.",
        note_zh="无责任人的订单为在途：已过预计回款日，仍在合同宽限期内。",
    )
