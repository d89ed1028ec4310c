"""What goes wrong in the demo month: every type of discrepancy of `domain.md` 3.9, each on parcels of its own.

An error of price is planted only where no other single factor gives the same amount, so that there is one right answer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from clean_month import MONTH_START, Dice, Month, Parcel, Row, right_row
from scalar_pricing import (
    CENT,
    SF,
    SF_FUEL,
    SF_HOLIDAY_FEE,
    ZTO,
    ZTO_REBATE,
    ZTO_REBATE_FROM,
    ZTO_VERSIONS,
    Case,
    explanations,
    insurance,
    money,
    pairs_explain,
    sf_fuel_percent,
    zone_of,
)

HALF = Decimal("0.5")
SMALL_BOX = (20, 15, 10)  # centimetres: 0.375 kg by volume, less than nearly any parcel weighs
_FIELDS = ("courier", "tracking_no", "charge_type", "type", "impact", "currency", "what")


@dataclass(frozen=True)
class Planted:
    """One planted discrepancy."""

    courier: str
    tracking_no: str
    charge_type: str
    type: str
    impact: Decimal
    currency: str = "CNY"
    what: str = ""


@dataclass(frozen=True)
class Wrong:
    """A wrong freight, and what the bill says with it."""

    amount: Decimal
    weight: Decimal | None = None
    province: str | None = None


class Planter:
    """Plants errors into one courier's month and keeps the list."""

    def __init__(self, month: Month, seed: int) -> None:
        self.month = month
        self.carrier = month.carrier
        self.dice = Dice(seed)
        self.planted: list[Planted] = []
        self.twins: list[Parcel] = []
        self._used: set[str] = set()

    def note(self, row: Row, charge_type: str, kind: str, impact: Decimal, what: str) -> None:
        """Keep what was planted on a bill line."""
        self.planted.append(Planted(self.carrier, row.number, charge_type, kind, impact, row.currency, what))

    def candidates(self, fits: Callable[[Row], bool] | None = None) -> Iterator[Row]:
        """Rows that nothing was planted on, in a mixed order; without a test the ones that have freight only."""
        free = [
            row
            for row in self.month.rows
            if row.parcel is not None and row.number == row.parcel.number and row.number not in self._used
        ]
        for row in sorted(free, key=lambda row: (int(row.number[-5:]) * 7919 % 10_007, row.number)):
            if fits(row) if fits else is_bare(row):
                yield row

    def take(self, count: int, fits: Callable[[Row], bool] | None = None) -> list[Row]:
        """The first rows that fit; they are used up."""
        found = [row for row, _ in zip(self.candidates(fits), range(count), strict=False)]
        if len(found) < count:
            raise LookupError(f"only {len(found)} of {count} rows of {self.carrier} fit")
        self._used |= {row.number for row in found}
        return found

    def stands_out(self, row: Row) -> bool:
        """Whether no parcel of about that day, with a number one digit apart, weighs about the same."""
        if not is_bare(row) or row.parcel is None or row.parcel.size is not None:
            return False
        near = [
            parcel
            for parcel in self.month.parcels
            if parcel.weight is not None and parcel is not row.parcel and abs((parcel.day - row.day).days) <= 4
        ]
        weight = row.parcel.weight or Decimal(0)
        return not any(abs((parcel.weight or 0) - weight) < Decimal("0.1") and _is_near(parcel, row) for parcel in near)

    def add(self, row: Row) -> None:
        """Another row on the bill."""
        self.month.rows.append(row)
        self._used.add(row.number)

    def wrong_price(
        self, kind: str, count: int, change: Callable[[Row, Case], Wrong | None], *, by: set[str], what: str
    ) -> None:
        """Plant a wrong freight wherever exactly the factors `by` explain it."""
        left = count
        for row in self.candidates():
            assert row.parcel is not None
            case = row.parcel.case()
            wrong = change(row, case)
            if left == 0 or wrong is None or wrong.amount == case.freight():
                continue
            stated = wrong.weight if wrong.weight is not None else case.billing_weight()
            if explanations(case, wrong.amount, stated_weight=stated) != by:
                continue
            if kind == "courier.unexplained" and pairs_explain(case, wrong.amount, stated_weight=stated):
                continue
            _rewrite(row, wrong, case)
            self._used.add(row.number)
            self.note(row, "base", kind, wrong.amount - case.freight(), what)
            left -= 1
        if left:
            raise LookupError(f"{kind}: {left} of {count} found no parcel of {self.carrier}")


