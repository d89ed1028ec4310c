"""Verdicts: what was found out about a sum."""

from decimal import Decimal
from typing import Literal, TypeAlias

import attrs

__all__ = ["SumAnswer", "Verdict"]

SumAnswer: TypeAlias = Literal["unique", "several", "none", "stopped"]
"""What is known: one way, more than one, none; or that the search stopped before it knew."""

_NAMED = 20  # positions in one sentence


@attrs.frozen(kw_only=True)
class Verdict:
    """What a rule with `Total` or `Subset` found out about one record: which records of the other side add up to it.

    Attributes:
        rule: Name of the rule.
        side: Side of the record, `left` or `right`.
        position: The record, 0-based; with pairing `n:m` the first of its side's records of the key.
        beside: The other records of its side that are summed with it; empty unless the pairing is `n:m`.
        answer: `unique`, `several`, `none`, or `stopped`: the search came to its limit, and nothing is claimed.
        count: In how many ways records add up to it; None when the search stopped. Records alike in all that the matcher sees are
            interchangeable, and make no further way.
        solutions: Ways that are shown, the smaller ones first: positions on the other side, ascending. All of them, unless there
            are more than may be shown; what was found so far when the search stopped.
        summed: Positions on the other side that were summed whole and do not fit; empty otherwise.
        field: Records of the other side that could be in its sum.
        is_whole: Whether the sum is that of all records that the key and the gates admit, not of some of them.
        amount: What is to be reached, in the column's unit; None when it is not known.
        total: Sum of the only solution, or of all that was summed; None when there is no such sum.
        currency: ISO 4217 code; None when the amounts are just numbers.
        rivals: Positions on the record's own side that claim the same records. Different ones contradict it, and all of them are
            suggested; of twins, one is matched.
    """

    rule: str
    side: str
    position: int
    answer: SumAnswer
    count: int | None
    solutions: tuple[tuple[int, ...], ...] = ()
    summed: tuple[int, ...] = ()
    field: int = 0
    is_whole: bool = False
    amount: Decimal | None = None
    total: Decimal | None = None
    currency: str | None = None
    rivals: tuple[int, ...] = ()
    beside: tuple[int, ...] = ()

    @property
    def shown(self) -> int:
        """How many ways are shown."""
        return len(self.solutions)

    @property
    def other(self) -> str:
        """The side whose records are summed."""
        return "right" if self.side == "left" else "left"

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        return f"{self._record()}: {self._finding()}."

    @property
    def sentence_zh(self) -> str:
        """The verdict in one sentence, in Chinese."""
        return f"{self._record_zh()}：{self._finding_zh()}。"

    def __str__(self) -> str:
        return self.sentence

    def _record(self) -> str:
        beside = f" with {_listed(self.beside, 'and')}" if self.beside else ""
        return f"{self.side.capitalize()} {self.position}{beside} ({self._money(self.amount)})"

    def _finding(self) -> str:
        if self.answer == "stopped":
            found = f"{self.shown} fitting sums were found" if self.shown != 1 else "1 fitting sum was found"
            return f"the search among {self.field} {self.other} records stopped at its limit; {found}, and there may be others"
        if self.answer == "several":
            shown = "" if self.shown == self.count else f", {self.shown} of them shown"
            return f"{self.count:,} sums of {self.field} {self.other} records fit{shown}; a person decides"
        if self.answer == "none":
            return self._nothing()
        lines = f"{self.other} {_listed(self.solutions[0], 'and')}"
        which = "all its records" if self.is_whole else f"of {self.field} records only"
        fits = f"{which}, {lines}, add up to {self._money(self.total)}"
        if not self.rivals:
            return fits
        return f"{fits}; {self.side} {_listed(self.rivals, 'and')} claims them as well"

    def _nothing(self) -> str:
        if self.amount is None:
            return "an amount or its currency is not known, so nothing adds up to it"
        if not self.field:
            return f"no {self.other} record could be in its sum"
        if not self.is_whole:
            return f"no sum of {self.field} {self.other} records fits"
        records = f"its records, {self.other} {_listed(self.summed, 'and')},"
        if self.total is None:
            return (
                f"{records} have no sum: an amount or its currency is not known, currencies are mixed, or a gate fails"
            )
        return f"{records} add up to {self._money(self.total)}"

    def _record_zh(self) -> str:
        records = _listed_zh((self.position, *self.beside))
        return f"{_ZH[self.side]}第 {records} 行（{self._money(self.amount, unknown='金额未知')}）"

    def _finding_zh(self) -> str:
        other = _ZH[self.other]
        if self.answer == "stopped":
            return f"在{other} {self.field} 条记录中的搜索已到上限而停止；已找到 {self.shown} 种组合，可能还有其他组合"
        if self.answer == "several":
            shown = "" if self.shown == self.count else f"，列出其中 {self.shown} 种"
            return f"{other} {self.field} 条记录中有 {self.count:,} 种组合相符{shown}；由人工决定"
        if self.answer == "none":
            return self._nothing_zh()
        lines = f"{other}第 {_listed_zh(self.solutions[0])} 行"
        which = "其全部记录" if self.is_whole else f"{self.field} 条记录中只有"
        fits = f"{which}{lines}合计 {self._money(self.total)}"
        if not self.rivals:
            return fits
        return f"{fits}；{_ZH[self.side]}第 {_listed_zh(self.rivals)} 行也主张这些记录"

    def _nothing_zh(self) -> str:
        other = _ZH[self.other]
        if self.amount is None:
            return "金额或其币种未知，无法合计"
        if not self.field:
            return f"{other}没有可计入其合计的记录"
        if not self.is_whole:
            return f"{other} {self.field} 条记录的任何组合都不相符"
        records = f"其记录{other}第 {_listed_zh(self.summed)} 行"
        if self.total is None:
            return f"{records}无法合计：金额或其币种未知、币种混杂或条件不符"
        return f"{records}合计 {self._money(self.total)}"

    def _money(self, amount: Decimal | None, *, unknown: str = "amount unknown") -> str:
        if amount is None:
            return unknown
        return f"{amount:f} {self.currency}" if self.currency else f"{amount:f}"


_ZH = {"left": "左表", "right": "右表"}


def _listed(positions: tuple[int, ...], last_word: str) -> str:
    """Positions as words: `3, 4 and 7`."""
    if len(positions) > _NAMED:
        return f"{', '.join(map(str, positions[:_NAMED]))}, ... ({len(positions):,})"
    *most, last = map(str, positions)
    return f"{', '.join(most)} {last_word} {last}" if most else last


def _listed_zh(positions: tuple[int, ...]) -> str:
    shown = "、".join(map(str, positions[:_NAMED]))
    return f"{shown} 等共 {len(positions):,}" if len(positions) > _NAMED else shown
