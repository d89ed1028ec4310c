"""Events of settlements: whatever is given when, the last version of each sums to the lines (`domain.md` 7.4: V-04, V-24)."""

import datetime as dt
import random
from decimal import Decimal
from operator import attrgetter

import attrs
import pytest
from _suite import at_once_and_day_by_day, last_events
from settlement_world import AS_OF, DAY, SHOPS, at, line, order, refund, yuan
from test_settlement import TestSettlement as Suite

from tieout.model import Provenance
from tieout.reconciliations import FeeContract, Period, Settlement

FIRST = dt.date(2026, 10, 5)


def run(settings=None, **sides):
    outcome = (settings or Settlement(as_of=AS_OF)).run(**{"orders": [], "lines": [], **sides})
    assert [] == list(outcome.proof.failures)
    return outcome


def month():
    """Lines of two settlements, one of which goes on for days, and of a shop that settles line by line."""
    lines = [line(f"a{place}", "sale", 1000 + place, FIRST + place * DAY, settlement_id="S1") for place in range(4)]
    lines += [line(f"b{place}", "commission", -50, FIRST + place * DAY, settlement_id="S1") for place in range(4)]
    lines += [line(f"c{place}", "sale", 70, FIRST + DAY, settlement_id="S2") for place in range(2)]
    return lines + [line(f"d{place}", "ad_fee", -7, FIRST + place * DAY, shop=SHOPS[1]) for place in range(4)]


def by_day(lines):
    days = sorted({one.posted_at.date() for one in lines})
    return [(day, [one for one in lines if one.posted_at.date() == day]) for day in days]


def posted(*outcomes):
    """What is posted in the end: the last version of each event."""
    return last_events(*outcomes, said=attrgetter("kind", "occurred_on", "document", "amount"))


def total(events):
    return sum((amount for *_, amount in events.values()), yuan(0))


def in_turn(batches, **settings):
    opening, outcomes = None, []
    for day, lines in batches:
        leaf = Settlement(**({"as_of": day} | {name: make(day) for name, make in settings.items()}))
        outcomes.append(run(leaf, lines=lines, opening=opening))
        opening = outcomes[-1].carry_forward
    return outcomes


def test_a_month_a_day_at_a_time_ends_with_the_events_of_all_at_once():
    whole = posted(run(Settlement(period="2026-10"), lines=month()))
    assert whole == posted(run(lines=month()))
    assert whole == posted(*in_turn(by_day(month())))
    assert whole == posted(*in_turn(by_day(month()), period=str))
    assert yuan(sum(1000 + place for place in range(4)) - 200 + 140 - 28) == total(whole)


@pytest.mark.parametrize("with_period", [False, True])
@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_line_that_comes_late_changes_the_event_of_its_settlement(place, with_period):
    late = [
        line("late 1", "commission", -9, FIRST, settlement_id="S1"),
        line("late 2", "penalty", -8, FIRST + DAY, settlement_id="S2"),
        line("late 3", "sale", 5, FIRST, shop=SHOPS[1]),
    ]
    last = line("late 4", "sale", 3, FIRST, shop=SHOPS[1])
    batches = by_day(month())
    batches[place][1].extend(late)
    batches[-1][1].append(last)
    settings = {"period": str} if with_period else {}
    assert posted(run(lines=[*month(), *late, last])) == posted(*in_turn(batches, **settings))


def test_a_late_line_of_a_day_that_was_posted_changes_that_day_alone():
    first = run(lines=month())
    late = line("late", "ad_fee", -9, FIRST, shop=SHOPS[1])
    second = run(lines=[late], opening=first.carry_forward)
    (event,) = second.events
    assert (FIRST, yuan(-16)) == (event.occurred_on, event.amount)
    assert total(posted(first)) + yuan(-9) == total(posted(first, second))


WEEKS = [
    Settlement(period=Period(dt.date(2026, 10, first), dt.date(2026, 10, last))) for first, last in ((1, 7), (8, 14))
]


def of_the_week_before(outcome):
    return attrs.evolve(outcome.carry_forward, opens_on=dt.date(2026, 10, 8))