def _is_near(parcel: Parcel, row: Row) -> bool:
    return sum(ours != theirs for ours, theirs in zip(parcel.number, row.number, strict=False)) <= 1


def is_bare(row: Row) -> bool:
    """Whether the row has freight only, of a parcel of this month without anything special but perhaps a size."""
    parcel = row.parcel
    if parcel is None or parcel.weight is None or row.day < MONTH_START or set(row.charges) != {"base"}:
        return False
    return parcel.status == "已签收" and not parcel.requested and not parcel.promised


def _rewrite(row: Row, wrong: Wrong, case: Case) -> None:
    off = (row.listed or case.freight()) - case.freight()
    row.charges["base"] = wrong.amount
    row.listed = wrong.amount + off
    if wrong.weight is not None:
        row.billed = row.actual = wrong.weight
    if wrong.province is not None:
        row.province, row.city = wrong.province, ""


def heavier(steps: tuple[str, ...]) -> Callable[[Row, Case], Wrong | None]:
    """Billed at more (or less) weight than the parcel has."""

    def change(row: Row, case: Case) -> Wrong | None:
        weight = case.billing_weight() + Decimal(steps[int(row.number[-2:]) % len(steps)])
        if weight <= 0 or case.size is not None:
            return None
        wrong = replace(case, measured=weight)
        return Wrong(wrong.freight(), weight=wrong.billing_weight())

    return change


def _elsewhere(province: str) -> Callable[[Row, Case], Wrong | None]:
    def change(_: Row, case: Case) -> Wrong | None:
        zone = zone_of(case.carrier, province)
        return None if zone == case.zone else Wrong(replace(case, zone=zone).freight(), province=province)

    return change


def _by_divisor(divisor: int) -> Callable[[Row, Case], Wrong | None]:
    def change(_: Row, case: Case) -> Wrong | None:
        if case.size is None or case.divisor == divisor:
            return None
        wrong = replace(case, divisor=divisor)
        return Wrong(wrong.freight(), weight=wrong.billing_weight())

    return change


def _by_rounding(*rule: str) -> Callable[[Row, Case], Wrong | None]:
    def change(_: Row, case: Case) -> Wrong | None:
        if case.size is not None:
            return None
        wrong = replace(case, rounding=rule)
        return Wrong(wrong.freight(), weight=wrong.billing_weight())

    return change


def _by_version(_: Row, case: Case) -> Wrong | None:
    if case.tariff == "2026-A" or case.size is not None:
        return None
    return Wrong(replace(case, tariff="2026-A").freight())


def _without_discount(_: Row, case: Case) -> Wrong | None:
    return None if case.size is not None else Wrong(replace(case, discounted=False).freight())


def _off(by: str) -> Callable[[Row, Case], Wrong | None]:
    def change(_: Row, case: Case) -> Wrong | None:
        return None if case.size is not None else Wrong(case.freight() + Decimal(by))

    return change


def plant_prices(planter: Planter) -> None:
    """Wrong freight, by every factor."""
    zto = planter.carrier == ZTO
    plant = planter.wrong_price
    if zto:
        plant("courier.wrong_rate_version", 4, _by_version, by={"version"}, what="old price after 16 October")
        plant(
            "courier.wrong_rounding", 4, _by_rounding("ceil", "1"), by={"rounding", "weight"}, what="tail not dropped"
        )
        plant("courier.wrong_divisor", 3, _by_divisor(6000), by={"divisor", "weight"}, what="6000 for 8000")
        plant("courier.wrong_zone", 3, _elsewhere("四川"), by={"zone"}, what="billed to Sichuan")
    else:
        plant("courier.wrong_rounding", 2, _by_rounding("ceil", "0.5"), by={"rounding", "weight"}, what="up to 0.5 kg")
        plant("courier.wrong_divisor", 2, _by_divisor(6000), by={"divisor", "weight"}, what="6000 inside the region")
        plant("courier.wrong_zone", 1, _elsewhere("云南"), by={"zone"}, what="billed to Yunnan")
    plant("courier.discount_missing", 3, _without_discount, by={"discount"}, what="list price")
    plant("courier.overweight", 7 if zto else 3, heavier(("1", "2", "3")), by={"weight"}, what="billed heavier")
    plant("courier.underweight", 3 if zto else 1, heavier(("-2", "-3")), by={"weight"}, what="billed lighter")
    plant("courier.undercharged", 3 if zto else 1, _off("-0.37"), by=set(), what="less than the contract")
    plant("courier.unexplained", 3 if zto else 2, _off("6.83"), by=set(), what="no reason")
    plant_two_factors(planter, 2 if zto else 1)


