"""What holds for any events: the slow twin agrees, order and repetition change nothing, reversals cancel."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from posting_events import events
from tieout.model import VoucherKind
from tieout.posting import (
    Book,
    VatDirection,
    event_kinds,
    number_vouchers,
    post,
    reverse,
    trial_balance,
    vat_summary,
)

RATES = {"INR": Decimal("0.0853"), "USD": Decimal("7.1234"), "JPY": Decimal("0.0481")}
KINDS = event_kinds()
STANDARDS = {"cn_small_business": "small_business", "cn_enterprise": "enterprise", "ifrs": "ifrs"}
POLICIES = {
    "taxpayer": st.sampled_from(["general", "small_scale"]),
    "fee_invoice": st.sampled_from(["special", "normal", "none"]),
    "dispute_policy": st.sampled_from(["short_pay", "pay_and_claim"]),
    "revenue": st.sampled_from(["on_shipment", "on_signed", "on_completed"]),
    "platform_subsidy": st.sampled_from(["price", "service_income"]),
    "records_advances": st.booleans(),
    "records_presale_deposits": st.booleans(),
    "allow_single_side": st.booleans(),
}
KNOWN = {field.name for field in Book.__attrs_attrs__}

policies = st.fixed_dictionaries({name: drawn for name, drawn in POLICIES.items() if name in KNOWN})
styles = st.sampled_from(["red_negative", "swap_sides"])
charts = st.sampled_from(list(STANDARDS))


@st.composite
def books(draw):
    """What a book is made of: chart, style and policies."""
    return {"chart": draw(charts), "reversal_style": draw(styles), "vat": "cn", **draw(policies)}


def agreed(given_events, fields):
    """Events but refunds of a given sale with a funded part that is income of its own: no event says what was funded of the sale."""
    is_apart = fields["platform_subsidy"] == "service_income"
    return [one for one in given_events if not (is_apart and one.original is not None and one.subsidy is not None)]


def test_refunds_in_parts_take_back_the_whole_tax_where_the_funded_part_is_income_of_its_own(make_event, make_book):
    book = make_book(platform_subsidy="service_income")
    sold = make_event("sale.shipped", "0.40", rate="0.13")
    parts = [
        make_event(
            "aftersale.refund",
            "0.10",
            event_id=f"r{at}",
            rate="0.13",
            original=Money("0.40", "CNY"),
            taken_before=Money(Decimal(at) / 10, "CNY"),
        )
        for at in range(4)
    ]

    assert {} == sums_of(post([sold, *parts], book=book, period="2026-10"))


def told(fields):
    """The policies as the slow twin is told them."""
    return {name: value for name, value in fields.items() if name in POLICIES} | {
        "standard": STANDARDS[fields["chart"]]
    }


def sums_of(vouchers):
    sums = defaultdict(Decimal)
    for line in (line for voucher in vouchers for line in voucher.lines):
        sums[line.role] += line.amount.amount
    return {role: amount for role, amount in sums.items() if amount}


def foreign_sums_of(vouchers):
    sums = defaultdict(Decimal)
    for line in (line for voucher in vouchers for line in voucher.lines if line.foreign_amount is not None):
        sign = 1 if line.debit is not None else -1
        sums[line.role, line.foreign_amount.currency.code] += sign * line.foreign_amount.amount
    return {key: amount for key, amount in sums.items() if amount}


def by_account(roles, book):
    sums = defaultdict(Decimal)
    for role, amount in roles.items():
        sums[book.account(role).code] += amount
    return {code: amount for code, amount in sums.items() if amount}


def test_the_slow_twin_knows_every_kind_of_event(oracle):
    assert [] == sorted(set(KINDS) - set(oracle.KINDS))


@settings(deadline=None, max_examples=100)
@given(given_events=events(KINDS), fields=books())
def test_vouchers_carry_what_the_slow_twin_says(given_events, fields, make_book, oracle):
    book, given_events = make_book(**fields), agreed(given_events, fields)

    vouchers = post(given_events, book=book, period="2026-10", rates=RATES)

    expected_now, expected_back = oracle.movements(given_events, currency="CNY", rates=RATES, **told(fields))
    assert expected_now == sums_of(vouchers.in_period("2026-10"))
    assert expected_back == sums_of(vouchers.in_period("2026-11"))
    assert vouchers.proof.holds


@settings(deadline=None, max_examples=5)
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data(), fields=books())
def test_every_kind_by_itself_is_what_the_slow_twin_says(kind, data, fields, make_book, oracle):
    given_events = agreed(data.draw(events([kind], max_size=8)), fields)

    vouchers = post(given_events, book=make_book(**fields), period="2026-10", rates=RATES)

    expected_now, expected_back = oracle.movements(given_events, currency="CNY", rates=RATES, **told(fields))
    assert (expected_now, expected_back) == (
        sums_of(vouchers.in_period("2026-10")),
        sums_of(vouchers.in_period("2026-11")),
    )


@settings(deadline=None, max_examples=30)
@given(given_events=events(KINDS), fields=books())
def test_the_trial_balance_is_what_the_slow_twin_says(given_events, fields, make_book, oracle):
    book, given_events = make_book(**fields), agreed(given_events, fields)
    vouchers = post(given_events, book=book, period="2026-10", rates=RATES)

    october = trial_balance(vouchers, book=book, period="2026-10")
    november = trial_balance(vouchers, book=book, period="2026-11", opening=october)

    now, back = oracle.movements(given_events, currency="CNY", rates=RATES, **told(fields))
    after = {role: now.get(role, 0) + back.get(role, 0) for role in {*now, *back}}
    for balance, expected in ((october, now), (november, after)):
        closing = {one.account: one.closing.amount for one in balance if one.closing}
        assert by_account(expected, book) == closing
        assert balance.proof.holds
    opening = {one.account: one.opening.amount for one in november if one.opening}
    assert opening == {one.account: one.closing.amount for one in october if one.closing}


VAT_ROLES = ("vat_output", "vat_input", "vat_input_out", "vat_pending", "vat_small")


@settings(deadline=None, max_examples=30)
@given(given_events=events(KINDS), fields=books())
def test_the_vat_summary_is_what_the_slow_twin_says_and_near_net_times_rate(given_events, fields, make_book, oracle):
    given_events = [one for one in agreed(given_events, fields) if one.tax is None and one.kind != "vat.exempted"]
    book = make_book(**fields)
    vouchers = post(given_events, book=book, period="2026-10", rates=RATES)

    summary = vat_summary(vouchers, book=book, period="2026-10")

    now, _ = oracle.movements(given_events, currency="CNY", rates=RATES, **told(fields))
    tax = [summary.tax(one).amount for one in VatDirection]
    signed = [-amount if one is VatDirection.INPUT else amount for one, amount in zip(VatDirection, tax, strict=True)]
    assert -sum(now.get(role, Decimal(0)) for role in VAT_ROLES) == sum(signed)
    assert summary.proof.holds
    for row in summary.rates.iter_rows(named=True):
        assert row["rate"] is not None
        assert abs(row["difference_minor"]) <= 2 * len(given_events)  # each event is rounded by itself


@settings(deadline=None, max_examples=30)
@given(first=events(KINDS, max_size=6), second=events(KINDS, max_size=6), fields=books())
def test_trial_balances_of_months_in_a_row_are_what_the_slow_twin_says(first, second, fields, make_book, oracle):
    book = make_book(**fields)
    first, second = agreed(first, fields), agreed(second, fields)
    second = [attrs.evolve(one, event_id=f"n{one.event_id}", occurred_on=date(2026, 11, 15)) for one in second]
    october = post(first, book=book, period="2026-10", rates=RATES)
    november = post(second, book=book, period="2026-11", rates=RATES, posted=october)

    closed = trial_balance(october, book=book, period="2026-10")
    chained = trial_balance([*october, *november], book=book, period="2026-11", opening=closed.carried())
    whole = trial_balance([*october, *november], book=book, start=date(2026, 10, 1), end=date(2026, 11, 30))

    expected = defaultdict(Decimal)
    for role, amount in (
        *(
            pair
            for sums in oracle.movements(first, currency="CNY", rates=RATES, **told(fields))
            for pair in sums.items()
        ),
        *oracle.expected_balances(second, currency="CNY", rates=RATES, **told(fields)).items(),
    ):
        expected[role] += amount
    for balance in (chained, whole):
        assert by_account(expected, book) == {one.account: one.closing.amount for one in balance if one.closing}
        assert balance.proof.holds


@settings(deadline=None, max_examples=30)
@given(given_events=events(KINDS, least=10_000), fields=books())
def test_amounts_in_other_currencies_are_what_the_slow_twin_says(given_events, fields, make_book, oracle):
    given_events = agreed(given_events, fields)
    vouchers = post(given_events, book=make_book(**fields), period="2026-10", rates=RATES)

    expected = oracle.foreign_movements(given_events, currency="CNY", **told(fields))
    assert expected == foreign_sums_of(vouchers.in_period("2026-10"))


@settings(deadline=None, max_examples=25)
@given(given_events=events(KINDS), fields=books(), order=st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(given_events, fields, order, make_book):
    book = make_book(**fields)
    shuffled = list(given_events)
    order.shuffle(shuffled)

    first = post(given_events, book=book, period="2026-10", rates=RATES)
    again = post([shuffled], book=book, period="2026-10", rates=RATES)

    assert list(first) == list(again)
    assert () == tuple(post(given_events, book=book, period="2026-10", rates=RATES, posted=first))


@settings(deadline=None, max_examples=25)
@given(given_events=events(KINDS), fields=books())
def test_every_event_is_posted_noted_or_left_out_and_numbers_have_no_gap(given_events, fields, make_book):
    vouchers = post(given_events, book=make_book(**fields), period="2026-10", rates=RATES)

    posted = [event_id for voucher in vouchers for event_id in voucher.event_ids]
    noted = [memo.event.event_id for memo in vouchers.memos]
    assert sorted(event.event_id for event in given_events) == sorted(posted + noted)
    for period in ("2026-10", "2026-11"):
        numbers = [voucher.number for voucher in vouchers.in_period(period)]
        assert list(range(1, len(numbers) + 1)) == numbers
    assert len(vouchers) == len({voucher.voucher_id for voucher in vouchers})
    for line in (line for voucher in vouchers for line in voucher.lines):
        if fields["reversal_style"] == "swap_sides":
            assert (line.debit or line.credit).amount > 0


@settings(deadline=None, max_examples=30)
@given(given_events=events(KINDS), fields=books(), style=styles)
def test_vouchers_and_their_reversals_sum_to_nothing(given_events, fields, style, make_book):
    vouchers = post(given_events, book=make_book(**fields), period="2026-10", rates=RATES)

    standing = [voucher for voucher in vouchers if voucher.kind is VoucherKind.NORMAL]
    drafts = [reverse(voucher, style=style, date=date(2026, 12, 1)) for voucher in standing]
    taken_back = number_vouchers(drafts, posted=vouchers)

    assert {} == sums_of([*vouchers, *taken_back])
    assert {} == foreign_sums_of([*vouchers, *taken_back])
    assert list(range(1, len(standing) + 1)) == [voucher.number for voucher in taken_back]


def test_a_part_without_a_dimension_is_not_taken_for_the_total_of_the_others(make_event, make_book):
    book = make_book()
    ads = [
        make_event("ads.consumed", "0.01", event_id=f"e{at}", rate=None, details={}, party=of)
        for at, of in enumerate(["sf", None])
    ]
    vouchers = post(ads, book=book, period="2026-10")
    october = trial_balance(vouchers, book=book, period="2026-10")

    november = trial_balance(vouchers, book=book, period="2026-11", opening=october.carried())

    assert Money("-0.02", "CNY") == november.role("prepaid_ads").opening
