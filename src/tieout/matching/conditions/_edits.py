"""Edit neighbours: all pairs of keys within one or two edits, without comparing all with all.

Two keys within k edits (optimal string alignment: insert, delete, replace, swap neighbours) have a piece in common, and a text
that is left of each after deleting at most k characters. Where few keys share a piece, those are measured. Else every key is
written out with its deletions, equal ones are joined, and only those candidates are measured. Nothing within k edits is missed.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations

import polars as pl
from rapidfuzz.distance import OSA

from tieout.errors import MatcherError

__all__ = ["edits_between", "sharing_a_piece", "within_edits"]

_BATCH_ROWS = 4_000_000
_CHEAP_PAIRS = (
    300_000  # so many, and some for each key, are measured sooner than the deletions of all keys are written out
)
_CHEAP_PAIRS_A_KEY = 3
_LONG_CHARS = {1: 80, 2: 40}  # a key of n characters has n**k deletions: longer ones are compared one by one


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
    lefts, rights = _numbered(left), _numbered(right)
    cheap = _CHEAP_PAIRS + _CHEAP_PAIRS_A_KEY * (lefts.height + rights.height)
    candidates = _by_pieces(lefts, rights, edits, min(limit, cheap))
    if candidates is None:
        found = [_by_deletions(lefts, rights, edits, limit), _by_length(lefts, rights, edits, limit)]
        candidates = pl.concat(found)
    texts = (left["key"].gather(candidates["left"]).to_list(), right["key"].gather(candidates["right"]).to_list())
    steps = pl.Series("steps", list(map(partial(OSA.distance, score_cutoff=edits), *texts)), pl.Int64)
    return candidates.with_columns(steps).filter(steps <= edits)


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


def _by_pieces(left: pl.DataFrame, right: pl.DataFrame, edits: int, limit: int) -> pl.DataFrame | None:
    """Pairs with a piece in common; None where those are too many, as in runs of numbers that nothing else tells apart."""
    is_swapped = left.height > right.height
    few, many = (right, left) if is_swapped else (left, right)
    parts = [pl.DataFrame(schema={"few": pl.UInt32, "many": pl.UInt32})]
    for piece in range(edits + 1):
        forms = many.select("id", form=_own_piece(piece, edits))
        others = _pieces_of_few(few, piece, edits)
        counts = forms.group_by("form").len("many").join(others.group_by("form").len("few"), on="form")
        limit -= counts.select((pl.col("many").cast(pl.Int64) * pl.col("few")).sum()).item()
        if limit < 0:
            return None
        parts.append(others.join(forms, on="form", suffix="_many").select(few="id", many="id_many"))
    pairs = pl.concat(parts).unique()
    return pairs.select(left="many", right="few") if is_swapped else pairs.select(left="few", right="many")


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


def edits_between(left: Sequence[str], right: Sequence[str], *, edits: int) -> list[int | None]:
    """Edits between keys given in pairs; None where there are more."""
    measured = map(partial(OSA.distance, score_cutoff=edits), left, right)
    return [steps if steps <= edits else None for steps in measured]


def _numbered(keys: pl.DataFrame) -> pl.DataFrame:
    return keys.with_row_index("id").with_columns(length=pl.col("key").str.len_chars())


def _by_deletions(left: pl.DataFrame, right: pl.DataFrame, edits: int, limit: int) -> pl.DataFrame:
    short = [keys.filter(pl.col("length") <= _LONG_CHARS[edits]) for keys in (left, right)]
    is_swapped = short[0].height > short[1].height
    few, many = reversed(short) if is_swapped else short
    written = pl.concat([_NOTHING, *_deletions(few, edits)])
    parts = [_joined(written, batch, limit) for batch in _deletions(many, edits)]
    pairs = pl.concat([pl.DataFrame(schema={"few": pl.UInt32, "many": pl.UInt32}), *parts]).unique()
    return pairs.select(left="many", right="few") if is_swapped else pairs.select(left="few", right="many")


_NOTHING = pl.DataFrame(schema={"id": pl.UInt32, "form": pl.UInt64})


def _deletions(keys: pl.DataFrame, edits: int) -> Iterator[pl.DataFrame]:
    """Each key's id with the hash of each of its forms, in batches."""
    if keys.is_empty():
        return
    longest = int(keys["length"].max())  # type: ignore[arg-type]
    choices = [places for count in range(edits + 1) for places in combinations(range(longest), count)]
    a_batch = max(1, _BATCH_ROWS // keys.height)
    for start in range(0, len(choices), a_batch):
        forms = [_forms(keys.lazy(), places) for places in choices[start : start + a_batch]]
        yield pl.concat(forms).collect()


def _forms(keys: pl.LazyFrame, places: tuple[int, ...]) -> pl.LazyFrame:
    """The hash of each key without the characters at these places, of the keys that have them."""
    long_enough = keys.filter(pl.col("length") > places[-1]) if places else keys
    return long_enough.select("id", form=_without(places).hash() ^ pl.col("block"))


def _without(places: tuple[int, ...]) -> pl.Expr:
    """The key without the characters at these places."""
    starts = (0, *(place + 1 for place in places))
    ends = (*places, None)
    kept = [
        pl.col("key").str.slice(start, None if end is None else end - start)
        for start, end in zip(starts, ends, strict=True)
        if end is None or end > start
    ]
    return pl.concat_str(kept)


def _joined(few: pl.DataFrame, many: pl.DataFrame, limit: int) -> pl.DataFrame:
    """Ids of both sides whose forms meet; counted before they are written out."""
    many = many.join(few, on="form", how="semi").unique()  # a run of one character has the same form many times
    few = few.join(many, on="form", how="semi").unique()
    counts = many.group_by("form").len("many").join(few.group_by("form").len("few"), on="form")
    expected = counts.select((pl.col("many").cast(pl.Int64) * pl.col("few")).sum()).item()
    if expected > limit:
        raise MatcherError(
            f"the edit neighbours of these keys are more than {limit:,} candidate pairs ({expected:,} so far)",
            hint="keys that are short or differ in few places have too many neighbours; raise max_candidates",
        )
    return many.join(few, on="form", suffix="_few").select(few="id_few", many="id").unique()


def _by_length(left: pl.DataFrame, right: pl.DataFrame, edits: int, limit: int) -> pl.DataFrame:
    """Pairs with a long key on either side, of nearly equal length."""
    long_chars = _LONG_CHARS[edits]
    floor = long_chars - edits
    longish = [keys.filter(pl.col("length") > floor).select("id", "length", "block") for keys in (left, right)]
    one_long = (pl.col("length") > long_chars) | (pl.col("length_right") > long_chars)
    expected = _products(longish)
    if expected > limit:
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


def _products(sides: Sequence[pl.DataFrame]) -> int:
    counts = [keys.group_by("block").len("many") for keys in sides]
    both = counts[0].join(counts[1], on="block")
    return int(both.select((pl.col("many").cast(pl.Int64) * pl.col("many_right")).sum()).item())
