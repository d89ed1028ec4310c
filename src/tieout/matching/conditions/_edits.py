"""Edit neighbours: all pairs of keys within one or two edits, without comparing all with all.

Edits are counted by optimal string alignment: insert, delete, replace, swap neighbours. In a block of few keys, all are compared
by the characters that they have; in larger ones, those keys are compared that leave the same text when a character or two are
left out; long keys are compared one by one. Only those candidates are measured. Nothing within the edits is missed.
"""

from collections.abc import Callable, Sequence
from functools import partial

import polars as pl
from rapidfuzz.distance import OSA, Levenshtein

from tieout.matching.conditions._edit_blocks import by_blocks, by_length, of_like_chars, pairs_by_block
from tieout.matching.conditions._edit_deletions import by_deletions, forms_of
from tieout.matching.conditions._edit_pieces import by_pieces

__all__ = ["edits_between", "within_edits"]

_LONG_CHARS = {1: 60, 2: 40}  # a key of n characters leaves n**k texts
_PAIRS_A_FORM = 2.0  # so many pairs of a block are compared in the time in which one form of a key is looked up
_MEASURED_ROWS = 1_000_000
_HUGE_CHARS = 1_000
_FEW_ROWS, _PAIRS_A_ROW = 1_000_000, 50  # keys and pairs of which shared pieces are looked at instead of deletions
_FEW_A_ROW = 10  # pairs that are measured sooner than the characters of the keys are counted
_IN_BLOCKS_A_ROW = {1: 40_000, 2: 12_000}  # of so many pairs of a block, about that many share a piece by chance


def within_edits(left: pl.DataFrame, right: pl.DataFrame, *, edits: int, limit: int) -> pl.DataFrame:
    """All pairs of a left and a right key of one block that at most so many edits tell apart; equal keys are 0 edits apart.

    Args:
        left: Columns key (text) and block (UInt64), distinct, no nulls.
        right: The same.
        edits: Most edits, 1 or 2.
        limit: Most candidate pairs to measure.

    Returns:
        Columns left, right (row numbers), steps.

    Raises:
        MatcherError: There are more candidates than that.
    """
    sides = [keys.with_row_index("id").with_columns(length=pl.col("key").str.len_chars()) for keys in (left, right)]
    longest: list[int] = [keys.select(pl.col("length").max().fill_null(0)).item() for keys in sides]
    short = [
        keys.filter(pl.col("length") <= _LONG_CHARS[edits]) if most > _LONG_CHARS[edits] else keys
        for keys, most in zip(sides, longest, strict=True)
    ]
    candidates = _candidates(short[0], short[1], edits, limit)
    if min(longest) > _LONG_CHARS[edits] - edits:
        long = by_length(sides[0], sides[1], edits, long_chars=_LONG_CHARS[edits], limit=limit)
        candidates = pl.concat([candidates, long])
    return _measured(candidates, left, right, edits)


def _candidates(left: pl.DataFrame, right: pl.DataFrame, edits: int, limit: int) -> pl.DataFrame:
    """Pairs of short keys that may be within the edits: left, right."""
    short = (left, right)
    rows = max(keys.height for keys in short)
    if rows <= _FEW_ROWS and _share_few_pieces(left, right, edits):
        pieces = by_pieces(left, right, edits, min(limit, _PAIRS_A_ROW * rows))
        if pieces is not None:
            return of_like_chars(pieces, left, right, edits) if pieces.height > _FEW_A_ROW * rows else pieces
    blocks = _common_blocks(short[0], short[1], edits)
    small, large = (
        [keys.join(blocks.filter(some), on="block", how="semi") for keys in short]
        for some in (pl.col("is_small"), ~pl.col("is_small"))
    )
    return pl.concat([by_blocks(small[0], small[1], edits, limit), by_deletions(large[0], large[1], edits, limit)])


def _share_few_pieces(left: pl.DataFrame, right: pl.DataFrame, edits: int) -> bool:
    """Whether blocks are small enough for pieces to tell their keys apart: else looking for shared ones would be in vain."""
    fewer, rows = sorted((left.height, right.height))
    most = _IN_BLOCKS_A_ROW[edits]
    return fewer <= most or pairs_by_block(left, right)["pairs"].sum() <= most * rows


def _common_blocks(left: pl.DataFrame, right: pl.DataFrame, edits: int) -> pl.DataFrame:
    """Blocks of both sides, and whether their pairs are compared sooner than the forms of their keys are looked up."""
    forms = pl.concat([keys.select("block", forms=forms_of(pl.col("length"), edits)) for keys in (left, right)])
    counts = pairs_by_block(left, right).join(forms.group_by("block").agg(pl.col("forms").sum()), on="block")
    return counts.select("block", is_small=pl.col("pairs") <= _PAIRS_A_FORM * pl.col("forms"))


def _measured(candidates: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, edits: int) -> pl.DataFrame:
    """The candidates of one block that are within the edits, with their number."""
    parts = [candidates.clear().with_columns(steps=pl.lit(0, dtype=pl.Int64))]
    for some in candidates.iter_slices(_MEASURED_ROWS):
        texts = (left["key"].gather(some["left"]).to_list(), right["key"].gather(some["right"]).to_list())
        steps = pl.Series("steps", list(map(_steps_of(texts[0], edits), *texts)), pl.Int64)
        same_block = left["block"].gather(some["left"]) == right["block"].gather(some["right"])
        parts.append(some.with_columns(steps).filter((steps <= edits) & same_block))
    return pl.concat(parts)


def _steps_of(texts: Sequence[str], edits: int) -> Callable[[str, str], int]:
    """What counts the edits between two keys, up to one more than are asked for; texts are those of one side."""
    measure: Callable[[str, str], int] = partial(OSA.distance, score_cutoff=edits)
    if max(map(len, texts), default=0) <= _HUGE_CHARS:
        return measure

    def steps(one: str, other: str) -> int:
        # A swap is one edit here and two of Levenshtein's, whose distance is cut short in time that grows with the length alone.
        is_far = Levenshtein.distance(one, other, score_cutoff=2 * edits) > 2 * edits
        return edits + 1 if is_far else measure(one, other)

    return steps


def edits_between(left: Sequence[str], right: Sequence[str], *, edits: int) -> list[int | None]:
    """Edits between keys given in pairs; None where there are more."""
    measured = map(partial(OSA.distance, score_cutoff=edits), left, right)
    return [steps if steps <= edits else None for steps in measured]
