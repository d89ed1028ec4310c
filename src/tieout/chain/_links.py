"""Links: what belongs to which order, and which settlement, payout and receipt the money of a line went through.

Two things are linked where one names the other, or where a reconciliation compared them as one. Books, platforms and shops never
mix: a record that does not say its shop may belong to the only one that fits, and to none where two fit. Parcels are compared by
their number as couriers print it, whatever spaces, hyphens or small letters a list has in it.
"""

from collections.abc import Mapping, Sequence

import attrs
import polars as pl

from tieout.chain._gathering import Things
from tieout.chain._kinds import SCOPE, TRACKING
from tieout.keys import normalize_expr

__all__ = ["Links", "effective_refunds", "link", "named"]

_PAIR = {"left": pl.Int64(), "right": pl.Int64()}
_BY_CARRIER = ("book_id", "carrier")


@attrs.frozen(kw_only=True)
class Links:
    """How the things hang together.

    Attributes:
        orders: For each kind `node` and `order`: the orders that it belongs to.
        parcels: `left` (parcel), `right` (charge).
        settled: `left` (settlement), `right` (line).
        paid: `left` (settlement), `right` (payout).
        drawn: `left` (payout), `right` (line), where no header of the settlement is there.
        received: `left` (payout), `right` (bank).
        withdrawn: `left` (payout), `right` (line that says the same movement).
        refunded: `left` (refund), `right` (line, or channel's transaction), by the kind of the right.
        collected: `left` (payment), `right` (channel's transaction).
    """

    orders: Mapping[str, pl.DataFrame] = attrs.field(repr=False)
    parcels: pl.DataFrame = attrs.field(repr=False)
    settled: pl.DataFrame = attrs.field(repr=False)
    paid: pl.DataFrame = attrs.field(repr=False)
    drawn: pl.DataFrame = attrs.field(repr=False)
    received: pl.DataFrame = attrs.field(repr=False)
    withdrawn: pl.DataFrame = attrs.field(repr=False)
    refunded: Mapping[str, pl.DataFrame] = attrs.field(repr=False)
    collected: pl.DataFrame = attrs.field(repr=False)


def named(
    left: pl.DataFrame,
    right: pl.DataFrame,
    on: str | tuple[str, str],
    *,
    scope: Sequence[str] = SCOPE,
) -> pl.DataFrame:
    """Pairs of things of which the right one names the left one: `left`, `right`.

    Args:
        left: Things with `node`.
        right: Things with `node`.
        on: The column of the name, or that of the left and that of the right; a null names nothing.
        scope: Columns in which the two must not differ. Of several that fit, the one that says more is meant; where those are in
            different scopes, nothing tells which, and none is.
    """
    ours, theirs = (on, on) if isinstance(on, str) else on
    first = left.select(pl.col("node").alias("left"), pl.col(ours).alias("name"), *_scoped(left, scope, "")).filter(
        pl.col("name").is_not_null()
    )
    second = right.select(
        pl.col("node").alias("right"), pl.col(theirs).alias("name"), *_scoped(right, scope, "_right")
    ).filter(pl.col("name").is_not_null())
    agree = [
        (pl.col(name) == pl.col(f"{name}_right")) | pl.col(name).is_null() | pl.col(f"{name}_right").is_null()
        for name in scope
    ]
    pairs = first.join(second, on="name").filter(*agree)
    if pairs["right"].n_unique() == pairs.height:
        return pairs.select("left", "right")
    said = pl.sum_horizontal((pl.col(name) == pl.col(f"{name}_right")).fill_null(value=False) for name in scope)
    pairs = pairs.with_columns(said.alias("said"))
    best = pairs.filter(pl.col("said") == pl.col("said").max().over("right", "name"))
    places = pl.struct(scope).n_unique().over("right", "name")
    return best.filter(places == 1).select("left", "right").unique()


def _scoped(frame: pl.DataFrame, scope: Sequence[str], suffix: str) -> list[pl.Expr]:
    return [
        (pl.col(name) if name in frame.columns else pl.lit(None, dtype=pl.String)).alias(f"{name}{suffix}")
        for name in scope
    ]


