"""Posting again: what changed is taken back and posted anew, whatever happened to it before."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tieout.errors import PostingError
from tieout.model import VoucherKind
from tieout.posting import Journal, number_vouchers, post, reverse

OCTOBER, NOVEMBER = "2026-10", "2026-11"
ACCRUAL = {"kind": "courier.unbilled", "event_id": "a"}


def sums_of(vouchers):
    sums = defaultdict(Decimal)
    for line in (line for voucher in vouchers for line in voucher.lines):
        sums[line.account] += line.amount.amount
    return {account: amount for account, amount in sums.items() if amount}


def posted_journal(book, vouchers):
    journal = Journal(book=book).prepare(vouchers, by="Li")
    return journal.review(journal, by="Wang").post(journal, by="Wang")


# --- what counts as a change -----------------------------------------------------------------------------------------


def test_an_event_that_moves_to_another_document_leaves_its_voucher(make_event, make_book):
    first, second = make_event(event_id="e1"), make_event(event_id="e2")
    posted = post([first, second], book=make_book(), period=OCTOBER)
    moved = attrs.evolve(second, document="B2")

    again = post([first, moved], book=make_book(), period=OCTOBER, posted=posted)

    assert [(VoucherKind.REVERSAL, ()), (VoucherKind.NORMAL, ("e1",)), (VoucherKind.NORMAL, ("e2",))] == [
        (voucher.kind, voucher.event_ids) for voucher in again
    ]


def test_an_event_of_another_party_is_a_changed_one(make_event, make_book):
    posted = post(make_event(event_id="e"), book=make_book(), period=OCTOBER)

    _, blue = post(make_event(event_id="e", party="zto"), book=make_book(), period=OCTOBER, posted=posted)

    assert {"zto"} == {line.aux["supplier"] for line in blue.lines if line.role == "ap_courier"}


def test_another_rate_of_the_same_tax_is_a_change(make_event, make_book):
    def sale(rate):
        return make_event("sale.shipped", "0.04", rate=rate, event_id="e", details={})

    posted = post(sale("0"), book=make_book(), period=OCTOBER)

    assert 2 == len(post(sale("0.06"), book=make_book(), period=OCTOBER, posted=posted))


def test_a_book_that_writes_red_figures_otherwise_changes_no_voucher(make_event, make_book):
    posted = post(make_event(amount="-3.50"), book=make_book(), period=OCTOBER)

    swapping = make_book(reversal_style="swap_sides")

    assert 0 == len(post(make_event(amount="-3.50"), book=swapping, period=OCTOBER, posted=posted))


def test_an_event_that_moves_to_another_month_leaves_its_voucher_and_is_posted_there(make_event, make_book):
    stays, moves = make_event(event_id="e1"), make_event(event_id="e2")
    posted = post([stays, moves], book=make_book(), period=OCTOBER)
    given_now = [stays, attrs.evolve(moves, occurred_on=date(2026, 11, 3))]

    october = post(given_now, book=make_book(), period=OCTOBER, posted=posted)
    november = post(given_now, book=make_book(), period=NOVEMBER, posted=[*posted, *october])

    assert [(), ("e1",)] == [voucher.event_ids for voucher in october]
    assert [("e2",)] == [voucher.event_ids for voucher in november]


def test_what_cannot_be_compared_is_said_to_be_so(make_event, make_book):
    events = [make_event(event_id="e1"), make_event(event_id="e2")]
    posted = post(events, book=make_book(), period=OCTOBER)

    again = post(make_event(event_id="e2", amount="7.00"), book=make_book(), period=OCTOBER, posted=posted)

    assert ["posted in 记-1 of 2026-10; not compared, for 1 more of its events are not posted here"] == [
        item.note for item in again.left_out
    ]


# --- ids, words, languages -------------------------------------------------------------------------------------------


def test_what_is_posted_for_the_third_time_has_an_id_of_its_own(make_event, make_book):
    book = make_book()
    steps = [
        make_event(event_id="e", day=20),
        make_event(event_id="e", amount="7.00", day=5),
        make_event(event_id="e", amount="0.00"),
    ]
    posted = []
    for step in [*steps, make_event(event_id="e", amount="7.00", day=5)]:
        posted += post(step, book=book, period=OCTOBER, posted=posted)

    assert 5 == len({voucher.voucher_id for voucher in posted}) == len(posted)


def test_a_receipt_that_is_taken_back_on_the_other_side_is_a_payment(make_event, make_book):
    book = make_book(reversal_style="swap_sides", word_scheme="receipt_payment_transfer")
    posted = post(make_event("bank.receipt", "10.00", event_id="e"), book=book, period=OCTOBER)

    again = post(make_event("bank.receipt", "12.00", event_id="e"), book=book, period=OCTOBER, posted=posted)

    assert [("付", 1), ("收", 2)] == [(voucher.word, voucher.number) for voucher in again]


def test_what_takes_back_speaks_the_language_of_the_book(make_event, make_book):
    book = make_book(language="en")
    posted = post(make_event(event_id="e"), book=book, period=OCTOBER)

    red, _ = post(make_event(event_id="e", amount="7.00"), book=book, period=OCTOBER, posted=posted)

    assert "reversal of 记-1 of 2026-10-31" == red.lines[0].summary


# --- accruals --------------------------------------------------------------------------------------------------------


def test_an_accrual_whose_periods_are_both_locked_is_taken_back_in_the_open_one(make_event, make_book):
    posted = post(make_event(**ACCRUAL), book=make_book(), period=OCTOBER)
    book = make_book(locked_periods=[OCTOBER, NOVEMBER])

    december = post(make_event(**ACCRUAL, amount="7.00"), book=book, period="2026-12", posted=posted)

    assert {"2026-12", "2027-01"} == {voucher.period for voucher in december}


def test_an_accrual_that_is_gone_is_not_taken_back_in_a_locked_period(make_event, make_book):
    posted = post(make_event(**ACCRUAL), book=make_book(), period=OCTOBER)

    with pytest.raises(
        PostingError, match="记-1 of 2026-11 is to be taken back with what it belongs to, and that period is locked"
    ):
        post(
            [], book=make_book(locked_periods=[NOVEMBER]), period=OCTOBER, posted=posted, earlier=make_event(**ACCRUAL)
        )


def test_an_accrual_is_taken_back_once(make_event, make_book):
    posted = list(post(make_event(**ACCRUAL), book=make_book(), period=OCTOBER))
    book = make_book(locked_periods=[OCTOBER])
    posted += post([], book=book, period=NOVEMBER, posted=posted, earlier=make_event(**ACCRUAL))

    assert {} == sums_of(posted)
    assert 0 == len(post([], book=book, period=NOVEMBER, posted=posted, earlier=make_event(**ACCRUAL)))


def test_a_journal_takes_a_changed_accrual(make_event, make_book):
    journal = posted_journal(make_book(), post(make_event(**ACCRUAL), book=make_book(), period=OCTOBER))

    again = post(make_event(**ACCRUAL, amount="7.00"), book=make_book(), period=OCTOBER, posted=journal)

    assert 6 == len(journal.prepare(again, by="Li"))


def test_a_late_event_stays_where_it_was_booked_when_its_own_month_is_opened_again(make_event, make_book):
    events = [make_event(event_id="late", day=20), make_event(event_id="e", occurred_on=date(2026, 11, 3))]
    posted = post(events, book=make_book(locked_periods=[OCTOBER]), period=NOVEMBER)

    for period in (OCTOBER, NOVEMBER):
        assert 0 == len(post(events, book=make_book(), period=period, posted=posted))


# --- what persons did ------------------------------------------------------------------------------------------------


def times(lines, factor):
    names = ("debit", "credit", "tax_base")
    return [
        attrs.evolve(line, **{name: getattr(line, name) * factor for name in names if getattr(line, name) is not None})
        for line in lines
    ]


def halved(lines):
    return times(lines, Decimal("0.5"))


def doubled(lines):
    return times(lines, 2)


def test_what_a_person_corrected_stays_corrected_while_the_events_say_the_same(make_event, make_book):
    book, event = make_book(), make_event(event_id="e", amount="21.20")
    journal = posted_journal(book, post(event, book=book, period=OCTOBER))
    less = journal.correct(journal[0], halved(journal[0].lines), date=date(2026, 10, 31), by="Li")
    elsewhere = [attrs.evolve(line, account=f"{line.account}.1") for line in journal[0].lines]
    moved = journal.correct(journal[0], elsewhere, date=date(2026, 10, 31), by="Li")

    for corrected in (less, moved):
        assert 0 == len(post(event, book=book, period=OCTOBER, posted=corrected))
    # The events come to say what the person said.
    assert 0 == len(post(make_event(event_id="e", amount="10.60"), book=book, period=OCTOBER, posted=less))


def test_what_changes_after_a_person_corrected_it_is_taken_back_with_the_correction(make_event, make_book):
    book = make_book()
    journal = posted_journal(book, post(make_event(event_id="e", amount="21.20"), book=book, period=OCTOBER))
    right = make_event(event_id="e", amount="5.30")
    less = journal.correct(journal[0], halved(journal[0].lines), date=date(2026, 10, 31), by="Li")
    elsewhere = [attrs.evolve(line, account=f"{line.account}.1") for line in journal[0].lines]
    moved = journal.correct(journal[0], elsewhere, date=date(2026, 10, 31), by="Li")

    for corrected in (less, moved):
        again = post(right, book=book, period=OCTOBER, posted=corrected)

        assert sums_of(post(right, book=book, period=OCTOBER)) == sums_of([*corrected, *again])
        assert len(corrected) + len(again) == len(corrected.prepare(again, by="Li"))


def test_a_correction_that_was_taken_back_is_not_taken_back_again(make_event, make_book):
    book, event = make_book(), make_event(event_id="e", amount="21.20")
    journal = posted_journal(book, post(event, book=book, period=OCTOBER))
    less = journal.correct(journal[0], halved(journal[0].lines), date=date(2026, 10, 31), by="Li")
    undone = less.review(less[1], by="Wang").post(less[1], by="Wang").reverse(less[1], date=date(2026, 10, 31), by="Li")
    right = make_event(event_id="e", amount="5.30")

    again = post(right, book=book, period=OCTOBER, posted=undone)

    assert 0 == len(post(event, book=book, period=OCTOBER, posted=undone))
    assert [journal[0].voucher_id, None] == [voucher.reversal_of for voucher in again]
    assert sums_of(post(right, book=book, period=OCTOBER)) == sums_of([*undone, *again])


def test_a_correction_that_was_itself_corrected_is_taken_back_as_it_is_now(make_event, make_book):
    book, right = make_book(), make_event(event_id="e", amount="5.30")
    journal = posted_journal(book, post(make_event(event_id="e", amount="21.20"), book=book, period=OCTOBER))
    less = journal.correct(journal[0], halved(journal[0].lines), date=date(2026, 10, 31), by="Li")
    booked = less.review(less[1], by="Wang").post(less[1], by="Wang")
    elsewhere = [attrs.evolve(line, account=f"{line.account}.1") for line in less[1].lines]
    moved = booked.correct(less[1], elsewhere, date=date(2026, 10, 31), by="Li")

    again = post(right, book=book, period=OCTOBER, posted=moved)

    assert [journal[0].voucher_id, moved[3].voucher_id, None] == [voucher.reversal_of for voucher in again]
    assert sums_of(post(right, book=book, period=OCTOBER)) == sums_of([*moved, *again])


def test_an_accrual_that_a_person_takes_back_in_its_own_month_is_posted_again(make_event, make_book):
    book, event = make_book(), make_event(**ACCRUAL)
    accrual, _ = post(event, book=book, period=OCTOBER)
    back = number_vouchers([reverse(accrual, style="red_negative", date=date(2026, 10, 31))], posted=[accrual])

    again = post(event, book=book, period=OCTOBER, posted=[accrual, *back])

    assert sums_of([accrual]) == sums_of([accrual, *back, again[0]])


def test_what_a_person_corrected_to_nothing_is_posted_again_when_its_events_change(make_event, make_book):
    book, right = make_book(), make_event(event_id="e", amount="5.30")
    journal = posted_journal(book, post(make_event(event_id="e", amount="21.20"), book=book, period=OCTOBER))
    less = journal.correct(journal[0], halved(journal[0].lines), date=date(2026, 10, 31), by="Li")
    booked = less.review(less[1], by="Wang").post(less[1], by="Wang")
    none = booked.correct(less[1], doubled(less[1].lines), date=date(2026, 10, 31), by="Li")

    again = post(right, book=book, period=OCTOBER, posted=none)

    assert {} == sums_of(none)
    assert sums_of(post(right, book=book, period=OCTOBER)) == sums_of([*none, *again])


# --- any history -----------------------------------------------------------------------------------------------------

FACTS = [
    ("courier.bill", "0.06"),
    ("courier.dispute", "0.06"),
    ("courier.unbilled", "0.06"),
    ("sale.shipped", None),
    ("bank.receipt", None),
]
facts = st.tuples(
    st.sampled_from(FACTS),
    st.sampled_from(["0.00", "10.00", "-5.00", "33.33"]),
    st.sampled_from(["B1", "B2"]),
    st.integers(1, 28),
)
steps = st.fixed_dictionaries(
    {
        "says": st.dictionaries(st.sampled_from(["e1", "e2", "e3"]), st.none() | facts, max_size=3),
        "closes": st.booleans(),
        "pays": st.sampled_from(["short_pay", "pay_and_claim"]),
        "takes_back": st.none() | st.integers(0, 3),
    }
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    history=st.lists(steps, min_size=2, max_size=5),
    style=st.sampled_from(["red_negative", "swap_sides"]),
    words=st.sampled_from(["single", "receipt_payment_transfer"]),
    rounding=st.sampled_from(["line", "document"]),
)
def test_after_any_history_the_book_says_what_the_last_outcome_says(
    history, style, words, rounding, make_event, make_book
):
    month, locked, events, posted = 9, [], {}, []
    for step in history:
        if step["closes"] and month < 11:
            locked, month = [*locked, f"2026-{month:02}"], month + 1
        before = list(events.values())
        for event_id, fact in step["says"].items():
            events.pop(event_id, None)
            if fact is not None:
                (kind, rate), amount, document, day = fact
                own_month = int(event_id[1]) + 8  # each stays in its month, unless that is still to come
                events[event_id] = make_event(
                    kind,
                    amount,
                    event_id=event_id,
                    rate=rate,
                    document=document,
                    occurred_on=date(2026, min(own_month, month), day),
                )
        period = f"2026-{month:02}"
        policies = {
            "reversal_style": style,
            "word_scheme": words,
            "vat_rounding": rounding,
            "dispute_policy": step["pays"],
        }
        book = make_book(locked_periods=locked, **policies)
        if step["takes_back"] is not None:
            standing = [
                voucher
                for voucher in posted
                if voucher.kind is not VoucherKind.ACCRUAL
                and voucher.reversal_of is None
                and voucher.voucher_id not in {other.reversal_of for other in posted}
            ]
            for voucher in standing[step["takes_back"] :][:1]:
                posted += number_vouchers([reverse(voucher, style=style, date=date(2026, month, 28))], posted=posted)

        new = post(events.values(), book=book, period=period, posted=posted, earlier=before)
        posted += new

        assert new.proof.holds
        assert not {voucher.period for voucher in new} & set(locked)
        assert len(posted) == len({voucher.voucher_id for voucher in posted})
        numbers = defaultdict(list)
        for voucher in posted:
            numbers[voucher.period, voucher.word].append(voucher.number)
        for found in numbers.values():
            assert list(range(1, len(found) + 1)) == sorted(found)
        assert sums_of(post(events.values(), book=book, period=period)) == sums_of(posted)
        assert 0 == len(post(events.values(), book=book, period=period, posted=posted))
