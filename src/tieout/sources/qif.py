"""Quicken Interchange Format bank and card statements (QIF 银行对账单).

A text of short lines: `!Type:Bank` or `!Type:CCard`, then entries of lines that begin with a letter (`D` day, `T` or `U` amount,
`P` payee, `M` memo, `N` number, `S`, `E`, `$` the parts of a split) and end with `^`. Other sections (accounts, categories,
investments) are set apart. The file says neither currency nor account. Days are written in the order of the program's country,
with an apostrophe before the years from 2000 on: the order is told by a day above 12, else the caller says it.

Rules: the format as Quicken published it, `formats.md` 6.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from tieout.errors import CorruptFile, InputError
from tieout.sources._batch import Batch
from tieout.sources._document import Document
from tieout.sources._entries import Entry, Statement
from tieout.sources._statements import DESCRIBED_COLUMNS, StatementFormat, Walk

__all__ = ["FORMAT"]

_SECTION: Final = re.compile(r"^!(?:Type:)?\s*(.*?)\s*$", re.IGNORECASE)
_OF_MONEY: Final = {"bank", "cash", "ccard", "oth a", "oth l"}
_DAY: Final = re.compile(r"^\s*(\d{1,4})\s*[/.-]\s*(\d{1,2})\s*([/.'-])\s*(\d{1,4})\s*$")
_ORDERS: Final = ("mdy", "dmy")
_CENTURY_YEAR: Final = 70
_MONTHS: Final = 12
_ONCE: Final = "DT"  # the fields that every entry has, and once
_YEAR_LENGTH: Final = 4


def _walk(document: Document) -> Walk:
    return _entries(document, order=None)


def _entries(document: Document, order: str | None) -> Walk:
    walk = Walk()
    fields: dict[str, str] = {}
    start, is_money = 0, False
    rows: list[tuple[int, int, dict[str, str]]] = []
    for number, line in enumerate(document.lines.lines, start=1):
        text = line.strip()
        section = _SECTION.match(text)
        if section is not None:
            is_money = section[1].lower() in _OF_MONEY
            if is_money:
                walk.statements.append(Statement(name=f"section {len(walk.statements) + 1}"))
        elif is_money and text == "^":
            if fields:
                rows.append((start, number, fields))
            fields = {}
        elif is_money and text:
            start = start if fields else number
            if text[0].upper() in fields and text[0].upper() in _ONCE:
                problem = f"another entry begins, and the one of line {start} has no end"
                raise CorruptFile(problem, where=f"{document.where}:{number}")
            fields.setdefault(text[0].upper(), text[1:].strip())
        walk.count += is_money and text == "^"
    if fields:
        raise CorruptFile("the file is cut off: its last entry has no end", where=document.where)
    order = order or _order([row["D"] for _, _, row in rows if "D" in row], document.where)
    for first, last, row in rows:
        cells = {
            "booking date": _day(row.get("D"), order),
            "amount": row.get("T") or row.get("U"),
            "counterparty": row.get("P"),
            "memo": row.get("M"),
            "check": row.get("N"),
        }
        walk.add(Entry(line=first, line_end=last, number=len(walk.entries) + 1, cells=cells))
    return walk


def _order(days: list[str], where: str) -> str:
    """The order of day and month: a number above 12 is a day."""
    found = [found for found in map(_DAY.match, days) if found is not None and len(found[1]) < _YEAR_LENGTH]
    says = {
        order for day in found for order, part in zip(_ORDERS, (day[2], day[1]), strict=True) if int(part) > _MONTHS
    }
    if not found:
        return _ORDERS[0]
    if len(says) == 1:
        return says.pop()
    problem = "tell both orders of day and month" if says else "do not tell which is the day and which the month"
    raise InputError(
        f"the dates, such as {found[0][0]!r}, {problem}", where=where, hint="give date_order='mdy' or 'dmy'"
    )


def _day(text: str | None, order: str) -> str | None:
    found = None if text is None else _DAY.match(text)
    if found is None:
        return text
    if len(found[1]) == _YEAR_LENGTH:
        return f"{found[1]}-{found[2]}-{found[4]}"
    first, second, year = found[1], found[2], int(found[4])
    if year < 100:  # noqa: PLR2004 - two digits
        year += 2000 if found[3] == "'" or year < _CENTURY_YEAR else 1900
    month, day = (first, second) if order == "mdy" else (second, first)
    return f"{year}-{month}-{day}"


@attrs.frozen(kw_only=True, slots=False, eq=False)
class _Qif(StatementFormat):
    """QIF, with the order of its dates as an option."""

    def read(self, document: Document, *, name: str, options: Mapping[str, Any]) -> Batch:
        """Read a document as `SourceFormat.read` says."""
        order = options.get("date_order")
        if order is not None and order not in _ORDERS:
            raise InputError(f"date_order is 'mdy' or 'dmy', got {order!r}")
        own = attrs.evolve(self, walk=lambda one: _entries(one, order))
        return StatementFormat.read(own, document, name=name, options=options)


FORMAT: Final = _Qif(
    marks=(r"(?i)^!Type:\s*(?:Bank|Cash|CCard|Oth [AL])\s*$", r"^[TU]\s*[+-]?[\d.,]+\s*$"),
    columns=DESCRIBED_COLUMNS,
    walk=_walk,
    options={"date_order": "'mdy' or 'dmy', where no day above 12 tells it"},
    evidence="test rows",
)
