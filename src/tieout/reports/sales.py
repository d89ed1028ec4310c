"""Sales by platform, ERP and ledger, beside each other (`domain.md` C27, C31)."""

from collections.abc import Sequence
from typing import Final

import attrs
import polars as pl

from tieout.reports.booked import posted_events, revenue_lines
from tieout.reports.cells import SOURCE, count, currency, day, money, stacked, text
from tieout.reports.data import ReportData
from tieout.reports.report import Column, Report, Section
from tieout.reports.spans import Span
from tieout.reports.standing import local_day
from tieout.reports.versions import in_order

__all__ = ["SalesComparison"]

_STAGES: Final = {"sale.shipped": "shipped_at", "sale.signed": "signed_at", "sale.completed": "completed_at"}
_ORDER: Final = ("platform", "shop_id", "platform_order_id", "currency")
_SUMS: Final = (
    *("platform_orders", "erp_orders", "ledger_orders", "platform_minor", "erp_minor", "ledger_minor"),
    *("erp_off_minor", "ledger_off_minor"),
)
_SHOP: Final = (text("platform", "Platform", "平台"), text("shop_id", "Shop", "店铺"))
_FIGURES: Final = (
    count("platform_orders", "Orders on the platform", "平台订单数"),
    count("erp_orders", "In the ERP", "ERP订单数"),
    count("ledger_orders", "In the books", "账面订单数"),
    money("platform_minor", "Platform sales", "平台销售额"),
    money("erp_minor", "ERP sales", "ERP销售额"),
    money("ledger_minor", "Ledger sales", "总账销售额"),
    money("erp_off_minor", "ERP less platform", "ERP - 平台"),
    money("ledger_off_minor", "Ledger less platform", "总账 - 平台"),
)


@attrs.frozen(kw_only=True)
class _Seen:
    """Which of the two that are compared with the platform are there."""

    erp: bool
    ledger: bool

    def figures(self, columns: Sequence[Column]) -> list[Column]:
        """The columns of what is there."""
        hidden = [*(["erp_"] if not self.erp else []), *(["ledger_"] if not self.ledger else [])]
        return [one for one in columns if not one.name.startswith(tuple(hidden))]


@attrs.frozen(kw_only=True)
class SalesComparison:
    """What was sold, as platform, ERP and ledger say, by shop and day; the differences traced to orders.

    A sale counts on the day on which the books recognise it. The ledger's column is revenue and its output VAT, before refunds.

    Attributes:
        stage: When a sale counts: `shipped_at`, `signed_at` or `completed_at`; None for the stage whose sales the vouchers post,
            else `shipped_at`.
    """

    stage: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.in_(tuple(_STAGES.values())))
    )

    def make(self, data: ReportData) -> Report | None:
        """The report; None where no orders were reconciled."""
        sold = _sold(data)
        if sold is None:
            return None
        events = _sale_events(data)
        posted = posted_events(data)
        stage = self.stage or _stage_of(events, posted)
        span = Span.parse(data.period)
        orders = sold.with_columns(local_day(pl.col(stage), data.timezone).alias("day"))
        within = pl.col("day").is_between(span.first, span.last).fill_null(value=False)
        # What an earlier period has seen already may be a sale of this one: it was read there after it ended.
        orders = orders.filter(within | ~pl.col("is_old")).drop("is_old")
        booked, rests, other = _booked(data, events, posted)
        seen = _Seen(erp=bool((sold["erp_orders"] > 0).any()), ledger=bool(data.vouchers))
        rows = _rows(orders.filter(within), booked, rests, seen)
        return Report(
            name="sales",
            title="Sales by platform, ERP and ledger",
            title_zh="销售数据对比（平台 / ERP / 总账）",
            facts=(
                ("book", data.name),
                ("period", data.period),
                ("as_of", data.as_of.isoformat()),
                ("a sale counts when", stage.removesuffix("_at")),
            ),
            sections=(
                _compared("by_platform", "By platform", "按平台", (_SHOP[0],), rows, seen),
                _compared("by_shop", "By shop", "按店铺", _SHOP, rows, seen),
                _compared(
                    "by_shop_day", "By shop and day", "按店铺和日期", (*_SHOP, day("day", "Day", "日期")), rows, seen
                ),
                _differing(rows, seen),
                _beside(orders.filter(~within)),
                _ledger(booked, rests, other),
            ),
        )


