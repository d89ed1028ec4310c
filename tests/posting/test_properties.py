"""Any events: vouchers balance, carry what the slow twin says, and are the same in any order."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from tieout.model import Event, Provenance, VoucherKind
from tieout.posting import event_kinds, number_vouchers, post, reverse

RATES = {"INR": Decimal("0.0853"), "USD": Decimal("7.1234"), "JPY": Decimal("0.0481")}
LEGS = ("outbound", "return", "intercept", "reship", "round_trip", "exchange", "transfer", "reverse_pickup")


@st.composite
def events(draw, currencies=("CNY", "INR", "JPY")):
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(event_kinds()),
                st.sampled_from(currencies),
                st.integers(min_value=-10_000_000, max_value=10_000_000),
                st.sampled_from(["0", "0.01", "0.03", "0.06", "0.09", "0.13", "0.18"]),
                st.sampled_from(LEGS),
                st.sampled_from(["B1", "B2"]),
                st.sampled_from(["sf", "zto", None]),
                st.integers(min_value=1, max_value=31),
            ),
            max_size=12,
        )
    )
    return [
        Event(
            event_id=f"e{number}",
            kind=kind,
            occurred_on=date(2026, 10, day),
            document=document,
            party=party,
            amount=Money(Decimal(minor) if currency == "JPY" else Decimal(minor) / 100, currency),
            tax_rate=Decimal(rate),
            details={"leg": leg},
            sources=(Provenance(file=f"{document}.csv", sha256=document, line=number + 2),),
        )
        for number, (kind, currency, minor, rate, leg, document, party, day) in enumerate(rows)
    ]


policies = st.fixed_dictionaries(
    {
        "taxpayer": st.sampled_from(["general", "small_scale"]),
        "fee_invoice": st.sampled_from(["special", "normal", "none"]),
        "dispute_policy": st.sampled_from(["short_pay", "pay_and_claim"]),
    }
)
styles = st.sampled_from(["red_negative", "swap_sides"])
charts = st.sampled_from(["cn_small_business", "cn_enterprise", "ifrs"])


def sums_of(vouchers):
    sums = defaultdict(Decimal)
    for line in (line for voucher in vouchers for line in voucher.lines):
        sums[line.role] += line.amount.amount
    return {role: amount for role, amount in sums.items() if amount}


@settings(deadline=None, max_examples=100)
@given(given_events=events(), policy=policies, style=styles, chart=charts)
def test_vouchers_carry_what_the_slow_twin_says(given_events, policy, style, chart, make_book, oracle):
    book = make_book(chart=chart, reversal_style=style, **policy)

    vouchers = post(given_events, book=book, period="2026-10", rates=RATES)

    expected_now, expected_back = oracle.movements(given_events, currency="CNY", rates=RATES, **policy)
    assert expected_now == sums_of(vouchers.in_period("2026-10"))
    assert expected_back == sums_of(vouchers.in_period("2026-11"))
    assert vouchers.proof.holds


@settings(deadline=None, max_examples=40)
@given(given_events=events(), policy=policies, style=styles, order=st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(given_events, policy, style, order, make_book):
    book = make_book(reversal_style=style, **policy)
    shuffled = list(given_events)
    order.shuffle(shuffled)

    first = post(given_events, book=book, period="2026-10", rates=RATES)
    again = post([shuffled], book=book, period="2026-10", rates=RATES)

    assert first == again
    assert () == post(given_events, book=book, period="2026-10", rates=RATES, posted=first).vouchers


@settings(deadline=None, max_examples=40)
@given(given_events=events(), policy=policies, style=styles)
def test_every_event_is_posted_noted_or_left_out_and_numbers_have_no_gap(given_events, policy, style, make_book):
    vouchers = post(given_events, book=make_book(reversal_style=style, **policy), period="2026-10", rates=RATES)

    posted = [event_id for voucher in vouchers for event_id in voucher.event_ids]
    noted = [memo.event.event_id for memo in vouchers.memos]
    assert sorted(event.event_id for event in given_events) == sorted(posted + noted)
    for period in ("2026-10", "2026-11"):
        numbers = [voucher.number for voucher in vouchers.in_period(period)]
        assert list(range(1, len(numbers) + 1)) == numbers
    assert len(vouchers) == len({voucher.voucher_id for voucher in vouchers})
    for line in (line for voucher in vouchers for line in voucher.lines):
        if style == "swap_sides":
            assert (line.debit or line.credit).amount > 0


@settings(deadline=None, max_examples=30)
@given(given_events=events(), style=styles)
def test_vouchers_and_their_reversals_sum_to_nothing(given_events, style, make_book):
    vouchers = post(given_events, book=make_book(), period="2026-10", rates=RATES)

    standing = [voucher for voucher in vouchers if voucher.kind is VoucherKind.NORMAL]
    drafts = [reverse(voucher, style=style, date=date(2026, 12, 1)) for voucher in standing]
    taken_back = number_vouchers(drafts, posted=vouchers)

    assert {} == sums_of([*vouchers, *taken_back])
    assert list(range(1, len(standing) + 1)) == [voucher.number for voucher in taken_back]
