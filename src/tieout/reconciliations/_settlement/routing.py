"""Routing: which part of a run each record belongs to, so that all that have to do with each other meet in one.

Records go by the number of their order, whatever their shop, since some say none. A line that names a refund and no order belongs
to the order of that refund. A record that was carried in and one that takes its place meet though they name different orders.
"""

from collections.abc import Iterator

import attrs
import polars as pl

from tieout._spark.components import LABELS, edge_parts
from tieout._spark.parts import PLACE, Frames, Part, split
from tieout.model import Order, Refund, SettlementLine
from tieout.reconciliations._common.sides import SCOPE
from tieout.reconciliations._settlement.taking import KEY_OF_LINES, SHARING
from tieout.reconciliations._spread.arriving import amounts_of
from tieout.reconciliations._spread.records import (
    CAME,
    ROUTE,
    came_of,
    frame_name,
    read_from_expr,
    regrouped_by,
    routed,
)

__all__ = ["ASKED", "BOUND", "CODES", "MARKS", "RECORDS", "Bound", "Keyed", "Routed"]

RECORDS: dict[str, type] = {"orders": Order, "refunds": Refund, "lines": SettlementLine}
"""The sides whose records are spread, all but the headers."""
CODES, ASKED, MARKS, BOUND = "codes", "asked", "marks", "bound"
_ORDER, _REFUND, _NAMELESS = "k:", "f:", "x:"
_FIGURES = 0


@attrs.frozen
class Keyed:
    """Records of one side as they are read: each with its route, on its way to the bucket of that.

    Attributes:
        origin: Where they come from.
        side: Name of the side.
        buckets: How many buckets there are.
        is_marked: Whether records of the side were carried in, of which these may take the place.
    """

    origin: str
    side: str
    buckets: int
    is_marked: bool

    def __call__(self, piece: pl.DataFrame) -> Iterator[Part]:
        """The rows of a piece of the input."""
        name = frame_name(self.origin, self.side)
        rows = routed(piece, RECORDS[self.side], _route(self.side))
        yield from split(name, rows, [ROUTE], self.buckets)
        yield _FIGURES, CAME, came_of(name, rows, amounts=amounts_of(rows.columns))
        yield _FIGURES, CODES, rows.select("currency").unique()
        if self.side == "refunds":
            of_orders = rows.filter(pl.col("platform_order_id").is_not_null())
            yield from self._asked(of_orders.select(_refund_route().alias("refund"), ROUTE))
        if self.side == "lines":
            nameless = rows.filter(pl.col(ROUTE).str.starts_with(_REFUND))
            yield from self._asked(nameless.select(pl.col(ROUTE).alias("refund"), ROUTE))
        if self.is_marked and self.side != "orders":
            marks = rows.select(
                pl.lit(self.side).alias("side"),
                pl.concat_list(_marks(self.side)).alias("mark"),
                ROUTE,
                pl.lit(self.origin != "given").alias("is_before"),
            )
            known = marks.explode("mark").drop_nulls("mark").unique()
            yield from split(MARKS, known, ["side", "mark"], self.buckets)

    def _asked(self, rows: pl.DataFrame) -> Iterator[Part]:
        yield from split(ASKED, rows.unique(), ["refund"], self.buckets)


def _route(side: str) -> pl.Expr:
    order = pl.concat_str(pl.lit(_ORDER), "platform_order_id")
    if side == "orders":
        return order
    if side == "refunds":
        return pl.coalesce(order, _refund_route())
    named = pl.when(pl.col("line_id").is_not_null()).then(pl.struct(KEY_OF_LINES).struct.json_encode())
    nameless = pl.coalesce(named, read_from_expr(), pl.col(PLACE).cast(pl.String))
    return pl.coalesce(order, _refund_route(), pl.concat_str(pl.lit(_NAMELESS), nameless))


def _refund_route() -> pl.Expr:
    return pl.concat_str(pl.lit(_REFUND), "refund_id")


def _marks(side: str) -> list[pl.Expr]:
    """What a record and one that takes its place have in common."""
    if side == "refunds":
        return [pl.struct(*SCOPE, "refund_id", pl.col("version").fill_null("")).struct.json_encode()]
    is_named = pl.col("line_id").is_not_null()
    shared = [pl.when(is_named).then(pl.struct(*KEY_OF_LINES, name).struct.json_encode()) for name in SHARING]
    return [*shared, pl.when(~is_named).then(read_from_expr())]


@attrs.frozen
class Bound:
    """Routes that belong together, as edges: of lines that name refunds of orders, and of what takes the place of another.

    Attributes:
        buckets: How many buckets there are.
    """

    buckets: int

    def __call__(self, frames: Frames) -> Iterator[Part]:
        """The edges of one bucket, and how many they are."""
        edges = []
        if ASKED in frames:
            asked = frames[ASKED].unique()
            is_line = pl.col("refund") == pl.col(ROUTE)
            edges.append(
                asked.filter(~is_line)
                .join(asked.filter(is_line), on="refund", how="semi")
                .select(pl.col("refund").alias("node"), pl.col(ROUTE).alias("other"))
            )
        if MARKS in frames:
            of_one = ["side", "mark"]
            differ = frames[MARKS].filter(
                pl.col("is_before").any().over(of_one) & (pl.col(ROUTE).n_unique().over(of_one) > 1)
            )
            differ = differ.with_columns(pl.col(ROUTE).min().over(of_one).alias("node"))
            edges.append(
                differ.filter(pl.col("node") != pl.col(ROUTE)).select("node", pl.col(ROUTE).alias("other")).unique()
            )
        made = pl.concat(edges) if edges else pl.DataFrame()
        if made.height:
            yield from edge_parts(made, self.buckets)
            yield _FIGURES, BOUND, pl.DataFrame({"edges": [made.height]})


@attrs.frozen
class Routed:
    """Records with their route, sent on to the bucket of the smallest name that they hang together with.

    Attributes:
        buckets: How many buckets there are.
    """

    buckets: int

    def __call__(self, frames: Frames) -> Iterator[Part]:
        """The rows of one bucket."""
        labels = frames.get(LABELS)
        for name, frame in frames.items():
            if name == LABELS:
                continue
            yield from split(name, regrouped_by(frame, labels), [ROUTE], self.buckets)
