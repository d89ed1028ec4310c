"""The demo month before anything goes wrong: parcels, after-sale cases and the bill that the contracts lead to."""

import random
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from scalar_pricing import (
    SF,
    SF_HOLIDAY,
    SF_HOLIDAY_FEE,
    SF_PACKAGING,
    SF_RECEIPT,
    ZTO,
    ZTO_INTERCEPT,
    ZTO_OVERSIZE,
    ZTO_REMOTE,
    Case,
    case_of,
    cod_fee,
    insurance,
    money,
    sf_fuel_percent,
    zone_of,
)

T = TypeVar("T")
MONTH_START, MONTH_END = date(2026, 10, 1), date(2026, 10, 31)
FIRST_NUMBER = {SF: 144_806_310_027, ZTO: 78_264_031_550_017}
COD_DAYS = {SF: 5, ZTO: 7}
CITIES = {
    "浙江": ("杭州", "宁波", "温州", "金华"),
    "江苏": ("南京", "苏州", "无锡", "徐州"),
    "上海": ("上海",),
    "安徽": ("合肥", "芜湖"),
    "广东": ("广州", "深圳", "东莞", "汕头"),
    "福建": ("福州", "厦门"),
    "江西": ("南昌", "赣州"),
    "山东": ("济南", "青岛", "临沂"),
    "湖北": ("武汉", "宜昌"),
    "湖南": ("长沙", "株洲"),
    "河南": ("郑州", "洛阳"),
    "河北": ("石家庄", "保定"),
    "北京": ("北京",),
    "天津": ("天津",),
    "四川": ("成都", "绵阳"),
    "重庆": ("重庆",),
    "陕西": ("西安",),
    "辽宁": ("沈阳", "大连"),
    "广西": ("南宁", "桂林"),
    "云南": ("昆明",),
    "贵州": ("贵阳",),
    "吉林": ("长春",),
    "黑龙江": ("哈尔滨",),
    "山西": ("太原",),
    "甘肃": ("兰州",),
    "内蒙古": ("呼和浩特",),
    "海南": ("海口",),
    "新疆": ("乌鲁木齐", "喀什"),
    "西藏": ("拉萨",),
}
LONG_NAMES = {"广西": "广西壮族自治区", "内蒙古": "内蒙古自治区", "新疆": "新疆维吾尔自治区", "西藏": "西藏自治区"}
CITY_PROVINCES = ("上海", "北京", "天津", "重庆")
_NEAR, _MIDDLE, _FAR = 0.42, 0.82, 0.98  # shares of destinations, cumulative over the order of CITIES


class Dice:
    """Seeded choices made of `random()` only, whose sequence Python guarantees."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def share(self) -> float:
        """A number from 0 to under 1."""
        return self._random.random()

    def chance(self, probability: float) -> bool:
        """True as often as the probability says."""
        return self.share() < probability

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.share() * (high - low + 1))

    def one(self, items: tuple[T, ...] | list[T]) -> T:
        """One of them."""
        return items[int(self.share() * len(items))]


@dataclass
class Parcel:
    """A parcel as the merchant's system knows it."""

    carrier: str
    number: str
    service: str
    province: str
    city: str
    weight: Decimal | None
    size: tuple[int, int, int] | None
    labelled: datetime
    picked: datetime | None
    signed: datetime | None = None
    promised: datetime | None = None
    voided: datetime | None = None
    status: str = "已签收"
    declared: Decimal | None = None
    cod: Decimal | None = None
    requested: tuple[str, ...] = ()

    @property
    def day(self) -> date:
        """Day of pickup; of the label when it was never picked up."""
        return (self.picked or self.labelled).date()

    def case(self) -> Case:
        """What makes its price."""
        assert self.weight is not None
        return case_of(
            self.carrier, province=self.province, day=self.day, service=self.service, weight=self.weight, size=self.size
        )

    @property
    def is_plain(self) -> bool:
        """Whether it has nothing but freight, so that one error on it stands alone."""
        special = self.declared or self.cod or self.requested or self.size
        return not special and self.status == "已签收" and zone_of(self.carrier, self.province) != "偏远"


@dataclass
class AfterSale:
    """An after-sale case."""

    return_id: str
    kind: str
    applied: datetime
    outbound: str
    return_number: str = ""


@dataclass
class Row:
    """What a bill says of one tracking number: ZTO writes it as one row, SF as one row per service."""

    number: str
    day: date
    charges: dict[str, Decimal]
    province: str = ""
    city: str = ""
    actual: Decimal | None = None
    billed: Decimal | None = None
    service: str = ""
    listed: Decimal | None = None
    currency: str = "CNY"
    note: str = ""
    parcel: Parcel | None = field(default=None, repr=False)


@dataclass
class Month:
    """One courier's month."""

    carrier: str
    parcels: list[Parcel]
    rows: list[Row]
    history: list[Row]
    cases: list[AfterSale]


