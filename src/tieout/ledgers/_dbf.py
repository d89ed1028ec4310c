"""dBASE III tables: fields of fixed width, exact figures, and nothing from the clock."""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate
from types import MappingProxyType
from typing import Final, TypeAlias

import attrs

from tieout.errors import LedgerError

__all__ = ["Cell", "Column", "Kind", "Row", "is_fitting", "table"]

Cell: TypeAlias = str | Decimal | int | date | bool | None
"""What a field holds; None is blank."""
Row: TypeAlias = tuple[str, Mapping[str, Cell]]
"""Where a record comes from, which errors name, and its values by column; what is not named is blank."""

_NO_HINTS: Final[Mapping[str, str]] = MappingProxyType({})
_VERSION: Final = 0x03  # dBASE III without memo file
_END_OF_COLUMNS: Final = b"\r"
_END_OF_FILE: Final = b"\x1a"
_LIVE: Final = b" "  # the mark before each record: not deleted


class Kind(StrEnum):
    """Type of a column, as the file names it."""

    TEXT = "C"
    NUMBER = "N"
    DAY = "D"
    FLAG = "L"


@attrs.frozen
class Column:
    """One column.

    Attributes:
        name: Its name, at most 10 upper-case characters.
        kind: Type of its values.
        width: How many bytes a value takes.
        decimals: How many decimals a number is written with.
    """

    name: str
    kind: Kind
    width: int
    decimals: int = 0


def is_fitting(number: Decimal, column: Column) -> bool:
    """Whether a number can be written into its column as it is.

    Args:
        number: The number.
        column: A column of numbers.
    """
    try:
        return len(_number(number, column, "")) <= column.width
    except LedgerError:
        return False


def table(
    columns: Sequence[Column],
    rows: Iterable[Row],
    *,
    changed_on: date,
    encoding: str,
    codepage: int,
    hints: Mapping[str, str] = _NO_HINTS,
) -> bytes:
    """The content of a `.dbf` file.

    Args:
        columns: Its columns, in order.
        rows: Its records, in order.
        changed_on: The day that the head of the file names as that of the last change, 1900 to 2155.
        encoding: How texts are written.
        codepage: The byte that stands for the encoding in the head, such as 0x7A for GBK.
        hints: What to do about a value that does not fit, by column.

    Raises:
        LedgerError: A value does not fit its column; the error names the record and the column.
    """
    records = list(_records(columns, rows, encoding, hints))
    head = struct.pack(
        "<4BLHH17xBxx",
        _VERSION,
        changed_on.year - 1900,
        changed_on.month,
        changed_on.day,
        len(records),
        32 * (len(columns) + 1) + len(_END_OF_COLUMNS),
        len(_LIVE) + sum(column.width for column in columns),
        codepage,
    )
    described = (
        struct.pack(
            "<11sc4xBB14x", column.name.encode("ascii"), column.kind.encode("ascii"), column.width, column.decimals
        )
        for column in columns
    )
    return b"".join((head, *described, _END_OF_COLUMNS, *records, _END_OF_FILE))


def _records(
    columns: Sequence[Column], rows: Iterable[Row], encoding: str, hints: Mapping[str, str]
) -> Iterator[bytes]:
    """One record a row: a blank one, into which the values are written."""
    ends = accumulate((column.width for column in columns), initial=len(_LIVE))
    places = {column.name: (column, at) for column, at in zip(columns, ends, strict=False)}  # there is one end more
    blank = _LIVE + b" " * sum(column.width for column in columns)
    for where, values in rows:
        record = bytearray(blank)
        for name, value in values.items():
            if value is not None:
                column, at = places[name]
                try:
                    record[at : at + column.width] = _cell(value, column, where, encoding)
                except LedgerError as cause:
                    raise LedgerError(cause.problem, where=where, hint=hints.get(name, cause.hint)) from None
        yield bytes(record)


def _cell(value: str | Decimal | int | date, column: Column, where: str, encoding: str) -> bytes:
    if column.kind is Kind.TEXT:
        return _fitting(_encoded(str(value), column, where, encoding), value, column, where).ljust(column.width)
    return _fitting(_plain(value, column, where).encode("ascii"), value, column, where).rjust(column.width)


def _encoded(text: str, column: Column, where: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as cause:
        raise LedgerError(
            f"{column.name}: {text!r} has {text[cause.start]!r}, which {encoding} cannot write", where=where
        ) from cause


def _plain(value: str | Decimal | int | date, column: Column, where: str) -> str:
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, date):
        return f"{value:%Y%m%d}"
    return _number(Decimal(value), column, where)


def _number(value: Decimal, column: Column, where: str) -> str:
    """A number with the decimals of its column; zeros at its end give way where the whole part needs their place."""
    whole, _, part = f"{value:f}".partition(".")
    part = part.rstrip("0")
    if len(part) > column.decimals:
        raise LedgerError(
            f"{column.name}: {value:f} has {len(part)} decimals, {column.decimals} can be written", where=where
        )
    room = min(column.decimals, max(len(part), column.width - len(whole) - 1))
    return f"{whole}.{part.ljust(room, '0')}" if room else whole


def _fitting(written: bytes, value: Cell, column: Column, where: str) -> bytes:
    if len(written) > column.width:
        raise LedgerError(
            f"{column.name}: {value!r} takes {len(written)} bytes, the column has {column.width}"
            if isinstance(value, str)
            else f"{column.name}: {value} takes {len(written)} places, the column has {column.width}",
            where=where,
        )
    return written
