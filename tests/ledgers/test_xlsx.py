"""Workbooks: texts that stay texts, figures to the last digit, the same bytes every time."""

import datetime as dt
import io
import sys
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from tieout.errors import LedgerError, MissingExtra
from tieout.ledgers._xlsx import Sheet, exact_number, to_workbook


def workbook(rows, name="s", header=(("a", "b"),)):
    return to_workbook([Sheet(name=name, header=header, rows=rows)], where="test")


def read_back(content):
    return openpyxl.load_workbook(io.BytesIO(content)).active


def part_of(content, name):
    return zipfile.ZipFile(io.BytesIO(content)).read(name).decode()


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "http://x.y",
        "007",
        "2026-10-05",
        "1E5",
        "TRUE",
        "_x0041_",
        "12345678901234567890",
    ],
)
def test_a_text_is_a_text_cell_whatever_it_looks_like(text):
    cell = read_back(workbook([[text, None]])).cell(2, 1)

    assert ("s", text, "@", None) == (cell.data_type, cell.value, cell.number_format, cell.hyperlink)


@settings(deadline=None, max_examples=50)
@given(texts=st.lists(st.text(), min_size=1))
def test_any_texts_are_read_back_on_one_line(texts):
    content = workbook([[text, "end"] for text in texts])

    rows = list(read_back(content).iter_rows(min_row=2, values_only=True))
    assert len(texts) == len(rows)
    assert not [text for text, _ in rows if text and set(text) & set("\r\n\t")]
    assert len(texts) + 1 == len(CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python())


@settings(deadline=None, max_examples=200)
@given(minor=st.integers(-(10**15) + 1, 10**15 - 1))
def test_an_amount_of_15_digits_is_read_back_to_the_cent(minor):
    amount = Decimal(minor).scaleb(-2)

    content = workbook([[amount, None]])

    found = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()[1][0]
    assert amount == Decimal(repr(found))
    assert f"<v>{amount:f}</v>" in part_of(content, "xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    "text", ["10000000000000.01", "1234567890123456", "0.1234567890123456", "1E+16", "-99999999999999.99"]
)
def test_a_figure_that_a_spreadsheet_would_round_is_refused(text):
    with pytest.raises(
        LedgerError, match=r"test: .* has more than the 15 digits that a number of a spreadsheet keeps\nHint"
    ):
        exact_number(Decimal(text), where="test")


@pytest.mark.parametrize(
    ("text", "shown"), [("1234.50", "0.00"), ("5", "0"), ("0.085", "0.000"), ("1.10000", "0.00000")]
)
def test_a_figure_is_shown_with_its_own_decimals_and_no_exponent(text, shown):
    cell = read_back(workbook([[Decimal(text), None]])).cell(2, 1)

    assert ("n", shown) == (cell.data_type, cell.number_format)


def test_nothing_leaves_the_cell_empty():
    sheet = read_back(workbook([[None, ""], ["x", "y"]]))

    assert [(None, None)] == list(sheet.iter_rows(min_row=2, max_row=2, max_col=2, values_only=True))


def test_captions_stay_in_sight_and_columns_are_wide_enough_for_chinese():
    sheet = read_back(workbook([["应付账款-快递公司", Decimal(1)]], header=(("k", "v"), ("科目名称", "x"))))

    assert "A3" == sheet.freeze_panes
    assert 19 <= sheet.column_dimensions["A"].width < 21
    assert 10 <= sheet.column_dimensions["B"].width < 12


def test_the_same_rows_give_the_same_bytes_at_any_time(monkeypatch):
    class Later(dt.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2031, 5, 6, tzinfo=tz)

    first = workbook([["x", Decimal("1.00")]])
    monkeypatch.setattr("xlsxwriter.workbook.datetime", Later)

    assert first == workbook([["x", Decimal("1.00")]])
    assert "2000-01-01T00:00:00Z" in part_of(first, "docProps/core.xml")


def test_more_lines_than_a_sheet_takes_are_refused():
    class Many(list):
        def __len__(self):
            return 1_048_576

    with pytest.raises(LedgerError, match="test: 1,048,576 lines are more than a sheet takes"):
        workbook(Many())


def test_a_text_longer_than_a_cell_takes_is_refused_and_not_cut():
    with pytest.raises(LedgerError, match="test: a text of 32,768 characters is longer than a cell takes"):
        workbook([["x" * 32_768, None]])


def test_a_name_that_no_sheet_can_have_is_refused():
    with pytest.raises(LedgerError, match=r"test: a sheet cannot be named 'a/b'"):
        workbook([], name="a/b")


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)

    with pytest.raises(MissingExtra, match=r"writing xlsx needs XlsxWriter\nHint: pip install 'tieout\[excel\]'"):
        workbook([])


@pytest.mark.parametrize("text", ["<r><t>other</t></r>", "<r><b>broken</r>"])
def test_a_text_that_looks_like_markup_is_a_text(text):
    assert [text, "next"] == [(cell.value or "").rstrip() for cell in read_back(workbook([(text, "next")]))[2]]
