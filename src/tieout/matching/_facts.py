"""Facts of a column that a rule is bound to, found out when they are first needed."""

from functools import cached_property
from typing import Any

import attrs
import polars as pl

__all__ = ["ColumnFacts", "KnownFacts"]

_TEXTS = {pl.String, pl.Categorical, pl.Enum}
_LOOK = 2_000  # rows of a column, of which most have words of their own if it holds identifiers
_CODES_MAX = 400  # there are fewer currencies; a column with more words holds something else


@attrs.frozen(kw_only=True)
class KnownFacts:
    """The same of a column that is not here: what an engine was told of the whole, of which it has a part.

    Attributes:
        reach: The largest magnitude of its whole numbers.
        codes: The different words that it holds; None when they are too many to be currencies, or no words.
    """

    reach: int
    codes: frozenset[str | None] | None

    @classmethod
    def of(cls, values: pl.Series) -> "KnownFacts":
        """What a column holds that may be a currency's or an amount's, a date's or a time's."""
        facts = ColumnFacts(values)
        is_text = values.dtype.base_type() in _TEXTS
        is_number = values.dtype.is_numeric() or values.dtype.is_temporal()
        is_wordy = is_text and values.head(_LOOK).n_unique() > _CODES_MAX
        return cls(
            reach=facts.reach if is_number and not values.dtype.is_float() else 0,
            codes=facts.codes if is_text and not is_wordy else None,
        )

    def joined(self, other: "KnownFacts") -> "KnownFacts":
        """Facts of two parts of one column."""
        codes = None if self.codes is None or other.codes is None else self.codes | other.codes
        is_too_many = codes is not None and len(codes) > _CODES_MAX
        return KnownFacts(reach=max(self.reach, other.reach), codes=None if is_too_many else codes)


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
