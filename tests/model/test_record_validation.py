"""What a record refuses, and that the refusal names record and field."""

import copy
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_DOWN, Decimal, localcontext

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from strategies import ALL_RECORDS, records
from tieout.errors import InvalidField
from tieout.model import (
    BankTransaction,
    CourierCharge,
    CourierInvoice,
    Discount,
    Event,
    MatchGroup,
    Order,
    OrderLine,
    Payout,
    Piece,
    Place,
    Provenance,
    Return,
    Settlement,
    SettlementLine,
    Shipment,
    StockCount,
)


def cny(text):
    return Money(text, "CNY")


def charge(**fields):
    return CourierCharge(**{"charge_type": "base", "amount": cny("8.00"), **fields})


def refused(build):
    with pytest.raises(InvalidField) as caught:
        build()
    return caught.value


@pytest.mark.parametrize("kind", ALL_RECORDS, ids=lambda kind: kind.__name__)
@settings(max_examples=10)
@given(st.data())
def test_every_record_is_frozen_slotted_and_keyword_only(kind, data):
    item = data.draw(records(kind))
    name = attrs.fields(kind)[0].name

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(item, name, None)
    with pytest.raises((AttributeError, TypeError)):
        item.something_new = 1
    assert not hasattr(item, "__dict__")
    with pytest.raises(TypeError, match="positional"):
        kind(getattr(item, name))


@pytest.mark.parametrize("kind", ALL_RECORDS, ids=lambda kind: kind.__name__)
@settings(max_examples=10)
@given(st.data())
def test_every_record_survives_pickling_and_copying_and_has_a_hash(kind, data):
    item = data.draw(records(kind))

    assert item == pickle.loads(pickle.dumps(item))  # noqa: S301 - our own bytes
    assert item == copy.deepcopy(item)
    assert hash(item) == hash(attrs.evolve(item))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: charge(amount=8.0), "CourierCharge.amount: Money is needed, got float"),
        (lambda: charge(amount="8.00"), "CourierCharge.amount: Money is needed, got str"),
        (lambda: charge(amount=None), "CourierCharge.amount: a value is needed, got None"),
        (lambda: charge(amount=cny("8.001")), "CourierCharge.amount: 8.001 has more than the 2 decimals of CNY"),
        (lambda: charge(amount=Money("1.5", "JPY")), "CourierCharge.amount: 1.5 has more than the 0 decimals of JPY"),
        (lambda: charge(amount=cny("NaN")), "CourierCharge.amount: a finite amount is needed, got NaN"),
        (lambda: charge(amount=cny("-Infinity")), "CourierCharge.amount: a finite amount is needed, got -Infinity"),
        (
            lambda: charge(amount=cny("1" + "0" * 70)),
            "CourierCharge.amount: 1" + "0" * 70 + " has too many digits for an amount",
        ),
        (lambda: charge(billed_weight_g=500.0), "CourierCharge.billed_weight_g: Decimal is needed, got float"),
        (lambda: charge(billed_weight_g=True), "CourierCharge.billed_weight_g: Decimal is needed, got bool"),
        (
            lambda: charge(billed_weight_g=Decimal("NaN")),
            "CourierCharge.billed_weight_g: a finite number is needed, got NaN",
        ),
        (lambda: charge(tracking_no=123), "CourierCharge.tracking_no: text is needed, got int"),
        (
            lambda: charge(tracking_no=" \t"),
            "CourierCharge.tracking_no: text may not be blank; use None for what is unknown",
        ),
        (
            lambda: charge(ship_date=datetime(2026, 10, 1, tzinfo=UTC)),
            "CourierCharge.ship_date: date is needed, got datetime",
        ),
        (lambda: charge(ship_date="2026-10-01"), "CourierCharge.ship_date: date is needed, got str"),
        (lambda: charge(created_at=date(2026, 10, 1)), "CourierCharge.created_at: datetime is needed, got date"),
        (
            lambda: charge(created_at=datetime(2026, 10, 1, 8)),  # noqa: DTZ001 - that is the point
            "CourierCharge.created_at: a datetime with a time zone is needed, got 2026-10-01T08:00:00",
        ),
        (lambda: charge(dest="广东"), "CourierCharge.dest: Place is needed, got str"),
        (lambda: charge(provenance={"file": "a"}), "CourierCharge.provenance: Provenance is needed, got dict"),
        (lambda: charge(raw=[("a", "b")]), "CourierCharge.raw: a mapping of text to text is needed, got list"),
        (lambda: charge(raw={"a": 1}), "CourierCharge.raw: keys and values must be text"),
        (
            lambda: charge(leg="sideways"),
            "CourierCharge.leg: 'sideways' is not a Leg; known: outbound, return, intercept, reship, round_trip",
        ),
        (
            lambda: charge(leg=[]),
            "CourierCharge.leg: [] is not a Leg; known: outbound, return, intercept, reship, round_trip",
        ),
        (lambda: Provenance(line=1.0), "Provenance.line: int is needed, got float"),
        (lambda: Provenance(line=True), "Provenance.line: int is needed, got bool"),
        (lambda: Provenance(line=0), "Provenance.line: lines are counted from 1, got 0"),
        (lambda: Provenance(line=9, line_end=8), "Provenance.line_end: the run of lines 9 to 8 is empty"),
        (lambda: Provenance(line_end=8), "Provenance.line_end: the run of lines None to 8 is empty"),
        (
            lambda: Order(platform="pdd", platform_order_id="1", currency="CNY", is_cod=1),
            "Order.is_cod: bool is needed, got int",
        ),
        (
            lambda: Order(platform="pdd", platform_order_id="1", currency="CNY", lines="AB"),
            "Order.lines: a sequence is needed, got str",
        ),
        (
            lambda: Order(platform="pdd", platform_order_id="1", currency="CNY", lines=[1]),
            "Order.lines: OrderLine is needed, got int",
        ),
        (
            lambda: Order(platform="pdd", platform_order_id="1", currency="RMB"),
            "Order.currency: 'RMB' is not an ISO 4217 currency code",
        ),
        (
            lambda: Return(return_id="1", kind="exchange", refund_ids={"a", "b"}),
            "Return.refund_ids: a sequence is needed, got set",
        ),
        (
            lambda: Return(return_id="1", kind="exchange", refund_ids=["a", " "]),
            "Return.refund_ids: text may not be blank; use None for what is unknown",
        ),
    ],
)
def test_a_wrong_value_is_refused_by_record_and_field(build, message):
    error = refused(build)

    assert message == str(error).partition("\nHint: ")[0]
    assert message.partition(":")[0] == f"{error.record}.{error.field}"


