"""Explanations: why a record was matched as it was, or not at all."""

from collections.abc import Sequence
from typing import Any

import attrs
import polars as pl

from tieout.errors import MatcherError
from tieout.matching._explanation_words import explanation_words
from tieout.matching._looks import Candidate, Doubt, Downgrade, GateLook, Outcome, Rival, RuleLook, Suggestion
from tieout.matching._plain import plain_data
from tieout.matching._rival_views import Ledger
from tieout.matching._scout import Scout
from tieout.matching._sides import Side
from tieout.matching._viewer import Viewer
from tieout.matching._workbench import Workbench
from tieout.matching.calibration import Calibration
from tieout.matching.verdict import Verdict
from tieout.model import MatchStatus

__all__ = [
    "Candidate",
    "Doubt",
    "Downgrade",
    "Explanation",
    "GateLook",
    "Outcome",
    "Rival",
    "RuleLook",
    "Suggestion",
    "explain_record",
]

_ALONE = "alone"
_LANGUAGES = ("en", "zh")


@attrs.frozen(kw_only=True)
class Explanation:
    """What happened to one record, as data and in words; `str()` gives a sentence and a line per rule.

    Attributes:
        side: `left` or `right`.
        position: The record, 0-based.
        status: `confirmed`, `suggested` or `alone`.
        partners: Positions on the other side of its pairs of that status, ascending.
        rule: Name of the rule that made them, the first when several suggest; None when it is alone.
        looks: What each rule saw, in order.
        suggestions: Its pairs that are only suggested, each with its rule and the reasons: in the order of the rules, then of the
            partners.
    """

    side: str
    position: int
    status: str
    partners: tuple[int, ...]
    rule: str | None
    looks: tuple[RuleLook, ...]
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def sentence(self) -> str:
        """What happened, in one sentence; of a record that is alone, with the smallest change that would match it."""
        return explanation_words(self).en

    @property
    def sentence_zh(self) -> str:
        """The same in Chinese."""
        return explanation_words(self).zh

    @property
    def nearest(self) -> Candidate | None:
        """The candidate that came closest by any rule: by its key, then by how few gates fail; None without any."""
        seen = [candidate for look in self.looks for candidate in look.candidates]
        return min(seen, key=_farness, default=None)

    @property
    def smallest_change(self) -> tuple[RuleLook, Candidate] | None:
        """The rule and the candidate, matched with nothing, that the fewest changes would bring together.

        The candidate's `changes` say which; each is the smallest that does. None when the record is matched or suggested, or
        when no tolerance would help.
        """
        if self.status != _ALONE:
            return None
        near = [
            (look, candidate)
            for look in self.looks
            for candidate in look.candidates
            if candidate.changes and not candidate.partners
        ]
        return min(near, key=lambda pair: (not pair[1].has_key, len(pair[1].changes or ())), default=None)

    def text(self, *, language: str = "en") -> str:
        """The whole: a sentence, and a line per rule.

        Args:
            language: `en` or `zh`.

        Raises:
            MatcherError: Another language.
        """
        if language not in _LANGUAGES:
            raise MatcherError(
                f"language={language!r} is unknown; known: {', '.join(_LANGUAGES)}", where="Explanation.text"
            )
        if language == "zh":
            return "\n".join([self.sentence_zh, *(f"  {look.sentence_zh}" for look in self.looks)])
        return "\n".join([self.sentence, *(f"  {look.sentence}" for look in self.looks)])

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data for JSON: amounts, gaps and tolerances exact as text, every sentence in both languages."""
        found = self.smallest_change
        change = None if found is None else {"rule": found[0].rule, "position": found[1].position}
        told: dict[str, Any] = plain_data(self)
        return {**told, "smallest_change": change and {**change, "changes": plain_data(found and found[1].changes)}}

    def __str__(self) -> str:
        return self.text()


def _farness(candidate: Candidate) -> tuple[bool, int, int]:
    return (not candidate.has_key, len(candidate.failed), len(candidate.partners))


def explain_record(
    bench: Workbench,
    pairs: pl.DataFrame,
    side: Side,
    position: int,
    *,
    verdicts: Sequence[Verdict] = (),
    calibrations: Sequence[Calibration] = (),
) -> Explanation:
    """Look at one record with the eyes of every rule.

    Args:
        bench: Rules and sides, with the columns computed so far.
        pairs: What was found.
        side: Its side, one of the plan's.
        position: Its position.
        verdicts: What rules with sums found.
        calibrations: What rules with searched keys learned.
    """
    rules = bench.plan.rules
    scout = Scout(bench=bench, side=side, position=position)
    viewer = Viewer(
        scout=scout,
        ledger=Ledger(pairs=pairs, own=side, other=scout.other),
        verdicts=tuple(verdicts),
        calibrations=tuple(calibrations),
        names=tuple(rule.rule.name for rule in rules),
    )
    own = pairs.filter(pl.col(side.name) == position)
    confirmed = own.filter(pl.col("status") == MatchStatus.CONFIRMED.value)
    shown = own if confirmed.is_empty() else confirmed
    looks: list[RuleLook] = []
    is_open = True
    for rule in rules:
        name = rule.rule.name
        found = own.filter(pl.col("rule") == name)
        if is_open:
            looks.append(viewer.look(rule, found))
        else:
            looks.append(RuleLook(rule=name, was_tried=False, outcome=Outcome.NOT_TRIED))
        is_open = is_open and confirmed.filter(pl.col("rule") == name).is_empty()
    if not any(look.candidates or look.verdicts for look in looks):
        looks = _past_keys(viewer, looks)
    return Explanation(
        side=side.name,
        position=position,
        status=_ALONE if shown.is_empty() else str(shown["status"][0]),
        partners=tuple(shown[scout.other.name].unique().sort()),
        rule=None if shown.is_empty() else str(shown["rule"][0]),
        looks=tuple(looks),
        suggestions=_suggestions(own, scout.other, looks),
    )


def _suggestions(own: pl.DataFrame, other: Side, looks: Sequence[RuleLook]) -> tuple[Suggestion, ...]:
    """The record's suggested pairs, with the reasons that the rules' looks hold."""
    said = own.filter(pl.col("status") == MatchStatus.SUGGESTED.value)
    rules = dict(said.group_by("rule").agg(pl.col(other.name).sort()).iter_rows())
    return tuple(
        Suggestion(
            partner=partner,
            rule=look.rule,
            reasons=next((one.downgrades for one in look.candidates if one.position == partner), ()),
        )
        for look in looks
        for partner in rules.get(look.rule, ())
    )


def _past_keys(viewer: Viewer, looks: list[RuleLook]) -> list[RuleLook]:
    """Looks that found nothing by keys, with what is near by gates; the same gates are looked through once."""
    seen = set()
    told = []
    for rule, look in zip(viewer.scout.bench.plan.rules, looks, strict=True):
        gates = tuple(gate.text for gate in rule.gates)
        is_new = gates not in seen and not rule.sums
        seen.add(gates)
        told.append(viewer.look_past_keys(rule, look) if gates and is_new else look)
    return told
