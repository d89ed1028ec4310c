"""Routing: which part of a run each record belongs to, so that all that have to do with each other meet in one.

A line, a parcel and a charge of an earlier bill go by their number; an after-sale case binds the numbers that it names, and a
damaged number is bound to that of the parcel which it was found to be. An accepted claim goes by the number of its charge.
"""

from collections.abc import Iterator

import attrs
import polars as pl

from tieout import keys
from tieout._spark.components import LABELS, edge_parts
from tieout._spark.parts import PLACE, Frames, Part, split
from tieout.model import CourierCharge, Discrepancy, Return, Shipment
from tieout.reconciliations._common.sides import SCOPE
from tieout.reconciliations._courier.editions import said_of, sketches_of
from tieout.reconciliations._spread.arriving import amounts_of
from tieout.reconciliations._spread.records import (
    CAME,
    ROUTE,
    came_of,
    frame_name,
    regrouped_by,
    routed,
)
from tieout.tables._file_numbers import is_file_number

__all__ = ["CLAIMED", "FILES_NAME", "FILES_SAID", "FOUND_PAIRS", "RECORDS", "Keyed", "Routed", "route_of_key"]

RECORDS: dict[str, type] = {
    "shipments": Shipment,
    "charges": CourierCharge,
    "remittances": CourierCharge,
    "history": CourierCharge,
    "returns": Return,
    "claims": Discrepancy,
}
"""The sides whose records are spread, all but the bill headers."""
CLAIMED, FOUND_PAIRS = "claimed", "found"
FILES_SAID, FILES_NAME = "files_said", "files_name"
"""Frames of what files have of bills, and of the lines that they name, where the run before knew some."""
_OF_BILLS = {"charges": "charges", "remittances": "remittances", "history": "charges"}
_NUMBER, _NAMELESS, _CASE, _TYPE = "k:", "x:", "r:", "t:"
_FIGURES = 0
"""The bucket of what is looked at as a whole."""


def route_of_key(key: pl.Expr) -> pl.Expr:
    """The route of a number."""
    return pl.concat_str(pl.lit(_NUMBER), key)


@attrs.frozen
class Keyed:
    """Records of one side as they are read: each with its route, on its way to the bucket of that.

    Attributes:
        origin: Where they come from.
        side: Name of the side.
        buckets: How many buckets there are.
        has_opening: Whether a run before carried anything.
    """

    origin: str
    side: str
    buckets: int
    has_opening: bool

    def __call__(self, piece: pl.DataFrame) -> Iterator[Part]:
        """The rows of a piece of the input."""
        name = frame_name(self.origin, self.side)
        rows = routed(piece, RECORDS[self.side], _route(self.side))
        yield from split(name, rows, [ROUTE], self.buckets)
        unnamed = pl.col("bill_no").is_null() if "bill_no" in rows.columns else pl.lit(value=False)
        counts = {"unnamed": unnamed.sum().cast(pl.Int64), "amounts": amounts_of(rows.columns)}
        yield _FIGURES, CAME, came_of(name, rows, **counts)
        if self.has_opening and self.side in _OF_BILLS and (self.origin, self.side) != ("given", "history"):
            of, is_given = _OF_BILLS[self.side], self.origin == "given"
            yield _FIGURES, FILES_SAID, said_of(rows, of, is_given=is_given)
            yield _FIGURES, FILES_NAME, sketches_of(rows, of, is_given=is_given)
        if self.side == "returns":
            yield from edge_parts(_edges(rows), self.buckets)
        if self.side == "claims":
            types = rows.filter(pl.col(ROUTE).str.starts_with(_TYPE)).select(ROUTE).unique()
            yield _FIGURES, CLAIMED, types


def _route(side: str) -> pl.Expr:
    at = pl.col(PLACE).cast(pl.String)
    if side == "returns":
        named = pl.struct(*SCOPE, "return_id").struct.json_encode()
        return pl.concat_str(pl.lit(_CASE), named)
    if side == "claims":
        number, kind = (pl.col("keys").str.json_path_match(f"$.{name}") for name in ("tracking_no", "charge_type"))
        return pl.coalesce(
            route_of_key(number), pl.concat_str(pl.lit(_TYPE), kind), pl.concat_str(pl.lit(_NAMELESS), at)
        )
    key = keys.exact_key_expr(pl.col("tracking_no"))
    # A row that is read again, of the same file or of another one that has its bill, meets itself, though it has no number.
    nameless = pl.coalesce("tracking_no", at) if side == "shipments" else _said_expr()
    return pl.coalesce(route_of_key(key), pl.concat_str(pl.lit(_NAMELESS), nameless))


def _said_expr() -> pl.Expr:
    """What a charge without a number is for, wherever it stands."""
    bill = pl.when(~is_file_number("bill_no")).then("bill_no")
    texts = [
        bill,
        *(pl.col(name) for name in ("carrier", "tracking_no", "order_id", "charge_type", "leg", "ship_date")),
    ]
    return pl.concat_str([text.cast(pl.String).fill_null("") for text in texts], separator="\x1f")


def _edges(cases: pl.DataFrame) -> pl.DataFrame:
    """Each case with the numbers that it names."""
    return pl.concat(
        [
            cases.select(pl.col(ROUTE).alias("node"), route_of_key(keys.exact_key_expr(pl.col(name))).alias("other"))
            for name in ("return_tracking_no", "outbound_tracking_no")
        ]
    ).drop_nulls()


@attrs.frozen(eq=False)
class Routed:
    """Records with their route, sent on to the bucket of the smallest name that they hang together with.

    Attributes:
        buckets: How many buckets there are.
        claimed: Routes of claims that name a charge's type and no number: lines without a number go by their type then.
    """

    buckets: int
    claimed: pl.Series

    def __call__(self, frames: Frames) -> Iterator[Part]:
        """The rows of one bucket."""
        labels = frames.get(LABELS)
        for name, frame in frames.items():
            if name in {LABELS, CAME, CLAIMED, FILES_SAID, FILES_NAME}:
                continue
            rows = frame
            if "charge_type" in frame.columns and self.claimed.len():
                kind = pl.concat_str(pl.lit(_TYPE), "charge_type")
                nameless = pl.col(ROUTE).str.starts_with(_NAMELESS) & kind.is_in(self.claimed.implode())
                rows = rows.with_columns(pl.when(nameless).then(kind).otherwise(ROUTE).alias(ROUTE))
            yield from split(name, regrouped_by(rows, labels), [ROUTE], self.buckets)
