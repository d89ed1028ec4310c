"""A journal takes vouchers from draft to reversal: states, people, numbers, periods."""

from datetime import date
from decimal import Decimal

import attrs
import pytest
from moneyed import Money

from tieout.errors import JournalError, PostingError
from tieout.ledgers import render
from tieout.model import JournalLine, Voucher, VoucherKind, VoucherStatus
from tieout.posting import Action, Book, Journal, post, reverse

BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
CASH, FREIGHT, PAYABLE, SALES = "1002", "5601.05", "2202.01", "5001"


def draft(voucher_id, day=1, month=10, *, debit=FREIGHT, credit=PAYABLE, amount="3.30", **fields):
    lines = (
        JournalLine(line_no=1, summary="s", account=debit, debit=Money(amount, "CNY")),
        JournalLine(line_no=2, summary="s", account=credit, credit=Money(amount, "CNY")),
    )
    values = {"voucher_id": voucher_id, "period": f"2026-{month:02}", "word": "记", "date": date(2026, month, day)}
    return Voucher(**{**values, "lines": lines, **fields})


def journal_of(*drafts, book=BOOK, reviewed="", posted="", **fields):
    """A journal of drafts that Li prepared; those of some one-letter ids reviewed, or posted too, by Wang."""
    journal = Journal(book=book, **fields).prepare(drafts, by="li")
    return journal.review([*reviewed, *posted], by="wang").post([*posted], by="wang")


def numbers(journal):
    return {voucher.voucher_id: voucher.number for voucher in journal}


def states(journal):
    return {voucher.voucher_id: voucher.status.value for voucher in journal}


def refusal(action, *args, **values):
    with pytest.raises(JournalError) as caught:
        action(*args, **values)
    return str(caught.value)


def test_vouchers_are_numbered_when_they_are_prepared_by_date_then_id():
    journal = journal_of(draft("c", 2), draft("b"), draft("a", 9), draft("d", 1, 11), draft("e", word="转"))

    assert {"b": 1, "c": 2, "a": 3, "d": 1, "e": 1} == numbers(journal)
    assert [1, 2, 3, 1, 1] == [voucher.number for voucher in journal]
    assert {"prepared"} == set(states(journal).values())
    assert {"li"} == {voucher.preparer for voucher in journal}
    assert {"f": 4} == {each: n for each, n in numbers(journal.prepare(draft("f"), by="li")).items() if each == "f"}


def test_every_step_leaves_the_journal_before_it_as_it_was():
    before = journal_of(draft("a"))
    before.review("a", by="wang")

    assert {"a": "prepared"} == states(before)


def test_what_post_returns_keeps_its_order(make_event, make_book):
    events = [
        make_event(document=document, day=day)
        for document, day in [(f"B{at}", 5) for at in range(3, 9)] + [("B1", 5), ("B2", 4)]
    ] + [make_event("courier.unbilled", document="U1")]
    vouchers = post(events, book=make_book(), period="2026-10")
    journal = Journal(book=make_book()).prepare(reversed(vouchers), by="li")

    assert [
        (item.voucher_id, item.number) for item in sorted(vouchers, key=lambda item: (item.period, item.number))
    ] == [(item.voucher_id, item.number) for item in journal]
    assert () == post(events, book=make_book(), period="2026-10", posted=journal).vouchers


def test_a_reversal_names_the_number_that_the_journal_gave(make_event, make_book):
    accrual = post([make_event("courier.unbilled", document="U1")], book=make_book(), period="2026-10")
    journal = Journal(book=make_book()).prepare(draft("x"), by="li").prepare(accrual, by="li")

    assert ["记-1", "记-2", "记-1"] == [f"{item.word}-{item.number}" for item in journal]
    assert "冲回10月31日记-2号凭证" == journal[2].lines[0].summary


def test_a_voucher_goes_from_prepared_to_posted():
    journal = journal_of(draft("a", debit=PAYABLE, credit=CASH))
    journal = journal.sign("a", by="zhao").review("a", by="wang").post("a", by="sun")

    assert ("li", "zhao", "wang", "sun") == (
        journal[0].preparer,
        journal[0].cashier,
        journal[0].reviewer,
        journal[0].poster,
    )
    assert VoucherStatus.POSTED is journal[0].status
    assert [
        ("prepare", "2026-10 记-1", "li"),
        ("sign", "2026-10 记-1", "zhao"),
        ("review", "2026-10 记-1", "wang"),
        ("post", "2026-10 记-1", "sun"),
    ] == [(act.action, act.name, act.by) for act in journal.trail]


