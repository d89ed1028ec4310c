"""Facts for the books: what was sold, when it left, was signed for and was completed (`domain.md` 7.3, 7.4: V-01 to V-03)."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from tieout.errors import InputError
from tieout.model import Event
from tieout.proof import Check
from tieout.reconciliations._common.events import EVENT_GROUP, EVENT_SOURCE, events_table, posted_whole
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.sales import (
    SALE,
    part_expr,
    receivable_expr,
    sale_days,
    sale_lines,
    signed_parcels,
)
from tieout.reconciliations._common.sides import SCOPE, local_day
from tieout.reconciliations._dispatch.flows import Flows
from tieout.tables import Table

__all__ = ["recognised", "sale_checks", "sale_events", "sale_facts", "with_told"]

_KINDS: Final = {"on_shipment": "sale.shipped", "on_signed": "sale.signed", "on_completed": "sale.completed"}
_REJECTED: Final = "rejected"
"""A moment of its own: what is paid at the door is refused there, and no refund says that the sale is none."""
_BACK: Final = "aftersale.refund"
_KIND_OF: Final = {**_KINDS, _REJECTED: _BACK}
_DAYS: Final = {
    "on_shipment": "shipped_on",
    "on_signed": "signed_on",
    "on_completed": "completed_on",
    _REJECTED: "rejected_on",
}
_PARTS: Final = ("events", "never left", "of other days")
_DETAILS: Final = ("order", "line", "receivable", "export")
_OF_BACK: Final = {"stage": "in_transit", "shipped": "true", "signed": "false", "completed": "false"}
_SALE: Final = (*SCOPE, "order", "line")
_IDENTITY: Final = ("kind", *_SALE)
_ROW: Final = "order_row"


def recognised(given: object) -> tuple[str, ...]:
    """The kinds of events that a choice of moments means, as the field `revenue` takes it.

    Raises:
        InputError: It is neither None nor some of the moments.
    """
    if given is None:
        return tuple(_KINDS)
    moments = (given,) if isinstance(given, str) else tuple(given) if isinstance(given, list | tuple) else ()
    if not moments or not set(moments) <= set(_KINDS):
        raise InputError(f"some of {', '.join(_KINDS)} are needed, got {given!r}", where="revenue")
    return tuple(moment for moment in _KINDS if moment in moments)


def sale_facts(
    orders: pl.DataFrame,
    parcels: pl.DataFrame,
    lines: pl.DataFrame,
    flows: Flows,
    modes: pl.DataFrame,
    cancelled: pl.DataFrame,
    *,
    timezone: str,
    home: str | None,
) -> pl.DataFrame:
    """What each line of an order brings, on the days on which it is shipped, signed and completed: one row each.

    Of an order with parcels a line is shipped on the day on which the last piece left that was due of its article; while pieces
    are due, it is not, until the order was signed. A line of an order of which no parcel is known is shipped when the order says.
    What was cancelled before shipment brings nothing, and so does what had not left when its order was closed.

    Args:
        orders: Orders that count.
        parcels: Parcels that count.
        lines: Their lines with `order_row`.
        flows: The pieces.
        modes: As `order_modes`.
        cancelled: As `case_orders`.
        timezone: Zone in which days count.
        home: Country from which goods leave; None where nobody says it.
    """
    outbound = lines.filter(~pl.col("is_further"))
    seen = outbound.group_by(_ROW).agg((pl.col("parcel_row").n_unique() > 0).alias("has_parcels"))
    articles = _articles(flows, parcels, timezone)
    said = pl.coalesce("shipped_at", "signed_at", "completed_at").is_not_null()
    known = orders.select(
        pl.col("row").alias(_ROW),
        *SCOPE,
        pl.col("platform_order_id").alias("order"),
        "currency",
        pl.when(pl.col("is_cod") & pl.col("status").is_in(["rejected", "closed"]))
        .then(local_day("closed_at", timezone))
        .alias("closed_on"),
        receivable_expr(),
        _export(home),
        (said | pl.col("closed_at").is_null()).alias("may_have_left"),
        *EVENT_SOURCE,
        "source_line",
    )
    rows = (
        sale_lines(orders)
        .rename({"article": "key"})
        .join(known, on=_ROW)
        .join(modes.select(_ROW, "mode"), on=_ROW)
        .join(sale_days(orders, signed_parcels(parcels, outbound, timezone), timezone), on=_ROW)
        .join(_fresh(orders, parcels, outbound), on=_ROW)
        .join(seen, on=_ROW, how="left")
        .join(articles, on=[_ROW, "key"], how="left")
        .join(cancelled, on=[_ROW, "key"], how="left")
        .with_columns(pl.col("has_parcels").fill_null(value=False), pl.col("ordered").fill_null(1))
    )
    by_parcels = pl.col("has_parcels") & pl.col("due").is_not_null()
    asked = (pl.col("ordered") - pl.col("cancelled").fill_null(0)).clip(lower_bound=0)
    by_order = pl.when((pl.col("mode") != "closed") | pl.col("may_have_left")).then(asked).otherwise(0)
    rows = rows.with_columns(
        pl.when(pl.col("mode") == "unpaid").then(0).when(by_parcels).then("due").otherwise(by_order).alias("sold"),
        pl.when(by_parcels & (pl.col("short") == 0))
        .then(pl.coalesce("left_on", "shipped_on"))
        .when(by_parcels)
        .then("signed_on")
        .otherwise("shipped_on")
        .alias("shipped_on"),
    )
    rejected = pl.when(pl.col("signed_on").is_null() & (pl.col("shipped_on") <= pl.col("closed_on"))).then("closed_on")
    rows = rows.with_columns(rejected.alias(_DAYS[_REJECTED]), pl.col("gross_minor").alias("whole_minor"))
    return rows.with_columns(part_expr(name, "sold", "ordered") for name in SALE)


def _articles(flows: Flows, parcels: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """What is due of each article, what of it has not left, and when the last of it did."""
    left = parcels.select(pl.col("row").alias("parcel_row"), local_day("left_at", timezone).alias("left_on"))
    last = flows.filled.join(left, on="parcel_row").group_by(_ROW, "key").agg(pl.col("left_on").max())
    short = flows.short.group_by(_ROW, "key").agg(pl.col("parts").sum().alias("short"))
    due = flows.expected.select(_ROW, "key", "ordered", pl.col("parts").alias("due"))
    joined = due.join(short, on=[_ROW, "key"], how="left").join(last, on=[_ROW, "key"], how="left")
    return joined.with_columns(pl.col("short").fill_null(0))


def _export(home: str | None) -> pl.Expr:
    """Whether goods pass customs on their way to another country; null where it is not so, or not known."""
    if home is None:
        return pl.lit(None, dtype=pl.String).alias("export")
    return pl.when(pl.col("is_cross_border") & (pl.col("ship_to_country") != home)).then(pl.lit("true")).alias("export")


def _fresh(orders: pl.DataFrame, parcels: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Whether all that is known of an order was carried in, and whether anything was: `order_row`, `is_opening`, `is_carried`."""
    held = lines.join(parcels.select(pl.col("row").alias("parcel_row"), "is_opening"), on="parcel_row")
    news, old = (held.filter(pl.col("is_opening") == is_old)[_ROW] for is_old in (False, True))
    return orders.select(
        pl.col("row").alias(_ROW),
        (pl.col("is_opening") & ~pl.col("row").is_in(news.implode())).alias("is_opening"),
        (pl.col("is_opening") | pl.col("row").is_in(old.implode())).alias("is_carried"),
    )


