"""Collection: what is open of each order (`domain.md` C25, C26), and which records the next run needs."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from tieout.reconciliations._common.concluding import OTHER_PERIOD
from tieout.reconciliations._common.sides import SCOPE, Side
from tieout.reconciliations._common.units import AGREED, SETTLED, WITHIN
from tieout.reconciliations._settlement.words import BALANCE, GROSS, RESERVE

__all__ = ["MONTH", "collected", "fees_of_orders", "open_settlements", "with_kept", "young_months"]

MONTH: Mapping[str, pl.DataType] = {
    **{name: pl.String() for name in (*SCOPE, "settlement_id")},
    "month": pl.Date(),
}
"""Columns of settlements with a month of theirs."""
_AGES = ((7, "0-7"), (15, "8-15"), (30, "16-30"), (60, "31-60"), (90, "61-90"))
_ALLOWED = pl.col("allowed_minor").fill_null(0)
_DONE = (AGREED, WITHIN, SETTLED)
_KEPT_ASIDE = ("not paid", "cash on delivery", "its order is not compared", "no amount stated")


def fees_of_orders(lines: pl.DataFrame) -> pl.DataFrame:
    """What else than its money was booked on each order: fees and the like, signed, by `key` and `currency`.

    Args:
        lines: Lines with `key`, `kind`, `minor`.
    """
    others = ~pl.col("kind").is_in((*GROSS, *BALANCE)) & pl.col("key").is_not_null() & ~pl.col("is_repeat")
    return lines.filter(others).group_by("key", "currency").agg(pl.col("minor").sum().alias("fees_minor"))


def collected(orders: Side, units: pl.DataFrame, fees: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """One row per order with its collection status and amounts; orders that are not compared have no status.

    Args:
        orders: Orders with their verdicts.
        units: Units of orders' money with their facts.
        fees: Of `fees_of_orders`.
        as_of: Day of the run.
    """
    facts = units.select(
        "unit",
        "due_on",
        "allowed_minor",
        "state",
        "refunded_minor",
        "taken_back_minor",
        "gross_lines",
        pl.sum_horizontal("sale_minor", "subsidy_minor", "refund_minor", "clawback_minor").alias("settled_minor"),
    )
    rows = orders.frame.filter(~pl.col("is_repeat")).select(
        "row",
        "unit",
        "key",
        "book_id",
        "platform",
        "shop_id",
        "platform_order_id",
        "status",
        "on",
        "currency",
        pl.col("minor").alias("receivable_minor"),
        "verdict",
        "aside",
    )
    joined = rows.join(facts, on="unit", how="left", maintain_order="left").join(
        fees, on=["key", "currency"], how="left", maintain_order="left"
    )
    is_compared = pl.col("aside").is_null() | (pl.col("verdict") == SETTLED)
    table = joined.with_columns(
        (pl.col("refunded_minor") + pl.col("taken_back_minor")).fill_null(0).alias("refunded_minor"),
        pl.col("settled_minor", "fees_minor", "gross_lines").fill_null(0),
    ).with_columns(
        (pl.col("receivable_minor") - pl.col("refunded_minor") - pl.col("settled_minor")).alias("open_minor")
    )
    late = (pl.lit(as_of) - pl.col("due_on")).dt.total_days()
    is_late = is_compared & (late >= 0) & (pl.col("open_minor") > _ALLOWED)
    return table.select(
        "row",
        "unit",
        "book_id",
        "platform",
        "shop_id",
        "platform_order_id",
        pl.col("status").alias("order_status"),
        "on",
        "due_on",
        "currency",
        "receivable_minor",
        "refunded_minor",
        "settled_minor",
        "fees_minor",
        pl.when(is_compared).then("open_minor").alias("open_minor"),
        pl.when(is_compared).then(_status()).alias("status"),
        pl.when(is_late).then(_age(late)).alias("days_late"),
        "verdict",
    )


def _status() -> pl.Expr:
    """How far an order is collected (`domain.md` C25)."""
    left = pl.col("open_minor")
    kept_minor = pl.col("receivable_minor") - pl.col("refunded_minor")
    nothing_left = (pl.col("refunded_minor") > 0) & (kept_minor <= _ALLOWED)
    return (
        pl.when(left < -_ALLOWED)
        .then(pl.lit("over_settled"))
        .when(nothing_left & (left.abs() <= _ALLOWED))
        .then(pl.lit("refunded"))
        .when(left.abs() <= _ALLOWED)
        .then(pl.lit("settled"))
        .when(pl.col("gross_lines") == 0)
        .then(pl.lit("unsettled"))
        .otherwise(pl.lit("partially_settled"))
    )


def _age(late: pl.Expr) -> pl.Expr:
    """The bucket of so many days past the day that it was due (`domain.md` C26)."""
    age = pl.lit(">90")
    for most, label in reversed(_AGES):
        age = pl.when(late <= most).then(pl.lit(label)).otherwise(age)
    return age


def open_settlements(heads: pl.DataFrame, headers: pl.DataFrame, since: date, first: date | None) -> pl.Series:
    """The numbers of settlements whose header is needed again.

    Args:
        heads: Judged headers.
        headers: Of `lines_of_headers`.
        since: First day of which settled records are kept.
        first: First day of the period; None without one.
    """
    wanted = heads.filter(_is_open(since, first)).select(pl.col("row").alias("header"))
    found: pl.Series = headers.join(wanted, on="header")["settlement_id"].unique()
    return found


def young_months(lines: pl.DataFrame, since: date) -> pl.DataFrame:
    """The settlements with the months of which a line is young: the columns `MONTH`.

    Args:
        lines: Lines with `on`.
        since: First day of which settled records are kept.
    """
    young = lines.filter((pl.col("on") >= since) & pl.col("settlement_id").is_not_null())
    return young.select(_month_of_settlement()).unique()


def _month_of_settlement() -> list[pl.Expr]:
    return [*map(pl.col, (*SCOPE, "settlement_id")), pl.col("on").dt.truncate("1mo").alias("month")]


def with_kept(
    sides: Sequence[Side], settlements: pl.Series, young: pl.DataFrame, since: date, first: date | None
) -> tuple[Side, ...]:
    """Sides with `is_kept`: an order's records are needed again together, as long as one of them is open or young.

    Lines of a header are kept with it, those of a settlement's month as long as one of them is young, for they are posted as
    one, those of the period's month that came late, and movements of a reserve until further; and with them all that hangs
    together with them.

    Args:
        sides: Judged sides; those with `key` hang together by it.
        settlements: Of `open_settlements`.
        young: Of `young_months`.
        since: First day of which settled records are kept.
        first: First day of the period; None without one.
    """
    month = None if first is None else first.replace(day=1)
    made = [
        side.with_columns(_is_open(since, month if side.name == "lines" else first).alias("is_open")) for side in sides
    ]
    of_header = pl.col("settlement_id").is_in(settlements.implode()).fill_null(value=False)
    before = pl.lit(value=False) if month is None else (pl.col("aside") == OTHER_PERIOD) & (pl.col("on") < month)
    is_young = pl.col("is_young") & ~before.fill_null(value=False)
    wanted = pl.col("is_open") | of_header | is_young | pl.col("kind").is_in(RESERVE)
    made = [
        side.with_frame(_with_young(side.frame, young)).with_columns(wanted.alias("is_open"))
        if side.name == "lines"
        else side
        for side in made
    ]
    keyed = [side.frame.filter(pl.col("is_open")).select("key") for side in made if "key" in side.frame.columns]
    open_keys = pl.concat(keyed)["key"].drop_nulls().unique().implode()
    kept = []
    for side in made:
        keep = pl.col("is_open")
        if "key" in side.frame.columns:
            keep = keep | pl.col("key").is_in(open_keys).fill_null(value=False)
        kept.append(side.with_columns(keep.alias("is_kept")))
    return tuple(kept)


def _with_young(lines: pl.DataFrame, young: pl.DataFrame) -> pl.DataFrame:
    """Lines with `is_young`: whether one of their settlement and month is."""
    told = young.with_columns(pl.lit(value=True).alias("is_young"))
    dated = lines.with_columns(_month_of_settlement()[-1])
    found = dated.join(told, on=list(MONTH), how="left", nulls_equal=True, maintain_order="left")
    return found.with_columns(pl.col("is_young").fill_null(value=False)).drop("month")


def _is_open(since: date, first: date | None) -> pl.Expr:
    """Whether a row is not settled, or young; what belongs to days before the period is neither."""
    young = (pl.col("on") >= since).fill_null(value=True)
    waits = pl.col("aside").is_null() & ~pl.col("verdict").is_in(_DONE)
    waits = (
        waits | pl.col("aside").is_in(_KEPT_ASIDE) | pl.col("aside").str.starts_with("refund ").fill_null(value=False)
    )
    if first is None:
        return young | waits.fill_null(value=False)
    before = (pl.col("aside") == OTHER_PERIOD).fill_null(value=False) & (pl.col("on") < first).fill_null(value=False)
    return (young | waits.fill_null(value=False)) & ~before
