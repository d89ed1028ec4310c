"""Edit neighbours: all pairs of keys within one or two edits, without comparing all with all.

Two keys within k edits (optimal string alignment: insert, delete, replace, swap neighbours) have a text in common that is left
of each after deleting at most k characters. So every key is written out with its deletions, equal ones are joined, and only those
candidates are measured. Nothing within k edits is missed.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import polars as pl
from rapidfuzz.distance import OSA

from tieout.errors import MatcherError

__all__ = ["edits_between", "sharing_a_piece", "within_edits"]

_BATCH_ROWS = 4_000_000
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
    found = [_by_deletions(lefts, rights, edits, limit), _by_length(lefts, rights, edits, limit)]
    candidates = pl.concat(found)
    texts = (left["key"].gather(candidates["left"]).to_list(), right["key"].gather(candidates["right"]).to_list())
    steps = pl.Series("steps", edits_between(*texts, edits=edits), pl.Int64)
    return candidates.with_columns(steps).drop_nulls("steps")


def sharing_a_piece(many: pl.DataFrame, few: pl.DataFrame, *, edits: int) -> pl.Series:
    """Which of many keys have a piece in common with one of a few keys of their block, where it must be for k edits.

    A key is cut into k + 1 pieces with a character left out between them. No edit touches two, so k edits leave one as it is,
    moved by at most k characters. That is k + 1 hashes a key instead of one for each of its deletions.

    Args:
        many: Columns key and block, no nulls.
        few: The same.
        edits: Most edits, 1 or 2.
    """
    pieces = [_pieces_of_few(few, piece, edits) for piece in range(edits + 1)]
    starts = range(0, many.height, _BATCH_ROWS) or range(1)
    return pl.concat([_has_a_piece(many.slice(start, _BATCH_ROWS), pieces, edits) for start in starts])


def _has_a_piece(many: pl.DataFrame, pieces: list[pl.Series], edits: int) -> pl.Series:
    length = pl.col("key").str.len_chars().cast(pl.Int64)
    size = _piece_size(length, edits)
    forms = [
        _piece_form(pl.col("key").str.slice(piece * (size + 1), size), length, piece).is_in(pl.lit(known.implode()))
        for piece, known in enumerate(pieces)
    ]
    return many.select(pl.any_horizontal(forms).alias("may")).to_series()


def _pieces_of_few(few: pl.DataFrame, piece: int, edits: int) -> pl.Series:
    """All forms that this piece of a key within reach could have."""
    own = pl.col("key").str.len_chars().cast(pl.Int64)
    forms = [pl.Series("form", [], dtype=pl.UInt64)]
    for longer in range(-edits, edits + 1):
        length = own + longer
        size = _piece_size(length, edits)
        for moved in range(-edits, edits + 1):
            start = piece * (size + 1) + moved
            fits = (length >= 0) & (start >= 0) & (start + size <= own)
            form = _piece_form(pl.col("key").str.slice(start.clip(0), size), length, piece)
            forms.append(few.filter(fits).select(form.alias("form")).to_series())
    return pl.concat(forms).unique()


def _piece_size(length: pl.Expr, edits: int) -> pl.Expr:
    """Characters of each piece of a key of that length."""
    return ((length - edits) // (edits + 1)).clip(0)


def _piece_form(text: pl.Expr, length: pl.Expr, piece: int) -> pl.Expr:
    return text.hash(piece) ^ length.hash(piece) ^ pl.col("block")


def edits_between(left: Sequence[str], right: Sequence[str], *, edits: int) -> list[int | None]:
    """Edits between keys given in pairs; None where there are more."""
    measured = (OSA.distance(one, other, score_cutoff=edits) for one, other in zip(left, right, strict=True))
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
