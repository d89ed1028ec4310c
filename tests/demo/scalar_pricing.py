"""The two demo contracts, priced one parcel at a time in plain Decimal arithmetic.

Written from the contracts' text and without `tieout`, so that the demo checks the library against another calculation. Everything that
makes a parcel's freight is one field of a `Case`; changing one field of it is one billing error.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from math import prod
from typing import Any

CENT = Decimal("0.01")
SF, ZTO = "sf", "zto"

EAST = ("江苏", "浙江", "上海", "安徽")
ZTO_ZONES = {
    "江浙沪皖": EAST,
    "一区": ("广东", "福建", "江西", "山东", "湖北", "湖南", "河南", "河北", "北京", "天津"),
    "二区": ("四川", "重庆", "陕西", "山西", "广西", "辽宁", "贵州", "云南", "吉林", "黑龙江"),
    "三区": ("青海", "甘肃", "宁夏", "内蒙古", "海南"),
    "偏远": ("新疆", "西藏"),
}
SF_ZONES = {
    "省内": ("浙江",),
    "区域内": ("江苏", "上海", "安徽"),
    "跨区一": ("广东", "福建", "江西", "山东", "湖北", "湖南", "河南", "河北", "北京", "天津"),
    "跨区二": (
        "四川", "重庆", "陕西", "山西", "广西", "辽宁", "贵州", "云南", "吉林", "黑龙江", "青海", "甘肃", "宁夏", "内蒙古", "海南",
    ),
    "偏远": ("新疆", "西藏"),
}  # fmt: skip

ZTO_VERSIONS = {
    "2026-A": {
        "江浙沪皖": ("2.60", "0.90"),
        "一区": ("3.20", "1.30"),
        "二区": ("3.90", "2.10"),
        "三区": ("6.40", "4.70"),
        "偏远": ("12.00", "9.50"),
    },
    "2026-B": {
        "江浙沪皖": ("2.35", "0.80"),
        "一区": ("2.90", "1.15"),
        "二区": ("3.55", "1.90"),
        "三区": ("5.90", "4.30"),
        "偏远": ("11.00", "8.80"),
    },
}
ZTO_CHANGE = date(2026, 10, 16)
SF_SERVICES = {
    "顺丰标快": {
        "省内": ("12", "2"),
        "区域内": ("13", "3"),
        "跨区一": ("18", "5"),
        "跨区二": ("22", "10"),
        "偏远": ("26", "21"),
    },
    "顺丰特快": {
        "省内": ("15", "4"),
        "区域内": ("17", "6"),
        "跨区一": ("23", "9"),
        "跨区二": ("29", "15"),
        "偏远": ("35", "28"),
    },
}
SF_FUEL = (
    (date(2026, 1, 1), Decimal("7.5")),
    (date(2026, 10, 5), Decimal(7)),
    (date(2026, 10, 12), Decimal("6.5")),
    (date(2026, 10, 19), Decimal(6)),
    (date(2026, 10, 26), Decimal("5.5")),
)
SF_HOLIDAY = (date(2026, 10, 1), date(2026, 10, 7))
SF_HOLIDAY_FEE = Decimal("2.00")
SF_PACKAGING, SF_RECEIPT = Decimal("3.00"), Decimal("5.00")
ZTO_REMOTE, ZTO_OVERSIZE, ZTO_INTERCEPT = Decimal("5.00"), Decimal("10.00"), Decimal("6.00")
ZTO_REBATE_FROM, ZTO_REBATE = 1000, Decimal("0.05")

GRACE_CEIL, SF_COMPOSITE = ("grace_ceil", "1", "0.1"), ("sf",)
FIELD_ROUNDINGS = (
    ("ceil", "0.1"),
    ("ceil", "0.5"),
    ("ceil", "1"),
    ("half_up", "0.1"),
    ("half_up", "1"),
    ("floor", "1"),
    ("tail_2378",),
)
FIELD_DIVISORS = (5000, 6000, 7000, 8000, 12000)


def money(amount: Decimal, step: Decimal = CENT) -> Decimal:
    """Rounded half-up to the step."""
    return ((amount / step).quantize(Decimal(1), ROUND_HALF_UP) * step).quantize(CENT)


def round_weight(kg: Decimal, rule: tuple[str, ...]) -> Decimal:
    """A weight by one of the rounding rules of `domain.md` 3.2."""
    mode = rule[0]
    if mode == "sf":
        bands = (("half_up", "0.1"), ("tail_2378",), ("half_up", "1"))
        return round_weight(kg, bands[0] if kg < 10 else bands[1] if kg < 100 else bands[2])
    if mode == "tail_2378":
        tenths = int(round_weight(kg, ("half_up", "0.1")) * 10)
        tail = tenths % 10
        return Decimal(tenths - tail + (0 if tail <= 2 else 5 if tail <= 7 else 10)) / 10
    step = Decimal(rule[1])
    if mode == "grace_ceil":
        whole = (kg / step).to_integral_value(ROUND_FLOOR)
        return (whole + (1 if kg - whole * step > Decimal(rule[2]) else 0)) * step
    how = {"ceil": ROUND_CEILING, "half_up": ROUND_HALF_UP, "floor": ROUND_FLOOR}[mode]
    return (kg / step).to_integral_value(how) * step


@dataclass(frozen=True)
class Case:
    """Everything that makes one parcel's freight.

    `tariff` is the version of the contract for ZTO, the service for SF; `measured` is a weight that stands for weight and size.
    """

    carrier: str
    zone: str
    tariff: str
    weight: Decimal
    size: tuple[int, int, int] | None
    divisor: int
    rounding: tuple[str, ...]
    volume: str = "full"
    discounted: bool = True
    measured: Decimal | None = None

    def billing_weight(self) -> Decimal:
        """The chargeable weight, rounded."""
        if self.measured is not None:
            return round_weight(self.measured, self.rounding)
        chargeable = self.weight
        if self.size is not None and self.volume != "none":
            excess = max(Decimal(0), Decimal(prod(self.size)) / self.divisor - self.weight)
            chargeable += excess / 2 if self.volume == "half" else excess
        return round_weight(chargeable, self.rounding)

    def freight(self) -> Decimal:
        """What is to be paid: the list price less the discount, rounded once."""
        first, continued = (Decimal(text) for text in _prices(self.carrier)[self.tariff][self.zone])
        over = max(Decimal(0), self.billing_weight() - 1)
        if self.carrier == ZTO:
            listed = first + over.to_integral_value(ROUND_CEILING) * continued
            return money(listed * 95 / 100 if self.discounted else listed)
        off = 2 if self.discounted and self.tariff == "顺丰标快" else 0
        return money(first + over * continued - off, Decimal(1))


def _prices(carrier: str) -> dict[str, dict[str, tuple[str, str]]]:
    return ZTO_VERSIONS if carrier == ZTO else SF_SERVICES


def _zones(carrier: str) -> dict[str, tuple[str, ...]]:
    return ZTO_ZONES if carrier == ZTO else SF_ZONES


def zone_of(carrier: str, province: str) -> str:
    """The contract's zone of a province."""
    return next(zone for zone, members in _zones(carrier).items() if province in members)


