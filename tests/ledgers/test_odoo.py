"""Odoo: what the csv module reads back is what was posted, one head a voucher, and no id twice."""

import csv
import io
from decimal import Decimal

import pytest
from moneyed import Money

from tieout import ledgers
from tieout.errors import LedgerError
from tieout.ledgers.odoo import COLUMNS, Odoo

HEAD = ("id", "date", "journal_id", "ref")


def rows_of(vouchers, book, ledger="odoo"):
    return list(csv.DictReader(io.StringIO(ledgers.render(vouchers, ledger=ledger, book=book), newline="")))


def moves_of(rows):
    """Rows by the id of their head, as the import puts them together."""
    moves, name = {}, None
    for row in rows:
        name = row["id"] or name
        moves.setdefault(name, []).append(row)
    return moves


def test_the_columns_are_those_of_the_import():
    assert (
        "id,date,journal_id,ref,line_ids/id,line_ids/account_id,line_ids/partner_id,line_ids/name,"
        "line_ids/debit,line_ids/credit,line_ids/amount_currency,line_ids/currency_id"
    ) == ",".join(COLUMNS)


def test_reading_back_gives_every_voucher_and_line(month, book):
    moves = moves_of(rows_of(month, book))

    assert [f"tieout_{voucher.voucher_id}" for voucher in month] == list(moves)
    for voucher, rows in zip(month, moves.values(), strict=True):
        head, *others = [tuple(row[name] for name in HEAD) for row in rows]
        assert (voucher.date.isoformat(), "MISC", f"{voucher.period} 记-{voucher.number}") == head[1:]
        assert {("", "", "", "")} == set(others)
        for line, row in zip(voucher.lines, rows, strict=True):
            assert (line.account, line.summary) == (row["line_ids/account_id"], row["line_ids/name"])
            assert line.aux.get("supplier", "") == row["line_ids/partner_id"]
            debit, credit = Decimal(row["line_ids/debit"]), Decimal(row["line_ids/credit"])
            assert line.amount.amount == debit - credit
            assert (line.debit is None, line.credit is None) == (debit == 0, credit == 0)


def test_debits_and_credits_balance_in_the_text(month, book):
    for rows in moves_of(rows_of(month, book)).values():
        assert sum(Decimal(row["line_ids/debit"]) for row in rows) == sum(
            Decimal(row["line_ids/credit"]) for row in rows
        )


def test_the_amount_in_currency_is_signed_like_the_balance(month, book):
    rows = rows_of(month, book)
    figures = ("line_ids/debit", "line_ids/credit", "line_ids/amount_currency", "line_ids/currency_id")

    assert [
        ("8.50", "0.00", "100.00", "INR"),
        ("1.53", "0.00", "18.00", "INR"),
        ("0.00", "10.03", "-118.00", "INR"),
    ] == [tuple(row[name] for name in figures) for row in rows[:3]]
    for row in rows[3:]:
        assert "CNY" == row["line_ids/currency_id"]
        assert Decimal(row["line_ids/amount_currency"]) == Decimal(row["line_ids/debit"]) - Decimal(
            row["line_ids/credit"]
        )


def test_every_line_has_an_id_of_its_own_that_stays(month, book):
    rows, again = rows_of(month, book), rows_of(reversed(month), book)
    ids = [row["line_ids/id"] for row in rows]

    assert len(rows) == len(set(ids))
    assert ids == [row["line_ids/id"] for row in again]
    assert {name.rpartition("_line_")[0] for name in ids} == {row["id"] for row in rows if row["id"]}


def test_the_sheets_of_a_voucher_are_one_move(made, book):
    lines = ({"account": "1002", "debit": Money(1, "CNY")}, {"account": "2202.01", "credit": Money(1, "CNY")})

    rows = rows_of([made(*lines, part=part, parts=2) for part in (2, 1)], book)

    assert [("tieout_v2026-10-1", "2026-10 记-1")] == [(row["id"], row["ref"]) for row in rows if row["id"]]
    assert [f"tieout_v2026-10-1_line_{at}" for at in (1, 2, 3, 4)] == [row["line_ids/id"] for row in rows]


