"""Beancount: the real loader takes every file, and its sums are ours."""

import re
from collections import defaultdict
from datetime import date
from decimal import Decimal

import attrs
import pytest
from beancount import loader
from beancount.core import data, inventory
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from tieout import ledgers
from tieout.ledgers.beancount import Beancount, _component
from tieout.model import JournalLine, Voucher
from tieout.posting import Account, AccountType, Chart, number_vouchers, reverse


def load(text):
    entries, errors, _ = loader.load_string(text)
    assert [] == errors
    return entries


def sums_loaded(entries):
    """Amounts by account code as beancount sums them."""
    sums = defaultdict(inventory.Inventory)
    for posting in (posting for entry in data.filter_txns(entries) for posting in entry.postings):
        sums[posting.account].add_position(posting)
    return {account: {unit.units.currency: unit.units.number for unit in total} for account, total in sums.items()}


def sums_given(vouchers):
    sums = defaultdict(lambda: defaultdict(Decimal))
    for line in (line for voucher in vouchers for line in voucher.lines):
        sums[line.account][line.amount.currency.code] += line.amount.amount
    return {account: {code: total for code, total in totals.items() if total} for account, totals in sums.items()}


def code_of(account):
    """The code that a name such as `Assets:1122-01-应收账款-平台` begins with."""
    return re.match(r"\w+:([\d-]*\d)", account)[1].replace("-", ".")


@pytest.mark.parametrize("chart", ["cn_small_business", "cn_enterprise", "ifrs"])
def test_the_real_loader_takes_a_month_and_sums_it_as_we_do(chart, month, book_of):
    accounts = Chart.load(chart).accounts
    other = book_of(chart)
    vouchers = [
        attrs.evolve(
            voucher, lines=tuple(attrs.evolve(line, account=accounts[line.role].code) for line in voucher.lines)
        )
        for voucher in month
    ]

    entries = load(ledgers.render(vouchers, ledger="beancount", book=other))

    assert sums_given(vouchers) == {code_of(account): totals for account, totals in sums_loaded(entries).items()}
    assert len(vouchers) == len(list(data.filter_txns(entries)))


def test_a_transaction_carries_the_vouchers_own_data(month, book):
    entries = list(data.filter_txns(load(ledgers.render(month, ledger="beancount", book=book))))

    for voucher, entry in zip(month, entries, strict=True):
        assert (f"记-{voucher.number}", voucher.voucher_id) == (entry.meta["voucher"], entry.meta["voucher-id"])
        assert (voucher.date, voucher.lines[0].summary) == (entry.date, entry.narration)
        assert str(voucher.attachments_count) == entry.meta["attachments"]
    assert month[3].voucher_id == entries[4].meta["reversal-of"]
    assert "SF2610.csv:5-107 sha256=sf2610" == entries[2].meta["sources"]
    assert "118.00 INR" == entries[0].postings[-1].meta["foreign"]
    assert "debit" == entries[4].postings[0].meta["red"]


def test_accounts_begin_with_type_and_code(month, book):
    opened = [
        entry.account
        for entry in load(ledgers.render(month, ledger="beancount", book=book))
        if isinstance(entry, data.Open)
    ]

    assert "Assets:1221-01-其他应收款-快递索赔" in opened
    assert "Liabilities:2202-01-应付账款-快递" in opened
    assert "Expenses:5601-05-销售费用-运费" in opened


def test_every_account_of_every_chart_has_a_name_that_loads(book_of):
    for chart in ("cn_small_business", "cn_enterprise", "ifrs"):
        for language in ("zh", "en"):
            other = book_of(chart, language=language)
            codes = sorted({account.code for account in other.chart.accounts.values()})
            lines = [
                JournalLine(line_no=at, summary="s", account=code, debit=Money("1", "CNY"))
                for at, code in enumerate(codes, start=1)
            ]
            lines.append(
                JournalLine(line_no=len(lines) + 1, summary="s", account=codes[0], credit=Money(len(codes), "CNY"))
            )
            voucher = make_voucher(lines)

            assert len(codes) == len(sums_loaded(load(ledgers.render([voucher], ledger="beancount", book=other))))


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


def test_hostile_texts_load_as_one_line(hostile, book):
    (entry,) = data.filter_txns(load(ledgers.render([hostile], ledger="beancount", book=book)))

    assert "=cmd|' /C calc'!A0, \"quoted\"; back\\slash second line [31m “中文” #tag ^link ; comment" == entry.narration
    assert "@SUM(A1)" == entry.payee
    assert '=evil .csv["S"]:3 sha256=ff' == entry.meta["sources"]
    assert Decimal("1000000000000000.00") == entry.postings[0].units.number


@settings(deadline=None, max_examples=100)
@given(text=st.text(min_size=1).filter(str.strip))
def test_any_summary_loads(text, book):
    lines = (
        JournalLine(line_no=1, summary="s", account="1002", debit=Money("1", "CNY"), aux={"shop": text}),
        JournalLine(line_no=2, summary=text, account="2202.01", credit=Money("1", "CNY")),
    )

    (entry,) = data.filter_txns(load(ledgers.render([make_voucher(lines)], ledger="beancount", book=book)))

    assert ledgers._base.plain_text(text) == (entry.payee or "")


