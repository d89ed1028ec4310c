"""Rejects: the lines of a file that could not be read, each with its place and its reason."""

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import attrs
import polars as pl

from tieout._notebook import items, view
from tieout.model import Provenance

__all__ = ["Reject", "Rejects"]

_SHOWN = 10


@attrs.frozen(kw_only=True)
class Reject:
    """One line that could not be read. Personal data in its texts is masked.

    Attributes:
        provenance: File, sheet and lines.
        column: Caption of the first cell that cannot be read; None when the whole line is torn.
        reason: Code of the first reason, such as `amount.unreadable` or `data.id_precision_lost`.
        found: That cell's text; None when it is blank or the whole line is meant.
        problem: What is wrong with it, such as `is not an amount`.
        expected: What would have been right.
        raw: The whole line, its cells parted by ` | `.
        others: What else is wrong with the line, in the same words.
        amount_minor: What the line would have added to the total, in minor units; None when that cannot be read either.
        currency: ISO 4217 code of that amount.
    """

    provenance: Provenance
    column: str | None
    reason: str
    found: str | None
    problem: str
    expected: str
    raw: str
    others: tuple[str, ...] = ()
    amount_minor: int | None = None
    currency: str | None = None

    @property
    def line(self) -> int | None:
        """First line of the file that it stands on, 1-based."""
        return self.provenance.line

    @property
    def sheet(self) -> str | None:
        """Sheet of the workbook; None for text."""
        return self.provenance.sheet

    @property
    def what(self) -> str:
        """What is wrong, without the place."""
        return "; ".join([describe(self.column, self.found, self.problem), *self.others])

    def __str__(self) -> str:
        place = str(self.provenance) if self.provenance.file else f"input{str(self.provenance).removeprefix('record')}"
        return f"{place}: {self.what}"


def describe(column: str | None, found: str | None, problem: str) -> str:
    """What is wrong with a cell, in words.

    Example:
        >>> describe("应付金额", "12,5O", "is not an amount")
        "column '应付金额': '12,5O' is not an amount"
    """
    if column is None:
        return problem
    return f"column {column!r}: {problem}" if found is None else f"column {column!r}: {found!r} {problem}"


def _as_tuple(rejects: Iterable[Reject]) -> tuple[Reject, ...]:
    return tuple(rejects)


@attrs.frozen
class Rejects(Sequence[Reject]):
    """The lines of a file that could not be read, in order. Empty is good.

    Attributes:
        items: The lines.
    """

    items: tuple[Reject, ...] = attrs.field(converter=_as_tuple, default=())

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Reject]:
        return iter(self.items)

    @overload
    def __getitem__(self, at: int) -> Reject: ...

    @overload
    def __getitem__(self, at: slice) -> "Rejects": ...

    def __getitem__(self, at: int | slice) -> "Reject | Rejects":
        return Rejects(self.items[at]) if isinstance(at, slice) else self.items[at]

    def to_polars(self) -> pl.DataFrame:
        """One row a line: where it stands, why it could not be read, its amount if that is known, its masked text."""
        records = [
            {
                "source_format": reject.provenance.format,
                "source_file": reject.provenance.file,
                "source_sha256": reject.provenance.sha256,
                "source_sheet": reject.provenance.sheet,
                "source_line": reject.provenance.line,
                "source_line_end": reject.provenance.line_end,
                "column": reject.column,
                "reason": reject.reason,
                "found": reject.found,
                "expected": reject.expected,
                "what": reject.what,
                "amount_minor": reject.amount_minor,
                "currency": reject.currency,
                "raw": reject.raw,
            }
            for reject in self.items
        ]
        return pl.DataFrame(records, schema=_SCHEMA)

    @classmethod
    def concat(cls, parts: "Iterable[Rejects]") -> "Rejects":
        """The rejects of several parts of a file, in order."""
        return cls(reject for part in parts for reject in part)

    def __str__(self) -> str:
        return "\n".join(str(reject) for reject in self.items) or "no rejects"

    def __repr__(self) -> str:
        lines = [f"{len(self)} rejects", *(f"  {reject}" for reject in self.items[:_SHOWN])]
        return "\n".join(lines + ([f"  and {len(self) - _SHOWN} more"] if len(self) > _SHOWN else []))

    def _repr_html_(self) -> str:
        return view(f"{len(self):,} rejects", items(map(str, self.items[:_SHOWN]), more=max(0, len(self) - _SHOWN)))


_SCHEMA = {
    "source_format": pl.String,
    "source_file": pl.String,
    "source_sha256": pl.String,
    "source_sheet": pl.String,
    "source_line": pl.Int64,
    "source_line_end": pl.Int64,
    "column": pl.String,
    "reason": pl.String,
    "found": pl.String,
    "expected": pl.String,
    "what": pl.String,
    "amount_minor": pl.Int64,
    "currency": pl.String,
    "raw": pl.String,
}
