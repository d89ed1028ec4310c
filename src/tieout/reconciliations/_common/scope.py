"""Scope: pairs by equal keys that never mix books, platforms or shops."""

from collections.abc import Sequence

import polars as pl

from tieout.matching import Matcher
from tieout.reconciliations._common.sides import SCOPE

__all__ = ["CROWD", "keyed_pairs", "matched_rows", "scope_expr", "suggested_ids", "uncrowded", "unpaired"]

CROWD = 100
"""More records than any one thing is told by: a number that so many share stands in the place of one (`1`, `9999999999`)."""

PAIRS = {"left": pl.Int64(), "right": pl.Int64(), "rule": pl.String(), "score": pl.Float64(), "status": pl.String()}
"""Columns of pairs: rows of both sides, the rule that found them, its score, and whether it is `confirmed` or `suggested`."""


def keyed_pairs(left: pl.DataFrame, right: pl.DataFrame, on: Sequence[str], *, rule: str) -> pl.DataFrame:
    """Pairs of rows whose keys are equal and whose books, platforms and shops do not contradict each other.

    A record that does not say its shop may belong to any, but not to two: where its key stands in several shops, its pairs are
    suggestions. A key that more than `CROWD` rows of one shop have on either side tells none of them from another, and pairs
    nothing.

    Args:
        left: Rows with `row`, the key columns, and those of `SCOPE` that they have.
        right: The same of the other side.
        on: Key columns of both; a null equals nothing.
        rule: What the pairs are called.

    Returns:
        `left`, `right` (rows), `rule`, `score` and `status`, sorted.
    """
    if not left.height or not right.height:
        return pl.DataFrame(schema=dict(PAIRS))
    pairs = _told(_narrow(left, on), _narrow(right, on), on).join(_narrow(right, on), on=list(on), suffix="_right")
    agree = [
        (pl.col(name) == pl.col(f"{name}_right")) | pl.col(name).is_null() | pl.col(f"{name}_right").is_null()
        for name in SCOPE
    ]
    pairs = pairs.filter(*agree)
    if pairs.height:
        pairs = pairs.with_columns((_in_several("row_right", "") | _in_several("row", "_right")).alias("is_doubtful"))
    else:
        pairs = pairs.with_columns(pl.lit(value=False).alias("is_doubtful"))
    doubtful = pl.col("is_doubtful")
    return pairs.select(
        pl.col("row").alias("left"),
        pl.col("row_right").alias("right"),
        pl.lit(rule).alias("rule"),
        pl.when(doubtful).then(0.5).otherwise(1.0).alias("score"),
        pl.when(doubtful).then(pl.lit("suggested")).otherwise(pl.lit("confirmed")).alias("status"),
    ).sort("left", "right")


def uncrowded(rows: pl.DataFrame, on: Sequence[str], *, of: str) -> pl.DataFrame:
    """Rows without those whose key more than `CROWD` things share.

    Args:
        rows: Rows with the key's columns.
        on: Columns of the key; nulls are a key of their own.
        of: Column that tells the things from each other.
    """
    crowded = rows.group_by(on).agg(pl.col(of).n_unique().alias("things")).filter(pl.col("things") > CROWD)
    return (
        rows.join(crowded, on=list(on), how="anti", nulls_equal=True, maintain_order="left") if crowded.height else rows
    )


def scope_expr() -> pl.Expr:
    """Book, platform and shop as one text, for searches that go by amounts: there, unknown equals unknown only."""
    return pl.concat_str([pl.col(name).fill_null("") for name in SCOPE], separator="\x1f").alias("scope")


