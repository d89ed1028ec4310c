"""Refunds that `AfterSales` hands on: which lines of a sale they take back, and how much was taken back before (`domain.md` 7.2)."""

import datetime as dt
import random
from collections import defaultdict
from decimal import Decimal
from operator import attrgetter

import attrs
import pytest
from _suite import at_once_and_day_by_day, last_events
from after_sales_world import Books, at, case, day_of, movement, order, refund, yuan
from after_sales_world import line as line_of
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.model import Discount, OrderLine, ReturnLine
from tieout.reconciliations import AfterSales

AS_OF = dt.date(2026, 10, 31)


def run(settings=None, **sides):
    outcome = (settings or AfterSales(as_of=AS_OF)).run(**{"refunds": [], **sides})
    assert [] == list(outcome.proof.failures)
    return outcome


def line(name, minor, **fields):
    return OrderLine(
        platform_sub_order_id=name, sku=f"sku {name}", quantity=Decimal(1), unit_price=yuan(minor), **fields
    )


def gs2(**fields):
    """GS-1 of `domain.md` 7.4, as it is sold before it is taken back."""
    discounts = (
        Discount(kind="shop_coupon", funder="merchant", amount=yuan(1000)),
        Discount(kind="platform_coupon", funder="platform", amount=yuan(2000), settled_to_merchant=True),
    )
    rate = Decimal("0.13")
    return order("A", 17000, lines=(line("A-1", 20000, tax_rate=rate),), discounts=discounts, **fields)


def three(number="A", **fields):
    """An order of three lines, 100.00, 60.00 and 40.00."""
    return order(number, 20000, lines=(line("a", 10000), line("b", 6000), line("c", 4000)), **fields)


def parts(outcome, kind="aftersale.refund"):
    """Events as refund, line, amount, original and what was taken before."""

    def text(money):
        return money and str(money.amount)

    return [
        (one.details["refund_id"], one.details.get("line"), *map(text, (one.amount, one.original, one.taken_before)))
        for one in outcome.events
        if one.kind == kind
    ]


def test_a_refund_of_gs_1_takes_its_line_back_with_what_the_platform_funded():
    outcome = run(refunds=[refund("R", "A", 17000, platform_subsidy_clawback=yuan(2000))], orders=[gs2()])
    assert [("R", "A-1", "190.00", "190.00", None)] == parts(outcome)
    (event,) = outcome.events
    assert (yuan(2000), Decimal("0.13"), "platform") == (event.subsidy, event.tax_rate, event.details["receivable"])
    assert ["true", "true", "true"] == [event.details[moment] for moment in ("shipped", "signed", "completed")]


def test_a_second_refund_knows_what_the_first_one_took():
    refunds = [refund("S", "A", 13000, day=8), refund("R", "A", 6000, day=6)]
    expected = [("R", "A-1", "60.00", "190.00", None), ("S", "A-1", "130.00", "190.00", "60.00")]
    assert expected == parts(run(refunds=refunds, orders=[gs2()]))


def test_the_second_refund_knows_the_first_one_in_a_later_run_too():
    first = run(AfterSales(as_of=day_of(7)), refunds=[refund("R", "A", 6000)], orders=[gs2()])
    second = run(refunds=[refund("S", "A", 13000, day=8)], opening=first.carry_forward)
    assert [("R", "A-1", "60.00", "190.00", None)] == parts(first)
    assert ("S", "A-1", "130.00", "190.00", "60.00") in parts(second)
    assert {event.event_id for event in first.events} < {event.event_id for event in second.events}
    assert [] == list(run(opening=second.carry_forward).events)


def test_a_refund_takes_back_what_it_or_its_case_names_and_else_all_by_what_is_left():
    named = refund("R", "A", 5000, platform_sub_order_id="b")
    assert [("R", "b", "50.00", "60.00", None)] == parts(run(refunds=[named], orders=[three()]))

    asked = tuple(ReturnLine(sku=f"sku {name}", quantity_requested=Decimal(1)) for name in "bc")
    by_case = {"refunds": [refund("R", "A", 5000, return_id="C")], "returns": [case("C", "A", lines=asked)]}
    expected = [("R", "b", "30.00", "60.00", None), ("R", "c", "20.00", "40.00", None)]
    assert expected == parts(run(**by_case, orders=[three()]))

    refunds = [refund("R", "A", 10000, platform_sub_order_id="a"), refund("S", "A", 1001, day=7)]
    expected = [("S", "b", "6.01", "60.00", None), ("S", "c", "4.00", "40.00", None)]
    assert expected == parts(run(refunds=refunds, orders=[three()]))[1:]


