"""A courier's bills run after run: what is carried on, remitted, promised, topped up and looked at by period."""

from datetime import date, datetime
from decimal import Decimal

import attrs
import polars as pl
import pytest
from courier_world import SHANGHAI, card, charge, found, run, shipment
from moneyed import Money
from spread_worlds import assert_same, spread

from tieout.errors import InputError
from tieout.model import CourierInvoice, Discrepancy, Provenance, Return
from tieout.outcome import CarryForward
from tieout.posting import Book, post
from tieout.reconciliations import CourierBill

PLAIN = """
[[versions]]
id = "2026"
from = 2025-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
returns = { mode = "share", percent = 50 }
prices = { model = "first_continued", first_weight = 1, first = 4.00, step = 1, continued = 1.20 }
[[versions.surcharges]]
charge_type = "cod_fee"
when = "cod"
percent = 2
of = "cod_amount"
"""
CARD = card(PLAIN, terms="vat_percent = 6")
AS_OF = date(2026, 1, 31)


def verdicts(outcome):
    return outcome.lines["verdict"].to_list()


def items(outcome):
    return outcome.carry_forward.items.select("what", "tracking_no", "charge_type").rows()


# Cash


def cash_parcel(signed=date(2026, 1, 8)):
    at = datetime(signed.year, signed.month, signed.day, 12, tzinfo=SHANGHAI)
    return shipment("A1", "0.8", cod_amount=Money("190.00", "CNY"), signed_at=at)


def remitted(amount="-190.00", fee="3.80"):
    return [
        charge("A1", amount, kind="cod_remittance", bill_no="COD-1"),
        charge("A1", fee, kind="cod_fee", bill_no="COD-1"),
    ]


def test_cash_is_remitted_less_the_fee_as_v_20_books_it():
    outcome = run(CARD, [cash_parcel()], [charge("A1", "4.00")], remittances=remitted(), as_of=AS_OF)
    book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
    cash = next(
        voucher
        for voucher in post(outcome, book=book, period="2026-01")
        if any(line.role == "ar_cod" for line in voucher.lines)
    )
    sums = {
        role: sum((line.debit or line.credit).amount for line in cash.lines if line.role == role)
        for role in ("bank", "ar_cod")
    }

    assert [] == found(outcome)
    assert {"bank": Decimal("186.20"), "ar_cod": Decimal("190.00")} == sums


@pytest.mark.parametrize(
    ("as_of", "types", "state"),
    [
        (date(2026, 1, 14), [], "not due"),
        (date(2026, 1, 15), [], "in transit"),
        (date(2026, 1, 16), ["courier.cod_not_remitted"], "late"),
        (date(2026, 3, 2), ["courier.cod_not_remitted"], "missing"),
    ],
)
def test_cash_is_awaited_for_seven_days_where_the_contract_says_nothing(as_of, types, state):
    lines = [charge("A1", "4.00"), charge("A1", "3.80", kind="cod_fee")]
    outcome = run(CARD, [cash_parcel()], lines, remittances=[], as_of=as_of)

    assert types == [kind for kind, _ in found(outcome)]
    assert [(state, "A1", "cod_remittance")] == items(outcome)


def test_cash_that_falls_short_is_another_amount():
    outcome = run(CARD, [cash_parcel()], [charge("A1", "4.00")], remittances=remitted("-180.00"), as_of=AS_OF)

    assert [("courier.cod_amount_mismatch", "10.00")] == found(outcome)


def test_a_fee_kept_of_the_cash_and_charged_on_the_bill_is_charged_twice():
    lines = [charge("A1", "4.00"), charge("A1", "3.80", kind="cod_fee")]
    outcome = run(CARD, [cash_parcel()], lines, remittances=remitted(), as_of=AS_OF)

    assert [("courier.duplicate", "3.80")] == found(outcome)


# Accepted claims


def claim(**fields):
    keys = {"bill_no": "B1", "carrier": "zto", "tracking_no": "A1", "charge_type": "base", "leg": "outbound"}
    given = {"due_on": date(2026, 1, 20), "state": "claim_accepted", "impact": Money("1.20", "CNY"), **fields}
    return Discrepancy(discrepancy_id="C1", type="courier.overweight", severity="low", keys=keys, **given)


HEAVY = charge("A1", "5.20", "1.8")


@pytest.mark.parametrize(
    ("as_of", "types"),
    [(date(2026, 3, 5), []), (date(2026, 3, 6), ["courier.credit_missing"])],
)
def test_what_the_courier_accepted_is_a_matter_of_time_for_45_days(as_of, types):
    outcome = run(CARD, [shipment("A1", "0.8")], [HEAVY], claims=[claim()], as_of=as_of)

    assert types == [kind for kind, _ in found(outcome)]


