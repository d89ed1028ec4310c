"""Reversal: red copies, swapped sides, and what is the same in both."""

from datetime import date
from decimal import Decimal

import pytest
from moneyed import Money

from tieout.errors import PostingError
from tieout.model import JournalLine, Provenance, Voucher, VoucherKind, VoucherStatus
from tieout.posting import reverse, to_swap


def cny(text):
    return Money(text, "CNY")


def make_voucher(**fields):
    lines = (
        JournalLine(
            line_no=1,
            summary="运费",
            account="5601.05",
            debit=cny("3.30"),
            foreign_amount=Money("38.82", "INR"),
            fx_rate=Decimal("0.085"),
            tax_rate=Decimal("0.06"),
            tax_base=cny("55.00"),
        ),
        JournalLine(line_no=2, summary="红字", account="1405", debit=cny("-1.00"), quantity=Decimal(-2)),
        JournalLine(line_no=3, summary="应付", account="2202.02", credit=cny("2.30")),
    )
    return Voucher(
        **{
            "voucher_id": "a1",
            "period": "2026-10",
            "word": "记",
            "number": 5,
            "date": date(2026, 10, 31),
            "lines": lines,
            "reviewer": "R",
            "status": VoucherStatus.POSTED,
            "event_ids": ("e",),
            "source_refs": (Provenance(file="bill.csv", line=3),),
            **fields,
        }
    )


def test_a_red_copy_has_the_same_sides_and_negative_amounts():
    red = reverse(make_voucher(), style="red_negative", date=date(2026, 11, 1))

    assert [(cny("-3.30"), None), (cny("1.00"), None), (None, cny("-2.30"))] == [
        (line.debit, line.credit) for line in red.lines
    ]
    assert Money("-38.82", "INR") == red.lines[0].foreign_amount
    assert cny("-55.00") == red.lines[0].tax_base
    assert Decimal(2) == red.lines[1].quantity


def test_swapped_sides_have_no_negative_amount():
    swapped = reverse(make_voucher(), style="swap_sides", date=date(2026, 11, 1))

    assert [(None, cny("3.30")), (cny("1.00"), None), (cny("2.30"), None)] == [
        (line.debit, line.credit) for line in swapped.lines
    ]
    assert Money("38.82", "INR") == swapped.lines[0].foreign_amount
    assert cny("55.00") == swapped.lines[0].tax_base


@pytest.mark.parametrize("style", ["red_negative", "swap_sides"])
def test_original_and_reversal_sum_to_nothing(style):
    voucher = make_voucher()

    taken_back = reverse(voucher, style=style, date=date(2026, 10, 31))

    assert [cny("0")] * 3 == [
        one.amount + other.amount for one, other in zip(voucher.lines, taken_back.lines, strict=True)
    ]


def test_a_reversal_is_an_unsigned_draft_that_names_what_it_takes_back():
    red = reverse(make_voucher(), style="red_negative", date=date(2026, 11, 3))

    assert ("a1", VoucherKind.REVERSAL, VoucherStatus.DRAFT) == (red.reversal_of, red.kind, red.status)
    assert (None, None, "2026-11", ()) == (red.number, red.reviewer, red.period, red.event_ids)
    assert {"注销10月31日记-5号凭证"} == {line.summary for line in red.lines}
    assert make_voucher().source_refs == red.source_refs


def test_reversing_again_gives_the_same_id():
    ids = {
        reverse(make_voucher(), style=style, date=date(2026, 11, 1)).voucher_id
        for style in ("red_negative", "swap_sides")
    }

    assert 1 == len(ids)
    assert "a1" not in ids


def test_a_reversal_before_the_voucher_is_refused():
    with pytest.raises(PostingError, match="a1: a voucher of 2026-10-31 cannot be taken back on 2026-10-30"):
        reverse(make_voucher(), style="red_negative", date=date(2026, 10, 30))


def test_an_unknown_style_is_refused():
    with pytest.raises(PostingError, match="style: 'black' is none of red_negative, swap_sides"):
        reverse(make_voucher(), style="black", date=date(2026, 11, 1))


def test_a_draft_is_named_by_its_id():
    red = reverse(make_voucher(number=None), style="red_negative", date=date(2026, 11, 1))

    assert "注销10月31日记-a1号凭证" == red.lines[0].summary


def test_the_summary_can_be_given():
    assert "x" == reverse(make_voucher(), style="red_negative", date=date(2026, 11, 1), summary="x").lines[0].summary


def test_to_swap_leaves_blue_lines_alone():
    voucher = make_voucher()

    swapped = to_swap(voucher)

    assert [voucher.lines[0], voucher.lines[2]] == [swapped.lines[0], swapped.lines[2]]
    assert (None, cny("1.00"), Decimal(2)) == (
        swapped.lines[1].debit,
        swapped.lines[1].credit,
        swapped.lines[1].quantity,
    )
    assert swapped == to_swap(swapped)


def test_to_swap_turns_a_red_credit_into_a_debit():
    red = reverse(make_voucher(), style="red_negative", date=date(2026, 11, 1))

    assert cny("2.30") == to_swap(red).lines[2].debit