def test_the_text_of_a_refusal_leaves_out_what_may_be_personal():
    error = refused(lambda: charge(billed_weight_g="张三 13800138000"))

    assert "张三" not in str(error)
    assert "张三 13800138000" == error.value


@pytest.mark.parametrize(
    ("build", "hint"),
    [
        (
            lambda: charge(amount=8.0),
            "amounts, weights and rates are exact: give Decimal, or text through tieout.money",
        ),
        (lambda: charge(amount=cny("8.001")), "round it half-up with tieout.money.quantize_money first"),
        (
            lambda: charge(created_at=datetime(2026, 10, 1)),  # noqa: DTZ001 - that is the point
            'for Chinese exports: value.replace(tzinfo=ZoneInfo("Asia/Shanghai"))',
        ),
        (lambda: CourierInvoice(bill_no="1", currency="RMB"), "the code of the renminbi is CNY"),
    ],
)
def test_a_refusal_says_what_to_do(build, hint):
    assert hint == refused(build).hint


def test_money_whose_amount_a_program_made_a_float_is_refused():
    amount = cny("8.00")
    amount.amount = 8.0

    assert "CourierCharge.amount: Money of a Decimal is needed, got float" in str(
        refused(lambda: charge(amount=amount))
    )


def test_whole_numbers_pass_for_decimals_and_words_for_enum_members():
    box = Piece(weight_g=500)

    assert (Decimal(500), Decimal) == (box.weight_g, type(box.weight_g))
    assert "volumetric" == charge(weight_kind="volumetric").weight_kind.value


@pytest.mark.parametrize("line", ["SKU-1", None, Provenance(file="orders.csv")])
def test_a_tuple_of_something_else_than_its_records_is_refused(line):
    with pytest.raises(InvalidField, match="pieces: Piece is needed"):
        Shipment(tracking_no="SF1", pieces=(Piece(weight_g=500), line))


def test_sequences_become_tuples_and_mappings_cannot_be_changed():
    parcel = Shipment(tracking_no="SF1", requested=["signature"])
    line = charge(raw={"b": "2", "a": "1"})

    assert ("signature",) == parcel.requested
    assert ["a", "b"] == list(line.raw)
    for change in (
        lambda: line.raw.update(c="3"),
        lambda: line.raw.__setitem__("c", "3"),
        lambda: line.raw.pop("a"),
        line.raw.clear,
        lambda: line.raw.__delitem__("a"),
    ):
        with pytest.raises(TypeError, match="a record's mapping cannot be changed"):
            change()
    assert line.raw == copy.copy(line.raw)


