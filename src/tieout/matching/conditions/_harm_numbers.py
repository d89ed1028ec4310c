"""Harmed numbers: ids that went through a number that keeps 15, 16 or 17 digits, or that was written with an exponent.

What is left of such an id are its first digits and how many there were. So each harmed id is written as the beginnings that the
whole one can have had, and the other side's numbers of that length are cut there.
"""

from collections.abc import Iterator

import polars as pl

from tieout.keys import damage_expr
from tieout.matching.conditions._harm_keys import HarmKeys, Meant, looks_harmed
from tieout.matching.conditions._harm_steps import (
    ALIKE,
    ALIKE_FEW,
    CUT,
    EXCEL_DIGITS,
    FLOAT,
    ROUNDED,
    SAME,
    SCIENTIFIC_WHOLE,
    scientific_steps,
)
from tieout.matching.conditions._meet import met

__all__ = ["MEANT_MAX", "alike", "beginnings", "ends_in_zeros", "float_heads", "floats", "rounded", "scientific"]

_KEY = pl.col("key")
MEANT_MAX = 200
"""Numbers of a block that may begin as what is left of a harmed one; where there are more, what is left says nothing."""
_FLOAT_SHOWN_MIN = 16
"""Shown digits from which a float's own print may differ from the rounded number."""


def rounded(keys: HarmKeys, others: HarmKeys, limit: int) -> Iterator[pl.DataFrame]:
    """Numbers with zeros after the 15th digit (Excel cuts there, others round), or after the 16th or 17th (JSON readers)."""
    for pairs in _begun_alike(keys.rounded, others, limit):
        is_cut = (pl.col("kept") == EXCEL_DIGITS) & ~pl.col("is_up")
        steps = pl.when(is_cut).then(CUT).otherwise(ROUNDED + pl.col("kept"))
        yield _shown(_that(is_cut | _is_rounding(), pairs, others), steps)


def scientific(keys: HarmKeys, others: HarmKeys, limit: int) -> Iterator[pl.DataFrame]:
    """Numbers of which an exponent left the first digits, rounded half up or cut."""
    harmed = keys.scientific
    if harmed.is_empty():
        return
    is_whole = (pl.col("kept") == pl.col("length")) & (pl.col("length") <= EXCEL_DIGITS)
    steps = pl.when(is_whole).then(SCIENTIFIC_WHOLE).otherwise(scientific_steps(0) - pl.col("kept"))
    for pairs in _begun_alike(harmed, others, limit):
        yield _shown(_that(~pl.col("is_up") | _is_rounding(), pairs, others), steps)
    fine = harmed.filter((pl.col("kept") >= _FLOAT_SHOWN_MIN) & (pl.col("kept") < pl.col("length")))
    for pairs in _of_one_float(fine, others, limit):
        yield _shown(pairs, steps)


def floats(keys: HarmKeys, others: HarmKeys, limit: int) -> Iterator[pl.DataFrame]:
    """Numbers as a float prints them, with zeros or with digits of its own at the end."""
    long = keys.that_look("long number")
    if long.is_empty():
        return
    numbers = long.with_columns(length=_KEY.str.len_bytes(), value=_KEY.cast(pl.Float64))
    is_its_own_print = _KEY.cast(pl.Int128) == pl.col("value").cast(pl.Int128, strict=False)
    is_shortest = _KEY.str.strip_chars_end("0") == _shortest(pl.col("value"))
    printed = numbers.filter(is_its_own_print | is_shortest)
    for pairs in _of_one_float(printed, others, limit):
        yield _shown(pairs, pl.lit(FLOAT))


def alike(keys: pl.Series) -> pl.Series:
    """Steps between equal keys: not `SAME` where both look as if they had lost digits, and may have been two numbers."""
    frame = keys.alias("key").to_frame()
    suspects = frame.select(looks_harmed(_KEY).arg_true()).to_series()
    same = pl.Series("steps", [SAME], dtype=pl.Int64).new_from_index(0, len(keys))
    if suspects.is_empty():
        return same
    found = frame[suspects].select(damage=damage_expr(_KEY)).unnest("damage")
    left = pl.col("prefix").str.len_bytes()
    is_whole = pl.col("kind").is_null() | (pl.col("restored").is_not_null() & (pl.col("length") <= EXCEL_DIGITS))
    steps = pl.when(is_whole).then(SAME).when(left >= EXCEL_DIGITS).then(ALIKE).otherwise(ALIKE_FEW)
    return same.scatter(suspects, found.select(steps.cast(pl.Int64)).to_series())


def beginnings(keys: HarmKeys) -> pl.DataFrame:
    """All beginnings that the whole numbers of harmed keys can have had: form (digits), kept (how many), length, and the rest."""
    return _probes(keys.damaged)


