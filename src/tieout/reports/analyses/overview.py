"""The overview that a finance manager reads first, and how figures move from period to period (`domain.md` C64, C46)."""

from collections.abc import Sequence

import attrs
import polars as pl

from tieout.model.currency import exponent
from tieout.reports.analyses._building import built
from tieout.reports.data import ReportData
from tieout.reports.metrics import Metric, Unit, facts_of, metrics, missing_of, resolve
from tieout.reports.report import Column, Kind, Report, Section
from tieout.reports.tabled import CURRENCY, Layout, column_of
from tieout.reports.trends import changes, metric_figures

__all__ = ["Overview", "TrendReport"]

_FIRST = (
    *("sales", "orders", "refunded_amount", "refund_rate", "after_sale_rate", "settled_receivable", "platform_fees"),
    *("take_rate", "freight", "courier_cost_per_parcel", "freight_to_sales", "outstanding", "unreceived"),
    *("collection_rate", "dso", "promotion_cost", "exceptions_found", "exceptions_amount", "exceptions_open"),
    *("exceptions_open_amount", "overcharge_found", "recovery_rate", "match_rate", "auto_match_rate", "stock_accuracy"),
    "complaint_rate",
)
_SHOPS = (
    "sales",
    "orders",
    "refunded_amount",
    "refund_rate",
    "platform_fees",
    "take_rate",
    "outstanding",
    "unreceived",
)
_WEEKS = ("sales", "orders", "refunded_amount", "refund_rate", "platform_fees", "freight")
_HISTORY = (
    *("sales", "orders", "refund_rate", "after_sale_rate", "take_rate", "freight_to_sales", "courier_cost_per_parcel"),
    *("outstanding", "collection_rate", "exceptions_found", "exceptions_amount", "match_rate"),
)
_COMPARED = (("value", "", ""), ("previous", " before", "（上期）"), ("year_before", " a year before", "（上年同期）"))
_MEASURED = (
    ("minor", "Amount", "金额", Kind.MONEY, (Unit.MONEY,)),
    ("share", "Share", "比率", Kind.SHARE, (Unit.SHARE,)),
    ("number", "Number", "数值", Kind.NUMBER, (Unit.COUNT, Unit.DAYS, Unit.KG, Unit.PIECES)),
)


