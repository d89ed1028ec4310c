"""Facts of a column that a rule is bound to, found out when they are first needed."""

from functools import cached_property
from typing import Any

import attrs
import polars as pl

__all__ = ["ColumnFacts"]

_CODES_MAX = 400  # there are fewer currencies; a column with more words holds something else


@attrs.frozen(eq=False, slots=False)
class ColumnFacts:
    """What a column really holds.

    Attributes:
        values: The column.
    """

    values: pl.Series = attrs.field(repr=False)

    @cached_property
    def reach(self) -> int:
        """The largest magnitude of its whole numbers (a Decimal's without the point, a date's day number); 0 without any."""
        physical = self.values.to_physical()
        ends: list[Any] = [physical.min(), physical.max()]
        return max((abs(int(end)) for end in ends if end is not None), default=0)

    @cached_property
    def codes(self) -> frozenset[str | None] | None:
        """The different words that it holds, None for null; None when they are too many to be currencies."""
        distinct = self.values.unique()
        return frozenset(distinct.cast(pl.String).to_list()) if len(distinct) <= _CODES_MAX else None
