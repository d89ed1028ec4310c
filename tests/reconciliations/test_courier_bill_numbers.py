"""Equal tracking numbers are a pair, whatever else differs: what differs is what the audit is about."""

import math
from decimal import Decimal

import pytest
from courier_world import PER_KG, card, charge, found, run, shipment

CONTRACT = card(PER_KG)
NUMBERS = [f"SF10123456789{at:02}" for at in range(40)]  # one run: each has neighbours one digit away
GRAMS = [300 + 137 * at % 2900 for at in range(40)]


def price(grams):
    return f"{10 * math.ceil(grams / 1000)}.00"


def audited(billed_grams):
    parcels = [shipment(number, str(Decimal(grams) / 1000)) for number, grams in zip(NUMBERS, GRAMS, strict=True)]
    lines = [
        charge(number, price(grams), str(Decimal(grams) / 1000))
        for number, grams in zip(NUMBERS, billed_grams, strict=True)
    ]
    return run(CONTRACT, parcels, lines)


@pytest.mark.parametrize("step", [1000, 500, 100])
def test_a_bill_that_rounds_the_weights_up_is_right_though_neighbours_weigh_just_that(step):
    outcome = audited([math.ceil(grams / step) * step for grams in GRAMS])

    assert [] == found(outcome)
    assert {"correct"} == set(outcome.lines["verdict"])


def test_parcels_that_all_weigh_too_much_on_the_bill_are_each_their_own():
    billed = [grams + 400 for grams in GRAMS]
    dearer = [(ours, theirs) for ours, theirs in zip(GRAMS, billed, strict=True) if price(ours) != price(theirs)]

    assert [("courier.overweight", "10.00")] * len(dearer) == found(audited(billed))
    assert dearer


def test_a_number_with_zeros_at_its_end_is_a_number():
    number = "420100019400111000"

    assert [] == found(run(CONTRACT, [shipment(number, "0.8")], [charge(number, "10.00", "0.8")]))
