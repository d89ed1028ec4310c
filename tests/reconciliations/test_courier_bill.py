"""Courier bills: held to what every reconciliation is held to, with a world of planted faults."""

import random

import pytest
from _suite import DICE, RUNS, ReconciliationSuite, assert_same_standing
from courier_books import STORIES, CourierBooks, courier_world
from hypothesis import given, settings

FEW = settings(RUNS, max_examples=4)  # a contract is tried in dozens of ways for each wrong line, which takes its time


class TestCourierBill(ReconciliationSuite):
    elsewhere = frozenset({"general.tolerance_drift", "courier.rebate_missing"})

    def world(self, dice):
        return courier_world(dice)

    def test_a_record_that_is_listed_twice_counts_once(self):
        world = self.full_world()
        doubled = {name: [*rows, *rows] for name, rows in world.sides.items() if name != "shipments"}
        once, twice = world.run(), world.run(**doubled)

        assert twice.proof.holds
        assert_same_standing(once, twice)


for _name in [name for name, test in vars(ReconciliationSuite).items() if hasattr(test, "hypothesis")]:
    _inner = getattr(ReconciliationSuite, _name).hypothesis.inner_test
    setattr(TestCourierBill, _name, FEW(given(dice=DICE)(_inner)))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_each_story_alone_is_found_at_once(story):
    books = CourierBooks(random.Random(3))
    story(books)
    world = books.world()
    outcome = world.run()

    assert sorted(world.planted) == world.found(outcome)
    assert [] == list(outcome.proof.failures)
