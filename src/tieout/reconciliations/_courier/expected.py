"""Expected amounts: what the contract makes of each parcel, laid against the lines that bill it."""

from collections.abc import Iterable, Iterator

import attrs
import polars as pl

from tieout.reconciliations._courier.columns import attached
from tieout.reconciliations._courier.pairing import Pairing
from tieout.tariffs import RateCard, Rated, Scenario

__all__ = [
    "Expected",
    "Rating",
    "by_leg",
    "cover",
    "each_sums",
    "expected_of",
    "line_sums",
    "main_leg_expr",
    "rate_units",
    "with_units",
]

_FOLDED = {
    "outbound": ("base", "minimum", "volumetric_diff", "label", "discount"),
    "reship": ("base", "minimum", "volumetric_diff", "label", "discount"),
    "return": ("return_to_sender", "reverse_pickup", "base", "minimum", "volumetric_diff", "discount"),
    "intercept": ("return_to_sender", "intercept", "base", "minimum", "volumetric_diff", "discount"),
}
"""Components that a bill's freight line carries when it does not list them apart, by leg."""
_NOT_RATED = ("on", "is_twin", "is_usable", "signed_date", "promised_date", "raw", "lines")
"""Columns of a parcel that no price goes by."""
_FREIGHT_TYPES = ("base", "return_to_sender", "reverse_pickup")


@attrs.frozen(kw_only=True)
class Rating:
    """What is to be rated: one row per parcel and leg.

    Attributes:
        rows: `row`, `unit`, `leg` and the columns that `RateCard.rate` takes.
        rated: The contract's answer for them.
    """

    rows: pl.DataFrame
    rated: Rated


@attrs.frozen(kw_only=True)
class Expected:
    """Expected amounts of bill lines.

    Attributes:
        sums: `line`, `expected_minor`; only lines that bill some component.
        uncovered: Components that no line bills: `row`, `charge_type`, `amount_minor`, `unit`, and `is_billed`, whether
            lines for that leg of the parcel count at all.
    """

    sums: pl.DataFrame
    uncovered: pl.DataFrame


def with_units(pairing: Pairing) -> pl.DataFrame:
    """Lines with `unit`, the thing that is rated, `facts`, the parcel it is rated by, and `rate_legs`, the legs it pays for.

    A unit is a parcel's position; a return under a number of its own is -(case + 1), rated by its outward parcel.
    """
    direction = pairing.parcels.select("parcel", "direction")
    lines = attached(pairing.lines, direction, on="parcel")
    comes_back = (pl.col("direction") == "return").fill_null(value=False) & (pl.col("leg") == "outbound")
    lines = lines.with_columns(pl.when(comes_back).then(pl.lit("return")).otherwise("leg").alias("leg"))
    rate_leg = pl.when(pl.col("leg").is_in(list(_FOLDED))).then("leg").otherwise(pl.lit("outbound"))
    both = pl.concat_list(pl.lit("outbound"), pl.lit("return"))
    return lines.with_columns(
        pl.coalesce("parcel", -(pl.col("case") + 1)).alias("unit"),
        pl.coalesce("parcel", "return_parcel").alias("facts"),
        pl.when(pl.col("leg") == "round_trip").then(both).otherwise(pl.concat_list(rate_leg)).alias("rate_legs"),
    ).pipe(_ordered)