STEPS = {
    "sign": lambda journal, each: journal.sign(each, by="zhao"),
    "review": lambda journal, each: journal.review(each, by="wang"),
    "unreview": lambda journal, each: journal.unreview(each, by="wang"),
    "post": lambda journal, each: journal.post(each, by="wang"),
    "delete": lambda journal, each: journal.delete(each, by="li"),
    "void": lambda journal, each: journal.void(each, by="li"),
    "reverse": lambda journal, each: journal.reverse(each, by="li", date=date(2026, 11, 2)),
    "correct": lambda journal, each: journal.correct(each, Money("3.50", "CNY"), by="li", date=date(2026, 11, 2)),
}
PATHS = {
    "prepared": [],
    "cashier_signed": ["sign"],
    "reviewed": ["review"],
    "posted": ["review", "post"],
    "reversed": ["review", "post", "reverse"],
}
LEGAL = {
    "prepared": {"sign", "review", "delete", "void"},
    "cashier_signed": {"review", "delete", "void"},
    "reviewed": {"unreview", "post", "void"},
    "posted": {"reverse", "correct"},
    "reversed": set(),
}


@pytest.mark.parametrize("state", PATHS)
@pytest.mark.parametrize("step", STEPS)
def test_only_the_steps_of_a_state_are_taken(state, step):
    journal = journal_of(draft("a", debit=PAYABLE, credit=CASH))
    for each in PATHS[state]:
        journal = STEPS[each](journal, "a")
    if state == "reversed":
        red = journal.find_reversal("a").voucher_id
        journal = journal.review(red, by="wang").post(red, by="wang")
    assert state == journal.find("a").status

    if step in LEGAL[state]:
        assert journal != STEPS[step](journal, "a")
    else:
        text = refusal(STEPS[step], journal, "a")
        assert f"2026-10 记-1 is {state.replace('_', ' ')} and cannot be " in text
        assert all(legal in text for legal in LEGAL[state])


def test_the_error_names_state_and_what_it_allows():
    assert "review: 2026-10 记-1 is posted and cannot be reviewed; it allows reverse, correct" == refusal(
        journal_of(draft("a"), posted="a").review, "a", by="wang"
    )


def test_whoever_prepared_a_voucher_does_not_review_it():
    journal = journal_of(draft("a"))

    assert "review: 2026-10 记-1 was prepared by li, who cannot review it" == refusal(journal.review, "a", by="li")
    assert "who cannot unreview it" in refusal(journal.review("a", by="wang").unreview, "a", by="li")
    assert "posted" == journal.review("a", by="wang").post("a", by="li")[0].status


def test_a_cashier_neither_reviews_nor_posts_what_he_signed():
    journal = journal_of(draft("a", debit=PAYABLE, credit=CASH)).sign("a", by="zhao")

    assert "was signed by zhao as cashier, who cannot review it" in refusal(journal.review, "a", by="zhao")
    assert "who cannot post it" in refusal(journal.review("a", by="wang").post, "a", by="zhao")


def test_a_cashier_signs_only_what_touches_cash():
    journal = journal_of(draft("a"), draft("b", debit="1012.01", credit=SALES))

    assert "sign: 2026-10 记-1 touches no cash account: there is nothing for a cashier to sign" == refusal(
        journal.sign, "a", by="zhao"
    )
    wallets = attrs.evolve(journal, cash_codes={"1002", "1012"})
    assert {"a": "prepared", "b": "cashier_signed"} == states(wallets.sign("b", by="zhao"))


def test_a_book_may_ask_for_its_cashier_before_a_review():
    journal = journal_of(draft("a", debit=PAYABLE, credit=CASH), draft("b"), cashier_signs=True)

    assert "review: 2026-10 记-1 touches cash and no cashier has signed it" == refusal(
        journal.review, ["a", "b"], by="wang"
    )
    assert {"reviewed"} == set(states(journal.sign("a", by="zhao").review(["a", "b"], by="wang")).values())


def test_a_review_is_taken_back_to_where_it_came_from():
    journal = journal_of(draft("a", debit=PAYABLE, credit=CASH), draft("b")).sign("a", by="zhao")
    again = journal.review(["a", "b"], by="wang").unreview(["a", "b"], by="chen")

    assert {"a": "cashier_signed", "b": "prepared"} == states(again)
    assert {None} == {voucher.reviewer for voucher in again}
    assert journal.vouchers == again.vouchers


