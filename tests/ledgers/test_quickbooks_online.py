"""QuickBooks Online: positive figures, full account names, and a name on every receivable and payable."""

import csv
import io
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from moneyed import Money

import tieout
from tieout import ledgers
from tieout.errors import LedgerError
from tieout.ledgers.quickbooks_online import COLUMNS, QuickbooksOnline
from tieout.model import JournalLine, Voucher

SAMPLE = Path(__file__).parents[3] / "shared/samples/erp/qbo_journal/qbo-journal-test-rows.csv"


def rows_of(vouchers, book, ledger="quickbooks_online"):
    (content,) = ledgers.contents(vouchers, ledger=ledger, book=book)
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def net(row):
    return Decimal(row["Debits"] or 0) - Decimal(row["Credits"] or 0)


def make_voucher(*lines, **fields):
    return Voucher(
        **{
            "voucher_id": "a",
            "book_id": "main",
            "period": "2026-10",
            "word": "记",
            "number": 1,
            "date": date(2026, 10, 9),
            "lines": lines,
            **fields,
        }
    )


def line(number, account, amount, *, role=None, **aux):
    side = "debit" if number == 1 else "credit"
    return JournalLine(line_no=number, summary="s", account=account, role=role, aux=aux, **{side: Money(amount, "CNY")})


@pytest.mark.skipif(not SAMPLE.exists(), reason="the shared samples are not beside this checkout")
def test_the_columns_are_those_of_a_real_file_and_the_name():
    with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file))

    ours = {caption.replace(" ", "").replace(".", "") for caption in COLUMNS}
    assert {*header, "Name"} == ours
    assert b"\r\n" in SAMPLE.read_bytes()


def test_every_line_is_a_row_with_one_positive_figure(month, book):
    rows = rows_of(month, book)

    lines = [(voucher, line) for voucher in month for line in voucher.lines]
    for (voucher, line), row in zip(lines, rows, strict=True):
        assert line.amount.amount == net(row)
        assert bool(row["Debits"]) != bool(row["Credits"])
        assert not (row["Debits"] + row["Credits"]).startswith("-")
        assert (f"{voucher.period} 记-{voucher.number}", f"{voucher.date:%m/%d/%Y}") == (
            row["Journal No."],
            row["Journal Date"],
        )
        assert line.account_name.replace("-", ":") == row["Account Name"]


def test_entries_balance_by_journal_number(month, book):
    sums = defaultdict(Decimal)
    for row in rows_of(month, book):
        sums[row["Journal No."]] += net(row)

    assert len(month) == len(sums)
    assert {Decimal(0)} == set(sums.values())


def test_a_red_line_stands_positive_on_the_other_side(book):
    rows = rows_of([make_voucher(line(1, "5601.05", "-8.00"), line(2, "1002", "-8.00"))], book)

    assert [("", "8.00"), ("8.00", "")] == [(row["Debits"], row["Credits"]) for row in rows]
    with pytest.raises(LedgerError, match="QuickbooksOnline takes no negative debits or credits"):
        QuickbooksOnline(reversal_style="red_negative")


def test_receivables_and_payables_say_who(month, book):
    rows = rows_of(month, book)

    named = {(row["Account Name"], row["Name"]) for row in rows if row["Name"]}
    assert {
        ("应付账款:快递", "delhivery"),
        ("应付账款:快递", "sf_express"),
        ("应付账款:暂估", "sf_express"),
    } == named
    assert all(row["Name"] for row in rows if row["Account Name"].startswith("应付账款"))


@pytest.mark.parametrize(
    ("account", "role", "aux", "expected"),
    [
        ("1122.01", "ar_platform", {"customer": "C", "supplier": "S", "shop": "T"}, "C"),
        ("1122.01", "ar_platform", {"shop": "T"}, "T"),
        ("1122.01", None, {"supplier": "S"}, "S"),
        ("2202.01", None, {"customer": "C", "supplier": "S"}, "S"),
        ("2202.01", "ap_courier", {"customer": "C"}, "C"),
        ("2202.01", "suspense", {"customer": "C"}, ""),
        ("1002", None, {"customer": "C"}, ""),
    ],
)
def test_the_name_is_of_who_owes_or_is_owed(account, role, aux, expected, book):
    rows = rows_of([make_voucher(line(1, account, "1", role=role, **aux), line(2, "5001", "1"))], book)

    assert expected == rows[0]["Name"]


def test_lines_without_a_name_are_all_listed(book):
    vouchers = [
        make_voucher(line(1, "1122.01", "1"), line(2, "2202.01", "1"), voucher_id=f"v{number}", number=number)
        for number in range(1, 8)
    ]

    with pytest.raises(
        LedgerError,
        match=r"quickbooks_online: lines on receivables and payables need a customer or supplier: "
        r"2026-10 记-1 line 1 \(1122.01\), 2026-10 记-1 line 2 \(2202.01\), .*2026-10 记-5 line 2 \(2202.01\) and 4 more\n"
        r"Hint: QuickbooksOnline\(fallback_name=...\)",
    ):
        rows_of(vouchers, book)

    named = rows_of(vouchers, book, QuickbooksOnline(fallback_name="Sundry"))
    assert {"Sundry"} == {row["Name"] for row in named}


def test_accounts_and_names_go_by_what_they_are_called_there(book):
    voucher = make_voucher(line(1, "5001", "1"), line(2, "2241.02", "1", supplier="zto"))
    there = QuickbooksOnline(
        accounts={"5001": "Income:Sales"}, payable=["2241.02"], receivable=[], names={"zto": "ZTO Express"}
    )

    first, second = rows_of([voucher], book, there)

    assert ("Income:Sales", "") == (first["Account Name"], first["Name"])
    assert ("其他应付款:应付退款", "ZTO Express") == (second["Account Name"], second["Name"])
    assert "其他应付款-应付退款" == rows_of([voucher], book, attrs.evolve(there, level_mark=""))[1]["Account Name"]


def test_two_accounts_of_one_name_are_refused(book):
    voucher = make_voucher(line(1, "5001", "1"), line(2, "1002", "1"))

    with pytest.raises(LedgerError, match=r"accounts 1002 and 5001 are both called '银行存款'\nHint: name one of them"):
        rows_of([voucher], book, QuickbooksOnline(accounts={"5001": "银行存款"}))


def test_a_converted_line_says_its_original_amount(month, book):
    assert "delhivery 快递账单 IN-7 2026-10 (118.00 INR)" == rows_of(month, book)[2]["Description"]


def test_a_journal_number_that_is_too_long_and_another_currency_are_refused(book):
    voucher = make_voucher(line(1, "5001", "1"), line(2, "1002", "1"))

    with pytest.raises(LedgerError, match="the journal number '2026-10 long word of a voucher-1' is longer than 21"):
        rows_of([attrs.evolve(voucher, word="long word of a voucher")], book)
    with pytest.raises(LedgerError, match="2026-10 记-1 line 1: the line is in CNY, the book in USD"):
        rows_of([voucher], attrs.evolve(book, currency="USD"))


def test_our_own_source_reads_what_is_written(month, book):
    (content,) = ledgers.contents(month, ledger="quickbooks_online", book=book)

    batch = tieout.read(content, format="qbo_journal", constants={"currency": "CNY"})

    found = [(record.account, record.amount.amount, record.date) for record in batch.records]
    assert [
        (line.account_name.replace("-", ":"), line.amount.amount, voucher.date)
        for voucher in month
        for line in voucher.lines
    ] == found
    assert batch.control.holds
