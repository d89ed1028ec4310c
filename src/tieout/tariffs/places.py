"""Lists of places: provinces, cities, districts and postcodes that a zone or a surcharge holds for.

An address is in the list when any of its lines names it. Where a name is not unique, write its parents: `辽宁/朝阳` is the
city, `北京/朝阳区` and `辽宁/朝阳/双塔区` are districts. A postcode is exact (`90210`), a prefix (`902*`) or a range of
prefixes (`005..098`, both included).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from itertools import groupby
from operator import or_
from typing import Final

import polars as pl
from attrs import frozen

from tieout.tariffs._cities import provinces_of_city
from tieout.tariffs._divisions import normalise_city, normalise_district, normalise_postcode, normalise_province
from tieout.tariffs._files import read_side_file
from tieout.tariffs._toml import Node

__all__ = ["Places", "read_places"]

_SEPARATOR: Final = "/"
_PARENTS: Final[dict[str, tuple[Callable[[str], str], ...]]] = {
    "province": (normalise_province,),
    "city": (normalise_province, normalise_city),
    "district": (normalise_province, normalise_city, normalise_district),
}


@frozen(kw_only=True)
class Places:
    """A set of places on one side of a route.

    Attributes:
        side: "origin" or "dest".
        provinces: Provinces, normalised.
        cities: Cities, normalised, with or without their province.
        districts: Districts, normalised, with or without their parents.
        postcodes: Postcodes, prefixes with `*`, ranges with `..`.
    """

    side: str
    provinces: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.provinces or self.cities or self.districts or self.postcodes)

    def holds(self) -> pl.Expr:
        """Whether each parcel's place is in the set; unknown places are not."""
        return self.told().fill_null(False)

    def told(self) -> pl.Expr:
        """Whether each parcel's place is in the set; null where what is unknown of it decides that."""
        tests = [
            *self._names("province", self.provinces),
            *self._names("city", self.cities),
            *self._names("district", self.districts),
            *self._codes(),
        ]
        return reduce(or_, tests)

    def _names(self, level: str, entries: tuple[str, ...]) -> Iterable[pl.Expr]:
        levels = tuple(_PARENTS)[: tuple(_PARENTS).index(level) + 1]
        for depth, group in groupby(sorted(entries, key=_depth), key=_depth):
            listed = list(group)
            columns = [pl.col(f"{self.side}_{name}") for name in levels[-depth:]]
            name = columns[0] if depth == 1 else pl.concat_str(columns, separator=_SEPARATOR)
            named = name.is_in(listed)
            for parent, known in _parents(levels[-depth:], listed):
                elsewhere = named.is_null() & ~pl.col(f"{self.side}_{parent}").is_in(known)
                named = pl.when(elsewhere).then(False).otherwise(named)
            yield named

    def _codes(self) -> Iterable[pl.Expr]:
        code = pl.col(f"{self.side}_postcode")
        exact = [entry for entry in self.postcodes if not entry.endswith("*") and ".." not in entry]
        if exact:
            yield code.is_in(exact)
        prefixes = sorted((entry[:-1] for entry in self.postcodes if entry.endswith("*")), key=len)
        for length, group in groupby(prefixes, key=len):
            yield code.str.slice(0, length).is_in(list(group))
        for entry in self.postcodes:
            if ".." in entry:
                low, _, high = entry.partition("..")
                yield code.str.slice(0, len(low)).is_between(pl.lit(low), pl.lit(high))


def read_places(node: Node, side: str) -> Places:
    """Read `<side>_provinces`, `_cities`, `_districts`, `_postcodes` and `_postcodes_file` of a table.

    Raises:
        RateCardError: A name has too many parents, or a range is not of two prefixes of one length.
    """
    postcodes = list(node.texts(f"{side}_postcodes"))
    file_key = f"{side}_postcodes_file"
    file_name = node.text(file_key, None)
    if file_name is not None:
        lines = read_side_file(node, file_key, file_name).splitlines()
        postcodes += [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return Places(
        side=side,
        provinces=_read_names(node, side, "province", "provinces"),
        cities=_read_names(node, side, "city", "cities"),
        districts=_read_names(node, side, "district", "districts") if side == "dest" else (),
        postcodes=tuple(_read_code(node, f"{side}_postcodes", code) for code in postcodes),
    )


def _read_names(node: Node, side: str, level: str, plural: str) -> tuple[str, ...]:
    normalisers = _PARENTS[level]
    entries = []
    for entry in node.texts(f"{side}_{plural}"):
        parts = entry.split(_SEPARATOR)
        if len(parts) > len(normalisers):
            raise node.error(f"{entry!r} has too many parts for a {level}", f"{side}_{plural}")
        used = normalisers[-len(parts) :]
        entries.append(_SEPARATOR.join(normalise(part) for normalise, part in zip(used, parts, strict=True)))
    return tuple(entries)


def _read_code(node: Node, name: str, entry: str) -> str:
    code = normalise_postcode(entry)
    low, dots, high = code.partition("..")
    if dots and (len(low) != len(high) or low > high or not low):
        raise node.error(
            f"{entry!r} is not a range of two ascending prefixes of one length", name, hint="write 005..098"
        )
    return code


def _parents(levels: Sequence[str], entries: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """The levels above a name, and all that they can be where one of these entries is meant."""
    parts = [entry.split(_SEPARATOR) for entry in entries]
    for place, level in enumerate(levels[:-1]):
        yield level, sorted({names[place] for names in parts})
    if levels[0] == "city":
        provinces = [provinces_of_city(names[0]) for names in parts]
        if all(provinces):
            yield "province", sorted(frozenset().union(*provinces))


def _depth(entry: str) -> int:
    return entry.count(_SEPARATOR) + 1
