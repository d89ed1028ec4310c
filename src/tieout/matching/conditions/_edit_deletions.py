"""Candidates by deletions: two keys within k edits leave the same text when at most k characters of each are left out.

No text is cut out for it. A key's characters are numbers c0, c1, ...; its hash is the sum of c_i * B**i, modulo 2**64. Without
the characters i < k it is first_i + second_k, of two numbers that are computed once for each place: one addition a form.
Which forms both sides have is asked of a table of bits before anything is joined.
"""

from collections.abc import Iterator

import polars as pl

from tieout.matching._hash_table import known_forms, marked, table_bits
from tieout.matching.conditions._edit_chars import of_one_length, place_codes
from tieout.matching.conditions._edit_limit import guard_pairs

__all__ = ["by_deletions", "forms_of"]

_BATCH_ROWS = 4_000_000
_JOINED_ROWS = 5_000_000
_LOW_BITS = 2**20  # the lowest bits of a sum are the least mixed
_BASE = 0x9E3779B97F4A7C15  # odd, so that it can be divided by
_INVERSE = pow(_BASE, -1, 2**64)
_BITS_A_FORM = 4  # in the table; with more of them fewer forms are known by chance, and it no longer fits the cache


def forms_of(length: pl.Expr, edits: int) -> pl.Expr:
    """How many forms a key has: itself, and without one or two characters."""
    length = length.cast(pl.Int64)
    return 1 + length + (length * (length - 1) // 2 if edits > 1 else 0)


def by_deletions(left: pl.DataFrame, right: pl.DataFrame, edits: int, limit: int) -> pl.DataFrame:
    """Pairs of keys of a block with a form in common.

    Args:
        left: Columns id (UInt32), key, length and block; short keys.
        right: The same.
        edits: 1 or 2.
        limit: Most such pairs.

    Returns:
        Columns left, right: ids, each pair once; among them some of different blocks, by chance.

    Raises:
        MatcherError: There are more.
    """
    is_swapped = left.height > right.height
    few, many = (right, left) if is_swapped else (left, right)
    bits = table_bits(
        _BITS_A_FORM * sum(keys.select(forms_of(pl.col("length"), edits).sum()).item() for keys in (few, many))
    )
    many_forms = known_forms(_written(many, edits), marked((forms for _, forms in _written(few, edits)), bits))
    few_forms = known_forms(_written(few, edits), marked([many_forms["form"]], bits))
    pairs = _joined(few_forms, many_forms, limit)
    return pairs.select(left="many", right="few") if is_swapped else pairs.select(left="few", right="many")


def _written(keys: pl.DataFrame, edits: int) -> Iterator[tuple[pl.Series, pl.Series]]:
    """Ids of some keys with forms of theirs; each form stands where its key's id stands, counted round and round."""
    for length, alike in of_one_length(keys, _BATCH_ROWS):
        for some in alike.iter_slices(max(1, _BATCH_ROWS // max(length, 1) ** edits)):
            yield some["id"], _forms(some, length, edits)


def _forms(keys: pl.DataFrame, length: int, edits: int) -> pl.Series:
    """The forms of keys of one length: of all keys as they are, then of all without their first character, and so on."""
    block = keys["block"]
    sums = [block * 0]
    for place, code in enumerate(place_codes(keys, length)):
        sums.append(sums[-1] + code * _power(_BASE, place))
    whole = sums[-1] + block
    if not length:
        return whole
    # What stands behind a place moves up by one when the place is left out, and by two after the next.
    before, after = pl.concat(sums[:-1], rechunk=True), pl.concat(sums[1:], rechunk=True)
    behind = pl.concat([sums[-1]] * length, rechunk=True) - after
    blocks = pl.concat([block] * length, rechunk=True)
    once = before + behind * _INVERSE + blocks
    if edits == 1 or length == 1:
        return pl.concat([whole, once], rechunk=True)
    firsts = before - after * _INVERSE + blocks
    seconds = before * _INVERSE + behind * _power(_INVERSE, 2)
    rows = keys.height
    twice = pl.concat(
        [firsts.slice(place * rows, rows) for place in range(length - 1) for _ in range(length - 1 - place)],
        rechunk=True,
    ) + pl.concat([seconds.slice((place + 1) * rows) for place in range(length - 1)], rechunk=True)
    return pl.concat([whole, once, twice], rechunk=True)


def _power(base: int, exponent: int) -> int:
    return pow(base, exponent, 2**64)


def _joined(few: pl.DataFrame, many: pl.DataFrame, limit: int) -> pl.DataFrame:
    """Ids of both sides whose forms meet, each pair once; counted before they are written out."""
    shares = 1 + (few.height + many.height) // _JOINED_ROWS
    found = pl.Series([], dtype=pl.UInt64)
    for share in range(shares):
        sides = [keys.filter(pl.col("form") // _LOW_BITS % shares == share) for keys in (few, many)]
        for pairs in _met(sides[0], sides[1], limit):
            found = found.append(pairs)
            if found.len() > limit:  # a pair may have come by several forms
                found = found.unique()
                guard_pairs(found.len(), limit)
    halves = found.unique().to_frame("pair").select(few=pl.col("pair") // 2**32, many=pl.col("pair") % 2**32)
    return halves.cast(pl.UInt32)


def _met(few: pl.DataFrame, many: pl.DataFrame, limit: int) -> Iterator[pl.Series]:
    """Both ids of those that meet, in one number, part by part."""
    few = few.join(many, on="form", how="semi").unique()  # a run of one character has the same form many times
    many = many.join(few, on="form", how="semi").unique()
    counts = few.group_by("form").len("few").join(many.group_by("form").len("many"), on="form")
    counts = counts.select("form", pairs=pl.col("few").cast(pl.Int64) * pl.col("many"))
    guard_pairs(counts.select(pl.col("pairs").max().fill_null(0)).item(), limit)
    parts = counts.with_columns(part=pl.col("pairs").cum_sum() // _JOINED_ROWS).partition_by("part")
    for part in parts:
        some = few if len(parts) == 1 else few.join(part, on="form", how="semi")
        pairs = many.join(some, on="form", suffix="_few")
        yield pairs.select(pl.col("id_few").cast(pl.UInt64) * 2**32 + pl.col("id")).to_series().unique()
