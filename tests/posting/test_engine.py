"""Posting: grouping, periods, currencies, what is left out, and what is refused."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import attrs
import polars as pl
import pytest
from moneyed import Money

from tieout.errors import PostingError, UnknownAccount
from tieout.model import Event, Provenance, VoucherKind, VoucherStatus
from tieout.posting import LeftOutReason, number_vouchers, post, reverse
from tieout.tables import Table

OCTOBER = "2026-10"


def bill_of(line, line_end=None, file="sf.csv", sha256="a"):
    return Provenance(file=file, sha256=sha256, line=line, line_end=line_end)


# --- what can be handed in -------------------------------------------------------------------------------------------


def test_an_outcome_a_table_a_list_and_an_event_post_alike(make_event, make_book):
    event = make_event(sources=(bill_of(3, 9),))
    outcome = SimpleNamespace(events=Table.from_records([event]))

    expected = post(event, book=make_book(), period=OCTOBER)

    for given in (
        outcome,
        [outcome],
        Table.from_records([event]),
        [event],
        iter([event]),
        [SimpleNamespace(events=[event])],
    ):
        assert expected == post(given, book=make_book(), period=OCTOBER)


def test_nothing_posts_to_nothing(make_book):
    empty = Table.from_records([], Event)

    vouchers = post([SimpleNamespace(events=empty)], book=make_book(), period=OCTOBER)

    assert (0, True) == (len(vouchers), vouchers.proof.holds)


@pytest.mark.parametrize("given", ["courier.bill", 3, None, [3], {"events": []}, [[["x"]]]])
def test_anything_else_is_refused(given, make_book):
    with pytest.raises(PostingError, match="outcomes: outcomes or events are needed, got"):
        post(given, book=make_book(), period=OCTOBER)


# --- grouping and content --------------------------------------------------------------------------------------------


def test_a_bill_is_one_voucher_with_lines_of_one_account_joined(make_event, make_book, notation):
    events = [
        make_event(amount="106.00"),
        make_event(amount="10.90", rate="0.09", event_id="other rate"),
        make_event(amount="53.00", details={"leg": "return"}),
        make_event("courier.dispute", "9.00"),
        make_event("courier.compensation", "-50.00", details={}, rate=None),
    ]

    (voucher,) = post(events, book=make_book(dispute_policy="pay_and_claim"), period=OCTOBER)

    assert (
        "Dr freight_out 110.00; Dr vat_input 9.00; Dr vat_input 0.90; Dr freight_return 50.00; Dr ap_courier 50.00; Dr claim_courier 9.00"
        " / Cr ap_courier 178.90; Cr aftersale_exp 50.00"
    ) == notation(voucher)
    assert list(range(1, 9)) == [line.line_no for line in voucher.lines]


def test_documents_parties_shops_and_families_are_vouchers_of_their_own(make_event, make_book):
    events = [
        make_event(),
        make_event(document="B2"),
        make_event(party="zto", event_id="z"),
        make_event(shop_id="S1", event_id="s"),
        make_event("courier.paid"),
    ]

    assert 5 == len(post(events, book=make_book(), period=OCTOBER))


def test_a_voucher_carries_what_7_5_asks_for(make_event, make_book):
    event = make_event(day=28, sources=(bill_of(3, 9), bill_of(2, file="zto.xlsx", sha256="b")), shop_id="S1")

    (voucher,) = post(event, book=make_book(book_id="main", preparer="P"), period=OCTOBER)

    assert ("main", OCTOBER, "记", 1) == (voucher.book_id, voucher.period, voucher.word, voucher.number)
    assert (date(2026, 10, 28), 2, "P") == (voucher.date, voucher.attachments_count, voucher.preparer)
    assert (VoucherKind.NORMAL, VoucherStatus.PREPARED) == (voucher.kind, voucher.status)
    assert (event.event_id,) == voucher.event_ids
    assert event.sources == voucher.source_refs == voucher.lines[0].sources
    assert "S1 sf_express 快递账单 B1 2026-10" == voucher.lines[0].summary
    assert ("5601.05", "销售费用-运费", "freight_out") == (
        voucher.lines[0].account,
        voucher.lines[0].account_name,
        voucher.lines[0].role,
    )
    assert {"supplier": "sf_express"} == dict(voucher.lines[2].aux)


def test_summaries_speak_the_language_of_the_book(make_event, make_book):
    (voucher,) = post(make_event(), book=make_book(chart="ifrs"), period=OCTOBER)

    assert "sf_express courier bill B1 2026-10" == voucher.lines[0].summary
    assert "Outbound freight" == voucher.lines[0].account_name


def test_a_document_that_is_a_period_is_named_once(make_event, make_book):
    (accrual, _) = post(make_event("courier.unbilled", document=OCTOBER), book=make_book(), period=OCTOBER)

    assert "sf_express 快递费暂估 2026-10" == accrual.lines[0].summary


@pytest.mark.parametrize(
    ("kind", "chart", "given", "summary"),
    [
        ("courier.bill", "cn_small_business", {"party": "zto", "document": "B1"}, "中通 快递账单 B1 2026-10"),
        ("courier.bill", "ifrs", {"party": "zto", "document": "B1"}, "zto courier bill B1 2026-10"),
        (
            "courier.bill",
            "cn_small_business",
            {"party": "jd", "document": "ZTO-2026-10"},
            "京东物流 快递账单 ZTO-2026-10",
        ),
        (
            "sale.shipped",
            "cn_small_business",
            {"party": "jd", "document": "jd 灯 屋 2026-10-31"},
            "灯 屋 京东 销售 2026-10-31",
        ),
        ("sale.shipped", "cn_small_business", {"party": "jd", "document": "灯 屋 jd 9"}, "灯 屋 京东 销售 9 2026-10"),
        (
            "courier.unbilled",
            "cn_small_business",
            {"party": "zto", "document": "unbilled zto 2026-10"},
            "中通 快递费暂估 2026-10",
        ),
    ],
)
def test_a_summary_says_nothing_twice_and_calls_whom_it_knows_by_name(
    kind, chart, given, summary, make_event, make_book
):
    shop = {"shop_id": "灯 屋"} if kind == "sale.shipped" else {}
    vouchers = post(make_event(kind, **given, **shop), book=make_book(chart=chart), period=OCTOBER)

    assert summary == vouchers[0].lines[0].summary
    assert given["party"] in {
        text for line in vouchers[0].lines for text in dict(line.aux).values()
    }  # the code, for programs


def test_a_hostile_document_stays_on_one_line(make_event, make_book):
    (voucher,) = post(make_event(document="B\n1\x00\u202e; DROP\t"), book=make_book(), period=OCTOBER)

    assert "sf_express 快递账单 B 1 ; DROP 2026-10" == voucher.lines[0].summary


def test_a_line_traces_to_the_lines_of_its_own_events(make_event, make_book):
    events = [
        make_event(sources=(bill_of(3),)),
        make_event(details={"leg": "return"}, sources=(bill_of(4), bill_of(8))),
    ]

    (voucher,) = post(events, book=make_book(), period=OCTOBER)

    traced = {line.role: line.sources for line in voucher.lines}
    assert (bill_of(3),) == traced["freight_out"]
    assert (bill_of(4), bill_of(8)) == traced["freight_return"]
    assert (bill_of(3, 4), bill_of(8)) == traced["ap_courier"] == voucher.source_refs


def test_a_bill_is_dated_by_its_last_event(make_event, make_book):
    events = [make_event(day=3, event_id="a"), make_event(day=20, event_id="b")]

    assert [date(2026, 10, 20)] == [voucher.date for voucher in post(events, book=make_book(), period=OCTOBER)]


def test_vouchers_are_numbered_by_date_then_kind_then_document(make_event, make_book):
    events = [
        make_event("courier.paid", day=5),
        make_event(document="B2", day=5),
        make_event(document="B1", day=5),
        make_event(document="B9", day=1),
        make_event("courier.unbilled", document="10", day=1),
    ]

    vouchers = post(events, book=make_book(), period=OCTOBER)

    kinds = [(voucher.number, voucher.lines[0].summary.split()[1:3]) for voucher in vouchers.in_period(OCTOBER)]
    assert [
        (1, ["快递账单", "B9"]),
        (2, ["快递账单", "B1"]),
        (3, ["快递账单", "B2"]),
        (4, ["支付快递费", "B1"]),
        (5, ["快递费暂估", "10"]),
    ] == kinds


def test_a_negative_bill_is_red_or_on_the_other_side(make_event, make_book, notation):
    credit = make_event(amount="-10.60")

    (red,) = post(credit, book=make_book(), period=OCTOBER)
    (swapped,) = post(credit, book=make_book(reversal_style="swap_sides"), period=OCTOBER)

    assert "Dr freight_out -10.00; Dr vat_input -0.60 / Cr ap_courier -10.60" == notation(red)
    assert "Dr ap_courier 10.60 / Cr freight_out 10.00; Cr vat_input 0.60" == notation(swapped)
    assert red.voucher_id == swapped.voucher_id


# --- tax -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [{"taxpayer": "small_scale"}, {"fee_invoice": "normal"}, {"fee_invoice": "none"}])
def test_without_deductible_vat_the_whole_amount_is_cost(fields, make_event, make_book, notation):
    events = [make_event(), make_event("courier.unbilled"), make_event(rate=None, event_id="unknown rate")]

    bill, accrual, _ = post(events, book=make_book(**fields), period=OCTOBER)

    assert "Dr freight_out 7.00 / Cr ap_courier 7.00" == notation(bill)
    assert "Dr freight_out 3.50 / Cr ap_accrued 3.50" == notation(accrual)


def test_an_unknown_rate_is_an_error_where_vat_is_reclaimed(make_event, make_book):
    with pytest.raises(
        PostingError,
        match=r"event e9 \(courier.bill, B1, 2026-10-31\): the tax rate is unknown.*\nHint: give the event",
    ):
        post(make_event(rate=None, event_id="e9"), book=make_book(), period=OCTOBER)


@pytest.mark.parametrize("rate", ["6", "1", "-0.06"])
def test_a_rate_that_is_no_fraction_is_refused(rate, make_event, make_book):
    with pytest.raises(PostingError, match=f"a tax rate is a fraction from 0 to less than 1, got {rate}"):
        post(make_event(rate=rate), book=make_book(), period=OCTOBER)


def test_a_rate_of_zero_leaves_no_tax_line(make_event, make_book, notation):
    (voucher,) = post(make_event(rate="0"), book=make_book(), period=OCTOBER)

    assert "Dr freight_out 3.50 / Cr ap_courier 3.50" == notation(voucher)


def test_a_small_scale_taxpayer_who_waives_the_reduction_has_its_rate(make_event, make_book, notation):
    def sale(rate, **fields):
        book = make_book(taxpayer="small_scale", **fields)
        return notation(post(make_event("sale.shipped", "190.00", rate=rate, details={}), book=book, period=OCTOBER)[0])

    assert "Dr ar_platform 190.00 / Cr revenue 184.47; Cr vat_small 5.53" == sale("0.03")
    # What others charge on the same goods is not its rate, unless the book knows no rates at all.
    assert "Dr ar_platform 190.00 / Cr revenue 188.12; Cr vat_small 1.88" == sale("0.13")
    assert "Dr ar_platform 190.00 / Cr revenue 168.14; Cr vat_small 21.86" == sale("0.13", vat=None)
    with pytest.raises(PostingError, match="has no VAT table"):
        sale(None, vat=None)


@pytest.mark.parametrize(
    ("taxpayer", "rate", "sold", "back", "lines"),
    [
        ("general", "0.17", date(2018, 4, 30), date(2018, 5, 1), "Cr revenue -162.39; Cr vat_output -27.61"),
        ("general", "0.16", date(2019, 3, 31), date(2019, 4, 1), "Cr revenue -163.79; Cr vat_output -26.21"),
        ("small_scale", "0.01", date(2027, 12, 31), date(2028, 1, 1), "Cr revenue -188.12; Cr vat_small -1.88"),
    ],
)
def test_a_refund_keeps_the_rate_of_its_sale_when_rates_change(
    taxpayer, rate, sold, back, lines, make_event, make_book, notation
):
    def vouchers_of(kind, day):
        event = make_event(kind, "190.00", rate=rate, details={}, occurred_on=day)
        return post(event, book=make_book(taxpayer=taxpayer), period=f"{day:%Y-%m}")

    assert notation(vouchers_of("sale.shipped", sold)[0]).endswith(f"/ {lines.replace('-', '')}")
    assert f"Dr ar_platform -190.00 / {lines}" == notation(vouchers_of("aftersale.refund", back)[0])
    with pytest.raises(PostingError, match=f"is not in force on {back}"):
        vouchers_of("sale.shipped", back)


@pytest.mark.parametrize(
    ("kind", "amount", "details"),
    [
        ("purchase.invoiced", "116.00", {}),
        ("courier.bill", "116.00", {"leg": "outbound"}),
        ("settlement.fee", "-116.00", {"line_type": "commission"}),
        ("sale.shipped", "116.00", {}),
    ],
)
def test_what_lowers_a_tax_has_the_rate_of_what_it_is_of(kind, amount, details, make_event, make_book):
    charge = make_event(kind, amount, rate="0.16", details=details, occurred_on=date(2019, 4, 5))
    credit = attrs.evolve(charge, event_id="c", amount=-charge.amount)

    (voucher,) = post(credit, book=make_book(), period="2019-04")

    assert {Decimal("16.00")} == {abs(line.amount.amount) for line in voucher.lines if line.tax_rate}
    with pytest.raises(PostingError, match="16 % is not in force on 2019-04-05"):
        post([charge, credit], book=make_book(), period="2019-04")


def test_a_locked_period_names_what_was_to_be_posted_in_it(make_event, make_book):
    with pytest.raises(
        PostingError, match=r"locked: it has 1 of the events, first event e9 \(courier.bill, B1, 2026-10-31\)"
    ):
        post(make_event(event_id="e9"), book=make_book(locked_periods=[OCTOBER]), period=OCTOBER)


@pytest.mark.parametrize("kind", ["stock.loss_approved", "stock.scrap_approved", "promotion.cashback"])
def test_what_takes_no_tax_needs_no_rate(kind, make_event, make_book):
    book = make_book(vat=None)

    assert 1 == len(post(make_event(kind, rate=None, details={}), book=book, period=OCTOBER))


def test_tax_of_a_document_is_split_off_the_whole_order(make_event, make_book, notation):
    lines = [
        make_event("sale.shipped", "0.05", rate="0.13", event_id=f"l{at}", details={"order": order, "line": str(at)})
        for at, order in enumerate("AAAAAAB")
    ]

    whole = post(lines, book=make_book(grouping="order", vat_rounding="document"), period=OCTOBER)

    assert [
        "Dr ar_platform 0.30 / Cr revenue 0.27; Cr vat_output 0.03",
        "Dr ar_platform 0.05 / Cr revenue 0.04; Cr vat_output 0.01",
    ] == sorted((notation(voucher) for voucher in whole), reverse=True)


def test_a_document_splits_no_tax_off_lines_that_state_theirs(make_event, make_book, notation):
    sale = {"kind": "sale.shipped", "amount": "0.05", "rate": "0.13", "details": {"order": "A"}}
    lines = [make_event(**sale, event_id=f"l{at}", tax=Money("0.02", "CNY") if at == 0 else None) for at in range(7)]

    (whole,) = post(lines, book=make_book(vat_rounding="document"), period=OCTOBER)

    # 0.02 as stated, and 0.30 - 0.30 / 1.13
    assert "Dr ar_platform 0.35 / Cr revenue 0.30; Cr vat_output 0.05" == notation(whole)


@pytest.mark.parametrize("rounding", ["line", "document"])
@pytest.mark.parametrize(("stated", "tax"), [(None, "0.02"), ("0.03", "0.03")])
def test_a_refund_takes_back_the_tax_it_states_and_else_its_share_of_what_was_sold(
    rounding, stated, tax, make_event, make_book
):
    refund = make_event(
        "aftersale.refund",
        "0.13",
        rate="0.13",
        details={},
        original=Money("1.00", "CNY"),
        tax=stated and Money(stated, "CNY"),
    )

    (voucher,) = post(refund, book=make_book(vat_rounding=rounding), period=OCTOBER)

    # Sold with 0.12; of it 13 %, 0.0156. By itself 0.13 has 0.01.
    assert [tax] == [str(abs(line.amount.amount)) for line in voucher.lines if line.role == "vat_output"]


@pytest.mark.parametrize(
    ("kind", "details", "base", "tax"),
    [
        ("courier.bill", {"leg": "outbound"}, "100.00", "13.00"),
        ("stock.loss_approved", {"cause": "mismanagement"}, "113.00", "-14.69"),
    ],
)
def test_a_line_of_tax_says_the_net_amount_that_it_is_of(kind, details, base, tax, make_event, make_book):
    event = make_event(kind, "113.00", rate="0.13", details=details)

    (voucher,) = post(event, book=make_book(), period=OCTOBER)

    found = [(line.tax_base, line.amount) for line in voucher.lines if line.tax_rate is not None]
    assert [(base, tax)] == [(str(one.amount), str(other.amount)) for one, other in found]


def test_tax_of_a_document_of_two_rates_is_split_off_each(make_event, make_book):
    lines = [
        make_event("sale.shipped", "0.05", rate=rate, event_id=f"{rate} {at}", details={"order": "A"})
        for rate in ("0.13", "0.06")
        for at in range(7)
    ]

    (voucher,) = post(lines, book=make_book(vat_rounding="document"), period=OCTOBER)

    # 0.35 - 0.35 / 1.13 and 0.35 - 0.35 / 1.06
    found = [(str(line.tax_rate), str(line.credit.amount)) for line in voucher.lines if line.role == "vat_output"]
    assert [("0.06", "0.02"), ("0.13", "0.04")] == sorted(found)


def test_a_settlement_is_one_voucher_in_a_book_by_orders_too(make_event, make_book):
    lines = [make_event("settlement.sale", event_id=order, details={"order": order}) for order in "AB"]

    assert 1 == len(post(lines, book=make_book(grouping="order"), period=OCTOBER))


# --- policies --------------------------------------------------------------------------------------------------------


def test_short_pay_notes_what_is_disputed(make_event, make_book, notation):
    dispute = make_event("courier.dispute", "0.90")

    vouchers = post([make_event(), dispute], book=make_book(), period=OCTOBER)

    assert "Dr freight_out 3.30; Dr vat_input 0.20 / Cr ap_courier 3.50" == notation(vouchers[0])
    assert [dispute] == [memo.event for memo in vouchers.memos]
    assert "claim is recognised only when" in vouchers.memos[0].note


def test_short_pay_notes_the_credit_note_and_books_the_rejected_claim_as_debt(make_event, make_book, notation):
    events = [make_event("courier.credit_note", "-0.90"), make_event("courier.claim_rejected", "0.90")]

    vouchers = post(events, book=make_book(), period=OCTOBER)

    assert ["Dr freight_out 0.85; Dr vat_input 0.05 / Cr ap_courier 0.90"] == [
        notation(voucher) for voucher in vouchers
    ]
    assert ["courier.credit_note"] == [memo.event.kind for memo in vouchers.memos]


def test_cash_on_delivery_set_off_by_a_bill_lowers_the_debt(make_event, make_book, notation):
    events = [make_event(amount="300.00", rate="0"), make_event("courier.cod_set_off", "-190.00")]

    (voucher,) = post(events, book=make_book(), period=OCTOBER)

    assert ("Dr freight_out 300.00; Dr ap_courier 190.00 / Cr ap_courier 300.00; Cr ar_cod 190.00") == notation(voucher)


def test_a_bill_paid_in_full_then_credited_leaves_what_was_accepted(make_event, make_book):
    events = [
        make_event(),
        make_event("courier.dispute", "0.90"),
        make_event("courier.credit_note", "-0.90"),
        make_event("courier.paid", "3.50"),
    ]

    vouchers = post(events, book=make_book(dispute_policy="pay_and_claim"), period=OCTOBER)

    sums = {}
    for line in (line for voucher in vouchers for line in voucher.lines):
        sums[line.role] = sums.get(line.role, 0) + line.amount.amount
    assert {
        "freight_out": Decimal("3.30"),
        "vat_input": Decimal("0.20"),
        "ap_courier": 0,
        "claim_courier": 0,
        "bank": Decimal("-3.50"),
    } == sums


@pytest.mark.parametrize(
    ("leg", "role"),
    [
        ("outbound", "freight_out"),
        ("reship", "freight_out"),
        ("return", "freight_return"),
        ("intercept", "freight_return"),
        ("round_trip", "freight_return"),
    ],
)
def test_the_leg_chooses_the_freight_account(leg, role, make_event, make_book):
    for kind in ("courier.bill", "courier.unbilled", "courier.claim_rejected"):
        assert role == post(make_event(kind, details={"leg": leg}), book=make_book(), period=OCTOBER)[0].lines[0].role


# --- accruals --------------------------------------------------------------------------------------------------------


def test_an_accrual_is_dated_the_last_day_and_taken_back_on_the_next(make_event, make_book):
    accrual, reversal = post(make_event("courier.unbilled", day=4), book=make_book(), period=OCTOBER)

    assert (date(2026, 10, 31), VoucherKind.ACCRUAL, 1) == (accrual.date, accrual.kind, accrual.number)
    assert (date(2026, 11, 1), "2026-11", VoucherKind.REVERSAL, 1) == (
        reversal.date,
        reversal.period,
        reversal.kind,
        reversal.number,
    )
    assert accrual.voucher_id == reversal.reversal_of
    assert "冲回10月31日记-1号凭证" == reversal.lines[0].summary


def test_the_reversal_follows_the_style_of_the_book(make_event, make_book, notation):
    vouchers = post(make_event("courier.unbilled"), book=make_book(chart="ifrs"), period=OCTOBER)

    assert "Dr ap_accrued 3.30 / Cr freight_out 3.30" == notation(vouchers[1])
    assert "reversal of 记-1 of 2026-10-31" == vouchers[1].lines[0].summary


def test_december_is_taken_back_in_january(make_event, make_book):
    event = make_event("courier.unbilled", occurred_on=date(2026, 12, 9))

    assert ["2026-12", "2027-01"] == [voucher.period for voucher in post(event, book=make_book(), period="2026-12")]


def test_the_reversal_is_numbered_after_what_the_next_period_has(make_event, make_book):
    book = make_book()
    november = post(make_event(occurred_on=date(2026, 11, 2)), book=book, period="2026-11")

    vouchers = post(make_event("courier.unbilled"), book=book, period=OCTOBER, posted=november)

    assert [(OCTOBER, 1), ("2026-11", 2)] == [(voucher.period, voucher.number) for voucher in vouchers]


def test_a_locked_next_period_refuses_the_accrual(make_event, make_book):
    with pytest.raises(PostingError, match="an accrual of 2026-10 is taken back in 2026-11, which is locked"):
        post(make_event("courier.unbilled"), book=make_book(locked_periods=["2026-11"]), period=OCTOBER)


# --- periods ---------------------------------------------------------------------------------------------------------


def test_events_of_other_open_periods_are_left_out_with_the_reason(make_event, make_book):
    before, after = (
        make_event(occurred_on=date(2026, 9, 30), event_id="a"),
        make_event(occurred_on=date(2026, 11, 1), event_id="b"),
    )

    vouchers = post([before, after], book=make_book(), period=OCTOBER)

    assert [(before, LeftOutReason.OTHER_PERIOD), (after, LeftOutReason.OTHER_PERIOD)] == [
        (item.event, item.reason) for item in vouchers.left_out
    ]
    assert "dated 2026-09-30: to be posted in 2026-09" == vouchers.left_out[0].note
    assert (0, True) == (len(vouchers), vouchers.proof.holds)


def test_an_event_of_a_locked_period_is_booked_in_the_open_one(make_event, make_book):
    late = make_event(occurred_on=date(2026, 9, 20), event_id="late")

    vouchers = post([late, make_event(event_id="on time")], book=make_book(locked_periods=["2026-09"]), period=OCTOBER)

    assert [late] == list(vouchers.late)
    assert [(date(2026, 10, 1), VoucherKind.ADJUST), (date(2026, 10, 31), VoucherKind.NORMAL)] == [
        (item.date, item.kind) for item in vouchers
    ]
    assert "sf_express 快递账单 B1 2026-09" == vouchers[0].lines[0].summary


def test_an_event_of_a_later_locked_period_is_not_late(make_event, make_book):
    later = make_event(occurred_on=date(2026, 11, 1))

    vouchers = post(later, book=make_book(locked_periods=["2026-11"]), period=OCTOBER)

    assert (0, 1, 0) == (len(vouchers), len(vouchers.left_out), len(vouchers.late))


def test_a_locked_period_is_not_posted_in(make_event, make_book):
    with pytest.raises(
        PostingError, match=r"period: the period 2026-10 is locked.*\nHint: post in the next open period"
    ):
        post(make_event(), book=make_book(locked_periods=[OCTOBER]), period=OCTOBER)


def test_a_period_is_a_month(make_event, make_book):
    with pytest.raises(PostingError, match="a month written like '2026-10' is needed, got '2026'"):
        post(make_event(), book=make_book(), period="2026")


# --- currencies ------------------------------------------------------------------------------------------------------


def test_foreign_currencies_without_a_rate_are_listed(make_event, make_book):
    events = [make_event(currency="USD", event_id="u"), make_event(currency="INR", event_id="i")]

    with pytest.raises(PostingError) as error:
        post([*events, make_event(), make_event("courier.bribe")], book=make_book(), period=OCTOBER)
    text = str(error.value)
    assert "3 events cannot be posted (1 others could be)" in text
    assert "event i (courier.bill, B1, 2026-10-31): there is no rate of INR on 2026-10-31" in text
    assert "event u (courier.bill, B1, 2026-10-31): there is no rate of USD on 2026-10-31" in text
    assert 'give rates={"INR": Decimal(...)}, CNY per INR' in text
    with pytest.raises(
        PostingError, match=r"event u \(.*\): there is no rate of USD on 2026-10-31.* \(1 others could be posted\)"
    ):
        post(events, book=make_book(), period=OCTOBER, rates={"INR": Decimal("0.085")})


def test_what_rounds_to_nothing_in_the_book_is_noted_as_that(make_event, make_book):
    yen = make_event(amount="1", currency="JPY")

    (memo,) = post(yen, book=make_book(), period=OCTOBER, rates={"JPY": Decimal("0.001")}).memos

    assert "nothing to post: the amount is zero in the book" == memo.note


@pytest.mark.parametrize(("count", "currency"), [(2, "CNY"), (1, "USD")])
def test_amounts_whose_sums_would_not_fit_are_refused(count, currency, make_event, make_book):
    events = [make_event(amount="90000000000000000.00", event_id=f"e{at}", currency=currency) for at in range(count)]

    with pytest.raises(
        PostingError, match=rf"more digits than a sum of money\nHint: the largest is of event e{count - 1} "
    ):
        post(events, book=make_book(), period=OCTOBER, rates={"USD": Decimal("7.2")})


def test_foreign_amounts_are_converted_half_up_and_kept_on_the_line(make_event, make_book, notation):
    event = make_event(amount="118.00", currency="INR", rate="0.18")

    (voucher,) = post(event, book=make_book(vat=None), period=OCTOBER, rates={"INR": Decimal("0.085")})

    # 118 x 0.085 = 10.03; 10.03 / 1.18 = 8.50; 100.00 and 18.00 in rupees.
    assert "Dr freight_out 8.50; Dr vat_input 1.53 / Cr ap_courier 10.03" == notation(voucher)
    assert [Money("100.00", "INR"), Money("18.00", "INR"), Money("118.00", "INR")] == [
        line.foreign_amount for line in voucher.lines
    ]
    assert {Decimal("0.085")} == {line.fx_rate for line in voucher.lines}


def test_half_a_fen_is_rounded_up(make_event, make_book):
    (voucher,) = post(
        make_event(amount="1.50", currency="INR"),
        book=make_book(fee_invoice="none"),
        period=OCTOBER,
        rates={"INR": Decimal("0.07")},
    )

    assert Money("0.11", "CNY") == voucher.lines[0].debit  # 0.105


def test_currencies_of_one_bill_are_lines_of_their_own(make_event, make_book, notation):
    events = [make_event(rate="0", event_id="a"), make_event(rate="0", currency="INR", amount="100", event_id="b")]

    (voucher,) = post(events, book=make_book(), period=OCTOBER, rates={"INR": Decimal("0.085")})

    assert "Dr freight_out 3.50; Dr freight_out 8.50 / Cr ap_courier 3.50; Cr ap_courier 8.50" == notation(voucher)


def test_what_rounds_to_nothing_is_noted(make_event, make_book):
    tiny = make_event(amount="0.01", currency="INR")

    vouchers = post(tiny, book=make_book(), period=OCTOBER, rates={"INR": Decimal("0.085")})

    assert ([tiny], 0, True) == ([memo.event for memo in vouchers.memos], len(vouchers), vouchers.proof.holds)


@pytest.mark.parametrize(
    ("rate", "shown"), [(0.085, "0.085"), (Decimal(0), "0"), (Decimal("NaN"), "NaN"), (Decimal(-1), "-1"), ("1", "'1'")]
)
def test_a_rate_is_an_exact_number_above_zero(rate, shown, make_event, make_book):
    with pytest.raises(
        PostingError, match=r"rates\['INR'\]: a finite Decimal of more than 0 is needed, got .*" + shown
    ):
        post(make_event(currency="INR"), book=make_book(), period=OCTOBER, rates={"INR": rate})


def test_the_books_own_currency_has_no_rate(make_event, make_book):
    with pytest.raises(PostingError, match="the book's own currency has no rate"):
        post(make_event(), book=make_book(), period=OCTOBER, rates={"CNY": Decimal(1)})


def test_a_currency_without_decimals_posts_whole_units(make_event, make_book, notation):
    (voucher,) = post(
        make_event(amount="350", currency="JPY", rate="0.10"),
        book=make_book(chart="ifrs", currency="JPY"),
        period=OCTOBER,
    )

    assert "Dr freight_out 318; Dr vat_input 32 / Cr ap_courier 350" == notation(voucher)


# --- what is left over ------------------------------------------------------------------------------------------------


def test_an_event_given_twice_is_posted_once(make_event, make_book):
    vouchers = post([make_event(), make_event()], book=make_book(), period=OCTOBER)

    assert [LeftOutReason.GIVEN_TWICE] == [item.reason for item in vouchers.left_out]
    assert Money("3.50", "CNY") == vouchers[0].total("CNY")


def test_two_different_events_of_one_id_are_refused(make_event, make_book):
    with pytest.raises(PostingError, match=r"event e .*: two different events have this id"):
        post([make_event(event_id="e"), make_event(event_id="e", amount="4.00")], book=make_book(), period=OCTOBER)


def test_an_event_of_zero_is_noted(make_event, make_book):
    zero = make_event(amount="0.00")

    assert [zero] == [memo.event for memo in post(zero, book=make_book(), period=OCTOBER).memos]


def test_events_that_cancel_out_are_noted(make_event, make_book):
    events = [make_event(amount="3.50"), make_event(amount="-3.50")]

    vouchers = post(events, book=make_book(), period=OCTOBER)

    assert ["cancels out within its document"] * 2 == [memo.note for memo in vouchers.memos]
    assert (0, True) == (len(vouchers), vouchers.proof.holds)


def test_lines_that_cancel_out_are_left_away(make_event, make_book, notation):
    events = [make_event(amount="3.50", rate="0"), make_event(amount="-3.50", rate="0", details={"leg": "return"})]

    (voucher,) = post(events, book=make_book(), period=OCTOBER)
    (single,) = post(events, book=make_book(allow_single_side=True), period=OCTOBER)

    assert "Dr freight_out 3.50 / Cr freight_return 3.50" == notation(voucher)
    assert "Dr freight_out 3.50; Dr freight_return -3.50 / " == notation(single)


def test_an_event_of_another_book_is_refused(make_event, make_book):
    with pytest.raises(PostingError, match="it belongs to book 'other', this is 'main'"):
        post(make_event(book_id="other"), book=make_book(book_id="main"), period=OCTOBER)
    assert 1 == len(post(make_event(book_id="main"), book=make_book(book_id="main"), period=OCTOBER))


# --- posting again ---------------------------------------------------------------------------------------------------


def test_posting_again_gives_the_same_vouchers(make_event, make_book):
    events = [make_event(), make_event(details={"leg": "return"}), make_event("courier.unbilled")]

    first = post(events, book=make_book(), period=OCTOBER)

    assert first == post(list(reversed(events)), book=make_book(), period=OCTOBER)


def test_two_books_give_ids_of_their_own(make_event, make_book):
    ids = {post(make_event(), book=make_book(book_id=name), period=OCTOBER)[0].voucher_id for name in (None, "a", "b")}

    assert 3 == len(ids)


def test_what_the_book_has_is_left_out_and_numbers_go_on(make_event, make_book):
    book = make_book(dispute_policy="pay_and_claim", reversal_style="swap_sides")
    events = [make_event(), make_event("courier.dispute", "-0.90"), make_event("courier.unbilled", document="10")]
    posted = post(events, book=book, period=OCTOBER)

    again = post([*events, make_event(document="B2")], book=book, period=OCTOBER, posted=posted)

    assert [("B2", 3)] == [(voucher.lines[0].summary.split()[2], voucher.number) for voucher in again]
    assert {LeftOutReason.ALREADY_POSTED} == {item.reason for item in again.left_out}
    assert {"posted in 记-1 of 2026-10", "posted in 记-2 of 2026-10"} == {item.note for item in again.left_out}
    assert again.proof.holds


def test_what_another_book_has_does_not_count(make_event, make_book):
    other = post(make_event(), book=make_book(book_id="other"), period=OCTOBER)

    vouchers = post(make_event(), book=make_book(book_id="main"), period=OCTOBER, posted=other)

    assert [1] == [voucher.number for voucher in vouchers]


def test_an_event_that_joins_a_posted_bill_becomes_a_voucher_of_its_own(make_event, make_book, notation):
    posted = post(make_event(), book=make_book(), period=OCTOBER)

    later = post([make_event(), make_event(details={"leg": "return"})], book=make_book(), period=OCTOBER, posted=posted)

    assert ["Dr freight_return 3.30; Dr vat_input 0.20 / Cr ap_courier 3.50"] == [
        notation(voucher) for voucher in later
    ]
    assert 2 == later[0].number


def test_events_with_other_figures_are_taken_back_and_posted_anew(make_event, make_book, notation):
    first = post([make_event(event_id="e")], book=make_book(), period=OCTOBER)
    changed = make_event(event_id="e", amount="7.00")

    second = post(changed, book=make_book(), period=OCTOBER, posted=first)

    assert [
        "Dr freight_out -3.30; Dr vat_input -0.20 / Cr ap_courier -3.50",
        "Dr freight_out 6.60; Dr vat_input 0.40 / Cr ap_courier 7.00",
    ] == [notation(voucher) for voucher in second]
    red, blue = second
    assert (first[0].voucher_id, VoucherKind.REVERSAL, "注销10月31日记-1号凭证") == (
        red.reversal_of,
        red.kind,
        red.lines[0].summary,
    )
    assert [2, 3] == [red.number, blue.number]
    assert second.proof.holds
    # Given once more, nothing is new; changed back, there is another pair.
    assert 0 == len(post(changed, book=make_book(), period=OCTOBER, posted=[*first, *second]))
    third = post(make_event(event_id="e"), book=make_book(), period=OCTOBER, posted=[*first, *second])
    assert [blue.voucher_id, None] == [voucher.reversal_of for voucher in third]
    assert 5 == len({voucher.voucher_id for voucher in [*first, *second, *third]})


def test_a_changed_account_is_a_changed_voucher(make_event, make_book):
    posted = post(make_event(event_id="e"), book=make_book(), period=OCTOBER)

    again = post(
        make_event(event_id="e"), book=make_book(accounts={"freight_out": "5601.99"}), period=OCTOBER, posted=posted
    )

    assert (2, "5601.99") == (len(again), again[1].lines[0].account)


def test_a_changed_event_of_a_locked_period_is_taken_back_in_the_open_one(make_event, make_book):
    posted = post(make_event(event_id="e"), book=make_book(), period=OCTOBER)

    november = post(
        make_event(event_id="e", amount="7.00"),
        book=make_book(locked_periods=[OCTOBER]),
        period="2026-11",
        posted=posted,
    )

    assert [(date(2026, 11, 1), VoucherKind.REVERSAL), (date(2026, 11, 1), VoucherKind.ADJUST)] == [
        (voucher.date, voucher.kind) for voucher in november
    ]


def test_a_changed_accrual_takes_its_reversal_back_too(make_event, make_book, notation):
    accrual = {"kind": "courier.unbilled", "event_id": "a"}
    first = post(make_event(**accrual), book=make_book(), period=OCTOBER)

    second = post(make_event(**accrual, amount="7.00"), book=make_book(), period=OCTOBER, posted=first)

    assert [
        (date(2026, 10, 31), "Dr freight_out -3.30 / Cr ap_accrued -3.30"),
        (date(2026, 10, 31), "Dr freight_out 6.60 / Cr ap_accrued 6.60"),
        (date(2026, 11, 1), "Dr freight_out 3.30 / Cr ap_accrued 3.30"),
        (date(2026, 11, 1), "Dr freight_out -6.60 / Cr ap_accrued -6.60"),
    ] == [(voucher.date, notation(voucher)) for voucher in second]
    assert 0 == len(
        post(make_event(**accrual, amount="7.00"), book=make_book(), period=OCTOBER, posted=[*first, *second])
    )


def test_what_a_person_took_back_is_posted_anew_under_another_id(make_event, make_book):
    posted = post(make_event(event_id="e"), book=make_book(), period=OCTOBER)
    back = number_vouchers([reverse(posted[0], style="red_negative", date=date(2026, 10, 31))], posted=posted)

    (again,) = post(make_event(event_id="e"), book=make_book(), period=OCTOBER, posted=[*posted, *back])

    assert posted[0].voucher_id != again.voucher_id
    assert 3 == again.number


def test_an_event_that_is_gone_is_taken_back(make_event, make_book, notation):
    events = [make_event(event_id="e1"), make_event("courier.compensation", "-50.00", event_id="e2")]
    posted = post(events, book=make_book(), period=OCTOBER)

    again = post(events[:1], book=make_book(), period=OCTOBER, posted=posted, earlier=events)

    assert ["Dr freight_out 3.30; Dr vat_input 0.20 / Cr ap_courier 3.50"] == [notation(item) for item in again[1:]]
    assert 1 == len(post([], book=make_book(), period=OCTOBER, posted=posted, earlier=events))
    assert 0 == len(post(events[:1], book=make_book(), period=OCTOBER, posted=posted))  # not known to be gone


def test_a_voucher_of_which_events_are_missing_cannot_be_replaced(make_event, make_book):
    events = [make_event(event_id="e1"), make_event("courier.compensation", "-50.00", event_id="e2")]
    posted = post(events, book=make_book(), period=OCTOBER)

    with pytest.raises(PostingError, match="记-1 of 2026-10 has an event that is gone, and 1 that are not given"):
        post([], book=make_book(), period=OCTOBER, posted=posted, earlier=events[:1])


def test_a_late_event_that_was_posted_in_time_is_not_late(make_event, make_book):
    posted = post(make_event(), book=make_book(), period=OCTOBER)

    november = post(make_event(), book=make_book(locked_periods=[OCTOBER]), period="2026-11", posted=posted)

    assert (0, 0, 1) == (len(november), len(november.late), len(november.left_out))


# --- errors ----------------------------------------------------------------------------------------------------------


def test_an_unknown_kind_names_the_event_and_what_is_known(make_event, make_book):
    with pytest.raises(
        PostingError,
        match=r"event e1 \(courier.bribe, B1, 2026-10-31\): no template for this kind; nearest: courier.bill",
    ):
        post(make_event("courier.bribe", event_id="e1"), book=make_book(), period=OCTOBER)


def test_a_missing_leg_names_the_event(make_event, make_book):
    with pytest.raises(PostingError, match=r"event e1 .*: detail 'leg' is missing; known: outbound"):
        post(make_event(details={}, event_id="e1"), book=make_book(), period=OCTOBER)


def test_all_events_that_cannot_be_posted_are_listed(make_event, make_book):
    events = [
        make_event("courier.bribe", event_id="e1"),
        make_event(rate=None, event_id="e2"),
        make_event(event_id="fine"),
    ]

    with pytest.raises(PostingError) as error:
        post(events, book=make_book(), period=OCTOBER)

    text = str(error.value)
    assert "2 events cannot be posted (1 others could be)" in text
    assert "event e1 (courier.bribe" in text
    assert "event e2 (courier.bill" in text
    assert "event fine" not in text


def test_a_long_list_of_problems_is_cut_with_the_count(make_event, make_book):
    events = [make_event(rate=None, event_id=f"e{number:02}") for number in range(25)]

    with pytest.raises(PostingError, match=r"25 events cannot be posted:(?s:.*)and 5 more"):
        post(events, book=make_book(), period=OCTOBER)


def test_a_role_without_account_names_the_events_that_need_it(make_event, make_book):
    book = make_book()
    bare = attrs.evolve(
        book,
        chart=attrs.evolve(book.chart, accounts={k: v for k, v in book.chart.accounts.items() if k != "vat_input"}),
    )

    with pytest.raises(UnknownAccount, match="'vat_input' has no account") as error:
        post([make_event(event_id="e1"), make_event("courier.bribe")], book=bare, period=OCTOBER)

    needed, refused = error.value.__notes__
    assert (
        "needed by event e1 (courier.bill, B1, 2026-10-31): account role 'vat_input' has no account in chart 'cn_small_business'"
    ) == needed
    assert refused.startswith(
        "cannot be posted: event courier.bribe/B1/outbound/3.50 (courier.bribe, B1, 2026-10-31): no template"
    )
    # The same role is not missed by an event that does not need it.
    assert 1 == len(post(make_event("courier.paid"), book=bare, period=OCTOBER))


# --- result ----------------------------------------------------------------------------------------------------------


def test_the_result_is_a_sequence_of_vouchers(make_event, make_book):
    vouchers = post([make_event(), make_event(document="B2")], book=make_book(), period=OCTOBER)

    assert 2 == len(vouchers) == len(list(vouchers)) == len(vouchers[:])
    assert vouchers[0] in vouchers
    assert vouchers[-1] == vouchers.vouchers[1]
    assert 1 == vouchers.index(vouchers[1])


def test_the_proof_states_amounts_counts_and_balance(make_event, make_book):
    events = [
        make_event(),
        make_event("courier.dispute", "0.90"),
        make_event("courier.compensation", "-50.00"),
        make_event("courier.unbilled"),
        make_event(occurred_on=date(2026, 11, 1), document="B3"),
    ]

    proof = post(events, book=make_book(), period=OCTOBER).proof

    assert proof.holds
    assert [
        "posting: events: 5 = 3 posted + 1 noted only + 1 left out: ties out",
        "posting: event amounts: -38.60 CNY = -43.00 CNY posted + 0.90 CNY noted only + 3.50 CNY left out: ties out",
        "posting: amounts in vouchers: 56.80 CNY = 56.80 CNY lines of vouchers: ties out",
        "posting: debits: 53.50 CNY = 53.50 CNY credits: ties out",
    ] == [str(check) for check in proof.checks]


def test_the_proof_fails_when_a_template_loses_money(make_event, make_book, monkeypatch):
    from tieout.posting import engine

    real = engine.draft_events

    def lossy(*args, **kwargs):
        drafts = real(*args, **kwargs)
        return attrs.evolve(drafts, lines=drafts.lines.with_columns(amount_minor=pl.col("amount_minor") * 2))

    monkeypatch.setattr(engine, "draft_events", lossy)

    proof = post(make_event(), book=make_book(), period=OCTOBER).proof

    assert ["amounts in vouchers"] == [check.name for check in proof.failures]


def test_the_summary_shows_accounts_and_proof(make_event, make_book):
    vouchers = post(make_event(amount="3500.00"), book=make_book(), period=OCTOBER)

    text = str(vouchers.summary())
    assert "Vouchers of 2026-10" in text
    assert "2202.01 应付账款-快递" in text
    assert "-3,500.00 CNY" in text
    assert "2202.01" in vouchers._repr_html_()


def test_a_wallet_in_another_currency_is_cleared_in_it(make_event, make_book, notation):
    events = [
        make_event("bank.receipt", "7200.00", rate=None, details={"wallet": "USD 1000.00"}),
        make_event("bank.fx_difference", "-50.00", rate=None, details={"wallet": "USD 1000.00"}),
    ]

    (voucher,) = post(events, book=make_book(), period=OCTOBER)

    assert "Dr bank 7150.00; Dr fx 50.00 / Cr wallet 7200.00" == notation(voucher)
    wallet = voucher.lines[-1]
    assert (Money("1000.00", "USD"), Decimal("7.2")) == (wallet.foreign_amount, wallet.fx_rate)
    assert {None} == {line.foreign_amount for line in voucher.lines[:-1]}


@pytest.mark.parametrize("text", ["1000.00", "USD", "USD much", "CNY 7200.00", "XYZ 1"])
def test_an_original_amount_that_cannot_be_read_names_the_event(text, make_event, make_book):
    event = make_event("bank.receipt", "7200.00", event_id="e1", rate=None, details={"wallet": text})

    with pytest.raises(PostingError, match=r"event e1 .*: detail 'wallet' is "):
        post(event, book=make_book(), period=OCTOBER)


def test_goods_that_are_given_away_are_posted_and_to_be_looked_at(make_event, make_book, notation):
    gift = make_event("stock.gift_out", "80.00", event_id="g", rate=None, details={})

    vouchers = post([gift, make_event(event_id="bill")], book=make_book(), period=OCTOBER)

    assert "Dr ads 80.00 / Cr inventory 80.00" in [notation(voucher) for voucher in vouchers]
    ((event, note),) = [(memo.event, memo.note) for memo in vouchers.reviews]
    assert (gift, True) == (event, note.startswith("deemed_sale_review"))
    again = post([gift], book=make_book(), period=OCTOBER, posted=vouchers)
    assert () == again.reviews