def test_a_claim_that_is_not_accepted_leaves_the_line_disputed():
    outcome = run(CARD, [shipment("A1", "0.8")], [HEAVY], claims=[claim(state="claimed")], as_of=AS_OF)

    assert [("courier.overweight", "1.20")] == found(outcome)


def test_the_credit_of_an_accepted_claim_is_a_credit_note():
    credit = charge("A1", "-1.20", kind="adjustment", bill_no="B2")
    january = run(CARD, [shipment("A1", "0.8")], [HEAVY], as_of=AS_OF)
    february = run(CARD, [], [credit], claims=[claim()], opening=january.carry_forward, as_of=date(2026, 2, 28))

    assert [("courier.overweight", "1.20")] == found(january)
    assert [] == found(february)
    assert [("courier.credit_note", Decimal("-1.20"))] == [(one.kind, one.amount.amount) for one in february.events]


def test_an_accepted_claim_of_a_bill_long_gone_is_looked_for_among_credits():
    part = [charge("A1", "-0.50", kind="adjustment", bill_no="B9")]
    late = date(2026, 4, 30)

    assert [("courier.credit_missing", "0.70")] == found(
        run(CARD, [shipment("A1", "0.8")], part, history=[HEAVY], claims=[claim()], as_of=late)
    )


# Ways back


@pytest.mark.parametrize(
    ("bearer", "types"),
    [
        ("merchant", []),
        (None, []),
        ("buyer", ["courier.return_freight_not_ours"]),
        ("courier", ["courier.return_freight_not_ours"]),
    ],
)
def test_a_way_back_that_another_pays_is_not_ours(bearer, types):
    case = Return(return_id="R1", kind="rejected", outbound_tracking_no="A1", freight_bearer=bearer)
    lines = [charge("A1", "4.00"), charge("A1", "2.00", kind="return_to_sender")]
    outcome = run(CARD, [shipment("A1", "0.8")], lines, returns=[case])

    assert types == [kind for kind, _ in found(outcome)]
    assert ["2.00"] * (bearer == "courier") == outcome.claims()["claimed"].to_list()


def test_of_a_round_trip_only_the_way_back_is_anothers():
    case = Return(return_id="R1", kind="rejected", outbound_tracking_no="A1", freight_bearer="buyer")
    both = charge("A1", "6.00", kind="all_in", leg="round_trip")

    assert [("courier.return_freight_not_ours", "2.00")] == found(
        run(CARD, [shipment("A1", "0.8")], [both], returns=[case])
    )


# Supplements


@pytest.mark.parametrize("is_history", [False, True])
def test_a_supplement_is_named_and_compared_as_a_sum(is_history):
    first, right, wrong = (
        charge("A1", "4.00", "0.8"),
        charge("A1", "1.20", bill_no="B2"),
        charge("A1", "2.40", "2.8", bill_no="B2"),
    )
    sides = {"history": [first]} if is_history else {}
    before = [] if is_history else [first]
    heavy = shipment("A1", "1.8")
    topped_up = run(CARD, [heavy], [*before, right], **sides)
    too_much = run(CARD, [heavy], [*before, wrong], **sides)

    assert "supplement" == verdicts(topped_up)[-1]
    assert "B1" == topped_up.lines["charged_on"].to_list()[-1]
    assert [("courier.overweight", "1.20")] == found(too_much)
    assert ["B2"] == [one.keys["bill_no"] for one in too_much.discrepancies]


# From run to run


def numbered(number, amount, line, *, bill="B1", sha="b", **fields):
    return charge(
        number, amount, bill_no=bill, provenance=Provenance(file=f"{bill}.csv", sha256=sha * 64, line=line), **fields
    )


def test_a_bill_that_is_read_again_counts_once_and_an_edited_line_takes_the_place_of_the_old_one():
    parcels = [shipment("A1", "0.8"), shipment("A2", "0.8")]
    first = run(CARD, parcels, [numbered("A1", "5.20", 2), numbered("A2", "4.00", 3)], as_of=AS_OF)
    again = [numbered("A1", "4.00", 2, sha="c"), numbered("A2", "4.00", 3, sha="c")]
    second = run(CARD, parcels, again, opening=first.carry_forward, as_of=AS_OF)
    twice = run(CARD, parcels, [*again, *again], as_of=AS_OF)

    assert ["1.20"] == [impact for _, impact in found(first)]
    assert [] == found(second) == found(twice)
    assert ["gone"] == second.compare(first)["change"].to_list()
    assert 2 == verdicts(twice).count("listed_twice")