def _ordered(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines with `order`: of a unit's several lines, a number by what each says and where it stands, not by its row."""
    # Padded, so that bill 9 stands before bill 10 as text too.
    by = [
        "bill_date",
        pl.col("bill_no").str.zfill(12),
        *("ship_date", "source_file", "source_sheet", "source_line", "amount_minor", "leg"),
    ]
    several = lines.filter(pl.col("unit").is_not_null() & (pl.len().over("unit") > 1))
    places = several.sort(by, nulls_last=True, maintain_order=True).select("line").with_row_index("order")
    ordered = attached(lines, places, on="line")
    return ordered.with_columns(pl.col("order").cast(pl.Int64).fill_null(0))


def rate_units(card: RateCard, lines: pl.DataFrame, parcels: pl.DataFrame) -> Rating:
    """Rate everything that is billed, for the legs it is billed for, and every parcel that moved, for its own leg.

    Args:
        card: The contract.
        lines: Lines of `with_units`, marked; reversed and repeated ones say nothing about the parcel.
        parcels: Parcels of the pairing.
    """
    telling = ~pl.col("is_reversed") & ~pl.col("is_duplicate") & (pl.col("amount_minor") > 0)

    def told(name: str) -> pl.Expr:
        return pl.col(name).filter(telling).min()

    billed = (
        by_leg(lines.filter(pl.col("unit").is_not_null()).drop("leg"))
        .group_by("unit", "leg")
        .agg(
            pl.col("facts").first(),
            pl.col("ship_date").min(),
            told("service").alias("service_billed"),
            pl.col("billed_weight_g").filter(telling).max(),
            told("zone_billed"),
            *(told(f"dest_{part}").alias(f"billed_{part}") for part in ("province", "city", "district", "postcode")),
        )
    )
    moved = parcels.filter(pl.col("is_usable") & pl.col("has_moved") & ~pl.col("is_voided"))
    rest = moved.select(pl.col("parcel").alias("unit"), pl.col("parcel").alias("facts"), main_leg_expr().alias("leg"))
    rest = rest.join(billed, on=["unit", "leg"], how="anti")
    units = pl.concat([billed, rest], how="diagonal").sort("unit", "leg")
    rows = (
        units.join(parcels.drop(_NOT_RATED), left_on="facts", right_on="parcel", how="left", maintain_order="left")
        .with_row_index("row")
        .with_columns(
            pl.col("row").cast(pl.Int64), _rate_date(card).alias("rate_date"), _service(card).alias("service")
        )
    )
    rated = card.rate(rows)
    return Rating(rows=_with_billed_zone(card, rows, rated), rated=rated)


def by_leg(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines with `leg`, one row for each leg that a line pays for: nearly all pay for one."""
    legs = pl.col("rate_legs")
    both = lines.filter(legs.list.len() > 1).with_columns(legs.list.get(1).alias("leg"))
    return pl.concat([lines.with_columns(legs.list.first().alias("leg")), both])


def main_leg_expr() -> pl.Expr:
    """The leg that a parcel's own freight is for."""
    comes_back = (pl.col("direction") == "return").fill_null(value=False)
    return pl.when(comes_back).then(pl.lit("return")).otherwise(pl.lit("outbound"))


def _rate_date(card: RateCard) -> pl.Expr:
    """The day that decides the version: pickup (`domain.md` 3.6).

    A return that costs a share of the outward freight is priced as that was; one with prices of its own is priced by
    the day it was picked up, which only the bill knows.
    """
    outward = pl.coalesce("pickup_date", "ship_date")
    tariffs = [tariff for version in card.versions for tariff in version.tariffs.values()]
    if not any(tariff.returns is not None and tariff.returns.mode == "table" for tariff in tariffs):
        return outward
    comes_back = pl.col("leg").is_in(["return", "intercept"])
    return pl.when(comes_back).then(pl.coalesce("ship_date", "pickup_date")).otherwise(outward)


def _service(card: RateCard) -> pl.Expr:
    """Ours; the bill's word for it only where the contract itself has no default."""
    must_be_named = any(version.services and version.default_service is None for version in card.versions)
    return pl.coalesce("service", "service_billed") if must_be_named else pl.col("service")


def _with_billed_zone(card: RateCard, rows: pl.DataFrame, rated: Rated) -> pl.DataFrame:
    """The zone that the bill's own words lead to, where they name a zone or a place; ours, where they name our place."""
    place = pl.col("billed_province")
    tables = [tariff.zones for version in card.versions for tariff in version.tariffs.values()]
    known = pl.col("zone_billed").is_in(sorted({name for zones in tables for name in (*zones.names, *zones.aliases)}))
    says = pl.col("zone_billed").is_not_null() | place.is_not_null() | pl.col("billed_postcode").is_not_null()
    parts = ("province", "city", "district", "postcode")
    as_ours = pl.all_horizontal(pl.col(f"billed_{part}").eq_missing(pl.col(f"dest_{part}")) for part in parts)
    as_ours &= pl.col("zone").is_null() & pl.col("zone_billed").is_null()
    own_zones = attached(rows.filter(says & as_ours).select("row"), rated.parcels.select("row", "zone"), on="row")
    asked = rows.filter(says & ~as_ours).with_columns(
        pl.when(known).then("zone_billed").alias("zone"),
        pl.when(place.is_null() & ~known.fill_null(value=False))
        .then("zone_billed")
        .otherwise(place)
        .alias("dest_province"),
        pl.col("billed_city").alias("dest_city"),
        pl.col("billed_district").alias("dest_district"),
        pl.col("billed_postcode").alias("dest_postcode"),
    )
    zones = pl.concat([own_zones, card.rate(asked).parcels.select("row", "zone")])
    return attached(rows, zones.select("row", pl.col("zone").alias("bill_zone")), on="row")


def cover(lines: pl.DataFrame, rows: pl.DataFrame, components: pl.DataFrame) -> pl.DataFrame:
    """Which line bills each component: the one of its own name, else the freight line, else the all-in line.

    Args:
        lines: Lines that count (no duplicates), with `line`, `unit`, `rate_legs`, `charge_type`, `order`.
        rows: `row`, `unit`, `leg`.
        components: `row`, `charge_type`, `amount_minor`.

    Returns:
        The components with `line`, null where no line bills them.
    """
    return _covered(_offered(lines, rows), components)


def _offered(lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The lines that bill something of each row: `row`, `leg`, `line`, `order`, `line_type`."""
    told = lines.select("line", "unit", "order", "rate_legs", pl.col("charge_type").alias("line_type"))
    legs = rows.select("row", "unit", "leg")
    return legs.join(by_leg(told), on=["unit", "leg"]).drop("unit", "rate_legs")


def _covered(offered: pl.DataFrame, components: pl.DataFrame) -> pl.DataFrame:
    """As `cover` gives them, of lines that are laid against their rows."""
    numbered = components.with_row_index("component")
    folded = pl.any_horizontal(
        (pl.col("leg") == leg) & pl.col("charge_type").is_in(types) for leg, types in _FOLDED.items()
    )
    priority = (
        pl.when(pl.col("line_type") == pl.col("charge_type"))
        .then(0)
        .when(pl.col("line_type").is_in(_FREIGHT_TYPES) & folded)
        .then(1)
        .when(pl.col("line_type") == "all_in")
        .then(2)
    )
    best = (
        numbered.join(offered, on="row")
        .with_columns(priority.alias("priority"))
        .filter(pl.col("priority").is_not_null())
        .select("component", "priority", "order", "line")
        .sort("component", "priority", "order")
        .unique("component", keep="first", maintain_order=True)
        .select("component", "line")
    )
    return attached(numbered, best, on="component").drop("component")


def expected_of(counted: pl.DataFrame, rating: Rating) -> Expected:
    """Lay the rated components against the lines that count.

    Args:
        counted: Lines that may bill a component.
        rating: What was rated.
    """
    covered = cover(counted, rating.rows, rating.rated.components)
    legs = by_leg(counted.select("unit", "rate_legs")).select("unit", "leg").unique()
    uncovered = (
        covered.filter(pl.col("line").is_null())
        .drop("line")
        .join(rating.rows.select("row", "unit", "leg"), on="row", how="left", maintain_order="left")
        .join(legs.with_columns(is_billed=pl.lit(value=True)), on=["unit", "leg"], how="left", maintain_order="left")
        .with_columns(pl.col("is_billed").fill_null(value=False))
    )
    return Expected(sums=line_sums(covered), uncovered=uncovered)


def line_sums(covered: pl.DataFrame) -> pl.DataFrame:
    """Expected amount per line, of the components that it covers."""
    return (
        covered.filter(pl.col("line").is_not_null())
        .group_by("line")
        .agg(pl.col("amount_minor").sum().alias("expected_minor"))
        .sort("line")
    )


def each_sums(
    card: RateCard, lines: pl.DataFrame, rows: pl.DataFrame, scenarios: Iterable[Scenario]
) -> Iterator[pl.DataFrame]:
    """Expected amount per line if one factor were different, with the billing weight it leads to, for each of many scenarios.

    Yields:
        `line`, `expected_minor`, `billing_weight_g`.
    """
    offered = _offered(lines, rows)
    billed = offered.select("line", "row")
    for rated in card.rate_each(rows, scenarios):
        sums = line_sums(_covered(offered, rated.components))
        weights = (
            billed.join(rated.parcels.select("row", "billing_weight_g", "problem"), on="row")
            .group_by("line")
            .agg(pl.col("billing_weight_g").max(), pl.col("problem").drop_nulls().first())
        )
        yield sums.join(weights, on="line").filter(pl.col("problem").is_null()).drop("problem")
