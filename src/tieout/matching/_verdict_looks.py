"""Verdict looks: which verdicts on sums speak of a record, and what they say."""

import re
from collections.abc import Iterable

from tieout.matching.conditions._distance import Words
from tieout.matching.verdict import Verdict

__all__ = ["sum_evidence_zh", "verdict_words", "verdicts_on"]

_EVIDENCE_ZH = (
    (re.compile(r"in ([\d,]+) of ([\d,]+) shown, of ([\d,]+) sums"), r"见于所列 \2 种组合中的 \1 种，共 \3 种"),
    (re.compile(r"in ([\d,]+) of ([\d,]+) sums"), r"见于 \2 种组合中的 \1 种"),
    (re.compile(r"sum of ([\d,]+)"), r"\1 行合计"),
)


def verdicts_on(verdicts: Iterable[Verdict], rule: str, side: str, position: int) -> tuple[Verdict, ...]:
    """A rule's verdicts that speak of a record: on its own sum, on one that it is in, or on one that it rivals.

    Args:
        verdicts: All verdicts.
        rule: Name of the rule.
        side: The record's side.
        position: The record.
    """
    return tuple(one for one in verdicts if one.rule == rule and _speaks_of(one, side, position))


def verdict_words(verdict: Verdict) -> Words:
    """What was found out about a sum, in one sentence."""
    return Words(en=verdict.sentence, zh=verdict.sentence_zh)


def sum_evidence_zh(evidence: str) -> str:
    """A sum's evidence in Chinese.

    Args:
        evidence: As in `MatchResult.pairs`.

    Example:
        >>> sum_evidence_zh("sum of 3"), sum_evidence_zh("in 2 of 3 sums")
        ('3 行合计', '见于 3 种组合中的 2 种')
    """
    for english, chinese in _EVIDENCE_ZH:
        evidence = english.sub(chinese, evidence)
    return evidence


def _speaks_of(verdict: Verdict, side: str, position: int) -> bool:
    if verdict.side == side:
        return position in {verdict.position, *verdict.beside, *verdict.rivals}
    return position in verdict.summed or any(position in solution for solution in verdict.solutions)
