"""Numbers run from 1 without a gap, for each book, period and word."""

from datetime import date

import pytest
from moneyed import Money

from tieout.errors import PostingError
from tieout.model import JournalLine, Voucher, VoucherStatus
from tieout.posting import number_vouchers, reverse
from tieout.posting.numbering import with_names

LINES = (
    JournalLine(line_no=1, summary="s", account="1", debit=Money("1", "CNY")),
    JournalLine(line_no=2, summary="s", account="2", credit=Money("1", "CNY")),
)


def draft(voucher_id, day=1, month=10, **fields):
    return Voucher(
        **{
            "voucher_id": voucher_id,
            "period": f"2026-{month:02}",
            "word": "记",
            "date": date(2026, month, day),
            "lines": LINES,
            **fields,
        }
    )


def numbers(vouchers):
    return [(voucher.voucher_id, voucher.period, voucher.word, voucher.number) for voucher in vouchers]


def test_drafts_are_numbered_by_date_then_id_in_each_period_and_word():
    drafts = [draft("c", 2), draft("b"), draft("d", 1, 11), draft("a", 9), draft("e", 1, word="转")]

    assert [
        ("b", "2026-10", "记", 1),
        ("e", "2026-10", "转", 1),
        ("c", "2026-10", "记", 2),
        ("a", "2026-10", "记", 3),
        ("d", "2026-11", "记", 1),
    ] == numbers(number_vouchers(drafts))


def test_the_order_they_come_in_does_not_matter():
    drafts = [draft("c", 2), draft("b"), draft("d", 1, 11)]

    assert number_vouchers(drafts) == number_vouchers(reversed(drafts))


def test_numbers_go_on_after_those_of_the_book():
    posted = [
        draft("x", number=7),
        draft("w", number=6),
        draft("y", number=3, book_id="other"),
        draft("z", month=11, number=9),
    ]

    assert [8] == [voucher.number for voucher in number_vouchers([draft("a")], posted=posted)]
    assert [4] == [voucher.number for voucher in number_vouchers([draft("a", book_id="other")], posted=posted)]


def test_a_numbered_draft_is_prepared():
    assert VoucherStatus.PREPARED is number_vouchers([draft("a")])[0].status


def test_a_voucher_with_a_number_is_refused():
    with pytest.raises(PostingError, match="only drafts are numbered, these have numbers: 记-4"):
        number_vouchers([draft("a", number=4)])


def test_an_accrual_is_not_taken_back_twice():
    accrual = draft("a", number=1)
    reversal = reverse(accrual, style="red_negative", date=date(2026, 11, 1))
    posted = [accrual, *number_vouchers([reversal], posted=[accrual])]

    with pytest.raises(PostingError, match="is posted already"):
        number_vouchers([reverse(accrual, style="swap_sides", date=date(2026, 11, 5))], posted=posted)


@pytest.mark.parametrize(("drafts", "posted"), [([draft("a"), draft("a")], []), ([draft("a")], [draft("a", number=1)])])
def test_a_voucher_given_twice_is_refused(drafts, posted):
    with pytest.raises(PostingError, match="a: the voucher is given twice, or is posted already"):
        number_vouchers(drafts, posted=posted)


def test_only_the_whole_name_of_what_is_taken_back_changes():
    red = reverse(draft("a", number=1), style="red_negative", date=date(2026, 10, 2), summary="注销记-1号, 见记-12号")

    assert "注销记-7号, 见记-12号" == with_names(red, {"a": ("记-1", "记-7")}).lines[0].summary
    assert red == with_names(red, {"other": ("记-1", "记-7")})
