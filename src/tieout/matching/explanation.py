"""Explanations: why a record was matched as it was, or not at all."""

import attrs
import polars as pl

from tieout.matching._looks import Candidate, GateLook, RuleLook, Viewer, listed
from tieout.matching._sides import Side
from tieout.matching._workbench import Workbench
from tieout.model import MatchStatus

__all__ = ["Candidate", "Explanation", "GateLook", "RuleLook", "explain_record"]

_ALONE = "alone"


@attrs.frozen(kw_only=True)
class Explanation:
    """What happened to one record, as data; as text, a sentence and a line per rule.

    Attributes:
        side: `left` or `right`.
        position: The record, 0-based.
        status: `confirmed`, `suggested` or `alone`.
        partners: Positions on the other side of its pairs of that status, ascending.
        rule: Name of the rule that made them; None when it is alone.
        looks: What each rule saw, in order.
    """

    side: str
    position: int
    status: str
    partners: tuple[int, ...]
    rule: str | None
    looks: tuple[RuleLook, ...]

    @property
    def sentence(self) -> str:
        """What happened, in one sentence."""
        record = f"{self.side.capitalize()} {self.position}"
        named = f"{'right' if self.side == 'left' else 'left'} {listed(self.partners)}"
        if self.status == MatchStatus.CONFIRMED.value:
            return f"{record} is matched with {named} by rule {self.rule!r}."
        if self.status == MatchStatus.SUGGESTED.value:
            return f"{record} is not matched; {named} may belong to it by rule {self.rule!r}, which is for a person to decide."
        nearest = self.nearest
        if nearest is not None:
            return f"{record} is not matched; nearest is {nearest.sentence}."
        if all(look.outcome == "no key" for look in self.looks):
            return f"{record} is not matched; it has no key, or one that lost digits."
        return f"{record} is not matched; no rule found a candidate."

    @property
    def nearest(self) -> Candidate | None:
        """The candidate that came closest by any rule: by its key, then by how few gates fail; None without any."""
        seen = [candidate for look in self.looks for candidate in look.candidates]
        return min(seen, key=_distance, default=None)

    def __str__(self) -> str:
        return "\n".join([self.sentence, *(f"  {look}" for look in self.looks)])


def _distance(candidate: Candidate) -> tuple[bool, int, int]:
    return (not candidate.has_key, sum(not gate.holds for gate in candidate.gates), len(candidate.partners))


def explain_record(bench: Workbench, pairs: pl.DataFrame, side: Side, position: int) -> Explanation:
    """Look at one record with the eyes of every rule.

    Args:
        bench: Rules and sides, with the columns computed so far.
        pairs: What was found.
        side: Its side, one of the plan's.
        position: Its position.
    """
    matched = pairs.filter(pl.col("status") == MatchStatus.CONFIRMED.value)

    def partners_of(row: int) -> tuple[int, ...]:
        return tuple(matched.filter(pl.col(viewer.other.name) == row)[side.name].sort())

    viewer = Viewer(bench=bench, side=side, position=position, partners_of=partners_of)
    own = pairs.filter(pl.col(side.name) == position)
    confirmed = matched.filter(pl.col(side.name) == position)
    shown = own if confirmed.is_empty() else confirmed
    looks = []
    is_open = True
    for rule in bench.plan.rules:
        name = rule.rule.name
        found = own.filter(pl.col("rule") == name)
        looks.append(viewer.look(rule, found) if is_open else RuleLook(rule=name, was_tried=False, outcome="not tried"))
        is_open = is_open and confirmed.filter(pl.col("rule") == name).is_empty()
    return Explanation(
        side=side.name,
        position=position,
        status=_ALONE if shown.is_empty() else str(shown["status"][0]),
        partners=tuple(shown[viewer.other.name].unique().sort()),
        rule=None if shown.is_empty() else str(shown["rule"][0]),
        looks=tuple(looks),
    )
