"""Rules: which keys find a pair, which gates it must pass, and how many records may share."""

from collections.abc import Sequence
from enum import StrEnum
from types import UnionType
from typing import TypeVar

import attrs

from tieout.errors import MatcherError
from tieout.matching._documents import Plain
from tieout.matching._names import is_text
from tieout.matching.conditions._base import Gate, Key, Sum
from tieout.matching.conditions.exact import Exact
from tieout.matching.conditions.subset import Subset
from tieout.matching.conditions.total import Total

__all__ = ["Pairing", "Rule"]

T = TypeVar("T")


class Pairing(StrEnum):
    """How many records of each side may share a match."""

    ONE_TO_ONE = "1:1"
    ONE_TO_MANY = "1:n"
    MANY_TO_ONE = "n:1"
    MANY_TO_MANY = "n:m"

    @property
    def left_takes_many(self) -> bool:
        """Whether one left record may have several right ones."""
        return self in {Pairing.ONE_TO_MANY, Pairing.MANY_TO_MANY}

    @property
    def right_takes_many(self) -> bool:
        """Whether one right record may have several left ones."""
        return self in {Pairing.MANY_TO_ONE, Pairing.MANY_TO_MANY}


@attrs.frozen(init=False)
class Rule(Plain):
    """One step of a matcher.

    Attributes:
        name: What people call it; stands in every pair it makes.
        on: Keys that find the pairs, and at most one sum that must add up; all must agree.
        given: Gates that a pair must pass; all must hold. Their closeness decides between several pairs that pass.
        pairing: `n:1` reads left to right: many left records to one right record.
        confirm: False for a rule that only suggests.
        doubt: False where equal keys are a pair whatever other rules find: what differs is a finding, not a doubt.

    Example:
        >>> from tieout.matching import Exact, Near
        >>> Rule("same parcel", on=[Exact("tracking_no")], given=[Near("ship_date", days=5)], pairing="n:1")
        Rule('same parcel', on=[Exact('tracking_no')], given=[Near('ship_date', days=5)], pairing='n:1')
    """

    name: str
    on: tuple[Key | Sum, ...]
    given: tuple[Gate, ...]
    pairing: Pairing
    confirm: bool
    doubt: bool

    def __init__(
        self,
        name: str,
        *,
        on: Sequence[Key | Sum],
        given: Sequence[Gate] = (),
        pairing: str | Pairing = Pairing.ONE_TO_ONE,
        confirm: bool = True,
        doubt: bool = True,
    ) -> None:
        """Declare a rule.

        Args:
            name: What people call it.
            on: One key at least.
            given: Gates.
            pairing: `1:1`, `1:n`, `n:1` or `n:m`.
            confirm: False where a person is to decide about whatever the rule finds.
            doubt: False for equal keys that no later rule's evidence may contradict, nor zeros at their end.

        Raises:
            MatcherError: No name, no key, something that is no key or gate, an unknown pairing, a sum that makes no sense with
                the rest, or `doubt=False` where keys are searched or nothing is confirmed.
        """
        _require_name(name)
        where = f"rule {name!r}"
        keys = _members(on, Key | Sum, argument="on", expected="keys such as Exact or Fuzzy", where=where)
        gates = _members(given, Gate, argument="given", expected="gates such as Near or Same", where=where)
        if not keys:
            raise MatcherError("a rule needs at least one key", where=where, hint='on=[Exact("tracking_no")]')
        shared = _pairing(pairing, where)
        _require_sound_sums(keys, shared, where)
        flags = {"confirm": _flag(confirm, "confirm", where), "doubt": _flag(doubt, "doubt", where)}
        if not doubt and not (confirm and all(isinstance(key, Exact) for key in keys)):
            raise MatcherError(
                "doubt=False is for equal keys that are confirmed",
                where=where,
                hint='on=[Exact("tracking_no")]; whatever is searched or summed needs evidence',
            )
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]  # attrs makes it
            name=name, on=keys, given=gates, pairing=shared, **flags
        )

    def __repr__(self) -> str:
        given = f", given={list(self.given)!r}" if self.given else ""
        pairing = "" if self.pairing is Pairing.ONE_TO_ONE else f", pairing={self.pairing.value!r}"
        confirm = "" if self.confirm else ", confirm=False"
        doubt = "" if self.doubt else ", doubt=False"
        return f"Rule({self.name!r}, on={list(self.on)!r}{given}{pairing}{confirm}{doubt})"


def _flag(value: object, name: str, where: str) -> bool:
    if not isinstance(value, bool):
        raise MatcherError(f"{name}={value!r} is {type(value).__name__}; True or False", where=where)
    return value


def _require_name(name: object) -> None:
    if not isinstance(name, str) or not name.strip():
        raise MatcherError(f"a rule needs a name, got {name!r}")
    if not is_text(name):
        raise MatcherError(f"half a character in the name {name!r}: it is no text")


def _members(items: Sequence[T], kind: type | UnionType, *, argument: str, expected: str, where: str) -> tuple[T, ...]:
    if isinstance(items, str) or not isinstance(items, Sequence):
        raise MatcherError(f"{argument}= is a list of {expected}, got {items!r}", where=where)
    for item in items:
        if isinstance(item, type):
            raise MatcherError(
                f"{argument}= takes {expected}, got the class {item.__name__}",
                where=where,
                hint=f'with its columns: {item.__name__}("tracking_no")',
            )
        if not isinstance(item, kind):
            raise MatcherError(f"{argument}= takes {expected}, got {item!r}", where=where)
    return tuple(items)


def _require_sound_sums(keys: Sequence[Key | Sum], pairing: Pairing, where: str) -> None:
    sums = [key for key in keys if isinstance(key, Sum)]
    if not sums:
        return
    if len(sums) > 1:
        raise MatcherError(
            f"a rule has one sum at most, got {sums[0]!r} and {sums[1]!r}", where=where, hint="a rule each"
        )
    others = [key for key in keys if not isinstance(key, Sum)]
    searched = [key for key in others if not isinstance(key, Exact)]
    if searched:
        raise MatcherError(
            f"a sum stands beside keys that are equal, got {searched[0]!r}",
            where=where,
            hint="Exact keys beside it; or gates, which pick what may be summed",
        )
    if pairing is Pairing.ONE_TO_ONE:
        raise MatcherError(
            f"{sums[0]!r} sums many records, and the pairing is 1:1",
            where=where,
            hint='pairing="n:1": many left records add up to one right; "1:n"; "n:m"',
        )
    if isinstance(sums[0], Total) and not others:
        raise MatcherError(
            f"{sums[0]!r} needs a key that says what belongs together",
            where=where,
            hint='on=[Exact("batch_id"), Total(...)]; without a key, Subset searches for what adds up',
        )
    if isinstance(sums[0], Subset) and pairing is Pairing.MANY_TO_MANY:
        raise MatcherError(
            f"{sums[0]!r} finds what adds up to one record, and the pairing is n:m",
            where=where,
            hint='pairing="n:1" or "1:n"; n:m sums need a key and Total',
        )


def _pairing(value: str | Pairing, where: str) -> Pairing:
    try:
        return Pairing(value)
    except ValueError as cause:
        known = ", ".join(pairing.value for pairing in Pairing)
        raise MatcherError(f"unknown pairing {value!r}; known: {known}", where=where) from cause
