"""Workbooks made to do harm: parts that unpack to far more than they take, cells far away, XML that unfolds; xlsb and ods too."""

import io
import struct
import zipfile

import pytest
import xlsxwriter
from _workbooks import cell, ods, row, wide, xlsb, zipped

import tieout
from tieout.errors import CorruptFile, UnreadableFile
from tieout.model import CourierCharge
from tieout.sources._content import Content
from tieout.sources._workbook import open_sheets

NOTHING = b" " * 30_000_000
LAUGHS = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
ENTITIES = f'<!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]>'.encode()


def parts_of_xlsx():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("S")
    sheet.write_row(0, 0, ["运单号", "金额"])
    sheet.write_row(1, 0, ["SF1012345678901", 12.5])
    book.close()
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sheets(data):
    return open_sheets(Content(name="bill", data=data))


def head(data):
    return [row.cells for row in sheets(data)[0].head]


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "docProps/app.xml"]
)
def test_a_part_that_unpacks_to_far_more_than_its_size_is_refused(part):
    parts = parts_of_xlsx()

    with pytest.raises(UnreadableFile, match="more than 200 times its size"):
        tieout.read(zipped({**parts, part: parts[part] + NOTHING}))


def test_a_part_that_is_larger_than_the_workbook_says_is_refused():
    parts = parts_of_xlsx()
    name = "xl/sharedStrings.xml"
    data = bytearray(zipped({**parts, name: parts[name] + NOTHING}))
    entry = data.rindex(name.encode()) - 46
    assert data[entry : entry + 4] == b"PK\x01\x02"
    struct.pack_into("<I", data, entry + 24, len(parts[name]))

    with pytest.raises(UnreadableFile, match="more than 200 times its size"):
        tieout.read(bytes(data))


def test_a_part_whose_bytes_are_not_what_the_workbook_says_is_refused():
    data = zipped(parts_of_xlsx())
    start = data.index(b"xl/styles.xml") + len(b"xl/styles.xml") + 20

    with pytest.raises(CorruptFile, match=r"'xl/styles\.xml' of the workbook is damaged"):
        tieout.read(data[:start] + b"\x00\xff\x00" + data[start + 3 :])


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_refused():
    out = io.BytesIO(zipped(parts_of_xlsx()))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")

    with pytest.raises(CorruptFile, match="several parts of one name"):
        tieout.read(out.getvalue())


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_entities_of_the_xml_within_a_workbook_are_not_unfolded(part):
    parts = parts_of_xlsx()
    bombed = parts[part].replace(b"?>", b"?>" + ENTITIES, 1)
    for tag in (b"<t>", b"<v>", b"<sheets>"):
        bombed = bombed.replace(tag, tag + b"&l9;", 1)

    try:
        shown = head(zipped({**parts, part: bombed}))
    except CorruptFile:
        shown = []

    assert not any("lol" in text for cells in shown for text in cells)


@pytest.mark.parametrize("claim", [b"4294967295", b"1000000", b"&#52;294967295", b"-1"])
def test_a_workbook_that_claims_more_texts_than_it_holds_is_refused_before_memory_is_spent(claim):
    parts = parts_of_xlsx()
    texts = parts["xl/sharedStrings.xml"].replace(b'uniqueCount="3"', b'uniqueCount="' + claim + b'"')

    with pytest.raises(CorruptFile, match="claims more texts than it can hold"):
        tieout.read(zipped({**parts, "xl/sharedStrings.xml": texts}))


def test_sheets_are_found_wherever_the_workbook_says_they_are():
    parts = parts_of_xlsx()
    relations = parts["xl/_rels/workbook.xml.rels"].replace(
        b"worksheets/sheet1.xml", b"/xl/other/../Worksheets/Sheet1.XML"
    )
    sheet = parts["xl/worksheets/sheet1.xml"].replace(b'r="A1"', b'r="XFD1048576"')
    moved = {**parts, "xl/_rels/workbook.xml.rels": relations, "xl/worksheets/sheet1.xml": sheet}

    with pytest.raises(CorruptFile, match="sheet 'S' reaches over"):
        tieout.read(zipped(moved))


def test_an_xlsb_workbook_is_read_with_its_errors():
    data = xlsb(
        [
            (0, 0, 6, wide("运单号")),
            (0, 1, 6, wide("金额")),
            (1, 1, 5, struct.pack("<d", 12.5)),
            (2, 1, 3, b"\x17"),
            (3, 1, 11, b"\x2a" + bytes(6)),
        ]
    )

    assert [("运单号", "金额"), ("", "12.5"), ("", "#REF!"), ("", "#N/A")] == head(data)


def test_a_cell_far_away_in_an_xlsb_workbook_is_refused_before_memory_is_spent():
    with pytest.raises(CorruptFile, match="sheet 'S' reaches over 17,179,869,184 cells"):
        sheets(xlsb([(0, 0, 6, wide("a")), (1_048_575, 16_383, 6, wide("b"))]))


def test_an_xlsb_workbook_that_is_cut_off_is_refused():
    with pytest.raises(CorruptFile, match="damaged or cut off"):
        sheets(xlsb([(0, 0, 6, wide("a"))], end=b"\x94"))


def test_an_ods_workbook_is_read_with_its_errors():
    error = cell("#REF!", ' office:string-value="" calcext:value-type="error"')
    valueless = '<table:table-cell table:formula="of:=[.B2]"/>'
    empty = '<table:table-cell table:formula="of:=&quot;&quot;" office:value-type="string" office:string-value=""/>'
    rows = [row(cell("运单号"), cell("金额")), row(cell(""), cell("12.5")), row(cell(""), error)]
    rows += [row(cell("7"), valueless), row(cell("8"), empty)]
    blank = row(
        '<table:table-cell table:number-columns-repeated="16384"/>', more=' table:number-rows-repeated="1048570"'
    )

    assert [("运单号", "金额"), ("", "12.5"), ("", "#REF!"), ("7", "#NO-VALUE!"), ("8", "")] == head(
        ods("".join(rows) + blank)
    )


@pytest.mark.parametrize(
    "rows",
    [
        row(cell("a", ' table:number-columns-repeated="16384"'), more=' table:number-rows-repeated="1048576"'),
        row(cell("", ' table:number-columns-repeated="100"'), cell("a"), more=' table:number-rows-repeated="1000000"'),
        row(
            cell("", ' table:number-columns-repeated="9"'), cell("a"), more=' table:number-rows-repeated="10000000000"'
        ),
        row(more=' table:number-rows-repeated="999999999999"') + row(cell("a")),
    ],
    ids=["cells", "columns", "rows", "blank rows"],
)
def test_cells_that_are_repeated_to_fill_all_memory_are_refused(rows):
    with pytest.raises(CorruptFile, match="sheet 'S' reaches over"):
        sheets(ods(rows))


def test_blank_rows_above_a_cell_far_below_the_end_of_a_table_are_blank():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("S")
    for at, cells in enumerate([["运单号", "金额"], ["SF1012345678901", "12.50"], ["以下为空白", ""]]):
        sheet.write_row(at, 0, cells)
    sheet.write(1_999, 0, "x")
    book.close()

    batch = tieout.read(
        out.getvalue(),
        format="generic_table",
        record=CourierCharge,
        columns={"tracking_no": "运单号", "amount": "金额"},
        constants={"charge_type": "base"},
        currency="CNY",
        end=["以下为空白"],
    )

    assert [3, 2000] == [row.line for row in batch.control.set_apart]
