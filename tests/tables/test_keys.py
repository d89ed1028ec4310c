"""Rows with the same key have the same number, and the first row of each comes first, however many there are."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tieout.tables._keys import numbers_of, ordered, telling_of

words = st.sampled_from([None, "", "a", "b", "A", "a "])
whole = st.sampled_from([None, 0, 1, -1, 2**40])
frames = st.lists(st.tuples(words, whole, words), max_size=30).map(
    lambda rows: pl.DataFrame(rows, schema={"shop": pl.String, "line": pl.Int64, "order": pl.String}, orient="row")
)
KEY = ("shop", "line", "order")


def groups(numbers, rows):
    """Which numbers go with which keys."""
    return {(number, key) for number, key in zip(numbers, rows.rows(), strict=True)}


@given(frames)
def test_rows_have_one_number_where_their_keys_are_the_same_and_nulls_are_the_same(rows):
    numbers = numbers_of(rows, KEY)
    pairs = groups(numbers, rows)

    assert len(pairs) == len({number for number, _ in pairs}) == len(set(rows.rows()))
    assert sorted(set(numbers)) == list(range(len(pairs)))


@given(frames)
def test_two_keys_with_one_hash_have_two_numbers(rows):
    real, pl.Expr.hash = pl.Expr.hash, lambda self: self.is_null().cast(pl.UInt64) * 0 + 7
    try:
        numbers = numbers_of(rows, KEY)
    finally:
        pl.Expr.hash = real

    assert len(groups(numbers, rows)) == numbers.n_unique() == len(set(rows.rows()))


def test_a_column_that_says_the_same_of_every_row_tells_none_apart():
    rows = pl.DataFrame({"shop": ["a", "a"], "line": [1, 2], "order": [None, None], "half": ["x", None]})

    assert ["line", "half"] == telling_of(rows, ("shop", "line", "order", "half", "line"))


@given(frames, st.lists(st.integers(0, 3), min_size=30, max_size=30))
def test_rows_are_ordered_by_their_spot_and_then_by_what_is_asked(rows, spots):
    spot = pl.Series("spot", spots[: rows.height], dtype=pl.Int64)
    by = [pl.col("line"), pl.col("shop")]

    found = rows.with_columns(spot)[ordered(rows, spot, by)]

    asked = rows.with_columns(spot).sort("spot", "line", "shop", nulls_last=True)
    assert asked.select("spot", "line", "shop").equals(found.select("spot", "line", "shop"))
