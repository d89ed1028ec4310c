"""What an engine is: it turns a plan into links, and any two engines turn it into the same ones."""

from typing import Protocol

import attrs
import polars as pl

from tieout.matching._plan import Plan
from tieout.matching.calibration import Calibration
from tieout.matching.progress import Tell
from tieout.matching.verdict import Verdict

__all__ = ["LINKS", "Engine", "Findings"]

LINKS = {
    "left": pl.UInt32(),
    "right": pl.UInt32(),
    "rule": pl.UInt32(),
    "score": pl.Float64(),
    "evidence": pl.String(),
    "is_confirmed": pl.Boolean(),
}
"""Columns of the links: positions of both records, number of the rule, and what it found."""


@attrs.frozen(kw_only=True, eq=False)
class Findings:
    """What an engine hands on.

    Attributes:
        links: Columns as in `LINKS`, in no particular order.
        verdicts: What the rules with sums found.
        calibrations: What the rules with searched keys learned.
    """

    links: pl.DataFrame
    verdicts: tuple[Verdict, ...] = ()
    calibrations: tuple[Calibration, ...] = ()


class Engine(Protocol):
    """A leaf of this room: a module with a function `run`."""

    def run(self, plan: Plan, tell: Tell) -> Findings:
        """Carry the plan out.

        Args:
            plan: Bound rules; neither side is empty.
            tell: Called before each rule and at the end; what it raises ends the run.

        Raises:
            MatcherError: A join would make more pairs than `plan.max_candidates`.
        """
        ...
