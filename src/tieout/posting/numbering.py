"""Numbering: voucher numbers run from 1 without a gap, for each book, period and word (`domain.md` 7.5)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from tieout.errors import PostingError
from tieout.model import Voucher, VoucherStatus
from tieout.model._record import changed
from tieout.posting.reversal import name_of

__all__ = ["Series", "assign_numbers", "close_gaps", "number_vouchers", "numbering_faults", "series_of", "with_names"]

Series = tuple[str | None, str, str]
"""Book, period and word: what numbers run through."""


def series_of(voucher: Voucher) -> Series:
    """The series that a voucher's number is of."""
    return voucher.book_id, voucher.period, voucher.word


def number_vouchers(drafts: Iterable[Voucher], *, posted: Iterable[Voucher] = ()) -> tuple[Voucher, ...]:
    """Number drafts, such as reversals, in the order of their dates.

    Args:
        drafts: Vouchers without a number, in any order.
        posted: Vouchers that the book has; numbers go on after theirs.

    Returns:
        The vouchers numbered and prepared, by period, date and id.

    Raises:
        PostingError: A voucher has a number already, or is given twice.
    """
    ordered = sorted(drafts, key=lambda voucher: (voucher.period, voucher.date, voucher.voucher_id))
    numbered = [voucher for voucher in ordered if voucher.number is not None]
    if numbered:
        listed = ", ".join(f"{voucher.word}-{voucher.number}" for voucher in numbered)
        raise PostingError(f"only drafts are numbered, these have numbers: {listed}")
    known = tuple(posted)
    ids = {voucher.voucher_id for voucher in known}
    for voucher in ordered:
        if voucher.voucher_id in ids:
            raise PostingError("the voucher is given twice, or is posted already", where=voucher.voucher_id)
        ids.add(voucher.voucher_id)
    return assign_numbers(ordered, posted=known)


def assign_numbers(ordered: Iterable[Voucher], *, posted: Iterable[Voucher]) -> tuple[Voucher, ...]:
    """Give drafts the next numbers in the order they come.

    Args:
        ordered: Vouchers without a number.
        posted: Vouchers whose numbers are taken.
    """
    last: dict[Series, int] = {}
    for voucher in posted:
        key = series_of(voucher)
        last[key] = max(last.get(key, 0), voucher.number or 0)
    numbered = []
    for voucher in ordered:
        key = series_of(voucher)
        last[key] = last.get(key, 0) + 1
        numbered.append(changed(voucher, number=last[key], status=VoucherStatus.PREPARED))
    return tuple(numbered)


def close_gaps(vouchers: Iterable[Voucher]) -> dict[str, int]:
    """The numbers that change when gaps are closed, by voucher id: each number becomes its place in its series.

    Args:
        vouchers: All vouchers that stay, in any order.
    """
    members: defaultdict[Series, list[Voucher]] = defaultdict(list)
    for voucher in vouchers:
        members[series_of(voucher)].append(voucher)
    return {
        voucher.voucher_id: place
        for found in members.values()
        for place, voucher in enumerate(sorted(found, key=lambda item: item.number or 0), start=1)
        if voucher.number != place
    }


def numbering_faults(vouchers: Iterable[Voucher]) -> list[tuple[str, str]]:
    """Numbers that are missing or there twice: pairs of a voucher's id and a sentence.

    Args:
        vouchers: Numbered vouchers, in any order.
    """
    faults = []
    last: dict[Series, int] = {}
    for voucher in sorted(vouchers, key=lambda item: (item.period, item.word, item.number or 0)):
        expected = last.get(series_of(voucher), 0) + 1
        found = voucher.number or 0
        name = f"{voucher.period} {name_of(voucher)}"
        if found < expected:
            faults.append((voucher.voucher_id, f"{name} is there twice"))
        elif found > expected:
            missing = f"{voucher.word}-{expected}"
            to = "" if found == expected + 1 else f" to {voucher.word}-{found - 1}"
            faults.append((voucher.voucher_id, f"{name} comes after a gap: {missing}{to} is missing"))
        last[series_of(voucher)] = found
    return faults


def with_names(voucher: Voucher, names: Mapping[str, tuple[str, str]]) -> Voucher:
    """A reversal whose summaries call what it takes back by its new name; any other voucher as it is.

    Args:
        voucher: A voucher.
        names: Old and new name, such as `记-5` and `记-4`, by the id of the voucher that was named anew.
    """
    old, new = names.get(voucher.reversal_of or "", ("", ""))
    if old == new:
        return voucher
    whole_name = re.compile(rf"{re.escape(old)}(?!\d)")
    lines = (changed(line, summary=whole_name.sub(lambda _: new, line.summary)) for line in voucher.lines)
    return changed(voucher, lines=tuple(lines))
