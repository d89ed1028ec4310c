"""Sales by platform, ERP and ledger, and the cash that is to come."""

import datetime as dt

import attrs
import polars as pl
import pytest

from chain_world import World
from chain_world import yuan as cents
from reports.month_world import clean_month, faulty_month
from reports.small_worlds import moment, order, settlement_data
from scenarios._shop_month import yuan
from tieout.errors import ReportError
from tieout.model import CourierInvoice, Refund
from tieout.reconciliations import Orders, Payout, Receipts
from tieout.reports import ReportData
from tieout.reports.cash import CashCalendar
from tieout.reports.collection import Collection
from tieout.reports.sales import SalesComparison
from tieout.reports.statements import CourierStatement, closings
from tieout.tables import Table

AS_OF = dt.date(2026, 10, 31)


def test_platform_erp_and_ledger_are_the_same_in_a_clean_month():
    report = SalesComparison().make(clean_month())

    assert report.section("orders").frame.is_empty()
    frame = report.frames["by_shop_day"]
    assert frame.height > 30
    assert frame["platform_minor"].to_list() == frame["erp_minor"].to_list() == frame["ledger_minor"].to_list()


def test_the_order_that_never_got_to_the_erp_makes_the_difference_of_its_day():
    report = SalesComparison().make(faulty_month())

    off = report.frames["by_shop_day"].filter(pl.col("erp_off_minor") != 0)
    assert off.select("platform", "shop_id", "day", "erp_off_minor").rows() == [
        ("tmall", "Lamp House", dt.date(2026, 10, 2), -16_000)
    ]
    orders = report.section("orders").frame
    assert orders.select("platform_order_id", "erp_off_minor", "source_file", "source_line").rows() == [
        ("T00045", -16_000, "tmall_orders.csv", 47)
    ]


def test_the_ledgers_column_is_revenue_and_output_vat_of_the_vouchers():
    report = SalesComparison().make(faulty_month())
    booked = report.frames["ledger"]["booked_minor"].sum()

    accounts = faulty_month().balances.filter(pl.col("role").is_in(["revenue", "vat_output"]))
    assert -accounts["closing_minor"].sum() == booked
    assert report.frames["by_platform"]["ledger_minor"].sum() == 40_361_000


def test_vouchers_as_plain_values_say_the_same_as_those_in_columns():
    data = clean_month()
    plain = attrs.evolve(data, vouchers=tuple(data.vouchers))

    for name, frame in SalesComparison().make(data).frames.items():
        assert frame.equals(SalesComparison().make(plain).frames[name]), name


def test_a_voucher_whose_lines_are_more_than_its_sales_keeps_the_rest_by_its_number():
    data = clean_month()
    first, *others = data.vouchers
    lines = [
        attrs.evolve(line, credit=line.credit + yuan(100)) if line.role == "revenue"
        else attrs.evolve(line, debit=line.debit + yuan(100)) if line.role == "ar_platform" else line
        for line in first.lines
    ]  # fmt: skip
    report = SalesComparison().make(attrs.evolve(data, vouchers=(attrs.evolve(first, lines=lines), *others)))

    rest = report.section("orders").frame
    assert rest.select("platform_order_id", "ledger_off_minor", "voucher").rows() == [(None, 100, "记-1")]
    assert report.frames["ledger"]["part"].to_list()[1] == "2 sales that name no order"


def test_orders_that_never_left_stand_beside_the_comparison():
    frame = SalesComparison().make(faulty_month()).frames["beside"]

    assert frame.select("platform", "because", "platform_orders").rows() == [
        ("pdd", "not sold yet", 4),
        ("tmall", "not sold yet", 7),
    ]


def test_without_an_erp_and_vouchers_only_the_platform_is_shown():
    report = SalesComparison().make(settlement_data([order("1", "190.00", AS_OF)], [], as_of=AS_OF))

    names = [one.name for one in report.section("by_shop").columns]
    assert names == ["platform", "shop_id", "platform_orders", "platform_minor", "currency"]
    assert report.frames["by_shop"]["erp_off_minor"].to_list() == [0]
    assert report.section("orders").frame.is_empty()


def test_a_sale_counts_at_the_stage_that_is_asked_for():
    shipped, completed = dt.date(2026, 10, 30), dt.date(2026, 11, 2)
    data = settlement_data(
        [order("1", "190.00", completed, shipped_at=moment(shipped))], [], as_of=completed, period="2026-10"
    )

    assert SalesComparison(stage="shipped_at").make(data).frames["by_shop_day"]["day"].to_list() == [shipped]
    assert SalesComparison(stage="completed_at").make(data).frames["beside"]["because"].to_list() == [
        "of another period"
    ]


def erp_data(period, as_of, platform, erp, opening=None):
    """The data of a month with one outcome, of `Orders`, and the outcome."""
    found = Orders(period=period, as_of=as_of).run(orders=platform, erp_orders=erp, opening=opening)
    return found, ReportData(
        name="Lamp House", period=period, as_of=as_of, currency="CNY", outcomes=[found], proof=found.proof
    )