def build_month(carrier: str, *, count: int, tail: int, seed: int) -> Month:
    """A month of parcels, and the bill as it should be.

    Args:
        carrier: `sf` or `zto`.
        count: Parcels picked up in the month.
        tail: Parcels picked up in the last days of the month before, most of them on the earlier bill.
        seed: Seed of all choices.
    """
    dice = Dice(seed)
    month = Month(carrier, [], [], [], [])
    moments = sorted(_moment(dice, date(2026, 9, 26), 5) for _ in range(tail))
    moments += sorted(_moment(dice, MONTH_START, 31) for _ in range(count))
    serial = FIRST_NUMBER[carrier]
    for moment in moments:
        serial += dice.whole(1, 3)  # the courier's other customers get the numbers between
        parcel = _parcel(dice, carrier, _number(carrier, serial), moment)
        month.parcels.append(parcel)
        _fate(dice, month, parcel)
        if parcel.voided is None and parcel.status != "已打单":
            _bill(dice, month, parcel)
    month.rows.sort(key=lambda row: (row.day, row.number))
    month.history.sort(key=lambda row: (row.day, row.number))
    return month


def _moment(dice: Dice, start: date, days: int) -> datetime:
    day = start + timedelta(days=dice.whole(0, days - 1))
    return datetime(day.year, day.month, day.day, dice.whole(15, 20), dice.whole(0, 59))  # noqa: DTZ001 - local, as files write it


def _number(carrier: str, serial: int) -> str:
    return f"SF{serial + 10**12}" if carrier == SF else str(serial)


def _parcel(dice: Dice, carrier: str, number: str, moment: datetime) -> Parcel:
    provinces = list(CITIES)
    at = dice.share()
    near, middle, far = provinces[:4], provinces[4:14], provinces[14:27]
    pool = near if at < _NEAR else middle if at < _MIDDLE else far if at < _FAR else provinces[27:]
    province = dice.one(pool)
    express = carrier == SF and dice.chance(0.3)
    parcel = Parcel(
        carrier=carrier,
        number=number,
        service="" if carrier == ZTO else "顺丰特快" if express else "顺丰标快",
        province=province,
        city=dice.one(CITIES[province]),
        weight=_weight(dice, carrier),
        size=None,
        labelled=moment - timedelta(hours=3),
        picked=moment,
    )
    if dice.chance(0.08):
        parcel.size = (dice.whole(30, 60), dice.whole(25, 45), dice.whole(20, 40))
    if carrier == ZTO and dice.chance(0.006):
        parcel.size = (dice.whole(125, 160), dice.whole(10, 18), dice.whole(8, 15))
    if dice.chance(0.04 if carrier == ZTO else 0.08):
        parcel.declared = Decimal(dice.whole(2, 40) * 50)
    if carrier == SF:
        parcel.requested = ("包装服务",) if dice.chance(0.05) else ("签单返还",) if dice.chance(0.03) else ()
    days = (1 if express else 2) + (zone_of(carrier, province) in {"二区", "三区", "偏远", "跨区二"}) * 2
    parcel.signed = moment.replace(hour=dice.whole(9, 19), minute=dice.whole(0, 59)) + timedelta(days=days)
    if express:
        parcel.promised = moment.replace(hour=20, minute=0) + timedelta(days=days)
    if dice.chance(0.025) and moment.date() >= MONTH_START:
        parcel.cod = Decimal(dice.whole(8, 60) * 10 - 1)
    return parcel


def _weight(dice: Dice, carrier: str) -> Decimal:
    """Kilograms by the hundredth: most parcels are light, some heavy."""
    at = dice.share()
    if carrier == ZTO:
        low, high = (15, 95) if at < 0.55 else (105, 290) if at < 0.85 else (300, 980)
    else:
        low, high = (20, 99) if at < 0.4 else (105, 480) if at < 0.85 else (1005, 2600)
    return Decimal(dice.whole(low, high)) / 100


def _fate(dice: Dice, month: Month, parcel: Parcel) -> None:
    """What became of the parcel: signed, on its way, come back, voided, lost."""
    assert parcel.signed is not None
    assert parcel.picked is not None
    at = dice.share()
    is_plain = parcel.is_plain and date(2026, 10, 1) <= parcel.day < date(2026, 10, 22)
    if at < 0.008 and is_plain:
        parcel.status, parcel.voided = "已作废", parcel.picked.replace(hour=21)
        parcel.picked = parcel.signed = parcel.promised = None
    elif at < 0.012 and is_plain:
        parcel.status, parcel.picked, parcel.signed, parcel.promised = "已打单", None, None, None
    elif at < 0.035 and is_plain and parcel.carrier == ZTO:
        parcel.status, parcel.signed = "已退回", None
        month.cases.append(_case(month, "rejected", parcel, parcel.picked + timedelta(days=4)))
    elif at < 0.042 and is_plain and parcel.carrier == ZTO:
        parcel.status, parcel.signed = "拦截中", None
        month.cases.append(_case(month, "intercept", parcel, parcel.picked + timedelta(days=1)))
    elif at < 0.085 and is_plain:
        case = _case(month, "return_refund", parcel, parcel.signed + timedelta(days=2))
        case.return_number = _return_number(month, len(month.cases))
        month.cases.append(case)
    elif parcel.signed.date() > MONTH_END:
        parcel.status, parcel.signed = "运输中", None


