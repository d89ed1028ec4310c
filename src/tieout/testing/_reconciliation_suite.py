"""The suite of a reconciliation: every check on random books with planted faults."""

import random
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.reconciliations._common.settings import Settings
from tieout.testing._suite import Case
from tieout.testing._verdict import require, some
from tieout.testing._world_checks import (
    check_day_by_day,
    check_found,
    check_frames,
    check_kept_in_files,
    check_listed_twice,
    check_memory,
    check_nothing,
    check_row_order,
    check_sentences,
    check_switched_off,
)
from tieout.testing._worlds import World

__all__ = ["RECONCILIATION_CHECKS", "ReconciliationSuite"]

WorldCheck = Callable[[World, random.Random], None]
_OF_A_WORLD: Final[Mapping[str, WorldCheck]] = MappingProxyType(
    {
        "planted_is_found": check_found,
        "row_order_does_not_matter": check_row_order,
        "day_by_day_is_all_at_once": check_day_by_day,
        "what_is_settled_may_be_forgotten": check_memory,
        "checks_can_be_switched_off": check_switched_off,
        "sentences_know_their_facts": check_sentences,
        "carried_forward_in_files": check_kept_in_files,
        "frames_are_records": check_frames,
        "nothing_is_nothing": check_nothing,
        "listed_twice_counts_once": check_listed_twice,
    }
)
_SIDES: Final = "every_side_has_records"
_TYPES: Final = "every_type_is_planted"
_LISTED: Final = "checks_are_listed"
RECONCILIATION_CHECKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{name: (check.__doc__ or "").partition("\n")[0] for name, check in _OF_A_WORLD.items()},
        _SIDES: "Some world has records on every side.",
        _TYPES: "Every type that the reconciliation lists is planted in some world, and no other.",
        _LISTED: "`list_checks` says of every type what it finds, who handles it and what to do.",
    }
)
"""What is checked, by name."""


def _whole(elsewhere: Iterable[str]) -> frozenset[str]:
    return frozenset(elsewhere)


@attrs.frozen(kw_only=True)
class ReconciliationSuite:
    """What every reconciliation must do, held against one and its worlds.

    Attributes:
        name: What the reconciliation is called in messages.
        world: Makes books with planted faults from dice; the same dice make the same books.
        seeds: Dice that the checks of single worlds are thrown with.
        wide: How many worlds are looked through for records of every side and faults of every type.
        elsewhere: Types that tests of their own plant.
    """

    name: str = attrs.field(kw_only=False)
    world: Callable[[random.Random], World]
    seeds: range = range(20)
    wide: int = 200
    elsewhere: frozenset[str] = attrs.field(default=frozenset({"general.tolerance_drift"}), converter=_whole)

    def __attrs_post_init__(self) -> None:
        if not len(self.seeds) or self.wide < 1:
            raise InputError("at least one world is needed", where=f"suite of {self.name}")

    def cases(self) -> tuple[Case, ...]:
        """All checks: of single worlds, then of all together."""
        runs: dict[str, Callable[[], None]] = {name: self._each(check) for name, check in _OF_A_WORLD.items()}
        runs |= {_SIDES: self._check_sides, _TYPES: self._check_types, _LISTED: self._check_listed}
        return tuple(Case(format=self.name, check=name, file=None, run=run) for name, run in runs.items())

    def _each(self, check: WorldCheck) -> Callable[[], None]:
        def run() -> None:
            for seed in self.seeds:
                try:
                    check(self.world(_dice(seed)), _dice(seed))
                except AssertionError as failure:
                    raise AssertionError(f"world {seed}: {failure}") from None

        return run

    def _worlds(self) -> Iterable[World]:
        return (self.world(_dice(seed)) for seed in range(self.wide))

    def _check_sides(self) -> None:
        empty: set[str] | None = None
        for world in self._worlds():
            sides = {name for name, rows in world.sides.items() if not rows}
            empty = sides if empty is None else empty & sides
        require(not empty, "worlds with records on every side", f"none on {some(sorted(empty or ()))}")

    def _check_types(self) -> None:
        planted = {kind for world in self._worlds() for kind, _, _ in world.planted}
        listed = set(self._leaf().TYPES) - self.elsewhere
        require(planted == listed, f"worlds with {some(sorted(listed - planted))}", some(sorted(planted - listed)))

    def _check_listed(self) -> None:
        leaf = self._leaf()
        listed = leaf.list_checks()
        require(list(leaf.TYPES) == listed["type"].to_list(), "every type", some(listed["type"]))
        empty = listed.null_count().select(pl.sum_horizontal(pl.all())).item()
        require(not empty, "all about each type", f"{empty} empty cells")

    def _leaf(self) -> type[Settings]:
        leaf: type[Settings] = type(self.world(_dice(0)).reconciliation)
        return leaf


def _dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - makes books, not secrets
