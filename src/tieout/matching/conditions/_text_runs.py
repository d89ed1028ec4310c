"""Text runs: known ids looked for in free text, by a join of the ids with the runs of letters and digits of all texts.

A text is cut into runs once; joins of neighbouring runs are measured before any of them is written out, so that a text of a
million characters costs what it holds and no more.
"""

from collections.abc import Iterator

import polars as pl

from tieout.keys import normalize_expr
from tieout.keys.dirt import DROPPED_CLASS, FOLDED, FULL_WIDTH_UPPER, SPACE_CLASS, UPPER
from tieout.matching.conditions._harm_steps import HarmStep
from tieout.matching.conditions._meet import met

__all__ = ["folded_text", "ids_in_texts", "text_step"]

_ALONE, _PIECES, _BESIDE_LETTERS, _SHORT = 1, 2, 3, 4
_STEPS = {
    _ALONE: HarmStep(words="in the text", words_zh="在文本中", trust=0.98, is_certain=True),
    _PIECES: HarmStep(words="in the text, in pieces", words_zh="在文本中，分段", trust=0.93),
    _BESIDE_LETTERS: HarmStep(words="in the text, beside letters", words_zh="在文本中，紧邻字母", trust=0.92),
    _SHORT: HarmStep(words="in the text, a short id", words_zh="在文本中，编号较短", trust=0.9),
}
_CERTAIN_MIN = 10
"""Letters and digits from which an id does not stand in a text by chance."""
_RUNS_MAX = 8
_BATCH_CHARS = 30_000_000
_ID = r"^[0-9A-Z_]+(?:-[0-9]{1,2}(?:-[0-9]{1,3})?)?$"
_SEPARATOR = r"^[ -]{1,3}$"
_CHANGED = r"[a-z\x00-\x1F\x7F-\x{4DFF}\x{A000}-\x{10FFFF}]"  # texts without these are folded already
_FOLD = {**FOLDED, **UPPER, **FULL_WIDTH_UPPER}
_FOUND = {"id": pl.UInt32(), "text": pl.UInt32(), "steps": pl.Int64()}
_KEY = pl.col("key")


def text_step(steps: int) -> HarmStep:
    """What a number of steps means."""
    return _STEPS[steps]


def folded_text(text: pl.Expr) -> pl.Expr:
    """Text in half-width upper-case letters, every space the same, without what nobody can see."""
    return text.map_batches(_folded, return_dtype=pl.String, is_elementwise=True)


def _folded(texts: pl.Series) -> pl.Series:
    changed = texts.str.contains(_CHANGED).arg_true()
    if changed.is_empty():
        return texts
    some = texts.gather(changed).str.replace_many(list(_FOLD), list(_FOLD.values()))
    some = some.str.replace_all(DROPPED_CLASS, "").str.replace_all(SPACE_CLASS, " ")
    return texts.clone().scatter(changed, some)


def ids_in_texts(ids: pl.DataFrame, texts: pl.DataFrame, *, min_length: int, limit: int) -> pl.DataFrame:
    """Pairs of an id and a text of its block that it stands in.

    Args:
        ids: Columns key (normal form) and block.
        texts: Columns key (folded) and block.
        min_length: Letters and digits of an id that is looked for.
        limit: Most pairs.

    Returns:
        Columns id, text (row numbers), steps.

    Raises:
        MatcherError: There would be more.
    """
    known = ids.with_row_index("id").with_columns(form=_KEY, size=_size(_KEY))
    known = known.filter(_KEY.str.contains(_ID) & _KEY.str.contains("[0-9]") & (pl.col("size") >= min_length))
    read = texts.with_row_index("text").filter(_KEY.str.contains("[0-9]"))
    is_number = known["key"].str.contains("^[0-9-]+$")
    kinds = (("[0-9]", known.filter(is_number)), ("[0-9A-Z_]", known.filter(~is_number)))
    found = [pl.DataFrame(schema=_FOUND)]
    for kind, some in kinds:
        if some.height:
            wanted = some.select("id", "form", "block", "size")
            found += [
                _met(wanted, places, limit) for batch in _batches(read) for places in _places(batch, kind, wanted)
            ]
    return pl.concat(found).group_by("id", "text").agg(pl.col("steps").min())


def _size(key: pl.Expr) -> pl.Expr:
    return key.str.len_chars() - key.str.count_matches("[ -]")


