"""Orders and payments as sides: what a buyer is to pay, what is on record that he paid, and what stands for a payment."""

from typing import Final

import attrs
import polars as pl

from tieout.model import Order, Payment
from tieout.outcome import CarryForward
from tieout.reconciliations._common.channel_words import DONE, outcome_expr
from tieout.reconciliations._common.findings import SOURCE
from tieout.reconciliations._common.orders import order_amounts
from tieout.reconciliations._common.scope import keyed_pairs
from tieout.reconciliations._common.sides import SCOPE, Role, Side, first_day, local_day, take
from tieout.reconciliations._common.versions import LISTED_TWICE, latest
from tieout.tables import FrameLike, schema_of

__all__ = ["IMPLIED", "claims_of", "first_orders", "orders_side", "payments_side", "with_standing"]

IMPLIED: Final = "order"
_CASH: Final = "cash on delivery"
_ORDER_KEY = (*SCOPE, "platform_order_id")
_MOMENTS: Final = ("created_at", "paid_at", "shipped_at", "signed_at", "completed_at", "closed_at")
_PAID = ("paid", "partially_shipped", "shipped", "signed", "completed")


def orders_side(given: FrameLike, *, opening: CarryForward | None, timezone: str) -> Side:
    """Orders with `payable_minor` (null where they say no price) and `is_said_paid`; of several versions of one the latest."""
    on = first_day(("paid_at", "created_at"), timezone)
    side = take("orders", Order, given, role=Role.EXPECTED, key=_ORDER_KEY, opening=opening, on=on)
    side = latest(side, _ORDER_KEY, _MOMENTS)
    frame = side.frame.with_columns(
        order_amounts(side.frame)["payable_minor"],
        (
            pl.col("paid_at").is_not_null()
            | pl.col("status").is_in(_PAID)
            | (pl.col("status").is_null() & pl.col("closed_at").is_null())
        )
        .fill_null(value=False)
        .alias("is_said_paid"),
    )
    weighed = side.with_frame(frame).weighed(on=on, minor=pl.col("payable_minor"))
    return weighed.with_columns(pl.col("reason").alias("aside"))


def payments_side(
    orders: Side, given: FrameLike, *, opening: CarryForward | None, timezone: str, statuses: dict[str, str]
) -> Side:
    """Payments: those given, those inside orders, and for each paid order without any, one of what it comes to.

    Their column `held_by` says where they come from: `payments`, `orders`, or `order` for one that stands for it. `order_row` is
    the order that they pay, null where it is not there; `outcome` says whether they came about.
    """
    name = pl.concat_str(
        [
            pl.col("platform_order_id").fill_null(""),
            pl.coalesce(
                "payment_id",
                "channel_txn_id",
                pl.concat_str([pl.col("merchant_order_no"), pl.col("channel"), pl.col("phase")], separator="\x1f"),
            ),
        ],
        separator="\x1f",
    )
    key = ("book_id",)
    on = local_day("paid_at", timezone)
    side = take("payments", Payment, given, role=Role.EXPECTED, key=key, opening=opening, identity=name, on=on)
    ours = side.frame.with_columns(
        pl.lit("payments").alias("held_by"), *(pl.lit(None, dtype=pl.String).alias(of) for of in SCOPE[1:])
    )
    ours = ours.join(_order_rows(orders, ours), on="row", how="left", maintain_order="left")
    inside = _inside(orders)
    known = pl.concat([ours, inside.select(ours.columns)])
    known = _without_repeats(known.with_columns(outcome_expr(statuses).alias("outcome")))
    known = pl.concat([known, _implied(orders, known).select(known.columns)])
    places = orders.frame.select(
        pl.col("row").alias("order_row"), *(pl.col(of).alias(f"{of}_of_order") for of in SCOPE[1:])
    )
    known = (
        known.with_columns(
            pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
            (pl.col("held_by") != "payments").alias("is_derived"),
            (pl.col("held_by") == IMPLIED).alias("is_assumed"),
        )
        .join(places, on="order_row", how="left", maintain_order="left")
        .with_columns(pl.col(f"{of}_of_order").alias(of) for of in SCOPE[1:])
        .drop(f"{of}_of_order" for of in SCOPE[1:])
    )
    side = attrs.evolve(side, frame=known, given=known.height - side.carried)
    weighed = side.weighed(on=on, minor=pl.col("amount_minor"))
    on_order = orders.frame.select(pl.col("row").alias("order_row"), pl.col("on").alias("ordered_on"))
    dated = weighed.frame.join(on_order, on="order_row", how="left", maintain_order="left")
    weighed = weighed.with_frame(dated.with_columns(pl.coalesce("on", "ordered_on").alias("on")).drop("ordered_on"))
    return (
        weighed.put_aside(LISTED_TWICE, pl.col("is_repeat"))
        .put_aside("less than nothing", pl.col("minor") < 0)
        .put_aside("not successful by our record", pl.col("outcome") != DONE)
    )


