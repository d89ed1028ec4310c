"""Xero: files of whole vouchers, the template's columns, and a narration of its own for every journal."""

import csv
import io
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import attrs
import pytest
from moneyed import Money

import tieout
from tieout import ledgers
from tieout.errors import LedgerError
from tieout.ledgers.xero import COLUMNS, Xero
from tieout.model import JournalLine, Voucher

SAMPLE = Path(__file__).parents[3] / "shared/samples/erp/xero_manual_journal/xero-manual-journal-test-rows.csv"


def rows_of(vouchers, book, ledger="xero"):
    contents = ledgers.contents(vouchers, ledger=ledger, book=book)
    return [list(csv.DictReader(io.StringIO(content.decode(), newline=""))) for content in contents]


def long_voucher(number, size, **fields):
    """A voucher of so many lines."""
    debits = [
        JournalLine(line_no=at, summary="运费", account="5601.05", debit=Money("1.00", "CNY")) for at in range(1, size)
    ]
    credit = JournalLine(line_no=size, summary="运费", account="2202.01", credit=Money(size - 1, "CNY"))
    return Voucher(
        **{
            "voucher_id": f"v{number}",
            "book_id": "main",
            "period": "2026-10",
            "word": "记",
            "number": number,
            "date": date(2026, 10, 31),
            "lines": (*debits, credit),
            **fields,
        }
    )


@pytest.mark.skipif(not SAMPLE.exists(), reason="the shared samples are not beside this checkout")
def test_the_columns_are_those_of_a_real_file():
    with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        header, first, *_ = csv.reader(file)

    assert list(COLUMNS) == header
    assert "Tax Exempt" == first[COLUMNS.index("*TaxRate")] == Xero().tax_rate
    assert b"\r\n" in SAMPLE.read_bytes()


def test_every_line_is_a_row_with_its_signed_amount(month, book):
    (rows,) = rows_of(month, book)

    lines = [(voucher, line) for voucher in month for line in voucher.lines]
    for (voucher, line), row in zip(lines, rows, strict=True):
        assert line.amount.amount == Decimal(row["*Amount"])
        assert (line.account, f"{voucher.date:%d/%m/%Y}") == (row["*AccountCode"], row["*Date"])
        assert row["*Narration"].endswith(f" {voucher.period} 记-{voucher.number}")
    assert "delhivery 快递账单 IN-7 2026-10 (118.00 INR)" == rows[2]["Description"]


def test_journals_balance_by_narration_and_date(month, book):
    (rows,) = rows_of(month, book)

    journals = [list(group) for _, group in groupby(rows, key=lambda row: (row["*Narration"], row["*Date"]))]
    assert len(month) == len(journals) == len({(rows[0]["*Narration"], rows[0]["*Date"]) for rows in journals})
    assert {Decimal(0)} == {sum(Decimal(row["*Amount"]) for row in journal) for journal in journals}


def test_vouchers_of_one_summary_and_day_are_journals_of_their_own(book):
    (rows,) = rows_of([long_voucher(1, 2), long_voucher(2, 3), long_voucher(3, 2, part=1, parts=2)], book)

    assert ["运费 2026-10 记-1", "运费 2026-10 记-2", "运费 2026-10 记-3 1/2"] == list(
        dict.fromkeys(row["*Narration"] for row in rows)
    )


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([300], [[1]]),
        ([299, 2], [[1], [2]]),
        ([150, 150], [[1, 2]]),
        ([150, 150, 2, 299], [[1, 2], [3], [4]]),
        ([2, 300, 2], [[1], [2], [3]]),
    ],
)
def test_a_file_has_at_most_300_lines_and_no_voucher_is_torn(sizes, expected, book):
    files = rows_of([long_voucher(at, size) for at, size in enumerate(sizes, start=1)], book)

    numbers = [[int(key) for key, _ in groupby(row["*Narration"].rpartition("-")[2] for row in rows)] for rows in files]
    assert expected == numbers
    assert max(len(rows) for rows in files) <= 300


