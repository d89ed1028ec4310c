"""Same: attributes that must be equal."""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_
from typing import Any

import attrs
import polars as pl

from tieout.matching._documents import Plain
from tieout.matching._sides import Side
from tieout.matching.conditions._base import BoundGate, name_pairs, named, on_left, on_right
from tieout.matching.conditions._distance import Distance, differing, missing, other_currency, unknown_currency
from tieout.matching.conditions._markers import says_nothing
from tieout.matching.conditions._values import Comparable, comparable

__all__ = ["Same"]


@attrs.frozen(init=False)
class Same(Plain):
    """The attributes are equal on both sides, all of them: shop, currency, carrier.

    Values are compared as they are, without normalising. A null, an empty text, and a marker such as `-`, `无` or `N/A` equal
    nothing, not even another one: two unknown shops are not one shop.

    Attributes:
        columns: Column names, left and right.

    Example:
        >>> Same("carrier", "shop_id")
        Same('carrier', 'shop_id')
    """

    columns: tuple[tuple[str, str], ...]

    def __init__(
        self, *names: str, left: str | Sequence[str] | None = None, right: str | Sequence[str] | None = None
    ) -> None:
        """Name the columns.

        Args:
            *names: Columns that are named alike on both sides.
            left: Column or columns on the left, where the names differ.
            right: As many on the right.

        Raises:
            MatcherError: No column is named, or not as many on the one side as on the other.
        """
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]  # attrs makes it
            columns=name_pairs("Same", names, left, right)
        )

    def __repr__(self) -> str:
        lefts, rights = zip(*self.columns, strict=True)
        if lefts == rights:
            return f"Same({', '.join(map(repr, lefts))})"
        return f"Same(left={list(lefts)!r}, right={list(rights)!r})"

    def bind(self, left: Side, right: Side) -> BoundGate:
        """Find its columns on both sides."""
        pairs = [
            comparable(
                left.find(names[0], wanted_by="Same"),
                right.find(names[1], wanted_by="Same"),
                where=f"Same({named(names)!r})",
            ).narrowed()
            for names in self.columns
        ]
        return BoundGate(
            text="same " + " and ".join(named(names) for names in self.columns),
            text_zh="、".join(named(names) for names in self.columns) + " 相同",
            left=tuple(dict.fromkeys(name for pair in pairs for name in pair.left_columns)),
            right=tuple(dict.fromkeys(name for pair in pairs for name in pair.right_columns)),
            holds=reduce(and_, (_equal(pair) for pair in pairs)).fill_null(value=False),
            share=pl.lit(0, dtype=pl.Int64),
            equal=tuple(forms for pair in pairs for forms in pair.forms),
            failure=lambda one, other: tuple(far for pair in pairs for far in _unequal(pair, one, other)),
        )


def _equal(pair: Comparable) -> pl.Expr:
    values = pair.value(pair.left, on_left) == pair.value(pair.right, on_right)
    return values & pair.same_currency(on_left, on_right)


def _unequal(pair: Comparable, left: Mapping[str, Any], right: Mapping[str, Any]) -> tuple[Distance, ...]:
    name = named((pair.left.asked, pair.right.asked))
    values = (pair.plain(pair.left, left), pair.plain(pair.right, right))
    codes = (left.get(pair.left.currency or ""), right.get(pair.right.currency or ""))
    if any(map(says_nothing, values)):
        there = left.get(pair.left.column), right.get(pair.right.column)
        if any(map(says_nothing, there)):
            return (attrs.evolve(missing(name, *there), left=values[0], right=values[1]),)
        unknown = {
            side: code for side, code, value in zip(("left", "right"), codes, values, strict=True) if value is None
        }
        return (unknown_currency(name, values, unknown),)
    if codeless := pair.codeless(left, right):
        return (unknown_currency(name, values, codeless),)
    if pair.is_money and codes[0] != codes[1]:
        return (other_currency(name, values, codes),)
    return () if values[0] == values[1] else (differing(name, *values),)
