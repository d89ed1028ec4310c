"""Receipts: payouts against the lines of the bank."""

import datetime as dt
import random
from decimal import Decimal

import attrs
import polars as pl
import pytest
from _records import at
from _suite import ReconciliationSuite, World
from moneyed import Money

from tieout.errors import InputError
from tieout.model import BankTransaction
from tieout.model import Payout as PayoutRecord
from tieout.money.profile import Allowance, ToleranceProfile
from tieout.reconciliations import DueRule, DueRules, Receipts

AS_OF = dt.date(2026, 10, 31)
SHOPS = (("taobao", "shop 1"), ("taobao", "shop 2"), ("pdd", "shop 1"))
ALIPAY = "支付宝(中国)网络技术有限公司"
NAMES = {"taobao": ALIPAY, "pdd": "上海付费通信息服务有限公司", "paypal": "PAYPAL INC", "amazon": "AMAZON PAYMENTS"}
AMOUNTS = [random.Random(number).randint(10**6, 10**9) for number in range(60)]
"""Amounts of which no few sum to another."""


def money(minor, code="CNY"):
    return Money(Decimal(minor).scaleb(-2), code)


def october(day):
    return dt.date(2026, 10, day)


def payout(number, day, minor, shop=SHOPS[0], code="CNY", **more):
    platform, shop_id = shop
    return PayoutRecord(
        payout_id=number,
        platform=platform,
        shop_id=shop_id,
        initiated_at=None if day is None else at(day),
        amount=money(-minor, code),
        **more,
    )


def line(ref, day, minor, who=ALIPAY, memo=None, code="CNY", **more):
    return BankTransaction(
        account="****1234",
        booked_on=day,
        amount=money(minor, code),
        counterparty=who,
        memo=memo,
        bank_ref=ref,
        **more,
    )


def run(payouts, bank, **more):
    return Receipts(**{"as_of": AS_OF, **more}).run(payouts=payouts, bank=bank)


def said(outcome):
    assert [] == list(outcome.proof.failures)
    return [(found.type, str(found.impact.amount), found.factor) for found in outcome.discrepancies]


def events(outcome):
    return sorted((event.kind, event.document, str(event.amount.amount)) for event in outcome.events)


def verdicts(outcome, side="bank"):
    return outcome.records[side]["verdict"].to_list()


class TestReceipts(ReconciliationSuite):
    def world(self, dice: random.Random) -> World:
        books = Books(dice)
        for _ in range(dice.randint(0, 9)):
            dice.choice(books.STORIES)(books)
        return World(
            reconciliation=Receipts(as_of=AS_OF, tolerances=ToleranceProfile(drift=Allowance(units=10**9))),
            sides={"payouts": books.payouts, "bank": books.bank},
            arrives={"payouts": books.paid_on, "bank": books.booked_on},
            planted=books.planted,
            named_by=("payout_id", "bank_ref"),
        )


