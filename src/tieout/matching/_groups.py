"""Groups: links that hang together, numbered."""

from collections.abc import Sequence

import polars as pl

from tieout.matching._components import roots_of
from tieout.matching._places import least, repeats
from tieout.model import MatchStatus

__all__ = ["PAIRS", "firsts_of", "grouped", "place_of"]

PAIRS = {
    "left": pl.Int64(),
    "right": pl.Int64(),
    "group": pl.Int64(),
    "rule": pl.String(),
    "score": pl.Float64(),
    "status": pl.String(),
    "evidence": pl.String(),
}
"""Columns of `MatchResult.pairs`."""


def grouped(links: pl.DataFrame, rules: Sequence[str]) -> pl.DataFrame:
    """Links as pairs: with group numbers and rule names, in the order of the groups.

    Args:
        links: What an engine handed on.
        rules: Names of the rules, in order.
    """
    confirmed = links["is_confirmed"]
    pairs = pl.concat(
        [_placed(links.filter(confirmed), is_later=False), _placed(links.filter(~confirmed), is_later=True)]
    )
    pairs = pairs.sort("place", maintain_order=True)
    status = (
        pl.when("is_confirmed").then(pl.lit(MatchStatus.CONFIRMED.value)).otherwise(pl.lit(MatchStatus.SUGGESTED.value))
    )
    names = pl.Series("rule", list(rules), dtype=pl.String)
    return pairs.with_columns(group=pl.col("place").rle_id(), rule=names.gather(pairs["rule"]), status=status).select(
        pl.col(name).cast(dtype) for name, dtype in PAIRS.items()
    )


def _placed(links: pl.DataFrame, *, is_later: bool) -> pl.DataFrame:
    """Links in the order of their groups, with `place`: a number per group that rises with its smallest left position.

    A left record is in one group of a status at most, so that its position tells groups apart.
    """
    placed = links.with_columns(place=place_of(firsts_of(links), is_later=is_later))
    is_apart = repeats(links["left"]) is None and repeats(links["right"]) is None
    return placed if is_apart else placed.sort("place", "left", "right")


def place_of(firsts: pl.Series, *, is_later: bool) -> pl.Series:
    """The place of each group among all: groups of pairs that are only suggested come after those of the same record.

    Args:
        firsts: Smallest left position of each group.
        is_later: Whether the groups are of suggested pairs.
    """
    return firsts.cast(pl.UInt64) * 2 + int(is_later)


def firsts_of(links: pl.DataFrame) -> pl.Series:
    """The smallest left position of each link's group.

    Args:
        links: Columns left and right (UInt32), positions, of one status.
    """
    left, right = repeats(links["left"]), repeats(links["right"])
    if right is None:
        return links["left"]
    return least(links["right"], links["left"]) if left is None else _first_by_component(links, left | right)


def _first_by_component(links: pl.DataFrame, contested: pl.Series) -> pl.Series:
    """The smallest left position of each link's component; only contested links can have company."""
    rows = contested.arg_true()
    some = links[rows].select("left", "right")
    return links["left"].clone().scatter(rows, roots_of(some["left"], some["right"]))
