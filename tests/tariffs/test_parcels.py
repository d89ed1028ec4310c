"""The frame of parcels: what may be absent, what is refused, and the frames that come back."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tieout.errors import InputError, MissingColumn, WrongColumnType

Build = Callable[..., Any]


def test_a_frame_needs_numbered_rows(card_of: Build) -> None:
    with pytest.raises(MissingColumn, match="column 'row' not found; columns found: 'weight_g'"):
        card_of().rate(pl.DataFrame({"weight_g": [1]}))
    with pytest.raises(InputError, match="must be a different number on every row"):
        card_of().rate(pl.DataFrame({"row": [1, 1]}))
    with pytest.raises(InputError, match="must be a different number on every row"):
        card_of().rate(pl.DataFrame({"row": [1, None]}))
    with pytest.raises(WrongColumnType, match="column 'row' holds String"):
        card_of().rate(pl.DataFrame({"row": ["1"]}))


@pytest.mark.parametrize(
    ("column", "values", "problem"),
    [
        ("weight_g", [1.5], "'weight_g' holds Float64, needed is a Decimal of at most 8 decimals"),
        ("weight_g", ["1.5"], "'weight_g' holds String"),
        ("weight_g", pl.Series([Decimal("1.123456789")]), r"'weight_g' holds Decimal\(.*9\)"),
        ("rate_date", ["2026-01-01"], "'rate_date' holds String, needed is Date"),
        ("declared_value_minor", [1.0], "'declared_value_minor' holds Float64"),
        ("is_residential", ["yes"], "'is_residential' holds String, needed is Boolean"),
        ("dest_postcode", [2139], "'dest_postcode' holds Int64, needed is String"),
        ("pieces", [[1]], "'pieces' holds List"),
    ],
)
def test_a_column_that_cannot_be_exact_is_refused(card_of: Build, column: str, values: Any, problem: str) -> None:
    with pytest.raises(WrongColumnType, match=problem):
        card_of().rate(pl.DataFrame({"row": [1], column: values}))


def test_integers_enums_and_empty_columns_are_taken(card_of: Build) -> None:
    parcels = pl.DataFrame(
        {"row": [7], "weight_g": [1500], "dest_province": ["广东"], "leg": [None], "pieces": [None], "requested": [[]]},
        schema_overrides={"dest_province": pl.Categorical},
    )

    assert [(7, "base", 420)] == card_of().rate(parcels).components.rows()


def test_every_row_comes_back_in_its_place(card_of: Build, parcels_of: Build) -> None:
    parcels = parcels_of({"kg": "1"}, {}, {"kg": "3"}).with_columns(row=pl.Series([30, 10, 20]))

    rated = card_of().rate(parcels)

    assert [30, 10, 20] == rated.parcels["row"].to_list()
    assert [None, "weight_missing", None] == rated.parcels["problem"].to_list()
    assert [(30, "base", 320), (20, "base", 520)] == rated.components.rows()


def test_the_schemas_are_fixed_whatever_comes_in(card_of: Build, parcels_of: Build) -> None:
    exact = pl.Decimal(28, 8)
    parcels = {
        "row": pl.Int64,
        "problem": pl.String,
        "version": pl.String,
        "service": pl.String,
        "zone": pl.String,
        "other_zones": pl.List(pl.String),
        "divisor": pl.String,
        "other_divisors": pl.List(pl.String),
        "actual_weight_g": exact,
        "volumetric_weight_g": exact,
        "chargeable_weight_g": exact,
        "billing_weight_g": exact,
        "weight_kind": pl.String,
    }
    components = {"row": pl.Int64, "charge_type": pl.String, "amount_minor": pl.Int64}
    dated = card_of("from = 2026-01-01\n")

    for card, frame in [
        (card_of(), parcels_of({"kg": "1"})),
        (card_of(), parcels_of({"kg": "1"}).clear()),
        (dated, parcels_of({"kg": "1"})),
    ]:
        rated = card.rate(frame)
        assert parcels == dict(rated.parcels.schema)
        assert components == dict(rated.components.schema)
        assert frame.height == rated.parcels.height


def test_many_rows_are_rated_in_parts(card_of: Build, parcels_of: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    parcels = parcels_of(*({"kg": str(number)} for number in range(1, 8)))
    whole = card_of().rate(parcels)
    monkeypatch.setattr("tieout.tariffs.rating._ROWS_AT_ONCE", 3)

    parts = card_of().rate(parcels)

    assert whole.parcels.rows() == parts.parcels.rows()
    assert whole.components.rows() == parts.components.rows()