def test_all_or_nothing_and_the_error_lists_all():
    journal = journal_of(draft("a"), draft("b"), draft("c"), posted="b")
    with pytest.raises(JournalError) as caught:
        journal.review([*journal, "nowhere"], by="li")

    assert Action.REVIEW == caught.value.action
    assert ["nowhere", "a", "b", "c"] == [voucher_id for voucher_id, _ in caught.value.refused]
    assert str(caught.value).startswith(
        "review: 4 reasons against it:\n  nowhere: the journal has no such voucher\n  2026-10 记-1 was"
    )


@pytest.mark.parametrize("by", ["", "  ", None])
@pytest.mark.parametrize("step", ["prepare", "review", "lock"])
def test_somebody_must_do_it(by, step):
    with pytest.raises(PostingError, match="by: the name of who does it is needed"):
        getattr(journal_of(), step)("2026-10" if step == "lock" else [], by=by)


def test_deleting_closes_the_gap():
    journal = journal_of(draft("a", 1), draft("b", 2), draft("c", 3), draft("d", 4, word="转"), draft("e", 1, 11))
    journal = journal.delete("a", by="li")

    assert {"b": 1, "c": 2, "d": 1, "e": 1} == numbers(journal)
    assert [
        ("delete", "2026-10 记-1", None),
        ("renumber", "2026-10 记-1", "was 记-2"),
        ("renumber", "2026-10 记-2", "was 记-3"),
    ] == [(act.action, act.name, act.note) for act in journal.trail if act.action in {"delete", "renumber"}]


def test_nothing_is_deleted_before_a_reviewed_number():
    journal = journal_of(draft("a", 1), draft("b", 2), draft("c", 3), reviewed="b")

    assert refusal(journal.delete, "a", by="li") == (
        "delete: 2026-10 记-1 cannot be deleted: numbers move up, and 2026-10 记-2 is reviewed; void it"
    )
    assert {"a": 1, "b": 2} == numbers(journal.delete("c", by="li"))
    both = journal_of(draft("a", 1), draft("b", 2), draft("c", 3), reviewed="bc")
    assert "2026-10 记-2 is reviewed" in refusal(both.delete, "a", by="li")


def test_a_number_that_was_deleted_last_is_the_next_one():
    journal = journal_of(draft("a", 1), draft("b", 2)).delete("b", by="li").prepare(draft("c"), by="li")

    assert {"a": 1, "c": 2} == numbers(journal)


def test_a_reversal_follows_the_number_of_what_it_takes_back():
    journal = journal_of(draft("a", 1), draft("b", 2)).void("b", by="li").delete("a", by="li")

    assert "注销10月2日记-1号凭证" == journal.find_reversal("b").lines[0].summary
    reviewed = journal_of(draft("a", 1), draft("b", 2)).void("b", by="li")
    reviewed = reviewed.review(reviewed.find_reversal("b"), by="wang")
    assert "and 2026-10 记-3 is reviewed" in refusal(reviewed.delete, "a", by="li")


def test_nothing_is_deleted_that_would_rename_what_a_reviewed_reversal_takes_back():
    accrual = draft("b", 31, number=2)
    back = reverse(accrual, style="red_negative", date=date(2026, 11, 1))
    journal = journal_of(draft("a"), accrual, back)
    journal = journal.review(back.voucher_id, by="wang")

    assert "delete: 2026-10 记-1 cannot be deleted: numbers move up, and 2026-11 记-1 is reviewed; void it" == refusal(
        journal.delete, "a", by="li"
    )


def test_what_is_taken_back_is_deleted_with_its_reversal():
    journal = journal_of(draft("a"), draft("b")).void("a", by="li")
    red = journal.find_reversal("a").voucher_id

    assert "delete: 2026-10 记-1 is taken back by 2026-10 记-3: delete them together" in refusal(
        journal.delete, "a", by="li"
    )
    assert {"b": 1} == numbers(journal.delete(["a", red], by="li"))
    assert {"a": 1, "b": 2} == numbers(journal.delete(red, by="li"))


def test_a_voided_voucher_and_its_red_one_are_posted_together():
    journal = journal_of(draft("a", 7), draft("b", 8), reviewed="ab").void("a", by="li")
    red = journal.find_reversal("a")
    both = journal.review(red, by="wang")

    assert ("a", 3, date(2026, 10, 7), Money("-3.30", "CNY")) == (
        red.reversal_of,
        red.number,
        red.date,
        red.lines[0].debit,
    )
    assert "post: 2026-10 记-3 takes back 2026-10 记-1, which is not posted yet" == refusal(both.post, red, by="wang")
    assert "reversed" == both.post(["a", red], by="wang").find("a").status
    assert "reversed" == both.post("a", by="wang").post(red, by="wang").find("a").status


