"""The month as a whole: tier rebates, average-weight true-ups, shortfall of a minimum commitment (`domain.md` 3.6).

Months are those of the pickup dates. Parcels on their way back do not count. Where tiers are incremental and give a percentage
or other prices, the excess parcels are taken to be average ones, since no contract says which of the month's parcels are the
excess.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
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

__all__ = ["MONTH_KEYS", "lines_of_sums", "month_sums"]

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

_SUMS: Final[dict[str, pl.DataType]] = {
    "agreement": pl.Int64(),
    "price_table": pl.String(),
    "version": pl.String(),
    "service": pl.String(),
    "zone": pl.String(),
    "month": pl.Date(),
    "parcels": pl.Int64(),
    "net_minor": pl.Int64(),
    "total_minor": pl.Int64(),
    "weight_w": pl.Decimal(38, 0),
}
MONTH_KEYS: Final = ("agreement", "price_table", "version", "service", "zone", "month")
"""What `month_sums` has one row for; all its other columns are sums."""

_NO_PARCELS: Final = {"parcels": 0, "net_minor": 0, "total_minor": 0}


def month_sums(
    versions: Sequence[Version], agreements: Sequence[Agreement], parcels: pl.DataFrame, *, is_whole: bool
) -> pl.DataFrame:
    """The sums of `RateCard.month_sums`."""
    facts, averages = _facts(versions, parcels)
    sums = [averages, *(_agreement_sums(facts, agreement, number) for number, agreement in enumerate(agreements))]
    tables = _reached_tables(agreements, pl.concat(sums)) if is_whole else _named_tables(agreements)
    for name in sorted(set().union(*tables.values())):
        other = _facts(versions, parcels, price_table=name)[0].select("row", other="net_minor")
        # A parcel that has no price there keeps its own.
        switched = facts.join(other, on="row", how="left").with_columns(net_minor=pl.coalesce("other", "net_minor"))
        sums += [
            _agreement_sums(switched, agreements[number], number, price_table=name)
            for number, names in tables.items()
            if name in names
        ]
    return pl.concat(sums)


def lines_of_sums(
    versions: Sequence[Version],
    agreements: Sequence[Agreement],
    sums: pl.DataFrame,
    *,
    currency: str,
    months: Sequence[date] = (),
) -> pl.DataFrame:
    """The lines of `RateCard.monthly`, ordered by month, kind, version and zone; lines of 0 are left out."""
    decimals = exponent(currency)
    lines = list(_true_ups(versions, sums.filter(pl.col("agreement").is_null())))
    figures = {(row["agreement"], row["price_table"], row["month"]): row for row in sums.iter_rows(named=True)}
    for number, agreement in enumerate(agreements):
        asked = {month.replace(day=1) for month in months if agreement.period.holds(month)}
        for month in sorted(asked.union(month for at, table, month in figures if at == number and table is None)):
            of_month = figures.get((number, None, month), _NO_PARCELS)
            if agreement.kind == "commitment":
                lines.append(_shortfall(agreement, of_month, month, decimals))
            else:
                switched = {
                    table: row["net_minor"] for (at, table, on), row in figures.items() if (at, on) == (number, month)
                }
                lines.append(_rebate(agreement, month, of_month, decimals, switched))
    lines = [line for line in lines if line["amount_minor"]]
    return pl.DataFrame(lines, schema=_SCHEMA).sort(list(_SCHEMA)[:7], nulls_last=False)


def _facts(
    versions: Sequence[Version], parcels: pl.DataFrame, price_table: str | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What each outward parcel of a known date was charged, and the sums that average weights are made of."""
    parts: list[pl.DataFrame] = []
    averages: list[pl.DataFrame] = [pl.DataFrame(schema=_SUMS)]
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
            averages.append(_average_sums(tariff, tariff.prices.average, known))
    return pl.concat(parts), pl.concat(averages)


def _agreement_sums(
    facts: pl.DataFrame, agreement: Agreement, number: int, *, price_table: str | None = None
) -> pl.DataFrame:
    """The sums of an agreement's parcels by month."""
    period = agreement.period
    facts = facts.filter(pl.col("rate_date") >= period.start) if period.start is not None else facts
    facts = facts.filter(pl.col("rate_date") < period.end) if period.end is not None else facts
    mine = facts.filter(pl.col("service").is_in(list(agreement.services))) if agreement.services else facts
    grouped = mine.group_by("month").agg(pl.len().alias("parcels"), pl.col("net_minor", "total_minor").sum())
    told = {"agreement": pl.lit(number), "price_table": pl.lit(price_table)}
    return _shaped(grouped.with_columns(**told))


def _average_sums(tariff: Tariff, average: Average, parcels: pl.DataFrame) -> pl.DataFrame:
    """The sums of an average-weight tariff's parcels by month and zone."""
    weight = pl.col(_WEIGHTS[average.weight_of]).cast(pl.Decimal(38, 0))
    grouped = parcels.group_by("month", "zone").agg(
        pl.len().alias("parcels"), pl.col("net_minor").sum(), weight.sum().alias("weight_w")
    )
    return _shaped(grouped.with_columns(version=pl.lit(tariff.version), service=pl.lit(tariff.service)))


