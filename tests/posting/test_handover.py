"""What `post` gives goes into a journal, again and again, while the outcome changes and people correct by hand."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from tieout.errors import JournalError
from tieout.model import Event, VoucherStatus
from tieout.posting import Book, Journal, post

OCTOBER, NOVEMBER = "2026-10", "2026-11"


def make_book(chart):
    return Book(chart=chart, currency="CNY", timezone="Asia/Shanghai", taxpayer="general", fee_invoice="none", vat="cn")


BOOK = make_book("cn_enterprise")


def an_event(event_id, kind, amount, day, **details):
    return Event(
        event_id=event_id,
        kind=kind,
        occurred_on=date(2026, 10, day),
        document=f"{kind} of {day}",
        party="douyin" if kind.startswith("sale") else "sf_express",
        amount=Money(amount, "CNY"),
        tax_rate=None if kind.startswith("sale") else Decimal(0),
        details=details,
    )


def bill(amount):
    return an_event("bill", "courier.bill", amount, 20, leg="outbound")


def accrual(amount):
    return an_event("accrual", "courier.unbilled", amount, 31, leg="outbound")


def sale(amount):
    return an_event("sale", "sale.signed", amount, 5)


def sums_of(vouchers):
    sums = defaultdict(Decimal)
    for line in (line for voucher in vouchers for line in voucher.lines):
        sums[line.account] += line.amount.amount
    return {account: amount for account, amount in sorted(sums.items()) if amount}


def booked(journal):
    """Everything that waits is reviewed and posted."""
    waiting = [item for item in journal if item.status not in {VoucherStatus.POSTED, VoucherStatus.REVERSED}]
    fresh = [item for item in waiting if item.status is not VoucherStatus.REVIEWED]
    return journal.review(fresh, by="wang").post(waiting, by="wang")


def handed(journal, events, period=OCTOBER, **more):
    """The journal with what posting the events adds to it."""
    return journal.prepare(post(events, book=journal.book, period=period, posted=journal, **more), by="li")


def adds(journal, events, period=OCTOBER):
    return len(post(events, book=journal.book, period=period, posted=journal))


def of_event(journal, event_id):
    """The voucher that stands for an event."""
    return next(
        item for item in reversed(journal) if event_id in item.event_ids and not journal.find_reversal(item.voucher_id)
    )


VERSIONS = [
    [accrual("3.30"), bill("3.50"), sale("190.00")],
    [accrual("4.30"), bill("4.50"), sale("180.00")],
    [accrual("5.30"), bill("3.50"), sale("170.00")],
]


@pytest.mark.parametrize("after", [booked, lambda journal: journal], ids=["booked each time", "only prepared"])
def test_an_outcome_that_changes_again_and_again_goes_into_one_journal(after):
    journal = Journal(book=BOOK)
    for version in [*VERSIONS, VERSIONS[0], VERSIONS[1]]:
        journal = after(handed(journal, version))

        assert sums_of(post(version, book=BOOK, period=OCTOBER)) == sums_of(journal)
        assert sums_of(post(version, book=BOOK, period=OCTOBER).in_period(OCTOBER)) == sums_of(
            journal.in_period(OCTOBER)
        )
        assert adds(journal, version) == 0
    assert [*range(1, len(journal.in_period(OCTOBER)) + 1)] == [item.number for item in journal.in_period(OCTOBER)]


def test_an_accrual_that_changed_ends_once_in_the_next_period():
    journal = Journal(book=BOOK)
    for amount in ("3.30", "4.30"):
        journal = handed(journal, accrual(amount))
    first = next(item for item in journal if item.lines[0].debit == Money("3.30", "CNY"))
    red = journal.find_reversal(first.voucher_id)
    back = next(item for item in journal.in_period(NOVEMBER) if item.lines[0].amount == Money("3.30", "CNY"))

    assert (OCTOBER, "-3.30") == (red.period, str(red.lines[0].debit.amount))
    assert journal.find_reversal(back.reversal_of) == back
    with pytest.raises(JournalError, match="cannot be deleted without 2026-10 记-2: one would be taken back twice"):
        journal.delete(back, by="li")
    with pytest.raises(JournalError, match="2026-11 记-3 ends the accrual 2026-10 记-3: delete both"):
        journal.delete(journal[-1], by="li")
    left = journal.delete([back, red], by="li")
    assert [1, 2] == [item.number for item in left.in_period(OCTOBER)]
    with pytest.raises(JournalError, match="takes back what 2026-11 记-1 takes back already"):
        left.prepare(red, by="li")


def corrected(journal, amount):
    wrong = of_event(journal, "bill")
    return booked(journal.correct(wrong, Money(amount, "CNY"), date=date(2026, 10, 25), by="li"))


def test_what_people_correct_stays_while_the_outcome_stays():
    journal = corrected(booked(handed(Journal(book=BOOK), bill("3.50"))), "4.50")

    assert adds(journal, bill("3.50")) == 0


@pytest.mark.parametrize("chart", ["cn_enterprise", "ifrs"])
def test_an_outcome_that_says_what_people_corrected_adds_nothing(chart):
    journal = corrected(booked(handed(Journal(book=make_book(chart)), bill("3.50"))), "3.20")

    assert adds(journal, bill("3.20")) == 0


def test_a_correction_is_taken_back_together_with_what_it_corrects():
    journal = corrected(booked(handed(Journal(book=BOOK), bill("3.50"))), "4.50")
    more = next(item for item in journal if not item.event_ids)
    journal = booked(journal.correct(more, Money("2.00", "CNY"), date=date(2026, 10, 26), by="li"))
    assert [Decimal("5.50"), Decimal("-5.50")] == sorted(sums_of(journal).values(), reverse=True)
    assert adds(journal, bill("5.50")) == 0

    journal = booked(handed(journal, bill("6.50")))

    assert sums_of(post(bill("6.50"), book=BOOK, period=OCTOBER)) == sums_of(journal)
    assert ["reversed"] * 3 + ["posted"] * 4 == sorted((item.status.value for item in journal), reverse=True)
    assert adds(journal, bill("6.50")) == 0


def test_a_voucher_whose_correction_was_taken_back_is_reversed_not_corrected_again():
    journal = corrected(booked(handed(Journal(book=BOOK), bill("3.50"))), "4.50")
    more = next(item for item in journal if not item.event_ids)
    journal = booked(journal.reverse(more, date=date(2026, 10, 26), by="li"))

    with pytest.raises(JournalError, match="记-1 was corrected by 2026-10 记-2, which is taken back: reverse it"):
        corrected(journal, "5.50")
    journal = booked(journal.reverse(of_event(journal, "bill"), date=date(2026, 10, 26), by="li"))
    assert not sums_of(journal)


@pytest.mark.parametrize(("deed", "state"), [("reverse", "booked"), ("void", "prepared")])
def test_an_accrual_is_taken_back_by_hand_together_with_its_end(deed, state):
    journal = handed(Journal(book=BOOK), [accrual("3.30"), sale("190.00")])
    wrong = of_event(journal, "sale"), next(item for item in journal if "accrual" in item.event_ids)
    if state == "booked":
        journal = journal.review(wrong, by="wang").post(wrong, by="wang")
    day = {"date": date(2026, 10, 31)} if deed == "reverse" else {}

    journal = getattr(journal, deed)(wrong, by="li", **day)

    assert {} == sums_of(journal.in_period(OCTOBER)) == sums_of(journal.in_period(NOVEMBER))
    assert {} == sums_of(booked(journal))
    assert ["2026-10", "2026-11"] == [journal.find_reversal(item.voucher_id).period for item in (wrong[1], journal[-2])]
    with pytest.raises(JournalError, match=r"is reversed and cannot be \w+"):
        getattr(booked(journal), deed)(wrong[1], by="li", **day)
    journal = booked(handed(journal, accrual("4.30")))
    assert sums_of(post(accrual("4.30"), book=BOOK, period=OCTOBER).in_period(OCTOBER)) == sums_of(
        journal.in_period(OCTOBER)
    )
    assert {} == sums_of(journal)


def test_an_accrual_is_not_corrected_but_reversed():
    journal = handed(Journal(book=BOOK), accrual("3.30"))
    journal = journal.review(journal[0], by="wang").post(journal[0], by="wang")

    with pytest.raises(JournalError, match="记-1 is an accrual, which 2026-11 记-1 ends: reverse it instead"):
        journal.correct(journal[0], Money("4.30", "CNY"), date=date(2026, 10, 31), by="li")


def test_reversals_that_post_makes_are_in_the_language_of_the_book():
    journal = handed(handed(Journal(book=make_book("ifrs")), bill("3.50")), bill("4.50"))

    assert "reversal of 记-1 of 2026-10-20" == journal[1].lines[0].summary


def test_accounts_that_people_corrected_stay_while_the_outcome_stays():
    journal = booked(handed(Journal(book=BOOK), bill("3.50")))
    wrong = of_event(journal, "bill")
    right = [
        attrs.evolve(line, account="6401.03", account_name=None, role=None) if line.debit else line
        for line in wrong.lines
    ]
    journal = booked(journal.correct(wrong, right, date=date(2026, 10, 25), by="li"))

    assert adds(journal, bill("3.50")) == 0
    journal = booked(handed(journal, bill("4.50")))
    assert sums_of(post(bill("4.50"), book=BOOK, period=OCTOBER)) == sums_of(journal)
    assert adds(journal, bill("4.50")) == 0


amounts = st.sampled_from(["3.30", "4.30", "5.30", "190.00"])
outcomes = st.tuples(st.none() | amounts, st.none() | amounts, st.none() | amounts).map(
    lambda found: [
        make(amount) for make, amount in zip((accrual, bill, sale), found, strict=True) if amount is not None
    ]
)


def corrected_account(journal):
    right = [attrs.evolve(line, account="6601.02", role=None) if line.debit else line for line in journal[0].lines]
    return journal.correct(journal[0], right, date=date(2026, 10, 31), by="li")


DEEDS = {
    "book": booked,
    "lock": lambda journal: journal.lock(OCTOBER, by="wang"),
    "delete": lambda journal: journal.delete(of_event(journal, "sale"), by="li"),
    "void": lambda journal: journal.void(journal[0], by="li"),
    "reverse": lambda journal: journal.reverse(of_event(journal, "bill"), date=date(2026, 10, 31), by="li"),
    "correct": corrected_account,
}
deeds = st.lists(st.sampled_from(sorted(DEEDS)), max_size=3)


def done(journal, deed):
    """The journal after somebody did something to it; as it was where that is not possible."""
    try:
        return DEEDS[deed](journal)
    except (JournalError, IndexError, StopIteration):
        return journal


@settings(max_examples=10, deadline=None)
@given(steps=st.lists(st.tuples(outcomes, deeds), min_size=1, max_size=3), last=outcomes)
def test_whatever_is_done_in_between_the_journal_ends_with_what_the_outcome_says(steps, last):
    journal, earlier = Journal(book=BOOK), []
    for events, deeds in [*steps, (last, [])]:
        period = NOVEMBER if OCTOBER in journal.book.locked_periods else OCTOBER
        journal = handed(journal, events, period, earlier=earlier)
        earlier = [*earlier, *events]
        assert len(post(events, book=journal.book, period=period, posted=journal, earlier=earlier)) == 0
        if not any("correct" in done_ for _, done_ in steps):
            assert sums_of(post(events, book=BOOK, period=OCTOBER)) == sums_of(journal)
        for deed in deeds:
            journal = done(journal, deed)
