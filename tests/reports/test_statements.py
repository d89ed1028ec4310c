"""Statements of account: totals are the sums of their rows, and what differs is named."""

import datetime as dt

import attrs
import polars as pl
import pytest
from moneyed import Money

from reports.month_world import AS_OF, FEES, clean_month, faulty_month, many_discrepancies
from reports.small_worlds import order, settled, settlement_data
from scenarios._shop_month import Month, yuan
from tieout.errors import ReportError
from tieout.model import CourierCharge, CourierInvoice
from tieout.reconciliations import Settlement
from tieout.reports import Report, ReportData
from tieout.reports.collection import Collection
from tieout.reports.statements import (
    ChannelStatement,
    CourierStatement,
    PeriodStatement,
    ShopStatement,
    apart,
    closings,
)
from tieout.tables import Table

STATEMENTS = (CourierStatement(), ShopStatement(), ChannelStatement(), PeriodStatement())


def account(report, **who):
    return report.section("account").frame.filter(**who).row(0, named=True)


def test_a_courier_is_owed_what_it_billed_less_what_we_claim():
    zto = account(CourierStatement().make(faulty_month()), carrier="zto")

    assert zto["closing_minor"] == 427_200
    assert (zto["discrepancies"], zto["claimed_minor"]) == (2, 390)
    assert zto["agreed_minor"] == 426_810


def test_the_agreed_amount_is_what_the_books_owe():
    report = CourierStatement().make(faulty_month())
    owed = faulty_month().balances.filter(role="ap_courier")["closing_minor"].sum()

    assert report.section("account").frame["agreed_minor"].sum() == -owed


def test_credits_stand_apart_from_charges():
    sf = account(CourierStatement().make(faulty_month()), carrier="sf")

    assert (sf["increase_minor"], sf["decrease_minor"], sf["closing_minor"]) == (557_000, -10_200, 546_800)


def test_every_line_of_a_statement_says_where_it_stands():
    rows = CourierStatement().make(faulty_month()).section("account").rows(carrier="zto")

    assert rows.height == 1_037
    assert rows["source_file"].unique().to_list() == ["zto_bill.csv"]
    assert rows["source_line"].null_count() == 0


def test_a_header_that_is_not_the_sum_of_its_lines_is_shown_as_off():
    data = faulty_month()
    invoices = data.frame("CourierInvoice")
    wrong = invoices.with_columns(
        pl.when(pl.col("carrier") == "zto").then(427_201).otherwise("total_minor").alias("total_minor")
    )
    data = attrs.evolve(data, tables={**data.tables, "CourierInvoice": Table(wrong, CourierInvoice)})

    bills = CourierStatement().make(data).frames["bills"].select("carrier", "off_minor", "ties").rows()
    assert bills == [("sf", 0, True), ("zto", 1, False)]


def test_a_courier_without_a_contract_is_stated_as_it_billed():
    month = Month()
    month.bill("yto", "YT1", 3, 500)
    month.bill("yto", "YT2", 4, -200, kind="compensation")
    data = ReportData(
        name="Lamp House", period="2026-10", as_of=AS_OF, currency="CNY",
        tables={"CourierCharge": Table.from_records(month.charges, CourierCharge)},
    )  # fmt: skip
    report = CourierStatement().make(data)

    assert account(report)["agreed_minor"] == 300
    assert ("not re-rated", "yto") in report.facts


def test_the_next_statement_opens_with_what_the_last_one_closed_with():
    first = CourierStatement().make(faulty_month())
    second = CourierStatement(opening=first.section("account").frame).make(faulty_month())

    assert account(second, carrier="zto")["opening_minor"] == 427_200
    assert account(second, carrier="zto")["closing_minor"] == 2 * 427_200


def test_earlier_figures_give_the_opening_balance_of_the_period_before():
    last = closings(CourierStatement().make(faulty_month()), "2026-09")
    before = last.with_columns(pl.lit("2026-08").alias("period"), pl.lit(1, dtype=pl.Int64).alias("value"))
    figures = pl.concat([before, last]).with_columns(pl.col("value").cast(pl.Decimal(38, 8)))
    report = CourierStatement().make(attrs.evolve(faulty_month(), earlier=figures))

    assert account(report, carrier="sf")["opening_minor"] == 546_800


def test_opening_balances_that_lack_a_column_are_refused():
    with pytest.raises(ReportError, match="opening balances lack closing_minor"):
        CourierStatement(opening=pl.DataFrame({"carrier": ["zto"], "currency": ["CNY"]})).make(faulty_month())


def test_a_shop_is_owed_its_sales_less_refunds_less_what_was_settled():
    pdd = account(ShopStatement().make(faulty_month()), platform="pdd")

    assert pdd["increase_minor"] == 16_535_000
    assert pdd["closing_minor"] == 24_400
    assert (pdd["disputed_minor"], pdd["agreed_minor"]) == (-24_400, 0)


def test_what_nobody_disputes_of_a_shop_is_what_is_not_due():
    tmall = account(ShopStatement().make(faulty_month()), platform="tmall")

    assert (tmall["closing_minor"], tmall["disputed_minor"], tmall["agreed_minor"]) == (11_500, -7_000, 4_500)
    assert (
        tmall["difference_minor"] == -12_255
    )  # with the commission of 2.55 too high, and the penalty, which are no part of it