def with_told(sales: pl.DataFrame, before: pl.DataFrame | None, opens_on: date | None) -> pl.DataFrame:
    """Sales with whether the run before posted each moment of them, by what it knew (`was_shipped_on` and its like).

    Args:
        sales: Of `sale_facts`.
        before: Of `sale_facts`, of what was carried in alone; None where that does not tell what was posted.
        opens_on: First day of the period of this run; the run before posted nothing of that day or of later ones.
    """
    if before is None or opens_on is None:
        nothing = pl.lit(value=False)
        return sales.with_columns(
            nothing.alias("is_carried"), *(nothing.alias(_told_of(day)) for day in _DAYS.values())
        )
    told = sales
    for day in _DAYS.values():
        posted = before.filter((pl.col(day) < opens_on) & (pl.col("gross_minor") != 0))
        told = _told(told, before.select(_SALE).unique(), posted, day)
    return told


def _told(sales: pl.DataFrame, known: pl.DataFrame, posted: pl.DataFrame, day: str) -> pl.DataFrame:
    """Sales with whether a moment of them was posted: by its line, else by lines that the order does not have any more.

    A later download may name an order's lines otherwise, or say them first. What was posted then, and is not of the lines of the
    same name, is of its other ones, those that came to the moment first before the others.
    """
    sums = posted.group_by(_SALE).agg(pl.col("gross_minor").sum().alias("posted"))
    rows = sales.join(sums, on=list(_SALE), how="left", nulls_equal=True, maintain_order="left")
    marked = known.with_columns(pl.lit(value=True).alias("was_known"))
    rows = rows.join(marked, on=list(_SALE), how="left", nulls_equal=True, maintain_order="left")
    of_order = sums.group_by(_SALE[:-1]).agg(pl.col("posted").sum().alias("of_order"))
    rows = rows.join(of_order, on=list(_SALE[:-1]), how="left", nulls_equal=True, maintain_order="left")
    own = pl.min_horizontal(pl.col("posted").fill_null(0), "gross_minor").sum().over(_SALE[:-1])
    rest = pl.col("of_order").fill_null(0) - own
    other = pl.when(pl.col("was_known").is_null() & pl.col(day).is_not_null()).then("gross_minor").otherwise(0)
    order = pl.struct(pl.col(day).fill_null(date.max), "place")
    before_it = (other.cum_sum().over(_SALE[:-1], order_by=order)) - other
    is_other = pl.col("was_known").is_null() & (before_it < rest)
    is_told = pl.col("posted").is_not_null() | is_other
    return rows.with_columns(is_told.alias(_told_of(day))).drop("posted", "was_known", "of_order")


