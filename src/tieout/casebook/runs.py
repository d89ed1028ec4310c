"""Runs: what one run of a reconciliation found, what it changed in the book, and the hash that another must reproduce."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import attrs
import polars as pl

from tieout.casebook.canonical import canonical, digest
from tieout.casebook.refs import hashes_of
from tieout.casebook.regrouping import Standing
from tieout.casebook.row_texts import PLACE, RAW, RowWriter, row_texts
from tieout.model import Discrepancy, Event
from tieout.outcome import Outcome
from tieout.proof import Proof

__all__ = ["Absorbed", "Run", "Stage", "StageStatus", "absorbed_by", "digest_of_proof", "result_hash", "scope_of"]

_WITHIN = "within tolerance"
_HERE_AND_NOW = ("as of",)
"""Parameters in which two runs of one scope may differ."""
_FOUND = RowWriter(without=PLACE | {RAW, "due_on", "state", "owner"}, with_defaults=False)
_FACTS = RowWriter(without=PLACE | {RAW, "event_id", "sources"}, with_defaults=False)


class StageStatus(StrEnum):
    """How a stage of a run ended."""

    DONE = "done"
    ATTENTION = "attention"


@attrs.frozen(kw_only=True)
class Stage:
    """One of the four stages of a run: collect, detect, resolve, archive (`domain.md` 1, C49).

    Attributes:
        name: Which.
        status: `attention` where a person has to look.
        report: What was done, as figures and text.
    """

    name: str
    status: StageStatus
    report: Mapping[str, Any]


@attrs.frozen(kw_only=True)
class Absorbed:
    """What tolerances took in, of one currency: counted, never hidden (`domain.md` 1, C51).

    Attributes:
        currency: ISO 4217 code.
        count: How many compared things were accepted within tolerance.
        minor: Sum of actual - expected that tolerances took, smallest units.
    """

    currency: str
    count: int
    minor: int


@attrs.frozen(kw_only=True, eq=False)
class Run:
    """One run of a reconciliation, as the book has it.

    Attributes:
        outcome: What the reconciliation gave, with what was decided by hand laid over it.
        seq: Number of its entry in the log.
        run_id: Digest of what went in and came out: the same records give the same id, and the same sample.
        reconciliation: Name of the reconciliation.
        period: Its period, such as `2026-10`; None when it has none.
        scope: What tells apart runs of one reconciliation that look at different things.
        result_hash: Hash of matches, discrepancies, events and proof, whatever the order of the rows given.
        opened: Ids of cases that it opened.
        changed: Cases whose figures, records or facts differ from what the run before said.
        gone: Cases that it looked for and does not find any more.
        reopened: Cases that were over and are open again.
        surfaced: Cases whose decision is in question, because figures or records changed.
        doubted: Decisions about who belongs to whom that were not applied, because what they are about changed.
        absorbed: What tolerances took in, by currency.
        stages: Collect, detect, resolve, archive.
    """

    outcome: Outcome = attrs.field(repr=False)
    seq: int
    run_id: str
    reconciliation: str
    period: str | None
    scope: str = attrs.field(repr=False)
    result_hash: str
    opened: tuple[str, ...] = attrs.field(repr=False)
    changed: tuple[str, ...] = attrs.field(repr=False)
    gone: tuple[str, ...] = attrs.field(repr=False)
    reopened: tuple[str, ...] = attrs.field(repr=False)
    surfaced: tuple[str, ...] = attrs.field(repr=False)
    doubted: tuple[Standing, ...] = attrs.field(repr=False)
    absorbed: tuple[Absorbed, ...]
    stages: tuple[Stage, ...] = attrs.field(repr=False)

    def stage(self, name: str) -> Stage:
        """A stage by its name: `collect`, `detect`, `resolve` or `archive`."""
        return next(one for one in self.stages if one.name == name)

    @property
    def is_unchanged(self) -> bool:
        """Whether it says of the cases what the run before said."""
        return not (self.opened or self.changed or self.gone or self.reopened)


def scope_of(outcome: Outcome, period: str | None, scope: str | None) -> str:
    """What tells apart runs of one reconciliation that look at different things: the period and the settings.

    Args:
        outcome: What the run gave.
        period: What the caller calls its period; the reconciliation's own unless given.
        scope: The caller's own name, which takes the place of the settings.
    """
    parameters = {name: text for name, text in outcome.parameters.items() if name not in _HERE_AND_NOW}
    told = period if period is not None else parameters.pop("period", None)
    if period is not None:
        parameters.pop("period", None)
    return digest(canonical([told, parameters if scope is None else scope]))[:16]


def absorbed_by(outcome: Outcome) -> tuple[Absorbed, ...]:
    """What tolerances took in, by currency."""
    sums: dict[str, int] = {}
    for check in outcome.proof.checks:
        if check.side == "both" and check.currency is not None and _WITHIN in check.parts:
            sums[check.currency] = sums.get(check.currency, 0) + check.parts[_WITHIN]
    within = outcome.units.filter(pl.col("verdict") == _WITHIN)
    counts = {str(code): count for code, count in within.group_by("currency").len().iter_rows()}
    codes = sorted({code for code, minor in sums.items() if minor} | set(counts))
    return tuple(Absorbed(currency=code, count=counts.get(code, 0), minor=sums.get(code, 0)) for code in codes)


def digest_of_proof(proof: Proof) -> str:
    """Digest of all checks, in order."""
    return digest(canonical([attrs.asdict(check) for check in proof.checks]))


def result_hash(outcome: Outcome, groups: pl.DataFrame) -> str:
    """Hash of what a run found: matches by their records, discrepancies, events and the proof.

    Where a row stands in its file does not matter, nor does the order of the rows that were given.

    Args:
        outcome: What the run gave.
        groups: As `groups_of`.
    """
    matched = groups.select(
        pl.format("{} {} {}", "group_id", pl.col("rule").fill_null("-"), pl.col("score").fill_null("-"))
    )
    found = outcome.discrepancies.to_polars()
    facts = outcome.events.to_polars()
    parts = [
        sorted(matched.to_series().to_list()),
        sorted(hashes_of(row_texts(_FOUND.cells(found, Discrepancy), found.height)).to_list()),
        sorted(hashes_of(row_texts(_FACTS.cells(facts, Event), facts.height)).to_list()),
        digest_of_proof(outcome.proof),
    ]
    return digest(canonical([outcome.reconciliation, *parts]))
