"""After-sales: random books with planted faults, the matrix row by row, the examples of `domain.md`, and bad input."""

import datetime as dt
import random
from decimal import Decimal

import attrs
import polars as pl
import pytest
from _suite import ReconciliationSuite, World, assert_same_standing
from after_sales_world import AS_OF, SHOPS, Books, at, bill, case, day_of, line, movement, order, parcel, refund, yuan

from tieout.chain import Chain
from tieout.errors import InputError, InvalidField
from tieout.model import Payment, Provenance, ShipmentLine
from tieout.reconciliations import AfterSales, DueRule, DueRules
from tieout.reconciliations._after_sales.matrix import MATRIX, Need
from tieout.tables import Table


class TestAfterSales(ReconciliationSuite):
    elsewhere = frozenset({"general.tolerance_drift", "data.refund_conflict"})

    test_a_day_at_a_time_ends_like_all_at_once = (
        None  # test_refunds_taken.py holds more worlds to it, together with their events
    )

    def world(self, dice: random.Random) -> World:
        books = Books(dice)
        for _ in range(dice.randint(0, 3)):
            dice.choice(books.STORIES)(books)
        return books.world()


def test_all_stories_at_once_are_found_and_nothing_else_in_any_order():
    dice = random.Random(5)
    books = Books(dice)
    for story in dice.sample(Books.STORIES, len(Books.STORIES)):
        story(books)
    world = books.world()

    outcome = world.run()

    assert sorted(world.planted) == world.found(outcome)
    assert outcome.proof.holds
    assert_same_standing(outcome, world.run(**{name: rows[::-1] for name, rows in world.sides.items()}))


def run(settings=None, **sides):
    return (settings or AfterSales(as_of=AS_OF)).run(**{"refunds": [], **sides})


def found(outcome):
    assert outcome.proof.holds
    return sorted((one.type.removeprefix("aftersale."), str(one.impact.amount)) for one in outcome.discrepancies)


def types(outcome):
    return [kind for kind, _ in found(outcome)]


# The matrix

KINDS = {
    "cancel": ("refund_only", {"stage": "before_shipment"}),
    "intercept": ("intercept", {}),
    "rejected": ("rejected", {}),
    "refund_only": ("refund_only", {}),
    "return_no_reason": ("return_refund", {}),
    "return_quality": ("return_refund", {"freight_bearer": "merchant"}),
    "price_difference": ("price_adjust", {}),
    "exchange_same": ("exchange", {}),
    "exchange_other": ("exchange", {}),
    "reship": ("reship", {}),
    "repair": ("repair", {}),
    "compensation": ("compensation", {}),
    "cod_rejected": ("rejected", {}),
    "lost": ("lost", {}),
}
IN_PART = ("exchange_other", "price_difference")
NOT_SENT = {"exchange": "exchange_not_shipped", "reship": "reship_not_shipped", "repair": "repair_overdue"}


def books_of(rows):
    """The records of cases, each a row of the matrix and those of its records that are there."""
    sides = {name: [] for name in ("orders", "returns", "refunds", "transactions", "shipments", "movements")}
    for place, (row, records) in enumerate(rows):
        kind, fields = KINDS[row.name]
        number, minor = f"A{place}", 1000 if row.name in IN_PART else 5000
        sold = order(number, 5000, is_cod=row.name == "cod_rejected", shipped=False, status="paid")
        sides["orders"].append(sold)
        sides["returns"].append(case(f"C{place}", number, kind, status="approved", **fields))
        if "refund" in records:
            sides["refunds"].append(refund(f"R{place}", number, minor, return_id=f"C{place}"))
            sides["transactions"].append(bill(f"R{place}", number, minor))
        if "outbound" in records:
            sides["shipments"].append(parcel(f"SF{place}", number))
        if "further" in records:
            sides["shipments"].append(parcel(f"EX{place}", number, day=9, direction="exchange"))
        if "inbound" in records:
            sides["movements"].append(movement(f"M{place}", number, return_id=f"C{place}"))
    return sides


def by_order(outcome):
    assert outcome.proof.holds
    return sorted((one.keys["platform_order_id"], one.type.removeprefix("aftersale.")) for one in outcome.discrepancies)


def expected_fault(row, record):
    """What the absence of a record that must be there is called, or the presence of one that must not."""
    missing = getattr(row, record) is Need.MUST
    kind, _ = KINDS[row.name]
    without_refund = "return_without_refund" if row.inbound is Need.MUST else "refund_delayed"
    names = {
        "refund": without_refund if missing else "refund_unexpected",
        "outbound": "outbound_missing" if missing else "outbound_unexpected",
        "further": NOT_SENT.get(kind) if missing else "reship_without_case",
        "inbound": ("refund_without_return" if row.refund is Need.MUST else None) if missing else "inbound_unexpected",
    }
    return names[record]


def needed(row):
    records = {name for name in ("refund", "outbound", "further", "inbound") if getattr(row, name) is Need.MUST}
    return records | ({"refund"} if row.name in {"exchange_other", "lost"} else set())


def test_a_case_with_all_that_it_must_have_is_complete():
    outcome = run(**books_of([(row, needed(row)) for row in MATRIX]))

    assert [] == found(outcome)
    assert {row.name for row in MATRIX} == set(outcome.lines["case"].drop_nulls())