def plant_two_factors(planter: Planter, count: int) -> None:
    """Another zone and another weight at once."""

    def change(row: Row, case: Case) -> Wrong | None:
        province = "陕西"
        zone, wrong = zone_of(case.carrier, province), heavier(("2", "3"))(row, case)
        if wrong is None or zone == case.zone:
            return None
        both = replace(case, zone=zone, measured=wrong.weight)
        return Wrong(both.freight(), weight=both.billing_weight(), province=province)

    planter.wrong_price("courier.multi_factor", count, change, by=set(), what="zone and weight")


def plant_services(planter: Planter) -> None:
    """SF: another service, and fuel at last week's percentage."""

    def plain(row: Row) -> bool:
        return is_bare(row) and row.parcel is not None and row.parcel.size is None

    taken = 0
    for row in planter.candidates(plain):
        assert row.parcel is not None
        case = row.parcel.case()
        express = replace(case, tariff="顺丰特快").freight()
        if taken == 2 or explanations(case, express, stated_weight=case.billing_weight()) != {"service"}:
            continue
        fuel = money(express * sf_fuel_percent(row.day) / 100)
        row.service, row.listed, row.charges = "顺丰特快", express, {"base": express, "fuel": fuel}
        planter.take(1, lambda other, row=row: other is row)
        planter.note(row, "base", "courier.wrong_service", express - case.freight(), "billed as express")
        planter.note(row, "fuel", "courier.surcharge_not_applicable", fuel, "fuel is for express only")
        taken += 1
    for row in planter.take(3, _has_stale_fuel):
        stale = _stale_fuel(row)
        planter.note(row, "fuel", "courier.wrong_fuel", stale - row.charges["fuel"], "percentage of the week before")
        row.charges["fuel"] = stale
    for row in planter.take(1, lambda row: set(row.charges) == {"base", "fuel"} and _fits_weight(row)):
        assert row.parcel is not None
        case = row.parcel.case()
        wrong = replace(case, measured=case.billing_weight() + 2)
        fuel = money(wrong.freight() * sf_fuel_percent(row.day) / 100)
        planter.note(row, "base", "courier.overweight", wrong.freight() - case.freight(), "billed heavier")
        planter.note(
            row, "fuel", "courier.overweight", fuel - row.charges["fuel"], "fuel on the weight that is not there"
        )
        row.billed = row.actual = wrong.billing_weight()
        row.charges, row.listed = {"base": wrong.freight(), "fuel": fuel}, wrong.freight()


def _fits_weight(row: Row) -> bool:
    assert row.parcel is not None
    case = row.parcel.case()
    heavy = replace(case, measured=case.billing_weight() + 2)
    found = explanations(case, heavy.freight(), stated_weight=heavy.billing_weight())
    return case.size is None and row.parcel.status == "已签收" and found == {"weight"}


def _stale_fuel(row: Row) -> Decimal:
    starts = [start for start, _ in SF_FUEL if start <= row.day]
    before = sf_fuel_percent(starts[-1] - timedelta(days=1))
    return money(row.charges["base"] * before / 100)


def _has_stale_fuel(row: Row) -> bool:
    if (
        set(row.charges) != {"base", "fuel"}
        or row.parcel is None
        or row.parcel.size is not None
        or row.day < date(2026, 10, 12)
    ):
        return False
    case, stale, percent = row.parcel.case(), _stale_fuel(row), sf_fuel_percent(row.day)
    named = explanations(case, stale, stated_weight=case.billing_weight(), share=percent / 100)
    return not named and abs(stale - row.charges["fuel"]) > CENT


