"""Resolve: how the findings of a period stand, by whom they are, and what was decided already (`domain.md` 6.3, C49)."""

from collections.abc import Sequence

import attrs
import polars as pl

from tieout.closing.late import told_of_locked
from tieout.closing.progress import Progress
from tieout.closing.sentences import note
from tieout.model import Discrepancy, Severity
from tieout.outcome import Outcome
from tieout.reports import StageReport
from tieout.tables import Table

__all__ = ["claiming", "discrepancies_of", "resolve", "resolve_cases", "without_claims"]

_SEVERITIES = tuple(
    level.value for level in (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)
)


def discrepancies_of(outcomes: Sequence[Outcome]) -> pl.DataFrame:
    """All discrepancies of some outcomes, with the reconciliation that found each.

    Args:
        outcomes: In the order in which they were run.
    """
    frames = [
        one.discrepancies.to_polars().select(pl.lit(one.reconciliation).alias("reconciliation"), pl.all())
        for one in outcomes
    ]
    return pl.concat(frames) if frames else pl.DataFrame()


def without_claims(outcome: Outcome, cases: pl.DataFrame | None) -> Outcome:
    """An outcome that claims nothing of what people have settled: it was paid, given up, or never owed.

    Args:
        outcome: What a reconciliation found.
        cases: Cases of it, as `Casebook.frame` gives them; None where none are kept.
    """
    if cases is None:
        return outcome
    own = cases.filter(~pl.col("is_open"), pl.col("reconciliation") == outcome.reconciliation)
    is_settled = pl.col("discrepancy_id").is_in(own["discrepancy_id"].implode())
    if outcome.discrepancies.to_polars().filter("claimable", is_settled).is_empty():
        return outcome
    return claiming(outcome, ~is_settled)


def claiming(outcome: Outcome, is_asked: pl.Expr) -> Outcome:
    """An outcome that claims only what holds of its discrepancies.

    Args:
        outcome: What a reconciliation found.
        is_asked: Of the columns of its discrepancies.
    """
    frame = outcome.discrepancies.to_polars()
    claimed = frame.with_columns((pl.col("claimable") & is_asked).alias("claimable"))
    return attrs.evolve(outcome, discrepancies=Table(claimed, Discrepancy))


def resolve(outcomes: Sequence[Outcome], progress: Progress) -> StageReport:
    """Count discrepancies by severity and type, where no casebook keeps cases of them.

    Args:
        outcomes: Of all reconciliations.
        progress: Whom to tell.
    """
    progress.begin("resolve", 1)
    found = discrepancies_of(outcomes)
    report = StageReport(
        name="resolve",
        status="attention" if found.height else "done",
        counts=(
            ("discrepancies", found.height),
            *((f"severity {word}", count) for word, count in _counted(found, "severity", _SEVERITIES)),
            *((f"type {word}", count) for word, count in _counted(found, "type")),
        ),
        notes=(note("no_casebook"),),
    )
    progress.end(report)
    return report


def resolve_cases(
    cases: pl.DataFrame, *, to_review: int, surfaced: int, doubted: int, approvals: int, progress: Progress
) -> StageReport:
    """Count cases by state and owner.

    Args:
        cases: All of the period, as `Casebook.frame` gives them; changes of locked periods among them are told by themselves.
        to_review: What was drawn for a second person to look at, and nobody has signed off.
        surfaced: Cases whose decision is in question because figures or records changed.
        doubted: Decisions about who belongs to whom that were not applied.
        approvals: Approvals that wait.
        progress: Whom to tell.
    """
    progress.begin("resolve", 1)
    still = cases.filter("is_open")
    changes, notes = told_of_locked(cases)
    waits = (
        ("decisions in question", surfaced),
        ("links not applied", doubted),
        ("approvals waiting", approvals),
        ("drawn for review", to_review),
    )
    report = StageReport(
        name="resolve",
        status="attention" if still.height or surfaced or doubted else "done",
        counts=(
            ("cases", cases.height),
            ("open cases", still.height),
            *((f"state {word}", count) for word, count in _counted(cases, "state")),
            *((f"open, of {word}", count) for word, count in _counted(still, "owner")),
            *((("open, changes of locked periods", changes),) if changes else ()),
            *waits,
        ),
        notes=notes,
    )
    progress.end(report)
    return report


def _counted(frame: pl.DataFrame, name: str, order: Sequence[str] = ()) -> list[tuple[str, int]]:
    if not frame.height:
        return []
    counts = {
        str(word): int(count)
        for word, count in frame.group_by(pl.col(name).cast(pl.String)).len().sort(name, nulls_last=True).iter_rows()
    }
    ordered = [word for word in order if word in counts] + [word for word in counts if word not in order]
    return [(word, counts[word]) for word in ordered]
