"""Worlds: what may be so of a parcel of which not all is on record, and what the contract then makes of it."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations

import attrs
import polars as pl

from tieout.reconciliations._courier.columns import attached
from tieout.reconciliations._courier.expected import Rating, by_leg
from tieout.reconciliations._courier.netting import OF_FREIGHT
from tieout.tariffs import RateCard, Rated, Scenario
from tieout.tariffs.surcharges import Surcharge

__all__ = [
    "MEASURES",
    "SIDES",
    "World",
    "answers_of",
    "by_the_bills_volume",
    "charges_of",
    "other_worlds",
    "surcharges_of",
    "volumes_of",
    "with_surcharges",
]

SIDES = ("length_cm", "width_cm", "height_cm")
MEASURES = ("weight_g", *SIDES)
"""Columns of a parcel that a volume of the bill may stand in for."""

_TOGETHER = 4  # open surcharges of one parcel of which every choice is tried: of more, each alone and all
_CHOSEN: dict[str, pl.DataType] = {"choice": pl.String(), "assumed": pl.List(pl.Int64)}


@attrs.frozen(kw_only=True)
class World:
    """What may be so.

    Attributes:
        rows: The rows of which it may be so, with the zone and the surcharges that then hold.
        rated: What the contract then makes of them.
        scenario: What it is rated under.
        open: The surcharges of which nobody can tell: `row`, `charge_type`, `surcharge`.
        is_by_volume: Whether the parcels have the volume that the bill says.
    """

    rows: pl.DataFrame
    rated: Rated
    scenario: Scenario = attrs.field(factory=Scenario)
    open: pl.DataFrame | None = None
    is_by_volume: bool = False

    def only(self, rows: pl.DataFrame) -> "World":
        """The world of these rows alone."""
        mine = self.rows.join(rows, on="row", how="semi", maintain_order="left")
        return attrs.evolve(self, rows=mine, rated=answers_of(self.rated, mine))


def other_worlds(card: RateCard, known: World) -> Iterator[World]:
    """Each other zone, and with each zone each other divisor."""
    yield from _other_divisors(card, known)
    before = known.rated.parcels.select("row", pl.col("zone").alias("_was"), pl.col("other_zones").alias("_others"))
    listed = before.explode("_others")
    for zone in sorted(listed["_others"].drop_nulls().unique()):
        mine = listed.filter(pl.col("_others") == zone)
        rows = known.rows.join(mine, on="row", how="semi", maintain_order="left").with_columns(zone=pl.lit(zone))
        world = attrs.evolve(known, rows=rows, rated=_with_others(card.rate(rows), before, "other_zones", zone))
        yield world
        yield from _other_divisors(card, world)


def _other_divisors(card: RateCard, world: World) -> Iterator[World]:
    counts = pl.col("volumetric_weight_g").is_not_null()
    before = world.rated.parcels.filter(counts).select(
        "row", pl.col("divisor").alias("_was"), pl.col("other_divisors").alias("_others")
    )
    listed = before.explode("_others")
    for divisor in sorted(listed["_others"].drop_nulls().unique(), key=Decimal):
        mine = listed.filter(pl.col("_others") == divisor)
        rows = world.rows.join(mine, on="row", how="semi", maintain_order="left")
        scenario = Scenario(divisor=Decimal(divisor))
        rated = _with_others(card.rate(rows, scenario=scenario), before, "other_divisors", divisor)
        yield attrs.evolve(world, rows=rows, rated=_as_before(rated, world.rated, "other_zones"), scenario=scenario)


def volumes_of(rating: Rating, lines: pl.DataFrame) -> pl.DataFrame:
    """Volumes that only the bill knows, of parcels that nobody of ours measured and whose contract weighs volume.

    Sides that the courier measured are taken with the contract's divisor; where it names none, and calls its weight
    volumetric or charges the difference to it on a line of its own, that weight is taken.

    Args:
        rating: What was rated by what is known.
        lines: Lines that count, with the sides and the weight that they bill.

    Returns:
        `row`, and `bill_weight_g` or the `bill_` sides.
    """
    is_actual = (pl.col("weight_kind") == "actual").fill_null(value=False)
    is_volume = (pl.col("weight_kind") == "volumetric").fill_null(value=False) | (
        pl.col("charge_type") == "volumetric_diff"
    )
    is_measured = pl.all_horizontal(pl.col(side) > 0 for side in SIDES).fill_null(value=False)
    telling = charges_of(lines).filter(~pl.col("is_duplicate") & ~is_actual & (is_volume | is_measured))
    said = (
        by_leg(telling)
        .group_by("unit", "leg")
        .agg(
            *(pl.col(side).filter(is_measured).max().alias(f"bill_{side}") for side in SIDES),
            pl.col("billed_weight_g").filter(is_volume).max().alias("bill_weight_g"),
        )
        .with_columns(pl.when(pl.col("bill_length_cm").is_null()).then("bill_weight_g").alias("bill_weight_g"))
        .filter(pl.any_horizontal(pl.col(f"bill_{name}").is_not_null() for name in MEASURES))
    )
    is_open = pl.col("volumetric_weight_g").is_null() & pl.col("divisor").is_not_null() & pl.col("problem").is_null()
    rows = rating.rows.select("row", "unit", "leg").join(said, on=["unit", "leg"])
    return rows.drop("unit", "leg").join(rating.rated.parcels.filter(is_open), on="row", how="semi")


def by_the_bills_volume(card: RateCard, known: World, volumes: pl.DataFrame) -> World:
    """The same parcels with the volumes that `volumes_of` gives; only those that have one."""
    rows = known.rows.join(volumes, on="row", maintain_order="left")
    rows = rows.with_columns(
        *(pl.coalesce(f"bill_{name}", name).alias(name) for name in MEASURES),
        pl.lit(None, dtype=rows.schema["pieces"]).alias(
            "pieces"
        ),  # of which no sides are known, else there were a volume
    ).drop(f"bill_{name}" for name in MEASURES)
    return attrs.evolve(known, rows=rows, rated=card.rate(rows), is_by_volume=True)


def with_surcharges(card: RateCard, world: World, lines: pl.DataFrame) -> Iterator[World]:
    """The same with each choice of the surcharges that may hold, and that some line may charge for."""
    if not world.rows.height:
        return
    told = by_leg(charges_of(lines).select("unit", "rate_legs", pl.col("charge_type").alias("types")))
    billed = world.rows.select("row", "unit", "leg").join(told, on=["unit", "leg"]).group_by("row").agg("types")
    name, types = pl.col("charge_type"), pl.col("types").list
    carried = name.is_in([*OF_FREIGHT, *_weighing_types(card)]) | types.contains("all_in")
    may = card.undecided(world.rows, scenario=world.scenario).join(billed, on="row")
    may = may.filter(name.is_in("types") | carried)
    listed = (
        may.group_by("row")
        .agg(pl.col("surcharge").sort())
        .with_columns(pl.col("surcharge").cast(pl.List(pl.String)).list.join(",").alias("choice"))
    )
    choices = {row[0]: _choices(row[1]) for row in listed.select("choice", "surcharge").unique("choice").iter_rows()}
    for nth in range(max(map(len, choices.values()), default=0)):
        chosen = [(name, each[nth]) for name, each in choices.items() if nth < len(each)]
        frame = pl.DataFrame(chosen, schema=_CHOSEN, orient="row")
        mine = listed.join(frame, on="choice").select("row", "assumed")
        rows = world.rows.join(mine, on="row", maintain_order="left")
        rated = card.rate(rows, scenario=world.scenario)
        for other in ("other_zones", "other_divisors"):
            rated = _as_before(rated, world.rated, other)
        yield attrs.evolve(world, rows=rows, rated=rated, open=may.select("row", "charge_type", "surcharge"))


def _choices(surcharges: Sequence[int]) -> list[list[int]]:
    """What may hold of some surcharges, the fewest first; nothing is not among it."""
    sizes = range(1, len(surcharges) + 1) if len(surcharges) <= _TOGETHER else (1, len(surcharges))
    return [list(some) for size in sizes for some in combinations(surcharges, size)]


def surcharges_of(card: RateCard) -> list[Surcharge]:
    return [item for version in card.versions for tariff in version.tariffs.values() for item in tariff.surcharges]


def _weighing_types(card: RateCard) -> list[str]:
    """Surcharges that raise the billing weight, and so change what other lines charge."""
    return sorted({item.charge_type for item in surcharges_of(card) if item.minimum_weight is not None})


def _with_others(rated: Rated, before: pl.DataFrame, column: str, taken: str) -> Rated:
    """What may hold instead of what is taken: what was taken before, and the others of then."""
    parcels = attached(rated.parcels, before, on="row")
    others = pl.concat_list("_was", "_others").list.eval(pl.element().filter(pl.element() != taken))
    return attrs.evolve(rated, parcels=parcels.with_columns(others.alias(column)).drop("_was", "_others"))


def _as_before(rated: Rated, before: Rated, column: str) -> Rated:
    """What may hold instead, as it was told before something was fixed."""
    told = before.parcels.select("row", pl.col(column).alias("_told"))
    parcels = attached(rated.parcels, told, on="row").with_columns(pl.col("_told").alias(column)).drop("_told")
    return attrs.evolve(rated, parcels=parcels)


def charges_of(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines that charge something, and give nothing back."""
    return lines.filter(pl.col("amount_minor") > 0)


def answers_of(rated: Rated, rows: pl.DataFrame) -> Rated:
    """The answers for these rows alone."""
    only = rows.select("row")
    return Rated(
        parcels=rated.parcels.join(only, on="row", how="semi", maintain_order="left"),
        components=rated.components.join(only, on="row", how="semi", maintain_order="left"),
    )