def test_a_voucher_of_more_than_300_lines_is_refused_by_name(book):
    with pytest.raises(
        LedgerError,
        match=r"2026-10 记-7: a file of Xero takes 300 lines, and the voucher has 301\nHint: post in smaller",
    ):
        ledgers.contents([long_voucher(1, 2), long_voucher(7, 301)], ledger="xero", book=book)


def test_several_files_are_written_beside_each_other(book, tmp_path):
    report = ledgers.write([long_voucher(1, 299), long_voucher(2, 5)], tmp_path / "x.csv", ledger="xero", book=book)

    assert (["x.csv", "x-2.csv"], 304) == ([file.name for file in report.files], report.lines)


def test_no_voucher_is_a_file_of_the_header_alone(book):
    assert [[]] == rows_of([], book)


def test_tax_rates_go_by_code_then_role_then_type(month, book):
    named = Xero(
        tax_rate="No VAT",
        tax_rates={
            "2221.01.02": "Input VAT",
            "vat_input": "of the role",
            "freight_return": "Returns",
            "expense": "Expenses",
            "asset": "Assets",
        },
    )
    (rows,) = rows_of(month, book, named)

    by_code = {row["*AccountCode"]: row["*TaxRate"] for row in rows}
    assert ("Input VAT", "Returns", "Expenses", "Assets", "No VAT") == tuple(
        by_code[code] for code in ("2221.01.02", "5601.06", "5601.05", "1002", "2202.01")
    )


def test_tracking_names_category_and_option_where_the_line_says(book):
    voucher = long_voucher(1, 2)
    first, second = voucher.lines
    tracked = attrs.evolve(voucher, lines=(attrs.evolve(first, aux={"shop": "=tb", "department": "D"}), second))

    (rows,) = rows_of([tracked], book, Xero(tracking={"shop": "Shop", "department": "Team"}))

    assert ["Shop", "'=tb", "Team", "D"] == list(rows[0].values())[6:]
    assert ["", "", "", ""] == list(rows[1].values())[6:]
    with pytest.raises(LedgerError, match="tracking: Xero tracks 2 categories, got a, b, c"):
        Xero(tracking=dict.fromkeys("abc", "x"))


def test_codes_are_named_as_there_and_must_fit_and_differ(book):
    (rows,) = rows_of([long_voucher(1, 2)], book, Xero(accounts={"5601.05": "429"}))
    assert ["429", "2202.01"] == [row["*AccountCode"] for row in rows]

    with pytest.raises(
        LedgerError, match=r"xero: the account code '12345678901' is longer than 10 characters\nHint: name"
    ):
        rows_of([long_voucher(1, 2)], book, Xero(accounts={"5601.05": "12345678901"}))
    with pytest.raises(LedgerError, match=r"account codes '2202.01' and '5601.05' both become 1"):
        rows_of([long_voucher(1, 2)], book, Xero(accounts={"5601.05": "1", "2202.01": "1"}))


def test_vouchers_that_would_be_one_journal_are_refused(book):
    same = [long_voucher(1, 2, word="收 付"), long_voucher(1, 2, word="收\t付", voucher_id="b")]

    with pytest.raises(LedgerError, match=r"vouchers b and v1 would be one journal, '运费 2026-10 收 付-1'"):
        rows_of(same, book)


def test_a_line_in_another_currency_than_the_books_is_refused(book):
    with pytest.raises(LedgerError, match=r"2026-10 记-1 line 1: the line is in CNY, the book in USD"):
        rows_of([long_voucher(1, 2)], attrs.evolve(book, currency="USD"))


def test_our_own_source_reads_what_is_written(month, book):
    (content,) = ledgers.contents(month, ledger="xero", book=book)

    batch = tieout.read(content, format="xero_manual_journal", constants={"currency": "CNY"})

    found = [(record.account, record.amount.amount, record.date) for record in batch.records]
    assert [(line.account, line.amount.amount, voucher.date) for voucher in month for line in voucher.lines] == found
    assert batch.control.holds
