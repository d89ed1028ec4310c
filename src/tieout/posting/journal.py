"""Journal: the vouchers of one book, and everything that may be done to them from draft to reversal (`domain.md` 2.7, 7.5)."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import overload

import attrs
from moneyed import Money

from tieout.errors import PostingError
from tieout.model import JournalLine, Voucher, VoucherKind, VoucherStatus
from tieout.model._record import changed
from tieout.outcome import Summary
from tieout.posting.admission import (
    Selection,
    against_correcting,
    against_deleting,
    against_preparing,
    by_id,
    by_original,
    draft_order,
    end_of,
    faults_of,
    ids_of,
    in_order,
    refuse_any,
    require_name,
)
from tieout.posting.book import Book
from tieout.posting.chart import ReversalStyle
from tieout.posting.correction import correct, correction_id
from tieout.posting.lifecycle import (
    FIXED,
    Act,
    Action,
    full_name,
    moved_note,
    state_before_review,
    summary_of,
    why_not,
    why_not_by,
)
from tieout.posting.numbering import Series, assign_numbers, close_gaps, numbering_faults, series_of, with_names
from tieout.posting.period import Period
from tieout.posting.reversal import name_of, withdraw
from tieout.posting.words import Words, cash_codes_of, touches_cash, word_of, words_of

__all__ = ["Journal", "Selection"]

_BOOKED = {VoucherStatus.POSTED, VoucherStatus.REVERSED}


def _codes(codes: Collection[str]) -> frozenset[str]:
    if isinstance(codes, str):
        raise PostingError(f"codes such as ['1002'] are needed, got {codes!r}", where="Journal.cash_codes")
    return frozenset(codes)


def _acts(acts: Iterable[Act]) -> tuple[Act, ...]:
    return tuple(acts)


@attrs.frozen(kw_only=True)
class Journal(Sequence[Voucher]):
    """The numbered vouchers of one book. Nothing changes in place: every method gives a new journal, or raises.

    A voucher is prepared (制单), signed by a cashier where it touches cash (出纳签字), reviewed (审核) and posted (记账); after
    that it is only reversed. Whoever prepared it does not review it. Each method takes one voucher or many, by id or as they are;
    when any of them is refused none is changed, and the error lists all. Many at once take as long as one.

    Attributes:
        book: Whose vouchers they are. Nothing in its locked periods changes.
        vouchers: Its vouchers, by period, word and number; numbers have no gap.
        cash_codes: Codes of the accounts whose vouchers a cashier signs; the book's bank account unless given.
        cashier_signs: Whether vouchers that touch cash are reviewed only after a cashier signed them.
        words: Words of reversals and corrections; the book's unless given.
        trail: What was done, by whom, in order; it tells no time, since the caller's clock is not ours.

    Raises:
        JournalError: The vouchers are not of this book, are drafts, or their numbers have gaps.

    Example:
        >>> from tieout.posting import Book
        >>> day = dt.date(2026, 10, 31)
        >>> lines = (
        ...     JournalLine(line_no=1, summary="快递费", account="5601.05", debit=Money("3.30", "CNY")),
        ...     JournalLine(line_no=2, summary="快递费", account="2202.01", credit=Money("3.30", "CNY")),
        ... )
        >>> draft = Voucher(voucher_id="a", period="2026-10", word="记", date=day, lines=lines)
        >>> book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
        >>> journal = Journal(book=book).prepare(draft, by="li").review("a", by="wang").post("a", by="wang")
        >>> journal[0].number, journal[0].status.value
        (1, 'posted')
        >>> journal = journal.reverse("a", date=dt.date(2026, 11, 2), by="li")
        >>> journal[1].lines[0].summary, journal[1].lines[0].debit
        ('注销10月31日记-1号凭证', Money('-3.30', 'CNY'))
    """

    book: Book
    vouchers: tuple[Voucher, ...] = attrs.field(default=(), converter=in_order, repr=lambda found: f"<{len(found)}>")
    cash_codes: frozenset[str] = attrs.field(
        default=attrs.Factory(lambda self: cash_codes_of(self.book), takes_self=True), converter=_codes
    )
    cashier_signs: bool = False
    words: Words = attrs.field(default=attrs.Factory(lambda self: words_of(self.book), takes_self=True))
    trail: tuple[Act, ...] = attrs.field(default=(), converter=_acts, repr=False)
    _by_id: Mapping[str, Voucher] = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(lambda self: by_id(self.vouchers), takes_self=True)
    )
    _reversals: Mapping[str, Sequence[Voucher]] = attrs.field(
        init=False,
        repr=False,
        eq=False,
        default=attrs.Factory(lambda self: by_original(self.vouchers), takes_self=True),
    )

    def __attrs_post_init__(self) -> None:
        faults = [
            (item.voucher_id, why) for item in self.vouchers for why in faults_of(item, book_id=self.book.book_id)
        ]
        if not faults:
            twice = [item for item in self.vouchers if self._by_id[item.voucher_id] is not item]
            faults = [(item.voucher_id, f"{full_name(item)} has the id of another") for item in twice]
            faults += numbering_faults(self.vouchers)
        refuse_any("Journal", faults)

    def __len__(self) -> int:
        return len(self.vouchers)

    @overload
    def __getitem__(self, at: int) -> Voucher: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Voucher, ...]: ...

    def __getitem__(self, at: int | slice) -> Voucher | tuple[Voucher, ...]:
        return self.vouchers[at]

    def __iter__(self) -> Iterator[Voucher]:
        return iter(self.vouchers)

    def find(self, voucher_id: str) -> Voucher | None:
        """The voucher of that id; None when the journal has none."""
        return self._by_id.get(voucher_id)

    def find_reversal(self, voucher_id: str) -> Voucher | None:
        """The voucher that takes that one back; None when none does."""
        return next(reversed(self._reversals.get(voucher_id, ())), None)

    def in_period(self, period: str) -> tuple[Voucher, ...]:
        """The vouchers dated in one period.

        Args:
            period: Year and month, such as `2026-10`.
        """
        return tuple(voucher for voucher in self.vouchers if voucher.period == period)

    def in_status(self, status: VoucherStatus | str) -> tuple[Voucher, ...]:
        """The vouchers in one state, such as `prepared`."""
        return tuple(voucher for voucher in self.vouchers if voucher.status == status)

    def summary(self) -> Summary:
        """What waits for whom, in words: how many vouchers each period has in each state."""
        return summary_of(self.vouchers)

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def prepare(self, vouchers: Voucher | Iterable[Voucher], *, by: str) -> "Journal":
        """Number drafts and take them in (制单).

        Numbers go on after those of the journal, by date, then in the order that `post` gave them, then by id. A voucher dated in
        a locked period is moved to the first day of the next open one and becomes `adjust`; the trail says so.

        Args:
            vouchers: Drafts, or vouchers as `post` returns them, whose numbers are proposals until here.
            by: Who prepared them.

        Raises:
            JournalError: A voucher is here already, is of another book, or was reviewed before.
        """
        require_name(by)
        given = [vouchers] if isinstance(vouchers, Voucher) else list(vouchers)
        refused = against_preparing(given, book_id=self.book.book_id, known=self._by_id, reversals=self._reversals)
        refuse_any(Action.PREPARE, refused)
        moved = sorted(((self._in_open_period(item), item) for item in given), key=lambda pair: draft_order(pair[0]))
        drafts = [
            changed(item, number=None, preparer=by, reviewer=None, poster=None, cashier=None) for item, _ in moved
        ]
        numbered = assign_numbers(drafts, posted=self.vouchers)
        names = {was.voucher_id: (name_of(was), name_of(item)) for item, (_, was) in zip(numbered, moved, strict=True)}
        named = [with_names(item, names) for item in numbered]
        notes = (moved_note(was.date, item.date) for item, was in moved)
        return self._with(
            named, [Act.on(Action.PREPARE, item, by, note) for item, note in zip(named, notes, strict=True)]
        )

    def sign(self, vouchers: Selection, *, by: str) -> "Journal":
        """Sign receipts and payments (出纳签字).

        Args:
            vouchers: Prepared vouchers that touch cash.
            by: The cashier.

        Raises:
            JournalError: A voucher is in another state, or touches no cash account.
        """

        def against(voucher: Voucher) -> str | None:
            if touches_cash(voucher, self.cash_codes):
                return None
            return f"{full_name(voucher)} touches no cash account: there is nothing for a cashier to sign"

        chosen = self._chosen(Action.SIGN, vouchers, by, against)
        return self._step(Action.SIGN, chosen, by, status=VoucherStatus.CASHIER_SIGNED, cashier=by)

    def review(self, vouchers: Selection, *, by: str) -> "Journal":
        """Check vouchers (审核).

        Args:
            vouchers: Vouchers that are prepared, or signed by a cashier.
            by: Who checked them; neither who prepared nor who signed them.

        Raises:
            JournalError: A voucher is in another state, was prepared or signed by the same person, or still needs its cashier.
        """

        def against(voucher: Voucher) -> str | None:
            if self.cashier_signs and voucher.cashier is None and touches_cash(voucher, self.cash_codes):
                return f"{full_name(voucher)} touches cash and no cashier has signed it"
            return None

        chosen = self._chosen(Action.REVIEW, vouchers, by, against)
        return self._step(Action.REVIEW, chosen, by, status=VoucherStatus.REVIEWED, reviewer=by)

    def unreview(self, vouchers: Selection, *, by: str) -> "Journal":
        """Take a review back, which is possible until posting: the voucher is prepared, or signed, as before.

        Args:
            vouchers: Reviewed vouchers.
            by: Who takes it back; somebody who could review them.

        Raises:
            JournalError: A voucher is in another state, or was prepared or signed by the same person.
        """
        chosen = self._chosen(Action.UNREVIEW, vouchers, by)
        again = [changed(item, status=state_before_review(item), reviewer=None) for item in chosen]
        return self._with(again, [Act.on(Action.UNREVIEW, item, by) for item in again])

    def post(self, vouchers: Selection, *, by: str) -> "Journal":
        """Book vouchers (记账); what a posted reversal takes back is reversed from then on.

        Args:
            vouchers: Reviewed vouchers.
            by: Who booked them; not the cashier who signed them.

        Raises:
            JournalError: A voucher is in another state, or takes back one that is not posted itself.
        """
        ids = ids_of(vouchers)

        def against(voucher: Voucher) -> str | None:
            original = self._by_id.get(voucher.reversal_of or "")
            if original is None or original.status in _BOOKED or original.voucher_id in ids:
                return None
            return f"{full_name(voucher)} takes back {full_name(original)}, which is not posted yet"

        chosen = self._chosen(Action.POST, ids, by, against)
        booked = {item.voucher_id: changed(item, status=VoucherStatus.POSTED, poster=by) for item in chosen}
        for item in chosen:
            original = booked.get(item.reversal_of or "", self._by_id.get(item.reversal_of or ""))
            if original is not None:
                booked[original.voucher_id] = changed(original, status=VoucherStatus.REVERSED)
        return self._with(booked.values(), [Act.on(Action.POST, item, by) for item in chosen])

    def reverse(
        self, vouchers: Selection, *, date: dt.date, by: str, style: ReversalStyle | str | None = None
    ) -> "Journal":
        """Take posted vouchers back: each gets a red voucher, prepared, to be reviewed and posted like any other.

        Args:
            vouchers: Posted vouchers.
            date: Day of the reversals; the first day of the next open period when it is locked.
            by: Who prepared the reversals.
            style: Red figures or swapped sides; the book's unless given.

        Raises:
            JournalError: A voucher is in another state, later than the date, a reversal itself, or taken back already.
        """
        ids = ids_of(vouchers)
        day = self._open_day(date)

        def against(voucher: Voucher) -> str | None:
            if day < voucher.date:
                return f"{full_name(voucher)} of {voucher.date} cannot be taken back on {day}"
            return self._against_taking_back(voucher, ids)

        chosen = self._chosen(Action.REVERSE, ids, by, against)
        dated = [(item, day) for item in chosen]
        return self._taken_back(Action.REVERSE, dated, by=by, style=style, moved=moved_note(date, day))

    def void(self, vouchers: Selection, *, by: str, style: ReversalStyle | str | None = None) -> "Journal":
        """Take vouchers back that are not posted and can be deleted no more: each gets a red voucher on its own day.

        Both keep their numbers, and both are reviewed and posted, the red one not before the other.

        Args:
            vouchers: Vouchers that are prepared, signed or reviewed.
            by: Who prepared the red vouchers.
            style: Red figures or swapped sides; the book's unless given.

        Raises:
            JournalError: A voucher is in another state or a locked period, a reversal itself, or taken back already.
        """
        ids = ids_of(vouchers)
        chosen = self._chosen(Action.VOID, ids, by, lambda item: self._against_taking_back(item, ids))
        return self._taken_back(Action.VOID, [(item, item.date) for item in chosen], by=by, style=style)

    def correct(
        self, voucher: str | Voucher, right: Voucher | Iterable[JournalLine] | Money, *, date: dt.date, by: str
    ) -> "Journal":
        """Correct a posted voucher by further vouchers, prepared here (`correct` says which).

        Args:
            voucher: A posted voucher.
            right: The voucher or the lines as they should be; an amount is enough where there are two lines.
            date: Day of the correction; the first day of the next open period when it is locked.
            by: Who prepared the correction.

        Raises:
            JournalError: The voucher is in another state, or is taken back or corrected already.
            PostingError: There is nothing to correct, or the amount does not say which lines are meant.
        """
        (chosen,) = self._chosen(Action.CORRECT, voucher, by, lambda item: self._against_taking_back(item, frozenset()))
        day = self._open_day(date)
        refuse_any(Action.CORRECT, against_correcting(chosen, known=self._by_id, reversals=self._reversals))
        drafts = correct(chosen, right, book=self.book, date=day)
        return self._followed(Action.CORRECT, [(chosen, drafts)], by=by, moved=moved_note(date, day))

    def delete(self, vouchers: Selection, *, by: str) -> "Journal":
        """Delete vouchers that nobody has reviewed; those after them move up, so that no gap is left.

        Args:
            vouchers: Vouchers that are prepared or signed.
            by: Who deleted them.

        Raises:
            JournalError: A voucher is in another state or a locked period; a later one of its period and word is reviewed, so
                that its number stays; or its reversal would be left behind. `void` is what remains.
        """
        ids = ids_of(vouchers)
        stay = [item for item in self.vouchers if item.voucher_id not in ids]
        numbers = close_gaps(stay)
        fixed: dict[Series, Voucher] = {}
        for was, item in self._named_by(numbers):
            if item.status in FIXED:
                fixed.setdefault(series_of(was), item)

        def against(voucher: Voucher) -> str | None:
            why = against_deleting(voucher, ids, known=self._by_id, reversals=self._reversals)
            keeps = fixed.get(series_of(voucher))
            if why is not None or keeps is None:
                return why
            return f"{full_name(voucher)} cannot be deleted: numbers move up, and {full_name(keeps)} is {keeps.status}; void it"

        chosen = self._chosen(Action.DELETE, ids, by, against)
        moved = [(self._by_id[each], changed(self._by_id[each], number=number)) for each, number in numbers.items()]
        names = {was.voucher_id: (name_of(was), name_of(item)) for was, item in moved}
        now = {item.voucher_id: item for _, item in moved}
        kept = tuple(with_names(now.get(item.voucher_id, item), names) for item in stay)
        acts = [Act.on(Action.DELETE, item, by) for item in chosen]
        acts += [Act.on(Action.RENUMBER, item, by, note=f"was {name_of(was)}") for was, item in moved]
        return attrs.evolve(self, vouchers=kept, trail=(*self.trail, *acts))

    def lock(self, period: str, *, by: str) -> "Journal":
        """Close a period (结账): from now on nothing in it changes, and what is dated in it is moved to the next open one.

        Args:
            period: Year and month, such as `2026-10`.
            by: Who closed it.

        Raises:
            JournalError: A voucher of the period is not posted.
        """
        require_name(by)
        month = str(Period.parse(period))
        if month in self.book.locked_periods:
            return self
        waiting = [item for item in self.in_period(month) if item.status not in _BOOKED]
        refuse_any(Action.LOCK, [(item.voucher_id, f"{full_name(item)} is only {item.status}") for item in waiting])
        book = attrs.evolve(self.book, locked_periods=[*self.book.locked_periods, month])
        act = Act(action=Action.LOCK, voucher_id=None, name=month, by=by)
        return attrs.evolve(self, book=book, trail=(*self.trail, act))

    def _chosen(
        self,
        action: Action,
        vouchers: Selection,
        by: str,
        against: Callable[[Voucher], str | None] = lambda _: None,
    ) -> list[Voucher]:
        """The journal's own vouchers of a selection, in order; an error that lists every reason against the action."""
        require_name(by)
        ids = ids_of(vouchers)
        refused = [(each, f"{each}: the journal has no such voucher") for each in sorted(ids - self._by_id.keys())]
        chosen = [item for item in self.vouchers if item.voucher_id in ids]
        for item in chosen:
            why = (
                why_not(item, action) or self._why_locked(item, action) or why_not_by(item, action, by) or against(item)
            )
            if why is not None:
                refused.append((item.voucher_id, why))
        refuse_any(action, refused)
        return chosen

    def _why_locked(self, voucher: Voucher, action: Action) -> str | None:
        if voucher.period not in self.book.locked_periods or action in {Action.REVERSE, Action.CORRECT}:
            return None
        return f"{full_name(voucher)} is in a locked period, in which nothing changes"

    def _against_taking_back(self, voucher: Voucher, ids: Collection[str]) -> str | None:
        """Why a voucher cannot be reversed or corrected, though its state allows it."""
        if voucher.reversal_of is not None:
            return f"{full_name(voucher)} is a reversal itself: prepare what is right as a new voucher"
        back = self.find_reversal(voucher.voucher_id)
        if back is not None and end_of(voucher, self._reversals) is None:
            return f"{full_name(voucher)} is taken back by {full_name(back)} already"
        correction = self._by_id.get(correction_id(voucher))
        if correction is None or correction.voucher_id in {*ids, *self._reversals}:
            return None
        return f"{full_name(voucher)} is corrected by {full_name(correction)}: start from that one"

    def _named_by(self, numbers: Collection[str]) -> Iterator[tuple[Voucher, Voucher]]:
        """Vouchers that get another number, each with itself and with the reversals that name it."""
        for each in numbers:
            item = self._by_id[each]
            yield item, item
            for back in self._reversals.get(each, ()):
                yield item, back

    def _taken_back(
        self,
        action: Action,
        chosen: Sequence[tuple[Voucher, dt.date]],
        *,
        by: str,
        style: ReversalStyle | str | None,
        moved: str | None = None,
    ) -> "Journal":
        written = self.book.reversal_style if style is None else style
        drafts = [
            (item, withdraw(item, end_of(item, self._reversals), style=written, date=day, language=self.book.language))
            for item, day in chosen
        ]
        return self._followed(action, drafts, by=by, moved=moved)

    def _followed(
        self, action: Action, drafts: Sequence[tuple[Voucher, tuple[Voucher, ...]]], *, by: str, moved: str | None
    ) -> "Journal":
        """This journal with drafts that follow from vouchers prepared, in that order; the trail tells of both."""
        after = self.prepare(self._proposed(each for _, made in drafts for each in made), by=by)
        acts = []
        for item, made in drafts:
            prepared = (after.find(each.voucher_id) for each in made)
            names = [full_name(each) for each in prepared if each is not None]
            acts.append(
                Act.on(action, item, by, note=", ".join(["by " + ", ".join(names), *([moved] if moved else [])]))
            )
        return attrs.evolve(after, trail=(*after.trail, *acts))

    def _proposed(self, drafts: Iterable[Voucher]) -> Iterator[Voucher]:
        """Drafts in the order in which they are to be numbered, with the words that follow from their own lines.

        A receipt becomes a payment when its sides are swapped.
        """
        for number, draft in enumerate(drafts, start=1):
            word = draft.word if self.words.is_general else word_of(draft, self.words, self.cash_codes)
            yield changed(draft, number=number, word=word)

    def _step(self, action: Action, chosen: Sequence[Voucher], by: str, **values: object) -> "Journal":
        after = [changed(item, **values) for item in chosen]
        return self._with(after, [Act.on(action, item, by) for item in after])

    def _with(self, vouchers: Iterable[Voucher], acts: Iterable[Act]) -> "Journal":
        """This journal with vouchers that are new, or that replace those of the same ids."""
        merged = {**self._by_id, **{item.voucher_id: item for item in vouchers}}
        return attrs.evolve(self, vouchers=tuple(merged.values()), trail=(*self.trail, *acts))

    def _open_day(self, day: dt.date) -> dt.date:
        period = Period.of(day)
        while str(period) in self.book.locked_periods:
            period = period.next
        return max(day, period.first_day)

    def _in_open_period(self, voucher: Voucher) -> Voucher:
        day = self._open_day(voucher.date)
        if day == voucher.date:
            return voucher
        kind = voucher.kind if voucher.kind is VoucherKind.REVERSAL else VoucherKind.ADJUST
        return changed(voucher, date=day, period=str(Period.of(day)), kind=kind)
