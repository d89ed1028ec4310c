"""Coverage: which days the files of a format cover, and whether balances go on from file to file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import Final

import attrs
import polars as pl

from tieout.model.currency import exponent, from_units
from tieout.sources._batch import Batch

__all__ = ["Break", "Gap", "breaks_between", "gaps_between"]

_DAYS = ("posted_at", "occurred_at", "booked_on", "paid_at", "placed_at", "ordered_at", "ship_date", "applied_at")
_DAY = timedelta(days=1)
_CLOSING, _OPENING = "closing balance", "opening balance"
_STATEMENT: Final = re.compile(r"\s*\bof statement \d+")
_SUBJECT: Final = ("platform", "shop_id", "account", "account_no", "channel", "carrier", "currency")


@attrs.frozen(kw_only=True)
class Gap:
    """Days between files of a format of which none has a record.

    Attributes:
        format: The format.
        first: First such day, in the zone in which the file writes its times.
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


@attrs.frozen(slots=False)
class _Covered:
    """What one file covers.

    Attributes:
        batch: The file.
        first: First day of its records, where they were written.
        last: Last such day.
        begins: Moment of its first record; midnight where it only says days.
        ends: Moment of its last one.
        balances: Its opening and closing balances by name and currency.
    """

    batch: Batch
    first: date
    last: date
    begins: datetime
    ends: datetime
    balances: Mapping[tuple[str, str], tuple[int, int]]

    @property
    def file(self) -> str:
        return self.batch.source.file or "input"

    @cached_property
    def subject(self) -> Mapping[str, frozenset[str]]:
        """What the file is about, by field."""
        frame = self.batch.records.to_polars()
        fields = [name for name in _SUBJECT if name in frame.columns]
        return {name: frozenset(frame[name].drop_nulls().unique().cast(pl.String).to_list()) for name in fields}

    def is_of(self, other: "_Covered") -> bool:
        """Whether both files are about one shop, account or currency, as far as they say."""
        pairs = [(self.subject.get(name, frozenset()), other.subject.get(name, frozenset())) for name in _SUBJECT]
        return self.batch.format == other.batch.format and all(
            bool(own & others) or not (own or others) for own, others in pairs
        )


def _chains(batches: Sequence[Batch]) -> list[list[_Covered]]:
    """The files that are about the same, in order of their records. A file of several accounts joins those of each."""
    chains: list[list[_Covered]] = []
    for covered in (found for batch in batches if (found := _covered(batch)) is not None):
        is_joined = [any(covered.is_of(other) for other in files) for files in chains]
        joined = [files for files, is_own in zip(chains, is_joined, strict=True) if is_own]
        chains = [files for files, is_own in zip(chains, is_joined, strict=True) if not is_own]
        chains.append([*chain.from_iterable(joined), covered])
    return [sorted(files, key=lambda one: (one.begins, one.ends, one.file)) for files in chains]


def _covered(batch: Batch) -> _Covered | None:
    frame = batch.records.to_polars()
    name = next((name for name in _DAYS if name in frame.columns and frame[name].drop_nulls().len()), None)
    if name is None:
        return None
    said = frame[name].drop_nulls()
    is_day = said.dtype == pl.Date
    days = said if is_day else _local(said, batch.source.timezone).dt.date()
    moments = said.cast(pl.Datetime("us")) if is_day else said.dt.replace_time_zone(None)
    bounds = pl.DataFrame({"day": days, "moment": moments})
    first, begins = bounds.min().row(0)
    last, ends = bounds.max().row(0)
    return _Covered(batch, first, last, begins, ends, _balances(batch))


def _local(moments: pl.Series, timezone: str | None) -> pl.Series:
    return moments if timezone is None else moments.dt.convert_time_zone(timezone)


def _balances(batch: Batch) -> dict[tuple[str, str], tuple[int, int]]:
    """Opening and closing balances by name and currency; of several statements of an account the first and the last."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for check in batch.control.checks:
        opening = check.parts.get(_OPENING)
        if check.name.startswith(_CLOSING) and check.currency is not None and opening is not None:
            key = (_STATEMENT.sub("", check.name), check.currency)
            found[key] = (found[key][0] if key in found else opening, check.total)
    return found


def gaps_between(batches: Sequence[Batch]) -> Iterator[Gap]:
    """Days of which no file has a record, between files of one format that are about the same shop or account.

    Args:
        batches: What was read.
    """
    for files in _chains(batches):
        last = files[0]
        for covered in files[1:]:
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
    for files in _chains(batches):
        for key in dict.fromkeys(key for covered in files for key in covered.balances):
            yield from _breaks_of([covered for covered in files if key in covered.balances], key)


def _breaks_of(files: Sequence[_Covered], key: tuple[str, str]) -> Iterator[Break]:
    """The breaks of one balance. The file before is the one whose records end last; several that end alike may be copies."""
    for at, after in enumerate(files[1:], start=1):
        ends = max(covered.ends for covered in files[:at])
        if after.begins <= ends:
            continue
        before = [covered for covered in files[:at] if covered.ends == ends]
        opening = after.balances[key][0]
        if opening in {covered.balances[key][1] for covered in before}:
            continue
        yield Break(
            format=after.batch.format,
            name=key[0],
            before=before[-1].file,
            after=after.file,
            closing_minor=before[-1].balances[key][1],
            opening_minor=opening,
            currency=key[1],
        )
