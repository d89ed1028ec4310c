"""Results: who was paired with whom, what is left over, and why."""

from functools import cached_property
from operator import index
from typing import Any

import attrs
import polars as pl

from tieout._notebook import table, view
from tieout.errors import MatcherError
from tieout.matching._match_groups import match_groups
from tieout.matching._plan import Plan
from tieout.matching._proof import proof_of
from tieout.matching._sides import Side
from tieout.matching._workbench import Workbench
from tieout.matching.calibration import Calibration
from tieout.matching.explanation import Explanation, explain_record
from tieout.matching.verdict import Verdict
from tieout.model import MatchGroup, MatchStatus
from tieout.proof import Proof

__all__ = ["MatchResult"]


@attrs.frozen(kw_only=True, eq=False, slots=False)
class MatchResult:
    """What a matcher found.

    Attributes:
        pairs: One row per pair, in the order of the groups: `left`, `right` (0-based positions in the inputs), `group`, `rule`,
            `score` (0 to 1), `status` (`confirmed`, or `suggested`: for a person, never posted) and `evidence` (`raw` or
            `normalised` for equal keys, `1 edit`, `2 edits`).
        plan: The rules and the two sides that it was found with.
        verdicts: What the rules with sums found out, one verdict a sum.
        calibrations: What the rules with searched keys learned, one each.
    """

    pairs: pl.DataFrame = attrs.field(repr=False)
    plan: Plan = attrs.field(repr=False)
    verdicts: tuple[Verdict, ...] = attrs.field(default=(), repr=False)
    calibrations: tuple[Calibration, ...] = attrs.field(default=(), repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Without what explanations have worked out, so that a result can go to another process, whole."""
        return _of_parts, (self.pairs, self.plan, self.verdicts, self.calibrations)

    @cached_property
    def left_only(self) -> pl.Series:
        """Positions of the left records that are in no confirmed group, ascending."""
        return self._alone(self.plan.left)

    @cached_property
    def right_only(self) -> pl.Series:
        """Positions of the right records that are in no confirmed group, ascending."""
        return self._alone(self.plan.right)

    @cached_property
    def proof(self) -> Proof:
        """Counts, and totals per currency: what went in is confirmed, suggested or alone, on both sides."""
        return proof_of(self.plan, self.pairs)

    def groups(self) -> list[MatchGroup]:
        """The groups with the caller's own records or mappings; the rows of a frame as dicts.

        Score and rule of a group are those of its weakest and its first pair.
        """
        return match_groups(self.plan, self.pairs)

    def explain(self, *, left: int | None = None, right: int | None = None) -> Explanation:
        """Why a record was matched as it was, or not at all: which rules looked at it, and its nearest candidates.

        Args:
            left: Position of a left record.
            right: Position of a right record; one of the two is given.

        Raises:
            MatcherError: Neither or both are given, or there is no such record.
        """
        if (left is None) == (right is None):
            raise MatcherError("one record is explained at a time", hint="explain(left=17) or explain(right=3)")
        side = self.plan.right if left is None else self.plan.left
        return explain_record(
            self._bench,
            self.pairs,
            side,
            _position(right if left is None else left, side),
            verdicts=self.verdicts,
            calibrations=self.calibrations,
        )

    @cached_property
    def _bench(self) -> Workbench:
        """Key columns that one explanation computes are there for the next."""
        return Workbench(self.plan)

    def _repr_html_(self) -> str:
        pairs = self.pairs.group_by("rule", "status").len("pairs").sort("rule", "status")
        found = [(rule, status, f"{count:,}") for rule, status, count in pairs.iter_rows()]
        alone = [(side.name, f"{len(rows):,}") for side, rows in self._alone_by_side]
        return view(
            "MatchResult",
            table(("rule", "status", "pairs"), found, caption="Pairs", figures={2}),
            table((), alone, caption="In no confirmed group", figures={1}, named=True),
            self.proof._repr_html_(),
        )

    @property
    def _alone_by_side(self) -> tuple[tuple[Side, pl.Series], ...]:
        return (self.plan.left, self.left_only), (self.plan.right, self.right_only)

    def __repr__(self) -> str:
        counts = dict(self.pairs.group_by("status").len().iter_rows())
        figures = [f"{counts.get(status.value, 0):,} {status.value} pairs" for status in MatchStatus]
        return (
            f"MatchResult({', '.join(figures)}, {len(self.left_only):,} left only, {len(self.right_only):,} right only)"
        )

    def _alone(self, side: Side) -> pl.Series:
        confirmed = self.pairs.filter(pl.col("status") == MatchStatus.CONFIRMED.value)[side.name]
        is_alone = pl.Series("alone", [True], dtype=pl.Boolean).new_from_index(0, side.frame.height)
        if len(confirmed):
            is_alone = is_alone.clone().scatter(confirmed.unique(), False)
        return is_alone.arg_true().cast(pl.Int64).alias(side.name)


def _of_parts(
    pairs: pl.DataFrame, plan: Plan, verdicts: tuple[Verdict, ...], calibrations: tuple[Calibration, ...]
) -> MatchResult:
    return MatchResult(pairs=pairs, plan=plan, verdicts=verdicts, calibrations=calibrations)


def _position(value: Any, side: Side) -> int:  # noqa: ANN401 - anything may be given
    """A whole number of any library as a position."""
    try:
        position = -1 if isinstance(value, bool) else index(value)
    except TypeError:
        position = -1
    if not 0 <= position < side.frame.height:
        raise MatcherError(f"there is no record {value!r}; {side.name} has {side.frame.height:,}", where="explain")
    return position