@pytest.mark.parametrize("settlement", [None, "S1"])
def test_a_line_that_is_corrected_within_the_month_is_posted_as_it_is_now(settlement):
    wrong, other = (line(name, "penalty", -100, FIRST, settlement_id=settlement) for name in ("wrong", "other"))
    right = attrs.evolve(wrong, amount=yuan(-90))
    first = run(WEEKS[0], lines=[wrong, other])
    second = run(WEEKS[1], lines=[right, other], opening=of_the_week_before(first))
    said = attrs.evolve(right, description="0731")
    third = run(WEEKS[1], lines=[said, other], opening=of_the_week_before(second))
    assert posted(run(lines=[right, other])) == posted(first, second)
    assert [1, 1, 0] == [len(outcome.events) for outcome in (first, second, third)]


def test_a_refund_that_succeeded_after_all_takes_the_place_of_the_cost_within_the_month():
    orders, lines = sold()
    lines = [*lines, paid_on_top(day=FIRST + DAY)]
    agreed = refund("R", "A", None, 800, status="approved", approved_at=at(FIRST))
    first = run(WEEKS[0], orders=orders, lines=lines, refunds=[agreed])
    paid = refund("R", "A", FIRST + DAY, 800, approved_at=at(FIRST))
    second = run(WEEKS[1], refunds=[paid], lines=[], opening=of_the_week_before(first))
    assert "-8.00" == kinds_of(first)["settlement.compensation"]
    assert {"settlement.sale": "200.00", "settlement.refund": "-8.00"} == kinds_of(first, second)


@pytest.mark.parametrize("period", [None, "2026-10"])
def test_the_same_file_again_is_nothing_new(period):
    first = run(Settlement(as_of=AS_OF, period=period), lines=month())
    second = run(Settlement(as_of=AS_OF, period=period), lines=month(), opening=first.carry_forward)
    assert posted(first) == posted(second)


def test_the_same_file_again_is_nothing_new_though_its_lines_have_no_numbers():
    lines = [
        attrs.evolve(one, line_id=None, provenance=Provenance(file="bill.csv", sha256="ab" * 32, line=place))
        for place, one in enumerate(month(), start=2)
    ]
    first = run(lines=lines)
    assert posted(first) == posted(run(lines=lines, opening=first.carry_forward))


def test_a_line_that_takes_all_back_leaves_an_event_of_nothing():
    first = run(lines=[line("a", "penalty", -100, FIRST, settlement_id="S1")])
    second = run(lines=[line("b", "penalty", 100, FIRST, settlement_id="S1")], opening=first.carry_forward)
    assert [yuan(0)] == [event.amount for event in second.events]
    assert yuan(0) == total(posted(first, second))


def test_lines_of_a_settlement_are_remembered_together():
    days = (dt.date(2026, 10, 1), dt.date(2026, 10, 31))
    lines = [line(str(day), "ad_fee", -100, day, settlement_id="S1") for day in days]
    first = run(Settlement(as_of=dt.date(2027, 1, 20)), lines=lines)
    assert 2 == len(first.carry_forward.sides["lines"])
    assert [] == list(
        run(Settlement(as_of=dt.date(2027, 2, 20)), opening=first.carry_forward).carry_forward.sides["lines"]
    )


@pytest.mark.parametrize("seed", range(25))
def test_books_a_file_at_a_time_end_with_the_findings_open_items_and_events_of_all_at_once(seed):
    whole, outcomes = at_once_and_day_by_day(Suite().world(random.Random(seed)))
    assert total(posted(whole)) == total(posted(*outcomes))


def test_an_event_says_its_tax_where_every_line_of_it_does():
    lines = [
        line("a", "commission", -106, FIRST, settlement_id="S1", tax=yuan(-6)),
        line("b", "commission", -53, FIRST, settlement_id="S1", tax=yuan(-3)),
        line("c", "ad_fee", -106, FIRST, settlement_id="S1", tax=yuan(-6)),
        line("d", "ad_fee", -106, FIRST, settlement_id="S1"),
    ]
    taxes = {event.details["line_type"]: event.tax for event in run(lines=lines).events}
    assert {"commission": yuan(-9), "ad_fee": None} == taxes