def test_what_a_named_line_has_not_left_is_taken_from_the_others_and_the_rest_from_none():
    named = refund("R", "A", 21000, platform_sub_order_id="b")
    expected = [
        ("R", None, "10.00", None, None),
        ("R", "a", "100.00", "100.00", None),
        ("R", "b", "60.00", "60.00", None),
        ("R", "c", "40.00", "40.00", None),
    ]
    assert expected == sorted(parts(run(refunds=[named], orders=[three()])), key=lambda part: part[1] or "")


def test_a_refund_of_an_order_that_is_not_there_takes_back_nothing_that_is_known():
    outcome = run(refunds=[refund("R", "A", 5000)])
    assert [("R", None, "50.00", None, None)] == parts(outcome)
    assert {"order", "refund_id"} == set(outcome.events[0].details)


def test_an_order_that_comes_later_changes_the_event_and_adds_what_it_did_not_know():
    first = run(AfterSales(as_of=day_of(7)), refunds=[refund("R", "A", 16000)])
    second = run(orders=[three()], opening=first.carry_forward)
    assert ["80.00", "48.00", "32.00"] == [amount for _, _, amount, *_ in parts(second)]
    last = {event.event_id: event for event in (*first.events, *second.events)}
    assert yuan(16000) == sum((event.amount for event in last.values()), yuan(0))


def test_tax_that_an_order_adds_comes_back_as_it_was_added():
    sold = order("A", 11700, lines=(line("a", 10000),), tax_included=False, added_tax=yuan(1700))
    refunds = [refund("R", "A", 3900), refund("S", "A", 7800, day=8)]
    outcome = run(refunds=refunds, orders=[sold])
    assert [yuan(567), yuan(1133)] == [event.tax for event in outcome.events]


def test_a_compensation_takes_no_sale_back_however_and_whenever_the_platform_settles_it():
    refunds, cases = [refund("R", "A", 1000, return_id="C")], [case("C", "A", "compensation")]
    sides = {"refunds": refunds, "returns": cases, "orders": [gs2()]}
    paid = line_of("L", "A", -1000, refund_id="R")
    on_top = attrs.evolve(paid, type="buyer_compensation")
    for lines in ([], [paid], [on_top]):
        outcome = run(**sides, lines=lines)
        assert [] == parts(outcome)
        assert [("R", None, "10.00", None, None)] == parts(outcome, "aftersale.compensation")

    first = run(AfterSales(as_of=day_of(7), period="2026-10"), **sides)
    later = run(AfterSales(as_of=AS_OF, period="2026-11"), lines=[paid], opening=first.carry_forward)
    assert [1, 0] == [len(first.events), len(later.events)]


def test_goods_that_had_not_left_say_so():
    waits = gs2(shipped=False, status="paid")
    (event,) = run(refunds=[refund("R", "A", 17000)], orders=[waits]).events
    assert ["false"] * 3 == [event.details[moment] for moment in ("shipped", "signed", "completed")]
    stopped = case("C", "A", stage="before_shipment")
    (event,) = run(refunds=[refund("R", "A", 17000, return_id="C")], returns=[stopped], orders=[gs2()]).events
    assert "false" == event.details["shipped"]


def test_a_refund_before_a_sale_is_signed_is_handed_on_again_when_it_is():
    outcome = run(refunds=[refund("R", "A", 1000, day=3)], orders=[gs2(completed_at=at(day_of(14)))])
    told = [
        (event.kind, event.occurred_on.day, event.details["shipped"], event.details["signed"])
        for event in outcome.events
    ]
    expected = [
        ("aftersale.refund", 3, "true", "false"),
        ("aftersale.refund_completed", 14, "true", "true"),
        ("aftersale.refund_signed", 4, "true", "true"),
    ]
    assert expected == told
    october = run(AfterSales(period="2026-10-01/2026-10-03"), refunds=[refund("R", "A", 1000, day=3)], orders=[gs2()])
    assert ["aftersale.refund"] == [event.kind for event in october.events]
    later = run(AfterSales(period="2026-10-04"), opening=october.carry_forward)
    assert {"aftersale.refund_signed", "aftersale.refund_completed"} == {event.kind for event in later.events}


