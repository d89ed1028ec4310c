"""Conditions on a route: where a parcel leaves, where it goes, and whether both ends lie in one city, province or region."""

from collections.abc import Mapping
from functools import reduce
from operator import and_, or_

import polars as pl
from attrs import frozen

from tieout.tariffs._divisions import normalise_province
from tieout.tariffs._toml import Node
from tieout.tariffs.places import Places, read_places

__all__ = ["Regions", "Route", "read_regions", "read_route"]

Regions = Mapping[str, tuple[str, ...]]  # economic regions, such as 京津冀, and their provinces


@frozen(kw_only=True)
class Route:
    """A condition that holds for some routes; all of its parts must hold.

    Attributes:
        origin: Places that a parcel leaves from; empty for any.
        dest: Places that it goes to; empty for any.
        warehouses: Warehouses that it leaves from; empty for any.
        same: "city", "province" or "region" that both ends must share; None when they need not.
        regions: The economic regions of the version.
    """

    origin: Places
    dest: Places
    warehouses: tuple[str, ...] = ()
    same: str | None = None
    regions: Regions

    def __bool__(self) -> bool:
        return bool(self.origin or self.dest or self.warehouses or self.same)

    def holds(self) -> pl.Expr:
        """Whether each parcel's route satisfies the condition; unknown places do not."""
        return self.told().fill_null(False)

    def told(self) -> pl.Expr:
        """Whether each parcel's route satisfies the condition; null where a place that is not known decides that."""
        tests = [places.told() for places in (self.origin, self.dest) if places]
        if self.warehouses:
            tests.append(pl.col("warehouse").is_in(list(self.warehouses)))
        if self.same is not None:
            tests.append(self._shared())
        return reduce(and_, tests, pl.lit(True))

    def _shared(self) -> pl.Expr:
        one_province = pl.col("origin_province") == pl.col("dest_province")
        if self.same == "province":
            return one_province
        if self.same == "city":  # a province may be unknown: the city's name then decides
            return (pl.col("origin_city") == pl.col("dest_city")) & one_province.fill_null(True)
        within = [
            pl.col("origin_province").is_in(list(members)) & pl.col("dest_province").is_in(list(members))
            for members in self.regions.values()
        ]
        return reduce(or_, within, one_province)


def read_route(node: Node, regions: Regions) -> Route:
    """Read `origin_...`, `dest_...`, `warehouses` and `same` of a table.

    Raises:
        RateCardError: `same = "region"` in a version without regions, or a wrong place.
    """
    same = node.choice("same", ("city", "province", "region")) if node.has("same") else None
    if same == "region" and not regions:
        raise node.error("this version has no 'regions' table", "same")
    return Route(
        origin=read_places(node, "origin"),
        dest=read_places(node, "dest"),
        warehouses=node.texts("warehouses"),
        same=same,
        regions=regions,
    )


def read_regions(node: Node | None) -> Regions:
    """Read a table of region = [provinces]."""
    if node is None:
        return {}
    return {name: tuple(normalise_province(province) for province in node.texts(name)) for name in node.names()}
