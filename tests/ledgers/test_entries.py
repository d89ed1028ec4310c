"""Entries: the sheets of a voucher put together, files that cut none in two, and what accounts held in between."""

from decimal import Decimal

import attrs
import pytest
from moneyed import Money

from tieout.errors import LedgerError
from tieout.ledgers._entries import frozen_texts, original_amount, side_amount, split_entries, whole_vouchers
from tieout.ledgers._turnover import Figures, turnovers


def entries_of(vouchers, book):
    return whole_vouchers(vouchers, book=book, where="test")


def test_the_sheets_of_a_voucher_become_one_entry(rich, book):
    entries = entries_of(rich, book)

    assert ["2026-10 记-1", "2026-10 记-2", "2026-10 转-1", "2026-12 记-1"] == [entry.name for entry in entries]
    assert [5, 4, 2, 2] == [len(entry.lines) for entry in entries]
    assert [3, 4, 0, 0] == [entry.attachments_count for entry in entries]


def test_documents_on_every_sheet_are_counted_together(rich, book):
    more = [attrs.evolve(voucher, attachments_count=2) if voucher.part == 2 else voucher for voucher in rich]

    assert [3, 6, 0, 0] == [entry.attachments_count for entry in entries_of(more, book)]


def test_a_missing_sheet_is_named(rich, book):
    without = [voucher for voucher in rich if voucher.part != 2]

    with pytest.raises(LedgerError, match="test: 2026-10 记-2 lacks its sheet 2/2\nHint: give all sheets of a voucher"):
        entries_of(without, book)


def test_an_amount_that_is_not_in_the_books_currency_is_refused(rich, book):
    with pytest.raises(
        LedgerError, match="test: 2026-10 记-1 line 1 is in CNY, but the book is kept in USD\nHint: convert it"
    ):
        entries_of(rich, attrs.evolve(book, currency="USD"))


def test_files_take_whole_vouchers(rich, book):
    files = split_entries(entries_of(rich, book), lines_max=6, where="test")

    assert [["2026-10 记-1"], ["2026-10 记-2", "2026-10 转-1"], ["2026-12 记-1"]] == [
        [entry.name for entry in file] for file in files
    ]
    assert [[]] == split_entries([], lines_max=6, where="test")
    with pytest.raises(LedgerError, match="test: 2026-10 记-1 has 5 lines, a file takes 4"):
        split_entries(entries_of(rich, book), lines_max=4, where="test")


def test_amounts_count_towards_the_side_they_stand_on(rich):
    (sale, *_, red) = rich

    assert Money("7200.00", "CNY") == side_amount(sale.lines[0])
    assert Money("1000.00", "USD") == original_amount(sale.lines[0])
    assert Money("6371.68", "CNY") == original_amount(sale.lines[1])
    assert Money("-80.00", "CNY") == side_amount(red.lines[1])


@pytest.mark.parametrize("value", ["x", {"a": 1}, {1: "a"}, None, [("a", "b")]])
def test_a_table_of_texts_is_nothing_else(value):
    with pytest.raises(LedgerError, match="options: a mapping of text to text is needed"):
        frozen_texts(value)


def test_balances_go_on_from_month_to_month(rich, book):
    rows = list(turnovers(entries_of(rich, book), opening={"1405.01": Decimal("500.00")}, currency="CNY"))

    stock = {row.period: row for row in rows if row.account == "1405.01"}
    assert ["2026-10", "2026-11", "2026-12"] == list(stock)
    assert ["500.00", "420.00", "420.00"] == [str(row.opening.amount) for row in stock.values()]
    assert Figures(Decimal("2.50"), Decimal("80.00"), Decimal("80.00")) == stock["2026-10"].credit
    assert Decimal("-80.00") == stock["2026-12"].credit.amount
    assert Figures(Decimal(0), Decimal("500.00"), Decimal("500.00")) == stock["2026-12"].closing
    (dollars,) = (row for row in rows if row.currency == "USD" and row.period == "2026-12")
    assert Figures(Decimal(0), Decimal("1000.00"), Decimal("7200.00")) == dollars.opening
    assert Decimal(0) == sum(row.debit.amount - row.credit.amount for row in rows)


def test_no_voucher_moves_nothing():
    assert [] == list(turnovers([], opening={"1002": Decimal(5)}, currency="CNY"))
