"""Scanning xlsb workbooks: the same as `_sheet_scan`, in the records of BIFF12 inside a ZIP parts."""

import struct
from collections.abc import Iterator
from typing import Final

from tieout.sources._archives import Parts
from tieout.sources._sheet_scan import ERROR_CODES, SheetScan, relations

__all__ = ["scan_xlsb"]

_SHEET: Final = 156
_ROW: Final = 0
_CELLS: Final = range(1, 12)
_RICH_TEXT: Final = 62
_ERRORS: Final = {3, 11}  # a cell that holds an error, and a formula whose result is one
_MORE, _LOW = 0x80, 0x7F  # a number of several bytes says by the high bit of each that another follows
_SIZE_BITS_MAX = 28


def scan_xlsb(parts: Parts) -> dict[str, SheetScan]:
    """The sheets of an xlsb workbook by name.

    Raises:
        struct.error: A record is cut off.
        IndexError: A record is cut off.
    """
    targets = relations(parts, "xl/_rels/workbook.bin.rels")
    sheets = dict(_sheets(parts.read("xl/workbook.bin")))
    return {name: _scan(parts.read(targets[relation])) for name, relation in sheets.items() if relation in targets}


def _records(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Of each record its kind, where its body begins, and how long that is."""
    at, end = 0, len(data)
    while at < end:
        kind = data[at]
        at += 1
        if kind & _MORE:
            kind = kind & _LOW | (data[at] & _LOW) << 7
            at += 1
        size, bits, more = 0, 0, True
        while more and bits < _SIZE_BITS_MAX:
            more = bool(data[at] & _MORE)
            size |= (data[at] & _LOW) << bits
            at, bits = at + 1, bits + 7
        yield kind, at, size
        at += size


def _sheets(data: bytes) -> Iterator[tuple[str, str]]:
    """Names of the sheets and of the relations that lead to them."""
    for kind, at, _ in _records(data):
        if kind == _SHEET:
            relation, following = _text(data, at + 8)
            yield _text(data, following)[0], relation


def _text(data: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<I", data, at)
    end = at + 4 + 2 * length
    return data[at + 4 : end].decode("utf-16-le", errors="replace"), end


def _scan(data: bytes) -> SheetScan:
    row, rows, columns = 0, 0, 0
    faults: dict[int, dict[int, str]] = {}
    for kind, at, _ in _records(data):
        if kind == _ROW:
            (row,) = struct.unpack_from("<I", data, at)
        elif kind in _CELLS or kind == _RICH_TEXT:
            (column,) = struct.unpack_from("<I", data, at)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            if kind in _ERRORS:
                faults.setdefault(column, {})[row] = ERROR_CODES.get(data[at + 8], "#N/A")
    return SheetScan(reach_cells=rows * columns, faults=faults)