def test_a_charge_is_known_again_after_its_records_were_forgotten():
    opening = run(CARD, [shipment("A1", "0.8")], [numbered("A1", "4.00", 2)], as_of=AS_OF).carry_forward
    july = run(CARD, [], [], opening=opening, as_of=date(2026, 7, 1))
    august = run(CARD, [], [numbered("A1", "4.00", 2, bill="B8")], opening=july.carry_forward, as_of=date(2026, 8, 31))

    assert 0 == len(july.carry_forward.sides["charges"])
    assert [("courier.duplicate", "4.00")] == found(august)


def test_a_forgotten_bill_that_is_read_again_is_no_history_of_itself():
    parcel, line = shipment("A1", "0.8"), numbered("A1", "4.00", 2)
    opening = run(CARD, [parcel], [line], as_of=AS_OF).carry_forward
    july = run(CARD, [], [], opening=opening, as_of=date(2026, 7, 1))

    assert [] == found(run(CARD, [parcel], [line], opening=july.carry_forward, as_of=date(2026, 7, 2)))


def test_a_header_that_agreed_is_not_missed_lines_of_when_one_of_them_stays_open():
    head = CourierInvoice(
        bill_no="B1", currency="CNY", period_start=date(2026, 1, 1), period_end=AS_OF, total=Money("13.99", "CNY")
    )
    lines = [numbered("A1", "4.00", 2), numbered("A2", "9.99", 3)]
    parcels = [shipment("A1", "0.8"), shipment("A2", "0.8")]
    opening = run(CARD, parcels, lines, invoices=[head], as_of=AS_OF).carry_forward
    for day in (date(2026, 7, 1), date(2026, 8, 1)):
        outcome = run(CARD, [], [], opening=opening, as_of=day)
        opening = outcome.carry_forward

    assert [("courier.unexplained", "5.99")] == found(outcome)
    assert ["A2"] == [one.tracking_no for one in opening.sides["charges"]]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        (charge(None, "9.90", kind="late_payment"), [("courier.late_fee", "9.90")]),
        (charge("4.00001E+12", "3.60"), [("data.id_precision_lost", "3.60")]),
    ],
)
def test_a_line_of_no_parcel_that_is_wrong_is_not_forgotten(line, wrong):
    opening = run(CARD, [shipment("A1", "0.8")], [charge("A1", "4.00"), line], as_of=AS_OF).carry_forward
    for day in (date(2026, 7, 1), date(2026, 8, 1)):
        outcome = run(CARD, [], [], opening=opening, as_of=day)
        opening = outcome.carry_forward

    assert wrong == found(outcome)
    assert [line.tracking_no] == [one.tracking_no for one in opening.sides["charges"]]


FEBRUARY = date(2026, 2, 3)


def february_bill():
    return {
        "shipments": [shipment("A1", "0.8"), shipment("A2", "0.8", FEBRUARY)],
        "charges": [
            numbered("A1", "4.00", 2),
            numbered("A2", "5.20", 3, bill="B2", ship_date=FEBRUARY, billed_weight_g=Decimal(1800)),
        ],
        "invoices": [
            CourierInvoice(bill_no="B1", currency="CNY", period_end=AS_OF, total=Money("4.00", "CNY")),
            CourierInvoice(bill_no="B2", currency="CNY", period_end=date(2026, 2, 28), total=Money("5.20", "CNY")),
        ],
    }


def posted(outcome):
    return [(event.document, event.kind, str(event.amount.amount)) for event in outcome.events]


@pytest.mark.parametrize("anew", [{"shipments": [], "charges": []}, february_bill()], ids=["opening", "again"])
@pytest.mark.parametrize("as_of", [None, date(2026, 12, 31)], ids=["at once", "late"])
def test_a_bill_given_before_its_month_is_compared_and_posted_once_in_it(anew, as_of, tmp_path):
    monthly = [CourierBill(rate_card=CARD, period=f"2026-0{month}", as_of=as_of) for month in (1, 2, 3)]
    january = monthly[0].run(**february_bill())
    january.carry_forward.save(tmp_path / "carried")
    february = monthly[1].run(**anew, opening=CarryForward.load(tmp_path / "carried"))
    march = monthly[2].run(shipments=[], charges=[], opening=february.carry_forward)

    assert {"charges": ["B2"], "invoices": ["B2"]} == {
        name: [one.bill_no for one in january.carry_forward.later[name]] for name in ("charges", "invoices")
    }
    assert ["A2"] == [one.tracking_no for one in january.carry_forward.later["shipments"]]
    assert [("B1", "courier.bill", "4.00")] == posted(january)
    assert [("B2", "courier.bill", "4.00"), ("B2", "courier.dispute", "1.20")] == posted(february)
    assert [] == posted(march)
    assert [[], [("courier.overweight", "1.20")], [("courier.overweight", "1.20")]] == [
        found(outcome) for outcome in (january, february, march)
    ]
    assert all(outcome.proof.holds for outcome in (january, february, march))