def test_what_a_case_lacks_or_has_too_much_is_named():
    cells = [
        (row, record)
        for row in MATRIX
        for record in ("refund", "outbound", "further", "inbound")
        if getattr(row, record) in {Need.MUST, Need.MUST_NOT}
    ]
    faults, rows = [], []
    for place, (row, record) in enumerate(cells):
        records = needed(row) ^ {record}
        if row.name in {"exchange_same", "exchange_other", "repair"} and record == "inbound":
            records -= {"further"}  # nothing is sent before the goods are back
        rows.append((row, records))
        if (fault := expected_fault(row, record)) is not None:
            faults.append((f"A{place}", fault))

    assert sorted(faults) == by_order(run(**books_of(rows)))


def test_what_is_lost_is_refunded_or_sent_again_and_nothing_else_settles_it():
    (lost,) = (row for row in MATRIX if row.name == "lost")
    rows = [(lost, {"outbound", "further"}), (lost, {"outbound", "refund"}), (lost, {"outbound"})]

    assert [("A2", "lost_not_settled")] == by_order(run(**books_of(rows)))


def test_an_order_that_says_itself_that_it_left_needs_no_parcel_on_record():
    sides = {"returns": [case("C", "A")], "refunds": [refund("R", "A", 5000)], "transactions": [bill("R", "A", 5000)]}

    assert [] == found(run(**sides, orders=[order("A", 5000)], shipments=[]))
    assert ["outbound_missing"] == types(run(**sides, orders=[order("A", 5000, shipped=False)], shipments=[]))
    assert [] == found(run(**sides, shipments=[]))


def test_a_closed_order_of_which_a_parcel_is_known_was_not_cancelled_before_shipment():
    outcome = run(
        orders=[order("A", 5000, shipped=False, status="closed")],
        returns=[case("C", "A", stage=None)],
        refunds=[refund("R", "A", 5000, return_id="C")],
        transactions=[bill("R", "A", 5000)],
        shipments=[parcel("SF1", "A")],
    )

    assert [] == found(outcome)
    assert ["refund_only"] == outcome.lines["case"].drop_nulls().to_list()


def test_the_rest_of_an_order_may_leave_when_one_line_of_it_is_cancelled():
    def of(*subs):
        lines = tuple(
            ShipmentLine(platform_order_id="A", platform_sub_order_id=sub, quantity=Decimal(1)) for sub in subs
        )
        return attrs.evolve(parcel("SF1", "A"), lines=lines)

    sides = {
        "orders": [order("A", 5000)],
        "returns": [case("C", "A", stage="before_shipment", platform_sub_order_id="A-2")],
        "refunds": [refund("R", "A", 2000, return_id="C")],
        "transactions": [bill("R", "A", 2000)],
    }

    assert [] == types(run(**sides, shipments=[of("A-1")]))
    assert ["outbound_unexpected"] == types(run(**sides, shipments=[of("A-1", "A-2")]))


# The examples of domain.md


def test_a_refund_changed_midway_is_off_in_the_books_by_what_the_first_version_said():
    """5.2: v1 requested 170.00, v2 approved 150.00, channel 150.00, ERP 170.00."""
    versions = [
        refund("R", "A", 17000, version="1", status="requested", day=5),
        refund("R", "A", 15000, version="2", day=6),
    ]
    outcome = run(refunds=versions, transactions=[bill("R", "A", 15000)], erp_refunds=[refund("R", "A", 17000)])

    assert [("refund_amount_mismatch", "20.00")] == found(outcome)
    (one,) = outcome.discrepancies
    assert "amount_changed_midway" == one.factor
    assert ("150.00", "170.00", "books") == (str(one.expected.amount), str(one.actual.amount), one.keys["subject"])
    assert ["an earlier version", "agreed"] == outcome.records["refunds"]["verdict"].to_list()


def test_a_refund_that_succeeds_with_another_amount_than_the_version_that_was_agreed_last_is_said():
    """5.2: a succeeded amount that is not that of the last approved version."""
    agreed = refund("R", "A", 15000, version="1", status="approved", day=5)
    paid = refund("R", "A", 17000, version="2", amount_approved=None)
    sides = {"transactions": [bill("R", "A", 17000)]}

    outcome = run(refunds=[paid, agreed], **sides)

    assert [("refund_amount_mismatch", "0.00")] == found(outcome)
    (one,) = outcome.discrepancies
    assert ("amount_changed_midway", "150.00") == (one.factor, str(one.expected.amount))
    assert [] == found(run(refunds=[attrs.evolve(agreed, amount_requested=yuan(17000)), paid], **sides))
    assert [] == found(run(refunds=[paid, attrs.evolve(agreed, version="3")], **sides))


def test_a_refund_of_170_of_which_165_arrived_is_5_short():
    """C68."""
    outcome = run(refunds=[refund("R", "A", 17000)], transactions=[bill("X", "A", 16500)])

    assert [("refund_amount_mismatch", "-5.00")] == found(outcome)
    assert outcome.discrepancies[0].factor is None


def test_only_the_last_version_counts():
    """C59: v1 100, v2 80."""
    versions = [refund("R", "A", minor, version=str(n), status="approved") for n, minor in ((9, 10000), (10, 8000))]
    settings = AfterSales(as_of=day_of(6))

    outcome = run(settings, refunds=versions, transactions=[])

    assert ["80.00"] == [str(yuan(minor).amount) for minor in outcome.lines["expected_minor"]]


