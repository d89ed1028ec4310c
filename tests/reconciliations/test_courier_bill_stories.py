"""Stories in which a careless audit would claim what is owed, or accept what is not."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from courier_world import SHANGHAI, card, charge, found, impacts, run, shipment
from moneyed import Money

from tieout.model import CourierInvoice, Place, Return, ReturnKind, ReturnStatus

PLAIN = """
[[versions]]
id = "2026"
from = 2025-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
volumetric = { mode = "full", divisor = 8000 }
returns = { mode = "share", percent = 50 }
prices = { model = "first_continued", first_weight = 1, first = 4.00, step = 1, continued = 1.20 }
"""
CARD = card(PLAIN, terms="cod_due_days = 5\nlost = { freight_multiple = 3 }")


def ours(number: str = "A1", weight: str = "0.8", **fields):
    return shipment(number, weight, **fields)


def claimed(outcome) -> list[str]:
    return sorted(outcome.claims()["claimed"].to_list())


# Taken back, given back, charged anew


def test_a_charge_taken_back_on_an_earlier_bill_is_no_first_charge():
    past = [charge("A1", "9.99", bill_no="B0"), charge("A1", "-9.99", bill_no="B0")]

    assert [] == found(run(CARD, [ours()], [charge("A1", "4.00")], history=past))


def test_a_charge_of_an_earlier_bill_may_be_taken_back_and_charged_anew_on_this_one():
    lines = [charge("A1", "-9.99"), charge("A1", "4.00")]

    assert [] == found(run(CARD, [ours()], lines, history=[charge("A1", "9.99", bill_no="B0")]))


@pytest.mark.parametrize("kind", ["base", "adjustment", "discount", "void_credit"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_partial_credit_counts_whatever_it_is_called_and_wherever_it_stands(kind, turned):
    lines = [charge("A1", "5.20"), charge("A1", "-1.20", kind=kind)]

    assert [] == found(run(CARD, [ours()], lines[::-1] if turned else lines))


def test_a_voided_label_that_was_credited_needs_no_claim():
    voided = ours(status="voided", picked_up_at=None)

    assert [] == found(run(CARD, [voided], [charge("A1", "4.00"), charge("A1", "-4.00", kind="void_credit")]))


def test_a_discount_counts_once_on_whatever_bill_it_stands():
    lines = [charge("A1", "5.20"), charge("A1", "-1.20", kind="discount", bill_no="B2")]

    assert [] == found(run(CARD, [ours()], lines))


def test_a_discount_on_the_way_back_is_taken_off_the_way_back():
    lines = [
        charge("A1", "4.00"),
        charge("A1", "3.00", leg="return"),
        charge("A1", "-1.00", kind="discount", leg="return"),
    ]

    assert [] == found(run(CARD, [ours(status="returned")], lines))


@pytest.mark.parametrize("turned", [False, True])
def test_a_line_of_zero_bills_nothing(turned):
    lines = [charge("A1", "4.00"), charge("A1", "0.00")]

    assert [] == found(run(CARD, [ours()], lines[::-1] if turned else lines))


# Charged again


@pytest.mark.parametrize("turned", [False, True])
def test_a_supplement_that_makes_the_price_right_is_no_duplicate(turned):
    lines = [charge("A1", "4.00"), charge("A1", "1.20")]
    heavy = ours(weight="1.8")

    assert [] == found(run(CARD, [heavy], lines[::-1] if turned else lines))
    assert [] == found(run(CARD, [heavy], lines[1:], history=[charge("A1", "4.00", bill_no="B0")]))


def test_a_second_charge_after_the_contract_price_is_claimed_at_any_amount():
    outcome = run(CARD, [ours()], [charge("A1", "1.20")], history=[charge("A1", "4.00", bill_no="B0")])

    assert [("courier.duplicate", "1.20")] == found(outcome)
    assert ["1.20"] == claimed(outcome)


def test_another_charge_that_nothing_explains_is_listed_and_not_claimed():
    outcome = run(CARD, [ours(weight="1.8")], [charge("A1", "0.70")], history=[charge("A1", "4.00", bill_no="B0")])

    assert [("courier.duplicate", "0.70")] == found(outcome)
    assert [] == claimed(outcome)


def test_the_bill_under_audit_is_no_history_of_itself():
    assert [] == found(run(CARD, [ours()], [charge("A1", "4.00")], history=[charge("A1", "4.00")]))


def test_another_carriers_number_is_another_parcel():
    past = [charge("A1", "15.00", carrier="sf", bill_no="S1")]

    assert [] == found(run(CARD, [ours()], [charge("A1", "4.00")], history=past))


@pytest.mark.parametrize(("day", "types"), [(date(2027, 1, 5), ["courier.duplicate"]), (date(2027, 1, 7), [])])
def test_a_number_lives_for_a_year(day, types):
    parcel = ours(day=day, picked_up_at=datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI))
    outcome = run(CARD, [parcel], [charge("A1", "4.00", ship_date=day)], history=[charge("A1", "4.00", bill_no="B0")])

    assert types == [kind for kind, _ in found(outcome)]


# Whose parcel


def test_a_number_of_ours_that_a_spreadsheet_cut_short_makes_no_claim():
    outcome = run(CARD, [ours("4.00123E+12")], [charge("4001234567890", "4.00", "0.8")], as_of=date(2026, 6, 1))

    assert ["courier.not_ours", "data.id_precision_lost"] == [kind for kind, _ in found(outcome)]
    assert [] == claimed(outcome)
    assert [] == [event.kind for event in outcome.events if event.kind == "courier.unbilled"]


@pytest.mark.parametrize("name", ["中通快递", "ZTO"])
def test_carriers_are_the_same_by_any_of_their_names(name):
    named = card(PLAIN, carrier=name)

    assert [] == found(run(named, [ours(carrier="zto")], [charge("A1", "4.00", carrier="中通")]))


def test_an_unknown_carrier_name_is_not_another_carrier():
    assert [] == found(run(CARD, [ours(carrier="our own van")], [charge("A1", "4.00")]))


def test_a_charge_of_another_carrier_is_left_alone():
    outcome = run(CARD, [ours()], [charge("A1", "4.00", carrier="sf")])

    assert [("data.other_carrier", "0.00")] == found(outcome)


def close(number: str, weight: str = "0.8", **fields):
    return charge(number, "4.00", weight, **fields)


def test_a_damaged_number_is_a_parcels_when_weight_and_day_agree():
    outcome = run(CARD, [ours("ZT7801234567")], [close("ZT7801234568", "0.85")])

    assert [] == found(outcome)
    assert ["tracking number one edit apart"] == outcome.matches["rule"].to_list()


@pytest.mark.parametrize(
    "line",
    [close("ZT7801234568", "0.86"), close("ZT7801234568", ship_date=date(2026, 1, 9)), close("ZT7801234568", None)],
)
def test_a_number_one_digit_away_without_agreement_is_named_and_no_more(line):
    outcome = run(CARD, [ours("ZT7801234567")], [line])

    (finding,) = outcome.discrepancies
    assert ("courier.not_ours", "ZT7801234567") == (finding.type, finding.evidence["nearest_tracking_no"])


def test_a_parcel_charged_before_under_its_own_number_takes_no_damaged_one():
    past = [charge("ZT7801234567", "4.00", "0.8", bill_no="B0")]
    outcome = run(CARD, [ours("ZT7801234567")], [close("ZT7801234568")], history=past)

    assert ["courier.not_ours"] == [kind for kind, _ in found(outcome)]


# Ways back


def case(kind=ReturnKind.RETURN_REFUND, **fields):
    return Return(return_id=fields.pop("return_id", "R1"), kind=kind, outbound_tracking_no="A1", **fields)


def test_two_returns_of_one_order_are_two_parcels():
    cases = [case(return_tracking_no="R7"), case(return_id="R2", return_tracking_no="R8")]
    lines = [charge("A1", "4.00"), charge("R7", "2.00"), charge("R8", "2.00")]

    assert [] == found(run(CARD, [ours()], lines, returns=cases))


@pytest.mark.parametrize(
    "refused", [case(ReturnKind.PRICE_ADJUST), case(ReturnKind.RETURN_REFUND, status=ReturnStatus.CANCELLED)]
)
def test_a_case_in_which_nothing_comes_back_explains_no_way_back(refused):
    lines = [charge("A1", "4.00"), charge("A1", "2.00", kind="return_to_sender")]

    assert [("courier.return_without_record", "2.00")] == found(run(CARD, [ours()], lines, returns=[refused]))


def test_a_reship_under_the_same_number_is_a_way_of_its_own():
    assert [] == found(run(CARD, [ours()], [charge("A1", "4.00"), charge("A1", "4.00", leg="reship")]))


# Weights, fees, terms


@pytest.mark.parametrize(
    ("our_kg", "actual_kg", "billed_kg", "is_claimed"),
    [
        ("0.99", "1.01", "2", False),  # 20 g apart, though rounded to a kilogram more
        ("0.94", "1.00", "1.01", True),  # beyond 50 g
        ("1.99", "2.05", "3", True),  # 60 g: 3 % of 1.99 kg is 59.7 g
        ("1.99", "2.049", "3", False),  # 59 g
    ],
)
def test_a_weight_is_disputed_by_what_was_measured(our_kg, actual_kg, billed_kg, is_claimed):
    line = charge("A1", "6.40" if billed_kg == "3" else "5.20", billed_kg, actual_weight_g=Decimal(actual_kg) * 1000)
    outcome = run(CARD, [ours(weight=our_kg)], [line])

    assert ["courier.overweight"] == [kind for kind, _ in found(outcome)]
    assert is_claimed is bool(claimed(outcome))


def test_a_volume_charge_that_the_contract_has_in_its_freight_is_part_of_it():
    box = ours(length_cm=Decimal(40), width_cm=Decimal(30), height_cm=Decimal(20))  # 3 kg by volume: 6.40

    assert [] == found(run(CARD, [box], [charge("A1", "4.00"), charge("A1", "2.40", kind="volumetric_diff")]))


def test_labels_that_the_contract_charges_when_voided_are_owed():
    charging = card(PLAIN, terms='voided_labels = "charged"')

    assert [] == found(run(charging, [ours(status="voided", picked_up_at=None)], [charge("A1", "4.00")]))


def test_a_label_voided_in_the_system_of_a_parcel_that_was_signed_for_was_used():
    assert [] == found(run(CARD, [ours(voided_at=datetime(2026, 1, 5, 9, tzinfo=SHANGHAI))], [charge("A1", "4.00")]))


def test_a_header_may_hold_adjustments_and_is_never_claimed():
    head = CourierInvoice(bill_no="B1", currency="CNY", total=Money("9.00", "CNY"), adjustments=Money("5.00", "CNY"))
    off = CourierInvoice(bill_no="B1", currency="CNY", total=Money("9.00", "CNY"))

    assert [] == found(run(CARD, [ours()], [charge("A1", "4.00")], invoices=[head]))
    outcome = run(CARD, [ours()], [charge("A1", "4.00")], invoices=[off])
    assert [("courier.bill_total_mismatch", "5.00")] == found(outcome)
    assert [] == claimed(outcome)


def test_lines_without_a_bill_number_belong_to_the_only_header():
    head = CourierInvoice(bill_no="B1", currency="CNY", total=Money("4.00", "CNY"))

    assert [] == found(run(CARD, [ours()], [charge("A1", "4.00", bill_no=None)], invoices=[head]))


def test_a_header_in_another_currency_does_not_break_the_proof():
    head = CourierInvoice(bill_no="B1", currency="USD", total=Money("5.00", "USD"))

    assert [("courier.bill_total_mismatch", "5.00")] == found(
        run(CARD, [ours()], [charge("A1", "4.00")], invoices=[head])
    )


REBATES = card(
    PLAIN
    + """
