"""Pairwise: the steps between texts given in pairs, by a search that finds them among many."""

from collections.abc import Callable, Sequence

import polars as pl

__all__ = ["steps_pairwise"]


def steps_pairwise(
    find: Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame], left: Sequence[str], right: Sequence[str]
) -> list[int | None]:
    """Steps between the texts of each pair, which is searched in a block of its own; None where the search finds nothing.

    Args:
        find: A search on two frames of keys, as `Search.find` without its limit.
        left: Texts.
        right: As many.
    """
    lefts, rights = (
        pl.DataFrame({"key": texts}, schema={"key": pl.String})
        .with_row_index("block")
        .with_columns(pl.col("block").cast(pl.UInt64))
        for texts in (left, right)
    )
    found = find(lefts, rights)
    steps = dict(zip(found["left"], found["steps"], strict=True))
    return [steps.get(at) for at in range(len(left))]
