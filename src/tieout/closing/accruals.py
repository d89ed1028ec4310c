"""Accruals: what belongs to the period though no bill, settlement or refund says so yet (`domain.md` 6.2, 7.4 V-23 to V-26)."""

from collections.abc import Sequence

import polars as pl

from tieout.closing.progress import Progress
from tieout.closing.sentences import note
from tieout.model.currency import exponent, from_units
from tieout.outcome import Outcome
from tieout.posting import event_kinds, load_template
from tieout.reports import Note, StageReport

__all__ = ["accruals"]

_MISMATCH = "period_mismatch"


def accruals(outcomes: Sequence[Outcome], progress: Progress) -> StageReport:
    """Count and sum the events that are accrued, by kind and currency, and what was booked in another period.

    Args:
        outcomes: Of all reconciliations.
        progress: Whom to tell.
    """
    kinds = [kind for kind in event_kinds() if load_template(kind).is_accrual]
    progress.begin("accruals", 1)
    frames = [
        one.events.to_polars().select("kind", "currency", "amount_minor").filter(pl.col("kind").is_in(kinds))
        for one in outcomes
    ]
    empty = pl.DataFrame(schema={"kind": pl.String, "currency": pl.String, "amount_minor": pl.Int64})
    sums = (
        pl.concat([empty, *frames])
        .group_by("kind", "currency")
        .agg(pl.len().alias("count"), pl.col("amount_minor").sum())
        .sort("kind", "currency")
    )
    apart = [
        (str(kind), int(count))
        for one in outcomes
        for kind, count in one.discrepancies.to_polars()
        .filter(pl.col("type").str.contains(_MISMATCH, literal=True))
        .group_by("type")
        .len()
        .sort("type")
        .iter_rows()
    ]
    report = StageReport(
        name="accruals",
        status="done",
        counts=(
            ("accruals", int(sums["count"].sum())),
            *((kind, count) for kind, _, count, _ in sums.iter_rows()),
            *apart,
        ),
        notes=tuple(
            note(
                "accrued",
                kind=Note(kind, load_template(kind).title.zh),
                count=count,
                amount=f"{from_units(minor, code):,.{exponent(code)}f}",
                code=code,
            )
            for kind, code, count, minor in sums.iter_rows()
        ),
    )
    progress.end(report)
    return report
