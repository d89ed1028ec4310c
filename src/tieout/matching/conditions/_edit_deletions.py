"""Candidates by deletions: two keys within k edits leave the same text when at most k characters of each are left out.

No text is cut out for it. A key's characters are numbers c0, c1, ...; its hash is the sum of c_i * B**i, modulo 2**64. Without
the characters i < k it is first_i + second_k, of two numbers that are computed once for each place: one addition a form.
Which forms both sides have is asked of a table of bits before anything is joined.
"""

from collections.abc import Iterator

import polars as pl

from tieout.matching.conditions._edit_chars import of_one_length, place_codes
from tieout.matching.conditions._edit_limit import guard_pairs
from tieout.matching.conditions._edit_table import are_known, marked, table_bits

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
    many_forms = _known(many, marked((forms for _, forms in _written(few, edits)), bits), edits)
    few_forms = _known(few, marked([many_forms["form"]], bits), edits)
    pairs = _joined(few_forms, many_forms, limit)
    return pairs.select(left="many", right="few") if is_swapped else pairs.select(left="few", right="many")


def _written(keys: pl.DataFrame, edits: int) -> Iterator[tuple[pl.Series, pl.Series]]:
    """Ids of some keys with forms of theirs; each form stands where its key's id stands, counted round and round."""
    for length, alike in of_one_length(keys, _BATCH_ROWS):
        ids, block = alike["id"], alike["block"]
        sums = [block * 0]
        for place, code in enumerate(place_codes(alike, length)):
            sums.append(sums[-1] + code * _power(_BASE, place))
        # What stands behind a place moves up by one when the place is left out, and by two after the next.
        yield ids, sums[-1] + block
        if not length:
            continue
        once = [(sums[-1] - sums[place + 1]) * _INVERSE for place in range(length)]
        yield ids, pl.concat([sums[place] + once[place] + block for place in range(length)])
        if edits == 1:
            continue
        twice = _power(_INVERSE, 2)
        seconds = pl.concat(
            [sums[place] * _INVERSE + (sums[-1] - sums[place + 1]) * twice for place in range(length)], rechunk=True
        )
        for place in range(length - 1):
            first = sums[place] - sums[place + 1] * _INVERSE + block
            behind = length - 1 - place
            yield ids, pl.concat([first] * behind, rechunk=True) + seconds.slice((place + 1) * ids.len())


def _power(base: int, exponent: int) -> int:
    return pow(base, exponent, 2**64)


def _known(keys: pl.DataFrame, table: pl.Series, edits: int) -> pl.DataFrame:
    """Ids and forms of those forms whose place is set in the table."""
    parts = [pl.DataFrame(schema={"id": pl.UInt32, "form": pl.UInt64})]
    for ids, forms in _written(keys, edits):
        at = are_known(forms, table).arg_true()
        parts.append(pl.DataFrame({"id": ids.gather(at % ids.len()), "form": forms.gather(at)}))
    return pl.concat(parts)


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
