"""Getting the bytes, and what kind of file they are."""

import io
import sys
import zipfile
from pathlib import Path

import pytest
import xlwt

import tieout
from tieout.errors import CorruptFile, EmptyFile, EncryptedFile, InputError, MissingExtra, UnreadableFile
from tieout.sources._content import Content, content_of
from tieout.sources._kind import Kind, kind_of

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def kind(data):
    return kind_of(Content(name="bill.xlsx", data=data))


def xls():
    book = xlwt.Workbook()
    book.add_sheet("S").write(0, 0, "运单号")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_path_bytes_and_an_open_file_give_the_same_bytes(tmp_path):
    path = tmp_path / "bill.csv"
    path.write_bytes(b"a,b\n")
    with path.open("rb") as file:
        opened = content_of(file)

    assert Content(name="bill.csv", data=b"a,b\n") == content_of(str(path)) == content_of(path) == opened
    assert Content(name=None, data=b"a,b\n") == content_of(bytearray(b"a,b\n")) == content_of(io.BytesIO(b"a,b\n"))


def test_a_url_is_fetched_through_fsspec():
    import fsspec

    with fsspec.open("memory://folder/bill.csv", "wb") as file:
        file.write(b"a,b\n")

    assert Content(name="bill.csv", data=b"a,b\n") == content_of(
        "memory://folder/bill.csv?token=secret".replace("?token=secret", "")
    )


def test_a_url_that_cannot_be_fetched_does_not_show_its_query():
    with pytest.raises(UnreadableFile) as caught:
        content_of("memory://nowhere/bill.csv?token=secret")

    assert "secret" not in str(caught.value)


def test_a_url_needs_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)

    with pytest.raises(MissingExtra, match=r"tieout\[remote\]"):
        content_of("https://example.com/bill.csv")


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match="no such file"):
        content_of(tmp_path / "absent.csv")
    with pytest.raises(UnreadableFile, match="folder"):
        content_of(tmp_path)
    with pytest.raises(InputError, match="binary mode"):
        content_of(io.StringIO("a,b"))
    with pytest.raises(InputError, match="got int"):
        content_of(5)


def test_empty_bytes_are_an_empty_file():
    for data in (b"", b" \r\n\t"):
        with pytest.raises(EmptyFile, match=r"bill\.xlsx: the file is empty"):
            kind(data)


def test_kinds_are_told_by_content(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")

    assert [Kind.WORKBOOK, Kind.WORKBOOK, Kind.TEXT] == [kind(out.getvalue()), kind(xls()), kind(b"a,b\n")]


@pytest.mark.parametrize(
    ("data", "what"),
    [(b"%PDF-1.7", "PDF"), (b"\x89PNG\r\n", "picture"), (b"Rar!\x1a", "RAR")],
)
def test_other_kinds_of_file_are_named(data, what):
    with pytest.raises(UnreadableFile, match=what):
        kind(data)


def test_an_archive_is_to_be_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("bill.csv", "a,b")

    with pytest.raises(UnreadableFile, match="ZIP archive"):
        kind(out.getvalue())


def test_a_workbook_with_a_password_is_encrypted():
    package = OLE + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(EncryptedFile, match="protected by a password"):
        kind(package)


def test_an_old_workbook_with_a_password_is_encrypted():
    data = bytearray(xls())
    start = data.index(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    data[start + 20 : start + 22] = b"\x2f\x00"  # the record after the first says that the rest is encrypted

    with pytest.raises(EncryptedFile):
        tieout.read(bytes(data))


def test_a_workbook_that_is_cut_off_is_corrupt(tmp_path):
    golden = Path(__file__).parent.parent / "golden" / "sources" / "sf_monthly_bill" / "by_service.xlsx"
    data = golden.read_bytes()

    with pytest.raises(CorruptFile, match="damaged or cut off"):
        tieout.read(data[: len(data) // 2])


def test_a_damaged_workbook_shows_no_trace_of_the_library_underneath():
    for data in (OLE + b"\x00" * 2000, xls()[:3000]):
        with pytest.raises(CorruptFile, match="the workbook is damaged or cut off"):
            tieout.read(data)
