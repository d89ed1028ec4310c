"""The registry: all formats, found by file and by entry point, for people and for programs."""

import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import cast

import attrs
import polars as pl

from tieout._discovery import Leaf, Room
from tieout._notebook import table, view
from tieout.errors import PluginError, UnknownFormat
from tieout.sources._base import SourceFormat

__all__ = ["ROOM", "FormatInfo", "Formats", "format_of", "formats", "loaded"]

ROOM = Room(package="tieout.sources", group="tieout.sources", kind="format")


def _frozen(options: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(options))


@attrs.frozen(kw_only=True)
class FormatInfo:
    """One format of the registry.

    Attributes:
        name: Its name, as `read(..., format=...)` takes it.
        title: What it is, from the first line of its module.
        records: Class of the records that it gives; `any` when the caller chooses.
        carrier: Carrier code; None when it is no courier's.
        evidence: What it was built from.
        options: Its own options and what each says.
        builtin: Whether it is part of this package.
        broken: Why it cannot be used; None when it can.
    """

    name: str
    title: str
    records: str
    carrier: str | None
    evidence: str
    options: Mapping[str, str] = attrs.field(converter=_frozen)
    builtin: bool
    broken: str | None = None


class Formats(Mapping[str, FormatInfo]):
    """All formats by name."""

    def __init__(self, infos: Mapping[str, FormatInfo]) -> None:
        """Take the formats, in the order in which they are shown."""
        self._infos = dict(infos)

    def __getitem__(self, name: str) -> FormatInfo:
        if name not in self._infos:
            raise UnknownFormat(name, kind=ROOM.kind, known=self._infos)
        return self._infos[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._infos)

    def __len__(self) -> int:
        return len(self._infos)

    def __contains__(self, name: object) -> bool:
        return name in self._infos

    def to_polars(self) -> pl.DataFrame:
        """One row a format."""
        names = ("name", "title", "records", "carrier", "evidence", "builtin", "broken")
        rows = [{name: getattr(info, name) for name in names} for info in self._infos.values()]
        schema = dict.fromkeys(names, pl.String()) | {"builtin": pl.Boolean()}
        return pl.DataFrame(rows, schema=schema)

    def to_markdown(self) -> str:
        """The table of the documentation, each name a link to its page."""
        rows = (
            f"| [`{info.name}`](sources/{info.name}.md) | {info.title} | {info.records} | {info.evidence} |"
            for info in self._infos.values()
            if info.builtin
        )
        return "\n".join(["| format | what it is | gives | built from |", "|---|---|---|---|", *rows])

    def __repr__(self) -> str:
        rows = [("format", "records", "evidence", "title"), *(_row(info) for info in self._infos.values())]
        widths = [max(len(row[at]) for row in rows) for at in range(3)]
        return "\n".join(
            "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
        )

    def _repr_html_(self) -> str:
        heads = ("format", "records", "evidence", "title")
        return view(f"{len(self._infos)} formats", table(heads, map(_row, self._infos.values())))


def _row(info: FormatInfo) -> tuple[str, str, str, str]:
    return info.name, info.records, info.evidence, info.title if info.broken is None else f"BROKEN: {info.broken}"


def formats() -> Formats:
    """All formats that `read` knows; one that fails to load is listed with its cause.

    Example:
        >>> formats()["sf_monthly_bill"].records
        'CourierCharge'
    """
    return Formats({name: _info(leaf) for name, leaf in ROOM.leaves().items()})


def format_of(name: str) -> SourceFormat:
    """The format of that name.

    Raises:
        UnknownFormat: There is none; the error lists those that exist.
        PluginError: Its module fails to load, or defines no `FORMAT`.
    """
    return loaded(ROOM.leaf(name))


@cache
def loaded(leaf: Leaf) -> SourceFormat:
    """The format of a leaf.

    Raises:
        PluginError: Its module fails to load, or defines no `FORMAT`.
    """
    module = leaf.load()
    found = getattr(module, "FORMAT", None)
    if found is None or not all(hasattr(found, name) for name in ("fit", "read", "record", "options")):
        raise PluginError(f"leaf {leaf.name!r} defines no FORMAT with fit, read, record and options", where=leaf.module)
    return cast("SourceFormat", found)


def _info(leaf: Leaf) -> FormatInfo:
    try:
        found = loaded(leaf)
        title = (inspect.getdoc(leaf.load()) or "").partition("\n")[0].rstrip(".")
    except PluginError as cause:
        broken = cause.problem
        return FormatInfo(
            name=leaf.name,
            title="",
            records="",
            carrier=None,
            evidence="",
            options={},
            builtin=leaf.builtin,
            broken=broken,
        )
    return FormatInfo(
        name=leaf.name,
        title=title,
        records="any" if found.record is object else found.record.__name__,
        carrier=found.carrier,
        evidence=found.evidence,
        options=found.options,
        builtin=leaf.builtin,
    )
