"""What a chart is drawn from: the marks of a section's figures, the same in every theme and language."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs
import polars as pl

from tieout.model.currency import exponent, is_currency
from tieout.reports.figures import cell_text, shown, width_of
from tieout.reports.report import Column, Kind, Section
from tieout.reports.words import CODES, Pair

__all__ = ["KINDS", "Point", "Points", "points_of"]

KINDS: Final = ("pareto", "ageing", "trend", "bars", "stages")
"""Kinds of chart that a section may name."""


_MOST: Final = 12  # bars of a chart; the rest is one bar more
_SERIES: Final = 6  # lines or colours of a chart
_LABEL: Final = 44  # columns of a label
_TIMES: Final = ("period", "day", "date", "month", "week")
_OTHERS: Final = ("Others", "其他")
_WHOLE: Final = (
    "total",
    "open",
    "balance",
    "outstanding",
    "amount",
    "due",
    "receivable",
)  # sums of buckets, not buckets


@attrs.frozen(kw_only=True)
class Point:
    """One mark of a chart: what it is called, how large it is, and the exact figure as text."""

    label: Pair
    series: Pair = ("", "")
    value: float
    text: str


@attrs.frozen(kw_only=True)
class Points:
    """The marks of a chart, in order.

    Attributes:
        marks: The marks.
        value: What is measured.
        currency: ISO 4217 code of money; empty for other figures.
        is_share: Whether figures are shares.
    """

    marks: tuple[Point, ...]
    value: Pair
    currency: str = ""
    is_share: bool = False

    def sentence(self, *, is_zh: bool) -> str:
        """What the chart says, for those who do not see it: its first marks with their figures."""
        at = 1 if is_zh else 0
        first = self.marks[:_MOST]
        said = (f"{mark.label[at]}{f' ({mark.series[at]})' if mark.series[at] else ''}: {mark.text}" for mark in first)
        return ("；" if is_zh else "; ").join([self.value[at], *said])


@attrs.frozen
class _Drawn:
    """The rows of one currency of a section, and the columns that are drawn."""

    section: Section
    frame: pl.DataFrame
    labels: Sequence[Column]
    figures: Sequence[Column]
    names: Mapping[str, Pair]
    currency: str


def points_of(section: Section, names: Mapping[str, Pair]) -> tuple[Points, ...]:
    """What a section's chart is drawn from: one for each currency of its money, or one of other figures.

    Args:
        section: A section that names a chart.
        names: What codes are called.
    """
    labels = [one for one in section.columns if one.kind in (Kind.TEXT, Kind.DATE)]
    figures = [one for one in section.columns if one.kind in (Kind.MONEY, Kind.COUNT, Kind.SHARE, Kind.NUMBER)]
    if not section.frame.height or not figures:
        return ()
    money = [one for one in figures if one.kind is Kind.MONEY]
    picked = money if section.plot == "ageing" and money else (money or figures)[:1]
    if section.plot in ("trend", "stages"):
        picked = figures[:1]
    parts = _by_currency(section.frame, picked[0])
    make = {"ageing": _aged, "trend": _over_time}.get(section.plot, _ranked)
    found = (make(_Drawn(section, frame, labels, picked, names, code)) for code, frame in parts)
    return tuple(one for one in found if any(mark.value for mark in one.marks))


def _by_currency(frame: pl.DataFrame, figure: Column) -> Iterator[tuple[str, pl.DataFrame]]:
    if figure.kind is not Kind.MONEY:
        yield "", frame
        return
    codes = frame[figure.currency].drop_nulls().unique().sort().to_list()
    yield from ((code, frame.filter(pl.col(figure.currency) == code)) for code in codes)


def _label(row: Mapping[str, Any], columns: Sequence[Column], names: Mapping[str, Pair]) -> Pair:
    both = [_named(row[column.name], column, names) for column in columns]
    return _short(" · ".join(one[0] for one in both if one[0])), _short(" · ".join(one[1] for one in both if one[1]))


def _named(value: object, column: Column, names: Mapping[str, Pair]) -> Pair:
    text = cell_text(value, column)
    known = CODES.get(column.name, {}).get(text) or names.get(text)
    return known or (text, text)


def _short(text: str) -> str:
    if width_of(text) <= _LABEL:
        return shown(text) or "–"
    kept = text
    while width_of(kept) > _LABEL - 1:
        kept = kept[:-1]
    return f"{shown(kept.rstrip())}…"


def _size(value: object, column: Column, currency: str) -> float:
    """Where a figure stands on an axis, which is a place and no amount."""
    if not isinstance(value, (int, float)) and value is None:
        return 0.0
    number = float(str(value))
    return number / 10 ** exponent(currency) if column.kind is Kind.MONEY and is_currency(currency) else number


def _point(label: Pair, value: object, column: Column, currency: str, series: Pair = ("", "")) -> Point:
    return Point(
        label=label,
        series=series,
        value=_size(value, column, currency),
        text=cell_text(value, column, currency=currency),
    )


def _ranked(drawn: "_Drawn") -> Points:
    """A bar a row: the largest first but for stages, which keep their order; the many small ones as one."""
    figure, names, currency = drawn.figures[0], drawn.names, drawn.currency
    used = [one for one in drawn.labels if one.name not in (figure.currency, "currency")]
    keyed = [one for one in used if one.name in drawn.section.key] or used[:1]
    held = drawn.frame.drop_nulls(figure.name)
    if drawn.section.plot != "stages":
        held = held.sort(pl.col(figure.name).abs(), descending=True, maintain_order=True)
    marks = [
        _point(_label(row, keyed, names), row[figure.name], figure, currency) for row in held.iter_rows(named=True)
    ]
    if len(marks) > _MOST + 1 and figure.kind in (Kind.MONEY, Kind.COUNT):
        rest = int(held[figure.name][_MOST:].sum())
        count = len(marks) - _MOST
        others = tuple(f"{word} ({count})" for word in _OTHERS)
        marks = [*marks[:_MOST], _point((others[0], others[1]), rest, figure, currency)]
    if drawn.section.plot == "pareto":
        marks = [attrs.evolve(mark, value=abs(mark.value)) for mark in marks]
    return _points(marks[: _MOST + 1], figure, currency)


def _aged(drawn: "_Drawn") -> Points:
    """Bars by age: of columns that are buckets, stacked by row where there are few; else of rows that are."""
    frame, names, currency = drawn.frame, drawn.names, drawn.currency
    buckets = [one for one in drawn.figures if not any(one.name.startswith(word) for word in _WHOLE)]
    if len(buckets) < 2:  # noqa: PLR2004 - one column is no choice of buckets
        return _in_order(drawn)
    used = [one for one in drawn.labels if one.name != "currency"]
    few = 1 < frame.height <= _SERIES
    marks = []
    for bucket in buckets:
        label = (bucket.title, bucket.title_zh)
        if few:
            marks += [
                _point(label, row[bucket.name] or 0, bucket, currency, _label(row, used[:2], names))
                for row in frame.iter_rows(named=True)
            ]
        else:
            marks.append(_point(label, int(frame[bucket.name].sum()), bucket, currency))
    return Points(marks=tuple(marks), value=(_unit("Amount", currency), _unit("金额", currency)), currency=currency)


def _in_order(drawn: "_Drawn") -> Points:
    """Rows that are buckets, in their order, added up where several have the same label."""
    figure, labels = drawn.figures[0], drawn.labels
    bucket = next((one for one in labels if "bucket" in one.name or "age" in one.name), labels[0] if labels else None)
    if bucket is None:
        return _points([], figure, drawn.currency)
    summed = drawn.frame.group_by(bucket.name, maintain_order=True).agg(pl.col(figure.name).sum())
    marks = [
        _point(_label(row, [bucket], drawn.names), row[figure.name], figure, drawn.currency)
        for row in summed.iter_rows(named=True)
    ]
    return _points(marks, figure, drawn.currency)


def _over_time(drawn: "_Drawn") -> Points:
    """A line for each series over the periods; of many series the first."""
    figure, names, currency = drawn.figures[0], drawn.names, drawn.currency
    time = next((one for one in drawn.labels if one.name in _TIMES), drawn.labels[0])
    others = [
        one
        for one in drawn.labels
        if one is not time and one.name != "currency" and one.name in (*drawn.section.key, "metric")
    ]
    marks: list[Point] = []
    seen: dict[Pair, None] = {}
    for row in drawn.frame.drop_nulls(figure.name).iter_rows(named=True):
        series = _label(row, others, names) if others else ("", "")
        if series not in seen and len(seen) == _SERIES:
            continue
        seen[series] = None
        marks.append(_point(_label(row, [time], names), row[figure.name], figure, currency, series))
    return _points(marks, figure, currency)


def _points(marks: Sequence[Point], figure: Column, currency: str) -> Points:
    unit = currency or figure.unit
    return Points(
        marks=tuple(marks),
        value=(_unit(figure.title, unit), _unit(figure.title_zh, unit)),
        currency=currency,
        is_share=figure.kind is Kind.SHARE,
    )


def _unit(title: str, unit: str) -> str:
    return f"{title} ({unit})" if unit else title
