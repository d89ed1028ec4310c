"""Admission: which vouchers are meant, in which order they are numbered, and why they cannot be taken into a journal."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from tieout.errors import JournalError, PostingError
from tieout.model import Voucher, VoucherKind, VoucherStatus
from tieout.posting.correction import correction_id
from tieout.posting.lifecycle import full_name, missing_signature
from tieout.posting.reversal import automatic_id, is_automatic

__all__ = [
    "Selection",
    "against_correcting",
    "against_deleting",
    "against_preparing",
    "by_id",
    "by_original",
    "draft_order",
    "end_of",
    "faults_of",
    "ids_of",
    "in_order",
    "refuse_any",
    "require_name",
]

Selection = str | Voucher | Iterable[str | Voucher]
"""Vouchers of a journal: one or several, each by its id or as it is."""

_FRESH = {VoucherStatus.DRAFT, VoucherStatus.PREPARED}
_UNNUMBERED = 1 << 62  # after every number


def in_order(vouchers: Iterable[Voucher]) -> tuple[Voucher, ...]:
    """Vouchers by period, word and number."""
    return tuple(sorted(vouchers, key=lambda item: (item.period, item.word, item.number or 0, item.voucher_id)))


def by_id(vouchers: Iterable[Voucher]) -> Mapping[str, Voucher]:
    """Vouchers by their ids."""
    return MappingProxyType({voucher.voucher_id: voucher for voucher in vouchers})


def by_original(vouchers: Iterable[Voucher]) -> Mapping[str, tuple[Voucher, ...]]:
    """Reversals by the ids of what they take back, the one that counts last.

    An accrual whose figures changed has two: its own, which is taken back itself, and the one that takes it back.
    """
    found: dict[str, tuple[Voucher, ...]] = {}
    given = [voucher for voucher in vouchers if voucher.reversal_of]
    taken_back = {voucher.reversal_of for voucher in given}
    for voucher in sorted(given, key=lambda item: item.voucher_id not in taken_back):
        original = voucher.reversal_of or ""
        found[original] = (*found.get(original, ()), voucher)
    return MappingProxyType(found)


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
    given: Sequence[Voucher],
    *,
    book_id: str | None,
    known: Mapping[str, Voucher],
    reversals: Mapping[str, Sequence[Voucher]],
) -> list[tuple[str, str]]:
    """Why vouchers cannot be prepared: pairs of id and sentence.

    What is taken back already can be so again only when its reversal is taken back too, as that of an accrual that changed.

    Args:
        given: Drafts, or vouchers as `post` returns them; gone through more than once.
        book_id: The book of the journal.
        known: Its vouchers by id.
        reversals: Its reversals by the id of what they take back.
    """
    refused = []
    ids: set[str] = set()
    undone = {*reversals, *(item.reversal_of for item in given)}
    taken_back = {
        original: full_name(found[-1]) for original, found in reversals.items() if found[-1].voucher_id not in undone
    }
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
        if original and item.voucher_id not in undone:
            taken_back[original] = name
    return refused


def end_of(voucher: Voucher, reversals: Mapping[str, Sequence[Voucher]]) -> Voucher | None:
    """The reversal by which an accrual ends in the next period; None where it has none, or that is taken back itself.

    Args:
        voucher: A voucher of the journal.
        reversals: Its reversals by the id of what they take back, the one that counts last.
    """
    back = next(reversed(reversals.get(voucher.voucher_id, ())), None)
    return back if back is not None and is_automatic(back, voucher) else None


def against_correcting(
    voucher: Voucher, *, known: Mapping[str, Voucher], reversals: Mapping[str, Sequence[Voucher]]
) -> list[tuple[str, str]]:
    """Why a posted voucher is reversed rather than corrected: pairs of id and sentence, none when it can be.

    Args:
        voucher: A voucher of the journal.
        known: The journal's vouchers by id.
        reversals: Its reversals by the id of what they take back.
    """
    name, before, end = full_name(voucher), known.get(correction_id(voucher)), end_of(voucher, reversals)
    if before is not None:
        why = f"{name} was corrected by {full_name(before)}, which is taken back: reverse it instead"
        return [(voucher.voucher_id, why)]
    if end is not None:
        return [(voucher.voucher_id, f"{name} is an accrual, which {full_name(end)} ends: reverse it instead")]
    return []


def against_deleting(
    voucher: Voucher,
    ids: Collection[str],
    *,
    known: Mapping[str, Voucher],
    reversals: Mapping[str, Sequence[Voucher]],
) -> str | None:
    """Why a voucher cannot be deleted for the sake of those that take others back; None when it can.

    Args:
        voucher: A voucher of the journal.
        ids: All that are to be deleted.
        known: The journal's vouchers by id.
        reversals: Its reversals by the id of what they take back.
    """
    name = full_name(voucher)
    back = [full_name(item) for item in reversals.get(voucher.voucher_id, ()) if item.voucher_id not in ids]
    if back:
        return f"{name} is taken back by {' and '.join(back)}: delete them together"
    original = known.get(voucher.reversal_of or "")
    if original is None or original.voucher_id in ids:
        return None
    if original.kind is VoucherKind.ACCRUAL and voucher.voucher_id == automatic_id(original.voucher_id):
        return f"{name} ends the accrual {full_name(original)}: delete both"
    for other in reversals.get(original.reversal_of or "", ()):
        if other is not original and other.voucher_id not in ids:
            return f"{name} cannot be deleted without {full_name(other)}: one would be taken back twice"
    return None


def ids_of(vouchers: Selection) -> frozenset[str]:
    """The ids of a selection."""
    given: object = [vouchers] if isinstance(vouchers, (str, Voucher)) else vouchers
    if not isinstance(given, Iterable) or isinstance(given, bytes | Mapping):
        raise PostingError(f"vouchers or their ids are needed, got {type(given).__name__}", where="vouchers")
    ids = [item.voucher_id if isinstance(item, Voucher) else item for item in given]
    strange = [type(one).__name__ for one in ids if not isinstance(one, str)]
    if strange:
        raise PostingError(f"vouchers or their ids are needed, got {strange[0]} among them", where="vouchers")
    return frozenset(ids)


def draft_order(draft: Voucher) -> tuple[str, dt.date, int, str]:
    """Order in which drafts are numbered: by date, then as a number proposes, then by id."""
    return draft.period, draft.date, draft.number or _UNNUMBERED, draft.voucher_id


def require_name(by: object) -> None:
    """Refuse an act that nobody did.

    Raises:
        PostingError: It is no text, or a blank one.
    """
    if not isinstance(by, str) or not by.strip():
        raise PostingError(f"the name of who does it is needed, got {by!r}", where="by")


def refuse_any(action: str, refused: Sequence[tuple[str, str]]) -> None:
    """Raise when anything stands against an action.

    Args:
        action: What was asked for.
        refused: Pairs of voucher id and sentence; none when nothing does.

    Raises:
        JournalError: Something does.
    """
    if refused:
        raise JournalError(action, refused)
