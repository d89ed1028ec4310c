"""Nearness: by which world least of what is billed is too much."""

from collections.abc import Sequence

import polars as pl

from tieout.reconciliations._courier.columns import attached
from tieout.reconciliations._courier.expected import by_leg, cover
from tieout.reconciliations._courier.netting import OF_FREIGHT
from tieout.reconciliations._courier.worlds import World, charges_of

__all__ = ["nearest", "told_of"]

_TWO_LEGS = ("outbound", "return")  # of one line
_STRIDE = 10**9  # keeps the rows of the worlds apart


def told_of(lines: pl.DataFrame) -> pl.DataFrame:
    """What the lines charge: `part`, `billed_minor` and `whole_minor`.

    `whole_minor` counts what is charged again as well, together with what an earlier bill charged: as a supplement of that.
    `billed_minor` does so where it is another amount, and not of the same one, which is a duplicate.
    """
    part = pl.when(pl.col("charge_type").is_in(OF_FREIGHT)).then(pl.lit("base")).otherwise("charge_type").alias("part")
    before = pl.when(pl.col("first_line").is_null()).then("first_amount_minor").otherwise(0).fill_null(0)
    whole, is_same = pl.col("amount_minor") + before, pl.col("amount_minor") == pl.col("first_amount_minor")
    lines = lines.filter((pl.col("amount_minor") > 0) | (part == "base"))
    return lines.select(
        *("line", "unit", "rate_legs", "charge_type", "order", "amount_minor", "is_duplicate"),
        part,
        pl.when(is_same).then(0).otherwise(whole).alias("billed_minor"),
        whole.alias("whole_minor"),
    )


def nearest(worlds: Sequence[World], lines: pl.DataFrame) -> pl.DataFrame:
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
        covered = cover(charges_of(lines.join(mine, on="unit", how="semi")), mine, world.rated.components)
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
    """As `nearest`, of parcels of which one line pays for two legs."""
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
        lines: As `told_of` gives them.
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
