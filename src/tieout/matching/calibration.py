"""Calibrations: what a rule learned from the pairs that match exactly, and what it made of it."""

from enum import StrEnum

import attrs
import polars as pl

__all__ = ["PRIORS", "Calibration", "CalibrationReason"]


class CalibrationReason(StrEnum):
    """Why the scores of a rule are what they are."""

    LEARNED = "learned"
    SWITCHED_OFF = "switched off"
    NO_GATES = "no gates"
    ONLY_SUGGESTS = "only suggests"
    NO_EXACT_RULE = "no exact rule"
    TOO_FEW_PAIRS = "too few pairs"
    TOO_MANY_CANDIDATES = "too many candidates"
    NOTHING_FOUND = "nothing found"


_ENGLISH = {
    CalibrationReason.SWITCHED_OFF: "calibrate=False",
    CalibrationReason.NO_GATES: "the rule has no gates, so there is no evidence to weigh",
    CalibrationReason.ONLY_SUGGESTS: "the rule only suggests, so nothing is held against the bar",
    CalibrationReason.NO_EXACT_RULE: "no earlier rule matches the same columns exactly, so there is nothing to learn from",
    CalibrationReason.TOO_FEW_PAIRS: "{teaching} pairs match exactly, {needed} are needed to tell so small a share of wrong ones",
    CalibrationReason.TOO_MANY_CANDIDATES: "too many records have keys near each other to count the true among them",
    CalibrationReason.NOTHING_FOUND: "it found no pair to score",
}
_CHINESE = {
    CalibrationReason.SWITCHED_OFF: "calibrate=False",
    CalibrationReason.NO_GATES: "该规则没有佐证条件，无从衡量证据",
    CalibrationReason.ONLY_SUGGESTS: "该规则只作建议，不与界限比较",
    CalibrationReason.NO_EXACT_RULE: "之前没有规则对相同的列做精确匹配，无从学习",
    CalibrationReason.TOO_FEW_PAIRS: "精确匹配的记录对只有 {teaching} 对，要判断如此低的错配率至少需要 {needed} 对",
    CalibrationReason.TOO_MANY_CANDIDATES: "相近的单号太多，无法估计其中真实匹配的比例",
    CalibrationReason.NOTHING_FOUND: "没有找到需要评分的记录对",
}
_LEVELS = {"gate": pl.String(), "level": pl.String(), "m": pl.Float64(), "u": pl.Float64(), "weight": pl.Float64()}

PRIORS = {
    "evidence": pl.String(),
    "candidates": pl.Int64(),
    "prior": pl.Float64(),
    "lone": pl.Int64(),
    "lone_prior": pl.Float64(),
}
"""Columns of `Calibration.priors`."""


