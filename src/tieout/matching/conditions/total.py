"""Total: the amounts of all records of one key add up."""

from decimal import Decimal

import attrs

from tieout.matching._documents import Plain
from tieout.matching._sides import Side
from tieout.matching.conditions._amounts import Bound, amount_of, amount_text, bind_amount
from tieout.matching.conditions._base import BoundSum, named

__all__ = ["Total"]


@attrs.frozen(init=False)
class Total(Plain):
    """The amounts of all records that may share add up to the other side's: the lines of a batch to its deposit.

    It stands in `on` beside `Exact` keys, which say what belongs together, in a rule where many may share. `n:1`: the left
    records of a key that pass the gates with a right one add up to it. `1:n` is the mirror of it. `n:m`: all records of the key
    on both sides, and all pairs of them pass the gates.

    Refunds count with their sign. A sum is made within one currency. A group with a record that has no amount, or no currency
    where amounts have one, does not add up: nobody knows to what.

    Attributes:
        column: Column name, left and right.
        by: Most that the sums may differ, either way.
        percent: Most that they may differ, as a percentage of the left one.
        after: Most that the right one may be more.
        before: Most that it may be less.

    Example:
        >>> Total("amount"), Total(left="net", right="payout", by="0.05")
        (Total('amount'), Total(left='net', right='payout', by=0.05))
    """

    column: tuple[str, str]
    by: Decimal | None
    percent: Decimal | None
    after: Decimal | None
    before: Decimal | None

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
    ) -> None:
        """Name the column, and say how far the sums may lie apart; without a tolerance they are equal.

        Args:
            name: Column that is named alike on both sides.
            left: Its name on the left, where the names differ.
            right: Its name on the right.
            by: Most that the sums may differ, in the column's own unit.
            percent: Most that they may differ, as a percentage of the left sum, below 100. With `by`, whichever allows more.
            after: Most that the right sum may be more; `before` is 0 when it is left out.
            before: Most that it may be less; `after` is 0 when it is left out.

        Raises:
            MatcherError: No column, or a tolerance that makes no sense.
        """
        amount = amount_of("Total", name, left, right, by=by, percent=percent, after=after, before=before)
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]  # attrs makes it
            **attrs.asdict(amount)
        )

    def __repr__(self) -> str:
        return f"Total({amount_text(self)})"

    def bind_sum(self, left: Side, right: Side) -> BoundSum:
        """Find its columns on both sides."""
        text = f"{named(self.column)} adds up"
        return bind_amount(self, left, right, condition="Total", text=text)
