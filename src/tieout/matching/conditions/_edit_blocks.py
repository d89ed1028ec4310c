"""Candidates by blocks: where a block holds few keys, all of it is compared, by the characters that its keys have."""

from collections.abc import Iterator

import polars as pl

from tieout.errors import MatcherError
from tieout.matching.conditions._edit_chars import char_counts, of_one_length
from tieout.matching.conditions._edit_limit import guard_pairs

__all__ = ["by_blocks", "by_length", "of_like_chars", "pairs_by_block"]

_BATCH_ROWS = 4_000_000
_FEW_PAIRS = 200_000  # so many are measured sooner than the characters of all keys are counted
_NO_PAIRS = {"left": pl.UInt32, "right": pl.UInt32}


def pairs_by_block(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """How many pairs each block has: columns block, lefts, rights, pairs (Int64)."""
    counts = left.group_by("block").len("lefts").join(right.group_by("block").len("rights"), on="block")
    return counts.with_columns(pl.col("lefts", "rights").cast(pl.Int64)).with_columns(
        pairs=pl.col("lefts") * pl.col("rights")
    )


def by_blocks(left: pl.DataFrame, right: pl.DataFrame, edits: int, limit: int) -> pl.DataFrame:
    """Pairs of a block, of nearly equal length, that have nearly the same characters.

    Args:
        left: Columns id, key, length and block; short keys, in blocks of which all pairs can be looked at.
        right: The same.
        edits: 1 or 2.
        limit: Most pairs that are kept.

    Returns:
        Columns left, right: ids; among them some of different blocks, by chance.

    Raises:
        MatcherError: More pairs than that have nearly the same characters.
    """
    if pairs_by_block(left, right)["pairs"].sum() <= min(limit, _FEW_PAIRS):
        columns = ["id", "length", "block"]
        pairs = left.select(columns).join(right.select(columns), on="block", suffix="_right")
        gap = (pl.col("length").cast(pl.Int64) - pl.col("length_right").cast(pl.Int64)).abs()
        return pairs.filter(gap <= edits).select(left="id", right="id_right")
    lefts, rights = _counted(left), _counted(right).sort("mark")
    places = rights.with_row_index("start").group_by("mark").agg(pl.col("start").min(), pl.len().alias("partners"))
    found = [pl.DataFrame(schema=_NO_PAIRS)]
    for longer in range(-edits, edits + 1):
        wanted = lefts.select("id", "chars", mark=_mark(pl.col("length") + longer)).join(places, on="mark")
        for some in _batches(wanted):
            ends = pl.col("start") + pl.col("partners")
            pairs = some.select("id", "chars", at=pl.int_ranges("start", ends, dtype=pl.UInt32)).explode("at")
            apart = (pairs["chars"] ^ rights["chars"].gather(pairs["at"])).bitwise_count_ones()
            near = pairs.filter(apart <= 2 * edits - abs(longer))
            found.append(near.select(left="id", right=rights["id"].gather(near["at"])))
            guard_pairs(sum(one.height for one in found), limit)
    return pl.concat(found)


def by_length(left: pl.DataFrame, right: pl.DataFrame, edits: int, *, long_chars: int, limit: int) -> pl.DataFrame:
    """Pairs of a block with a long key on either side, of nearly equal length.

    Args:
        left: Columns id, length and block.
        right: The same.
        edits: 1 or 2.
        long_chars: Keys of more characters are long.
        limit: Most pairs in blocks with long keys.

    Returns:
        Columns left, right: ids.

    Raises:
        MatcherError: There are more.
    """
    floor = long_chars - edits
    longish = [keys.filter(pl.col("length") > floor).select("id", "length", "block") for keys in (left, right)]
    one_long = (pl.col("length") > long_chars) | (pl.col("length_right") > long_chars)
    if pairs_by_block(*longish)["pairs"].sum() > limit:
        raise MatcherError(
            f"keys longer than {long_chars} characters make more than {limit:,} candidate pairs",
            hint="identifiers are shorter; extract them with tieout.keys.extract_expr first",
        )
    gap = (pl.col("length").cast(pl.Int64) - pl.col("length_right").cast(pl.Int64)).abs()
    return (
        longish[0]
        .join(longish[1], on="block", suffix="_right")
        .filter(one_long & (gap <= edits))
        .select(left="id", right="id_right")
    )


def of_like_chars(pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, edits: int) -> pl.DataFrame:
    """Those of the pairs that have nearly the same characters.

    Args:
        pairs: Columns left, right: ids.
        left: Columns id, key, length and block; short keys.
        right: The same.
        edits: 1 or 2.
    """
    chars = []
    for keys, ids in ((left, pairs["left"]), (right, pairs["right"])):
        counted = _counted(keys)
        last_id = keys.select(pl.col("id").max().fill_null(0)).item()
        by_id = pl.Series([0], dtype=pl.UInt64).new_from_index(0, last_id + 1)
        chars.append(by_id.scatter(counted["id"], counted["chars"]).gather(ids))
    return pairs.filter((chars[0] ^ chars[1]).bitwise_count_ones() <= 2 * edits)


def _counted(keys: pl.DataFrame) -> pl.DataFrame:
    """Columns id, block, length (Int64), mark and chars."""
    schema = {"id": pl.UInt32, "block": pl.UInt64, "length": pl.Int64, "chars": pl.UInt64}
    parts = [
        alike.select("id", "block", pl.col("length").cast(pl.Int64)).with_columns(
            char_counts(alike, length).alias("chars")
        )
        for length, alike in of_one_length(keys, _BATCH_ROWS)
    ]
    return pl.concat([pl.DataFrame(schema=schema), *parts]).with_columns(mark=_mark(pl.col("length")))


def _mark(length: pl.Expr) -> pl.Expr:
    """One number for the block and the length."""
    return length.hash() ^ pl.col("block")


def _batches(keys: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The keys in parts that make about as many pairs."""
    parts = keys.with_columns(part=pl.col("partners").cast(pl.Int64).cum_sum() // _BATCH_ROWS)
    yield from parts.partition_by("part", include_key=False)
