"""Settlements: random books of orders, refunds and lines with planted faults."""

import random

from _suite import ReconciliationSuite, World
from settlement_world import Books


class TestSettlement(ReconciliationSuite):
    compared = frozenset({"description"})
    test_a_day_at_a_time_ends_like_all_at_once = (
        None  # test_settlement_events.py holds more worlds to it, together with their events
    )

    def world(self, dice: random.Random) -> World:
        books = Books(dice)
        for _ in range(dice.randint(0, 9)):
            dice.choice(dice.choice((Books.RIGHT, Books.WRONG)))(books)
        return books.world()
