"""Search: the pairs within reach of a searched key, among the records that could pass the gates."""

import polars as pl

from tieout.matching._plan import BoundRule
from tieout.matching._sides import Side
from tieout.matching._workbench import Workbench
from tieout.matching.conditions._base import Search

__all__ = ["neighbours", "searched"]

_MANY_TIMES = 4  # so many times more records on one side are sieved before they are searched


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
    left, right = left.drop_nulls("block"), right.drop_nulls("block")
    if rule.equal or len(rule.parts) > 1:
        left, right = _of_blocks(left, right), _of_blocks(right, left)
    keyed = [
        rows.select("row", "block").with_columns(bench.texts(rule, side, rows["row"]))
        for side, rows in ((bench.plan.left, left), (bench.plan.right, right))
    ]
    keyed = [_sieved(search, one, other) for one, other in (keyed, reversed(keyed))]
    distinct = [rows.select("key", "block").unique() for rows in keyed]
    found = search.find(*distinct, limit=bench.plan.max_candidates)
    numbered = [keys.with_row_index("at") for keys in distinct]
    lefts, rights = (
        rows.join(keys, on=["key", "block"]).select("row", "at") for rows, keys in zip(keyed, numbered, strict=True)
    )
    counts = found.join(lefts.group_by("at").len("many"), left_on="left", right_on="at")
    counts = counts.join(rights.group_by("at").len("many"), left_on="right", right_on="at")
    expected = counts.select((pl.col("many").cast(pl.Int64) * pl.col("many_right")).sum()).item()
    bench.guard(expected, rule, "too many records share a key, or keys near each other")
    pairs = found.join(lefts, left_on="left", right_on="at").join(
        rights, left_on="right", right_on="at", suffix="_right"
    )
    return pairs.select(left="row", right="row_right", steps="steps")


def _of_blocks(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Records of the blocks that the other side has too."""
    return rows.filter(rows["block"].is_in(others["block"].unique().implode()))


def _sieved(search: Search, rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Records that may be within reach of the few others; all of them where the others are not few."""
    if rows.height <= _MANY_TIMES * others.height:
        return rows
    return rows.filter(search.sieve(rows, others.select("key", "block")))
