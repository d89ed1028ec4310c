"""Allowances: how far a right value may lie from a left one, in whole numbers."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import attrs
import polars as pl

from tieout.errors import WrongColumnType
from tieout.matching.conditions._base import FULL_SHARE
from tieout.matching.conditions._distance import Words
from tieout.matching.conditions._near_words import limit_words
from tieout.matching.conditions._values import Kind

__all__ = ["Allowance"]

_SHARE = pl.Int64()
_DAY_NS = 86_400 * 10**9
_NARROW_MAX = 2**62
_WIDE_MAX = 2**126


@attrs.frozen(kw_only=True)
class Allowance:
    """What a difference may be, in units of the comparison.

    A percentage makes the allowance differ from pair to pair, so everything is multiplied out by `factor`, never divided.

    Attributes:
        above: Most that the right value may be more, times `factor`; 0 when only the percentage counts.
        below: Most that it may be less, times `factor`.
        per_left: Allowance per unit of the left value's magnitude, times `factor`; 0 without percentage.
        factor: What differences are multiplied by.
        text: The tolerance as a person reads it, after the column's name.
        limit: The tolerance as a person reads it, in a sentence on a failure.
        whole: Type in which it is computed, that of the values.
    """

    above: int
    below: int
    per_left: int
    factor: int
    text: Words
    limit: Words
    whole: pl.DataType = attrs.field(factory=pl.Int128)

    @classmethod
    def of(
        cls,
        *,
        above: Decimal | timedelta | None,
        below: Decimal | timedelta | None,
        percent: Decimal | None,
        kind: Kind,
        scale: int,
        is_business: bool = False,
    ) -> "Allowance":
        """The allowance of a tolerance on values of that kind.

        Args:
            above: Most that the right value may be more or later; numbers are days where the values are dates or times.
            below: Most that it may be less or earlier.
            percent: Percentage of the left value.
            kind: What is compared.
            scale: Decimals that numbers are written out to.
            is_business: Whether days are business days.
        """
        numerator, factor = _percentage(percent)
        units = [0 if bound is None else _units(bound, kind, scale) * factor for bound in (above, below)]
        limit = limit_words(above, below, percent, kind, is_business=is_business)
        is_equal = not (above or below or percent)
        text = Words(en="equal", zh="相等") if is_equal else Words(en=f"within {limit.en}", zh=f"相差不超过 {limit.zh}")
        return cls(above=units[0], below=units[1], per_left=numerator, factor=factor, text=text, limit=limit)

    @property
    def is_equality(self) -> bool:
        """Whether nothing but equal values is near enough."""
        return not (self.above or self.below or self.per_left)

    def spans(self, values: pl.Expr, reach: int) -> pl.Expr | None:
        """Numbers (Int64) of spans as long as the allowance: what is near enough lies in the same span or the next.

        Args:
            values: Whole numbers.
            reach: Their largest magnitude.

        Returns:
            None where nothing may lie apart, where the allowance depends on the values, or for numbers beyond 64 bits.
        """
        length = max(self.above, self.below)
        if self.is_equality or self.per_left or reach // length > _NARROW_MAX:
            return None
        return (values // self._lit(length)).cast(pl.Int64)

    def for_values(self, reach: int, *, where: str) -> "Allowance":
        """The same allowance, computed in 64 bits when all that can come up fits there.

        Args:
            reach: The largest magnitude of the values.
            where: What compares them, for the error.

        Raises:
            WrongColumnType: The values are too large to be compared exactly even in 128 bits.
        """
        widest = max(self.above, self.below, reach * self.per_left)
        if max(2 * reach * self.factor, widest * FULL_SHARE) <= _NARROW_MAX:
            return attrs.evolve(self, whole=pl.Int64())
        if 2 * reach > _WIDE_MAX or reach * self.per_left > _WIDE_MAX:
            raise WrongColumnType("the column holds numbers too large to be compared exactly", where=where)
        return attrs.evolve(self, above=min(self.above, _WIDE_MAX), below=min(self.below, _WIDE_MAX))

    def holds(self, left: pl.Expr, right: pl.Expr) -> pl.Expr:
        """Whether the right value is near enough; null where one is null."""
        return left == right if self.is_equality else self.admits(right - left, left)

    def share(self, left: pl.Expr, right: pl.Expr) -> pl.Expr:
        """How much of the allowance is used up, 0 to FULL_SHARE, for pairs that hold."""
        return self.used(right - left, left)

    def admits(self, gap: pl.Expr, left: pl.Expr) -> pl.Expr:
        """Whether a right value that lies so far above a left one is near enough; null where one is null.

        Args:
            gap: The right value less the left one.
            left: The left one, which a percentage is of.
        """
        if not self.per_left:
            return gap.is_between(self._lit(-self.below), self._lit(self.above))
        far = gap.abs()
        allowed = self._allowed(gap, left)
        if self._is_narrow:
            return far * self.factor <= allowed
        return (far <= self._lit(_WIDE_MAX // self.factor)) & (far * self._lit(self.factor) <= allowed)

    def used(self, gap: pl.Expr, left: pl.Expr) -> pl.Expr:
        """How much of the allowance is used up, 0 to FULL_SHARE, for pairs that hold.

        Args:
            gap: The right value less the left one.
            left: The left one, which a percentage is of.
        """
        if self.is_equality:
            return pl.lit(0, dtype=_SHARE)
        if not self.per_left and max(self.above, self.below) <= _WIDE_MAX // FULL_SHARE:
            above, below = self._used_of(gap, self.above), self._used_of(gap, self.below)
            used = above if self.above == self.below else pl.when(gap >= 0).then(above).otherwise(below)
            return used.cast(_SHARE, strict=False)
        allowed = self._allowed(gap, left)
        far = gap.abs() * self.factor
        exact = far * FULL_SHARE // allowed
        if not self._is_narrow:  # beyond the range of the product, the last digits of a share do not matter
            coarse = far // (allowed // FULL_SHARE)
            exact = pl.when(allowed > self._lit(_WIDE_MAX // FULL_SHARE)).then(coarse).otherwise(exact)
        return pl.when(allowed > 0).then(exact).otherwise(0).cast(_SHARE, strict=False)

    @property
    def _is_narrow(self) -> bool:
        return self.whole == pl.Int64

    def _used_of(self, gap: pl.Expr, bound: int) -> pl.Expr:
        if not bound:
            return self._lit(0)
        whole, rest = divmod(FULL_SHARE, bound)  # a product costs less than a quotient
        far = gap.abs()
        return far * self._lit(FULL_SHARE) // self._lit(bound) if rest else far * self._lit(whole)

    def _allowed(self, gap: pl.Expr, left: pl.Expr) -> pl.Expr:
        fixed = (
            self._lit(self.above)
            if self.above == self.below
            else pl.when(gap >= 0).then(self._lit(self.above)).otherwise(self._lit(self.below))
        )
        if not self.per_left:
            return fixed
        share = left.abs() * self._lit(self.per_left)
        return pl.max_horizontal(fixed, share) if self.above or self.below else share

    def _lit(self, value: int) -> pl.Expr:
        return pl.lit(value, dtype=self.whole)


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
        return int(Fraction(bound) * _DAY_NS)
    if kind is Kind.DATE:
        return int(bound)
    return int(Fraction(bound) * 10**scale)