def test_a_version_that_succeeded_is_not_changed_by_a_later_one_that_was_closed():
    versions = [refund("R", "A", 5000, version="1"), refund("R", "A", 5000, version="2", status="closed")]

    assert [] == found(run(refunds=versions, transactions=[bill("R", "A", 5000)]))


@pytest.mark.parametrize(("channel", "days"), [("alipay", 1), ("wechat_pay", 1), ("card", 7), ("union_pay", 7)])
def test_a_wallet_has_a_day_and_a_card_a_week(channel, days):
    """5.2."""
    late = [
        types(
            run(AfterSales(as_of=day_of(6 + after)), refunds=[refund("R", "A", 100, channel=channel)], transactions=[])
        )
        for after in (days, days + 1)
    ]

    assert [[], ["refund_not_arrived"]] == late


def test_a_refund_takes_its_channel_from_the_payments_where_it_says_none():
    sides = {"refunds": [refund("R", "A", 5000, channel=None)], "orders": [order("A", 5000, channels=("card",))]}

    assert [] == types(run(AfterSales(as_of=day_of(12)), **sides, transactions=[]))
    assert ["refund_not_arrived"] == types(run(AfterSales(as_of=day_of(14)), **sides, transactions=[]))


@pytest.mark.parametrize(("days", "kinds"), [(3, []), (4, ["refund_delayed"]), (5, ["refund_delayed"])])
def test_three_days_from_the_agreement_are_not_too_long(days, kinds):
    """C61: 5 days > 3."""
    slow = refund("R", "A", 5000, day=5 + days, approved_at=at(day_of(5)))
    waiting = refund("W", "B", 5000, day=5, status="approved")

    outcome = run(AfterSales(as_of=day_of(5 + days)), refunds=[slow], transactions=[bill("R", "A", 5000, day=5 + days)])
    not_yet = run(AfterSales(as_of=day_of(5 + days)), refunds=[waiting], transactions=[])

    assert kinds == types(outcome) == types(not_yet)
    assert {"0.00"} >= {amount for _, amount in found(outcome)}
    assert {"-50.00"} >= {amount for _, amount in found(not_yet)}


def test_a_refund_of_january_that_is_booked_in_february_is_of_another_period_and_not_two_differences():
    """C37: refund 31 Jan, voucher 2 Feb."""
    january, february = dt.date(2026, 1, 31), dt.date(2026, 2, 2)
    ours = refund("R", "A", 5000, succeeded_at=at(january), approved_at=at(january), applied_at=at(january))
    booked = attrs.evolve(ours, succeeded_at=at(february))
    paid = attrs.evolve(bill("R", "A", 5000), occurred_at=at(january))

    first = run(AfterSales(period="2026-01"), refunds=[ours], transactions=[paid], erp_refunds=[])
    second = run(AfterSales(period="2026-02"), erp_refunds=[booked], opening=first.carry_forward)
    at_once = run(AfterSales(period="2026-01"), refunds=[ours], transactions=[paid], erp_refunds=[booked])

    assert [] == found(first)
    assert ["in transit"] == first.carry_forward.items["what"].to_list()
    assert [("period_mismatch", "0.00")] == found(second) == found(at_once)
    assert {"day": "2026-01-31 -> 2026-02-02"} == dict(second.discrepancies[0].diffs)


def test_the_records_behind_a_finding_are_named_with_file_row_and_hash():
    """C69."""

    def of(record, file, row):
        return attrs.evolve(record, provenance=Provenance(file=file, line=row, sha256="ab" * 32))

    outcome = run(
        orders=[of(order("A", 17000), "orders.csv", 7)],
        returns=[of(case("C", "A"), "cases.csv", 8)],
        refunds=[of(refund("R", "A", 17000, return_id="C"), "refunds.csv", 9)],
        transactions=[of(bill("R", "A", 16500), "alipay.csv", 10)],
    )

    (one,) = outcome.discrepancies
    digest = "ab" * 32
    assert {
        "order_record": f"orders.csv:7 sha256 {digest}",
        "case_record": f"cases.csv:8 sha256 {digest}",
        "refund_record": f"refunds.csv:9 sha256 {digest}",
        "paid_record": f"alipay.csv:10 sha256 {digest}",
    } == {name: text for name, text in one.evidence.items() if name.endswith("_record")}


def test_a_case_that_is_over_has_what_the_checklist_asks_for():
    """C47: what records hold, and what the source's own cells do."""
    settings = AfterSales(as_of=AS_OF, checklist={"refund_only": ("approval", "channel", "proof", "reason")})
    sides = {"refunds": [refund("R", "A", 5000, return_id="C")], "transactions": [bill("R", "A", 5000)]}
    bare, full = case("C", "A"), case("C", "A", reason_code="quality", raw={"proof": "photo-1.jpg"})

    assert [] == found(run(returns=[bare], **sides))
    assert [] == found(run(settings, returns=[full], **sides))
    (one,) = run(settings, returns=[bare], **sides).discrepancies
    assert ("general.evidence_missing", "proof,reason") == (one.type, one.evidence["missing"])


def test_an_order_refunded_in_full_is_not_still_shipped_in_the_books():
    """C43: the platform says SUCCESS, the books say shipped."""
    sides = {
        "orders": [order("A", 5000)],
        "refunds": [refund("R", "A", 5000)],
        "transactions": [bill("R", "A", 5000)],
    }

    assert ["status_conflict"] == types(run(**sides, erp_orders=[order("A", 5000, status="shipped")]))
    assert [] == types(run(**sides, erp_orders=[order("A", 5000, status="closed")]))


