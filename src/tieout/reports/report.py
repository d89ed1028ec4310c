"""What every report is: sections of typed columns, each figure of which can be traced to the rows that it was made of."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import polars as pl

from tieout._notebook import ROWS_MAX, heading, paragraph, table, view
from tieout.errors import ReportError
from tieout.reports.column import Column, Kind
from tieout.reports.rows_behind import Behind
from tieout.reports.showing import fact_label, shown_value, unit_of

__all__ = ["Column", "Kind", "Report", "Section"]

_FIGURES = (Kind.COUNT, Kind.MONEY, Kind.NUMBER, Kind.SHARE)


def _columns(given: Sequence[Column]) -> tuple[Column, ...]:
    return tuple(given)


def _names(given: Sequence[str]) -> tuple[str, ...]:
    return tuple(given)


def _facts(given: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(given)


@attrs.frozen(kw_only=True, eq=False)
class Section:
    """A table of a report.

    Attributes:
        name: What programs call it, such as `by_shop`.
        title: Heading in English.
        title_zh: Heading in Chinese.
        columns: Its columns in order.
        frame: One row a group; money in whole minor units. A figure whose denominator is zero is null.
        key: Columns that tell its rows apart.
        totals: The totals of its columns, one row a currency, with the same columns; None where adding up makes no sense.
        details: The rows that the figures are made of, with the key columns, the columns that are summed, and `source_file` and
            `source_line` where the records have them; None where there are none.
        sums: Columns of `frame` that are the sums of the same columns of `details`.
        plot: Name of a plot that shows it, such as `pareto`; empty for none.
        note: What to know about it, in English.
        note_zh: The same in Chinese.

    Raises:
        ReportError: A column is missing, a key is not one, or a figure is not the sum of its details.
    """

    name: str
    title: str
    title_zh: str
    columns: tuple[Column, ...] = attrs.field(converter=_columns)
    frame: pl.DataFrame = attrs.field(repr=False)
    key: tuple[str, ...] = attrs.field(default=(), converter=_names)
    totals: pl.DataFrame | None = attrs.field(default=None, repr=False)
    _details: pl.DataFrame | Behind | None = attrs.field(default=None, repr=False)
    sums: tuple[str, ...] = attrs.field(default=(), converter=_names)
    plot: str = ""
    note: str = ""
    note_zh: str = ""

    def __attrs_post_init__(self) -> None:
        has = set(self.frame.columns)
        needed = {one.name for one in self.columns} | {one.currency for one in self.columns if one.kind is Kind.MONEY}
        missing = sorted((needed | {*self.key, *self.sums}) - has)
        if missing:
            raise ReportError(f"the frame lacks {', '.join(missing)}", where=f"section {self.name}")
        if self.key and self.frame.select(self.key).is_duplicated().any():
            raise ReportError(f"{', '.join(self.key)} do not tell the rows apart", where=f"section {self.name}")
        self._require_ties()

    def _require_ties(self) -> None:
        """A figure is the sum of its rows, or it is not shown."""
        behind = self.behind
        if behind is None or not self.sums:
            return
        added = _added(behind, self.key, self.sums)
        joined = self.frame.select(*self.key, *self.sums).join(
            added, on=list(self.key), how="full", nulls_equal=True, suffix="_added", coalesce=True
        )
        for name in self.sums:
            off = joined.filter(pl.col(name).fill_null(0) != pl.col(f"{name}_added").fill_null(0))
            if off.height:
                first = off.row(0, named=True)
                raise ReportError(
                    f"{name} is {first[name]} where its rows sum to {first[f'{name}_added']}, in {off.height} rows",
                    where=f"section {self.name}: {', '.join(str(first[key]) for key in self.key)}",
                )

    @property
    def behind(self) -> Behind | None:
        """The rows of `details` as they are held; who needs some of them or their number puts no frame of all together."""
        return Behind([self._details]) if isinstance(self._details, pl.DataFrame) else self._details

    @property
    def details(self) -> pl.DataFrame | None:
        """The rows that the figures are made of; None where there are none."""
        return self._details.whole if isinstance(self._details, Behind) else self._details

    def _repr_html_(self) -> str:
        code = unit_of(self)
        heads = [one.title for one in self.columns]
        figures = [at for at, one in enumerate(self.columns) if one.kind in _FIGURES]
        totals = [] if self.totals is None else self._texts(self.totals, with_code=not code)
        totals = [[row[0] or "total", *row[1:]] for row in totals]
        shown = self.frame.head(ROWS_MAX)
        return view(
            "",
            heading(f"{self.title} ({code})" if code else self.title),
            table(
                heads,
                self._texts(shown, with_code=not code),
                figures=figures,
                totals=totals,
                more=self.frame.height - shown.height,
            ),
            paragraph(self.note),
        )

    def _texts(self, frame: pl.DataFrame, *, with_code: bool) -> list[list[str]]:
        """The rows of a frame as people read them."""
        return [
            [
                shown_value(row.get(one.name), one, row.get(one.currency), "en", with_code=with_code)
                for one in self.columns
            ]
            for row in frame.iter_rows(named=True)
        ]

    def rows(self, **key: Any) -> pl.DataFrame:  # noqa: ANN401 - values of the key columns
        """The rows that figures are made of.

        Args:
            **key: Values of key columns, such as `platform="tmall"`; those that are left out are not looked at, None means null.

        Raises:
            ReportError: The section has no details, or a name is no key column.
        """
        details = self.details
        if details is None:
            raise ReportError("it has no rows behind its figures", where=f"section {self.name}")
        strange = sorted(set(key) - set(self.key))
        if strange:
            raise ReportError(
                f"one of {', '.join(self.key)} is needed, got {strange[0]!r}", where=f"section {self.name}"
            )
        wanted = [pl.col(name).eq_missing(pl.lit(value)) for name, value in key.items()]
        return details.filter(*wanted)


def _added(behind: Behind, key: Sequence[str], names: Sequence[str]) -> pl.DataFrame:
    """The sums of columns, by key; of each part by itself first."""
    if len(behind.parts) == 1:
        return behind.parts[0].group_by(key).agg(pl.col(name).sum() for name in names)
    parts = [
        part.group_by(key).agg(pl.col(name).sum() for name in names if name in part.columns) for part in behind.parts
    ]
    return pl.concat(parts, how="diagonal_relaxed").group_by(key).agg(pl.col(name).sum() for name in names)


def _by_name(sections: Sequence[Section]) -> tuple[Section, ...]:
    return tuple(sections)


@attrs.frozen(kw_only=True, eq=False)
class Report:
    """Figures of a period that people look at.

    Attributes:
        name: What programs call it, such as `collection`.
        title: Heading in English.
        title_zh: Heading in Chinese.
        facts: What it is of, label and text, such as `(("period", "2026-10"),)`.
        sections: Its tables.
        see: Names of reports that say more of the same, such as `collection`; those that are not made are not shown.
    """

    name: str
    title: str
    title_zh: str
    facts: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=_facts)
    sections: tuple[Section, ...] = attrs.field(default=(), converter=_by_name)
    see: tuple[str, ...] = attrs.field(default=(), converter=_names)

    def _repr_html_(self) -> str:
        said = [(fact_label(label, "en"), text) for label, text in self.facts]
        facts = table((), said, named=True) if said else ""
        return view(self.title, facts, *(one._repr_html_() for one in self.sections))

    @property
    def frames(self) -> Mapping[str, pl.DataFrame]:
        """The frames of its sections, by name."""
        return {one.name: one.frame for one in self.sections}

    def section(self, name: str) -> Section:
        """A section by its name.

        Raises:
            ReportError: There is none.
        """
        for one in self.sections:
            if one.name == name:
                return one
        known = ", ".join(one.name for one in self.sections)
        raise ReportError(f"one of {known} is needed, got {name!r}", where=f"report {self.name}")