def zto_version(day: date) -> str:
    """The version that holds on the day of pickup."""
    return "2026-B" if day >= ZTO_CHANGE else "2026-A"


def case_of(
    carrier: str, *, province: str, day: date, service: str, weight: Decimal, size: tuple[int, int, int] | None
) -> Case:
    """The case as the contract has it."""
    near = carrier == SF and province in EAST
    return Case(
        carrier=carrier,
        zone=zone_of(carrier, province),
        tariff=zto_version(day) if carrier == ZTO else service,
        weight=weight,
        size=size,
        divisor=8000 if carrier == ZTO else 12000 if near else 6000,
        rounding=GRACE_CEIL if carrier == ZTO else SF_COMPOSITE,
    )


def single_changes(case: Case, *, stated_weight: Decimal) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every one-factor change that an auditor would try, as (factor, changed fields)."""
    yield "weight", {"measured": stated_weight}
    yield from (("zone", {"zone": zone}) for zone in _zones(case.carrier))
    factor = "version" if case.carrier == ZTO else "service"
    yield from ((factor, {"tariff": tariff}) for tariff in _prices(case.carrier))
    yield from (("divisor", {"divisor": divisor}) for divisor in FIELD_DIVISORS)
    yield from (("divisor", {"volume": volume}) for volume in ("none", "half"))
    yield from (("rounding", {"rounding": rounding}) for rounding in FIELD_ROUNDINGS)
    yield "discount", {"discounted": False}


def explanations(case: Case, billed: Decimal, *, stated_weight: Decimal, share: Decimal = Decimal(1)) -> set[str]:
    """The single factors that turn the contract's freight (or a share of it) into the billed amount, to the cent."""
    right = money(case.freight() * share)
    tried = ((factor, replace(case, **change)) for factor, change in single_changes(case, stated_weight=stated_weight))
    found = ((factor, money(other.freight() * share)) for factor, other in tried)
    return {factor for factor, amount in found if amount != right and abs(amount - billed) <= CENT}


def pairs_explain(case: Case, billed: Decimal, *, stated_weight: Decimal) -> bool:
    """Whether some two factors together give the billed amount, to the cent."""
    changes = list(single_changes(case, stated_weight=stated_weight))
    for index, (factor, change) in enumerate(changes):
        for other, also in changes[index + 1 :]:
            if factor != other and abs(replace(case, **change, **also).freight() - billed) <= CENT:
                return True
    return False


def sf_fuel_percent(day: date) -> Decimal:
    """The fuel percentage of a day."""
    return [percent for start, percent in SF_FUEL if start <= day][-1]


def insurance(carrier: str, declared: Decimal) -> Decimal:
    """保价费."""
    percent = Decimal("0.4") if carrier == ZTO else Decimal("0.5")
    return max(Decimal("1.00"), money(declared * percent / 100))


def cod_fee(carrier: str, amount: Decimal) -> Decimal:
    """代收货款手续费."""
    percent, least = (Decimal(1), Decimal("2.00")) if carrier == ZTO else (Decimal(2), Decimal("3.00"))
    return max(least, money(amount * percent / 100))