def _case(month: Month, kind: str, parcel: Parcel, applied: datetime) -> AfterSale:
    prefix = "AS" if month.carrier == ZTO else "AF"
    return AfterSale(f"{prefix}2610{len(month.cases) + 1:05d}", kind, applied, parcel.number)


def _return_number(month: Month, index: int) -> str:
    """Way back: numbers of another run, bought by the buyer's side."""
    return f"SF1{906_551_200_307 + 11 * index}" if month.carrier == SF else str(73_190_884_420_113 + 17 * index)


def _bill(dice: Dice, month: Month, parcel: Parcel) -> None:
    """Put what the contract asks for on this bill, on the earlier one, or on neither yet."""
    row = right_row(parcel, dice)
    if parcel.day < MONTH_START:
        late = parcel.day >= date(2026, 9, 30)
        (month.rows if late else month.history).append(row)
    elif parcel.day < date(2026, 10, 30) or dice.chance(0.4):
        month.rows.append(row)
    if parcel.cod is not None and parcel.signed is not None:
        due = parcel.signed.date() + timedelta(days=COD_DAYS[parcel.carrier])
        if due < MONTH_END:
            row.charges["cod_remittance"] = -parcel.cod
        elif parcel.day >= MONTH_START:
            parcel.status, parcel.signed = "运输中", None
    last = month.cases[-1] if month.cases else None
    if last is not None and last.outbound == parcel.number:
        _bill_return(month, parcel, row, last)


def _bill_return(month: Month, parcel: Parcel, row: Row, case: AfterSale) -> None:
    if case.kind == "rejected":
        row.charges["return_to_sender"] = money(parcel.case().freight() / 2)
    elif case.kind == "intercept":
        row.charges["intercept"] = ZTO_INTERCEPT
    else:
        month.rows.append(return_row(parcel, case))


def return_row(parcel: Parcel, case: AfterSale) -> Row:
    """The parcel that the buyer sends back: half the outward freight with ZTO, all of it with SF."""
    half = money(parcel.case().freight() / 2)
    return Row(
        number=case.return_number,
        day=case.applied.date() + timedelta(days=1),
        charges={"base": half if parcel.carrier == ZTO else parcel.case().freight()},
        province="浙江",
        city="金华",
        actual=parcel.weight,
        billed=parcel.case().billing_weight(),
        service=parcel.service,
        parcel=parcel,
    )


def right_row(parcel: Parcel, dice: Dice | None = None) -> Row:
    """What the contract asks for a parcel that goes out."""
    case = parcel.case()
    assert parcel.weight is not None
    row = Row(
        number=parcel.number,
        day=parcel.day,
        charges={"base": case.freight()},
        province=parcel.province,
        city=parcel.city,
        actual=_their_scale(dice, case) if dice else parcel.weight,
        billed=case.billing_weight(),
        service=parcel.service,
        listed=replace(case, discounted=False).freight(),
        parcel=parcel,
    )
    if parcel.declared:
        row.charges["insurance"] = insurance(parcel.carrier, parcel.declared)
    if parcel.cod:
        row.charges["cod_fee"] = cod_fee(parcel.carrier, parcel.cod)
    if parcel.carrier == ZTO:
        if case.zone == "偏远":
            row.charges["remote_area"] = ZTO_REMOTE
        if parcel.size and max(parcel.size) > 120:
            row.charges["oversize"] = ZTO_OVERSIZE
    else:
        _sf_services(row, parcel)
    return row


def _sf_services(row: Row, parcel: Parcel) -> None:
    if "包装服务" in parcel.requested:
        row.charges["packaging"] = SF_PACKAGING
    if "签单返还" in parcel.requested:
        row.charges["receipt_return"] = SF_RECEIPT
    if SF_HOLIDAY[0] <= parcel.day <= SF_HOLIDAY[1]:
        row.charges["peak"] = SF_HOLIDAY_FEE
    if parcel.service == "顺丰特快":
        row.charges["fuel"] = money(row.charges["base"] * sf_fuel_percent(parcel.day) / 100)


def _their_scale(dice: Dice, case: Case) -> Decimal:
    """The courier's own reading: a few grams off, never enough to change the billing weight."""
    weighed = case.weight + Decimal(dice.whole(-2, 2)) / 100
    return weighed if weighed > 0 and _same_weight(case, weighed) else case.weight


def _same_weight(case: Case, weight: Decimal) -> bool:
    return replace(case, weight=weight).billing_weight() == case.billing_weight()