def test_charges_without_a_number_have_that_of_the_header_given_with_them_while_others_wait():
    january = CourierBill(rate_card=CARD, period="2026-01").run(**february_bill())
    head = CourierInvoice(bill_no="B3", currency="CNY", period_end=date(2026, 2, 28), total=Money("4.00", "CNY"))
    february = CourierBill(rate_card=CARD, period="2026-02").run(
        shipments=[shipment("A3", "0.8", FEBRUARY)],
        charges=[charge("A3", "4.00", bill_no=None, ship_date=FEBRUARY)],
        invoices=[head],
        opening=january.carry_forward,
    )

    assert {"A1": "B1", "A2": "B2", "A3": "B3"} == dict(february.lines.select("tracking_no", "bill_no").iter_rows())


def test_a_line_of_january_on_the_bill_of_february_belongs_to_january():
    parcels = [shipment("A1", "0.8"), shipment("A2", "0.8", date(2026, 2, 3))]
    lines = [charge("A1", "4.00", bill_no="B2"), charge("A2", "4.00", bill_no="B2", ship_date=date(2026, 2, 3))]
    january = CourierBill(rate_card=CARD, period="2026-01").run(shipments=parcels[:1], charges=[])
    both = CourierBill(rate_card=CARD, period="2026-01").run(shipments=parcels, charges=lines)
    february = CourierBill(rate_card=CARD, period="2026-02").run(
        shipments=parcels[1:], charges=lines, opening=january.carry_forward
    )

    assert [("in transit", "A1", "base")] == items(january)
    assert ["correct", "another_period"] == verdicts(both)
    assert ["correct", "correct"] == verdicts(february)
    for outcome in (january, both, february):
        assert [] == list(outcome.proof.failures)
        assert 0 == len(outcome.discrepancies)


PROMISING = card(
    PLAIN
    + """
[[monthly]]
kind = "volume_tiers"
settlement = "next_month_credit"
mode = "whole"
direction = "discount_per_parcel"
tiers = [{ from = 1, discount = 0.50 }]
"""
)


@pytest.mark.parametrize(
    ("as_of", "state", "types"),
    [
        (date(2026, 2, 27), ["not due"], []),
        (date(2026, 3, 1), ["in transit"], []),
        (date(2026, 4, 15), ["late"], [("courier.rebate_missing", "0.50")]),
        (date(2026, 8, 1), ["missing"], [("courier.rebate_missing", "0.50")]),
    ],
)
def test_a_rebate_promised_for_the_next_bill_is_waited_for(as_of, state, types):
    january = run(PROMISING, [shipment("A1", "0.8")], [charge("A1", "4.00")], as_of=AS_OF)
    later = run(PROMISING, [], [], opening=january.carry_forward, as_of=as_of)
    again = run(PROMISING, [], [], opening=later.carry_forward, as_of=as_of)
    paid = run(PROMISING, [], [charge(None, "-0.50", kind="rebate", bill_no="B2", ship_date=None)], invoices=[
        CourierInvoice(bill_no="B2", currency="CNY", invoice_date=date(2026, 2, 28), period_end=date(2026, 2, 28))
    ], opening=january.carry_forward, as_of=as_of)  # fmt: skip

    assert types == found(later) == found(again)
    assert state == [row[0] for row in items(later)]
    assert [] == found(paid)


def test_books_do_not_mix():
    outcome = run(CARD, [shipment("A1", "0.8", book_id="north")], [charge("A1", "4.00", book_id="south")], as_of=AS_OF)

    assert [("courier.not_ours", "4.00")] == found(outcome)


