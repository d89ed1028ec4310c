"""Stripe's balance, from a server that gives answers of the recorded shape."""

import json
import time
from datetime import UTC, datetime

import attrs
import pytest

import tieout
from tieout.errors import FetchError, InputError
from tieout.live import merge
from tieout.live._http import Web
from tieout.live.stripe import Stripe
from tieout.sources._stripe import CATEGORIES

PATH = "/v1/balance_transactions"
KEY = "rk_test_do_not_show"
PAYMENTS = {"expand[0]": "data.source", "expand[1]": "data.source.charge"}
CHARGE = {
    "id": "ch_9",
    "object": "charge",
    "payment_intent": "pi_9",
    "metadata": {"order_number": "5001", "cart": "C-77"},
    "billing_details": {"name": "Jane Roe", "email": "jane@example.com"},
}
REFUND = {"id": "re_9", "object": "refund", "charge": CHARGE, "payment_intent": "pi_9", "metadata": {"cart": "none"}}


def movement(number, category="charge", amount=1000, fee=59, created=1_780_000_000, **more):
    details = [{"amount": fee, "currency": "usd", "type": "stripe_fee", "description": "Stripe processing fees"}]
    return {
        "id": f"txn_{number}",
        "object": "balance_transaction",
        "amount": amount,
        "available_on": created + 86_400,
        "created": created + number,
        "currency": "usd",
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": details if fee else [],
        "net": amount - fee,
        "reporting_category": category,
        "source": f"ch_{number}",
        "status": "available",
        "type": "charge",
        **more,
    }


def page(*movements, has_more=False):
    return {"object": "list", "url": PATH, "has_more": has_more, "data": list(movements)}


@pytest.fixture
def waits():
    return []


@pytest.fixture
def stripe(platform, waits):
    return Stripe(api_key=KEY, address=platform.address, web=Web(where="Stripe", sleep=waits.append, attempts=3))


def lines(batch):
    return batch.records.to_polars().select("line_id", "type", "amount_minor", "currency").rows()


def test_movements_become_gross_and_fee_lines_that_make_the_net(platform, stripe):
    platform.answer(PATH, page(movement(2, "refund", -400, 0), movement(1)))

    found = stripe.fetch()

    (batch,) = found.batches
    assert [
        ("txn_1", "sale", 1000, "USD"),
        ("txn_1", "payment_fee", -59, "USD"),
        ("txn_2", "sale_refund", -400, "USD"),
    ] == lines(batch)
    assert datetime.fromtimestamp(1_780_000_001, UTC) == batch.records[0].posted_at
    assert {"lines": 541} == batch.control.checks[1].parts
    assert found.holds
    assert "1780000002" == found.cursor


def test_pages_are_followed_and_the_key_is_sent(platform, stripe):
    def answer(query):
        return page(movement(3), movement(2), has_more=True) if "starting_after" not in query else page(movement(1))

    platform.answer(PATH, answer)

    (batch,) = stripe.fetch("1779999999").batches

    assert ["txn_1", "txn_2", "txn_3"] == [line for line, type_, *_ in lines(batch) if type_ == "sale"]
    assert [
        {"limit": "100", "created[gte]": "1779999399", **PAYMENTS},
        {"limit": "100", "created[gte]": "1779999399", **PAYMENTS, "starting_after": "txn_2"},
    ] == [one.query for one in platform.asked]
    assert {f"Bearer {KEY}"} == {one.headers["Authorization"] for one in platform.asked}


def test_a_movement_that_two_pages_have_counts_once_as_it_was_given_last(platform, stripe):
    platform.answer(PATH, page(movement(3), movement(2), has_more=True))
    platform.answer(PATH, page(movement(2, source=CHARGE), movement(1)))

    (batch,) = stripe.fetch().batches

    sales = [line for line in batch.records if line.type == "sale"]
    assert [("txn_1", "ch_1"), ("txn_2", "5001"), ("txn_3", "ch_3")] == [
        (line.line_id, line.platform_order_id) for line in sales
    ]
    assert 3 == batch.control.checks[0].total


def test_pages_that_go_round_in_a_circle_are_an_error(platform, stripe):
    for number in (1, 2, 1):
        platform.answer(PATH, page(movement(number), has_more=True))

    with pytest.raises(FetchError, match="says there is more, and gives no more"):
        stripe.fetch()


def test_fetching_again_changes_nothing(platform, stripe):
    platform.answer(PATH, page(movement(2), movement(1)))
    platform.answer(PATH, page(movement(3), movement(2)))

    first = stripe.fetch()
    known = merge({}, first.batches)
    again = merge(known.tables, first.batches)
    later = merge(again.tables, stripe.fetch(first.cursor).batches)

    assert ({"SettlementLine": 4}, {"SettlementLine": 0}, {"SettlementLine": 2}) == (known.new, again.new, later.new)
    assert 6 == len(later.tables["SettlementLine"])
    assert not later.conflicts
    assert later.proof.holds


