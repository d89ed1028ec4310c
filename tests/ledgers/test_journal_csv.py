"""Journal CSV: what is read back is what was posted, and no cell is a formula."""

import csv
import io
from decimal import Decimal

import polars as pl

from tieout import ledgers
from tieout.ledgers.journal_csv import COLUMNS


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_reading_back_gives_every_line(month, book):
    rows = rows_of(ledgers.render(month, ledger="journal_csv", book=book))

    lines = [(voucher, line) for voucher in month for line in voucher.lines]
    assert len(lines) == len(rows)
    for (voucher, line), row in zip(lines, rows, strict=True):
        assert list(COLUMNS) == list(row)
        assert (voucher.date.isoformat(), voucher.period, "记", str(voucher.number)) == (
            row["date"],
            row["period"],
            row["word"],
            row["number"],
        )
        assert (line.account, line.account_name, line.summary) == (row["account"], row["account_name"], row["summary"])
        assert line.amount.amount == Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
        assert bool(row["debit"]) != bool(row["credit"])
        assert voucher.voucher_id == row["voucher_id"]


def test_debits_and_credits_balance_in_the_text(month, book):
    rows = rows_of(ledgers.render(month, ledger="journal_csv", book=book))

    for number in {(row["period"], row["number"]) for row in rows}:
        own = [row for row in rows if (row["period"], row["number"]) == number]
        assert sum(Decimal(row["debit"] or 0) for row in own) == sum(Decimal(row["credit"] or 0) for row in own)


def test_amounts_have_exactly_the_currencys_decimals(month, hostile, book):
    rows = rows_of(ledgers.render([*month, hostile], ledger="journal_csv", book=book))

    amounts = [row[column] for row in rows for column in ("debit", "credit", "foreign_amount") if row[column]]
    assert all(len(amount.partition(".")[2]) == 2 and "E" not in amount for amount in amounts)
    assert "1000000000000000.00" in amounts


def test_no_text_cell_is_a_formula(hostile, book):
    rows = rows_of(ledgers.render([hostile], ledger="journal_csv", book=book))

    for row in rows:
        cells = {column: text for column, text in row.items() if column not in {"debit", "credit", "foreign_amount"}}
        assert not [text for text in cells.values() if text.startswith(("=", "+", "-", "@"))]
    assert "'=cmd|' /C calc'!A0" in rows[0]["summary"]
    assert ("'@SUM(A1)", "'@id", "'-p", '\'=evil .csv["S"]:3 sha256=ff') == (
        rows[0]["supplier"],
        rows[0]["voucher_id"],
        rows[0]["preparer"],
        rows[0]["source"],
    )
    assert ("'+1+1", "'-name") == (rows[1]["summary"], rows[1]["account_name"])


def test_a_frame_library_reads_it_with_and_without_the_mark(month, book, tmp_path):
    for bom in (False, True):
        path = tmp_path / f"{bom}.csv"
        ledgers.write(month, path, ledger=ledgers.journal_csv.JournalCsv(bom=bom), book=book)

        frame = pl.read_csv(path, infer_schema=False)

        assert list(COLUMNS) == frame.columns
        assert sum(len(voucher.lines) for voucher in month) == frame.height
