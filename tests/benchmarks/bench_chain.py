"""The chain of a busy shop: a script that prints seconds, memory and whether its totals tie.

Run it as `python tests/benchmarks/bench_chain.py [ORDERS]`; the orders, lines and refunds are those of `bench_settlement.py`, each
order with a parcel of its own. Settlement and dispatch are reconciled before the clock starts.
"""

import os
import sys

import polars as pl
from _spent import measured_elsewhere, report
from bench_settlement import FEES, base, filled, lines_of, orders_of, refunds_of

from tieout.chain import Chain
from tieout.model import Shipment
from tieout.reconciliations import Dispatch, Settlement
from tieout.tables import Table, schema_of


def parcels_of(frame: pl.DataFrame) -> Table:
    """A parcel for every order."""
    line = schema_of(Shipment)["lines"].inner
    parts = {"platform_order_id": pl.col("platform_order_id"), "quantity": pl.lit(1)}
    content = pl.struct(
        parts.get(field.name, pl.lit(None)).cast(field.dtype).alias(field.name) for field in line.fields
    )
    return filled(
        frame.select(
            (pl.lit("SF") + pl.col("platform_order_id")).alias("tracking_no"),
            "shop_id",
            pl.lit("sf").alias("carrier"),
            pl.lit("outbound").alias("direction"),
            pl.lit("signed").alias("status"),
            pl.col("at").alias("picked_up_at"),
            pl.concat_list(content).alias("lines"),
        ),
        Shipment,
    )


def work(number: str) -> dict[str, object]:
    """Build the chain, and ask it for everything once."""
    chain = Chain(OUTCOMES)
    status = chain.orders.group_by("collection").len().sort("collection")
    if not chain.proof.holds:
        raise SystemExit("the proof does not hold")
    return {"things": len(chain), "steps": len(chain.trace(number)), **dict(status.iter_rows())}


def main(count: int) -> None:
    """Print the figures."""
    told = measured_elsewhere(__file__, str(count), "here")
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    print(
        f"{count:,} orders: {told['seconds']:.1f} s on the clock, {told['cpu_s']:.1f} s of the processors, load {load}"
    )
    print(f"memory: {told['before_mb']:,.0f} MB with the outcomes, {told['peak_mb']:,.0f} MB at most")
    print(told["result"])


if __name__ == "__main__":
    orders = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000
    if sys.argv[2:] == ["here"]:
        facts = base(orders)
        sold = orders_of(facts)
        OUTCOMES = (
            Settlement(fees=FEES).run(orders=sold, lines=lines_of(facts), refunds=refunds_of(facts)),
            Dispatch().run(orders=sold, shipments=parcels_of(facts)),
        )
        NUMBER = facts["platform_order_id"][5]
        report(lambda: work(NUMBER))
    else:
        main(orders)
