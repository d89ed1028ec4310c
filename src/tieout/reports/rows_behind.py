"""The rows behind figures, in the frames that they were made of: put together when somebody asks for all of them."""

from collections.abc import Callable, Sequence

import attrs
import polars as pl

__all__ = ["Behind"]

_PLACE = ("source_file", "source_line")


def _frames(given: Sequence[pl.DataFrame]) -> tuple[pl.DataFrame, ...]:
    return tuple(given)


@attrs.frozen(eq=False)
class Behind:
    """The rows behind the figures of a section.

    A million orders have tens of millions of such rows, of which a page shows some. One frame of those of several kinds would be
    another copy of each.

    Attributes:
        parts: Frames, one below the other; a column that one lacks is null in it.
    """

    parts: tuple[pl.DataFrame, ...] = attrs.field(converter=_frames, repr=False)

    @property
    def height(self) -> int:
        """How many rows there are."""
        return sum(part.height for part in self.parts)

    @property
    def whole(self) -> pl.DataFrame:
        """All rows as one frame; where they stand comes last."""
        if len(self.parts) == 1:
            return self.parts[0]
        every = pl.concat(self.parts, how="diagonal_relaxed")
        place = [name for name in _PLACE if name in every.columns]
        return every.select(*(name for name in every.columns if name not in place), *place)

    def each(self, change: Callable[[pl.DataFrame], pl.DataFrame]) -> "Behind":
        """The same rows, each part changed."""
        return Behind([change(part) for part in self.parts])

    def narrow(self, names: Sequence[str]) -> pl.DataFrame:
        """Some of their columns; one that no part has is left out."""
        return Behind([part.select(name for name in names if name in part.columns) for part in self.parts]).whole

    def taken(self, rows: pl.Series) -> pl.DataFrame:
        """Some of their rows.

        Args:
            rows: Their places, in order.
        """
        if len(self.parts) == 1:
            return self.parts[0][rows]
        pieces, start = [], 0
        for part in self.parts:
            here = rows.filter((rows >= start) & (rows < start + part.height))
            pieces.append(part[(here.cast(pl.Int64) - start).cast(pl.UInt32)])
            start += part.height
        return Behind(pieces).whole
