"""Workbooks: cells as text, and what calamine shows as blank."""

import io
import zipfile
from datetime import date, datetime, time, timedelta

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

import tieout
from tieout.errors import CorruptFile, EmptyFile, InputError
from tieout.sources._content import Content
from tieout.sources._sheet_cells import cell_text, text_columns
from tieout.sources._workbook import open_sheets

MAPPING = {
    "format": "generic_table",
    "record": "CourierCharge",
    "currency": "CNY",
    "constants": {"charge_type": "base"},
    "columns": {"tracking_no": "运单号", "amount": "金额"},
}


def workbook(sheets, formulas=None):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell != "":
                    sheet.write(at, column, cell)
        for at, column, formula, value in formulas or ():
            sheet.write_formula(at, column, formula, None, value)
    book.close()
    return out.getvalue()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10.3, "10.3"),
        (0.1 + 0.2, "0.3"),
        (12 - 1.7, "10.3"),
        (2.675, "2.675"),
        (12.0, "12"),
        (-0.05, "-0.05"),
        (-0.0, "0"),
        (0.00001, "0.00001"),
        (999999999999999.0, "999999999999999"),
        (1e15, "1E+15"),
        (float("inf"), "#NUM!"),
        (float("nan"), "#NUM!"),
        (5116032541422009305.0, "5.11603254142201E+18"),
        (7, "7"),
        (10**16, "1E+16"),
        (True, "TRUE"),
        ('="007"', '="007"'),
        (datetime(2026, 7, 1, 8, 30), "2026-07-01 08:30:00"),  # noqa: DTZ001 - cells have no zone
        (date(2026, 7, 1), "2026-07-01"),
        (time(8, 30), "08:30:00"),
        (timedelta(hours=36), "1 day, 12:00:00"),
        ("", ""),
    ],
)
def test_a_cell_is_the_text_that_a_person_would_copy(value, text):
    assert text == cell_text(value)


VALUES = st.one_of(
    st.text(max_size=4),
    st.floats(),
    st.decimals(min_value=-(10**9), max_value=10**9, places=2).map(float),
    st.integers(-(10**18), 10**18),
    st.booleans(),
    st.just(""),
    st.dates(),
    st.datetimes(),
    st.timedeltas(),
)


@given(st.lists(st.tuples(VALUES, st.floats(), st.sampled_from(["", 0, 1, 1.0, True, -0.0])), max_size=30))
def test_columns_are_the_texts_of_their_cells(rows):
    columns = text_columns([list(row) for row in rows], 3)

    assert [[cell_text(row[at]) for row in rows] for at in range(3)] == [column.to_list() for column in columns]


def test_a_long_column_of_numbers_below_its_caption_is_text():
    numbers = [position / 100 for position in range(2_000)]

    (column,) = text_columns([["金额"], *([number] for number in numbers), [0.1 + 0.2], [""], [1e15]], 1)

    assert ["金额", *map(cell_text, numbers), "0.3", "", "1E+15"] == column.to_list()
    assert 1 == column.n_chunks()


def test_rows_keep_their_numbers_below_blank_ones():
    data = workbook({"S": [[], [], ["运单号", "金额"], ["SF1012345678901", 12.5], [], ["SF1012345678902", 0.1 + 0.2]]})

    records = tieout.read(data, **MAPPING).records

    assert [(4, "12.50"), (6, "0.30")] == [(charge.provenance.line, str(charge.amount.amount)) for charge in records]


def test_an_error_cell_is_a_reject_and_no_blank():
    data = workbook(
        {"S": [["运单号", "金额"], ["SF1012345678901"], ["SF1012345678902"]]},
        [(1, 1, "=1/0", "#DIV/0!"), (2, 1, "=A9", "")],
    )

    rejects = tieout.read(data, **MAPPING).rejects

    assert [("cell.error", "#DIV/0!"), ("cell.error", "#NO-VALUE!")] == [
        (reject.reason, reject.found) for reject in rejects
    ]


def test_a_line_of_nothing_but_formulas_without_value_below_all_others_is_not_lost():
    data = workbook({"S": [["运单号", "金额"], ["SF1012345678901", 1]]}, [(2, 0, "=A2", ""), (2, 1, "=B2", "")])

    batch = tieout.read(data, **MAPPING)

    assert (1, [(3, "#NO-VALUE!")]) == (len(batch.records), [(reject.line, reject.found) for reject in batch.rejects])


def test_a_sheet_may_begin_right_of_its_first_column():
    data = workbook({"S": [[], ["", "", "运单号", "金额"], ["", "", "SF1012345678901", 1.25]]})

    (charge,) = tieout.read(data, **MAPPING).records

    assert ("1.25", 3) == (str(charge.amount.amount), charge.provenance.line)


