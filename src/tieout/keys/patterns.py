"""What a recognised number is said to be, and how sure that is.

Carriers and platforms are declared as data: a `Pattern` says what numbers look like, how they check themselves, and
where that is known from. Recognition returns every candidate. It never picks one: most Chinese waybills are bare digits
that several carriers use.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

import attrs

from tieout.keys.check_digits import SCHEMES, WeightedSum
from tieout.keys.embedded_dates import DATES, EmbeddedDate

__all__ = ["Candidate", "CheckState", "Confidence", "Evidence", "Pattern"]

_CONVINCING_CHANCE = 0.01


class Evidence(StrEnum):
    """Where a pattern is known from."""

    VERIFIED = "verified"
    """A published standard or the carrier's own document, and public specimen numbers that our tests hold."""

    GENERAL = "general"
    """General professional knowledge or what other public programs assume; treat it as a default."""


class CheckState(StrEnum):
    """What a number says about itself."""

    PASSED = "passed"
    FAILED = "failed"
    ABSENT = "absent"
    """The number has no check digit or date that we know."""


class Confidence(StrEnum):
    """How much a candidate is worth, best first."""

    CHECKED = "checked"
    """The form is the carrier's own, or the check rarely passes by chance, and the check passes."""

    DISTINCTIVE = "distinctive"
    """The form is the carrier's own; it has no check."""

    SHARED_CHECKED = "shared_checked"
    """Others use the form too; the check passes, which one random number in ten to thirty does as well."""

    SHARED = "shared"
    """Others use the form too, and there is no check: a possibility, no more."""

    CONTRADICTED = "contradicted"
    """The form is the carrier's own but the check fails: a typing error, or not that carrier."""

    @property
    def rank(self) -> int:
        """5 for the best, 1 for the worst."""
        return len(Confidence) - list(Confidence).index(self)

    @property
    def check(self) -> CheckState:
        """What the number's own check said."""
        if self is Confidence.CONTRADICTED:
            return CheckState.FAILED
        return CheckState.PASSED if self in {Confidence.CHECKED, Confidence.SHARED_CHECKED} else CheckState.ABSENT


@attrs.frozen(kw_only=True)
class Pattern:
    """One form of number that one carrier or platform issues.

    Attributes:
        name: What the form is called, such as `UPS 1Z`.
        form: Regular expression for the whole normalised number, in the part of the language that Python and Polars
            share.
        lengths: All lengths that `form` can have.
        is_distinctive: True when no other issuer is known to use the form.
        check: Name of a scheme of `check_digits` or of a date of `embedded_dates`; None when the form has none.
        evidence: How well it is known.
        source: Where it is known from.
    """

    name: str
    form: str
    lengths: tuple[int, ...]
    is_distinctive: bool = False
    check: str | None = None
    evidence: Evidence = Evidence.GENERAL
    source: str

    @property
    def rule(self) -> WeightedSum | EmbeddedDate | None:
        """The check itself."""
        return None if self.check is None else SCHEMES.get(self.check) or DATES[self.check]

    def matches(self, number: str) -> bool:
        """Whether the number has this form; its check is not asked."""
        return re.fullmatch(self.form, number) is not None

    def state(self, number: str) -> CheckState:
        """What the check says of a number of this form."""
        if self.rule is None:
            return CheckState.ABSENT
        return CheckState.PASSED if self.rule.holds(number) else CheckState.FAILED

    def confidence(self, state: CheckState) -> Confidence | None:
        """What a number of this form is worth in that state; None when it is then no candidate at all."""
        if state is CheckState.FAILED:
            return Confidence.CONTRADICTED if self.is_distinctive else None
        if state is CheckState.ABSENT:
            return Confidence.DISTINCTIVE if self.is_distinctive else Confidence.SHARED
        is_convincing = self.is_distinctive or (self.rule is not None and self.rule.chance < _CONVINCING_CHANCE)
        return Confidence.CHECKED if is_convincing else Confidence.SHARED_CHECKED


@attrs.frozen(kw_only=True)
class Candidate:
    """One issuer that a number may come from.

    Attributes:
        code: The carrier or platform.
        kind: What the number identifies, such as `tracking`, `order` or `payment`.
        pattern: Name of the form it has.
        confidence: What that is worth; `confidence.check` says what the number's own check said.
        evidence: How well the form itself is known.
    """

    code: str
    kind: str
    pattern: str
    confidence: Confidence
    evidence: Evidence


def candidates(number: str, declared: Iterable[tuple[str, str, Sequence[Pattern]]]) -> tuple[Candidate, ...]:
    """Every issuer whose form the number has, best first, one candidate for each code and kind.

    Args:
        number: The normalised number.
        declared: Triples of code, kind and patterns.
    """
    found: dict[tuple[str, str], Candidate] = {}
    for candidate in sorted(_matching(number, declared), key=lambda one: (-one.confidence.rank, one.code, one.pattern)):
        found.setdefault((candidate.code, candidate.kind), candidate)
    return tuple(found.values())


def _matching(number: str, declared: Iterable[tuple[str, str, Sequence[Pattern]]]) -> Iterator[Candidate]:
    for code, kind, patterns in declared:
        for pattern in patterns:
            if len(number) not in pattern.lengths or not pattern.matches(number):
                continue
            confidence = pattern.confidence(pattern.state(number))
            if confidence is not None:
                yield Candidate(
                    code=code, kind=kind, pattern=pattern.name, confidence=confidence, evidence=pattern.evidence
                )
