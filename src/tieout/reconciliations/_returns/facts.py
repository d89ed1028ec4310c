"""Facts for the books: goods that are in stock again (`domain.md` 7.4, V-09, V-12, V-13, V-14), and what the next run needs."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from tieout.model import Event
from tieout.proof import Check
from tieout.reconciliations._common.events import EVENT_GROUP, EVENT_SOURCE, events_table
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.sales import NO_PARCELS, sale_days
from tieout.reconciliations._common.sides import Side
from tieout.reconciliations._common.units import AGREED, SETTLED, WITHIN
from tieout.reconciliations._returns.sides import DEAD
from tieout.reconciliations._returns.words import ELSEWHERE, UNCLAIMED
from tieout.tables import Table

__all__ = ["events_checks", "posted_goods", "return_events", "sold_goods", "with_kept"]

_DONE = (AGREED, WITHIN, SETTLED, *DEAD, "label voided", "names no parcel", "nothing came")

_DETAILS = ("warehouse", "case_kind", "movement_id", "sku")
_SCOPE = ("book_id", "shop_id")
_TURNED = {"signed_on": "stock.return_signed", "completed_on": "stock.return_completed"}
_MOMENTS = tuple((day.removesuffix("_on"), day) for day in _TURNED)
_SOLD = tuple(flag for flag, _ in _MOMENTS)
_MOVE = ("book_id", "warehouse", "movement_id", "sku", "nth")
_CONTENT = ("shop_id", "case_kind", "event_kind", "party", "currency", "value")
"""What is posted of a movement, but for its day and for how far its order was."""


def sold_goods(cases: Side, moves: Side, pairs: pl.DataFrame, orders: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Movements of cases that may be posted.

    Goods that are repaired are the buyer's, and are not posted; nor are goods of no case, without a day, or called another
    article. They have `event_kind`, `is_known` (carried in with their case and order), the case's `case_kind`, `party` and
    `shop_id`, and `order_row` and the days of the order, null where it is not known.

    Args:
        cases: Cases.
        moves: Movements with `value`.
        pairs: Cases with their movements.
        orders: Orders with `case_row`, the case that names them.
        timezone: Zone in which days count.
    """
    days = sale_days(orders, NO_PARCELS, timezone).join(
        orders.select(pl.col("row").alias("order_row"), "case_row", pl.col("is_opening").alias("is_known_order")),
        on="order_row",
    )
    of_case = days.sort("order_row").unique("case_row", keep="first", maintain_order=True)
    facts = cases.compared.select(
        pl.col("row").alias("left"), "shop_id", "return_id", "kind", pl.col("is_opening").alias("is_known"), "platform"
    ).join(of_case.drop("shipped_on"), left_on="left", right_on="case_row", how="left", maintain_order="left")
    sure = pairs.filter(pl.col("status") == "confirmed").join(facts, on="left").sort("right", "return_id", "left")
    of_move = sure.group_by(pl.col("right").alias("row"), maintain_order=True).agg(
        pl.col("shop_id", "kind", "order_row", *_TURNED).first(),
        pl.col("platform").first().alias("party"),
        pl.col("is_known").all(),
        pl.col("is_known_order").fill_null(value=True).all(),
    )
    rows = moves.compared.join(of_move, on="row", maintain_order="left").filter(pl.col("kind") != "repair")
    kind = (
        pl.when(pl.col("is_damaged"))
        .then(pl.lit("stock.return_damaged"))
        .when(pl.col("kind").is_in(["intercept", "rejected"]))
        .then(pl.lit("stock.return_undelivered"))
        .when(pl.col("kind") == "exchange")
        .then(pl.lit("stock.return_exchanged"))
        .otherwise(pl.lit("stock.return_good"))
    )
    is_sure = pl.col("on").is_not_null() & ~pl.col("is_other")
    return (
        rows.filter(is_sure)
        .with_columns(
            kind.alias("event_kind"),
            pl.col("kind").alias("case_kind"),
            (pl.col("is_opening") & pl.col("is_known") & pl.col("is_known_order")).alias("is_known"),
        )
        .drop("is_known_order")
    )


def _said(moment: str, day: str) -> pl.Expr:
    """Whether the order had come to a moment on the day of an event, as text; null where the order is not known."""
    is_past = pl.when(pl.col(day) <= pl.col("on")).then(pl.lit("true")).otherwise(pl.lit("false"))
    return pl.when(pl.col("order_row").is_not_null()).then(is_past).alias(moment)