def test_a_formula_with_a_value_is_its_value():
    data = workbook({"S": [["运单号", "金额"], ["SF1012345678901"]]}, [(1, 1, "=5*2.5", 12.5)])

    (charge,) = tieout.read(data, **MAPPING).records

    assert "12.5" == str(charge.amount.amount.normalize())


def test_a_surcharge_that_is_an_error_is_not_taken_for_none():
    columns = {"tracking_no": "运单号"}
    data = workbook({"S": [["运单号", "运费", "偏远"], ["SF1012345678901", 5]]}, [(1, 2, "=Z9!A1", "#REF!")])

    batch = tieout.read(
        data, **{**MAPPING, "columns": columns, "constants": {}}, charges={"运费": "base", "偏远": "remote_area"}
    )

    assert ([], ["cell.error"]) == (list(batch.records), [reject.reason for reject in batch.rejects])


def test_the_sheet_is_found_by_its_captions_and_the_others_are_named():
    data = workbook({"说明": [["读我"]], "数据": [["运单号", "金额"], ["SF1012345678901", 1]]})

    batch = tieout.read(data, **MAPPING)

    assert ("数据",) == batch.source.sheets
    assert ["sheet.not_read: sheets that are not read: '说明'"] == [str(note) for note in batch.notes]


def test_cells_merged_over_rows_are_told_and_not_filled():
    """A day of three parcels would hold for all of them, an amount of three parcels would count three times."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:C1", "10月账单")
        sheet.write_row("A2", ["运单号", "金额", "备注"])
        for row, number in enumerate(["SF1012345678901", "SF1012345678902", "SF1012345678903"], start=2):
            sheet.write(row, 0, number)
        sheet.merge_range("B3:B4", 12.5)
        sheet.write("B5", 3)
        sheet.merge_range("C3:C5", "不读")

    batch = tieout.read(file.getvalue(), **MAPPING)

    assert [1250, 300] == batch.records.to_polars()["amount_minor"].to_list()
    assert [4] == [reject.line for reject in batch.rejects]
    [note] = [note for note in batch.notes if note.code == "cells.merged"]
    assert note.text.startswith("cells of '金额' are merged over several rows, and 1 cells below")


def test_two_sheets_with_the_table_are_not_guessed_between():
    table = [["运单号", "金额"], ["SF1012345678901", 1]]
    data = workbook({"一月": table, "二月": table})

    with pytest.raises(InputError, match="several sheets hold the table: '一月', '二月'"):
        tieout.read(data, **MAPPING)
    assert ("二月",) == tieout.read(data, **MAPPING, sheet="二月").source.sheets
    with pytest.raises(InputError, match="no sheet '三月'; sheets: '一月', '二月'"):
        tieout.read(data, **MAPPING, sheet="三月")


def test_cells_right_of_the_table_tear_no_line():
    data = workbook({"S": [["运单号", "金额"], ["SF1012345678901", 1, "", "记得核对"]]})

    assert 1 == len(tieout.read(data, **MAPPING).records)


def test_an_open_document_is_a_workbook():
    def row(*cells):
        return "<table:table-row>" + "".join(cells) + "</table:table-row>"

    def text(value):
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    amount = '<table:table-cell office:value-type="float" office:value="12.5"><text:p>12.5</text:p></table:table-cell>'
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
        ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        '<office:body><office:spreadsheet><table:table table:name="S">'
        + row(text("运单号"), text("金额"))
        + row(text("SF1012345678901"), amount)
        + "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0"?><m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )

    (charge,) = tieout.read(out.getvalue(), **MAPPING).records

    assert ("SF1012345678901", "12.50", 2) == (charge.tracking_no, str(charge.amount.amount), charge.provenance.line)


def test_a_workbook_of_blank_sheets_is_empty():
    with pytest.raises(EmptyFile, match="no sheet of the workbook holds anything"):
        open_sheets(Content(name="a.xlsx", data=workbook({"A": [], "B": []})))


def test_a_panic_underneath_becomes_our_error(monkeypatch):
    class PanicException(BaseException):
        """What Rust code under Python raises when it gives up."""

    def fail(_):
        raise PanicException

    monkeypatch.setattr("tieout.sources._workbook._read", fail)

    with pytest.raises(CorruptFile, match="damaged or cut off"):
        open_sheets(Content(name="a.xlsx", data=b"PK"))


def test_an_interrupt_stays_an_interrupt(monkeypatch):
    def fail(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("tieout.sources._workbook._read", fail)

    with pytest.raises(KeyboardInterrupt):
        open_sheets(Content(name="a.xlsx", data=b"PK"))
