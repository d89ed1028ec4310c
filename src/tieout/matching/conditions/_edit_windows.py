"""Windows of keys: the first and the last eight characters as two numbers, of which pieces are told apart by arithmetic.

Either window holds k pieces of a key, with a character left out between all of them. An edit touches one piece at most, so of k
edits at least k of the 2k pieces are as they were, moved by what was put in or left out before them. What is edited beyond the
outermost piece of a window counts as touching it, so that this piece has not moved if it is the same. With two edits, both are
in the last half of a key and its first window is the same, or the other way round, or each half has one edit.

A form is a number for pieces that are the same, together with the length of the key and its block. No text is cut out for it.
"""

from collections.abc import Iterator
from functools import cache
from itertools import product

import attrs
import polars as pl

__all__ = ["forms_count", "forms_of", "forms_within_reach"]

_CHARS = 8  # of one byte each, in a number of 64 bits
_LENGTHS = 18  # longer keys have pieces of the same size
_LENGTH_SEED = 9


@attrs.frozen
class _Piece:
    """What is looked at of a key.

    Attributes:
        is_head: Whether it lies in the first window, not in the last.
        part: Which piece of the window, counted from that end of the key; None for all of them and what lies between.
    """

    is_head: bool
    part: int | None = None


@attrs.frozen
class _Shared:
    """Pieces that may be the same in two keys, all of them.

    Attributes:
        pieces: Which.
        moves: How they may have come to be so: how much longer the other key is, and by how much each piece is further away from
            its end of the key there.
    """

    pieces: tuple[_Piece, ...]
    moves: tuple[tuple[int, tuple[int, ...]], ...]


def forms_count(edits: int) -> int:
    """How many forms a key has within reach."""
    return sum(len(shared.moves) for shared in _all_shared(edits))


def forms_of(keys: pl.DataFrame, edits: int) -> Iterator[pl.Series]:
    """The forms of keys themselves: for each kind of pieces one number (UInt64) per key.

    Args:
        keys: Columns key and block, no nulls.
        edits: 1 or 2.
    """
    key = _one_byte_a_character(keys["key"])
    length = _lengths(key)
    windows = {
        True: _numbers(_filled_up(key, _CHARS, is_head=True), 0),
        False: _numbers(_filled_up(key, _CHARS, is_head=False), -_CHARS),
    }
    place = keys["block"] ^ length.hash(_LENGTH_SEED)
    seen: dict[_Piece, pl.Series] = {}
    for shared in _all_shared(edits):
        form = place
        for piece in shared.pieces:
            if piece not in seen:
                seen[piece] = _seen(windows[piece.is_head], piece, length, edits)
            form = form ^ seen[piece]
        yield form


def forms_within_reach(keys: pl.DataFrame, edits: int) -> Iterator[pl.Series]:
    """Forms of which every key within so many edits has one at least: one number (UInt64) per key each time.

    Args:
        keys: Columns key and block, no nulls.
        edits: 1 or 2.
    """
    key = _one_byte_a_character(keys["key"])
    length = _lengths(key)
    steps, beyond = range(-edits, edits + 1), " " * edits
    heads = _filled_up(beyond + key, _CHARS + 2 * edits, is_head=True)
    tails = _filled_up(key + beyond, _CHARS + 2 * edits, is_head=False)
    windows = {(True, moved): _numbers(heads, edits - moved) for moved in steps}
    windows |= {(False, moved): _numbers(tails, moved - edits - _CHARS) for moved in steps}
    for longer in steps:
        reached = (length + longer).clip(0)
        place = keys["block"] ^ reached.hash(_LENGTH_SEED)
        seen: dict[tuple[_Piece, int], pl.Series] = {}
        for shared in _all_shared(edits):
            for moves in (moves for by, moves in shared.moves if by == longer):
                form = place
                for piece, moved in zip(shared.pieces, moves, strict=True):
                    if (piece, moved) not in seen:
                        seen[piece, moved] = _seen(windows[piece.is_head, moved], piece, reached, edits)
                    form = form ^ seen[piece, moved]
                yield form


@cache
def _all_shared(edits: int) -> tuple[_Shared, ...]:
    """Pieces of which some are the same in any two keys within so many edits, and how they may have moved.

    Edits in the other half make a key longer, but move nothing in this one. If each half has one edit, its inner piece has moved
    by that edit, its outer one not at all.
    """
    whole = tuple((longer, (0,)) for longer in range(-edits, edits + 1))
    shared = [_Shared(pieces=(_Piece(is_head),), moves=whole) for is_head in (True, False)]
    if edits > 1:
        shared += [
            _Shared(
                pieces=(_Piece(is_head=True, part=head), _Piece(is_head=False, part=tail)),
                moves=tuple(
                    sorted({(one + other, (one * head, other * tail)) for one, other in product((-1, 0, 1), repeat=2)})
                ),
            )
            for head, tail in product((0, 1), repeat=2)
        ]
    return tuple(shared)


def _seen(window: pl.Series, piece: _Piece, length: pl.Series, edits: int) -> pl.Series:
    """A number for what stands in a window at a piece of a key of that length."""
    masks = _masks(piece, edits)
    seed = 1 + 3 * piece.is_head + (2 if piece.part is None else piece.part)
    return (window & masks.gather(length.clip(upper_bound=masks.len() - 1))).hash(seed)


@cache
def _masks(piece: _Piece, edits: int) -> pl.Series:
    """For each length of a key, the bits that a piece has in its window."""
    return pl.Series([_mask(piece, length, edits) for length in range(_LENGTHS)], dtype=pl.UInt64)


def _mask(piece: _Piece, length: int, edits: int) -> int:
    size = max(0, min((length + 1) // (2 * edits), (_CHARS + 1) // edits) - 1)  # with the character left out beside it
    first = 0 if piece.part is None else piece.part * (size + 1)
    end = edits * (size + 1) - 1 if piece.part is None else first + size
    places = range(first, end) if piece.is_head else range(_CHARS - end, _CHARS - first)
    return sum(0xFF << 8 * place for place in places) if size else 0


def _one_byte_a_character(keys: pl.Series) -> pl.Series:
    """The keys, with one character for all that are not ASCII: that brings keys nearer to each other, never apart."""
    if keys.str.len_bytes().sum() == keys.str.len_chars().sum():
        return keys
    wide = (keys.str.len_bytes() != keys.str.len_chars()).arg_true()
    return keys.clone().scatter(wide, keys.gather(wide).str.replace_all(r"[^\x00-\x7F]", "?"))


def _lengths(keys: pl.Series) -> pl.Series:
    return keys.str.len_bytes().cast(pl.Int64)


def _filled_up(keys: pl.Series, size: int, *, is_head: bool) -> pl.Series:
    """The keys, with spaces up to that size: behind the key where its first characters are looked at, else before it."""
    if (keys.str.len_bytes() >= size).all():
        return keys
    return keys.str.pad_end(size) if is_head else keys.str.pad_start(size)


def _numbers(texts: pl.Series, start: int) -> pl.Series:
    """Eight characters from there on as a number, the first of them in its lowest byte."""
    cut = texts.str.slice(start, _CHARS).cast(pl.Binary)
    return cut.bin.reinterpret(dtype=pl.UInt64, endianness="little")
