"""Allowances: how far a right value may lie from a left one, in whole numbers."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import attrs
import polars as pl

from tieout.matching.conditions._base import FULL_SHARE
from tieout.matching.conditions._distance import Words
from tieout.matching.conditions._near_words import limit_words
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
    text: Words
    limit: Words

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
        limit = limit_words(above, below, percent, kind)
        is_equal = not (above or below or percent)
        text = Words(en="equal", zh="相等") if is_equal else Words(en=f"within {limit.en}", zh=f"相差不超过 {limit.zh}")
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
