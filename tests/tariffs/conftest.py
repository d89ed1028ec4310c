"""Short ways to make cards and parcels."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tieout.tariffs import RateCard

CARDS = Path(__file__).parent / "cards"
TOP = 'name = "Test"\ncarrier = "zto"\ncurrency = "CNY"\n'
VERSION = '[[versions]]\nid = "v1"\n'
WEIGHT = 'weight = { rounding = { mode = "ceil", step = 1 } }\n'
PRICES = 'prices = { model = "first_continued", first_weight = 1, first = 3.20, step = 1, continued = 1.00 }\n'
EXACT = pl.Decimal(28, 8)
BOX = pl.Struct(dict.fromkeys(("weight_g", "length_cm", "width_cm", "height_cm"), EXACT))
TYPES: dict[str, Any] = {
    "row": pl.Int64,
    "rate_date": pl.Date,
    "pieces": pl.List(BOX),
    "is_residential": pl.Boolean,
    "requested": pl.List(pl.String),
    **dict.fromkeys(("weight_g", "length_cm", "width_cm", "height_cm"), EXACT),
    **dict.fromkeys(("declared_value_minor", "cod_amount_minor", "outward_minor"), pl.Int64),
}


@pytest.fixture(scope="session")
def load() -> Callable[[str], RateCard]:
    """A card of the folder `cards`."""
    return lambda name: RateCard.load(CARDS / f"{name}.toml")


@pytest.fixture(scope="session")
def card_of() -> Callable[..., RateCard]:
    """A card of one version, from the keys that matter; weight and prices have plain defaults."""

    def build(body: str = "", *, weight: str = WEIGHT, prices: str = PRICES, top: str = "", **texts: Any) -> RateCard:
        return RateCard.loads(TOP + top + VERSION + weight + prices + body, name="card.toml", **texts)

    return build


@pytest.fixture(scope="session")
def parcels_of() -> Callable[..., pl.DataFrame]:
    """Parcels from dicts; `kg` and `lb` are short for `weight_g`, `cm` and `inches` for the three sides."""

    def build(*rows: dict[str, Any]) -> pl.DataFrame:
        plain = [{"row": number, **_plain(row)} for number, row in enumerate(rows)]
        names = list(dict.fromkeys(name for row in plain for name in row))
        return pl.DataFrame(plain, schema={name: TYPES.get(name, pl.String) for name in names})

    return build


@pytest.fixture(scope="session")
def charges_of(parcels_of: Callable[..., pl.DataFrame]) -> Callable[..., dict[str, int]]:
    """The charges of one parcel in minor units, by type; the problem under that name."""

    def rate(card: RateCard, row: dict[str, Any], scenario: Any = None) -> dict[str, Any]:
        rated = card.rate(parcels_of(row), scenario=scenario)
        problem = rated.parcels["problem"].item()
        charges = dict(rated.components.select("charge_type", "amount_minor").rows())
        return {"problem": problem} if problem is not None else charges

    return rate


@pytest.fixture(scope="session")
def weighed(parcels_of: Callable[..., pl.DataFrame]) -> Callable[..., dict[str, Any]]:
    """The line of `Rated.parcels` of one parcel."""

    def rate(card: RateCard, row: dict[str, Any], scenario: Any = None) -> dict[str, Any]:
        return card.rate(parcels_of(row), scenario=scenario).parcels.row(0, named=True)

    return rate


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    row = dict(row)
    if "kg" in row:
        row["weight_g"] = Decimal(row.pop("kg")) * 1000
    if "lb" in row:
        row["weight_g"] = Decimal(row.pop("lb")) * Decimal("453.59237")
    scale = Decimal("2.54") if "inches" in row else Decimal(1)
    sides = row.pop("inches", None) or row.pop("cm", None)
    if sides is not None:
        row |= {
            f"{name}_cm": Decimal(side) * scale for name, side in zip(("length", "width", "height"), sides, strict=True)
        }
    if "pieces" in row:
        row["pieces"] = [{**dict.fromkeys(BOX.to_schema()), **_plain(piece)} for piece in row["pieces"]]
    return row
