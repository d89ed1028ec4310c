"""The audit of the public case against a calculation of its own: csv module, Decimal, loops."""

import csv
import runpy
from decimal import ROUND_CEILING, Decimal
from pathlib import Path

import pytest

from tieout.reconciliations import CourierBill
from tieout.tariffs import RateCard

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "courier_audit.py"
CASE = ROOT.parent / "shared" / "samples" / "courier" / "cointab_india"
HALF = Decimal("0.5")

pytestmark = pytest.mark.skipif(
    not CASE.is_dir(), reason="the public case is not part of the repository: ../shared is absent"
)


def _rows(name):
    with (CASE / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _slabs(weight_kg, slab):
    return max(1, int((weight_kg / slab).to_integral_value(ROUND_CEILING)))


def _expected_by_plain_python(by_zone_slab):
    """What each parcel should cost, by the rate table read with half-kilogram slabs or with the slabs that it lists."""
    grams = {row["SKU"]: Decimal(row["Weight (g)"]) for row in _rows("Company_X-SKU_Master.csv")}
    weights = {}
    for row in _rows("Company_X-Order_Report.csv"):
        order = row["ExternOrderNo"]
        weights[order] = weights.get(order, Decimal(0)) + Decimal(row["Order Qty"]) * grams[row["SKU"]]
    zones = {
        (row["Warehouse Pincode"], row["Customer Pincode"]): row["Zone"] for row in _rows("Company_X-Pincode_Zones.csv")
    }
    rates = {row["Zone"]: row for row in _rows("Courier_Company-Rates.csv")}
    for row in _rows("Courier_Company-Invoice.csv"):
        rate = rates[zones[row["Warehouse Pincode"], row["Customer Pincode"]]]
        slabs = _slabs(weights[row["Order ID"]] / 1000, Decimal(rate["Weight Slabs"]) if by_zone_slab else HALF)
        ways = ["Forward"] + ["RTO"] * (row["Type of Shipment"] == "Forward and RTO charges")
        price = sum(
            Decimal(rate[f"{way} Fixed Charge"]) + (slabs - 1) * Decimal(rate[f"{way} Additional Weight Slab Charge"])
            for way in ways
        )
        yield row["AWB Code"], Decimal(row["Billing Amount (Rs.)"]), price


def _verdicts(lines):
    """Count, billed and difference of correct, overcharged and undercharged parcels."""
    found = {}
    for billed, expected in lines:
        gap = billed - expected
        verdict = "correct" if gap == 0 else "overcharged" if gap > 0 else "undercharged"
        count, total, difference = found.get(verdict, (0, Decimal(0), Decimal(0)))
        found[verdict] = (count + 1, total + billed, difference + gap)
    return found


@pytest.fixture(scope="module")
def example():
    return runpy.run_path(str(EXAMPLE))


def _outcome(example, card):
    charges = example["read"](CASE, "Courier_Company-Invoice.csv", "invoice.toml").records
    shipments = example["our_parcels"](CASE, charges.to_polars())
    return CourierBill(rate_card=RateCard.load(EXAMPLE.parent / "cointab" / card)).run(
        shipments=shipments, charges=charges
    )


@pytest.mark.parametrize(("card", "by_zone_slab"), [("half_kilogram_slabs.toml", False), ("zone_slabs.toml", True)])
def test_every_parcel_is_expected_to_cost_what_plain_python_says(example, card, by_zone_slab):
    outcome = _outcome(example, card)
    found = {
        row["tracking_no"]: (Decimal(row["billed_minor"]) / 100, Decimal(row["expected_minor"]) / 100)
        for row in outcome.lines.iter_rows(named=True)
    }
    expected = {awb: (billed, price) for awb, billed, price in _expected_by_plain_python(by_zone_slab)}
    assert expected == found
    assert outcome.proof.holds


@pytest.mark.parametrize(("card", "by_zone_slab"), [("half_kilogram_slabs.toml", False), ("zone_slabs.toml", True)])
def test_counts_and_totals_are_those_of_plain_python(example, card, by_zone_slab):
    lines = _outcome(example, card).lines
    found = {
        verdict: (
            part.height,
            Decimal(part["billed_minor"].sum()) / 100,
            Decimal(part["difference_minor"].sum()) / 100,
        )
        for (verdict,), part in lines.group_by("verdict")
    }
    expected = _verdicts((billed, price) for _, billed, price in _expected_by_plain_python(by_zone_slab))
    assert expected == found


def test_the_script_prints_both_cards_and_writes_nothing(run, tmp_path):
    result = run(EXAMPLE, CASE)
    assert (0, "") == (result.returncode, result.stderr)
    words = [line.split()[:2] for line in result.stdout.splitlines() if line.startswith("  ") and "parcels" in line]
    expected = [
        [verdict, str(_verdicts((billed, price) for _, billed, price in _expected_by_plain_python(slabs))[verdict][0])]
        for slabs in (False, True)
        for verdict in ("correct", "overcharged", "undercharged")
    ]
    assert expected == words
    assert [] == list(tmp_path.iterdir())


def test_the_script_writes_claims_when_it_is_told_where(run, tmp_path):
    result = run(EXAMPLE, CASE, "--out", tmp_path / "results")
    assert 0 == result.returncode
    names = sorted(path.name for path in (tmp_path / "results").iterdir())
    assert [
        "claims_half_kilogram_slabs.csv",
        "claims_zone_slabs.csv",
        "lines_half_kilogram_slabs.csv",
        "lines_zone_slabs.csv",
    ] == names


def test_a_folder_without_the_case_is_one_clear_error(run, tmp_path):
    result = run(EXAMPLE, tmp_path)
    assert 2 == result.returncode
    assert "Courier_Company-Invoice.csv: there is no such file" in result.stderr
    assert "Traceback" not in result.stderr
