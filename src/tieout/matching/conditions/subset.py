"""Subset: a few records, which no key names, add up to one."""

from decimal import Decimal
from typing import Any

import attrs

from tieout.errors import MatcherError
from tieout.matching._documents import Plain
from tieout.matching._sides import Side
from tieout.matching.conditions._amounts import Bound, amount_of, amount_text, bind_amount
from tieout.matching.conditions._base import BoundSum, SubsetTerms, named

__all__ = ["Subset"]

_SIZE_MIN, _SIZE_MAX, _SIZE = 2, 12, 8
_SHOWN_MIN, _SHOWN_MAX, _SHOWN = 2, 1_000, 10
_WORK_MIN, _WORK_MAX, _WORK = 1, 20_000_000, 2_000_000


@attrs.frozen(init=False)
class Subset(Plain):
    """A few of the records add up to one of the other side: the parcels that a deposit pays, where no batch number says which.

    Nearly every sum can be made in several ways, so the question is whether there is only one. All ways are counted before any is
    believed: the only one is confirmed, several are suggested, and where the search stopped at its limit nothing is said at all.
    `MatchResult.verdicts` says which of these it was. What narrows the choice is worth more than a longer search: gates (`Near` a
    date, `Same` counterparty) and `Exact` keys, which the records of a sum share with the one that they add up to.

    Beside keys, all records of the key are tried first, as by `Total`, however many they are.

    Records without an amount, and of amount 0, are in no sum. Records alike in all that the matcher sees are interchangeable:
    which of them is taken makes no second way.

    Attributes:
        column: Column name, left and right.
        by: Most that the sums may differ, either way.
        percent: Most that they may differ, as a percentage of the left one.
        after: Most that the right one may be more.
        before: Most that it may be less.
        max_size: Most records in one sum.
        max_shown: Most ways that are shown.
        max_work: Most steps of one search. A rule with more than 100 searches shares out 100 times as many among them.

    Example:
        >>> Subset("amount"), Subset("amount", max_size=4, by="0.05")
        (Subset('amount'), Subset('amount', by=0.05, max_size=4))
    """

    column: tuple[str, str]
    by: Decimal | None
    percent: Decimal | None
    after: Decimal | None
    before: Decimal | None
    max_size: int
    max_shown: int
    max_work: int

    def __init__(
        self,
        name: str | None = None,
        *,
        left: str | None = None,
        right: str | None = None,
        by: Bound | None = None,
        percent: Bound | None = None,
        after: Bound | None = None,
        before: Bound | None = None,
        max_size: int = _SIZE,
        max_shown: int = _SHOWN,
        max_work: int = _WORK,
    ) -> None:
        """Name the column, and say how far sum and amount may lie apart; without a tolerance they are equal.

        Args:
            name: Column that is named alike on both sides.
            left: Its name on the left, where the names differ.
            right: Its name on the right.
            by: Most that the sums may differ, in the column's own unit.
            percent: Most that they may differ, as a percentage of the left sum, below 100. With `by`, whichever allows more.
            after: Most that the right sum may be more; `before` is 0 when it is left out.
            before: Most that it may be less; `after` is 0 when it is left out.
            max_size: Most records in one sum, from 2 to 12. Each more makes more sums that fit by chance.
            max_shown: Most ways that are shown, from 2 to 1,000.
            max_work: Most steps of one search, up to 20,000,000; two million take about a second and 100 MB.

        Raises:
            MatcherError: No column, a tolerance that makes no sense, or a bound that is impossible.
        """
        amount = amount_of("Subset", name, left, right, by=by, percent=percent, after=after, before=before)
        where = f"Subset({named(amount.column)!r})"
        _require_size(max_size, where)
        _require("max_shown", max_shown, _SHOWN_MIN, _SHOWN_MAX, where)
        _require("max_work", max_work, _WORK_MIN, _WORK_MAX, where)
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]  # attrs makes it
            **attrs.asdict(amount), max_size=max_size, max_shown=max_shown, max_work=max_work
        )

    def __repr__(self) -> str:
        usual = {"max_size": _SIZE, "max_shown": _SHOWN, "max_work": _WORK}
        given = {name: getattr(self, name) for name in usual}
        bounds = [f"{name}={value}" for name, value in given.items() if value != usual[name]]
        return f"Subset({', '.join([amount_text(self), *bounds])})"

    def bind_sum(self, left: Side, right: Side) -> BoundSum:
        """Find its columns on both sides."""
        text = f"up to {self.max_size} {named(self.column)} add up"
        terms = SubsetTerms(max_size=self.max_size, max_shown=self.max_shown, max_work=self.max_work)
        return bind_amount(self, left, right, condition="Subset", text=text, subset=terms)


def _require_size(value: Any, where: str) -> None:  # noqa: ANN401 - anything may be given
    if value == 1 and type(value) is int:
        raise MatcherError(
            "max_size=1 is no sum: one record equals one",
            where=where,
            hint='Rule(..., on=[Exact("amount")]), with gates that corroborate it',
        )
    _require("max_size", value, _SIZE_MIN, _SIZE_MAX, where)


def _require(name: str, value: Any, least: int, most: int, where: str) -> None:  # noqa: ANN401 - anything may be given
    if type(value) is not int or not least <= value <= most:
        raise MatcherError(f"{name}={value!r} is impossible; a whole number from {least:,} to {most:,}", where=where)
