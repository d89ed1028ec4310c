"""Facts for the books: what left the stock, at its cost, as `domain.md` 7.4 (V-01, V-02a, V-02b, V-14a, V-15) posts it."""

from datetime import date

import polars as pl

from tieout.model import Event
from tieout.proof import Check
from tieout.reconciliations._common.events import EVENT_GROUP, EVENT_SOURCE, events_table, posted_whole
from tieout.reconciliations._common.goods import FURTHER
from tieout.reconciliations._common.orders import value_expr
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.sales import sale_days, signed_parcels
from tieout.tables import Table

__all__ = ["costed", "days_of_orders", "events_checks", "moved_facts", "outbound_events", "own_worth", "with_told"]

_KINDS = {"sale_out": "stock.sale_out", "exchange_out": "stock.exchange_out", "reship_out": "stock.reship_out"}
_TURNED = {"signed_on": "stock.sale_signed", "completed_on": "stock.sale_completed"}
_SCOPE = ("book_id", "shop_id")
_GROUP = (*EVENT_GROUP, *_SCOPE, "warehouse")
_MOVE = ("moment", "book_id", "warehouse", "movement_id", "sku")


def outbound_events(facts: pl.DataFrame, period: Period | None) -> Table[Event]:
    """`stock.sale_out`, `stock.sale_signed` and their kin: one of each for a shop, warehouse and day.

    An amount is the cost of what left, positive; what came back by a movement of the same kind is taken off. An event is given
    whole: where a movement of a day comes late, all that is remembered of that day is in it. What is told after the period of
    its day was closed has an event of its own.

    Args:
        facts: Movements as `with_told`.
        period: Days that are posted; None for those of which this run was given a movement.
    """
    posted = _posted(facts, period).drop("is_opening", "type", "is_carried", "was_told", "movement_id", "sku")
    return events_table(posted, details=("warehouse",), scope=_SCOPE)


def with_told(facts: pl.DataFrame, before: pl.DataFrame | None, opens_on: date | None) -> pl.DataFrame:
    """Facts with `was_told`: the run before posted that a movement left, or that its order was signed for, or completed.

    Args:
        facts: Movements as `moved_facts`.
        before: Of `moved_facts`, of what was carried in alone; None where that does not tell what was posted.
        opens_on: First day of the period of this run; the run before posted nothing of that day or of later ones.
    """
    if before is None or opens_on is None:
        nothing = pl.lit(value=False)
        return facts.with_columns(nothing.alias("is_carried"), nothing.alias("was_told"))
    turned = pl.col("kind").is_in(list(_TURNED.values()))
    moment = pl.when(turned).then("kind").otherwise(pl.lit("left")).alias("moment")
    is_posted = (pl.col("occurred_on") < opens_on) & (pl.col("amount_minor") != 0)
    told = before.filter(is_posted).select(moment, *_MOVE[1:]).unique()
    told = told.drop_nulls("movement_id").with_columns(pl.lit(value=True).alias("was_told"))
    known = facts.with_columns(moment).join(told, on=list(_MOVE), how="left", nulls_equal=True, maintain_order="left")
    is_named = pl.col("movement_id").is_not_null()
    known = known.with_columns(pl.col("is_carried") & is_named, pl.col("was_told").fill_null(value=False))
    return known.drop("moment")


def _posted(facts: pl.DataFrame, period: Period | None) -> pl.DataFrame:
    """Facts that a run posts."""
    if period is None:
        return posted_whole(facts, None, _GROUP)
    is_late = pl.col("is_carried") & (pl.col("occurred_on") < period.first)
    is_own = pl.col("occurred_on").is_between(period.first, period.last)
    late = pl.concat_str([pl.col("document"), pl.lit(f" in {period.first}/{period.last}")])
    posted = facts.filter((is_own | is_late) & ~pl.col("was_told"))
    return posted.with_columns(pl.when(is_late).then(late).otherwise("document").alias("document"))


def events_checks(events: Table[Event], facts: pl.DataFrame, period: Period | None) -> list[Check]:
    """That what is posted is the cost of the movements of its days, by currency.

    Args:
        events: What is posted.
        facts: Movements as `with_told`.
        period: Days that are posted.
    """
    sums = _posted(facts, period).group_by("currency").agg(pl.col("amount_minor").sum()).sort("currency")
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


def own_worth() -> pl.Expr:
    """What a movement costs by itself; null where it says no cost that can be used."""
    return pl.when(pl.col("unit_cost_minor") >= 0).then(value_expr(pl.col("parts"), pl.col("unit_cost_minor")))


def costed(moves: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Movements that count with `order_row` and what they cost: by themselves, else as their article does.

    Args:
        moves: Movements with `pieces`, `minor` and `code`.
        links: Pairs of orders and movements.
    """
    sure = links.filter(pl.col("status") == "confirmed")
    one = sure.group_by(pl.col("right").alias("row")).agg(pl.col("left").min().alias("order_row"))
    rows = moves.filter(pl.col("reason").is_null()).with_columns(pl.col("pieces").alias("parts"))
    own = own_worth()
    return rows.join(one, on="row", how="left", maintain_order="left").with_columns(
        pl.coalesce(own, "minor").alias("cost_minor"),
        pl.when(own.is_not_null()).then("given_currency").otherwise("code").alias("cost_code"),
    )


def days_of_orders(orders: pl.DataFrame, parcels: pl.DataFrame, held: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """The days on which orders were signed and completed, with `is_known`: all that is known of an order was carried in.

    Args:
        orders: Orders that count.
        parcels: Parcels that count.
        held: Whose they are: `order_row`, `parcel_row`.
        timezone: Zone in which days count.
    """
    sent = parcels.filter(~pl.col("direction").is_in(FURTHER).fill_null(value=False))
    days = sale_days(orders, signed_parcels(sent, held, timezone), timezone)
    news = held.join(sent.filter(~pl.col("is_opening")).select(pl.col("row").alias("parcel_row")), on="parcel_row")
    known = orders.select(
        pl.col("row").alias("order_row"),
        (pl.col("is_opening") & ~pl.col("row").is_in(news["order_row"].implode())).alias("is_known"),
    )
    return days.join(known, on="order_row")


def moved_facts(moves: pl.DataFrame, orders: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Movements that are posted: dated, of a kind that has a voucher, and with a cost.

    A repair goes back to its owner and costs no stock. What left for a sale is posted again on the days on which its order was
    signed and completed, and not before it left: a book that recognises the sale then has had its cost as goods dispatched.

    Args:
        moves: Of `costed`.
        orders: Orders with `row`.
        days: Of `days_of_orders`.
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
            pl.col("is_opening").alias("is_carried"),
            "movement_id",
            "sku",
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
