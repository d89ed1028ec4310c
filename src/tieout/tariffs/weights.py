"""From measurements to the billing weight (计费重量): pieces, volume, rounding, minimum (`domain.md` 3.1 steps 1-5).

Works on columns of whole numbers: weights are counts of 1e-8 g, sides counts of 1e-8 cm. A parcel of several boxes is several
lines here, any other parcel one.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import polars as pl
from attrs import frozen

from tieout.tariffs._integers import LENGTH_MAX, WEIGHT_MAX, WEIGHT_UNITS, whole_units
from tieout.tariffs._toml import Node
from tieout.tariffs.rounding import Band, Rounding, read_bands, round_in_bands
from tieout.tariffs.volumetric import SIDES

if TYPE_CHECKING:
    from tieout.tariffs.tariff import Tariff

_MEASURES: Final = (
    "actual_w",
    "volumetric_w",
    "chargeable_w",
    "rounded_w",
    "longest",
    "second",
    "length_girth",
    "box_volume",
    "heaviest",
    "is_sized",
)

__all__ = ["WeightTerms", "measure", "read_weight_terms"]


@frozen(kw_only=True)
class WeightTerms:
    """How a chargeable weight becomes a billing weight.

    Attributes:
        bands: Roundings by weight.
        round_scope: "total" rounds the whole weight, "continued" only what exceeds the first weight.
        minimum: The least weight that is billed (起重), in the card's weight unit.
    """

    bands: tuple[Band, ...] = (Band(below=None, rounding=Rounding(mode="exact")),)
    round_scope: str = "total"
    minimum: Decimal = Decimal(0)


def read_weight_terms(node: Node | None, *, unit: str) -> WeightTerms:
    """Read the `weight` table of a version."""
    if node is None:
        return WeightTerms()
    terms = WeightTerms(
        bands=read_bands(node, unit=unit),
        round_scope=node.choice("round_scope", ("total", "continued"), "total"),
        minimum=node.number("minimum", Decimal(0)),
    )
    if whole_units(terms.minimum, WEIGHT_UNITS[unit]) is None:
        raise node.error(f"{terms.minimum} {unit} is not a whole number of 1e-8 g", "minimum")
    node.finish()
    return terms


def measure(frame: pl.DataFrame, boxes: pl.DataFrame, tariff: "Tariff") -> pl.DataFrame:
    """Add the weights and sizes of each parcel.

    Args:
        frame: Columns position, weight_w, length, width, height, has_boxes, zone and the route's columns.
        boxes: Columns position, weight_w, length, width, height of parcels of several boxes; other positions are ignored.
        tariff: The tariff of all these parcels.

    Returns:
        The frame with divisor_index, other_divisors_index (see Volumetric), actual_w, volumetric_w,
        chargeable_w (rounded nowhere), rounded_w (per piece where the contract says so; null when rounding waits for the first
        weight), the sizes longest, second, length_girth, box_volume, heaviest, each of the greatest box that was measured,
        and is_sized, whether all boxes were.
    """
    frame = frame.with_columns(divisor_index=tariff.volumetric.divisor_column())
    frame = frame.with_columns(other_divisors_index=tariff.volumetric.other_divisors_column())
    columns = ["position", "divisor_index", "weight_w", *SIDES]
    lines = frame.filter(~pl.col("has_boxes")).select(columns)
    several = lines.height < frame.height
    if several:
        boxes = boxes.join(frame.filter("has_boxes").select("position", "divisor_index"), on="position", how="inner")
        lines = pl.concat([lines, boxes.select(columns)])
    lines = _possible(lines)
    lines = lines.with_columns(tariff.volumetric.round_side(pl.col(side), tariff.dim_unit) for side in SIDES)
    lines = lines.with_columns(*_sizes(), actual_w=pl.col("weight_w"), heaviest=pl.col("weight_w"))
    if several and tariff.volumetric.pieces == "total":
        lines = _charge(_sum_boxes(lines, ["actual_w"], ["volume"]), tariff)
    else:
        lines = _charge(lines, tariff)
        if several:
            lines = _sum_boxes(lines, ["actual_w", "chargeable_w", "rounded_w"], ["volumetric_w"])
    added = [name for name in _MEASURES if name in lines.columns]
    if several:
        return frame.join(lines.select("position", *added), on="position", how="left", maintain_order="left")
    return frame.with_columns(lines.select(added).iter_columns())


def _possible(lines: pl.DataFrame) -> pl.DataFrame:
    """Measurements that cannot be a parcel's (negative, above 100 t or 20 m) are taken as unknown."""
    possible = pl.all_horizontal(
        pl.col("weight_w").is_between(0, WEIGHT_MAX),
        *(pl.col(side).is_between(0, LENGTH_MAX).fill_null(True) for side in SIDES),
    )
    measured = pl.when(possible)
    return lines.with_columns(measured.then(pl.col(name)).alias(name) for name in ("weight_w", *SIDES))


def _sizes() -> list[pl.Expr]:
    """Longest and second side, length plus girth, volume: null unless all three sides are known."""
    known = pl.when(pl.all_horizontal(pl.col(side).is_not_null() for side in SIDES))
    longest, shortest = pl.max_horizontal(*SIDES), pl.min_horizontal(*SIDES)
    second = pl.sum_horizontal(*SIDES) - longest - shortest
    length, width, height = (pl.col(side).cast(pl.Int128) for side in SIDES)
    return [
        known.then(longest).alias("longest"),
        known.then(second).alias("second"),
        known.then(longest + 2 * (second + shortest)).alias("length_girth"),
        (length * width * height).alias("volume"),
        (length * width * height).alias("box_volume"),
        pl.all_horizontal(pl.col(side).is_not_null() for side in SIDES).alias("is_sized"),
    ]


def _charge(lines: pl.DataFrame, tariff: "Tariff") -> pl.DataFrame:
    weighed = tariff.volumetric.weigh(dim_unit=tariff.dim_unit, weight_unit=tariff.weight_unit)
    lines = lines.with_columns(volumetric_w=weighed)
    chargeable = tariff.volumetric.chargeable(tariff.dim_unit)
    lines = lines.with_columns(chargeable_w=pl.when(chargeable <= WEIGHT_MAX).then(chargeable).cast(pl.Int64))
    if tariff.weight.round_scope == "continued":
        return lines.with_columns(rounded_w=pl.lit(None, dtype=pl.Int64))
    return lines.with_columns(
        rounded_w=round_in_bands(pl.col("chargeable_w"), tariff.weight.bands, unit=tariff.weight_unit)
    )


def _sum_boxes(lines: pl.DataFrame, all_known: list[str], any_known: list[str]) -> pl.DataFrame:
    """Boxes back to parcels: weights are known when those of all boxes are, volumes when that of any box is."""
    return lines.group_by("position", maintain_order=True).agg(
        pl.col("divisor_index").first(),
        *(pl.when(pl.col(name).null_count() == 0).then(pl.col(name).sum()) for name in all_known),
        *(pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()) for name in any_known),
        pl.col("longest", "second", "length_girth", "heaviest", "box_volume").max(),
        pl.col("is_sized").all(),
    )