@pytest.mark.parametrize(
    ("shop", "maps", "kinds"),
    [
        (SHOPS[0], {}, []),
        (SHOPS[2], {}, ["status_conflict"]),
        (SHOPS[2], {"pdd": {"refunding": "done"}}, []),
        (SHOPS[0], {"default": {"refunded": "refused"}}, ["status_conflict"]),
    ],
)
def test_what_a_status_means_is_the_platforms_to_say(shop, maps, kinds):
    ours = case("C", "A", status="refunding", shop=shop, approved_at=None)
    theirs = attrs.evolve(ours, status="refunded")

    assert kinds == types(run(AfterSales(as_of=AS_OF, statuses_of_cases=maps), returns=[ours], erp_returns=[theirs]))


def test_a_case_that_the_books_follow_a_day_late_is_no_conflict():
    ours = case("C", "A", status="cancelled", closed_at=at(day_of(20)))
    theirs = attrs.evolve(ours, status="approved")

    kinds = [types(run(AfterSales(as_of=day_of(day)), returns=[ours], erp_returns=[theirs])) for day in (21, 22)]

    assert [[], ["status_conflict"]] == kinds


def test_a_refund_that_the_platform_closed_and_the_books_still_follow_is_a_conflict():
    ours, theirs = (refund("R", "A", 5000, status=status) for status in ("closed", "approved"))

    assert [("status_conflict", "0.00")] == found(run(refunds=[ours], erp_refunds=[theirs]))


def test_a_conflict_of_statuses_is_no_changed_amount():
    closed = refund("R", "A", 5000, status="closed")

    outcome = run(refunds=[closed], transactions=[bill("R", "A", 5000)], erp_refunds=[refund("R", "A", 5000)])

    assert [("status_conflict", "50.00")] * 2 == found(outcome)
    assert {None} == {one.factor for one in outcome.discrepancies}


def test_a_finding_says_what_it_is_about():
    paid = [bill("R", "A", 5000), bill("X", "A", 700)]

    outcome = run(refunds=[refund("R", "A", 5000)], transactions=paid, erp_refunds=[], returns=[case("C", "B")])

    said = {one.type: one.reason for one in outcome.discrepancies if one.impact.amount}
    assert said == {
        "aftersale.refund_without_case": "X gives 7.00 CNY back, and nothing on record asks for it",
        "aftersale.missing_in_erp": "the platform has refund R, and the books do not: -50.00 CNY",
    }


# Money


def test_a_refund_goes_back_in_as_many_parts_as_it_was_paid_in_and_the_slowest_has_its_time():
    sides = {
        "orders": [order("A", 17000, channels=("alipay", "card"))],
        "refunds": [refund("R", "A", 17000, channel=None)],
        "transactions": [bill("R", "A", 10000)],
    }
    early, late = (run(AfterSales(as_of=day_of(day)), **sides) for day in (13, 14))

    assert [] == found(early)
    assert [("in transit", -7000)] == early.carry_forward.items.select("what", "amount_minor").rows()
    assert [("refund_not_arrived", "-70.00")] == found(late)
    whole = [*sides["transactions"], bill("K", "A", 7000, channel="card", day=12)]
    assert [] == found(run(**{**sides, "transactions": whole}))


def test_a_rest_that_two_refunds_want_is_neithers():
    refunds = [refund(name, "A", 10000, platform_sub_order_id=name) for name in "RS"]
    rows = [bill("R", "A", 6000), bill("S", "A", 6000), bill("X", "A", 4000)]

    outcome = run(orders=[order("A", 20000)], refunds=refunds, transactions=rows)

    assert [("refund_amount_mismatch", "-40.00")] * 2 + [("refund_without_case", "40.00")] == found(outcome)


def test_a_part_on_a_bill_and_the_rest_in_the_settlement_make_one_refund():
    outcome = run(
        refunds=[refund("R", "A", 17000)],
        transactions=[bill("R", "A", 10000)],
        lines=[line("L", "A", -7000, refund_id="R")],
    )

    assert [] == found(outcome)
    assert ["agreed"] == outcome.records["lines"]["verdict"].to_list()


def test_lines_of_one_refund_are_a_sum():
    lines = [line(f"L{minor}", "A", -minor, refund_id="R") for minor in (4000, 900, 100)]

    assert [] == found(run(refunds=[refund("R", "A", 5000)], lines=lines))
    assert [("refund_amount_mismatch", "-9.00")] == found(run(refunds=[refund("R", "A", 5000)], lines=lines[::2]))


def test_the_refund_that_is_on_two_bills_counts_once():
    outcome = run(
        refunds=[refund("R", "A", 5000)],
        transactions=[bill("R", "A", 5000)],
        lines=[line("L", "A", -5000, refund_id="R"), line("F", "A", -30, kind="commission")],
    )

    assert [] == found(outcome)
    assert ["seen in another bill", "not a refund"] == outcome.records["lines"]["verdict"].to_list()


def test_a_payment_without_a_refund_that_two_bills_list_is_found_once():
    outcome = run(orders=[order("A", 5000)], transactions=[bill("X", "A", 5000)], lines=[line("L", "A", -5000)])

    assert [("refund_without_case", "50.00")] == found(outcome)


