"""Tasks: what a bucket needs to know of the whole to be decided."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import attrs
import polars as pl

from tieout.matching._facts import KnownFacts
from tieout.matching._plan import BoundRule, Elsewhere, Plan, plan_of
from tieout.matching._sides import Side
from tieout.matching.engines._calibration import teaches
from tieout.matching.rule import Pairing, Rule

__all__ = ["BLOCK", "PAIRS", "POSITION", "SIDES", "Facts", "Frames", "Task", "joined_facts", "takes_many"]

POSITION = "tieout:position"
"""Column of a record's position on its side."""
BLOCK = "tieout:block"
"""Column of the number of a closed block."""
PAIRS = "tieout:pairs"
"""Column of how many pairs a closed left record is in."""
SIDES = ("left", "right")

Frames = Mapping[str, pl.DataFrame]
"""Records by side."""
Facts = Mapping[str, Mapping[str, KnownFacts]]
"""What columns hold, by side and name."""


@attrs.frozen(kw_only=True)
class Task:
    """What is carried out.

    Attributes:
        rules: The rules, in order.
        records: How many records each side has.
        max_candidates: Most pairs that one join may make.
        wrong_share: Share of wrong pairs that may be expected among what a search confirms.
        calibrate: Whether scores are learned from the data.
        facts: What columns of the whole hold, by side and name; of a bucket's own where none are given.
    """

    rules: tuple[Rule, ...]
    records: Mapping[str, int]
    max_candidates: int
    wrong_share: Decimal
    calibrate: bool
    facts: Facts = attrs.field(factory=dict)

    def plan(self, frames: Frames, elsewhere: Elsewhere | None = None) -> Plan:
        """The rules, bound to some of the records.

        Args:
            frames: Columns of the sides; those of this package are left out.
            elsewhere: What there is beside them.
        """
        sides = [
            Side(name=name, frame=(frame := _own(frames[name])), source=frame, known=self.facts.get(name, {}))
            for name in SIDES
        ]
        plan = plan_of(
            self.rules,
            *sides,
            max_candidates=self.max_candidates,
            wrong_share=self.wrong_share,
            calibrate=self.calibrate,
        )
        return plan if elsewhere is None else attrs.evolve(plan, elsewhere=elsewhere)

    def closes(self, plan: Plan) -> bool:
        """Whether the first rule settles blocks by itself: its keys must be equal, it adds nothing up, and it confirms."""
        first = plan.rules[0]
        return first.search is None and not first.sums and first.rule.confirm

    def shared(self, plan: Plan) -> frozenset[str]:
        """Sides whose closed records later rules may take."""
        first = plan.rules[0]
        return frozenset(
            name
            for name, is_shared, at in zip(SIDES, first.lets_share, (0, 1), strict=True)
            if is_shared and any(takes_many(rule.pairing)[at] and not rule.sums for rule in plan.rules[1:])
        )

    def thins(self, plan: Plan) -> bool:
        """Whether loose records that a later rule could take can be told from others.

        They cannot where something adds up, which says of each sum what it found, nor where closed records can be taken again.
        """
        return not self.shared(plan) and not any(rule.sums for rule in plan.rules)

    def lessons(self, plan: Plan) -> list[BoundRule]:
        """Rules that learn from pairs of equal keys, one for each choice of key columns."""
        found: dict[tuple[tuple[str, str], ...], BoundRule] = {}
        for rule in plan.rules:
            if rule.search is not None and teaches(plan, rule):
                found.setdefault(tuple(part.asked for part in rule.parts), rule)
        return list(found.values())

    def searches(self, plan: Plan) -> list[BoundRule]:
        """Rules that search, but those whose pairs another one finds among others: fewer edits under the same gates."""
        rules = [rule for rule in plan.rules[1:] if rule.search is not None]
        return [rule for rule in rules if not any(_is_wider(other, rule) for other in rules)]

    @property
    def looks_beyond(self) -> bool:
        """Whether later rules may look at records whose matches are settled: there are later rules."""
        return len(self.rules) > 1


def _own(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.drop(POSITION, BLOCK, PAIRS, strict=False)


def joined_facts(parts: Iterable[Facts]) -> Facts:
    """What the columns of a whole hold, of what those of its parts hold."""
    whole: dict[str, dict[str, KnownFacts]] = {name: {} for name in SIDES}
    for part in parts:
        for side, facts in part.items():
            for column, known in facts.items():
                before = whole[side].get(column)
                whole[side][column] = known if before is None else before.joined(known)
    return whole


def _is_wider(one: BoundRule, other: BoundRule) -> bool:
    """Whether one rule finds all that the other does: more edits, or the same ones by an earlier rule; and confirms as that."""
    if other.rule.confirm and not one.rule.confirm:
        return False
    key, least = _edits(one), _edits(other)
    if key is None or least is None or (one.rule.given, _asked(one)) != (other.rule.given, _asked(other)):
        return False
    return (key, other.number) > (least, one.number)


def _edits(rule: BoundRule) -> int | None:
    return next((key.edits for key in rule.keys if key.search is not None), None)


def _asked(rule: BoundRule) -> list[tuple[str, str]]:
    return [part.asked for part in rule.parts]


def takes_many(pairing: Pairing) -> tuple[bool, bool]:
    """Whether a left record, and whether a right one, may have several partners."""
    return pairing.left_takes_many, pairing.right_takes_many
