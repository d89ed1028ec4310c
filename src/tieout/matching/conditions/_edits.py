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

__all__ = ["edits_between", "within_edits"]

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
    if longish[0].height * longish[1].height > limit:
        raise MatcherError(
            f"keys longer than {long_chars} characters make more than {limit:,} candidate pairs",
            hint="identifiers are shorter; extract them with tieout.keys.extract_expr first",
        )
    gap = (pl.col("length").cast(pl.Int64) - pl.col("length_right").cast(pl.Int64)).abs()
    return (
        longish[0]
        .join(longish[1], how="cross", suffix="_right")
        .filter(one_long & (gap <= edits) & (pl.col("block") == pl.col("block_right")))
        .select(left="id", right="id_right")
    )