def compared(left: Things, right: Things) -> pl.DataFrame:
    """Pairs of things that a reconciliation compared as one: `left`, `right`."""
    one, other = (things.seen.select("outcome", "unit", "node") for things in (left, right))
    pairs = one.join(other, on=["outcome", "unit"], suffix="_right")
    return pairs.select(pl.col("node").alias("left"), pl.col("node_right").alias("right")).unique()


def effective_refunds(refunds: pl.DataFrame) -> pl.DataFrame:
    """The refunds that count: of the succeeded versions of one, the last."""
    name = [*SCOPE, "refund_id"]
    done = refunds.filter(pl.col("status") == "succeeded")
    last = [pl.col("version").str.len_chars(), pl.col("version"), pl.col("succeeded_at"), -pl.col("cash_minor")]
    ranked = done.sort([*map(pl.col, name), *last], descending=[*[False] * len(name), *[True] * 4], nulls_last=True)
    return ranked.unique(name, keep="first", maintain_order=True)


def link(things: Mapping[str, Things]) -> Links:
    """All links.

    Args:
        things: Of every kind, by its name.
    """
    nodes = {name: _with_plain_numbers(of.nodes) for name, of in things.items()}
    orders = {"order": nodes["order"].select("node", pl.col("node").alias("order"))}
    orders["return"] = _of(named(nodes["order"], nodes["return"], "platform_order_id"))
    orders["refund"] = _refund_orders(nodes, orders["return"])
    orders["payment"] = _first(
        _of(named(nodes["order"], nodes["payment"], "platform_order_id")),
        _of(named(nodes["order"], nodes["payment"], "merchant_order_no")),
    )
    orders["parcel"] = _parcel_orders(nodes, orders["return"])
    orders["stock"] = _first(
        _of(named(nodes["order"], nodes["stock"], "platform_order_id")),
        _through(named(nodes["return"], nodes["stock"], "return_id"), orders["return"]),
        _through(named(nodes["parcel"], nodes["stock"], "tracking_no"), orders["parcel"]),
    )
    parcels = named(nodes["parcel"], nodes["charge"], "tracking_no", scope=_BY_CARRIER)
    orders["charge"] = _first(
        _through(parcels, orders["parcel"]),
        _through(
            named(nodes["return"], nodes["charge"], ("return_tracking_no", "tracking_no")),
            orders["return"],
        ),
        _of(named(nodes["order"], nodes["charge"], ("platform_order_id", "order_id"))),
    )
    orders["line"] = _first(
        _of(named(nodes["order"], nodes["line"], "platform_order_id")),
        _through(named(nodes["refund"], nodes["line"], "refund_id"), orders["refund"]),
    )
    collected = _collected(things)
    refunded = {"line": named(nodes["refund"], nodes["line"], "refund_id"), "channel": _paid_back(things)}
    orders["channel"] = _first(
        _through(refunded["channel"], orders["refund"]),
        _through(collected, orders["payment"]),
        _of(named(nodes["order"], nodes["channel"], "merchant_order_no")),
        _through(named(nodes["payment"], nodes["channel"], "merchant_order_no"), orders["payment"]),
    )
    settled = named(nodes["settlement"], nodes["line"], "settlement_id")
    listed = nodes["payout"].select("node", *SCOPE, "settlement_ids").explode("settlement_ids", empty_as_null=True)
    paid = pl.concat(
        [
            named(nodes["settlement"], listed, ("settlement_id", "settlement_ids")),
            compared(things["settlement"], things["payout"]),
        ]
    ).unique()
    loose = nodes["line"].join(settled, left_on="node", right_on="right", how="anti")
    return Links(
        orders=orders,
        parcels=parcels,
        settled=settled,
        paid=paid,
        drawn=named(listed, loose, ("settlement_ids", "settlement_id")),
        received=compared(things["payout"], things["bank"]),
        withdrawn=_withdrawn(nodes),
        refunded=refunded,
        collected=collected,
    )


def _with_plain_numbers(nodes: pl.DataFrame) -> pl.DataFrame:
    return nodes.with_columns(normalize_expr(pl.col(name)) for name in TRACKING if name in nodes.columns)


