"""Doubts: prices that rest on what nobody recorded, taken as the bill has them, and listed.

Whether an address is a home, how long a box is, where a parcel left: where our record does not say, the contract allows several
prices, and a bill that has one of them is neither right nor wrong. What is billed then decides between them: the one by which
least is charged too much, so that what is claimed is too much by each of them; and the line is noted, so that it is not called
correct either.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations

import attrs
import polars as pl

from tieout.reconciliations._courier.columns import attached
from tieout.reconciliations._courier.expected import Rating, by_leg, cover
from tieout.tariffs import RateCard, Rated, Scenario
from tieout.tariffs.surcharges import Surcharge

__all__ = ["Doubts", "settled"]

_FREIGHT = (
    *("base", "all_in", "return_to_sender", "reverse_pickup"),
    *("volumetric_diff", "minimum", "label", "discount", "adjustment", "void_credit"),
)
"""Lines that together say what the way of a parcel cost, since some bills list its parts apart."""
_CARRIES_OTHERS = ("base", "all_in", "return_to_sender", "reverse_pickup")
"""Lines that may carry a surcharge that has none of its own."""
_SIDES = ("length_cm", "width_cm", "height_cm")
_TOGETHER = 4  # open surcharges of one parcel of which every choice is tried: of more, each alone and all
_CHOSEN: dict[str, pl.DataType] = {"choice": pl.String(), "assumed": pl.List(pl.Int64)}
_TWO_LEGS = ("outbound", "return")  # of one line
_STRIDE = 10**9  # keeps the rows of the worlds apart


@attrs.frozen(kw_only=True)
class Doubts:
    """What was settled.

    Attributes:
        rating: What was rated, with the open facts as the bill has them.
        by_route: `unit`s whose price would be another with a zone or a divisor that may hold as well.
        by_condition: `line`s that charge for surcharges of which nobody can tell whether they apply.
    """

    rating: Rating
    by_route: pl.DataFrame
    by_condition: pl.DataFrame


@attrs.frozen(kw_only=True)
class _World:
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

    def only(self, rows: pl.DataFrame) -> "_World":
        """The world of these rows alone."""
        mine = self.rows.join(rows, on="row", how="semi", maintain_order="left")
        return attrs.evolve(self, rows=mine, rated=_of_rows(self.rated, mine))


def settled(card: RateCard, rating: Rating, lines: pl.DataFrame) -> Doubts:
    """Take the open facts of each parcel as its bill lines have them.

    Args:
        card: The contract.
        rating: What was rated by what is known; what is not known does not hold there.
        lines: Lines of `with_units`, marked as repeated or reversed.
    """
    lines = _told(
        lines.filter(pl.col("unit").is_not_null() & ~pl.col("is_reversed") & (pl.col("currency") == card.currency))
    )
    known = _doubtful(card, rating, lines)
    by_route, by_condition = pl.DataFrame(schema={"unit": pl.Int64}), pl.DataFrame(schema={"line": pl.Int64})
    if not known.rows.height:
        return Doubts(rating=rating, by_route=by_route, by_condition=by_condition)
    lines = lines.join(known.rows.select("unit").unique(), on="unit", how="semi", maintain_order="left")
    worlds = [known, *_worlds(card, known)]
    by_route = known.rows.join(_resting(worlds), on="row", how="semi").select("unit").unique()
    best = _nearest(worlds, lines)
    left = best.filter(pl.col("gap") != 0)
    if left.height:
        before = [world.only(left) for world in worlds]
        after = [tried for world in before for tried in _with_surcharges(card, world, lines)]
        again = _nearest([*before, *after], lines)
        worlds = [*worlds, *after]
        best = pl.concat([best.join(left, on="row", how="anti"), again])
    parts = [world.only(best.filter(pl.col("world") == number)) for number, world in enumerate(worlds)]
    by_condition = pl.concat([by_condition, *(_conditions(part, lines) for part in parts if part.open is not None)])
    return Doubts(rating=_taken(rating, parts), by_route=by_route, by_condition=by_condition.unique())


def _told(lines: pl.DataFrame) -> pl.DataFrame:
    """What the lines charge: `part`, `billed_minor` and `whole_minor`.

    `whole_minor` counts what is charged again as well, together with what an earlier bill charged: as a supplement of that.
    `billed_minor` does so where it is another amount, and not of the same one, which is a duplicate.
    """
    part = pl.when(pl.col("charge_type").is_in(_FREIGHT)).then(pl.lit("base")).otherwise("charge_type").alias("part")
    before = pl.when(pl.col("first_line").is_null()).then("first_amount_minor").otherwise(0).fill_null(0)
    whole, is_same = pl.col("amount_minor") + before, pl.col("amount_minor") == pl.col("first_amount_minor")
    lines = lines.filter((pl.col("amount_minor") > 0) | (part == "base"))
    return lines.select(
        *("line", "unit", "rate_legs", "charge_type", "order", "amount_minor", "is_duplicate"),
        part,
        pl.when(is_same).then(0).otherwise(whole).alias("billed_minor"),
        whole.alias("whole_minor"),
    )


def _doubtful(card: RateCard, rating: Rating, lines: pl.DataFrame) -> _World:
    """The rows of which something is not known that may decide what they cost, as they are by what is known."""
    places = (pl.col("other_zones").list.len() > 0) | (pl.col("other_divisors").list.len() > 0)
    fine = rating.rated.parcels.filter(pl.col("problem").is_null())
    asked = [fine.filter(places).select("row")]
    unknown = [pl.col(name).is_null() for name in _deciding(card)]
    unsure = rating.rows.filter(pl.any_horizontal(pl.lit(value=False), *unknown)).select("row", "unit", "leg")
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
        known = _World(rows=rows, rated=_of_rows(rating.rated, rows))
        wrong = rows.join(_nearest([known], lines).filter(pl.col("gap") != 0), on="row", how="semi")
        if wrong.height:
            asked.append(card.undecided(wrong).select("row").unique())
    rows = _with_partners(rating.rows, pl.concat(asked), lines)
    return _World(rows=rows, rated=_of_rows(rating.rated, rows))


def _with_partners(rows: pl.DataFrame, asked: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The rows that are asked for, and the other leg where one line pays for both."""
    both = lines.filter(pl.col("rate_legs").list.len() > 1).select("unit").unique()
    mine = rows.select("row", "unit").join(asked, on="row", how="semi")
    units = mine.join(both, on="unit", how="semi")["unit"].implode()
    return rows.filter(pl.col("row").is_in(asked["row"].implode()) | pl.col("unit").is_in(units))


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
        "row", pl.col("divisor").alias("_was"), pl.col("other_divisors").alias("_others")
    )
    listed = before.explode("_others")
    for divisor in sorted(listed["_others"].drop_nulls().unique(), key=Decimal):
        mine = listed.filter(pl.col("_others") == divisor)
        rows = world.rows.join(mine, on="row", how="semi", maintain_order="left")
        scenario = Scenario(divisor=Decimal(divisor))
        rated = _with_others(card.rate(rows, scenario=scenario), before, "other_divisors", divisor)
        yield _World(rows=rows, rated=_as_before(rated, world.rated, "other_zones"), scenario=scenario)


