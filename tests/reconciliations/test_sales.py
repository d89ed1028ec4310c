"""Sales that `Dispatch` hands on: what each line of an order brings, on which day (`domain.md` 2.3, 2.4, 7.3)."""

import datetime as dt
import random
from collections import defaultdict
from decimal import Decimal
from operator import attrgetter

import attrs
import pytest
from _records import SHANGHAI
from _suite import at_once_and_day_by_day, last_events
from goods_world import article, at, case, held, order, parcel
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money
from test_dispatch import TestDispatch as Suite

from tieout.errors import InputError
from tieout.model import Discount, Order, OrderLine, Place
from tieout.reconciliations import Dispatch
from tieout.reconciliations._common.sales import sale_lines
from tieout.tables import table_of


def yuan(text):
    return Money(text, "CNY")


def gs1(number="1", day=2, **more):
    """GS-1 of `domain.md` 7.4."""
    return attrs.evolve(
        order(number, day, article(sub=f"{number}-1")),
        **{
            "goods_amount": yuan("200.00"),
            "discounts": (
                Discount(kind="shop_coupon", funder="merchant", amount=yuan("10.00")),
                Discount(kind="platform_coupon", funder="platform", amount=yuan("20.00"), settled_to_merchant=True),
            ),
        }
        | more,
    )


def sold(outcome):
    """Events as kind, day, line and amount."""
    assert [] == list(outcome.proof.failures)
    return [
        (event.kind.removeprefix("sale."), event.occurred_on.day, event.details.get("line"), str(event.amount.amount))
        for event in outcome.events
    ]


def shipped(outcome):
    return [(day, line, amount) for kind, day, line, amount in sold(outcome) if kind == "shipped"]


def run(orders, *parcels, returns=(), **more):
    leaf = Dispatch(**({"as_of": dt.date(2026, 1, 31)} | more))
    return leaf.run(orders=orders, shipments=list(parcels), returns=list(returns))


def test_gs_1_brings_190_of_which_20_are_the_platforms_at_each_moment():
    ordered = gs1(status="completed", signed_at=at(6), completed_at=at(16))
    outcome = run([ordered], parcel("T1", 4, held("1", sub="1-1")))
    expected = [("completed", 16, "1-1", "190.00"), ("shipped", 4, "1-1", "190.00"), ("signed", 6, "1-1", "190.00")]
    assert expected == sold(outcome)
    assert {yuan("20.00")} == {event.subsidy for event in outcome.events}
    assert {"receivable": "platform", "order": "1", "line": "1-1"} == outcome.events[0].details
    assert ("taobao shop 1 2026-01-16", "taobao", "shop 1") == (
        outcome.events[0].document,
        outcome.events[0].party,
        outcome.events[0].shop_id,
    )


def test_freight_and_reductions_are_shared_by_price_with_the_largest_remainder():
    lines = [
        attrs.evolve(article(sub=name), sku=name, unit_price=yuan(price), tax_rate=Decimal("0.13"))
        for name, price in (("a", "120.00"), ("b", "80.00"), ("c", "100.00"))
    ]
    off = Discount(kind="full_reduction", funder="merchant", amount=yuan("40.00"))
    outcome = run([order("1", 2, *lines, discounts=(off,), freight_charged=yuan("0.00"))])
    assert [(3, "a", "104.00"), (3, "b", "69.33"), (3, "c", "86.67")] == shipped(outcome)
    outcome = run([order("1", 2, *lines, discounts=(off,), freight_charged=yuan("0.02"))])
    assert [(3, "a", "104.01"), (3, "b", "69.34"), (3, "c", "86.67")] == shipped(outcome)
    assert {Decimal("0.13")} == {event.tax_rate for event in outcome.events}


def test_a_line_brings_what_was_paid_for_it_and_what_others_fund_of_it():
    lines = (
        attrs.evolve(article(sub="a"), line_paid=yuan("150.00")),
        attrs.evolve(article("B", sub="b"), line_paid=yuan("170.00")),
    )
    coupon = Discount(
        kind="platform_coupon", funder="platform", amount=yuan("20.00"), line_id="a", settled_to_merchant=True
    )
    outcome = run([order("1", 2, *lines, discounts=(coupon,))])
    assert [(3, "a", "170.00"), (3, "b", "170.00")] == shipped(outcome)
    assert [yuan("20.00"), None] == [event.subsidy for event in outcome.events if event.kind == "sale.shipped"]


