"""Looks: what the rules saw of one record, as data; `_look_words` gives them their sentences."""

from enum import StrEnum

import attrs

from tieout.matching._look_words import candidate_words, doubt_words, gate_words, look_words
from tieout.matching.conditions._distance import Change, Distance, Words
from tieout.matching.verdict import Verdict

__all__ = ["Candidate", "Doubt", "Downgrade", "GateLook", "Outcome", "Rival", "RuleLook", "Suggestion"]


class Outcome(StrEnum):
    """What became of a record under one rule."""

    CONFIRMED = "confirmed"
    SUGGESTED = "suggested"
    NOT_TAKEN = "not taken"
    """Its key admits records of the other side, and none was taken."""
    NO_CANDIDATE = "no candidate"
    """Its key admits none."""
    NO_KEY = "no key"
    """It has no key, or one that lost digits."""
    NOT_TRIED = "not tried"
    """An earlier rule had matched it."""


class Doubt(StrEnum):
    """Why a pair is only suggested."""

    RIVAL = "rival"
    """Other records could be meant, which nothing else is matched with."""
    MATCHED_RIVAL = "matched rival"
    """Records that are matched elsewhere fit as well."""
    TIE = "tie"
    """Several pairings are equally good, or too many to compare."""
    OTHER_RULE = "other rule"
    """An earlier rule suggested another partner."""
    NO_GATES = "no gates"
    """The rule has nothing that could corroborate a key that differs."""
    TOO_LITTLE_KEY = "too little key"
    """So little is left of a harmed key that no evidence makes up for it."""
    CHECK_DIGIT = "check digit"
    """The check digit says that the keys are two numbers, not one with an error."""
    CONTRADICTED = "contradicted"
    """The keys are equal, and the other evidence speaks against it."""
    CONTESTED = "contested"
    """Only closeness chose among several partners of that key, and a neighbour of another key may be meant."""
    DIGITS_LOST = "digits lost"
    """The keys are equal, but look rounded: what they lost may differ."""
    SEVERAL_SUMS = "several sums"
    """Records add up in more than one way."""
    SHARED_SUM = "shared sum"
    """Other records add up with the same ones."""
    SUM_MEMBER = "sum member"
    """Another record of the same sum is in doubt, and a sum is doubted whole."""
    RULE_SUGGESTS = "rule suggests"
    """The rule is declared to suggest only."""
    BELOW_BAR = "below bar"
    """More pairs of that score would be wrong than `wrong_share` allows."""


@attrs.frozen(kw_only=True)
class GateLook:
    """A gate, held against one pair.

    Attributes:
        gate: The gate as a person reads it.
        gate_zh: The same in Chinese.
        holds: Whether the pair passes.
        distances: What does not agree, column by column; empty when it passes.
    """

    gate: str
    gate_zh: str
    holds: bool
    distances: tuple[Distance, ...]

    @property
    def sentence(self) -> str:
        """Why it does not pass, or that it does."""
        return gate_words(self).en

    @property
    def sentence_zh(self) -> str:
        """The same in Chinese."""
        return gate_words(self).zh


@attrs.frozen(kw_only=True)
class Rival:
    """A record of the explained one's side that could claim its candidate.

    Attributes:
        position: Its position.
        key: How its key compares with the candidate's.
        passes: Whether it passes the gates with the candidate; if not, it has the very same key.
        partners: Records of the other side that it is matched with.
        is_alike: Whether it is alike with the explained record in all that any rule reads: no rival, but another of the same.
    """

    position: int
    key: Words
    passes: bool
    partners: tuple[int, ...]
    is_alike: bool


