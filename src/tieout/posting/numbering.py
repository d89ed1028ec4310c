"""Numbering: voucher numbers run from 1 without a gap, for each book, period and word (`domain.md` 7.5)."""

from collections.abc import Iterable

from tieout.errors import PostingError
from tieout.model import Voucher, VoucherStatus
from tieout.posting.records import changed

__all__ = ["assign_numbers", "number_vouchers"]


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
    last: dict[tuple[str | None, str, str], int] = {}
    for voucher in posted:
        key = (voucher.book_id, voucher.period, voucher.word)
        last[key] = max(last.get(key, 0), voucher.number or 0)
    numbered = []
    for voucher in ordered:
        key = (voucher.book_id, voucher.period, voucher.word)
        last[key] = last.get(key, 0) + 1
        numbered.append(changed(voucher, number=last[key], status=VoucherStatus.PREPARED))
    return tuple(numbered)
