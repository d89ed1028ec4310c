"""What a finding is about: the unit whose difference it explains."""

import polars as pl
import pytest
from courier_world import card, charge, run, shipment

from chain_world import random_world

FIGURES = {"unit", "gap_minor", "absorbed_minor"}


def explained(outcome):
    """Impacts by unit, which is what the findings say that a unit differs by."""
    found = outcome.discrepancies.to_polars().join(outcome.explains, on="discrepancy_id", how="inner")
    return found.group_by("unit").agg(pl.col("impact_minor").sum())


@pytest.mark.parametrize("seed", [5, 10, 13])
def test_the_impacts_of_a_units_findings_are_its_gap(seed):
    outcomes = [one for one in random_world(seed).outcomes() if set(one.lines.columns) >= FIGURES]
    names = {one.reconciliation for one in outcomes}

    for outcome in outcomes:
        gaps = outcome.lines.group_by("unit").agg(
            (pl.col("gap_minor") - pl.col("absorbed_minor")).sum().alias("gap"), pl.col("verdict").first()
        )
        differing = gaps.filter(pl.col("verdict") == "discrepancy").join(explained(outcome), on="unit", how="full")
        assert differing.filter(pl.col("gap").ne_missing(pl.col("impact_minor"))).is_empty()

    assert names >= {"payout", "receipts"}


@pytest.mark.parametrize("seed", [5, 10, 13])
def test_every_impact_is_of_a_unit_that_the_records_know(seed):
    for outcome in random_world(seed).outcomes():
        if outcome.records:
            units = pl.concat([one.select(pl.col("unit").cast(pl.Int64)) for one in outcome.records.values()])["unit"]
            money = outcome.discrepancies.to_polars().filter(pl.col("impact_minor") != 0)
            tied = money.join(outcome.explains, on="discrepancy_id", how="left")
            assert tied["unit"].is_in(units.implode()).all()
            assert outcome.explains["discrepancy_id"].is_unique().all()


def test_the_impacts_of_a_courier_line_are_what_is_billed_less_what_the_contract_makes_of_it():
    card_ = card(
        '[[versions]]\nid = "1"\nfrom = 2026-01-01\n'
        'weight = { rounding = { mode = "ceil", step = 1 } }\n'
        'prices = { model = "first_continued", first_weight = 1, first = "4.00", step = 1, continued = "1.00" }\n'
    )
    parcels = [shipment(f"ZT{index}", "0.8") for index in range(4)]
    lines = [charge("ZT0", "4.00"), charge("ZT1", "5.20"), charge("ZT2", "4.00"), charge("ZT2", "4.00")]
    outcome = run(card_, parcels, [*lines, charge("ZTX", "3.00")])

    billed, owed = (
        outcome.records[side].group_by("unit").agg(pl.col("amount_minor").sum()) for side in ("charges", "contract")
    )
    gaps = billed.join(owed, on="unit", how="left", suffix="_owed").select(
        "unit", gap=pl.col("amount_minor") - pl.col("amount_minor_owed").fill_null(0)
    )
    found = explained(outcome).sort("unit")
    assert gaps.filter(pl.col("gap") != 0).sort("unit").rows() == found.rows()
    assert sorted(found["impact_minor"].to_list()) == [120, 300, 400]


SIGN = {"expected": -1, "actual": 1, "evidence": 0}


@pytest.mark.parametrize("seed", [5, 10, 13])
def test_what_counts_of_the_records_of_a_unit_is_its_gap(seed):
    for outcome in random_world(seed).outcomes():
        if outcome.reconciliation in {"dispatch", "payout", "receipts", "settlement"}:
            rows = pl.concat(
                one.filter("is_compared").select(
                    "unit", pl.col("amount_minor").fill_null(0) * SIGN[outcome.roles[name]]
                )
                for name, one in outcome.records.items()
            )
            gaps = rows.group_by("unit").agg(pl.col("amount_minor").sum().alias("gap_minor")).sort("unit")
            counted = outcome.units.filter(pl.col("verdict") != "settled before")
            assert counted.select("unit", "gap_minor").sort("unit").equals(gaps)


@pytest.mark.parametrize("seed", [5, 10, 13])
def test_matches_say_which_sides_they_are_rows_of(seed):
    for outcome in random_world(seed).outcomes():
        sure = outcome.matches.filter(pl.col("status") == "confirmed") if outcome.matches.width else outcome.matches
        if sure.height and outcome.reconciliation != "payments":
            left, right = (
                outcome.records[side].select(
                    pl.col("row").alias(end), pl.col("unit").cast(pl.Int64).alias(f"{end}_unit")
                )
                for side, end in zip(outcome.matched, ("left", "right"), strict=True)
            )
            tied = sure.join(left, on="left").join(right, on="right")
            assert tied.height == sure.height
            assert tied["left_unit"].equals(tied["right_unit"].rename("left_unit"))
