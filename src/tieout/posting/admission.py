"""Admission: why vouchers cannot be taken into a journal."""

from collections.abc import Iterable, Iterator, Mapping

from tieout.model import Voucher, VoucherStatus
from tieout.posting.lifecycle import full_name, missing_signature

__all__ = ["against_preparing", "faults_of"]

_FRESH = {VoucherStatus.DRAFT, VoucherStatus.PREPARED}


def faults_of(voucher: Voucher, *, book_id: str | None) -> Iterator[str]:
    """What no voucher of a journal can be: sentences, none when it is sound.

    Args:
        voucher: A voucher that is said to be prepared.
        book_id: The book of the journal.
    """
    name = full_name(voucher)
    if voucher.book_id != book_id:
        yield f"{name} is of book {voucher.book_id!r}, not of {book_id!r}"
    if voucher.part is not None:
        yield f"{name} is sheet {voucher.part} of {voucher.parts}: a journal holds whole vouchers"
    if voucher.status is VoucherStatus.DRAFT or voucher.number is None:
        yield f"{name} is a draft: prepare() takes it in"
    elif (missing := missing_signature(voucher)) is not None:
        yield f"{name} is {voucher.status} and has no {missing}"


def against_preparing(
    given: Iterable[Voucher], *, book_id: str | None, known: Mapping[str, Voucher], reversals: Mapping[str, Voucher]
) -> list[tuple[str, str]]:
    """Why vouchers cannot be prepared: pairs of id and sentence.

    Args:
        given: Drafts, or vouchers as `post` returns them.
        book_id: The book of the journal.
        known: Its vouchers by id.
        reversals: Its reversals by the id of what they take back.
    """
    refused = []
    ids: set[str] = set()
    taken_back = {original: full_name(reversal) for original, reversal in reversals.items()}
    for item in given:
        name, original = full_name(item), item.reversal_of or ""
        why = None
        if item.voucher_id in known:
            why = f"{full_name(known[item.voucher_id])} is in the journal already"
        elif item.voucher_id in ids:
            why = f"{name} is given twice"
        elif item.book_id != book_id:
            why = f"{name} is of book {item.book_id!r}, not of {book_id!r}"
        elif item.status not in _FRESH or item.part is not None:
            why = f"{name} is {item.status}: only whole drafts are prepared"
        elif original in taken_back:
            why = f"{name} takes back what {taken_back[original]} takes back already"
        if why is not None:
            refused.append((item.voucher_id, why))
        ids.add(item.voucher_id)
        if original:
            taken_back[original] = name
    return refused
