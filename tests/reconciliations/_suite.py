"""What every reconciliation is held to: a suite that a leaf's tests inherit, with a world of planted faults.

A world is random books in which the author knows what is wrong. The suite asks that just that is found, that the proof holds, that neither the
order of the rows nor the way they arrive matters, and that every sentence knows its facts.
"""

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tieout.model import SettlementLine
from tieout.outcome import CarryForward
from tieout.reconciliations._common.playbook import play_of
from tieout.tables import Table

COMMON_FACTS = {"expected", "actual", "impact", "currency", "state", "state_zh"}
RUNS = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.differing_executors],
)
DICE = st.randoms(use_true_random=False)


@attrs.frozen(kw_only=True)
class World:
    """Books with planted faults.

    Attributes:
        reconciliation: The leaf with its parameters, `as_of` among them.
        sides: Records by side.
        arrives: For each record of each side the day on which its file arrives; a side that is left out arrives on the first day.
        planted: What is to be found: type, identifier, impact in minor units.
        named_by: Keys of a discrepancy of which the first that it has is the identifier.
    """

    reconciliation: Any
    sides: Mapping[str, Sequence[Any]]
    arrives: Mapping[str, Sequence[dt.date]] = attrs.field(factory=dict)
    planted: Sequence[tuple[str, str, int]]
    named_by: Sequence[str]

    def run(self, **changes):
        return self.reconciliation.run(**{**self.sides, **changes})

    def found(self, outcome):
        return sorted((found.type, self._name(found), _minor(found)) for found in outcome.discrepancies)

    def _name(self, found):
        return next((found.keys[key] for key in self.named_by if key in found.keys), "?")


def _minor(found):
    frame = Table.from_records([SettlementLine(type="sale", amount=found.impact)]).to_polars()
    return frame["amount_minor"][0]


def standing(outcome):
    """What an outcome says is wrong and open, without what depends on the run it was found in."""
    found = outcome.discrepancies.to_polars().drop("period").sort("discrepancy_id")
    items = outcome.carry_forward.items
    return found, items.sort(items.columns, nulls_last=True)


def assert_same_standing(one, other):
    for first, second in zip(standing(one), standing(other), strict=True):
        assert first.to_dicts() == second.to_dicts()


class ReconciliationSuite:
    """Tests of one leaf; `world` makes its books."""

    def world(self, dice: random.Random) -> World:
        raise NotImplementedError

    def full_world(self) -> World:
        """A world with records on as many sides as any has."""
        worlds = [self.world(random.Random(seed)) for seed in range(40)]
        return max(worlds, key=lambda world: sum(bool(rows) for rows in world.sides.values()))

    def test_every_side_has_records_in_some_world(self):
        assert [] == [name for name, rows in self.full_world().sides.items() if not rows]

    @RUNS
    @given(dice=DICE)
    def test_what_was_planted_is_found_and_nothing_else(self, dice):
        world = self.world(dice)

        outcome = world.run()

        assert sorted(world.planted) == world.found(outcome)
        assert [] == list(outcome.proof.failures)
        assert outcome.proof.checks

    @RUNS
    @given(dice=DICE)
    def test_the_order_of_the_rows_does_not_matter(self, dice):
        world = self.world(dice)
        shuffled = {name: dice.sample(list(rows), len(rows)) for name, rows in world.sides.items()}

        first, second = world.run(), world.run(**shuffled)

        assert_same_standing(first, second)
        assert first.totals == second.totals

    @RUNS
    @given(dice=DICE)
    def test_a_day_at_a_time_ends_like_all_at_once(self, dice):
        world = self.world(dice)
        days = sorted({day for arrivals in world.arrives.values() for day in arrivals}) or [world.reconciliation.as_of]
        opening = CarryForward()
        for day in days:
            fresh = {name: self._arrived(world, name, day, is_first=day == days[0]) for name in world.sides}
            outcome = attrs.evolve(world.reconciliation, as_of=day).run(**fresh, opening=opening)
            assert [] == list(outcome.proof.failures)
            opening = outcome.carry_forward
        last = world.reconciliation.run(**{name: [] for name in world.sides}, opening=opening)

        assert [] == list(last.proof.failures)
        assert_same_standing(world.run(), last)

    @staticmethod
    def _arrived(world, name, day, *, is_first):
        rows = world.sides[name]
        if name not in world.arrives:
            return rows if is_first else []
        return [row for row, arrival in zip(rows, world.arrives[name], strict=True) if arrival == day]

    @RUNS
    @given(dice=DICE)
    def test_a_check_that_is_switched_off_leaves_its_money_named(self, dice):
        world = self.world(dice)
        for kind in sorted({kind for kind, _, _ in world.planted}):
            outcome = attrs.evolve(world.reconciliation, checks={kind: "off"}).run(**world.sides)

            assert [] == list(outcome.proof.failures)
            assert sorted(fault for fault in world.planted if fault[0] != kind) == world.found(outcome)

    @RUNS
    @given(dice=DICE)
    def test_every_sentence_knows_its_facts(self, dice):
        for found in self.world(dice).run().discrepancies:
            play = play_of(found.type)
            known = {*found.keys, *found.evidence, *found.diffs, *COMMON_FACTS}

            assert [] == [field for field in play.fields if field not in known]
            assert found.reason
            assert found.reason_zh
            assert found.next_step
            assert found.next_step_zh
            assert found.owner == play.owner

    def test_what_is_carried_forward_can_be_kept_in_files(self, tmp_path):
        world = self.full_world()
        carried = world.run().carry_forward
        carried.save(tmp_path / "carried")
        nothing = {name: [] for name in world.sides}

        kept = world.reconciliation.run(**nothing, opening=CarryForward.load(tmp_path / "carried"))

        assert_same_standing(world.reconciliation.run(**nothing, opening=carried), kept)

    def test_frames_say_what_records_say(self):
        world = self.full_world()
        frames = {
            name: Table.from_records(rows, type(rows[0])).to_polars() for name, rows in world.sides.items() if rows
        }

        assert_same_standing(world.run(), world.run(**frames))

    def test_nothing_against_nothing_is_nothing(self):
        world = self.world(random.Random(9))
        outcome = world.run(**{name: [] for name in world.sides})

        assert outcome.proof.holds
        assert 0 == len(outcome.discrepancies)
        assert 0 == len(outcome.carry_forward)

    def test_a_record_that_is_listed_twice_counts_once(self):
        world = self.full_world()
        doubled = {name: [*rows, *rows] for name, rows in world.sides.items()}
        once, twice = world.run(), world.run(**doubled)

        assert twice.proof.holds
        assert_same_standing(once, twice)

    def test_the_checks_are_listed_with_who_handles_them(self):
        leaf = type(self.world(random.Random(11)).reconciliation)
        listed = leaf.list_checks()

        assert list(leaf.TYPES) == listed["type"].to_list()
        assert 0 == listed.null_count().select(pl.sum_horizontal(pl.all())).item()

    def test_every_type_can_be_found(self):
        """Over many worlds, each type of the leaf is planted at least once, so that none is listed and never made."""
        leaf = type(self.world(random.Random(11)).reconciliation)
        planted = {kind for seed in range(200) for kind, _, _ in self.world(random.Random(seed)).planted}

        assert sorted(set(leaf.TYPES) - self.elsewhere) == sorted(planted)

    elsewhere: frozenset[str] = frozenset({"general.tolerance_drift"})
    """Types that tests of their own plant."""
