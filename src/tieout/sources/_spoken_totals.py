"""Totals in words: a number and sums that a line beside the table says, such as `#收入合计：18笔，共14989.00元`."""

import re
from collections.abc import Iterable
from typing import Final

import attrs

from tieout.money import to_minor
from tieout.sources._reading import Reading
from tieout.sources._totals import declared_money, doubt_total

__all__ = ["SpokenTotal", "spoken_total"]

_COUNT: Final = re.compile(r"(\d[\d,]{0,12})\s*笔")
_SUM: Final = re.compile(r"(-?\d[\d,]*(?:\.\d+)?)\s*元")


@attrs.frozen
class SpokenTotal:
    """What lines say in words.

    Attributes:
        count: The number of lines.
        sums: The sums in fen, in the order in which they are said.
    """

    count: int
    sums: tuple[int, ...]


def spoken_total(
    reading: Reading, word: str, *, figures: int, rows: Iterable[Iterable[str]] | None = None
) -> SpokenTotal | None:
    """What the rows that begin with a word say; of several joined files the figures add up.

    Args:
        reading: The reading.
        word: How such a row begins, after signs and blanks.
        figures: How many sums such a row says at least.
        rows: Cells of rows beside the table; None for those below it.

    Returns:
        Number and sums; None when no row begins so. Where number or sums cannot be read, a check by the word's name fails.
    """
    found = []
    for cells in reading.below if rows is None else rows:
        said = " ".join(cells).lstrip("#`'\" \t")
        if not said.startswith(word):
            continue
        count = _COUNT.search(said)
        sums = [] if count is None else _sums(reading, word, said[count.end() :])
        if count is None or len(sums) < figures:
            doubt_total(reading, word, said)
        if count is not None:
            found.append((int(count[1].replace(",", "")), sums))
    if not found:
        return None
    least = min(len(sums) for _, sums in found)
    columns = zip(*(sums[:least] for _, sums in found), strict=True)
    return SpokenTotal(sum(count for count, _ in found), tuple(sum(column) for column in columns))


def _sums(reading: Reading, word: str, said: str) -> list[int]:
    sums = []
    for figure in _SUM.findall(said):
        money = declared_money(reading, figure, "CNY", name=word)
        if money is None:
            break
        sums.append(to_minor(money))
    return sums
