"""Exceptions: what does not agree, why, whose it is, how old it grows, and what comes back (`domain.md` C64, C71, C72)."""

import attrs
import polars as pl

from tieout.reports.analyses._building import built, only, ranked, with_pareto
from tieout.reports.data import ReportData
from tieout.reports.metrics import facts_of
from tieout.reports.report import Column, Kind, Report, Section
from tieout.reports.spans import Span
from tieout.reports.tabled import CURRENCY, Layout, table
from tieout.reports.trends import metric_figures

__all__ = ["ExceptionAnalysis"]

_FOUND = ("exceptions_found", "exceptions_amount")
_OPEN = ("exceptions_open", "exceptions_open_amount")
_FLOW = ("exceptions_opened", "exceptions_closed", "sla_hit_rate", "mean_age", "write_off_amount")
_SEVERITIES = ("critical", "high", "medium", "low", "info")
_BUCKETS = ("0-3", "4-7", "8-15", "16-30", ">30")


@attrs.frozen(kw_only=True)
class ExceptionAnalysis:
    """What does not agree, and how it is handled.

    Attributes:
        entities: How many of those whom discrepancies are about are listed.
    """

    entities: int = 50

    def make(self, data: ReportData) -> Report | None:
        """The report; None without reconciliations."""
        facts = facts_of(data)
        types = Layout(name="types", title="By type", title_zh="按差异类型", metrics=[*_FOUND, *_OPEN], by=["type"])
        causes = Layout(name="causes", title="By cause", title_zh="按根因", metrics=_FOUND, by=["cause"])
        recurring = Layout(
            name="recurring",
            title="What comes back",
            title_zh="重复发生",
            metrics=["recurrence", *_FOUND],
            by=["type", "entity", "cause"],
            sort=["-recurrence", "-exceptions_amount_minor"],
            note="Three or more of a type, entity and cause within 30 days.",
            note_zh="同一类型、对象、根因 30 天内发生三次及以上。",
        )
        return built(
            data,
            "exceptions",
            "Exceptions",
            "差异分析",
            [
                Layout(name="summary", title="Summary", title_zh="概况", metrics=[*_FOUND, *_OPEN, *_FLOW, "recurrence"]),
                with_pareto(table(types, facts), "exceptions_amount_minor"),
                with_pareto(only(table(causes, facts), pl.col("cause").is_not_null()), "exceptions_amount_minor"),
                Layout(
                    name="owners", title="By owner", title_zh="按责任岗位", by=["owner"],
                    metrics=[*_OPEN, *_FLOW] if data.cases is not None else _OPEN, plot="bars",
                ),
                ranked(table(Layout(name="severities", title="By severity", title_zh="按严重程度", by=["severity"],
                                    metrics=[*_FOUND, *_OPEN], plot="bars"), facts), "severity", _SEVERITIES),
                Layout(
                    name="entities", title="Whom it is about", title_zh="按对象", metrics=[*_FOUND, *_OPEN],
                    by=["entity"], sort=["-exceptions_amount_minor"], limit=self.entities,
                ),
                Layout(name="reconciliations", title="By reconciliation", title_zh="按对账", metrics=[*_FOUND, *_OPEN],
                      by=["reconciliation"], plot="bars"),
                self._ageing(data),
                only(table(recurring, facts), pl.col("recurrence") > 0),
                _retrospective(data),
            ],
        )  # fmt: skip

    @staticmethod
    def _ageing(data: ReportData) -> Section | None:
        if data.cases is None:  # without a casebook nobody knows since when
            return None
        asked = Layout(
            name="ageing",
            title="Days open",
            title_zh="未结天数",
            metrics=_OPEN,
            by=["days_open"],
            plot="ageing",
            note="Calendar days. The days in which a case is due are working days, as the casebook counts them.",
            note_zh="按自然日计算；案件时限按案卷的工作日计算。",
        )
        made = only(table(asked, facts_of(data)), pl.col("days_open").is_not_null())
        return ranked(made, "days_open", _BUCKETS)


def _retrospective(data: ReportData) -> Section | None:
    """Types and causes against the period before (`domain.md` C72); None without one."""
    if data.earlier is None:
        return None
    past = Span.parse(data.period).previous.label
    wanted = (pl.col("metric") == "exceptions_amount") & pl.col("dimension").is_in(["type", "cause"])
    before = data.earlier.filter(wanted & (pl.col("period") == past) & pl.col("key").is_not_null())
    if not before.height:
        return None
    now = metric_figures(data).filter(wanted & pl.col("key").is_not_null())
    key = ["dimension", "key", "currency"]
    unit = pl.Decimal(38, 8)
    joined = now.select(*key, pl.col("value").cast(unit)).join(
        before.select(*key, pl.col("value").cast(unit).alias("before")),
        on=key, how="full", coalesce=True, nulls_equal=True,
    )  # fmt: skip
    shown = joined.with_columns(pl.col("value", "before").fill_null(0)).with_columns(
        (pl.col("value") - pl.col("before")).alias("difference"),
        pl.when(pl.col("before") != 0)
        .then(pl.col("value").cast(pl.Float64) / pl.col("before").cast(pl.Float64) - 1)
        .alias("change"),
    )
    return Section(
        name="retrospective",
        title="Against the period before",
        title_zh="与上期比较（复盘）",
        columns=(
            Column(name="dimension", title="What", title_zh="维度"),
            Column(name="key", title="Type or cause", title_zh="类型或根因"),
            Column(name="value", title="Amount", title_zh="本期金额", kind=Kind.NUMBER),
            Column(name="before", title="Before", title_zh="上期金额", kind=Kind.NUMBER),
            Column(name="difference", title="Difference", title_zh="增减额", kind=Kind.NUMBER),
            Column(name="change", title="Change", title_zh="环比", kind=Kind.SHARE),
            CURRENCY,
        ),
        frame=shown.sort(
            "dimension", "value", "before", "key", "currency", descending=[True, True, True, False, False]
        ),
        key=("dimension", "key", "currency"),
        note=f"The period before is {past}.",
        note_zh=f"上期为 {past}。",
    )
