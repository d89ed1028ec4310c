"""Charts show the figures of their tables, in both languages and themes, the same each time."""

import itertools
import re

import altair as alt
import polars as pl
import pytest
from jsonschema import ValidationError

from reports.month_world import faulty_month
from tieout.errors import ConfigError
from tieout.reports import Column, Report, Section
from tieout.reports.drawing import PALETTES, Look, specified
from tieout.reports.html.findings import all_findings, causes_of
from tieout.reports.plots import plots_of, section_plots
from tieout.reports.points import Point, Points

SHOP = Column(name="shop", title="Shop", title_zh="店铺")
AMOUNT = Column(name="amount_minor", title="Amount", title_zh="金额", kind="money")


def section(plot, frame, columns=(SHOP, AMOUNT), key=("shop",)):
    return Section(name="by", title="By shop", title_zh="按店铺", columns=columns, frame=frame, key=key, plot=plot)


def shops(amounts, currency="CNY"):
    names = [f"店铺 {at}" for at in range(len(amounts))]
    return pl.DataFrame({"shop": names, "amount_minor": amounts, "currency": [currency] * len(amounts)})


def one(given):
    (plot,) = section_plots(given, name="sales-by")
    return plot


def test_bars_stand_from_the_largest_with_their_exact_figures():
    plot = one(section("bars", shops([100, -123456, 5])))

    assert ["-1,234.56", "1.00", "0.05"] == [mark.text for mark in plot.points.marks]
    svg = plot.svg("zh")
    assert "-1,234.56" in svg
    assert "店铺 1" in svg
    assert "金额 (CNY)" in svg


def test_many_bars_are_cut_and_the_rest_is_one_of_the_same_sum():
    plot = one(section("bars", shops(list(range(1, 41)))))

    assert 13 == len(plot.points.marks)
    assert ("Others (28)", "其他 (28)") == plot.points.marks[-1].label
    assert f"{sum(range(1, 29)) / 100:.2f}" == plot.points.marks[-1].text


def test_stages_keep_their_order():
    columns = (SHOP, Column(name="orders", title="Orders", title_zh="订单数", kind="count"))
    frame = pl.DataFrame({"shop": ["ordered", "paid", "shipped"], "orders": [2, 9, 5]})

    assert ["2", "9", "5"] == [mark.text for mark in one(section("stages", frame, columns)).points.marks]


def test_ages_that_are_columns_are_bars_in_their_order():
    ages = ("d0_minor", "d8_minor")
    columns = (SHOP, *(Column(name=name, title=name, title_zh=name, kind="money") for name in (*ages, "open_minor")))
    frame = pl.DataFrame(
        {"shop": [str(at) for at in range(9)], "d0_minor": [1] * 9, "d8_minor": [2] * 9, "open_minor": [3] * 9}
    ).with_columns(currency=pl.lit("CNY"))

    assert ["0.09", "0.18"] == [mark.text for mark in one(section("ageing", frame, columns)).points.marks]


def test_ages_that_are_rows_are_bars_in_their_order():
    columns = (Column(name="age", title="Age", title_zh="账龄"), AMOUNT)
    frame = pl.DataFrame({"age": ["not due", "0-7", "8-15"], "amount_minor": [5, 900, 7]}).with_columns(
        currency=pl.lit("CNY")
    )

    marks = one(section("ageing", frame, columns, ("age",))).points.marks
    assert [("Not due", "未到期"), ("0-7", "0-7"), ("8-15", "8-15")] == [mark.label for mark in marks]


def test_every_currency_is_a_chart_of_its_own():
    frame = pl.concat([shops([1, 2, 3]), shops([4, 5, 6], "JPY")])

    plots = section_plots(section("bars", frame, key=("shop", "currency")), name="x")

    assert ["x-CNY", "x-JPY"] == [plot.name for plot in plots]
    assert ["By shop (CNY)", "By shop (JPY)"] == [plot.title for plot in plots]


def test_a_section_without_figures_or_a_name_of_a_chart_has_none():
    assert () == section_plots(section("", shops([1, 2, 3])), name="x")
    assert () == section_plots(section("bars", shops([])), name="x")
    assert () == section_plots(section("bars", shops([0, 0, 0])), name="x")


def test_types_of_discrepancy_go_by_their_names():
    causes = causes_of(all_findings(faulty_month()))
    kind = causes.frame["type"][0]

    (plot,) = section_plots(causes, name="causes", names={kind: ("paid out and not received", "已打款未到账")})

    assert ("paid out and not received", "已打款未到账") == plot.points.marks[0].label
    assert "49,948.70" == plot.points.marks[0].text


