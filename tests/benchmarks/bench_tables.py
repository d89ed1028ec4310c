"""Records to columns and back: a script that prints seconds per million records.

Run it as `python tests/benchmarks/bench_tables.py [ROWS]`. It is no test: nothing here is asserted by time.
"""

import gc
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from moneyed import Money

from tieout.model import ChargeType, CourierCharge, Order, OrderLine, Place, Provenance, Shipment, WeightKind
from tieout.tables import Table

CITIES = [("广东", "深圳"), ("浙江", "杭州"), ("四川", "成都"), ("北京", "北京"), ("新疆", "乌鲁木齐")]
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def courier_charges(rows: int) -> list[CourierCharge]:
    """Charges as a source builds them: sixteen fields filled, one provenance a line, places by city."""
    day = date(2026, 10, 1)
    return [
        CourierCharge(
            bill_no="SF202610",
            carrier="sf",
            account_no="7551234567",
            tracking_no=f"SF{position:013d}",
            order_id=f"E{position:012d}",
            charge_type=ChargeType.BASE if position % 3 else ChargeType.INSURANCE,
            ship_date=day + timedelta(days=position % 31),
            service="标快",
            origin=Place(province="上海", city="上海"),
            dest=Place(province=CITIES[position % 5][0], city=CITIES[position % 5][1]),
            billed_weight_g=Decimal(500 + 500 * (position % 20)),
            actual_weight_g=Decimal(f"{480 + position % 9000}.5"),
            weight_kind=WeightKind.ACTUAL,
            zone_billed=f"zone{position % 8}",
            amount=Money(Decimal(f"{8 + position % 40}.{position % 100:02d}"), "CNY"),
            vat_rate=Decimal("0.06"),
            provenance=Provenance(
                format="sf_monthly_bill", file="bill.xlsx", sha256=SHA256, sheet="账单明细", line=position + 2
            ),
        )
        for position in range(rows)
    ]


def shipments(rows: int) -> list[Shipment]:
    """Parcels of a merchant's own file."""
    moment = datetime(2026, 10, 1, 8, tzinfo=UTC)
    return [
        Shipment(
            carrier="sf",
            tracking_no=f"SF{position:013d}",
            warehouse="上海一仓",
            dest=Place(province=CITIES[position % 5][0], city=CITIES[position % 5][1]),
            shipped_at=moment + timedelta(minutes=position % 40_000),
            weight_scale_g=Decimal(f"{480 + position % 9000}.5"),
            requested=("signature",) if position % 10 == 0 else (),
        )
        for position in range(rows)
    ]


def orders(rows: int) -> list[Order]:
    """Orders of two lines."""
    price = Money("59.90", "CNY")
    lines = (OrderLine(sku="A", quantity=Decimal(1), unit_price=price), OrderLine(sku="B", quantity=Decimal(2)))
    return [
        Order(
            platform="taobao", platform_order_id=f"{2_000_000_000_000_000_000 + position}", currency="CNY", lines=lines
        )
        for position in range(rows)
    ]


def timed(work: Callable[[], object]) -> tuple[str, object]:
    """Seconds on the clock, and seconds of processor time, which other programs disturb less."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return f"{time.perf_counter() - wall:.2f} ({time.process_time() - cpu:.2f})", result


def main(rows: int) -> None:
    """Print the table."""
    print(f"{rows:,} records: seconds on the clock (of processor time)")
    print(f"{'record':<16}{'build records':>20}{'to columns':>20}{'back to records':>20}")
    for name, build in (("CourierCharge", courier_charges), ("Shipment", shipments), ("Order", orders)):
        built, records = timed(lambda build=build: build(rows))
        encoded, table = timed(lambda records=records: Table.from_records(records))
        del records
        decoded, _ = timed(lambda table=table: sum(1 for _ in table))
        print(f"{name:<16}{built:>20}{encoded:>20}{decoded:>20}", flush=True)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB")


if __name__ == "__main__":
    main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000)
