"""Checks of one world: what every reconciliation does with books in which the faults are known."""

import datetime as dt
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import attrs
import polars as pl

from tieout.outcome import CarryForward, Outcome
from tieout.reconciliations._common.playbook import play_of
from tieout.tables import Table
from tieout.testing._verdict import require, some
from tieout.testing._worlds import World

__all__ = [
    "check_day_by_day",
    "check_found",
    "check_frames",
    "check_kept_in_files",
    "check_listed_twice",
    "check_memory",
    "check_nothing",
    "check_row_order",
    "check_sentences",
    "check_switched_off",
    "require_same",
]

T = TypeVar("T")
_MONTHS = dt.timedelta(days=150)
_COMMON_FACTS = {"expected", "actual", "impact", "currency", "state", "state_zh"}


def check_found(world: World, _: random.Random) -> None:
    """What was planted is found, and nothing else, and the proof holds."""
    outcome = world.run()
    _require_found(world, outcome, sorted(world.planted))
    require(bool(outcome.proof.checks), "a proof", "one without a check")


def check_row_order(world: World, dice: random.Random) -> None:
    """The order of the rows does not matter."""
    shuffled = {name: dice.sample(list(rows), len(rows)) for name, rows in world.sides.items()}
    first, second = world.run(), world.run(**shuffled)
    require_same(first, second, "rows in another order")
    require(first.totals == second.totals, "the same totals with rows in another order", "others")


def check_day_by_day(world: World, _: random.Random) -> None:
    """Files that arrive day by day end in the same findings and open items as all at once."""
    opening = CarryForward()
    for day in world.days():
        outcome = attrs.evolve(world.reconciliation, as_of=day).run(**world.arrived(day), opening=opening)
        _require_proof(outcome)
        opening = outcome.carry_forward
    last = world.run(**world.nothing(), opening=opening)
    _require_proof(last)
    require_same(world.run(), last, "files day by day")


def check_switched_off(world: World, _: random.Random) -> None:
    """A check that is switched off takes its own findings away and no other, and the proof still holds."""
    for kind in sorted({kind for kind, _, _ in world.planted}):
        outcome = attrs.evolve(world.reconciliation, checks={kind: "off"}).run(**world.sides)
        _require_found(world, outcome, sorted(fault for fault in world.planted if fault[0] != kind))


def check_sentences(world: World, _: random.Random) -> None:
    """Every finding has its sentences, next step and owner, and every field that they mention."""
    for found in world.run().discrepancies:
        play = play_of(found.type)
        known = {*found.keys, *found.evidence, *found.diffs, *_COMMON_FACTS}
        lacking = [field for field in play.fields if field not in known]
        require(not lacking, f"{found.type} with all that its sentences mention", f"none of {some(lacking)}")
        said = (found.reason, found.reason_zh, found.next_step, found.next_step_zh)
        require(all(said), f"{found.type} with its sentences", some(map(repr, said)))
        require(found.owner == play.owner, f"{found.type} with owner {play.owner}", repr(found.owner))


def check_kept_in_files(world: World, _: random.Random) -> None:
    """What is carried forward can be kept in files in between."""
    carried = world.run().carry_forward
    with tempfile.TemporaryDirectory() as folder:
        carried.save(Path(folder) / "carried")
        kept = CarryForward.load(Path(folder) / "carried")
    nothing = world.nothing()
    require_same(world.run(**nothing, opening=carried), world.run(**nothing, opening=kept), "what was kept in files")


def check_memory(world: World, _: random.Random) -> None:
    """What is settled may be forgotten: months later the same money is wrong as with all records at hand, and no more."""
    months_later = attrs.evolve(world.reconciliation, as_of=world.reconciliation.as_of + _MONTHS)
    outcome = world.run()
    for _again in range(2):
        outcome = months_later.run(**world.nothing(), opening=outcome.carry_forward)
        _require_proof(outcome)
    remembered, at_hand = world.found(outcome), world.found(months_later.run(**world.sides))
    lost = [fault for fault in _without(at_hand, remembered) if fault[2]]
    invented = _without(remembered, at_hand)
    require(not lost and not invented, f"all money that is wrong, and so {some(lost)}", f"instead {some(invented)}")


def check_frames(world: World, _: random.Random) -> None:
    """Frames say what records say."""
    frames = {name: Table.from_records(rows, type(rows[0])).to_polars() for name, rows in world.sides.items() if rows}
    require_same(world.run(), world.run(**frames), "frames")


def check_nothing(world: World, _: random.Random) -> None:
    """Nothing against nothing is nothing."""
    outcome = world.run(**world.nothing())
    _require_found(world, outcome, [])
    require(not len(outcome.carry_forward), "nothing to carry forward", f"{len(outcome.carry_forward)} items")


def check_listed_twice(world: World, _: random.Random) -> None:
    """A record that is listed twice counts once."""
    twice = world.run(**{name: [*rows, *rows] for name, rows in world.sides.items()})
    _require_proof(twice)
    require_same(world.run(), twice, "every record listed twice")


def _require_found(world: World, outcome: Outcome, planted: list[tuple[str, str, int]]) -> None:
    _require_proof(outcome)
    found = world.found(outcome)
    lacking, invented = _without(planted, found), _without(found, planted)
    require(found == planted, f"just what was planted, and so {some(lacking)}", f"instead {some(invented)}")


def _require_proof(outcome: Outcome) -> None:
    require(outcome.proof.holds, "a proof that holds", some(outcome.proof.failures))


def require_same(one: Outcome, other: Outcome, with_what: str) -> None:
    """Hold two outcomes to say the same things are wrong and open, whatever run they were found in.

    Args:
        one: An outcome.
        other: What is to say the same.
        with_what: What is different about the other.

    Raises:
        AssertionError: They do not.
    """
    for first, second in zip(_standing(one), _standing(other), strict=True):
        before, after = first.to_dicts(), second.to_dicts()
        lacking, invented = _without(before, after), _without(after, before)
        require(before == after, f"the same with {with_what}, and so {some(lacking)}", f"instead {some(invented)}")


def _standing(outcome: Outcome) -> tuple[pl.DataFrame, pl.DataFrame]:
    found = outcome.discrepancies.to_polars().drop("period").sort("discrepancy_id")
    items = outcome.carry_forward.items
    return found, items.sort(items.columns, nulls_last=True)


def _without(things: Sequence[T], others: Sequence[T]) -> list[T]:
    left = list(others)
    rest: list[T] = []
    for thing in things:
        if thing in left:
            left.remove(thing)
        else:
            rest.append(thing)
    return rest
