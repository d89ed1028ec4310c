"""Scanning ods workbooks: the same as `_sheet_scan`, in the XML of OpenDocument.

There a cell or a row says how many times it stands, so that a few letters fill a sheet.
"""

import re
from collections.abc import Iterator

from tieout.sources._archives import Parts
from tieout.sources._sheet_scan import NO_VALUE, SheetScan, attribute

__all__ = ["scan_ods"]

_TABLE = re.compile(rb"<table:table(\s[^>]*)>(.*?)</table:table>", re.DOTALL)
_ROW = re.compile(rb"<table:table-row\b([^>]*?)(?:/>|>(.*?)</table:table-row>)", re.DOTALL)
_CELL = re.compile(rb"<table:(?:covered-)?table-cell\b([^>]*?)(?:/>|>(.*?)</table:(?:covered-)?table-cell>)", re.DOTALL)
_REPEATED = re.compile(rb'-repeated="([0-9]{1,18})"')
_TAG = re.compile(rb"<[^>]*>")
_IS_ERROR = b'value-type="error"'
_FORMULA = b"table:formula="
_FAULTS_MAX = 1_000_000  # of a cell that is repeated; the reach of more is refused


def scan_ods(parts: Parts) -> dict[str, SheetScan]:
    """The sheets of an ods workbook by name."""
    tables = _TABLE.findall(parts.read("content.xml"))
    return {attribute(tag, "table:name"): _scan(body) for tag, body in tables}


def _scan(xml: bytes) -> SheetScan:
    at, rows, columns = 0, 0, 0
    faults: dict[int, dict[int, str]] = {}
    for tag, inner in _ROW.findall(xml):
        times, width = _times(tag), 0
        for first, last, error in _cells(inner):
            width = last
            if error is not None and times * (last - first) <= _FAULTS_MAX:
                for column in range(first, last):
                    faults.setdefault(column, {}).update(dict.fromkeys(range(at, at + times), error))
        at += times
        if width:
            rows, columns = at, max(columns, width)
    return SheetScan(reach_cells=rows * columns, faults=faults)


def _cells(xml: bytes) -> Iterator[tuple[int, int, str | None]]:
    """Of each cell that holds anything the columns that it fills, and what it shows where that is an error."""
    at = 0
    for tag, inner in _CELL.findall(xml):
        first, at = at, at + _times(tag)
        if b"value-type=" in tag or inner or _FORMULA in tag:
            yield first, at, _fault(tag, inner)


def _fault(tag: bytes, inner: bytes) -> str | None:
    """What stands for a cell that shows an error, or a formula without a stored value."""
    if _IS_ERROR in tag:
        return _TAG.sub(b"", inner).decode("utf-8", errors="replace") or "#N/A"
    return NO_VALUE if _FORMULA in tag and b"value-type=" not in tag and not _TAG.sub(b"", inner).strip() else None


def _times(tag: bytes) -> int:
    found = _REPEATED.search(tag)
    return int(found[1]) if found else 1
