"""Facts: frames that figures are made of, built once from what a report is given."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

import attrs
import polars as pl

from tieout.errors import ReportError
from tieout.reports.data import ReportData
from tieout.reports.spans import Span
from tieout.reports.versions import in_order

__all__ = ["SOURCE", "FactKind", "Facts", "Missing", "no_side"]

SOURCE = ("source_file", "source_line")
"""Where a record stands, in every fact frame that is made of records."""


@attrs.frozen
class Missing:
    """Why there is no fact frame.

    Attributes:
        reason: What the data lack, in English.
        reason_zh: The same in Chinese.
    """

    reason: str
    reason_zh: str


Built: TypeAlias = "pl.DataFrame | Missing"


def _names(given: Sequence[str]) -> tuple[str, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True, eq=False)
class FactKind:
    """A fact frame that can be built.

    Attributes:
        name: Name by which measures ask for it.
        title: What a row is, in English.
        title_zh: The same in Chinese.
        dimensions: Its columns by which figures can be told apart.
        moments: Its columns of days, the first of which puts a row into a period unless a measure says another.
        ids: Its columns that name a row for people.
        build: Makes it, or says why it cannot.
        finer: A fact frame with several rows for each of its rows, and the column that both share: its counts can be told apart
            by the dimensions of that one too, where groups no longer add up to the total.
    """

    name: str
    title: str
    title_zh: str
    dimensions: tuple[str, ...] = attrs.field(converter=_names)
    moments: tuple[str, ...] = attrs.field(converter=_names)
    ids: tuple[str, ...] = attrs.field(default=(), converter=_names)
    build: "Callable[[Facts], Built]" = attrs.field(repr=False)
    finer: tuple[str, str] | None = None


@attrs.frozen(eq=False)
class Facts:
    """The fact frames of a period, each built when it is first asked for.

    Attributes:
        data: What the report is made of.
        kinds: The fact frames that there are, by name.
    """

    data: ReportData
    kinds: Mapping[str, FactKind] = attrs.field(repr=False)
    _built: dict[str, Built] = attrs.field(factory=dict, init=False, repr=False)
    _read: dict[str, pl.DataFrame | None] = attrs.field(factory=dict, init=False, repr=False)
    _cut: dict[tuple[str, tuple[str, Span]], pl.DataFrame] = attrs.field(factory=dict, init=False, repr=False)

    @property
    def names(self) -> pl.Enum:
        """The type of a column that says of which fact frame a row is: a byte a row."""
        return pl.Enum(list(self.kinds))

    def kind(self, name: str) -> FactKind:
        """What there is under a name.

        Raises:
            ReportError: There is none.
        """
        if name not in self.kinds:
            raise ReportError(f"there is no fact frame {name!r}; known: {', '.join(self.kinds)}")
        return self.kinds[name]

    def get(self, name: str) -> Built:
        """A fact frame, or why there is none.

        Raises:
            ReportError: There is no such fact frame, or it lacks a column that it promises.
        """
        if name not in self._built:
            kind = self.kind(name)
            made = kind.build(self)
            if isinstance(made, pl.DataFrame):
                lacks = [one for one in (*kind.dimensions, *kind.moments, *kind.ids) if one not in made.columns]
                if lacks:
                    raise ReportError(f"it lacks {', '.join(lacks)}", where=f"fact {name}")
            self._built[name] = made
        return self._built[name]

    def within(self, name: str, days: tuple[str, Span] | None) -> pl.DataFrame:
        """The rows of a fact frame that are of some days, or of no day that is known.

        Args:
            name: Name of a fact frame that is there.
            days: The column of days and the span; None for all rows.

        Raises:
            ReportError: There is none, or it cannot be built of the data.
        """
        frame = self.get(name)
        if isinstance(frame, Missing):
            raise ReportError(frame.reason, where=f"fact {name}")
        if days is None:
            return frame
        if (name, days) not in self._cut:
            moment, span = days
            inside = frame.select(
                pl.col(moment).is_between(span.first, span.last).fill_null(value=True).alias("inside")
            ).to_series()
            self._cut[name, days] = frame if inside.all() else frame.filter(inside)
        return self._cut[name, days]

    @property
    def span(self) -> Span:
        """The days of the period."""
        return Span.parse(self.data.period)

    @property
    def as_of(self) -> date:
        """The day by whose end everything stands."""
        return self.data.as_of

    def day(self, column: str) -> pl.Expr:
        """The day of a moment, where the book counts days."""
        return pl.col(column).dt.convert_time_zone(self.data.timezone).dt.date()

    @property
    def found_on(self) -> date:
        """The day on which what the close finds counts: the as-of day, if that is later than the period the period's last."""
        return max(self.span.first, min(self.data.as_of, self.span.last))

    def records(self, *names: str) -> pl.DataFrame | None:
        """The records of the first of these roles that has any, in the order of their files."""
        for name in names:
            if name not in self._read:
                frame = self.data.frame(name)
                self._read[name] = None if frame is None else in_order(frame)
            held = self._read[name]
            if held is not None and held.height:
                return held
        return None

    def with_carried(self, name: str, key: Sequence[str]) -> pl.DataFrame | None:
        """The records of a class with those that earlier periods handed on, and `is_carried`; None where the period has none.

        Args:
            name: Name of the class.
            key: Columns that name one thing: what the period has stands for what was carried of it.
        """
        place = f"{name} with those carried"
        if place not in self._read:
            given = self.records(name)
            self._read[place] = None if given is None else self._after(given, name, key)
        return self._read[place]

    def _after(self, given: pl.DataFrame, name: str, key: Sequence[str]) -> pl.DataFrame:
        now = given.with_columns(pl.lit(value=False).alias("is_carried"))
        held = self.data.carried.get(name)
        if held is None or not len(held):
            return now
        before = held.to_polars().join(given, on=list(key), how="anti", nulls_equal=True)
        return in_order(pl.concat([now, before.with_columns(pl.lit(value=True).alias("is_carried"))]))


def no_side(what: str, what_zh: str) -> Missing:
    """The data have no records of a kind."""
    return Missing(f"there are no {what}", f"没有{what_zh}")
