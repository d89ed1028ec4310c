"""Charts of reports: Pareto, ageing, trend, bars and stages, as SVG and PNG, in two languages and two themes.

A chart shows what a table of the same page says exactly; it is a specification of Vega-Lite, drawn by vl-convert
(`tieout[plots]`), on any machine alike: Chinese is set in the font of `pylopdf-fonts-zh-cn` where that is installed.
"""

import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from functools import cache, lru_cache
from html import escape
from importlib import import_module
from types import ModuleType
from typing import Any, Final

import attrs

from tieout.errors import ConfigError, MissingExtra
from tieout.reports.drawing import PALETTES, THEMES, Look, specified
from tieout.reports.drawn_beside import drawn_beside, found_beside
from tieout.reports.fonts import find_font
from tieout.reports.points import KINDS, Points, points_of
from tieout.reports.report import Report, Section
from tieout.reports.words import Pair

__all__ = ["Plot", "drawing_beside", "plots_of", "section_plots"]

_LANGUAGES: Final = ("en", "zh")
_FEWEST: Final = {"bars": 3}  # marks: one point says nothing, and two bars no more than their table
_PIXELS_PER_POINT: Final = 2.0
_KEPT: Final = 256
"""How many drawings are kept."""


@attrs.frozen(kw_only=True)
class Plot:
    """A chart that can be drawn.

    Attributes:
        name: What programs call it, such as `collection-by_shop`; with the currency where there are several.
        title: Heading in English.
        title_zh: Heading in Chinese.
        kind: `pareto`, `ageing`, `trend`, `bars` or `stages`.
        about: What it says, in a sentence for those who do not see it, in English.
        about_zh: The same in Chinese.
    """

    name: str
    title: str
    title_zh: str
    kind: str
    about: str
    about_zh: str
    points: Points = attrs.field(repr=False)

    def svg(self, language: str = "en", theme: str = "light") -> str:
        """The chart as SVG, with its name and description, and text as text.

        Args:
            language: `en` or `zh`.
            theme: `light` or `dark`.

        Raises:
            ConfigError: The language or the theme is none of these.
            MissingExtra: `tieout[plots]` is not installed.
        """
        return self._named(_svg_of(self.specification(language, theme)), language)

    def specification(self, language: str = "en", theme: str = "light") -> str:
        """The chart as a specification of Vega-Lite, in JSON; arguments and errors are those of `svg`."""
        return _written(self.kind, self.points, language, theme)

    def png(self, language: str = "en", theme: str = "light") -> bytes:
        """The chart as PNG, two pixels a point; arguments and errors are those of `svg`."""
        drawn: bytes = _drawing("vegalite_to_png")(self.specification(language, theme), scale=_PIXELS_PER_POINT)
        return drawn

    def _named(self, drawn: str, language: str) -> str:
        """Give a drawing its name, and ids that no other drawing of a page has."""
        title, about = (self.title_zh, self.about_zh) if language == "zh" else (self.title, self.about)
        own = re.sub(r"\W+", "-", f"{self.name}-{language}")
        numbers = itertools.count()
        renamed: dict[str, str] = {}
        for found in re.findall(r'\bid="([^"]+)"', drawn):
            renamed.setdefault(found, f"{own}-{next(numbers)}")
        for old, new in renamed.items():
            drawn = drawn.replace(f'id="{old}"', f'id="{new}"').replace(f"url(#{old})", f"url(#{new})")
        said = f'<title id="{own}-t">{escape(title)}</title><desc id="{own}-d">{escape(about)}</desc>'
        # The marks have no names of their own: the chart has one, and a table beside it.
        drawn = re.sub(r' (?:role="graphics-\w+"|aria-roledescription="[^"]*")', "", drawn)
        head, rest = drawn.split(">", 1)
        return f'{head} role="img" aria-labelledby="{own}-t" aria-describedby="{own}-d">{said}{rest}'


@lru_cache(maxsize=_KEPT)
def _written(kind: str, points: Points, language: str, theme: str) -> str:
    """A chart as it is handed to who draws it."""
    for what, asked, known in (("language", language, _LANGUAGES), ("theme", theme, THEMES)):
        if asked not in known:
            raise ConfigError(f"one of {', '.join(known)} is needed, got {asked!r}", where=what)
    look = Look(palette=PALETTES[theme], is_zh=language == "zh")
    return json.dumps(specified(kind, points, look), ensure_ascii=False)


@lru_cache(maxsize=_KEPT)
def _svg_of(spec: str) -> str:
    """A chart drawn once: a close shows the same one on its page and in a file, and drawing is most of the time."""
    drawn: str = found_beside(spec) or _drawing("vegalite_to_svg")(spec)
    return drawn


def plots_of(report: Report, *, names: Mapping[str, Pair] | None = None) -> tuple[Plot, ...]:
    """The charts of a report: of each section that names one and has figures for it, one a currency.

    Args:
        report: The report.
        names: What codes such as types of discrepancy are called, in English and Chinese.

    Raises:
        MissingExtra: `tieout[plots]` is not installed.
    """
    return tuple(
        plot
        for section in report.sections
        for plot in section_plots(section, name=f"{report.name}-{section.name}", names=names)
    )


def section_plots(section: Section, *, name: str, names: Mapping[str, Pair] | None = None) -> tuple[Plot, ...]:
    """The charts of one section; none where it names no chart, or there are no two figures to compare.

    Args:
        section: The section.
        name: What programs call the chart.
        names: What codes are called.

    Raises:
        MissingExtra: `tieout[plots]` is not installed.
    """
    if section.plot not in KINDS:
        return ()
    _library()
    fewest = _FEWEST.get(section.plot, 2)
    every = [points for points in points_of(section, names or {}) if len(points.marks) >= fewest]
    return tuple(
        Plot(
            name=f"{name}-{points.currency}" if len(every) > 1 else name,
            title=_with(section.title, points),
            title_zh=_with(section.title_zh, points),
            kind=section.plot,
            about=points.sentence(is_zh=False),
            about_zh=points.sentence(is_zh=True),
            points=points,
        )
        for points in every
    )


def _with(title: str, points: Points) -> str:
    return f"{title} ({points.currency})" if points.currency else title


@cache
def _library() -> ModuleType:
    try:
        return import_module("vl_convert")
    except ImportError as cause:
        raise MissingExtra("vl-convert-python", extra="plots", purpose="drawing a chart") from cause


@cache
def _drawing(function: str) -> Callable[..., Any]:
    """A function of vl-convert that knows the Chinese font, where there is one."""
    program = _library()
    for folder in _fonts():
        program.register_font_directory(folder)
    drawn: Callable[..., Any] = getattr(program, function)
    return drawn


def _fonts() -> tuple[str, ...]:
    """The folder of the Chinese font; none where it is not installed: text is then set in what the machine has."""
    with suppress(MissingExtra):
        return (str(find_font().path.parent),)
    return ()


def drawing_beside(plots: Iterable[Plot], languages: Sequence[str]) -> AbstractContextManager[None]:
    """Draw charts in a process of its own, while something else is done before they are shown.

    Args:
        plots: The charts.
        languages: `en`, `zh`, or both.

    Raises:
        ConfigError: A language is none of these.
        MissingExtra: `tieout[plots]` is not installed.
    """
    specs = [plot.specification(language) for plot in plots for language in languages]
    return drawn_beside(specs, fonts=_fonts())
