"""Posting: events of a period become numbered, balanced vouchers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache

from tieout.errors import AccountNotMapped, PostingError, UnknownFormat
from tieout.model import Event, Voucher, VoucherKind
from tieout.posting.book import Book
from tieout.posting.building import build_reversal, build_voucher, group_drafts, in_style
from tieout.posting.drafting import Draft, draft_event
from tieout.posting.events import Postable, check_rates, gather_events, place_of, sort_events
from tieout.posting.numbering import assign_numbers
from tieout.posting.period import Period
from tieout.posting.proving import Built, prove
from tieout.posting.result import LeftOut, LeftOutReason, Memo, Vouchers
from tieout.posting.template import Template, load_template

__all__ = ["post"]

_SHOWN_PROBLEMS = 20


def post(
    outcomes: Postable | Iterable[Postable],
    *,
    book: Book,
    period: str,
    rates: Mapping[str, Decimal] | None = None,
    posted: Iterable[Voucher] = (),
) -> Vouchers:
    """Post events: every one becomes lines of a voucher, a memo, or is left out with the reason.

    Posting the same outcome again gives the same vouchers with the same ids and numbers. With `posted`, what the book
    has already is left out and numbers go on after its last.

    Args:
        outcomes: An outcome, a Table of events, an event, or several of them.
        book: Whose accounts and policies hold.
        period: The open period to post in, such as `2026-10`.
        rates: Book currency per unit of each other currency of the events; None when there is none.
        posted: Vouchers that the book has, of earlier postings.

    Returns:
        The vouchers, those of the period first, then the reversals of its accruals on the first day of the next.

    Raises:
        PostingError: The period is locked, or events cannot be posted; all of them are listed, and nothing is posted.
        AccountNotMapped: The book has no account for a role that a template needs.

    Example:
        >>> from datetime import date
        >>> from moneyed import Money
        >>> book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
        >>> bill = Event(
        ...     event_id="e1", kind="courier.bill", occurred_on=date(2026, 10, 31), document="B1", party="sf_express",
        ...     amount=Money("3.50", "CNY"), tax_rate=Decimal("0.06"), details={"leg": "outbound"},
        ... )
        >>> (voucher,) = post(bill, book=book, period="2026-10")
        >>> [(line.role, line.amount.amount) for line in voucher.lines]
        [('freight_out', Decimal('3.30')), ('vat_input', Decimal('0.20')), ('ap_courier', Decimal('-3.50'))]
    """
    month = Period.parse(period)
    if period in book.locked_periods:
        raise PostingError(f"the period {period} is locked", where="period", hint="post in the next open period")
    known = tuple(voucher for voucher in posted if voucher.book_id == book.book_id)
    events = sort_events(gather_events(outcomes), book=book, period=month)
    checked_rates = check_rates(events.current, book=book, rates=rates)
    drafts = _draft_all(events.current, book=book, rates=checked_rates)
    built = _build_all(drafts, book=book, period=month, posted=known)
    vouchers = _numbered(built.vouchers, book=book, posted=known)
    left_out = (*events.left_out, *built.left_out)
    posted_late = {event.event_id for event in events.late} - {item.event.event_id for item in left_out}
    return Vouchers(
        period=period,
        currency=book.currency,
        vouchers=vouchers,
        memos=built.memos,
        left_out=left_out,
        late=tuple(event for event in events.late if event.event_id in posted_late),
        proof=prove(events.given, built, left_out, vouchers, book.currency),
    )


def _draft_all(events: Sequence[Event], *, book: Book, rates: Mapping[str, Decimal]) -> tuple[Draft, ...]:
    """Every draft, or one error that lists every event that cannot be posted."""
    template_of = cache(load_template)
    drafts: list[Draft] = []
    problems: list[tuple[Event, PostingError]] = []
    for event in events:
        try:
            drafts.append(draft_event(event, _template(event, template_of), book=book, rates=rates))
        except PostingError as problem:
            problems.append((event, problem))
    if problems:
        raise _one_error(problems)
    return tuple(drafts)


def _template(event: Event, template_of: Callable[[str], Template]) -> Template:
    try:
        return template_of(event.kind)
    except UnknownFormat as cause:
        raise PostingError(f"no template for this kind; known: {', '.join(cause.known)}") from None


def _one_error(problems: Sequence[tuple[Event, PostingError]]) -> PostingError:
    unmapped = [(event, problem) for event, problem in problems if isinstance(problem, AccountNotMapped)]
    if unmapped:
        first = unmapped[0][1]
        for event, missing in unmapped[:_SHOWN_PROBLEMS]:
            first.add_note(f"needed by {place_of(event)}: {missing.problem}")
        return first
    if len(problems) == 1:
        event, problem = problems[0]
        return PostingError(problem.problem, where=place_of(event), hint=problem.hint)
    lines = [f"{place_of(event)}: {problem.problem}" for event, problem in problems[:_SHOWN_PROBLEMS]]
    if len(problems) > _SHOWN_PROBLEMS:
        lines.append(f"and {len(problems) - _SHOWN_PROBLEMS} more")
    hints = dict.fromkeys(problem.hint for _, problem in problems if problem.hint)
    return PostingError(
        f"{len(problems)} events cannot be posted:\n  " + "\n  ".join(lines), where="events", hint="; ".join(hints)
    )


def _build_all(drafts: Sequence[Draft], *, book: Book, period: Period, posted: Sequence[Voucher]) -> Built:
    """Vouchers of all drafts that the book does not have yet."""
    owner = {event_id: voucher for voucher in posted for event_id in voucher.event_ids}
    memos = [_memo(draft) for draft in drafts if not draft.lines]
    known = [draft for draft in drafts if draft.lines and draft.event.event_id in owner]
    fresh = [draft for draft in drafts if draft.lines and draft.event.event_id not in owner]
    _require_unchanged(known, owner, book=book, period=period)
    vouchers: list[Voucher] = []
    carried: list[Draft] = []
    for group in group_drafts(fresh, book=book, period=period):
        voucher = build_voucher(group, book=book)
        if voucher is None:
            memos += [Memo(event=draft.event, note="cancels out within its document") for draft in group.drafts]
        else:
            vouchers.append(voucher)
            carried += group.drafts
    left_out = tuple(_already(draft.event, owner[draft.event.event_id]) for draft in known)
    return Built(vouchers=tuple(vouchers), drafts=tuple(carried), memos=tuple(memos), left_out=left_out)


def _memo(draft: Draft) -> Memo:
    return Memo(event=draft.event, note=draft.variant.memo or "nothing to post: the amount is zero in the book")


def _require_unchanged(known: Sequence[Draft], owner: Mapping[str, Voucher], *, book: Book, period: Period) -> None:
    """Refuse events whose posted voucher has other figures: what was posted is never edited.

    A voucher of which some events are not given again cannot be rebuilt, and is taken as it is.
    """
    drafts_of: dict[str, list[Draft]] = {}
    for draft in known:
        drafts_of.setdefault(owner[draft.event.event_id].voucher_id, []).append(draft)
    for drafts in drafts_of.values():
        voucher = owner[drafts[0].event.event_id]
        if len(drafts) == len(voucher.event_ids) and not _has_figures(drafts, voucher, book=book, period=period):
            raise PostingError(
                f"voucher {voucher.word}-{voucher.number} of {voucher.period} has these events with other figures",
                where=place_of(drafts[0].event),
                hint="what was posted is never edited: reverse it, and post what changed as events of their own",
            )


def _has_figures(drafts: Sequence[Draft], voucher: Voucher, *, book: Book, period: Period) -> bool:
    built = [build_voucher(group, book=book) for group in group_drafts(drafts, book=book, period=period)]
    if len(built) != 1 or built[0] is None:
        return False
    again = in_style(built[0], book=book)
    return _figures(again) == _figures(voucher)


def _figures(voucher: Voucher) -> list[tuple[object, ...]]:
    return [(line.account, line.debit, line.credit) for line in voucher.lines]


def _already(event: Event, voucher: Voucher) -> LeftOut:
    note = f"posted in {voucher.word}-{voucher.number} of {voucher.period}"
    return LeftOut(event=event, reason=LeftOutReason.ALREADY_POSTED, note=note)


def _numbered(vouchers: Sequence[Voucher], *, book: Book, posted: Sequence[Voucher]) -> tuple[Voucher, ...]:
    """The vouchers numbered in the book's style, then the reversals of its accruals."""
    numbered = assign_numbers([in_style(voucher, book=book) for voucher in vouchers], posted=posted)
    accruals = [voucher for voucher in numbered if voucher.kind is VoucherKind.ACCRUAL]
    reversals = assign_numbers([build_reversal(accrual, book=book) for accrual in accruals], posted=posted)
    return (*numbered, *reversals)
