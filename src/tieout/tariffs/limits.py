"""Limits on size and weight that a surcharge waits for: longest side, girth, volume, overweight.

`..._over` is exceeded by more than the limit, `..._from` is reached at the limit, `weight_up_to` includes it. Of several size
limits any one suffices; weight limits bound a range, and all of them must hold. Sizes are those of the greatest box, after
dimension rounding.
"""

from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import or_
from typing import Final

import polars as pl
from attrs import field, frozen

from tieout.tariffs._integers import LENGTH_UNITS, WEIGHT_UNITS, big, whole_units
from tieout.tariffs._toml import Node

__all__ = ["Limits", "read_limits"]

_SIZES: Final = {
    "longest_side": "longest",
    "second_side": "second",
    "length_girth": "length_girth",
    "volume": "box_volume",
}
_WEIGHT_COLUMNS: Final = {"actual": "heaviest", "billing": "billing_w"}


@frozen(kw_only=True)
class Limits:
    """Limits of one surcharge.

    Attributes:
        sizes: Name such as `longest_side_over`, and the limit in the card's length unit (cubed for volume).
        weights: Name such as `weight_over`, and the limit in the card's weight unit.
        weight_basis: "actual" (of the heaviest box) or "billing".
    """

    sizes: tuple[tuple[str, Decimal], ...] = field(default=())
    weights: tuple[tuple[str, Decimal], ...] = field(default=())
    weight_basis: str = "actual"

    @property
    def has_size(self) -> bool:
        """Whether a size is limited."""
        return bool(self.sizes)

    @property
    def has_weight(self) -> bool:
        """Whether the weight is limited."""
        return bool(self.weights)

    def tests(self, *, dim_unit: str, weight_unit: str) -> list[pl.Expr]:
        """One test for all sizes, one for each weight limit."""
        sizes = [self._size_test(name, limit, LENGTH_UNITS[dim_unit]) for name, limit in self.sizes]
        weights = [self._weight_test(name, limit, WEIGHT_UNITS[weight_unit]) for name, limit in self.weights]
        unmeasured = pl.when("is_sized").then(pl.lit(False))  # a box that nobody measured may be the one
        return [*([reduce(or_, sizes, unmeasured)] if sizes else []), *weights]

    def _size_test(self, name: str, limit: Decimal, unit: int) -> pl.Expr:
        what, _, how = name.rpartition("_")
        column = pl.col(_SIZES[what])
        value = big(int(Fraction(limit) * unit ** (3 if what == "volume" else 1)))
        return column > value if how == "over" else column >= value

    def _weight_test(self, name: str, limit: Decimal, unit: int) -> pl.Expr:
        column, value = pl.col(_WEIGHT_COLUMNS[self.weight_basis]), whole_units(limit, unit) or 0
        match name:
            case "weight_over":
                return column > value
            case "weight_from":
                return column >= value
            case _:
                return column <= value


def read_limits(node: Node, *, dim_unit: str, weight_unit: str) -> Limits:
    """Read the size and weight limits of a surcharge."""
    size_names = [f"{what}_{how}" for what in _SIZES for how in ("over", "from")]
    sizes = [(name, node.number(name, over=0)) for name in size_names if node.has(name)]
    weight_names = ("weight_over", "weight_from", "weight_up_to")
    weights = [(name, node.number(name)) for name in weight_names if node.has(name)]
    basis = node.choice("weight_basis", tuple(_WEIGHT_COLUMNS), "actual") if weights else "actual"
    for name, limit in sizes:
        power = 3 if name.startswith("volume") else 1
        if whole_units(limit, LENGTH_UNITS[dim_unit] ** power) is None:
            raise node.error(f"{limit} {dim_unit} is not a whole number of 1e-8 cm", name)
    for name, limit in weights:
        if whole_units(limit, WEIGHT_UNITS[weight_unit]) is None:
            raise node.error(f"{limit} {weight_unit} is not a whole number of 1e-8 g", name)
    return Limits(sizes=tuple(sizes), weights=tuple(weights), weight_basis=basis)
