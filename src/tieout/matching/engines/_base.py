"""What an engine is: it turns a plan into links, and any two engines turn it into the same ones."""

from typing import Protocol

import polars as pl

from tieout.matching._plan import Plan

__all__ = ["LINKS", "Engine"]

LINKS = {
    "left": pl.UInt32(),
    "right": pl.UInt32(),
    "rule": pl.UInt32(),
    "score": pl.Float64(),
    "evidence": pl.String(),
    "is_confirmed": pl.Boolean(),
}
"""Columns of the links: positions of both records, number of the rule, and what it found."""


class Engine(Protocol):
    """A leaf of this room: a module with a function `run`."""

    def run(self, plan: Plan) -> pl.DataFrame:
        """Carry the plan out.

        Args:
            plan: Bound rules; neither side is empty.

        Returns:
            Columns as in `LINKS`, in no particular order.

        Raises:
            MatcherError: A join would make more pairs than `plan.max_candidates`.
        """
        ...
