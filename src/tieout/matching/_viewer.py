"""The viewer: looks at one record with the eyes of each rule."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import attrs
import polars as pl

from tieout.matching._look_words import key_words
from tieout.matching._looks import Candidate, GateLook, Outcome, RuleLook
from tieout.matching._names import cell
from tieout.matching._plan import BoundRule
from tieout.matching._rival_views import RIVALS_SHOWN, Ledger, RivalView, step_words
from tieout.matching._scout import NEAR_EDITS, Scout
from tieout.matching._sum_views import SumView
from tieout.matching._verdict_looks import sum_evidence_zh, verdicts_on
from tieout.matching.calibration import Calibration
from tieout.matching.conditions._base import named
from tieout.matching.conditions._distance import Change, Words
from tieout.matching.verdict import Verdict
from tieout.model import MatchStatus

__all__ = ["CANDIDATES_SHOWN", "Viewer"]

CANDIDATES_SHOWN = 100
"""Most candidates of a suggestion that are listed."""

_SHOWN = 5
_SHOWN_BEYOND = 3  # records whose key the rule does not admit
_UNLIKE = Words(en="key unlike", zh="关键字段不同")
_NO_KEY = Words(en="no key to compare", zh="无可比的关键字段")
_WOULD_ADD_UP = Words(en="the amounts would add up", zh="金额可以合计相符")
_NEAR = ("row", "steps", "part", "has_key")


@attrs.frozen(kw_only=True, eq=False)
class Viewer:
    """One record, to be looked at by rules.

    Attributes:
        scout: Finds what is near it.
        ledger: Knows what was found.
        verdicts: What rules with sums found.
        calibrations: What rules with searched keys learned.
        names: Names of the rules, in order.
    """

    scout: Scout
    ledger: Ledger
    verdicts: tuple[Verdict, ...]
    calibrations: tuple[Calibration, ...]
    names: tuple[str, ...]

    def look(self, rule: BoundRule, found: pl.DataFrame) -> RuleLook:
        """What a rule sees.

        Args:
            rule: The rule.
            found: Pairs that it made of the record.
        """
        if rule.sums:
            return self._look_at_sums(rule, found)
        key = self.scout.own_key(rule)
        if key is None:
            return self._told(rule, Outcome.NO_KEY)
        if not self.scout.other.frame.height:
            return self._told(rule, Outcome.NO_CANDIDATE)
        admitted = self.scout.admitted(rule, key)
        if admitted.is_empty():
            near = self.scout.near_keys(rule, key).with_columns(has_key=pl.lit(value=False))
            return self._told(rule, Outcome.NO_CANDIDATE, *self._candidates(rule, near, found, _SHOWN_BEYOND))
        near = admitted.with_columns(part=pl.lit(None, dtype=pl.Int64), has_key=pl.lit(value=True))
        outcome = _outcome(found, Outcome.NOT_TAKEN)
        return self._told(rule, outcome, *self._candidates(rule, near, found, _SHOWN))

    def look_past_keys(self, rule: BoundRule, look: RuleLook) -> RuleLook:
        """The same look, with unmatched records that pass all gates whatever their key; for when no rule found anything."""
        near = self.ledger.unmatched(self.scout.near_gates(rule)).with_columns(
            steps=pl.lit(None, dtype=pl.Int64), part=pl.lit(None, dtype=pl.Int64), has_key=pl.lit(value=False)
        )
        candidates, others = self._candidates(rule, near, self._none_found(), _SHOWN_BEYOND)
        return attrs.evolve(look, candidates=candidates, others=others)

    def _look_at_sums(self, rule: BoundRule, found: pl.DataFrame) -> RuleLook:
        if rule.parts and self.scout.own_key(rule) is None:
            return attrs.evolve(self._told(rule, Outcome.NO_KEY), is_sum=True)
        verdicts = verdicts_on(self.verdicts, rule.rule.name, self.scout.side.name, self.scout.position)
        rows = found[self.scout.other.name].cast(pl.UInt32)
        taken: tuple[int, ...] = ()
        if found.is_empty() and self.scout.other.frame.height:
            verdicts, taken, out = self._out_of_sums(rule, verdicts)
            rows = pl.Series(out, dtype=pl.UInt32)
        near = (
            rows.alias("row")
            .to_frame()
            .with_columns(
                steps=pl.lit(None, dtype=pl.Int64), part=pl.lit(None, dtype=pl.Int64), has_key=pl.lit(value=True)
            )
        )
        outcome = _outcome(found, Outcome.NOT_TAKEN if verdicts or rows.len() else Outcome.NO_CANDIDATE)
        least = _SHOWN_BEYOND if found.is_empty() else CANDIDATES_SHOWN
        candidates, others = self._candidates(rule, near, found, least)
        look = self._told(rule, outcome, candidates, others)
        return attrs.evolve(look, verdicts=verdicts, taken_instead=taken, is_sum=True)

    def _out_of_sums(
        self, rule: BoundRule, verdicts: tuple[Verdict, ...]
    ) -> tuple[tuple[Verdict, ...], tuple[int, ...], tuple[int, ...]]:
        """Of a record in no sum: verdicts, those that were taken in its place, and those that gates keep apart from it."""
        of_rule = tuple(one for one in self.verdicts if one.rule == rule.rule.name)
        view = SumView(scout=self.scout, ledger=self.ledger, rule=rule, total=rule.sums[0], verdicts=of_rule)
        taken: tuple[int, ...] = ()
        if not verdicts:
            verdicts, taken = view.could_be_in()
        is_settled = any(one.answer != "none" for one in verdicts)
        return verdicts, taken, () if is_settled else view.kept_out()

    def _told(
        self, rule: BoundRule, outcome: Outcome, candidates: tuple[Candidate, ...] = (), others: int = 0
    ) -> RuleLook:
        return RuleLook(rule=rule.rule.name, was_tried=True, outcome=outcome, candidates=candidates, others=others)

    def _none_found(self) -> pl.DataFrame:
        return self.ledger.pairs.head(0)

    def _candidates(
        self, rule: BoundRule, near: pl.DataFrame, found: pl.DataFrame, least: int
    ) -> tuple[tuple[Candidate, ...], int]:
        """The nearest as candidates, and how many are left out."""
        if near.is_empty():
            return (), 0
        pairs = {pair[self.scout.other.name]: pair for pair in found.iter_rows(named=True)}
        judged = self._judged(rule, near.select(*_NEAR), list(pairs))
        could_be_meant = int(judged.select((pl.col("is_found") | pl.col("could_be_meant")).sum()).item())
        shown = max(least, min(could_be_meant, CANDIDATES_SHOWN)) if pairs else least
        ranked = self._ranked(judged, shown)
        rows = ranked["row"].to_list()
        view = RivalView(
            scout=self.scout,
            ledger=self.ledger,
            rule=rule,
            calibrations=self.calibrations,
            verdicts=self.verdicts,
            names=self.names,
        )
        rivals = view.rivals(ranked.filter("could_be_meant")["row"].to_list())
        partners = self.ledger.confirmed(self.scout.other, rows)
        meant = self._meant(rule, judged, pairs)
        before = self.ledger.suggestions(self.scout.position, self.names[: rule.number])
        told = []
        for row in ranked.iter_rows(named=True):
            at = row["row"]
            pair = pairs.get(at)
            is_suggested = pair is not None and pair["status"] == MatchStatus.SUGGESTED.value
            candidate = self._candidate(rule, row, pair, partners.get(at, ((), None)))
            theirs = rivals.get(at, ())
            twin = meant.get(at, (-1, False))[0]
            others = [one for one, (kind, is_matched) in meant.items() if one != at and (kind != twin or is_matched)]
            told.append(
                attrs.evolve(
                    candidate,
                    suggested_by=before.get(at) if pair is None and candidate.passes else None,
                    rivals=theirs[:RIVALS_SHOWN],
                    rivals_count=len(theirs),
                    downgrades=view.downgrades(at, pair, row["steps"], theirs, others) if is_suggested and pair else (),
                )
            )
        return tuple(told), near.height - len(told)

    def _meant(
        self, rule: BoundRule, judged: pl.DataFrame, pairs: dict[int, dict[str, Any]]
    ) -> dict[int, tuple[int, bool]]:
        """Candidates of which each speaks against the others, with their class of twins, and whether they are matched.

        Of a searched key these are all that fit, of an equal one those that were suggested.
        """
        if rule.sums:  # its records belong together
            return {}
        if rule.search is None:
            tied = (row for row, pair in pairs.items() if pair["status"] == MatchStatus.SUGGESTED.value)
            return {row: (row, False) for row in sorted(tied)}
        fitting = judged.filter("could_be_meant")["row"].sort()
        if fitting.is_empty() or not pairs:
            return {}
        matched = self.ledger.confirmed(self.scout.other, fitting.to_list())
        twins = self.scout.bench.twins(self.scout.other, fitting).sort("row")
        return {row: (twin, row in matched) for row, twin in twins.select("row", "twin").iter_rows()}

    def _judged(self, rule: BoundRule, near: pl.DataFrame, found: Sequence[int]) -> pl.DataFrame:
        """Near records with how many gates they fail, how far they are, and whether they could be meant."""
        own = pl.Series([self.scout.position], dtype=pl.UInt32).new_from_index(0, near.height)
        ends = (own, near["row"]) if self.scout.is_left else (near["row"], own)
        pairs = pl.DataFrame({"left": ends[0], "right": ends[1]})
        gates = self.scout.bench.gate_by_gate(pairs, rule)
        judged = pl.concat([near, pairs, gates], how="horizontal").with_columns(
            self.scout.bench.judged(pairs, rule)["cost"],
            failed=pl.sum_horizontal(pl.lit(0), *(~pl.col(f"holds{at}") for at in range(len(rule.gates)))),
            is_found=pl.col("row").is_in(pl.Series(found, dtype=pl.UInt32).implode()),
        )
        fits = pl.col("has_key") & ((pl.col("failed") == 0) | (pl.col("steps") == 0))
        return judged.with_columns(
            could_be_meant=fits if rule.search is not None else pl.col("has_key") & (pl.col("failed") == 0)
        )

    def _ranked(self, judged: pl.DataFrame, shown: int) -> pl.DataFrame:
        """The nearest by evidence; among equals by the content of their rows, and only then by position."""
        gaps = [name for name in judged.columns if name.startswith("gap")]
        if judged.is_empty():
            return judged
        evidence = [~pl.col("is_found"), pl.col("failed"), pl.col("steps"), pl.col("cost"), *map(pl.col, gaps)]
        numbered = judged.sort(evidence, nulls_last=True).with_columns(
            level=pl.struct([one.alias(f"level{at}") for at, one in enumerate(evidence)]).rle_id()
        )
        last = numbered["level"].head(shown).max()
        near = numbered.filter(pl.col("level") <= last)
        frame = self.scout.other.frame
        names = sorted(name for name, dtype in frame.schema.items() if dtype != pl.Object)
        content = frame.select(cell(name).alias(f"content:{name}") for name in names)[near["row"]]
        return pl.concat([near, content], how="horizontal").sort("level", *content.columns, "row").head(shown)

    def _candidate(
        self,
        rule: BoundRule,
        row: dict[str, Any],
        pair: dict[str, Any] | None,
        partners: tuple[tuple[int, ...], str | None],
    ) -> Candidate:
        plan = self.scout.bench.plan
        left, right = plan.left.frame.row(row["left"], named=True), plan.right.frame.row(row["right"], named=True)
        gates = tuple(
            GateLook(
                gate=gate.text,
                gate_zh=gate.text_zh or gate.text,
                holds=row[f"holds{at}"],
                distances=() if row[f"holds{at}"] else gate.failure(left, right),
            )
            for at, gate in enumerate(rule.gates)
        )
        words = self._key_words(rule, row, pair)
        return Candidate(
            side=self.scout.other.name,
            position=row["row"],
            key=words.en,
            key_zh=words.zh,
            has_key=row["has_key"],
            gates=gates,
            own_side=self.scout.side.name,
            partners=partners[0],
            partner_rule=partners[1],
            is_partner=self.scout.position in partners[0],
            changes=_changes(rule, row, gates),
        )

    def _key_words(self, rule: BoundRule, row: dict[str, Any], pair: dict[str, Any] | None) -> Words:
        steps = row["steps"]
        if row["has_key"] and steps is not None:
            return step_words(rule.search, steps)
        if row["has_key"]:
            if pair is None:
                return _WOULD_ADD_UP
            evidence = str(pair["evidence"])
            return Words(en=evidence, zh=sum_evidence_zh(evidence))
        if steps is not None:
            return key_words(steps)
        return _NO_KEY if self.scout.own_key(rule) is None else _UNLIKE


def _outcome(found: pl.DataFrame, otherwise: Outcome) -> Outcome:
    said = set(found["status"])
    return next((Outcome(status.value) for status in MatchStatus if status.value in said), otherwise)


def _changes(rule: BoundRule, row: dict[str, Any], gates: tuple[GateLook, ...]) -> tuple[Change, ...] | None:
    """The smallest changes that would let the rule admit the pair."""
    failed = [gate for gate in gates if not gate.holds]
    if rule.sums and failed:  # a wider gate would let others into the sum as well
        return None
    needed = [far.change for gate in failed for far in gate.distances]
    needed += [None for gate in failed if not gate.distances]
    if not row["has_key"]:
        needed.append(None if row["steps"] is None else _edits_change(rule, row["part"], row["steps"]))
    changes = tuple(change for change in needed if change is not None)
    return changes if len(changes) == len(needed) else None


def _edits_change(rule: BoundRule, part: int, edits: int) -> Change | None:
    if edits > NEAR_EDITS:
        return None
    column = named(rule.parts[part].asked)
    is_searched = rule.search is not None and part == len(rule.parts) - 1
    now = next((key.edits for key in rule.keys if key.search is not None), None) if is_searched else 0
    if now is None:  # a key that counts no edits has none to add
        return None
    more = edits - now
    how, how_zh = ("", "") if is_searched else (" (Fuzzy)", "（模糊匹配）")
    words = Words(
        en=f"{more} edit{'' if more == 1 else 's'} more on {column}{how}",
        zh=f"{column} 允许的差异再放宽 {more} 处{how_zh}",
    )
    return Change(column=column, setting="edits", value=Decimal(edits), more=Decimal(more), unit="edits", words=words)