def _batches(texts: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Texts in batches of so many characters, one text at least."""
    ends = texts["key"].str.len_bytes().cast(pl.Int64).cum_sum() // _BATCH_CHARS
    yield from texts.with_columns(batch=ends).partition_by("batch", maintain_order=True, include_key=False)


def _places(texts: pl.DataFrame, kind: str, wanted: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Everything in these texts that is as long as a wanted id: text, block, form (normal), steps but for short ids."""
    runs = _runs(texts, kind)
    sizes = wanted["size"].unique().implode()
    longest = int(wanted["size"].max())  # type: ignore[arg-type]
    joined = runs.select(
        "at", end="at", size="run_size", has_digit="has_digit", is_in_pieces=pl.lit(value=False)
    ).filter(pl.col("size") <= longest)
    for count in range(1, _RUNS_MAX + 1):
        fitting = joined.filter(pl.col("has_digit"), pl.col("size").is_in(sizes))
        if fitting.height:
            yield _written(runs, texts, fitting, count)
        if count < _RUNS_MAX:
            joined = _extended(runs, joined, longest)


def _runs(texts: pl.DataFrame, kind: str) -> pl.DataFrame:
    """All runs of a kind of character: at (number), row (of the text), run, what stands around it, and if the next joins."""
    other = kind.replace("[", "[^")
    pieces = texts.select(row=pl.int_range(pl.len()), piece=_KEY.str.extract_all(f"{kind}+|{other}+")).explode("piece")
    same_before, same_after = pl.col("row") == pl.col("row").shift(1), pl.col("row") == pl.col("row").shift(-1)
    placed = pieces.with_columns(
        before=pl.when(same_before).then(pl.col("piece").shift(1)).fill_null(""),
        after=pl.when(same_after).then(pl.col("piece").shift(-1)).fill_null(""),
        has_run_before=(pl.col("row") == pl.col("row").shift(2)).fill_null(value=False),
        has_run_after=(pl.col("row") == pl.col("row").shift(-2)).fill_null(value=False),
    ).filter(pl.col("piece").str.contains(f"^{kind}"))
    return placed.select(
        "row",
        "before",
        "after",
        "has_run_before",
        "has_run_after",
        run="piece",
        run_size=pl.col("piece").str.len_bytes(),
        has_digit=pl.col("piece").str.contains("[0-9]"),
        joins=pl.col("has_run_after") & pl.col("after").str.contains(_SEPARATOR),
    ).with_row_index("at")


def _extended(runs: pl.DataFrame, joined: pl.DataFrame, longest: int) -> pl.DataFrame:
    """Joins with one run more, where a separator lets them and they are not too long."""
    going_on = joined.filter(runs["joins"].gather(joined["end"]))
    ends = going_on["end"] + 1
    return going_on.with_columns(
        end=ends,
        size=going_on["size"] + runs["run_size"].gather(ends),
        has_digit=going_on["has_digit"] | runs["has_digit"].gather(ends),
        is_in_pieces=going_on["is_in_pieces"] | runs["after"].gather(going_on["end"]).str.contains(" ", literal=True),
    ).filter(pl.col("size") <= longest)


def _written(runs: pl.DataFrame, texts: pl.DataFrame, joined: pl.DataFrame, count: int) -> pl.DataFrame:
    """Joins of so many runs, written out in their normal form."""
    form = runs["run"].gather(joined["at"])
    for step in range(1, count):
        form = form + runs["after"].gather(joined["at"] + (step - 1)) + runs["run"].gather(joined["at"] + step)
    rows = runs["row"].gather(joined["at"])
    places = pl.DataFrame(
        {
            "text": texts["text"].gather(rows),
            "block": texts["block"].gather(rows),
            "form": form,
            "is_in_pieces": joined["is_in_pieces"],
            "before": runs["before"].gather(joined["at"]),
            "after": runs["after"].gather(joined["end"]),
            "has_run_before": runs["has_run_before"].gather(joined["at"]),
            "has_run_after": runs["has_run_after"].gather(joined["end"]),
        }
    )
    before, after = pl.col("before"), pl.col("after")
    is_lettered = before.str.contains("[A-Z_]$") | after.str.contains("^[A-Z_]")
    glued_before = before.str.contains("[0-9A-Z_]-$") | ((before == "-") & pl.col("has_run_before"))
    glued_after = after.str.contains("^-[0-9A-Z_]") | ((after == "-") & pl.col("has_run_after"))
    in_pieces = pl.col("is_in_pieces") | glued_before | glued_after
    steps = pl.when(is_lettered).then(_BESIDE_LETTERS).when(in_pieces).then(_PIECES).otherwise(_ALONE)
    return places.select("text", "block", form=normalize_expr(pl.col("form")), steps=steps.cast(pl.Int64))


def _met(wanted: pl.DataFrame, places: pl.DataFrame, limit: int) -> pl.DataFrame:
    pairs = met(wanted, places.drop_nulls("form"), limit=limit)
    is_short = pl.col("size") < _CERTAIN_MIN
    return pairs.select("id", "text", steps=pl.when(is_short).then(_SHORT).otherwise("steps").cast(pl.Int64))