def _names(given: Sequence[str]) -> tuple[str, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class Overview:
    """The figures that are asked for first, with those of the period before and of a year before.

    Attributes:
        metrics: Names of the metrics, in order.
    """

    metrics: tuple[str, ...] = attrs.field(default=_FIRST, converter=_names)

    def make(self, data: ReportData) -> Report | None:
        """The report; None where nothing can be said."""
        return built(
            data,
            "overview",
            "Overview",
            "概览",
            [
                _listed(data, self.metrics),
                Layout(name="shops", title="By shop", title_zh="按店铺", metrics=_SHOPS, by=["shop"], plot="bars"),
            ],
        )


@attrs.frozen(kw_only=True)
class TrendReport:
    """Every figure against the period before and the same month of the year before, week by week, and over all known periods."""

    def make(self, data: ReportData) -> Report | None:
        """The report; None where nothing can be said."""
        return built(
            data,
            "trend",
            "Trend",
            "趋势",
            [
                _listed(data, tuple(metrics())),
                Layout(
                    name="weeks",
                    title="Week by week",
                    title_zh="按周",
                    metrics=_WEEKS,
                    by=["period"],
                    grain="week",
                    plot="trend",
                ),
                _history(data),
            ],
        )


def _listed(data: ReportData, names: Sequence[str]) -> Section | None:
    """Metrics one below the other; those that are null say why."""
    chosen = resolve(names)
    rows = changes(data, metric_figures(data).filter(pl.col("dimension") == ""))
    if not rows.height:
        return None
    missing = missing_of(chosen, facts_of(data))
    order = pl.DataFrame(
        [
            (one.name, place, one.title, one.title_zh, one.unit.value, one.better.value, one.formula, why.reason, why.reason_zh)
            if (why := missing.get(one.name)) is not None
            else (one.name, place, one.title, one.title_zh, one.unit.value, one.better.value, one.formula, None, None)
            for place, one in enumerate(chosen)
        ],
        schema={
            "metric": pl.String, "place": pl.Int64, "title": pl.String, "title_zh": pl.String, "unit": pl.String,
            "better": pl.String, "formula": pl.String, "missing": pl.String, "missing_zh": pl.String,
        },
        orient="row",
    )  # fmt: skip
    joined = order.join(rows.drop("unit", "dimension", "key", "period"), on="metric", how="left", maintain_order="left")
    joined = joined.with_columns(pl.col("currency").fill_null(data.currency))
    parts = [
        _typed(joined, column, kind, units).alias(f"{column}_{name}")
        for column, _, _ in _COMPARED
        for name, _, _, kind, units in _MEASURED
    ]
    frame = joined.with_columns(parts).sort("place", "currency")
    return Section(
        name="figures",
        title="Figures",
        title_zh="主要指标",
        columns=_columns(),
        frame=frame.drop("place", "value", "previous", "year_before"),
        key=("metric", "currency"),
        note="A change is value / earlier figure - 1. The rows behind a figure are those of its own report.",
        note_zh="变动率 = 本期 / 对比期 − 1。各指标的明细见相应报表。",
    )


def _columns() -> list[Column]:
    measured = [
        Column(name=f"{label}_{name}", title=f"{title}{more}", title_zh=f"{title_zh}{more_zh}", kind=kind)
        for label, more, more_zh in _COMPARED
        for name, title, title_zh, kind, _ in _MEASURED
    ]
    return [
        Column(name="metric", title="Metric", title_zh="指标代码"),
        Column(name="title", title="Figure", title_zh="指标（英文）"),
        Column(name="title_zh", title="Figure (Chinese)", title_zh="指标"),
        *measured[:3],
        Column(name="unit", title="Unit", title_zh="单位"),
        CURRENCY,
        Column(name="change", title="Change", title_zh="环比", kind=Kind.SHARE),
        Column(name="year_change", title="Change in a year", title_zh="同比", kind=Kind.SHARE),
        *measured[3:],
        Column(name="better", title="Better", title_zh="优劣方向"),
        Column(name="missing", title="Why unknown", title_zh="缺失原因（英文）"),
        Column(name="missing_zh", title="Why unknown (Chinese)", title_zh="缺失原因"),
        Column(name="formula", title="What it is", title_zh="口径"),
    ]


def _typed(rows: pl.DataFrame, column: str, kind: Kind, units: Sequence[Unit]) -> pl.Expr:
    value = pl.when(pl.col("unit").is_in([one.value for one in units])).then(column)
    if kind is not Kind.MONEY:
        return value.cast(pl.Float64)
    minor = pl.lit(None, dtype=pl.Int64)
    for code in rows["currency"].drop_nulls().unique().sort().to_list():
        whole = (value.to_physical() // 10 ** (8 - exponent(code))).cast(pl.Int64)
        minor = pl.when(pl.col("currency") == code).then(whole).otherwise(minor)
    return minor


def _history(data: ReportData) -> Section | None:
    """One row a period: the figures of all that are known."""
    if data.earlier is None or not data.earlier.height:
        return None
    now = metric_figures(data)
    names = [name for name in now.columns if name in data.earlier.columns]
    past = data.earlier.filter(pl.col("period") != data.period).select(
        pl.col(name).cast(now.schema[name]) for name in names
    )
    every = pl.concat([past, now.select(names)]).filter((pl.col("dimension") == "") | pl.col("dimension").is_null())
    every = every.with_columns(pl.col("currency").fill_null(data.currency)).unique(
        ["period", "metric", "currency"], keep="last", maintain_order=True
    )
    chosen = resolve(_HISTORY)
    codes = every["currency"].unique().sort().to_list()
    values = [_of_metric(one, codes) for one in chosen]
    frame = every.group_by("period", "currency").agg(values).sort("period", "currency")
    return Section(
        name="history",
        title="Period by period",
        title_zh="历史各期",
        columns=(Column(name="period", title="Period", title_zh="期间"), *map(column_of, chosen), CURRENCY),
        frame=frame,
        key=("period", "currency"),
        plot="trend",
    )


def _of_metric(one: Metric, codes: Sequence[str]) -> pl.Expr:
    value = pl.col("value").filter(pl.col("metric") == one.name).first()
    if one.unit is Unit.MONEY:
        minor = pl.lit(None, dtype=pl.Int64)
        for code in codes:
            whole = (value.to_physical() // 10 ** (8 - exponent(code))).cast(pl.Int64)
            minor = pl.when(pl.col("currency").first() == code).then(whole).otherwise(minor)
        return minor.alias(one.column)
    if one.unit is Unit.COUNT:
        return value.cast(pl.Int64).alias(one.column)
    return value.cast(pl.Float64).alias(one.column)
