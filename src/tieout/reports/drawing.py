"""How each kind of chart looks, in a theme and a language: specifications of Vega-Lite, as values that JSON has."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from tieout.reports.points import Points
from tieout.reports.words import Pair

__all__ = ["CHARTS", "FONTS", "PALETTES", "SCHEMA", "THEMES", "Look", "Palette", "specified"]

FONTS: Final = (
    "Noto Sans SC, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, Source Han Sans SC, system-ui, Segoe UI, sans-serif"
)
THEMES: Final = ("light", "dark")
SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
"""What a specification says it is; nothing is fetched from there."""

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


Part = dict[str, Any]
Draw = Callable[[Points, Look], Part]


def _data(points: Points, look: Look) -> Part:
    return {
        "values": [
            {
                "at": at,
                "label": look.say(mark.label),
                "series": look.say(mark.series),
                "value": mark.value,
                "text": mark.text,
            }
            for at, mark in enumerate(points.marks)
        ]
    }


def _quantity(field: str, **more: object) -> Part:
    return {"field": field, "type": "quantitative", **more}


def _name(field: str, **more: object) -> Part:
    return {"field": field, "type": "nominal", **more}


def _size(points: Points, look: Look, **more: object) -> Part:
    axis = {"format": ".0%" if points.is_share else ",.6~f", "tickCount": 6}
    return _quantity("value", title=look.say(points.value), axis=axis, **more)


def _span(points: Points) -> Part:
    """From the smallest to the largest figure, with room for what is written behind the bars."""
    values = [mark.value for mark in points.marks]
    low, high = min(0.0, *values), max(0.0, *values)
    return {"domain": [low * _ROOM, high * _ROOM or 1.0], "nice": False}


def _bars(points: Points, look: Look) -> Part:
    """Bars side by side, each with its exact figure."""
    span = _span(points)
    return _sized([_bare(points, look, span), *_written(points, look, span)], points)


def _sized(layers: list[Part], points: Points) -> Part:
    sizes = {"width": _WIDTH, "height": _BAR * len(points.marks)}
    return {"layer": layers, "resolve": {"scale": {"x": "independent"}}, **sizes}


def _bare(points: Points, look: Look, span: Part) -> Part:
    mark = {"type": "bar", "color": look.palette.series[0], "height": {"band": 0.7}}
    encoding = {"y": _labels(points, look), "x": _size(points, look, scale=span)}
    return {"data": _data(points, look), "mark": mark, "encoding": encoding}


def _written(points: Points, look: Look, span: Part, *, is_crossed: bool = False) -> list[Part]:
    """The figures behind the bars; those that a line crosses have the colour of the page around them."""
    colours, behind = look.palette, {"calculate": "max(datum.value, 0)", "as": "behind"}
    text = {"type": "text", "align": "left", "fontSize": 12, "dx": 8}
    around = {**text, "color": colours.back, "stroke": colours.back, "strokeWidth": 4}
    marks = [(around, [behind, {"filter": "datum.at == 0"}])] if is_crossed else []
    encoding = {
        "y": _labels(points, look),
        "x": _quantity("behind", axis=None, scale=span),
        "text": _name("text"),
    }
    return [
        {"data": _data(points, look), "mark": mark, "transform": transform, "encoding": encoding}
        for mark, transform in (*marks, ({**text, "color": colours.text}, [behind]))
    ]


def _labels(points: Points, look: Look) -> Part:
    """Names of bars by their places: two bars may have the same name."""
    names = [look.say(mark.label) for mark in points.marks]
    listed = ", ".join("'" + one.replace("\\", "\\\\").replace("'", "\\'") + "'" for one in names)
    shown = {"title": None, "labelExpr": f"[{listed}][datum.value]", "labelPadding": 8}
    return {"field": "at", "type": "ordinal", "sort": None, "axis": {**shown, "ticks": False, "domain": False}}


def _pareto(points: Points, look: Look) -> Part:
    """Bars from the largest, and the share of all up to each as a line of its own scale."""
    whole = sum(abs(mark.value) for mark in points.marks) or 1.0
    up_to = 0.0
    shares = []
    for at, mark in enumerate(points.marks):
        up_to += abs(mark.value)
        shares.append({"at": at, "share": up_to / whole})
    title = look.say(("Share of all up to here", "累计占比"))
    top = {"title": title, "format": ".0%", "orient": "top", "grid": False, "tickCount": 6}
    colour = look.palette.series[1]
    line = {
        "data": {"values": shares},
        "mark": {"type": "line", "color": colour, "point": {"filled": True, "color": colour, "size": 45}},
        "encoding": {
            "y": _labels(points, look),
            "x": _quantity("share", axis=top, scale={"domain": [0, 1]}),
            "order": _quantity("at"),
        },
    }
    # Both scales end at the whole, so that the line begins where the first bar ends.
    span = {"domain": [0, whole], "nice": False}
    return _sized([_bare(points, look, span), line, *_written(points, look, span, is_crossed=True)], points)


def _stacked(points: Points, look: Look) -> Part:
    """Columns of buckets in their order, with the parts of each by colour and the sum above."""
    order = list(dict.fromkeys(look.say(mark.label) for mark in points.marks))
    series = list(dict.fromkeys(look.say(mark.series) for mark in points.marks))
    at = _name("label", sort=order, title=None, axis={"labelAngle": 0, "labelLimit": 110})
    places = {"x": at, "y": _size(points, look)}
    whole = {"data": _data(points, look), "width": _WIDTH, "height": _HEIGHT}
    if series == [""]:
        bars = {"type": "bar", "color": look.palette.series[0], "width": {"band": 0.6}}
        text = {"type": "text", "dy": -8, "color": look.palette.text, "fontSize": 12}
        above = {"x": at, "y": _quantity("value"), "text": _name("text")}
        return {**whole, "layer": [{"mark": bars, "encoding": places}, {"mark": text, "encoding": above}]}
    parts: Part = {"type": "bar", "width": {"band": 0.6}, "stroke": look.palette.back, "strokeWidth": 1}
    return {
        **whole,
        "mark": parts,
        "encoding": {**places, "color": _colours(series, look), "order": _quantity("at")},
    }


def _lines(points: Points, look: Look) -> Part:
    """A line for each series over the periods, each point marked."""
    order = sorted({look.say(mark.label) for mark in points.marks})
    series = list(dict.fromkeys(look.say(mark.series) for mark in points.marks))
    at = _name("label", sort=order, title=None, axis={"labelAngle": 0})
    places = {"x": at, "y": _size(points, look, scale={"zero": True})}
    whole = {"data": _data(points, look), "width": _WIDTH, "height": _HEIGHT}
    if series == [""]:
        colour = look.palette.series[0]
        line = {"type": "line", "color": colour, "point": {"filled": True, "color": colour, "size": 60}}
        text = {"type": "text", "dy": -12, "color": look.palette.text, "fontSize": 12}
        above = {"x": at, "y": _quantity("value"), "text": _name("text")}
        return {**whole, "layer": [{"mark": line, "encoding": places}, {"mark": text, "encoding": above}]}
    coloured = {**places, "color": _colours(series, look)}
    shapes = _name("series", scale={"domain": series}, sort=series, title=None, legend=_LEGEND)
    dots = {"type": "point", "size": 60, "filled": True, "opacity": 1}
    layers = [
        {"mark": {"type": "line"}, "encoding": coloured},
        {"mark": dots, "encoding": {**coloured, "shape": shapes}},
    ]
    return {**whole, "layer": layers}


def _colours(series: list[str], look: Look) -> Part:
    scale = {"domain": series, "range": list(look.palette.series[: len(series)])}
    return _name("series", scale=scale, sort=series, title=None, legend=_LEGEND)


_LEGEND: Final[Part] = {"orient": "bottom", "columns": 3}

CHARTS: Final[Mapping[str, Draw]] = {
    "pareto": _pareto,
    "ageing": _stacked,
    "trend": _lines,
    "bars": _bars,
    "stages": _bars,
}


def specified(kind: str, points: Points, look: Look) -> Part:
    """A chart as Vega-Lite takes it.

    Args:
        kind: Kind of chart.
        points: What it is drawn from.
        look: How it looks.
    """
    return {"$schema": SCHEMA, "config": look.config(), **CHARTS[kind](points, look)}
