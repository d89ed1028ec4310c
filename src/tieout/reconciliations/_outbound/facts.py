"""Facts for the books: what left the stock, at its cost, as `domain.md` 7.4 (V-01, V-02a, V-02b, V-14a, V-15) posts it."""

import polars as pl

from tieout.model import Event
from tieout.proof import Check
from tieout.reconciliations._common.events import EVENT_GROUP, EVENT_SOURCE, events_table, posted_whole
from tieout.reconciliations._common.periods import Period
from tieout.tables import Table

__all__ = ["events_checks", "moved_facts", "outbound_events"]

_KINDS = {"sale_out": "stock.sale_out", "exchange_out": "stock.exchange_out", "reship_out": "stock.reship_out"}
_TURNED = {"signed_on": "stock.sale_signed", "completed_on": "stock.sale_completed"}
_SCOPE = ("book_id", "shop_id")
_GROUP = (*EVENT_GROUP, *_SCOPE, "warehouse")


def outbound_events(facts: pl.DataFrame, period: Period | None) -> Table[Event]:
    """`stock.sale_out`, `stock.sale_signed` and their kin: one of each for a shop, warehouse and day.

    An amount is the cost of what left, positive; what came back by a movement of the same kind is taken off. An event is given
    whole: where a movement of a day comes late, all that is remembered of that day is in it.

    Args:
        facts: Movements as `moved_facts`.
        period: Days that are posted; None for those of which this run was given a movement.
    """
    posted = posted_whole(facts, period, _GROUP)
    return events_table(posted.drop("is_opening", "type"), details=("warehouse",), scope=_SCOPE)


def events_checks(events: Table[Event], facts: pl.DataFrame, period: Period | None) -> list[Check]:
    """That what is posted is the cost of the movements of its days, by currency.

    Args:
        events: What is posted.
        facts: Movements as `moved_facts`.
        period: Days that are posted.
    """
    sums = posted_whole(facts, period, _GROUP).group_by("currency").agg(pl.col("amount_minor").sum()).sort("currency")
    made = events.to_polars()
    return [
        Check(
            name="events",
            side="movements",
            currency=str(code),
            total=int(total),
            parts={
                kind: int(made.filter((pl.col("currency") == code) & (pl.col("kind") == kind))["amount_minor"].sum())
                for kind in (*_KINDS.values(), *_TURNED.values())
            },
        )
        for code, total in sums.iter_rows()
    ]


def moved_facts(moves: pl.DataFrame, orders: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Movements that are posted: dated, of a kind that has a voucher, and with a cost.

    A repair goes back to its owner and costs no stock. What left for a sale is posted again on the days on which its order was
    signed and completed, and not before it left: a book that recognises the sale then has had its cost as goods dispatched.

    Args:
        moves: Movements that count, with `order_row` (one of its orders), `on`, `cost_minor` (of all of it) and `cost_code`.
        orders: Orders with `row`.
        days: Of orders: `order_row`, `signed_on`, `completed_on`, `is_known` (whether all that is known of it was carried in).
    """
    shops = orders.select(pl.col("row").alias("order_row"), "platform", "shop_id")
    shop = pl.concat_str([pl.col(name).fill_null("-") for name in ("platform", "shop_id")], separator=" ")
    facts = (
        moves.filter(
            pl.col("on").is_not_null() & pl.col("type").is_in(list(_KINDS)) & pl.col("cost_code").is_not_null()
        )
        .join(shops, on="order_row", how="left", maintain_order="left")
        .join(days, on="order_row", how="left", maintain_order="left")
        .select(
            "book_id",
            "shop_id",
            "warehouse",
            "type",
            "is_opening",
            pl.col("type").replace_strict(_KINDS, return_dtype=pl.String).alias("kind"),
            shop.alias("shop"),
            pl.col("platform").alias("party"),
            pl.col("on").alias("occurred_on"),
            pl.col("cost_code").alias("currency"),
            pl.lit(None, dtype=pl.Decimal(28, 8)).alias("tax_rate"),
            pl.col("cost_minor").alias("amount_minor"),
            *EVENT_SOURCE,
            "source_line",
            *_TURNED,
            "is_known",
        )
    )
    sold = facts.filter(pl.col("type") == "sale_out").with_columns(pl.col("is_opening") & pl.col("is_known"))
    turned = [
        sold.filter(pl.col(day).is_not_null()).with_columns(
            pl.lit(kind).alias("kind"), pl.max_horizontal("occurred_on", day).alias("occurred_on")
        )
        for day, kind in _TURNED.items()
    ]
    document = pl.concat_str([pl.col("shop"), pl.lit(" "), pl.col("occurred_on").cast(pl.String)])
    return pl.concat([facts, *turned]).with_columns(document.alias("document")).drop("shop", *_TURNED, "is_known")