def test_tax_on_top_of_prices_is_said_as_the_order_states_it():
    ordered = order("1", 2, article(sub="a"), tax_included=False, added_tax=yuan("17.00"))
    (event,) = run([ordered]).events
    assert (yuan("187.00"), yuan("17.00")) == (event.amount, event.tax)


def test_a_line_is_shipped_when_the_last_of_its_pieces_left():
    ordered = order("1", 2, article(count=2, sub="a"), article("B", sub="b"), article("C", sub="c"))
    parcels = [
        parcel("T1", 3, held("1", sub="a"), held("1", "B", sub="b")),
        parcel("T2", 5, held("1", sub="a")),
    ]
    assert [(3, "b", "170.00"), (5, "a", "340.00")] == shipped(run([ordered], *parcels))


def test_a_line_that_left_twice_is_sold_once_and_on_the_first_day():
    ordered = order("1", 2, article(sub="a"))
    parcels = [parcel("T1", 3, held("1", sub="a")), parcel("T2", 9, held("1", sub="a"))]
    assert [(3, "a", "170.00")] == shipped(run([ordered], *parcels))


def test_what_a_buyer_signed_for_is_sold_though_a_parcel_is_not_known():
    ordered = order("1", 2, article(sub="a"), article("B", sub="b"), status="signed", signed_at=at(7))
    assert [(3, "a", "170.00"), (7, "b", "170.00")] == shipped(run([ordered], parcel("T1", 3, held("1", sub="a"))))


def test_what_never_left_brings_nothing():
    closed = order("1", 2, article(sub="a"), status="closed", closed_at=at(3))
    unpaid = order("2", 2, article(sub="a"), status="created")
    waiting = order("3", 2, article(sub="a"), status="paid")
    two = order("4", 2, article(sub="a"), article("B", sub="b"))
    cancelled = case("R", "4", "refund_only", stage="before_shipment", platform_sub_order_id="b")
    outcome = run([closed, unpaid, waiting, two], parcel("T4", 3, held("4", sub="a")), returns=[cancelled])
    assert [(3, "a", "170.00")] == shipped(outcome)


def test_an_order_that_was_closed_after_it_had_left_was_sold():
    ordered = order("1", 2, article(sub="a"), status="closed", shipped_at=at(3), closed_at=at(9))
    assert [(3, "a", "170.00")] == shipped(run([ordered]))
    assert [(4, "a", "170.00")] == shipped(run([ordered], parcel("T1", 4, held("1", sub="a"))))


def test_an_order_without_lines_is_one_sale():
    assert [(3, None, "99.00")] == shipped(run([order("1", 2, goods_amount=yuan("99.00"))]))


def test_lines_without_a_number_of_their_own_are_told_apart_by_their_place():
    assert [(3, "1", "170.00"), (3, "2", "170.00")] == shipped(run([order("1", 2, article(), article("B"))]))


def test_the_courier_owes_what_is_paid_at_the_door():
    (event,) = run([order("1", 2, article(), is_cod=True, paid_at=None)]).events
    assert "cod" == event.details["receivable"]


def test_what_is_refused_at_the_door_is_taken_back_for_no_refund_says_it():
    refused = {"is_cod": True, "paid_at": None, "status": "rejected", "shipped_at": at(3), "closed_at": at(8)}
    outcome = run([order("1", 2, article(sub="a"), **refused)], parcel("T1", 3, held("1", sub="a"), status="returned"))
    back, sale = outcome.events
    assert ("aftersale.refund", dt.date(2026, 1, 8), sale.amount) == (back.kind, back.occurred_on, back.amount)
    assert (sale.amount, "cod", "false") == (back.original, back.details["receivable"], back.details["signed"])
    assert [] == list(run([order("1", 2, article(), **refused)], revenue="on_signed").events)
    paid = order("1", 2, article(), **{**refused, "is_cod": False, "paid_at": at(2)})
    assert ["sale.shipped"] == [event.kind for event in run([paid]).events]


