"""Books of parcels and courier's bills, written story by story with known faults."""

import datetime as dt
from decimal import Decimal

from _records import at
from _suite import World
from courier_world import card, charge, province, shipment
from moneyed import Money

from tieout.model import CourierInvoice, Discrepancy, Provenance, Return
from tieout.reconciliations import CourierBill

AS_OF = dt.date(2026, 4, 30)
SHIPPED, JANUARY, FEBRUARY = dt.date(2026, 1, 21), dt.date(2026, 2, 5), dt.date(2026, 3, 5)
TERMS = """
vat_percent = 6
cod_due_days = 5
late_delivery_refund_percent = 100
lost = { freight_multiple = 3, most = 300 }
damaged = { freight_multiple = 2 }
"""
ZONES = """
[versions.zones]
names = ["near", "far"]
rules = [{ zone = "far", dest_provinces = ["新疆"] }, { zone = "near", dest_provinces = ["广东"] }]
"""
CONTRACT = f"""
[[versions]]
id = "2025"
from = 2025-01-01
to = 2026-01-01
weight = {{ rounding = {{ mode = "ceil", step = 1 }} }}
[versions.prices]
model = "first_continued"
first_weight = 1
step = 1
zones = {{ "near" = {{ first = 4.10, continued = 1.30 }}, "far" = {{ first = 9.10, continued = 6.30 }} }}
{ZONES}
[[versions]]
id = "2026"
from = 2026-01-01
weight = {{ rounding = {{ mode = "grace_ceil", step = 1, grace = 0.10 }} }}
volumetric = {{ mode = "full", divisor = 8000, routes = [{{ origin_provinces = ["西藏"], divisor = 12000 }}] }}
default_service = "standard"
{ZONES}
[versions.services.standard.prices]
model = "first_continued"
first_weight = 1
step = 1
zones = {{ "near" = {{ first = 4.00, continued = 1.20 }}, "far" = {{ first = 12.00, continued = 8.00 }} }}
[versions.services.standard]
discount = {{ percent = 10 }}
returns = {{ mode = "share", percent = 50 }}
fuel = {{ percents = [{{ from = 2026-01-01, to = 2026-02-01, percent = 5 }}, {{ from = 2026-02-01, percent = 7 }}] }}
[[versions.services.standard.surcharges]]
charge_type = "remote_area"
when = "remote"
dest_provinces = ["新疆"]
amount = 5.00
[[versions.services.standard.surcharges]]
charge_type = "cod_fee"
when = "cod"
percent = 2
of = "cod_amount"
min = 1.00
[[versions.services.standard.surcharges]]
charge_type = "residential"
when = "residential"
amount = 6.50
[versions.services.express.prices]
model = "first_continued"
first_weight = 1
step = 1
zones = {{ "near" = {{ first = 11.00, continued = 3.30 }}, "far" = {{ first = 22.00, continued = 13.00 }} }}
"""
CARD = card(CONTRACT, terms=TERMS)
NEAR, FAR = province("广东", "广州"), province("新疆", "喀什")
BOX = {"length_cm": Decimal(40), "width_cm": Decimal(30), "height_cm": Decimal(20)}
PERIODS = {"B1": (dt.date(2026, 1, 1), dt.date(2026, 1, 31)), "B2": (dt.date(2026, 2, 1), dt.date(2026, 2, 28))}
ARRIVES = {"B1": JANUARY, "B2": FEBRUARY}


def yuan(text):
    return Money(text, "CNY")


