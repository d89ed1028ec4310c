"""Rating parcels: a script that prints seconds per rating of a plain and of a rich contract.

Run it as `python tests/benchmarks/bench_tariffs.py [PARCELS]`. It is no test: nothing here is asserted by time.
"""

import resource
import statistics
import sys
import time
from datetime import date
from typing import Any

import polars as pl

from tieout.tariffs import RateCard

ZONES = {
    "names": ["near", "mid", "far", "remote"],
    "default": "far",
    "rules": [
        {"zone": "remote", "dest_provinces": ["新疆", "西藏"]},
        {"zone": "near", "dest_provinces": ["江苏", "浙江", "上海"]},
        {"zone": "mid", "dest_provinces": ["安徽", "山东", "广东", "北京"]},
    ],
}
PRICES = {
    "model": "first_continued",
    "first_weight": 1,
    "step": 1,
    "zones": {
        "near": {"first": "2.60", "continued": "0.50"},
        "mid": {"first": "2.80", "continued": "0.90"},
        "far": {"first": "3.60", "continued": "2.50"},
        "remote": {"first": 12, "continued": 11},
    },
}
PLAIN: dict[str, Any] = {"weight": {"rounding": {"mode": "ceil", "step": 1}}, "zones": ZONES, "prices": PRICES}
RICH: dict[str, Any] = {
    **PLAIN,
    "weight": {"rounding": {"mode": "exact"}},  # every weight is priced on its own
    "prices": PRICES | {"partial_step": "pro_rata"},
    "volumetric": {"mode": "half", "divisor": 8000, "trigger": {"side_from": 60}},
    "discount": {"percent": 5},
    "minimum_charge": 3,
    "fuel": {"percents": [{"from": date(2026, 1, 1), "percent": 3}, {"from": date(2026, 5, 1), "percent": "3.5"}]},
    "returns": {"mode": "share", "percent": 50},
    "surcharges": [
        {"charge_type": "remote_area", "when": "remote", "zones": ["remote"], "rate": "0.5", "fuel": True},
        {"charge_type": "cod_fee", "when": "cod", "percent": 2, "of": "cod_amount", "min": 1},
        {"charge_type": "insurance", "when": "declared_value", "percent": "0.5", "of": "declared_value", "min": 1},
        {"charge_type": "oversize", "when": "oversize", "longest_side_over": 80, "amount": 4},
    ],
}


def contract(body: dict[str, Any]) -> RateCard:
    """Two versions of one body."""
    versions = [{"id": "v1", "to": date(2026, 7, 1), **body}, {"id": "v2", "from": date(2026, 7, 1), **body}]
    card = {"name": "bench", "carrier": "zto", "currency": "CNY", "versions": versions}
    return RateCard.from_dict(card, name="bench")


def parcels(rows: int) -> pl.DataFrame:
    """A year of parcels: 34 provinces' names, 300 cities, 60,000 weights."""
    number = pl.int_range(rows)
    provinces = [
        "新疆维吾尔自治区",
        "江苏省",
        "浙江",
        "上海市",
        "安徽",
        "山东省",
        "广东",
        "北京市",
        "四川",
        "河南省",
        "西藏",
    ]
    mixed = (number * 2_654_435_761) % 4_294_967_296

    def gram(expression: pl.Expr) -> pl.Expr:
        return expression.cast(pl.Decimal(28, 8))

    return pl.select(
        row=number,
        leg=pl.when(mixed % 33 == 0).then(pl.lit("return")).otherwise(pl.lit("outbound")),
        rate_date=pl.lit(date(2026, 1, 1)) + pl.duration(days=mixed % 365),
        dest_province=(mixed % 11).replace_strict(list(range(11)), provinces),
        dest_city=pl.format("城市{}市", mixed % 300),
        weight_g=gram(mixed % 60_000),
        length_cm=gram(mixed % 90 + 5),
        width_cm=gram(mixed % 50 + 5),
        height_cm=gram(mixed % 40 + 5),
        cod_amount_minor=pl.when(mixed % 4 == 0).then(mixed % 90_000),
        declared_value_minor=pl.when(mixed % 3 == 0).then(mixed % 900_000),
    )


def main() -> None:
    """Rate five times each and print the medians."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    frame = parcels(rows)
    for name, body in (("plain", PLAIN), ("rich", RICH)):
        card = contract(body)
        card.rate(frame.head(1000))
        seconds = []
        for _ in range(5):
            start = time.perf_counter()
            rated = card.rate(frame)
            seconds.append(time.perf_counter() - start)
        median = statistics.median(seconds)
        print(f"{name}: {rows:,} parcels, {rated.components.height:,} charges: {median:.3f} s (median of 5)")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