[[monthly]]
kind = "volume_tiers"
settlement = "in_bill"
mode = "whole"
direction = "discount_per_parcel"
tiers = [{ from = 2, discount = 0.05 }]
"""
)


def test_a_rebate_may_be_given_parcel_by_parcel():
    parcels = [ours("A1"), ours("A2")]
    lines = [charge("A1", "4.00"), charge("A2", "4.00")]
    given = [charge(number, "-0.05", kind="rebate") for number in ("A1", "A2")]

    assert [("courier.rebate_missing", "0.10")] == found(run(REBATES, parcels, lines, as_of=date(2026, 1, 31)))
    assert [] == found(run(REBATES, parcels, [*lines, *given], as_of=date(2026, 1, 31)))


def test_parcels_of_an_earlier_bill_count_for_the_month():
    parcels = [ours("A1"), ours("A2")]
    past = [charge("A1", "4.00", bill_no="B0")]
    outcome = run(REBATES, parcels, [charge("A2", "4.00")], history=past, as_of=date(2026, 1, 31))

    assert [("courier.rebate_missing", "0.10")] == found(outcome)


def test_two_bills_of_half_a_month_make_a_month():
    halves = [
        CourierInvoice(bill_no="B1", currency="CNY", period_start=date(2026, 1, 1), period_end=date(2026, 1, 15)),
        CourierInvoice(bill_no="B2", currency="CNY", period_start=date(2026, 1, 16), period_end=date(2026, 1, 31)),
    ]
    parcels = [ours("A1"), ours("A2", day=date(2026, 1, 20))]
    lines = [charge("A1", "4.00"), charge("A2", "4.00", bill_no="B2", ship_date=date(2026, 1, 20))]

    assert [("courier.rebate_missing", "0.10")] == found(run(REBATES, parcels, lines, invoices=halves))
    assert [] == found(run(REBATES, parcels, lines, invoices=halves[:1]))


# What no bill names


def test_a_parcel_with_credits_only_still_waits_for_its_freight():
    parcel = ours(cod_amount=Money("50.00", "CNY"))
    outcome = run(CARD, [parcel], [charge("A1", "-50.00", kind="cod_remittance")], as_of=date(2026, 6, 1))

    assert [("courier.unbilled", "-4.00")] == found(outcome)


def test_a_parcel_with_its_way_back_only_still_waits_for_its_freight():
    outcome = run(CARD, [ours(status="returned")], [charge("A1", "2.00", leg="return")], as_of=date(2026, 6, 1))

    assert [("courier.unbilled", "-4.00")] == found(outcome)


def test_freight_of_an_earlier_bill_is_not_missing_on_this_one():
    parcel = ours(cod_amount=Money("50.00", "CNY"))
    past = [charge("A1", "4.00", bill_no="B0")]
    outcome = run(CARD, [parcel], [charge("A1", "1.00", kind="cod_fee")], history=past)

    assert [("courier.surcharge_not_in_contract", "1.00")] == found(outcome)


def test_a_parcel_lost_after_it_was_billed_is_still_owed():
    outcome = run(CARD, [ours(status="lost")], [], history=[charge("A1", "4.00", bill_no="B0")])

    assert [("courier.lost_not_compensated", "12.00")] == found(outcome)


def test_credits_of_an_earlier_bill_count():
    past = [charge("A1", "4.00", bill_no="B0"), charge("A1", "-12.00", kind="compensation", bill_no="B0")]

    assert [] == found(run(CARD, [ours(status="lost")], [], history=past))


# Edges of windows and severities


@pytest.mark.parametrize(("as_of", "types"), [(date(2026, 3, 17), []), (date(2026, 3, 18), ["courier.unbilled"])])
def test_a_parcel_may_be_billed_for_45_days_after_its_month(as_of, types):
    assert types == [kind for kind, _ in found(run(CARD, [ours()], [], as_of=as_of))]


@pytest.mark.parametrize(
    ("day", "types"),
    [
        (date(2025, 12, 18), []),
        (date(2025, 12, 17), ["courier.period_mismatch"]),
        (date(2026, 3, 1), ["courier.period_mismatch"]),
    ],
)
def test_a_bill_may_hold_parcels_of_45_days_before_it(day, types):
    february = CourierInvoice(bill_no="B1", currency="CNY", period_start=date(2026, 2, 1), period_end=date(2026, 2, 28))
    parcel = ours(day=day, picked_up_at=datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI))

    outcome = run(CARD, [parcel], [charge("A1", "4.00", ship_date=day)], invoices=[february])
    assert types == [kind for kind, _ in found(outcome)]


@pytest.mark.parametrize(
    ("amount", "severity"), [("50.00", "low"), ("50.01", "high"), ("4999.99", "high"), ("5000.00", "critical")]
)
def test_severity_follows_the_impact(amount, severity):
    (finding,) = run(CARD, [], [charge("ZZ1", amount)]).discrepancies

    assert severity == finding.severity


def test_a_lines_own_vat_rate_wins_over_the_contracts():
    taxed = card(PLAIN, terms="vat_percent = 6")
    outcome = run(taxed, [ours(), ours("A2")], [charge("A1", "4.00", vat_rate=Decimal("0.09")), charge("A2", "4.00")])

    assert [Decimal("0.06"), Decimal("0.09")] == sorted(e.tax_rate for e in outcome.events if e.kind == "courier.bill")


def test_another_test_that_a_line_fails_is_recorded_beside_the_first():
    head = CourierInvoice(bill_no="B1", currency="CNY", period_start=date(2026, 2, 1), period_end=date(2026, 2, 28))
    old = ours(day=date(2025, 6, 1), picked_up_at=datetime(2025, 6, 1, 9, tzinfo=SHANGHAI))
    (finding,) = run(CARD, [old], [charge("A1", "9.99", ship_date=date(2025, 6, 1))], invoices=[head]).discrepancies

    assert (("courier.period_mismatch",), "courier.unexplained") == (finding.secondary, finding.type)


def test_a_parcel_that_may_have_come_back_is_claimed_only_where_returns_are_known():
    alone, known = (run(CARD, [], [charge("Z1", "9.00")], returns=returns) for returns in (None, []))

    assert [("courier.not_ours", "9.00")] == found(alone) == found(known)
    assert ["Z1"] == known.claims()["tracking_no"].to_list()
    assert 0 == len(alone.claims())
    assert ["courier.bill"] == [one.kind for one in alone.events]


def test_the_largest_claims_come_first():
    outcome = run(CARD, [], [charge("Z1", "1.00"), charge("Z2", "9.00"), charge("Z3", "3.00")], returns=[])

    assert ["9.00", "3.00", "1.00"] == outcome.claims()["claimed"].to_list()
    assert 1300 == impacts(outcome)


def test_a_claim_file_keeps_long_numbers_whole_and_our_own_files_to_ourselves(tmp_path):
    parcel = ours("773012345678901")
    outcome = run(CARD, [parcel], [charge("773012345678901", "5.20", "1.8")])
    outcome.write_claims(tmp_path / "claims.csv")
    text = (tmp_path / "claims.csv").read_text(encoding="utf-8-sig")

    assert "773012345678901\t," in text
    assert "our_weight_kg" in text
    assert "shipments.csv" not in text
    assert "same tracking number" not in text


def sides(length: str):
    return {"length_cm": Decimal(length), "width_cm": Decimal(10), "height_cm": Decimal(10)}


@pytest.mark.parametrize(
    ("parcel", "line", "note"),
    [
        (ours(account_no="K1"), charge("A1", "4.00", account_no="K2"), "courier.wrong_account"),
        (ours(), charge("A1", "4.00", vat_rate=Decimal("0.09")), "courier.vat_rate_mismatch"),
        (
            ours(),
            charge("A1", "4.00", list_amount=Money("5.00", "CNY"), discount_amount=Money("0.50", "CNY")),
            "courier.line_arithmetic",
        ),
        (ours(**sides("20")), charge("A1", "4.00", **sides("21.1")), "courier.wrong_dimensions"),
    ],
)
def test_a_right_price_does_not_hide_a_wrong_fact(parcel, line, note):
    taxed = card(PLAIN, terms="vat_percent = 6")
    dear = charge(
        "A1",
        "9.99",
        account_no=line.account_no,
        vat_rate=line.vat_rate,
        list_amount=line.list_amount,
        discount_amount=line.discount_amount,
        length_cm=line.length_cm,
        width_cm=line.width_cm,
        height_cm=line.height_cm,
    )
    outcome = run(taxed, [parcel], [dear])

    assert [(note, "0.00")] == found(run(taxed, [parcel], [line]))
    assert (note,) == next(iter(outcome.discrepancies)).secondary


def test_right_facts_are_not_noted():
    taxed = card(PLAIN, terms="vat_percent = 6")
    line = charge(
        "A1",
        "4.00",
        account_no="K1",
        vat_rate=Decimal("0.06"),
        list_amount=Money("4.50", "CNY"),
        discount_amount=Money("0.50", "CNY"),
        length_cm=Decimal(10),
        width_cm=Decimal("20.9"),
        height_cm=Decimal(10),
    )

    assert [] == found(run(taxed, [ours(account_no="K1", **sides("20"))], [line]))


@pytest.mark.parametrize("counts", [{"lines": 2}, {"parcels": 2}])
def test_a_header_that_counts_more_than_it_lists_is_noted(counts):
    head = CourierInvoice(bill_no="B1", currency="CNY", total=Money("4.00", "CNY"), **counts)
    right = CourierInvoice(bill_no="B1", currency="CNY", total=Money("4.00", "CNY"), **dict.fromkeys(counts, 1))

    assert [("courier.bill_count_mismatch", "0.00")] == found(
        run(CARD, [ours()], [charge("A1", "4.00")], invoices=[head])
    )
    assert [] == found(run(CARD, [ours()], [charge("A1", "4.00")], invoices=[right]))


# A divisor that goes by the route


BY_ROUTE_TEXT = PLAIN.replace(
    "divisor = 8000 }",
    'divisor = 6000, routes = [{ same = "region", divisor = 12000 }] }\nregions = { "江浙沪" = ["江苏", "浙江", "上海"] }',
)
BY_ROUTE = card(BY_ROUTE_TEXT)
BOX = {"length_cm": Decimal(60), "width_cm": Decimal(40), "height_cm": Decimal(40)}  # 16 kg by 6000, 8 kg by 12000
NEAR, FAR = Place(province="江苏"), Place(province="广东")
NEAR_CITY = Place(province="江苏", city="苏州")


@pytest.mark.parametrize(
    ("origin", "dest", "billed", "kinds"),
    [
        (Place(province="浙江"), NEAR, "22.00", ["courier.wrong_divisor"]),
        (Place(province="浙江"), NEAR, "12.40", []),
        (None, NEAR, "22.00", ["data.route_missing"]),
        (Place(city="杭州"), NEAR, "22.00", ["data.route_missing"]),
        (Place(province="浙江"), FAR, "22.00", []),
        (None, None, "22.00", ["data.route_missing"]),
        (None, NEAR, "12.40", ["data.route_missing"]),
        (None, NEAR, "24.00", ["courier.unexplained"]),
    ],
)
def test_a_bill_is_not_called_right_by_a_divisor_that_nobody_could_tell(origin, dest, billed, kinds):
    """SF's 12,000 holds within a region: without the place of departure nobody knows, and 6,000 was taken without a word."""
    outcome = run(BY_ROUTE, [ours(origin=origin, dest=dest, **BOX)], [charge("A1", billed)])

    assert kinds == [kind for kind, *_ in found(outcome)]
    assert outcome.proof.holds
    if kinds == ["courier.unexplained"]:
        assert ("data.route_missing",) == next(iter(outcome.discrepancies)).secondary
    if kinds == ["data.route_missing"]:
        (finding,) = outcome.discrepancies
        may, taken = ("12000", "6000") if billed == "22.00" else ("6000", "12000")
        assert f"its divisor may be {may} instead of {taken}" in finding.reason
        assert (0, False) == (finding.impact.amount, finding.claimable)


