"""The trial balance: opening, turnover and closing of every account, and the proof that they balance."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from moneyed import Money

from tieout.errors import PostingError, UnknownAccount
from tieout.model import (
    AccountBalance,
    ChannelTransaction,
    CourierCharge,
    Order,
    OrderLine,
    SettlementLine,
    StockMovement,
    SubledgerMovement,
)
from tieout.posting import Journal, post, reverse, to_swap
from tieout.posting._lines import lines_of
from tieout.posting.statements import trial_balance
from tieout.reconciliations import LedgerTieout, Settlement, Subledgers


def cny(text):
    return Money(text, "CNY")


@pytest.fixture
def vouchers(make_voucher):
    """A sale and a bill in September, a payment and a red sale in October, a draft, and a line of November."""
    return [
        make_voucher(1, "09-10", "Dr 1122.01 190.00 shop=a", "Cr 5001 168.14 shop=a", "Cr 2221.01.01 21.86"),
        make_voucher(2, "09-30", "Dr 5601.05 3.30", "Dr 2221.01.02 0.20", "Cr 2202.01 3.50 supplier=sf"),
        make_voucher(1, "10-05", "Dr 2202.01 3.50 supplier=sf", "Cr 1002 3.50"),
        make_voucher(2, "10-09", "Dr 1122.01 -60.00 shop=a", "Cr 5001 -53.10 shop=a", "Cr 2221.01.01 -6.90"),
        make_voucher(3, "10-31", "Dr 1122.02 9.00", "Cr 5001 9.00 shop=b"),
        make_voucher(4, "10-31", "Dr 1122.02 1000.00", "Cr 5001 1000.00", status="draft"),
        make_voucher(1, "11-01", "Dr 1122.02 5.00", "Cr 5001 5.00"),
    ]


def figures(balance):
    names = ("opening_minor", "debit_minor", "credit_minor", "closing_minor")
    return {row["account"]: tuple(row[name] for name in names) for row in balance.accounts.iter_rows(named=True)}


def test_an_account_has_its_opening_its_turnover_and_its_closing(vouchers, make_book):
    october = trial_balance(vouchers, book=make_book(), period="2026-10")

    assert {
        "1002": (0, 0, 350, -350),
        "1122.01": (19000, -6000, 0, 13000),
        "1122.02": (0, 900, 0, 900),
        "2202.01": (-350, 350, 0, 0),
        "2221.01.01": (-2186, 0, -690, -1496),
        "2221.01.02": (20, 0, 0, 20),
        "5001": (-16814, 0, -4410, -12404),
        "5601.05": (330, 0, 0, 330),
    } == figures(october)
    assert october.proof.holds


def test_red_figures_reduce_their_own_side_and_swapped_ones_raise_the_other(make_voucher, make_book):
    red = make_voucher(1, "10-09", "Dr 1122.01 -60.00", "Cr 5001 -60.00")

    in_red = trial_balance([red], book=make_book(), period="2026-10")
    swapped = trial_balance([to_swap(red)], book=make_book(), period="2026-10")

    assert (cny("-60.00"), cny("-60.00")) == (in_red.totals["debit"], in_red.totals["credit"])
    assert (cny("60.00"), cny("60.00")) == (swapped.totals["debit"], swapped.totals["credit"])
    assert in_red.accounts["closing_minor"].to_list() == swapped.accounts["closing_minor"].to_list()


def test_the_sums_of_both_sides_agree_before_in_and_after_the_days(vouchers, make_book):
    october = trial_balance(vouchers, book=make_book(), period="2026-10")

    assert {
        "opening_debit": cny("193.50"),
        "opening_credit": cny("193.50"),
        "debit": cny("-47.50"),
        "credit": cny("-47.50"),
        "closing_debit": cny("142.50"),
        "closing_credit": cny("142.50"),
    } == october.totals
    assert [
        "vouchers: lines: 17 = 2 later + 6 of before + 2 of other stages + 7 of these days: ties out",
        "turnover: debits of the vouchers: -47.50 CNY = -47.50 CNY accounts: ties out",
        "turnover: credits of the vouchers: -47.50 CNY = -47.50 CNY accounts: ties out",
        "opening: debits: 193.50 CNY = 193.50 CNY credits: ties out",
        "turnover: debits: -47.50 CNY = -47.50 CNY credits: ties out",
        "closing: debits: 142.50 CNY = 142.50 CNY credits: ties out",
    ] == list(map(str, october.proof.checks))


def test_accounts_are_in_the_order_of_their_codes_with_the_names_of_the_book(vouchers, make_book):
    chinese = trial_balance(vouchers, book=make_book(), period="2026-10").accounts
    english = trial_balance(vouchers, book=make_book(language="en"), period="2026-10").accounts

    assert sorted(chinese["account"]) == chinese["account"].to_list()
    assert ("银行存款", "Bank") == (chinese["account_name"][0], english["account_name"][0])


def test_an_account_that_the_book_does_not_know_has_the_name_of_its_lines(make_voucher, make_book):
    lines = lines_of([make_voucher(1, "10-09", "Dr 9999 1.00", "Cr 8888 1.00")])
    named = lines.with_columns(pl.when(pl.col("account") == "9999").then(pl.lit("合同")).alias("account_name"))

    balance = trial_balance(named, book=make_book(), period="2026-10")

    assert [("8888", None), ("9999", "合同")] == balance.accounts.select("account", "account_name").rows()


def test_the_closing_of_one_period_is_the_opening_of_the_next(vouchers, make_book):
    book = make_book()
    september = trial_balance(vouchers, book=book, period="2026-09")
    october = trial_balance(vouchers, book=book, period="2026-10")

    for opening in (september, september.carried()):
        chained = trial_balance(vouchers, book=book, period="2026-10", opening=opening)
        only_october = trial_balance(vouchers[2:5], book=book, period="2026-10", opening=opening)

        assert october.accounts.equals(chained.accounts)
        assert october.details.equals(chained.details)
        assert october.accounts.equals(only_october.accounts)
    assert {"in the opening balances": 6, "later": 2, "of other stages": 2, "of these days": 7} == chained.proof.checks[
        0
    ].parts


def test_what_came_between_the_opening_balances_and_the_first_day_is_part_of_the_opening(vouchers, make_book):
    august = [AccountBalance(account="1002", as_of=date(2026, 9, 15), amount=cny("1.00"))]

    october = trial_balance(vouchers, book=make_book(), period="2026-10", opening=august)

    assert (100, 0, 350, -250) == figures(october)["1002"]
    assert "1122.01" in figures(october)
    assert -6000 == figures(october)["1122.01"][3]  # the sale of before the 15th is in the balances already, or nowhere


def test_opening_balances_that_do_not_balance_are_shown_as_such(vouchers, make_book):
    opening = [AccountBalance(account="1002", as_of=date(2026, 9, 30), amount=cny("1.00"))]

    october = trial_balance(vouchers, book=make_book(), period="2026-10", opening=opening)

    assert [("opening", 100), ("closing", 100)] == [(check.side, check.gap) for check in october.proof.failures]
    assert "opening: debits: 1.00 CNY = 0.00 CNY credits: IS OFF BY 1.00 CNY" in str(october)


def test_an_opening_balance_that_others_come_to_is_not_counted_twice(make_book):
    def balance(account, amount, **fields):
        return AccountBalance(account=account, as_of=date(2026, 9, 30), amount=cny(amount), **fields)

    opening = [
        balance("1122", "30.00"),
        balance("1122.01", "10.00"),
        balance("1122.01", "4.00", shop_id="a"),
        balance("1122.01", "6.00", shop_id="b"),
        balance("1122.02", "20.00"),
        balance("5001", "-30.00"),
        balance("5601", "1.00"),  # its only sub-account says something else, so it is no total
        balance("5601.05", "-1.00"),
    ]

    october = trial_balance([], book=make_book(), period="2026-10", opening=opening)

    assert {"1122.01": 1000, "1122.02": 2000, "5001": -3000, "5601": 100, "5601.05": -100} == {
        account: closing for account, (*_, closing) in figures(october).items()
    }
    assert october.proof.holds


def test_levels_add_the_sums_of_those_below(vouchers, make_book):
    october = trial_balance(vouchers, book=make_book(), period="2026-10", levels=True)

    shown = october.accounts.filter(pl.col("account").str.starts_with("2")).select("account", "level", "is_total")
    assert [
        ("2202", 1, True),
        ("2202.01", 2, False),
        ("2221", 1, True),
        ("2221.01", 2, True),
        ("2221.01.01", 3, False),
        ("2221.01.02", 3, False),
    ] == shown.rows()
    assert (19000, -5100, 0, 13900) == figures(october)["1122"]
    assert "应收账款" == october.accounts.filter(pl.col("account") == "1122")["account_name"][0]
    assert october.proof.holds
    assert 10 == len(october.proof.checks)
    assert trial_balance(vouchers, book=make_book(), period="2026-10").totals == october.totals


def test_codes_without_dots_have_levels_by_their_lengths(make_voucher, make_book):
    voucher = make_voucher(1, "10-09", "Dr 22210101 1.00", "Dr 222102 2.00", "Cr 1002 3.00")

    balance = trial_balance([voucher], book=make_book(), period="2026-10", levels=(4, 2, 2))

    assert [
        ("1002", 1, -300),
        ("2221", 1, 300),
        ("222101", 2, 100),
        ("22210101", 3, 100),
        ("222102", 2, 200),
    ] == balance.accounts.select("account", "level", "closing_minor").rows()
    assert cny("3.00") == balance.account("2221").closing


def test_an_account_with_lines_of_its_own_beside_sub_accounts_is_shown_by_itself_and_as_a_total(
    make_voucher, make_book
):
    voucher = make_voucher(1, "10-09", "Dr 2221.01 1.00", "Dr 2221.01.02 2.00", "Cr 1002 3.00")

    balance = trial_balance([voucher], book=make_book(), period="2026-10", levels=True)

    assert [("2221.01", True, 300), ("2221.01", False, 100)] == balance.accounts.filter(
        pl.col("account") == "2221.01"
    ).select("account", "is_total", "closing_minor").rows()
    assert balance.proof.holds
    assert cny("3.00") == balance.account("2221.01").closing


@pytest.mark.parametrize("levels", [(), "422", (4, 0), 7])
def test_levels_that_are_none_are_refused(levels, vouchers, make_book):
    with pytest.raises(PostingError, match="levels"):
        trial_balance(vouchers, book=make_book(), period="2026-10", levels=levels)


def test_one_account_is_asked_for_by_code_by_role_or_with_those_below_it(vouchers, make_book):
    october = trial_balance(vouchers, book=make_book(), period="2026-10")

    platform, all_receivables = october.role("ar_platform"), october.account("1122")
    assert ("1122.01", "应收账款-平台", cny("130.00")) == (platform.account, platform.account_name, platform.closing)
    assert (cny("190.00"), cny("-51.00"), cny("0.00"), cny("139.00")) == (
        all_receivables.opening,
        all_receivables.debit,
        all_receivables.credit,
        all_receivables.closing,
    )
    assert cny("0.00") == october.role("wallet").closing
    assert list(figures(october)) == [one.account for one in october]
    with pytest.raises(PostingError, match="trial balance of 2026-10: there is no account '4711'"):
        october.account("4711")
    with pytest.raises(UnknownAccount):
        october.role("nothing")


def test_foreign_balances_stand_beside_those_of_the_book(make_voucher, make_book):
    first = make_voucher(1, "09-09", "Dr 1012.01 720.00 in USD 100.00", "Cr 5001 720.00 in USD 100.00")
    second = make_voucher(1, "10-09", "Dr 1002 142.00", "Dr 5603.02 2.00", "Cr 1012.01 144.00 in USD 20.00")
    book = make_book()

    september = trial_balance([first], book=book, period="2026-09")
    october = trial_balance([second], book=book, period="2026-10", opening=september)
    unknown = trial_balance([second], book=book, period="2026-10", opening=september.carried())

    wallet = october.foreign.filter(pl.col("account") == "1012.01").drop("account_name").row(0)
    assert ("1012.01", "USD", 10000, 0, 2000, 8000) == wallet
    assert cny("576.00") == october.role("wallet").closing
    assert october.foreign.equals(trial_balance([first, second], book=book, period="2026-10").foreign)
    assert [("1012.01", None, 2000, None)] == unknown.foreign.select(
        "account", "opening_minor", "credit_minor", "closing_minor"
    ).rows()


def test_a_voucher_and_its_reversal_leave_no_balance(make_voucher, make_book):
    bill = make_voucher(1, "10-05", "Dr 5601.05 3.30 supplier=sf", "Cr 2202.01 3.30", status="reversed")
    red = reverse(bill, style="red_negative", date=date(2026, 10, 6))

    balance = trial_balance([bill, red], book=make_book(), period="2026-10", statuses=["reversed", "draft"])

    assert [0, 0] == balance.accounts["closing_minor"].to_list()
    assert [0, 0] == balance.accounts["debit_minor"].to_list()


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ({}, "period: a period, or start and end, are needed"),
        ({"start": date(2026, 10, 1)}, "period: a period, or start and end, are needed"),
        (
            {"period": "2026-10", "end": date(2026, 10, 1)},
            "period: a period, or start and end, are needed, got both",
        ),
        (
            {"start": date(2026, 10, 2), "end": date(2026, 10, 1)},
            "end: the last day, 2026-10-01, is before the first, 2026-10-02",
        ),
        ({"period": "2026-13"}, "period: a month written like '2026-10' is needed, got '2026-13'"),
    ],
)
def test_days_that_are_no_span_are_refused(days, message, make_book):
    with pytest.raises(PostingError) as caught:
        trial_balance([], book=make_book(), **days)

    assert message == str(caught.value).splitlines()[0]


def test_a_span_may_be_any_days(vouchers, make_book):
    days = trial_balance(vouchers, book=make_book(), start=date(2026, 9, 15), end=date(2026, 10, 8))

    assert (0, 0, 350, -350) == figures(days)["1002"]
    assert (-350) == figures(days)["2202.01"][3] + figures(days)["1002"][3]
    assert str(days).startswith("科目余额表 2026-09-15 to 2026-10-08 (CNY)\n")


def test_vouchers_of_another_book_or_currency_or_given_twice_are_refused(vouchers, make_voucher, make_book):
    other = make_voucher(9, "10-05", "Dr 1002 1.00", "Cr 5001 1.00", book_id="b")

    with pytest.raises(PostingError, match="voucher v9-10-05: 2 lines have book_id 'b', the book is None"):
        trial_balance([*vouchers, other], book=make_book(), period="2026-10")
    with pytest.raises(PostingError, match="17 lines have currency 'CNY', the book is kept in USD"):
        trial_balance(vouchers, book=make_book(currency="USD"), period="2026-10")
    with pytest.raises(PostingError, match="voucher v1-09-10: a voucher is given twice"):
        trial_balance([*vouchers, vouchers[0]], book=make_book(), period="2026-10")
    with pytest.raises(PostingError, match="statuses: 'done' is none of draft, prepared"):
        trial_balance(vouchers, book=make_book(), period="2026-10", statuses=["done"])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"as_of": date(2026, 10, 1)}, "opening: balances of one day before 2026-10-01 are needed, got 2026-10-01"),
        ({"amount": Money("1", "USD")}, "opening: account 1002 is in USD, the book is kept in CNY"),
        ({"book_id": "b"}, "opening: account 1002 is of book 'b', this is None"),
    ],
)
def test_opening_balances_of_another_book_currency_or_day_are_refused(fields, message, make_book):
    balance = AccountBalance(**{"account": "1002", "as_of": date(2026, 9, 30), "amount": cny("1.00"), **fields})

    with pytest.raises(PostingError) as caught:
        trial_balance([], book=make_book(), period="2026-10", opening=[balance])

    assert message == str(caught.value)


def test_an_opening_of_other_days_or_of_another_book_is_refused(vouchers, make_book):
    october = trial_balance(vouchers, book=make_book(), period="2026-10")
    english = trial_balance([], book=make_book(book_id="b"), period="2026-09")
    days = [AccountBalance(account="1002", as_of=date(2026, 9, day), amount=cny("1.00")) for day in (29, 30)]

    with pytest.raises(PostingError, match="it ends on 2026-10-31, and this one begins on 2026-10-01"):
        trial_balance(vouchers, book=make_book(), period="2026-10", opening=october)
    with pytest.raises(PostingError, match="it ends on 2026-10-31, and this one begins on 2026-10-31"):
        trial_balance(vouchers, book=make_book(), start=date(2026, 10, 31), end=date(2026, 11, 1), opening=october)
    with pytest.raises(PostingError, match="a trial balance of book None in CNY is needed"):
        trial_balance(vouchers, book=make_book(), period="2026-10", opening=english)
    with pytest.raises(PostingError, match="got 2026-09-29, 2026-09-30"):
        trial_balance(vouchers, book=make_book(), period="2026-10", opening=days)
    with pytest.raises(PostingError, match="AccountBalances are needed, got str"):
        trial_balance(vouchers, book=make_book(), period="2026-10", opening=["1002"])


def test_lines_that_do_not_balance_fail_the_proof(vouchers, make_book):
    lines = lines_of(vouchers).filter(~((pl.col("voucher_id") == "v3-10-31") & (pl.col("line_no") == 2)))

    october = trial_balance(lines, book=make_book(), period="2026-10")

    assert [("turnover", 900), ("closing", 900)] == [(check.side, check.gap) for check in october.proof.failures]


def test_columns_that_say_no_stage_count(vouchers, make_book):
    needed = lines_of(vouchers[:2]).select("voucher_id", "date", "account", "debit_minor", "credit_minor", "currency")

    september = trial_balance(needed, book=make_book(), period="2026-09")

    assert cny("193.50") == september.totals["debit"]
    assert {"of these days": 6} == september.proof.checks[0].parts


def test_a_journal_is_taken_like_any_vouchers(make_event, make_book):
    book = make_book(preparer="制单人")
    posted = post([make_event(amount="3.50"), make_event("courier.paid", "3.50")], book=book, period="2026-10")

    journal = Journal(book=book, vouchers=posted)

    whole, again = (trial_balance(given, book=book, period="2026-10") for given in (posted, journal))
    assert whole.accounts.equals(again.accounts)


def test_no_vouchers_are_a_statement_of_nothing(make_book):
    empty = trial_balance([], book=make_book(), period="2026-10", levels=True)

    assert (0, (), True) == (len(empty), empty.carried(), empty.proof.holds)
    assert "合计" in str(empty)


def test_people_read_it_in_the_language_of_the_book(vouchers, make_book):
    shown = str(trial_balance(vouchers[:2], book=make_book(chart="ifrs"), period="2026-09"))

    assert shown.splitlines()[0] == "Trial balance 2026-09 (CNY)"
    assert "Opening Dr" in shown
    chinese = str(trial_balance(vouchers, book=make_book(), period="2026-10")).splitlines()
    assert "1002        银行存款                                                 3.50                3.50" == chinese[4]
    page = trial_balance(vouchers, book=make_book(), period="2026-10")._repr_html_()
    assert '<td class="n">130.00</td>' in page


def test_the_wallet_the_courier_and_the_stock_tie_to_the_ledgers_beside_the_books(make_voucher, make_book):
    """Sub-ledger tie-out (C40): the books settled 188.00 of the order, the platform 160.00; all else agrees."""
    book = make_book(book_id="b")
    vouchers = [
        make_voucher(1, "10-09", "Dr 1122.01 190.00 shop=s1", "Cr 5001 190.00", book_id="b"),
        make_voucher(2, "10-10", "Dr 1012.01 178.86 party=alipay", "Dr 5601.01 9.14", "Cr 1122.01 188.00", book_id="b"),
        make_voucher(3, "10-20", "Dr 1405.01 800.00 warehouse=w", "Cr 2202.03 800.00", book_id="b"),
        make_voucher(4, "10-31", "Dr 5601.05 8.00", "Cr 2202.01 8.00 supplier=sf", book_id="b"),
        make_voucher(5, "10-31", "Dr 2202.01 3.50 supplier=sf", "Cr 1002 3.50", book_id="b"),
    ]
    close, moment = date(2026, 10, 31), datetime(2026, 10, 10, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    bill = ChannelTransaction(
        book_id="b", channel="alipay", channel_txn_id="t", amount=cny("180.00"), fee=cny("-1.14"), occurred_at=moment
    )
    charge = CourierCharge(
        book_id="b", carrier="sf", bill_no="B", tracking_no="T", charge_type="base", amount=cny("8.00")
    )
    paid = SubledgerMovement(
        book_id="b", movement_id="p", role="ap_courier", party="sf", happened_on=close, amount=cny("3.50")
    )
    stock = StockMovement(
        book_id="b",
        movement_id="m",
        type="purchase_in",
        warehouse="w",
        sku="A",
        quantity=Decimal(10),
        unit_cost=cny("80.00"),
        occurred_at=moment,
    )
    order = Order(
        book_id="b",
        platform="tmall",
        shop_id="s1",
        platform_order_id="1",
        currency="CNY",
        status="completed",
        paid_at=moment,
        completed_at=moment,
        lines=[OrderLine(sku="A", quantity=Decimal(1), unit_price=cny("190.00"))],
    )
    sale = SettlementLine(
        book_id="b",
        platform="tmall",
        shop_id="s1",
        line_id="1",
        type="sale",
        platform_order_id="1",
        amount=cny("160.00"),
        posted_at=moment,
    )
    settled = Settlement(as_of=close).run(orders=[order], lines=[sale])
    beside = [
        *Subledgers.wallets([bill], as_of=close),
        *Subledgers.courier_payables([charge], as_of=close, paid=[paid]),
        *Subledgers.stocks([stock], as_of=close),
        *Subledgers.receivables(settled, as_of=close),
    ]
    roles = ("wallet", "ar_platform", "ap_courier", "inventory")
    accounts = {book.account(role).code: role for role in roles}
    balance = trial_balance(vouchers, book=book, period="2026-10")

    outcome = LedgerTieout(accounts=accounts).run(subledgers=beside, balances=balance.carried())

    assert outcome.proof.holds
    assert [("ledger.balance_mismatch", "-28.00", "1122.01")] == [
        (found.type, str(found.impact.amount), found.keys["account"]) for found in outcome.discrepancies
    ]


def test_what_post_makes_is_taken_as_it_is(make_event, make_book):
    posted = post(
        [make_event(amount="3.50"), make_event("courier.unbilled", "8.00")], book=make_book(), period="2026-10"
    )

    october = trial_balance(posted, book=make_book(), period="2026-10")
    november = trial_balance(posted, book=make_book(), period="2026-11", opening=october)

    assert cny("-3.50") == october.role("ap_courier").closing
    assert (cny("-7.55"), cny("0.00")) == (november.role("ap_accrued").opening, november.role("ap_accrued").closing)
    assert Decimal("7.55") == -november.role("ap_accrued").credit.amount
