"""Meeting: keys of two sides that have a form in common, found by a join that is counted before it is written out."""

import polars as pl

from tieout.errors import MatcherError

__all__ = ["FOUND", "met"]

FOUND = {"left": pl.UInt32(), "right": pl.UInt32(), "steps": pl.Int64()}
"""Columns of what a search finds."""

_FEW_PAIRS = (
    1_000_000  # of so many rows with so many others, all are joined sooner than those without a partner are left out
)


def met(
    one: pl.DataFrame, other: pl.DataFrame, *, limit: int, most: int | None = None, keeps_some: bool = False
) -> pl.DataFrame:
    """Rows of both frames with the same form in the same block.

    Args:
        one: Columns form and block, and others.
        other: The same.
        limit: Most pairs.
        most: Forms that more rows of `other` have in a block say nothing and are left out; None to leave out none.
        keeps_some: Of a form that says nothing, keep so many rows of `other` that they are too many.

    Returns:
        All columns of both, those of `other` with the suffix `_other`.

    Raises:
        MatcherError: There would be more.
    """
    one, other = (keys.with_columns(code=pl.col("form").hash() ^ pl.col("block").hash(1)) for keys in (one, other))
    if one.height * other.height > _FEW_PAIRS:
        one, other = _of_one_code(one, other)
    if one.is_empty() or other.is_empty():
        one, other = one.clear(), other.clear()
    elif one.height * other.height > limit or (most is not None and other.height > most):
        if keeps_some and most is not None:
            other, most = other.filter(pl.int_range(pl.len()).over("code") <= most), None
        one, other = _counted(one, other, limit, most)
    return one.join(other, on="code", suffix="_other").filter(
        (pl.col("form") == pl.col("form_other")) & (pl.col("block") == pl.col("block_other"))
    )


def _of_one_code(one: pl.DataFrame, other: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of both frames whose code the other one has too."""
    if one.height < other.height:
        other = _of(other, one)
        return _of(one, other), other
    one = _of(one, other)
    return one, _of(other, one)


def _counted(one: pl.DataFrame, other: pl.DataFrame, limit: int, most: int | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows whose codes not too many of `other` have.

    Raises:
        MatcherError: They would make more pairs than the limit.
    """
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
    return one, other


def _of(keys: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    return keys.filter(keys["code"].is_in(others["code"].unique().implode()))
