"""Weight rounding: every mode at its edges."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tieout.errors import InvalidField
from tieout.tariffs import Rounding
from tieout.tariffs._integers import WEIGHT_UNITS


def rounded(rounding: Rounding, weight: str, unit: str = "kg") -> Decimal:
    scale = WEIGHT_UNITS[unit]
    frame = pl.DataFrame({"w": [int(Decimal(weight) * scale)]})
    return Decimal(frame.select(rounding.apply(pl.col("w"), unit=unit)).item()) / scale


@pytest.mark.parametrize(
    ("mode", "step", "weight", "expected"),
    [
        ("ceil", "1", "24.003", "25"),
        ("ceil", "1", "24", "24"),
        ("ceil", "1", "24.00000000001", "25"),
        ("ceil", "0.1", "0.30", "0.3"),
        ("ceil", "0.5", "0.51", "1"),
        ("ceil", "1", "0", "0"),
        ("half_up", "0.1", "0.25", "0.3"),
        ("half_up", "0.1", "0.24999999999", "0.2"),
        ("half_up", "1", "100.5", "101"),
        ("half_up", "1.25", "0.625", "1.25"),
        ("floor", "1", "1.99999999999", "1"),
        ("floor", "0.1", "0.3", "0.3"),
    ],
)
def test_steps(mode: str, step: str, weight: str, expected: str) -> None:
    assert Decimal(expected) == rounded(Rounding(mode=mode, step=Decimal(step)), weight)


@pytest.mark.parametrize(
    ("weight", "expected"), [("2.1", "2"), ("2.10000000001", "3"), ("2.09", "2"), ("2", "2"), ("0.05", "0")]
)
def test_a_tail_is_dropped_up_to_and_including_the_grace(weight: str, expected: str) -> None:
    rounding = Rounding(mode="grace_ceil", step=Decimal(1), grace=Decimal("0.1"))

    assert Decimal(expected) == rounded(rounding, weight)


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        ("12.24", "12"),
        ("12.25", "12.5"),
        ("12.8", "13"),
        ("12.74", "12.5"),
        ("12.75", "13"),
        ("12.95", "13"),
        ("0.249", "0"),
    ],
)
def test_tails_of_2_3_7_and_8(weight: str, expected: str) -> None:
    assert Decimal(expected) == rounded(Rounding(mode="tail_2378"), weight)


def test_exact_keeps_the_weight_or_some_decimals() -> None:
    assert Decimal("1.23456789") == rounded(Rounding(mode="exact"), "1.23456789")
    assert Decimal("1.235") == rounded(Rounding(mode="exact", decimals=3), "1.2345")


def test_five_pounds_exactly_stay_five_pounds() -> None:
    grams = pl.DataFrame({"w": [int(Decimal("2267.96185") * 10**8), int(Decimal("2267.96185") * 10**8) + 1]})

    pounds = grams.select(Rounding(mode="ceil", step=Decimal(1)).apply(pl.col("w"), unit="lb")).to_series()

    assert [5 * WEIGHT_UNITS["lb"], 6 * WEIGHT_UNITS["lb"]] == pounds.to_list()


def test_an_unknown_weight_stays_unknown() -> None:
    for mode in ("ceil", "half_up", "floor", "grace_ceil"):
        frame = pl.DataFrame({"w": [None]}, schema={"w": pl.Int64})
        assert frame.select(Rounding(mode=mode, step=Decimal(1)).apply(pl.col("w"), unit="kg")).item() is None


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"mode": "round", "step": Decimal(1)}, "is not supported; known: ceil, half_up"),
        ({"mode": "ceil"}, "needs a step of more than 0, found None"),
        ({"mode": "ceil", "step": Decimal(0)}, "needs a step of more than 0"),
        ({"mode": "grace_ceil", "step": Decimal(1), "grace": Decimal(1)}, "a grace from 0 to under the step"),
        ({"mode": "exact", "decimals": 4}, "0 to 3 decimals"),
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidField, match=problem):
        Rounding(**fields)


def test_a_step_that_is_no_whole_number_of_small_units_is_refused_when_used() -> None:
    with pytest.raises(InvalidField, match="a step of 1E-12 kg is not a whole number"):
        Rounding(mode="ceil", step=Decimal("1e-12")).apply(pl.col("w"), unit="kg")


def test_roundings_say_what_they_are() -> None:
    shown = [
        str(Rounding(mode="ceil", step=Decimal("0.5"))),
        str(Rounding(mode="tail_2378")),
        str(Rounding(mode="exact")),
        str(Rounding(mode="exact", decimals=2)),
    ]

    assert ["CEIL(0.5)", "TAIL_2378", "EXACT", "EXACT(2)"] == shown
