"""The suite of reconciliations passes one that does what it must, and finds out one that does not."""

import datetime as dt
from zoneinfo import ZoneInfo

import attrs
import pytest
from moneyed import Money

from tieout.errors import InputError
from tieout.model import Payout as PayoutRecord
from tieout.model import Settlement
from tieout.reconciliations import Payout
from tieout.testing import RECONCILIATION_CHECKS, ReconciliationSuite, World

DAY = dt.date(2026, 10, 1)
OTHERS = set(Payout.TYPES) - {"payout.missing"}


def noon(day):
    return dt.datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def books(dice, leaf=Payout, extra=()):
    """Up to six settlements, of which some are paid on the day after."""
    settled, paid, planted = [], [], list(extra)
    count = dice.randint(2, 6)
    for number in range(count):
        minor = 1000 * 3**number + 7
        settled.append(
            Settlement(
                settlement_id=f"S{number}",
                platform="taobao",
                currency="CNY",
                net=Money(minor, "CNY") / 100,
                period_end=noon(DAY),
            )
        )
        if number and dice.random() < 0.5:
            planted.append(("payout.missing", f"S{number}", -minor))
            continue
        paid.append(
            PayoutRecord(
                payout_id=f"P{number}",
                platform="taobao",
                settlement_ids=(f"S{number}",),
                amount=-Money(minor, "CNY") / 100,
                initiated_at=noon(DAY),
            )
        )
    return World(
        reconciliation=leaf(as_of=dt.date(2026, 10, 31)),
        sides={"settlements": settled, "payouts": paid},
        arrives={
            "settlements": [DAY + dt.timedelta(days=number % 2) for number in range(len(settled))],
            "payouts": [DAY + dt.timedelta(days=2)] * len(paid),
        },
        planted=planted,
        named_by=("settlement_id", "payout_id"),
    )


def suite(world=books, **more):
    return ReconciliationSuite("payout", world=world, **{"seeds": range(3), "wide": 12, "elsewhere": OTHERS, **more})


def case(name, **more):
    (found,) = [one for one in suite(**more).cases() if one.check == name]
    return found


@pytest.mark.parametrize("name", RECONCILIATION_CHECKS)
def test_a_reconciliation_that_does_what_it_must_passes(name):
    case(name)()


def test_every_check_says_what_it_asks():
    assert [one.check for one in suite().cases()] == list(RECONCILIATION_CHECKS)
    assert all(RECONCILIATION_CHECKS.values())


class Leaf(Payout):
    """One that runs as another one would, but for what its kind does wrong."""

    def run(self, *, settlements, payouts, opening=None):
        return super().run(settlements=settlements, payouts=payouts, opening=opening)


class LosesTheFirst(Leaf):
    def run(self, *, settlements, payouts, opening=None):
        return super().run(settlements=settlements, payouts=payouts[1:], opening=opening)


class Forgets(Leaf):
    def run(self, *, settlements, payouts, opening=None):
        return super().run(settlements=settlements, payouts=payouts)


class TakesRecordsOnly(Leaf):
    def run(self, *, settlements, payouts, opening=None):
        known = settlements if isinstance(settlements, list) else []
        return super().run(settlements=known, payouts=payouts, opening=opening)


class CountsTwice(Leaf):
    def run(self, *, settlements, payouts, opening=None):
        twice = [attrs.evolve(one, settlement_id=f"{one.settlement_id}+{nth}") for nth, one in enumerate(settlements)]
        return super().run(settlements=twice, payouts=payouts, opening=opening)


class FindsInNothing(Leaf):
    def run(self, *, settlements, payouts, opening=None):
        stray = books(_Fixed()).sides["settlements"][:1]
        return super().run(settlements=settlements or stray, payouts=payouts, opening=opening)


class CannotBeSwitchedOff(Leaf):
    def run(self, *, settlements, payouts, opening=None):
        return attrs.evolve(self, checks={}).plain().run(settlements=settlements, payouts=payouts, opening=opening)

    def plain(self):
        return Payout(as_of=self.as_of)


class SaysNothing(Leaf):
    def run(self, *, settlements, payouts, opening=None):
        outcome = super().run(settlements=settlements, payouts=payouts, opening=opening)
        mute = [attrs.evolve(one, next_step_zh=None) for one in outcome.discrepancies]
        return attrs.evolve(outcome, discrepancies=mute)


class _Fixed:
    def randint(self, low, _):
        return low

    def random(self):
        return 1.0


@pytest.mark.parametrize(
    ("name", "leaf", "problem"),
    [
        ("planted_is_found", LosesTheFirst, "just what was planted"),
        ("row_order_does_not_matter", LosesTheFirst, "rows in another order"),
        ("day_by_day_is_all_at_once", Forgets, "files day by day"),
        ("checks_can_be_switched_off", CannotBeSwitchedOff, "just what was planted"),
        ("sentences_know_their_facts", SaysNothing, "with its sentences"),
        ("frames_are_records", TakesRecordsOnly, "the same with frames"),
        ("nothing_is_nothing", FindsInNothing, "just what was planted"),
        ("listed_twice_counts_once", CountsTwice, "every record listed twice"),
    ],
)
def test_a_reconciliation_that_does_not_is_found_out(name, leaf, problem):
    with pytest.raises(AssertionError, match=problem) as failure:
        case(name, world=lambda dice: books(dice, leaf), seeds=range(8))()

    assert f"payout: {name}: world " in str(failure.value)


def test_a_type_that_no_world_plants_is_found_out():
    with pytest.raises(AssertionError, match=r"worlds with payout\.amount_mismatch"):
        case("every_type_is_planted", elsewhere=OTHERS - {"payout.amount_mismatch"})()


def test_a_side_that_no_world_fills_is_found_out():
    def empty(dice):
        world = books(dice)
        return attrs.evolve(world, sides={**world.sides, "payouts": []}, arrives={})

    with pytest.raises(AssertionError, match="none on payouts"):
        case("every_side_has_records", world=empty)()


@pytest.mark.parametrize("more", [{"seeds": range(0)}, {"wide": 0}])
def test_a_suite_without_worlds_is_refused(more):
    with pytest.raises(InputError, match="at least one world"):
        suite(**more)
