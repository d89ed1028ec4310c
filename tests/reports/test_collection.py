"""How far orders are collected, and what should have come."""

import datetime as dt

import attrs
import polars as pl
import pytest

from reports.month_world import clean_month, faulty_month, many_discrepancies, month_chain
from reports.small_worlds import order, refund, settled, settlement_data
from tieout.reports.collection import Collection, Unreceived

JANUARY = dt.date(2026, 1, 1)
AS_OF = dt.date(2026, 1, 20)


def collected(orders, lines, refunds=(), as_of=AS_OF):
    return Collection().make(settlement_data(orders, lines, refunds, as_of=as_of))


@pytest.mark.parametrize(
    ("lines", "refunds", "status"),
    [
        ([], [], "unsettled"),
        ([settled("1", "100.00", JANUARY)], [], "partially_settled"),
        ([settled("1", "190.00", JANUARY)], [], "settled"),
        ([settled("1", "200.00", JANUARY)], [], "over_settled"),
        (
            [settled("1", "190.00", JANUARY), settled("1", "-190.00", JANUARY, kind="sale_refund", refund_id="R1")],
            [refund("1", "190.00", JANUARY)],
            "refunded",
        ),
    ],
)
def test_an_order_of_190_has_the_status_that_its_settlement_gives_it(lines, refunds, status):
    report = collected([order("1", "190.00", JANUARY)], lines, refunds)

    assert report.section("by_status").frame["status"].to_list() == [status]


def test_100_settled_of_190_leaves_90_open():
    frame = collected([order("1", "190.00", JANUARY)], [settled("1", "100.00", JANUARY)]).frames["by_status"]

    figures = frame.select("receivable_minor", "settled_minor", "open_minor", "currency")
    assert figures.rows() == [(19_000, 10_000, 9_000, "CNY")]


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (0, "0-7"), (7, "0-7"), (8, "8-15"), (15, "8-15"), (16, "16-30"), (19, "16-30"), (30, "16-30"), (31, "31-60"),
        (60, "31-60"), (61, "61-90"), (90, "61-90"), (91, "90+"),
    ],
)  # fmt: skip
def test_what_is_open_has_the_age_of_its_days_past_the_expected_day(days, bucket):
    report = collected([order("1", "190.00", JANUARY)], [], as_of=JANUARY + dt.timedelta(days=days))

    assert report.section("open_orders").frame["bucket"].to_list() == [bucket]
    column = "days_90_plus_minor" if bucket == "90+" else f"days_{bucket.replace('-', '_')}_minor"
    assert report.frames["ageing"][column].to_list() == [19_000]


def test_an_order_expected_on_1_january_is_16_to_30_days_old_on_the_20th():
    report = Unreceived().make(settlement_data([order("1", "190.00", JANUARY)], [], as_of=AS_OF))

    assert report.frames["orders"].select("days_past", "bucket", "owner").rows() == [(19, "16-30", "platform_ops")]


def test_what_is_not_completed_or_expected_today_is_not_unreceived():
    orders = [order("1", "10.00", None, paid_at=None, shipped_at=None, status="paid"), order("2", "20.00", AS_OF)]
    data = settlement_data(orders, [], as_of=AS_OF)

    assert Unreceived().make(data).frames["orders"].is_empty()
    ageing = Collection().make(data).frames["ageing"]
    assert ageing.select("not_due_minor", "days_0_7_minor", "open_minor").rows() == [(1_000, 2_000, 3_000)]


def test_what_the_tolerance_absorbs_is_not_unreceived():
    data = settlement_data([order("1", "190.00", JANUARY)], [settled("1", "189.99", JANUARY)], as_of=AS_OF)

    assert Unreceived().make(data).frames["orders"].is_empty()


