"""Plans: the rules of a matcher, bound to two sides."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

import attrs

from tieout.errors import MatcherError, MissingColumn, WrongColumnType
from tieout.matching._sides import Side
from tieout.matching.conditions._base import BoundGate, BoundKey, BoundSum, Form, Key, KeyPart, Search, Sum
from tieout.matching.rule import Pairing, Rule

__all__ = ["BoundRule", "Elsewhere", "Plan", "plan_of"]


@attrs.frozen(kw_only=True, eq=False)
class BoundRule:
    """A rule on two sides.

    Attributes:
        number: Its place in the matcher, 0-based.
        rule: The rule as declared.
        keys: Its keys.
        gates: Its gates.
        sums: What must add up; one at most.
    """

    number: int
    rule: Rule
    keys: tuple[BoundKey, ...]
    gates: tuple[BoundGate, ...]
    sums: tuple[BoundSum, ...] = ()

    @property
    def pairing(self) -> Pairing:
        """How many records may share."""
        return self.rule.pairing

    @property
    def lets_share(self) -> tuple[bool, bool]:
        """Whether a left record, and whether a right one, stays open to later rules once it is matched.

        One that a sum was found for does not: its amount is explained.
        """
        return (self.pairing.left_takes_many and not self.sums, self.pairing.right_takes_many and not self.sums)

    @property
    def parts(self) -> tuple[KeyPart, ...]:
        """The columns of all keys; the searched one, if any, is the last."""
        ordered = sorted(self.keys, key=lambda key: key.search is not None)
        return tuple(part for key in ordered for part in key.parts)

    @property
    def reads(self) -> frozenset[tuple[str, str]]:
        """All columns that it reads, with their side."""
        return frozenset((side, name) for side in ("left", "right") for name in _read(self, side))

    @property
    def equal(self) -> tuple[tuple[Form, Form], ...]:
        """Forms of both sides that are equal in every pair that passes the gates."""
        return tuple(forms for gate in self.gates for forms in gate.equal)

    @property
    def near(self) -> tuple[tuple[Form, Form], ...]:
        """Whole numbers of both sides that differ by one at most in every pair that passes the gates; two of them at most."""
        return tuple(forms for gate in self.gates for forms in gate.near)[:2]

    @property
    def search(self) -> Search | None:
        """How the last part is searched; None when all parts must be equal."""
        return next((key.search for key in self.keys if key.search is not None), None)

    @property
    def names_dirt(self) -> bool:
        """Whether the evidence names what the normal form took off the searched keys."""
        return any(key.names_dirt for key in self.keys)


@attrs.frozen(kw_only=True)
class Elsewhere:
    """What an engine does not see, of sides that are too large for it: records whose matches are settled already.

    Attributes:
        records: How many there are, by side.
        confirmed: How many pairs they are in.
        free: How many of them have a key of a rule and are still free for it, by number of the rule and side.
    """

    records: Mapping[str, int] = attrs.field(factory=dict)
    confirmed: int = 0
    free: Mapping[tuple[int, str], int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True, eq=False, slots=False)
class Plan:
    """What an engine works on.

    Attributes:
        left: The left side.
        right: The right side.
        rules: The rules, in order.
        max_candidates: Most pairs that one join may make.
        wrong_share: Share of wrong pairs that may be expected among what a search confirms.
        calibrate: Whether scores are learned from the data.
        elsewhere: What there is beside the rows of both sides.
    """

    left: Side
    right: Side
    rules: tuple[BoundRule, ...]
    max_candidates: int
    wrong_share: Decimal
    calibrate: bool
    elsewhere: Elsewhere = attrs.field(factory=Elsewhere)

    def records(self, side: Side) -> int:
        """How many records a side has, those elsewhere included."""
        return side.frame.height + self.elsewhere.records.get(side.name, 0)

    def __reduce__(self) -> tuple[Any, ...]:
        """Kept as rules and sides, and bound anew where it is read: bound rules hold functions, which no other process knows."""
        settings = {
            "max_candidates": self.max_candidates,
            "wrong_share": self.wrong_share,
            "calibrate": self.calibrate,
        }
        rules = tuple(bound.rule for bound in self.rules)
        return _bound_anew, (rules, self.left.for_keeping(), self.right.for_keeping(), settings, self.elsewhere)

    @cached_property
    def left_seen(self) -> tuple[str, ...]:
        """All columns of the left side that any rule reads, sorted. Records that are alike in these are interchangeable."""
        return tuple(sorted({name for rule in self.rules for name in _read(rule, "left")}))

    @cached_property
    def right_seen(self) -> tuple[str, ...]:
        """The same of the right side."""
        return tuple(sorted({name for rule in self.rules for name in _read(rule, "right")}))


def _read(rule: BoundRule, side: str) -> set[str]:
    """Columns of one side that a rule reads."""
    readers: list[KeyPart | BoundGate | BoundSum] = [*rule.parts, *rule.gates, *rule.sums]
    return {name for reader in readers for name in (reader.left if side == "left" else reader.right)}


def plan_of(
    rules: Sequence[Rule], left: Side, right: Side, *, max_candidates: int, wrong_share: Decimal, calibrate: bool
) -> Plan:
    """Bind rules to two sides.

    Raises:
        MissingColumn: A rule names a column that a side does not have.
        WrongColumnType: Columns of a rule cannot be compared exactly.
        MatcherError: A rule has more than one key to search.
    """
    bound = tuple(_bound(number, rule, left, right) for number, rule in enumerate(rules))
    return Plan(
        left=left,
        right=right,
        rules=bound,
        max_candidates=max_candidates,
        wrong_share=wrong_share,
        calibrate=calibrate,
    )


def _bound_anew(
    rules: Sequence[Rule], left: Side, right: Side, settings: Mapping[str, Any], elsewhere: Elsewhere
) -> Plan:
    return attrs.evolve(plan_of(rules, left, right, **settings), elsewhere=elsewhere)


def _bound(number: int, rule: Rule, left: Side, right: Side) -> BoundRule:
    where = f"rule {rule.name!r}"
    try:
        keys = tuple(key.bind_key(left, right) for key in rule.on if isinstance(key, Key))
        sums = tuple(one.bind_sum(left, right) for one in rule.on if isinstance(one, Sum))
        gates = tuple(gate.bind(left, right) for gate in rule.given)
    except MissingColumn as cause:
        raise MissingColumn(
            cause.missing, found=cause.found, where=f"{where}: {cause.where}", hint=cause.hint
        ) from None
    except WrongColumnType as cause:
        raise WrongColumnType(cause.problem, where=f"{where}: {cause.where}", hint=cause.hint) from None
    if sum(key.search is not None for key in keys) > 1:
        raise MatcherError(
            "only one key of a rule can be fuzzy", where=where, hint="the others as Exact, or a rule each"
        )
    return BoundRule(number=number, rule=rule, keys=keys, gates=gates, sums=sums)
