"""The result of posting: vouchers, and every event that is in none of them."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, overload

import attrs
import polars as pl

from tieout.model import Event, Voucher
from tieout.model.currency import exponent, from_units
from tieout.outcome import Summary
from tieout.posting._lines import lines_of
from tieout.proof import Proof
from tieout.tables import Table, schema_of

if TYPE_CHECKING:
    from tieout.posting.unpacking import Packed

__all__ = ["LeftOut", "LeftOutReason", "Memo", "Vouchers"]


class LeftOutReason(StrEnum):
    """Why an event is in no voucher of this posting."""

    OTHER_PERIOD = "other_period"
    ALREADY_POSTED = "already_posted"
    GIVEN_TWICE = "given_twice"


@attrs.frozen(kw_only=True)
class Memo:
    """An event that the book takes note of without a line.

    Attributes:
        event: The event.
        note: Why nothing is posted for it.
    """

    event: Event
    note: str


@attrs.frozen(kw_only=True)
class LeftOut:
    """An event that belongs elsewhere.

    Attributes:
        event: The event.
        reason: Why, as a code.
        note: Why, as a sentence.
    """

    event: Event
    reason: LeftOutReason
    note: str


@attrs.define(kw_only=True, eq=False, repr=False, slots=False)
class Vouchers(Sequence[Voucher]):
    """The vouchers of one posting, as a sequence, with what did not become one.

    A million of them are columns until they are looked at: iterating unpacks some thousand at a time and keeps none, and
    `lines` gives all of them as a frame.

    Attributes:
        period: The period posted, such as `2026-10`.
        currency: Currency of the book.
        packed: Vouchers of the events, balanced and numbered, in columns.
        others: Vouchers that take others back: what has changed since it was posted, among the numbers of the period, and
            accruals, on the first day of the next.
        places: Where each of those stands among all.
        noted: Events that the book only takes note of, as columns with `note`.
        to_review: Posted events that a person has to look at, as columns with `note`.
        belonging_elsewhere: Events that belong elsewhere, as columns with `reason` and `note`.
        late: Events of a locked period, booked in this one.
        proof: Events in = events posted + memos + left out; debits = credits; both per currency.
    """

    period: str
    currency: str
    packed: "Packed"
    others: tuple[Voucher, ...]
    places: tuple[int, ...]
    noted: pl.DataFrame
    to_review: pl.DataFrame
    belonging_elsewhere: pl.DataFrame
    late: Table[Event]
    proof: Proof

    def __len__(self) -> int:
        return len(self.packed) + len(self.others)

    @overload
    def __getitem__(self, at: int) -> Voucher: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Voucher, ...]: ...

    def __getitem__(self, at: int | slice) -> Voucher | tuple[Voucher, ...]:
        if isinstance(at, slice):
            places = range(*at.indices(len(self)))
            if not places:
                return ()
            first = min(places[0], places[-1])
            stretch = enumerate(self._between(first, max(places[0], places[-1]) + 1), start=first)
            found = {place: voucher for place, voucher in stretch if place in places}
            return tuple(found[place] for place in places)
        place = at if at >= 0 else at + len(self)
        if not 0 <= place < len(self):
            raise IndexError(f"voucher {at} of {len(self)}")
        return next(self._between(place, place + 1))

    def __iter__(self) -> Iterator[Voucher]:
        return self._between(0, len(self))

    def __reversed__(self) -> Iterator[Voucher]:
        return iter(self[::-1])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vouchers) and self.period == other.period and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # compared by what it holds

    def __repr__(self) -> str:
        return f"Vouchers({self.period!r}, {len(self):,} vouchers)"

    @property
    def vouchers(self) -> tuple[Voucher, ...]:
        """All of them, in the order of their numbers."""
        return tuple(self)

    @cached_property
    def lines(self) -> pl.DataFrame:
        """All lines as columns, one row a line, in the order of the vouchers; amounts are whole minor units."""
        frame = pl.concat([self.packed.columns(), lines_of(self.others)])
        order = pl.DataFrame(
            {"voucher_id": [*self._ids], "place": range(len(self))}, schema={"voucher_id": pl.String, "place": pl.Int64}
        )
        return frame.join(order, on="voucher_id", how="left").sort("place", "line_no").drop("place")

    @cached_property
    def memos(self) -> tuple[Memo, ...]:
        """Events that the book only takes note of."""
        events = Table(self.noted.select(list(schema_of(Event))), Event)
        return tuple(Memo(event=event, note=note) for event, note in zip(events, self.noted["note"], strict=True))

    @cached_property
    def reviews(self) -> tuple[Memo, ...]:
        """Events that are posted, and that a person has to look at: such as free goods, which may be deemed sales."""
        events = Table(self.to_review.select(list(schema_of(Event))), Event)
        return tuple(Memo(event=event, note=note) for event, note in zip(events, self.to_review["note"], strict=True))

    @cached_property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Events that belong elsewhere, and why."""
        frame = self.belonging_elsewhere
        events = Table(frame.select(list(schema_of(Event))), Event)
        return tuple(
            LeftOut(event=event, reason=LeftOutReason(reason), note=note)
            for event, reason, note in zip(events, frame["reason"], frame["note"], strict=True)
        )

    def in_period(self, period: str) -> tuple[Voucher, ...]:
        """The vouchers dated in one period.

        Args:
            period: Year and month, such as `2026-10`.
        """
        return tuple(voucher for voucher in self if voucher.period == period)

    def summary(self) -> Summary:
        """The result in words: vouchers, debits and credits by account, what was not posted, and the proof."""
        net = pl.col("debit_minor").fill_null(0).sum() - pl.col("credit_minor").fill_null(0).sum()
        sums = self.lines.group_by("account").agg(pl.col("account_name").first(), net.alias("net")).sort("account")
        accounts = tuple(
            (f"{code} {name or ''}".strip(), self._figure(minor)) for code, name, minor in sums.iter_rows()
        )
        counts = (
            ("vouchers", f"{len(self):,}"),
            ("events noted only", f"{self.noted.height:,}"),
            ("events left out", f"{self.belonging_elsewhere.height:,}"),
            ("late events booked", f"{len(self.late):,}"),
        )
        verdict = (("checks", f"{len(self.proof.checks):,}"), ("holds", "yes" if self.proof.holds else "NO"))
        sections = (("Counts", counts), ("Debits less credits by account", accounts), ("Proof", verdict))
        return Summary(title=f"Vouchers of {self.period}", sections=sections)

    @cached_property
    def _back(self) -> dict[int, Voucher]:
        """Vouchers that take others back, by their place among all."""
        return dict(zip(self.places, self.others, strict=True))

    @cached_property
    def _ids(self) -> tuple[str, ...]:
        packed = iter(self.packed.heads["voucher_id"])
        back = self._back
        return tuple(back[place].voucher_id if place in back else next(packed) for place in range(len(self)))

    def untraced(self) -> Iterator[Voucher]:
        """The vouchers without the events and lines of files that they are made of, for who only shows them.

        They are all else that `iter` gives; those of a large shop come from a million lines, which take their time.
        """
        return self._between(0, len(self), traced=False)

    def _between(self, start: int, stop: int, *, traced: bool = True) -> Iterator[Voucher]:
        """The vouchers of some places, unpacked as they are asked for."""
        first, last = (place - sum(1 for other in self._back if other < place) for place in (start, stop))
        packed = self.packed.vouchers(first, last, traced=traced)
        for place in range(start, stop):
            yield self._back[place] if place in self._back else next(packed)

    def _figure(self, minor: int) -> str:
        return f"{from_units(minor, self.currency):,.{exponent(self.currency)}f} {self.currency}"

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()