def ends_in_zeros(key: pl.Expr) -> pl.Expr:
    """What all rounded numbers do, and few other keys."""
    return (key.str.len_bytes() > EXCEL_DIGITS) & key.str.ends_with("0")


def float_heads(keys: HarmKeys, size: int) -> pl.DataFrame:
    """The first digits of what could be matched as a float: id, block, length, head (Int64).

    Args:
        keys: Any keys.
        size: How many digits.
    """
    numbers = keys.that_look("long number").select("id", "block", length=_digits(), begin="key")
    shown = keys.scientific.filter(pl.col("kept") >= _FLOAT_SHOWN_MIN)
    return pl.concat([numbers, shown.select("id", "block", pl.col("length").cast(pl.Int64), "begin")]).select(
        "id", "block", "length", head=pl.col("begin").str.slice(0, size).cast(pl.Int64)
    )


def _digits() -> pl.Expr:
    return _KEY.str.len_bytes().cast(pl.Int64)


def _begun_alike(harmed: pl.DataFrame, others: HarmKeys, limit: int) -> Iterator[pl.DataFrame]:
    """Harmed numbers with numbers that begin as they may have begun; `next` is the digit after those kept."""
    if harmed.is_empty():
        return
    probes = _probes(harmed)
    lengths = probes["length"].unique()
    numbers = others.that_look("number").with_columns(length=_digits())
    numbers = numbers.filter(pl.col("length").is_in(lengths.implode()))
    if numbers.is_empty():
        return
    sizes = probes.group_by("kept").agg(pl.col("length").unique()).sort("kept")
    cuts = [
        numbers.lazy()
        .filter(pl.col("length").is_in(lengths))
        .with_columns(form=_KEY.str.slice(0, kept), next=_KEY.str.slice(kept, 1))
        for kept, lengths in sizes.iter_rows()
    ]
    pairs = met(
        probes,
        pl.concat(cuts).collect(),
        limit=limit,
        most=None if others.meant is Meant.ALL else MEANT_MAX,
        keeps_some=others.meant is Meant.TOO_MANY,
    )
    yield _that(pl.col("length") == pl.col("length_other"), pairs, others)


def _that(fits: pl.Expr, pairs: pl.DataFrame, others: HarmKeys) -> pl.DataFrame:
    """The pairs that fit; all of them where it matters how many were looked at."""
    return pairs if others.meant is Meant.TOO_MANY else pairs.filter(fits)


def _probes(harmed: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([_as_left(harmed), _as_rounded_up(harmed)])


def _as_left(harmed: pl.DataFrame) -> pl.DataFrame:
    return harmed.select("id", "key", "block", "length", "kept", form="begin", is_up=pl.lit(value=False))


def _as_rounded_up(harmed: pl.DataFrame) -> pl.DataFrame:
    """What the digits were if the last of them was rounded up; 1000 was 999 and something, one digit shorter."""
    rounds = harmed.filter(pl.col("kept") < pl.col("length"))
    before = (pl.col("begin").cast(pl.Int128) - 1).cast(pl.String)
    carried = pl.col("begin").str.contains("^10*$")
    return rounds.select(
        "id",
        "key",
        "block",
        length=pl.col("length") - carried.cast(pl.Int64),
        kept="kept",
        form=pl.when(carried).then(pl.col("begin").str.replace_all(".", "9")).otherwise(before),
        is_up=pl.lit(value=True),
    )


def _is_rounding() -> pl.Expr:
    """Whether the digits were rounded half up: the next digit says which way."""
    is_five_or_more = pl.col("next").is_in(list("56789"))
    return pl.col("is_up") == is_five_or_more


def _of_one_float(harmed: pl.DataFrame, others: HarmKeys, limit: int) -> Iterator[pl.DataFrame]:
    """Harmed numbers with numbers of their length that the same float stands for."""
    if harmed.is_empty():
        return
    lengths = harmed["length"].unique().implode()
    numbers = others.that_look("long number").with_columns(length=_digits())
    numbers = numbers.filter(pl.col("length").is_in(lengths))
    if numbers.is_empty():
        return
    numbers = numbers.with_columns(form=_KEY.cast(pl.Float64))
    texts = harmed.with_columns(form=_KEY.str.replace(",", ".", literal=True).cast(pl.Float64))
    yield met(texts, numbers, limit=limit).filter(pl.col("length") == pl.col("length_other"))


def _shortest(value: pl.Expr) -> pl.Expr:
    """The fewest digits that tell this float from all others, without zeros at the end."""
    mantissa = value.cast(pl.String).str.extract(r"^([0-9.]+)", 1).str.replace(".", "", literal=True)
    return mantissa.str.strip_chars_end("0")


def _shown(pairs: pl.DataFrame, steps: pl.Expr) -> pl.DataFrame:
    return pairs.filter(pl.col("key") != pl.col("key_other")).select("id", "id_other", steps=steps.cast(pl.Int64))