@pytest.mark.parametrize(
    ("off", "kinds"), [(-2, ["refund_amount_mismatch"]), (-1, []), (1, []), (2, ["refund_amount_mismatch"])]
)
def test_one_cent_is_within_the_tolerance_and_two_are_not(off, kinds):
    outcome = run(refunds=[refund("R", "A", 5000)], transactions=[bill("R", "A", 5000 + off)])

    assert kinds == types(outcome)
    assert (0 if kinds else off) == outcome.lines["absorbed_minor"].sum()


def test_cents_within_the_tolerance_that_add_up_are_said():
    numbers = range(101)
    sides = {
        "refunds": [refund(f"R{n}", f"A{n}", 5000) for n in numbers],
        "transactions": [bill(f"R{n}", f"A{n}", 5001) for n in numbers],
    }

    assert ["general.tolerance_drift"] == types(run(**sides))


def test_a_bill_that_gives_the_order_in_the_platforms_way_pays_the_refund_of_it():
    number = "5116032541422009305"

    outcome = run(refunds=[refund("R", number, 5000)], transactions=[bill("X", f"T200P{number}", 5000)])

    assert [] == found(outcome)
    assert ["same order and amount"] == outcome.matches["rule"].to_list()


def test_a_row_of_a_bill_without_an_order_belongs_to_that_of_its_payment():
    paid = attrs.evolve(bill("P", "A", -5000), channel_refund_id=None, channel_txn_id="T1", type="交易")
    back = attrs.evolve(bill("X", None, 5000), channel_txn_id="T1")

    assert [] == found(run(orders=[order("A", 5000)], refunds=[refund("R", "A", 5000)], transactions=[paid, back]))


def test_refunds_by_cash_on_delivery_or_offline_are_on_no_bill():
    refunds = [refund("R", "A", 5000, channel="cod"), refund("S", "B", 5000, funded_from="offline")]

    outcome = run(refunds=refunds, transactions=[])

    assert [] == found(outcome)
    assert {"not on a channel's bill"} == set(outcome.records["refunds"]["verdict"])


def test_refunds_by_a_channel_without_a_bill_are_set_aside_unless_something_pays_them():
    refunds = [
        refund(name, f"A{name}", 5000, channel=channel)
        for name, channel in (("R", "card"), ("S", "card"), ("T", "alipay"))
    ]

    outcome = run(AfterSales(as_of=AS_OF, channels=("alipay",)), refunds=refunds, transactions=[bill("S", "AS", 5000)])

    assert [("refund_not_arrived", "-50.00")] == found(outcome)
    assert ["channel not compared", "agreed", "discrepancy"] == outcome.records["refunds"]["verdict"].to_list()


def test_of_an_order_line_not_more_is_refunded_than_was_paid_for_it_and_its_freight():
    sold = order("A", 9000, freight_charged=yuan(500))
    back = refund("R", "A", 9600, platform_sub_order_id="A-1")

    outcome = run(orders=[sold], refunds=[back], transactions=[bill("R", "A", 9600)])

    assert [("refund_exceeds_paid", "1.00")] == found(outcome)
    assert ("95.00", "96.00") == tuple(
        str(getattr(outcome.discrepancies[0], name).amount) for name in ("expected", "actual")
    )


def test_of_a_presale_not_more_is_refunded_than_its_deposit_before_the_balance_is_paid():
    deposit, balance = (
        Payment(channel="alipay", amount=yuan(minor), phase=phase)
        for phase, minor in (("deposit", 5000), ("balance", 15000))
    )
    sides = {"refunds": [refund("R", "A", 6000)], "transactions": [bill("R", "A", 6000)]}
    sold = order("A", 20000, is_presale=True)

    assert [("refund_exceeds_paid", "10.00")] == found(run(orders=[attrs.evolve(sold, payments=(deposit,))], **sides))
    assert [] == found(run(orders=[attrs.evolve(sold, payments=(deposit, balance))], **sides))


def test_a_refund_that_the_channel_paid_twice_under_one_number_was_paid_twice():
    rows = [bill("R", "A", 5000), attrs.evolve(bill("R", "A", 5000), channel_txn_id="T2")]

    outcome = run(refunds=[refund("R", "A", 5000)], transactions=rows)

    assert [("refund_duplicated", "50.00")] == found(outcome)


def test_a_refund_that_the_channel_took_back_was_not_paid():
    back = attrs.evolve(bill("R", "A", -5000), channel_txn_id="T2")

    outcome = run(refunds=[refund("R", "A", 5000)], transactions=[bill("R", "A", 5000), back])

    assert [("refund_amount_mismatch", "-50.00")] == found(outcome)


def test_money_in_another_currency_pays_nothing():
    outcome = run(refunds=[refund("R", "A", 5000)], transactions=[bill("R", "A", 700, code="USD")])

    assert [("refund_not_arrived", "-50.00"), ("refund_without_case", "7.00")] == found(outcome)
    assert {"CNY", "USD"} == {one.impact.currency.code for one in outcome.discrepancies}


def test_what_is_not_given_is_not_compared():
    outcome = run(refunds=[refund("R", "A", 5000)])

    assert [] == found(outcome)
    assert ["no bills given"] == outcome.records["refunds"]["verdict"].to_list()


# Scope, bad input, periods


