"""Rival views: who else could be meant by a suggestion, and why it is no more than one."""

from collections.abc import Iterable, Sequence

import attrs
import polars as pl

from tieout.matching._looks import Doubt, Downgrade, Rival
from tieout.matching._plan import BoundRule
from tieout.matching._scout import Scout
from tieout.matching._sides import Side
from tieout.matching._sum_doubts import sum_doubts
from tieout.matching.calibration import Calibration
from tieout.matching.conditions._base import ChineseSearch, Search
from tieout.matching.conditions._distance import Words
from tieout.matching.verdict import Verdict
from tieout.model import MatchStatus

__all__ = ["RIVALS_SHOWN", "Ledger", "RivalView", "step_words"]

RIVALS_SHOWN = 100
"""Most rivals that are listed; the others are counted."""

_SAME_KEY = Words(en="same key", zh="关键字段相同")
_IN_EVIDENCE = {
    "check digits": Doubt.CHECK_DIGIT,
    "contradicted": Doubt.CONTRADICTED,
    "contested": Doubt.CONTESTED,
    "digits may be lost": Doubt.DIGITS_LOST,
    "short key": Doubt.TOO_LITTLE_KEY,
}


def step_words(search: Search | None, steps: int) -> Words:
    """How two keys compare."""
    if search is None:
        return _SAME_KEY
    en = search.evidence(steps)
    return Words(en=en, zh=search.evidence_zh(steps) if isinstance(search, ChineseSearch) else en)


@attrs.frozen(kw_only=True, eq=False)
class Ledger:
    """What was found, asked from the view of one side.

    Attributes:
        pairs: As in `MatchResult`.
        own: The explained record's side.
        other: The side of its candidates.
    """

    pairs: pl.DataFrame
    own: Side
    other: Side

    def confirmed(self, side: Side, rows: Sequence[int]) -> dict[int, tuple[tuple[int, ...], str]]:
        """Partners of records, and the rule that made them, for those that are matched."""
        partner = self.other if side is self.own else self.own
        found = self._of(side, rows, MatchStatus.CONFIRMED).sort(partner.name)
        grouped = found.group_by(side.name).agg(partner.name, pl.col("rule").first())
        return {row: (tuple(partners), rule) for row, partners, rule in grouped.iter_rows()}

    def suggested(self, side: Side, rows: Sequence[int]) -> pl.DataFrame:
        """Suggested pairs of records of a side."""
        return self._of(side, rows, MatchStatus.SUGGESTED)

    def suggestions(self, position: int, rules: Sequence[str]) -> dict[int, str]:
        """Candidates that these rules suggest for the explained record, with the rule."""
        said = self.suggested(self.own, [position]).filter(pl.col("rule").is_in(list(rules)))
        return dict(said.select(self.other.name, "rule").iter_rows())

    def unmatched(self, near: pl.DataFrame) -> pl.DataFrame:
        """Those records of the other side (column row) that are matched with nothing."""
        matched = self.pairs.filter(pl.col("status") == MatchStatus.CONFIRMED.value)[self.other.name]
        return near.filter(~pl.col("row").is_in(matched.cast(pl.UInt32).implode()))

    def _of(self, side: Side, rows: Sequence[int], status: MatchStatus) -> pl.DataFrame:
        wanted = pl.Series(rows, dtype=pl.Int64)
        return self.pairs.filter(pl.col(side.name).is_in(wanted.implode()), pl.col("status") == status.value)


