"""What holds for any data: figures are the sums of their rows, the order of rows does not matter, and nothing is personal."""

import datetime as dt
from random import Random

import attrs
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reports.month_world import ORDERS, clean_month, faulty_month, many_discrepancies, month_data
from reports.small_worlds import order, refund, settled, settlement_data
from scenarios._shop_month import Month, shop_month
from tieout.reports.bridges import Reconciliations
from tieout.reports.cash import CashCalendar
from tieout.reports.collection import Collection, Unreceived
from tieout.reports.sales import SalesComparison
from tieout.reports.stages import FilesReport, ProofReport, StageView
from tieout.reports.standard import standard, statements
from tieout.reports.statements import ChannelStatement, CourierStatement, PeriodStatement, ShopStatement

BUILDERS = (
    StageView(),
    ProofReport(),
    FilesReport(),
    Reconciliations(),
    Collection(),
    Unreceived(),
    CourierStatement(),
    ShopStatement(),
    ChannelStatement(),
    PeriodStatement(),
    SalesComparison(),
    CashCalendar(),
)
PERSONAL = {
    "buyer_ref", "counterparty", "counterparty_account", "memo", "description", "raw", "bank_account_tail", "evidence", "keys",
    "ship_to_city", "ship_to_district", "ship_to_postcode", "account_no",
}  # fmt: skip
DAYS = st.dates(dt.date(2026, 9, 20), dt.date(2026, 11, 10))
AS_OF = dt.date(2026, 10, 31)
DAY = dt.date(2026, 9, 20)


def made(data):
    return [report for one in BUILDERS if (report := one.make(data)) is not None]


def frames_of(report):
    for section in report.sections:
        yield section, section.frame
        if section.details is not None:
            yield section, section.details


def check_ties(report):
    """Beside what a section checks by itself: totals are the sums of its rows, and every detail has a row."""
    for section in report.sections:
        if section.details is not None and section.key and section.frame.height:
            joined = section.details.join(
                section.frame.select(section.key), on=list(section.key), how="anti", nulls_equal=True
            )
            assert joined.is_empty(), (report.name, section.name)
        if section.totals is None:
            continue
        summed = [name for name in section.totals.columns if name in section.sums or name.endswith("_minor")]
        for row in section.totals.iter_rows(named=True):
            own = section.frame.filter(pl.col("currency").eq_missing(pl.lit(row["currency"])))
            for name in summed:
                if row[name] is not None:
                    assert own[name].sum() == row[name], (report.name, section.name, name)


def check_shops(data):
    """What nobody disputes of shops is what the settlement holds to be a matter of time or of tolerance, of orders' money.

    Of an order that differs, too, some cents may be within the tolerance.
    """
    outcome = data.outcomes[0]
    gross = ["sale", "platform_subsidy", "sale_refund"]
    sides = [outcome.records["orders"], outcome.records["lines"].filter(pl.col("type").is_in(gross))]
    units = pl.concat([side.filter("is_compared").select("unit") for side in sides]).unique()
    gaps = outcome.units.join(units, on="unit")
    found = outcome.discrepancies.to_polars()
    about = outcome.explains.join(units, on="unit")["discrepancy_id"].cast(pl.String).unique()
    found = found.filter(pl.col("discrepancy_id").is_in(about.implode()))
    account = ShopStatement().make(data).frames["account"]
    for code, agreed in account.group_by("currency").agg(pl.col("agreed_minor").sum()).rows():
        disputed = found.filter(currency=code)["impact_minor"].sum()
        assert agreed == disputed - gaps.filter(currency=code)["gap_minor"].sum()


