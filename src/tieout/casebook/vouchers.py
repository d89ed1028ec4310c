"""The desk of vouchers: posting into a book that is kept, and everything that is done to its vouchers afterwards."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs
from moneyed import Money
from sqlalchemy import Connection

from tieout.casebook.actors import Actor
from tieout.casebook.given import reason_of, several_of
from tieout.casebook.log import Draft, last
from tieout.casebook.voucher_events import Given, digest_of_given, given_of, keep_given
from tieout.casebook.voucher_posting import Posted, Posting, plan_posting
from tieout.casebook.voucher_reading import VoucherReadingDesk
from tieout.casebook.voucher_store import (
    Change,
    changes,
    drafts_of,
    heads,
    journal_of,
    keep,
    periods_around,
    with_locks,
)
from tieout.casebook.voucher_texts import Content, content_of
from tieout.model import JournalLine, Voucher
from tieout.posting import Book, Journal, Period, RatesGiven, ReversalStyle
from tieout.posting.admission import Selection, ids_of

__all__ = ["VouchersDesk"]

_PERMISSIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "prepare": "prepare_voucher",
        "sign": "sign_voucher",
        "review": "review_voucher",
        "unreview": "review_voucher",
        "book": "post_voucher",
        "reverse": "reverse_voucher",
        "void": "reverse_voucher",
        "correct": "reverse_voucher",
        "delete": "prepare_voucher",
    }
)
"""What the policies call it."""


class VouchersDesk(VoucherReadingDesk):
    """Vouchers of the books that a casebook keeps: posted from runs, signed, reviewed, booked, and never changed after that.

    Each act reads the journal and writes what it changed in one transaction that is the book's only writer, so that numbers run
    from 1 without a gap however many processes work on it. What `Journal` refuses is refused here; nothing is kept then.

    Raises:
        JournalError: By every act, when a voucher's state, number, period or maker forbids it; all reasons are listed.
        NotAllowed: By every act, when the actor has not the role for it.
        StoreError: By every call, when the database does not do it.
    """

    def post(
        self,
        given: object = (),
        *,
        book: Book,
        period: str,
        actor: Actor,
        rates: RatesGiven | None = None,
        reason: str | None = None,
    ) -> Posted:
        """Post what runs found into a book, and keep what is new: vouchers, and reversals of those whose events changed.

        Posting the same again gives nothing. An event that its run gave before and gives no more is taken back; one that another
        run still gives is not. Where a voucher has events of several runs, those that were not handed in are as they were last.
        What people decided about cases is posted with it (`decided`).

        Args:
            given: Runs or outcomes, one or several; also events by themselves.
            book: The book; periods that the casebook closed are closed for it too.
            period: Period to post in, such as `2026-10`; the next open one where it is closed.
            actor: Who prepares the vouchers.
            rates: As `tieout.posting.post` takes them.
            reason: Why, where there is something to say.

        Raises:
            PostingError: Events cannot be posted; all are listed, and nothing is kept.
        """
        self.policies.require(actor, _PERMISSIONS["prepare"])
        found = given_of(given)
        with self.store.reading() as connection:
            seen = last(connection)
            plan = plan_posting(
                connection, found, book=book, period=period, rates=rates, by=actor.name, policies=self.policies
            )
        with self.store.writing() as connection:
            if last(connection) != seen:  # somebody wrote meanwhile: what was planned may not fit any more
                plan = plan_posting(
                    connection, found, book=book, period=period, rates=rates, by=actor.name, policies=self.policies
                )
            return self._keep_posting(connection, plan, found, actor=actor, reason=reason)

    def prepare(
        self, vouchers: Voucher | Iterable[Voucher], *, book: Book, actor: Actor, reason: str | None = None
    ) -> tuple[Voucher, ...]:
        """Number drafts that were made by hand, and keep them (制单).

        Args:
            vouchers: Drafts.
            book: Their book.
            actor: Who prepares them.
            reason: Why.

        Returns:
            The vouchers as they are now.
        """
        drafts = several_of(vouchers, Voucher, "a Voucher", where="vouchers")
        first = min((item.date for item in drafts), default=None)
        ids = {each for item in drafts for each in (item.voucher_id, item.reversal_of) if each}
        return self._act(
            "prepare",
            lambda journal: journal.prepare(drafts, by=actor.name),
            ids,
            book=book,
            actor=actor,
            reason=reason,
            since=first,
        )

    def sign(self, vouchers: Selection, *, book: Book, actor: Actor, reason: str | None = None) -> tuple[Voucher, ...]:
        """Sign receipts and payments as their cashier (出纳签字).

        Args:
            vouchers: Prepared vouchers that touch cash, or their ids.
            book: Their book.
            actor: Somebody of the treasury.
            reason: Why.
        """
        ids = ids_of(vouchers)
        return self._act("sign", lambda it: it.sign(ids, by=actor.name), ids, book=book, actor=actor, reason=reason)

    def review(
        self,
        vouchers: Selection,
        *,
        book: Book,
        actor: Actor,
        reason: str | None = None,
        cashier_signs: bool = False,
    ) -> tuple[Voucher, ...]:
        """Check vouchers (审核); whoever prepared one does not review it.

        Args:
            vouchers: Prepared or signed vouchers, or their ids.
            book: Their book.
            actor: Who checked them.
            reason: Why.
            cashier_signs: Whether vouchers that touch cash need their cashier's signature first.
        """
        ids = ids_of(vouchers)
        return self._act(
            "review",
            lambda journal: journal.review(ids, by=actor.name),
            ids,
            book=book,
            actor=actor,
            reason=reason,
            cashier_signs=cashier_signs,
        )

    def unreview(
        self, vouchers: Selection, *, book: Book, actor: Actor, reason: str | None = None
    ) -> tuple[Voucher, ...]:
        """Take a review back, which is possible until the voucher is booked.

        Args:
            vouchers: Reviewed vouchers, or their ids.
            book: Their book.
            actor: Somebody who could review them.
            reason: Why.
        """
        ids = ids_of(vouchers)
        return self._act(
            "unreview", lambda it: it.unreview(ids, by=actor.name), ids, book=book, actor=actor, reason=reason
        )

    def book(self, vouchers: Selection, *, book: Book, actor: Actor, reason: str | None = None) -> tuple[Voucher, ...]:
        """Book reviewed vouchers (记账): nothing of them changes after that; `Journal.post`.

        Args:
            vouchers: Reviewed vouchers, or their ids.
            book: Their book.
            actor: Who books them; not their cashier.
            reason: Why.
        """
        ids = ids_of(vouchers)
        return self._act("book", lambda it: it.post(ids, by=actor.name), ids, book=book, actor=actor, reason=reason)

    def reverse(
        self,
        vouchers: Selection,
        *,
        date: dt.date,
        book: Book,
        actor: Actor,
        reason: str | None = None,
        style: ReversalStyle | str | None = None,
    ) -> tuple[Voucher, ...]:
        """Take booked vouchers back by red ones, which are reviewed and booked like any other.

        Args:
            vouchers: Booked vouchers, or their ids.
            date: Day of the red ones; the first day of the next open period where it is in a closed one.
            book: Their book.
            actor: Who prepares them.
            reason: Why.
            style: Red figures or swapped sides; the book's unless given.

        Returns:
            The red vouchers.
        """
        ids = ids_of(vouchers)
        return self._act(
            "reverse",
            lambda journal: journal.reverse(ids, date=date, by=actor.name, style=style),
            ids,
            book=book,
            actor=actor,
            reason=reason,
            since=date,
        )

    def void(
        self,
        vouchers: Selection,
        *,
        book: Book,
        actor: Actor,
        reason: str | None = None,
        style: ReversalStyle | str | None = None,
    ) -> tuple[Voucher, ...]:
        """Take vouchers back that are not booked yet, each by a red one on its own day; both keep their numbers.

        Args:
            vouchers: Prepared, signed or reviewed vouchers, or their ids.
            book: Their book.
            actor: Who prepares the red ones.
            reason: Why.
            style: Red figures or swapped sides; the book's unless given.

        Returns:
            The red vouchers.
        """
        ids = ids_of(vouchers)
        return self._act(
            "void",
            lambda journal: journal.void(ids, by=actor.name, style=style),
            ids,
            book=book,
            actor=actor,
            reason=reason,
        )

    def correct(
        self,
        voucher: str | Voucher,
        right: Voucher | Iterable[JournalLine] | Money,
        *,
        date: dt.date,
        book: Book,
        actor: Actor,
        reason: str | None = None,
    ) -> tuple[Voucher, ...]:
        """Put a booked voucher right by further ones, as `tieout.posting.correct` says which.

        Args:
            voucher: A booked voucher, or its id.
            right: The voucher or the lines as they should be; an amount is enough where there are two lines.
            date: Day of the correction; the first day of the next open period where it is in a closed one.
            book: Its book.
            actor: Who prepares the correction.
            reason: Why.

        Returns:
            The vouchers that correct it.
        """
        is_whole = isinstance(right, (Voucher, Money))
        said = right if is_whole else several_of(right, JournalLine, "a voucher, its lines or Money", where="right")
        return self._act(
            "correct",
            lambda journal: journal.correct(voucher, said, date=date, by=actor.name),
            ids_of(voucher),
            book=book,
            actor=actor,
            reason=reason,
            since=date,
        )

    def delete(self, vouchers: Selection, *, book: Book, actor: Actor, reason: str | None = None) -> None:
        """Delete vouchers that nobody has reviewed; those after them move up. The log and the old versions keep them.

        Args:
            vouchers: Prepared or signed vouchers, or their ids.
            book: Their book.
            actor: Who deletes them.
            reason: Why.
        """
        ids = ids_of(vouchers)
        self._act("delete", lambda it: it.delete(ids, by=actor.name), ids, book=book, actor=actor, reason=reason)

    def _keep_posting(
        self, connection: Connection, plan: Posting, found: list[Given], *, actor: Actor, reason: str | None
    ) -> Posted:
        made = changes(plan.before, plan.after)
        if not made and not plan.rows and not plan.touched:
            return plan.posted
        book = plan.after.book
        head = Draft(kind="posting", subject=plan.posted.period, body=_told(plan, found), reason=reason_of(reason))
        confirmed = [
            Draft(
                kind="voucher.confirmed",
                subject=voucher_id,
                body={"book": book.book_id or "", "name": name},
            )
            for voucher_id, name in plan.touched.items()
        ]
        contents = _contents(made, plan.before, {})
        drafts = [head, *confirmed, *drafts_of(made, book, contents, None)]
        new = self._note(connection, drafts, actor=actor)
        keep(connection, made, contents, new[1 + len(confirmed) :])
        keep_given(connection, plan.rows, seq=new[0].seq, book=book.book_id or "")
        return attrs.evolve(plan.posted, seq=new[0].seq)

    def _act(
        self,
        action: str,
        act: Callable[[Journal], Journal],
        ids: Iterable[str],
        *,
        book: Book,
        actor: Actor,
        reason: str | None,
        cashier_signs: bool = False,
        since: dt.date | None = None,
    ) -> tuple[Voucher, ...]:
        """Do something to some vouchers, and give those that are new or have changed.

        Args:
            action: What is done, by which roles are asked for.
            act: Does it to a journal.
            ids: The vouchers; only their periods, and those of what belongs to them, are read.
            book: Their book.
            actor: Who does it.
            reason: Why.
            cashier_signs: As `Journal` takes it.
            since: Day from which on periods may get new vouchers.
        """
        self.policies.require(actor, _PERMISSIONS[action])
        with self.store.writing() as connection:
            own = with_locks(connection, book)
            known = heads(connection, own.book_id)
            periods = periods_around(known, ids)
            if since is not None:
                first = str(Period.of(since))
                periods |= {row["period"] for row in known.values() if row["period"] >= first}
            before = journal_of(connection, own, cashier_signs=cashier_signs, known=known, periods=periods)
            made = changes(before, act(before))
            contents = _contents(made, before, {each: row["content"] for each, row in known.items()})
            new = self._note(connection, drafts_of(made, own, contents, reason_of(reason)), actor=actor)
            keep(connection, made, contents, new)
        is_new = action in {"prepare", "reverse", "void", "correct"}
        return tuple(one.voucher for one in made if one.voucher is not None and (not is_new or one.act == "prepared"))


def _contents(made: Iterable[Change], before: Journal, known: Mapping[str, str]) -> dict[str, Content]:
    """What vouchers say, by their ids; where only their state changed, by the hash that is known."""
    found: dict[str, Content] = {}
    for one in made:
        if one.voucher is None:
            continue
        was = before.find(one.voucher_id)
        if was is not None and one.voucher_id in known and _says_same(was, one.voucher):
            found[one.voucher_id] = Content(known[one.voucher_id], "")
        else:
            found[one.voucher_id] = content_of(one.voucher)
    return found


def _says_same(was: Voucher, now: Voucher) -> bool:
    return (was.lines, was.event_ids, was.source_refs) == (now.lines, now.event_ids, now.source_refs)


def _told(plan: Posting, found: Iterable[Given]) -> dict[str, Any]:
    """What the entry of a posting says."""
    book, posted = plan.after.book, plan.posted
    return {
        "book": book.book_id or "",
        "period": posted.period,
        "asked": posted.asked,
        "settings": {
            "chart": book.chart.name,
            "currency": book.currency,
            "dispute_policy": book.dispute_policy,
            "fee_invoice": book.fee_invoice,
            "grouping": book.grouping,
            "platform_subsidy": book.platform_subsidy,
            "revenue": book.revenue,
            "reversal_style": book.reversal_style,
            "standard": book.standard,
            "taxpayer": book.taxpayer,
            "timezone": str(book.timezone),
            "vat_rounding": book.vat_rounding,
        },
        "origins": {one.origin: one.frame.height for one in found},
        "given": digest_of_given(plan.rows, book.book_id or ""),
        "events_new": sum(1 for row in plan.rows if row["is_given"]),
        "events_gone": sum(1 for row in plan.rows if not row["is_given"]),
        "vouchers": len(posted.prepared),
        "taken_back": len(posted.taken_back),
        "confirmed": len(posted.confirmed),
        "proof_holds": posted.vouchers.proof.holds,
    }
