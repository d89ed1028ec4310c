"""Cost of what was signed and completed, which `Outbound` hands on beside what left (`domain.md` 7.4: V-02a, V-02b)."""

import datetime as dt
import random
from operator import attrgetter

import attrs
import pytest
from _suite import day_by_day, last_events
from goods_world import article, at, held, order, parcel
from test_outbound import TestOutbound as Suite
from test_outbound import move

from tieout.reconciliations import Outbound


def run(orders, movements, shipments=None, opening=None, **settings):
    leaf = Outbound(**({"as_of": dt.date(2026, 1, 31)} | settings))
    outcome = leaf.run(orders=orders, movements=movements, shipments=shipments, opening=opening)
    assert [] == list(outcome.proof.failures)
    return outcome


def told(outcome):
    return [
        (event.kind.removeprefix("stock.sale_"), event.document, event.details["warehouse"], str(event.amount.amount))
        for event in outcome.events
    ]


def test_the_cost_of_gs_1_is_handed_on_when_it_left_was_signed_and_completed():
    sold = order("1", 2, article(), status="completed", signed_at=at(6), completed_at=at(16))
    expected = [
        ("completed", "taobao shop 1 2026-01-16", "Hangzhou", "80.00"),
        ("out", "taobao shop 1 2026-01-03", "Hangzhou", "80.00"),
        ("signed", "taobao shop 1 2026-01-06", "Hangzhou", "80.00"),
    ]
    assert expected == told(run([sold], [move("M1", 3, "1")]))


def test_a_day_has_the_cost_of_all_that_was_signed_on_it():
    orders = [order(number, day, article(), status="signed", signed_at=at(6)) for number, day in (("1", 2), ("2", 3))]
    outcome = run(orders, [move("M1", 3, "1"), move("M2", 4, "2")])
    assert ("signed", "taobao shop 1 2026-01-06", "Hangzhou", "160.00") in told(outcome)


def test_what_was_booked_after_it_was_signed_is_turned_when_it_was_booked():
    sold = order("1", 2, article(), status="signed", signed_at=at(6))
    assert {"taobao shop 1 2026-01-09"} == {day for _, day, *_ in told(run([sold], [move("M1", 9, "1")]))}


def test_what_came_back_unsigned_and_what_was_sent_again_is_no_cost_of_a_sale():
    rejected = order("1", 2, article(), status="rejected", shipped_at=at(3))
    back = parcel("T1", 3, held("1"), status="returned")
    assert {"out"} == {kind for kind, *_ in told(run([rejected], [move("M1", 3, "1")], [back]))}
    again = move("M1", 3, "2", type="reship_out")
    signed = order("2", 2, article(), status="signed", signed_at=at(6))
    assert {"stock.reship_out"} == {event.kind for event in run([signed], [again]).events}


class TestMonths:
    """What left in one month and was signed for in the next."""

    SOLD = order("1", 30, article(), shipped_at=at(31), status="shipped")
    SENT = parcel("T1", 31, held("1"))
    SIGNED = at(31) + dt.timedelta(days=3)
    EXPECTED = (("signed", "taobao shop 1 2026-02-03", "Hangzhou", "80.00"),)

    def january(self, **settings):
        return run([self.SOLD], [move("M1", 31, "1")], [self.SENT], **settings)

    @pytest.mark.parametrize("settings", [{"period": "2026-02"}, {"as_of": dt.date(2026, 2, 28)}])
    def test_the_month_of_each_day_posts_it(self, settings):
        first = self.january(**({"period": "2026-01"} if "period" in settings else {}))
        assert ["stock.sale_out"] == [event.kind for event in first.events]
        later = attrs.evolve(self.SOLD, status="signed", signed_at=self.SIGNED)
        assert self.EXPECTED == tuple(told(run([later], [], [], first.carry_forward, **settings)))[-1:]

    def test_what_was_signed_for_before_the_month_and_is_said_in_it_is_posted_then_and_once(self):
        sold = attrs.evolve(self.SOLD, paid_at=at(28), shipped_at=at(28))
        first = run([sold], [move("M1", 28, "1"), move("M2", 28, "2")], period="2026-01")
        opening = attrs.evolve(first.carry_forward, opens_on=dt.date(2026, 2, 1))
        told_late = attrs.evolve(sold, status="signed", signed_at=at(31))
        second = run([told_late], [], opening=opening, period="2026-02")
        expected = [("signed", "taobao shop 1 2026-01-31 in 2026-02-01/2026-02-28", "Hangzhou", "80.00")]
        assert expected == told(second)
        assert {dt.date(2026, 1, 31)} == {event.occurred_on for event in second.events}
        for said in (told_late, attrs.evolve(told_late, signed_at=at(31) + dt.timedelta(days=40))):
            later = attrs.evolve(second.carry_forward, opens_on=dt.date(2026, 3, 1))
            assert [] == told(run([said], [move("M1", 28, "1")], opening=later, period="2026-03"))

    @pytest.mark.parametrize("left", [at(31) + dt.timedelta(days=2), at(29)])
    def test_what_left_is_not_posted_again_where_a_later_download_says_another_day(self, left):
        opening = attrs.evolve(self.january(period="2026-01").carry_forward, opens_on=dt.date(2026, 2, 1))
        moved = attrs.evolve(move("M1", 31, "1"), occurred_at=left)
        assert [] == told(run([self.SOLD], [moved], [self.SENT], opening, period="2026-02"))

    @pytest.mark.parametrize("lacks", [{"unit_cost": None}, {"occurred_at": None}])
    def test_what_left_is_posted_once_where_a_later_download_says_its_cost_or_its_day(self, lacks):
        sold = attrs.evolve(self.SOLD, lines=(article(cost=None),), status="signed", signed_at=at(31))
        whole = attrs.evolve(move("M1", 31, "1"), unit_cost=article().unit_cost)
        first = run([sold], [attrs.evolve(whole, **lacks)], [], period="2026-01")
        assert [] == told(first)
        opening = attrs.evolve(first.carry_forward, opens_on=dt.date(2026, 2, 1))
        second = run([sold], [whole], [], opening, period="2026-02")
        late = "taobao shop 1 2026-01-31 in 2026-02-01/2026-02-28"
        assert [(kind, late, "Hangzhou", "80.00") for kind in ("out", "signed")] == told(second)
        later = attrs.evolve(second.carry_forward, opens_on=dt.date(2026, 3, 1))
        assert [] == told(run([sold], [whole], [], later, period="2026-03"))

    def test_a_parcel_that_was_signed_for_tells_it(self):
        first = self.january(period="2026-01")
        parcels = [attrs.evolve(self.SENT, status="signed", signed_at=self.SIGNED)]
        second = run([], [], parcels, first.carry_forward, period="2026-02")
        assert self.EXPECTED == tuple(told(second))
        assert [] == told(run([], [], [], second.carry_forward, period="2026-03"))


@pytest.mark.parametrize("seed", range(25))
def test_books_a_file_at_a_time_end_with_the_events_of_all_at_once(seed):
    world = Suite().world(random.Random(seed))
    said = attrgetter("document", "amount")
    assert last_events(world.run(), said=said) == last_events(*day_by_day(world), said=said)
