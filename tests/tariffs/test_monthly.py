"""Whole months: tiers, average weight, commitments."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tieout.tariffs import RateCard
from tieout.tariffs.monthly import MONTH_KEYS

Build = Callable[..., Any]
JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
PER_KG = "prices = { model = 'per_kg', rate = 10 }\n"


def month(*kilograms: str, day: date = date(2026, 1, 20), **columns: Any) -> pl.DataFrame:
    frame = pl.DataFrame({"weight_g": [Decimal(kg) * 1000 for kg in kilograms]}, schema={"weight_g": pl.Decimal(28, 8)})
    constant = {name: pl.lit(value) for name, value in columns.items()}
    return frame.with_row_index("row").with_columns(rate_date=pl.lit(day), **constant)


def agreement(text: str) -> str:
    return f'[[monthly]]\nsettlement = "in_bill"\n{text}\n'


def tiers(direction: str, mode: str, *pairs: tuple[int, str]) -> str:
    key = {"discount_per_parcel": "discount", "percent_rebate": "percent", "price_table_switch": "price_table"}[
        direction
    ]
    listed = ", ".join(f"{{ from = {start}, {key} = {value} }}" for start, value in pairs)
    return agreement(f"kind = 'volume_tiers'\ndirection = '{direction}'\nmode = '{mode}'\ntiers = [{listed}]")


def amounts(card: RateCard, parcels: pl.DataFrame, **options: Any) -> list[int]:
    return card.monthly(parcels, **options)["amount_minor"].to_list()


def test_a_percentage_of_all_freight(card_of: Build) -> None:
    card = card_of(tiers("percent_rebate", "whole", (2, "5"), (4, "10")), prices=PER_KG)

    assert [-150] == amounts(card, month("1", "1", "1"))
    assert [-500] == amounts(card, month("1", "2", "1", "1"))


def test_a_percentage_of_the_excess_counts_average_parcels(card_of: Build) -> None:
    card = card_of(tiers("percent_rebate", "incremental", (2, "5"), (3, "10")), prices=PER_KG)
    lines = card.monthly(month("1", "1", "1", "2", "1"))  # 60.00, on average 12.00: one at 5 %, two at 10 %

    assert [-300] == lines["amount_minor"].to_list()
    assert ["5 % of 60.00 x 1/5 + 10 % of 60.00 x 2/5"] == lines["formula"].to_list()


@pytest.mark.parametrize(("mode", "rebate"), [("whole", -2000), ("incremental", -1500)])
def test_other_prices_from_a_number_of_parcels(card_of: Build, mode: str, rebate: int) -> None:
    body = "[versions.price_tables]\ncheap = { model = 'per_kg', rate = 5 }\n"
    card = card_of(body + tiers("price_table_switch", mode, (1, "'cheap'")), prices=PER_KG)

    assert [rebate] == amounts(card, month("1", "1", "1", "1"))
    assert [] == amounts(card, month("1")) if mode == "incremental" else [-500] == amounts(card, month("1"))


def test_returns_do_not_count_and_parcels_without_a_price_do(card_of: Build) -> None:
    card = card_of("returns = { mode = 'free' }\n" + tiers("discount_per_parcel", "whole", (2, "0.5")))
    parcels = pl.concat([month("1"), month("1", leg="return")], how="diagonal").drop("row").with_row_index("row")
    unweighed = pl.concat([month("1"), month("-1")]).drop("row").with_row_index("row")

    assert [] == amounts(card, parcels)
    assert [-100] == amounts(card, unweighed)


@pytest.mark.parametrize("mode", ["whole", "incremental"])
def test_a_month_that_reaches_no_tier_earns_nothing(card_of: Build, mode: str) -> None:
    assert [] == amounts(card_of(tiers("discount_per_parcel", mode, (3, "0.5"), (5, "0.6"))), month("1", "1"))


def test_months_and_services_are_counted_apart(card_of: Build) -> None:
    body = "default_service = 'slow'\n[versions.services.fast]\n[versions.services.slow]\n"
    card = card_of(
        body
        + tiers("discount_per_parcel", "whole", (2, "0.5")).replace("[[monthly]]", "[[monthly]]\nservices = ['slow']")
    )
    frames = [
        month("1", "1"),
        month("1", day=FEBRUARY),
        month("1", "1", day=date(2026, 3, 1), service="fast"),
        month("1", "1", "1", day=date(2026, 4, 1)),
    ]
    lines = card.monthly(pl.concat(frames, how="diagonal").drop("row").with_row_index("row"))

    assert [(JANUARY, 2, -100), (date(2026, 4, 1), 3, -150)] == lines.select("month", "quantity", "amount_minor").rows()


def test_an_agreement_has_its_own_time(card_of: Build) -> None:
    text = tiers("discount_per_parcel", "whole", (1, "0.5")).replace("[[monthly]]", "[[monthly]]\nfrom = 2026-02-01")
    later = tiers("discount_per_parcel", "whole", (1, "0.1")).replace("[[monthly]]", "[[monthly]]\nto = 2026-02-01")
    card = card_of(text + later)

    assert [-10] == amounts(card, month("1"))
    assert [-50] == amounts(card, month("1", day=FEBRUARY))


AVERAGE = """
[versions.prices]
model = "average_weight"
price_model = "tier_flat"
tiers = [{ up_to = 0.5, price = 2.0 }, { up_to = 1, price = 2.5 }, { up_to = 2, price = 4 }]
[versions.prices.average]
weight_of = "%s"
rounding = { mode = "ceil", step = 0.01 }
settlement = "next_month_credit"
%s
"""


def test_the_average_weight_prices_every_parcel_of_the_month(card_of: Build, charges_of: Build) -> None:
    card = card_of(prices=AVERAGE % ("actual", "provisional_weight = 0.5"))

    assert {"base": 200} == charges_of(card, {"kg": "1.4"})
    lines = card.monthly(month("0.2", "1.4", "0.3"))
    assert [("average_weight", "adjustment", "*", 3, 150)] == lines.select(
        "kind", "charge_type", "zone", "quantity", "amount_minor"
    ).rows()
    assert ["3 parcels x 2.50 (average 0.64 kg) - 6.00 charged"] == lines["formula"].to_list()
    assert [FEBRUARY] == lines["due_month"].to_list()


def test_the_average_may_be_of_other_weights_and_give_money_back(card_of: Build) -> None:
    by_chargeable = card_of(prices=AVERAGE % ("chargeable", ""))
    by_billing = card_of(prices=AVERAGE % ("billing", ""))
    parcels = month("0.2", "1.4", "0.2", "0.2")  # charged by 1, 2, 1, 1 kg: 11.50

    assert [-350] == amounts(by_chargeable, parcels)  # 0.5 kg: 4 x 2.00
    assert [450] == amounts(by_billing, parcels)  # 1.25 kg: 4 x 4.00
    assert [] == amounts(by_billing, month("0.2"))


def test_short_of_a_number_of_parcels(card_of: Build) -> None:
    card = card_of(agreement("kind = 'commitment'\nparcels = 5\nfee_per_parcel = 0.5"))
    lines = card.monthly(month("1", "1"))

    assert [("commitment", "shortfall", 3, 150)] == lines.select(
        "kind", "charge_type", "quantity", "amount_minor"
    ).rows()
    assert [] == amounts(card, month("1", "1", "1", "1", "1"))


def test_short_of_an_amount_in_a_month_without_parcels(card_of: Build) -> None:
    card = card_of("fuel = { percent = 10 }\n" + agreement("kind = 'commitment'\namount = 100"), prices=PER_KG)

    assert [8900] == amounts(card, month("1"))
    assert ["100.00 committed - 11.00 charged"] == card.monthly(month("1"))["formula"].to_list()
    assert [] == amounts(card, month("10"))  # 110.00 with fuel
    assert [8900, 10000] == amounts(card, month("1"), months=[FEBRUARY])
    assert [10000] == amounts(card, month("1").clear(), months=[date(2026, 2, 14)])


def test_no_agreement_no_line(card_of: Build) -> None:
    assert 0 == card_of().monthly(month("1")).height


TABLES = "[versions.price_tables]\ncheap = { model = 'per_kg', rate = 5 }\nfree = { model = 'per_kg', rate = 1 }\n"


@pytest.mark.parametrize("cut", [0, 1, 3, 8])
@pytest.mark.parametrize(
    ("body", "prices"),
    [
        (TABLES + tiers("price_table_switch", "incremental", (2, "'cheap'"), (6, "'free'")), PER_KG),
        (tiers("percent_rebate", "whole", (3, "5"), (5, "10")), PER_KG),
        (agreement("kind = 'commitment'\namount = 1000"), PER_KG),
        ("", AVERAGE % ("actual", "")),
    ],
)
def test_sums_of_parts_make_the_lines_of_the_whole(card_of: Build, body: str, prices: str, cut: int) -> None:
    card = card_of(body, prices=prices)
    parcels = pl.concat([month("0.2", "1.4", "0.3", "2", "1.7"), month("0.9", "2", "1.1", day=FEBRUARY)])
    parcels = parcels.drop("row").with_row_index("row")
    parts = [card.month_sums(part, is_whole=False) for part in (parcels[:cut], parcels[cut:])]
    added = pl.concat(parts).group_by(MONTH_KEYS).agg(pl.col("parcels", "net_minor", "total_minor", "weight_w").sum())
    lines = card.monthly(parcels)

    assert 0 < lines.height
    assert lines.rows() == card.monthly_of(added).rows()
