"""Searching sheets before they are opened: cells that cannot be shown, and cells too far away."""

import io
import re
import string
import struct
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
import xlwt
from hypothesis import given
from hypothesis import strategies as st

import tieout
from tieout.errors import CorruptFile
from tieout.sources._archives import Parts
from tieout.sources._biff import CorruptContainer, scan_xls
from tieout.sources._content import Content
from tieout.sources._sheet_scan import SheetScan, _below, _column, _letters, scan_xlsx
from tieout.sources._workbook import open_sheets

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"


def xls(fill):
    book = xlwt.Workbook()
    fill(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsx(fill):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    fill(book)
    book.close()
    return out.getvalue()


def scanned(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return scan_xlsx(Parts("bill.xlsx", archive))


def rewritten(data, change):
    """The workbook with the XML of its first sheet changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, change(part) if name == "xl/worksheets/sheet1.xml" else part)
    return out.getvalue()


def test_errors_in_old_workbooks_are_found_by_sheet_and_cell():
    def fill(book):
        sheet = book.add_sheet("明细")
        sheet.write(0, 0, "运单号")
        sheet.row(2).set_cell_error(3, 0x2A)
        other = book.add_sheet("Long")
        for row in range(300):  # enough for a stream of its own, outside the container's small one
            other.write(row, 2, f"{'x' * 50}{row}")

    found = scan_xls(xls(fill))

    assert {"明细": ({3: {2: "#N/A"}}, 12), "Long": ({}, 900)} == {
        name: (scan.faults, scan.reach_cells) for name, scan in found.items()
    }


def test_an_error_in_an_old_workbook_is_a_reject():
    def fill(book):
        sheet = book.add_sheet("S")
        for column, caption in enumerate(("运单号", "金额")):
            sheet.write(0, column, caption)
        sheet.write(1, 0, "SF1012345678901")
        sheet.row(1).set_cell_error(1, 0x17)

    batch = tieout.read(
        xls(fill), format="generic_table", record="CourierCharge", currency="CNY", constants={"charge_type": "base"},
        columns={"tracking_no": "运单号", "amount": "金额"},
    )  # fmt: skip

    assert [("cell.error", "#REF!")] == [(reject.reason, reject.found) for reject in batch.rejects]


def test_errors_and_valueless_formulas_are_found_in_new_workbooks():
    def fill(book):
        book.add_worksheet("A & B").write_formula(1, 27, "=NA()", None, "#N/A")
        book.add_worksheet("C").write_formula(0, 0, "=A2", None, "")

    found = scanned(xlsx(fill))

    assert {"A & B": {27: {1: "#N/A"}}, "C": {0: {0: "#NO-VALUE!"}}} == {
        name: scan.faults for name, scan in found.items()
    }


def test_a_cell_far_away_is_refused_before_memory_is_spent():
    data = xlsx(lambda book: book.add_worksheet("S").write(0, 0, "运单号"))
    far = rewritten(data, lambda xml: xml.replace(b'r="A1"', b'r="XFD1048576"'))

    with pytest.raises(CorruptFile, match="sheet 'S' reaches over 17,179,869,184 cells"):
        tieout.read(far)


def test_an_ordinary_wide_sheet_is_not_far_away():
    def fill(book):
        sheet = book.add_worksheet("S")
        for row in range(2000):
            sheet.write_row(row, 0, range(60))

    assert scanned(xlsx(fill))["S"].reach_cells <= 10_000 * 26 * 26


def test_a_long_and_wide_sheet_is_counted_as_it_is():
    tag = b'<c r="%s%d"><v>1</v></c></row><row r="%d">'

    def long(xml):
        head, body = xml.split(b"<sheetData>")
        rows = (tag % (b"AO" if row == 100_000 else b"AN", row, row + 1) for row in range(1, 150_000))
        return head + b'<sheetData><row r="1">' + b"".join(rows) + body[-99:]

    data = rewritten(xlsx(lambda book: book.add_worksheet("S").write(0, 0, "a")), long)

    assert 149_999 * 41 == scanned(data)["S"].reach_cells


SMALL = """<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>1</v></c><c r="C1" s="2"/></row>
<row r="2"><c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="B2"><f>A9</f><v></v></c><c r="C2"><f>A9</f><v>5</v></c></row>
<row r="3"><c r="A3"><f t="shared" si="0"/></c><c r="B3" s="1"><f/><v/></c><c r="C3" t="str"><f>A9</f><v>e</v></c></row>
<row r="4"><c r="A4" t="inlineStr"><is><t>t="e"</t></is></c><c r="B4" t="b"><v>1</v></c><c r="C4" t="e"/></row>"""
FAULTS = {0: {1: "#DIV/0!", 2: "#NO-VALUE!"}, 1: {1: "#NO-VALUE!", 2: "#NO-VALUE!"}, 2: {3: "#N/A"}}


def _prefixed(xml):
    return re.sub(r"<(/?)(?=[a-z])", r"<\1x:", xml)


def _without_references(xml):
    return re.sub(r' r="[A-Z]?[0-9]+"', "", xml)


def _without_references_of_cells(xml):
    return re.sub(r' r="[A-Z][0-9]+"', "", xml)


def _attributes_turned_around(xml):
    return re.sub(r'( r="[A-Z][0-9]+")((?: [a-z]+="[^"]*")+)', r"\2\1", xml)


def _single_quotes(xml):
    return re.sub(r'([a-z])="([^"]*)"(?=[ />])', r"\1='\2'", xml)


WAYS = (str, _prefixed, _without_references, _without_references_of_cells, _attributes_turned_around, _single_quotes)


def sheet(rows, way):
    name = "x:worksheet" if way is _prefixed else "worksheet"
    root = (
        f'<{name} xmlns{":x" if way is _prefixed else ""}="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    )
    inner = way(f'<cols><col min="1" max="3" width="9"/></cols><sheetData>{rows}</sheetData>')
    return f"{root}{inner}</{name}>".encode()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("block_bytes", [1, 7, 50, 10_000])
def test_cells_are_found_however_a_program_writes_them_and_wherever_a_block_ends(monkeypatch, way, block_bytes):
    monkeypatch.setattr("tieout.sources._archives._CHUNK", block_bytes)
    data = rewritten(xlsx(lambda book: book.add_worksheet("S").write(0, 0, "a")), lambda _: sheet(SMALL, way))

    assert SheetScan(reach_cells=12, faults=FAULTS) == scanned(data)["S"]


@pytest.mark.parametrize("way", WAYS)
def test_faults_among_many_plain_cells_are_found_and_read_as_text(way):
    plain = "".join(f'<row r="{row}"><c r="A{row}"><v>{row}</v></c></row>' for row in range(5, 30_000))
    last = '<row r="30000"><c r="A30000" t="e"><v>#REF!</v></c><c r="B30000"><f>A1</f></c></row>'
    data = rewritten(
        xlsx(lambda book: book.add_worksheet("S").write(0, 0, "a")), lambda _: sheet(SMALL + plain + last, way)
    )

    found = scanned(data)["S"].faults
    (opened,) = open_sheets(Content(name=None, data=data))

    assert {**FAULTS[0], 29_999: "#REF!"} == found[0]
    assert ["29999", "#REF!"] == opened.body(29_998, 1)["c0"].to_list()


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_words_before_a_bound_are_told_from_those_after(word, bound):
    numbers, letters = (
        re.fullmatch(_below(show(bound), signs), show(word)) is not None
        for show, signs in ((str, "0123456789"), (_letters, string.ascii_uppercase))
    )

    assert (word < bound, word < bound) == (numbers, letters)
    assert word == _column(_letters(word).encode())


@pytest.mark.parametrize("at", [30, 32, 44, 64, 72])
def test_a_container_that_claims_what_cannot_be_is_refused(at):
    data = bytearray((GOLDENS / "generic_table" / "bank.xls").read_bytes())
    struct.pack_into("<H", data, at, 33)

    with pytest.raises(CorruptContainer):
        scan_xls(bytes(data))
    with pytest.raises(CorruptFile, match="damaged or cut off"):
        tieout.read(bytes(data))


def test_a_chain_of_sectors_that_bites_its_tail_is_refused():
    data = bytearray((GOLDENS / "generic_table" / "bank.xls").read_bytes())
    (table,) = struct.unpack_from("<I", data, 76)
    start = 512 + table * 512
    entries = list(struct.unpack_from("<128I", data, start))
    (directory,) = struct.unpack_from("<I", data, 48)
    entries[directory] = directory
    struct.pack_into("<128I", data, start, *entries)

    with pytest.raises(CorruptContainer, match="leads nowhere"):
        scan_xls(bytes(data))


def test_what_is_no_workbook_at_all_is_refused():
    with pytest.raises(CorruptContainer):
        scan_xls(b"\xd0\xcf\x11\xe0")


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: re.sub(rb"(</?)(?=[a-z])", rb"\1x:", xml).replace(b"xmlns=", b"xmlns:x="),
        lambda xml: re.sub(rb'<c (r="[A-Z0-9]+") ([^>/]*)', rb"<c \2 \1", xml),
        lambda xml: re.sub(rb'<c r="[A-Z0-9]+"', b"<c", xml),
        lambda xml: re.sub(rb' r="[A-Z]*[0-9]+"', b"", xml),
    ],
    ids=["tags have a prefix", "references last", "cells without references", "no references"],
)
def test_errors_are_found_however_the_sheet_is_written(change):
    def fill(book):
        sheet = book.add_worksheet("S")
        sheet.write_row(0, 0, ["a", "b", "c"])
        sheet.write_row(1, 0, ["d", "e"])
        sheet.write_formula(1, 2, "=NA()", None, "#N/A")

    data = rewritten(xlsx(fill), change)

    assert {2: {1: "#N/A"}} == scanned(data)["S"].faults
    assert "#N/A" == open_sheets(Content(name=None, data=data))[0].head[1].cells[2]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('<c r="B1" t="str"><f>IF(A1=1,"",1)</f><v></v></c>', ""),
        ('<c r="B1" s="0" t="str"><f>IF(A1=1,"",1)</f><v/></c>', ""),
        ('<c r="B1" t="str"><f>IF(A1=1,"",1)</f></c>', "#NO-VALUE!"),
        ('<c r="B1"><f>IF(A1=1,"",1)</f><v></v></c>', "#NO-VALUE!"),
    ],
)
def test_a_formula_that_comes_to_the_empty_text_is_blank_and_one_without_a_value_is_not(cell, shown):
    rows = f'<row r="1"><c r="A1"><v>1</v></c>{cell}<c r="C1"><v>3</v></c></row>'
    data = rewritten(xlsx(lambda book: book.add_worksheet("S").write(0, 0, "a")), lambda _: sheet(rows, str))

    (opened,) = open_sheets(Content(name=None, data=data))

    assert ("1", shown, "3") == opened.head[0].cells