def _sold(data: ReportData) -> pl.DataFrame | None:
    """One row an order with what platform and ERP say of it; from `settlement` where there is no ERP.

    `is_old`: an earlier period has seen the order, and nothing new is said of it.
    """
    moments = tuple(_STAGES.values())
    names = (*_ORDER, "amount_minor", "is_repeat", "is_opening", "verdict", *moments, *SOURCE)
    outcomes = data.outcomes_of("orders")
    ours = stacked(outcomes or data.outcomes_of("settlement"), "orders", names)
    if ours is None:
        return None
    theirs = stacked(outcomes, "erp_orders", names)
    parts = [_side(ours, "platform")]
    if theirs is not None:
        parts.append(_side(theirs, "erp"))
    return (
        pl.concat(in_order(part) for part in parts)
        .group_by(_ORDER)
        .agg(
            *(pl.col(name).sum() for name in ("platform_orders", "erp_orders", "platform_minor", "erp_minor")),
            *(pl.col(name).drop_nulls().first() for name in (*moments, *SOURCE)),
            pl.col("is_old").all(),
        )
    )


def _side(records: pl.DataFrame, side: str) -> pl.DataFrame:
    """Orders of one system, with `is_old`; the other system's columns are 0."""
    kept = records.filter(~pl.col("is_repeat"))
    one, none = pl.lit(1, dtype=pl.Int64), pl.lit(0, dtype=pl.Int64)
    amount = pl.col("amount_minor").fill_null(0)
    is_ours = side == "platform"
    return kept.select(
        *_ORDER,
        (one if is_ours else none).alias("platform_orders"),
        (none if is_ours else one).alias("erp_orders"),
        (amount if is_ours else none).alias("platform_minor"),
        (none if is_ours else amount).alias("erp_minor"),
        *(pl.col(name).cast(pl.Datetime("us", "UTC")) for name in _STAGES.values()),
        pl.col(SOURCE[0]).cast(pl.String),
        pl.col(SOURCE[1]).cast(pl.Int64),
        (pl.col("is_opening") | (pl.col("verdict") == "settled before").fill_null(value=False)).alias("is_old"),
    )


def _sale_events(data: ReportData) -> pl.DataFrame:
    """Events of sales, each once, with the order that they are of."""
    names = ("event_id", "kind", "occurred_on", "party", "shop_id", "amount_minor", "currency", "details")
    parts = [
        frame.filter(pl.col("kind").is_in(list(_STAGES))).select(names)
        for one in data.outcomes
        if (frame := one.events.to_polars()).height
    ]
    if not parts:
        schema = {**dict.fromkeys(names, pl.String), "occurred_on": pl.Date, "amount_minor": pl.Int64}
        return pl.DataFrame(schema=schema)
    return pl.concat(parts, how="vertical_relaxed")


def _stage_of(events: pl.DataFrame, posted: pl.DataFrame) -> str:
    kinds = events.join(posted, on="event_id", how="semi")["kind"].unique().sort().to_list()
    return _STAGES[kinds[0]] if len(kinds) == 1 else "shipped_at"


