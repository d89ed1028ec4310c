"""Price models as data: what one zone costs by weight (`domain.md` 3.3).

Seven models: `first_continued` (首重续重), `segmented_continued`, `tier_flat` (阶梯一口价), `per_kg`, `zone_table`,
`average_weight` (均重) and `label_fee` (面单费). Keys written beside `zones` hold for every zone; a zone's own table overrides
them, so first weight, step or even the model can differ by zone.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from attrs import field, frozen

from tieout.tariffs.rounding import Rounding

__all__ = ["MODELS", "Average", "Price", "Prices", "Step"]

MODELS: Final = (
    "first_continued",
    "segmented_continued",
    "tier_flat",
    "per_kg",
    "zone_table",
    "average_weight",
    "label_fee",
)

Step = tuple[Decimal | None, Decimal]  # upper bound of weight (inclusive; None: open) and price


@frozen(kw_only=True)
class Price:
    """What one zone costs. Weights are in the card's unit, prices in its currency; what a model does not use is None.

    Attributes:
        model: One of `MODELS` but `average_weight`.
        first_weight: Weight that the first price covers (首重), inclusive.
        first: Price up to the first weight.
        step: Weight of one continued step (续重).
        continued: Price of one continued step.
        partial_step: "full" charges a begun step whole, "pro_rata" by its weight.
        basis: Which weight finds the segment: "total" or "continued".
        segments: Continued prices by weight, upper bounds inclusive; the last may be open.
        tiers: Flat prices by weight, upper bounds inclusive (`(lo, hi]`).
        beyond: Model above the last tier; None when heavier parcels have no price.
        rate: Price of one weight unit.
        min_price: Least price under `per_kg`.
        fee: Price of one label.
    """

    model: str
    first_weight: Decimal | None = None
    first: Decimal | None = None
    step: Decimal | None = None
    continued: Decimal | None = None
    partial_step: str = "full"
    basis: str = "total"
    segments: tuple[Step, ...] = ()
    tiers: tuple[Step, ...] = ()
    beyond: str | None = None
    rate: Decimal | None = None
    min_price: Decimal = Decimal(0)
    fee: Decimal | None = None


@frozen(kw_only=True)
class Average:
    """How an average-weight contract settles a month.

    Attributes:
        weight_of: Which weight is averaged: "actual", "chargeable" or "billing".
        rounding: How the average is rounded.
        provisional_weight: Weight that parcels are billed at during the month; None for each parcel's own billing weight.
        settlement: "in_bill" or "next_month_credit".
    """

    weight_of: str = "actual"
    rounding: Rounding
    provisional_weight: Decimal | None = None
    settlement: str = "in_bill"


@frozen(kw_only=True)
class Prices:
    """The prices of a tariff.

    Attributes:
        zones: Price by zone; under `ANY_ZONE` for a contract without zones.
        average: Terms of an average-weight contract; None for any other.
    """

    zones: Mapping[str, Price] = field(factory=dict)
    average: Average | None = None

    @property
    def charge_type(self) -> str:
        """What the price is charged as: "label" when every zone is a label fee, else "base"."""
        models = {price.model for price in self.zones.values()}
        return "label" if models == {"label_fee"} else "base"
