"""Courier audit, whole process: bill and shipments read from CSV, matched, re-rated, classified and posted.

    python tests/benchmarks/bench_courier_audit.py [LINES] [--seed N]

Prints one row per step with seconds by the clock and by the processor, and the peak memory of the process; the target is
1,000,000 bill lines in under 20 s on two cores. What was measured stands in `docs/explanation/benchmarks.md`.
"""

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

CARD = """
name = "Benchmark contract"
carrier = "zto"
currency = "CNY"
[terms]
timezone = "Asia/Shanghai"
tolerance = 0.01
vat_percent = 6
[[versions]]
id = "2026"
from = 2026-01-01
to = 2026-10-15
weight = { rounding = { mode = "ceil", step = 1 } }
[versions.zones]
names = ["near", "middle", "far"]
default = "middle"
rules = [{ zone = "far", dest_provinces = ["新疆", "西藏"] }, { zone = "near", dest_provinces = ["广东", "福建"] }]
[versions.prices]
model = "first_continued"
first_weight = 1
step = 1
zones = { near = { first = 2.80, continued = 0.80 }, middle = { first = 3.40, continued = 1.50 }, far = { first = 12.00, continued = 9.00 } }
[[versions.surcharges]]
charge_type = "remote_area"
when = "remote"
dest_provinces = ["新疆", "西藏"]
amount = 5.00
[[versions]]
id = "2026-10"
from = 2026-10-15
weight = { rounding = { mode = "ceil", step = 1 } }
volumetric = { mode = "full", divisor = 8000 }
[versions.zones]
names = ["near", "middle", "far"]
default = "middle"
rules = [{ zone = "far", dest_provinces = ["新疆", "西藏"] }, { zone = "near", dest_provinces = ["广东", "福建"] }]
[versions.prices]
model = "first_continued"
first_weight = 1
step = 1
zones = { near = { first = 3.00, continued = 0.90 }, middle = { first = 3.60, continued = 1.60 }, far = { first = 13.00, continued = 9.50 } }
[[versions.surcharges]]
charge_type = "remote_area"
when = "remote"
dest_provinces = ["新疆", "西藏"]
amount = 5.00
"""
PROVINCES = ["广东", "福建", "浙江", "上海", "四川", "湖北", "新疆", "西藏"]
FIRST = {"near": (280, 300), "middle": (340, 360), "far": (1200, 1300)}
NEXT = {"near": (80, 90), "middle": (150, 160), "far": (900, 950)}


BILL: dict[str, Any] = {
    "format": "generic_table",
    "currency": "CNY",
    "weight_unit": "kg",
    "columns": {
        "tracking_no": "运单号",
        "ship_date": "日期",
        "dest.province": "省份",
        "billed_weight_g": "计费重量",
    },
    "charges": {"金额": "base", "偏远附加": "remote_area"},
    "constants": {"bill_no": "2026-10", "carrier": "zto"},
}
"""How the bill's file is read."""
SHIPMENTS: dict[str, Any] = {
    "format": "generic_table",
    "weight_unit": "kg",
    "timezone": "Asia/Shanghai",
    "columns": {
        "tracking_no": "运单号",
        "picked_up_at": "揽收时间",
        "weight_scale_g": "重量(kg)",
        "dest.province": "省",
    },
}
"""How the file of parcels is read."""


@contextmanager
def step(name: str, rows: list[tuple[str, float, float]]) -> Iterator[None]:
    started, spent = time.perf_counter(), time.process_time()
    yield
    rows.append((name, time.perf_counter() - started, time.process_time() - spent))


def zone_of(province: str) -> str:
    return "far" if province in {"新疆", "西藏"} else "near" if province in {"广东", "福建"} else "middle"


def price_minor(zone: str, grams: int, later: int) -> int:
    return FIRST[zone][later] + NEXT[zone][later] * max(0, -(-(grams - 1000) // 1000))


def write_files(folder: Path, lines: int, seed: int) -> tuple[Path, Path]:
    """A month of parcels in runs of numbers; 3 % of the charges are wrong in one way or another."""
    chance = random.Random(seed)
    start = date(2026, 10, 1)
    ours = ["运单号,揽收时间,重量(kg),省"]
    bill = ["运单号,日期,省份,计费重量,金额,偏远附加"]
    written, number = 0, 780_000_000_000
    while written < lines:
        number += 1 if number % 200 else chance.randrange(500)
        day = start + timedelta(days=chance.randrange(31))
        province, grams = chance.choice(PROVINCES), chance.randrange(100, 4000)
        zone, later = zone_of(province), int(day >= date(2026, 10, 15))
        ours.append(f"{number},{day} 10:00:00,{Decimal(grams) / 1000},{province}")
        wrong, billed_grams = chance.random(), grams
        amount = price_minor(zone, grams, later)
        if wrong < 0.015:
            billed_grams = grams + 1000
            amount = price_minor(zone, billed_grams, later)
        elif wrong < 0.02:
            amount = price_minor("far", grams, later)
        elif wrong < 0.025:
            amount = price_minor(zone, grams, 1 - later)
        elif wrong < 0.03:
            amount += chance.randrange(1, 500)
        remote = "5.00" if zone == "far" else ""
        shown = number + 10**9 if chance.random() < 0.002 else number
        bill.append(f"{shown},{day},{province},{Decimal(billed_grams) / 1000},{Decimal(amount) / 100},{remote}")
        written += 2 if remote else 1
    paths = folder / "shipments.csv", folder / "bill.csv"
    for path, text in zip(paths, (ours, bill), strict=True):
        path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("lines", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rows: list[tuple[str, float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        shipments_path, bill_path = write_files(Path(folder), options.lines, options.seed)
        whole, whole_spent = time.perf_counter(), time.process_time()
        with step("import", rows):
            import tieout
            from tieout.model import CourierCharge, Shipment
            from tieout.posting import Book, post
            from tieout.reconciliations import CourierBill
            from tieout.tariffs import RateCard
        with step("read the bill", rows):
            bill = tieout.read(
                bill_path,
                record=CourierCharge,
                **BILL,
            )
        with step("read the shipments", rows):
            shipments = tieout.read(
                shipments_path,
                record=Shipment,
                **SHIPMENTS,
            )
        with step("match, re-rate, classify", rows):
            card = RateCard.loads(CARD, name="benchmark.toml")
            outcome = CourierBill(rate_card=card, as_of=date(2026, 10, 31)).run(
                shipments=shipments.records, charges=bill.records
            )
        with step("post", rows):
            book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
            vouchers = post([outcome], book=book, period="2026-10")
        rows.append(("whole", time.perf_counter() - whole, time.process_time() - whole_spent))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(bill.records):,} bill lines, {len(shipments.records):,} shipments, seed {options.seed}")
    print(f"{len(outcome.discrepancies):,} discrepancies, {len(vouchers)} vouchers, proof holds: {outcome.proof.holds}")
    print(f"{'':<28}{'clock':>10}{'processor':>12}")
    for name, seconds, spent in rows:
        print(f"{name:<28}{seconds:>8.2f} s{spent:>10.2f} s")
    print(f"{'peak memory':<28}{peak_mb:>8.0f} MB")


if __name__ == "__main__":
    main()