@pytest.mark.parametrize(("home", "country", "said"), [("CN", "US", "true"), ("CN", "CN", None), (None, "US", None)])
def test_goods_that_pass_customs_to_another_country_than_home_are_exports(home, country, said):
    ordered = order("1", 2, article(), is_cross_border=True, ship_to=Place(country=country))
    (event,) = run([ordered], home=home).events
    assert said == event.details.get("export")


def test_only_the_moments_that_are_asked_for_are_handed_on():
    ordered = gs1(status="completed", signed_at=at(6), completed_at=at(16))
    assert [("signed", 6, "1-1", "190.00")] == sold(run([ordered], revenue="on_signed"))
    assert {"shipped", "signed"} == {kind for kind, *_ in sold(run([ordered], revenue=("on_signed", "on_shipment")))}
    for wrong in ("signed", (), 7):
        with pytest.raises(InputError, match="on_shipment, on_signed, on_completed"):
            Dispatch(revenue=wrong)


class TestMonths:
    """An order that left in one month and was signed for in the next."""

    ORDERED = gs1(day=30, shipped_at=at(31), status="shipped")
    SENT = parcel("T1", 31, held("1", sub="1-1"))

    def january(self):
        leaf = Dispatch(period="2026-01")
        return leaf.run(orders=[self.ORDERED], shipments=[self.SENT])

    def february(self, opening, orders=(), parcels=()):
        leaf = Dispatch(period="2026-02")
        outcome = leaf.run(orders=list(orders), shipments=list(parcels), opening=opening)
        assert [] == list(outcome.proof.failures)
        return [(event.kind, str(event.occurred_on)) for event in outcome.events]

    def test_the_month_of_each_day_posts_it(self):
        first = self.january()
        assert ["sale.shipped"] == [event.kind for event in first.events]
        later = attrs.evolve(self.ORDERED, status="signed", signed_at=at(31) + dt.timedelta(days=3))
        expected = [("sale.signed", "2026-02-03")]
        assert expected == self.february(first.carry_forward, [later])
        assert expected == self.february(None, [later], [self.SENT])

    def test_a_parcel_that_was_signed_for_tells_it_of_an_order_that_was_carried(self):
        signed = attrs.evolve(self.SENT, status="signed", signed_at=at(31) + dt.timedelta(days=3))
        assert [("sale.signed", "2026-02-03")] == self.february(self.january().carry_forward, parcels=[signed])

    def test_nothing_new_is_nothing_to_post(self):
        opening = self.january().carry_forward
        assert [] == self.february(opening)
        assert [] == list(Dispatch().run(orders=[], shipments=[], opening=opening).events)

    @pytest.mark.parametrize("with_parcel", [False, True])
    def test_what_left_before_the_month_and_is_said_in_it_is_posted_then(self, with_parcel):
        waits = gs1(day=30, status="paid", shipped_at=None)
        first = Dispatch(period="2026-01").run(orders=[waits], shipments=[])
        assert [] == list(first.events)
        opening = attrs.evolve(first.carry_forward, opens_on=dt.date(2026, 2, 1))
        told = ([waits], [self.SENT]) if with_parcel else ([self.ORDERED], [])
        assert [("sale.shipped", "2026-01-31")] == self.february(opening, *told)
        second = Dispatch(period="2026-02").run(orders=told[0], shipments=told[1], opening=opening)
        assert [] == list(second.proof.failures)
        later = attrs.evolve(second.carry_forward, opens_on=dt.date(2026, 3, 1))
        march = Dispatch(period="2026-03").run(orders=told[0], shipments=told[1], opening=later)
        assert [] == list(march.events)

    def test_what_the_month_before_posted_is_not_posted_again_with_another_day(self):
        opening = attrs.evolve(self.january().carry_forward, opens_on=dt.date(2026, 2, 1))
        for left in (at(31) + dt.timedelta(days=1), at(29)):
            moved = attrs.evolve(self.ORDERED, shipped_at=left)
            assert [] == self.february(opening, [moved], [attrs.evolve(self.SENT, shipped_at=left)])

    def test_another_day_is_the_same_event_changed(self):
        (first,) = run([self.ORDERED]).events
        (second,) = run([self.ORDERED], attrs.evolve(self.SENT, shipped_at=at(30))).events
        assert first.event_id == second.event_id
        assert first.occurred_on != second.occurred_on