def test_a_payment_that_was_given_its_order_meanwhile_counts_once(platform, stripe):
    platform.answer(PATH, page(movement(2), movement(1, source={**CHARGE, "metadata": {}})))
    platform.answer(PATH, page(movement(2), movement(1, source=CHARGE)))

    known = merge({}, stripe.fetch().batches)
    later = merge(known.tables, stripe.fetch().batches)

    table = later.tables["SettlementLine"].to_polars()
    assert [("txn_1", "5001", 1000), ("txn_1", "5001", -59), ("txn_2", "ch_2", 1000), ("txn_2", "ch_2", -59)] == sorted(
        table.select("line_id", "platform_order_id", "amount_minor").rows(), key=lambda row: (row[0], -row[2])
    )
    assert ["newer", "newer", "same", "same"] == sorted(one.kind for one in later.twice)
    assert ({"SettlementLine": 0}, True) == (later.new, later.proof.holds)


def test_a_movement_that_was_given_another_fee_meanwhile_keeps_its_gross(platform, stripe):
    platform.answer(PATH, page(movement(1)))
    platform.answer(PATH, page(movement(1, fee=60)))

    known = merge({}, stripe.fetch().batches)
    later = merge(known.tables, stripe.fetch().batches)

    assert [-60, 1000] == sorted(later.tables["SettlementLine"].to_polars()["amount_minor"])


def test_lines_of_a_file_are_not_replaced_by_a_fetch_that_contradicts_them(platform, stripe):
    file = (
        "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,payment_intent_id\n"
        "txn_1,2026-05-28 20:26:41,usd,10.01,0.00,10.01,charge,ch_1,ch_1\n"
    )
    platform.answer(PATH, page(movement(1, fee=0)))

    known = merge({}, [tieout.read(file.encode(), format="stripe_balance_report")])
    later = merge(known.tables, stripe.fetch().batches)

    assert (["conflict"], 2) == ([one.kind for one in later.twice], len(later.tables["SettlementLine"]))


def test_a_movement_of_no_possible_moment_does_not_move_the_cursor(platform, stripe):
    platform.answer(PATH, page({**movement(2), "created": 10**18}, movement(1)))

    found = stripe.fetch()

    assert ("1780000001", 1) == (found.cursor, len(found.batches[0].rejects))


def test_nothing_new_keeps_the_cursor(platform, stripe):
    platform.answer(PATH, page())

    assert ((), "1780000002") == (stripe.fetch("1780000002").batches, stripe.fetch("1780000002").cursor)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"net": 1}, "column 'net': '1' is 1, amount less fee is not"),
        ({"amount": 10.5}, "column 'amount': '10.5' is no whole number, or more than any amount is"),
        ({"amount": 10**30}, "is no whole number, or more than any amount is"),
        ({"currency": "zzz"}, "column 'currency': '\"zzz\"' is no ISO 4217 code"),
        ({"created": None}, "column 'created': is no number of seconds"),
        ({"created": 10**18}, "is no number of seconds"),
        ({"id": None}, "column 'id': is no text"),
        ({"fee_details": [{"amount": 1, "currency": "usd", "type": "tax"}]}, "do not add up to the fee"),
        ({"fee_details": [{"amount": 59, "currency": "eur", "type": "tax"}]}, "of another currency"),
        ({"fee_details": ["x"]}, "something else than fees"),
        ({"source": ["ch_1"]}, "column 'source': '[\"ch_1\"]' is no text"),
        ({"description": {"a": 1}}, "column 'description': '{\"a\": 1}' is no text"),
    ],
)
def test_a_movement_that_contradicts_itself_is_a_reject(platform, stripe, wrong, problem):
    platform.answer(PATH, page(movement(2), {**movement(1), **wrong}))

    (batch,) = stripe.fetch().batches

    assert [1] == [reject.line for reject in batch.rejects]
    assert problem in str(batch.rejects[0])
    assert [("txn_2", "sale", 1000, "USD"), ("txn_2", "payment_fee", -59, "USD")] == lines(batch)
    assert batch.control.holds


@pytest.mark.parametrize(
    ("currency", "amount", "minor"), [("jpy", 500, 500), ("kwd", 1230, 1230), ("isk", 500, 5), ("mga", 7, 700)]
)
def test_units_are_those_of_stripe(platform, stripe, currency, amount, minor):
    platform.answer(PATH, page(movement(1, amount=amount, fee=0, currency=currency)))

    (batch,) = stripe.fetch().batches

    assert [minor] == batch.records.to_polars()["amount_minor"].to_list()