def test_a_posted_voucher_is_reversed_when_its_red_one_is_posted():
    journal = journal_of(draft("a"), posted="a").reverse("a", date=date(2026, 11, 3), by="li")
    red = journal.find_reversal("a")

    assert ("2026-11", 1, "prepared", VoucherKind.REVERSAL) == (red.period, red.number, red.status, red.kind)
    assert "posted" == journal.find("a").status
    assert "reversed" == journal.review(red, by="wang").post(red, by="wang").find("a").status
    assert "posted" == journal.delete(red, by="li").find("a").status


def test_nothing_is_taken_back_twice():
    journal = journal_of(draft("a"), posted="a").reverse("a", date=date(2026, 11, 3), by="li")
    red = journal.find_reversal("a")
    booked = journal.review(red, by="wang").post(red, by="wang")
    twice = reverse(journal.find("a"), style="swap_sides", date=date(2026, 11, 5))
    other = attrs.evolve(twice, voucher_id="other")

    assert "is taken back by 2026-11 记-1 already" in refusal(journal.reverse, "a", date=date(2026, 11, 4), by="li")
    assert "is taken back by 2026-11 记-1 already" in refusal(
        journal.correct, "a", Money(1, "CNY"), date=date(2026, 11, 4), by="li"
    )
    assert "2026-11 记-1 is in the journal already" in refusal(journal.prepare, twice, by="li")
    assert "takes back what 2026-11 记-1 takes back already" in refusal(journal.prepare, other, by="li")
    assert "is a reversal itself: prepare what is right as a new voucher" in refusal(
        booked.reverse, red, date=date(2026, 11, 4), by="li"
    )


