"""Short ways to build the two sides of a courier bill in tests."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
from _records import SHANGHAI
from moneyed import Money

from tieout.model import CourierCharge, Place, Provenance, Shipment
from tieout.outcome import Outcome
from tieout.reconciliations import CourierBill
from tieout.tariffs import RateCard

PER_KG = """
[[versions]]
id = "2026"
from = 2025-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
prices = { model = "per_kg", rate = 10 }
"""


def card(body: str, *, carrier: str = "zto", currency: str = "CNY", terms: str = "", top: str = "") -> RateCard:
    text = f'name = "Test contract"\ncarrier = "{carrier}"\ncurrency = "{currency}"\n{top}\n[terms]\ntimezone = "Asia/Shanghai"\n{terms}\n{body}'
    return RateCard.loads(text, name="card.toml")


def shipment(number: str, weight_kg: str | None = None, day: date = date(2026, 1, 5), **fields: Any) -> Shipment:
    defaults: dict[str, Any] = {
        "carrier": "zto",
        "status": "signed",
        "picked_up_at": datetime(day.year, day.month, day.day, 10, tzinfo=SHANGHAI),
        "weight_scale_g": None if weight_kg is None else Decimal(weight_kg) * 1000,
        "provenance": Provenance(file="shipments.csv", sha256="a" * 64, line=sum(number.encode())),
    }
    return Shipment(tracking_no=number, **{**defaults, **fields})


def charge(
    number: str | None, amount: str, weight_kg: str | None = None, kind: str = "base", **fields: Any
) -> CourierCharge:
    defaults: dict[str, Any] = {
        "bill_no": "B1",
        "carrier": "zto",
        "ship_date": date(2026, 1, 5),
        "billed_weight_g": None if weight_kg is None else Decimal(weight_kg) * 1000,
    }
    currency = fields.pop("currency", "CNY")
    return CourierCharge(tracking_no=number, charge_type=kind, amount=Money(amount, currency), **{**defaults, **fields})


def province(name: str, city: str | None = None) -> Place:
    return Place(province=name, city=city)


def run(rate_card: RateCard, shipments: list[Shipment], charges: list[CourierCharge], **sides: Any) -> Outcome:
    settings = {name: sides.pop(name) for name in ("as_of", "tolerance", "timezone", "grace_days") if name in sides}
    outcome = CourierBill(rate_card=rate_card, **settings).run(shipments=shipments, charges=charges, **sides)
    assert outcome.proof.holds, str(outcome.proof)
    return outcome


def found(outcome: Outcome) -> list[tuple[str, str]]:
    """Type and impact of every discrepancy, sorted."""
    return sorted((item.type, str(item.impact.amount)) for item in outcome.discrepancies)


def types_by_line(outcome: Outcome) -> list[str | None]:
    return outcome.lines["type"].to_list()


def impacts(outcome: Outcome) -> int:
    return int(outcome.discrepancies.to_polars()["impact_minor"].sum())


def billed_less_expected(outcome: Outcome) -> int:
    return int(outcome.lines.select((pl.col("billed_minor") - pl.col("expected_minor")).sum()).item())
