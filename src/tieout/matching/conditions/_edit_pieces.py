"""Pieces of keys: which of many keys may be within one or two edits of a few, told from what they have in common."""

import polars as pl

from tieout.matching.conditions._edit_table import are_known, marked, table_bits

__all__ = ["by_pieces", "sharing_a_piece"]

_BATCH_ROWS = 1_000_000
_BITS_A_PIECE = 256  # in the tables, so that few keys stay by chance


def sharing_a_piece(many: pl.DataFrame, few: pl.DataFrame, *, edits: int) -> pl.Series:
    """Which of many keys have a piece in common with one of a few keys of their block, where it must be for k edits.

    A key is cut into k + 1 pieces with a character left out between them. No edit touches two, so k edits leave one as it is,
    moved by at most k characters. That is k + 1 hashes a key instead of one for each of its deletions.

    Args:
        many: Columns key and block, no nulls.
        few: The same.
        edits: Most edits, 1 or 2.
    """
    pieces = range(edits + 1)
    tables = [_table_of(few, piece, edits) for piece in pieces]
    starts = range(0, many.height, _BATCH_ROWS) or range(1)
    return pl.concat([_has_a_piece(many.slice(start, _BATCH_ROWS), tables, edits) for start in starts])


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
    parts = [pl.DataFrame(schema={"few": pl.UInt32, "many": pl.UInt32})]
    for piece in range(edits + 1):
        size = _piece_size(pl.col("length"), edits)
        text = pl.col("key").str.slice(piece * (size + 1), size)
        own = many.select(many="id", form=text.hash(piece) ^ _mark(pl.col("length")))
        shifts = ((longer, moved) for longer in range(-edits, edits + 1) for moved in _moves(piece, longer, edits))
        reach = pl.concat(_moved(few, piece, edits, *shift) for shift in shifts).select(few="id", form="form").unique()
        counts = own.group_by("form").len("many").join(reach.group_by("form").len("few"), on="form")
        most -= counts.select((pl.col("many").cast(pl.Int64) * pl.col("few")).sum()).item()
        if most < 0:
            return None
        parts.append(reach.join(own, on="form").select("few", "many"))
    pairs = pl.concat(parts).unique()
    return pairs.select(left="many", right="few") if is_swapped else pairs.select(left="few", right="many")


def _has_a_piece(many: pl.DataFrame, tables: list[pl.Series], edits: int) -> pl.Series:
    length = pl.col("key").str.len_chars().cast(pl.Int64)
    measured = many.with_columns(length=length).with_columns(mark=_mark(pl.col("length")))
    size = _piece_size(pl.col("length"), edits)
    has = pl.Series([False]).new_from_index(0, many.height)
    for piece, table in enumerate(tables):
        text = pl.col("key").str.slice(piece * (size + 1), size)
        has |= are_known(measured.select(text.hash(piece) ^ pl.col("mark")).to_series(), table)
    return has.alias("may")


def _table_of(few: pl.DataFrame, piece: int, edits: int) -> pl.Series:
    """All hashes that this piece of a key within reach could have, if it is one that the edits leave as it is.

    Before the first piece nothing is edited, else a later one is left as it is too; after the last one likewise. So the first
    stands where it stood, and the last has moved by as much as the lengths differ.
    """
    shifts = [(longer, moved) for longer in range(-edits, edits + 1) for moved in _moves(piece, longer, edits)]
    own = few.with_columns(length=pl.col("key").str.len_chars().cast(pl.Int64)).with_row_index("id")
    starts = range(0, few.height, _BATCH_ROWS) or range(1)
    hashes = (
        _moved(own.slice(start, _BATCH_ROWS), piece, edits, longer, moved)["form"]
        for start in starts
        for longer, moved in shifts
    )
    return marked(hashes, table_bits(_BITS_A_PIECE * len(shifts) * few.height))


def _moved(few: pl.DataFrame, piece: int, edits: int, longer: int, moved: int) -> pl.DataFrame:
    """The hash of a piece of a key that is so much longer, where it stands in these, so many characters earlier: id, form."""
    own, length = pl.col("length"), pl.col("length") + longer
    size = _piece_size(length, edits)
    start = piece * (size + 1) - moved
    text = pl.col("key").str.slice(start.clip(0), size)
    fits = (length >= 0) & (start >= 0) & (start + size <= own)
    return few.filter(fits).select("id", form=text.hash(piece) ^ _mark(length))


def _moves(piece: int, longer: int, edits: int) -> range:
    """By how many characters the edits before a piece can have moved it."""
    if piece in {0, edits}:
        moved = longer if piece else 0
        return range(moved, moved + 1)
    return range(1 - edits, edits)


def _piece_size(length: pl.Expr, edits: int) -> pl.Expr:
    """Characters of each piece of a key of that length."""
    return ((length - edits) // (edits + 1)).clip(0)


def _mark(length: pl.Expr) -> pl.Expr:
    """What must be the same beside the piece: the length of the key, and its block."""
    return length.hash() ^ pl.col("block")
