"""Harms: what files do to keys, one object each, and how a harmed key finds the whole ones that it may have been.

Each harm is found by joining forms: what is left of a key that may be harmed, and the same cut out of the keys that may be whole.
Only keys that look harmed are written out; the other side is cut to the lengths that occur among them. One harm per key.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import attrs
import polars as pl

from tieout.matching.conditions._harm_keys import KEPT_MIN, SUFFIXED, HarmKeys
from tieout.matching.conditions._harm_numbers import floats, rounded, scientific
from tieout.matching.conditions._harm_steps import LOOKALIKES, PREFIX, SUFFIX, ZEROS
from tieout.matching.conditions._meet import met

__all__ = ["HARMS", "Harm", "folded", "without_suffix"]

PREFIX_MAX = 8
_KEY, _FORM = pl.col("key"), pl.col("form")
_SUFFIXES = (r"^(.{8,})[-_][0-9]{1,2}$", r"^(.{8,})[-_][0-9]{1,2}[-_][0-9]{1,3}$")
_LOOKALIKES = {"O": "0", "I": "1", "S": "5", "B": "8"}

Finder = Callable[[HarmKeys, HarmKeys, int], Iterator[pl.DataFrame]]


@attrs.frozen(kw_only=True)
class Harm:
    """One thing that files do to keys.

    Attributes:
        name: What `Damaged(harms=[...])` calls it.
        find: Given keys that may be harmed, keys that may be whole and a limit of pairs: frames of id,
            id_other, steps.
    """

    name: str
    find: Finder


def _zeros(keys: HarmKeys, others: HarmKeys, limit: int) -> Iterator[pl.DataFrame]:
    """Numbers that are the same without their leading zeros."""
    led = keys.that_look("led by zeros").with_columns(form=_KEY.str.strip_chars_start("0"))
    if led.height:
        bare = others.frame.select(
            "id",
            "block",
            "key",
            form=pl.when(_KEY.str.starts_with("0")).then(_KEY.str.strip_chars_start("0")).otherwise(_KEY),
        )
        yield _differing(met(led, bare, limit=limit), ZEROS)


def _suffix(keys: HarmKeys, others: HarmKeys, limit: int) -> Iterator[pl.DataFrame]:
    """A parcel's number with `-1` or `-1-2` behind it, and the same without."""
    suffixed = keys.that_look("suffixed")
    if suffixed.height:
        forms = pl.concat(suffixed.with_columns(form=form) for form in without_suffix(suffixed["key"])).drop_nulls(
            "form"
        )
        yield _differing(met(forms, others.frame.with_columns(form=_KEY), limit=limit), SUFFIX)


def _prefix(keys: HarmKeys, others: HarmKeys, limit: int) -> Iterator[pl.DataFrame]:
    """Characters before a key that the other side does not have; a run of digits is never cut."""
    signed = keys.that_look("longer, with a sign")
    if signed.is_empty():
        return
    ends = others.frame.select(end=_ending(_KEY)).to_series().unique()
    cuttable = signed.filter(_ending(_KEY).is_in(ends.implode()))
    if cuttable.height:
        cuts = [
            cuttable.lazy().filter(~_is_inside_digits(size)).with_columns(form=_KEY.str.slice(size))
            for size in range(1, PREFIX_MAX + 1)
        ]
        forms = pl.concat(cuts).filter(_FORM.str.len_chars() >= KEPT_MIN).collect()
        yield _differing(met(forms, others.frame.with_columns(form=_KEY), limit=limit), PREFIX)


def _is_inside_digits(size: int) -> pl.Expr:
    """Whether a prefix of that size would end between two digits."""
    return _KEY.str.slice(size - 1, 2).str.contains("^[0-9]{2}$")


def _ending(key: pl.Expr) -> pl.Expr:
    """A number for the characters at the end that no prefix reaches."""
    return key.str.tail(KEPT_MIN).hash()


def _lookalikes(keys: HarmKeys, others: HarmKeys, limit: int) -> Iterator[pl.DataFrame]:
    """Letters read as digits or digits as letters: O and 0, I and 1, S and 5, B and 8."""
    lettered = keys.that_look("lettered")
    if lettered.height:
        forms = (keys.with_columns(form=folded(_KEY)) for keys in (lettered, others.frame))
        yield _differing(met(*forms, limit=limit), LOOKALIKES)


def folded(key: pl.Expr) -> pl.Expr:
    """The key with digits for the letters that are read as digits."""
    return key.str.replace_many(_LOOKALIKES)


def without_suffix(keys: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Keys without the last number behind a hyphen, and without the last two; null where that leaves too little."""
    frame = keys.alias("key").to_frame()
    suffixed = _KEY.str.contains(SUFFIXED)
    one, two = (frame.select(form=pl.when(suffixed).then(_KEY.str.extract(form, 1))).to_series() for form in _SUFFIXES)
    return one, two


def _differing(pairs: pl.DataFrame, steps: int) -> pl.DataFrame:
    return pairs.filter(pl.col("key") != pl.col("key_other")).select(
        "id", "id_other", steps=pl.lit(steps, dtype=pl.Int64)
    )


HARMS: Mapping[str, Harm] = MappingProxyType(
    {
        harm.name: harm
        for harm in (
            Harm(name="zeros", find=_zeros),
            Harm(name="suffix", find=_suffix),
            Harm(name="prefix", find=_prefix),
            Harm(name="lookalikes", find=_lookalikes),
            Harm(name="float", find=floats),
            Harm(name="rounding", find=rounded),
            Harm(name="scientific", find=scientific),
        )
    }
)
"""All harms by name."""