class TestUnsettledFees:
    """V-24: what the platform will charge for what left by the end of the period and is not settled."""

    FEES = (
        FeeContract(
            platform="tmall", line_type="commission", rate=Decimal("0.05"), invoice="special", tax_rate=Decimal("0.06")
        ),
        FeeContract(platform="tmall", line_type="payment_fee", rate=Decimal("0.006"), amount=Decimal("0.10")),
    )

    def accrued(self, *orders, period="2026-10", **sides):
        outcome = run(Settlement(period=period, fees=self.FEES), orders=list(orders), **sides)
        return {
            event.details["line_type"]: str(event.amount.amount)
            for event in outcome.events
            if event.kind == "settlement.unsettled_fee"
        }

    def gs1(self, number="1", day=FIRST, **fields):
        return order(number, None, 17000, funded=2000, status="shipped", paid_at=at(day), shipped_at=at(day), **fields)

    def test_gs_1_costs_its_commission_and_its_payment_fee(self):
        assert {"commission": "9.50", "payment_fee": "1.24"} == self.accrued(self.gs1())
        outcome = run(Settlement(period="2026-10", fees=self.FEES), orders=[self.gs1(), self.gs1("2")])
        commission, _ = sorted(outcome.events, key=lambda event: event.details["line_type"])
        assert (yuan(1900), AS_OF, "tmall shop 1 2026-10-31", "tmall", "special", Decimal("0.06")) == (
            commission.amount,
            commission.occurred_on,
            commission.document,
            commission.party,
            commission.details["invoice"],
            commission.tax_rate,
        )

    def test_what_is_settled_refunded_or_still_there_costs_nothing(self):
        sale = line("a", "sale", 17000, FIRST, of="1")
        assert {} == self.accrued(self.gs1(), lines=[sale])
        assert {} == self.accrued(self.gs1(shop=SHOPS[2]))
        assert {} == self.accrued(order("1", None, 17000, status="paid", paid_at=at(FIRST)))
        assert {} == self.accrued(self.gs1(day=AS_OF + DAY))
        assert {} == self.accrued(self.gs1(), refunds=[refund("R", "1", FIRST, 17000)])

    def test_what_is_settled_after_the_period_is_not_settled_yet_and_a_fee_that_was_charged_is(self):
        sale = line("a", "sale", 17000, AS_OF + DAY, of="1")
        assert {"commission", "payment_fee"} == set(self.accrued(self.gs1(), lines=[sale]))
        charged = line("b", "payment_fee", -124, FIRST, of="1")
        assert {"commission": "9.50"} == self.accrued(self.gs1(), lines=[charged])

    def test_a_part_that_was_refunded_costs_no_fee(self):
        half = refund("R", "1", FIRST, 8500, platform_subsidy_clawback=yuan(1000))
        assert {"commission": "4.75", "payment_fee": "0.62"} == self.accrued(self.gs1(), refunds=[half])

    def test_nothing_is_accrued_without_a_period(self):
        assert [] == list(run(Settlement(as_of=AS_OF, fees=self.FEES), orders=[self.gs1()]).events)


# Compensations


def sold(number="A", day=FIRST):
    return [order(number, day, 20_000)], [line(f"s{number}", "sale", 20_000, day, of=number, settlement_id="S1")]


def paid_on_top(minor=-800, day=FIRST + DAY, **fields):
    return line("extra", "buyer_compensation", minor, day, of="A", settlement_id="S1", **fields)


def kinds_of(*outcomes):
    """Amounts that are posted in the end, by kind, without those of nothing."""
    return {kind: str(amount.amount) for kind, *_, amount in posted(*outcomes).values() if amount.amount}


