"""Vouchers in columns: unpacked, sliced or as a frame of lines they say the same, whatever texts the events hold."""

from datetime import date
from decimal import Decimal

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tieout.model import Provenance
from tieout.posting import cash_codes_of, event_kinds, post, word_of, words_of
from tieout.posting._lines import lines_of
from tieout.posting.tracing import count_documents, merge_sources

RATES = {"INR": Decimal("0.0853123456789012"), "JPY": Decimal("0.0481"), "KWD": Decimal("23.4567")}
DECIMALS = {"CNY": 2, "INR": 2, "JPY": 0, "KWD": 3}
HOSTILE = [
    'a"b',
    "back\\slash",
    "一\u2028二",
    "\x00\x1f\x7f",
    "😀" * 30,
    "{}$.x'",
    "tab\tnew\nline",
    " x ",
    "e\u0301",
    "x" * 300,
]
KINDS = [kind for kind in event_kinds() if kind != "vat.exempted"]
texts = st.sampled_from([*HOSTILE, "S1", "S2"])
lines_in_files = st.builds(
    lambda file, sha256, sheet, line, length: Provenance(
        file=file, sha256=sha256, sheet=sheet, line=line, line_end=line + length if line and length else None
    ),
    st.sampled_from(["a.csv", "b.csv", None]),
    st.sampled_from(["aa", "bb", None]),
    st.sampled_from([None, "s"]),
    st.sampled_from([None, 1, 2, 3, 5, 9]),
    st.integers(0, 4),
)
facts = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "units": st.integers(-1_000_000, 1_000_000),
        "currency": st.sampled_from(["CNY", "CNY", "INR", "JPY", "KWD"]),
        "rate": st.sampled_from(["0", "0.06", "0.13"]),
        "occurred_on": st.dates(date(2026, 10, 1), date(2026, 10, 31)),
        "document": st.sampled_from(["D1", "D1", "D2"]) | texts,
        "party": st.none() | texts,
        "shop_id": st.none() | texts,
        "order": st.none() | texts,
        "further": st.none() | texts,
        "sources": st.lists(lines_in_files, max_size=3).map(tuple),
    }
)
policies = st.fixed_dictionaries(
    {
        "chart": st.sampled_from(["cn_small_business", "cn_enterprise", "ifrs"]),
        "grouping": st.sampled_from(["shop_day", "order"]),
        "vat_rounding": st.sampled_from(["line", "document"]),
        "word_scheme": st.sampled_from(["single", "receipt_payment_transfer"]),
        "reversal_style": st.sampled_from(["red_negative", "swap_sides"]),
        "allow_single_side": st.booleans(),
    }
)
slices = st.builds(slice, *[st.none() | st.integers(-30, 30)] * 2, st.sampled_from([None, 1, 2, -1, -3]))


def event_of(at, fact, make_event):
    details = {"leg": "return", "line_type": "commission"}
    details |= {name: fact[key] for name, key in (("order", "order"), ('"$.', "further")) if fact[key] is not None}
    amount = Decimal(fact["units"]).scaleb(-DECIMALS[fact["currency"]])
    same = {name: fact[name] for name in ("currency", "rate", "occurred_on", "document", "party", "shop_id", "sources")}
    return make_event(fact["kind"], amount, event_id=f"e{at}", details=details, **same)


def without_traces(voucher):
    lines = [attrs.evolve(line, sources=()) for line in voucher.lines]
    return attrs.evolve(voucher, lines=lines, event_ids=(), source_refs=())


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=st.lists(facts, max_size=25), fields=policies, cuts=st.lists(slices, max_size=4))
def test_any_vouchers_say_the_same_however_they_are_looked_at(drawn, fields, cuts, make_event, make_book):
    book = make_book(vat="cn", **fields)
    events = {f"e{at}": event_of(at, fact, make_event) for at, fact in enumerate(drawn)}

    vouchers = post(events.values(), book=book, period="2026-10", rates=RATES)

    whole = list(vouchers)
    assert vouchers.proof.holds
    assert lines_of(whole).rows() == vouchers.lines.rows()
    others = {voucher.voucher_id for voucher in vouchers.others}
    assert list(vouchers.untraced()) == [one if one.voucher_id in others else without_traces(one) for one in whole]
    assert whole[::-1] == list(reversed(vouchers))
    for cut in cuts:
        assert whole[cut] == list(vouchers[cut])
    assert [whole[at] for at in range(-len(whole), len(whole))] == [
        vouchers[at] for at in range(-len(whole), len(whole))
    ]
    for voucher in whole:
        sides = [line.credit is not None for line in voucher.lines]
        assert list(range(1, len(sides) + 1)) == [line.line_no for line in voucher.lines]
        assert all(len(line.summary) <= 40 and line.summary.isprintable() for line in voucher.lines)
        assert book.allow_single_side or {False, True} == set(sides)
        foreign = {}
        for line in (line for line in voucher.lines if line.foreign_amount is not None):
            sign = 1 if line.debit is not None else -1
            code = line.foreign_amount.currency.code
            foreign[code] = foreign.get(code, 0) + sign * line.foreign_amount.amount
        assert not any(foreign.values())
        if voucher.event_ids:
            own = [events[event_id] for event_id in voucher.event_ids]
            assert sorted(sides) == sides
            assert 1 == len({(event.document, event.party, event.shop_id) for event in own})
            assert merge_sources(own) == voucher.source_refs
            assert count_documents(voucher.source_refs) == voucher.attachments_count
            assert word_of(voucher, words_of(book), cash_codes_of(book)) == voucher.word
