"""Sheets: a voucher too long for one sheet has fraction numbers, 记-5 1/2 and 记-5 2/2 (`domain.md` 7.5)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

import attrs
from moneyed import Money

from tieout.errors import PostingError
from tieout.model import JournalLine, Voucher
from tieout.model._record import changed
from tieout.model.currency import from_units, to_units
from tieout.posting.reversal import name_of

__all__ = ["Sheet", "split_sheets", "split_voucher"]

_LINES_MIN = 2  # a debit and a credit


@attrs.frozen(kw_only=True)
class Sheet:
    """One sheet of a voucher: the lines that are printed on it.

    A sheet need not balance: a bill with ninety debits and one credit fills several. The voucher is one all the same.

    Attributes:
        voucher: The whole voucher.
        part: Which sheet, 1-based; None when there is one only.
        parts: How many sheets there are; None when there is one only.
        lines: Its lines, with their positions in the voucher.
    """

    voucher: Voucher
    part: int | None
    parts: int | None
    lines: tuple[JournalLine, ...]

    @property
    def name(self) -> str:
        """Word and number, with the fraction when there are several sheets."""
        name = name_of(self.voucher)
        return name if self.part is None else f"{name} {self.part}/{self.parts}"

    @property
    def is_balanced(self) -> bool:
        """Whether its debits are its credits, in every currency."""
        return not any(_balance(self.lines).values())

    def totals(self, currency: str) -> tuple[Money, Money]:
        """Its debits and its credits in one currency, to be carried to the next sheet.

        Args:
            currency: ISO 4217 code.
        """
        sides = [(line.debit, line.credit) for line in self.lines if line.amount.currency.code == currency]
        debits = sum(to_units(debit.amount, currency) for debit, _ in sides if debit is not None)
        credits_ = sum(to_units(credit.amount, currency) for _, credit in sides if credit is not None)
        return Money(from_units(debits, currency), currency), Money(from_units(credits_, currency), currency)


def split_sheets(voucher: Voucher, max_lines: int) -> tuple[Sheet, ...]:
    """The sheets that a voucher fills: where they can all balance they do, else its lines are counted off.

    Args:
        voucher: A whole voucher.
        max_lines: How many lines a sheet holds, at least 2.

    Returns:
        At least one sheet; together they hold every line once, in order.

    Raises:
        PostingError: A sheet holds fewer than two lines, or the voucher is a sheet itself.
    """
    if max_lines < _LINES_MIN:
        raise PostingError(f"a sheet holds at least two lines, got {max_lines}", where="max_lines")
    if voucher.part is not None:
        raise PostingError(f"it is sheet {voucher.part} of {voucher.parts} already", where=voucher.voucher_id)
    ends = _balanced_ends(voucher.lines, max_lines) or _counted_ends(len(voucher.lines), max_lines)
    if len(ends) == 1:
        return (Sheet(voucher=voucher, part=None, parts=None, lines=voucher.lines),)
    starts = (0, *ends[:-1])
    return tuple(
        Sheet(voucher=voucher, part=part, parts=len(ends), lines=voucher.lines[start:end])
        for part, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)
    )


def split_voucher(voucher: Voucher, max_lines: int) -> tuple[Voucher, ...]:
    """The voucher as balanced vouchers of one number, one a sheet (`part`, `parts`), where its lines allow that.

    Args:
        voucher: A numbered voucher.
        max_lines: How many lines a sheet holds, at least 2.

    Returns:
        The parts, of one id and one number; the voucher itself where it needs one sheet only, and where no cut leaves balanced
        sheets: no line is ever divided, and nothing unbalanced is built. The attachments (附件数) are counted on the first.

    Raises:
        PostingError: As `split_sheets` raises it.
    """
    sheets = split_sheets(voucher, max_lines)
    if len(sheets) == 1 or not all(sheet.is_balanced for sheet in sheets):
        return (voucher,)
    return tuple(_part(sheet) for sheet in sheets)


def _part(sheet: Sheet) -> Voucher:
    count = sheet.voucher.attachments_count if sheet.part == 1 else 0
    return changed(sheet.voucher, part=sheet.part, parts=sheet.parts, lines=sheet.lines, attachments_count=count)


def _counted_ends(count: int, max_lines: int) -> list[int]:
    return [*range(max_lines, count, max_lines), count]


def _balanced_ends(lines: Sequence[JournalLine], max_lines: int) -> list[int]:
    """Where to cut so that every sheet balances, each as long as can be; empty where that cannot be done."""
    balance: dict[str, int] = defaultdict(int)
    places = [0]
    for at, line in enumerate(lines, start=1):
        balance[line.amount.currency.code] += to_units(line.amount.amount, line.amount.currency.code)
        if not any(balance.values()):
            places.append(at)
    ends: list[int] = []
    start = 0
    while start < len(lines):
        end = places[bisect_right(places, start + max_lines) - 1]
        if end == start:
            return []
        ends.append(end)
        start = end
    return ends


def _balance(lines: Sequence[JournalLine]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.amount.currency.code] += to_units(line.amount.amount, line.amount.currency.code)
    return sums