def test_refunds_of_two_books_or_shops_do_not_pay_each_other():
    ours = refund("R", "A", 5000, shop=SHOPS[0])
    other_shop = line("L", "A", -5000, shop=SHOPS[1], refund_id="R")
    other_book = attrs.evolve(line("L", "A", -5000, refund_id="R"), book_id="B2")

    for lines in ([other_shop], [other_book]):
        outcome = run(refunds=[attrs.evolve(ours, book_id="B1")], lines=lines)
        assert [("refund_not_arrived", "-50.00"), ("refund_without_case", "50.00")] == found(outcome)


def test_a_number_that_two_shops_have_settles_nothing_where_the_record_says_no_shop():
    refunds = [refund("R", "A", 5000, shop=shop) for shop in SHOPS[:2]]
    nameless = attrs.evolve(line("L", "A", -5000, refund_id="R"), shop_id=None)

    outcome = run(refunds=refunds, lines=[nameless])

    assert [("refund_not_arrived", "-50.00")] * 2 + [("refund_without_case", "50.00")] == found(outcome)


def test_a_case_number_that_two_shops_have_is_nobodys_where_the_refund_says_no_shop():
    cases = [case("C", "A", shop=shop, status="applied", approved_at=None) for shop in SHOPS[:2]]
    nameless = attrs.evolve(refund("R", "A", 5000, return_id="C"), shop_id=None)

    outcome = run(refunds=[nameless], returns=cases, transactions=[bill("R", "A", 5000)])

    assert ["refund_without_case"] == types(outcome)


def test_a_refund_without_a_case_number_belongs_to_the_only_case_of_its_order():
    sides = {"refunds": [refund("R", "A", 5000)], "transactions": [bill("R", "A", 5000)]}

    assert [] == found(run(**sides, returns=[case("C", "A")]))
    assert ["refund_without_case"] == types(
        run(
            **sides,
            returns=[
                case("C", "A", status="applied", approved_at=None),
                case("D", "A", status="applied", approved_at=None),
            ],
        )
    )


def test_beside_what_came_to_nothing_the_case_and_the_refund_that_stand_belong_together():
    refunds = [refund("Q", "A", 5000, status="closed", day=4), refund("R", "A", 5000)]
    cases = [case("C", "A", status="rejected"), case("D", "A")]
    paid = [bill("R", "A", 5000)]

    assert [] == found(run(refunds=refunds[1:], returns=cases, transactions=paid))
    assert [] == found(run(refunds=refunds, returns=cases[1:], transactions=paid))
    assert ["return_rejected_but_refunded"] == types(run(refunds=refunds, returns=cases[:1], transactions=paid))


def test_a_case_that_names_its_refunds_or_shares_their_number_has_them():
    sides = {"refunds": [refund("R", "A", 5000)], "transactions": [bill("R", "A", 5000)]}
    other = case("Z", "A", status="applied", approved_at=None)

    for named in (case("C", "A", refund_ids=("R",)), case("R", "A")):
        assert [] == found(run(**sides, returns=[named, other]))


@pytest.mark.parametrize("other", [{"amount": yuan(3000)}, {"platform_order_id": "B"}])
def test_records_of_one_refund_that_contradict_each_other_are_said(other):
    sure = refund("R", "A", 5000)
    rows = [sure, attrs.evolve(sure, **other)]

    outcome = run(refunds=rows, erp_refunds=rows)

    assert [("data.refund_conflict", "0.00")] * 2 == found(outcome)
    assert_same_standing(outcome, run(refunds=rows[::-1], erp_refunds=rows[::-1]))
    assert {"refunds", "erp_refunds"} == {one.keys["side"] for one in outcome.discrepancies}
    assert {"an earlier version", "no bills given"} == set(outcome.records["refunds"]["verdict"])


def test_of_two_records_of_a_refund_the_one_that_names_its_order_counts():
    rows = [refund("R", number, 5000) for number in (None, "A")]

    for given in (rows, rows[::-1]):
        assert [] == found(run(refunds=given, orders=[order("A", 5000)], transactions=[bill("X", "A", 5000)]))


def test_a_later_export_of_a_refund_is_no_contradiction():
    first = refund("R", "A", 5000, status="approved")
    later = attrs.evolve(first, amount_approved=yuan(4000), approved_at=at(day_of(8)))

    assert [] == found(run(refunds=[first, later, refund("R", "A", 4000, day=9, approved_at=at(day_of(8)))]))


def test_a_refund_whose_amount_has_no_currency_is_refused():
    frame = (
        Table.from_records([refund("R", "A", 5000)])
        .to_polars()
        .with_columns(pl.lit(None, dtype=pl.String).alias("currency"))
    )

    with pytest.raises(InvalidField, match="currency"):
        run(refunds=frame, transactions=[])


def test_a_case_or_parcel_without_an_order_is_no_ones():
    outcome = run(returns=[case("C", None)], shipments=[parcel("SF1", None, direction="reship")])

    assert ["refund_delayed"] == types(outcome)


@pytest.mark.parametrize("side", ["refunds", "returns", "transactions", "lines", "erp_refunds", "orders", "movements"])
def test_a_side_of_other_records_is_refused(side):
    with pytest.raises(InputError):
        run(**{side: [parcel("SF1", "A")]})


