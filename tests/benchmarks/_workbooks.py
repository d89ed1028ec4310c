"""Workbooks of the kinds xlsb and ods, of which no library writes what a hostile one holds."""

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from html import escape

__all__ = ["cell", "ods", "ods_of", "record", "row", "wide", "xlsb", "xlsb_of", "zipped"]

_WRITTEN = (2026, 8, 1, 0, 0, 0)  # the same whenever it runs, so that the same chance gives the same bytes
_TEXT = 6


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    """A ZIP archive of these files, the same whenever it is made."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _WRITTEN), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def xlsb_of(rows: Sequence[Sequence[str]]) -> bytes:
    """An xlsb workbook of these texts."""
    return xlsb((at, column, _TEXT, wide(text)) for at, cells in enumerate(rows) for column, text in enumerate(cells))


def ods_of(rows: Sequence[Sequence[str]]) -> bytes:
    """An ods workbook of these texts."""
    return ods("".join(row(*(cell(escape(text)) for text in cells)) for cells in rows))


def record(kind: int, body: bytes = b"") -> bytes:
    """A record of an xlsb workbook."""
    number = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, left = b"", len(body)
    while left >> 7:
        size, left = size + bytes([left & 0x7F | 0x80]), left >> 7
    return number + size + bytes([left]) + body


def wide(text: str) -> bytes:
    """A text of an xlsb workbook."""
    return struct.pack("<I", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")


def xlsb(cells: Iterable[tuple[int, int, int, bytes]], end: bytes = b"") -> bytes:
    """An xlsb workbook of cells: row, column, kind of record, value; and what its sheet ends with."""
    rows = b"".join(
        record(0, struct.pack("<I", at) + bytes(13)) + record(kind, struct.pack("<2I", column, 0) + value)
        for at, column, kind, value in cells
    )
    sheet = (
        record(129) + record(148, struct.pack("<4I", 0, 9, 0, 9)) + record(145) + rows + record(146) + record(130) + end
    )
    bundle = record(156, struct.pack("<2I", 0, 1) + wide("rId1") + wide("S"))
    relation = (
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"'
    )
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.bin": record(131) + record(143) + bundle + record(144) + record(132),
            "xl/_rels/workbook.bin.rels": f'<Relationships>{relation} Target="worksheets/sheet1.bin"/></Relationships>',
            "xl/worksheets/sheet1.bin": sheet,
        }
    )


def ods(rows: str) -> bytes:
    """An ods workbook of one sheet with this XML in it."""
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    table = f'<office:spreadsheet><table:table table:name="S">{rows}</table:table></office:spreadsheet>'
    content = f"<office:document-content{spaces}><office:body>{table}</office:body></office:document-content>"
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": content,
            "META-INF/manifest.xml": '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        }
    )


def row(*cells: str, more: str = "") -> str:
    """A row of an ods workbook."""
    return f"<table:table-row{more}>{''.join(cells)}</table:table-row>"


def cell(text: str, more: str = "") -> str:
    """A cell of an ods workbook."""
    said = ' office:value-type="string"' if text else ""
    return f"<table:table-cell{said}{more}>{f'<text:p>{text}</text:p>' if text else ''}</table:table-cell>"