def test_a_chart_is_named_and_told_for_those_who_do_not_see_it():
    svg = one(section("bars", shops([100, 200, 300]))).svg("zh")

    assert 'role="img" aria-labelledby="sales-by-zh-t" aria-describedby="sales-by-zh-d"' in svg
    assert '<title id="sales-by-zh-t">按店铺 (CNY)</title>' in svg
    assert "店铺 2: 3.00" in svg
    assert [] == re.findall(r'role="graphics', svg)
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert all(one.startswith("sales-by-zh-") for one in ids)


def test_text_of_files_is_text_in_a_chart():
    frame = shops([1, 2, 3]).with_columns(shop=pl.Series(["<script>alert(1)</script>", "'];alert(1);['\\", "\u202ea"]))

    svg = one(section("bars", frame)).svg()

    assert "<script" not in svg
    assert "&lt;script&gt;" in svg
    assert "\u202e" not in svg


def test_a_drawing_is_the_same_each_time_and_takes_the_colours_of_its_theme():
    plot = one(section("bars", shops([1, 2, 3])))

    assert plot.svg("en", "dark") == plot.svg("en", "dark")
    assert PALETTES["dark"].series[0] in plot.svg("en", "dark")
    assert PALETTES["dark"].series[0] not in plot.svg("en", "light")


def test_a_picture_is_a_png():
    assert one(section("bars", shops([1, 2, 3]))).png("zh", "dark").startswith(b"\x89PNG")


def taken(kind, points, look):
    """Whether the schema of Vega-Lite, which Altair carries, takes a chart."""
    said = specified(kind, points, look)
    alt.Chart.from_dict(said, validate=True)
    with pytest.raises(ValidationError):  # it does look
        alt.Chart.from_dict({**said, "height": "tall"}, validate=True)
    return said


@pytest.mark.parametrize("kind", ["pareto", "ageing", "bars", "stages"])
def test_every_kind_is_what_vega_lite_takes(kind):
    points = one(section(kind, shops([3, 2, 1]))).points

    assert taken(kind, points, Look(palette=PALETTES["light"], is_zh=True))["config"]


@pytest.mark.parametrize("kind", ["ageing", "trend"])
@pytest.mark.parametrize("series", [[""], ["a", "b"]])
def test_marks_of_one_series_and_of_several_are_what_vega_lite_takes(kind, series):
    marks = [
        Point(label=(label, label), series=(name, name), value=float(at), text=str(at))
        for at, (label, name) in enumerate(itertools.product(["2026-09", "2026-10"], series))
    ]

    said = taken(
        kind, Points(marks=tuple(marks), value=("Amount", "金额")), Look(palette=PALETTES["dark"], is_zh=False)
    )

    assert [mark.value for mark in marks] == [one["value"] for one in said["data"]["values"]]
    legends = [one["encoding"].get("color", {}).get("legend") for one in said.get("layer", [said])]
    assert any(legends) == (len(series) > 1)


def test_lines_over_time_are_what_vega_lite_takes():
    columns = (
        Column(name="period", title="Period", title_zh="期间"),
        Column(name="metric", title="Metric", title_zh="指标"),
        Column(name="value", title="Value", title_zh="数值", kind="share"),
    )
    frame = pl.DataFrame(
        {"period": ["2026-09", "2026-10"] * 2, "metric": ["a", "a", "b", "b"], "value": [0.1, 0.2, 0.3, 0.4]}
    )
    plot = one(section("trend", frame, columns, ("period", "metric")))

    assert ["a", "a", "b", "b"] == [mark.series[0] for mark in plot.points.marks]
    assert ["10.0 %", "20.0 %"] == [mark.text for mark in plot.points.marks[:2]]
    assert taken("trend", plot.points, Look(palette=PALETTES["dark"], is_zh=False))["layer"]


def test_plots_of_a_report_are_named_by_report_and_section():
    report = Report(name="sales", title="Sales", title_zh="销售", sections=(section("bars", shops([1, 2, 3])),))

    assert ["sales-by"] == [plot.name for plot in plots_of(report)]


def test_a_language_or_theme_that_is_none_is_told():
    plot = one(section("bars", shops([1, 2, 3])))

    with pytest.raises(ConfigError, match=r"theme: one of light, dark is needed, got 'blue'"):
        plot.svg("en", "blue")
    with pytest.raises(ConfigError, match=r"language: one of en, zh is needed, got 'fr'"):
        plot.png("fr")
