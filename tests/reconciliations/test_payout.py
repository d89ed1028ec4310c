"""Payouts: settlements against what was paid out."""

import datetime as dt
import random

import attrs
import pytest
from _records import at, yuan
from _suite import ReconciliationSuite, World

from tieout.errors import InputError
from tieout.model import Payout as PayoutRecord
from tieout.model import Settlement
from tieout.reconciliations import Payout

AS_OF = dt.date(2026, 10, 31)
DAY = dt.date(2026, 10, 5)
MISSING, EXTRA = "payout.missing", "payout.without_settlement"
SHOPS = (("taobao", "shop 1"), ("taobao", "shop 2"), ("pdd", "shop 1"))


def settlement(number, day, minor, shop=SHOPS[0], code="CNY"):
    platform, shop_id = shop
    return Settlement(
        settlement_id=number,
        platform=platform,
        shop_id=shop_id,
        period_end=at(day),
        currency=code,
        net=None if minor is None else yuan(minor, code),
    )


def payout(number, day, minor, shop=SHOPS[0], pays=(), status="paid", code="CNY"):
    platform, shop_id = shop
    return PayoutRecord(
        payout_id=number,
        platform=platform,
        shop_id=shop_id,
        settlement_ids=pays,
        initiated_at=at(day),
        amount=yuan(-minor, code),
        status=status,
    )


class TestPayout(ReconciliationSuite):
    def world(self, dice: random.Random) -> World:
        books = Books(dice)
        for _ in range(dice.randint(0, 14)):
            dice.choice(books.STORIES)(books)
        return World(
            reconciliation=Payout(as_of=AS_OF),
            sides={"settlements": books.settlements, "payouts": books.payouts},
            arrives={"settlements": books.settled_on, "payouts": books.paid_on},
            planted=books.planted,
            named_by=("settlement_id", "payout_id"),
        )