def _of(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.select(pl.col("right").alias("node"), pl.col("left").alias("order"))


def _through(pairs: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """The orders of the left things, as those of the right ones."""
    return pairs.join(orders, left_on="left", right_on="node").select(pl.col("right").alias("node"), "order").unique()


def _first(*ways: pl.DataFrame) -> pl.DataFrame:
    """For each thing the orders of the first way that leads to any."""
    found = ways[0].unique()
    for way in ways[1:]:
        found = pl.concat([found, way.join(found, on="node", how="anti").unique()])
    return found


def _refund_orders(nodes: Mapping[str, pl.DataFrame], of_returns: pl.DataFrame) -> pl.DataFrame:
    listed = nodes["return"].select("node", *SCOPE, "refund_ids").explode("refund_ids", empty_as_null=True)
    return _first(
        _of(named(nodes["order"], nodes["refund"], "platform_order_id")),
        _through(named(nodes["return"], nodes["refund"], "return_id"), of_returns),
        _through(named(listed, nodes["refund"], ("refund_ids", "refund_id")), of_returns),
    )


def _parcel_orders(nodes: Mapping[str, pl.DataFrame], of_returns: pl.DataFrame) -> pl.DataFrame:
    """What is in a parcel says whose it is; one that says nothing belongs to the case that names its number."""
    held = (
        nodes["parcel"]
        .select("node", *SCOPE, "lines")
        .explode("lines", empty_as_null=True)
        .with_columns(pl.col("lines").struct.field("platform_order_id"))
        .drop("lines")
    )
    by_content = _of(named(nodes["order"], held, "platform_order_id"))
    by_case = [
        _through(named(nodes["return"], nodes["parcel"], (column, "tracking_no")), of_returns)
        for column in ("exchange_tracking_no", "return_tracking_no", "outbound_tracking_no")
    ]
    return _first(by_content, *by_case)


def _collected(things: Mapping[str, Things]) -> pl.DataFrame:
    """Payments with what the channel has of them: as it was compared, and by the channel's own number."""
    payments, rows = things["payment"].nodes, things["channel"].nodes
    by_number = named(payments, rows.filter(pl.col("channel_refund_id").is_null()), "channel_txn_id")
    return pl.concat([compared(things["payment"], things["channel"]), by_number]).unique()


def _paid_back(things: Mapping[str, Things]) -> pl.DataFrame:
    """Refunds with what the channel has of them: by the channel's number, and as it was compared for the same amount."""
    refunds, rows = things["refund"].nodes, things["channel"].nodes
    by_number = named(refunds, rows, "channel_refund_id")
    return pl.concat([compared(things["refund"], things["channel"]), by_number]).unique()


def _withdrawn(nodes: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Payouts with the line that says the same: by its number or settlement, else the only one of the amount and day."""
    lines = nodes["line"].filter(pl.col("type") == "withdrawal")
    payouts = nodes["payout"]
    by_number = named(payouts, lines, ("payout_id", "line_id"))
    listed = payouts.explode("settlement_ids", empty_as_null=True)
    by_settlement = named(listed, lines, ("settlement_ids", "settlement_id"))
    found = pl.concat([by_number, by_settlement]).unique()
    facts = [payouts, lines]
    amounts = [one.select("node", "cash_minor", "cash_currency", "on", *SCOPE) for one in facts]
    same = (
        found.join(amounts[0], left_on="left", right_on="node")
        .join(amounts[1], left_on="right", right_on="node", suffix="_right")
        .filter(
            pl.col("cash_minor") == pl.col("cash_minor_right"), pl.col("cash_currency") == pl.col("cash_currency_right")
        )
        .select("left", "right")
    )
    rest = [one.join(same, left_on="node", right_on=side, how="anti") for one, side in zip(amounts, _PAIR, strict=True)]
    alike = ["cash_minor", "cash_currency", "on", *SCOPE]
    alone = [one.filter(pl.len().over(alike) == 1) for one in rest]
    by_amount = alone[0].join(alone[1], on=alike, nulls_equal=True, suffix="_right")
    return pl.concat([same, by_amount.select(pl.col("node").alias("left"), pl.col("node_right").alias("right"))])
