"""Worlds: what may be so of a parcel of which not all is on record, and what the contract then makes of it."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations

import attrs
import polars as pl

from tieout.reconciliations._courier.columns import attached
from tieout.reconciliations._courier.expected import by_leg
from tieout.reconciliations._courier.netting import OF_FREIGHT
from tieout.tariffs import RateCard, Rated, Scenario
from tieout.tariffs.surcharges import Surcharge

__all__ = ["World", "answers_of", "charges_of", "other_worlds", "surcharges_of", "with_surcharges"]

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
    """

    rows: pl.DataFrame
    rated: Rated
    scenario: Scenario = attrs.field(factory=Scenario)
    open: pl.DataFrame | None = None

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
        world = World(rows=rows, rated=_with_others(card.rate(rows), before, "other_zones", zone))
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
        yield World(rows=rows, rated=_as_before(rated, world.rated, "other_zones"), scenario=scenario)


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
