"""Allowances: how far a right value may lie from a left one, in whole numbers."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import polars as pl

from tieout.matching.conditions._base import FULL_SHARE
from tieout.matching.conditions._values import Kind

__all__ = ["Allowance"]

_WHOLE = pl.Int128()
_DAY_NS = 86_400 * 10**9
_GAP_MAX = 10**25  # more than any tolerance; keeps the products below 2**127


@attrs.frozen(kw_only=True)
class Allowance:
    """What a difference may be, in units of the comparison.

    A percentage makes the allowance differ from pair to pair, so everything is multiplied out by `factor`, never divided.

    Attributes:
        above: Most that the right value may be more, times `factor`; None when only the percentage counts.
        below: Most that it may be less, times `factor`.
        per_left: Allowance per unit of the left value's magnitude, times `factor`; 0 without percentage.
        factor: What differences are multiplied by.
        text: The tolerance as a person reads it, after the column's name.
        limit: The tolerance as a person reads it, in a sentence on a failure.
    """

    above: int
    below: int
    per_left: int
    factor: int
    text: str
    limit: str

    @classmethod
    def of(
        cls,
        *,
        above: Decimal | timedelta | None,
        below: Decimal | timedelta | None,
        percent: Decimal | None,
        kind: Kind,
        scale: int,
    ) -> "Allowance":
        """The allowance of a tolerance on values of that kind.

        Args:
            above: Most that the right value may be more or later; numbers are days where the values are dates or times.
            below: Most that it may be less or earlier.
            percent: Percentage of the left value.
            kind: What is compared.
            scale: Decimals that numbers are written out to.
        """
        numerator, factor = _percentage(percent)
        units = [0 if bound is None else _units(bound, kind, scale) * factor for bound in (above, below)]
        limit = _limit(above, below, percent, kind)
        text = "equal" if limit == "none" else f"within {limit}"
        return cls(above=units[0], below=units[1], per_left=numerator, factor=factor, text=text, limit=limit)

    @property
    def is_equality(self) -> bool:
        """Whether nothing but equal values is near enough."""
        return not (self.above or self.below or self.per_left)

    def holds(self, left: pl.Expr, right: pl.Expr) -> pl.Expr:
        """Whether the right value is near enough; null where one is null."""
        gap = (right - left).abs()
        return (gap <= _GAP_MAX) & (gap * self.factor <= self._allowed(left, right))

    def share(self, left: pl.Expr, right: pl.Expr) -> pl.Expr:
        """How much of the allowance is used up, 0 to FULL_SHARE, for pairs that hold."""
        used = (right - left).abs() * (self.factor * FULL_SHARE)
        allowed = self._allowed(left, right)
        return pl.when(allowed > 0).then(used // allowed).otherwise(0).cast(pl.Int64, strict=False)

    def explain(self, left: Any, right: Any) -> str:  # noqa: ANN401 - numbers, dates or datetimes
        """The difference against what is allowed, as a clause."""
        if isinstance(left, (date, datetime)):
            gap = right - left
            word = "later" if gap > timedelta(0) else "earlier"
            return f"on the right is {_span(abs(gap))} {word} ({left} and {right}), {self.limit} allowed"
        gap = Decimal(right) - Decimal(left)
        return f"differs by {abs(gap)} ({left} and {right}), {self.limit} allowed"

    def _allowed(self, left: pl.Expr, right: pl.Expr) -> pl.Expr:
        fixed = pl.when(right >= left).then(_lit(self.above)).otherwise(_lit(self.below))
        if not self.per_left:
            return fixed
        return pl.max_horizontal(fixed, left.abs() * self.per_left)


def _lit(value: int) -> pl.Expr:
    return pl.lit(value, dtype=_WHOLE)


def _percentage(percent: Decimal | None) -> tuple[int, int]:
    """Numerator and denominator of a percentage as a fraction."""
    if percent is None:
        return 0, 1
    return (Fraction(percent) / 100).as_integer_ratio()


def _units(bound: Decimal | timedelta, kind: Kind, scale: int) -> int:
    if isinstance(bound, timedelta):
        days, rest = divmod(bound, timedelta(days=1))
        return days if kind is Kind.DATE else days * _DAY_NS + rest // timedelta(microseconds=1) * 1_000
    if kind is Kind.INSTANT:
        return int(bound * _DAY_NS)
    if kind is Kind.DATE:
        return int(bound)
    return int(bound.scaleb(scale))


def _limit(
    above: Decimal | timedelta | None, below: Decimal | timedelta | None, percent: Decimal | None, kind: Kind
) -> str:
    parts = []
    if above is not None and above == below:
        if above or percent is None:
            parts.append(_bound_text(above, kind))
    elif above is not None and below is not None:
        later, earlier = ("after", "before") if kind is not Kind.NUMBER else ("above", "below")
        parts.append(f"{_bound_text(above, kind)} {later} or {_bound_text(below, kind)} {earlier}")
    if percent is not None:
        parts.append(f"{_plain(percent)} %")
    return " or ".join(parts)


def _bound_text(bound: Decimal | timedelta, kind: Kind) -> str:
    if not bound:
        return "none"
    if isinstance(bound, timedelta):
        return _span(bound)
    if kind is Kind.NUMBER:
        return _plain(bound)
    return _span(timedelta(days=int(bound)))


def _span(span: timedelta) -> str:
    if span % timedelta(days=1):
        return str(span)
    return f"{span.days} day{'' if span.days == 1 else 's'}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
