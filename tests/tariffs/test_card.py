"""Loading a card: from a file, a text, a mapping; its terms and its traces."""

import hashlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from tieout.money import Tolerance
from tieout.tariffs import Compensation, RateCard, Terms

CARDS = Path(__file__).parent / "cards"


def test_a_card_knows_its_file_and_what_it_hashed(load: Callable[[str], RateCard]) -> None:
    card = load("pincodes")

    assert ("Slabs by zone", "courier_x", "INR", "pincodes.toml") == (card.name, card.carrier, card.currency, card.file)
    assert hashlib.sha256((CARDS / "pincodes.toml").read_bytes()).hexdigest() == card.sha256
    assert {
        "pincode_zones.csv": hashlib.sha256((CARDS / "pincode_zones.csv").read_bytes()).hexdigest()
    } == card.side_files


def test_numbers_may_be_integers_decimals_or_texts(charges_of: Callable[..., Any]) -> None:
    card = RateCard.from_dict(
        {
            "name": "x",
            "carrier": "x",
            "currency": "CNY",
            "versions": [
                {
                    "id": "v1",
                    "weight": {"rounding": {"mode": "ceil", "step": Decimal("0.1")}},
                    "prices": {"model": "per_kg", "rate": "0.10", "min_price": 0},
                }
            ],
        },
        name="made",
    )

    assert {"base": 3} == charges_of(card, {"kg": "0.3"})


def test_prices_are_read_as_they_are_written(card_of: Callable[..., RateCard]) -> None:
    card = card_of(prices="prices = { model = 'per_kg', rate = 0.1, min_price = 1_000.10 }\n")
    price = card.versions[0].tariffs[""].prices.zones["*"]

    assert (Decimal("0.1"), Decimal("1000.10")) == (price.rate, price.min_price)


def test_terms_of_the_contract(card_of: Callable[..., RateCard]) -> None:
    card = card_of(
        """
        [terms]
        vat_percent = 6
        claim_window_days = 180
        unbilled_grace_days = 45
        cod_due_days = 7
        payment_days = 15
        late_delivery_refund_percent = 100
        voided_labels = "charged"
        timezone = "Asia/Shanghai"
        tolerance = 0.01
        lost = { freight_multiple = 7, most = 300 }
        damaged = { declared_value = false, most = 50 }
        """
    )

    assert card.terms == Terms(
        vat_rate=Decimal("0.06"),
        claim_window_days=180,
        unbilled_grace_days=45,
        cod_due_days=7,
        payment_days=15,
        late_delivery_refund_percent=Decimal(100),
        voided_labels="charged",
        timezone="Asia/Shanghai",
        tolerance=Tolerance(currency="CNY", amount=Decimal("0.01")),
        lost=Compensation(freight_multiple=Decimal(7), most=Decimal(300)),
        damaged=Compensation(declared_value=False, most=Decimal(50)),
    )
    assert (Decimal("0.05"), Decimal(3)) == (card.terms.weight_dispute_kg, card.terms.weight_dispute_percent)


def test_compensation_is_the_declared_value_or_a_multiple_of_the_freight() -> None:
    lost = Compensation(freight_multiple=Decimal(7), most=Decimal(300))

    assert [Decimal(500), Decimal(70), Decimal(300)] == [
        lost.amount(declared=declared, freight=freight)
        for declared, freight in ((Decimal(500), Decimal(10)), (None, Decimal(10)), (Decimal(0), Decimal(100)))
    ]
    assert Decimal(50) == Compensation(declared_value=False, most=Decimal(50)).amount(
        declared=Decimal(9), freight=Decimal(1)
    )
    assert Compensation().amount(declared=None, freight=Decimal(1)) is None