@pytest.mark.parametrize(
    "settings",
    [
        {"policy_days": {"no such case": 3}},
        {"policy_days": {"refund_only": -1}},
        {"checklist": {"no such case": ("approval",)}},
        {"checklist": {"refund_only": "approval"}},
        {"checklist": {"refund_only": ("$.x",)}},
        {"statuses_of_cases": {"taobao": {"no such status": "done"}}},
        {"statuses_of_cases": {"taobao": {"refunded": "no such stage"}}},
        {"kinds": {"退款": "no such kind"}},
        {"statuses": {"ok": "no such outcome"}},
    ],
)
def test_settings_that_mean_nothing_are_refused(settings):
    with pytest.raises(InputError):
        AfterSales(**settings)


def test_the_days_to_apply_and_all_due_rules_are_the_callers_to_set():
    sides = {"orders": [order("A", 5000)], "returns": [case("C", "A", day=9, approved_at=None, status="applied")]}
    assert [] == types(run(**sides))
    assert ["late_application"] == types(run(AfterSales(as_of=AS_OF, policy_days={"refund_only": 4}), **sides))

    patient = AfterSales(as_of=AS_OF, arrival=DueRules(DueRule(grace=99)))
    assert [] == types(run(patient, refunds=[refund("R", "A", 5000)], transactions=[]))


def test_an_own_check_is_heard_once():
    def big(sides):
        return (
            sides["refunds"]
            .filter(pl.col("minor") > 100_000)
            .select(pl.lit("refunds").alias("side"), "row", pl.lit("look at it").alias("reason"))
        )

    settings = AfterSales(as_of=AS_OF, own_checks={"big": big})
    outcome = run(settings, refunds=[refund("R", "A", 200_000)], transactions=[bill("R", "A", 200_000)])

    assert [("custom.big", "R")] == [(one.type, one.keys["refund_id"]) for one in outcome.discrepancies]


def test_a_row_that_is_edited_later_takes_the_place_of_the_carried_one():
    first = run(refunds=[refund("R", "A", 5000)], transactions=[bill("R", "A", 4000)])
    second = run(transactions=[bill("R", "A", 5000)], opening=first.carry_forward)

    assert [("refund_amount_mismatch", "-10.00")] == found(first)
    assert [] == found(second)
    assert ["gone"] == second.compare(first)["change"].to_list()


def test_an_order_is_remembered_as_a_whole_while_one_record_of_it_is_open_and_forgotten_later():
    sides = {
        "orders": [order("A", 5000), order("B", 5000)],
        "returns": [case("C", "A"), case("D", "B")],
        "refunds": [refund("R", "A", 5000, return_id="C"), refund("S", "B", 5000, return_id="D")],
        "transactions": [bill("S", "B", 5000)],
    }
    much_later = AfterSales(as_of=dt.date(2027, 3, 1))

    outcome = run(much_later, **sides)
    kept = {name: [*table.to_polars()[id_]] for name, id_, table in _kept(outcome)}
    again = run(much_later, transactions=[], opening=outcome.carry_forward)

    assert {"orders": ["A"], "returns": ["C"], "refunds": ["R"], "transactions": []} == kept
    assert [("refund_not_arrived", "-50.00")] == found(outcome) == found(again)


def test_a_refund_that_was_paid_late_is_not_remembered_for_ever():
    slow = refund("R", "A", 5000, day=20, approved_at=at(day_of(5)))
    settings = [AfterSales(as_of=day) for day in (AS_OF, dt.date(2027, 3, 1))]

    outcomes = [run(one, refunds=[slow], transactions=[bill("R", "A", 5000, day=20)]) for one in settings]

    assert [1, 0] == [len(outcome.carry_forward.sides["refunds"]) for outcome in outcomes]


def _kept(outcome):
    ids = {
        "orders": "platform_order_id",
        "returns": "return_id",
        "refunds": "refund_id",
        "transactions": "channel_refund_id",
    }
    return [(name, id_, outcome.carry_forward.sides[name]) for name, id_ in ids.items()]


def test_a_refund_of_another_period_is_none_of_this_one():
    september = refund("R", "A", 5000, day=-5)

    outcome = run(AfterSales(period="2026-10"), refunds=[september], transactions=[], returns=[case("C", "A", day=-6)])

    assert [] == found(outcome)
    assert ["another period"] == outcome.records["refunds"]["verdict"].to_list()


def test_what_the_books_say_again_is_one_thing_with_the_platforms_to_whoever_follows_the_order():
    outcome = run(
        orders=[order("A", 17000)],
        returns=[case("C", "A")],
        refunds=[refund("R", "A", 17000, version="1", return_id="C")],
        transactions=[bill("R", "A", 17000)],
        erp_refunds=[refund("R", "A", 16000)],
        erp_returns=[case("C", "A")],
        erp_orders=[order("A", 17000)],
    )

    chain = Chain([outcome])

    assert chain.proof.holds
    assert [-17000] == chain.orders["refunds_minor"].to_list()


# Events


def test_refunds_that_succeeded_are_posted_once_with_the_funding_that_they_take_back():
    refunds = [
        refund("R", "A", 17000, platform_subsidy_clawback=yuan(2000), return_id="C"),
        refund("S", "B", 5000, return_id="D"),
        refund("W", "E", 900, status="approved"),
    ]
    cases = [case("C", "A"), case("D", "B", "compensation")]
    first = run(refunds=refunds, returns=cases)
    again = run(refunds=[], opening=first.carry_forward)

    other, one = first.events
    assert ("aftersale.refund", "190.00", "R") == (one.kind, str(one.amount.amount), one.details["refund_id"])
    assert ("aftersale.compensation", "50.00", "S") == (
        other.kind,
        str(other.amount.amount),
        other.details["refund_id"],
    )
    assert ("taobao shop 1 2026-10-06", "refund_only") == (one.document, one.details["case"])
    (check,) = (check for check in first.proof.checks if check.name == "events")
    assert (24000, {"events": 19000, "compensations": 5000}) == (check.total, dict(check.parts))
    assert 0 == len(again.events)