def _booked(
    data: ReportData, events: pl.DataFrame, posted: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """What the books have of each order and day, what vouchers of sales have beyond it, and lines of no sale.

    A line of revenue names no shop: it is that of the events which its voucher posts. Where these are of several shops, or of
    another currency than the line, the amount cannot be split, and stands as a rest of its voucher.
    """
    lines = revenue_lines(data)
    sales = posted.join(events, on="event_id", how="inner").unique("event_id", keep="first", maintain_order=True)
    sales = sales.filter(pl.col("voucher_id").is_in(lines["voucher_id"].unique().implode()))
    is_sale = pl.col("voucher_id").is_in(sales["voucher_id"].unique().implode())
    of_sales = lines.filter(is_sale)
    codes = of_sales.select("voucher_id", "currency").unique()
    traced = sales.join(codes, on=["voucher_id", "currency"], how="semi")
    dates = of_sales.select("voucher_id", "voucher", "date").unique()
    booked = (
        traced.join(dates, on="voucher_id")
        .with_columns(pl.col("details").str.json_path_match("$.order").alias("platform_order_id"))
        .group_by(
            pl.col("party").alias("platform"), "shop_id", "platform_order_id", "currency", pl.col("date").alias("day")
        )
        .agg(pl.col("amount_minor").sum().alias("ledger_minor"), pl.col("voucher").min())
    )
    known = traced.group_by("voucher_id", "currency").agg(pl.col("amount_minor").sum())
    shops = sales.group_by("voucher_id").agg(
        pl.when(pl.col("party").n_unique() == 1).then(pl.col("party").first()).alias("platform"),
        pl.when(pl.col("shop_id").n_unique() == 1).then(pl.col("shop_id").first()).alias("shop_id"),
    )
    rests = (
        of_sales.group_by("voucher_id", "voucher", "date", "currency")
        .agg(pl.col("booked_minor").sum())
        .join(known, on=["voucher_id", "currency"], how="left")
        .join(shops, on="voucher_id", how="left")
        .with_columns((pl.col("booked_minor") - pl.col("amount_minor").fill_null(0)).alias("ledger_minor"))
        .filter(pl.col("ledger_minor") != 0)
        .select(
            "platform", "shop_id", pl.lit(None, dtype=pl.String).alias("platform_order_id"), "currency",
            pl.col("date").alias("day"), "ledger_minor", "voucher",
        )
    )  # fmt: skip
    return booked, rests, lines.filter(~is_sale)


def _rows(orders: pl.DataFrame, booked: pl.DataFrame, rests: pl.DataFrame, seen: _Seen) -> pl.DataFrame:
    """One row for each order and day on which one of the three says something; what is not there differs by nothing."""
    key, nothing = [*_ORDER, "day"], pl.lit(0, dtype=pl.Int64)
    said = orders.select(*key, "platform_orders", "erp_orders", "platform_minor", "erp_minor", *SOURCE)
    books = booked.with_columns(pl.lit(1, dtype=pl.Int64).alias("ledger_orders"))
    rows = said.join(books, on=key, how="full", nulls_equal=True, coalesce=True)
    rows = pl.concat([rows, rests], how="diagonal_relaxed")  # a rest is of no order, and meets none
    figures = ("platform_orders", "erp_orders", "ledger_orders", "platform_minor", "erp_minor", "ledger_minor")
    return (
        rows.with_columns(pl.col(figures).fill_null(0))
        .with_columns(
            (pl.col("erp_minor") - pl.col("platform_minor") if seen.erp else nothing).alias("erp_off_minor"),
            (pl.col("ledger_minor") - pl.col("platform_minor") if seen.ledger else nothing).alias("ledger_off_minor"),
        )
        .sort("platform", "shop_id", "day", "platform_order_id", "currency", "voucher", nulls_last=True)
    )


def _compared(name: str, title: str, title_zh: str, who: Sequence[Column], rows: pl.DataFrame, seen: _Seen) -> Section:
    key = (*(one.name for one in who), "currency")
    frame = rows.group_by(key).agg(pl.col(one).sum() for one in _SUMS).sort(*key, nulls_last=True)
    totals = frame.group_by("currency").agg(pl.col(one).sum() for one in _SUMS).sort("currency", nulls_last=True)
    return Section(
        name=name,
        title=title,
        title_zh=title_zh,
        columns=(*who, *seen.figures(_FIGURES), currency()),
        frame=frame,
        key=key,
        totals=totals.select(
            pl.col(one) if one in totals.columns else pl.lit(None, dtype=dtype).alias(one)
            for one, dtype in frame.schema.items()
        ),
        details=rows,
        sums=_SUMS,
        plot="trend" if "day" in key else "bars",
        note=(
            "The ledger's column is revenue and output VAT of the vouchers of sales. Such a line names no shop: the shop is that "
            "of the sales which the voucher posts; a voucher of several shops has none."
        ),
        note_zh="总账列为销售凭证的收入与销项税额；分录无店铺辅助核算时，取凭证所记销售的店铺，跨店铺凭证不分店铺。",
    )


def _differing(rows: pl.DataFrame, seen: _Seen) -> Section:
    """The orders that make the differences, the largest first."""
    off = rows.filter((pl.col("erp_off_minor") != 0) | (pl.col("ledger_off_minor") != 0))
    size = pl.max_horizontal(pl.col("erp_off_minor").abs(), pl.col("ledger_off_minor").abs())
    return Section(
        name="orders",
        title="Orders that make the differences",
        title_zh="差异订单明细",
        columns=(
            *_SHOP,
            text("platform_order_id", "Order", "订单号"),
            day("day", "Day", "日期"),
            *seen.figures(_FIGURES[3:]),
            currency(),
            text("voucher", "Voucher", "凭证号"),
            text("source_file", "File", "来源文件"),
            count("source_line", "Row", "行号"),
        ),
        frame=off.sort(size, "platform", "shop_id", "day", "platform_order_id", "voucher",
                       descending=[True, *[False] * 5], nulls_last=True, maintain_order=True),
    )  # fmt: skip


def _beside(orders: pl.DataFrame) -> Section:
    """Orders that are no sale of the period, by why."""
    key = ("platform", "shop_id", "because", "currency")
    details = orders.with_columns(
        pl.when(pl.col("day").is_null())
        .then(pl.lit("not sold yet"))
        .otherwise(pl.lit("of another period"))
        .alias("because")
    )
    sums = ("platform_orders", "erp_orders", "platform_minor", "erp_minor")
    frame = details.group_by(key).agg(pl.col(one).sum() for one in sums).sort(*key, nulls_last=True)
    return Section(
        name="beside",
        title="Orders that are no sale of the period",
        title_zh="不计入本期销售的订单",
        columns=(*_SHOP, text("because", "Because", "原因"), *_FIGURES[:2], *_FIGURES[3:5], currency()),
        frame=frame,
        key=key,
        details=details.sort(*key, "platform_order_id", nulls_last=True),
        sums=sums,
    )


def _ledger(booked: pl.DataFrame, rests: pl.DataFrame, other: pl.DataFrame) -> Section:
    """What the accounts of revenue and output VAT have: sales, and what takes them back or is booked beside."""
    key = ("part", "currency")
    minor = pl.col("ledger_minor").alias("booked_minor")
    details = pl.concat(
        [
            booked.group_by("voucher", "currency")
            .agg(minor.sum())
            .with_columns(pl.lit("1 sales of orders").alias("part")),
            rests.select("voucher", "currency", minor, pl.lit("2 sales that name no order").alias("part")),
            other.group_by("voucher", "currency")
            .agg(pl.col("booked_minor").sum())
            .with_columns(pl.lit("3 refunds and other entries").alias("part")),
        ],
        how="diagonal_relaxed",
    ).sort(*key, "voucher", nulls_last=True)
    frame = details.group_by(key).agg(pl.col("booked_minor").sum()).sort(*key)
    return Section(
        name="ledger",
        title="Revenue and output VAT in the books",
        title_zh="账面收入及销项税额构成",
        columns=(text("part", "Part", "构成"), money("booked_minor", "Booked", "账面金额"), currency()),
        frame=frame,
        key=key,
        details=details,
        sums=("booked_minor",),
    )
