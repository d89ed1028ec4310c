"""Search: the pairs within reach of a searched key, among the records that could pass the gates."""

from typing import TypeAlias

import polars as pl

from tieout.matching._plan import BoundRule
from tieout.matching._sides import Side
from tieout.matching._workbench import Workbench
from tieout.matching.conditions._base import Search

__all__ = ["neighbours", "rivals_beyond", "searched"]

_MANY_TIMES = 4  # so many times more records on one side are sieved before they are searched
_TOGETHER = 10_000  # so many more may be searched for rivals on both sides at once

Sides: TypeAlias = tuple[pl.DataFrame, pl.DataFrame]


def searched(bench: Workbench, rule: BoundRule, side: Side, rows: pl.Series | None) -> pl.DataFrame:
    """Records that have a key.

    Args:
        bench: Columns of both sides.
        rule: A rule with a searched key.
        side: Left or right.
        rows: Positions to look at; None for all.

    Returns:
        Columns row, code and block; the block is null where the record can pass with none.
    """
    places = pl.int_range(side.frame.height, dtype=pl.UInt32, eager=True) if rows is None else rows.cast(pl.UInt32)
    columns = [bench.codes(rule, side).alias("code"), bench.blocks(rule, side).alias("block")]
    if rows is not None:
        columns = [column.gather(rows) for column in columns]
    return pl.DataFrame([places.alias("row"), *columns]).drop_nulls("code")


def neighbours(
    bench: Workbench, rule: BoundRule, search: Search, left: pl.DataFrame, right: pl.DataFrame
) -> pl.DataFrame:
    """Pairs within reach of the key that may pass the gates.

    Args:
        bench: Columns of both sides.
        rule: A rule with a searched key.
        search: How it is searched.
        left: Records as `searched` gives them.
        right: The same of the right side.

    Returns:
        Columns left, right, steps.

    Raises:
        MatcherError: There are more than the matcher admits.
    """
    lefts, rights = _keyed(bench, rule, left, right), _keyed(bench, rule, right, left, is_left=False)
    return _found(bench, rule, search, _sieved(search, lefts, rights), _sieved(search, rights, lefts))


def rivals_beyond(bench: Workbench, rule: BoundRule, search: Search, few: Sides, many: Sides) -> pl.DataFrame:
    """Pairs within reach of the key, of a few records on one side and many on the other.

    Args:
        bench: Columns of both sides.
        rule: A rule with a searched key.
        search: How it is searched.
        few: Records as `searched` gives them, left and right.
        many: Others, left and right.

    Returns:
        Columns left and right: a left one of the few with a right one of the many, or the other way round.

    Raises:
        MatcherError: There are more than the matcher admits.
    """
    own = [_keyed(bench, rule, rows, is_left=at == 0) for at, rows in enumerate(few)]
    others = [
        _sieved(search, _keyed(bench, rule, many[at], few[1 - at], is_left=at == 0), own[1 - at]) for at in (0, 1)
    ]
    if max(rows.height for rows in others) > _TOGETHER + max(rows.height for rows in own):
        found = [_found(bench, rule, search, own[0], others[1]), _found(bench, rule, search, others[0], own[1])]
        return pl.concat(found).select("left", "right")
    left, right = (pl.concat([own[at], others[at]]) for at in (0, 1))  # one search costs less than two
    pairs = _found(bench, rule, search, left, right)
    is_few = [pairs[side].is_in(rows["row"].implode()) for side, rows in zip(("left", "right"), own, strict=True)]
    return pairs.filter(is_few[0] != is_few[1]).select("left", "right")


def _keyed(
    bench: Workbench, rule: BoundRule, rows: pl.DataFrame, others: pl.DataFrame | None = None, *, is_left: bool = True
) -> pl.DataFrame:
    """Columns row, block and key of the records that could pass with one of the others."""
    rows = rows.drop_nulls("block")
    if others is not None and (rule.equal or len(rule.parts) > 1):
        rows = rows.filter(rows["block"].is_in(others["block"].drop_nulls().unique().implode()))
    side = bench.plan.left if is_left else bench.plan.right
    return rows.select("row", "block").with_columns(bench.texts(rule, side, rows["row"]))


def _found(bench: Workbench, rule: BoundRule, search: Search, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Pairs that the search finds: left, right, steps."""
    distinct = [rows.select("key", "block").unique() for rows in (left, right)]
    found = search.find(*distinct, limit=bench.plan.max_candidates)
    lefts, rights = (
        rows.join(keys.with_row_index("at"), on=["key", "block"]).select("row", "at")
        for rows, keys in zip((left, right), distinct, strict=True)
    )
    counts = found.join(lefts.group_by("at").len("many"), left_on="left", right_on="at")
    counts = counts.join(rights.group_by("at").len("many"), left_on="right", right_on="at")
    expected = counts.select((pl.col("many").cast(pl.Int64) * pl.col("many_right")).sum()).item()
    bench.guard(expected, rule, "too many records share a key, or keys near each other")
    pairs = found.join(lefts, left_on="left", right_on="at").join(
        rights, left_on="right", right_on="at", suffix="_right"
    )
    return pairs.select(left="row", right="row_right", steps="steps")


def _sieved(search: Search, rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Records that may be within reach of the few others; all of them where the others are not few."""
    if rows.height <= _MANY_TIMES * others.height:
        return rows
    return rows.filter(search.sieve(rows, others.select("key", "block")))