def test_what_was_agreed_and_is_not_paid_at_the_end_of_the_period_is_owed():
    agreed = refund(
        "R", "A", 17000, status="approved", amount_approved=yuan(17000), platform_subsidy_clawback=yuan(2000)
    )
    paid_later = refund("S", "B", 5000, day=30, succeeded_at=at(dt.date(2026, 11, 2)))
    asked = refund("T", "B", 100, status="requested")
    sides = {"refunds": [agreed, paid_later, asked], "orders": [gs2(), order("B", 5000)]}
    october = run(AfterSales(period="2026-10"), **sides)
    expected = [("R", "A-1", "190.00", "190.00", None), ("S", "B-1", "50.00", "50.00", None)]
    assert expected == parts(october, "aftersale.refund_approved") == parts(october, "aftersale.refund_owed")
    assert {AS_OF} == {event.occurred_on for event in october.events}

    november = run(AfterSales(period="2026-11"), opening=october.carry_forward)
    assert [("S", "B-1", "50.00", "50.00", None)] == parts(november)
    assert [("R", "A-1", "190.00", "190.00", None)] == parts(november, "aftersale.refund_owed")
    assert not {event.event_id for event in october.events} & {event.event_id for event in november.events}
    assert [] == parts(run(**sides), "aftersale.refund_owed")


class TestMonths:
    """Refunds of which the downloads of a later month say more, or something else."""

    def follow(self, outcome, first, **sides):
        opening = attrs.evolve(outcome.carry_forward, opens_on=first)
        return run(AfterSales(period=f"{first:%Y-%m}"), **sides, opening=opening)

    def test_one_that_was_paid_before_the_month_and_is_said_in_it_is_posted_then(self):
        asked = refund("R", "A", 17000, day=30, status="approved", amount_approved=yuan(17000))
        october = run(AfterSales(period="2026-10"), refunds=[asked], orders=[gs2()])
        assert [] == parts(october)
        paid = refund("R", "A", 17000, day=30, succeeded_at=at(AS_OF))
        november = self.follow(october, dt.date(2026, 11, 1), refunds=[paid], orders=[gs2()])
        assert [("R", "A-1", "170.00", "190.00", None)] == parts(november)
        assert [AS_OF] == [event.occurred_on for event in november.events]
        december = self.follow(november, dt.date(2026, 12, 1), refunds=[paid], orders=[gs2()])
        assert [] == list(december.events)

    @pytest.mark.parametrize("day", [5, 33])
    def test_one_that_was_posted_is_not_posted_again_with_another_day(self, day):
        october = run(AfterSales(period="2026-10"), refunds=[refund("R", "A", 17000, day=30)])
        assert 1 == len(parts(october))
        moved = refund("R", "A", 17000, day=30, succeeded_at=at(day_of(day)))
        sides = {"refunds": [moved], "returns": [case("C", "A", "compensation")], "orders": [gs2()]}
        assert [] == list(self.follow(october, dt.date(2026, 11, 1), **sides).events)

    def test_one_without_a_day_is_posted_once(self):
        undated = refund("R", "A", 17000, applied_at=None, approved_at=None, succeeded_at=None)
        october = run(AfterSales(period="2026-10"), refunds=[undated], orders=[gs2()])
        assert [AS_OF] == [event.occurred_on for event in october.events]
        assert [] == list(self.follow(october, dt.date(2026, 11, 1), refunds=[undated]).events)

    def test_a_movement_without_a_warehouse_is_one_however_often_it_is_read(self):
        back = attrs.evolve(movement("M", "A"), warehouse=None)
        sides = {"refunds": [refund("R", "A", 17000)], "returns": [case("C", "A", "return_refund")], "orders": [gs2()]}
        october = run(AfterSales(period="2026-10"), **sides, movements=[back])
        again = attrs.evolve(back, batch="of another download")
        november = self.follow(october, dt.date(2026, 11, 1), refunds=[], movements=[again])
        assert 1 == november.records["movements"].height

    def test_a_moment_of_its_sale_that_is_said_late_takes_it_back_then(self):
        waits = gs2(shipped_at=at(day_of(2)), signed_at=None, status="shipped")
        october = run(AfterSales(period="2026-10"), refunds=[refund("R", "A", 17000, day=30)], orders=[waits])
        assert ["aftersale.refund"] == [event.kind for event in october.events]
        signed = attrs.evolve(waits, signed_at=at(AS_OF))
        november = self.follow(october, dt.date(2026, 11, 1), refunds=[], orders=[signed])
        assert [("aftersale.refund_signed", AS_OF)] == [(event.kind, event.occurred_on) for event in november.events]

    @pytest.mark.parametrize(
        "seen", [{"signed_at": None, "status": "shipped"}, {"shipped_at": None, "signed_at": None, "status": "paid"}]
    )
    def test_a_moment_before_it_that_is_said_late_takes_it_back_on_its_own_day_and_once(self, seen):
        sold = gs2(shipped_at=at(day_of(2)), signed_at=at(day_of(29)))
        sides = {"refunds": [refund("R", "A", 17000, day=30)], "returns": [case("C", "A", day=28)]}
        october = run(AfterSales(period="2026-10"), **sides, orders=[attrs.evolve(sold, **seen)])
        assert ["false"] == [event.details["signed"] for event in october.events]
        november = self.follow(october, dt.date(2026, 11, 1), refunds=[], orders=[sold])
        told = [(event.kind, event.occurred_on, event.amount) for event in november.events]
        assert ("aftersale.refund_signed", day_of(30), yuan(17000)) in told
        december = self.follow(november, dt.date(2026, 12, 1), refunds=[], orders=[attrs.evolve(sold, buyer_ref="7")])
        assert [] == list(december.events)

    def test_one_that_was_taken_back_for_want_of_its_order_is_not_taken_back_again(self):
        october = run(AfterSales(period="2026-10"), refunds=[refund("R", "A", 17000, day=30)])
        assert 1 == len(parts(october))
        for signed in (day_of(29), dt.date(2026, 11, 3)):
            sold = gs2(shipped_at=at(day_of(2)), signed_at=at(signed))
            assert [] == list(self.follow(october, dt.date(2026, 11, 1), refunds=[], orders=[sold]).events)


