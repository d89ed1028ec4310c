"""Reports by a declaration: dimensions, measures and filters, from Python or TOML (`domain.md` C28)."""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from tieout.errors import ReportError
from tieout.reports.data import ReportData
from tieout.reports.metrics import DIMENSIONS, Metric, dimensions_of, facts_of, metrics, resolve
from tieout.reports.report import Report
from tieout.reports.spans import GRAINS, Span
from tieout.reports.tabled import Layout, table

__all__ = ["ReportSpec"]

_FIELDS = ("name", "title", "title_zh", "dimensions", "measures", "filters", "sort", "limit", "grain", "within", "plot")


def _names(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _measures(value: str | Metric | Sequence[str | Metric]) -> tuple[str | Metric, ...]:
    return (value,) if isinstance(value, (str, Metric)) else tuple(value)


def _filters(value: Mapping[str, object]) -> Mapping[str, object]:
    return dict(value)


@attrs.frozen(kw_only=True)
class ReportSpec:
    """A report that says what it shows, and nothing of how.

    Attributes:
        name: What programs call it.
        measures: Names of metrics, or metrics of your own.
        dimensions: What they are told apart by; none for the total.
        filters: Value, or values, that a dimension must have, by its name.
        sort: Columns to sort by, `-` before one that begins with the largest; a metric is named as in `measures`.
        limit: How many rows at most.
        grain: How long a `period` is: `day`, `week`, `month`, `quarter` or `year`.
        within: Days that count, such as `2026-10`; those of the report's period unless given.
        title: Heading in English; the name unless given.
        title_zh: Heading in Chinese; the English one unless given.
        plot: Name of a plot that shows it, such as `bars`.

    Raises:
        ReportError: There is no such metric, dimension, grain or column, or a metric cannot be told apart so.

    Example:
        >>> spec = ReportSpec(name="freight", dimensions=["province"], measures=["courier_cost_per_parcel"])
        >>> spec.sort
        ()
    """

    name: str
    measures: tuple[str | Metric, ...] = attrs.field(converter=_measures)
    dimensions: tuple[str, ...] = attrs.field(default=(), converter=_names)
    filters: Mapping[str, object] = attrs.field(factory=dict, converter=_filters)
    sort: tuple[str, ...] = attrs.field(default=(), converter=_names)
    limit: int | None = None
    grain: str = "month"
    within: str | None = None
    title: str = ""
    title_zh: str = ""
    plot: str = ""

    def __attrs_post_init__(self) -> None:
        self._require_names()
        chosen = self._metrics()
        for name in (*self.dimensions, *self.filters):
            if name not in DIMENSIONS:
                raise self._wrong("dimensions", f"there is no dimension {name!r}", name, DIMENSIONS)
            for metric in chosen:
                has = dimensions_of(metric)
                if name not in has:
                    raise ReportError(
                        f"{metric.name} cannot be told apart by {name}; it can by {', '.join(has)}",
                        where=f"report {self.name}: dimensions",
                    )
        known = [*self.dimensions, "currency", *(one.name for one in chosen)]
        for name in self.sort:
            if name.removeprefix("-") not in known:
                raise self._wrong("sort", f"it has no column {name.removeprefix('-')!r}", name, known)
        if self.within is not None:
            Span.parse(self.within)

    def _require_names(self) -> None:
        if not self.measures:
            raise ReportError("a measure is needed", where=f"report {self.name}: measures")
        if self.grain not in GRAINS:
            raise self._wrong("grain", f"there is no grain {self.grain!r}", self.grain, GRAINS)
        if self.limit is not None and self.limit <= 0:
            raise ReportError(f"1 or more is needed, got {self.limit}", where=f"report {self.name}: limit")
        for key, given in (("dimensions", self.dimensions), ("measures", self.measures)):
            if len({getattr(one, "name", one) for one in given}) < len(given):
                raise ReportError("one is named twice", where=f"report {self.name}: {key}")

    def _metrics(self) -> tuple[Metric, ...]:
        known = metrics()
        for one in self.measures:
            if isinstance(one, str) and one not in known:
                raise self._wrong("measures", f"there is no metric {one!r}", one, known)
        return resolve(self.measures)

    def _wrong(self, key: str, problem: str, given: str, known: "Sequence[str] | Mapping[str, Any]") -> ReportError:
        near = difflib.get_close_matches(given, list(known), n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(known)}"
        return ReportError(problem, where=f"report {self.name}: {key}", hint=hint)

    @classmethod
    def load(cls, path: str | Path) -> "ReportSpec":
        """The spec that a TOML file says.

        Raises:
            ReportError: The file cannot be read, is no TOML, or says something that is no spec; with file and key.
        """
        file = Path(path)
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as cause:
            raise ReportError("it cannot be read as text", where=file.name) from cause
        return cls.loads(text, name=file.name)

    @classmethod
    def loads(cls, text: str, *, name: str = "report.toml") -> "ReportSpec":
        """The spec that a TOML text says.

        Args:
            text: The text.
            name: What to call it in errors.

        Raises:
            ReportError: It is no TOML, or says something that is no spec.
        """
        try:
            said = tomllib.loads(text)
        except tomllib.TOMLDecodeError as cause:
            raise ReportError(f"it is no TOML: {cause}", where=name) from cause
        return cls.from_mapping(said, where=name)

    @classmethod
    def from_mapping(cls, said: Mapping[str, Any], *, where: str = "reports") -> "ReportSpec":
        """The spec of keys and values, such as a table of a close's configuration.

        Args:
            said: The fields by their names.
            where: What to call it in errors.

        Raises:
            ReportError: A key is unknown or missing, or a value is not what it should be.
        """
        for key, value in said.items():
            if key not in _FIELDS:
                near = difflib.get_close_matches(key, _FIELDS, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(_FIELDS)}"
                raise ReportError("there is no such key", where=f"{where}: {key}", hint=hint)
            _require_type(key, value, where)
        for key in ("name", "measures"):
            if key not in said:
                raise ReportError("it is needed", where=f"{where}: {key}")
        try:
            return cls(**said)
        except ReportError as cause:
            raise ReportError(cause.problem, where=f"{where}: {cause.where}", hint=cause.hint) from cause

    def make(self, data: ReportData) -> Report | None:
        """The report; None where the data allow none of its figures.

        Args:
            data: What it is made of.
        """
        columns = {one.name: one.column for one in self._metrics()}
        sort = [
            ("-" if name.startswith("-") else "") + columns.get(name.removeprefix("-"), name.removeprefix("-"))
            for name in self.sort
        ]
        title = self.title or self.name.replace("_", " ").capitalize()
        asked = Layout(
            name=self.name,
            title=title,
            title_zh=self.title_zh or title,
            metrics=self.measures,
            by=self.dimensions,
            where=dict(self.filters),
            grain=self.grain,
            sort=sort,
            limit=self.limit,
            plot=self.plot,
        )
        span = None if self.within is None else Span.parse(self.within)
        made = table(asked, facts_of(data), within=span)
        if made is None:
            return None
        facts = (
            ("period", self.within or data.period),
            *((name, _said(value)) for name, value in self.filters.items()),
        )
        return Report(name=self.name, title=title, title_zh=asked.title_zh, facts=facts, sections=(made,))


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _require_type(key: str, value: object, where: str) -> None:
    """Whether a value of TOML is of the right sort."""
    lists = ("dimensions", "measures", "sort")
    if key in lists:
        fits = isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))
        needed = "a text or a list of texts"
    elif key == "filters":
        fits, needed = isinstance(value, Mapping), "a table of dimensions and values"
    elif key == "limit":
        fits, needed = isinstance(value, int) and not isinstance(value, bool), "a whole number"
    else:
        fits, needed = isinstance(value, str), "a text"
    if not fits:
        raise ReportError(f"{needed} is needed, got {value!r}", where=f"{where}: {key}")
