"""Planted against found: every error that was put into the month must be found as what it is, and no other."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

import attrs
import polars as pl

from tieout._demo.running import FOLDER, CarrierMonth
from tieout.model.currency import exponent, from_units, to_units

__all__ = ["Comparison", "Mark", "compare", "planted_marks"]

_LISTED: Final = 20
_HEAD: Final = ("type", "planted", "found", "impact planted", "impact found", "")


@attrs.frozen(order=True)
class Mark:
    """One discrepancy, by what makes it the same.

    Attributes:
        type: Its type.
        courier: Carrier code.
        tracking_no: Tracking number; empty for the bill as a whole.
        charge_type: Charge type; empty where none is meant.
        impact_minor: Impact in minor units.
        currency: ISO 4217 code.
    """

    type: str
    courier: str
    tracking_no: str
    charge_type: str
    impact_minor: int
    currency: str

    def __str__(self) -> str:
        place = " ".join(part for part in (self.courier, self.tracking_no, self.charge_type) if part)
        return f"{self.type}: {place}: {_money(self.impact_minor, self.currency)}"


@attrs.frozen(kw_only=True)
class Comparison:
    """What was planted and what was found.

    Attributes:
        planted: The truth.
        found: What the reconciliations say.
    """

    planted: "Counter[Mark]"
    found: "Counter[Mark]"

    @property
    def missing(self) -> tuple[Mark, ...]:
        """Planted and not found."""
        return tuple(sorted((self.planted - self.found).elements()))

    @property
    def invented(self) -> tuple[Mark, ...]:
        """Found and not planted."""
        return tuple(sorted((self.found - self.planted).elements()))

    @property
    def agrees(self) -> bool:
        """Whether all were found and none invented."""
        return self.planted == self.found

    def __str__(self) -> str:
        rows = [_HEAD, *self._rows()]
        widths = [max(len(row[at]) for row in rows) for at in range(len(_HEAD))]
        table = [
            "  ".join(
                cell.rjust(width) if 0 < at < len(row) - 1 else cell.ljust(width)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        lost, wrong = _listed("not found", self.missing), _listed("invented", self.invented)
        return "\n".join([*table, *lost, *wrong, self._verdict()])

    def _rows(self) -> Iterator[tuple[str, ...]]:
        kinds = sorted({(mark.type, mark.currency) for mark in (*self.planted, *self.found)})
        for kind, currency in kinds:
            cells = []
            for side in (self.planted, self.found):
                marks = [mark for mark in side.elements() if (mark.type, mark.currency) == (kind, currency)]
                cells.append((f"{len(marks)}", _money(sum(mark.impact_minor for mark in marks), currency)))
            same = not any((mark.type, mark.currency) == (kind, currency) for mark in (*self.missing, *self.invented))
            yield kind, cells[0][0], cells[1][0], cells[0][1], cells[1][1], "ok" if same else "DIFFERS"

    def _verdict(self) -> str:
        total = self.planted.total()
        if self.agrees:
            return f"All {total} planted errors found, none invented."
        return f"{total} PLANTED: {len(self.missing)} NOT FOUND, {len(self.invented)} INVENTED."


def _listed(title: str, marks: Sequence[Mark]) -> Iterator[str]:
    yield from (f"  {title}: {mark}" for mark in marks[:_LISTED])
    if len(marks) > _LISTED:
        yield f"  {title}: {len(marks) - _LISTED:,} more"


def _money(minor: int, currency: str) -> str:
    return f"{from_units(minor, currency):,.{exponent(currency)}f} {currency}"


def compare(months: Iterable[CarrierMonth]) -> Comparison:
    """Hold the outcomes of the month to the truth."""
    return Comparison(planted=Counter(planted_marks()), found=Counter(_found_marks(months)))


def planted_marks() -> Iterator[Mark]:
    """The truth, as the generator of the month wrote it."""
    with (FOLDER / "planted.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            currency = row["currency"]
            yield Mark(
                row["type"],
                row["courier"],
                row["tracking_no"],
                row["charge_type"],
                to_units(Decimal(row["impact"]), currency),
                currency,
            )


def _found_marks(months: Iterable[CarrierMonth]) -> Iterator[Mark]:
    for month in months:
        key = pl.col("keys").str.json_path_match
        found = month.outcome.discrepancies.to_polars().select(
            "type",
            key("$.tracking_no").fill_null("").alias("tracking_no"),
            key("$.charge_type").fill_null("").alias("charge_type"),
            "impact_minor",
            "currency",
        )
        for kind, tracking_no, charge_type, impact_minor, currency in found.iter_rows():
            yield Mark(kind, month.carrier, tracking_no, charge_type, impact_minor, currency)
