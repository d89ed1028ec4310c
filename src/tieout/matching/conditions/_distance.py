"""Distances: how far a pair is from passing a gate, as data and in words of both languages."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

import attrs

from tieout.matching.conditions._markers import says_nothing

__all__ = ["Change", "Distance", "Reason", "Words", "differing", "missing", "other_currency", "unknown_currency"]


@attrs.frozen(kw_only=True)
class Words:
    """The same said twice.

    Attributes:
        en: In English.
        zh: In Chinese.
    """

    en: str
    zh: str


class Reason(StrEnum):
    """Why a column does not agree."""

    FAR = "far"
    """Both values are there, and further apart than allowed."""
    DIFFERENT = "different"
    """Both are there and must be equal."""
    CURRENCY = "currency"
    """The amounts are of two currencies, or of one that is not known."""
    MISSING = "missing"
    """A value is missing on a side, or on both."""


@attrs.frozen(kw_only=True)
class Change:
    """The smallest change of a condition that lets a pair pass it.

    Attributes:
        column: Column as the rule names it.
        setting: Argument of the condition: `by`, `percent`, `days`, `after`, `before`, or `edits` of a key.
        value: What it would have to be, in `unit`.
        more: How much that is above what it is now.
        unit: `days`, `business days`, `seconds`, `percent`, `edits`; empty for a number in the column's own unit.
        words: The change as a clause, such as `2 days more on ship_date`.
    """

    column: str
    setting: str
    value: Decimal
    more: Decimal
    unit: str
    words: Words


@attrs.frozen(kw_only=True)
class Distance:
    """How far two values of one column are from what a gate wants.

    Attributes:
        column: Column as the rule names it.
        reason: What is wrong.
        left: Left value as a person reads it, money in whole units; None when it is missing.
        right: Right value.
        gap: Right minus left, in `unit`; None where nothing is counted.
        allowed: Most that the gap may be in that direction, without sign; None where nothing is counted.
        unit: `days`, `business days`, `seconds`; empty for numbers, which count in the column's own unit.
        percent: The gap as a percentage of the left value, when it is exactly that, or that rounded half up to the amount's
            last decimal: a fee or a commission. None when it is no round percentage.
        change: The smallest change of the gate that lets the pair pass; None when no tolerance would.
        words: The distance as a clause, such as `date differs by 7 days, 5 allowed`.
    """

    column: str
    reason: Reason
    left: Any
    right: Any
    gap: Decimal | None = None
    allowed: Decimal | None = None
    unit: str = ""
    percent: Decimal | None = None
    change: Change | None = None
    words: Words

    @property
    def excess(self) -> Decimal | None:
        """How much of the gap is not allowed."""
        return None if self.gap is None or self.allowed is None else self.gap.copy_abs() - self.allowed


def missing(column: str, left: Any, right: Any) -> Distance:  # noqa: ANN401 - whatever the columns hold
    """A value that is missing.

    Args:
        column: Column as the rule names it.
        left: Left value; None, an empty text or a marker when it is missing.
        right: Right value.
    """
    sides = [side for side, value in (("left", left), ("right", right)) if says_nothing(value)]
    zh = "左右两表都为空" if len(sides) > 1 else {"left": "左表为空", "right": "右表为空"}[sides[0]]
    words = Words(en=f"{column} is missing on the {' and the '.join(sides)}", zh=f"{column} {zh}")
    return Distance(column=column, reason=Reason.MISSING, left=left, right=right, words=words)


def differing(column: str, left: Any, right: Any) -> Distance:  # noqa: ANN401 - whatever the columns hold
    """Two values that must be equal and are not.

    Args:
        column: Column as the rule names it.
        left: Left value.
        right: Right value.
    """
    words = Words(en=f"{column} differs: {left} and {right}", zh=f"{column} 不同：左表 {left}，右表 {right}")
    return Distance(column=column, reason=Reason.DIFFERENT, left=left, right=right, words=words)


def other_currency(column: str, values: tuple[Any, Any], codes: tuple[Any, Any]) -> Distance:
    """Two amounts of different currencies.

    Args:
        column: Column as the rule names it.
        values: Left and right amount.
        codes: Their currencies.
    """
    words = Words(
        en=f"{column} is in {codes[0]} on the left and in {codes[1]} on the right",
        zh=f"{column} 币种不同：左表 {codes[0]}，右表 {codes[1]}",
    )
    return Distance(column=column, reason=Reason.CURRENCY, left=values[0], right=values[1], words=words)


def unknown_currency(column: str, values: tuple[Any, Any], codes: dict[str, Any]) -> Distance:
    """Amounts whose currency is not known, so that nobody knows how much they are.

    Args:
        column: Column as the rule names it.
        values: Left and right amount; None where it is not known.
        codes: What stands for the currency, by the side where it is none.
    """
    en = " and ".join(f"{_code(code, 'none')} on the {side}" for side, code in codes.items())
    zh = "，".join(f"{_SIDES_ZH[side]} {_code(code, '无')}" for side, code in codes.items())
    words = Words(en=f"the currency of {column} is not known: {en}", zh=f"{column} 的币种无法识别：{zh}")
    return Distance(column=column, reason=Reason.CURRENCY, left=values[0], right=values[1], words=words)


_SIDES_ZH = {"left": "左表", "right": "右表"}


def _code(code: Any, nothing: str) -> str:  # noqa: ANN401 - whatever the column holds
    return nothing if code is None or not str(code).strip() else repr(str(code))
