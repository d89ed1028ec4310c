"""Line types: what platforms call the movements that they settle, as the types of settlement lines.

Every platform has words of its own, so each leaf brings its list; `domain.md` 4.2 says what they mean. The first pattern of the
list that a text holds decides, so the narrower ones stand before the wider ones. What no pattern knows is `unknown`, and said.
"""

from collections import Counter
from collections.abc import Callable, Mapping
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
    found = pl.lit(_UNKNOWN)
    for pattern, meant in reversed(list(types.items())):
        gained, lost = (meant, meant) if isinstance(meant, str) else meant
        word = pl.lit(gained) if gained == lost or amount is None else _by_sign(amount, gained, lost)
        found = pl.when(text.str.contains(pattern)).then(word).otherwise(found)
    return pl.when(text.is_null()).then(pl.lit(_UNKNOWN)).otherwise(found).alias(text.meta.output_name())


def _by_sign(amount: pl.Expr, gained: str, lost: str) -> pl.Expr:
    return pl.when(amount < 0).then(pl.lit(lost)).otherwise(pl.lit(gained))


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