def _order_rows(orders: Side, payments: pl.DataFrame) -> pl.DataFrame:
    """The order of each payment given by itself: by the number of the order, else by the number that the channel got."""
    left = orders.frame.filter(pl.col("aside").is_null())
    by_number = keyed_pairs(left, payments.drop(SCOPE[1:]), ("platform_order_id",), rule="order")
    nameless = payments.filter(pl.col("platform_order_id").is_null()).drop(SCOPE[1:])
    by_sent = keyed_pairs(left, nameless, ("merchant_order_no",), rule="merchant order")
    return first_orders(left, pl.concat([by_number, by_sent]))


def first_orders(orders: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """For each row that names orders the first of them: `row`, `order_row`.

    It is the one that says most of its shop, then the first by number, so that the order of the rows does not tell.

    Args:
        orders: Rows of orders.
        pairs: Orders (`left`) with what names them (`right`), and `status`.
    """
    said = pl.sum_horizontal(pl.col(name).is_not_null() for name in SCOPE)
    names = orders.select(pl.col("row").alias("left"), "platform_order_id", *SCOPE, said.alias("said"))
    sure = pairs.filter(pl.col("status") == "confirmed").select("left", "right").join(names, on="left")
    ranked = sure.sort(
        pl.col("right"),
        -pl.col("said").cast(pl.Int64),
        *map(pl.col, ("platform_order_id", *SCOPE, "left")),
        nulls_last=True,
    )
    first = ranked.unique("right", keep="first", maintain_order=True)
    return first.select(pl.col("right").alias("row"), pl.col("left").alias("order_row"))


def _inside(orders: Side) -> pl.DataFrame:
    """The payments inside orders; what they do not say is the order's."""
    frame = orders.frame.filter(pl.col("payments").list.len() > 0)
    own: list[str | pl.Expr] = [
        pl.col("row").alias("order_row"),
        "is_opening",
        "is_repeat",
        *(pl.col(of).alias(f"{of}_of_order") for of in ("book_id", "platform_order_id", "merchant_order_no")),
        *(pl.col(of).alias(f"{of}_of_order") for of in (*SOURCE, "source_line_end")),
    ]
    rows = frame.select(*own, "payments").explode("payments").unnest("payments")
    filled = ["book_id", "platform_order_id", *SOURCE, "source_line_end"]
    return rows.with_columns(
        *(pl.coalesce(of, f"{of}_of_order").alias(of) for of in filled),
        *(pl.lit(None, dtype=pl.String).alias(of) for of in SCOPE[1:]),
        pl.lit("orders").alias("held_by"),
        pl.lit(0, dtype=pl.Int64).alias("row"),
    )


def _without_repeats(payments: pl.DataFrame) -> pl.DataFrame:
    """Payments of one order with one number and amount are one: the order and the list of payments may both hold it.

    Either may hold it in several versions too, of which the one that was paid last counts.
    """
    group = ["order_row", "number", "amount_minor", "currency"]
    numbered = payments.with_columns(
        pl.int_range(pl.len()).alias("nth"), pl.coalesce("channel_txn_id", "payment_id").alias("number")
    ).filter(pl.col("order_row").is_not_null() & pl.col("number").is_not_null() & ~pl.col("is_repeat"))
    several = numbered.filter(pl.len().over(group) > 1)
    in_both = several.filter((pl.col("held_by").n_unique().over(group) > 1) & (pl.col("held_by") == "orders"))["nth"]
    version = [*group, "held_by", "payment_id", "phase", "outcome"]
    rest = several.filter(~pl.col("nth").is_in(in_both.implode())).sort(
        *version, "paid_at", "status", "channel", "merchant_order_no", nulls_last=False
    )
    older = rest.filter(pl.int_range(pl.len()).over(version) < pl.len().over(version) - 1)["nth"]
    again = pl.concat([in_both, older]).implode()
    return payments.with_columns((pl.col("is_repeat") | pl.int_range(pl.len()).is_in(again)).alias("is_repeat"))


def _implied(orders: Side, payments: pl.DataFrame) -> pl.DataFrame:
    """For each order that was paid, and of which no payment is on record, one that stands for it."""
    paid = payments.filter(~pl.col("is_repeat") & pl.col("order_row").is_not_null())["order_row"].unique()
    lacking = orders.frame.filter(
        pl.col("aside").is_null()
        & pl.col("is_said_paid")
        & ~pl.col("is_cod").fill_null(value=False)
        & (pl.col("payable_minor") >= 0)
        & ~pl.col("row").is_in(paid.implode())
    )
    wanted = schema_of(Payment)
    absent = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in wanted.items()
        if name in {"payment_id", "channel", "channel_txn_id", "status", "phase"}
    ]
    return lacking.with_columns(
        pl.col("payable_minor").alias("amount_minor"),
        *absent,
        pl.col("row").alias("order_row"),
        pl.lit(IMPLIED).alias("held_by"),
        pl.lit(DONE).alias("outcome"),
    )