@settings(deadline=None, max_examples=100)
@given(
    name=st.text(min_size=1).filter(str.strip),
    code=st.from_regex(r"[0-9A-Za-z中][0-9A-Za-z._ -]{0,8}[0-9A-Za-z]", fullmatch=True),
)
def test_any_account_name_and_code_loads(name, code, book):
    own = Account(code=code, type=AccountType.ASSET, zh=name, en=name)
    other = attrs.evolve(book, accounts={"bank": own})
    lines = (
        JournalLine(line_no=1, summary="s", account=code, debit=Money("1", "CNY")),
        JournalLine(line_no=2, summary="s", account="2202.01", credit=Money("1", "CNY")),
    )

    load(ledgers.render([make_voucher(lines)], ledger="beancount", book=other))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1012.01-其他货币资金-平台/支付账户", "1012-01-其他货币资金-平台-支付账户"),
        ("1002-½Ⅷ²_a", "1002-a"),
        ("应收-x", "X-应收-x"),
        ("ap1-x", "X-ap1-x"),
        ("Ünits 1", "Ünits-1"),
        ("--", "X-"),
    ],
)
def test_a_component_has_only_what_the_grammar_takes(text, expected):
    assert expected == _component(text)


def test_a_file_without_opens_is_for_including(month, book):
    text = ledgers.render(month, ledger=Beancount(opens=False), book=book)

    assert " open " not in text
    assert ledgers.render(month, ledger="beancount", book=book).replace(text.partition("\n\n")[2], "").count(
        " open "
    ) == len(sums_given(month))


def test_a_month_and_its_reversals_sum_to_nothing_in_beancount(month, book):
    standing = [voucher for voucher in month if voucher.reversal_of is None and voucher.kind == "normal"]
    drafts = [reverse(voucher, style="red_negative", date=date(2026, 12, 1)) for voucher in standing]

    entries = load(ledgers.render([*month, *number_vouchers(drafts, posted=month)], ledger="beancount", book=book))

    assert {} == {account: totals for account, totals in sums_loaded(entries).items() if totals}


def test_swapped_sides_give_the_same_sums_and_no_mark_of_red(month, book):
    red = ledgers.render(month, ledger="beancount", book=book)
    swapped = ledgers.render(month, ledger=Beancount(reversal_style="swap_sides"), book=book)

    assert sums_loaded(load(red)) == sums_loaded(load(swapped))
    assert "    red: " in red
    assert "    red: " not in swapped


def test_the_books_balance_by_month_as_the_vouchers_do(month, book):
    entries = load(ledgers.render(month, ledger="beancount", book=book))

    for period in ("2026-10", "2026-11"):
        of_period = [entry for entry in entries if f"{entry.date:%Y-%m}" == period]
        vouchers = [voucher for voucher in month if voucher.period == period]
        assert sums_given(vouchers) == {code_of(account): total for account, total in sums_loaded(of_period).items()}


def test_dimensions_whose_names_are_no_keys_stand_in_one(book):
    aux = {"部门": "一部", "Kostenstelle": "K1", "shop": "S1", "expense_item": "=1"}
    one, account = Money("1.00", "CNY"), {"summary": "s"}
    lines = (
        JournalLine(line_no=1, account="1002", debit=one, aux=aux, **account),
        JournalLine(line_no=2, account="5001", credit=one, **account),
    )
    (one,) = data.filter_txns(load(ledgers.render([make_voucher(lines)], ledger="beancount", book=book)))

    said = {key: value for key, value in one.postings[0].meta.items() if key.startswith("aux")}
    assert {"aux": "Kostenstelle=K1; 部门=一部", "aux-shop": "S1", "aux-expense_item": "=1"} == said


def test_sheets_and_pieces_are_kept(book):
    goods = JournalLine(line_no=1, summary="s", account="1405.01", debit=Money("-8", "CNY"), quantity=Decimal(-2))
    other = JournalLine(line_no=2, summary="s", account="2202.01", credit=Money("-8", "CNY"))
    sheets = [make_voucher([goods, other], part=part, parts=2) for part in (1, 2)]

    entries = list(data.filter_txns(load(ledgers.render(sheets, ledger="beancount", book=book))))

    assert ["记-1 1/2", "记-1 2/2"] == [entry.meta["voucher"] for entry in entries]
    assert [("-2", "debit")] * 2 == [
        (entry.postings[0].meta["quantity"], entry.postings[0].meta["red"]) for entry in entries
    ]


def test_a_voucher_in_two_currencies_loads_and_balances_in_each(book):
    lines = [
        JournalLine(line_no=1, summary="s", account="1002", debit=Money("7.20", "CNY")),
        JournalLine(line_no=2, summary="s", account="2202.01", credit=Money("7.20", "CNY")),
        JournalLine(line_no=3, summary="s", account="1002", debit=Money("1", "JPY")),
        JournalLine(line_no=4, summary="s", account="2202.01", credit=Money("1", "JPY")),
    ]

    entries = load(ledgers.render([make_voucher(lines)], ledger="beancount", book=book))

    assert {"CNY": Decimal("7.20"), "JPY": Decimal(1)} == sums_loaded(entries)["Assets:1002-银行存款"]
