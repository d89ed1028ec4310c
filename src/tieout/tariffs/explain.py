"""Telling how a parcel is rated: the engine's own columns, put into words step by step."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from tieout.model.currency import exponent
from tieout.tariffs._integers import (
    LENGTH_UNITS,
    MICRO,
    WEIGHT_UNITS,
    decimal_text,
    minor_text,
    ratio_text,
    weight_text,
    whole_units,
)
from tieout.tariffs.charges import charge_columns, undecided_surcharges
from tieout.tariffs.explanation import Explanation, Step
from tieout.tariffs.fuel import PERCENT_SCALE
from tieout.tariffs.one_parcel import one_parcel
from tieout.tariffs.rating import trace
from tieout.tariffs.scenario import Scenario
from tieout.tariffs.surcharges import Surcharge
from tieout.tariffs.tariff import Tariff
from tieout.tariffs.version import Version
from tieout.tariffs.volumetric import SIDES

__all__ = ["explain"]


def explain(
    versions: Sequence[Version],
    parcel: object,
    *,
    currency: str,
    scenario: Scenario | None = None,
    timezone: str | None = None,
) -> Explanation:
    """Rate one parcel and tell how.

    Args:
        versions: Versions of the card.
        parcel: A mapping of the columns of `rate`, or an object that has them as attributes.
        currency: Currency of the card.
        scenario: What is changed; None for nothing.
        timezone: IANA zone in which a pickup's day counts.
    """
    named = () if scenario is None else (scenario.billing_weight, scenario.zone_column)
    extra = [name for name in named if name is not None]
    frame = one_parcel(parcel, exponent=exponent(currency), extra=extra, timezone=timezone)
    ((tariff, rated),) = (part for part in trace(versions, frame, scenario=scenario) if part[1].height)
    row = rated.row(0, named=True)
    if tariff is None:
        problem = Step(name="problem", formula="", value=row["selection_problem"])
        return Explanation(steps=(problem,), total_minor=None, currency=currency)
    teller = _Teller(tariff, row, currency, undecided_surcharges(rated, tariff)["surcharge"].to_list())
    return Explanation(steps=tuple(teller.steps()), total_minor=teller.total_minor(), currency=currency)


class _Teller:
    """Tells one line of the engine's trace."""

    def __init__(self, tariff: Tariff, row: dict[str, Any], currency: str, undecided: Sequence[int]) -> None:
        self._tariff = tariff
        self._row = row
        self._currency = currency
        self._undecided = undecided
        self._unit = tariff.weight_unit

    def total_minor(self) -> int | None:
        """Sum of the charges; None when there is a problem."""
        return None if self._row["problem"] is not None else sum(self._charges())

    def steps(self) -> Iterator[Step]:
        row = self._row
        service = f", service {row['service']}" if row["service"] else ""
        picked_up = f"(picked up {row['rate_date'] or 'unknown'}{service})"
        yield Step(name="version", formula="", value=f"{self._tariff.version} {picked_up}")
        yield Step(name="zone", formula="", value=(row["zone"] or "unknown") + _may_be(row["other_zones"]))
        yield from self._weights()
        if row["problem"] is not None:
            yield Step(name="problem", formula="", value=row["problem"])
            return
        yield from self._freight()
        for index, surcharge in enumerate(self._tariff.surcharges):
            yield self._surcharge(surcharge, row[f"surcharge_{index}_minor"], is_known=index not in self._undecided)
        if row["fuel_minor"] is not None:
            percent = decimal_text(Decimal(row["fuel_percent"]) / PERCENT_SCALE)
            yield self._amount("fuel", f"{percent} % x {self._money(row['fuel_of_minor'])}", row["fuel_minor"])
        if row["minimum_minor"] is not None:
            before = self._money(sum(self._charges()) - row["minimum_minor"])
            text = f"{decimal_text(self._tariff.minimum_charge)} - {before}"
            yield self._amount("minimum", text, row["minimum_minor"])
        charges = self._charges()
        yield self._amount("total", " + ".join(self._money(charge) for charge in charges), sum(charges))

    def _charges(self) -> list[int]:
        columns = [name for names in charge_columns(self._tariff).values() for name in names]
        return [self._row[name] for name in columns if self._row[name] is not None]

    def _weights(self) -> Iterator[Step]:
        row = self._row
        if row["chargeable_w"] is None:
            yield Step(name="actual weight", formula="", value="unknown")
            return
        yield Step(name="actual weight", formula="", value=self._weight(row["actual_w"]))
        if row["volumetric_w"] is not None:
            divisors = [decimal_text(divisor) for divisor in self._tariff.volumetric.divisors()]
            others = _may_be([divisors[index] for index in row["other_divisors_index"]])
            volume = f"{self._sides()} / {divisors[row['divisor_index']]}{others}"
            yield Step(name="volumetric weight", formula=volume, value=self._weight(row["volumetric_w"]))
            both = " and ".join(weight_text(row[name], self._unit) for name in ("actual_w", "volumetric_w"))
            ignored = row["chargeable_w"] == row["actual_w"] < row["volumetric_w"]
            chosen = f"volume does not count, {both}" if ignored else f"{self._tariff.volumetric.mode} of {both}"
            yield Step(name="chargeable weight", formula=chosen, value=self._weight(row["chargeable_w"]))
        yield Step(name="billing weight", formula=self._rounding(), value=self._weight(row["billing_w"]))

    def _sides(self) -> str:
        volumetric, unit = self._tariff.volumetric, self._tariff.dim_unit
        if self._row["has_boxes"]:
            return f"boxes, {volumetric.pieces}, volumes"
        sides = pl.DataFrame({side: [self._row[side]] for side in SIDES}, schema=dict.fromkeys(SIDES, pl.Int64))
        rounded = sides.select(volumetric.round_side(pl.col(side), unit) for side in SIDES).row(0)
        return " x ".join(ratio_text(side, LENGTH_UNITS[unit]) for side in rounded) + f" {unit}"

    def _rounding(self) -> str:
        weight, unit = self._row["chargeable_w"], WEIGHT_UNITS[self._unit]
        terms = self._tariff.weight
        below = [None if band.below is None else whole_units(band.below, unit) for band in terms.bands]
        band = next(band for band, limit in zip(terms.bands, below, strict=True) if limit is None or weight < limit)
        text = f"{band.rounding} of {weight_text(weight, self._unit)}"
        if terms.round_scope == "continued":
            text = f"{text}, beyond the first weight"
        elif self._row["has_boxes"] and self._tariff.volumetric.pieces == "per_piece":
            text = f"{text}, per piece"
        raised = self._row["billing_w"] > self._row["rounded_w"]
        return f"{text}, raised to the least weight" if raised else text

    def _freight(self) -> Iterator[Step]:
        row, tariff = self._row, self._tariff
        if row["base_minor"] is not None:
            listed = row["gross_minor"]
            yield self._amount(tariff.prices.charge_type, self._price(listed), listed)
            if tariff.discount:
                terms = tariff.discount
                text = f"- {decimal_text(terms.percent)} % - {decimal_text(terms.per_parcel)}"
                least = f", at least {decimal_text(terms.floor)}" if terms.floor else ""
                yield self._amount("discount", f"{text}{least}", row["net_minor"] - listed)
        if row["return_minor"] is not None and tariff.returns is not None:
            outward = row["outward_minor"] if row["outward_minor"] is not None else row["net_minor"]
            texts = {"free": "free", "table": "own prices"}
            share = f"{decimal_text(tariff.returns.percent)} % x {self._money(outward or 0)}"
            yield self._amount("return_to_sender", texts.get(tariff.returns.mode, share), row["return_minor"])
        if row["intercept_minor"] is not None:
            yield self._amount("intercept", "", row["intercept_minor"])

    def _price(self, listed: int) -> str:
        """The formula of the list price, with its exact result where the amount was rounded."""
        row, amounts = self._row, self._tariff.amounts
        exact = ratio_text(row["numerator"], row["denominator"] * MICRO)
        if Decimal(exact) == Decimal(self._money(listed)):
            return self._formula()
        return f"{self._formula()} = {exact}, {amounts.mode} to {decimal_text(amounts.freight_step)}"

    def _formula(self) -> str:
        row, weight = self._row, self._weight(self._row["priced_w"])
        price = None if row["price_m"] is None else ratio_text(row["price_m"], MICRO)
        own = self._tariff.prices.zones[row["zone"]]
        match row["model"]:
            case "first_continued" | "segmented_continued":
                first = ratio_text(row["first_m"], MICRO)
                if not row["units"]:
                    return f"first weight at {first}"
                steps = ratio_text(row["units"], row["step_w"]) if own.partial_step == "pro_rata" else row["units"]
                return f"{first} + {steps} x {price}"
            case "per_kg":
                least = f", at least {decimal_text(own.min_price)}" if own.min_price else ""
                return f"{weight} x {price}{least}"
            case "label_fee":
                return "per label"
            case _:
                return f"table price at {weight}"

    def _surcharge(self, surcharge: Surcharge, amount: int | None, *, is_known: bool) -> Step:
        if amount is None:
            why = f"{surcharge.when} does not hold" if is_known else f"whether {surcharge.when} holds is not known"
            return Step(name=surcharge.charge_type, formula="", value=f"not charged: {why}")
        parts = []
        if surcharge.amount:
            parts.append(decimal_text(surcharge.amount))
        if surcharge.rate:
            parts.append(f"{decimal_text(surcharge.rate)} per weight unit")
        if surcharge.percent:
            parts.append(f"{decimal_text(surcharge.percent)} % x {surcharge.of}")
        text = " + ".join(parts) or "0"
        if surcharge.least:
            text += f", at least {decimal_text(surcharge.least)}"
        if surcharge.most is not None:
            text += f", at most {decimal_text(surcharge.most)}"
        return self._amount(surcharge.charge_type, f"{surcharge.when}: {text}", amount)

    def _amount(self, name: str, formula: str, minor: int) -> Step:
        return Step(name=name, formula=formula, value=f"{self._money(minor)} {self._currency}")

    def _money(self, minor: int) -> str:
        return minor_text(minor, self._tariff.amounts.exponent)

    def _weight(self, units: int) -> str:
        return f"{weight_text(units, self._unit)} {self._unit}"


def _may_be(others: Sequence[str]) -> str:
    """What else may hold, by places that are not known."""
    return f" (may be {' or '.join(others)}: not all places are known)" if others else ""
