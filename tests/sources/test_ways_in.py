"""One bill by every way in: whatever it is wrapped in and however it is written, its records are the same."""

import csv
import gzip
import io
from pathlib import Path

import pytest
import xlsxwriter
import xlwt
from _workbooks import ods_of, xlsb_of, zipped

import tieout
from tieout.errors import InputError
from tieout.testing import rows_of

GOLDEN = Path(__file__).parent.parent / "golden" / "sources" / "zto_monthly_bill" / "bill.csv"
TEXT = GOLDEN.read_bytes().decode("gb18030").replace("\r\n", "\n")
OF_THE_FILE = ("source_sha256", "source_file", "source_sheet", "bill_no")
GBK_NAME = "七月账单.csv".encode("gb18030")
CAFE = "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n07/03/2026,07/05/2026,CAFÉ NOËL,Food,Sale,-1.23,déjà\n"


def told(batch):
    """Records, rejects and checks; without what names the file and its sheet."""
    lines = [str(check).partition(": ")[2] for check in batch.control.checks]
    return rows_of(batch.records.to_polars(), without=OF_THE_FILE), [one.what for one in batch.rejects], lines


WHOLE = told(tieout.read(GOLDEN))


def cells():
    return [[cell.removeprefix("=").strip('"') for cell in row] for row in csv.reader(io.StringIO(TEXT))]


def xlsx(*, others=()):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    for name, rows in [*others, ("账单", cells())]:
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    book.close()
    return out.getvalue()


def xls():
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("账单")
    for at, row in enumerate(cells()):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_gbk_name(data):
    """An archive whose name of the file is GBK, and does not say so."""
    return zipped({"x" * len(GBK_NAME): data}).replace(b"x" * len(GBK_NAME), GBK_NAME)


DATA = GOLDEN.read_bytes()
WRAPPED = {
    "bytes": DATA,
    "a bytearray": bytearray(DATA),
    "a view of memory": memoryview(DATA),
    "gzip": gzip.compress(DATA),
    "a ZIP archive": zipped({"bill.csv": DATA}),
    "a ZIP archive with a name in GBK": with_gbk_name(DATA),
    "a ZIP archive in another, both with names in GBK": with_gbk_name(with_gbk_name(DATA)),
    "gzip in a ZIP archive": zipped({"bill.csv.gz": gzip.compress(DATA)}),
    "a ZIP archive with a picture and litter": zipped(
        {"__MACOSX/._b": b"x", "a.png": b"\x89PNG\r\n\x1a\n", "b.csv": DATA}
    ),
}
WRITTEN = {
    **{f"{encoding} {end!r}": TEXT.replace("\n", end).encode(encoding)
       for encoding in ("utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
       for end in ("\n", "\r\n", "\r")},
    "UTF-16, big end first, with its mark": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "tabs": "\n".join("\t".join(row) for row in csv.reader(io.StringIO(TEXT))).encode() + b"\n",
    "semicolons": "\n".join(";".join(row) for row in csv.reader(io.StringIO(TEXT))).encode() + b"\n",
}  # fmt: skip
WORKBOOKS = {
    "xlsx": xlsx(),
    "xls": xls(),
    "xlsb": xlsb_of(cells()),
    "ods": ods_of(cells()),
    "xlsx with other sheets": xlsx(others=[("说明", [["仅供核对"]]), ("空", [])]),
    "xlsx in a ZIP archive": zipped({"账单.xlsx": xlsx()}),
}


@pytest.mark.parametrize("way", [*WRAPPED, *WRITTEN])
def test_bytes_however_wrapped_and_written_give_the_same(way):
    source = {**WRAPPED, **WRITTEN}[way]

    assert WHOLE == told(tieout.read(source))
    assert "zto_monthly_bill" == tieout.identify(source)


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_a_workbook_of_each_kind_gives_the_same(kind):
    records, rejects, (lines, total) = told(tieout.read(WORKBOOKS[kind]))

    assert (WHOLE[0], WHOLE[1], WHOLE[2][1]) == (records, rejects, total)
    assert lines.startswith("lines: 7 = 1 header + ")


def test_a_path_an_open_file_and_a_url_give_the_same(tmp_path):
    import fsspec

    path = tmp_path / "any name.dat"
    path.write_bytes(DATA)
    with fsspec.open("memory://ways/bill.csv.gz", "wb") as file:
        file.write(gzip.compress(DATA))
    with path.open("rb") as opened, io.BytesIO(DATA) as buffer:
        found = [told(tieout.read(source)) for source in (opened, buffer)]
    found += [told(tieout.read(source)) for source in (path, str(path), path.as_uri(), "memory://ways/bill.csv.gz")]

    assert [WHOLE] * 6 == found


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8", "utf-16"])
def test_letters_of_the_west_come_out_as_they_were_written(encoding):
    batch = tieout.read(CAFE.encode(encoding))
    guessed = encoding in {"latin-1", "cp1252"}

    assert "chase_card" == batch.format
    assert "CAFÉ NOËL" in batch.records[0].memo
    assert guessed == any(note.code == "encoding.guessed" for note in batch.notes)


def test_several_sheets_with_the_table_are_told_and_one_is_asked_for():
    data = xlsx(others=[("六月", cells())])

    with pytest.raises(InputError, match="六月"):
        tieout.read(data)
    assert WHOLE[0] == told(tieout.read(data, sheet="六月"))[0]


@pytest.mark.parametrize("source", [None, 12.5, ["a.csv"], io.StringIO("a,b\n1,2\n")])
def test_what_is_no_source_is_one_error_of_ours(source):
    with pytest.raises(InputError):
        tieout.read(source)
