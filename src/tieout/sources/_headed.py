"""Headed rows: what a record says as a whole stands on its first line alone, as programs export vouchers and documents."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tieout.sources._grid import cell_name
from tieout.sources._reading import Reading

__all__ = ["RECORD", "headed_rows"]

RECORD: Final = "_record"
"""Column that numbers the records, from 1; lines above the first head are of record 0."""


def headed_rows(reading: Reading, names: Sequence[str]) -> dict[str, pl.Series]:
    """What the head of its record says, for each line of data, and which record that is.

    Args:
        reading: The reading, its rows told apart.
        names: Columns of the head, the record's own number first, if it has one.

    Returns:
        The cells of those that the file has, by column, and `RECORD`; nothing where there are no names.
    """
    if not names:
        return {}
    cells = {column.name: cell_name(position) for position, column in reading.bound if column.name in names}
    frame = reading.data.select(pl.col(cell).alias(name) for name, cell in cells.items())
    begins = pl.any_horizontal(pl.col(name).is_not_null() for name in cells) if cells else pl.lit(value=False)
    if names[0] in cells:
        number = pl.col(names[0])
        begins &= (number != number.forward_fill().shift(1)).fill_null(value=True)
    frame = frame.with_columns(begins.cast(pl.Int64).cum_sum().alias(RECORD))
    filled = frame.with_columns(pl.coalesce(name, pl.col(name).first().over(RECORD)).alias(name) for name in cells)
    return {column.name: column for column in filled}
