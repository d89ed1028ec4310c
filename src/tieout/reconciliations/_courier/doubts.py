"""Doubts: prices that rest on what nobody recorded, taken as the bill has them, and listed.

Whether an address is a home, how long a box is, where a parcel left: where our record does not say, the contract allows several
prices, and a bill that has one of them is neither right nor wrong. What is billed then decides between them: the one by which
least is charged too much, so that what is claimed is too much by each of them; and the line is noted, so that it is not called
correct either.
"""

from collections.abc import Sequence

import attrs
import polars as pl

from tieout.reconciliations._courier.columns import attached
from tieout.reconciliations._courier.expected import Rating, by_leg
from tieout.reconciliations._courier.nearness import nearest, told_of
from tieout.reconciliations._courier.netting import FREIGHT
from tieout.reconciliations._courier.worlds import (
    MEASURES,
    SIDES,
    World,
    answers_of,
    by_the_bills_volume,
    charges_of,
    other_worlds,
    surcharges_of,
    volumes_of,
    with_surcharges,
)
from tieout.tariffs import RateCard, Rated

__all__ = ["Doubts", "settled"]


@attrs.frozen(kw_only=True)
class Doubts:
    """What was settled.

    Attributes:
        rating: What was rated, with the open facts as the bill has them.
        by_route: `unit`s whose price would be another with a zone or a divisor that may hold as well.
        by_condition: `line`s that charge for what nobody of ours can tell: surcharges that may apply, and freight by a
            volume that only the courier measured.
    """

    rating: Rating
    by_route: pl.DataFrame
    by_condition: pl.DataFrame


def settled(card: RateCard, rating: Rating, lines: pl.DataFrame) -> Doubts:
    """Take the open facts of each parcel as its bill lines have them.

    Args:
        card: The contract.
        rating: What was rated by what is known; what is not known does not hold there.
        lines: Lines of `with_units`, marked as repeated or reversed.
    """
    lines = lines.filter(pl.col("unit").is_not_null() & ~pl.col("is_reversed") & (pl.col("currency") == card.currency))
    volumes, lines = volumes_of(rating, lines), told_of(lines)
    known = _doubtful(card, rating, lines, volumes.select("row"))
    by_route, by_condition = pl.DataFrame(schema={"unit": pl.Int64}), pl.DataFrame(schema={"line": pl.Int64})
    if not known.rows.height:
        return Doubts(rating=rating, by_route=by_route, by_condition=by_condition)
    lines = lines.join(known.rows.select("unit").unique(), on="unit", how="semi", maintain_order="left")
    worlds = [known, *other_worlds(card, known)]
    by_route = known.rows.join(_resting(worlds), on="row", how="semi").select("unit")
    measured = by_the_bills_volume(card, known, volumes)
    if measured.rows.height:
        by_volume = [measured, *other_worlds(card, measured)]
        worlds = [*worlds, *by_volume]
    best = nearest(worlds, lines)
    left = best.filter(pl.col("gap") != 0)
    if left.height:
        before = [world.only(left) for world in worlds]
        after = [tried for world in before for tried in with_surcharges(card, world, lines)]
        again = nearest([*before, *after], lines)
        worlds = [*worlds, *after]
        best = pl.concat([best.join(left, on="row", how="anti"), again])
    parts = [world.only(best.filter(pl.col("world") == number)) for number, world in enumerate(worlds)]
    by_condition = pl.concat([by_condition, *(_conditions(part, lines) for part in parts)])
    if measured.rows.height:
        taken = pl.concat([part.rows.select("row") for part in parts if part.is_by_volume])
        resting = _resting(by_volume).join(taken, on="row", how="semi")
        by_route = pl.concat([by_route, measured.rows.join(resting, on="row", how="semi").select("unit")])
    return Doubts(rating=_taken(rating, parts), by_route=by_route.unique(), by_condition=by_condition.unique())


def _doubtful(card: RateCard, rating: Rating, lines: pl.DataFrame, volumes: pl.DataFrame) -> World:
    """The rows of which something is not known that may decide what they cost, as they are by what is known."""
    places = (pl.col("other_zones").list.len() > 0) | (pl.col("other_divisors").list.len() > 0)
    fine = rating.rated.parcels.filter(pl.col("problem").is_null())
    asked = [fine.filter(places).select("row")]
    unknown = [pl.col("row").is_in(volumes["row"].implode()), *(pl.col(name).is_null() for name in _deciding(card))]
    unsure = rating.rows.filter(pl.any_horizontal(unknown)).select("row", "unit", "leg")
    unsure = unsure.join(fine, on="row", how="semi").join(asked[0], on="row", how="anti")
    if unsure.height:
        off = (
            by_leg(lines.join(unsure, on="unit", how="semi"))
            .group_by("unit", "leg", "charge_type")
            .agg(pl.col("whole_minor").sum())
            .join(unsure.select("row", "unit", "leg"), on=["unit", "leg"])
            .join(rating.rated.components, on=["row", "charge_type"], how="left")
            .filter(pl.col("whole_minor").ne_missing(pl.col("amount_minor")))
        )
        rows = _with_partners(rating.rows, off.select("row").unique(), lines)
        known = World(rows=rows, rated=answers_of(rating.rated, rows))
        wrong = rows.join(nearest([known], lines).filter(pl.col("gap") != 0), on="row", how="semi")
        if wrong.height:
            asked.append(card.undecided(wrong).select("row"))
            asked.append(wrong.select("row").join(volumes, on="row", how="semi"))
    rows = _with_partners(rating.rows, pl.concat(asked).unique(), lines)
    return World(rows=rows, rated=answers_of(rating.rated, rows))


