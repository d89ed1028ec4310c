"""Numbering: the rows and units of a part of a run by their numbers in the whole."""

from collections.abc import Mapping

import attrs
import polars as pl

from tieout.reconciliations._courier.judging import Units, Weighed
from tieout.reconciliations._courier.sides import Sides
from tieout.reconciliations._spread.records import in_whole

__all__ = ["Counts", "Numbers"]

_OWED_A_PARCEL = 256
"""Room for what one parcel lacks, or one return under a number of its own: a contract has some dozens of charges."""


@attrs.frozen(kw_only=True)
class Counts:
    """How many records came in the whole, carried ones that a newer one took the place of among them."""

    charges: int
    remittances: int
    shipments: int
    invoices: int
    returns: int
    claims: int

    @property
    def units(self) -> Units:
        """The first numbers of units."""
        lines = self.charges + self.remittances
        headers = lines + self.shipments
        return Units(parcels=lines, headers=headers, owed=headers + self.invoices)


class Numbers:
    """What is numbered from 0 in a part, by the numbers of the whole."""

    def __init__(self, sides: Sides, weighed: Weighed, local: Units, counts: Counts) -> None:
        """Take a part's own numbers.

        Args:
            sides: The sides, with the places of their rows; those without are whole.
            weighed: What was compared.
            local: First numbers of units in the part.
            counts: How many records came in the whole.
        """
        whole = counts.units
        self._places = {name: _places(side.places, side.frame.height) for name, side in sides.taken.items()}
        self._units = pl.concat(
            [
                self._places["charges"],
                self._places["remittances"] + counts.charges,
                self._places["shipments"] + whole.parcels,
                self._places["invoices"] + whole.headers,
                self._owed(sides, weighed, local, counts),
            ]
        )

    def _owed(self, sides: Sides, weighed: Weighed, local: Units, counts: Counts) -> pl.Series:
        """Units of what is owed: by parcel, by return, by claim, then by month; numbers that are not of such a unit are null.

        A return under a number of its own is the parcel -(case + 1), as its expected amounts have it.
        """
        start = counts.units.owed
        which = pl.int_range(pl.len()).over("claim").alias("which")  # several claims may have one id
        claims = sides.taken["claims"].frame.select(pl.col("discrepancy_id").alias("claim"), "row")
        claims = claims.with_columns(self._places["claims"].gather(claims["row"]).alias("claimed"))
        claims = claims.drop("row").sort("claimed").with_columns(which)
        alone = weighed.owed.filter(pl.col("unit") >= local.owed).select("unit", "parcel", "claim").with_columns(which)
        at = alone["parcel"]
        alone = alone.join(claims, on=["claim", "which"], how="left", maintain_order="left").with_columns(
            self._places["shipments"].gather(at.set(at < 0, None)).alias("of_parcel"),
            self._places["returns"].gather((-at - 1).set(at >= 0, None)).alias("of_return"),
        )
        nth = pl.int_range(pl.len()).over("parcel")
        months = pl.col("unit").cum_count().cast(pl.Int64) - 1
        returns = start + counts.shipments * _OWED_A_PARCEL
        claimed = returns + counts.returns * _OWED_A_PARCEL
        number = (
            pl.when(pl.col("of_parcel").is_not_null())
            .then(start + pl.col("of_parcel") * _OWED_A_PARCEL + nth)
            .when(pl.col("of_return").is_not_null())
            .then(returns + pl.col("of_return") * _OWED_A_PARCEL + nth)
            .when(pl.col("claimed").is_not_null())
            .then(claimed + pl.col("claimed"))
            .otherwise(claimed + counts.claims + months)
        )
        found = alone.select((pl.col("unit") - local.owed).alias("at"), number.cast(pl.Int64).alias("number"))
        every = pl.DataFrame({"at": pl.int_range(weighed.owed.height, dtype=pl.Int64, eager=True)})
        return every.join(found, on="at", how="left", maintain_order="left")["number"]

    def of_units(self, frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
        """A frame with units by their numbers in the whole.

        Args:
            frame: Rows.
            columns: Columns of units, which may be null.
        """
        return frame.with_columns(self._units.gather(frame[name].cast(pl.Int64)).alias(name) for name in columns)

    def of_rows(self, frame: pl.DataFrame, **columns: str) -> pl.DataFrame:
        """A frame with rows by their places in the whole.

        Args:
            frame: Rows.
            columns: For each column of rows the side that they are of.
        """
        return in_whole(frame, self._places, columns)

    def places(self) -> Mapping[str, pl.Series]:
        """Where the rows of each side stand."""
        return self._places


def _places(places: pl.Series | None, rows: int) -> pl.Series:
    return (pl.int_range(rows, dtype=pl.Int64, eager=True) if places is None else places).alias("number")