def test_a_check_of_ones_own_is_added_and_one_of_ours_has_another_severity():
    def too_dear(sides):
        lines = sides["charges"]
        return lines.filter(pl.col("minor") > 500).select(
            pl.lit("charges").alias("side"), "row", pl.lit("dear").alias("reason")
        )

    reconciliation = CourierBill(
        rate_card=CARD,
        own_checks={"dear": too_dear},
        checks={"courier.overweight": "critical", "courier.not_ours": "off"},
    )
    outcome = reconciliation.run(shipments=[shipment("A1", "0.8")], charges=[HEAVY, charge("Z9", "3.00")])

    assert [("courier.overweight", "critical"), ("custom.dear", "info")] == sorted(
        (one.type, one.severity.value) for one in outcome.discrepancies
    )
    assert outcome.proof.holds


def test_a_check_of_ones_own_may_find_nothing():
    def nothing(sides):
        return sides["charges"].clear().select(pl.lit("charges").alias("side"), "row", pl.lit("").alias("reason"))

    outcome = CourierBill(rate_card=CARD, own_checks={"nothing": nothing}).run(
        shipments=[shipment("A1", "0.8")], charges=[HEAVY]
    )

    assert ["courier.overweight"] == [one.type for one in outcome.discrepancies]
    assert outcome.proof.holds


def test_the_currency_is_the_contracts():
    with pytest.raises(InputError, match="the currency is in USD, the contract in CNY"):
        CourierBill(rate_card=CARD, currency="USD")
    assert ("CNY", "") == attrs.astuple(
        CourierBill(rate_card=CARD), filter=lambda field, _: field.name in {"currency", "timezone"}
    )


def test_each_month_books_its_own_of_a_bill_that_goes_on_into_the_next():
    numbers = {"A1": date(2026, 1, 20), "A2": date(2026, 2, 10)}
    parcels = [shipment(number, "0.8", day) for number, day in numbers.items()]
    lines = [charge(number, "4.00", ship_date=day) for number, day in numbers.items()]
    head = CourierInvoice(
        carrier="zto",
        bill_no="B1",
        currency="CNY",
        total=Money("8.00", "CNY"),
        period_start=date(2026, 1, 15),
        period_end=date(2026, 2, 14),
    )
    january, february = (CourierBill(rate_card=CARD, period=month) for month in ("2026-01", "2026-02"))
    first = january.run(shipments=parcels, charges=lines, invoices=[head], returns=[])
    opening = attrs.evolve(first.carry_forward, opens_on=date(2026, 2, 1))
    second = february.run(shipments=[], charges=[], invoices=[], returns=[], opening=opening)

    booked = [(one.kind, one.occurred_on, one.amount.amount) for run_ in (first, second) for one in run_.events]
    assert [
        ("courier.bill", date(2026, 1, 31), Decimal("4.00")),
        ("courier.bill", date(2026, 2, 14), Decimal("4.00")),
    ] == booked


@pytest.mark.parametrize("headed", [True, False])
def test_a_line_of_an_earlier_day_on_a_bill_of_the_period_is_of_it_unless_an_earlier_run_knew_it(headed):
    def line(number, bill, day, at):
        where = Provenance(file=f"{bill}.csv", sha256=bill[-1] * 64, line=at)
        return charge(number, "4.00", "0.8", bill_no=bill, ship_date=day, provenance=where)

    old = [line("A1", "B1", date(2026, 1, 20), 2)]
    before_all = [line("A0", "B0", date(2025, 12, 20), 2)]
    late = [line("A2", "B2", date(2026, 1, 30), 2), line("A3", "B2", date(2026, 2, 2), 3)]
    january, february = (CourierBill(rate_card=CARD, period=month, memory_days=0) for month in ("2026-01", "2026-02"))
    days = {"period_start": date(2026, 2, 1), "period_end": date(2026, 2, 28)}
    head = CourierInvoice(carrier="zto", bill_no="B2", currency="CNY", total=Money("8.00", "CNY"), **days)
    first = january.run(shipments=[shipment("A1", "0.8", date(2026, 1, 20))], charges=[*old, *before_all], returns=[])
    sides = {
        "shipments": [shipment("A3", "0.8", date(2026, 2, 2))],
        "charges": [*before_all, *old, *late],
        "invoices": [head] if headed else [],
        "returns": [],
        "opening": attrs.evolve(first.carry_forward, opens_on=date(2026, 2, 1)),
    }
    second = february.run(**sides)

    assert second.proof.holds
    assert [("courier.not_ours", "4.00")] == found(second)
    assert {"courier.bill": Decimal("4.00"), "courier.dispute": Decimal("4.00")} == {
        one.kind: one.amount.amount for one in second.events
    }
    opening = sides.pop("opening")
    assert_same(second, spread(february, sides, 3, opening=opening).collect())