@attrs.frozen(kw_only=True, eq=False)
class RivalView:
    """The rivals of the candidates of one rule.

    Attributes:
        scout: Finds them.
        ledger: Knows whom they are matched with.
        rule: The rule.
        calibrations: What rules learned.
        verdicts: What rules with sums found.
        names: Names of the rules, in order.
    """

    scout: Scout
    ledger: Ledger
    rule: BoundRule
    calibrations: tuple[Calibration, ...]
    verdicts: tuple[Verdict, ...]
    names: tuple[str, ...]

    def rivals(self, candidates: Sequence[int]) -> dict[int, tuple[Rival, ...]]:
        """All rivals of each candidate, in the order of evidence and position."""
        if not candidates or self.rule.sums:  # what speaks against a sum, its verdict says
            return {}
        claims = self._ties(candidates) if self.rule.search is None else self._claims(candidates)
        rows = claims["row"].unique().to_list()
        alike = self._alike(rows)
        partners = self.ledger.confirmed(self.scout.side, rows)
        found: dict[int, list[Rival]] = {candidate: [] for candidate in candidates}
        for candidate, row, steps, passes in claims.sort("candidate", ~pl.col("passes"), "steps", "row").iter_rows():
            rival = Rival(
                position=row,
                key=step_words(self.rule.search, steps),
                passes=passes,
                partners=partners.get(row, ((), ""))[0],
                is_alike=row in alike,
            )
            found[candidate].append(rival)
        return {candidate: tuple(rivals) for candidate, rivals in found.items()}

    def downgrades(
        self,
        candidate: int,
        pair: dict[str, object],
        steps: int | None,
        rivals: Iterable[Rival],
        others: Sequence[int],
    ) -> tuple[Downgrade, ...]:
        """Why a pair is only suggested.

        Args:
            candidate: The candidate.
            pair: The pair, a row of `MatchResult.pairs`.
            steps: How far apart the keys are; None of a sum.
            rivals: The candidate's rivals.
            others: Other candidates that could be meant.
        """
        search = self.rule.search
        score = float(str(pair["score"]))
        told = [Downgrade(doubt=doubt) for words, doubt in _IN_EVIDENCE.items() if words in str(pair["evidence"])]
        if not self.rule.rule.confirm:
            told.append(Downgrade(doubt=Doubt.RULE_SUGGESTS))
        if search is not None and steps is not None and not search.is_certain(steps):
            if not self.rule.gates:
                told.append(Downgrade(doubt=Doubt.NO_GATES))
            if not search.can_confirm(steps):
                told.append(Downgrade(doubt=Doubt.TOO_LITTLE_KEY))
        theirs = self.ledger.confirmed(self.scout.other, others)
        told += self._rivalry(self.scout.other, [row for row in others if row not in theirs], is_matched=False)
        told += self._rivalry(self.scout.other, [row for row in others if row in theirs], is_matched=True)
        ours = [rival for rival in rivals if rival.partners or not rival.is_alike]
        told += self._rivalry(self.scout.side, [one.position for one in ours if not one.partners], is_matched=False)
        told += self._rivalry(self.scout.side, [one.position for one in ours if one.partners], is_matched=True)
        told += self._disputes(candidate)
        if search is not None and self._is_below_bar(score):
            told.append(Downgrade(doubt=Doubt.BELOW_BAR, score=score))
        if self.rule.sums:
            return tuple(told) + self._sum_doubts(candidate, is_alone=not told)
        return tuple(told) or self._rivals_of_later(candidate)

    def _sum_doubts(self, candidate: int, *, is_alone: bool) -> tuple[Downgrade, ...]:
        ends = {self.scout.side.name: self.scout.position, self.scout.other.name: candidate}
        earlier = self.ledger.pairs.filter(
            pl.col("status") == MatchStatus.SUGGESTED.value, pl.col("rule").is_in(list(self.names[: self.rule.number]))
        )
        own = [one for one in self.verdicts if one.rule == self.rule.rule.name]
        return sum_doubts(own, earlier, ends, is_alone=is_alone, most=RIVALS_SHOWN)

    def _claims(self, candidates: Sequence[int]) -> pl.DataFrame:
        return self.scout.claims(self.rule, pl.Series(candidates, dtype=pl.UInt32))

    def _ties(self, candidates: Sequence[int]) -> pl.DataFrame:
        """Of a key that must be equal, only what was suggested rivals: all else was decided by evidence."""
        own, other = self.scout.side.name, self.scout.other.name
        tied = self.ledger.suggested(self.scout.other, candidates).filter(
            pl.col("rule") == self.rule.rule.name, pl.col(own) != self.scout.position
        )
        return tied.select(
            pl.col(other).alias("candidate"), pl.col(own).alias("row"), steps=pl.lit(0), passes=pl.lit(value=True)
        )

    def _alike(self, rows: Sequence[int]) -> set[int]:
        """Which of these are alike with the explained record in all that the rules read."""
        if not rows:
            return set()
        looked_at = pl.Series(sorted({*rows, self.scout.position}), dtype=pl.UInt32)
        twins = self.scout.bench.twins(self.scout.side, looked_at)
        own = twins.filter(pl.col("row") == self.scout.position)["twin"][0]
        return set(twins.filter(pl.col("twin") == own)["row"]) - {self.scout.position}

    def _rivalry(self, side: Side, rows: list[int], *, is_matched: bool) -> list[Downgrade]:
        if not rows:
            return []
        doubt = Doubt.TIE if self.rule.search is None else Doubt.MATCHED_RIVAL if is_matched else Doubt.RIVAL
        shown = tuple(sorted(rows)[:RIVALS_SHOWN])
        return [Downgrade(doubt=doubt, side=side.name, positions=shown, count=len(rows))]

    def _disputes(self, candidate: int) -> list[Downgrade]:
        """Partners that earlier rules suggested for either record, where they did not suggest this pair."""
        own, other = self.scout.side, self.scout.other
        earlier = pl.col("rule").is_in(list(self.names[: self.rule.number]))
        told = []
        for side, row, partner, mate in (
            (own, self.scout.position, other, candidate),
            (other, candidate, own, self.scout.position),
        ):
            said = self.ledger.suggested(side, [row]).filter(earlier)
            for (name,), pairs in said.sort("rule").group_by("rule", maintain_order=True):
                rows = pairs[partner.name].unique().sort().to_list()
                if mate not in rows:
                    shown = tuple(rows[:RIVALS_SHOWN])
                    told.append(
                        Downgrade(
                            doubt=Doubt.OTHER_RULE, side=partner.name, positions=shown, count=len(rows), rule=str(name)
                        )
                    )
        return told

    def _rivals_of_later(self, candidate: int) -> tuple[Downgrade, ...]:
        """Partners that later rules suggest for either record.

        What rivalled it when the rule was tried may have been settled since: then nobody is left to name.
        """
        own, other = self.scout.side, self.scout.other
        told: list[Downgrade] = []
        for side, row, partner, mate in (
            (own, self.scout.position, other, candidate),
            (other, candidate, own, self.scout.position),
        ):
            rows = set(self.ledger.suggested(side, [row])[partner.name]) - {mate}
            told += self._rivalry(partner, sorted(rows), is_matched=False)
        return tuple(told) or (Downgrade(doubt=Doubt.TIE if self.rule.search is None else Doubt.RIVAL),)

    def _is_below_bar(self, score: float) -> bool:
        for calibration in self.calibrations:
            if calibration.rule == self.rule.rule.name and getattr(calibration, "learned", False):
                bar = getattr(calibration, "bar", None)
                return bar is None or score < bar
        return False
