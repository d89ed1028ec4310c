"""Sense: what can be proved wrong with rules before any data is seen.

Only what is certain is refused. A stricter rule after a wider one is sensible: it settles the ties of the first. That a gate
fails for all pairs cannot be told from the rules alone, for every tolerance allows a difference of 0.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from tieout.errors import MatcherError
from tieout.matching.conditions._base import Gate, Key
from tieout.matching.conditions.damaged import Damaged
from tieout.matching.conditions.exact import Exact
from tieout.matching.conditions.fuzzy import Fuzzy
from tieout.matching.conditions.near import Near
from tieout.matching.conditions.same import Same
from tieout.matching.rule import Pairing, Rule

__all__ = ["require_sense"]

_Window = tuple[Fraction, Fraction, Fraction]
_DAY_US = 86_400_000_000


def require_sense(rules: Sequence[Rule]) -> None:
    """Refuse rules and gates that cannot do anything.

    Raises:
        MatcherError: A gate excludes nothing, a search can only find equal keys, or a rule can find nothing that is left.
    """
    for number, rule in enumerate(rules):
        where = f"rule {rule.name!r}"
        for problem, hint in (*_twice(rule), *_idle_gates(rule), *_idle_searches(rule)):
            raise MatcherError(problem, where=where, hint=hint)
        for earlier in rules[:number]:
            if _alike(earlier, rule):
                raise MatcherError(
                    f"it is rule {earlier.name!r} again: what that one leaves or doubts, a repetition must not confirm",
                    where=where,
                    hint="leave one of them out, or change what the later one asks for",
                )
            if _takes_all_of(earlier, rule) and not any(map(_is_searched, rules[rules.index(earlier) + 1 :])):
                raise MatcherError(
                    f"it can never fire: rule {earlier.name!r} is n:m and takes every pair that this rule would admit",
                    where=where,
                    hint=f"put it before rule {earlier.name!r}",
                )


def _twice(rule: Rule) -> Iterator[tuple[str, str]]:
    for one, other in (*combinations(rule.on, 2), *combinations(rule.given, 2)):
        if one == other:
            yield f"{one!r} stands there twice", "leave one out"


def _idle_gates(rule: Rule) -> Iterator[tuple[str, str]]:
    """Gates that exclude nothing."""
    for one, other in combinations(rule.given, 2):
        for idle, strict in ((one, other), (other, one)):
            if _implies(strict, idle):
                yield f"{idle!r} excludes nothing that {strict!r} lets pass", f"leave {idle!r} out"
    equal = {pair for key in rule.on if isinstance(key, Exact) for pair in key.columns}
    for gate in rule.given:
        if isinstance(gate, Near) and gate.column in equal and gate.right_times == 1:
            yield f"{gate!r} excludes nothing, for the key wants the same column equal", f"leave {gate!r} out"


def _idle_searches(rule: Rule) -> Iterator[tuple[str, str]]:
    """Searches for unlike keys where the rule wants them equal."""
    equal = {pair: one for one in (*rule.on, *rule.given) if isinstance(one, Exact | Same) for pair in one.columns}
    for key in rule.on:
        if isinstance(key, Damaged | Fuzzy) and key.columns in equal:
            yield (
                f"{key!r} can find nothing but equal keys, for {equal[key.columns]!r} wants them equal",
                "leave one out",
            )


def _alike(earlier: Rule, later: Rule) -> bool:
    return (
        set(earlier.on) == set(later.on)
        and set(earlier.given) == set(later.given)
        and (earlier.pairing, earlier.confirm) == (later.pairing, later.confirm)
    )


def _takes_all_of(earlier: Rule, later: Rule) -> bool:
    """Whether the earlier rule confirms all pairs that the later one admits, none of them being doubted."""
    if earlier.pairing is not Pairing.MANY_TO_MANY or not all(
        isinstance(key, Exact) for key in (*earlier.on, *later.on)
    ):
        return False
    return all(any(_key_implies(one, key) for one in later.on) for key in earlier.on) and all(
        any(_implies(one, gate) for one in later.given) for gate in earlier.given
    )


def _is_searched(rule: Rule) -> bool:
    return any(isinstance(key, Key) and not isinstance(key, Exact) for key in rule.on)


def _key_implies(strict: object, wide: object) -> bool:
    """Whether all pairs of one key are pairs of the other: it wants the same columns equal, and maybe more."""
    if not (isinstance(strict, Exact) and isinstance(wide, Exact)):
        return False
    return set(wide.columns) <= set(strict.columns) and (wide.normalise or not strict.normalise)


def _implies(strict: Gate, wide: Gate) -> bool:
    """Whether every pair that passes the one gate passes the other as well, whatever the columns hold."""
    if strict == wide:
        return True
    if isinstance(strict, Same) and isinstance(wide, Same):
        return set(wide.columns) <= set(strict.columns)
    if not (isinstance(strict, Near) and isinstance(wide, Near)):
        return False
    if strict.column != wide.column or strict.calendar != wide.calendar or strict.right_times != wide.right_times:
        return False
    if _counts_time(strict) is not _counts_time(wide):
        return False
    return all(inner <= outer for inner, outer in zip(_window(strict), _window(wide), strict=True))


def _counts_time(gate: Near) -> bool | None:
    """Whether a tolerance counts in days; None when that depends on the column."""
    if gate.days is not None:
        return True
    bounds = [bound for bound in (gate.by, gate.after, gate.before) if bound is not None]
    if any(not isinstance(bound, Decimal) for bound in bounds):
        return True
    return None if gate.after is not None else False


def _window(gate: Near) -> _Window:
    """Most above, most below, and percentage: in days for times."""
    symmetric = gate.days if gate.days is not None else gate.by
    above, below = (gate.after, gate.before) if gate.after is not None else (symmetric, symmetric)
    return _size(above), _size(below), Fraction(gate.percent or 0)


def _size(bound: Decimal | timedelta | None) -> Fraction:
    if isinstance(bound, timedelta):
        return Fraction(bound // timedelta(microseconds=1), _DAY_US)
    return Fraction(bound or 0)