@pytest.mark.parametrize("seed", range(25))
def test_a_day_at_a_time_ends_with_the_findings_open_items_and_events_of_all_at_once(seed):
    books = Books(random.Random(seed))
    for story in books.dice.choices(books.STORIES, k=6):
        story(books)
    whole, outcomes = at_once_and_day_by_day(books.world())
    said = attrgetter("occurred_on", "amount", "original", "taken_before")
    assert last_events(whole, said=said) == last_events(*outcomes, said=said)


given_back_of_an_order = st.lists(
    st.tuples(st.integers(1, 12000), st.integers(1, 9), st.sampled_from([None, "a", "b", "z"])), max_size=6
)


@settings(max_examples=20)  # of eight orders each: one order a run took half a minute for a hundred of them
@given(st.lists(given_back_of_an_order, min_size=8, max_size=8))
def test_refunds_sum_to_their_parts_and_take_no_more_than_a_line_brought(orders_given_back):
    given_back = {
        (f"A{number}", f"A{number}-R{place}"): refunded
        for number, of_order in enumerate(orders_given_back)
        for place, refunded in enumerate(of_order)
    }
    refunds = [
        refund(name, of, minor, day=day, platform_sub_order_id=sub)
        for (of, name), (minor, day, sub) in given_back.items()
    ]
    orders = [three(number=f"A{number}") for number in range(len(orders_given_back))]
    by_refund, by_line = defaultdict(int), defaultdict(int)
    for event in run(refunds=refunds, orders=orders).events:
        if event.kind == "aftersale.refund":
            minor = int(event.amount.amount * 100)
            by_refund[event.details["refund_id"]] += minor
            if event.original is not None:
                of, _, _ = event.details["refund_id"].partition("-")
                by_line[of, event.details["line"], event.original] += minor
    assert {name: minor for (_, name), (minor, _, _) in given_back.items()} == by_refund
    assert all(taken <= original.amount * 100 for (_, _, original), taken in by_line.items())
