"""Settlement of a busy shop: a script that prints seconds, memory and what was found.

Run it as `python tests/benchmarks/bench_settlement.py [ORDERS]`; each order has three lines: sale, commission, payment fee; every
second one a subsidy of which the sale is the rest, and some are refunded, short or missing. It is no test: nothing here is asserted
by time.
"""

import datetime as dt
import os
import sys
from collections.abc import Sequence
from decimal import Decimal

import polars as pl
from _draws import Draws
from _spent import measured_elsewhere, report

from tieout.model import Order, Refund, SettlementLine
from tieout.reconciliations import FeeContract, Settlement
from tieout.tables import Table, schema_of

FIRST = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
DAYS = 25
FEES = (
    FeeContract(platform="tmall", line_type="commission", rate=Decimal("0.05"), returned=True),
    FeeContract(platform="tmall", line_type="payment_fee", rate=Decimal("0.006")),
)
_NUMBER = 3_000_000_000_000_000_000


def filled(frame: pl.DataFrame, record: type) -> Table:
    """Columns of a record, those that the frame lacks being empty."""
    schema = schema_of(record)
    empty = {name: pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in frame.columns}
    return Table(frame.with_columns(**empty).select(pl.col(name).cast(dtype) for name, dtype in schema.items()), record)


def base(count: int, *, seed: int | None = None, platforms: Sequence[str] = ("tmall",)) -> pl.DataFrame:
    """Orders by number, day, and what they bring; what is wrong with each goes by its place.

    Args:
        count: How many.
        seed: By which amounts and moments are drawn; None for those of before there was one.
        platforms: By turns, and each has four shops.
    """
    place = pl.int_range(pl.len())
    drawn = Draws(seed=str(seed), by=place)
    paid = place * 7919 % 90_000 if seed is None else drawn.below("paid", 90_000)
    minute = place * 37 % (DAYS * 1440) if seed is None else drawn.below("minute", DAYS * 1440)
    platform = pl.lit(pl.Series(platforms)).gather(place % len(platforms))
    return pl.DataFrame({"place": range(count)}).select(
        (place + _NUMBER).cast(pl.String).alias("platform_order_id"),
        platform.alias("platform"),
        (pl.lit("shop ") + (place // len(platforms) % 4).cast(pl.String)).alias("shop_id"),
        pl.lit("CNY").alias("currency"),
        (5_000 + paid).cast(pl.Int64).alias("paid"),
        pl.when(place % 2 == 0).then(2_000).otherwise(0).cast(pl.Int64).alias("funded"),
        (pl.lit(FIRST) + pl.duration(minutes=minute)).alias("at"),
        place.alias("place"),
    )


def orders_of(frame: pl.DataFrame) -> Table:
    """Orders of one article, every second one with a coupon that the platform funds."""
    line, discount = (schema_of(Order)[name].inner for name in ("lines", "discounts"))
    article = {"quantity": pl.lit(1).cast(pl.Decimal(28, 8)), "unit_price_minor": pl.col("paid") + pl.col("funded")}
    coupon = {
        "kind": pl.lit("platform_coupon"),
        "funder": pl.lit("platform"),
        "amount_minor": pl.col("funded"),
        "currency": pl.col("currency"),
        "settled_to_merchant": pl.lit(value=True),
    }
    articles, coupons = (
        pl.concat_list(
            pl.struct(
                (parts.get(field.name, pl.lit(None))).cast(field.dtype).alias(field.name) for field in kind.fields
            )
        )
        for kind, parts in ((line, article), (discount, coupon))
    )
    return filled(
        frame.with_columns(
            articles.alias("lines"),
            pl.when(pl.col("funded") > 0)
            .then(coupons)
            .otherwise(pl.lit([], dtype=pl.List(discount)))
            .alias("discounts"),
            pl.lit("completed").alias("status"),
            pl.col("at").alias("completed_at"),
            pl.lit(value=True).alias("tax_included"),
            *(pl.lit(value=False).alias(name) for name in ("is_presale", "is_cod", "is_cross_border")),
        ).drop("paid", "funded", "at", "place"),
        Order,
    )


def lines_of(frame: pl.DataFrame) -> Table:
    """Three lines an order: the sale with its subsidy inside, commission, payment fee; one in a hundred orders has a fault."""
    brings, fault = pl.col("paid") + pl.col("funded"), pl.col("place") % 100
    amounts = {
        "sale": brings - pl.when(fault == 1).then(700).otherwise(0),
        "commission": -((brings * 5 + 50) // 100) - pl.when(fault == 2).then(300).otherwise(0),
        "payment_fee": -((brings * 6 + 500) // 1000),
    }
    parts = [
        frame.filter(fault != 3).select(
            "platform_order_id",
            "platform",
            "shop_id",
            "currency",
            pl.lit(kind).alias("type"),
            amount.alias("amount_minor"),
            (pl.col("at") + pl.duration(hours=20)).alias("posted_at"),
            (pl.lit("S") + pl.col("at").dt.date().cast(pl.String) + pl.col("shop_id")).alias("settlement_id"),
            (pl.lit(f"{kind} ") + pl.col("place").cast(pl.String)).alias("line_id"),
            pl.lit("lines.csv").alias("source_file"),
            (pl.col("place") * len(amounts) + at).cast(pl.Int64).alias("source_line"),
        )
        for at, (kind, amount) in enumerate(amounts.items())
    ]
    return filled(pl.concat(parts).sort("source_line"), SettlementLine)


def refunds_of(frame: pl.DataFrame) -> Table:
    """Refunds of one in fifty orders, which the lines lack."""
    back = frame.filter(pl.col("place") % 50 == 4)
    return filled(
        back.select(
            "platform_order_id",
            "platform",
            "shop_id",
            "currency",
            (pl.lit("R") + pl.col("platform_order_id")).alias("refund_id"),
            pl.lit(1_000, dtype=pl.Int64).alias("amount_minor"),
            pl.lit("succeeded").alias("status"),
            pl.col("at").alias("succeeded_at"),
        ),
        Refund,
    )


def work(count: int) -> dict[str, int]:
    """Reconcile, and say what was found."""
    outcome = SETTLEMENT.run(**SIDES)
    if not outcome.proof.holds:
        raise SystemExit("the proof does not hold")
    found = outcome.discrepancies.to_polars().group_by("type").len().sort("type")
    return {"orders": count, **dict(found.iter_rows())}


def main(count: int) -> None:
    """Print the figures."""
    told = measured_elsewhere(__file__, str(count), "here")
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    print(
        f"{count:,} orders: {told['seconds']:.1f} s on the clock, {told['cpu_s']:.1f} s of the processors, load {load}"
    )
    print(f"memory: {told['before_mb']:,.0f} MB with the sides, {told['peak_mb']:,.0f} MB at most")
    print(told["result"])


if __name__ == "__main__":
    orders = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000
    if sys.argv[2:] == ["here"]:
        facts = base(orders)
        SIDES = {"orders": orders_of(facts), "lines": lines_of(facts), "refunds": refunds_of(facts)}
        SETTLEMENT = Settlement(fees=FEES, as_of=dt.date(2026, 11, 30))
        report(lambda: work(orders))
    else:
        main(orders)
