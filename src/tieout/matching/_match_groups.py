"""Match groups: pairs as typed groups that hold the caller's own objects.

Most groups are one record and one other. Those are made field by field for all of them at once; only groups of several pairs are
gathered.
"""

from collections.abc import Iterator, Mapping
from itertools import chain, repeat
from operator import attrgetter
from typing import Any

import polars as pl

from tieout.matching._collector import held_back
from tieout.matching._plan import Plan
from tieout.matching._sides import Side
from tieout.model import MatchGroup, MatchStatus
from tieout.model._record import records_of

__all__ = ["match_groups"]

_SCORE_DECIMALS = 4
_STATUSES = {status.value: status for status in MatchStatus}


def match_groups(plan: Plan, pairs: pl.DataFrame) -> list[MatchGroup]:
    """The groups of pairs, in their order.

    Args:
        plan: Rules and sides that the pairs were found with.
        pairs: `MatchResult.pairs`.
    """
    is_single = pairs["group"].is_unique()
    with held_back(pairs.height):
        singles = _single(plan, pairs if is_single.all() else pairs.filter(is_single))
        if len(singles) == pairs.height:
            return singles
        return sorted([*singles, *_several(plan, pairs.filter(~is_single))], key=attrgetter("group"))


def _single(plan: Plan, pairs: pl.DataFrame) -> list[MatchGroup]:
    """Groups of one pair."""
    left, right = pairs["left"].to_list(), pairs["right"].to_list()
    facts = {"left": plan.left.objects(left), "right": plan.right.objects(right)}
    positions = {"left_positions": left, "right_positions": right}
    tuples = {name: zip(values, strict=True) for name, values in (facts | positions).items()}
    return records_of(MatchGroup, {"group": pairs["group"].to_list(), **_terms(pairs), **tuples})


def _several(plan: Plan, pairs: pl.DataFrame) -> list[MatchGroup]:
    """Groups of several pairs, each with the rule of its first pair and the score of its weakest."""
    order = {rule.rule.name: rule.number for rule in plan.rules}
    gathered = (
        pairs.with_columns(step=pl.col("rule").replace_strict(order, default=0, return_dtype=pl.Int64))
        .group_by("group", maintain_order=True)
        .agg(
            pl.col("rule").sort_by("step").first(),
            pl.col("status").first(),
            pl.col("score").min(),
            pl.col("left").unique().sort(),
            pl.col("right").unique().sort(),
        )
    )
    positions = {f"{side}_positions": list(map(tuple, gathered[side].to_list())) for side in ("left", "right")}
    objects = {side.name: _gathered(side, gathered[side.name]) for side in (plan.left, plan.right)}
    return records_of(MatchGroup, {"group": gathered["group"].to_list(), **_terms(gathered), **positions, **objects})


def _gathered(side: Side, positions: pl.Series) -> list[tuple[Any, ...]]:
    """The objects at several lists of positions; a record in two groups is one object in both."""
    wanted = positions.explode().unique().sort().to_list()
    known = dict(zip(wanted, side.objects(wanted), strict=True))
    return [tuple(known[position] for position in some) for some in positions.to_list()]


def _terms(groups: pl.DataFrame) -> dict[str, Iterator[Any]]:
    """Rule, status and score of groups; equal ones are one object, and one look-up serves a run of equal groups."""
    terms = pl.struct("rule", "status", pl.col("score").round(_SCORE_DECIMALS))
    runs = groups.select(terms.rle()).unnest("rule").unnest("value")
    known = runs["score"].unique()
    exact = dict(zip(known.to_list(), known.cast(pl.Decimal(5, _SCORE_DECIMALS)).to_list(), strict=True))
    names = {name: name for name in runs["rule"].unique().to_list()}
    return {
        name: _spread(runs[name], values, runs["len"])
        for name, values in {"rule": names, "status": _STATUSES, "score": exact}.items()
    }


def _spread(column: pl.Series, values: Mapping[Any, Any], lengths: pl.Series) -> Iterator[Any]:
    """The values that the cells of a column of runs stand for, one per row of each run."""
    return chain.from_iterable(map(repeat, map(values.__getitem__, column.to_list()), lengths.to_list()))