@attrs.frozen(kw_only=True, eq=False)
class Calibration:
    """What a rule with a searched key learned from the data, and what it confirmed by it.

    Where it learned, the score of each of its pairs is the probability that the pair is true, and as many pairs are confirmed as
    the bar allows. Where it did not, the scores are fixed and say only how strong the kind of evidence is.

    Attributes:
        rule: Name of the rule.
        reason: Whether it learned, or why not.
        teaching_pairs: Pairs with the very same key that it learned from, after sampling; 0 when it came not so far.
        teaching_pairs_needed: The fewest that it would have learned from; 0 when it came not so far.
        levels: One row for each gate and level of agreement: `m`, how often true pairs agree so; `u`, how often strangers do;
            `weight`, the power of ten of m / u: 2 speaks a hundred to one for the pair, -2 against it.
        priors: One row for each kind of key evidence: how many `candidates` were counted, pairs whose keys are so near whatever
            the gates say, and the share of them that is true (`prior`); how many of them are `lone`, neither record passing all
            gates with another one, and the share of those that is true (`lone_prior`). Unrivalled pairs are scored by the
            latter, rivalled ones by the former.
        wrong_share: The expected share of wrong pairs that was allowed, among all that are confirmed.
        expected_wrong_share: The one that is expected among the pairs that this rule confirmed; None when it did not learn or
            confirmed nothing.
        result_wrong_share: The one that is expected among all pairs confirmed by this rule and those before it, equal keys taken
            to be right; None in the same cases.
        bar: Least score that was confirmed; None in the same cases.
        confirmed: Pairs at or above the bar.
        below_bar: Pairs that were unrivalled and passed all gates, but are below the bar: they are suggested.
    """

    rule: str
    reason: CalibrationReason
    teaching_pairs: int = 0
    teaching_pairs_needed: int = 0
    levels: pl.DataFrame = attrs.field(factory=lambda: pl.DataFrame(schema=_LEVELS), repr=False)
    priors: pl.DataFrame = attrs.field(factory=lambda: pl.DataFrame(schema=PRIORS), repr=False)
    wrong_share: float
    expected_wrong_share: float | None = None
    result_wrong_share: float | None = None
    bar: float | None = None
    confirmed: int = 0
    below_bar: int = 0

    @property
    def learned(self) -> bool:
        """Whether the scores are probabilities."""
        return self.reason is CalibrationReason.LEARNED

    @property
    def sentence(self) -> str:
        """What came of it, in English."""
        if not self.learned:
            why = _ENGLISH[self.reason].format(
                teaching=f"{self.teaching_pairs:,}", needed=f"{self.teaching_pairs_needed:,}"
            )
            return f"{self.rule}: scores are fixed, not learned: {why}."
        learned = f"{self.rule}: learned from {self.teaching_pairs:,} pairs that match exactly"
        below = f"{self.below_bar:,} below it suggested"
        if self.bar is None or self.expected_wrong_share is None or self.result_wrong_share is None:
            return f"{learned}; nothing reaches the bar of {self.wrong_share:.6f} wrong, {below}."
        return (
            f"{learned}; {self.confirmed:,} pairs of score {self.bar:.6f} and more confirmed, of which"
            f" {self.expected_wrong_share:.6f} are expected to be wrong, and {self.result_wrong_share:.6f} of all confirmed"
            f" ({self.wrong_share:.6f} allowed); {below}."
        )

    @property
    def sentence_zh(self) -> str:
        """The same in Chinese."""
        if not self.learned:
            why = _CHINESE[self.reason].format(
                teaching=f"{self.teaching_pairs:,}", needed=f"{self.teaching_pairs_needed:,}"
            )
            return f"{self.rule}：使用固定评分，未经数据校准：{why}。"
        learned = f"{self.rule}：已从 {self.teaching_pairs:,} 对精确匹配的记录中学习"
        below = f"低于界限的 {self.below_bar:,} 对仅作建议"
        if self.bar is None or self.expected_wrong_share is None or self.result_wrong_share is None:
            return f"{learned}；没有记录对能满足错配率不超过 {self.wrong_share:.6f} 的要求，{below}。"
        return (
            f"{learned}；确认了评分不低于 {self.bar:.6f} 的 {self.confirmed:,} 对，预计错配率"
            f" {self.expected_wrong_share:.6f}，占全部已确认匹配的 {self.result_wrong_share:.6f}"
            f"（允许 {self.wrong_share:.6f}）；{below}。"
        )

    def __str__(self) -> str:
        lines = [self.sentence]
        if self.learned:
            lines += _table(
                ("gate", "level", "true pairs", "strangers", "weight"),
                [
                    (gate, level, f"{m:.6f}", f"{u:.6f}", f"{weight:+.2f}")
                    for gate, level, m, u, weight in self.levels.iter_rows()
                ],
            )
            lines += _table(
                ("key", "candidates", "true", "unrivalled", "true"),
                [
                    (evidence, f"{count:,}", f"{prior:.4f}", f"{lone:,}", f"{lone_prior:.4f}")
                    for evidence, count, prior, lone, lone_prior in self.priors.iter_rows()
                ],
            )
        return "\n".join(lines)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]
