"""Near: amounts, weights, dates and times within a tolerance."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import attrs
import polars as pl

from tieout.errors import MatcherError, WrongColumnType
from tieout.matching._documents import Plain
from tieout.matching._sides import Found, Side
from tieout.matching.conditions._allowance import Allowance
from tieout.matching.conditions._base import BoundGate, Form, name_pairs, named, on_left, on_right
from tieout.matching.conditions._business_days import BusinessDays
from tieout.matching.conditions._exact_number import exact_number, require_few_decimals
from tieout.matching.conditions._near_distance import NearTerms, near_distance
from tieout.matching.conditions._values import Comparable, Kind, comparable, decimals_of

__all__ = ["Near"]

Bound = int | Decimal | str | timedelta
_BOUND_MAX = 10**15
_MOST = {"percent": 10_000, "days": 10**9, "right_times": 10**9}


@attrs.frozen(init=False)
class Near(Plain):
    """The values are near each other. All bounds are inclusive, and a null is near nothing.

    A tolerance counts in the column's own unit, as the column is named: `Near("amount", by=1)` on a Table of Money is one whole
    unit of the record's currency (one yuan), `Near("amount_minor", by=1)` one minor unit (one fen). Amounts of Money are near
    only within one currency. Where the sides count in different units, the tolerance counts in the left one's. Nothing is
    computed in floats.

    Attributes:
        column: Column name, left and right.
        by: Most that the values may differ, either way; None when only `percent` counts.
        percent: Most that they may differ, as a percentage of the left value's magnitude. With `by`, whichever allows more.
        after: Most that the right value may be above, or later than, the left one.
        before: Most that it may be below, or earlier.
        days: Most days between dates or times, either way.
        calendar: Which days are counted; None for all.
        right_times: What the right value is multiplied by before it is compared.

    Example:
        >>> Near("amount", by="0.05"), Near("weight_g", by=50, percent=3), Near("ship_date", after=5, before=1)
        (Near('amount', by=0.05), Near('weight_g', by=50, percent=3), Near('ship_date', after=5, before=1))
        >>> Near(left="weight_g", right="weight_kg", by=50, right_times=1000)
        Near(left='weight_g', right='weight_kg', by=50, right_times=1000)
    """

    column: tuple[str, str]
    by: Decimal | timedelta | None
    percent: Decimal | None
    after: Decimal | timedelta | None
    before: Decimal | timedelta | None
    days: Decimal | None
    calendar: BusinessDays | None
    right_times: Decimal

    def __init__(
        self,
        name: str | None = None,
        *,
        left: str | None = None,
        right: str | None = None,
        by: Bound | None = None,
        percent: int | Decimal | str | None = None,
        days: int | Decimal | str | None = None,
        after: Bound | None = None,
        before: Bound | None = None,
        calendar: BusinessDays | None = None,
        right_times: int | Decimal | str = 1,
    ) -> None:
        """Name the column and say how near.

        Args:
            name: Column that is named alike on both sides.
            left: Its name on the left, where the names differ.
            right: Its name on the right.
            by: A number, or a timedelta for times; 0 means equal.
            percent: A number.
            days: The same as `by` for dates and times, in days.
            after: A number, days for dates and times; `before` is 0 when it is left out.
            before: A number, days for dates and times; `after` is 0 when it is left out.
            calendar: Counts business days between two dates instead of all days; for `days`, `after` and `before`.
            right_times: How many of the left column's unit are one of the right column's: 1000 for g and kg.

        Raises:
            MatcherError: No tolerance, a negative, float or otherwise impossible one, or two that exclude each other.
        """
        pairs = name_pairs("Near", () if name is None else (name,), left, right)
        where = f"Near({named(pairs[0])!r})"
        given = {"by": by, "percent": percent, "days": days, "after": after, "before": before}
        exact = {key: _bound(value, key, where) for key, value in given.items() if value is not None}
        times = _bound(right_times, "right_times", where)
        _require_sense(exact, where)
        _require_calendar(calendar, exact, where)
        one_sided = "after" in exact or "before" in exact
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]  # attrs makes it
            column=pairs[0],
            by=exact.get("by"),
            percent=_number_of(exact, "percent", where),
            after=exact.get("after", Decimal(0) if one_sided else None),
            before=exact.get("before", Decimal(0) if one_sided else None),
            days=_number_of(exact, "days", where),
            calendar=calendar,
            right_times=_times(times, exact, where),
        )

    def __repr__(self) -> str:
        left, right = self.column
        name = repr(left) if left == right else f"left={left!r}, right={right!r}"
        given = {"by": self.by, "percent": self.percent, "days": self.days, "after": self.after, "before": self.before}
        shown = [f"{key}={value}" for key, value in given.items() if value is not None]
        shown += [] if self.calendar is None else [f"calendar={self.calendar}"]
        shown += [] if self.right_times == 1 else [f"right_times={self.right_times}"]
        return f"Near({name}, {', '.join(shown)})"

    def bind(self, left: Side, right: Side) -> BoundGate:
        """Find its column on both sides."""
        where = f"Near({named(self.column)!r})"
        found = (left.find(self.column[0], wanted_by=where), right.find(self.column[1], wanted_by=where))
        if self.right_times != 1:
            found = (found[0], self._converted(found, where))
        numbers = [value for value in (self.by, self.after, self.before) if isinstance(value, Decimal)]
        scale = max(map(decimals_of, numbers), default=0)
        both = comparable(*found, where=where, scale_min=scale)
        if all(one.dtype == pl.Null for one in found):
            both = attrs.evolve(both, kind=Kind.NUMBER)  # nothing is there, so nothing will be near
        allowance = self._allowance(both, where).for_values(both.reach, where=where)
        both = attrs.evolve(both, whole=allowance.whole)
        terms = NearTerms(allowance=allowance, calendar=self.calendar, **self._settings())
        holds, share, gap = self._judged(both, allowance)
        is_one_currency = both.is_money and both.is_one_currency  # then the currency need not be read pair by pair
        return BoundGate(
            text=f"{named(self.column)} {allowance.text.en}",
            text_zh=f"{named(self.column)} {allowance.text.zh}",
            left=(both.left.column,) if is_one_currency else both.left_columns,
            right=(both.right.column,) if is_one_currency else both.right_columns,
            holds=holds.fill_null(value=False),
            share=share,
            gap=gap,
            failure=lambda one, other: near_distance(both, terms, one, other),
            money=_money(both),
            equal=both.forms if allowance.is_equality and self.calendar is None else (),
            near=_spans(both, allowance) if self.calendar is None else (),
        )

    def _settings(self) -> dict[str, str]:
        """Which setting bounds a right value above the left one, and which one below."""
        if self.after is not None:
            return {"above": "after", "below": "before"}
        both = "days" if self.days is not None else "percent" if self.by is None else "by"
        return {"above": both, "below": both}

    def _judged(self, both: Comparable, allowance: Allowance) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
        """Whether a pair is near enough, how much of the allowance it uses up, and how far apart it is."""
        if self.calendar is not None and both.kind is Kind.DATE:
            days = (on_left(both.left.column), on_right(both.right.column))
            gap = self.calendar.between_expr(*days).cast(allowance.whole)
            return allowance.admits(gap, gap), allowance.used(gap, gap), gap.cast(pl.Float64).abs()
        values = (both.value(both.left, on_left), both.value(both.right, on_right))
        holds = allowance.holds(*values) & both.same_currency(on_left, on_right)
        gap = (values[1].cast(pl.Float64) - values[0].cast(pl.Float64)).abs()  # only orders what fails
        return holds, allowance.share(*values), gap

    def _converted(self, found: tuple[Found, Found], where: str) -> Found:
        """The right column, multiplied into the unit of the left one."""
        if any(one.is_minor for one in found):
            raise WrongColumnType("right_times= does not convert money: a rate is a fact of its own", where=where)
        if any(not (one.dtype.is_integer() or one.dtype.is_decimal() or one.dtype == pl.Null) for one in found):
            types = f"{found[0].dtype} and {found[1].dtype}"
            raise WrongColumnType(f"right_times= is for exact numbers, the columns hold {types}", where=where)
        return attrs.evolve(found[1], times=self.right_times)

    def _allowance(self, both: Comparable, where: str) -> Allowance:
        spans = [value for value in (self.by, self.after, self.before) if isinstance(value, timedelta)]
        is_time = both.kind in {Kind.DATE, Kind.INSTANT}
        unknown = both.left.dtype == pl.Null and both.right.dtype == pl.Null
        if not (is_time or both.kind is Kind.NUMBER):
            raise WrongColumnType(f"numbers, dates or times are needed, the columns hold {both.kind}", where=where)
        if not is_time and not unknown and (self.days is not None or spans or self.calendar is not None):
            raise WrongColumnType("days and timedeltas are for dates and times, the columns hold numbers", where=where)
        if is_time and self.percent is not None:
            raise WrongColumnType("a percentage of a date means nothing", where=where)
        if is_time and isinstance(self.by, Decimal):
            raise WrongColumnType("say days=, or by= a timedelta: a plain number has no unit here", where=where)
        if both.kind is Kind.INSTANT and self.calendar is not None:
            raise WrongColumnType(
                "business days lie between dates, the columns hold times",
                where=where,
                hint="say which day an instant is on: convert_time_zone, then .dt.date(), in a column of its own",
            )
        if both.kind is Kind.DATE and any(_is_part_of_a_day(bound) for bound in (self.by, self.after, self.before)):
            raise WrongColumnType("dates differ by whole days, the tolerance does not", where=where)
        symmetric = self.days if self.days is not None else self.by
        above, below = (self.after, self.before) if self.after is not None else (symmetric, symmetric)
        return Allowance.of(
            above=above,
            below=below,
            percent=self.percent,
            kind=both.kind,
            scale=both.scale,
            is_business=self.calendar is not None,
        )


def _spans(both: Comparable, allowance: Allowance) -> tuple[tuple[Form, Form], ...]:
    """The spans that the values of both sides lie in; what is near enough lies in the same one or the next."""
    forms = []
    for form in (both.form(both.left), both.form(both.right)):
        spans = allowance.spans(form.value, both.reach)
        if spans is None:
            return ()
        forms.append(Form(f"span.{allowance.above}.{allowance.below}:{form.name}", spans))
    return ((forms[0], forms[1]),)


def _bound(value: Any, key: str, where: str) -> Decimal | timedelta:  # noqa: ANN401 - anything may be given
    if isinstance(value, timedelta):
        if value < timedelta(0):
            raise MatcherError(f"{key}={value} is negative; a tolerance is 0 or more", where=where)
        return value
    number = exact_number(value, key, where)
    most = _MOST.get(key, _BOUND_MAX)
    if not number.is_finite() or not 0 <= number <= most:
        raise MatcherError(f"{key}={value} is impossible; a tolerance is a number from 0 to {most:,}", where=where)
    return require_few_decimals(number, key, where)


def _is_part_of_a_day(bound: Decimal | timedelta | None) -> bool:
    if isinstance(bound, timedelta):
        return bool(bound % timedelta(days=1))
    return bound is not None and bound != bound.to_integral_value()


def _require_sense(given: Mapping[str, Decimal | timedelta], where: str) -> None:
    if not given:
        raise MatcherError(
            "a tolerance is needed", where=where, hint="by=0 means equal; else by=, percent=, days=, after=, before="
        )
    forms = [{"by", "percent"} & set(given), {"days"} & set(given), {"after", "before"} & set(given)]
    if sum(bool(form) for form in forms) > 1:
        raise MatcherError(
            f"{' and '.join(given)} exclude each other",
            where=where,
            hint="by= with percent=; days=; after= with before=",
        )
    days = given.get("days")
    if isinstance(days, Decimal) and days != days.to_integral_value():
        raise MatcherError(
            f"days={days} is not a whole number of days", where=where, hint="by=timedelta(hours=...) for times"
        )


def _require_calendar(calendar: object, given: Mapping[str, Decimal | timedelta], where: str) -> None:
    if calendar is None:
        return
    if not isinstance(calendar, BusinessDays):
        raise MatcherError(
            f"calendar={calendar!r} is {type(calendar).__name__}",
            where=where,
            hint="calendar=BusinessDays(holidays=[...])",
        )
    if not set(given) <= {"days", "after", "before"} or any(isinstance(bound, timedelta) for bound in given.values()):
        raise MatcherError("business days are counted by numbers: days=, or after= and before=", where=where)


def _times(times: Decimal | timedelta, given: Mapping[str, Decimal | timedelta], where: str) -> Decimal:
    if isinstance(times, timedelta) or not times:
        raise MatcherError(f"right_times={times} is impossible; a number above 0 is needed", where=where)
    if times != 1 and ("days" in given or any(isinstance(bound, timedelta) for bound in given.values())):
        raise MatcherError("right_times= is for numbers, days and timedeltas are not", where=where)
    return times


def _number_of(given: Mapping[str, Decimal | timedelta], key: str, where: str) -> Decimal | None:
    value = given.get(key)
    if isinstance(value, timedelta):
        raise MatcherError(f"{key}={value} is a timedelta; a number is needed", where=where)
    return value


def _money(both: Comparable) -> dict[str, tuple[str, str]]:
    if not both.is_money:
        return {}
    sides = {"left": both.left, "right": both.right}
    return {side: (found.column, found.currency) for side, found in sides.items() if found.is_minor and found.currency}
