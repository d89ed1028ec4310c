"""What a file says once for all lines: its currency, its decimal mark, and rows that are no records."""

import attrs
import polars as pl
import pytest

from tieout.model import SettlementLine
from tieout.money import DecimalMark
from tieout.privacy import PiiClass
from tieout.sources import Amount, Currency, Document, Key, TableFormat, tie_lines

COLUMNS = (Key("id", to="line_id"), Amount("amount", to="amount"))
FORMAT = TableFormat(
    record=SettlementLine,
    constants={"type": "unknown"},
    columns=(*COLUMNS, Amount("total", to="_total")),
    ignored=("currency",),
    currency_of=lambda reading: pl.Series([reading.apart("currency")[0]] * reading.data.height, dtype=pl.String),
    decimal_mark_of=lambda _: DecimalMark.COMMA,
    is_apart=lambda cell: cell("total").is_not_null() & cell("id").is_null(),
)


def read(declaration, text, **options):
    return declaration.read(Document.of_bytes(text.encode()), name="x", options=options)


def test_a_row_of_totals_is_set_apart_and_gives_the_currency():
    batch = read(FORMAT, 'id,total,currency,amount\n,"7,50",EUR,\nA1,,,"7,00"\nA2,,,"0,50"\n')

    assert [("A1", "EUR", 700), ("A2", "EUR", 50)] == batch.records.to_polars().select(
        "line_id", "currency", "amount_minor"
    ).rows()
    assert ["apart"] == [row.kind for row in batch.control.set_apart]
    assert batch.control.holds


def test_what_the_caller_says_of_the_currency_wins():
    batch = read(FORMAT, 'id,total,currency,amount\n,"7,50",EUR,\nA1,,,"7,00"\n', constants={"currency": "USD"})

    assert ["USD"] == batch.records.to_polars()["currency"].to_list()


@pytest.mark.parametrize(("code", "found"), [("usd", ["USD"]), ("JPY", ["JPY"]), ("XXXX", []), ("", [])])
def test_a_line_says_its_currency_or_is_a_reject(code, found):
    declaration = TableFormat(
        record=SettlementLine, constants={"type": "unknown"}, columns=(*COLUMNS, Currency("currency"))
    )
    batch = read(declaration, f"id,amount,currency\nA1,5,{code}\n")

    assert found == batch.records.to_polars()["currency"].to_list()
    assert 1 == len(batch.records) + len(batch.rejects)


def test_captions_that_are_personal_in_one_format_are_masked_where_rows_are_shown():
    personal = {"To": PiiClass.NAME}
    declaration = TableFormat(
        record=SettlementLine, constants={"type": "unknown"}, columns=(*COLUMNS, Currency("currency"))
    )
    text = "id,amount,currency,To\nA1,x,EUR,Otto Example\n"
    batch = read(attrs.evolve(declaration, personal=personal), text)

    assert "Otto" in read(declaration, text).rejects[0].raw
    assert "Otto" not in batch.rejects[0].raw
    assert [] == [note.text for note in batch.notes if "To" in note.text]


def test_a_line_whose_currency_nobody_says_is_a_reject():
    batch = read(FORMAT, 'id,total,currency,amount\n,"7,50",,\nA1,,,"7,00"\n', constants={})

    assert (0, 1) == (len(batch.records), len(batch.rejects))


def test_lines_of_several_currencies_tie_each_in_its_own():
    declaration = TableFormat(
        record=SettlementLine,
        constants={"type": "unknown"},
        columns=(*COLUMNS, Amount("net", to="_net"), Currency("currency")),
        checks=lambda reading: [tie_lines(reading, "net = amount", total="_net_minor", plus=["amount_minor"])],
    )
    batch = read(declaration, "id,amount,net,currency\nA1,5,4.5,USD\nA2,5,4,JPY\nA3,5,5,JPY\n")

    assert ["net = amount: found 4.50, expected 5.00", "net = amount: found 4, expected 5"] == [
        finding.text for finding in batch.control.findings
    ]