def posted_goods(
    goods: pl.DataFrame, period: Period | None, before: pl.DataFrame | None = None, opens_on: date | None = None
) -> pl.DataFrame:
    """What this run posts, with `signed` and `completed`, `told_in`, and `is_turned`, for those of which only the cost is turned.

    What it was given news of; not what it has carried forward with case and order. Of what the run before posted it posts the
    moments of the order that were not known to have come by then, and the difference where the case or the movement is another
    one now; not the same once more where only the day is another one.

    Args:
        goods: Of `sold_goods`.
        period: Period of the run.
        before: Of `sold_goods`, of what was carried in alone; None to go by what was carried in.
        opens_on: First day of the period of this run; the run before posted nothing of that day or of later ones.
    """
    said = goods.with_columns(_said(*moment) for moment in _MOMENTS)
    said = said.with_columns(pl.lit(None, dtype=pl.String).alias("told_in"))
    if period is None or before is None or opens_on is None:
        is_news = ~pl.col("is_known")
        if period is None:
            return pl.concat([_back(said.filter(is_news)), _turned(said.filter(is_news), None)])
        is_own = (is_news & (pl.col("on") <= period.last)) | pl.col("on").is_between(period.first, period.last)
        return pl.concat([_back(said.filter(is_own)), _turned(said, period)])
    told = _numbered(before.filter(pl.col("on") < opens_on).with_columns(_said(*moment) for moment in _MOMENTS))
    now = _numbered(said).join(told, on=list(_MOVE), how="left", nulls_equal=True, maintain_order="left", suffix="_was")
    was_posted = pl.col("on_was").is_not_null()
    is_same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_was")) for name in _CONTENT)
    fresh, known = now.filter(~was_posted), now.filter(was_posted)
    other = known.filter(~is_same & (pl.col("on") <= period.last))
    other = other.with_columns(pl.lit(f" in {period.first}/{period.last}").alias("told_in"))
    rows = [
        _back(fresh.filter(pl.col("on") <= period.last)),
        _turned(fresh, Period(date.min, period.last)),
        *(_caught_up(known.filter(is_same), moment, opens_on, period) for moment in _MOMENTS),
        _back(other),
        _turned(other, Period(date.min, period.last)),
        *_taken_back(other, opens_on),
    ]
    columns = [*said.columns, "is_turned"]
    return pl.concat(part.select(columns) for part in rows)


def _numbered(goods: pl.DataFrame) -> pl.DataFrame:
    """Movements with `nth`, which tells those of one number apart."""
    ordered = goods.sort("on", "value", nulls_last=True, maintain_order=True)
    return ordered.with_columns(pl.int_range(pl.len()).over(_MOVE[:-1]).alias(_MOVE[-1]))


def _back(goods: pl.DataFrame) -> pl.DataFrame:
    return goods.with_columns(pl.lit(value=False).alias("is_turned"))


def _turned(goods: pl.DataFrame, period: Period | None) -> pl.DataFrame:
    """Movements of orders that were signed, or completed, after the goods were back: with that day as `on`.

    The cost of what left is turned on that day as a whole, also that of what had come back.
    """
    rows = pl.concat(
        goods.filter(pl.col(day) > pl.col("on")).with_columns(
            pl.lit(_TURNED[day]).alias("event_kind"), pl.col(day).alias("on")
        )
        for _, day in _MOMENTS
    )
    if period is not None:
        rows = rows.filter(pl.col("on").is_between(period.first, period.last))
    return rows.with_columns(*(_said(*moment) for moment in _MOMENTS), pl.lit(value=True).alias("is_turned"))


def _caught_up(known: pl.DataFrame, moment: tuple[str, str], opens_on: date, period: Period) -> pl.DataFrame:
    """What the run before posted as not signed, or not completed, and is so by the end of the period."""
    flag, day = moment
    is_open = (pl.col(f"{flag}_was") == "false") & ~_was_turned(day, opens_on)
    on = pl.max_horizontal(day, "on_was")
    rows = known.filter(is_open & pl.col(day).is_not_null() & (on <= period.last))
    rows = rows.with_columns(pl.lit(_TURNED[day]).alias("event_kind"), on.alias("on"))
    return rows.with_columns(*(_said(*moment) for moment in _MOMENTS), pl.lit(value=True).alias("is_turned"))


def _was_turned(day: str, opens_on: date) -> pl.Expr:
    """Whether the run before turned the cost of goods that it had posted before that day."""
    return pl.col(f"{day}_was").is_between(pl.col("on_was"), opens_on, closed="none").fill_null(value=False)


def _taken_back(other: pl.DataFrame, opens_on: date) -> list[pl.DataFrame]:
    """What the run before posted of movements that are something else now, with the other sign."""
    stood = [name.removesuffix("_was") for name in other.columns if name.endswith("_was")]
    rows = other.with_columns(
        *(pl.col(f"{name}_was").alias(name) for name in stood if name not in {"on", "value", "minor"}),
        *((-pl.col(f"{name}_was")).alias(name) for name in ("value", "minor")),
        pl.concat_str(["told_in", pl.lit(", taken back")]).alias("told_in"),
    )
    turned = [
        rows.filter((pl.col(f"{flag}_was") == "false") & _was_turned(day, opens_on)).with_columns(
            pl.lit(_TURNED[day]).alias("event_kind"), pl.lit(value=True).alias("is_turned")
        )
        for flag, day in _MOMENTS
    ]
    return [_back(rows), *turned]


