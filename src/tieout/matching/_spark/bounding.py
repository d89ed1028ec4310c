"""Bounding: how many records may come to the driver."""

from typing import Self

import attrs

from tieout.errors import MatcherError

__all__ = ["Bound"]


@attrs.frozen(kw_only=True)
class Bound:
    """How many records may be brought together.

    Attributes:
        most: So many.
        held: So many of them are there already.
    """

    most: int
    held: int = 0

    @property
    def left(self) -> int:
        """How many more may come."""
        return max(0, self.most - self.held)

    def beside(self, held: int) -> Self:
        """The bound where these are there already."""
        return type(self)(most=self.most, held=held)

    def require(self, count: int) -> None:
        """Hold so many more records against the bound, before they come.

        Raises:
            MatcherError: They are more than may come.
        """
        if count > self.left:
            raise MatcherError(
                f"{self.held + count:,} records are left over by the first rule or needed to decide what is, "
                f"more than max_leftovers={self.most:,}",
                hint="put the rule first whose keys match most records, "
                "or raise max_leftovers as far as the driver's memory goes",
            )
