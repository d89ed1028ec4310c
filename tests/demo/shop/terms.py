"""What the shop sells, ships and pays for, and what the contracts charge: whole cents, plain arithmetic."""

import datetime as dt
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Final

MONTH: Final = (2026, 10)
LAST_DAY: Final = 31
SHOPS: Final = {"tmall": "灯屋旗舰店", "pdd": "灯屋百货店"}
ARTICLES: Final = {
    "LAMP-01": ("黄铜台灯", 20_000, 8_000, 900),
    "KETTLE-02": ("搪瓷水壶", 26_000, 11_000, 1_600),
    "TEAPOT-03": ("紫砂茶壶", 12_000, 4_000, 1_100),
    "TRAY-04": ("榆木托盘", 8_000, 2_500, 700),
    "CUP-05": ("青瓷茶杯", 4_500, 1_200, 300),
}
"""Title, price, cost (cents) and weight (grams) by article code."""
LAMP, KETTLE, TEAPOT, TRAY, CUP = ARTICLES
PLACES: Final = (
    ("浙江", "杭州"), ("江苏", "苏州"), ("上海", "上海"), ("安徽", "合肥"), ("广东", "广州"), ("广东", "深圳"), ("福建", "厦门"),
    ("山东", "青岛"), ("湖北", "武汉"), ("北京", "北京"), ("四川", "成都"), ("陕西", "西安"), ("辽宁", "沈阳"), ("新疆", "乌鲁木齐"),
)  # fmt: skip
NEAR: Final = frozenset({"浙江", "江苏", "上海", "安徽"})
ZTO_ZONES: Final = {
    **dict.fromkeys(NEAR, (260, 90)),
    **dict.fromkeys(("广东", "福建", "山东", "湖北", "北京"), (320, 100)),
    **dict.fromkeys(("四川", "陕西", "辽宁"), (390, 210)),
    "新疆": (1_200, 950),
}
"""ZTO: first kilogram and each further one, by province; weights up to 100 g above a whole kilogram do not count."""
SF_NEAR, SF_FAR = (1_200, 200), (1_800, 500)
REMOTE: Final = 500
REBATES: Final = ((500, 5), (800, 10))
"""ZTO, for so many parcels a month and more: cents back for each of them."""
LOST_MULTIPLE, LOST_MOST = 7, 30_000
FEES: Final = {"tmall": {"commission": 50, "tech_service_fee": 6}, "pdd": {"tech_service_fee": 6}}
"""Thousandths of what an order brings."""
INSURANCE: Final = 50
"""Freight insurance of an order on Tmall, in cents."""


def at(day: int, hour: int = 12, minute: int = 0, second: int = 0) -> dt.datetime:
    """A moment of the month, in the shop's zone."""
    return dt.datetime(*MONTH, 1, hour, minute, second) + dt.timedelta(days=day - 1)  # noqa: DTZ001 - files write local times


def yuan(cents: int) -> str:
    """An amount as files write it."""
    return f"{Decimal(cents) / 100:.2f}"


def half_up(amount: Decimal) -> int:
    """A whole number, rounded half up."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def share(amount: int, thousandths: int) -> int:
    """So many thousandths of an amount, in cents, rounded half up."""
    return half_up(Decimal(amount * thousandths) / 1000)


def zto_freight(province: str, grams: int) -> int:
    """What ZTO's contract makes of a parcel."""
    kilograms = max(1, -(-(grams - 100) // 1000))
    first, further = ZTO_ZONES[province]
    return first + further * (kilograms - 1)


def sf_weight(province: str, grams: int, box: tuple[int, int, int] | None, divisor: int | None = None) -> Decimal:
    """The weight that SF bills, in kilograms: half up to 0.1 below 10 kg, then by the rule of 2, 3, 7 and 8."""
    weight = Decimal(grams) / 1000
    if box is not None:
        divisor = divisor or (12_000 if province in NEAR else 6_000)
        weight = max(weight, Decimal(box[0] * box[1] * box[2]) / divisor)
    tenths = weight.quantize(Decimal("0.1"), ROUND_HALF_UP)
    if weight < 10:
        return tenths
    whole, rest = divmod(int(tenths * 10), 10)
    if rest <= 2:
        return Decimal(whole)
    return Decimal(whole) + (Decimal("0.5") if rest <= 7 else 1)


def sf_freight(province: str, billed: Decimal) -> int:
    """What SF's contract makes of a billed weight: whole yuan, half up."""
    first, further = SF_NEAR if province in NEAR else SF_FAR
    return half_up((first + further * max(billed - 1, Decimal(0))) / 100) * 100


def ceil_kilograms(grams: int) -> int:
    """Begun kilograms."""
    return int((Decimal(grams) / 1000).to_integral_value(ROUND_CEILING))
