"""What must always hold of a courier bill, whatever the rows and their order."""

import random
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from courier_world import billed_less_expected, card, charge, impacts, province, run, shipment
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moneyed import Money

from tieout.errors import InputError, MissingColumn
from tieout.model import CourierCharge, CourierInvoice, Provenance
from tieout.money import Tolerance
from tieout.reconciliations import CourierBill, reconciliation, reconciliations

CONTRACT = """
[[versions]]
id = "2026"
from = 2026-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
returns = { mode = "share", percent = 50 }
[versions.zones]
names = ["near", "far"]
rules = [{ zone = "far", dest_provinces = ["新疆"] }, { zone = "near", dest_provinces = ["广东"] }]
[versions.prices]
model = "first_continued"
first_weight = 1
step = 1
zones = { "near" = { first = 4.00, continued = 1.20 }, "far" = { first = 12.00, continued = 8.00 } }
[versions.fuel]
percent = 5
"""
CARD = card(CONTRACT)
NUMBERS = [f"ZT7800{index}" for index in range(6)] + ["4.0E+12", "zt7800 1", None]


@st.composite
def shipments(draw):
    number = draw(st.sampled_from([number for number in NUMBERS if number is not None]))
    place = draw(st.sampled_from([province("广东"), province("新疆"), None]))
    weight = draw(st.sampled_from(["0.5", "1", "1.001", "2.5", None]))
    status = draw(st.sampled_from(["signed", "voided", "label_created", "returned", "lost", None]))
    day = draw(st.sampled_from([date(2026, 1, 5), date(2026, 2, 5), date(2025, 12, 5)]))
    provenance = Provenance(file="s.csv", sha256="a" * 64, line=draw(st.integers(1, 9)))
    return shipment(number, weight, day, dest=place, status=status, provenance=provenance)


@st.composite
def charges(draw):
    number = draw(st.sampled_from(NUMBERS))
    kind = draw(
        st.sampled_from(
            ["base", "fuel", "all_in", "return_to_sender", "remote_area", "rebate", "discount", "compensation"]
        )
    )
    amount = draw(st.sampled_from(["4.00", "0.20", "5.20", "-4.00", "12.00", "0.00", "7.77"]))
    leg = draw(st.sampled_from(["outbound", "return", "round_trip"]))
    currency = draw(st.sampled_from(["CNY", "CNY", "CNY", "USD"]))
    provenance = Provenance(file="b.csv", sha256="b" * 64, line=draw(st.integers(1, 9)))
    weight = draw(st.sampled_from(["0.5", "1.2", "3", None]))
    bill = draw(st.sampled_from(["B1", "B2", None]))
    return charge(number, amount, weight, kind=kind, leg=leg, currency=currency, bill_no=bill, provenance=provenance)


HOSTILE = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@HOSTILE
@given(
    st.lists(shipments(), max_size=7), st.lists(charges(), max_size=9), st.lists(charges(), max_size=3), st.randoms()
)
def test_the_proof_holds_on_hostile_rows_and_their_order_changes_nothing(parcels, lines, past, chance):
    outcome = run(CARD, parcels, lines, history=past, as_of=date(2026, 6, 30))

    ours = outcome.discrepancies.to_polars().filter(pl.col("source_file") == "b.csv")
    assert billed_less_expected(outcome) == int(ours["impact_minor"].sum())
    assert len(lines) == outcome.lines.height
    assert outcome.discrepancies.to_polars()["discrepancy_id"].is_unique().all()

    shuffled = [chance.sample(rows, len(rows)) for rows in (parcels, lines, past)]
    other = run(CARD, *shuffled[:2], history=shuffled[2], as_of=date(2026, 6, 30))

    assert outcome.discrepancies == other.discrepancies
    assert outcome.events == other.events
    assert outcome.proof == other.proof
    assert 0 == outcome.compare(other).height


def test_running_twice_gives_the_same_bytes():
    parcels = [shipment(f"ZT{index}", "0.8", dest=province("广东")) for index in range(50)]
    lines = [charge(f"ZT{index}", random.Random(index).choice(["4.00", "5.20", "9.99"])) for index in range(50)]
    texts = {run(CARD, parcels, lines).discrepancies.to_polars().write_json() for _ in range(2)}

    assert 1 == len(texts)


def test_a_difference_within_the_tolerance_is_absorbed_and_shown():
    tolerance = Tolerance(currency="CNY", amount=Decimal("0.01"))
    lines = [
        charge("A1", "4.01"),
        charge("A1", "0.20", kind="fuel"),
        charge("A2", "4.02"),
        charge("A2", "0.20", kind="fuel"),
    ]
    parcels = [shipment("A1", "0.8", dest=province("广东")), shipment("A2", "0.8", dest=province("广东"))]
    outcome = run(CARD, parcels, lines, tolerance=tolerance)

    assert ["within_tolerance", "correct", "overcharged", "correct"] == outcome.lines["verdict"].to_list()
    assert 1 == outcome.totals["absorbed by tolerance", "CNY"]
    assert "0.01 CNY" == outcome.parameters["tolerance per line"]


def test_a_tolerance_in_another_currency_is_refused():
    with pytest.raises(InputError, match="tolerance is in USD, the contract in CNY"):
        CourierBill(rate_card=CARD, tolerance=Tolerance.exact("USD"))


