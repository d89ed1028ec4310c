"""Exact: keys that are equal."""

from collections.abc import Sequence

import attrs

from tieout.matching._documents import Plain
from tieout.matching._sides import Side
from tieout.matching.conditions._base import BoundKey, name_pairs, named
from tieout.matching.conditions._key_parts import bind_part

__all__ = ["Exact"]


@attrs.frozen(init=False)
class Exact(Plain):
    """The key columns are equal on both sides, all of them.

    Text is compared as it came first, then in the normal form of `tieout.keys.exact_key` (spaces, guards, hyphens, case,
    full-width forms). A null, an empty text, a marker such as `-`, and an id that certainly lost digits (`4.00123E+27`)
    equal nothing. Money, numbers and dates are compared exactly; money only within one currency.

    Attributes:
        columns: Column names, left and right.
        normalise: Whether text is also compared in its normal form.

    Example:
        >>> Exact("merchant_order_no", "amount"), Exact(left="tracking_no", right="waybill")
        (Exact('merchant_order_no', 'amount'), Exact(left='tracking_no', right='waybill'))
    """

    columns: tuple[tuple[str, str], ...]
    normalise: bool

    def __init__(
        self,
        *names: str,
        left: str | Sequence[str] | None = None,
        right: str | Sequence[str] | None = None,
        normalise: bool = True,
    ) -> None:
        """Name the columns.

        Args:
            *names: Columns that are named alike on both sides.
            left: Column or columns on the left, where the names differ.
            right: As many on the right.
            normalise: False where case or hyphens tell two ids apart.

        Raises:
            MatcherError: No column is named, or not as many on the one side as on the other.
        """
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]  # attrs makes it
            columns=name_pairs("Exact", names, left, right), normalise=normalise
        )

    def __repr__(self) -> str:
        lefts, rights = zip(*self.columns, strict=True)
        extra = "" if self.normalise else ", normalise=False"
        if lefts == rights:
            return f"Exact({', '.join(map(repr, lefts))}{extra})"
        sides = (lefts[0], rights[0]) if len(lefts) == 1 else (list(lefts), list(rights))
        return f"Exact(left={sides[0]!r}, right={sides[1]!r}{extra})"

    def bind_key(self, left: Side, right: Side) -> BoundKey:
        """Find its columns on both sides."""
        parts = [
            part
            for names in self.columns
            for part in bind_part(names, left, right, condition="Exact", normalise=self.normalise)
        ]
        text = "same " + " and ".join(named(pair) for pair in self.columns)
        return BoundKey(text=text, parts=tuple(parts), edits=0)