def test_an_amount_between_units_is_a_reject(platform, stripe):
    platform.answer(PATH, page(movement(1, amount=550, fee=0, currency="isk")))

    (batch,) = stripe.fetch().batches

    assert (0, 1) == (len(batch.records), len(batch.rejects))


def test_types_by_category_and_sign(platform, stripe):
    categories = [
        ("payout", -1, "withdrawal"),
        ("dispute", -1, "chargeback"),
        ("dispute_reversal", 1, "chargeback_reversal"),
        ("risk_reserved_funds", -1, "reserve_hold"),
        ("risk_reserved_funds", 1, "reserve_release"),
        ("fee", -1, "payment_fee"),
        ("refund_failure", 1, "adjustment"),
        ("payout_minimum_balance_hold", -1, "reserve_hold"),
        ("payout_minimum_balance_release", 1, "reserve_release"),
        ("contribution", -1, "donation"),
        ("platform_earning", 1, "unknown"),
    ]
    platform.answer(
        PATH, page(*(movement(at, category, amount, 0) for at, (category, amount, _) in enumerate(categories)))
    )

    (batch,) = stripe.fetch().batches

    assert [meant for *_, meant in categories] == [type_ for _, type_, *_ in lines(batch)][::-1]
    assert ["line_type.unknown: movements of an unknown category: 'platform_earning' (1)"] == [
        str(note) for note in batch.notes
    ]


def test_a_platform_that_is_busy_is_asked_again(platform, stripe, waits):
    platform.answer(PATH, {"error": {"code": "rate_limit"}}, 429, Retry_After="7")
    platform.answer(PATH, {"error": {}}, 503)
    platform.answer(PATH, page(movement(1)))

    assert 1 == len(stripe.fetch().batches)
    assert [7.0, 2.0] == waits


@pytest.mark.parametrize("after", ["9" * 400, "-1", "soon", "٣"])
def test_a_wait_that_makes_no_sense_is_the_longest_or_the_usual_one(platform, stripe, waits, after):
    platform.answer(PATH, {"error": {}}, 429, Retry_After=after)
    platform.answer(PATH, page(movement(1)))

    assert 1 == len(stripe.fetch().batches)
    assert waits in ([60.0], [1.0])


def test_addresses_are_logged_without_their_parameters(platform, stripe, caplog):
    platform.answer(PATH, page(movement(1)))

    with caplog.at_level("DEBUG"):
        stripe.fetch("1779999999")

    assert "/v1/balance_transactions" in caplog.text
    assert "1779999999" not in caplog.text
    assert KEY not in caplog.text


def test_a_connection_that_breaks_is_made_again(platform, stripe):
    platform.answer(PATH, b"", 0)
    platform.answer(PATH, page(movement(1)))

    assert 1 == len(stripe.fetch().batches)


@pytest.mark.parametrize(
    ("status", "body", "text", "times"),
    [
        (401, {"error": {"type": "invalid_request_error"}}, r"Stripe: refuses \(401, invalid_request_error\)", 1),
        (500, {"error": {}}, r"Stripe: failed 3 times \(500\)", 3),
        (400, {"error": {"code": "parameter_unknown"}}, r"does not take the request \(400, parameter_unknown\)", 1),
        (200, [1, 2], "gave no list of movements", 1),
        (200, b"<html>", "gave no list of movements", 1),
        (200, b'{"object": "list", "data": [{"id": "txn_1', "gave no list of movements", 1),
        (302, b"", r"does not take the request \(302\)", 1),
        (200, page(has_more=True), "says there is more, and gives no more", 1),
    ],
)
def test_what_the_platform_does_wrong_is_one_error_without_the_key(platform, stripe, status, body, text, times):
    platform.answer(PATH, body, status)

    with pytest.raises(FetchError, match=text) as caught:
        stripe.fetch()

    assert KEY not in str(caught.value) + repr(caught.value) + repr(stripe)
    assert times == len(platform.asked)


def test_nobody_there_is_one_error(stripe):
    nowhere = Stripe(api_key=KEY, address="http://127.0.0.1:9", web=stripe.web)

    with pytest.raises(FetchError, match=r"could not be reached, 3 times \(ConnectError\)"):
        nowhere.fetch()


def test_a_platform_that_takes_too_long_is_one_error(platform, stripe):
    def late(_):
        time.sleep(0.5)
        return page()

    platform.answer(PATH, late)
    hurried = attrs.evolve(stripe, web=attrs.evolve(stripe.web, timeout_s=0.05, attempts=2))

    with pytest.raises(FetchError, match=r"could not be reached, 2 times \(ReadTimeout\)"):
        hurried.fetch()


