"""Lines of vouchers as columns."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from strategies import vouchers
from tieout.errors import PostingError
from tieout.model import JournalLine, Voucher
from tieout.money import to_minor
from tieout.posting._lines import LINES, lines_of


def voucher(**fields):
    lines = (
        JournalLine(
            line_no=1,
            summary="销项",
            account="2221.01.01",
            account_name="销项税额",
            role="vat_output",
            credit=Money("21.86", "CNY"),
            foreign_amount=Money("3.07", "USD"),
            fx_rate=Decimal("7.1234"),
            tax_rate=Decimal("0.13"),
            tax_base=Money("168.14", "CNY"),
            quantity=Decimal("1.5"),
            aux={"shop": "店", "customer": "a"},
        ),
        JournalLine(line_no=2, summary="应收", account="1122.01", debit=Money("21.86", "CNY")),
    )
    day = date(2026, 10, 31)
    return Voucher(**{"voucher_id": "a", "period": "2026-10", "word": "记", "date": day, "lines": lines, **fields})


def test_a_line_is_a_row_with_what_its_voucher_says():
    first, second = lines_of([voucher(number=5, book_id="b", reversal_of="z")]).to_dicts()

    assert {
        "voucher_id": "a",
        "book_id": "b",
        "period": "2026-10",
        "date": date(2026, 10, 31),
        "word": "记",
        "number": 5,
        "part": None,
        "kind": "normal",
        "status": "draft",
        "line_no": 1,
        "summary": "销项",
        "account": "2221.01.01",
        "account_name": "销项税额",
        "role": "vat_output",
        "debit_minor": None,
        "credit_minor": 2186,
        "currency": "CNY",
        "foreign_minor": 307,
        "foreign_currency": "USD",
        "fx_rate": Decimal("7.1234"),
        "quantity": Decimal("1.5"),
        "aux": '{"customer": "a", "shop": "店"}',
        "tax_rate": Decimal("0.13"),
        "tax_base_minor": 16814,
        "reversal_of": "z",
    } == first
    assert (2186, None, None, None) == (
        second["debit_minor"],
        second["credit_minor"],
        second["aux"],
        second["fx_rate"],
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(vouchers(), max_size=3))
def test_no_line_and_no_amount_is_lost(given_vouchers):
    frame = lines_of(given_vouchers)

    lines = [line for one in given_vouchers for line in one.lines]
    assert dict(LINES) == dict(frame.schema)
    assert [to_minor(line.amount) for line in lines] == frame.select(
        pl.col("debit_minor").fill_null(0) - pl.col("credit_minor").fill_null(0)
    ).to_series().to_list()
    assert [line.amount.currency.code for line in lines] == frame["currency"].to_list()


def test_columns_are_taken_as_they_are_and_those_that_are_absent_are_null():
    lines = lines_of([voucher()])
    needed = lines.select("voucher_id", "date", "account", "debit_minor", "credit_minor", "currency")

    taken = lines_of(needed)

    assert lines.columns == taken.columns
    assert needed.equals(taken.select(needed.columns))
    assert [None, None] == taken["aux"].to_list()


def test_what_knows_its_lines_as_columns_is_asked_for_them():
    class Known:
        lines = lines_of([voucher()])

    assert Known.lines.equals(lines_of(Known()))
    assert Known.lines.equals(lines_of(voucher()))


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ([1], "vouchers or a frame of their lines are needed, got int"),
        (7, "vouchers or a frame of their lines are needed, got int"),
        (
            pl.DataFrame({"account": ["1"]}),
            "lines of vouchers: missing columns: voucher_id, date, debit_minor, credit_minor, currency; found: account",
        ),
    ],
)
def test_what_is_no_voucher_is_refused(what, message):
    with pytest.raises(PostingError) as caught:
        lines_of(what)

    assert message == str(caught.value)


def test_a_column_of_another_type_is_refused():
    frame = lines_of([voucher()]).with_columns(pl.lit("x").alias("debit_minor"))

    with pytest.raises(PostingError, match="a column is of another type"):
        lines_of(frame)


def test_a_rate_that_no_column_holds_is_refused():
    fine = JournalLine(
        line_no=1,
        summary="s",
        account="1",
        debit=Money("1.00", "CNY"),
        foreign_amount=Money("1.00", "USD"),
        fx_rate=Decimal("1.00000000000000001"),
    )
    other = JournalLine(line_no=2, summary="s", account="2", credit=Money("1.00", "CNY"))

    with pytest.raises(PostingError, match=r"1\.00000000000000001 has more than the 16 decimals"):
        lines_of([voucher(lines=(fine, other))])
