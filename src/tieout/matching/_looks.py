"""Looks: what one rule sees when it looks at one record."""

from collections.abc import Callable
from typing import Any

import attrs
import polars as pl
from rapidfuzz.distance import OSA

from tieout.matching._plan import BoundRule
from tieout.matching._sides import Side
from tieout.matching._workbench import Workbench, key_names
from tieout.matching.conditions._base import BoundGate
from tieout.model import MatchStatus

__all__ = ["Candidate", "GateLook", "RuleLook", "Viewer", "listed"]

_SHOWN = 5
_SHOWN_BEYOND = 3  # records whose key the rule does not admit
_NEAR_EDITS = 2  # further apart, a key is no candidate that a person would recognise


@attrs.frozen(kw_only=True)
class GateLook:
    """A gate, held against one pair.

    Attributes:
        gate: The gate as a person reads it.
        holds: Whether the pair passes.
        reason: Why not; empty when it passes.
    """

    gate: str
    holds: bool
    reason: str


@attrs.frozen(kw_only=True)
class Candidate:
    """A record of the other side that a rule could have taken.

    Attributes:
        position: Its position.
        key: How its key compares, such as `same key` or `1 edit`.
        has_key: Whether the rule's key admits it; False for the nearest key where none is admitted.
        gates: The rule's gates.
        partners: Records that it is matched with.
        rivals: Records that could take the place of the one that is explained, where the key need not be equal and the gates
            hold; five at most.
        sentence: What speaks against it, or that nothing does.
    """

    position: int
    key: str
    has_key: bool
    gates: tuple[GateLook, ...]
    partners: tuple[int, ...]
    rivals: tuple[int, ...]
    sentence: str

    @property
    def passes(self) -> bool:
        """Whether the rule admits the pair."""
        return self.has_key and all(gate.holds for gate in self.gates)


@attrs.frozen(kw_only=True)
class RuleLook:
    """What one rule saw.

    Attributes:
        rule: Its name.
        was_tried: False when an earlier rule had matched the record already.
        outcome: `confirmed`, `suggested`, `no key`, `no candidate`, `not taken` or `not tried`.
        candidates: The nearest records of the other side, nearest first: five at most, or three whose key is not admitted.
    """

    rule: str
    was_tried: bool
    outcome: str
    candidates: tuple[Candidate, ...] = ()

    def __str__(self) -> str:
        shown = "; ".join(candidate.sentence for candidate in self.candidates)
        return f"{self.rule}: {self.outcome}{': ' if shown else ''}{shown}"