def test_a_record_does_not_follow_changes_of_what_it_was_built_from():
    raw, requested = {"备注": "轻放"}, ["signature"]
    parcel = Shipment(tracking_no="SF1", raw=raw, requested=requested)
    raw["备注"] = "x"
    requested.append("saturday")

    assert ({"备注": "轻放"}, ("signature",)) == (parcel.raw, parcel.requested)


def test_a_moment_keeps_its_time_zone():
    shanghai = timezone(timedelta(hours=8))

    assert timedelta(hours=8) == charge(created_at=datetime(2026, 10, 1, tzinfo=shanghai)).created_at.utcoffset()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: charge(list_amount=Money("1", "USD")),
            "CourierCharge: one record has one currency, found list_amount in USD, amount in CNY",
        ),
        (
            lambda: CourierInvoice(bill_no="1", currency="CNY", total=Money("1", "USD")),
            "CourierInvoice: one record has one currency, found currency in CNY, total in USD",
        ),
        (
            lambda: BankTransaction(booked_on=date(2026, 1, 1), amount=cny("1"), balance_after=Money("1", "HKD")),
            "BankTransaction: one record has one currency, found amount in CNY, balance_after in HKD",
        ),
        (
            lambda: Order(platform="pdd", platform_order_id="1", currency="CNY", freight_charged=Money("1", "USD")),
            "Order: one record has one currency, found currency in CNY, freight_charged in USD",
        ),
        (
            lambda: Order(
                platform="pdd",
                platform_order_id="1",
                currency="CNY",
                lines=[OrderLine(quantity=1), OrderLine(quantity=1, line_discount=Money("1", "USD"))],
            ),
            "Order: one record has one currency, found currency in CNY, lines[1].line_discount in USD",
        ),
        (
            lambda: Settlement(
                settlement_id="1", currency="USD", lines=[SettlementLine(type="sale", amount=Money("1", "CAD"))]
            ),
            "Settlement: one record has one currency, found currency in USD, lines[0].amount in CAD",
        ),
    ],
)
def test_one_record_has_one_currency(build, message):
    assert message == str(refused(build))


def test_a_payout_may_arrive_in_another_currency():
    payout = Payout(payout_id="1", amount=Money("-100", "USD"), bank_amount=cny("712.34"), fx_rate=Decimal("7.1234"))

    assert "CNY" == payout.bank_amount.currency.code


def test_a_match_group_holds_the_callers_own_objects():
    mine, yours = object(), {"any": "thing"}

    group = MatchGroup(group=0, rule="same parcel", status="confirmed", score=1, left=[mine], right=[yours])

    assert (mine,) == group.left
    assert (yours,) == group.right


@pytest.mark.parametrize(
    ("funder", "share", "message"),
    [
        ("shared", None, "the merchant's share is needed when, and only when, the funder is shared"),
        ("platform", "0.5", "the merchant's share is needed when, and only when, the funder is shared"),
        ("shared", "1.01", "a share from 0 to 1 is needed, got 1.01"),
        ("shared", "-0.1", "a share from 0 to 1 is needed, got -0.1"),
    ],
)
def test_a_discount_has_a_share_when_it_is_shared(funder, share, message):
    error = refused(
        lambda: Discount(kind="points", funder=funder, amount=cny("1"), merchant_share=share and Decimal(share))
    )

    assert f"Discount.merchant_share: {message}" == str(error)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({}, "record"),
        ({"file": "bill.csv"}, "bill.csv"),
        ({"file": "bill.csv", "line": 14}, "bill.csv:14"),
        ({"file": "bill.xlsx", "sheet": "账单明细", "line": 14, "line_end": 14}, "bill.xlsx[账单明细]:14"),
        ({"file": "bill.csv", "line": 14, "line_end": 16}, "bill.csv:14-16"),
    ],
)
def test_a_provenance_prints_as_a_person_points_at_it(given_, expected):
    assert expected == str(Provenance(**given_))


@settings(max_examples=30)
@given(records(CourierCharge))
def test_the_callers_decimal_context_does_not_matter(item):
    with localcontext(prec=3, rounding=ROUND_DOWN):
        again = attrs.evolve(item)
        effect = item.cash_effect

    assert item == again
    assert item.amount.amount == -effect.amount


def test_a_place_holds_nothing_personal():
    assert {"country", "province", "city", "district", "postcode"} == {field.name for field in attrs.fields(Place)}


def test_what_is_needed_is_needed():
    with pytest.raises(TypeError, match="amount"):
        Event(event_id="1", kind="courier.bill", occurred_on=date(2026, 1, 1), document="1")
    with pytest.raises(TypeError, match="as_of"):
        StockCount(count_id="1")