def matched_rows(matcher: Matcher, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Pairs that a matcher finds, as rows of the sides.

    Rows that are alike in all that the rules look at are one to the matcher, and two to the books. Where all of them are matched,
    they belong together as one, whichever is whose; where some are left over, nothing tells which, and they are suggested.

    Args:
        matcher: The rules.
        left: Rows with `row` and what the rules look at.
        right: The same of the other side.

    Returns:
        As `keyed_pairs`.
    """
    if not left.height or not right.height:
        return pl.DataFrame(schema=dict(PAIRS))
    ours, theirs = left.sort("row"), right.sort("row")
    pairs = matcher.match(ours.drop("row"), theirs.drop("row")).pairs
    found = pairs.select(
        ours["row"].gather(pairs["left"]).alias("left"),
        theirs["row"].gather(pairs["right"]).alias("right"),
        pl.col("rule").cast(pl.String),
        pl.col("score").cast(pl.Float64),
        pl.col("status").cast(pl.String),
        "group",
    )
    return _with_twins(found, _alike(ours, "left"), _alike(theirs, "right"))


def _alike(frame: pl.DataFrame, side: str) -> pl.DataFrame:
    """Rows of a side with the class of those that look alike, and its size."""
    seen = [name for name in frame.columns if name != "row"]
    return frame.select(
        pl.col("row").alias(side),
        pl.struct(seen).rank("dense").alias(f"{side}_class"),
        pl.len().over(seen).alias(f"{side}_size"),
    )


def _with_twins(pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Pairs of all rows that look alike, instead of the ones that a matcher took; suggested where some of them are left over."""
    sure = pairs.filter(pl.col("status") == "confirmed").join(left, on="left").join(right, on="right")
    left_over = [pl.col(side).n_unique().over(f"{side}_class") < pl.col(f"{side}_size") for side in ("left", "right")]
    sure = sure.with_columns(pl.any_horizontal(left_over).alias("left_over"))
    doubtful = pl.col("left_over").any().over("group")
    sure = sure.with_columns(
        pl.when(doubtful).then(pl.lit("suggested")).otherwise("status").alias("status"),
        pl.when(doubtful).then(0.5).otherwise("score").alias("score"),
    )
    twins = (
        sure.drop("left", "right")
        .unique(["left_class", "right_class", "rule", "status"], keep="first", maintain_order=True)
        .join(left.select("left", "left_class"), on="left_class")
        .join(right.select("right", "right_class"), on="right_class")
    )
    every = pl.concat([twins.select(*PAIRS), pairs.filter(pl.col("status") != "confirmed").select(*PAIRS)])
    return every.unique(["left", "right"], keep="first", maintain_order=True).sort("left", "right", "rule")


def unpaired(frame: pl.DataFrame, pairs: pl.DataFrame, side: str) -> pl.DataFrame:
    """Rows that are in no pair yet.

    Args:
        frame: Rows with `row`.
        pairs: Pairs so far.
        side: `left` or `right`.
    """
    return frame.filter(~pl.col("row").is_in(pairs[side].implode()))


def suggested_ids(side: pl.DataFrame, pairs: pl.DataFrame, of: str, key: str) -> pl.DataFrame:
    """What suggestions there are for the rows of the other side: `row` and `suggested`, the identifiers joined by a comma.

    Args:
        side: Rows with `row` and the identifier.
        pairs: Pairs with `status`.
        of: `left` or `right`: the side whose identifiers are shown.
        key: Column of the identifier.
    """
    other = "right" if of == "left" else "left"
    open_ = pairs.filter(pl.col("status") == "suggested").join(side.select(pl.col("row").alias(of), key), on=of)
    shown = open_.select(pl.col(other).alias("row"), key).unique().sort("row", key)
    return shown.group_by("row", maintain_order=True).agg(pl.col(key).str.join(",").alias("suggested"))


def _told(left: pl.DataFrame, right: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    """The left rows without those of keys that crowds of both sides share, each within one book, platform and shop."""
    place = [*on, *(name for name in SCOPE if name not in on)]
    crowds = left.group_by(place).len().filter(pl.col("len") > CROWD)
    if not crowds.height:
        return left
    both = right.join(crowds, on=list(on), how="semi").group_by(place).len().filter(pl.col("len") > CROWD)
    told = crowds.join(both, on=list(on), how="semi")
    return left.join(told, on=place, how="anti", nulls_equal=True, maintain_order="left")


def _narrow(frame: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    scope = [
        pl.col(name) if name in frame.columns else pl.lit(None, dtype=pl.String).alias(name)
        for name in SCOPE
        if name not in on
    ]
    return frame.select(
        "row", *on, *scope, *(pl.lit(None, dtype=pl.String).alias(name) for name in SCOPE if name in on)
    )


def _in_several(row: str, other: str) -> pl.Expr:
    """Whether the pairs of a row lie in several books, platforms or shops."""
    return pl.any_horizontal(pl.col(f"{name}{other}").drop_nulls().n_unique().over(row) > 1 for name in SCOPE)
