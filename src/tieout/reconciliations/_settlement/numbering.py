"""Numbering: units, which are what is compared of each order, and the rows and units of a part by their numbers in the whole."""

from collections.abc import Sequence

import attrs
import polars as pl

from tieout.reconciliations._common.sides import Side
from tieout.reconciliations._spread.records import in_whole

__all__ = ["PARTS", "Counts", "Numbers", "with_units"]

PARTS = 2
"""Units of one order and currency: its money (0) and its rated fees (1)."""
RANKED = ("orders", "refunds", "lines")
"""Sides of which a record names an order."""
_TERMS = 2
"""What a contract may say of one fee: a charge, and what comes back of it."""


def with_units(sides: Sequence[Side], codes: Sequence[str], keys: int) -> tuple[Side, ...]:
    """Sides whose rows have a `unit`: by `unit_key`, currency and `part`; a row without a key has its own.

    Args:
        sides: Sides with `unit_key`, `part` and `currency`.
        codes: All currencies, in order.
        keys: How many keys there are.
    """
    first_free = keys * max(len(codes), 1) * PARTS
    made = []
    for side in sides:
        place = pl.col("currency").replace_strict({code: at for at, code in enumerate(codes)}, return_dtype=pl.Int64)
        unit = (pl.col("unit_key") * len(codes) + place) * PARTS + pl.col("part")
        made.append(side.with_columns(pl.coalesce(unit, pl.col("row") + first_free).alias("unit")))
        first_free += side.frame.height
    return tuple(made)


@attrs.frozen(kw_only=True)
class Counts:
    """How many records came in the whole, carried ones that a newer one took the place of among them.

    Attributes:
        codes: All currencies, in order.
        fees: How many fees the contract rates.
    """

    orders: int
    refunds: int
    lines: int
    codes: Sequence[str]
    fees: int

    @property
    def starts(self) -> dict[str, int]:
        """The first number of each side's records, where all are numbered on."""
        lines = self.orders + self.refunds
        return {"orders": 0, "refunds": self.orders, "lines": lines, "settlements": lines + self.lines}


class Numbers:
    """What is numbered from 0 in a part, by the numbers of the whole.

    An order is numbered by its first record, its units and what the contract makes of it by that, lone rows after all of them.
    """

    def __init__(self, sides: Sequence[Side], keys: int, codes: Sequence[str], counts: Counts) -> None:
        """Take a part's own numbers.

        Args:
            sides: Sides with `unit`, and with the places of their rows; those without are whole.
            keys: How many keys the part has.
            codes: All currencies of the part, in order.
            counts: How many records came in the whole.
        """
        self._places = {side.name: _places(side) for side in sides if side.name != "contract"}
        first = pl.concat(
            [
                side.frame.select("key", (self._places[side.name] + counts.starts[side.name]).alias("number"))
                for side in sides
                if side.name in RANKED
            ]
        )
        first = first.drop_nulls("key").group_by("key").agg(pl.col("number").min())
        every = pl.DataFrame({"key": pl.int_range(keys, dtype=pl.Int64, eager=True)})
        self._orders = every.join(first, on="key", how="left", maintain_order="left")["number"]
        self._codes = pl.Series([counts.codes.index(code) if code in counts.codes else 0 for code in codes])
        self._counts = counts
        self._lone = pl.concat(
            [
                pl.repeat(None, side.frame.height, dtype=pl.Int64, eager=True)
                if side.name == "contract"
                else self._places[side.name] + counts.starts[side.name]
                for side in sides
            ]
        )

    def of_units(self, frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
        """A frame with units by their numbers in the whole.

        Args:
            frame: Rows.
            columns: Columns of units, which may be null.
        """
        return frame.with_columns(self._unit(frame[name].cast(pl.Int64)).alias(name) for name in columns)

    def _unit(self, units: pl.Series) -> pl.Series:
        counts, codes = self._counts, self._codes.len()
        limit = self._orders.len() * codes * PARTS
        every = max(len(counts.codes), 1)
        free = (counts.starts["settlements"]) * every * PARTS
        told = units.to_frame("unit").select(
            pl.when(pl.col("unit") < limit).then(pl.col("unit") // (codes * PARTS)).alias("order"),
            (pl.col("unit") % (codes * PARTS) // PARTS).alias("code"),
            (pl.col("unit") % PARTS).alias("part"),
            pl.when(pl.col("unit") >= limit).then(pl.col("unit") - limit).alias("lone"),
        )
        keyed = (self._orders.gather(told["order"]) * every + self._codes.gather(told["code"])) * PARTS + told["part"]
        lone = self._lone.gather(told["lone"]) + free
        return pl.select(pl.coalesce(keyed, lone)).to_series()

    def of_rows(self, frame: pl.DataFrame, **columns: str) -> pl.DataFrame:
        """A frame with rows by their places in the whole.

        Args:
            frame: Rows.
            columns: For each column of rows the side that they are of.
        """
        return in_whole(frame, self._places, columns)

    def of_contract(self, rows: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
        """What the contract makes of orders, numbered order by order.

        Args:
            rows: Records with `row`, in their order.
            keys: The key of each.
        """
        room = max(len(self._counts.codes), 1) * max(self._counts.fees, 1) * _TERMS
        nth = pl.int_range(pl.len()).over("key")
        numbered = rows.with_columns(keys.alias("key"), self._orders.gather(keys).alias("order"))
        row = (pl.col("order") * room + nth).cast(pl.Int64).alias("row")
        return numbered.with_columns(row).drop("key", "order")


def _places(side: Side) -> pl.Series:
    rows = pl.int_range(side.frame.height, dtype=pl.Int64, eager=True)
    return (rows if side.places is None else side.places).alias("number")
