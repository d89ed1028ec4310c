"""Pieces of keys: which of many keys may be within one or two edits of a few, told from what they have in common.

A key is cut into k + 1 pieces with a character left out between them. No edit touches two, so k edits leave one as it is, moved
by at most k characters. That is k + 1 hashes a key instead of one for each of its deletions.
"""

from collections.abc import Iterator
from functools import cache

import polars as pl

from tieout.matching.conditions._edit_table import are_known, marked, table_bits

__all__ = ["by_pieces", "sharing_a_piece"]

_BATCH_ROWS = 1_000_000
_PIECES_MAX = 4
_REACH = {"id": pl.UInt32(), "form": pl.UInt64()}
_BITS_A_PIECE = 256  # in the table, so that few keys stay by chance


def sharing_a_piece(many: pl.DataFrame, few: pl.DataFrame, *, edits: int) -> pl.Series:
    """Which of many keys have a piece in common with one of a few keys of their block, where it must be for k edits.

    Args:
        many: Columns key and block, no nulls.
        few: The same.
        edits: Most edits, 1 or 2.
    """
    own = few.with_columns(length=pl.col("key").str.len_chars().cast(pl.Int64)).with_row_index("id")
    bits = table_bits(_BITS_A_PIECE * _shifts(edits).height * few.height)
    table = marked((reach["form"] for reach in _reaches(own, edits)), bits)
    starts = range(0, many.height, _BATCH_ROWS) or range(1)
    return pl.concat([_has_a_piece(many.slice(start, _BATCH_ROWS), table, edits) for start in starts])


def by_pieces(left: pl.DataFrame, right: pl.DataFrame, edits: int, most: int) -> pl.DataFrame | None:
    """Pairs with a piece in common, of keys that are few: there the forms of deletions cost more than they spare.

    Args:
        left: Columns id, key, length and block.
        right: The same.
        edits: 1 or 2.
        most: Pairs that are measured sooner than the deletions are looked up.

    Returns:
        Columns left, right: ids; None where that would be more pairs.
    """
    is_swapped = left.height > right.height
    few, many = (
        keys.with_columns(pl.col("length").cast(pl.Int64)) for keys in ((right, left) if is_swapped else (left, right))
    )
    own = many.select(many="id", **_pieces(edits)).unpivot(index="many", value_name="form").select("many", "form")
    reach = pl.concat([pl.DataFrame(schema=_REACH), *_reaches(few, edits)]).select("form", few="id").unique()
    reach = reach.filter(reach["form"].is_in(own["form"].unique().implode()))
    counts = own.group_by("form").len("many").join(reach.group_by("form").len("few"), on="form")
    if counts.select((pl.col("many").cast(pl.Int64) * pl.col("few")).sum()).item() > most:
        return None
    pairs = reach.join(own, on="form").select("few", "many").unique()
    return pairs.select(left="many", right="few") if is_swapped else pairs.select(left="few", right="many")


def _has_a_piece(many: pl.DataFrame, table: pl.Series, edits: int) -> pl.Series:
    measured = many.with_columns(length=pl.col("key").str.len_chars().cast(pl.Int64))
    has = pl.Series([False]).new_from_index(0, many.height)
    for forms in measured.select(**_pieces(edits)).get_columns():
        has |= are_known(forms, table)
    return has.alias("may")


def _pieces(edits: int) -> dict[str, pl.Expr]:
    """The forms of a key's own pieces, by name."""
    size = _piece_size(pl.col("length"), edits)
    return {
        f"piece{piece}": _form(pl.col("key").str.slice(piece * (size + 1), size), pl.lit(piece), pl.col("length"))
        for piece in range(edits + 1)
    }


def _reaches(few: pl.DataFrame, edits: int) -> Iterator[pl.DataFrame]:
    """All forms that the pieces of a key within reach could have, where they are as the edits leave them: id, form.

    Before the first piece nothing is edited, else a later one is left as it is too; after the last one likewise. So the first
    stands where it stood, and the last has moved by as much as the lengths differ.
    """
    shifts = _shifts(edits)
    own, length = pl.col("length"), pl.col("length") + pl.col("longer")
    size = _piece_size(length, edits)
    start = pl.col("piece") * (size + 1) - pl.col("moved")
    fits = (length >= 0) & (start >= 0) & (start + size <= own)
    text = pl.col("key").str.slice(pl.col("start"), pl.col("size"))
    rows = max(1, _BATCH_ROWS // shifts.height)
    for some in few.iter_slices(rows):
        moved = some.join(shifts, how="cross").with_columns(start=start, size=size, reached=length).filter(fits)
        yield moved.select("id", form=_form(text, pl.col("piece"), pl.col("reached")))


@cache
def _shifts(edits: int) -> pl.DataFrame:
    """Which piece a key within reach may have where, if it is so much longer: columns piece, longer, moved (Int64)."""
    rows = [
        (piece, longer, moved)
        for piece in range(edits + 1)
        for longer in range(-edits, edits + 1)
        for moved in _moves(piece, longer, edits)
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(("piece", "longer", "moved"), pl.Int64()), orient="row")


def _moves(piece: int, longer: int, edits: int) -> range:
    """By how many characters the edits before a piece can have moved it."""
    if piece in {0, edits}:
        moved = longer if piece else 0
        return range(moved, moved + 1)
    return range(1 - edits, edits)


def _piece_size(length: pl.Expr, edits: int) -> pl.Expr:
    """Characters of each piece of a key of that length."""
    return ((length - edits) // (edits + 1)).clip(0)


def _form(text: pl.Expr, piece: pl.Expr, length: pl.Expr) -> pl.Expr:
    """A number for a piece and for what must be the same beside it: which piece it is, the length of the key, its block."""
    return text.hash() ^ (length * _PIECES_MAX + piece).hash() ^ pl.col("block")
