"""Scanning the old xls workbooks: the same as `_sheet_scan`, in the records of BIFF8 inside an OLE2 container.

A container that claims what cannot be is refused, because the reader of workbooks would make room for it or go round in
circles. What else cannot be made out is left to that reader: a scan that fails says nothing.
"""

import struct
from collections.abc import Callable, Iterator

from tieout.sources._sheet_scan import ERROR_CODES, SheetScan

__all__ = ["CorruptContainer", "scan_xls"]

_HEADER_BYTES = 512
_DIRECTORY_BYTES = 128
_SECTOR_SHIFTS, _MINI_SHIFT = (9, 12), 6
_END_OF_CHAIN = 0xFFFFFFFA  # this and all above it name no sector
_SHEET_NAME, _BEGIN, _END = 0x85, 0x809, 0x0A
_BOOL_OR_ERROR, _FORMULA = 0x205, 0x06
_SEVERAL = {0xBD, 0xBE}  # records of several cells: their last two bytes name the last column
_CELLS = {0x203, 0x204, 0xFD, 0x27E, 0x201, 0x205, 0x06, *_SEVERAL}
_NOT_A_NUMBER = 0xFFFF
_RESULT_IS_ERROR = 2


def scan_xls(data: bytes) -> dict[str, SheetScan]:
    """The sheets of an xls workbook by name; nothing when its bytes cannot be made out.

    Raises:
        CorruptContainer: The container contradicts its size, or itself.
    """
    _check_header(data)
    try:
        stream = _stream(data)
    except (struct.error, IndexError) as cause:
        raise CorruptContainer("its tables cannot be made out") from cause
    if not stream:
        raise CorruptContainer("there is no workbook in it")
    try:
        return {name: _scan(stream, start) for name, start in _sheets(stream)}
    except (struct.error, IndexError, UnicodeDecodeError):
        return {}


class CorruptContainer(ValueError):  # noqa: N818 - becomes a CorruptFile where the file is named
    """What an OLE2 container says about itself cannot be true."""


def _check_header(data: bytes) -> None:
    if len(data) < _HEADER_BYTES:
        raise CorruptContainer("the header is cut off")
    sector_shift, mini_shift = struct.unpack_from("<2H", data, 30)
    (tables,) = struct.unpack_from("<I", data, 44)
    mini_tables, table_lists = struct.unpack_from("<I", data, 64)[0], struct.unpack_from("<I", data, 72)[0]
    sectors = len(data) >> sector_shift if sector_shift in _SECTOR_SHIFTS else 0
    if mini_shift != _MINI_SHIFT or not sectors or max(tables, mini_tables, table_lists) > sectors:
        raise CorruptContainer("the header contradicts the size of the file")


def _stream(data: bytes) -> bytes:
    """The stream `Workbook` of the container."""
    sector_bytes = 1 << struct.unpack_from("<H", data, 30)[0]
    mini_bytes = 1 << struct.unpack_from("<H", data, 32)[0]
    directory_start, _, cutoff, mini_start = struct.unpack_from("<4I", data, 48)

    def sector(number: int) -> bytes:
        start = max(_HEADER_BYTES, sector_bytes) + number * sector_bytes
        if start + sector_bytes > len(data):
            raise CorruptContainer("a sector lies behind the end of the file")
        return data[start : start + sector_bytes]

    table: list[int] = []
    for number in _table_sectors(data, sector, sector_bytes):
        table += struct.unpack(f"<{sector_bytes // 4}I", sector(number))
    directory = b"".join(sector(number) for number in _chain(table, directory_start))
    root_start, start, size = 0, 0, 0
    for entry in range(0, len(directory) - _DIRECTORY_BYTES + 1, _DIRECTORY_BYTES):
        name_bytes, kind = struct.unpack_from("<HB", directory, entry + 64)
        name = directory[entry : entry + max(name_bytes - 2, 0)].decode("utf-16-le", errors="replace")
        if kind == 5:  # noqa: PLR2004 - the root, which holds the small streams
            root_start = struct.unpack_from("<I", directory, entry + 116)[0]
        if name in {"Workbook", "Book"}:
            start, size = struct.unpack_from("<2I", directory, entry + 116)
    if size >= cutoff:
        return b"".join(sector(number) for number in _chain(table, start))[:size]
    joined = b"".join(sector(number) for number in _chain(table, mini_start))
    mini_table = list(struct.unpack(f"<{len(joined) // 4}I", joined))
    small = b"".join(sector(number) for number in _chain(table, root_start))
    parts = (small[number * mini_bytes : (number + 1) * mini_bytes] for number in _chain(mini_table, start))
    return b"".join(parts)[:size]


