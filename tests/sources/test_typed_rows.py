"""Files whose rows say in their first cell what they are, by a leaf made for the test."""

import polars as pl
import pytest

import tieout
from tieout.errors import UnreadableFile
from tieout.model import SettlementLine
from tieout.sources import Amount, Choice, Document, Key, TableFormat
from tieout.sources._totals import declared_count
from tieout.sources._typed_rows import ROW_TYPE, RowLayouts, TypedRowsFormat, rows_of_type


def checks(reading):
    (trailer,) = rows_of_type(reading, "L")
    yield declared_count(reading, "items", pl.col("_type") == "item", int(trailer.cells[1]))


FORMAT = TypedRowsFormat(
    table=TableFormat(
        record=SettlementLine,
        currency="USD",
        constants={"type": "unknown"},
        marks=("^MAGIC$",),
        columns=(
            Choice(ROW_TYPE, {"I": "item", "F": "funding"}, to="_type", needed=True),
            Key("id", to="line_id"),
            Amount("amount", to="_item"),
            Amount("paid", to="_funding"),
        ),
        ignored=("memo", "bank"),
        is_apart=lambda cell: cell(ROW_TYPE).is_in(["H", "L"]),
        derive=lambda frame: frame.with_columns(amount_minor=pl.coalesce("_item_minor", -pl.col("_funding_minor"))),
        checks=checks,
    ),
    layouts=RowLayouts(
        records={"I": ("memo", "id", "amount"), "F": ("id", "bank", "paid")}, others=("H", "L"), may_lack=0
    ),
)
TEXT = "H,MAGIC,1.0,x,y,z\nI,first,A1,5.00\nF,P1,bank,4.00\n\nI,second,A2,-1.00\nL,2\n"


def read(text, **options):
    return FORMAT.read(Document.of_bytes(text.encode()), name="x", options=options)


def test_rows_of_several_types_become_one_table_and_keep_their_lines():
    batch = read(TEXT)

    assert [("A1", 500, 2), ("P1", -400, 3), ("A2", -100, 5)] == batch.records.to_polars().select(
        "line_id", "amount_minor", "source_line"
    ).rows()
    assert batch.control.holds, str(batch.control)
    assert [(1, "apart"), (6, "apart")] == [(row.line, row.kind) for row in batch.control.set_apart]
    assert "H" in batch.control.set_apart[0].text
    assert not batch.rejects
    assert not batch.notes


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("I,first,A1", "row.too_few_cells"),
        ("F,P1,bank,4.00,more", "row.too_many_cells"),
        ("I,first,A1,5.00,,", None),
        ("Q,first,A1,5.00", "value.unknown"),
        ("I,first,,5.00", "value.missing"),
        ("I,first,A1,5.0O", "amount.unreadable"),
        (",first,A1,5.00", "value.missing"),
    ],
)
def test_a_row_that_is_torn_or_of_an_unknown_type_is_a_reject(row, reason):
    batch = read(f"H,MAGIC\nF,P9,bank,4.00\n{row}\nI,x,A9,1.00\nL,1\n")
    (lines,) = [check for check in batch.control.checks if check.name == "lines"]

    assert [reason] == [reject.reason for reject in batch.rejects] or reason is None
    assert [3] == [reject.line for reject in batch.rejects] or reason is None
    assert lines.holds


def test_a_trailer_that_counts_otherwise_is_told():
    assert not read(TEXT.replace("L,2", "L,3")).control.holds


def test_cells_that_older_files_lack_may_be_allowed():
    older = TypedRowsFormat(
        table=FORMAT.table, layouts=RowLayouts(records=FORMAT.layouts.records, others=("H", "L"), may_lack=1)
    )
    batch = older.read(Document.of_bytes(b"H,MAGIC\nF,P1,bank\nI,m,A1,2.00\nL,1\n"), name="x", options={})

    (reject,) = batch.rejects
    assert (2, "value.missing", "the line says no amount") == (reject.line, reject.reason, reject.problem)
    assert 1 == len(batch.records)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_from_the_types(delimiter):
    assert 3 == len(read(TEXT.replace(",", delimiter)).records)


def test_fit_needs_the_marks_and_types_only():
    fits = [FORMAT.fit(Document.of_bytes(text.encode())) for text in (TEXT, TEXT.replace("MAGIC", "x"), "a,b\n1,2\n")]

    assert [True, False, False] == [fit.is_match for fit in fits]
    assert [0, 0] == [fit.found for fit in fits[1:]]


def test_a_workbook_is_refused(tmp_path):
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet().write_row(0, 0, ["H", "MAGIC"])
    document = Document.of_bytes((tmp_path / "a.xlsx").read_bytes())

    assert not FORMAT.fit(document).is_match
    with pytest.raises(UnreadableFile, match="workbook"):
        FORMAT.read(document, name="x", options={})


def test_it_offers_what_the_registry_asks():
    assert (SettlementLine, None, "files", {}) == (FORMAT.record, FORMAT.carrier, FORMAT.evidence, dict(FORMAT.options))
    assert tieout.formats()
