"""Booking: what is to be posted, document by document, where the lines of one are in many parts of a run."""

from collections.abc import Iterator

import attrs
import polars as pl

from tieout._spark.parts import Frames, Part, split
from tieout.reconciliations._common.events import EVENT_SOURCE, summed_runs
from tieout.reconciliations._settlement.facts import DOCUMENT, FACTS, UNSETTLED, event_sums, settled_events

__all__ = ["BOOKED", "DOCUMENTS", "EVENTS", "EVENT_SUMS", "POSTED_SUMS", "Booked", "Eventful"]

BOOKED, DOCUMENTS = "booked", "documents"
EVENTS, EVENT_SUMS, POSTED_SUMS = "events", "event_sums", "posted_sums"
_RUNS = "runs"
_HERE = 0
_SUMS = ("amount_minor", "tax_minor", "untaxed")
_TOLD_BY = [name for name in FACTS if name not in {*_SUMS, *EVENT_SOURCE, "source_line", "day"}]


@attrs.frozen
class Booked:
    """The lines of one file on one document as runs, with what they sum to.

    Attributes:
        buckets: How many buckets there are.
    """

    buckets: int

    def __call__(self, frames: Frames) -> Iterator[Part]:
        """The runs of a bucket, on their way to their document."""
        facts = frames.get(BOOKED)
        if facts is not None:
            yield from split(
                _RUNS, summed_runs(facts, _TOLD_BY, sums=_SUMS, latest=["day"]), ["document"], self.buckets
            )


@attrs.frozen
class Eventful:
    """The events of whole documents, of those that the run posts."""

    def __call__(self, frames: Frames) -> Iterator[Part]:
        """The events of a bucket."""
        runs, documents = frames.get(_RUNS), frames.get(DOCUMENTS)
        posted = None
        if documents is not None:
            given = documents.filter(pl.col("given") > 0).select(DOCUMENT).unique()
            sums = documents.join(given, on=list(DOCUMENT), how="semi", nulls_equal=True).drop(*DOCUMENT, "given")
            yield _HERE, POSTED_SUMS, sums.group_by("currency").agg(pl.all().sum())
            posted = given
        if runs is None:
            return
        is_accrued = pl.col("kind") == UNSETTLED
        parts = [runs.filter(is_accrued)]
        if posted is not None:
            parts.append(runs.filter(~is_accrued).join(posted, on=list(DOCUMENT), how="semi", nulls_equal=True))
        events = settled_events(pl.concat(parts), has_runs=True).to_polars()
        yield _HERE, EVENTS, events
        yield _HERE, EVENT_SUMS, event_sums(events)