def plant_surcharges(planter: Planter) -> None:
    """Charges that the contract does not know, does not allow here, or prices otherwise."""
    zto = planter.carrier == ZTO
    unknown = ("resource_adjust", "1.50", 3) if zto else ("upstairs", "20.00", 1)
    for row in planter.take(unknown[2]):
        _add_charge(planter, row, unknown[0], Decimal(unknown[1]), "courier.surcharge_not_in_contract")
    wrong = {"insurance": "4.00", "cod_fee": "2.00", "oversize": "10.00", "remote_area": "5.00"}
    wrong = wrong if zto else {"insurance": "5.00", "peak": str(SF_HOLIDAY_FEE), "packaging": "3.00"}
    for charge_type, amount in wrong.items():
        for row in planter.take(2 if charge_type in {"insurance", "peak"} else 1):
            if charge_type == "oversize" and row.parcel is not None:
                row.parcel.size = SMALL_BOX  # of one that nobody measured nobody can say that it is not long
            _add_charge(planter, row, charge_type, Decimal(amount), "courier.surcharge_not_applicable")
    for row in planter.take(2, lambda row: set(row.charges) == {"base", "insurance"} and row.day >= MONTH_START):
        assert row.parcel is not None
        assert row.parcel.declared is not None
        double = insurance(planter.carrier, row.parcel.declared * 2) + Decimal("0.60")
        impact = double - row.charges["insurance"]
        planter.note(row, "insurance", "courier.surcharge_amount_wrong", impact, "another rate")
        row.charges["insurance"] = double
    for row in planter.take(1, lambda row: set(row.charges) == {"base", "insurance"} and row.day >= MONTH_START):
        planter.note(row, "insurance", "courier.undercharged", -row.charges.pop("insurance"), "left out")
    if zto:
        _plant_returns(planter)


def _add_charge(planter: Planter, row: Row, charge_type: str, amount: Decimal, kind: str) -> None:
    row.charges[charge_type] = amount
    planter.note(row, charge_type, kind, amount, "")


def _plant_returns(planter: Planter) -> None:
    """ZTO: returns at full freight, and returns that nobody knows of; remote area at another amount, and E8."""

    def at_full(row: Row) -> bool:
        if "return_to_sender" not in row.charges or row.parcel is None:
            return False
        case, full = row.parcel.case(), row.parcel.case().freight()
        stated = case.billing_weight()
        halves = replace(case), full * 2  # half of twice the freight is what is billed
        return not explanations(case, full, stated_weight=stated, share=HALF) and not pairs_explain(
            halves[0], halves[1], stated_weight=stated
        )

    for row in planter.take(2, at_full):
        full = row.charges["base"]
        planter.note(
            row,
            "return_to_sender",
            "courier.surcharge_amount_wrong",
            full - row.charges["return_to_sender"],
            "100 % for 50 %",
        )
        row.charges["return_to_sender"] = full
    for row in planter.take(2):
        _add_charge(
            planter, row, "return_to_sender", money(row.charges["base"] * HALF), "courier.return_without_record"
        )
    for row in planter.take(1, lambda row: set(row.charges) == {"base", "remote_area"}):
        row.charges["remote_area"] = Decimal("8.00")
        planter.note(row, "remote_area", "courier.surcharge_amount_wrong", Decimal("3.00"), "8 for 5")
    _plant_far(planter)


def _plant_far(planter: Planter) -> None:
    """E8: a parcel to Guangdong billed as one to Xinjiang, with the remote surcharge on top."""
    for row in planter.candidates(lambda row: is_bare(row) and row.province == "广东"):
        assert row.parcel is not None
        case = row.parcel.case()
        far = replace(case, zone="偏远").freight()
        if explanations(case, far, stated_weight=case.billing_weight()) != {"zone"}:
            continue
        planter.take(1, lambda other, row=row: other is row)
        row.province, row.city = "新疆", "乌鲁木齐"
        row.charges |= {"base": far}
        planter.note(row, "base", "courier.wrong_zone", far - case.freight(), "Guangdong billed as Xinjiang")
        _add_charge(planter, row, "remote_area", Decimal("5.00"), "courier.surcharge_not_applicable")
        return


def plant_strangers(planter: Planter) -> None:
    """Numbers that are not ours, used twice, voided, unreadable or damaged."""
    zto = planter.carrier == ZTO
    for row in planter.take(3 if zto else 1):
        twin = replace(row, charges=dict(row.charges), note="")
        planter.add(twin)
        planter.note(twin, "base", "courier.duplicate", twin.charges["base"], "twice on this bill")
    for row in sorted(planter.month.history, key=lambda row: row.number)[3:5]:
        again = replace(row, charges={"base": row.charges["base"]})
        planter.add(again)
        planter.note(again, "base", "courier.duplicate", again.charges["base"], "on the September bill already")
    _plant_unknown(planter)
    _plant_voided(planter, 2 if zto else 1)
    if zto:
        _plant_damaged_keys(planter)