def with_standing(orders: Side, payments: Side, linked: pl.Series) -> Side:
    """Orders with their `standing` (`paid`, `unpaid`, `closed`, `cash on delivery`); of which no payment is due are set aside.

    Args:
        orders: The orders.
        payments: Payments with `order_row`.
        linked: Rows of orders that a payment on a channel's bill names.
    """
    codes = orders.frame.select(pl.col("row").alias("order_row"), pl.col("currency").alias("order_currency"))
    sums = (
        payments.compared.filter(pl.col("held_by") != IMPLIED)
        .join(codes, on="order_row")
        .group_by(pl.col("order_row").alias("row"))
        .agg(
            pl.col("minor").filter(pl.col("currency") == pl.col("order_currency")).sum().alias("paid_minor"),
            pl.len().alias("paid_rows"),
        )
    )
    frame = orders.frame.join(sums, on="row", how="left", maintain_order="left").with_columns(
        pl.col("paid_minor", "paid_rows").fill_null(0), pl.col("row").is_in(linked.implode()).alias("is_linked")
    )
    is_closed = (pl.col("status") == "closed").fill_null(value=False) | pl.col("closed_at").is_not_null()
    standing = (
        pl.when(pl.col("paid_rows") > 0)
        .then(pl.lit("paid"))
        .when(pl.col("is_cod").fill_null(value=False))
        .then(pl.lit(_CASH))
        .when(pl.col("is_said_paid"))
        .then(pl.lit("paid"))
        .when(is_closed)
        .then(pl.lit("closed"))
        .otherwise(pl.lit("unpaid"))
    )
    side = orders.with_frame(frame).with_columns(standing.alias("standing"), is_closed.alias("is_closed"))
    short = pl.col("paid_minor") < pl.col("minor")
    unpaid = short & ~pl.col("is_said_paid")
    is_cod = pl.col("is_cod").fill_null(value=False)
    presale = pl.col("is_presale").fill_null(value=False) & (pl.col("paid_rows") > 0)
    return (
        side.put_aside("no amount stated", pl.col("minor").is_null())
        .put_aside("less than nothing", pl.col("minor") < 0)
        .put_aside("nothing to pay", (pl.col("minor") == 0) & ~pl.col("is_linked") & (pl.col("paid_minor") == 0))
        .put_aside(_CASH, short & is_cod)
        .put_aside("closed with its deposit", unpaid & presale & pl.col("is_closed"))
        .put_aside("balance not paid yet", unpaid & presale)
        .put_aside("closed unpaid", unpaid & pl.col("is_closed"))
        .put_aside("not fully paid yet", unpaid)
    )


def claims_of(orders: Side, payments: Side) -> Side:
    """Payments once more, as what orders were paid by; those of orders that are not compared are set aside like these."""
    reasons = orders.frame.select(pl.col("row").alias("order_row"), pl.col("aside").alias("order_aside"))
    frame = payments.frame.join(reasons, on="order_row", how="left", maintain_order="left")
    frame = frame.with_columns(pl.coalesce("aside", "order_aside").alias("aside")).drop("order_aside")
    return attrs.evolve(payments, name="payments of orders", role=Role.ACTUAL, frame=frame)
