"""Building: drafts of one document become one balanced voucher."""

import unicodedata
from collections.abc import Callable, Sequence
from datetime import date

import attrs

from tieout.errors import PostingError
from tieout.model import Event, JournalLine, Provenance, Voucher, VoucherKind
from tieout.money import from_minor
from tieout.posting.book import Book
from tieout.posting.chart import Language, ReversalStyle
from tieout.posting.drafting import Draft, DraftLine
from tieout.posting.period import Period
from tieout.posting.reversal import name_of, reverse, to_swap
from tieout.posting.template import Side
from tieout.posting.tracing import count_documents, merge_sources, stable_id

__all__ = ["Group", "build_reversal", "build_voucher", "group_drafts", "in_style", "plain_text"]

_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@attrs.frozen(kw_only=True)
class Group:
    """The drafts that are one voucher.

    Attributes:
        voucher_id: Id made of book, family and events.
        day: Day of the voucher.
        is_late: Whether its events are of a locked period.
        drafts: Its drafts in the order of their lines.
    """

    voucher_id: str
    day: date
    is_late: bool
    drafts: tuple[Draft, ...]

    @property
    def sort_key(self) -> tuple[date, int, str, str, str]:
        """Order of vouchers: day, kind of event, then what stays the same in every run."""
        first = self.drafts[0]
        return self.day, first.template.order, first.event.party or "", first.event.document, self.voucher_id


@attrs.define
class _Joined:
    """Lines of one account on their way to be one line."""

    first: tuple[Draft, DraftLine]
    amount_minor: int = 0
    foreign_minor: int = 0
    events: dict[str, Event] = attrs.field(factory=dict)

    def add(self, draft: Draft, line: DraftLine) -> None:
        self.amount_minor += line.amount_minor
        self.foreign_minor += line.foreign_minor
        self.events[draft.event.event_id] = draft.event


def group_drafts(drafts: Sequence[Draft], *, book: Book, period: Period) -> tuple[Group, ...]:
    """The drafts by voucher: one a document, party and shop for each family of kinds, in voucher order."""
    found: dict[tuple[object, ...], list[Draft]] = {}
    for draft in drafts:
        event = draft.event
        is_late = Period.of(event.occurred_on) != period
        key = (draft.template.family, event.party, event.shop_id, event.document, is_late)
        found.setdefault(key, []).append(draft)
    groups = [_group(members, book=book, period=period) for members in found.values()]
    return tuple(sorted(groups, key=lambda group: group.sort_key))


def _group(members: list[Draft], *, book: Book, period: Period) -> Group:
    drafts = tuple(sorted(members, key=_line_order))
    template = drafts[0].template
    is_late = Period.of(drafts[0].event.occurred_on) != period
    if template.is_accrual:
        day = period.last_day
    elif is_late:
        day = period.first_day
    else:
        day = max(draft.event.occurred_on for draft in drafts)
    ids = sorted(draft.event.event_id for draft in drafts)
    voucher_id = stable_id("voucher", book.book_id or "", template.family, *ids)
    return Group(voucher_id=voucher_id, day=day, is_late=is_late, drafts=drafts)


def _line_order(draft: Draft) -> tuple[int, str, list[tuple[str, str]], str]:
    event = draft.event
    return draft.template.order, event.kind, sorted(event.details.items()), event.event_id


def build_voucher(group: Group, *, book: Book) -> Voucher | None:
    """The voucher of a group, without a number; None when its lines cancel out.

    Red figures stay red here; `in_style` writes them as the book does.
    """
    joined: dict[tuple[object, ...], _Joined] = {}
    for draft in group.drafts:
        for line in draft.lines:
            joined.setdefault(line.merge_key, _Joined(first=(draft, line))).add(draft, line)
    kept = [item for item in joined.values() if item.amount_minor]
    if not kept:
        return None
    kept.sort(key=lambda item: item.first[1].side is Side.CREDIT)  # stable: debits first, else as declared
    traced = _memoised_sources()
    lines = tuple(_line(item, at, book=book, sources=traced(item.events)) for at, item in enumerate(kept, start=1))
    sources = traced({draft.event.event_id: draft.event for draft in group.drafts})
    return Voucher(
        voucher_id=group.voucher_id,
        book_id=book.book_id,
        period=str(Period.of(group.day)),
        word=book.word,
        date=group.day,
        attachments_count=count_documents(sources),
        lines=lines,
        preparer=book.preparer,
        kind=_kind(group),
        event_ids=tuple(sorted(draft.event.event_id for draft in group.drafts)),
        source_refs=sources,
    )


def _memoised_sources() -> Callable[[dict[str, Event]], tuple[Provenance, ...]]:
    """`merge_sources`, run once for lines of the same events."""
    known: dict[frozenset[str], tuple[Provenance, ...]] = {}

    def sources(events: dict[str, Event]) -> tuple[Provenance, ...]:
        key = frozenset(events)
        if key not in known:
            known[key] = merge_sources(events.values())
        return known[key]

    return sources


def _kind(group: Group) -> VoucherKind:
    if group.drafts[0].template.is_accrual:
        return VoucherKind.ACCRUAL
    return VoucherKind.ADJUST if group.is_late else VoucherKind.NORMAL


def _line(item: _Joined, at: int, *, book: Book, sources: tuple[Provenance, ...]) -> JournalLine:
    draft, first = item.first
    amount = from_minor(item.amount_minor, book.currency)
    is_debit = first.side is Side.DEBIT
    return JournalLine(
        line_no=at,
        summary=_summary(draft, book),
        account=first.account.code,
        account_name=first.account.name(book.language),
        role=first.role,
        debit=amount if is_debit else None,
        credit=None if is_debit else amount,
        foreign_amount=None if first.foreign is None else from_minor(item.foreign_minor, first.foreign[0]),
        fx_rate=None if first.foreign is None else first.foreign[1],
        aux=dict(first.aux),
        sources=sources,
    )


def _summary(draft: Draft, book: Book) -> str:
    """Who, what, which document and when (摘要); all of it from the event's own keys, none of it personal."""
    event = draft.event
    title = draft.template.title.text(book.language)
    parts = dict.fromkeys((event.shop_id, event.party, title, event.document, str(Period.of(event.occurred_on))))
    return plain_text(" ".join(part for part in parts if part))


def plain_text(text: str) -> str:
    """A text on one line: control characters, line breaks and direction marks become single spaces."""
    shown = (" " if unicodedata.category(character) in _UNPRINTABLE else character for character in text)
    return " ".join("".join(shown).split())


def build_reversal(accrual: Voucher, *, book: Book) -> Voucher:
    """The voucher that takes an accrual back on the first day of the next period (V-23r), without a number.

    Raises:
        PostingError: That period is locked.
    """
    period = Period.parse(accrual.period).next
    if str(period) in book.locked_periods:
        raise PostingError(
            f"an accrual of {accrual.period} is taken back in {period}, which is locked", where="Book.locked_periods"
        )
    day = f"{accrual.date.month}月{accrual.date.day}日"
    chinese, english = f"冲回{day}{name_of(accrual)}号凭证", f"reversal of {name_of(accrual)} of {accrual.date}"
    summary = chinese if book.language is Language.ZH else english
    return reverse(accrual, style=book.reversal_style, date=period.first_day, summary=summary)


def in_style(voucher: Voucher, *, book: Book) -> Voucher:
    """The voucher as the book writes red figures."""
    return to_swap(voucher) if book.reversal_style is ReversalStyle.SWAP_SIDES else voucher