def test_dimensions_that_no_column_takes_are_told(made, book, tmp_path):
    aux = {"shop": "s", "supplier": "zto", "customer": "c"}
    voucher = made(
        {"account": "1002", "debit": Money(1, "CNY"), "aux": aux}, {"account": "2202.01", "credit": Money(1, "CNY")}
    )

    report = ledgers.write([voucher], tmp_path / "x.csv", ledger="odoo", book=book)

    assert (
        "dimension customer is left out: 记-1 of 2026-10 line 1",
        "dimension shop is left out: 记-1 of 2026-10 line 1",
    ) == report.notes


def test_red_figures_are_storno_or_turned_when_asked(month, book):
    sides = ("line_ids/debit", "line_ids/credit", "line_ids/amount_currency")

    storno = [tuple(row[side] for side in sides) for row in rows_of(month, book)][-2:]
    turned = [tuple(row[side] for side in sides) for row in rows_of(month, book, Odoo(reversal_style="swap_sides"))][
        -2:
    ]

    assert [("-3.30", "0.00", "-3.30"), ("0.00", "-3.30", "3.30")] == storno
    assert [("0.00", "3.30", "-3.30"), ("3.30", "0.00", "3.30")] == turned


def test_a_red_line_in_another_currency_keeps_its_sign(made, book):
    foreign = {"foreign_amount": Money("-2.00", "USD"), "fx_rate": Decimal(7)}
    lines = (
        {"account": "1002", "debit": Money(-14, "CNY"), **foreign},
        {"account": "2202.01", "credit": Money(-14, "CNY"), **foreign},
    )

    for ledger in ("odoo", Odoo(reversal_style="swap_sides")):
        rows = rows_of([made(*lines)], book, ledger)
        assert ["-2.00", "2.00"] == [row["line_ids/amount_currency"] for row in rows]


def test_journal_and_partners_are_those_that_are_asked_for(made, book):
    lines = (
        {"account": "1002", "debit": Money(1, "CNY"), "aux": {"customer": "c1", "supplier": "zto"}},
        {"account": "2202.01", "credit": Money(1, "CNY"), "aux": {"customer": "c1"}},
    )
    ledger = Odoo(journal_id="杂项", partners={"c1": "甲公司"}, partner_dimensions=("customer",))

    rows = rows_of([made(*lines)], book, ledger)

    assert ("杂项", "甲公司") == (rows[0]["journal_id"], rows[0]["line_ids/partner_id"])
    assert ["zto", "c1"] == [row["line_ids/partner_id"] for row in rows_of([made(*lines)], book)]


def test_no_text_cell_is_a_formula(hostile, book):
    rows = rows_of([hostile], book, Odoo(journal_id="=MISC"))

    figures = {"line_ids/debit", "line_ids/credit", "line_ids/amount_currency"}
    texts = [text for row in rows for name, text in row.items() if name not in figures]
    assert not [text for text in texts if text.startswith(("=", "+", "-", "@"))]
    assert ("tieout__40_id", "'@SUM(A1)", "1000000000000000.00") == (
        rows[0]["id"],
        rows[0]["line_ids/partner_id"],
        rows[0]["line_ids/debit"],
    )
    assert (
        "'=cmd|' /C calc'!A0, \"quoted\"; back\\slash second line [31m “中文” #tag ^link ; comment"
        == rows[0]["line_ids/name"]
    )


def test_ids_that_become_one_are_refused(made, book):
    lines = ({"account": "1002", "debit": Money(1, "CNY")}, {"account": "2202.01", "credit": Money(1, "CNY")})
    vouchers = [made(*lines, number=at, voucher_id=name) for at, name in enumerate(("a:1", "a_3a_1"), start=1)]

    with pytest.raises(LedgerError, match="odoo: vouchers 'a:1' and 'a_3a_1' both become tieout_a_3a_1"):
        ledgers.render(vouchers, ledger="odoo", book=book)


def test_a_line_in_another_currency_than_the_books_is_refused(made, book):
    lines = ({"account": "1002", "debit": Money(1, "USD")}, {"account": "2202.01", "credit": Money(1, "USD")})

    with pytest.raises(LedgerError, match="2026-10 记-1 line 1 is in USD, but the book is kept in CNY"):
        ledgers.render([made(*lines)], ledger="odoo", book=book)


@pytest.mark.parametrize("value", ["supplier", [1], 3, {"supplier": "x"}])
def test_one_text_is_no_list_of_dimensions(value):
    with pytest.raises(LedgerError, match="options: a list of texts is needed"):
        Odoo(partner_dimensions=value)