def test_a_refund_that_succeeds_later_is_posted_by_the_run_that_sees_it():
    first = run(AfterSales(as_of=day_of(6)), refunds=[refund("R", "A", 5000, status="approved")])
    second = run(refunds=[refund("R", "A", 5000, day=8)], opening=first.carry_forward)

    assert [0, 1] == [len(first.events), len(second.events)]


def test_a_refund_that_succeeds_after_the_month_in_which_it_is_on_a_bill_is_posted_by_the_next():
    overnight = refund("R", "A", 5000, day=31, succeeded_at=at(dt.date(2026, 11, 1)))

    october = run(AfterSales(period="2026-10"), refunds=[overnight], transactions=[bill("R", "A", 5000, day=31)])
    november = run(AfterSales(period="2026-11"), transactions=[], opening=october.carry_forward)
    december = run(AfterSales(period="2026-12"), transactions=[], opening=november.carry_forward)

    assert [[]] * 3 == [found(outcome) for outcome in (october, november, december)]
    kinds = [[event.kind for event in outcome.events] for outcome in (october, november, december)]
    assert [["aftersale.refund_approved", "aftersale.refund_owed"], ["aftersale.refund"], []] == kinds


def back_in(book=None, day=8, **named):
    return attrs.evolve(movement("M1", day=day, **named), book_id=book)


def not_back(cases, movement):
    """The books whose goods are said not to be back: a case is refunded in each, and one movement is there."""
    refunds = [
        attrs.evolve(refund("R1", f"A{one.return_id}", 5_000), book_id=one.book_id, return_id=one.return_id)
        for one in cases
    ]
    outcome = AfterSales(as_of=dt.date(2026, 12, 31)).run(refunds=refunds, returns=cases, movements=[movement])
    found = [one for one in outcome.discrepancies if one.type == "aftersale.refund_without_return"]
    return sorted(str(one.keys.get("book_id")) for one in found)


def test_goods_that_came_back_in_one_book_are_not_back_in_another():
    cases = [
        attrs.evolve(case("C1", "AC1", "return_refund", return_tracking_no="SF1234567890123"), book_id=book)
        for book in ("north", "south")
    ]

    assert ["south"] == not_back(cases, back_in("north", return_id="C1"))
    assert ["south"] == not_back(cases, back_in("north", tracking_no="SF1234567890123"))


def test_goods_are_back_by_the_number_of_their_parcel_however_it_is_written():
    written = [case("C1", "AC1", "return_refund", return_tracking_no="sf 1234567890123")]
    placeholder = [case("C1", "AC1", "return_refund", return_tracking_no="0")]

    assert [] == not_back(written, back_in(tracking_no="SF1234567890123"))
    assert ["None"] == not_back(placeholder, back_in(tracking_no="0"))


def test_a_parcel_of_last_year_under_a_number_that_was_given_again_brings_nothing_back():
    cases = [case("C1", "AC1", "return_refund", return_tracking_no="SF1234567890123")]

    assert ["None"] == not_back(cases, back_in(day=-300, tracking_no="SF1234567890123"))


def _two_refunds(**sides):
    """What is found of 331.96 and 115.00 that go back to one buyer, one of them short by 0.77 and without its number."""
    refunds = [refund("R1", "A1", 33_196), refund("R2", "A1", 11_500)]
    outcome = AfterSales(as_of=AS_OF).run(refunds=refunds, orders=[order("A1", 50_000)], **sides)
    assert [] == list(outcome.proof.failures)
    return [(one.type, one.keys.get("refund_id"), str(one.impact.amount)) for one in outcome.discrepancies]


def test_a_part_without_its_number_is_not_that_of_a_refund_which_was_paid_in_full_elsewhere():
    """One refund was taken from what is not settled yet, the other went through the channel: neither is paid by both."""
    short = [("aftersale.refund_amount_mismatch", "R2", "-0.77")]
    nameless = attrs.evolve(bill("R2", "A1", 11_423), channel_refund_id=None)

    assert short == _two_refunds(transactions=[nameless], lines=[line("L1", "A1", -33_196, refund_id="R1")])
    assert short == _two_refunds(transactions=[bill("R1", "A1", 33_196)], lines=[line("L2", "A1", -11_423)])


def test_what_a_settlement_sums_up_of_refunds_on_bills_is_seen_twice_and_paid_once():
    bills = [bill("R1", "A1", 33_196), bill("R2", "A1", 11_500)]
    nameless = [attrs.evolve(bill(f"P{minor}", "A1", minor), channel_refund_id=None) for minor in (20_000, 24_696)]
    named = [line("L1", "A1", -33_196, refund_id="R1"), line("L2", "A1", -11_500, refund_id="R2")]

    assert [] == _two_refunds(transactions=bills, lines=[line("L1", "A1", -44_696)])
    assert [] == _two_refunds(transactions=nameless, lines=named)