def test_the_style_and_the_language_are_those_of_the_book():
    book = Book(chart="ifrs", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
    journal = journal_of(draft("a", debit="5100", credit="2010"), posted="a", book=book)
    swapped = journal.reverse("a", date=date(2026, 10, 9), by="li").find_reversal("a")
    red = journal.reverse("a", date=date(2026, 10, 9), by="li", style="red_negative").find_reversal("a")

    assert ("reversal of 记-1 of 2026-10-01", Money("3.30", "CNY")) == (
        swapped.lines[0].summary,
        swapped.lines[0].credit,
    )
    assert Money("-3.30", "CNY") == red.lines[0].debit


def test_swapped_sides_make_a_payment_of_a_receipt():
    book = Book(
        chart="cn_small_business",
        currency="CNY",
        timezone="Asia/Shanghai",
        taxpayer="general",
        word_scheme="receipt_payment_transfer",
    )
    journal = journal_of(draft("a", debit=CASH, credit=SALES, word="收"), posted="a", book=book)

    words = [
        journal.reverse("a", date=date(2026, 10, 9), by="li", style=style).find_reversal("a").word
        for style in ("red_negative", "swap_sides")
    ]
    assert ["收", "付"] == words


def test_a_reversal_before_the_voucher_is_refused():
    journal = journal_of(draft("a", 5), posted="a")

    assert "2026-10 记-1 of 2026-10-05 cannot be taken back on 2026-10-04" in refusal(
        journal.reverse, "a", date=date(2026, 10, 4), by="li"
    )


def test_a_draft_of_a_locked_period_is_moved_to_the_open_one_and_the_trail_says_so():
    book = attrs.evolve(BOOK, locked_periods=["2026-09", "2026-10"])
    journal = Journal(book=book).prepare([draft("a", 30, 9), draft("b", 3, 10), draft("c", 4, 11)], by="li")

    assert [
        ("a", date(2026, 11, 1), "adjust"),
        ("b", date(2026, 11, 1), "adjust"),
        ("c", date(2026, 11, 4), "normal"),
    ] == [(item.voucher_id, item.date, item.kind) for item in journal]
    assert ["moved from 2026-09-30, which is locked", "moved from 2026-10-03, which is locked", None] == [
        act.note for act in journal.trail
    ]


def test_a_reversal_of_a_locked_period_is_dated_in_the_open_one():
    journal = journal_of(draft("a", 30), posted="a").lock("2026-10", by="wang")
    red = journal.reverse("a", date=date(2026, 10, 31), by="li").find_reversal("a")

    assert (date(2026, 11, 1), VoucherKind.REVERSAL) == (red.date, red.kind)
    moved = journal.reverse("a", date=date(2026, 10, 31), by="li").trail[-1]
    assert ("reverse", "by 2026-11 记-1, moved from 2026-10-31, which is locked") == (moved.action, moved.note)


def test_a_reversal_of_the_open_period_may_be_asked_for_in_the_locked_one():
    book = attrs.evolve(BOOK, locked_periods=["2026-10"])
    journal = journal_of(draft("a", 1, 11), posted="a", book=book)

    assert date(2026, 11, 1) == journal.reverse("a", date=date(2026, 10, 31), by="li").find_reversal("a").date


def test_a_reversal_that_is_prepared_in_a_locked_period_stays_one():
    red = reverse(draft("a", number=1), style="red_negative", date=date(2026, 10, 2))
    journal = Journal(book=attrs.evolve(BOOK, locked_periods=["2026-10"])).prepare(red, by="li")

    assert ("2026-11", VoucherKind.REVERSAL) == (journal[0].period, journal[0].kind)


def test_nothing_changes_in_a_locked_period():
    journal = journal_of(draft("a"), draft("b"), reviewed="b")
    locked = attrs.evolve(journal, book=attrs.evolve(BOOK, locked_periods=["2026-10"]))

    for step in ("review", "delete", "void"):
        assert "2026-10 记-1 is in a locked period, in which nothing changes" in refusal(STEPS[step], locked, "a")
    for step in ("unreview", "post"):
        assert "2026-10 记-2 is in a locked period, in which nothing changes" in refusal(STEPS[step], locked, "b")


def test_a_period_is_locked_when_all_of_it_is_posted():
    journal = journal_of(draft("a"), draft("b"), draft("c", 1, 11), posted="a")

    assert "lock: 2026-10 记-2 is only prepared" == refusal(journal.lock, "2026-10", by="wang")
    locked = journal.review("b", by="wang").post("b", by="wang").lock("2026-10", by="wang")
    assert ("2026-10",) == locked.book.locked_periods
    assert ("lock", None, "2026-10", "wang") == (
        locked.trail[-1].action,
        locked.trail[-1].voucher_id,
        locked.trail[-1].name,
        locked.trail[-1].by,
    )
    assert locked is locked.lock("2026-10", by="wang")


def test_a_difference_is_prepared_for_a_wrong_amount():
    journal = journal_of(draft("a", 5), posted="a").correct("a", Money("3.50", "CNY"), date=date(2026, 10, 9), by="li")

    assert [Money("0.20", "CNY"), "订正10月5日记-1号凭证", "adjust", 2] == [
        journal[1].lines[0].debit,
        journal[1].lines[0].summary,
        journal[1].kind,
        journal[1].number,
    ]
    assert ("correct", "by 2026-10 记-2") == (journal.trail[-1].action, journal.trail[-1].note)
    assert "2026-10 记-1 is corrected by 2026-10 记-2: start from that one" in refusal(
        journal.correct, "a", Money("3.60", "CNY"), date=date(2026, 10, 9), by="li"
    )
    assert "start from that one" in refusal(journal.reverse, "a", date=date(2026, 10, 9), by="li")


def test_a_difference_that_was_taken_back_stands_in_nobodys_way():
    journal = journal_of(draft("a"), posted="a").correct("a", Money("3.50", "CNY"), date=date(2026, 10, 9), by="li")
    journal = journal.review(journal[1], by="wang").post(journal[1], by="wang")
    journal = journal.reverse(journal[1], date=date(2026, 10, 9), by="li")

    assert 4 == len(journal.reverse("a", date=date(2026, 10, 9), by="li"))


def test_reversals_have_the_order_of_what_they_take_back():
    journal = journal_of(*(draft(f"v{at}", at) for at in range(1, 9)), posted=[f"v{at}" for at in range(1, 9)])
    journal = journal.reverse(journal, date=date(2026, 11, 3), by="li")

    assert [f"v{at}" for at in range(1, 9)] == [item.reversal_of for item in journal.in_period("2026-11")]


def test_a_voucher_and_its_difference_are_reversed_together():
    journal = journal_of(draft("a"), posted="a").correct("a", Money("3.50", "CNY"), date=date(2026, 10, 9), by="li")
    journal = journal.review(journal[1], by="wang").post(journal[1], by="wang")
    journal = journal.reverse([*journal], date=date(2026, 10, 9), by="li")

    assert Decimal(0) == sum(line.amount.amount for item in journal for line in item.lines if line.account == FREIGHT)


def test_a_wrong_account_is_cancelled_and_put_right():
    right = draft("right", debit="5601.06")
    journal = journal_of(draft("a", 5), posted="a").correct("a", right, date=date(2026, 11, 2), by="li")

    assert [("注销10月5日记-1号凭证", FREIGHT), ("订正10月5日记-1号凭证", "5601.06")] == [
        (item.lines[0].summary, item.lines[0].account) for item in journal.in_period("2026-11")
    ]


def test_vouchers_that_were_stored_make_the_journal_they_came_from():
    journal = journal_of(draft("a"), draft("b", 2), posted="a")

    assert journal == Journal(book=BOOK, vouchers=reversed(journal), trail=journal.trail)
    assert 2 == len(journal)
    assert journal[:1] == (journal.find("a"),) == journal.in_status("posted")
    assert None is journal.find("nowhere")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"number": None}, "2026-10 记-b is a draft: prepare() takes it in"),
        ({"status": "draft"}, "2026-10 记-2 is a draft"),
        ({"book_id": "other"}, "2026-10 记-2 is of book 'other', not of None"),
        ({"part": 1, "parts": 2}, "2026-10 记-2 is sheet 1 of 2: a journal holds whole vouchers"),
        ({"preparer": None}, "2026-10 记-2 is prepared and has no preparer"),
        ({"status": "posted", "reviewer": "wang"}, "2026-10 记-2 is posted and has no poster"),
        ({"number": 1}, "2026-10 记-1 is there twice"),
        ({"number": 3}, "2026-10 记-3 comes after a gap: 记-2 is missing"),
        ({"number": 5}, "2026-10 记-5 comes after a gap: 记-2 to 记-4 is missing"),
        ({"voucher_id": "a"}, "has the id of another"),
    ],
)
def test_vouchers_that_no_journal_can_hold_are_refused(fields, sentence):
    stored = {"preparer": "li", "status": "prepared"}
    first = draft("a", number=1, **stored)
    with pytest.raises(JournalError) as caught:
        Journal(book=BOOK, vouchers=[first, attrs.evolve(draft("b", number=2, **stored), **fields)])

    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([draft("a")], "2026-10 记-1 is in the journal already"),
        ([draft("b"), draft("b", 2)], "2026-10 记-b is given twice"),
        ([draft("b", book_id="other")], "2026-10 记-b is of book 'other', not of None"),
        ([draft("b", status="posted", number=9)], "2026-10 记-9 is posted: only whole drafts are prepared"),
        ([draft("b", part=1, parts=2)], "2026-10 记-b is draft: only whole drafts are prepared"),
        ([draft("b", reversal_of="x"), draft("c", reversal_of="x")], "takes back what 2026-10 记-b takes back already"),
    ],
)
def test_drafts_that_cannot_be_taken_in_are_refused(given, sentence):
    assert sentence in refusal(journal_of(draft("a")).prepare, given, by="li")


