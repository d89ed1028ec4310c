"""Settlements: random books of orders, refunds and lines with planted faults."""

import random

from _suite import ReconciliationSuite, World
from settlement_world import Books


class TestSettlement(ReconciliationSuite):
    def world(self, dice: random.Random) -> World:
        books = Books(dice)
        for _ in range(dice.randint(0, 9)):
            dice.choice(dice.choice((Books.RIGHT, Books.WRONG)))(books)
        return books.world()
