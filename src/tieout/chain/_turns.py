"""Turns: which record of a thing comes first, and what the first says that says anything.

It is done with whole numbers and not by sorting wide rows: a month of a million orders has six million records of three million
lines.
"""

from collections.abc import Sequence

import polars as pl

__all__ = ["first_said", "ordered"]


def ordered(rows: pl.DataFrame, spot: pl.Series, by: Sequence[pl.Expr]) -> pl.Series:
    """Indices of the rows by ascending spot; rows of one spot by other columns.

    Args:
        rows: The rows.
        spot: A whole number for each row; few rows, if any, share one.
        by: What rows of one spot are sorted by, ascending with nulls last.
    """
    shared = spot.is_duplicated()
    if not shared.any():
        return spot.arg_sort()
    twins = rows.lazy().select(by).with_columns(spot.alias("_spot")).with_row_index("_at").filter(shared).collect()
    names = [name for name in twins.columns if name != "_at"]
    places = twins.select(pl.arg_sort_by(*names, nulls_last=True).alias("place"))
    turn = pl.zeros(rows.height, dtype=pl.UInt32, eager=True).scatter(
        twins["_at"].gather(places["place"]), pl.int_range(1, twins.height + 1, dtype=pl.UInt32, eager=True)
    )
    return pl.DataFrame({"spot": spot, "turn": turn}).select(pl.arg_sort_by("spot", "turn")).to_series()


def first_said(rows: pl.DataFrame, node: pl.Series, order: pl.Series) -> pl.DataFrame:
    """One row per thing, by its number: of each column what the first of its rows says that says anything.

    Args:
        rows: The rows.
        node: The number of the thing that each speaks of.
        order: Indices of the rows, by thing, and the first of each thing first.
    """
    nodes = node.gather(order)
    is_first = nodes.ne_missing(nodes.shift())
    firsts, rest, nodes = order.filter(is_first), order.filter(~is_first), nodes.filter(~is_first)
    first = rows[firsts]
    if not rest.len():
        return first
    numbers = node.gather(firsts)
    filled = []
    for column in first.iter_columns():
        silent = column.is_null()
        if not silent.any():
            continue
        said = rows[column.name].is_not_null().gather(rest)
        others, at = nodes.filter(said), rest.filter(said)
        earliest = others.ne_missing(others.shift())
        others, at = others.filter(earliest), at.filter(earliest)
        places = numbers.search_sorted(others)
        needed = silent.gather(places)
        if needed.any():
            taken = firsts.clone().scatter(places.filter(needed), at.filter(needed))
            filled.append(rows[column.name].gather(taken))
    return first.with_columns(filled)
