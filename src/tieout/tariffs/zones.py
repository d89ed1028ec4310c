"""Price zones: where a parcel goes, as the contract divides the country (`domain.md` 3.5).

A zone that the parcel itself states comes first; then the rules, from top to bottom, the first that holds; then the zone file
(origin x destination); then the default. City and district exceptions are rules written above the rule of their province.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl
from attrs import field, frozen

from tieout.tariffs._divisions import normalise_city, normalise_postcode, normalise_province
from tieout.tariffs._files import read_side_csv
from tieout.tariffs._toml import Node
from tieout.tariffs.routes import Regions, Route, read_route

__all__ = ["ANY_ZONE", "ZoneRule", "Zones", "read_zones"]

ANY_ZONE: Final = "*"  # the one zone of a contract without zones
_NORMALISE: Final = {"postcode": normalise_postcode, "city": normalise_city, "province": normalise_province}


@frozen(kw_only=True)
class ZoneRule:
    """A zone and the routes it holds for.

    Attributes:
        zone: Name of the zone.
        route: The condition.
    """

    zone: str
    route: Route


@frozen(kw_only=True)
class ZoneFile:
    """A table of origin, destination and zone, kept beside the card.

    Attributes:
        pairs: Columns `_origin`, `_dest`, `_zone`; no pair twice.
        origin_is: What the origin column holds: "postcode", "city", "province" or "any".
        dest_is: What the destination column holds: "postcode", "city" or "province".
        postcode_digits: How many leading characters of a postcode count; None for all.
    """

    pairs: pl.DataFrame = field(eq=False, repr=False)
    origin_is: str = "postcode"
    dest_is: str = "postcode"
    postcode_digits: int | None = None

    def look_up(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add the column `_zone`, null where the file has no such pair."""
        frame = frame.with_columns(_origin=self._key("origin", self.origin_is), _dest=self._key("dest", self.dest_is))
        return frame.join(self.pairs, on=["_origin", "_dest"], how="left", maintain_order="left")

    def zones_told(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add `_told`, the zones of all pairs that have the key that is known, where the other one is not; null elsewhere."""
        zone = pl.col("_zone").unique().alias("_told")
        origin, dest = (pl.col(key).is_null() for key in ("_origin", "_dest"))
        keys = frame.select("_origin", "_dest").filter(origin | dest).unique()
        every = keys.filter(origin & dest).join(self.pairs.select(zone.implode()), how="cross")
        of_dest = keys.filter(origin & ~dest).join(self.pairs.group_by("_dest").agg(zone), on="_dest")
        of_origin = keys.filter(dest & ~origin).join(self.pairs.group_by("_origin").agg(zone), on="_origin")
        told = pl.concat([part.select("_origin", "_dest", "_told") for part in (every, of_dest, of_origin)])
        both = frame.select("_origin", "_dest")
        found = both.join(told, on=["_origin", "_dest"], how="left", nulls_equal=True, maintain_order="left")
        return frame.with_columns(found["_told"])

    def _key(self, side: str, what: str) -> pl.Expr:
        if what == "any":
            return pl.lit("")
        column = pl.col(f"{side}_{what}")
        if what == "postcode" and self.postcode_digits is not None:
            return column.str.slice(0, self.postcode_digits)
        return column


@frozen(kw_only=True)
class Zones:
    """The zones of a version.

    Attributes:
        names: All zones; empty for a contract of one price for everywhere.
        aliases: Other spellings of a zone, such as a bill uses, and the zone meant.
        rules: Rules, the first that holds wins.
        file: The zone file; None without.
        default: Zone of parcels that nothing else places; None to leave them without zone.
    """

    names: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(factory=dict)
    rules: tuple[ZoneRule, ...] = ()
    file: ZoneFile | None = None
    default: str | None = None

    def assign(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Replace the column `zone` (as given, or null) by the contract's zone, null where there is none.

        Adds `other_zones`: those that it may be instead, by places that are not known, in the order of the contract.
        """
        if not self.names:
            return frame.with_columns(zone=pl.lit(ANY_ZONE), other_zones=pl.lit([], dtype=pl.List(pl.String)))
        given = pl.col("zone")
        known = {**{name: name for name in self.names}, **self.aliases}
        translated = given.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.String)
        looked_up = pl.lit(self.default, dtype=pl.String)
        if self.file is not None:
            frame = self.file.zones_told(self.file.look_up(frame))
            looked_up = pl.coalesce("_zone", looked_up)
        for rule in reversed(self.rules):
            looked_up = pl.when(rule.route.holds()).then(pl.lit(rule.zone)).otherwise(looked_up)
        frame = frame.with_columns(
            zone=pl.when(given.is_not_null()).then(translated).otherwise(looked_up), _is_given=given.is_not_null()
        )
        return frame.with_columns(other_zones=self._others()).drop(
            "_origin", "_dest", "_zone", "_told", "_is_given", strict=False
        )

    def _others(self) -> pl.Expr:
        """The zones that may hold instead of the column `zone`, as a list."""
        may, is_open = [pl.lit(None, dtype=pl.String)], ~pl.col("_is_given")
        for rule in self.rules:
            told = rule.route.told()
            may.append(_other(rule.zone, is_open & told.is_null()))
            is_open &= ~told.fill_null(False)  # no later one is asked
        if self.file is not None:
            told_zones = pl.col("_told").list
            may += [_other(zone, is_open & told_zones.contains(pl.lit(zone))) for zone in self.names]
        return pl.concat_list(may).list.drop_nulls().list.unique(maintain_order=True)