def _with_partners(rows: pl.DataFrame, asked: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The rows that are asked for, and the other leg where one line pays for both."""
    both = lines.filter(pl.col("rate_legs").list.len() > 1).select("unit").unique()
    mine = rows.select("row", "unit").join(asked, on="row", how="semi")
    units = mine.join(both, on="unit", how="semi")["unit"].implode()
    return rows.filter(pl.col("row").is_in(asked["row"].implode()) | pl.col("unit").is_in(units))


def _deciding(card: RateCard) -> list[str]:
    """The columns of a parcel without which some surcharge cannot be told to hold or not."""
    found: set[str] = set()
    for item in surcharges_of(card):
        found.update(item.route.told().meta.root_names() if item.route else ())
        found.update(["is_residential"] if item.residential is not None else ())
        found.update(SIDES if item.limits.has_size else ())
    return sorted(found)


def _resting(worlds: Sequence[World]) -> pl.DataFrame:
    """The rows of which another world makes another price than what is known does."""
    known = _sums(worlds[0].rated.components)
    found = [pl.DataFrame(schema={"row": pl.Int64})]
    for world in worlds[1:]:
        both = _sums(world.rated.components).join(known, on="row", suffix="_known")
        found.append(both.filter(pl.col("minor") != pl.col("minor_known")).select("row"))
    return pl.concat(found).unique()


def _conditions(world: World, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines that charge for surcharges taken to hold: those of their own, else the freight that carries them.

    Where a volume of the bill is taken, the freight charges for that.
    """
    found = [pl.DataFrame(schema={"line": pl.Int64})]
    told = by_leg(charges_of(lines).filter(~pl.col("is_duplicate")))
    if world.is_by_volume:
        freight = told.filter(pl.col("part") == "base")
        found.append(freight.join(world.rows, on=["unit", "leg"], how="semi").select("line"))
    if world.open is None or not world.rows.height:
        return pl.concat(found)
    taken = world.rows.select("row", "unit", "leg", pl.col("assumed").alias("surcharge")).explode("surcharge")
    taken = taken.join(world.open, on=["row", "surcharge"])
    own = told.join(taken, on=["unit", "leg", "charge_type"]).select("line", "row", "surcharge")
    rest = taken.join(own, on=["row", "surcharge"], how="anti").select("unit", "leg")
    carrying = told.filter(pl.col("charge_type").is_in(FREIGHT)).join(rest, on=["unit", "leg"], how="semi")
    return pl.concat([*found, own.select("line"), carrying.select("line")])


def _taken(rating: Rating, parts: Sequence[World]) -> Rating:
    """The rating, with what other worlds than the known one say of the rows that they were taken for."""
    others = [part for part in parts[1:] if part.rows.height]
    if not others:
        return rating
    none = pl.lit(None, dtype=pl.List(pl.Int64)).alias("assumed")
    names = ("zone", *MEASURES)
    facts = [
        part.rows.select(
            "row",
            *(pl.col(name).alias(f"_{name}") for name in names),
            "assumed" if part.open is not None else none,
        )
        for part in others
    ]
    rows = attached(rating.rows, pl.concat(facts), on="row")
    rows = rows.with_columns(pl.coalesce(f"_{name}", name).alias(name) for name in names)
    rated = _spliced(rating.rated, [_of_ours(part, rating.rated) for part in others])
    return Rating(rows=rows.drop(f"_{name}" for name in names), rated=rated)


def _of_ours(part: World, known: Rated) -> Rated:
    """The answers, which do not call a weight ours that the bill says."""
    if not part.is_by_volume:
        return part.rated
    ours = known.parcels.select("row", pl.col("actual_weight_g").alias("_ours"))
    parcels = attached(part.rated.parcels, ours, on="row").with_columns(
        pl.col("_ours").alias("actual_weight_g"),
        pl.lit(None, dtype=known.parcels.schema["volumetric_weight_g"]).alias("volumetric_weight_g"),
    )
    return attrs.evolve(part.rated, parcels=parcels.drop("_ours"))


def _sums(components: pl.DataFrame) -> pl.DataFrame:
    return components.group_by("row").agg(pl.col("amount_minor").sum().alias("minor"))


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
