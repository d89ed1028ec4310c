"""Sheets of a voucher: fraction numbers, lines in order, and parts that balance."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from tieout.errors import PostingError
from tieout.ledgers import render
from tieout.model import JournalLine, Voucher
from tieout.posting import Book, split_sheets, split_voucher


def make_voucher(amounts, **fields):
    """A voucher of signed amounts: debits positive, credits negative."""
    lines = tuple(
        JournalLine(
            line_no=at,
            summary=f"line {at}",
            account="1010" if amount > 0 else "4000",
            debit=Money(amount, "CNY") if amount > 0 else None,
            credit=None if amount > 0 else Money(-amount, "CNY"),
        )
        for at, amount in enumerate(amounts, start=1)
    )
    values = {"voucher_id": "a", "period": "2026-10", "word": "记", "number": 5, "date": date(2026, 10, 5)}
    return Voucher(**{**values, "lines": lines, "attachments_count": 3, **fields})


def sizes(sheets):
    return [len(sheet.lines) for sheet in sheets]


def test_a_voucher_that_fits_is_one_sheet_without_a_fraction():
    voucher = make_voucher([1, 2, -3])
    (sheet,) = split_sheets(voucher, 3)

    assert ("记-5", None, voucher.lines) == (sheet.name, sheet.part, sheet.lines)
    assert (voucher,) == split_voucher(voucher, 3)


def test_sheets_that_can_balance_do():
    sheets = split_sheets(make_voucher([5, -5, 1, 2, -3, 4, -4]), 4)

    assert ["记-5 1/3", "记-5 2/3", "记-5 3/3"] == [sheet.name for sheet in sheets]
    assert [2, 3, 2] == sizes(sheets)
    assert all(sheet.is_balanced for sheet in sheets)


def test_lines_are_counted_off_where_no_cut_balances():
    voucher = make_voucher([1, 2, 3, 4, -10])
    sheets = split_sheets(voucher, 2)

    assert [2, 2, 1] == sizes(sheets)
    assert [False, False, False] == [sheet.is_balanced for sheet in sheets]
    assert (Money(3, "CNY"), Money(0, "CNY")) == sheets[0].totals("CNY")
    assert (Money(0, "CNY"), Money(10, "CNY")) == sheets[2].totals("CNY")
    assert (Money(0, "USD"), Money(0, "USD")) == sheets[2].totals("USD")
    assert (voucher,) == split_voucher(voucher, 2)


def test_parts_are_balanced_vouchers_of_one_number_that_a_ledger_takes():
    voucher = make_voucher([5, -5, 1, 2, -3])
    parts = split_voucher(voucher, 3)

    assert [(1, 2), (2, 2)] == [(part.part, part.parts) for part in parts]
    assert [("a", 5)] * 2 == [(part.voucher_id, part.number) for part in parts]
    assert voucher.attachments_count == sum(part.attachments_count for part in parts)
    assert voucher.lines == parts[0].lines + parts[1].lines
    book = Book(chart="ifrs", currency="CNY", timezone="Asia/Shanghai", taxpayer="small_scale")
    assert "记-5 1/2" in render(parts, ledger="beancount", book=book)


def test_a_sheet_of_one_line_and_a_sheet_of_a_sheet_are_refused():
    with pytest.raises(PostingError, match="max_lines: a sheet holds at least two lines, got 1"):
        split_sheets(make_voucher([1, -1]), 1)
    with pytest.raises(PostingError, match="a: it is sheet 1 of 2 already"):
        split_sheets(make_voucher([1, -1], part=1, parts=2), 5)


amounts = st.lists(st.integers(-9, 9).filter(bool), min_size=1, max_size=30)


@given(amounts=amounts, max_lines=st.integers(2, 8))
def test_every_line_is_on_one_sheet_and_no_sheet_is_too_long(amounts, max_lines):
    rest = -sum(amounts)
    voucher = make_voucher([*amounts, rest] if rest else [*amounts, 1, -1])
    sheets = split_sheets(voucher, max_lines)
    parts = split_voucher(voucher, max_lines)

    assert voucher.lines == tuple(line for sheet in sheets for line in sheet.lines)
    assert max(sizes(sheets)) <= max_lines
    assert voucher.lines == tuple(line for part in parts for line in part.lines)
    assert parts == (voucher,) or max(len(part.lines) for part in parts) <= max_lines
