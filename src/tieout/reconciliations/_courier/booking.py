"""Booking: what is to be posted, document by document, where the lines of one are in many parts of a run."""

from collections.abc import Iterator

import attrs
import polars as pl

from tieout._spark.parts import Frames, Part, split
from tieout.reconciliations._common.events import EVENT_SOURCE, summed_runs
from tieout.reconciliations._courier.facts import FACTS, EventTerms, event_table, facts_of
from tieout.reconciliations._courier.parting import ACCRUED, POSTED
from tieout.reconciliations._courier.totals import event_sums

__all__ = ["EVENTS", "EVENT_SUMS", "Booked", "Eventful"]

EVENTS, EVENT_SUMS = "events", "event_sums"
_RUNS = "runs"
_HERE = 0
_TOLD_BY = [name for name in FACTS if name not in {"source_line", "amount_minor"}]


@attrs.frozen(eq=False, kw_only=True)
class Booked:
    """The lines of one file on one document as runs, with what they sum to.

    Attributes:
        terms: What holds for all events.
        days: Day on which each bill is booked.
        freight: Documents that charge freight.
        buckets: How many buckets there are.
    """

    terms: EventTerms
    days: pl.DataFrame
    freight: pl.DataFrame
    buckets: int

    def __call__(self, frames: Frames) -> Iterator[Part]:
        """The runs of a bucket, on their way to their document."""
        parts = []
        if POSTED in frames:
            parts.append(facts_of(frames[POSTED], self.days, self.freight, self.terms))
        if ACCRUED in frames:
            parts.append(frames[ACCRUED].select(FACTS))
        if not parts:
            return
        facts = pl.concat(parts)
        told = summed_runs(facts, [name for name in _TOLD_BY if name not in EVENT_SOURCE], sums=["amount_minor"])
        yield from split(_RUNS, told, ["document"], self.buckets)


@attrs.frozen
class Eventful:
    """The events of whole documents."""

    def __call__(self, frames: Frames) -> Iterator[Part]:
        """The events of a bucket."""
        runs = frames.get(_RUNS)
        if runs is None:
            return
        events = event_table(runs, has_runs=True).to_polars()
        yield _HERE, EVENTS, events
        yield _HERE, EVENT_SUMS, event_sums(events)
