"""Hledger: the program itself takes every file, and its balances are ours."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from hledger_program import hledger, rows_of
from tieout import ledgers
from tieout.ledgers.hledger import Hledger
from tieout.model import JournalLine, Voucher
from tieout.posting import Account, AccountType, Chart, number_vouchers, reverse


def balances(text, *arguments):
    """Balances by code and currency as hledger sums them."""
    found = {}
    for row in rows_of(text, "balance", "--flat", "--no-total", *arguments):
        code = row["account"].partition(":")[2].partition(" ")[0]
        amounts = (amount.replace(",", "").split(" ") for amount in row["balance"].split(", "))
        found[code] = {currency: Decimal(amount) for amount, currency in amounts}
    return found


def sums_given(vouchers, *, original=False):
    """Balances by code and currency, summed from the vouchers."""
    sums = defaultdict(lambda: defaultdict(Decimal))
    for line in (line for voucher in vouchers for line in voucher.lines):
        amount = line.amount
        if original and line.foreign_amount is not None:
            amount = line.foreign_amount if line.debit is not None else -line.foreign_amount
        sums[line.account][amount.currency.code] += amount.amount
    kept = {account: {code: total for code, total in totals.items() if total} for account, totals in sums.items()}
    return {account: totals for account, totals in kept.items() if totals}


def make_voucher(lines, **fields):
    return Voucher(
        **{
            "voucher_id": "a",
            "book_id": "main",
            "period": "2026-10",
            "word": "记",
            "number": 1,
            "date": date(2026, 10, 1),
            "lines": lines,
            **fields,
        }
    )


def two_lines(summary="s", *, account="1002", **aux):
    return (
        JournalLine(line_no=1, summary="first", account=account, debit=Money("1", "CNY"), aux=aux),
        JournalLine(line_no=2, summary=summary, account="2202.01", credit=Money("1", "CNY")),
    )


@pytest.mark.parametrize("chart", ["cn_small_business", "cn_enterprise", "ifrs"])
def test_a_month_passes_the_strict_check_and_balances_as_our_vouchers_do(chart, month, book_of):
    accounts = Chart.load(chart).accounts
    vouchers = [
        attrs.evolve(
            voucher, lines=tuple(attrs.evolve(line, account=accounts[line.role].code) for line in voucher.lines)
        )
        for voucher in month
    ]
    text = ledgers.render(vouchers, ledger="hledger", book=book_of(chart))

    hledger(text, "check", "--strict")

    assert sums_given(vouchers) == balances(text, "--cost")
    assert sums_given(vouchers, original=True) == balances(text)
    for period in ("2026-10", "2026-11"):
        of_period = [voucher for voucher in vouchers if voucher.period == period]
        assert sums_given(of_period) == balances(text, "--cost", "--period", period)


def test_every_line_is_printed_with_its_account_amount_and_code(month, book):
    rows = rows_of(ledgers.render(month, ledger="hledger", book=book), "print", "--cost")

    expected = [(voucher, line) for voucher in month for line in voucher.lines]
    assert [(f"记-{voucher.number}", str(voucher.date), line.amount.amount) for voucher, line in expected] == [
        (row["code"], row["date"], Decimal(row["amount"].replace(",", ""))) for row in rows
    ]
    assert [line.account for _, line in expected] == [
        row["account"].partition(":")[2].partition(" ")[0] for row in rows
    ]


def test_converted_lines_are_held_in_their_own_currency(month, book):
    text = ledgers.render(month, ledger="hledger", book=book)

    assert {"CNY": Decimal("-177.46"), "INR": Decimal("-118.00")} == balances(text)["2202.01"]
    assert "    Expenses:5601.05 销售费用-运费  100.00 INR @@ 8.50 CNY\n" in text


def test_an_original_amount_that_cannot_carry_the_cost_becomes_a_tag(book):
    debit, credit = two_lines()
    lines = (
        attrs.evolve(debit, foreign_amount=Money("-5", "USD"), fx_rate=Decimal("7.2")),
        attrs.evolve(credit, foreign_amount=Money("0", "USD")),
    )

    text = ledgers.render([make_voucher(lines)], ledger="hledger", book=book)

    assert "1002 银行存款  1.00 CNY\n        ; foreign: -5.00 USD\n        ; fx-rate: 7.2\n" in text
    assert "-1.00 CNY\n        ; summary: s\n        ; foreign: 0.00 USD\n" in text


def test_a_month_and_its_reversals_sum_to_nothing(month, book):
    standing = [voucher for voucher in month if voucher.reversal_of is None and voucher.kind == "normal"]
    for style in ("red_negative", "swap_sides"):
        drafts = [reverse(voucher, style=style, date=date(2026, 12, 1)) for voucher in standing]
        text = ledgers.render([*month, *number_vouchers(drafts, posted=month)], ledger="hledger", book=book)

        assert {} == balances(text)


def test_tags_can_be_asked_for(month, book):
    text = ledgers.render(month, ledger="hledger", book=book)

    assert {"记-4", "记-1"} == {row["code"] for row in rows_of(text, "print", "tag:kind=accrual|reversal")}
    assert ["-7.55", "-3.30", "3.30"] == [
        row["amount"].partition(" ")[0] for row in rows_of(text, "register", "tag:red")
    ]
    assert "1221.01" in hledger(text, "balance", "type:A")


HOSTILE = [
    "date:2031-01-01",
    "x, date:nonsense, date2:2031-13-45",
    "[2031-01-01] [=2031-02-02]",
    "; account: Assets:X  5 CNY",
    "(code) * ! | payee",
    "a  b\t\tc ;; d",
    "5.00 CNY @@ 3 USD",
    "end comment",
    "= 5 CNY",
    "\\ \" ' { } ~ % #",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_summary_is_neither_tag_nor_date_nor_amount(text, book):
    check_text(text, book)


@settings(deadline=None, max_examples=60)
@given(
    text=st.text(alphabet=st.one_of(st.sampled_from("()[]{}:;|,=@*!~&\"'\\ #date20-"), st.characters())).filter(
        str.strip
    )
)
def test_any_summary_payee_word_and_id_is_read(text, book):
    check_text(text, book)


def check_text(text, book):
    lines = two_lines(text, shop=text)
    voucher = make_voucher(lines, word=text, voucher_id=text, preparer=text)

    written = ledgers.render([voucher], ledger="hledger", book=book)
    first, second = rows_of(written, "print", "--strict")

    assert ("2026-10-01", "2026-10-01") == (first["date"], second["date"])
    assert ("1.00", "-1.00") == (first["amount"], second["amount"])
    registered = rows_of(written, "register")
    assert ["2026-10-01", "2026-10-01"] == [row["date"] for row in registered]


def test_words_and_names_keep_what_they_say_in_full_width_characters(book):
    own = Account(code="10", type=AccountType.ASSET, zh="a:b;  c", en="x")
    other = attrs.evolve(book, accounts={"bank": own})
    voucher = make_voucher(two_lines(account="10"), word="(a) ;b")

    first, _ = rows_of(ledgers.render([voucher], ledger="hledger", book=other), "print")

    assert ("（a） ；b-1", "Assets:10 a：b； c") == (first["code"], first["account"])


@settings(deadline=None, max_examples=40)
@given(
    name=st.text(min_size=1).filter(str.strip),
    code=st.from_regex(r"[0-9A-Za-z中(][0-9A-Za-z._ :;-]{0,8}[0-9A-Za-z]", fullmatch=True),
)
def test_any_account_name_and_code_is_one_account(name, code, book):
    own = Account(code=code, type=AccountType.ASSET, zh=name, en=name)
    other = attrs.evolve(book, accounts={"bank": own})
    text = ledgers.render([make_voucher(two_lines(account=code))], ledger="hledger", book=other)

    rows = rows_of(text, "balance", "--strict", "--flat", "--no-total", "--depth", "2")
    assert ["1.00 CNY", "-1.00 CNY"] == [row["balance"] for row in rows]


def test_a_currency_of_no_and_of_three_decimals(book):
    yen = JournalLine(
        line_no=1, summary="s", account="1002", debit=Money("1.00", "CNY"), foreign_amount=Money("21", "JPY")
    )
    dinar = JournalLine(
        line_no=2, summary="s", account="2202.01", credit=Money("1.00", "CNY"), foreign_amount=Money("0.043", "KWD")
    )
    text = ledgers.render([make_voucher((yen, dinar))], ledger="hledger", book=book)

    hledger(text, "check", "--strict")

    assert {"1002": {"JPY": Decimal(21)}, "2202.01": {"KWD": Decimal("-0.043")}} == balances(text)
    assert "commodity 1,000. JPY\n" in text


def test_a_file_without_declarations_is_for_including(month, book):
    whole = ledgers.render(month, ledger="hledger", book=book)
    text = ledgers.render(month, ledger=Hledger(declares=False), book=book)

    assert whole.endswith(text)
    assert text.startswith("2026-10-20 ")
    assert balances(whole) == balances("decimal-mark .\n" + text)