@pytest.mark.parametrize("named", [{}, {"refund_id": "R"}])
def test_a_compensation_that_pays_a_known_refund_settles_it_as_a_line_of_a_refund_does(named):
    orders, lines = sold()
    refunds = [refund("R", "A", FIRST, 800)]
    as_refund = line("extra", "sale_refund", -800, FIRST + DAY, of="A", settlement_id="S1")
    one, other = (
        run(orders=orders, lines=[*lines, extra], refunds=refunds) for extra in (paid_on_top(**named), as_refund)
    )
    assert kinds_of(one) == kinds_of(other) == {"settlement.sale": "200.00", "settlement.refund": "-8.00"}
    assert [] == list(one.discrepancies) == list(other.discrepancies)
    assert [0] == one.lines["open_minor"].to_list() == other.lines["open_minor"].to_list()


@pytest.mark.parametrize(
    "refunds",
    [
        None,
        [],
        [refund("R", "B", FIRST, 800)],
        [refund("R", "A", FIRST, 900)],
        [refund("R", "A", FIRST, 800, status="approved")],
    ],
    ids=["no refunds are given", "none", "another order's", "another amount", "not paid"],
)
def test_a_compensation_that_only_the_settlement_knows_is_a_cost(refunds):
    orders, lines = sold()
    outcome = run(orders=orders, lines=[*lines, paid_on_top()], refunds=refunds)
    assert {"settlement.sale": "200.00", "settlement.compensation": "-8.00"} == kinds_of(outcome)


def test_a_refund_that_a_line_of_its_own_takes_pays_for_no_compensation_beside_it():
    orders, lines = sold()
    taken = line("back", "sale_refund", -800, FIRST + DAY, of="A", settlement_id="S1")
    outcome = run(orders=orders, lines=[*lines, taken, paid_on_top()], refunds=[refund("R", "A", FIRST, 800)])
    assert "-8.00" == kinds_of(outcome)["settlement.compensation"] == kinds_of(outcome)["settlement.refund"]
    assert [] == list(outcome.discrepancies)


def test_two_compensations_and_one_refund_are_one_settled_and_one_cost():
    orders, lines = sold()
    again = attrs.evolve(paid_on_top(), line_id="again")
    outcome = run(orders=orders, lines=[*lines, paid_on_top(), again], refunds=[refund("R", "A", FIRST, 800)])
    assert "-8.00" == kinds_of(outcome)["settlement.compensation"] == kinds_of(outcome)["settlement.refund"]


def test_a_compensation_takes_no_funding_back():
    orders = [order("A", FIRST, 18_000, funded=2_000)]
    lines = [
        line("sale", "sale", 18_000, FIRST, of="A", settlement_id="S1"),
        line("coupon", "platform_subsidy", 2_000, FIRST, of="A", settlement_id="S1"),
        paid_on_top(),
    ]
    outcome = run(orders=orders, lines=lines, refunds=[refund("R", "A", FIRST, 800)])
    assert [] == list(outcome.discrepancies)
    assert [0] == outcome.lines["open_minor"].to_list()


@pytest.mark.parametrize("with_period", [False, True])
def test_a_compensation_that_is_settled_a_month_after_its_refund_clears_what_is_owed(with_period):
    october, november = dt.date(2026, 10, 31), dt.date(2026, 11, 30)
    settings = [
        Settlement(as_of=last, period=str(last)[:7] if with_period else None, memory_days=60)
        for last in (october, november)
    ]
    orders, lines = sold()
    first = run(settings[0], orders=orders, lines=lines, refunds=[refund("R", "A", october, 800)])
    extra = attrs.evolve(paid_on_top(day=dt.date(2026, 11, 3)), settlement_id="S2")
    second = run(settings[1], lines=[extra], refunds=[], opening=first.carry_forward)
    assert {"settlement.sale": "200.00"} == kinds_of(first)
    assert {"settlement.refund": "-8.00"} == kinds_of(second)


def test_a_refund_that_becomes_known_later_takes_the_place_of_the_cost():
    orders, lines = sold()
    first = run(orders=orders, lines=[*lines, paid_on_top()], refunds=[])
    second = run(refunds=[refund("R", "A", FIRST, 800)], opening=first.carry_forward)
    assert "-8.00" == kinds_of(first)["settlement.compensation"]
    assert {"settlement.sale": "200.00", "settlement.refund": "-8.00"} == kinds_of(first, second)