def _told_of(day: str) -> str:
    return f"was_{day}"


def sale_events(sales: pl.DataFrame, period: Period | None, moments: Sequence[str]) -> Table[Event]:
    """`sale.shipped`, `sale.signed` and `sale.completed`: one of each for a line of an order.

    What was to be paid at the door and was refused there is taken back by an `aftersale.refund`, where sales are handed on when
    they are shipped: nothing was paid, so no refund says it.

    An event is named by its line: where a later record says another day or amount, it is the same event, changed. One of a day
    before the period is posted where the run before knew the order, but not yet that it had come to this moment; one that it
    posted is not posted anew by a period in which a later record says that its day lies.

    Args:
        sales: Of `with_told`.
        period: Days that are posted; None for the sales of which this run was given a record.
        moments: Of `recognised`.
    """
    shop = pl.concat_str([pl.col(name).fill_null("-") for name in SCOPE[1:]], separator=" ")
    is_back = pl.col("kind") == _BACK
    facts = pl.concat(_posted(sales, moment, period) for moment in _moments(moments)).select(
        *EVENT_GROUP[:1],
        pl.concat_str([shop, pl.lit(" "), pl.col("occurred_on").cast(pl.String)]).alias("document"),
        pl.col("platform").alias("party"),
        *EVENT_GROUP[3:],
        *SCOPE,
        *_DETAILS,
        *(pl.when(is_back).then(pl.lit(said)).alias(name) for name, said in _OF_BACK.items()),
        pl.col("gross_minor").alias("amount_minor"),
        pl.when(is_back).then("gross_minor").alias("original_minor"),
        pl.when(pl.col("subsidy_minor") != 0).then("subsidy_minor").alias("subsidy_minor"),
        "tax_minor",
        *EVENT_SOURCE,
        "source_line",
    )
    details, further = (*_DETAILS, *_OF_BACK), (*SALE[1:], "original_minor")
    return events_table(facts, details=details, scope=SCOPE, further=further, identity=_IDENTITY)


def sale_checks(
    events: Table[Event], sales: pl.DataFrame, period: Period | None, moments: Sequence[str]
) -> list[Check]:
    """By kind and currency: events are what the merchant is to receive for their orders, less what waits and what never leaves.

    Args:
        events: What is posted.
        sales: Of `with_told`.
        period: Days that are posted.
        moments: Of `recognised`.
    """
    made = events.to_polars().group_by("kind", "currency").agg(pl.col("amount_minor").sum().alias("events"))
    checks = []
    for moment in _moments(moments):
        posted = _posted(sales, moment, period)
        others = sales.join(posted, on=[_ROW, "place"], how="anti").join(posted, on=_ROW, how="semi")
        orders = posted.unique(_ROW).group_by("kind", "currency").agg(pl.col("receivable_minor").sum().alias("total"))
        never = (pl.col("whole_minor") - pl.col("gross_minor")).sum().alias("never left")
        cut = posted.group_by("currency").agg(never)
        wait = others.group_by("currency").agg(pl.col("whole_minor").sum().alias("of other days"))
        found = orders.join(made, on=["kind", "currency"], how="left").join(cut, on="currency", how="left")
        found = found.join(wait, on="currency", how="left").with_columns(pl.col(_PARTS).fill_null(0)).sort("currency")
        checks += [
            Check(
                name=f"events {row['kind']}",
                side="orders",
                currency=str(row["currency"]),
                total=int(row["total"]),
                parts={name: int(row[name]) for name in _PARTS},
            )
            for row in found.iter_rows(named=True)
        ]
    return checks


def _moments(moments: Sequence[str]) -> tuple[str, ...]:
    """The moments, with that which takes back what was shipped."""
    return (*moments, _REJECTED) if "on_shipment" in moments else tuple(moments)


def _posted(sales: pl.DataFrame, moment: str, period: Period | None) -> pl.DataFrame:
    """The sales of one moment that the run posts."""
    day, kind = pl.col(_DAYS[moment]).alias("occurred_on"), pl.lit(_KIND_OF[moment]).alias("kind")
    known = sales.with_columns(day, kind).drop_nulls("occurred_on")
    if period is None:
        return posted_whole(known, None, _IDENTITY)
    is_late = pl.col("is_carried") & (pl.col("occurred_on") < period.first)
    is_own = pl.col("occurred_on").is_between(period.first, period.last)
    return known.filter((is_own | is_late) & ~pl.col(_told_of(_DAYS[moment])))
