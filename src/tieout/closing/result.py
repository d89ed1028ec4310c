"""Close: what closing a period gave, for people and programs."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

import attrs

from tieout._notebook import items, table, view
from tieout.errors import ReportError
from tieout.model import Voucher
from tieout.outcome import Outcome, Summary
from tieout.posting import TrialBalance
from tieout.proof import Proof
from tieout.reports import Report, ReportData, StageReport

__all__ = ["NOT_RUN", "Close", "Details"]

NOT_RUN: Final = 2
"""Exit code of a close of which a stage, or every reconciliation, could not be run."""


@attrs.frozen(kw_only=True, eq=False)
class Details:
    """All that a close holds.

    Attributes:
        data: What reports are made of.
        reports: The reports.
        balance: Trial balance; None without vouchers.
    """

    data: ReportData
    reports: tuple[Report, ...] = ()
    balance: TrialBalance | None = None


def _stages(given: Iterable[StageReport]) -> tuple[StageReport, ...]:
    return tuple(given)


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True, eq=False, slots=False)
class Close:
    """What closing a period gave.

    Attributes:
        name: Name of the book.
        period: Such as `2026-10`.
        stages: What each stage did: collect, detect, resolve, tie_outs, accruals, vouchers, ledgers, archive.
        exit_code: 0 where every check holds and nothing is at or above the bar, 1 where it is not so, 2 where a stage or no
            reconciliation at all could be run.
        checks: How many checks there were.
        failures: The checks that do not hold, as text.
        above_the_bar: Discrepancies, or open cases, at or above the bar.
        folder: Where the results lie; None where none were written.
        files: Names of the results within it.
        changed: Those of them that this close wrote anew; of a rehearsal, those that it would write.
        is_reconciled: Whether any reconciliation could be run.
        is_unchanged: Whether all was closed already as it is, so that nothing was done.
        is_rehearsal: Whether nothing was to be written.
    """

    name: str
    period: str
    stages: tuple[StageReport, ...] = attrs.field(converter=_stages)
    exit_code: int
    checks: int
    failures: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    above_the_bar: int = 0
    folder: Path | None = None
    files: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    changed: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    is_reconciled: bool = True
    is_unchanged: bool = False
    is_rehearsal: bool = False
    _details: Details | None = attrs.field(default=None, repr=False)
    _again: Callable[[], "Close"] | None = attrs.field(default=None, repr=False)

    @cached_property
    def details(self) -> Details:
        """All that was found; of a close that had nothing to do it is worked out now, without writing anything.

        Raises:
            ReportError: There is nothing to work it out of.
        """
        if self._details is not None:
            return self._details
        if self._again is None:
            raise ReportError("only the summary of this close is there", where=f"close {self.period}")
        return self._again().details

    @property
    def data(self) -> ReportData:
        """What reports are made of: records, outcomes, vouchers, cases, proof."""
        return self.details.data

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes, in the order in which they were run."""
        return self.data.outcomes

    @property
    def vouchers(self) -> Sequence[Voucher]:
        """Vouchers of the period, and the reversals of its accruals."""
        return self.data.vouchers

    @property
    def balance(self) -> TrialBalance | None:
        """Trial balance of the period; None without vouchers."""
        return self.details.balance

    @property
    def proof(self) -> Proof:
        """All that must tie."""
        return self.data.proof

    @property
    def reports(self) -> tuple[Report, ...]:
        """The reports."""
        return self.details.reports

    def stage(self, name: str) -> StageReport:
        """What a stage did.

        Args:
            name: Its name, such as `collect`.

        Raises:
            ReportError: There is no such stage.
        """
        for one in self.stages:
            if one.name == name:
                return one
        known = ", ".join(one.name for one in self.stages)
        raise ReportError(f"one of {known} is needed, got {name!r}", where="stage")

    def summary(self) -> Summary:
        """The close in words: what each stage did, whether the proof holds, and what is to be looked at."""
        sections = [
            (f"{stage.name}: {stage.status}", tuple((label, f"{count:,}") for label, count in stage.counts))
            for stage in self.stages
        ]
        verdict = (
            ("checks", f"{self.checks:,}"),
            ("checks that fail", f"{len(self.failures):,}"),
            ("discrepancies above the bar", f"{self.above_the_bar:,}"),
            ("exit code", str(self.exit_code)),
        )
        return Summary(title=f"{self.name} {self.period}: {self.verdict}", sections=(*sections, ("Verdict", verdict)))

    @property
    def verdict(self) -> str:
        """In one line, whether the proof holds, and how many discrepancies wait for somebody."""
        off = _counted(len(self.failures), "check fails", "checks fail") if self.failures else ""
        if self.exit_code == NOT_RUN:
            return self._not_run(off)
        if off:
            return f"DOES NOT TIE OUT: {off}"
        waiting = self._to_look_at()
        if not waiting:
            return "everything ties out"
        return f"the proof holds: every record and every amount is accounted for; {waiting}"

    def _to_look_at(self) -> str:
        """How many discrepancies, or open cases, wait for somebody; empty where none do."""
        said = {label: count for one in self.stages if one.name == "resolve" for label, count in one.counts}
        found = max(said.get("open cases", said.get("discrepancies", 0)), self.above_the_bar)
        if not found:
            return ""
        counting = f"{self.above_the_bar:,}" if self.above_the_bar else "none"
        above = "" if self.above_the_bar == found else f", {counting} of them at or above the bar"
        return f"{_counted(found, 'discrepancy', 'discrepancies')} to look at{above}"

    def _not_run(self, off: str) -> str:
        """What could not be run, with the checks that fail beside it."""
        if self.is_reconciled:
            return f"NOTHING WAS POSTED: {f'{off}, and ' if off else ''}the notes of vouchers say why"
        refused = sum(count for one in self.stages for label, count in one.counts if label == "files refused")
        if refused:
            files = _counted(refused, "file is refused", "files are refused")
            return f"NOTHING WAS RECONCILED: {files}, and {off}; the notes of collect and detect say why"
        also = f"{off}, and " if off else ""
        return f"NOTHING WAS RECONCILED: {also}the notes of detect say what each reconciliation lacks"

    def __str__(self) -> str:
        notes = [_under(f"{stage.name}:", stage.notes) for stage in self.stages if stage.notes]
        if self.failures:
            notes.append(_under("checks that fail:", self.failures))
        return "\n\n".join([str(self.summary()), *notes])

    def _repr_html_(self) -> str:
        rows = [
            (one.name, one.status, ", ".join(f"{count:,} {label}" for label, count in one.counts))
            for one in self.stages
        ]
        said = table(("stage", "status", "counts"), rows, named=True)
        return view(f"{self.name} {self.period}: {self.verdict}", said, items(self.failures))


def _counted(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"


def _under(title: str, said: Iterable[str]) -> str:
    """Sentences under a title, the further lines of each one below its first."""
    return "\n".join([title, *(f"  {one}".replace("\n", "\n    ") for one in said)])
