"""Agreement: how closely two records agree at each gate, in a few levels that can be counted."""

import polars as pl

from tieout.matching._plan import Plan
from tieout.matching.conditions._base import FULL_SHARE, BoundGate, on_left, on_right
from tieout.matching.engines._commonness import common_columns

__all__ = ["LEVELS", "agreement", "dependent_gates", "equal_at", "level_names"]

LEVELS = ("equal, rare", "equal", "equal, common", "within 1/4", "within 1/2", "within it", "outside", "missing")
"""What the levels mean, by number: no difference, parts of the gate's allowance, more than it, no value to compare.

Equal values that fewer than one record in a thousand has are rare, those that one in a hundred has are common.
"""

_RARE, _COMMON = 0.001, 0.01
_EQUAL_MAX, _OUTSIDE, _MISSING = 2, 6, 7
_CHUNK_PAIRS = 2_000_000  # bounds the gathered columns alive at once


def level_names(gates: tuple[BoundGate, ...]) -> list[str]:
    """Column names of the levels, one a gate."""
    return [f"level{at}" for at in range(len(gates))]


def agreement(plan: Plan, gates: tuple[BoundGate, ...], pairs: pl.DataFrame) -> pl.DataFrame:
    """The level at which each pair agrees, gate by gate.

    Args:
        plan: Both sides.
        gates: What is compared.
        pairs: Columns left and right, positions, and how common their values are, as in `common_columns`.

    Returns:
        Columns as in `level_names` (UInt8), in the order of the pairs.
    """
    starts = range(0, pairs.height, _CHUNK_PAIRS) or range(1)
    levels = [
        _level(gate, pl.max_horizontal(common)).alias(name).cast(pl.UInt8)
        for gate, common, name in zip(gates, common_columns(gates), level_names(gates), strict=True)
    ]
    return pl.concat([_gathered(plan, gates, pairs.slice(start, _CHUNK_PAIRS)).select(levels) for start in starts])


def equal_at(names: list[str]) -> pl.Expr:
    """Whether a pair is equal at all gates of these level columns."""
    return pl.all_horizontal(pl.col(name) <= _EQUAL_MAX for name in names)


def dependent_gates(gates: tuple[BoundGate, ...]) -> list[tuple[int, ...]]:
    """Gates in sets that read a column in common, directly or through others: each set counts as one piece of evidence."""
    sets: list[tuple[set[str], list[int]]] = []
    for at, gate in enumerate(gates):
        read = {f"left:{name}" for name in gate.left} | {f"right:{name}" for name in gate.right}
        touching = [one for one in sets if one[0] & read]
        sets = [one for one in sets if not one[0] & read]
        columns = read.union(*(columns for columns, _ in touching))
        sets.append((columns, [*(number for _, numbers in touching for number in numbers), at]))
    return sorted(tuple(sorted(numbers)) for _, numbers in sets)


def _level(gate: BoundGate, common: pl.Expr) -> pl.Expr:
    share = gate.share.fill_null(0)
    equal = (common >= _RARE).cast(pl.UInt8) + (common >= _COMMON)
    within = _EQUAL_MAX + 1 + (share * 4 > FULL_SHARE).cast(pl.UInt8) + (share * 2 > FULL_SHARE)
    cells = [*(on_left(name) for name in gate.left), *(on_right(name) for name in gate.right)]
    is_missing = pl.any_horizontal(cell.is_null() for cell in cells)
    return (
        pl.when(gate.holds)
        .then(pl.when(share == 0).then(equal).otherwise(within))
        .when(is_missing)
        .then(_MISSING)
        .otherwise(_OUTSIDE)
    )


def _gathered(plan: Plan, gates: tuple[BoundGate, ...], pairs: pl.DataFrame) -> pl.DataFrame:
    lefts = dict.fromkeys(name for gate in gates for name in gate.left)
    rights = dict.fromkeys(name for gate in gates for name in gate.right)
    return pairs.select(name for names in common_columns(gates) for name in names).with_columns(
        *(plan.left.frame[name].alias(f"left:{name}").gather(pairs["left"]) for name in lefts),
        *(plan.right.frame[name].alias(f"right:{name}").gather(pairs["right"]) for name in rights),
    )