def return_events(posted: pl.DataFrame) -> Table[Event]:
    """One event for each movement: what its pieces cost, positive for what came in; those of a shop and day are one document.

    An event is of one movement, so that a case that turns up late adds its own, and none is ever given in part.

    `stock.return_good` is V-09, `stock.return_exchanged` the old article of an exchange (V-14), `stock.return_undelivered` a
    parcel that never was the buyer's (V-12), and `stock.return_damaged` what cannot be sold as new (V-13), of any kind of case.

    Args:
        posted: Of `posted_goods`.
    """
    shop = pl.concat_str([pl.col(name).fill_null("-") for name in ("party", "shop_id")], separator=" ")
    day = pl.concat_str([pl.lit(" "), pl.col("on").cast(pl.String), pl.col("told_in").fill_null("")])
    facts = posted.select(
        *_SCOPE,
        *_DETAILS,
        *_SOLD,
        pl.col("event_kind").alias("kind"),
        pl.concat_str([shop, day]).alias("document"),
        "party",
        pl.col("on").alias("occurred_on"),
        "currency",
        pl.lit(None).cast(pl.Decimal(28, 8)).alias("tax_rate"),
        pl.col("value").alias("amount_minor"),
        *EVENT_SOURCE,
        "source_line",
    )
    return events_table(facts, details=(*_DETAILS, *_SOLD), scope=_SCOPE, identity=(*EVENT_GROUP, *_SCOPE, *_DETAILS))


def events_checks(events: Table[Event], posted: pl.DataFrame) -> list[Check]:
    """That what is posted is what was booked for cases, sound or not, by currency.

    Args:
        events: What is posted.
        posted: Of `posted_goods`.
    """
    of_returns = events.to_polars().filter(~pl.col("kind").is_in([*_TURNED.values()]))
    total = of_returns.group_by("currency").agg(pl.col("amount_minor").sum().alias("total"))
    sums = (
        posted.filter(~pl.col("is_turned"))
        .group_by("currency")
        .agg(pl.col("minor").sum().alias("sound"), (pl.col("value") - pl.col("minor")).sum().alias("damaged"))
    )
    both = sums.filter(pl.col("currency").is_not_null()).join(total, on="currency", how="left").sort("currency")
    return [
        Check(
            name="events",
            side="movements",
            currency=str(row["currency"]),
            total=int(row["total"] or 0),
            parts={"as new": int(row["sound"]), "damaged": int(row["damaged"])},
        )
        for row in both.iter_rows(named=True)
    ]


def with_kept(
    sides: Sequence[Side], findings: pl.DataFrame, of_case: pl.DataFrame, since: date, period: Period | None
) -> tuple[Side, ...]:
    """Sides with `is_kept`: the records of a unit are needed again together, as long as one of them is open or young.

    Orders are needed with the cases that name them, and movements, parcels and charges of no return not at all.

    Args:
        sides: Cases, movements, parcels, charges and orders, judged.
        findings: Those that stand.
        of_case: `case_row`, `order_row`.
        since: First day that is remembered anyway.
        period: Period of the run.
    """
    *units, orders = sides
    rows = pl.concat([side.frame.select("unit", "on", "verdict") for side in units])
    unclaimed = findings.filter(pl.col("type") == UNCLAIMED)["unit"].unique().implode()
    last = rows.group_by("unit").agg(
        pl.col("on").max().alias("last_on"), pl.col("on").is_null().any().alias("is_undated")
    )
    is_done = pl.col("verdict").is_in(_DONE) & ~pl.col("unit").is_in(unclaimed)
    is_old = (pl.col("last_on") < since).fill_null(value=False) & ~pl.col("is_undated")
    if period is not None:
        before = (pl.col("verdict") == "another period") & (pl.col("last_on") < period.first).fill_null(value=False)
        drop = (is_done & is_old) | before
    else:
        drop = is_done & is_old
    kept = []
    for side in units:
        frame = side.frame.join(last, on="unit", how="left", maintain_order="left", nulls_equal=True)
        keep = ~drop.fill_null(value=False) & (pl.col("verdict") != ELSEWHERE).fill_null(value=True)
        kept.append(side.with_frame(frame.with_columns(keep.alias("is_kept")).drop("last_on", "is_undated")))
    cases = kept[0].frame.filter("is_kept").select(pl.col("row").alias("case_row"))
    named = of_case.join(cases, on="case_row")["order_row"].unique().implode()
    is_young = (pl.col("on") >= since).fill_null(value=True)
    return (*kept, orders.with_columns((pl.col("row").is_in(named) | is_young).alias("is_kept")))