@attrs.frozen(kw_only=True, eq=False)
class Viewer:
    """One record, to be looked at by rules.

    Attributes:
        bench: Columns of both sides.
        side: The record's side.
        position: The record.
        partners_of: Confirmed partners of a record of the other side.
    """

    bench: Workbench
    side: Side
    position: int
    partners_of: Callable[[int], tuple[int, ...]]

    @property
    def other(self) -> Side:
        """The side where candidates are."""
        plan = self.bench.plan
        return plan.right if self.side is plan.left else plan.left

    def look(self, rule: BoundRule, found: pl.DataFrame) -> RuleLook:
        """What a rule sees.

        Args:
            rule: The rule.
            found: Pairs that it made of the record.
        """
        own = self.bench.keys(rule, self.side, pl.Series([self.position], dtype=pl.UInt32))
        if own.is_empty():
            return RuleLook(rule=rule.rule.name, was_tried=True, outcome="no key")
        if not self.other.frame.height:
            return RuleLook(rule=rule.rule.name, was_tried=True, outcome="no candidate")
        others = self.bench.keys(rule, self.other)
        admitted = _admitted(rule, own, others)
        near = admitted if admitted.height else _nearest_keys(own, others)
        judged = self._judged(rule, near, self.side, self.position).sort(
            ~pl.col("passes"), "steps", "cost", "row", nulls_last=True
        )
        candidates = tuple(self._candidate(rule, row) for row in judged.head(_SHOWN).iter_rows(named=True))
        said = [status.value for status in MatchStatus if status.value in found["status"]]
        outcome = said[0] if said else ("not taken" if admitted.height else "no candidate")
        return RuleLook(rule=rule.rule.name, was_tried=True, outcome=outcome, candidates=candidates)

    def _judged(self, rule: BoundRule, near: pl.DataFrame, side: Side, position: int) -> pl.DataFrame:
        """Near records with `left`, `right`, `passes` and `cost`, as partners of a record of that side."""
        own = pl.lit(position, dtype=pl.UInt32)
        is_left = side is self.bench.plan.left
        ends = {"left": own, "right": pl.col("row")} if is_left else {"left": pl.col("row"), "right": own}
        return self.bench.judged(near.with_columns(**ends), rule)

    def _candidate(self, rule: BoundRule, row: dict[str, Any]) -> Candidate:
        plan = self.bench.plan
        left, right = plan.left.frame.row(row["left"], named=True), plan.right.frame.row(row["right"], named=True)
        pair = pl.DataFrame([row], schema={"left": pl.UInt32, "right": pl.UInt32})
        gates = tuple(
            GateLook(
                gate=gate.text,
                holds=holds,
                reason="" if holds else "; ".join(far.words.en for far in gate.failure(left, right)),
            )
            for gate, holds in zip(rule.gates, self.bench.gate_by_gate(pair, rule), strict=True)
        )
        partners = self.partners_of(row["row"])
        rivals = self._rivals(rule, row["row"]) if row["has_key"] and row["passes"] else ()
        against = [gate.reason for gate in gates if not gate.holds]
        if self.position in partners:
            against.append("this is its partner")
        elif partners:
            against.append(f"it is matched with {self.side.name} {listed(partners)}")
        elif rivals:
            against.append(f"{self.side.name} {listed(rivals)} could be meant as well")
        nothing = "nothing speaks against it" if row["has_key"] else "nothing else speaks against it"
        return Candidate(
            position=row["row"],
            key=row["key"],
            has_key=row["has_key"],
            gates=gates,
            partners=partners,
            rivals=rivals,
            sentence=f"{self.other.name} {row['row']} ({row['key']}): {', '.join(against) or nothing}",
        )

    def _rivals(self, rule: BoundRule, candidate: int) -> tuple[int, ...]:
        """Records of the explained one's side that could claim its candidate."""
        if rule.search is None:
            return ()
        keys = self.bench.keys(rule, self.other, pl.Series([candidate], dtype=pl.UInt32))
        near = _admitted(rule, keys, self.bench.keys(rule, self.side)).filter(pl.col("row") != self.position)
        claims = self._judged(rule, near, self.other, candidate).filter(pl.col("passes") | (pl.col("steps") == 0))
        return tuple(claims["row"].sort().head(_SHOWN))


def _reason(gate: BoundGate, left: dict[str, Any], right: dict[str, Any]) -> str:
    return "; ".join(far.words.en for far in gate.failure(left, right))


def listed(positions: tuple[int, ...]) -> str:
    """Positions as words: `3, 4 and 7`."""
    if not positions:
        return "none"
    *most, last = map(str, positions)
    return f"{', '.join(most)} and {last}" if most else last


def _admitted(rule: BoundRule, own: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Records that the rule's key admits: row, key, has_key, steps."""
    names = key_names(rule)
    values = own.row(0, named=True)
    equal = names if rule.search is None else names[:-1]
    alike = others.filter(pl.lit(value=True), *(pl.col(name) == values[name] for name in equal))
    if rule.search is None:
        return alike.select("row", key=pl.lit("same key"), has_key=pl.lit(value=True), steps=pl.lit(0, dtype=pl.Int64))
    steps = rule.search.steps([values[names[-1]]] * alike.height, alike[names[-1]].to_list())
    measured = alike.select("row").with_columns(steps=pl.Series(steps, dtype=pl.Int64)).drop_nulls("steps")
    words = pl.Series([rule.search.evidence(step) for step in measured["steps"]], dtype=pl.String)
    return measured.select("row", key=words, has_key=pl.lit(value=True), steps="steps")


def _nearest_keys(own: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Records with nearly the same key, where the rule admits none: the same columns."""
    name = own.columns[-1]
    key = own[name][0]
    texts = others[name].to_list() if isinstance(key, str) else []
    cut = [OSA.distance(key, text, score_cutoff=_NEAR_EDITS) for text in texts]
    measured = others.head(len(texts)).select("row", steps=pl.Series(cut, dtype=pl.Int64))
    near = measured.filter(pl.col("steps") <= _NEAR_EDITS).sort("steps", "row").head(_SHOWN_BEYOND)
    words = pl.concat_str("steps", pl.lit(" edits away, more than this rule admits")).str.replace("^1 edits", "1 edit")
    return near.select("row", key=words, has_key=pl.lit(value=False), steps="steps")
