"""Pieces of keys: which of many keys may be within one or two edits of a few, told from what they have in common."""

import polars as pl

__all__ = ["sharing_a_piece"]

_BATCH_ROWS = 4_000_000


def sharing_a_piece(many: pl.DataFrame, few: pl.DataFrame, *, edits: int) -> pl.Series:
    """Which of many keys have a piece in common with one of a few keys of their block, where it must be for k edits.

    A key is cut into k + 1 pieces with a character left out between them. No edit touches two, so k edits leave one as it is,
    moved by at most k characters. That is k + 1 hashes a key instead of one for each of its deletions.

    Args:
        many: Columns key and block, no nulls.
        few: The same.
        edits: Most edits, 1 or 2.
    """
    numbered = few.with_row_index("id")
    pieces = [_pieces_of_few(numbered, piece, edits)["form"].unique() for piece in range(edits + 1)]
    starts = range(0, many.height, _BATCH_ROWS) or range(1)
    return pl.concat([_has_a_piece(many.slice(start, _BATCH_ROWS), pieces, edits) for start in starts])


def _has_a_piece(many: pl.DataFrame, pieces: list[pl.Series], edits: int) -> pl.Series:
    forms = [_own_piece(piece, edits).is_in(pl.lit(known.implode())) for piece, known in enumerate(pieces)]
    return many.select(pl.any_horizontal(forms).alias("may")).to_series()


def _own_piece(piece: int, edits: int) -> pl.Expr:
    """The hash of a piece of a key, with its block and length."""
    length = pl.col("key").str.len_chars().cast(pl.Int64)
    size = _piece_size(length, edits)
    return _piece_form(pl.col("key").str.slice(piece * (size + 1), size), length, piece)


def _pieces_of_few(few: pl.DataFrame, piece: int, edits: int) -> pl.DataFrame:
    """All forms that this piece of a key within reach could have, if it is one that the edits leave as it is: id, form.

    Before the first piece nothing is edited, else a later one is left as it is too; after the last one likewise. So the first
    stands where it stood, and the last has moved by as much as the lengths differ.
    """
    own = pl.col("key").str.len_chars().cast(pl.Int64)
    forms = [few.select("id", form=pl.lit(0, dtype=pl.UInt64)).clear()]
    for longer in range(-edits, edits + 1):
        length = own + longer
        size = _piece_size(length, edits)
        for moved in _moves(piece, longer, edits):
            start = piece * (size + 1) - moved
            fits = (length >= 0) & (start >= 0) & (start + size <= own)
            text = pl.col("key").str.slice(start.clip(0), size)
            forms.append(few.filter(fits).select("id", form=_piece_form(text, length, piece)))
    return pl.concat(forms).unique()


def _moves(piece: int, longer: int, edits: int) -> range:
    """By how many characters the edits before a piece can have moved it."""
    if piece in {0, edits}:
        moved = longer if piece else 0
        return range(moved, moved + 1)
    return range(1 - edits, edits)


def _piece_size(length: pl.Expr, edits: int) -> pl.Expr:
    """Characters of each piece of a key of that length."""
    return ((length - edits) // (edits + 1)).clip(0)


def _piece_form(text: pl.Expr, length: pl.Expr, piece: int) -> pl.Expr:
    return text.hash(piece) ^ length.hash(piece) ^ pl.col("block")