@pytest.mark.parametrize("seed", range(25))
def test_a_day_at_a_time_ends_with_the_findings_open_items_and_events_of_all_at_once(seed):
    whole, outcomes = at_once_and_day_by_day(Suite().world(random.Random(seed)))
    said = attrgetter("occurred_on", "amount")
    assert last_events(whole, said=said) == last_events(*outcomes, said=said)


A, B = article(sub="a"), article("B", sub="b")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((article(), article("B")), []),
        ((), []),
        ((article(sub="a", count=2),), []),
        ((A,), [("b", "170.00")]),
        ((A, B, article("C", sub="c")), []),
    ],
)
def test_an_order_whose_lines_a_later_download_names_otherwise_is_not_sold_twice(lines, expected):
    first = order("1", 20, *lines, goods_amount=yuan("340.00") if not lines else None)
    now = order("1", 20, A, B)
    january = Dispatch(period="2026-01").run(orders=[first], shipments=[])
    opening = attrs.evolve(january.carry_forward, opens_on=dt.date(2026, 2, 1))
    february = Dispatch(period="2026-02").run(orders=[now], shipments=[], opening=opening)
    assert expected == [(line, amount) for _, _, line, amount in sold(february)]


@pytest.mark.parametrize(
    ("first", "asked"),
    [({}, "approved"), ({"status": "closed", "shipped_at": None, "closed_at": at(25)}, None), ({"lines": ()}, None)],
)
def test_what_brought_nothing_is_sold_once_a_later_download_says_that_it_was(first, asked):
    ordered = order("1", 20, A, B)
    stops = case("R", "1", "refund_only", stage="before_shipment")
    january = Dispatch(period="2026-01").run(
        orders=[attrs.evolve(ordered, **first)], shipments=[], returns=[stops] if asked else []
    )
    assert [] == list(january.events)
    withdrawn = [attrs.evolve(stops, status="cancelled")] if asked else []
    opening = attrs.evolve(january.carry_forward, opens_on=dt.date(2026, 2, 1))
    february = Dispatch(period="2026-02").run(orders=[ordered], shipments=[], returns=withdrawn, opening=opening)
    assert [(21, "a", "170.00"), (21, "b", "170.00")] == shipped(february)
    later = attrs.evolve(february.carry_forward, opens_on=dt.date(2026, 3, 1))
    march = Dispatch(period="2026-03").run(orders=[ordered], shipments=[], returns=withdrawn, opening=later)
    assert [] == list(march.events)


def _as_known(orders, parcels, placed_by, until):
    """Orders that were placed by a moment, and parcels, as records say it that know what happened until another."""
    moments = ("shipped_at", "signed_at", "completed_at", "closed_at")
    held = []
    for one in orders:
        if one.created_at >= placed_by:
            continue
        said = {name: moment if (moment := getattr(one, name)) and moment <= until else None for name in moments}
        words = {"completed_at": "completed", "signed_at": "signed", "shipped_at": "shipped"}
        status = next(
            (word for name, word in words.items() if said[name]), "paid" if one.status != "closed" else "closed"
        )
        held.append(attrs.evolve(one, **said, status=status))
    sent = [one for one in parcels if one.shipped_at <= until]
    unsigned = [one.signed_at is None or one.signed_at > until for one in sent]
    return held, [
        attrs.evolve(one, signed_at=None, status="in_transit") if is_open else one
        for one, is_open in zip(sent, unsigned, strict=True)
    ]