def _table_sectors(data: bytes, sector: Callable[[int], bytes], sector_bytes: int) -> Iterator[int]:
    """The sectors that hold the allocation table: 109 named in the header, the others in sectors of their own."""
    yield from (number for number in struct.unpack_from("<109I", data, 76) if number < _END_OF_CHAIN)
    following, count = struct.unpack_from("<2I", data, 68)
    for _ in range(min(count, len(data) // sector_bytes)):
        if following >= _END_OF_CHAIN:
            return
        numbers = struct.unpack(f"<{sector_bytes // 4}I", sector(following))
        yield from (number for number in numbers[:-1] if number < _END_OF_CHAIN)
        following = numbers[-1]


def _chain(table: list[int], start: int) -> Iterator[int]:
    """The sectors of a stream in order.

    Raises:
        CorruptContainer: The chain leads out of the file, or bites its own tail, and the reader of workbooks would follow it
            for ever.
    """
    seen = 0
    while start < _END_OF_CHAIN:
        seen += 1
        if start >= len(table) or seen > len(table):
            raise CorruptContainer("a chain of sectors leads nowhere")
        yield start
        start = table[start]


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    while start + 4 <= len(stream):
        kind, size = struct.unpack_from("<2H", stream, start)
        yield kind, stream[start + 4 : start + 4 + size]
        start += 4 + size


def _sheets(stream: bytes) -> Iterator[tuple[str, int]]:
    for kind, body in _records(stream, 0):
        if kind == _END:
            return
        if kind == _SHEET_NAME:
            start, _, _, length, is_wide = struct.unpack_from("<I4B", body)
            name = (
                body[8 : 8 + 2 * length].decode("utf-16-le") if is_wide & 1 else body[8 : 8 + length].decode("latin-1")
            )
            yield name, start


def _scan(stream: bytes, start: int) -> SheetScan:
    rows, columns, depth = 0, 0, 0
    faults: dict[int, dict[int, str]] = {}
    for kind, body in _records(stream, start):
        if kind == _BEGIN:
            depth += 1
        elif kind == _END:
            depth -= 1
            if depth <= 0:
                break
        elif kind in _CELLS and depth == 1:
            row, column = struct.unpack_from("<2H", body)
            last = struct.unpack_from("<H", body, len(body) - 2)[0] if kind in _SEVERAL else column
            rows, columns = max(rows, row + 1), max(columns, last + 1)
            error = _error(kind, body)
            if error is not None:
                faults.setdefault(column, {})[row] = error
    return SheetScan(reach_cells=rows * columns, faults=faults)


def _error(kind: int, body: bytes) -> str | None:
    """The error that a cell holds, by itself or as the result of its formula."""
    if kind == _BOOL_OR_ERROR:
        code, is_error = struct.unpack_from("<2B", body, 6)
        return ERROR_CODES.get(code, "#N/A") if is_error else None
    if kind == _FORMULA:
        result, code = body[6], body[8]
        if struct.unpack_from("<H", body, 12)[0] == _NOT_A_NUMBER and result == _RESULT_IS_ERROR:
            return ERROR_CODES.get(code, "#N/A")
    return None
