"""The month as a whole: tier rebates, average-weight true-ups, shortfall of a minimum commitment (`domain.md` 3.6).

Months are those of the pickup dates. Parcels on their way back do not count. Where tiers are incremental and give a percentage
or other prices, the excess parcels are taken to be average ones, since no contract says which of the month's parcels are the
excess.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Any, Final

import polars as pl

from tieout.model.currency import exponent
from tieout.tariffs._integers import ceil_div, decimal_text, minor_text, weight_text
from tieout.tariffs.agreements import Agreement, Tier
from tieout.tariffs.charges import charge_columns
from tieout.tariffs.prices import Average
from tieout.tariffs.pricing import price_weights
from tieout.tariffs.rating import trace
from tieout.tariffs.surcharges import RETURN_LEGS
from tieout.tariffs.tariff import Tariff
from tieout.tariffs.version import Version

__all__ = ["monthly_lines"]

_SCHEMA: Final = {
    "month": pl.Date,
    "kind": pl.String,
    "charge_type": pl.String,
    "version": pl.String,
    "service": pl.String,
    "zone": pl.String,
    "quantity": pl.Int64,
    "amount_minor": pl.Int64,
    "settlement": pl.String,
    "due_month": pl.Date,
    "formula": pl.String,
}
_FACTS: Final = ("row", "month", "rate_date", "version", "service", "net_minor", "total_minor")
_WEIGHTS: Final = {"actual": "actual_w", "chargeable": "chargeable_w", "billing": "billing_w"}

_Switched = Callable[[str, pl.DataFrame], int]  # name of a price table, parcels of a month -> their freight by it


def monthly_lines(
    versions: Sequence[Version],
    agreements: Sequence[Agreement],
    parcels: pl.DataFrame,
    *,
    currency: str,
    months: Sequence[date] = (),
) -> pl.DataFrame:
    """The lines of `RateCard.monthly`, ordered by month, kind, version and zone; lines of 0 are left out."""
    facts, lines = _facts(versions, parcels)
    decimals = exponent(currency)

    @cache
    def repriced(price_table: str) -> pl.DataFrame:
        return _facts(versions, parcels, price_table=price_table)[0]

    def switched(price_table: str, of_month: pl.DataFrame) -> int:
        """The freight of these parcels by other prices; a parcel that has no price there keeps its own."""
        other = of_month.join(repriced(price_table).select("row", other="net_minor"), on="row", how="left")
        return int(other.select(pl.coalesce("other", "net_minor").sum()).item())

    for agreement in agreements:
        mine = _mine(facts, agreement)
        asked = {month.replace(day=1) for month in months if agreement.period.holds(month)}
        for month in sorted(asked.union(mine["month"].to_list())):
            of_month = mine.filter(pl.col("month") == month)
            if agreement.kind == "commitment":
                lines.append(_shortfall(agreement, of_month, month, decimals))
            else:
                lines.append(_rebate(agreement, month, of_month, decimals, switched))
    lines = [line for line in lines if line["amount_minor"]]
    return pl.DataFrame(lines, schema=_SCHEMA).sort(list(_SCHEMA)[:7], nulls_last=False)


def _facts(
    versions: Sequence[Version], parcels: pl.DataFrame, price_table: str | None = None
) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """What each outward parcel of a known date was charged, and the true-ups of average-weight tariffs."""
    parts: list[pl.DataFrame] = []
    averages: list[dict[str, Any]] = []
    for tariff, rated in trace(versions, parcels, price_table=price_table):
        outward = rated.filter(~pl.col("leg").is_in(list(RETURN_LEGS)), pl.col("rate_date").is_not_null())
        outward = outward.with_columns(month=pl.col("rate_date").dt.month_start())
        if tariff is None:
            unknown = pl.lit(None, dtype=pl.Int64)
            parts.append(outward.with_columns(net_minor=unknown, total_minor=unknown).select(_FACTS))
            continue
        fine = pl.when(pl.col("problem").is_null())
        charges = [name for names in charge_columns(tariff).values() for name in names]
        outward = outward.with_columns(
            net_minor=fine.then("net_minor"), total_minor=fine.then(pl.sum_horizontal(charges))
        )
        parts.append(outward.select(_FACTS))
        if tariff.prices.average is not None:
            known = outward.filter(pl.col("net_minor").is_not_null())
            averages += _true_ups(tariff, tariff.prices.average, known)
    return pl.concat(parts), averages


def _mine(facts: pl.DataFrame, agreement: Agreement) -> pl.DataFrame:
    period = agreement.period
    facts = facts.filter(pl.col("rate_date") >= period.start) if period.start is not None else facts
    facts = facts.filter(pl.col("rate_date") < period.end) if period.end is not None else facts
    return facts.filter(pl.col("service").is_in(list(agreement.services))) if agreement.services else facts


def _true_ups(tariff: Tariff, average: Average, frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """For each month and zone: the price of the average weight for all parcels, less what they were charged."""
    weight = pl.col(_WEIGHTS[average.weight_of])
    grouped = frame.group_by("month", "zone").agg(
        quantity=pl.len().cast(pl.Int64),
        charged_minor=pl.col("net_minor").sum(),
        total_w=weight.cast(pl.Int128).sum(),
    )
    mean = ceil_div(pl.col("total_w"), pl.col("quantity").cast(pl.Int128)).cast(pl.Int64)
    grouped = grouped.with_columns(priced_w=average.rounding.apply(mean, unit=tariff.weight_unit))
    priced = price_weights(
        grouped,
        tariff.prices,
        weight="priced_w",
        unit=tariff.weight_unit,
        amounts=tariff.amounts,
        discount=tariff.discount,
    )
    decimals = tariff.amounts.exponent
    for row in priced.filter(pl.col("net_minor").is_not_null()).iter_rows(named=True):
        count, each, charged = row["quantity"], row["net_minor"], row["charged_minor"]
        heavy = f"average {weight_text(row['priced_w'], tariff.weight_unit)} {tariff.weight_unit}"
        due = f"{count} parcels x {minor_text(each, decimals)} ({heavy})"
        yield {
            "month": row["month"],
            "kind": "average_weight",
            "charge_type": "adjustment",
            "version": tariff.version,
            "service": tariff.service or None,
            "zone": row["zone"],
            "quantity": count,
            "amount_minor": count * each - charged,
            "settlement": average.settlement,
            "due_month": _due(row["month"], average.settlement),
            "formula": f"{due} - {minor_text(charged, decimals)} charged",
        }


def _agreement_line(
    agreement: Agreement, month: date, charge_type: str, quantity: int, amount: int, formula: str
) -> dict[str, Any]:
    return {
        "month": month,
        "kind": agreement.kind,
        "charge_type": charge_type,
        "quantity": quantity,
        "amount_minor": amount,
        "settlement": agreement.settlement,
        "due_month": _due(month, agreement.settlement),
        "formula": formula,
    }


def _shortfall(agreement: Agreement, parcels: pl.DataFrame, month: date, decimals: int) -> dict[str, Any]:
    """What is missing to the commitment, as a fee."""
    if agreement.amount is not None:
        committed, charged = int(agreement.amount.scaleb(decimals)), int(parcels["total_minor"].sum())
        formula = f"{minor_text(committed, decimals)} committed - {minor_text(charged, decimals)} charged"
        return _agreement_line(agreement, month, "shortfall", parcels.height, max(0, committed - charged), formula)
    missing = max(0, (agreement.parcels or 0) - parcels.height)
    fee = _half_up(Fraction(agreement.fee_per_parcel) * missing * 10**decimals)
    formula = f"({agreement.parcels} committed - {parcels.height} parcels) x {decimal_text(agreement.fee_per_parcel)}"
    return _agreement_line(agreement, month, "shortfall", missing, fee, formula)


def _rebate(
    agreement: Agreement, month: date, parcels: pl.DataFrame, decimals: int, switched: _Switched
) -> dict[str, Any]:
    """The rebate of the month: each tier's worth per parcel, for the parcels it covers."""
    count, total = parcels.height, Fraction(0)
    told = []
    for tier, covered in _covered(agreement, count):
        if tier.discount is not None:
            worth, text = Fraction(tier.discount) * covered * 10**decimals, f"{covered} x {decimal_text(tier.discount)}"
        else:
            base = int(parcels["net_minor"].sum())
            share = "" if covered == count else f" x {covered}/{count}"
            if tier.percent is not None:
                full, text = (
                    Fraction(tier.percent) / 100 * base,
                    f"{decimal_text(tier.percent)} % of {minor_text(base, decimals)}",
                )
            else:
                lower = switched(tier.price_table or "", parcels)
                full, text = Fraction(base - lower), f"({minor_text(base, decimals)} - {minor_text(lower, decimals)})"
            worth, text = full * Fraction(covered, count), text + share
        total += worth
        told.append(text)
    return _agreement_line(agreement, month, "rebate", count, -_half_up(total), " + ".join(told))


def _covered(agreement: Agreement, count: int) -> Iterator[tuple[Tier, int]]:
    """The tiers that a month reaches, and how many parcels each covers."""
    reached = [tier for tier in agreement.tiers if count >= tier.start and count]
    if agreement.mode == "whole":
        yield from ((tier, count) for tier in reached[-1:])
        return
    ends = [tier.start for tier in reached[1:]] + [count]
    yield from ((tier, end - tier.start) for tier, end in zip(reached, ends, strict=True) if end > tier.start)


def _due(month: date, settlement: str) -> date:
    return (month + timedelta(days=31)).replace(day=1) if settlement == "next_month_credit" else month


def _half_up(value: Fraction) -> int:
    """Whole minor units; a half goes away from zero."""
    whole = (abs(value) * 2 + 1) // 2
    return whole if value >= 0 else -whole
