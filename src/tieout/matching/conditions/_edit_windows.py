"""Windows of keys: the first and the last eight characters as two numbers, of which pieces are told apart by arithmetic.

Either window holds k pieces of a key, with a character left out between all of them. An edit touches one piece at most, so of k
edits at least k of the 2k pieces are as they were, moved by what was put in or left out before them. What is edited beyond the
outermost piece of a window counts as touching it, so that this piece has not moved if it is the same. With two edits, both are
in the last half of a key and its first window is the same, or the other way round, or each half has one edit.

A form is a number for pieces that are the same, together with the length of the key and its block. No text is cut out for it.
"""

from collections.abc import Iterable, Sequence
from functools import cache, reduce
from itertools import product
from operator import xor

import attrs
import polars as pl

__all__ = ["forms_count", "forms_of", "forms_within_reach"]

_CHARS = 8  # of one byte each, in a number of 64 bits
_LENGTHS = 18  # longer keys have pieces of the same size
_LENGTH_SEED = 9
_KEY = pl.col("key")


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


def forms_of(keys: pl.DataFrame, edits: int) -> pl.Series:
    """The forms of keys themselves: for each kind of pieces one number (UInt64) per key, kind after kind.

    Args:
        keys: Columns key and block, no nulls.
        edits: 1 or 2.
    """
    return _formed(keys, _own(edits))


def forms_within_reach(keys: pl.DataFrame, edits: int) -> pl.Series:
    """Forms of which every key within so many edits has one at least: several numbers (UInt64) per key, kind after kind.

    Args:
        keys: Columns key and block, no nulls.
        edits: 1 or 2.
    """
    return _formed(keys, _within_reach(edits))


@attrs.frozen(eq=False)
class _Steps:
    """How forms come of keys, each step in columns of the one before.

    Attributes:
        beyond: How many characters are looked at beyond the ends of a key.
        windows: Eight characters as a number, of the columns `heads` and `tails`.
        seen: A number for a piece, or for the place.
        forms: Of these, the forms.
    """

    beyond: int
    windows: tuple[pl.Expr, ...]
    seen: tuple[pl.Expr, ...]
    forms: tuple[pl.Expr, ...]


@cache
def _own(edits: int) -> _Steps:
    windows = (_window("heads", 0).alias("head0"), _window("tails", -_CHARS).alias("tail0"))
    return _steps(0, windows, [(shared, 0, [0] * len(shared.pieces)) for shared in _all_shared(edits)], edits)


@cache
def _within_reach(edits: int) -> _Steps:
    steps = range(-edits, edits + 1)
    windows = [_window("heads", edits - moved).alias(f"head{moved}") for moved in steps]
    windows += [_window("tails", moved - edits - _CHARS).alias(f"tail{moved}") for moved in steps]
    moves = (
        (shared, longer, moves)
        for longer in steps
        for shared in _all_shared(edits)
        for by, moves in shared.moves
        if by == longer
    )
    return _steps(edits, windows, moves, edits)


def _steps(
    beyond: int, windows: Iterable[pl.Expr], moves: Iterable[tuple[_Shared, int, Sequence[int]]], edits: int
) -> _Steps:
    seen: dict[str, pl.Expr] = {}
    forms: list[pl.Expr] = []
    for shared, longer, moved_by in moves:
        form = [f"place of {longer}"]
        seen[form[0]] = pl.col("block") ^ (pl.col("length") + longer).clip(0).hash(_LENGTH_SEED)
        for piece, moved in zip(shared.pieces, moved_by, strict=True):
            name = f"{'head' if piece.is_head else 'tail'}{moved}"
            form.append(f"{name} {piece.part} of {longer}")
            seen[form[-1]] = _seen(pl.col(name), piece, longer, edits)
        forms.append(reduce(xor, map(pl.col, form)).alias(f"{len(forms)}"))
    named = (expr.alias(name) for name, expr in seen.items())
    return _Steps(beyond, tuple(windows), tuple(named), tuple(forms))


def _formed(keys: pl.DataFrame, steps: _Steps) -> pl.Series:
    """All forms in one series."""
    texts, size = _texts(keys), _CHARS + 2 * steps.beyond
    beyond = pl.lit(" " * steps.beyond)
    heads, tails = (beyond + _KEY, _KEY + beyond) if steps.beyond else (_KEY, _KEY)
    if (texts["length"] < size).any():
        heads, tails = heads.str.pad_end(size), tails.str.pad_start(size)
    windows = texts.with_columns(heads=heads, tails=tails).with_columns(steps.windows)
    columns = windows.select(steps.seen).select(steps.forms).get_columns()
    return pl.concat((column.alias("form") for column in columns), rechunk=True)


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


def _seen(window: pl.Expr, piece: _Piece, longer: int, edits: int) -> pl.Expr:
    """A number for what stands in a window at a piece of a key that is so much longer."""
    masks = _masks(piece, edits)
    seed = 1 + 3 * piece.is_head + (2 if piece.part is None else piece.part)
    reached = (pl.col("length") + longer).clip(0, masks.len() - 1)
    return (window & pl.lit(masks).gather(reached)).hash(seed)


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


def _texts(keys: pl.DataFrame) -> pl.DataFrame:
    """Columns key, block and length (Int64), with one character for all that are not ASCII.

    That brings keys nearer to each other, never apart.
    """
    texts = keys.select("key", "block", length=_KEY.str.len_bytes().cast(pl.Int64), chars=_KEY.str.len_chars())
    if texts["length"].sum() == texts["chars"].sum():
        return texts
    wide = (texts["length"] != texts["chars"]).arg_true()
    key = texts["key"]
    key = key.clone().scatter(wide, key.gather(wide).str.replace_all(r"[^\x00-\x7F]", "?"))
    return texts.with_columns(key, length=key.str.len_bytes().cast(pl.Int64))


def _window(texts: str, start: int) -> pl.Expr:
    """Eight characters from there on as a number, the first of them in its lowest byte."""
    cut = pl.col(texts).str.slice(start, _CHARS)
    return cut.cast(pl.Binary).bin.reinterpret(dtype=pl.UInt64, endianness="little")
