"""The bundled contracts against the generator's plain arithmetic: two calculations of the same terms."""

from decimal import Decimal
from importlib.resources import files

import polars as pl
import pytest

from tieout.tariffs import RateCard

DEMO = files("tieout._demo")
COUNT = 400


def _card(carrier):
    return RateCard.loads((DEMO / f"{carrier}_contract.toml").read_text("utf-8"), name=f"{carrier}_contract.toml")


def _minor(amount):
    return None if amount is None else int(amount * 100)


def _frame(parcels):
    sizes = [parcel.size or (None, None, None) for parcel in parcels]
    decimal = pl.Decimal(28, 8)
    return pl.DataFrame(
        {
            "row": range(len(parcels)),
            "leg": ["outbound"] * len(parcels),
            "rate_date": [parcel.day for parcel in parcels],
            "service": [parcel.service or None for parcel in parcels],
            "origin_province": ["浙江"] * len(parcels),
            "dest_province": [parcel.province for parcel in parcels],
            "weight_g": pl.Series([parcel.weight * 1000 for parcel in parcels], dtype=decimal),
            **{
                f"{side}_cm": pl.Series(
                    [None if size[at] is None else Decimal(size[at]) for size in sizes], dtype=decimal
                )
                for at, side in enumerate(("length", "width", "height"))
            },
            "declared_value_minor": [_minor(parcel.declared) for parcel in parcels],
            "cod_amount_minor": [_minor(parcel.cod) for parcel in parcels],
            "requested": pl.Series([list(parcel.requested) for parcel in parcels], dtype=pl.List(pl.String)),
        }
    )


@pytest.mark.parametrize("carrier", ["sf", "zto"])
def test_the_contract_prices_every_parcel_as_plain_arithmetic_does(carrier):
    from clean_month import build_month, right_row

    month = build_month(carrier, count=COUNT, tail=20, seed=7)
    parcels = [parcel for parcel in month.parcels if parcel.picked is not None]
    rated = _card(carrier).rate(_frame(parcels))
    found = {}
    for row, charge_type, amount in rated.components.iter_rows():
        found.setdefault(row, {})[charge_type] = Decimal(amount) / 100
    expected = {row: right_row(parcel).charges for row, parcel in enumerate(parcels)}
    assert expected == found
    weights = rated.parcels["billing_weight_g"].to_list()
    assert [parcel.case().billing_weight() * 1000 for parcel in parcels] == weights