def test_what_was_carried_in_is_the_opening_balance_of_a_shop():
    october, november = dt.date(2026, 10, 20), dt.date(2026, 11, 30)
    first = Settlement(as_of=dt.date(2026, 10, 31), period="2026-10").run(
        orders=[order("1", "190.00", october)], lines=[]
    )
    second = Settlement(as_of=november, period="2026-11").run(
        orders=[order("2", "50.00", dt.date(2026, 11, 5))],
        lines=[settled("1", "190.00", dt.date(2026, 11, 3)), settled("2", "40.00", dt.date(2026, 11, 6))],
        opening=first.carry_forward,
    )
    data = ReportData(name="Lamp House", period="2026-11", as_of=november, currency="CNY", outcomes=[second])

    row = account(ShopStatement().make(data))
    assert [row[name] for name in ("opening_minor", "increase_minor", "decrease_minor", "closing_minor")] == [
        19_000, 5_000, -23_000, 1_000,
    ]  # fmt: skip


def test_a_wallet_holds_what_was_settled_and_not_paid_out():
    pdd = account(ChannelStatement().make(faulty_month()), channel="pdd")

    assert pdd["closing_minor"] == 1_327_050  # 13,170.50 in transit, and 100.00 that the payout was short
    assert pdd["agreed_minor"] == 1_317_050


def test_a_payment_channel_is_stated_by_what_came_and_went_back():
    report = ChannelStatement().make(faulty_month())
    items = report.frames["by_item"].filter(channel="alipay").select("item", "closing_minor").rows()

    assert items == [("paid", 23_962_700), ("paid back", -986_600)]


def test_the_statement_of_the_period_has_every_account():
    frame = PeriodStatement().make(faulty_month()).frames["accounts"]

    assert frame["who"].to_list() == [
        "sf", "zto", "pdd, Lamp Cellar", "tmall, Lamp House", "alipay, payments", "pdd, wallet", "tmall, wallet",
    ]  # fmt: skip


def test_a_statement_of_one_account_has_its_rows_and_its_totals():
    sf, zto = apart(CourierStatement().make(faulty_month()))

    assert (sf.name, zto.name) == ("statement_courier_sf", "statement_courier_zto")
    assert zto.section("account").totals["closing_minor"].to_list() == [427_200]
    assert zto.section("account").details.height == 1_037
    assert ("courier", "zto") in zto.facts
    assert (zto.title, zto.title_zh) == ("Statement of courier: ZTO", "快递对账单：中通")
    assert zto.frames["confirmation"]["line_zh"].to_list()[0] == "期初余额"


def test_nothing_is_found_and_all_is_agreed_in_a_clean_month():
    for builder in STATEMENTS[:3]:
        report = builder.make(clean_month())
        assert report.section("differences").frame.is_empty()
        assert (
            report.section("account").frame["difference_minor"].to_list()
            == [0] * report.section("account").frame.height
        )


@pytest.mark.parametrize("builder", STATEMENTS, ids=lambda one: type(one).__name__)
def test_without_records_there_is_no_statement(builder):
    data = ReportData(name="Lamp House", period="2026-10", as_of=AS_OF, currency="CNY")

    assert builder.make(data) is None


def test_a_total_that_is_not_the_sum_of_its_rows_is_refused():
    section = CourierStatement().make(faulty_month()).section("account")

    with pytest.raises(ReportError, match="closing_minor is 427201 where its rows sum to 427200"):
        attrs.evolve(
            section,
            frame=section.frame.with_columns(
                pl.when(pl.col("carrier") == "zto").then(427_201).otherwise("closing_minor").alias("closing_minor")
            ),
        )


def test_money_of_two_currencies_is_two_accounts():
    data = settlement_data(
        [order("1", "10.00", AS_OF), order("2", "20.00", AS_OF, code="HKD")],
        [settled("1", "10.00", AS_OF)],
        as_of=AS_OF,
        fees=FEES,
    )
    frame = ShopStatement().make(data).frames["account"]

    assert frame.select("currency", "closing_minor").rows() == [("CNY", 0), ("HKD", 2_000)]
    assert yuan(1_000) == Money("10.00", "CNY")


def test_discrepancies_without_records_make_no_statement_of_couriers():
    assert ShopStatement().make(many_discrepancies(20)) is None


def test_the_statement_of_the_period_is_cut_into_one_for_each_account():
    whole = PeriodStatement().make(faulty_month())
    made = apart(whole)

    assert len(made) == whole.frames["accounts"].select("kind", "who").n_unique() > 3
    assert "statement_period_courier_sf" in {one.name for one in made}
    assert (
        pl.concat([one.frames["accounts"] for one in made])
        .sort("kind", "who", "currency")
        .equals(whole.frames["accounts"].sort("kind", "who", "currency"))
    )


def test_accounts_whose_names_would_be_one_have_a_statement_each():
    section = CourierStatement().make(faulty_month()).section("account")
    alike = [section.frame.with_columns(carrier=pl.lit(name)) for name in ("A B", "a-b", "A-B")]
    frame = pl.concat(alike).unique(["carrier", "currency"], maintain_order=True)
    report = Report(
        name="statements_courier",
        title="Statements",
        title_zh="对账单",
        sections=[attrs.evolve(section, frame=frame, details=None, totals=None, sums=())],
    )

    made = [one.name for one in apart(report)]

    assert len(made) == len({name.casefold() for name in made}) == 3


def test_what_is_no_statement_is_not_cut():
    with pytest.raises(ReportError, match="a statement is needed"):
        apart(Collection().make(faulty_month()))
