"""Meeting: keys of two sides that have a form in common, found by a join that is counted before it is written out."""

import polars as pl

from tieout.errors import MatcherError

__all__ = ["FOUND", "met"]

FOUND = {"left": pl.UInt32(), "right": pl.UInt32(), "steps": pl.Int64()}
"""Columns of what a search finds."""


def met(one: pl.DataFrame, other: pl.DataFrame, *, limit: int, most: int | None = None) -> pl.DataFrame:
    """Rows of both frames with the same form in the same block.

    Args:
        one: Columns form and block, and others.
        other: The same.
        limit: Most pairs.
        most: Forms that more rows of `other` have in a block say nothing and are left out; None to leave out none.

    Returns:
        All columns of both, those of `other` with the suffix `_other`.

    Raises:
        MatcherError: There would be more.
    """
    one, other = (keys.with_columns(code=pl.col("form").hash() ^ pl.col("block").hash(1)) for keys in (one, other))
    if one.height < other.height:
        other = _of(other, one)
        one = _of(one, other)
    else:
        one = _of(one, other)
        other = _of(other, one)
    if one.is_empty() or other.is_empty():
        one, other = one.clear(), other.clear()
        return one.join(other, on="code", suffix="_other")
    counts = one.group_by("code").len("one").join(other.group_by("code").len("other"), on="code")
    if most is not None and (counts["other"] > most).any():
        counts = counts.filter(pl.col("other") <= most)
        one, other = (keys.join(counts, on="code", how="semi") for keys in (one, other))
    expected = counts.select((pl.col("one").cast(pl.Int64) * pl.col("other")).sum()).item()
    if expected > limit:
        raise MatcherError(
            f"{expected:,} candidate pairs of harmed keys, more than max_candidates={limit:,}",
            hint='put an equality beside the key, such as Exact("shop"), Same("shop") or Near("amount", by=0), or raise '
            "max_candidates",
        )
    return one.join(other, on="code", suffix="_other").filter(
        (pl.col("form") == pl.col("form_other")) & (pl.col("block") == pl.col("block_other"))
    )


def _of(keys: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    return keys.filter(keys["code"].is_in(others["code"].unique().implode()))
