"""How far an order was when its goods were back, which `Returns` says beside their cost (`domain.md` 7.3)."""

import datetime as dt

import attrs
import pytest
from test_returns import at, case, moved, october, run, sold, wants

from tieout.reconciliations import Returns

CASE = case("R1", wants("A", 1), platform_order_id="1001", approved_at=october(5))
BOOKED = moved("M1", "A", 1, october(8), return_id="R1")


def order(**days):
    moments = {name: at(october(day)) for name, day in days.items()}
    return attrs.evolve(sold("1001", "A", 1, 8000), status="completed", **moments)


def told(outcome):
    return [
        (one.kind, one.occurred_on.day, one.details.get("signed"), one.details.get("completed"))
        for one in outcome.events
    ]


def test_goods_that_were_back_after_the_order_was_completed_say_so():
    assert [("stock.return_good", 8, "true", "true")] == told(
        run([CASE], [BOOKED], orders=[order(signed_at=4, completed_at=7)])
    )


def test_goods_of_no_known_order_say_nothing():
    assert [("stock.return_good", 8, None, None)] == told(run([CASE], [BOOKED]))


def test_goods_that_were_back_before_the_order_was_completed_are_said_again_then():
    outcome = run([CASE], [BOOKED], orders=[order(signed_at=4, completed_at=14)])
    expected = [("stock.return_completed", 14, "true", "true"), ("stock.return_good", 8, "true", "false")]
    assert expected == told(outcome)
    assert {"80.00"} == {str(one.amount.amount) for one in outcome.events}
    assert {"taobao shop 1 2026-10-08", "taobao shop 1 2026-10-14"} == {one.document for one in outcome.events}


def test_the_run_that_learns_of_the_day_says_it():
    first = run([CASE], [BOOKED], Returns(period="2026-10-01/2026-10-10"), orders=[order(signed_at=4)])
    assert [("stock.return_good", 8, "true", "true")] == told(first)
    open_ = attrs.evolve(order(signed_at=4), status="signed")
    first = run([CASE], [BOOKED], Returns(period="2026-10-01/2026-10-10"), orders=[open_])
    assert [("stock.return_good", 8, "true", "false")] == told(first)
    later = {"orders": [order(signed_at=4, completed_at=14)], "opening": first.carry_forward}
    expected = [("stock.return_completed", 14, "true", "true"), ("stock.return_good", 8, "true", "false")]
    assert expected == told(run([], [], Returns(period="2026-10-11/2026-10-20"), **later))
    again = run([], [], Returns(as_of=october(20)), **later)
    assert expected == told(again)
    assert [] == told(run([], [], Returns(as_of=october(21)), opening=again.carry_forward))


def test_a_day_that_is_learnt_later_changes_what_was_said():
    first = run([CASE], [BOOKED], Returns(as_of=october(9)), orders=[attrs.evolve(order(), status="shipped")])
    second = run([], [], orders=[order(signed_at=4, completed_at=7)], opening=first.carry_forward)
    assert [[("stock.return_good", 8, said, said)] for said in ("false", "true")] == [told(first), told(second)]
    assert {one.event_id for one in first.events} == {one.event_id for one in second.events}


class TestMonths:
    """Goods that were back in October, and what November's downloads say of their orders."""

    def follow(self, outcome, month, **sides):
        opening = attrs.evolve(outcome.carry_forward, opens_on=dt.date(2026, month, 1))
        return run([], [], Returns(period=f"2026-{month}"), opening=opening, **sides)

    @pytest.mark.parametrize(("signed", "completed", "days"), [(12, 14, (12, 14)), (6, 14, (8, 14)), (6, 7, (8, 8))])
    def test_a_moment_of_the_month_before_turns_their_cost_once_however_late_it_is_told(self, signed, completed, days):
        sent = attrs.evolve(order(), status="shipped")
        october_ = run([CASE], [BOOKED], Returns(period="2026-10"), orders=[sent])
        assert [("stock.return_good", 8, "false", "false")] == told(october_)
        now = order(signed_at=signed, completed_at=completed)
        november = self.follow(october_, 11, orders=[now])
        assert [("stock.return_completed", days[1]), ("stock.return_signed", days[0])] == [
            one[:2] for one in told(november)
        ]
        assert {"80.00"} == {str(one.amount.amount) for one in november.events}
        assert [] == told(self.follow(november, 12, orders=[attrs.evolve(now, buyer_ref="7")]))

    def test_what_no_order_was_known_for_is_not_turned(self):
        october_ = run([CASE], [BOOKED], Returns(period="2026-10"))
        assert [("stock.return_good", 8, None, None)] == told(october_)
        assert [] == told(self.follow(october_, 11, orders=[order(signed_at=4, completed_at=14)]))

    def test_goods_whose_case_is_named_late_are_turned_as_well(self):
        nobodys = attrs.evolve(BOOKED, return_id=None)
        sold_ = order(signed_at=4, completed_at=14)
        october_ = run([CASE], [nobodys], Returns(period="2026-10"), orders=[sold_])
        assert [] == told(october_)
        opening = attrs.evolve(october_.carry_forward, opens_on=dt.date(2026, 11, 1))
        november = run([], [BOOKED], Returns(period="2026-11"), opening=opening)
        expected = [("stock.return_completed", 14, "true", "true"), ("stock.return_good", 8, "true", "false")]
        assert expected == told(november)
