"""Sum doubts: why a sum, or a part of one, is only suggested."""

from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from tieout.matching._looks import Doubt, Downgrade
from tieout.matching.verdict import Verdict

__all__ = ["sum_doubts"]


def sum_doubts(
    verdicts: Iterable[Verdict], earlier: pl.DataFrame, ends: Mapping[str, int], *, is_alone: bool, most: int
) -> tuple[Downgrade, ...]:
    """Why a pair of a sum is only suggested, beside what is doubtful about the pair for itself.

    Args:
        verdicts: What the pair's rule found.
        earlier: Pairs that earlier rules suggested: left, right, rule.
        ends: The pair: positions by side.
        is_alone: Whether nothing else is doubtful, so that some reason must be given.
        most: Most positions that are listed.
    """
    told: list[Downgrade] = []
    for verdict in verdicts:
        if ends[verdict.side] not in {verdict.position, *verdict.beside}:
            continue
        if verdict.answer == "several":
            told.append(
                Downgrade(
                    doubt=Doubt.SEVERAL_SUMS,
                    side=verdict.side,
                    positions=(verdict.position,),
                    count=verdict.count or 0,
                    field=verdict.field,
                )
            )
        if verdict.answer == "unique" and verdict.rivals:
            shown = verdict.rivals[:most]
            told.append(
                Downgrade(doubt=Doubt.SHARED_SUM, side=verdict.side, positions=shown, count=len(verdict.rivals))
            )
        if verdict.answer == "unique":
            told += _disputed_members(verdict, earlier, ends, most)
    return tuple(told) or ((Downgrade(doubt=Doubt.SUM_MEMBER),) if is_alone else ())


def _disputed_members(
    verdict: Verdict, earlier: pl.DataFrame, ends: Mapping[str, int], most: int
) -> Iterator[Downgrade]:
    """Other records of the sum for which earlier rules suggested partners that are not in it."""
    members = {verdict.side: [verdict.position, *verdict.beside], verdict.other: list(verdict.solutions[0])}
    inside = {side: pl.col(side).is_in(rows) for side, rows in members.items()}
    for side, other in (("left", "right"), ("right", "left")):
        disputed = earlier.filter(inside[side], ~inside[other], pl.col(side) != ends[side])
        for (rule,), pairs in disputed.sort("rule").group_by("rule", maintain_order=True):
            rows = pairs[side].unique().sort().to_list()
            yield Downgrade(
                doubt=Doubt.SUM_MEMBER, side=side, positions=tuple(rows[:most]), count=len(rows), rule=str(rule)
            )
