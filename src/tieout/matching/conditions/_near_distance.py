"""Near distances: how far two values are apart, what is allowed, and the tolerance that would let them pass."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Context, Decimal
from typing import Any

import attrs
import polars as pl

from tieout.matching.conditions._allowance import Allowance
from tieout.matching.conditions._base import named
from tieout.matching.conditions._business_days import BusinessDays
from tieout.matching.conditions._distance import Change, Distance, Reason, missing, other_currency, unknown_currency
from tieout.matching.conditions._near_words import change_words, gap_words, shortest
from tieout.matching.conditions._values import Comparable, Kind

__all__ = ["NearTerms", "near_distance"]

_WIDE = Context(prec=80)
_BOUND_MAX = 10**15  # the most that `Near` takes
_PERCENT_MAX = 10_000
_PERCENT_STEP = Decimal("0.0001")  # the finest that `Near` takes
_BOUND_STEP = Decimal(1).scaleb(-9)
_DAY_S = 86_400
_ROUND_PERCENT_MAX = 50
_TELLING = 100  # a percentage step must be worth so many last decimals before rounding may be read into it


@attrs.frozen(kw_only=True)
class NearTerms:
    """A tolerance, as it was written.

    Attributes:
        allowance: What it allows.
        above: Setting that bounds a right value above the left one: `by`, `days`, `after`, or `percent` when nothing else is set.
        below: Setting that bounds one below it.
        calendar: Which days are counted; None for all.
    """

    allowance: Allowance
    above: str
    below: str
    calendar: BusinessDays | None = None


def near_distance(
    both: Comparable, terms: NearTerms, left: Mapping[str, Any], right: Mapping[str, Any]
) -> tuple[Distance, ...]:
    """How far two records are from being near.

    Args:
        both: The columns.
        terms: The tolerance.
        left: The left record.
        right: The right record.

    Returns:
        One distance; none when they are near.
    """
    column = named((both.left.asked, both.right.asked))
    values = both.plain(both.left, left), both.plain(both.right, right)
    codes = left.get(both.left.currency or ""), right.get(both.right.currency or "")
    if None in values:
        there = left.get(both.left.column), right.get(both.right.column)
        if None in there:
            return (attrs.evolve(missing(column, *there), left=values[0], right=values[1]),)
        unknown = {
            side: code for side, code, value in zip(("left", "right"), codes, values, strict=True) if value is None
        }
        return (unknown_currency(column, values, unknown),)
    if codeless := both.codeless(left, right):
        return (unknown_currency(column, values, codeless),)
    if both.is_money and codes[0] != codes[1]:
        return (other_currency(column, values, codes),)
    times = both.right.times
    compared = values if times == 1 else (values[0], shortest(_WIDE.multiply(Decimal(values[1]), times)))
    shown = values if times == 1 else (values[0], f"{values[1]} × {shortest(times):f}")
    gap = _gap(*compared) if terms.calendar is None else Decimal(terms.calendar.between(*values))
    allowed = _allowed(both, terms.allowance, gap, values[0])
    if gap.copy_abs() <= allowed:
        return ()
    unit = _unit(values[0]) if terms.calendar is None else "business days"
    percent = round_percent(*compared) if both.kind is Kind.NUMBER else None
    return (
        Distance(
            column=column,
            reason=Reason.FAR,
            left=values[0],
            right=values[1],
            gap=gap,
            allowed=allowed,
            unit=unit,
            percent=percent,
            change=_change(column, both, terms, gap, values[0]),
            words=gap_words(column, shown, gap, unit, terms.allowance.limit, percent),
        ),
    )


def round_percent(left: Any, right: Any) -> Decimal | None:  # noqa: ANN401 - numbers
    """The percentage of the left value by which the right one differs, signed, when it is a round one.

    It is round when it has two decimals at most, or when one decimal gives the right value after rounding half up, and that is
    no accident of a small amount.
    """
    one, other = Decimal(left), Decimal(right)
    gap = _WIDE.subtract(other, one)
    if (
        not one
        or not gap
        or _WIDE.multiply(gap.copy_abs(), Decimal(100)) > _WIDE.multiply(one.copy_abs(), Decimal(_ROUND_PERCENT_MAX))
    ):
        return None
    share = _WIDE.divide(_WIDE.multiply(gap, Decimal(100)), one)
    exact = _WIDE.quantize(share, Decimal("0.01"))
    if _WIDE.multiply(exact, one) == _WIDE.multiply(gap, Decimal(100)):
        return exact.normalize(_WIDE)
    last = Decimal(1).scaleb(min(_exponent(one), _exponent(other)))
    near = _WIDE.quantize(share, Decimal("0.1"))
    step = _WIDE.multiply(one.copy_abs(), Decimal("0.001"))
    rounded = _WIDE.divide(_WIDE.multiply(one, _WIDE.add(Decimal(100), near)), Decimal(100)).quantize(
        last, ROUND_HALF_UP, _WIDE
    )
    return (
        near.normalize(_WIDE) if near and step >= _WIDE.multiply(last, Decimal(_TELLING)) and rounded == other else None
    )


def _exponent(number: Decimal) -> int:
    return int(number.as_tuple().exponent)


def _gap(left: Any, right: Any) -> Decimal:  # noqa: ANN401 - numbers, dates or datetimes
    """Right minus left: numbers in their unit, dates in days, times in seconds."""
    if isinstance(left, datetime):
        return Decimal((right - left) // timedelta(microseconds=1)).scaleb(-6, _WIDE)
    if isinstance(left, date):
        return Decimal((right - left).days)
    return _WIDE.subtract(Decimal(right), Decimal(left))


def _unit(value: Any) -> str:  # noqa: ANN401 - numbers, dates or datetimes
    if isinstance(value, datetime):
        return "seconds"
    return "days" if isinstance(value, date) else ""


def _allowed(both: Comparable, allowance: Allowance, gap: Decimal, left: Any) -> Decimal:  # noqa: ANN401 - as above
    """Most that the gap may be in its direction."""
    fixed = allowance.above if gap >= 0 else allowance.below
    places = {Kind.NUMBER: both.scale, Kind.INSTANT: 9}.get(both.kind, 0)
    bound = _WIDE.divide(Decimal(fixed), Decimal(allowance.factor)).scaleb(-places, _WIDE)
    if allowance.per_left:
        part = _WIDE.divide(
            _WIDE.multiply(Decimal(left).copy_abs(), Decimal(allowance.per_left)), Decimal(allowance.factor)
        )
        bound = max(bound, part)
    return shortest(bound)


def _change(
    column: str,
    both: Comparable,
    terms: NearTerms,
    gap: Decimal,
    left: Any,  # noqa: ANN401 - as above
) -> Change | None:
    """The smallest tolerance that lets the pair pass, in the setting that failed it; None when no tolerance can."""
    size = gap.copy_abs()
    setting = terms.above if gap > 0 else terms.below
    now = _allowed_by_setting(both, terms.allowance, gap)
    unit = _unit(left) if terms.calendar is None else "business days"
    percent = _percent_needed(size, left) if setting == "percent" else None
    if percent is not None:
        value, unit = percent, "percent"
        now = _WIDE.divide(Decimal(terms.allowance.per_left * 100), Decimal(terms.allowance.factor))
    elif setting == "percent":  # no percentage would do, a fixed amount beside it does
        setting, value, now = "by", _ceiled(size), Decimal(0)
    elif both.kind is Kind.INSTANT:
        value = _WIDE.add(size, _lost(both))  # what Python does not show of nanoseconds may still count
        if setting != "by":
            unit = "days"
            value = _WIDE.divide(value, Decimal(_DAY_S)).to_integral_value(ROUND_CEILING)
            now = _WIDE.divide(now, Decimal(_DAY_S))
    else:
        value = _ceiled(size)
    if value > _BOUND_MAX:
        return None
    more = _WIDE.subtract(value, now)
    if unit:  # amounts keep their decimals: 0.30
        value, more = shortest(value), shortest(more)
    words = change_words(column, setting, more, unit, is_number=both.kind is Kind.NUMBER)
    return Change(column=column, setting=setting, value=value, more=more, unit=unit, words=words)


def _percent_needed(size: Decimal, left: Any) -> Decimal | None:  # noqa: ANN401 - a number
    """Percentage of the left value that makes up so much; None when there is none that `Near` takes."""
    if not left:
        return None
    needed = _WIDE.divide(_WIDE.multiply(size, Decimal(100)), Decimal(left).copy_abs())
    percent = needed.quantize(_PERCENT_STEP, ROUND_CEILING, _WIDE)
    return percent if percent <= _PERCENT_MAX else None


def _allowed_by_setting(both: Comparable, allowance: Allowance, gap: Decimal) -> Decimal:
    return _allowed(both, attrs.evolve(allowance, per_left=0), gap, 0)


def _ceiled(size: Decimal) -> Decimal:
    return size if _exponent(size) >= _exponent(_BOUND_STEP) else size.quantize(_BOUND_STEP, ROUND_CEILING, _WIDE)


def _lost(both: Comparable) -> Decimal:
    is_fine = any(isinstance(one.dtype, pl.Datetime) and one.dtype.time_unit == "ns" for one in (both.left, both.right))
    return Decimal("0.000001") if is_fine else Decimal(0)