class Books:
    """Books that are written story by story, each with its own number and amount."""

    def __init__(self, dice):
        self.dice = dice
        self.payouts, self.bank = [], []
        self.paid_on, self.booked_on = [], []
        self.planted = []
        self.count = self.conversions = 0

    def pay(self, minor, day=None, number=None, **more):
        day = day or self.day()
        self.count += 1
        number = number or f"TX2026{self.count:04}"
        self.payouts.append(payout(number, day, minor, **more))
        self.paid_on.append(day)
        return number, day

    def book(self, day, minor, ref=None, **more):
        ref = ref or f"B{len(self.bank):04}"
        self.bank.append(line(ref, day, minor, **more))
        self.booked_on.append(day)
        return ref

    def day(self):
        return october(self.dice.randint(1, 14))

    def soon(self, day):
        return day + dt.timedelta(days=self.dice.randint(0, 5))

    def amount(self):
        return AMOUNTS[self.count % 60] + self.count // 60

    def dollars(self):
        """No two conversions of a world are within a tolerance of each other."""
        self.conversions += 1
        return 10_007 * 2**self.conversions

    def received(self):
        minor, shop = self.amount(), self.dice.choice(SHOPS)
        _, day = self.pay(minor, shop=shop)
        self.book(self.soon(day), minor, who=NAMES[shop[0]])

    def named(self):
        minor = self.amount()
        number, day = self.pay(minor)
        later = day + dt.timedelta(days=self.dice.randint(0, 17))
        self.book(later, minor, who=self.dice.choice((None, "某公司")), memo=f"提现{number}")

    def two_in_one(self):
        first, second, day = self.amount(), AMOUNTS[(self.count + 1) % 60] + 7, self.day()
        self.pay(first, day)
        self.pay(second, day, shop=SHOPS[1])
        self.book(self.soon(day), first + second)

    def one_in_two(self):
        minor = self.amount()
        _, day = self.pay(minor)
        self.book(day, minor // 3)
        self.book(self.soon(day), minor - minor // 3)

    def three_named_in_one(self):
        day, minors, numbers = self.day(), [], []
        for _ in range(3):
            minors.append(self.amount())
            numbers.append(self.pay(minors[-1], day)[0])
        self.book(self.soon(day), sum(minors), memo=" ".join(numbers))

    def the_same_every_day(self):
        minor, day = self.amount(), self.day()
        for later in range(3):
            self.pay(minor, day + dt.timedelta(days=later))
            self.book(day + dt.timedelta(days=later + 1), minor)

    def the_second_of_two_is_missing(self):
        minor, day = self.amount(), self.day()
        self.pay(minor, day)
        number, _ = self.pay(minor, day + dt.timedelta(days=1))
        self.book(day + dt.timedelta(days=1), minor)
        self.planted.append(("bank.receipt_missing", number, -minor))

    def one_of_two_shops(self):
        minor, day = self.amount(), self.day()
        for shop in SHOPS[:2]:
            number, _ = self.pay(minor, day, shop=shop)
            self.planted.append(("bank.receipt_missing", number, -minor))
        self.planted.append(("bank.receipt_unknown", self.book(day, minor), minor))

    def missing(self):
        number, _ = self.pay(minor := self.amount())
        self.planted.append(("bank.receipt_missing", number, -minor))

    def in_transit(self):
        self.pay(self.amount(), october(29))

    def taken(self):
        """The platform takes money off the account."""
        minor = self.amount()
        _, day = self.pay(-minor)
        self.book(self.soon(day), -minor)

    def unknown(self):
        minor = self.amount()
        self.count += 1
        self.planted.append(("bank.receipt_unknown", self.book(self.day(), minor), minor))

    def others(self):
        minor = self.amount()
        self.count += 1
        self.book(self.day(), minor, who="某客户有限公司")
        self.book(self.day(), -minor // 2, who="供应商")
        self.book(self.day(), minor // 9, who=None, memo="结息")
        self.book(self.day(), -15, who=None, memo="手续费")

    def another_amount(self):
        minor, off = self.amount(), self.dice.choice((-50, -1, 1, 300))
        number, day = self.pay(minor)
        self.book(self.soon(day), minor + off, memo=number)
        self.planted.append(("bank.amount_mismatch", number, off))

    def a_cent_off_is_another_amount(self):
        minor = self.amount()
        number, day = self.pay(minor)
        ref = self.book(self.soon(day), minor - 1)
        self.planted += [("bank.receipt_missing", number, -minor), ("bank.receipt_unknown", ref, minor - 1)]

    def named_twice(self):
        minor = self.amount()
        number, day = self.pay(minor)
        self.book(day, minor, memo=number)
        self.book(self.soon(day), minor, memo=f"{number} again")
        self.planted.append(("bank.duplicate_receipt", number, minor))

    def booked_twice(self):
        minor = self.amount()
        _, day = self.pay(minor)
        self.book(day, minor, memo="提现")
        ref = self.book(day, minor, memo="提现")
        self.planted.append(("bank.duplicate_receipt", ref, minor))

    def failed(self):
        self.pay(self.amount(), status=self.dice.choice(("failed", "cancelled")))

    def failed_and_came(self):
        number, day = self.pay(minor := self.amount(), status="failed")
        self.book(day, minor, memo=number)
        self.planted.append(("bank.receipt_unknown", number, minor))

    def failed_and_came_back(self):
        number, day = self.pay(minor := self.amount(), status="failed")
        self.book(day, minor)
        self.book(self.soon(day), -minor, memo="退汇")
        self.planted.append(("bank.payout_returned", number, 0))

    def went_back(self):
        number, day = self.pay(minor := self.amount())
        self.book(day, minor)
        self.book(self.soon(day), -minor, memo="退汇")
        self.planted.append(("bank.payout_returned", number, -minor))

    def charged(self):
        number, day = self.pay(minor := self.amount())
        self.book(day, minor - 1500, memo=f"{number} 手续费 15.00" if self.dice.random() < 0.5 else "手续费：15.00")
        self.planted.append(("bank.charge", number, -1500))

    def charged_by_a_line(self):
        number, day = self.pay(minor := self.amount())
        self.book(day, minor, memo=number)
        self.book(day, -1500, memo=f"手续费 {number}")
        self.planted.append(("bank.charge", number, -1500))

    def convert(self, came, memo=None, **more):
        minor = self.dollars()
        rate = Decimal("7.2")
        number, day = self.pay(minor, shop=("paypal", None), code="USD", fx_rate=rate, **more)
        expected = int(minor * rate + Decimal("0.5"))
        self.book(self.soon(day), came(expected), who=NAMES["paypal"], memo=memo and memo(number))
        return number, expected

    def converted(self):
        share = self.dice.choice((0, -499, 499))
        self.convert(lambda expected: expected + expected * share // 100_000)

    def converted_and_charged(self):
        number, _ = self.convert(lambda expected: expected - 2000, memo=lambda number: f"{number} /CHGS/CNY20,00")
        self.planted.append(("bank.charge", number, -2000))

    def converted_badly(self):
        number, expected = self.convert(lambda expected: expected * 99 // 100, memo=str)
        self.planted.append(("fx.rate_out_of_range", number, expected * 99 // 100 - expected))

    def converted_to_what_is_stated(self):
        minor = self.dollars()
        number, day = self.pay(
            minor, shop=("paypal", None), code="USD", fx_rate=Decimal("7.5"), bank_amount=money(minor * 7)
        )
        self.book(day, minor * 7, who=NAMES["paypal"])
        self.planted.append(("fx.rate_out_of_range", number, 0))

    def another_currency(self):
        number, day = self.pay(minor := self.amount(), code="USD")
        ref = self.book(day, minor * 7, memo=number)
        self.planted += [
            ("bank.currency_mismatch", number, -minor),
            ("bank.currency_mismatch", ref, minor * 7),
        ]

    def one_number_in_two_shops(self):
        day, minor = self.day(), self.amount()
        number, _ = self.pay(minor, day, shop=SHOPS[0])
        self.pay(minor + 7, day, number=number, shop=SHOPS[2])
        self.book(self.soon(day), minor, who=NAMES["taobao"], memo=number)
        self.book(self.soon(day), minor + 7, who=NAMES["pdd"], memo=number)

    def no_amount(self):
        number, _ = self.pay(self.amount(), code="USD", fx_rate=Decimal(0))
        self.planted.append(("data.amount_missing", number, 0))

    def no_currency(self):
        number, _ = self.pay(self.amount(), fx_rate=Decimal(7))
        self.planted.append(("data.currency_missing", number, 0))

    STORIES = (
        received,
        named,
        two_in_one,
        one_in_two,
        three_named_in_one,
        the_same_every_day,
        the_second_of_two_is_missing,
        one_of_two_shops,
        missing,
        in_transit,
        taken,
        unknown,
        others,
        another_amount,
        a_cent_off_is_another_amount,
        named_twice,
        booked_twice,
        failed,
        failed_and_came,
        failed_and_came_back,
        went_back,
        charged,
        charged_by_a_line,
        converted,
        converted_and_charged,
        converted_badly,
        converted_to_what_is_stated,
        another_currency,
        one_number_in_two_shops,
        no_amount,
        no_currency,
    )


def test_gs_1_is_received_to_the_cent_and_posted():
    """domain.md 4.4: payout 178.86 = bank 178.86; 7.4, V-05."""
    outcome = run([payout("TX20260001", october(2), 17886)], [line("B1", october(3), 17886)])

    assert [] == said(outcome)
    assert [("bank.receipt", "B1", "178.86")] == events(outcome)
    assert {"payout_id": "TX20260001", "platform": "taobao"} == dict(next(iter(outcome.events)).details)


def test_an_unknown_receipt_is_unidentified_until_its_payout_is_known():
    """domain.md 7.4, V-06 and V-06b: 500.00."""
    october_run = run([], [line("B1", october(20), 50000)], period="2026-10")
    later = Receipts(period="2026-11").run(
        payouts=[payout("TX20260001", october(19), 50000)], bank=[], opening=october_run.carry_forward
    )

    assert [("bank.receipt_unknown", "500.00", None)] == said(october_run)
    assert [("bank.unidentified", "B1", "500.00")] == events(october_run)
    assert [] == said(later)
    assert [("bank.identified", "B1", "500.00")] == events(later)
    assert dt.date(2026, 11, 30) == next(iter(later.events)).occurred_on


@pytest.mark.parametrize(
    "corrected", [[("TX-20261020-77", 9500)], [("TX-20261020-77", 6000), ("TX-20261020-78", 3500)]]
)
@pytest.mark.parametrize("is_read_again", [False, True])
def test_a_receipt_is_identified_by_payouts_that_were_known_with_another_amount(corrected, is_read_again):
    came = line("B1", october(21), 9500)
    first = Receipts(period="2026-10").run(
        payouts=[payout(number, october(20), 10000) for number, _ in corrected], bank=[came]
    )
    assert [("bank.unidentified", "B1", "95.00")] == events(first)
    now = [payout(number, october(20), minor) for number, minor in corrected]
    opening = attrs.evolve(first.carry_forward, opens_on=dt.date(2026, 11, 1))
    again = [came] if is_read_again else []
    second = Receipts(period="2026-11").run(payouts=now, bank=again, opening=opening)
    expected = sorted(("bank.identified", "B1", f"{minor // 100}.00") for _, minor in corrected)
    assert (expected, []) == (events(second), said(second))
    later = attrs.evolve(second.carry_forward, opens_on=dt.date(2026, 12, 1))
    third = Receipts(period="2026-12").run(payouts=now, bank=again, opening=later)
    assert ([], []) == (events(third), said(third))


def by_payout(outcome):
    assert [] == list(outcome.proof.failures)
    return sorted((event.kind, event.details.get("payout_id"), str(event.amount.amount)) for event in outcome.events)


def months(*given):
    """What is posted by payout in October and the months after it, each with the payouts and lines that its downloads have."""
    posted, opening = [], None
    for number, (payouts, bank) in enumerate(given):
        first = dt.date(2026, 10 + number, 1)
        opening = None if opening is None else attrs.evolve(opening, opens_on=first)
        outcome = Receipts(period=f"{first:%Y-%m}").run(payouts=payouts, bank=bank, opening=opening)
        posted.append(by_payout(outcome))
        opening = outcome.carry_forward
    return posted


@pytest.mark.parametrize("memo", ["TX2026000001", "TX2026000001 TX2026000002"])
@pytest.mark.parametrize("is_read_again", [False, True])
def test_what_is_left_of_a_deposit_is_identified_when_its_other_payout_comes(memo, is_read_again):
    deposit = line("B1", october(21), 15000, memo=memo)
    one, two = (payout(f"TX202600000{number}", october(20), minor) for number, minor in ((1, 10000), (2, 5000)))
    again = [deposit] if is_read_again else []
    named = "TX2026000002" in memo
    posted = months(([one], [deposit]), ([one, two], again), ([one, two], again))
    assert [("bank.receipt", "TX2026000001", "100.00"), ("bank.unidentified", None, "50.00")] == posted[0]
    assert [[("bank.identified", "TX2026000002", "50.00")] if named else [], []] == posted[1:]


@pytest.mark.parametrize(("now", "change"), [(10000, "5.00"), (9000, "-5.00")])
def test_a_receipt_follows_its_payout_where_that_is_corrected(now, change):
    came = line("B1", october(21), 10000, memo="TX2026000001")
    paid = [payout("TX2026000001", october(20), minor) for minor in (9500, now)]
    posted = months(([paid[0]], [came]), ([paid[1]], []), ([paid[1]], [came]))
    assert [("bank.receipt", "TX2026000001", "95.00"), ("bank.unidentified", None, "5.00")] == posted[0]
    assert [[("bank.identified", "TX2026000001", change)], []] == posted[1:]


def test_what_went_back_before_its_payout_was_known_is_booked_when_that_comes():
    came, back = line("B1", october(21), 10000), line("B2", october(23), -10000, memo="退汇")
    paid = payout("TX2026000001", october(20), 10000)
    posted = months(([], [came, back]), ([paid], []), ([paid], [came, back]))
    assert [("bank.unidentified", None, "100.00")] == posted[0]
    assert [("bank.identified", "TX2026000001", "100.00"), ("bank.receipt", "TX2026000001", "-100.00")] == posted[1]
    assert [] == posted[2]


@pytest.mark.parametrize("refs", [("B1", "B2"), (None, None)])
@pytest.mark.parametrize("is_read_again", [False, True])
def test_lines_that_are_alike_are_each_identified_once_and_by_their_own_payouts(refs, is_read_again):
    alike = [line(ref, october(21), 10000) for ref in refs]
    paid = [payout(f"TX202600{number}", october(20), 10000) for number in (2, 1)]
    again = alike if is_read_again else []
    posted = months((paid[:1], alike), (paid, again), (paid, again))
    assert [("bank.receipt", "TX2026002", "100.00"), ("bank.unidentified", None, "100.00")] == posted[0]
    assert {"TX2026001": Decimal(100)} == sums(posted[1])
    assert [] == posted[2]


def sums(posted):
    """What was identified, by payout, where it comes to anything."""
    found = {}
    for kind, number, amount in posted:
        assert "bank.identified" == kind
        found[number] = found.get(number, 0) + Decimal(amount)
    return {number: amount for number, amount in found.items() if amount}


def test_lines_without_numbers_that_another_download_lists_again_are_not_booked_again():
    alike = [line(None, october(21), 10000, memo="a memo") for _ in range(2)]
    paid = [payout(f"TX202600{number}", october(20), 10000) for number in (1, 2)]
    posted = months((paid, alike), (paid, alike), (paid, alike))
    assert [2, 0, 0] == list(map(len, posted))


def test_a_receipt_that_was_booked_for_its_payout_is_not_booked_again_where_that_is_corrected():
    came = line("B1", october(21), 9500, memo="TX-20261020-77")
    first = Receipts(period="2026-10").run(payouts=[payout("TX-20261020-77", october(20), 10000)], bank=[came])
    assert [("bank.receipt", "B1", "95.00")] == events(first)
    opening = attrs.evolve(first.carry_forward, opens_on=dt.date(2026, 11, 1))
    now = [payout("TX-20261020-77", october(20), 9500)]
    second = Receipts(period="2026-11").run(payouts=now, bank=[came], opening=opening)
    assert ([], []) == (events(second), said(second))


def test_a_deposit_of_which_one_payout_was_known_is_not_identified_whole():
    first = run(
        [payout("TX20260001", october(19), 10000)],
        [line("B1", october(20), 16000, memo="TX20260001 TX20260002")],
        period="2026-10",
    )
    later = Receipts(period="2026-11").run(
        payouts=[payout("TX20260002", october(19), 6000)], bank=[], opening=first.carry_forward
    )

    assert [("bank.receipt", "B1", "100.00"), ("bank.unidentified", "B1", "60.00")] == events(first)
    assert [] == said(later)
    assert [] == events(later)


def test_v_22_the_difference_of_the_rate_is_an_event_of_its_own():
    """domain.md 7.4, V-22: USD 1,000 at 7.20, the bank got 7,150.00; within a tolerance of 1 %."""
    paid = payout("TX20260001", october(5), 100000, ("paypal", None), "USD", fx_rate=Decimal("7.2"))
    came = [line("B1", october(6), 715000, NAMES["paypal"], memo="TX20260001")]
    wide = ToleranceProfile(fx=Allowance(share=Decimal("0.01")), drift=Allowance(units=10**9))
    outcome = run([paid], came, tolerances=wide)

    assert [] == said(outcome)
    assert [("bank.fx_difference", "B1", "-50.00"), ("bank.receipt", "B1", "7200.00")] == events(outcome)
    assert "USD 1000.00" == next(iter(outcome.events)).details["wallet"]
    assert [("fx.rate_out_of_range", "-50.00", None)] == said(run([paid], came))
    assert [("bank.receipt", "B1", "7150.00")] == events(run([paid], came))


@pytest.mark.parametrize(
    ("came", "types"),
    [(716400, []), (716399, ["fx.rate_out_of_range"]), (723600, []), (723601, ["fx.rate_out_of_range"])],
)
def test_the_tolerance_of_a_rate_is_half_a_percent_inclusive(came, types):
    paid = payout("TX20260001", october(5), 100000, ("paypal", None), "USD", fx_rate=Decimal("7.2"))
    profile = ToleranceProfile(drift=Allowance(units=10**9))
    outcome = run([paid], [line("B1", october(6), came, None, memo="TX20260001")], tolerances=profile)

    assert types == [kind for kind, _, _ in said(outcome)]


def test_a_rate_is_applied_half_up_and_across_decimals():
    paid = PayoutRecord(
        payout_id="TX20260001",
        platform="paypal",
        initiated_at=at(october(5)),
        amount=Money(-1000, "JPY"),
        fx_rate=Decimal("0.045245"),
    )
    outcome = run([paid], [line("B1", october(6), 4525, NAMES["paypal"])])

    assert [4525] == outcome.lines["expected_minor"].to_list()
    assert ["agreed"] == verdicts(outcome)


@pytest.mark.parametrize(
    ("day", "state"), [(14, "in transit"), (15, "in transit"), (16, "late"), (25, "late"), (26, "missing")]
)
def test_under_way_late_and_missing_are_three_things(day, state):
    """Paid out on a Friday, five business days end on the next Friday, and ten days later it is missing."""
    outcome = run([payout("TX20260001", october(9), 100)], [], as_of=october(day))

    assert [state] == outcome.carry_forward.items["what"].to_list()
    assert ([] if state == "in transit" else [("bank.receipt_missing", "-1.00", state)]) == said(outcome)


@pytest.mark.parametrize(("day", "verdict"), [(8, "discrepancy"), (9, "agreed"), (16, "agreed"), (17, "discrepancy")])
def test_a_receipt_by_amount_comes_from_the_day_of_the_payout_to_five_business_days_later(day, verdict):
    outcome = run([payout("TX20260001", october(9), 100)], [line("B1", october(day), 100)])

    assert [verdict] == verdicts(outcome)


def test_a_platform_with_a_rule_of_its_own_may_take_longer():
    rules = DueRules(DueRule(), by={"amazon": DueRule(grace=10, business=True)})
    sides = ([payout("TX20260001", october(1), 100, ("amazon", None))], [line("B1", october(15), 100, NAMES["amazon"])])

    assert [] == said(run(*sides, due=rules))
    assert 2 == len(said(run(*sides)))


def test_a_number_in_the_memo_wins_over_an_equal_amount():
    payouts = [payout("TX20260001", october(5), 100), payout("TX20260002", october(5), 100)]
    outcome = run(payouts, [line("B1", october(6), 100, memo="TX20260002")])

    assert [(1, "number in the memo")] == outcome.matches.select("left", "rule").rows()
    assert ["TX20260001"] == [found.keys["payout_id"] for found in outcome.discrepancies]


def test_an_equal_amount_of_a_stranger_is_a_suggestion():
    outcome = run([payout("TX20260001", october(5), 100)], [line("B1", october(6), 100, "某客户")])
    (found,) = outcome.discrepancies

    assert "bank.receipt_missing" == found.type
    assert "B1" == found.evidence["suggested"]
    assert ["no platform's"] == verdicts(outcome)


def test_books_never_mix():
    mine = payout("TX20260001", october(5), 100, book_id="one")
    theirs = payout("TX20260001", october(5), 100, book_id="two")
    outcome = run([mine, theirs], [line("B1", october(6), 100, memo="TX20260001", book_id="two")])

    assert ["discrepancy", "agreed"] == verdicts(outcome, "payouts")
    assert ["discrepancy", "discrepancy"] == verdicts(run([mine, theirs], [line("B1", october(6), 100)]), "payouts")


def test_two_ways_to_make_a_deposit_are_for_a_person():
    payouts = [payout(f"TX2026000{place}", october(5), minor) for place, minor in enumerate((100, 500, 200, 400))]
    outcome = run(payouts, [line("B1", october(6), 600)])

    assert {"suggested"} == set(outcome.matches["status"])
    assert "bank.receipt_unknown" in {kind for kind, _, _ in said(outcome)}


def test_a_deposit_of_two_shops_is_posted_for_each_of_them():
    payouts = [payout("TX20260001", october(5), 100), payout("TX20260002", october(5), 250, SHOPS[1])]
    outcome = run(payouts, [line("B1", october(6), 350)])
    posted = {(event.shop_id, str(event.amount.amount)) for event in outcome.events}

    assert {("shop 1", "1.00"), ("shop 2", "2.50")} == posted
    assert {"B1"} == {event.document for event in outcome.events}


def test_a_charge_is_posted_apart_and_the_wallet_is_cleared():
    outcome = run(
        [payout("TX20260001", october(5), 10000)], [line("B1", october(6), 8500, memo="TX20260001 CHGS 15.00")]
    )

    assert [("bank.charge", "-15.00", None)] == said(outcome)
    assert [("bank.charge", "B1", "-15.00"), ("bank.receipt", "B1", "100.00")] == events(outcome)


def test_what_the_bank_is_known_to_keep_is_named():
    paid = payout("TX20260001", october(5), 100000, ("paypal", None), "USD", fx_rate=Decimal("7.2"))
    outcome = run([paid], [line("B1", october(6), 717500, NAMES["paypal"])], charges={"CNY": 2500})

    assert [("bank.charge", "-25.00", None)] == said(outcome)
    assert [2500] == outcome.lines["charge_minor"].to_list()


def test_lines_that_are_no_receipts_are_set_aside_for_a_reason():
    lines = [
        line("B1", october(1), -100, "供应商"),
        line("B2", october(1), -5, None, "手续费"),
        line("B3", october(1), 3, None, "结息"),
        line("B4", october(1), 900, "我司", "同名转账"),
        line("B5", october(1), 70, "某客户"),
        line("B6", october(1), 0),
    ]
    outcome = run([], lines)

    reasons = ["outgoing payment", "bank charge", "interest", "own transfer", "no platform's", "no amount"]
    assert reasons == verdicts(outcome)
    assert [] == said(outcome)
    assert [("bank.receipt_unknown", "0.70", None)] == said(run([], lines, every_receipt=True))


def test_names_of_a_platform_may_be_given():
    sides = ([payout("TX20260001", october(5), 100, ("my_site", None))], [line("B1", october(6), 100, "ACME Pay Ltd")])

    assert [] == said(run(*sides, aliases={"my_site": ["acme pay"]}))
    assert ["discrepancy"] == verdicts(run(*sides), "payouts")


@pytest.mark.parametrize(
    ("name", "is_known"),
    [("Stripe Payments UK", True), ("ＳＴＲＩＰＥ*ab", True), ("Pinstripe Ltd", False), (None, False)],
)
def test_a_latin_name_is_found_as_a_word(name, is_known):
    outcome = run([], [line("B1", october(6), 100, name)])

    assert ["discrepancy" if is_known else "no platform's"] == verdicts(outcome)


@pytest.mark.parametrize(
    "wrong", [{"charges": {"CNY": -1}}, {"aliases": {"x": "name"}}, {"aliases": {"x": [" "]}}, {"early_days": -1}]
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(InputError):
        Receipts(**wrong)


def test_an_own_check_looks_at_the_lines():
    def large(sides):
        rows = sides["bank"].filter(pl.col("minor") > 10**6)
        return rows.select(pl.lit("bank").alias("side"), "row", pl.lit("a large receipt").alias("reason"))

    outcome = run([], [line("B1", october(6), 10**7)], own_checks={"large": large})

    assert ["bank.receipt_unknown", "custom.large"] == sorted(kind for kind, _, _ in said(outcome))


def test_a_payout_is_carried_in_its_own_currency():
    paid = payout("TX20260001", october(29), 100000, ("paypal", None), "USD", fx_rate=Decimal("7.2"))
    first = run([paid], [], period="2026-10")
    second = Receipts(period="2026-11").run(
        payouts=[], bank=[line("B1", dt.date(2026, 11, 2), 720000, NAMES["paypal"])], opening=first.carry_forward
    )

    assert [paid] == list(first.carry_forward.sides["payouts"])
    assert ["in transit"] == verdicts(first, "payouts")
    assert ["agreed"] == verdicts(second)
    assert [] == said(second)


def test_differences_of_rates_are_watched():
    paid = payout("TX20260001", october(5), 100000, ("paypal", None), "USD", fx_rate=Decimal("7.2"))
    outcome = run([paid], [line("B1", october(6), 719000, NAMES["paypal"])])

    assert [("general.tolerance_drift", "0.00", None)] == said(outcome)


def test_lines_of_no_platform_are_forgotten_after_a_while():
    old = run([], [line("B1", dt.date(2026, 3, 1), 100, "某客户"), line("B2", dt.date(2026, 3, 1), 100)])

    assert ["B2"] == [one.bank_ref for one in old.carry_forward.sides["bank"]]


def test_a_short_number_in_a_memo_needs_the_amount():
    """A number of eight digits may be a date."""
    payouts = [payout("20261005", october(5), 100), payout("20261006", october(6), 700)]
    other = run(payouts, [line("B1", october(6), 900, memo="提现 20261005")])
    same = run(payouts, [line("B1", october(6), 100, "某公司", memo="提现 20261005")])

    assert ["suggested"] == other.matches["status"].to_list()
    assert ["confirmed"] == same.matches["status"].to_list()


def test_a_converted_receipt_that_is_identified_later_is_booked_anew():
    came = [line("B1", october(20), 716500, NAMES["paypal"], "CHGS 15.00")]
    first = run([], came, period="2026-10")
    paid = payout("TX20260001", october(19), 100000, ("paypal", None), "USD", fx_rate=Decimal("7.2"))
    second = Receipts(period="2026-11").run(payouts=[paid], bank=[], opening=first.carry_forward)

    assert [("bank.unidentified", "B1", "7165.00")] == events(first)
    assert [
        ("bank.charge", "B1", "-15.00"),
        ("bank.fx_difference", "B1", "-20.00"),
        ("bank.receipt", "B1", "7200.00"),
        ("bank.unidentified", "B1", "-7165.00"),
    ] == events(second)
    assert second.proof.holds


def test_a_stranger_whose_line_is_named_later_is_booked_then():
    first = run([], [line("B1", october(20), 100, "某公司", "TX20260001")], period="2026-10")
    second = Receipts(period="2026-11").run(
        payouts=[payout("TX20260001", october(19), 100)], bank=[], opening=first.carry_forward
    )
    third = Receipts(period="2026-11").run(payouts=[], bank=[], opening=second.carry_forward)

    assert [] == events(first)
    assert [("bank.receipt", "B1", "1.00")] == events(second)
    assert [] == events(third)
    assert third.proof.holds


def test_nothing_tells_which_of_two_payouts_alike_arrived():
    payouts = [payout("TX20260001", october(5), 100), payout("TX20260002", october(5), 100)]
    one = run(payouts, [line("B1", october(6), 100)])
    both = run(payouts, [line("B1", october(6), 100), line("B2", october(7), 100)])
    later = run([payouts[0], payout("TX20260002", october(6), 100)], [line("B1", october(6), 100)])

    assert {"suggested"} == set(one.matches["status"])
    assert 3 == len(said(one))
    assert [] == said(both)
    assert ["TX20260002"] == [found.keys["payout_id"] for found in later.discrepancies]


def test_two_receipts_near_a_converted_payout_are_for_a_person():
    paid = payout("TX20260001", october(5), 100000, ("paypal", None), "USD", fx_rate=Decimal("7.2"))
    outcome = run(
        [paid], [line("B1", october(6), 719900, NAMES["paypal"]), line("B2", october(6), 718000, NAMES["paypal"])]
    )

    assert ["suggested", "suggested"] == outcome.matches["status"].to_list()


def test_money_of_one_currency_has_no_tolerance():
    outcome = run([payout("TX20260001", october(5), 100000)], [line("B1", october(6), 99999, memo="TX20260001")])

    assert [("bank.amount_mismatch", "-0.01", None)] == said(outcome)


def test_a_statement_that_says_no_book_is_of_the_only_one():
    mine = payout("TX20260001", october(5), 100, book_id="one")
    other = payout("TX20260002", october(5), 700, book_id="two")
    bank = [line("B1", october(6), 100)]

    assert ["agreed"] == verdicts(run([mine], bank))
    assert ["discrepancy"] == verdicts(run([mine, other], bank))


def test_a_deposit_that_sums_up_for_two_platforms_is_for_a_person():
    minors = (("taobao", 100), ("taobao", 250), ("tmall", 150), ("tmall", 200))
    payouts = [
        payout(f"TX2026000{place}", october(5), minor, (platform, "shop 1"))
        for place, (platform, minor) in enumerate(minors)
    ]
    outcome = run(payouts, [line("B1", october(6), 350)])

    assert {"suggested"} == set(outcome.matches["status"])
    assert [] == said(run(payouts[:2], [line("B1", october(6), 350)]))


@pytest.mark.parametrize("named", [True, False])
def test_a_line_that_the_bank_reversed_and_booked_again_is_received_once(named):
    memo = "TX20260001" if named else None
    lines = [
        line("B1", october(5), 10000, memo=memo),
        line("B2", october(6), -10000, memo=f"冲正 {memo or ''}"),
        line("B3", october(6), 10000, memo=memo),
    ]
    outcome = run([payout("TX20260001", october(5), 10000)], lines)

    assert [] == said(outcome)
    assert ["agreed"] * 3 == verdicts(outcome)
    assert Decimal("100.00") == sum(event.amount.amount for event in outcome.events)


def test_a_line_that_two_returned_payouts_may_be_is_for_a_person():
    payouts = [payout("TX20260001", october(5), 10000), payout("TX20260002", october(6), 20000)]
    lines = [
        line("B1", october(5), 10000),
        line("B2", october(6), 20000),
        line("B3", october(7), -10000, memo="退汇"),
        line("B4", october(8), 10000),
        line("B5", october(8), 10000),
    ]

    kinds = [kind for kind, _, _ in said(run(payouts, lines))]

    assert ["bank.payout_returned", "bank.receipt_unknown", "bank.receipt_unknown"] == kinds


def test_a_deposit_of_several_payouts_may_lack_the_charge_that_its_text_states():
    payouts = [payout("TX20260001", october(5), 10000), payout("TX20260002", october(5), 20050)]
    outcome = run(payouts, [line("B1", october(6), 29550, memo="手续费:5.00")])

    assert [("bank.charge", "-5.00", None)] == said(outcome)
    assert [("bank.charge", "-5.00"), ("bank.receipt", "100.00"), ("bank.receipt", "200.50")] == [
        (kind, amount) for kind, _, amount in events(outcome)
    ]


def test_a_deposit_may_hold_converted_payouts_that_state_what_arrives():
    payouts = [
        payout(f"TX2026000{nth}", october(5), minor, ("paypal", None), "USD", bank_amount=money(arrives))
        for nth, minor, arrives in ((1, 1000, 7200), (2, 2000, 14401))
    ]

    assert [] == said(run(payouts, [line("B1", october(6), 21601, NAMES["paypal"])]))


def test_of_two_exports_of_a_payout_the_later_counts():
    first = payout("TX20260001", october(5), 10000, status="in_transit")
    later = attrs.evolve(first, status="paid", arrived_at=at(october(6)))

    for payouts in ([first, later], [later, first]):
        outcome = run(payouts, [line("B1", october(6), 10000, memo="TX20260001")])
        assert [] == said(outcome)
        assert {"an older version", "agreed"} == set(verdicts(outcome, "payouts"))


def test_two_amounts_under_one_number_are_two_parts():
    parts = [payout("TX20260001", october(5), minor) for minor in (100, 250)]

    assert [] == said(run(parts, [line("B1", october(6), 350, memo="TX20260001")]))


def test_a_statement_without_an_account_that_is_given_again_counts_once():
    paid, came = payout("TX20260001", october(5), 10000), attrs.evolve(line("B1", october(6), 10000), account=None)
    first = run([paid], [came])
    second = Receipts(as_of=AS_OF).run(payouts=[], bank=[came], opening=first.carry_forward)
    other = attrs.evolve(came, amount=money(777))
    third = Receipts(as_of=AS_OF).run(payouts=[], bank=[other], opening=first.carry_forward)

    assert [] == said(second)
    assert ["discrepancy", "settled before"] == verdicts(third)


def test_payouts_that_failed_are_forgotten_after_a_while():
    failed = payout("TX20260001", october(5), 10000, status="failed")

    kept = [len(run([failed], [], as_of=day).carry_forward.sides["payouts"]) for day in (AS_OF, dt.date(2027, 2, 1))]

    assert [1, 0] == kept


def test_a_repeat_is_known_for_one_as_long_as_it_is_open():
    paid = payout("TX20260001", october(5), 10000)
    lines = [line("B1", october(6), 10000), line("B2", october(6), 10000)]
    later = dt.date(2027, 3, 1)
    first = run([paid], lines, as_of=later)
    second = Receipts(as_of=later).run(payouts=[], bank=[], opening=first.carry_forward)

    assert [("bank.duplicate_receipt", "100.00", None)] == said(first) == said(second)


def test_a_line_that_the_next_statement_lists_again_is_booked_once():
    paid, came = payout("TX20260001", october(5), 10000), line("B1", october(5), 10000)
    nobody = run([], [came], as_of=october(6))
    known = run([paid], [came], as_of=october(6))

    identified = Receipts(as_of=october(8)).run(payouts=[paid], bank=[came], opening=nobody.carry_forward)
    again = Receipts(as_of=october(8)).run(payouts=[], bank=[came], opening=known.carry_forward)
    edited = Receipts(as_of=october(8)).run(
        payouts=[], bank=[attrs.evolve(came, amount=money(9000))], opening=known.carry_forward
    )

    assert [("bank.unidentified", "B1", "100.00")] == events(nobody)
    assert [("bank.identified", "B1", "100.00")] == events(identified)
    assert [] == events(again)
    assert ["90.00"] == [str(event.amount.amount) for event in edited.events]
    assert [] == [*identified.proof.failures, *again.proof.failures, *edited.proof.failures]


def test_a_receipt_of_the_month_after_is_booked_in_that_month():
    november = dt.date(2026, 11, 3)
    sides = {"payouts": [payout("TX20260001", november, 10000)], "bank": [line("B1", november, 10000)]}
    first = Receipts(period="2026-10").run(**sides)
    second = Receipts(period="2026-11").run(payouts=[], bank=[], opening=first.carry_forward)

    assert [] == events(first)
    assert [("bank.receipt", "B1", "100.00")] == events(second)
    assert ["agreed"] == verdicts(second)


@pytest.mark.parametrize("shop", SHOPS[:2])
def test_a_receipt_that_goes_back_is_named_though_others_have_its_amount(shop):
    payouts = [payout("TX20260001", october(1), 10000), payout("TX20260002", october(8), 10000, shop)]
    lines = [line(f"B{day}", october(day), 10000) for day in (1, 8)]

    outcome = run(payouts, [*lines, line("B9", october(9), -10000, memo="退汇")])

    assert [("bank.payout_returned", "-100.00", None)] == said(outcome)
    (found,) = outcome.discrepancies
    assert found.keys.get("payout_id") == ("TX20260002" if shop == SHOPS[0] else None)
    assert sum(event.amount.amount for event in outcome.events) == Decimal("100.00")
    assert outcome.proof.holds


def test_what_goes_out_in_the_amount_of_no_receipt_is_no_receipt_that_went_back():
    paid, came = payout("TX20260001", october(1), 10000), line("B1", october(1), 10000)

    for back in (
        line("B9", october(9), -20000, memo="退汇"),
        line("B9", october(9), -10000, who="某供应商", memo="货款"),
    ):
        assert [] == said(run([paid], [came, back]))


def test_a_line_too_many_does_not_shift_the_lines_after_it():
    payouts = [payout("TX20260001", october(5), 10000), payout("TX20260002", october(8), 10000)]
    lines = [line(ref, october(day), 10000) for ref, day in (("B1", 5), ("B2", 5), ("B3", 12))]

    for bank in (lines, lines[::-1]):
        outcome = run(payouts, bank)
        assert [("bank.duplicate_receipt", "100.00", None)] == said(outcome)
        assert outcome.proof.holds
