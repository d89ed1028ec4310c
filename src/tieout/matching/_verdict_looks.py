"""Verdict looks: which verdicts on sums speak of a record, and what they say."""

from collections.abc import Iterable
from typing import Any

from tieout.matching.conditions._distance import Words
from tieout.matching.verdict import Verdict

__all__ = ["verdict_words", "verdicts_on"]


def verdicts_on(verdicts: Iterable[Verdict], rule: str, side: str, position: int) -> tuple[Verdict, ...]:
    """A rule's verdicts that speak of a record: on its own sum, on one that it is in, or on one that it rivals.

    Args:
        verdicts: All verdicts.
        rule: Name of the rule.
        side: The record's side.
        position: The record.
    """
    return tuple(one for one in verdicts if one.rule == rule and _speaks_of(one, side, position))


def verdict_words(verdict: Any) -> Words:  # noqa: ANN401 - fields beside the rule are its owner's
    """What was found out about a sum, in one sentence."""
    return Words(en=verdict.sentence, zh=verdict.sentence_zh)


def _speaks_of(verdict: Any, side: str, position: int) -> bool:  # noqa: ANN401 - fields beside the rule are its owner's
    if verdict.side == side:
        return position in {verdict.position, *verdict.beside, *verdict.rivals}
    return position in verdict.summed or any(position in solution for solution in verdict.solutions)
