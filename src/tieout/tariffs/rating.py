"""The rating engine: parcels to expected charges, in columns (`domain.md` 3.1).

Parcels are put under their tariff by date, account, warehouse and service; each tariff then rates its parcels in one pass of
column expressions. Nothing is rounded but where the contract rounds, and nothing depends on the order of the rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeAlias

import attrs
import polars as pl
from attrs import field, frozen

from tieout.errors import MissingColumn
from tieout.tariffs._integers import WEIGHT_DECIMAL, WEIGHT_UNITS, to_decimal, whole_units
from tieout.tariffs.charges import (
    UNDECIDED,
    add_charges,
    add_freight,
    charge_columns,
    surcharge_holds,
    undecided_surcharges,
)
from tieout.tariffs.parcels import check_rows, exact_units, read_parcels, text_column
from tieout.tariffs.pricing import first_weights
from tieout.tariffs.rounding import round_in_bands
from tieout.tariffs.scenario import Scenario, under_scenario
from tieout.tariffs.selection import assign_tariffs
from tieout.tariffs.surcharges import RETURN_LEGS
from tieout.tariffs.tariff import Tariff
from tieout.tariffs.version import Version
from tieout.tariffs.volumetric import SIDES, Volumetric
from tieout.tariffs.weights import WeightTerms, measure
from tieout.tariffs.zones import Zones

_Traces: TypeAlias = list[tuple[Tariff | None, pl.DataFrame]]

__all__ = ["PROBLEMS", "Rated", "rate", "rate_each", "trace", "undecided"]

PROBLEMS: Final = ("version_missing", "service_unknown", "weight_missing", "zone_missing", "price_missing")
_NO_CHANGE: Final = Scenario()
_ROWS_AT_ONCE: Final = 250_000  # parcels do not depend on each other, and the columns on the way would fill the memory
_ROWS_TOGETHER: Final = (
    20_000  # of all scenarios in one pass; it saves what a rating costs whatever it rates, and takes memory
)
_OF_ROWS: Final = ("billing_weight", "zone", "zone_column", "version", "service")
"""What a scenario changes in the parcels, or in which tariff they are under; the rest it changes in the tariffs."""
_WEIGHTS: Final = {
    "actual_weight_g": "actual_w",
    "volumetric_weight_g": "volumetric_w",
    "chargeable_weight_g": "chargeable_w",
    "billing_weight_g": "billing_w",
}
_COLUMNS: Final = (
    "position",
    "row",
    "problem",
    "version",
    "service",
    "zone",
    "other_zones",
    "divisor",
    "other_divisors",
    *_WEIGHTS,
    "weight_kind",
)
_COMPONENT_SCHEMA: Final = {
    "position": pl.UInt32,
    "row": pl.Int64,
    "charge_type": pl.String,
    "amount_minor": pl.Int64,
    "order": pl.Int32,
}


@frozen(kw_only=True)
class Rated:
    """What a contract expects for parcels.

    Attributes:
        parcels: One row per parcel, in the order given: row, problem (null, or one of `PROBLEMS`), version, service, zone,
            other_zones (that it may be instead, by places that are not known), divisor (text, null where volume does not
            count), other_divisors (texts, as other_zones), actual_weight_g, volumetric_weight_g, chargeable_weight_g (rounded
            nowhere), billing_weight_g, weight_kind ("actual" or "volumetric").
        components: One row per charge: row, charge_type, amount_minor. A parcel with a problem has none; a charge of 0 is
            listed when its condition holds. No charge type occurs twice for one row.
    """

    parcels: pl.DataFrame = field(eq=False, repr=False)
    components: pl.DataFrame = field(eq=False, repr=False)


def rate(
    versions: Sequence[Version],
    parcels: pl.DataFrame,
    *,
    scenario: Scenario | None = None,
    price_table: str | None = None,
) -> Rated:
    """Rate parcels under the versions of a card.

    Args:
        versions: Versions of which no two hold for one parcel.
        parcels: Columns of `PARCEL_COLUMNS`, of which only `row` must be there.
        scenario: What is changed; None for nothing.
        price_table: Name of the other prices that a monthly tier switches to; None for the prices of the tariff.
    """
    (rated,) = rate_each(versions, parcels, [scenario or _NO_CHANGE], price_table=price_table)
    return rated


def rate_each(
    versions: Sequence[Version],
    parcels: pl.DataFrame,
    scenarios: Iterable[Scenario],
    *,
    price_table: str | None = None,
) -> Iterator[Rated]:
    """Rate parcels under each of many scenarios; they are read once, unless they are too many to be kept as they were read.

    Args:
        versions: As for `rate`.
        parcels: As for `rate`.
        scenarios: What is changed, one after the other.
        price_table: As for `rate`.

    Yields:
        What is expected under each scenario.
    """
    check_rows(parcels)
    starts = range(0, max(1, parcels.height), _ROWS_AT_ONCE)
    whole = read_parcels(parcels) if len(starts) == 1 else None
    for some in _several(scenarios, max(1, _ROWS_TOGETHER // max(1, parcels.height))):
        parts = []
        for start in starts:
            part = parcels.slice(start, _ROWS_AT_ONCE)
            ready = read_parcels(part) if whole is None else whole
            traced, which = _traced(versions, part, ready, some, price_table)
            rated = [_rated(traces) for traces in traced]
            parts.append([rated[index] for index in which])
        for of_one in zip(*parts, strict=True):
            yield Rated(
                parcels=pl.concat(rated.parcels for rated in of_one),
                components=pl.concat(rated.components for rated in of_one),
            )


def _rated(traces: _Traces) -> Rated:
    rows = pl.concat([_parcels(frame, tariff) for tariff, frame in traces]).sort("position")
    charges = pl.concat([_components(frame, tariff) for tariff, frame in traces]).sort("position", "order")
    return Rated(parcels=rows.drop("position"), components=charges.drop("position", "order"))


def _several(scenarios: Iterable[Scenario], at_once: int) -> Iterator[list[Scenario]]:
    """The scenarios, as many at once."""
    rest = iter(scenarios)
    while some := list(islice(rest, at_once)):
        yield some


def trace(
    versions: Sequence[Version],
    parcels: pl.DataFrame,
    *,
    scenario: Scenario | None = None,
    price_table: str | None = None,
) -> Iterator[tuple[Tariff | None, pl.DataFrame]]:
    """Rate parcels and keep every column on the way.

    Yields:
        One frame per tariff that parcels are under, and one, without tariff, for parcels that have none.
    """
    (traces,), _ = _traced(versions, parcels, read_parcels(parcels), [scenario or _NO_CHANGE], price_table)
    yield from traces


def undecided(versions: Sequence[Version], parcels: pl.DataFrame, *, scenario: Scenario | None = None) -> pl.DataFrame:
    """Surcharges of which a parcel's record does not tell whether they hold.

    Args:
        versions: As for `rate`.
        parcels: As for `rate`.
        scenario: As for `rate`.

    Returns:
        row, charge_type, surcharge (its place in the tariff); in the order of the rows and the tariff.
    """
    traces = trace(versions, parcels, scenario=scenario)
    found = [undecided_surcharges(frame, tariff) for tariff, frame in traces if tariff is not None]
    return pl.concat([pl.DataFrame(schema=UNDECIDED), *found]).sort("row", "surcharge")


def _traced(
    versions: Sequence[Version],
    parcels: pl.DataFrame,
    ready: tuple[pl.DataFrame, pl.DataFrame],
    scenarios: Sequence[Scenario],
    price_table: str | None,
) -> tuple[list[_Traces], list[int]]:
    """As `trace`, of parcels that `read_parcels` made ready: what differs under the scenarios, and which of that each has."""
    frame, boxes = ready
    placed: dict[tuple[str | None, ...], _Traces] = {}
    tried: list[tuple[tuple[str | None, ...], list[Tariff | None]]] = []
    weighed: list[_Traces] = []
    which = []
    for scenario in scenarios:
        of_rows = tuple(getattr(scenario, name) for name in _OF_ROWS)
        if of_rows not in placed:
            placed[of_rows] = _placed(_under_scenario(frame, parcels, scenario), versions, scenario.version)
        assumes = "assumed" in frame.columns
        tariffs = [_changed(tariff, scenario, price_table, assumes=assumes) for tariff, _ in placed[of_rows]]
        if (of_rows, tariffs) not in tried:
            tried.append((of_rows, tariffs))
            rows = [mine for _, mine in placed[of_rows]]
            weighed.append([(tariff, _weigh(mine, boxes, tariff)) for tariff, mine in zip(tariffs, rows, strict=True)])
        which.append(tried.index((of_rows, tariffs)))
    priced = iter(_priced([part for parts in weighed for part in parts]))
    return [list(islice(priced, len(parts))) for parts in weighed], which


def _changed(tariff: Tariff | None, scenario: Scenario, price_table: str | None, *, assumes: bool) -> Tariff | None:
    """The tariff that prices the parcels, if they have one."""
    if tariff is None:
        return None
    if price_table is not None:
        tariff = attrs.evolve(tariff, prices=tariff.price_tables.get(price_table, tariff.prices))
    return attrs.evolve(under_scenario(tariff, scenario), assumes=assumes)


def _placed(frame: pl.DataFrame, versions: Sequence[Version], forced: str | None) -> _Traces:
    """The parcels that have no tariff, then those of each tariff, in the zones that it puts them in."""
    frame, tariffs = assign_tariffs(frame, versions, forced)
    placed: _Traces = [(None, frame.filter(pl.col("tariff").is_null()))]
    whole = len(tariffs) == 1 and not frame["tariff"].null_count()
    for index, tariff in enumerate(tariffs):
        mine = frame if whole else frame.filter(pl.col("tariff") == index)
        placed.append((tariff, tariff.zones.assign(mine)))
    return placed


def _under_scenario(frame: pl.DataFrame, parcels: pl.DataFrame, scenario: Scenario) -> pl.DataFrame:
    """The columns that a scenario replaces."""
    for name in (scenario.billing_weight, scenario.zone_column):
        if name is not None and name not in parcels.columns:
            raise MissingColumn([name], found=parcels.columns, where="parcels")
    if scenario.service is not None:
        frame = frame.with_columns(service=pl.lit(scenario.service))
    if scenario.zone is not None:
        frame = frame.with_columns(zone=pl.lit(scenario.zone))
    if scenario.zone_column is not None:
        frame = frame.with_columns(parcels.select(text_column(parcels, scenario.zone_column).alias("zone"))["zone"])
    if scenario.billing_weight is not None:
        weight = parcels.select(exact_units(parcels, scenario.billing_weight).alias("weight_w"))["weight_w"]
        unmeasured = (pl.lit(None, dtype=pl.Int64).alias(side) for side in SIDES)
        frame = frame.with_columns(weight, *unmeasured, has_boxes=pl.lit(False))
    return frame


def _weigh(frame: pl.DataFrame, boxes: pl.DataFrame, tariff: Tariff | None) -> pl.DataFrame:
    if tariff is None:
        return frame
    return measure(frame, boxes, tariff).with_columns(rounded_w=_rounded(tariff))


def _priced(weighed: _Traces) -> _Traces:
    """Parcels with their charges; tariffs that differ only in how a parcel is weighed price all of theirs in one pass."""
    alike: list[tuple[Tariff, pl.Schema, list[int]]] = []
    for index, (tariff, frame) in enumerate(weighed):
        if tariff is None:
            continue
        bare = _once_weighed(tariff)
        schema = frame.schema
        members = next((places for other, columns, places in alike if (other, columns) == (bare, schema)), None)
        if members is None:
            members = []
            alike.append((bare, schema, members))
        members.append(index)
    rated = list(weighed)
    for tariff, _, members in alike:
        frames = [weighed[index][1] for index in members]
        priced, start = _price(pl.concat(frames) if len(frames) > 1 else frames[0], tariff), 0
        for index, frame in zip(members, frames, strict=True):
            rated[index] = (weighed[index][0], priced.slice(start, frame.height))
            start += frame.height
    return rated


def _once_weighed(tariff: Tariff) -> Tariff:
    """What is left of a tariff for parcels whose zone and rounded weight are known."""
    weight = WeightTerms(minimum=tariff.weight.minimum)
    return attrs.evolve(tariff, zones=Zones(), volumetric=Volumetric(), weight=weight)


def _price(frame: pl.DataFrame, tariff: Tariff) -> pl.DataFrame:
    frame = frame.with_columns(billing_w=_raised(tariff))
    frame = add_charges(add_freight(frame, tariff), tariff)
    return frame.with_columns(problem=_problem(tariff))


def _rounded(tariff: Tariff) -> pl.Expr:
    """The rounded weight, where rounding waited for the first weight of the zone."""
    if tariff.weight.round_scope == "total":
        return pl.col("rounded_w")
    first, weight, unit = (
        first_weights(tariff.prices, unit=tariff.weight_unit),
        pl.col("chargeable_w"),
        tariff.weight_unit,
    )
    continued = first + round_in_bands(weight - first, tariff.weight.bands, unit=unit)
    whole = round_in_bands(weight, tariff.weight.bands, unit=unit)
    return (
        pl.when(first.is_null()).then(whole).when(weight > first).then(continued).when(weight.is_not_null()).then(first)
    )


def _raised(tariff: Tariff) -> pl.Expr:
    """The billing weight: not below the minimum, nor below what a surcharge that holds demands."""
    unit = WEIGHT_UNITS[tariff.weight_unit]
    weight = pl.col("rounded_w")
    demands = [(pl.lit(True), tariff.weight.minimum)] if tariff.weight.minimum else []
    demands += [
        (surcharge_holds(index, tariff), item.minimum_weight)
        for index, item in enumerate(tariff.surcharges)
        if item.minimum_weight is not None
    ]
    for holds, least in demands:
        least_w = whole_units(least, unit)
        weight = pl.when(holds & (weight < least_w)).then(pl.lit(least_w, dtype=pl.Int64)).otherwise(weight)
    return weight


def _problem(tariff: Tariff) -> pl.Expr:
    """What keeps a parcel from being rated; null when nothing does."""
    outward = ~pl.col("leg").is_in(list(RETURN_LEGS))
    missing_price = [
        outward & pl.col("base_minor").is_null(),
        pl.col("is_back") & pl.col("return_minor").is_null(),
        (pl.col("leg") == "intercept") & pl.col("intercept_minor").is_null(),
        pl.col("fuel_of_minor").is_not_null() & pl.col("fuel_minor").is_null(),
    ]
    return (
        pl.when(pl.col("chargeable_w").is_null() & tariff.needs_weight)
        .then(pl.lit("weight_missing"))
        .when(pl.col("zone").is_null())
        .then(pl.lit("zone_missing"))
        .when(pl.any_horizontal(missing_price))
        .then(pl.lit("price_missing"))
    )


def _parcels(frame: pl.DataFrame, tariff: Tariff | None) -> pl.DataFrame:
    """The columns of `Rated.parcels`."""
    if tariff is None:
        unknown = {name: pl.lit(None, dtype=WEIGHT_DECIMAL) for name in _WEIGHTS}
        text = {name: pl.lit(None, dtype=pl.String) for name in ("zone", "divisor", "weight_kind")}
        others = {name: pl.lit([], dtype=pl.List(pl.String)) for name in ("other_zones", "other_divisors")}
        frame = frame.with_columns(problem="selection_problem", **others, **unknown, **text)
        return frame.select(_COLUMNS)
    divisors = [f"{divisor.normalize():f}" for divisor in tariff.volumetric.divisors()]
    heavier = pl.col("chargeable_w") > pl.col("actual_w")

    def named(index: pl.Expr) -> pl.Expr:
        return index.replace_strict(list(range(len(divisors))), divisors, default=None, return_dtype=pl.String)

    return frame.with_columns(
        divisor=named(pl.col("divisor_index")),
        other_divisors=pl.col("other_divisors_index").list.eval(named(pl.element())),
        weight_kind=pl.when(heavier).then(pl.lit("volumetric")).when(~heavier).then(pl.lit("actual")),
        **{name: to_decimal(pl.col(column)) for name, column in _WEIGHTS.items()},
    ).select(_COLUMNS)


def _components(frame: pl.DataFrame, tariff: Tariff | None) -> pl.DataFrame:
    """The rows of `Rated.components`, with position and order to sort them by."""
    if tariff is None or frame.is_empty():
        return pl.DataFrame(schema=_COMPONENT_SCHEMA)
    columns = charge_columns(tariff)
    sums = [
        pl.when(pl.any_horizontal(pl.col(name).is_not_null() for name in names))
        .then(pl.sum_horizontal(names))
        .alias(str(order))
        for order, names in enumerate(columns.values())
    ]
    charges = frame.filter(pl.col("problem").is_null()).select("position", "row", *sums)
    long = charges.unpivot(index=["position", "row"], variable_name="order", value_name="amount_minor")
    long = long.filter(pl.col("amount_minor").is_not_null())
    orders = [str(order) for order in range(len(columns))]
    return long.select(
        "position",
        "row",
        pl.col("order").replace_strict(orders, list(columns), return_dtype=pl.String).alias("charge_type"),
        "amount_minor",
        pl.col("order").cast(pl.Int32),
    )
