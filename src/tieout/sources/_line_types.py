"""Line types: what platforms call the movements that they settle, as the types of settlement lines.

Every platform has words of its own, so each leaf brings its list; `domain.md` 4.2 says what they mean. The first pattern of the
list that a text holds decides, so the narrower ones stand before the wider ones. What no pattern knows is `unknown`, and said.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import polars as pl

from tieout.model import SettlementLineType
from tieout.sources._faults import CountedNote
from tieout.sources._masking import mask_words
from tieout.sources._reading import Reading

__all__ = ["ByWords", "fee_or_refund", "line_type_expr", "note_unknown", "typed_by"]

_UNKNOWN: Final = SettlementLineType.UNKNOWN.value
_SHOWN = 8

ByWords = Mapping[str, str | tuple[str, str]]
"""Patterns (in syntax that Python and Rust share) and types; of two types the first is of gains, the second of losses."""


def line_type_expr(text: pl.Expr, types: ByWords, *, amount: pl.Expr | None = None) -> pl.Expr:
    """The type of each line, by what the platform calls it.

    Args:
        text: The platform's words; null is unknown.
        types: Patterns and what they mean, the narrower first.
        amount: The signed amount, for patterns that mean two things; none of them is a loss below zero.

    Example:
        >>> types = {"货款": ("sale", "sale_refund"), "佣金": "commission"}
        >>> frame = pl.DataFrame({"text": ["货款", "货款", "佣金", "??"], "amount": [5, -5, -1, 1]})
        >>> frame.select(line_type_expr(pl.col("text"), types, amount=pl.col("amount")))["text"].to_list()
        ['sale', 'sale_refund', 'commission', 'unknown']
    """
    meanings = [(meant, meant) if isinstance(meant, str) else meant for meant in types.values()]
    place = text.map_batches(partial(_places, tuple(types)), return_dtype=pl.Int32, is_elementwise=True)
    gained, lost = (
        (_words(place, meant) for meant in zip(*meanings, strict=True)) if meanings else (pl.lit(_UNKNOWN),) * 2
    )
    if amount is None or all(first == second for first, second in meanings):
        return gained.alias(text.meta.output_name())
    found = pl.when(amount < 0).then(lost).otherwise(gained)
    return found.alias(text.meta.output_name())


def _places(patterns: tuple[str, ...], words: pl.Series) -> pl.Series:
    """Where the first pattern stands that fits each word, null where none does: words are few, and lines are many."""
    name = pl.col("word")
    place = pl.lit(None, dtype=pl.Int32)
    for at, pattern in reversed(list(enumerate(patterns))):
        place = pl.when(name.str.contains(pattern)).then(pl.lit(at, dtype=pl.Int32)).otherwise(place)
    lines = words.cast(pl.String).alias("word").to_frame()
    known = lines.unique().drop_nulls().with_columns(place.alias("place"))
    return lines.join(known, on="word", how="left", maintain_order="left")["place"].alias(words.name)


def _words(place: pl.Expr, meant: Sequence[str]) -> pl.Expr:
    return place.replace_strict(range(len(meant)), meant, default=None, return_dtype=pl.String).fill_null(_UNKNOWN)


def fee_or_refund(fee: str) -> tuple[str, str]:
    """The types of a fee: what is given back of it, and what is charged."""
    return SettlementLineType.FEE_REFUND.value, fee


def note_unknown(reading: Reading, frame: pl.DataFrame, words: str, *, kind: str = "type") -> None:
    """Tell a person which of the platform's words mean nothing to us, and how many lines have them.

    Args:
        reading: Where the note goes.
        frame: The lines.
        words: Column of the platform's words, shown masked.
        kind: Column of the types.
    """
    unknown = frame.filter(pl.col(kind) == _UNKNOWN).group_by(pl.col(words).fill_null("")).len("lines")
    shown: Counter[str] = Counter()
    for word, lines in unknown.iter_rows():
        shown[mask_words(word)] += lines
    if shown:
        reading.notes.append(CountedNote.of("line_type.unknown", shown, _unknown_types))


def _unknown_types(said: Mapping[str, int]) -> str:
    ranked = sorted(said.items(), key=lambda one: (one[1], not one[0], one[0]), reverse=True)
    shown = ", ".join(f"{word or 'blank'!r} ({lines})" for word, lines in ranked[:_SHOWN])
    more = f" and {len(ranked) - _SHOWN} others" if len(ranked) > _SHOWN else ""
    return f"{sum(said.values())} lines are of an unknown type: {shown}{more}"


def typed_by(types: ByWords, words: str = "description") -> Callable[[pl.DataFrame, Reading], pl.DataFrame]:
    """A `shape` that gives each line its type by the platform's words and its sign, and tells which words mean nothing.

    Args:
        types: Patterns and what they mean, as for `line_type_expr`.
        words: Column of the words.
    """

    def shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
        frame = frame.with_columns(type=line_type_expr(pl.col(words), types, amount=pl.col("amount_minor")))
        note_unknown(reading, frame, words)
        return frame

    return shape
