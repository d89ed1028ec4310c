"""How each kind of chart looks, in a theme and a language."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import altair as alt
import attrs
from altair.utils.schemapi import debug_mode

from tieout.reports.points import Points
from tieout.reports.words import Pair

__all__ = ["CHARTS", "FONTS", "PALETTES", "THEMES", "Look", "Palette", "specified"]

FONTS: Final = (
    "Noto Sans SC, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, Source Han Sans SC, system-ui, Segoe UI, sans-serif"
)
THEMES: Final = ("light", "dark")

_WIDTH: Final = 640
_BAR: Final = 26  # pixels of a bar with its room
_HEIGHT: Final = 240
_ROOM: Final = 1.22  # of the longest bar, for the figure behind it


@attrs.frozen(kw_only=True)
class Palette:
    """Colours of a theme; those of series differ in lightness too, for those who see few colours."""

    back: str
    text: str
    soft: str
    grid: str
    series: tuple[str, ...]


PALETTES: Final[Mapping[str, Palette]] = {
    "light": Palette(
        back="#ffffff",
        text="#1b1f24",
        soft="#57606a",
        grid="#d0d7de",
        series=("#0b5fa5", "#c2570c", "#00806f", "#7b3fa0", "#8a6d00", "#5c6671"),
    ),
    "dark": Palette(
        back="#0f141a",
        text="#e8edf2",
        soft="#a5b0bc",
        grid="#343d48",
        series=("#6cb4f7", "#f0a35e", "#4fd0b5", "#cf9bea", "#e3c452", "#a8b3c0"),
    ),
}


@attrs.frozen(kw_only=True)
class Look:
    """How a chart looks: its colours and its language."""

    palette: Palette
    is_zh: bool

    def say(self, pair: Pair) -> str:
        """A pair in the chart's language."""
        return pair[1 if self.is_zh else 0]

    def config(self) -> dict[str, Any]:
        """What all charts have in common, as Vega-Lite takes it."""
        colours = self.palette
        axis = {
            "labelColor": colours.text,
            "titleColor": colours.soft,
            "gridColor": colours.grid,
            "domainColor": colours.soft,
            "tickColor": colours.soft,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "labelLimit": 320,
        }
        return {
            "aria": False,
            "background": colours.back,
            "font": FONTS,
            "axis": axis,
            "legend": {"labelColor": colours.text, "titleColor": colours.soft, "labelFontSize": 12, "labelLimit": 260},
            "view": {"stroke": None},
        }


Draw = Callable[[Points, Look], Any]


def _data(points: Points, look: Look) -> alt.InlineData:
    return alt.InlineData(
        values=[
            {
                "at": at,
                "label": look.say(mark.label),
                "series": look.say(mark.series),
                "value": mark.value,
                "text": mark.text,
            }
            for at, mark in enumerate(points.marks)
        ]
    )


def _axis(points: Points) -> alt.Axis:
    return alt.Axis(format=".0%" if points.is_share else ",.6~f", tickCount=6)


def _span(points: Points) -> alt.Scale:
    """From the smallest to the largest figure, with room for what is written behind the bars."""
    values = [mark.value for mark in points.marks]
    low, high = min(0.0, *values), max(0.0, *values)
    return alt.Scale(domain=[low * _ROOM, high * _ROOM or 1.0], nice=False)


def _bars(points: Points, look: Look) -> Any:  # noqa: ANN401 - a chart of any layers
    """Bars side by side, each with its exact figure."""
    span = _span(points)
    return _sized([_bare(points, look, span), *_written(points, look, span)], points)


def _sized(layers: list[Any], points: Points) -> Any:  # noqa: ANN401 - a chart of any layers
    return alt.layer(*layers).resolve_scale(x="independent").properties(width=_WIDTH, height=_BAR * len(points.marks))


def _bare(points: Points, look: Look, span: alt.Scale) -> Any:  # noqa: ANN401 - a chart
    size = alt.X("value:Q", title=look.say(points.value), scale=span, axis=_axis(points))
    base = alt.Chart(_data(points, look)).mark_bar(color=look.palette.series[0], height={"band": 0.7})
    return base.encode(y=_labels(points, look), x=size)


def _written(points: Points, look: Look, span: alt.Scale, *, is_crossed: bool = False) -> list[Any]:
    """The figures behind the bars; those that a line crosses have the colour of the page around them."""
    base = alt.Chart(_data(points, look)).transform_calculate(behind="max(datum.value, 0)")
    at, size = _labels(points, look), alt.X("behind:Q", axis=None, scale=span)
    colours = look.palette
    around = base.mark_text(align="left", fontSize=12, dx=8, color=colours.back, stroke=colours.back, strokeWidth=4)
    text = base.mark_text(align="left", fontSize=12, dx=8, color=colours.text)
    first = [around.transform_filter("datum.at == 0")] if is_crossed else []
    return [mark.encode(y=at, x=size, text="text:N") for mark in (*first, text)]


def _labels(points: Points, look: Look) -> alt.Y:
    """Names of bars by their places: two bars may have the same name."""
    names = [look.say(mark.label) for mark in points.marks]
    listed = ", ".join("'" + one.replace("\\", "\\\\").replace("'", "\\'") + "'" for one in names)
    axis = alt.Axis(title=None, labelExpr=f"[{listed}][datum.value]", ticks=False, domain=False, labelPadding=8)
    return alt.Y("at:O", sort=None, axis=axis)