def test_a_journal_is_written_and_summed_like_any_vouchers():
    journal = journal_of(draft("a"), draft("b", 2), posted="a").reverse("a", date=date(2026, 10, 9), by="li")

    assert 6 == render(journal, ledger="journal_csv", book=BOOK).count("\n") - 1
    assert Decimal("3.30") == sum(line.amount.amount for item in journal for line in item.lines if line.debit)


def test_the_summary_tells_what_waits_for_whom():
    journal = journal_of(draft("a"), draft("b", 2), draft("c", 1, 11), posted="a")

    assert (("2026-10", (("prepared", "1"), ("posted", "1"))), ("2026-11", (("prepared", "1"),))) == (
        journal.summary().sections
    )
    assert "2026-11" in journal._repr_html_()
    assert "vouchers=<3>" in repr(journal)


def test_an_error_of_many_vouchers_shows_the_first_and_keeps_all():
    with pytest.raises(JournalError, match="30 reasons against it") as caught:
        journal_of(*(draft(f"v{at}", at) for at in range(1, 31))).review([f"v{at}" for at in range(1, 31)], by="li")

    assert str(caught.value).endswith("\n  and 10 more")
    assert 30 == len(caught.value.refused)


def test_one_code_instead_of_several_is_refused():
    with pytest.raises(PostingError, match=r"Journal\.cash_codes: codes such as"):
        Journal(book=BOOK, cash_codes="1002")
