"""Trends: value / earlier figure - 1 against the period before and a year before, through `metrics.csv` and back."""

import datetime as dt

import attrs
import polars as pl
import pytest

from reports.month_world import clean_month, faulty_month
from reports.test_metrics import order, period, refund
from tieout.errors import ReportError
from tieout.reports.analyses import ExceptionAnalysis, Overview, TrendReport
from tieout.reports.metrics import metric_of
from tieout.reports.spans import Span
from tieout.reports.trends import changes, metric_figures, metrics_csv, read_metrics

FOUR = [order(f"O{number}") for number in range(1, 5)]


def sales_of(data):
    return metric_figures(data, [metric_of("sales")], dimensions=["platform"])


def past(data, **periods):
    """Earlier figures of sales, given by period."""
    base = sales_of(data)
    return pl.concat(
        base.with_columns(
            pl.lit(label.replace("_", "-")[1:]).alias("period"), pl.lit(amount).cast(pl.Decimal(38, 8)).alias("value")
        )
        for label, amount in periods.items()
    )


def test_figures_come_back_from_their_file_exactly(tmp_path):
    kept = metric_figures(faulty_month())
    (tmp_path / "metrics.csv").write_text(metrics_csv(kept), encoding="utf-8")

    assert kept.equals(read_metrics(tmp_path / "metrics.csv"))
    assert kept.equals(read_metrics(metrics_csv(kept)))
    assert [] == [name for name, dtype in kept.schema.items() if dtype.is_float()]


def test_a_change_is_value_over_the_period_before_less_one():
    # 400.00 now, 320.00 in September, 500.00 in October of the year before: + 25 % and - 20 %.
    data = period(orders=FOUR)
    with_past = attrs.evolve(data, earlier=past(data, _2026_09=320, _2025_10=500, _2026_08=1))

    row = changes(with_past, sales_of(with_past)).filter(pl.col("dimension") == "").row(0, named=True)

    assert (0.25, -0.2) == (row["change"], pytest.approx(row["year_change"]))


def test_a_change_from_nothing_is_null():
    data = period(orders=FOUR)
    with_past = attrs.evolve(data, earlier=past(data, _2026_09=0))

    assert [None, None] == changes(with_past, sales_of(with_past))["change"].to_list()
    assert [None, None] == changes(data, sales_of(data))["change"].to_list()


def test_the_period_before_a_month_is_a_month_and_before_days_as_many_days():
    assert "2026-09" == Span.parse("2026-10").previous.label
    assert "2025-12" == Span.parse("2026-01").previous.label
    assert "2024-02" == Span.parse("2025-02").year_before.label
    assert "2026-09-16/2026-09-30" == Span.parse("2026-10-01/2026-10-15").previous.label


def test_a_file_that_holds_no_figures_is_told(tmp_path):
    (tmp_path / "metrics.csv").write_text("period,metric\n2026-09,sales\n", encoding="utf-8")

    with pytest.raises(ReportError, match=r"metrics.csv: it lacks the column dimension, key"):
        read_metrics(tmp_path / "metrics.csv")
    with pytest.raises(ReportError, match="a figure is no number"):
        read_metrics("period,metric,dimension,key,currency,unit,value,of,per\n2026-09,sales,,,CNY,money,many,1,1\n")


def test_the_overview_says_each_figure_with_the_earlier_ones_and_why_one_is_unknown():
    data = period(orders=FOUR, refunds=[refund("F1", "O1", "80.00")])
    earlier = metric_figures(data).with_columns(pl.lit("2026-09").alias("period"))
    section = Overview().make(attrs.evolve(data, earlier=earlier)).section("figures")

    rows = {row["metric"]: row for row in section.frame.iter_rows(named=True)}
    assert (40_000, 40_000, 0.0) == tuple(rows["sales"][name] for name in ("value_minor", "previous_minor", "change"))
    assert 0.2 == rows["refund_rate"]["value_share"]
    assert 4.0 == rows["orders"]["value_number"]
    assert rows["complaint_rate"]["value_share"] is None
    assert "没有投诉记录" in rows["complaint_rate"]["missing_zh"]


def test_the_trend_shows_weeks_and_all_known_periods():
    data = period(orders=[order("O1", day=1), order("O2", day=12)])
    earlier = metric_figures(data).with_columns(pl.lit("2026-09").alias("period"))
    made = TrendReport().make(attrs.evolve(data, earlier=earlier))

    assert [("2026-W40", 10_000), ("2026-W42", 10_000)] == made.section("weeks").frame.select(
        "period", "sales_minor"
    ).rows()
    assert [("2026-09", 20_000), ("2026-10", 20_000)] == made.section("history").frame.select(
        "period", "sales_minor"
    ).rows()


def test_the_retrospective_sets_causes_against_the_period_before_with_what_is_gone():
    before = metric_figures(faulty_month()).with_columns(pl.lit("2026-09").alias("period"))
    made = ExceptionAnalysis().make(attrs.evolve(clean_month(), earlier=before))

    rows = made.section("retrospective").frame
    assert rows.filter(pl.col("key") == "courier.overweight")["before"].item() > 0
    assert dt.date(2026, 10, 31) == clean_month().as_of