@pytest.mark.parametrize("again", ["neither", "both", "the platform's alone", "the platform's with news"])
def test_what_was_paid_in_one_month_and_left_in_the_next_is_a_sale_of_the_next(again):
    """The lists of October are of the fifth of November and know by then what left on the second."""
    paid, left, end = dt.date(2026, 10, 30), dt.date(2026, 11, 2), dt.date(2026, 11, 30)
    late = order("1", 920, None, paid_at=moment(paid), created_at=moment(paid), shipped_at=moment(left))
    soon = order("2", 195, paid)
    signed = attrs.evolve(late, signed_at=moment(dt.date(2026, 11, 4)))
    ours, theirs = {
        "neither": ([], []),
        "both": ([late], [late]),
        "the platform's alone": ([late], []),
        "the platform's with news": ([signed], [late]),
    }[again]

    first, october = erp_data("2026-10", AS_OF, [late, soon], [late, soon])
    _, november = erp_data("2026-11", end, ours, theirs, first.carry_forward)

    figures = ["platform_orders", "erp_orders", "platform_minor", "erp_minor", "erp_off_minor"]
    sold = [
        SalesComparison().make(data).section("by_shop").frame.select(figures).rows() for data in (october, november)
    ]
    assert [[(1, 1, 19_500, 19_500, 0)], [(1, 1, 92_000, 92_000, 0)]] == sold
    assert SalesComparison().make(november).section("beside").frame.is_empty()


def test_a_period_that_is_none_is_refused():
    data = attrs.evolve(settlement_data([order("1", "190.00", AS_OF)], [], as_of=AS_OF), period="October")

    with pytest.raises(ReportError, match="a period is needed, got 'October'"):
        SalesComparison().make(data)


def test_the_sum_by_day_is_the_sum_of_the_open_items():
    report = CashCalendar().make(faulty_month())

    items = report.section("items").frame["net_minor"].sum()
    assert report.frames["by_day"]["net_minor"].sum() == items == report.frames["by_kind"]["net_minor"].sum()


def test_what_platforms_are_to_settle_is_what_collection_has_open():
    kinds = {row["kind"]: row["net_minor"] for row in CashCalendar().make(faulty_month()).frames["by_kind"].to_dicts()}

    assert (
        kinds["orders"] + kinds["taken back"]
        == Collection().make(faulty_month()).frames["by_status"]["open_minor"].sum()
    )
    assert kinds["payouts"] == 3_181_936
    assert kinds["receipts"] == 4_994_870
    assert kinds["couriers"] == -972_610


def test_bills_are_planned_for_their_due_day_and_overdue_items_for_none():
    data = faulty_month()
    due = data.frame("CourierInvoice").with_columns(pl.lit(dt.date(2026, 11, 15)).alias("due_date"))
    report = CashCalendar().make(
        attrs.evolve(data, tables={**data.tables, "CourierInvoice": Table(due, CourierInvoice)})
    )

    by_day = report.frames["by_day"].select("when", "day", "net_minor", "running_minor").rows()
    assert by_day == [
        ("overdue", None, 5_030_770, 5_030_770),
        ("due", dt.date(2026, 10, 31), 3_171_936, 8_202_706),
        ("due", dt.date(2026, 11, 15), -972_610, 7_230_096),
        ("undated", None, 14_500, None),
    ]


def test_what_couriers_are_owed_is_the_agreed_amount_of_their_statements_with_what_was_owed_before():
    before = closings(CourierStatement().make(faulty_month()), "2026-09")
    data = attrs.evolve(faulty_month(), earlier=before)

    owed = CourierStatement().make(data).frames["account"]["agreed_minor"].sum()
    assert owed == 972_610 + 974_000  # the closing balances of before, by the bills
    planned = CashCalendar().make(data).frames["by_kind"].filter(kind="couriers")
    assert planned["net_minor"].to_list() == [-owed]


def test_a_refund_that_was_agreed_is_to_be_paid_until_it_succeeds():
    def version(number, status, amount):
        return Refund(
            platform="tmall", shop_id="shop 1", refund_id=number, version=status, platform_order_id="1", status=status,
            amount_approved=yuan(amount), amount=yuan(amount),
        )  # fmt: skip

    refunds = [version("R1", "approved", 900), version("R2", "approved", 500), version("R2", "succeeded", 500),
               version("R3", "requested", 700)]  # fmt: skip
    data = ReportData(
        name="Lamp House", period="2026-10", as_of=AS_OF, currency="CNY",
        tables={"Refund": Table.from_records(refunds, Refund)},
    )  # fmt: skip

    assert CashCalendar().make(data).frames["items"].select("reference", "net_minor").rows() == [("R1", -900)]


def test_what_is_left_of_settlements_and_payouts_that_were_paid_in_part_is_to_come_and_what_was_too_much_goes_back():
    world = World()
    world.sell("1")
    for day in (27, 28):
        world.settle("1", day=day, sale=10_000)
        world.close(day=day)
    part, more = world.payouts
    part, more = (
        attrs.evolve(part, amount=part.amount + cents(6_000)),
        attrs.evolve(more, amount=more.amount - cents(1_000)),
    )
    paid = Payout(as_of=AS_OF).run(settlements=world.settlements, payouts=[part, more])
    short = attrs.evolve(world.bank[0], amount=cents(3_000))
    received = Receipts(as_of=AS_OF).run(payouts=[part], bank=[short])
    data = ReportData(name="Lamp House", period="2026-10", as_of=AS_OF, currency="CNY", outcomes=[paid, received])

    items = CashCalendar().make(data).section("items").frame

    planned = [("payouts", "undated", 6_000), ("payouts", "undated", -1_000), ("receipts", "undated", 1_000)]
    assert planned == items.select("kind", "when", "net_minor").rows()
