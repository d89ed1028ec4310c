"""Admission: which vouchers are meant, in which order they are numbered, and why they cannot be taken into a journal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date as Date  # noqa: N812 - as everywhere in this room
from types import MappingProxyType

from tieout.errors import JournalError, PostingError
from tieout.model import Voucher, VoucherStatus
from tieout.posting.lifecycle import full_name, missing_signature
from tieout.posting.reversal import withdrawal_id

__all__ = [
    "Selection",
    "against_preparing",
    "by_id",
    "by_original",
    "draft_order",
    "faults_of",
    "ids_of",
    "refuse_any",
    "require_name",
]

Selection = str | Voucher | Iterable[str | Voucher]
"""Vouchers of a journal: one or several, each by its id or as it is."""

_FRESH = {VoucherStatus.DRAFT, VoucherStatus.PREPARED}
_UNNUMBERED = 1 << 62  # after every number


def by_id(vouchers: Iterable[Voucher]) -> Mapping[str, Voucher]:
    """Vouchers by their ids."""
    return MappingProxyType({voucher.voucher_id: voucher for voucher in vouchers})


def by_original(vouchers: Iterable[Voucher]) -> Mapping[str, Voucher]:
    """Reversals by the ids of what they take back."""
    return MappingProxyType({voucher.reversal_of: voucher for voucher in vouchers if voucher.reversal_of})


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
        elif original in taken_back and item.voucher_id != withdrawal_id(original):
            why = f"{name} takes back what {taken_back[original]} takes back already"
        if why is not None:
            refused.append((item.voucher_id, why))
        ids.add(item.voucher_id)
        if original:
            taken_back[original] = name
    return refused


def ids_of(vouchers: Selection) -> frozenset[str]:
    """The ids of a selection."""
    given = [vouchers] if isinstance(vouchers, (str, Voucher)) else vouchers
    return frozenset(item.voucher_id if isinstance(item, Voucher) else item for item in given)


def draft_order(draft: Voucher) -> tuple[str, Date, int, str]:
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