@pytest.mark.parametrize("seed", range(20))
def test_each_moment_of_an_order_is_posted_once_however_late_the_downloads_say_it(seed):
    rng = random.Random(seed)
    start, orders, parcels = dt.datetime(2026, 1, 1, tzinfo=SHANGHAI), [], []
    for number in map(str, range(12)):
        paid, ways = start + dt.timedelta(hours=rng.randrange(80 * 24)), rng.sample(("a", "b"), rng.randint(1, 2))
        days = sorted(rng.choices(range(1, 25), k=3))
        shipped, signed, completed = (paid + dt.timedelta(days=day) for day in days)
        left = [paid + dt.timedelta(days=rng.randint(0, days[0])) for _ in ways] if rng.random() < 0.7 else []
        lines = [attrs.evolve(article(sub=name), sku=name) for name in ways]
        moments = {"created_at": paid, "paid_at": paid, "shipped_at": max(left, default=shipped)}
        orders.append(order(number, 2, *lines, **moments, signed_at=signed, completed_at=completed))
        parcels += [
            parcel(
                f"T{number}{name}", 3, held(number, name, sub=name), status="signed", shipped_at=day, signed_at=signed
            )
            for name, day in zip(ways, left, strict=False)
        ]
    opening, posted = None, []
    for month in range(1, 6):
        after = dt.date(2026, month + 1, 1)
        end = dt.datetime.combine(after, dt.time(), SHANGHAI)
        held_then, sent = _as_known(orders, parcels, end, end - dt.timedelta(hours=rng.choice((0, 0, 30, 100))))
        outcome = Dispatch(period=f"2026-{month:02}").run(orders=held_then, shipments=sent, opening=opening)
        assert [] == list(outcome.proof.failures)
        posted += outcome.events
        opening = attrs.evolve(outcome.carry_forward, opens_on=after)
    names = [(event.kind, event.details["order"], event.details["line"]) for event in posted]
    known = {one.platform_order_id: one for one in orders}
    assert sorted(names) == sorted(
        (f"sale.{moment}", one.platform_order_id, line.platform_sub_order_id)
        for one in orders
        for line in one.lines
        for moment in ("shipped", "signed", "completed")
    )
    ends = {"sale.signed": "signed_at", "sale.completed": "completed_at"}
    for event in posted:
        if event.kind in ends:
            assert event.occurred_on == getattr(known[event.details["order"]], ends[event.kind]).date()


amounts = st.integers(0, 10**6).map(lambda cents: Money(Decimal(cents) / 100, "CNY"))
maybe = st.none() | amounts
lines = st.builds(
    OrderLine,
    platform_sub_order_id=st.sampled_from([None, "a", "b"]),
    quantity=st.integers(0, 5).map(Decimal),
    unit_price=maybe,
    line_discount=maybe,
    allocated_discount=maybe,
    line_paid=maybe,
)
discounts = st.builds(
    Discount,
    kind=st.just("platform_coupon"),
    funder=st.sampled_from(["platform", "merchant", "bank"]),
    amount=amounts,
    line_id=st.sampled_from([None, "a", "z"]),
    settled_to_merchant=st.booleans(),
)


@given(
    st.lists(
        st.builds(
            Order,
            platform=st.just("taobao"),
            platform_order_id=st.just("1"),
            currency=st.just("CNY"),
            lines=st.lists(lines, max_size=4).map(tuple),
            discounts=st.lists(discounts, max_size=3).map(tuple),
            goods_amount=maybe,
            freight_charged=maybe,
        ),
        min_size=1,
        max_size=3,
    )
)
def test_the_lines_of_an_order_bring_what_it_brings(orders):
    frame = table_of(orders, Order).to_polars().with_row_index("row")
    sums = defaultdict(lambda: [0, 0])
    for row in sale_lines(frame).iter_rows(named=True):
        sums[row["order_row"]][0] += row["gross_minor"]
        sums[row["order_row"]][1] += row["subsidy_minor"]
    for place, given_order in enumerate(orders):
        priced = given_order.goods_amount is not None or any(line.unit_price is not None for line in given_order.lines)
        if priced:
            expected = [given_order.merchant_receivable.amount * 100, given_order.platform_funded.amount * 100]
            assert expected == sums[place]
        else:
            assert place not in sums