def _plant_unknown(planter: Planter) -> None:
    far = "75518840026" if planter.carrier == ZTO else "SF6120044187"
    for index, row in enumerate(planter.take(2)):
        stranger = replace(row, number=f"{far}{300 + 7 * index}", parcel=None, charges=dict(row.charges))
        planter.add(stranger)
        planter.note(stranger, "base", "courier.not_ours", stranger.charges["base"], "another sender's number")
    ours = {parcel.number for parcel in planter.month.parcels}
    for row in planter.take(1):
        neighbour = next(
            number for digit in "1234567890" if (number := row.number[:-1] + digit) not in ours
        )  # one digit from a parcel of ours with the same weight and day, and still another parcel
        stranger = replace(row, number=neighbour, parcel=None, charges=dict(row.charges))
        planter.add(stranger)
        planter.note(stranger, "base", "courier.not_ours", stranger.charges["base"], "one digit from a number of ours")


def _plant_voided(planter: Planter, count: int) -> None:
    voided = [parcel for parcel in planter.month.parcels if parcel.voided is not None][:count]
    for parcel in voided:
        row = right_row(parcel)
        row.charges = {"base": row.charges["base"]}
        planter.add(row)
        planter.note(
            row, "base", "courier.cancelled_label_billed", row.charges["base"], "label voided the same evening"
        )


def _plant_damaged_keys(planter: Planter) -> None:
    for number in ("", ""):
        row = planter.take(1)[0]
        nameless = replace(row, number=number, parcel=None, charges={"base": row.charges["base"]})
        planter.month.rows.append(nameless)
        planter.note(nameless, "base", "courier.unreadable", nameless.charges["base"], "no number")
    for row in planter.take(1):
        row.number = scientific(row.number)
        planter.note(row, "base", "data.id_precision_lost", row.charges["base"], "number in scientific notation")
    for row in planter.take(1):
        row.currency = "HKD"
        planter.note(
            row, "base", "courier.currency_mismatch", row.charges["base"], "billed in HKD by the branch in Hong Kong"
        )
    for row in planter.take(
        2, planter.stands_out
    ):  # not errors: a mistyped digit; weight and day still tie it to the parcel
        row.number = row.number[:6] + str((int(row.number[6]) + 5) % 10) + row.number[7:]
    for row in planter.take(1):  # not an error: a wrong charge, taken back, and charged again
        planter.month.rows += [replace(row, charges={"base": amount}) for amount in (Decimal("9.90"), Decimal("-9.90"))]
    for row in planter.take(2):  # not errors: a cent that the tolerance absorbs
        row.charges["base"] += CENT


def scientific(number: str) -> str:
    """What a spreadsheet makes of a long number."""
    return f"{number[0]}.{number[1:6]}E+{len(number) - 1}"


def plant_parcels(planter: Planter) -> None:
    """What the parcels' own records show: never billed, lost, damaged, cash kept, late, incomplete."""
    zto = planter.carrier == ZTO
    _plant_old(planter)
    for index, row in enumerate(planter.take(4, _can_be_hurt)):
        assert row.parcel is not None
        _hurt(planter, row, lost=index % 2 == 0, paid=index > 1)
    for row in planter.take(1, lambda row: "cod_remittance" in row.charges and row.day >= MONTH_START):
        cash = -row.charges.pop("cod_remittance")
        planter.note(row, "cod_remittance", "courier.cod_not_remitted", cash, "cash never came")
    for row in planter.take(1, lambda row: "cod_remittance" in row.charges and row.day >= MONTH_START):
        row.charges["cod_remittance"] += 20
        planter.note(row, "cod_remittance", "courier.cod_amount_mismatch", Decimal("20.00"), "20 too little came")
    for row in planter.take(1):
        assert row.parcel is not None
        row.parcel.weight = None
        planter.note(row, "base", "data.weight_missing", Decimal("0.00"), "no weight on record")
    for row in planter.take(1):
        assert row.parcel is not None
        planter.twins.append(row.parcel)
        planter.planted.append(
            Planted(planter.carrier, row.number, "", "data.duplicate_shipment", Decimal("0.00"), what="exported twice")
        )
    if zto:
        for row in planter.take(1):
            assert row.parcel is not None
            row.parcel.province = row.parcel.city = ""
            planter.note(row, "base", "data.zone_missing", Decimal("0.00"), "no destination on record")
    else:
        _plant_late(planter)


