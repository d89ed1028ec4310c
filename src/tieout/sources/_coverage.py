"""Coverage: which days the files of a format cover, and whether balances go on from file to file."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

import attrs
import polars as pl

from tieout.model.currency import exponent, from_units
from tieout.sources._batch import Batch

__all__ = ["Break", "Gap", "breaks_between", "gaps_between"]

_DAYS = ("posted_at", "occurred_at", "booked_on", "paid_at", "placed_at", "ordered_at", "ship_date", "applied_at")
_DAY = timedelta(days=1)
_CLOSING, _OPENING = "closing balance", "opening balance"


@attrs.frozen(kw_only=True)
class Gap:
    """Days between files of a format of which none has a record.

    Attributes:
        format: The format.
        first: First such day (UTC for records with times).
        last: Last such day.
        after: File with the last record before them.
        before: File with the first record after them.
    """

    format: str
    first: date
    last: date
    after: str
    before: str

    def __str__(self) -> str:
        days = f"on {self.first}" if self.first == self.last else f"from {self.first} to {self.last}"
        return f"{self.format}: no record {days}, between {self.after} and {self.before}"


@attrs.frozen(kw_only=True)
class Break:
    """A file whose opening balance is not the closing balance of the file before it.

    Attributes:
        format: The format.
        name: Of which balance, as the file's check calls it.
        before: The earlier file.
        after: The later file.
        closing_minor: The earlier file's closing balance, in minor units.
        opening_minor: The later file's opening balance, likewise.
        currency: ISO 4217 code.
    """

    format: str
    name: str
    before: str
    after: str
    closing_minor: int
    opening_minor: int
    currency: str

    def __str__(self) -> str:
        decimals = exponent(self.currency)
        closing, opening = (
            f"{from_units(units, self.currency):,.{decimals}f} {self.currency}"
            for units in (self.closing_minor, self.opening_minor)
        )
        return f"{self.format}: {self.before} closes with {closing}, {self.after} opens with {opening}: lines are missing between"


@attrs.frozen
class _Covered:
    """The days of one file, first and last."""

    batch: Batch
    first: date
    last: date

    @property
    def file(self) -> str:
        return self.batch.source.file or "input"

    @property
    def chain(self) -> tuple[str, ...]:
        """What the file is about: files of other shops, accounts or currencies are other chains."""
        frame = self.batch.records.to_polars()
        said = (
            ", ".join(sorted(frame[name].drop_nulls().unique().cast(pl.String).to_list()))
            if name in frame.columns
            else ""
            for name in ("platform", "shop_id", "account", "account_no", "channel", "carrier", "currency")
        )
        return (self.batch.format, *said)


def _chains(batches: Sequence[Batch]) -> Iterator[list[_Covered]]:
    """The files that follow each other, in order of their days."""
    found = [covered for batch in batches if (covered := _covered(batch)) is not None]
    chains: dict[tuple[str, ...], list[_Covered]] = {}
    for covered in sorted(found, key=lambda one: (one.first, one.last, one.file)):
        chains.setdefault(covered.chain, []).append(covered)
    yield from chains.values()


def _covered(batch: Batch) -> _Covered | None:
    frame = batch.records.to_polars()
    name = next((name for name in _DAYS if name in frame.columns and frame[name].drop_nulls().len()), None)
    if name is None:
        return None
    days = frame.select(pl.col(name).cast(pl.Date)).to_series().drop_nulls()
    return _Covered(batch, days.min(), days.max())  # type: ignore[arg-type]  # dates, at least one


def gaps_between(batches: Sequence[Batch]) -> Iterator[Gap]:
    """Days of which no file has a record, between files of one format that are about the same shop or account.

    Args:
        batches: What was read.
    """
    for chain in _chains(batches):
        last = chain[0]
        for covered in chain[1:]:
            if covered.first - last.last > _DAY:
                yield Gap(
                    format=covered.batch.format,
                    first=last.last + _DAY,
                    last=covered.first - _DAY,
                    after=last.file,
                    before=covered.file,
                )
            last = max(last, covered, key=lambda one: one.last)


def breaks_between(batches: Sequence[Batch]) -> Iterator[Break]:
    """Files whose opening balance is not the closing balance of the one before; files that overlap are passed over.

    Args:
        batches: What was read.
    """
    for chain in _chains(batches):
        for before, after in pairwise(chain):
            if after.first <= before.last:
                continue
            opening = {check.name: check for check in after.batch.control.checks if check.name.startswith(_CLOSING)}
            for check in before.batch.control.checks:
                following = opening.get(check.name)
                if following is None or check.currency is None or following.parts.get(_OPENING) == check.total:
                    continue
                yield Break(
                    format=after.batch.format,
                    name=check.name,
                    before=before.file,
                    after=after.file,
                    closing_minor=check.total,
                    opening_minor=following.parts[_OPENING],
                    currency=check.currency,
                )