def test_every_route_that_may_hold_is_asked_and_not_only_the_first():
    routes = 'routes = [{ same = "city", divisor = 15000 }, { same = "region", divisor = 12000 }]'
    by_two = BY_ROUTE_TEXT.replace('routes = [{ same = "region", divisor = 12000 }]', routes)
    none_changes = {"length_cm": Decimal(10), "width_cm": Decimal(10), "height_cm": Decimal(50)}  # 1 kg by each of them

    (finding,) = run(card(by_two), [ours(dest=NEAR_CITY, **BOX)], [charge("A1", "22.00")]).discrepancies
    assert "its divisor may be 15000 or 12000 instead of 6000" in finding.reason
    only_later = by_two.replace("15000", "6000")
    (finding,) = run(card(only_later), [ours(dest=NEAR_CITY, **BOX)], [charge("A1", "22.00")]).discrepancies
    assert "its divisor may be 12000 instead of 6000" in finding.reason
    assert [] == found(run(card(by_two), [ours(dest=NEAR_CITY, **none_changes)], [charge("A1", "4.00")]))


def test_a_later_route_that_changes_the_price_is_found_where_the_first_does_not():
    near_own = BY_ROUTE_TEXT.replace(
        'routes = [{ same = "region", divisor = 12000 }]',
        'routes = [{ same = "city", divisor = 6001 }, { same = "region", divisor = 12000 }]',
    )
    assert ["data.route_missing"] == [
        kind for kind, *_ in found(run(card(near_own), [ours(dest=NEAR_CITY, **BOX)], [charge("A1", "22.00")]))
    ]


def test_a_place_that_is_not_recorded_is_no_matter_where_the_price_does_not_rest_on_it():
    small = {name: Decimal(10) for name in BOX}
    fuel = charge("A1", "1.00", kind="remote_area")

    for sized in ({}, small):
        assert [] == found(run(BY_ROUTE, [ours(dest=NEAR, **sized)], [charge("A1", "4.00")]))
    assert ["courier.surcharge_not_in_contract", "data.route_missing"] == sorted(
        kind for kind, *_ in found(run(BY_ROUTE, [ours(dest=NEAR, **BOX)], [charge("A1", "22.00"), fuel]))
    )