def test_a_frame_without_the_needed_column_is_refused_by_name():
    frame = pl.DataFrame({"waybill": ["A1"], "charge_type": ["base"], "amount_minor": [1], "currency": ["CNY"]})

    with pytest.raises(InputError, match="'waybill' belong to no field of CourierCharge"):
        CourierBill(rate_card=CARD).run(shipments=[], charges=frame)
    with pytest.raises(MissingColumn, match="'charge_type'"):
        CourierBill(rate_card=CARD).run(shipments=[], charges=frame.select("amount_minor", "currency"))


def test_frames_and_records_give_the_same_outcome():
    from tieout.tables import Table

    parcels = [shipment("A1", "0.8", dest=province("广东"))]
    lines = [charge("A1", "5.20", "1.8"), charge("A1", "0.20", kind="fuel")]
    of_records = run(CARD, parcels, lines)
    of_frames = run(CARD, Table.from_records(parcels).to_polars(), Table.from_records(lines).to_polars().lazy())
    of_pandas = run(CARD, Table.from_records(parcels).to_pandas(), Table.from_records(lines).to_arrow())

    assert of_records.discrepancies == of_frames.discrepancies == of_pandas.discrepancies


def test_an_event_traces_to_runs_of_lines():
    lines = [
        charge(f"A{index}", "4.00", provenance=Provenance(format="f", file="b.csv", sha256="b" * 64, line=line))
        for index, line in enumerate([5, 6, 7, 9])
    ]
    parcels = [shipment(f"A{index}", "0.8", dest=province("广东")) for index in range(4)]
    outcome = run(CARD, parcels, lines)
    (event,) = [event for event in outcome.events if event.kind == "courier.bill"]

    assert ["b.csv:5-7", "b.csv:9"] == [str(source) for source in event.sources]
    assert Money("16.00", "CNY") == event.amount


def test_a_corrected_bill_keeps_the_ids_of_its_events():
    parcels = [shipment("A1", "0.8", dest=province("广东"))]
    before = run(CARD, parcels, [charge("A1", "4.00")])
    after = run(CARD, parcels, [charge("A1", "4.00"), charge("A1", "0.20", kind="fuel")])

    assert [e.event_id for e in before.events] == [e.event_id for e in after.events]
    assert [e.amount for e in before.events] != [e.amount for e in after.events]


def test_cash_on_the_bill_is_set_off_and_cash_on_a_list_of_its_own_is_received():
    parcel = shipment("A1", "0.8", dest=province("广东"), cod_amount=Money("50.00", "CNY"))
    freight = [charge("A1", "4.00"), charge("A1", "0.20", kind="fuel")]
    on_bill = run(CARD, [parcel], [*freight, charge("A1", "-50.00", kind="cod_remittance")])
    apart = run(CARD, [parcel], [*freight, charge("A1", "-50.00", kind="cod_remittance", bill_no="COD-1")])

    assert {"courier.bill", "courier.cod_set_off"} == {event.kind for event in on_bill.events}
    assert {"courier.bill", "courier.cod_remitted"} == {event.kind for event in apart.events}


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ({"period_end": date(2026, 1, 31), "invoice_date": date(2026, 2, 3)}, date(2026, 1, 31)),
        ({"invoice_date": date(2026, 2, 3)}, date(2026, 2, 3)),
        ({}, date(2026, 1, 5)),
    ],
)
def test_a_bill_is_booked_in_the_period_it_is_for(head, day):
    invoice = CourierInvoice(bill_no="B1", currency="CNY", **head)
    outcome = run(CARD, [shipment("A1", "0.8", dest=province("广东"))], [charge("A1", "4.00")], invoices=[invoice])

    assert {day} == {event.occurred_on for event in outcome.events}


def test_a_frame_without_a_leg_is_of_the_way_out():
    frame = pl.DataFrame({"tracking_no": ["A1", "A1"], "charge_type": ["base", "fuel"], "amount": ["4.00", "0.20"]})
    from tieout.tables import Table

    lines = Table.from_frame(frame, CourierCharge, currency="CNY")
    outcome = run(CARD, [shipment("A1", "0.8", dest=province("广东"))], lines, returns=[])

    assert 0 == len(outcome.discrepancies)


def test_the_claim_file_lists_what_the_courier_owes(tmp_path):
    lines = [charge("A1", "5.20", "1.8"), charge("=HYPERLINK(1)", "9.00")]
    outcome = run(CARD, [shipment("A1", "0.8", dest=province("广东"))], lines, returns=[])
    count = outcome.write_claims(tmp_path / "claims.csv")
    text = (tmp_path / "claims.csv").read_text(encoding="utf-8-sig")

    assert 2 == count
    assert "5.20,4.00,1.20,CNY,courier.overweight" in text
    assert "\n=" not in text
    assert ",=" not in text


def test_an_outcome_prints_itself():
    outcome = run(CARD, [shipment("A1", "0.8", dest=province("广东"))], [charge("A1", "5.20", "1.8")])

    assert "courier.overweight x 1" in str(outcome.summary())
    assert "<table>" in outcome._repr_html_()
    assert impacts(outcome) == 120 - 20


def test_reconciliations_are_found_by_name():
    assert "courier_bill" in reconciliations()
    assert CourierBill is reconciliation("courier_bill")
