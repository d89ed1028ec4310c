"""What every reconciliation is held to: `tieout.testing` with books that Hypothesis throws, as a class that a leaf's tests inherit."""

import random
from functools import cache, cached_property

import attrs
import pytest
from _read_again import check_read_again
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tieout.testing import ReconciliationSuite as Suite
from tieout.testing import World
from tieout.testing import _world_checks as checks

__all__ = [
    "DICE",
    "RUNS",
    "ReconciliationSuite",
    "World",
    "assert_same_standing",
    "at_once_and_day_by_day",
    "day_by_day",
    "last_events",
]

RUNS = settings(
    max_examples=8,  # a world has up to fourteen stories, four tests throw their own, and each run of one costs a tenth of a second
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.differing_executors],
)
DICE = st.randoms(use_true_random=False)


def assert_same_standing(one, other):
    checks.require_same(one, other, "whatever differs")


def day_by_day(world):
    """The outcomes of files that arrive day by day, each carried into the next; every proof holds."""
    opening, outcomes = None, []
    for day in world.days():
        outcomes.append(attrs.evolve(world.reconciliation, as_of=day).run(**world.arrived(day), opening=opening))
        assert [] == list(outcomes[-1].proof.failures)
        opening = outcomes[-1].carry_forward
    return outcomes


def at_once_and_day_by_day(world):
    """The outcome of all files at once, and those of files that arrive day by day, which end in the same findings and open items."""
    whole, outcomes = world.run(), day_by_day(world)
    last = world.run(**world.nothing(), opening=outcomes[-1].carry_forward)
    assert [] == list(last.proof.failures)
    assert_same_standing(whole, last)
    return whole, outcomes


def last_events(*outcomes, said):
    """What events say, by their ids, as the last outcome that hands one on has it."""
    return {event.event_id: said(event) for outcome in outcomes for event in outcome.events}


class Remembered(World):
    """A world that is reconciled once, however many checks look at the outcome."""

    @classmethod
    def of(cls, world):
        return cls(**attrs.asdict(world, recurse=False))

    @cached_property
    def outcome(self):
        return super().run()

    def run(self, **changes):
        return super().run(**changes) if changes else self.outcome


@cache
def _full_world(suite):
    worlds = [suite().world(random.Random(seed)) for seed in range(40)]
    return Remembered.of(max(worlds, key=lambda world: sum(bool(rows) for rows in world.sides.values())))


class ReconciliationSuite:
    """Tests of one leaf; `world` makes its books."""

    elsewhere: frozenset[str] = frozenset({"general.tolerance_drift"})
    """Types that tests of their own plant."""
    compared: frozenset[str] = frozenset()
    """Columns that the leaf compares or names, of those that `_read_again` takes to be neither."""

    def world(self, dice: random.Random) -> World:
        raise NotImplementedError

    def full_world(self) -> World:
        """A world with records on as many sides as any has."""
        return _full_world(type(self))

    def together(self, name):
        """The check that looks at many worlds."""
        (case,) = [
            case for case in Suite("it", world=self.world, elsewhere=self.elsewhere).cases() if case.check == name
        ]
        return case

    @RUNS
    @given(dice=DICE)
    def test_what_was_planted_is_found_in_any_order_of_rows_with_the_facts_of_its_sentences(self, dice):
        world = Remembered.of(self.world(dice))
        checks.check_found(world, dice)
        checks.check_row_order(world, dice)
        checks.check_sentences(world, dice)

    @RUNS
    @given(dice=DICE)
    def test_a_day_at_a_time_ends_like_all_at_once(self, dice):
        checks.check_day_by_day(self.world(dice), dice)

    @RUNS
    @given(dice=DICE)
    def test_a_check_that_is_switched_off_leaves_its_money_named(self, dice):
        checks.check_switched_off(self.world(dice), dice)

    @RUNS
    @given(dice=DICE)
    def test_what_is_settled_may_be_forgotten(self, dice):
        checks.check_memory(self.world(dice), dice)

    @pytest.mark.parametrize("seed", range(3))
    def test_files_of_the_period_before_that_are_read_again_change_nothing(self, seed):
        check_read_again(self.world(random.Random(seed)), self.compared)

    def test_what_is_carried_forward_can_be_kept_in_files(self):
        checks.check_kept_in_files(self.full_world(), random.Random(7))

    def test_frames_say_what_records_say(self):
        checks.check_frames(self.full_world(), random.Random(7))

    def test_nothing_against_nothing_is_nothing(self):
        checks.check_nothing(self.full_world(), random.Random(7))

    def test_a_record_that_is_listed_twice_counts_once(self):
        checks.check_listed_twice(self.full_world(), random.Random(7))

    def test_every_side_has_records_in_some_world(self):
        self.together("every_side_has_records")()

    def test_the_checks_are_listed_with_who_handles_them(self):
        self.together("checks_are_listed")()

    def test_every_type_can_be_found(self):
        """Over many worlds, each type of the leaf is planted at least once, so that none is listed and never made."""
        self.together("every_type_is_planted")()