class CourierBooks:
    """Books that are written story by story, each with a parcel of its own.

    A parcel near by of 0.8 kg costs 4.00 less 10 % = 3.60, and 0.18 for fuel.
    """

    def __init__(self, dice):
        self.dice = dice
        self.count = 0
        self.planted = []
        self.sides = {name: [] for name in ("shipments", "charges", "returns", "invoices", "remittances", "claims")}
        self.arrives = {name: [] for name in self.sides}
        self.off = {"B1": [0, 0], "B2": [0, 0]}

    def world(self):
        """The books as a world, with the headers of the two bills."""
        for bill, (total, count) in self.off.items():
            self._head(bill, total, count)
        return World(
            reconciliation=CourierBill(rate_card=CARD, as_of=AS_OF),
            sides=self.sides,
            arrives=self.arrives,
            planted=self.planted,
            named_by=("tracking_no", "bill_no"),
        )

    def _head(self, bill, off, miscounted):
        ours = [line for line in self.sides["charges"] if line.bill_no == bill and line.amount.currency.code == "CNY"]
        if not ours:
            return
        first, last = PERIODS[bill]
        total = sum((line.amount for line in ours), yuan("0.00")) + yuan(Decimal(off) / 100)
        head = CourierInvoice(
            bill_no=bill,
            carrier="zto",
            currency="CNY",
            period_start=first,
            period_end=last,
            total=total,
            lines=len(ours) + miscounted,
        )
        self._add("invoices", head, ARRIVES[bill])
        if off:
            self.plant("courier.bill_total_mismatch", bill, off)
        elif miscounted:
            self.plant("courier.bill_count_mismatch", bill, 0)

    def _add(self, side, record, day):
        self.sides[side].append(record)
        self.arrives[side].append(day)

    def plant(self, kind, name, minor):
        self.planted.append((kind, name, minor))

    # What the stories are made of

    def number(self):
        """The next number of the run: couriers issue them so, and its neighbours are one digit apart."""
        self.count += 1
        return f"785{self.count:011}"

    def ship(self, weight="0.8", day=None, **fields):
        number = fields.pop("number", None) or self.number()
        day = day or dt.date(2026, 1, self.dice.randint(2, 20))
        parcel = shipment(number, weight, day, **{"dest": NEAR, **fields})
        self._add("shipments", parcel, max(day, SHIPPED))
        return number, day

    def bill(self, number, amount, weight=None, day=dt.date(2026, 1, 5), *, bill="B1", side="charges", **fields):
        place = Provenance(file=f"{bill}.csv", sha256="b" * 64, line=len(self.sides[side]) + 2)
        line = charge(number, amount, weight, bill_no=bill, ship_date=day, provenance=place, **fields)
        self._add(side, line, ARRIVES.get(bill, FEBRUARY))

    def billed(self, base="3.60", fuel="0.18", weight="0.8", shipped=None, **line):
        """A parcel with its freight and its fuel surcharge."""
        number, day = self.ship(**(shipped or {}))
        self.bill(number, base, line.pop("billed_weight", weight), day, **line)
        if fuel is not None:
            self.bill(number, fuel, None, day, kind="fuel")
        return number, day

    def at_once(self, kind, minor, **fields):
        """A parcel whose freight line shows one fault."""
        number, _ = self.billed(**fields)
        self.plant(kind, number, minor)

    def beside(self, fault, minor, amount, **line):
        """A right parcel with one more line."""
        number, day = self.billed()
        self.bill(number, amount, None, day, **line)
        self.plant(fault, number, minor)

    # Prices

    def correct(self):
        self.billed()

    def a_cent_off(self):
        self.billed(base=self.dice.choice(("3.61", "3.59")))

    def too_heavy(self):
        self.at_once("courier.overweight", 108, base="4.68", billed_weight="1.8")

    def too_light(self):
        self.at_once("courier.underweight", -108, fuel="0.23", shipped={"weight": "1.8"})

    def another_zone(self):
        self.at_once("courier.wrong_zone", 720, base="10.80", zone_billed="far")

    def another_version(self):
        self.at_once("courier.wrong_rate_version", 50, base="4.10")

    def another_service(self):
        self.at_once("courier.wrong_service", 740, base="11.00", service="express")

    def without_discount(self):
        self.at_once("courier.discount_missing", 40, base="4.00")

    def two_factors(self):
        self.at_once("courier.multi_factor", 840, base="12.00", zone_billed="far")

    def for_no_reason(self):
        self.at_once("courier.unexplained", 417, base="7.77")

    def too_little(self):
        self.at_once("courier.undercharged", -60, base="3.00")

    def another_fuel(self):
        self.at_once("courier.wrong_fuel", 7, fuel="0.25")

    def another_divisor(self):
        box = {**BOX, "origin": NEAR}
        self.at_once("courier.wrong_divisor", 108, base="6.84", fuel="0.29", billed_weight="4", shipped=box)

    def from_nobody_knows_where(self):
        """3 kg by the contract's divisor, and 2 kg by the one that holds for what leaves Tibet."""
        self.at_once("data.route_missing", 0, base="5.76", fuel="0.29", billed_weight="3", shipped=BOX)

    def another_rounding(self):
        self.at_once("courier.wrong_rounding", 108, base="4.68", billed_weight="2", shipped={"weight": "1.05"})

    def no_such_condition(self):
        self.beside("courier.surcharge_not_applicable", 500, "5.00", kind="remote_area")

    def for_a_home_perhaps(self):
        self.beside("data.condition_missing", 0, "6.50", kind="residential")

    def no_such_fee(self):
        self.beside("courier.surcharge_not_in_contract", 600, "6.00", kind="upstairs")

    def another_fee(self):
        number, day = self.ship(cod_amount=yuan("100.00"), status="in_transit")
        for amount, kind in (("3.60", "base"), ("0.18", "fuel"), ("3.50", "cod_fee")):
            self.bill(number, amount, None, day, kind=kind)
        self.plant("courier.surcharge_amount_wrong", number, 150)

    def another_currency(self):
        self.beside("courier.currency_mismatch", 100, "1.00", currency="USD")

    # Lines

    def twice_on_a_bill(self):
        self.beside("courier.duplicate", 360, "3.60")

    def twice_on_two_bills(self):
        self.beside("courier.duplicate", 360, "3.60", bill="B2")

    def topped_up(self):
        number, day = self.billed(fuel="0.23", shipped={"weight": "1.8"})
        self.bill(number, "1.08", None, day, bill="B2")

    def topped_up_too_much(self):
        """The sum of both is the price of three kilograms, and it weighed two."""
        number, day = self.billed(fuel="0.23", shipped={"weight": "1.8"})
        self.bill(number, "2.16", "2.8", day, bill="B2")
        self.plant("courier.overweight", number, 108)

    def nobodys(self):
        number = self.number()
        self.bill(number, "3.60", "0.8")
        self.plant("courier.not_ours", number, 360)

    def without_a_number(self):
        self.bill(None, "3.60")
        self.plant("courier.unreadable", "B1", 360)

    def shortened_on_the_bill(self):
        self.count += 1
        number = f"4.{self.count:05}E+12"
        self.bill(number, "3.60")
        self.plant("data.id_precision_lost", number, 360)

    def fee_for_paying_late(self):
        self.bill(None, "9.90", kind="late_payment", bill="B2")
        self.plant("courier.late_fee", "B2", 990)

    def of_another_carrier(self):
        self.beside("data.other_carrier", 0, "3.60", carrier="sf")

    def voided(self):
        number, day = self.ship(status="voided", picked_up_at=None, voided_at=at(dt.date(2026, 1, 5)))
        self.bill(number, "3.60", None, day)
        self.plant("courier.cancelled_label_billed", number, 360)

    def of_long_ago(self):
        day = dt.date(2025, 11, 3)
        number, _ = self.ship(day=day)
        self.bill(number, "4.10", "0.8", day, bill="B2")
        self.plant("courier.period_mismatch", number, 0)

    def of_another_account(self):
        self.at_once("courier.wrong_account", 0, account_no="K2", shipped={"account_no": "K1"})

    def at_another_tax(self):
        self.at_once("courier.vat_rate_mismatch", 0, vat_rate=Decimal("0.09"))

    def that_does_not_foot(self):
        self.at_once("courier.line_arithmetic", 0, list_amount=yuan("5.00"), discount_amount=yuan("0.50"))

    def of_other_sides(self):
        ours, theirs = (
            {"length_cm": Decimal(length), "width_cm": Decimal(10), "height_cm": Decimal(10)} for length in (20, 22)
        )
        self.at_once("courier.wrong_dimensions", 0, shipped=ours, **theirs)

    # Records that cannot be used

    def listed_twice(self):
        number, _ = self.billed()
        self._add("shipments", next(one for one in self.sides["shipments"] if one.tracking_no == number), SHIPPED)
        self.plant("data.duplicate_shipment", number, 0)

    def without_a_weight(self):
        self.at_once("data.weight_missing", 0, fuel=None, shipped={"weight": None})

    def without_a_zone(self):
        self.at_once("data.zone_missing", 0, fuel=None, shipped={"dest": None})

    def of_an_unknown_service(self):
        self.at_once("data.service_unknown", 0, fuel=None, shipped={"service": "unheard of"})

    def before_the_contract(self):
        """A bill of its own year may name it: nothing says in which period it is."""
        day = dt.date(2024, 5, 5)
        number, _ = self.ship(day=day)
        self.bill(number, "3.60", "0.8", day, bill="OLD")
        self.plant("data.rate_missing", number, 0)

    def nameless(self):
        self._add("shipments", shipment("-", "0.8", dest=NEAR), SHIPPED)
        self.plant("data.number_missing", "-", 0)

    # Ways back

    def back_without_a_case(self):
        self.beside("courier.return_without_record", 180, "1.80", kind="return_to_sender")

    def _back(self, **fields):
        number, day = self.billed()
        case = Return(return_id=f"R{number}", kind="rejected", outbound_tracking_no=number, **fields)
        self._add("returns", case, SHIPPED)
        self.bill(number, "1.80", None, day, kind="return_to_sender")
        return number

    def back_with_a_case(self):
        self._back()

    def back_at_the_buyers_cost(self):
        bearer = self.dice.choice(("buyer", "insurance", "platform"))
        self.plant("courier.return_freight_not_ours", self._back(freight_bearer=bearer), 180)

    def back_under_its_own_number(self):
        number, _ = self.billed()
        own = self.number()
        fields = {"outbound_tracking_no": number, "return_tracking_no": own, "freight_bearer": "merchant"}
        self._add("returns", Return(return_id=f"R{number}", kind="return_refund", **fields), SHIPPED)
        self.bill(own, "1.80", None, dt.date(2026, 1, 19), bill="B2")

    # What did not come

    def on_no_bill(self):
        number, _ = self.ship()
        self.plant("courier.unbilled", number, -378)

    def not_billed_yet(self):
        self.ship(day=dt.date(2026, 3, 20))

    def lost(self):
        self.at_once("courier.lost_not_compensated", 1080, shipped={"status": "lost"})

    def lost_and_paid_for(self):
        number, day = self.billed(shipped={"status": "lost"})
        self.bill(number, "-10.80", None, day, bill="B2", kind="compensation")

    def damaged(self):
        self.at_once("courier.damage_not_compensated", 720, shipped={"status": "damaged"})

    def too_late(self):
        days = {"promised_at": at(dt.date(2026, 1, 22)), "signed_at": at(dt.date(2026, 1, 24))}
        self.at_once("courier.late_delivery_no_credit", 360, shipped=days)

    def _collected(self, signed=dt.date(2026, 1, 25), **fields):
        number, day = self.billed(shipped={"cod_amount": yuan("100.00"), "signed_at": at(signed), **fields})
        return number, day

    def _remitted(self, amount):
        number, day = self._collected()
        for text, kind in ((amount, "cod_remittance"), ("2.00", "cod_fee")):
            self.bill(number, text, None, day, bill="cash", side="remittances", kind=kind)
        return number

    def cash_handed_over(self):
        self._remitted("-100.00")

    def cash_short(self):
        self.plant("courier.cod_amount_mismatch", self._remitted("-90.00"), 1000)

    def cash_kept(self):
        number, day = self._collected()
        self.bill(number, "2.00", None, day, kind="cod_fee")
        self.plant("courier.cod_not_remitted", number, 10000)

    def cash_not_due(self):
        number, day = self._collected(signed=AS_OF - dt.timedelta(days=3))
        self.bill(number, "2.00", None, day, kind="cod_fee")

    def _claimed(self, number, bill, minor, day=dt.date(2026, 2, 6)):
        keys = {"bill_no": bill, "carrier": "zto", "tracking_no": number, "charge_type": "base", "leg": "outbound"}
        claim = Discrepancy(
            discrepancy_id=f"claim {number}",
            type="courier.overweight",
            severity="low",
            impact=yuan(Decimal(minor) / 100),
            keys=keys,
            state="claim_accepted",
            due_on=day,
        )
        self._add("claims", claim, max(day, JANUARY))

    def accepted_and_not_credited(self):
        number, _ = self.billed(base="4.68", billed_weight="1.8")
        self._claimed(number, "B1", 108)
        self.plant("courier.credit_missing", number, 108)

    def accepted_and_credited(self):
        number, day = self.billed(base="4.68", billed_weight="1.8")
        self._claimed(number, "B1", 108)
        self.bill(number, "-1.08", None, day, bill="B2", kind="adjustment")

    def accepted_of_late(self):
        number, _ = self.billed(base="4.68", billed_weight="1.8")
        self._claimed(number, "B1", 108, AS_OF - dt.timedelta(days=9))

    def accepted_of_an_old_bill(self):
        number = self.number()
        self._claimed(number, "B0", 90)
        self.plant("courier.credit_missing", number, 90)

    # Headers

    def header_off(self):
        self.off["B1"][0] = self.dice.choice((-700, 1200))
        self.billed()

    def header_miscounts(self):
        self.off["B2"][1] = 1
        self.of_long_ago()


STORIES = [
    story for name, story in vars(CourierBooks).items() if not name.startswith("_") and name not in {
        "world", "plant", "number", "ship", "bill", "billed", "at_once", "beside"
    }
]  # fmt: skip


def courier_world(dice):
    """A world of a few stories, in some of which every side has records."""
    books = CourierBooks(dice)
    if dice.randint(0, 3) == 0:
        for story in (books.back_with_a_case, books.cash_handed_over, books.accepted_and_credited):
            story()
    for _ in range(dice.randint(0, 7)):
        dice.choice(STORIES)(books)
    return books.world()
