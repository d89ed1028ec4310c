"""Pieces of keys: keys that may be within one or two edits of others, told from what they have in common.

That is a few numbers a key instead of one for each of its deletions.
"""

from collections.abc import Iterator
from math import ceil

import polars as pl

from tieout.matching._hash_table import are_known, known_forms, marked, table_bits
from tieout.matching._places import marked as at_places
from tieout.matching.conditions._base import Sieve
from tieout.matching.conditions._edit_windows import forms_count, forms_of, forms_within_reach

__all__ = ["by_pieces", "sharing_a_piece"]

_BATCH_ROWS = 100_000
_BITS_A_FORM = 16  # in each of two tables
_BITS_MOST = 26  # a larger table does not fit the processor's cache


def sharing_a_piece(few: pl.DataFrame, *, edits: int) -> Sieve:
    """What tells which keys have pieces in common with one of a few keys of their block, where they must be for k edits.

    A table that fits the processor's cache knows everything by chance once too many keys are in it: there blocks are parted, and
    each part has tables of its own.

    Args:
        few: Columns key and block, no nulls.
        edits: Most edits, 1 or 2.
    """
    parts = max(1, ceil(_BITS_A_FORM * forms_count(edits) * few.height / 2**_BITS_MOST))
    if parts == 1:
        return _sieve_of(few, edits)
    sieves = [_sieve_of(few[rows], edits) for rows in _parted(few, parts)]

    def sieve(many: pl.DataFrame) -> pl.Series:
        kept = [rows.filter(one(many[rows])) for one, rows in zip(sieves, _parted(many, parts), strict=True)]
        return at_places(pl.concat(kept), many.height).alias("may")

    return sieve


def _parted(keys: pl.DataFrame, parts: int) -> Iterator[pl.Series]:
    """Rows of the keys in each part of the blocks."""
    part = keys["block"].hash() % parts
    for number in range(parts):
        yield (part == number).arg_true()


def _sieve_of(few: pl.DataFrame, edits: int) -> Sieve:
    bits = min(table_bits(_BITS_A_FORM * forms_count(edits) * few.height), _BITS_MOST)
    reached = [forms_within_reach(some, edits) for some in _in_batches(few)]
    tables = (marked(reached, bits), marked((forms.hash() for forms in reached), bits))

    def sieve(many: pl.DataFrame) -> pl.Series:
        return pl.concat([_has_a_piece(some, tables, edits) for some in _in_batches(many)])

    return sieve


def _in_batches(keys: pl.DataFrame) -> list[pl.DataFrame]:
    return [keys.slice(start, _BATCH_ROWS) for start in range(0, keys.height, _BATCH_ROWS) or range(1)]


def _has_a_piece(many: pl.DataFrame, tables: tuple[pl.Series, pl.Series], edits: int) -> pl.Series:
    """Whether a form of each key is known to both tables: one alone knows too many by chance."""
    forms = forms_of(many, edits)
    found = are_known(forms, tables[0]).arg_true()
    found = found.filter(are_known(forms.gather(found).hash(), tables[1]))
    return at_places(found % max(many.height, 1), many.height).alias("may")


def by_pieces(left: pl.DataFrame, right: pl.DataFrame, edits: int, most: int) -> pl.DataFrame | None:
    """Pairs with pieces in common.

    Args:
        left: Columns id, key, length and block.
        right: The same.
        edits: 1 or 2.
        most: Pairs that are measured sooner than the deletions are looked up.

    Returns:
        Columns left, right: ids; None where that would be more pairs.
    """
    is_swapped = left.height > right.height
    few, many = (right, left) if is_swapped else (left, right)
    bits = table_bits(_BITS_A_FORM * forms_count(edits) * few.height)
    own = [(some["id"], forms_of(some, edits)) for some in _in_batches(many)]
    within = ((some["id"], forms_within_reach(some, edits)) for some in _in_batches(few))
    reach = known_forms(within, marked((forms for _, forms in own), bits))
    kept = known_forms(own, marked([reach["form"]], bits))
    reach, kept = reach.unique(), kept.rename({"id": "many"})
    counts = kept.group_by("form").len("kept").join(reach.group_by("form").len("reach"), on="form")
    if counts.select((pl.col("kept").cast(pl.Int64) * pl.col("reach")).sum()).item() > most:
        return None
    pairs = reach.join(kept, on="form").select(few="id", many="many").unique()
    return pairs.select(left="many", right="few") if is_swapped else pairs.select(left="few", right="many")
