"""The numbers by which Spark's later readings are held against the first: the same however rows came, others for other rows."""

import random

import attrs
import polars as pl
import pytest
from courier_books import courier_world
from settlement_world import Books
from spread_clusters import cluster_of
from spread_settlements import frames as settlement_frames
from spread_worlds import frames as courier_frames
from test_courier_bill_months_spread import CARDS

from tieout._spark.plain import PlainParts
from tieout._spark.sealing import Seal
from tieout.reconciliations._courier.spreading import Spread as CourierSpread
from tieout.reconciliations._settlement.spreading import Spread as SettlementSpread


class Shaken(PlainParts):
    """Parts whose rows meet in no order, as after a shuffle of Spark."""

    dice: random.Random
    seals: list

    def regrouped(self, work):
        pieces = list(self.held)
        self.dice.shuffle(pieces)
        cut = [
            (bucket, name, frame.sample(fraction=1, shuffle=True, seed=self.dice.randrange(2**32)))
            for bucket, name, frame in pieces
        ]
        made = PlainParts(cut).regrouped(work)
        return type(self)(made.held)

    def sealed(self, work, buckets, *, where):
        made = self.regrouped(work)
        for name in sorted({name for _, name, _ in made.held}):
            seal = Seal()
            for _, other, frame in made.held:
                if other == name:
                    seal.add(name, frame)
            self.seals.append((where, name, seal.number))
        return made


ShakenCluster = cluster_of(Shaken)


def courier():
    world = courier_world(random.Random(12))
    bill = attrs.evolve(world.reconciliation, timezone=world.reconciliation.rate_card.terms.timezone)
    return CourierSpread, bill, courier_frames(world.sides)


def months():
    spread, bill, sides = courier()
    return spread, attrs.evolve(bill, rate_card=CARDS["a rebate on the next bill, and a commitment"]), sides


def settlement():
    books = Books(random.Random(3))
    for story in books.dice.choices(Books.STORIES, k=30):
        story(books)
    made = books.world()
    return (
        SettlementSpread,
        attrs.evolve(made.reconciliation, as_of=None, period="2026-10"),
        settlement_frames(made.sides),
    )


def sealed(made, seed, buckets):
    spread, settings, sides = made
    Shaken.dice, Shaken.seals = random.Random(seed), []
    outcome = spread(ShakenCluster(buckets, piece=7), settings, sides, None).outcome()
    assert outcome.proof.holds
    return Shaken.seals


@pytest.mark.parametrize("books", [courier, months, settlement])
def test_a_seal_is_the_same_in_whichever_order_rows_come(books):
    made = books()
    first = sealed(made, 0, 4)

    assert {"lines", "discrepancies", "events", "items"} <= {name for _, name, _ in first}
    assert sealed(made, 1, 4) == first


def seal_of(*frames):
    seal = Seal()
    for name, frame in frames:
        seal.add(name, frame)
    return seal.number


def test_a_seal_tells_frames_apart_by_rows_names_and_how_often_they_are_there():
    frame = pl.DataFrame({"a": [1, 2, 2], "b": [["x"], [], None], "c": [{"d": 1}, {"d": None}, None]})
    told = [
        seal_of(),
        seal_of(("one", frame)),
        seal_of(("two", frame)),
        seal_of(("one", frame), ("one", frame)),
        seal_of(("one", frame), ("two", frame)),
        seal_of(("one", frame[:2])),
        seal_of(("one", frame.with_columns(b=frame["b"].reverse()))),
        seal_of(("one", frame.with_columns(c=pl.lit(None, dtype=frame.schema["c"])))),
    ]

    assert len(told) == len(set(told))
    assert seal_of(("one", frame)) == seal_of(("one", frame[1:]), ("none", frame.clear()), ("one", frame[:1]))
    assert all(0 <= number < 2**63 for number in told)
