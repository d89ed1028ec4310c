"""Doubts: prices that rest on what nobody recorded, taken as the bill has them, and listed.

Whether an address is a home, how long a box is, where a parcel left: where our record does not say, the contract allows several
prices, and a bill that has one of them is neither right nor wrong. What is billed then decides between them, the nearest where
none is met, so that what is claimed is too much by each of them; and the line is noted, so that it is not called correct either.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import attrs
import polars as pl

from tieout.reconciliations._courier.columns import attached
from tieout.reconciliations._courier.expected import Rating, by_leg, cover
from tieout.tariffs import RateCard, Rated, Scenario

__all__ = ["Doubts", "settled"]

_FREIGHT = (
    *("base", "all_in", "return_to_sender", "reverse_pickup"),
    *("volumetric_diff", "minimum", "label", "discount", "adjustment", "void_credit"),
)
"""Lines that together say what the way of a parcel cost, since some bills list its parts apart."""


@attrs.frozen(kw_only=True)
class Doubts:
    """What was settled.

    Attributes:
        rating: What was rated, with the open facts as the bill has them.
        by_route: `unit`s whose price would be another with a zone or a divisor that may hold as well.
        by_condition: `unit`, `leg` and `charge_type` of surcharges of which nobody can tell whether they apply.
    """

    rating: Rating
    by_route: pl.DataFrame
    by_condition: pl.DataFrame


@attrs.frozen(kw_only=True)
class _World:
    """What may be so.

    Attributes:
        rows: The rows of which it may be so, with the zone that then holds.
        rated: What the contract then makes of them.
    """

    rows: pl.DataFrame
    rated: Rated


def settled(card: RateCard, rating: Rating, lines: pl.DataFrame) -> Doubts:
    """Take the open facts of each parcel as its bill lines have them.

    Args:
        card: The contract.
        rating: What was rated by what is known; what is not known does not hold there.
        lines: Lines of `with_units`, marked as repeated or reversed.
    """
    counted = lines.filter(
        pl.col("unit").is_not_null()
        & ~pl.col("is_duplicate")
        & ~pl.col("is_reversed")
        & (pl.col("currency") == card.currency)
    )
    rating, by_route = _with_places(card, rating, counted)
    rating, by_condition = _with_surcharges(card, rating, counted)
    return Doubts(rating=rating, by_route=by_route, by_condition=by_condition)


def _with_places(card: RateCard, rating: Rating, lines: pl.DataFrame) -> tuple[Rating, pl.DataFrame]:
    """Of the zones and divisors that may hold, those hold by which the contract is nearest to what is billed."""
    others = (pl.col("other_zones").list.len() > 0) | (pl.col("other_divisors").list.len() > 0)
    open_ = rating.rated.parcels.filter(others & pl.col("problem").is_null())
    if not open_.height:
        return rating, pl.DataFrame(schema={"unit": pl.Int64})
    rows = rating.rows.join(open_, on="row", how="semi", maintain_order="left")
    known = _World(rows=rows, rated=_of_rows(rating.rated, rows))
    worlds = [known, *_worlds(card, known)]
    resting = _resting(worlds)
    chosen = _nearest(worlds, lines).filter(pl.col("world") > 0)
    by_route = rows.join(resting, on="row", how="semi").select("unit").unique()
    if not chosen.height:
        return rating, by_route
    parts, zones = [], []
    for number, world in enumerate(worlds):
        mine = chosen.filter(pl.col("world") == number)
        parts.append(_of_rows(world.rated, mine))
        zones.append(world.rows.join(mine, on="row", how="semi").select("row", pl.col("zone").alias("_zone")))
    rows = attached(rating.rows, pl.concat(zones), on="row")
    rows = rows.with_columns(pl.coalesce("_zone", "zone").alias("zone")).drop("_zone")
    return Rating(rows=rows, rated=_spliced(rating.rated, parts)), by_route


def _worlds(card: RateCard, known: _World) -> Iterator[_World]:
    """Each other zone, and with each zone each other divisor."""
    yield from _other_divisors(card, known)
    before = known.rated.parcels.select("row", pl.col("zone").alias("_was"), pl.col("other_zones").alias("_others"))
    listed = before.explode("_others")
    for zone in sorted(listed["_others"].drop_nulls().unique()):
        mine = listed.filter(pl.col("_others") == zone)
        rows = known.rows.join(mine, on="row", how="semi", maintain_order="left").with_columns(zone=pl.lit(zone))
        world = _World(rows=rows, rated=_with_others(card.rate(rows), before, "other_zones", zone))
        yield world
        yield from _other_divisors(card, world)


def _other_divisors(card: RateCard, world: _World) -> Iterator[_World]:
    counts = pl.col("volumetric_weight_g").is_not_null()
    before = world.rated.parcels.filter(counts).select(
        "row",
        pl.col("divisor").alias("_was"),
        pl.col("other_divisors").alias("_others"),
        pl.col("other_zones").alias("_zones"),
    )
    listed = before.explode("_others")
    for divisor in sorted(listed["_others"].drop_nulls().unique(), key=Decimal):
        mine = listed.filter(pl.col("_others") == divisor)
        rows = world.rows.join(mine, on="row", how="semi", maintain_order="left")
        rated = card.rate(rows, scenario=Scenario(divisor=Decimal(divisor)))
        parcels = attached(rated.parcels, before.select("row", "_zones"), on="row")
        rated = attrs.evolve(rated, parcels=parcels.with_columns(pl.col("_zones").alias("other_zones")).drop("_zones"))
        yield _World(rows=rows, rated=_with_others(rated, before.drop("_zones"), "other_divisors", divisor))


def _with_others(rated: Rated, before: pl.DataFrame, column: str, taken: str) -> Rated:
    """What may hold instead of what is taken: what was taken before, and the others of then."""
    parcels = attached(rated.parcels, before, on="row")
    others = pl.concat_list("_was", "_others").list.eval(pl.element().filter(pl.element() != taken))
    return attrs.evolve(rated, parcels=parcels.with_columns(others.alias(column)).drop("_was", "_others"))


def _resting(worlds: Sequence[_World]) -> pl.DataFrame:
    """The rows of which another world makes another price than what is known does."""
    known = _sums(worlds[0].rated.components)
    found = [pl.DataFrame(schema={"row": pl.Int64})]
    for world in worlds[1:]:
        both = _sums(world.rated.components).join(known, on="row", suffix="_known")
        found.append(both.filter(pl.col("minor") != pl.col("minor_known")).select("row"))
    return pl.concat(found).unique()


def _nearest(worlds: Sequence[_World], lines: pl.DataFrame) -> pl.DataFrame:
    """For each row that is billed, the number of the world that is nearest to its bill lines: `row`, `world`.

    Near is little difference, that of the freight, and that of each other charge, taken without their signs.
    """
    part = pl.when(pl.col("charge_type").is_in(_FREIGHT)).then(pl.lit("base")).otherwise("charge_type").alias("part")
    one_way = lines.filter((pl.col("rate_legs").list.len() == 1) & ((pl.col("amount_minor") > 0) | (part == "base")))
    parts = one_way.select("line", part)
    billed = by_leg(one_way.select("unit", "rate_legs", part, "amount_minor"))
    billed = billed.group_by("unit", "leg", "part").agg(pl.col("amount_minor").sum().alias("billed_minor"))
    charges = one_way.filter(pl.col("amount_minor") > 0)
    gaps = []
    for number, world in enumerate(worlds):
        fine = world.rated.parcels.filter(pl.col("problem").is_null()).select("row")
        rows = world.rows.join(fine, on="row", how="semi").select("row", "unit", "leg")
        covered = cover(charges.join(rows, on="unit", how="semi"), rows, world.rated.components)
        sums = covered.join(parts, on="line").group_by("row", "part").agg(pl.col("amount_minor").sum().alias("minor"))
        each = rows.join(billed, on=["unit", "leg"]).join(sums, on=["row", "part"], how="left")
        gap = (pl.col("billed_minor") - pl.col("minor").fill_null(0)).abs().sum().alias("gap")
        gaps.append(each.group_by("row").agg(gap).with_columns(pl.lit(number).alias("world")))
    return pl.concat(gaps).sort("row", "gap", "world").unique("row", keep="first", maintain_order=True)


def _with_surcharges(card: RateCard, rating: Rating, lines: pl.DataFrame) -> tuple[Rating, pl.DataFrame]:
    """Surcharges that may hold hold where the contract is then nearer to what is billed: of several the nearest."""
    billed = _billed_surcharges(card, rating, lines)
    of_type = ["row", "charge_type"]
    asked = rating.rows.join(billed, on="row", how="semi", maintain_order="left")
    may = billed.join(card.undecided(asked), on=of_type) if asked.height else billed.clear()
    named = pl.DataFrame(schema={"unit": pl.Int64, "leg": pl.String, "charge_type": pl.String})
    if not may.height:
        return rating, named
    copies = may.with_row_index("copy").with_columns(pl.col("copy").cast(pl.Int64), assumed=pl.concat_list("surcharge"))
    rows = copies.select("copy", "row", "assumed").join(rating.rows, on="row").drop("row").rename({"copy": "row"})
    tried = card.rate(rows).components.rename({"row": "copy", "amount_minor": "tried_minor"})
    off = [(pl.col("billed_minor") - pl.col(name)).abs() for name in ("tried_minor", "known_minor")]
    chosen = (
        copies.join(tried, on=["copy", "charge_type"])
        .filter(off[0] < off[1])
        .sort(*of_type, off[0], "surcharge")
        .unique(of_type, keep="first", maintain_order=True)
    )
    if not chosen.height:
        return rating, named
    assumed = chosen.group_by("row").agg(pl.col("surcharge").sort().alias("assumed"))
    rows = attached(rating.rows, assumed, on="row")
    again = card.rate(rows.filter(pl.col("assumed").is_not_null()))
    settled_rating = Rating(rows=rows, rated=_spliced(rating.rated, [again]))
    return settled_rating, rating.rows.join(chosen, on="row").select(named.columns)


def _billed_surcharges(card: RateCard, rating: Rating, lines: pl.DataFrame) -> pl.DataFrame:
    """Surcharges that are billed otherwise than what is known leads to: `row`, `charge_type`, `billed_minor`, `known_minor`."""
    known = {
        item.charge_type
        for version in card.versions
        for tariff in version.tariffs.values()
        for item in tariff.surcharges
    }
    charged = lines.filter(pl.col("charge_type").is_in(sorted(known)) & (pl.col("amount_minor") > 0))
    return (
        by_leg(charged.select("unit", "rate_legs", "charge_type", "amount_minor"))
        .group_by("unit", "leg", "charge_type")
        .agg(pl.col("amount_minor").sum().alias("billed_minor"))
        .join(rating.rows.select("row", "unit", "leg"), on=["unit", "leg"])
        .join(rating.rated.components, on=["row", "charge_type"], how="left")
        .select("row", "charge_type", "billed_minor", pl.col("amount_minor").fill_null(0).alias("known_minor"))
        .filter(pl.col("billed_minor") != pl.col("known_minor"))
    )


def _sums(components: pl.DataFrame) -> pl.DataFrame:
    return components.group_by("row").agg(pl.col("amount_minor").sum().alias("minor"))


def _of_rows(rated: Rated, rows: pl.DataFrame) -> Rated:
    """The answers for these rows alone."""
    only = rows.select("row")
    return Rated(
        parcels=rated.parcels.join(only, on="row", how="semi", maintain_order="left"),
        components=rated.components.join(only, on="row", how="semi", maintain_order="left"),
    )


def _spliced(rated: Rated, again: Sequence[Rated]) -> Rated:
    """The answers, with those given again in their places."""
    rows = pl.concat([part.parcels.select("row") for part in again])
    return Rated(
        parcels=pl.concat([rated.parcels.join(rows, on="row", how="anti"), *(part.parcels for part in again)]).sort(
            "row"
        ),
        components=pl.concat(
            [rated.components.join(rows, on="row", how="anti"), *(part.components for part in again)]
        ).sort("row", maintain_order=True),
    )