@attrs.frozen(kw_only=True)
class Downgrade:
    """A reason why a pair is only suggested.

    Attributes:
        doubt: The kind of reason.
        side: Side of the positions; empty without any.
        positions: Records that the reason is about; 100 at most.
        count: How many there are; of `Doubt.SEVERAL_SUMS`, how many sums fit.
        field: Records of the other side that could be in the sum, of `Doubt.SEVERAL_SUMS`; 0 for others.
        rule: The earlier rule that suggested something else; empty for doubts that no earlier rule raised.
        score: Score of the pair, of `Doubt.BELOW_BAR`; None for others.
    """

    doubt: Doubt
    side: str = ""
    positions: tuple[int, ...] = ()
    count: int = 0
    field: int = 0
    rule: str = ""
    score: float | None = None

    @property
    def sentence(self) -> str:
        """The reason, as a clause."""
        return doubt_words(self).en

    @property
    def sentence_zh(self) -> str:
        """The same in Chinese."""
        return doubt_words(self).zh


@attrs.frozen(kw_only=True)
class Candidate:
    """A record of the other side that a rule could have taken.

    Attributes:
        side: Its side.
        position: Its position.
        key: How its key compares, such as `same key` or `1 edit`.
        key_zh: The same in Chinese.
        has_key: Whether the rule's key admits it; False for records that are near where none is admitted.
        gates: The rule's gates.
        own_side: Side of the explained record.
        partners: Records of that side that it is matched with.
        partner_rule: Name of the rule that matched it; None when it is not matched.
        is_partner: Whether it is matched with the explained record.
        suggested_by: Name of the earlier rule that suggests the pair already, where this rule admits it too; None otherwise.
        rivals: Records of the explained one's side that could claim it too; 100 at most.
        rivals_count: How many there are.
        downgrades: Why the pair is only suggested; empty when it is not.
        changes: The smallest changes that would let the rule admit the pair, all of them together; empty when it does admit
            it, None when no tolerance would.
    """

    side: str
    position: int
    key: str
    key_zh: str
    has_key: bool
    gates: tuple[GateLook, ...]
    own_side: str
    partners: tuple[int, ...]
    partner_rule: str | None
    is_partner: bool
    suggested_by: str | None = None
    rivals: tuple[Rival, ...] = ()
    rivals_count: int = 0
    downgrades: tuple[Downgrade, ...] = ()
    changes: tuple[Change, ...] | None = ()

    @property
    def passes(self) -> bool:
        """Whether the rule admits the pair."""
        return self.has_key and all(gate.holds for gate in self.gates)

    @property
    def failed(self) -> tuple[GateLook, ...]:
        """The gates that it does not pass."""
        return tuple(gate for gate in self.gates if not gate.holds)

    @property
    def sentence(self) -> str:
        """What speaks against it, or that nothing does."""
        return candidate_words(self).en

    @property
    def sentence_zh(self) -> str:
        """The same in Chinese."""
        return candidate_words(self).zh


@attrs.frozen(kw_only=True)
class Suggestion:
    """A pair that is only suggested.

    Attributes:
        partner: The record of the other side.
        rule: Name of the rule that suggests it.
        reasons: Why it is no more than a suggestion; empty beyond the 100 candidates of a rule that are looked at.
    """

    partner: int
    rule: str
    reasons: tuple[Downgrade, ...]


@attrs.frozen(kw_only=True)
class RuleLook:
    """What one rule saw.

    Attributes:
        rule: Its name.
        was_tried: False when an earlier rule had matched the record already.
        outcome: An `Outcome`.
        candidates: The nearest records of the other side, nearest first: all that could be meant of a suggestion, 100 at most;
            five at most otherwise, or three whose key is not admitted.
        others: How many further records the rule's key admits.
        verdicts: What a rule with a sum found out about sums that the record is in; of one that is in none, about sums that it
            could be in, 5 at most.
        taken_instead: Records alike with it in all that the rules read, which were taken for such a sum in its place.
        is_sum: Whether the rule asks for a sum.
    """

    rule: str
    was_tried: bool
    outcome: Outcome
    candidates: tuple[Candidate, ...] = ()
    others: int = 0
    verdicts: tuple[Verdict, ...] = ()
    taken_instead: tuple[int, ...] = ()
    is_sum: bool = False

    @property
    def sentence(self) -> str:
        """What it saw, in a line."""
        return look_words(self).en

    @property
    def sentence_zh(self) -> str:
        """The same in Chinese."""
        return look_words(self).zh

    def __str__(self) -> str:
        return self.sentence