def _other(zone: str, may: pl.Expr) -> pl.Expr:
    """A zone where it may hold and is not the one that is taken."""
    return pl.when(may & pl.col("zone").ne_missing(pl.lit(zone))).then(pl.lit(zone))


def read_zones(node: Node | None, regions: Regions) -> Zones:
    """Read the `zones` table of a version.

    Raises:
        RateCardError: A rule, an alias, the default or the file names a zone that `names` has not, or the file gives two zones
            for one pair.
    """
    if node is None:
        return Zones()
    names = node.texts("names")
    if not names or len(set(names)) < len(names):
        raise node.error(f"a list of different zone names is needed, found {list(names)}", "names")
    zones = Zones(
        names=names,
        aliases=_read_aliases(node.table("aliases"), names),
        rules=tuple(_read_rule(child, names, regions) for child in node.tables("rules")),
        file=_read_file(node, names),
        default=None if not node.has("default") else check_zone(node, "default", node.text("default"), names),
    )
    node.finish()
    return zones


def check_zone(node: Node, key: str, zone: str, names: tuple[str, ...]) -> str:
    """The zone itself, if the version has it.

    Raises:
        RateCardError: It has not.
    """
    if zone not in names:
        raise node.error(f"zone {zone!r} is not one of this version's zones: {', '.join(names) or 'it has none'}", key)
    return zone


def _read_aliases(node: Node | None, names: tuple[str, ...]) -> dict[str, str]:
    if node is None:
        return {}
    return {alias: check_zone(node, alias, node.text(alias), names) for alias in node.names()}


def _read_rule(node: Node, names: tuple[str, ...], regions: Regions) -> ZoneRule:
    rule = ZoneRule(zone=check_zone(node, "zone", node.text("zone"), names), route=read_route(node, regions))
    node.finish()
    if not rule.route:
        raise node.error("this rule has no condition", hint="a zone for all other parcels is the key 'default'")
    return rule


def _read_file(node: Node, names: tuple[str, ...]) -> ZoneFile | None:
    if not node.has("file"):
        return None
    name = node.text("file")
    origin_is = node.choice("origin_is", (*_NORMALISE, "any"), "postcode")
    dest_is = node.choice("dest_is", tuple(_NORMALISE), "postcode")
    digits = node.whole("postcode_digits", None)
    columns = node.table("columns") or Node({}, file=node.file, key=node.path("columns"))
    zone_column, dest_column = columns.text("zone", "zone"), columns.text("dest", "dest")
    origin_column = None if origin_is == "any" else columns.text("origin", "origin")
    columns.finish()
    needed = tuple(column for column in (origin_column, dest_column, zone_column) if column is not None)
    found: dict[tuple[str, str], str] = {}
    for line, row in read_side_csv(node, "file", name, needed=needed):
        origin = _normal_key(row[origin_column], origin_is, digits) if origin_column else ""
        pair = origin, _normal_key(row[dest_column], dest_is, digits)
        zone = row[zone_column]
        if zone not in names:
            listed = ", ".join(names)
            raise node.error(f"{name}:{line}: zone {zone!r} is not one of this version's zones: {listed}", "file")
        if found.setdefault(pair, zone) != zone:
            problem = f"{name}:{line}: {' to '.join(pair)} is in zone {zone!r}, and above in {found[pair]!r}"
            raise node.error(problem, "file")
    pairs = pl.DataFrame(
        [(*pair, zone) for pair, zone in found.items()],
        schema={"_origin": pl.String, "_dest": pl.String, "_zone": pl.String},
        orient="row",
    )
    return ZoneFile(pairs=pairs, origin_is=origin_is, dest_is=dest_is, postcode_digits=digits)


def _normal_key(text: str, what: str, digits: int | None) -> str:
    key = _NORMALISE[what](text)
    return key[:digits] if what == "postcode" and digits is not None else key