def _with_surcharges(card: RateCard, world: _World, lines: pl.DataFrame) -> Iterator[_World]:
    """The same with each choice of the surcharges that may hold, and that some line may charge for."""
    if not world.rows.height:
        return
    told = by_leg(_charges(lines).select("unit", "rate_legs", pl.col("charge_type").alias("types")))
    billed = world.rows.select("row", "unit", "leg").join(told, on=["unit", "leg"]).group_by("row").agg("types")
    name, types = pl.col("charge_type"), pl.col("types").list
    carried = name.is_in([*_FREIGHT, *_weighing_types(card)]) | types.contains("all_in")
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


def _surcharges(card: RateCard) -> list[Surcharge]:
    return [item for version in card.versions for tariff in version.tariffs.values() for item in tariff.surcharges]


def _weighing_types(card: RateCard) -> list[str]:
    """Surcharges that raise the billing weight, and so change what other lines charge."""
    return sorted({item.charge_type for item in _surcharges(card) if item.minimum_weight is not None})


def _deciding(card: RateCard) -> list[str]:
    """The columns of a parcel without which some surcharge cannot be told to hold or not."""
    found: set[str] = set()
    for item in _surcharges(card):
        found.update(item.route.told().meta.root_names() if item.route else ())
        found.update(["is_residential"] if item.residential is not None else ())
        found.update(_SIDES if item.limits.has_size else ())
    return sorted(found)


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


def _resting(worlds: Sequence[_World]) -> pl.DataFrame:
    """The rows of which another world makes another price than what is known does."""
    known = _sums(worlds[0].rated.components)
    found = [pl.DataFrame(schema={"row": pl.Int64})]
    for world in worlds[1:]:
        both = _sums(world.rated.components).join(known, on="row", suffix="_known")
        found.append(both.filter(pl.col("minor") != pl.col("minor_known")).select("row"))
    return pl.concat(found).unique()


def _nearest(worlds: Sequence[_World], lines: pl.DataFrame) -> pl.DataFrame:
    """For each row that is billed, the number of the world by which least of its bill is too much: `row`, `world`, `gap`.

    A world that makes all that was charged right, with what was charged again, comes before; of several the nearest: that
    with the least difference of the freight and of each other charge, taken without their signs. Where one line pays for two
    legs, every two worlds of theirs are tried.
    """
    both = lines.filter(pl.col("rate_legs").list.len() > 1).select("unit").unique()
    rows, sums, gaps = [], [], []
    for number, world in enumerate(worlds):
        fine = world.rated.parcels.filter(pl.col("problem").is_null()).select("row")
        mine = world.rows.join(fine, on="row", how="semi").select("row", "unit", "leg")
        copies = mine.with_columns(pl.lit(number, dtype=pl.Int64).alias("world")).with_columns(
            (pl.col("row") + pl.col("world") * _STRIDE).alias("copy")
        )
        covered = cover(_charges(lines.join(mine, on="unit", how="semi")), mine, world.rated.components)
        parts = covered.join(lines.select("line", "part").unique(), on="line")
        parts = attached(parts, copies.select("row", "copy"), on="row")
        sums.append(parts.group_by("copy", "part").agg(pl.col("amount_minor").sum().alias("minor")))
        paired = copies.filter(pl.col("leg").is_in(_TWO_LEGS)).join(both, on="unit", how="semi")
        rows.append(paired)
        alone = copies.join(paired, on="copy", how="anti").with_columns(pl.col("copy").alias("case"))
        gaps.append(_gaps(alone, sums[-1], lines).join(alone.select("case", "row", "world"), on="case"))
    found = _best(pl.concat(gaps), "row").select("row", "world", "gap")
    if not both.height:
        return found
    return pl.concat([found, _nearest_pairs(pl.concat(rows), pl.concat(sums), lines)])