def _pareto(points: Points, look: Look) -> Any:  # noqa: ANN401 - a chart of any layers
    """Bars from the largest, and the share of all up to each as a line of its own scale."""
    whole = sum(abs(mark.value) for mark in points.marks) or 1.0
    up_to = 0.0
    shares = []
    for at, mark in enumerate(points.marks):
        up_to += abs(mark.value)
        shares.append({"at": at, "share": up_to / whole})
    title = look.say(("Share of all up to here", "累计占比"))
    top = alt.Axis(title=title, format=".0%", orient="top", grid=False, tickCount=6)
    line = (
        alt.Chart(alt.InlineData(values=shares))
        .mark_line(color=look.palette.series[1], point={"filled": True, "color": look.palette.series[1], "size": 45})
        .encode(
            y=_labels(points, look),
            x=alt.X("share:Q", axis=top, scale=alt.Scale(domain=[0, 1])),
            order=alt.Order("at:Q"),
        )
    )
    # Both scales end at the whole, so that the line begins where the first bar ends.
    span = alt.Scale(domain=[0, whole], nice=False)
    return _sized([_bare(points, look, span), line, *_written(points, look, span, is_crossed=True)], points)


def _stacked(points: Points, look: Look) -> Any:  # noqa: ANN401 - a chart of any layers
    """Columns of buckets in their order, with the parts of each by colour and the sum above."""
    order = list(dict.fromkeys(look.say(mark.label) for mark in points.marks))
    base = alt.Chart(_data(points, look))
    at = alt.X("label:N", sort=order, title=None, axis=alt.Axis(labelAngle=0, labelLimit=110))
    size = alt.Y("value:Q", title=look.say(points.value), axis=_axis(points))
    series = list(dict.fromkeys(look.say(mark.series) for mark in points.marks))
    if series == [""]:
        bars = base.mark_bar(color=look.palette.series[0], width={"band": 0.6}).encode(x=at, y=size)
        text = base.mark_text(dy=-8, color=look.palette.text, fontSize=12).encode(x=at, y="value:Q", text="text:N")
        return alt.layer(bars, text).properties(width=_WIDTH, height=_HEIGHT)
    bars = base.mark_bar(width={"band": 0.6}, stroke=look.palette.back, strokeWidth=1).encode(
        x=at, y=size, color=_colours(series, look), order=alt.Order("at:Q")
    )
    return bars.properties(width=_WIDTH, height=_HEIGHT)


def _lines(points: Points, look: Look) -> Any:  # noqa: ANN401 - a chart of any layers
    """A line for each series over the periods, each point marked."""
    order = sorted({look.say(mark.label) for mark in points.marks})
    series = list(dict.fromkeys(look.say(mark.series) for mark in points.marks))
    at = alt.X("label:N", sort=order, title=None, axis=alt.Axis(labelAngle=0))
    size = alt.Y("value:Q", title=look.say(points.value), axis=_axis(points), scale=alt.Scale(zero=True))
    base = alt.Chart(_data(points, look))
    if series == [""]:
        line = base.mark_line(
            color=look.palette.series[0], point={"filled": True, "color": look.palette.series[0], "size": 60}
        )
        text = base.mark_text(dy=-12, color=look.palette.text, fontSize=12)
        shown = alt.layer(line.encode(x=at, y=size), text.encode(x=at, y="value:Q", text="text:N"))
        return shown.properties(width=_WIDTH, height=_HEIGHT)
    shapes = alt.Shape("series:N", scale=alt.Scale(domain=series), sort=series, title=None, legend=_legend())
    line = base.mark_line().encode(x=at, y=size, color=_colours(series, look))
    dots = base.mark_point(size=60, filled=True, opacity=1).encode(
        x=at, y=size, color=_colours(series, look), shape=shapes
    )
    return alt.layer(line, dots).properties(width=_WIDTH, height=_HEIGHT)


def _colours(series: list[str], look: Look) -> alt.Color:
    scale = alt.Scale(domain=series, range=list(look.palette.series[: len(series)]))
    return alt.Color("series:N", scale=scale, sort=series, title=None, legend=_legend())


def _legend() -> alt.Legend:
    return alt.Legend(orient="bottom", columns=3)


CHARTS: Final[Mapping[str, Draw]] = {
    "pareto": _pareto,
    "ageing": _stacked,
    "trend": _lines,
    "bars": _bars,
    "stages": _bars,
}


def specified(kind: str, points: Points, look: Look, *, validate: bool = False) -> dict[str, Any]:
    """A chart as Vega-Lite takes it.

    Args:
        kind: Kind of chart.
        points: What it is drawn from.
        look: How it looks.
        validate: Whether each part is held against the schema of Vega-Lite, which takes longer than drawing it; the shapes of our
            charts do not depend on the data, so it is for tests.
    """
    with debug_mode(validate):
        chart = CHARTS[kind](points, look).configure(**look.config())
        spec: dict[str, Any] = chart.to_dict(validate=validate)
    return spec