class Books:
    """Books that are written story by story, each with its own number and amount."""

    def __init__(self, dice):
        self.dice = dice
        self.settlements, self.payouts = [], []
        self.settled_on, self.paid_on = [], []
        self.planted = []
        self.count = 0

    def settle(self, minor, day=None, **more):
        day = day or self.day()
        self.count += 1
        number = f"S{self.count}"
        self.settlements.append(settlement(number, day, minor, **more))
        self.settled_on.append(day)
        return number, day

    def pay(self, number, day, minor, **more):
        self.payouts.append(payout(number, day, minor, **more))
        self.paid_on.append(day)

    def day(self):
        return dt.date(2026, 10, self.dice.randint(1, 20))

    def amount(self):
        """No two amounts of a world are alike, nor sums of two."""
        return 2 ** (self.count % 20) * 10_007 + self.count * 131 + self.dice.randint(0, 9) * 1_000_003

    def paid(self):
        minor, shop = self.amount(), self.dice.choice(SHOPS)
        number, day = self.settle(minor, shop=shop)
        self.pay(f"P{number}", day + dt.timedelta(days=2), minor, shop=shop, pays=(number,))

    def paid_without_a_name(self):
        minor = self.amount()
        number, day = self.settle(minor)
        self.pay(f"P{number}", day + dt.timedelta(days=1), minor)

    def paid_in_two(self):
        minor = self.amount()
        number, day = self.settle(minor)
        for part, share in enumerate((minor // 3, minor - minor // 3)):
            self.pay(f"P{number}-{part}", day + dt.timedelta(days=part), share, pays=(number,))

    def two_paid_in_one(self):
        first, day = self.settle(amount := self.amount())
        second, _ = self.settle(other := self.amount(), day)
        self.pay(f"P{first}", day + dt.timedelta(days=3), amount + other, pays=(first, second))

    def a_cent_off(self):
        minor = self.amount()
        number, day = self.settle(minor)
        self.pay(f"P{number}", day, minor + self.dice.choice((-1, 1)), pays=(number,))

    def another_amount(self):
        minor, off = self.amount(), self.dice.choice((-50, 2, 300))
        number, day = self.settle(minor)
        self.pay(f"P{number}", day, minor + off, pays=(number,))
        self.planted.append(("payout.amount_mismatch", number, off))

    def missing(self):
        number, _ = self.settle(minor := self.amount())
        self.planted.append(("payout.missing", number, -minor))

    def late(self):
        number, _ = self.settle(minor := self.amount(), dt.date(2026, 10, 25))
        self.planted.append(("payout.missing", number, -minor))

    def not_due(self):
        self.settle(self.amount(), dt.date(2026, 10, 30))

    def nothing_to_pay(self):
        self.settle(-self.amount())

    def without_settlement(self):
        self.count += 1
        self.pay(f"X{self.count}", self.day(), minor := self.amount(), pays=(f"unknown {self.count}",))
        self.planted.append(("payout.without_settlement", f"X{self.count}", minor))

    def failed(self):
        minor = self.amount()
        number, day = self.settle(minor)
        self.pay(f"P{number}", day, minor, pays=(number,), status="failed")
        self.planted.append(("payout.failed_not_retried", number, -minor))

    def failed_and_retried(self):
        minor = self.amount()
        number, day = self.settle(minor)
        self.pay(f"P{number}", day, minor, pays=(number,), status="failed")
        self.pay(f"R{number}", day + dt.timedelta(days=1), minor, pays=(number,), status="retried")

    def same_number_in_another_shop(self):
        minor, day = self.amount(), self.day()
        number, _ = self.settle(minor, day, shop=SHOPS[0])
        self.settlements.append(settlement(number, day, other := minor + 7, shop=SHOPS[1]))
        self.settled_on.append(day)
        self.pay(f"P{number}", day, minor, shop=SHOPS[0], pays=(number,))
        self.pay(f"P{number}", day, other, shop=SHOPS[1], pays=(number,))

    def another_currency(self):
        minor = self.amount()
        number, day = self.settle(minor)
        self.pay(f"P{number}", day, minor // 7, pays=(number,), code="USD")
        self.planted += [
            ("payout.currency_mismatch", number, -minor),
            ("payout.currency_mismatch", f"P{number}", minor // 7),
        ]

    def no_net(self):
        number, _ = self.settle(None)
        self.planted.append(("data.amount_missing", number, 0))

    STORIES = (
        paid,
        paid_without_a_name,
        paid_in_two,
        two_paid_in_one,
        a_cent_off,
        another_amount,
        missing,
        late,
        not_due,
        nothing_to_pay,
        without_settlement,
        failed,
        failed_and_retried,
        same_number_in_another_shop,
        another_currency,
        no_net,
    )


def found(outcome):
    assert outcome.proof.holds
    return [(one.type, int(one.impact.amount * 100)) for one in outcome.discrepancies]


def test_a_payout_that_names_another_settlement_pays_none_of_the_same_amount():
    sides = {"settlements": [settlement("A", dt.date(2026, 10, 1), 100)]}

    named = Payout(as_of=AS_OF).run(**sides, payouts=[payout("P", dt.date(2026, 10, 2), 100, pays=("B",))])
    nameless = Payout(as_of=AS_OF).run(**sides, payouts=[payout("P", dt.date(2026, 10, 2), 100)])

    assert [("payout.missing", -100), ("payout.without_settlement", 100)] == found(named)
    assert [] == found(nameless)


def test_an_amount_that_two_settlements_have_is_only_suggested():
    sides = {"settlements": [settlement(number, dt.date(2026, 10, 1), 100) for number in "AB"]}

    outcome = Payout(as_of=AS_OF).run(**sides, payouts=[payout("P", dt.date(2026, 10, 2), 100)])

    assert [("payout.missing", -100), ("payout.missing", -100), ("payout.without_settlement", 100)] == found(outcome)
    assert {"suggested"} == set(outcome.matches["status"])
    assert ["P", "P", "A,B"] == [one.evidence["suggested"] for one in outcome.discrepancies]


def test_a_payout_weeks_later_is_not_found_by_its_amount():
    sides = {"settlements": [settlement("A", dt.date(2026, 10, 1), 100)]}

    outcome = Payout(as_of=AS_OF, days=14).run(**sides, payouts=[payout("P", dt.date(2026, 10, 16), 100)])

    assert [("payout.missing", -100), ("payout.without_settlement", 100)] == found(outcome)


def test_several_settlements_that_alone_sum_to_a_payout_are_paid_by_it():
    settlements = [settlement(f"S{minor}", dt.date(2026, 10, 1), minor) for minor in (101, 1003, 10007)]

    outcome = Payout(as_of=AS_OF).run(settlements=settlements, payouts=[payout("P", dt.date(2026, 10, 2), 10108)])

    assert [("payout.missing", -1003)] == found(outcome)
    assert ["sum of settlements"] * 2 == outcome.matches["rule"].to_list()


def test_a_balance_that_the_platform_carries_is_taken_off_by_the_next_payout():
    settlements = [settlement("A", dt.date(2026, 10, 1), -40), settlement("B", dt.date(2026, 10, 8), 100)]
    settings = Payout(as_of=dt.date(2026, 10, 5))
    first = settings.run(settlements=settlements[:1], payouts=[])

    second = Payout(as_of=AS_OF).run(
        settlements=settlements[1:],
        payouts=[payout("P", dt.date(2026, 10, 9), 60, pays=("A", "B"))],
        opening=first.carry_forward,
    )

    assert ["not due"] == first.carry_forward.items["what"].to_list()
    assert [] == found(second)


@pytest.mark.parametrize("side", ["settlements", "payouts"])
def test_a_side_of_other_records_is_refused(side):
    wrong = {"settlements": [payout("P", AS_OF, 1)], "payouts": [settlement("A", AS_OF, 1)]}[side]

    with pytest.raises(InputError):
        Payout().run(**{"settlements": [], "payouts": [], side: wrong})


def test_settlements_alike_whose_payouts_are_all_there_are_paid_whichever_is_whose():
    settlements = [settlement(number, dt.date(2026, 10, 1), 100) for number in "AB"]
    payouts = [payout(number, dt.date(2026, 10, 2), 100) for number in "PQ"]

    outcome = Payout(as_of=AS_OF).run(settlements=settlements, payouts=payouts)

    assert [] == found(outcome)
    assert [("A,B", "P,Q")] == outcome.lines.select("settlement_id", "payout_id").rows()


def run(settlements, payouts, **more):
    outcome = Payout(**{"as_of": AS_OF, **more}).run(settlements=settlements, payouts=payouts)
    assert [] == list(outcome.proof.failures)
    return outcome


def said(outcome):
    return [(found.type, str(found.impact.amount)) for found in outcome.discrepancies]


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ({"status": "paid", "arrived_at": at(dt.date(2026, 10, 4))}, []),
        ({"status": "paid"}, []),
        ({"status": "failed"}, [("payout.failed_not_retried", "-100.00")]),
    ],
)
def test_of_two_exports_of_a_payout_the_later_counts(later, expected):
    first = payout("P", dt.date(2026, 10, 2), 10000, pays=("A",), status="in_transit")
    settled = settlement("A", dt.date(2026, 10, 1), 10000)

    for payouts in ([first, attrs.evolve(first, **later)], [attrs.evolve(first, **later), first]):
        assert expected == said(run([settled], payouts))


def test_two_amounts_of_one_payout_are_two_parts():
    parts = [payout("P", dt.date(2026, 10, 2), minor, pays=("A",)) for minor in (4000, 6000)]

    assert [] == said(run([settlement("A", dt.date(2026, 10, 1), 10000)], parts))


def test_a_failed_payout_that_may_be_of_two_settlements_is_of_neither():
    settlements = [settlement(name, dt.date(2026, 10, 1), 10000) for name in "AB"]
    failed = payout("P", dt.date(2026, 10, 2), 10000, status="failed")

    assert [("payout.missing", "-100.00")] * 2 == said(run(settlements, [failed]))


def test_a_failed_payout_is_remembered_as_long_as_its_settlement_is_open():
    failed = payout("P", dt.date(2026, 10, 2), 10000, pays=("A",), status="failed")
    settled = settlement("A", dt.date(2026, 10, 1), 10000)
    later = dt.date(2027, 10, 1)

    open_ = run([settled], [failed], as_of=later)
    again = Payout(as_of=later).run(settlements=[], payouts=[], opening=open_.carry_forward)
    paid = run([settled], [failed, payout("Q", dt.date(2026, 10, 3), 10000, pays=("A",))], as_of=later)

    assert [("payout.failed_not_retried", "-100.00")] == said(again)
    assert {0} == {len(table) for table in paid.carry_forward.sides.values()}


def test_a_settlement_that_a_payout_names_twice_is_one_pair():
    named = payout("P", dt.date(2026, 10, 2), 10000, pays=("A", "A"))

    assert [(0, 0)] == run([settlement("A", dt.date(2026, 10, 1), 10000)], [named]).matches.select(
        "left", "right"
    ).rows()


@pytest.mark.parametrize("order", [1, -1])
def test_a_settlement_that_one_of_two_payouts_alike_paid_is_not_missing(order):
    paid = [payout(number, DAY, 20000) for number in ("P1", "P2")][::order]

    outcome = Payout(as_of=AS_OF).run(settlements=[settlement("S1", DAY, 20000)], payouts=paid)

    assert [("payout.without_settlement", {"payout_id": "P2"})] == [
        (one.type, {name: one.keys[name] for name in one.keys if name.endswith("_id") and name != "shop_id"})
        for one in outcome.discrepancies
    ]
    assert "S1" == next(iter(outcome.discrepancies)).evidence["suggested"]
    assert outcome.proof.holds


@pytest.mark.parametrize(("minor", "types"), [(20001, []), (19999, []), (20002, [MISSING, EXTRA])])
def test_a_payout_that_names_nothing_may_be_a_cent_off_as_one_that_names_its_settlement(minor, types):
    paid = [payout("P1", DAY, minor)]

    outcome = Payout(as_of=AS_OF).run(settlements=[settlement("S1", DAY, 20000)], payouts=paid)

    assert types == sorted(one.type for one in outcome.discrepancies)
    assert outcome.proof.holds


def test_a_payout_a_cent_off_of_two_settlements_is_of_neither():
    settled = [settlement(f"S{minor}", DAY, minor) for minor in (20000, 20002)]

    outcome = Payout(as_of=AS_OF).run(settlements=settled, payouts=[payout("P1", DAY, 20001)])

    assert [MISSING, MISSING, EXTRA] == sorted(one.type for one in outcome.discrepancies)