def _nearest_pairs(rows: pl.DataFrame, sums: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """As `_nearest`, of parcels of which one line pays for two legs."""
    there, back = (rows.filter(pl.col("leg") == leg) for leg in _TWO_LEGS)
    pairs = (
        there.join(back, on="unit", suffix="_back").with_row_index("case").with_columns(pl.col("case").cast(pl.Int64))
    )
    names = ("row", "world", "copy", "leg")
    cases = pl.concat(
        [
            pairs.select("case", "unit", *names),
            pairs.select("case", "unit", *(pl.col(f"{name}_back").alias(name) for name in names)),
        ]
    )
    gaps = _gaps(cases, sums, lines).join(pairs.select("case", "unit", "world", "world_back"), on="case")
    apart = (pl.col("world") != pl.col("world_back")).cast(pl.Int64) * _STRIDE
    best = _best(gaps.with_columns(apart + pl.col("world") + pl.col("world_back")), "unit")
    return cases.join(best.select("case", "gap"), on="case").select("row", "world", "gap")


def _gaps(cases: pl.DataFrame, sums: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """How far each case is from what is billed: `case`, `over`, `gap`, `is_whole`.

    Args:
        cases: `case`, `copy`, `unit`, `leg`; one row for each leg of a case.
        sums: `copy`, `part`, `minor`.
        lines: As `_told` gives them.
    """
    said = cases.select("case", "unit", "leg").join(by_leg(lines), on=["unit", "leg"]).unique(["case", "line"])
    billed = said.group_by("case", "part").agg(
        pl.col("billed_minor", "whole_minor").sum(), pl.col("is_duplicate").any()
    )
    due = cases.select("case", "copy").join(sums, on="copy").group_by("case", "part").agg(pl.col("minor").sum())
    each = billed.join(due, on=["case", "part"], how="left")
    gap, whole = (pl.col(name) - pl.col("minor").fill_null(0) for name in ("billed_minor", "whole_minor"))
    is_whole = (whole == 0).all() & pl.col("is_duplicate").any()
    scored = each.group_by("case").agg(
        pl.max_horizontal(gap, 0).sum().alias("over"), gap.abs().sum().alias("gap"), is_whole.alias("is_whole")
    )
    return scored.with_columns(pl.when("is_whole").then(0).otherwise(name).alias(name) for name in ("over", "gap"))


def _best(gaps: pl.DataFrame, of: str) -> pl.DataFrame:
    ordered = gaps.sort(of, pl.col("is_whole").not_(), "over", "gap", "world")
    return ordered.unique(of, keep="first", maintain_order=True)


def _charges(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.filter(pl.col("amount_minor") > 0)


def _conditions(world: _World, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines that charge for surcharges taken to hold: those of their own, else the freight that carries them."""
    empty = pl.DataFrame(schema={"line": pl.Int64})
    if world.open is None or not world.rows.height:
        return empty
    taken = world.rows.select("row", "unit", "leg", pl.col("assumed").alias("surcharge")).explode("surcharge")
    taken = taken.join(world.open, on=["row", "surcharge"])
    told = by_leg(_charges(lines).filter(~pl.col("is_duplicate")))
    own = told.join(taken, on=["unit", "leg", "charge_type"]).select("line", "row", "surcharge")
    rest = taken.join(own, on=["row", "surcharge"], how="anti").select("unit", "leg")
    carrying = told.filter(pl.col("charge_type").is_in(_CARRIES_OTHERS)).join(rest, on=["unit", "leg"], how="semi")
    return pl.concat([empty, own.select("line"), carrying.select("line")])


def _taken(rating: Rating, parts: Sequence[_World]) -> Rating:
    """The rating, with what other worlds than the known one say of the rows that they were taken for."""
    others = [part for part in parts[1:] if part.rows.height]
    if not others:
        return rating
    none = pl.lit(None, dtype=pl.List(pl.Int64)).alias("assumed")
    facts = [
        part.rows.select("row", pl.col("zone").alias("_zone"), "assumed" if part.open is not None else none)
        for part in others
    ]
    rows = attached(rating.rows, pl.concat(facts), on="row")
    rows = rows.with_columns(pl.coalesce("_zone", "zone").alias("zone")).drop("_zone")
    return Rating(rows=rows, rated=_spliced(rating.rated, [part.rated for part in others]))


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