def _shaped(sums: pl.DataFrame) -> pl.DataFrame:
    unknown = pl.lit(None)
    return sums.select(
        (pl.col(name) if name in sums.columns else unknown).cast(dtype).alias(name) for name, dtype in _SUMS.items()
    )


def _named_tables(agreements: Sequence[Agreement]) -> dict[int, set[str]]:
    """For each agreement the price tables that its tiers switch to."""
    named = ({tier.price_table for tier in agreement.tiers if tier.price_table} for agreement in agreements)
    return dict(enumerate(named))


def _reached_tables(agreements: Sequence[Agreement], sums: pl.DataFrame) -> dict[int, set[str]]:
    """For each agreement the price tables of the tiers that any of its months reaches."""
    tables: dict[int, set[str]] = {}
    for number, count in sums.drop_nulls("agreement").select("agreement", "parcels").iter_rows():
        reached = (tier.price_table for tier, _ in _covered(agreements[number], count))
        tables.setdefault(number, set()).update(name for name in reached if name)
    return tables


def _true_ups(versions: Sequence[Version], sums: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """For each month and zone: the price of the average weight for all parcels, less what they were charged."""
    tariffs = {(tariff.version, tariff.service): tariff for version in versions for tariff in version.tariffs.values()}
    for (version, service), grouped in sums.partition_by("version", "service", as_dict=True).items():
        tariff = tariffs[version, service]
        average = tariff.prices.average
        if average is not None:
            yield from _tariff_true_ups(tariff, average, grouped)


def _tariff_true_ups(tariff: Tariff, average: Average, sums: pl.DataFrame) -> Iterator[dict[str, Any]]:
    count, weight = (pl.col(name).cast(pl.Int128) for name in ("parcels", "weight_w"))
    mean = ceil_div(weight, count).cast(pl.Int64)
    grouped = sums.select(
        "month",
        "zone",
        "parcels",
        pl.col("net_minor").alias("charged_minor"),
        average.rounding.apply(mean, unit=tariff.weight_unit).alias("priced_w"),
    )
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
        quantity, each, charged = row["parcels"], row["net_minor"], row["charged_minor"]
        heavy = f"average {weight_text(row['priced_w'], tariff.weight_unit)} {tariff.weight_unit}"
        due = f"{quantity} parcels x {minor_text(each, decimals)} ({heavy})"
        yield {
            "month": row["month"],
            "kind": "average_weight",
            "charge_type": "adjustment",
            "version": tariff.version,
            "service": tariff.service or None,
            "zone": row["zone"],
            "quantity": quantity,
            "amount_minor": quantity * each - charged,
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


def _shortfall(agreement: Agreement, sums: Mapping[str, int], month: date, decimals: int) -> dict[str, Any]:
    """What is missing to the commitment, as a fee."""
    if agreement.amount is not None:
        committed, charged = int(agreement.amount.scaleb(decimals)), sums["total_minor"]
        formula = f"{minor_text(committed, decimals)} committed - {minor_text(charged, decimals)} charged"
        return _agreement_line(agreement, month, "shortfall", sums["parcels"], max(0, committed - charged), formula)
    missing = max(0, (agreement.parcels or 0) - sums["parcels"])
    fee = _half_up(Fraction(agreement.fee_per_parcel) * missing * 10**decimals)
    formula = f"({agreement.parcels} committed - {sums['parcels']} parcels) x {decimal_text(agreement.fee_per_parcel)}"
    return _agreement_line(agreement, month, "shortfall", missing, fee, formula)


def _rebate(
    agreement: Agreement, month: date, sums: Mapping[str, int], decimals: int, switched: Mapping[str, int]
) -> dict[str, Any]:
    """The rebate of the month: each tier's worth per parcel, for the parcels it covers; `switched` is freight by price table."""
    count, total = sums["parcels"], Fraction(0)
    told = []
    for tier, covered in _covered(agreement, count):
        if tier.discount is not None:
            worth, text = Fraction(tier.discount) * covered * 10**decimals, f"{covered} x {decimal_text(tier.discount)}"
        else:
            base = sums["net_minor"]
            share = "" if covered == count else f" x {covered}/{count}"
            if tier.percent is not None:
                full, text = (
                    Fraction(tier.percent) / 100 * base,
                    f"{decimal_text(tier.percent)} % of {minor_text(base, decimals)}",
                )
            else:
                lower = switched[tier.price_table or ""]
                full, text = Fraction(base - lower), f"({minor_text(base, decimals)} - {minor_text(lower, decimals)})"
            worth, text = full * Fraction(covered, count), text + share
        total += worth
        told.append(text)
    return _agreement_line(agreement, month, "rebate", count, -_half_up(total), " + ".join(told))


def _covered(agreement: Agreement, count: int) -> Iterator[tuple[Tier, int]]:
    """The tiers that a month reaches, and how many parcels each covers."""
    reached = [tier for tier in agreement.tiers if count >= tier.start and count]
    if agreement.mode == "whole" or not reached:
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