def test_an_answer_that_breaks_off_is_asked_for_again(platform, stripe):
    whole = json.dumps(page(movement(1))).encode()
    platform.answer(PATH, whole[:50], Content_Length=str(len(whole)))
    platform.answer(PATH, page(movement(1)))

    assert 1 == len(stripe.fetch().batches)
    assert 2 == len(platform.asked)


@pytest.mark.parametrize("cursor", ["2026-05-01", "", "-1", "٣", "9" * 5000])
def test_a_cursor_of_somebody_else_is_refused(stripe, cursor):
    with pytest.raises(InputError, match=f"number of seconds, got '{cursor[:40]}'"):
        stripe.fetch(cursor)


@pytest.mark.parametrize("key", ["", "sk_live_1\n", " sk_live_1", "sk_live_ключ", None, b"sk_live_1"])
def test_a_key_that_no_header_can_hold_is_refused_and_not_shown(key):
    with pytest.raises(InputError, match="api_key is empty, or holds what no key holds") as caught:
        Stripe(api_key=key)

    assert "sk_live" not in str(caught.value)


@pytest.mark.parametrize("start", [datetime(2026, 5, 1), "2026-05-01"])  # noqa: DTZ001 - a moment without its zone
def test_a_start_without_its_zone_is_refused(start):
    with pytest.raises(InputError, match="is no moment with its zone"):
        Stripe(api_key=KEY, start=start)


def test_half_a_character_is_shown_as_a_question_mark(platform, stripe):
    platform.answer(PATH, page(movement(1, description="\ud83d fits")))

    (batch,) = stripe.fetch().batches

    assert "charge / ? fits" == batch.records[0].description


@pytest.mark.parametrize(
    ("source", "more", "order"),
    [
        (CHARGE, {}, "5001"),
        (CHARGE, {"order_key": "cart"}, "C-77"),
        (REFUND, {}, "5001"),
        (REFUND, {"order_key": "nothing"}, "pi_9"),
        ({**REFUND, "charge": "ch_9", "payment_intent": None}, {}, "ch_9"),
        ({**CHARGE, "payment_intent": {"id": "pi_8"}, "metadata": {}}, {}, "pi_8"),
        ({**CHARGE, "payment_intent": None, "metadata": None}, {}, "ch_9"),
        ({"id": "po_9", "object": "payout", "metadata": {}}, {}, None),
        ("ch_9", {}, "ch_9"),
        ("re_9", {}, None),
        (None, {}, None),
    ],
)
def test_the_order_is_that_of_the_payment(platform, stripe, source, more, order):
    platform.answer(PATH, page(movement(1, source=source)))

    (batch,) = attrs.evolve(stripe, **more).fetch().batches

    assert {order} == {line.platform_order_id for line in batch.records}
    assert not batch.rejects


def test_nothing_of_a_payment_but_its_numbers_is_kept(platform, stripe):
    platform.answer(PATH, page(movement(1, source=CHARGE), movement(2, source=CHARGE, net=1)))

    (batch,) = stripe.fetch().batches

    shown = repr(batch) + str(batch.records.to_polars().rows()) + str(batch.rejects.to_polars().rows())
    assert (2, 1) == (len(batch.records), len(batch.rejects))
    assert "Jane" not in shown
    assert "jane@" not in shown


def test_payments_need_not_be_asked_for(platform, stripe):
    platform.answer(PATH, page(movement(1)))

    (batch,) = attrs.evolve(stripe, payments=False).fetch().batches

    assert [{"limit": "100"}] == [one.query for one in platform.asked]
    assert {"ch_1"} == {line.platform_order_id for line in batch.records}


@pytest.mark.parametrize("amount", [-500, 500])
@pytest.mark.parametrize("category", [*CATEGORIES, "platform_earning", "unheard_of"])
def test_a_fetch_and_a_file_say_the_same_of_a_movement(platform, stripe, category, amount):
    units = f"{amount / 100:.2f}"
    file = (
        "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,payment_intent_id\n"
        f"txn_1,2026-05-28 20:26:41,usd,{units},0.00,{units},{category},re_9,pi_9\n"
    )
    platform.answer(
        PATH, page(movement(1, category, amount, 0, source={**REFUND, "charge": {**CHARGE, "metadata": {}}}))
    )

    (fetched,) = tieout.read(file.encode(), format="stripe_balance_report").records
    (live,) = stripe.fetch().batches[0].records

    told = ("type", "line_id", "platform_order_id", "refund_id", "description")
    assert [getattr(fetched, name) for name in told] == [getattr(live, name) for name in told]
    assert (fetched.amount == live.amount) or (category, amount) == ("payout", 500)