@st.composite
def worlds(draw):
    """Orders of two shops and two currencies, with lines and refunds that may have nothing to do with them."""
    orders, lines, refunds = [], [], []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        shop = draw(st.sampled_from(["shop 1", "shop 2", None]))
        code = draw(st.sampled_from(["CNY", "CNY", "HKD"]))
        about = {"shop": shop, "code": code}
        cents = draw(st.integers(0, 30_000))
        completed = draw(st.none() | DAYS)
        orders.append(order(str(number), f"{cents / 100:.2f}", completed, **about))
        for _ in range(draw(st.integers(0, 3))):
            kind = draw(
                st.sampled_from(["sale", "commission", "platform_subsidy", "sale_refund", "withdrawal", "unknown"])
            )
            amount = f"{draw(st.integers(-20_000, 20_000)) / 100:.2f}"
            target = draw(st.sampled_from([str(number), "77"]))
            lines.append(settled(target, amount, draw(DAYS), kind=kind, **about))
        if draw(st.booleans()):
            refunds.append(refund(str(number), f"{draw(st.integers(1, 20_000)) / 100:.2f}", draw(DAYS), **about))
    return orders, lines, refunds


CENT = ([order("1", "0.00", None)], [settled("1", "0.03", DAY)], [refund("1", "0.01", DAY)])
"""Three cents are found of an order, and one is within the tolerance."""


@given(worlds())
@example(CENT)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_figures_are_the_sums_of_their_rows_whatever_the_data(world):
    orders, lines, refunds = world
    data = settlement_data(orders, lines, refunds, as_of=AS_OF)

    for report in made(data):
        check_ties(report)
    check_shops(data)
    open_minor = Collection().make(data).frames["by_status"]["open_minor"].sum()
    planned = CashCalendar().make(data).frames["by_kind"].filter(pl.col("kind").is_in(["orders", "taken back"]))
    counted = Collection().make(data).section("by_status").details
    even = counted.filter(pl.col("status").is_in(["settled", "refunded"]))["open_minor"].sum()
    assert planned["net_minor"].sum() == open_minor - even


@given(worlds(), st.integers(0, 1_000))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_order_of_the_rows_changes_no_figure(world, seed):
    draw = Random(seed)
    shuffled = [draw.sample(rows, len(rows)) for rows in world]
    first, second = (settlement_data(*rows, as_of=AS_OF) for rows in (world, shuffled))

    for one, other in zip(made(first), made(second), strict=True):
        for name, frame in one.frames.items():
            assert frame.equals(other.frames[name]), (one.name, name)


def test_a_month_in_another_order_is_the_same_reports():
    month = shop_month(ORDERS).end()
    draw = Random(1)
    mixed = Month(
        **{
            name: draw.sample(rows, len(rows)) if isinstance(rows, list) else rows
            for name, rows in attrs.asdict(month, recurse=False).items()
        }
    )
    first, second = clean_month(), month_data(mixed)

    for one, other in zip(made(first), made(second), strict=True):
        for name, frame in one.frames.items():
            assert frame.equals(other.frames[name]), (one.name, name)


@pytest.mark.parametrize(
    "data", [clean_month, faulty_month, lambda: many_discrepancies(300)], ids=["clean", "faulty", "many"]
)
def test_all_reports_of_a_month_tie(data):
    for report in (*made(data()), *statements(data())):
        check_ties(report)


def test_nothing_personal_is_in_any_frame():
    for report in (*made(faulty_month()), *statements(faulty_month())):
        for section, frame in frames_of(report):
            assert not PERSONAL & set(frame.columns), (report.name, section.name)
            texts = [series for series in frame.get_columns() if series.dtype == pl.String]
            words = [str(value) for series in texts for value in series.unique().to_list()]
            assert not [word for word in words if "提现 TX" in word or "有限公司" in word], (report.name, section.name)


def test_every_column_has_its_titles_in_both_languages_and_its_currency():
    for report in made(faulty_month()):
        assert report.title
        assert report.title_zh
        for section in report.sections:
            names = [one.name for one in section.columns]
            assert len(names) == len(set(names)), (report.name, section.name)
            assert all(one.title and one.title_zh for one in section.columns)
            titles = [one.title for one in section.columns]
            assert len(titles) == len(set(titles)), (report.name, section.name, titles)


def test_the_standard_reports_have_each_its_own_name():
    names = [report.name for report in standard(faulty_month())]

    assert len(names) == len(set(names))
    assert {report.name for report in made(faulty_month())} <= set(names)


def test_the_same_data_make_the_same_reports():
    for one, other in zip(made(faulty_month()), made(faulty_month()), strict=True):
        for (_, frame), (_, again) in zip(frames_of(one), frames_of(other), strict=True):
            assert frame.equals(again)