def test_the_collection_rate_is_what_is_settled_of_what_is_due_after_refunds():
    orders = [order("1", "100.00", JANUARY), order("2", "100.00", JANUARY), order("3", "50.00", None)]
    lines = [
        settled("1", "100.00", JANUARY),
        settled("1", "-20.00", JANUARY, kind="sale_refund", refund_id="R1"),
        settled("2", "10.00", JANUARY),
    ]
    frame = collected(orders, lines, [refund("1", "20.00", JANUARY)]).frames["by_shop"]

    assert frame.select("due_minor", "due_settled_minor", "collection_rate").rows() == [(18_000, 9_000, 0.5)]


def test_without_anything_due_there_is_no_rate():
    frame = collected([order("1", "100.00", None)], []).frames["by_shop"]

    assert frame["collection_rate"].to_list() == [None]


def test_money_that_comes_ten_days_after_the_sale_makes_ten_days_outstanding():
    report = collected([order("1", "100.00", JANUARY)], [settled("1", "100.00", JANUARY + dt.timedelta(days=10))])

    assert report.frames["by_shop"]["dso_days"].to_list() == [10.0]


def test_shops_and_currencies_are_never_added_to_each_other():
    orders = [
        order("1", "10.00", JANUARY),
        order("2", "20.00", JANUARY, shop="shop 2"),
        order("3", "30.00", JANUARY, shop="shop 2", code="HKD"),
    ]
    section = collected(orders, []).section("by_shop")

    assert section.frame.select("shop_id", "currency", "open_minor").rows() == [
        ("shop 1", "CNY", 1_000),
        ("shop 2", "CNY", 2_000),
        ("shop 2", "HKD", 3_000),
    ]
    assert section.totals.select("currency", "open_minor").rows() == [("CNY", 3_000), ("HKD", 3_000)]


def test_every_figure_leads_to_its_orders_with_file_and_line():
    report = collected([order("1", "10.00", JANUARY), order("2", "20.00", JANUARY)], [settled("2", "20.00", JANUARY)])

    rows = report.section("by_status").rows(status="unsettled")
    assert rows.select("platform_order_id", "source_file", "source_line").rows() == [("1", "orders.csv", 2)]


def test_the_months_unreceived_orders_are_those_that_the_story_planted():
    frame = Unreceived().make(faulty_month()).frames["orders"]

    found = frame.sort("platform_order_id").select("platform_order_id", "open_minor", "cause").rows()
    assert found == [
        ("P00028", 24_000, "settlement.amount_mismatch"),
        ("P00029", 400, "settlement.subsidy_missing"),
        ("T00022", 39_500, "settlement.order_missing"),
    ]


def test_the_statuses_of_a_clean_month_are_those_of_the_chain():
    counted = Collection().make(clean_month()).frames["by_status"].select("status", pl.col("orders").cast(pl.UInt32))
    told = month_chain("clean").orders.group_by("collection").len()

    assert sorted(counted.rows()) == sorted(told.rows())


def test_what_a_platform_took_back_for_nothing_is_unreceived_and_not_refunded():
    """The chain believes the platform that it was a refund; nobody would ask for the money then."""
    rows = Collection().make(faulty_month()).section("by_status").details.filter(platform_order_id="P00028")
    chain = month_chain().orders.filter(platform_order_id="P00028")

    assert rows["status"].to_list() == ["partially_settled"]
    assert chain["collection"].to_list() == ["refunded"]


def test_what_was_found_goes_by_the_name_that_people_use():
    titles = {"settlement.order_missing": ("the order is not settled", "订单未结算")}
    data = attrs.evolve(settlement_data([order("1", "190.00", JANUARY)], [], as_of=AS_OF), type_titles=titles)

    frame = Unreceived().make(data).frames["orders"]
    assert frame.select("cause_title", "cause_title_zh").rows() == [("the order is not settled", "订单未结算")]


def test_without_a_settlement_there_is_no_report():
    assert Collection().make(many_discrepancies(10)) is None
    assert Unreceived().make(many_discrepancies(10)) is None
