"""Reports by declaration: what a spec says is what is shown, its pivot sums to the total, and what is wrong is told by key."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from reports.month_world import faulty_month
from tieout.errors import ReportError
from tieout.model import CourierCharge, Provenance
from tieout.reports import ReportData, ReportSpec
from tieout.reports.metrics import facts_of, figures, metric_of, summed
from tieout.tables import Table

FREIGHT = """
name = "freight"
title = "Freight by zone"
title_zh = "按区域快递费"
dimensions = ["courier", "zone"]
measures = ["freight", "courier_cost_per_parcel"]
sort = ["-freight"]
filters = { courier = ["sf", "zto"] }
"""


def charges(*rows):
    return [
        CourierCharge(
            carrier=carrier, tracking_no=f"P{place}", charge_type="base", zone_billed=zone, amount=Money(amount, "CNY"),
            ship_date=day, provenance=Provenance(file="bill.csv", line=place),
        )
        for place, (carrier, zone, amount, day) in enumerate(rows, start=2)
    ]  # fmt: skip


def period(rows, **more):
    return ReportData(
        name="x", period="2026-10", as_of=dt.date(2026, 10, 31), currency="CNY",
        tables={"CourierCharge": Table.from_records(charges(*rows), CourierCharge)}, **more,
    )  # fmt: skip


DAY = dt.date(2026, 10, 5)
ROWS = [("sf", "1", "10.00", DAY), ("sf", "2", "30.00", DAY), ("zto", "1", "4.00", DAY), ("yto", "1", "99.00", DAY)]


def test_a_spec_of_toml_shows_what_it_says():
    made = ReportSpec.loads(FREIGHT).make(period(ROWS))

    section = made.section("freight")
    assert [("sf", "2", 3_000), ("sf", "1", 1_000), ("zto", "1", 400)] == section.frame.select(
        "courier", "zone", "freight_minor"
    ).rows()
    assert "按区域快递费" == made.title_zh
    assert ("courier", "sf, zto") in made.facts
    assert 4_400 == section.totals["freight_minor"].item()


def test_a_spec_is_loaded_from_a_file(tmp_path):
    (tmp_path / "mine.toml").write_text(FREIGHT, encoding="utf-8")

    assert ReportSpec.loads(FREIGHT) == ReportSpec.load(tmp_path / "mine.toml")


def test_a_figure_of_a_spec_leads_to_its_rows():
    section = ReportSpec.loads(FREIGHT).make(period(ROWS)).section("freight")

    rows = section.rows(courier="sf")
    assert [("P2", 1_000, "bill.csv", 2), ("P3", 3_000, "bill.csv", 3)] == rows.select(
        "tracking_no", "freight_of", "source_file", "source_line"
    ).rows()


def test_the_acceptance_example_freight_per_parcel_by_province():
    spec = ReportSpec(name="freight", dimensions="province", measures="courier_cost_per_parcel")

    assert {"province", "courier_cost_per_parcel_minor"} <= set(
        spec.make(faulty_month()).section("freight").frame.columns
    )


def test_periods_are_days_weeks_months_and_quarters():
    rows = [
        ("sf", "1", "1.00", dt.date(2026, 9, 30)),
        ("sf", "1", "2.00", dt.date(2026, 10, 1)),
        ("sf", "1", "4.00", dt.date(2026, 10, 31)),
    ]

    def of(grain, within="2026-09-01/2026-10-31"):
        spec = ReportSpec(name="f", dimensions=["period"], measures=["freight"], grain=grain, within=within)
        return dict(spec.make(period(rows)).section("f").frame.select("period", "freight_minor").rows())

    assert {"2026-09": 100, "2026-10": 600} == of("month")
    assert {"2026-W40": 300, "2026-W44": 400} == of("week")
    assert {"2026-Q3": 100, "2026-Q4": 600} == of("quarter")
    assert {"2026-10-01": 200, "2026-10-31": 400} == of("day", within=None)


def test_a_limit_leaves_the_totals_of_all_and_says_so():
    section = (
        ReportSpec(name="f", dimensions=["courier"], measures=["freight"], sort=["-freight"], limit=1)
        .make(period(ROWS))
        .section("f")
    )

    assert ["yto"] == section.frame["courier"].to_list()
    assert 14_300 == section.totals["freight_minor"].item()
    assert "first 1 of 3" in section.note


def test_what_the_data_do_not_allow_is_none():
    assert ReportSpec(name="f", measures=["complaint_rate"]).make(period(ROWS)) is None


@settings(deadline=None, max_examples=8)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["sf", "zto"]),
            st.sampled_from(["1", "2", None]),
            st.integers(-500, 5_000).map(lambda cents: str(Decimal(cents) / 100)),
            st.dates(dt.date(2026, 10, 1), dt.date(2026, 10, 31)),
        ),
        min_size=1,
        max_size=20,
    ),
    st.lists(st.sampled_from(["courier", "zone", "period", "charge_type"]), unique=True),
    st.sampled_from(["day", "week", "month", "quarter"]),
)
def test_a_pivot_sums_to_the_total(rows, dimensions, grain):
    section = (
        ReportSpec(name="f", dimensions=dimensions, measures=["freight"], grain=grain).make(period(rows)).section("f")
    )

    assert sum(int(Decimal(amount) * 100) for _, _, amount, _ in rows) == section.frame["freight_minor"].sum()
    assert section.frame["freight_of"].sum() == section.details["freight_of"].sum()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('name = "x"\nmeasures = ["freigth"]', "mine.toml: report x: measures: there is no metric 'freigth'\nHint: did you mean freight"),
        ('name = "x"\nmeasures = ["freight"]\ndimensions = ["provinz"]', "report x: dimensions: there is no dimension 'provinz'\nHint: did you mean province"),
        ('name = "x"\nmeasures = ["freight"]\ndimensions = ["sku"]', "freight cannot be told apart by sku; it can by period, platform"),
        ('name = "x"\nmeasures = ["freight"]\nsort = ["-sales"]', "report x: sort: it has no column 'sales'"),
        ('name = "x"\nmeasures = ["freight"]\ngrain = "fortnight"', "report x: grain: there is no grain 'fortnight'"),
        ('name = "x"\nmeasures = ["freight"]\nlimit = 0', "report x: limit: 1 or more is needed, got 0"),
        ('name = "x"\nmeasures = ["freight"]\nlimit = "ten"', "mine.toml: limit: a whole number is needed, got 'ten'"),
        ('name = "x"\nmeasures = ["freight"]\ndimension = "shop"', "mine.toml: dimension: there is no such key\nHint: did you mean dimensions"),
        ('name = "x"', "mine.toml: measures: it is needed"),
        ('name = "x"\nmeasures = ["freight"]\nwithin = "October"', "a period is needed, got 'October'"),
        ("name = ", "mine.toml: it is no TOML"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_spec_is_told_by_file_and_key(text, told):
    with pytest.raises(ReportError) as caught:
        ReportSpec.loads(text, name="mine.toml")

    assert told in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ReportError, match=r"mine.toml: it cannot be read"):
        ReportSpec.load(tmp_path / "mine.toml")


def test_totals_that_are_summed_of_groups_are_those_of_the_whole():
    facts = facts_of(faulty_month())
    for name in ("freight", "billing_error_rate", "exceptions_amount", "overcharge_found", "freight_to_sales"):
        made = figures([metric_of(name)], facts, by=["courier"])

        assert summed(made).equals(figures([metric_of(name)], facts).frame.select(summed(made).columns)), name
    assert summed(figures([metric_of("parcels_billed")], facts, by=["zone"])) is None
    assert summed(figures([metric_of("after_sale_cases")], facts, by=["sku"])) is None


def test_a_total_of_what_is_unknown_is_unknown():
    spec = ReportSpec(name="f", dimensions=["courier"], measures=["freight", "freight_to_sales"])
    totals = spec.make(period(ROWS)).section("f").totals

    assert [(14_300, None)] == totals.select("freight_minor", "freight_to_sales").rows()
