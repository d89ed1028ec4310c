"""Whatever the order in which records came, were edited and deleted: a book ends as one to which only the last state was given."""

from random import Random

import attrs
import pytest

from casebook.runs_world import AS_OF, payout, settlement, standing
from tieout.casebook import SYSTEM, Casebook
from tieout.model import Payout as PayoutRecord
from tieout.model import Settlement
from tieout.reconciliations import Payout
from tieout.tables import Table

NUMBERS = "ABCDEFGH"


class Shop:
    """Settlements and payouts that change at random."""

    def __init__(self, seed):
        self.rng = Random(seed)
        self.settlements, self.payouts = {}, {}

    def change(self):
        rng, name = self.rng, self.rng.choice(NUMBERS)
        cents = rng.choice([10_000, 10_000, 10_000, 9_900])
        side, made = rng.choice([
            (self.settlements, settlement(name, 1 + NUMBERS.index(name), cents)),
            (self.payouts, payout(name, 2 + NUMBERS.index(name), cents)),
        ])  # fmt: skip
        if name in side and rng.random() < 0.4:
            del side[name]
        elif name in side and rng.random() < 0.4:
            side[name] = attrs.evolve(side[name], amount=made.amount) if side is self.payouts else made
        else:
            side[name] = made

    def give(self, cases):
        for kind, side in ((Settlement, self.settlements), (PayoutRecord, self.payouts)):
            rows = list(side.values())
            self.rng.shuffle(rows)
            cases.import_records(Table.from_records(rows, kind), actor=SYSTEM, source=kind.__name__, complete=True)


def run(cases):
    sides = {"settlements": cases.records(Settlement), "payouts": cases.records(PayoutRecord)}
    return cases.run(Payout(as_of=AS_OF), actor=SYSTEM, **sides)


@pytest.mark.parametrize("seed", range(6))
def test_a_book_with_a_past_stands_like_one_without(seed):
    shop = Shop(seed)
    with Casebook("sqlite://") as cases, Casebook("sqlite://") as fresh:
        for _ in range(8):
            for _ in range(shop.rng.randint(1, 5)):
                shop.change()
            shop.give(cases)
            if shop.rng.random() < 0.6:
                run(cases)
        last = run(cases)
        assert run(cases).is_unchanged
        shop.give(fresh)
        first = run(fresh)

        assert standing(cases) == standing(fresh)
        assert last.result_hash == first.result_hash
        assert set(cases.matches()["state"]) <= {"confirmed"}
        assert cases.verify().holds