def _plant_old(planter: Planter) -> None:
    """Parcels of August: some that no bill ever named, some that this bill names three months late."""
    zto = planter.carrier == ZTO
    template = next(planter.candidates(lambda row: is_bare(row) and row.parcel is not None and row.parcel.size is None))
    stem = 78_210_077_310_400 if zto else 1_131_207_750_400
    for index in range(4 if zto else 2):
        billed = index >= (2 if zto else 1)
        moment = datetime(2026, 8, 6 if billed else 27, 17, 10 + index)  # noqa: DTZ001 - local
        assert template.parcel is not None
        number = str(stem + 37 * index) if zto else f"SF{stem + 37 * index}"
        parcel = replace(
            template.parcel,
            number=number,
            labelled=moment - timedelta(hours=3),
            picked=moment,
            signed=moment + timedelta(days=2),
            weight=Decimal(57 + 31 * index) / 100,
        )
        planter.month.parcels.append(parcel)
        row = right_row(parcel)
        if billed:
            planter.add(row)
            planter.note(row, "base", "courier.period_mismatch", Decimal("0.00"), "shipped on 6 August")
        else:
            planter.note(row, "base", "courier.unbilled", -row.charges["base"], "shipped on 27 August")


def _can_be_hurt(row: Row) -> bool:
    if row.parcel is None or row.parcel.promised or row.day < MONTH_START:
        return False
    return set(row.charges) <= {"base", "insurance"} and row.parcel.status == "已签收" and row.parcel.size is None


def _hurt(planter: Planter, row: Row, *, lost: bool, paid: bool) -> None:
    parcel = row.parcel
    assert parcel is not None
    parcel.status, parcel.signed = ("已遗失" if lost else "已破损"), None
    multiple, most = {ZTO: ((7, 300), (3, 100)), SF: ((7, 1000), (5, 500))}[planter.carrier][0 if lost else 1]
    owed = parcel.declared or min(parcel.case().freight() * multiple, Decimal(most))
    if paid:
        row.charges["compensation"] = -owed
        return
    kind = "courier.lost_not_compensated" if lost else "courier.damage_not_compensated"
    planter.note(row, "compensation", kind, owed, "nothing credited")


def _plant_late(planter: Planter) -> None:
    rows = planter.take(6, lambda row: set(row.charges) == {"base", "fuel"} and row.parcel.status == "已签收")
    for index, row in enumerate(rows):
        parcel = row.parcel
        assert parcel is not None
        assert parcel.signed is not None
        parcel.signed += timedelta(days=1, hours=3)
        owed = money(parcel.case().freight() * HALF)
        if index % 2:
            row.charges["service_guarantee_credit"] = -owed
        else:
            planter.note(
                row,
                "service_guarantee_credit",
                "courier.late_delivery_no_credit",
                owed,
                "signed after the promised day",
            )


def plant_bill(planter: Planter) -> Decimal:
    """What is wrong with the bill as a whole; gives the surplus of its total over its lines."""
    if planter.carrier == SF:
        return Decimal(0)
    fee = Row(number="", day=date(2026, 10, 31), charges={"late_payment": Decimal("36.40")}, note="滞纳金")
    planter.month.rows.append(fee)
    planter.note(fee, "late_payment", "courier.late_fee", Decimal("36.40"), "fee for late payment")
    surplus = Decimal("88.00")
    planter.planted.append(Planted(ZTO, "", "", "courier.bill_total_mismatch", surplus, what="total above its lines"))
    return surplus


def plant_rebate(planter: Planter, known: list[Parcel]) -> None:
    """The month's rebate, which the bill leaves out.

    Args:
        planter: The ZTO month.
        known: Parcels that the merchant's export names readably, each once.
    """
    moved = [p for p in known if p.picked is not None and p.picked.date() >= MONTH_START]
    assert len(moved) >= ZTO_REBATE_FROM
    assert set(ZTO_VERSIONS) == {"2026-A", "2026-B"}
    planter.planted.append(
        Planted(
            ZTO, "", "rebate", "courier.rebate_missing", money(len(moved) * ZTO_REBATE), what=f"{len(moved)} x 0.05"
        )
    )
