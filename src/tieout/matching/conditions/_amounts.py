"""Amounts: the columns whose sums are compared, and how far the sums may lie apart."""

from decimal import Decimal
from typing import Any, Protocol

import attrs
import polars as pl

from tieout.errors import MatcherError, WrongColumnType
from tieout.matching._names import cell
from tieout.matching._sides import Found, Side
from tieout.matching.conditions._allowance import Allowance
from tieout.matching.conditions._base import BoundSum, SubsetTerms, name_pairs, named
from tieout.matching.conditions._exact_number import exact_number, require_few_decimals
from tieout.matching.conditions._values import Kind, comparable, decimals_of

__all__ = ["Amount", "Bound", "Summed", "amount_of", "amount_text", "bind_amount", "sums_near"]

Bound = int | Decimal | str
_BOUND_MAX = 10**15
_PERCENT_BELOW = 100  # from there on every sum that is large enough would do


class Summed(Protocol):
    """What is summed, as a condition says it."""

    @property
    def column(self) -> tuple[str, str]:
        """Column name, left and right."""
        ...

    @property
    def by(self) -> Decimal | None:
        """Most that the sums may differ, either way."""
        ...

    @property
    def percent(self) -> Decimal | None:
        """Most that they may differ, as a percentage of the left one."""
        ...

    @property
    def after(self) -> Decimal | None:
        """Most that the right sum may be more."""
        ...

    @property
    def before(self) -> Decimal | None:
        """Most that it may be less."""
        ...


@attrs.frozen(kw_only=True)
class Amount:
    """A column to be summed, and its tolerance.

    Attributes:
        column: Column name, left and right.
        by: Most that the sums may differ, either way.
        percent: Most that they may differ, as a percentage of the left one.
        after: Most that the right sum may be more.
        before: Most that it may be less.
    """

    column: tuple[str, str]
    by: Decimal | None
    percent: Decimal | None
    after: Decimal | None
    before: Decimal | None


def amount_of(condition: str, name: str | None, left: str | None, right: str | None, **bounds: Bound | None) -> Amount:
    """What a condition on sums was told.

    Args:
        condition: Its name, for errors.
        name: Column that is named alike on both sides.
        left: Its name on the left, where the names differ.
        right: Its name on the right.
        **bounds: `by`, `percent`, `after` and `before`; sums must be equal when all are None.

    Raises:
        MatcherError: No column, or a tolerance that makes no sense.
    """
    column = name_pairs(condition, () if name is None else (name,), left, right)[0]
    where = f"{condition}({named(column)!r})"
    exact = {key: _exact(value, key, where) for key, value in bounds.items() if value is not None}
    one_sided = "after" in exact or "before" in exact
    if one_sided and ("by" in exact or "percent" in exact):
        raise MatcherError(
            f"{' and '.join(exact)} exclude each other", where=where, hint="by= with percent=; after= with before="
        )
    return Amount(
        column=column,
        by=None if one_sided else exact.get("by", None if "percent" in exact else Decimal(0)),
        percent=exact.get("percent"),
        after=exact.get("after", Decimal(0)) if one_sided else None,
        before=exact.get("before", Decimal(0)) if one_sided else None,
    )


def amount_text(amount: Summed) -> str:
    """The arguments as they were written; a tolerance of nothing is left out."""
    left, right = amount.column
    name = repr(left) if left == right else f"left={left!r}, right={right!r}"
    bounds = {"by": amount.by or None, "percent": amount.percent, "after": amount.after, "before": amount.before}
    return ", ".join([name, *(f"{key}={value}" for key, value in bounds.items() if value is not None)])


def bind_amount(
    amount: Summed, left: Side, right: Side, *, condition: str, text: str, subset: SubsetTerms | None = None
) -> BoundSum:
    """Find the columns on both sides.

    Args:
        amount: What is summed.
        left: The left side.
        right: The right side.
        condition: The condition's name, for errors.
        text: What must hold, as a person reads it.
        subset: How a subset is searched.

    Raises:
        MissingColumn: A side has no such column.
        WrongColumnType: They hold no exact numbers, or such large ones that their sums cannot be exact.
    """
    where = f"{condition}({named(amount.column)!r})"
    found = (left.find(amount.column[0], wanted_by=where), right.find(amount.column[1], wanted_by=where))
    bounds = [bound for bound in (amount.by, amount.after, amount.before) if bound is not None]
    both = comparable(*found, where=where, scale_min=max(map(decimals_of, bounds), default=0))
    if all(one.dtype == pl.Null for one in found):
        both = attrs.evolve(both, kind=Kind.NUMBER)  # nothing is there, so nothing will add up
    if both.kind is not Kind.NUMBER:
        raise WrongColumnType(f"only numbers add up, the columns hold {both.kind}", where=where)
    above, below = (amount.by, amount.by) if amount.after is None else (amount.after, amount.before)
    allowance = Allowance.of(above=above, below=below, percent=amount.percent, kind=Kind.NUMBER, scale=both.scale)
    reach = both.reach * max(left.frame.height, right.frame.height)  # no sum is larger
    return BoundSum(
        text=text,
        left=_columns(both.left),
        right=_columns(both.right),
        values=(both.value(both.left, cell), both.value(both.right, cell)),
        currencies=(_currency(both.left), _currency(both.right)),
        allowance=attrs.evolve(allowance.for_values(reach, where=where), whole=pl.Int128()),
        scale=both.scale,
        subset=subset,
        money={
            side.name: (one.column, one.currency)
            for side, one in zip((left, right), found, strict=True)
            if one.is_minor and one.currency
        },
    )


def sums_near(allowance: Allowance, value: int, *, is_left: bool) -> tuple[int, int]:
    """Least and greatest sum that is near enough to a value of the other side.

    Args:
        allowance: How far the right one may lie from the left one.
        value: The value.
        is_left: Whether the value is the left one, and the sums the right ones.
    """
    factor, share = allowance.factor, allowance.per_left
    if is_left:
        return (
            value - max(allowance.below, abs(value) * share) // factor,
            value + max(allowance.above, abs(value) * share) // factor,
        )
    # The percentage is one of the sum itself: (value - sum) * factor <= |sum| * share, solved for the sum.
    up, down = (factor + share, factor - share) if value >= 0 else (factor - share, factor + share)
    return (
        min(value - allowance.above // factor, -(-value * factor // up)),
        max(value + allowance.below // factor, value * factor // down),
    )


def _columns(found: Found) -> tuple[str, ...]:
    """A currency that stands beside the amount is read, also where the other side has none: sums do not mix currencies."""
    return (found.column, found.currency) if found.currency else (found.column,)


def _currency(found: Found) -> pl.Expr | None:
    return cell(found.currency).cast(pl.String) if found.currency else None


def _exact(value: Any, key: str, where: str) -> Decimal:  # noqa: ANN401 - anything may be given
    number = exact_number(value, key, where)
    most = _PERCENT_BELOW if key == "percent" else _BOUND_MAX
    if not number.is_finite() or not 0 <= number <= most or (key == "percent" and number == most):
        bound = f"from 0 to below {most}" if key == "percent" else f"from 0 to {most:,}"
        raise MatcherError(f"{key}={value} is impossible; a tolerance is a number {bound}", where=where)
    return require_few_decimals(number, key, where)
