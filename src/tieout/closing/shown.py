"""Shown: the reports of a period, and the page, workbook, statements, vouchers and plots that people look at."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from importlib.util import find_spec
from typing import Final

import attrs
import polars as pl

from tieout.closing.config import CloseConfig
from tieout.closing.folder import Workshop
from tieout.closing.sentences import note
from tieout.errors import ConfigError, ReportError
from tieout.posting import Vouchers
from tieout.reports import Note, Report, ReportData, standard
from tieout.reports.html import write_html
from tieout.reports.html.findings import all_findings, causes_of
from tieout.reports.html.page import LANGUAGES
from tieout.reports.pdf import write_statement, write_vouchers
from tieout.reports.plots import Plot, drawing_beside, plots_of, section_plots
from tieout.reports.statements import apart, closings
from tieout.reports.trends import metric_figures
from tieout.reports.xlsx import write_xlsx

__all__ = ["VOUCHERS_MAX", "figures_of", "notes_of", "reports_of", "write_shown"]

VOUCHERS_MAX: Final = 2_000
"""More vouchers than that are not printed by a close: it would take longer than all else, and nobody binds them by hand."""
STATEMENT_ROWS_MAX: Final = 2_000
"""Rows of a statement that is printed; a longer one is a workbook."""
DETAIL_ROWS_MAX: Final = 20_000
"""Rows behind a section that the workbook holds, so that it still opens."""
_STATEMENTS: Final = ("statements_courier", "statements_shop", "statements_channel")


def reports_of(config: CloseConfig, data: ReportData) -> tuple[Report, ...]:
    """The standard reports that the data allow, and those that the config asks for.

    Args:
        config: What the close is told.
        data: What reports are made of.

    Raises:
        ConfigError: A report of the config cannot be made.
    """
    own = []
    for builder in config.reports:
        try:
            own.append(builder.make(data))
        except ReportError as error:
            where = "reports" if config.path is None else f"{config.path.name}: reports"
            raise ConfigError(error.problem, where=f"{where}: {error.where}", hint=error.hint) from error
    return (*standard(data), *(one for one in own if one is not None))


def figures_of(data: ReportData, reports: Sequence[Report]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The figures of this period, and all that the next periods look back at, with what statements close with.

    Args:
        data: What reports are made of.
        reports: The reports.
    """
    own = metric_figures(data)
    closed = [closings(one, data.period) for one in reports if one.name in _STATEMENTS]
    # The same month closed again takes its own place.
    earlier = [] if data.earlier is None else [data.earlier.filter(pl.col("period") != data.period)]
    return own, pl.concat([*earlier, own, *closed], how="diagonal_relaxed")


def _is_wanted(asked: bool | None, module: str) -> bool:  # noqa: FBT001 - as the config says it
    """Whether something is written: as asked, else where what it needs is installed."""
    return find_spec(module) is not None if asked is None else asked


def notes_of(config: CloseConfig, data: ReportData) -> tuple[Note, ...]:
    """What is not written, and why.

    Args:
        config: What the close is told.
        data: What reports are made of.
    """
    return tuple(_notes(config, data))


def _notes(config: CloseConfig, data: ReportData) -> Iterator[Note]:
    if config.report.xlsx is None and not _is_wanted(None, "xlsxwriter"):
        yield note("no_workbook")
    if config.report.pdf is None and not _is_wanted(None, "typst"):
        yield note("no_pdf")
    elif _is_wanted(config.report.pdf, "typst") and len(data.vouchers) > VOUCHERS_MAX:
        yield note("not_printed", count=len(data.vouchers), most=VOUCHERS_MAX)
    if config.report.plots is None and not _draws(config):
        yield note("no_plots")


def _draws(config: CloseConfig) -> bool:
    return _is_wanted(config.report.plots, "vl_convert")


def write_shown(
    config: CloseConfig, data: ReportData, reports: Sequence[Report], shop: Workshop, frames: Mapping[str, pl.DataFrame]
) -> None:
    """Write what people look at.

    Args:
        config: What the close is told.
        data: What reports are made of.
        reports: The reports.
        shop: Where results are made.
        frames: Further tables of the workbook.

    Raises:
        MissingExtra: The config asks for something whose extra is not installed.
        InputError: The folder cannot be written.
    """
    rule = config.report
    plots = [plot for one in reports for plot in plots_of(one, names=data.type_titles)] if _draws(config) else []
    own = "zh" if rule.language == "zh" else "en"
    languages = LANGUAGES[rule.language] if rule.html else (own,)
    with drawing_beside(_drawn(config, data, plots), languages) if plots else nullcontext():
        if _is_wanted(rule.xlsx, "xlsxwriter"):
            write_xlsx(
                reports, shop.path("report.xlsx"), language=rule.language, frames=frames, details_max=DETAIL_ROWS_MAX
            )
        if _is_wanted(rule.pdf, "typst"):
            _print(config, data, reports, shop)
        if rule.html:
            write_html(data, reports, shop.path("report.html"), language=rule.language, plots=_draws(config))
        for plot in plots:
            shop.path(f"plots/{plot.name}.svg").write_text(plot.svg(own), encoding="utf-8")


def _drawn(config: CloseConfig, data: ReportData, plots: Sequence[Plot]) -> Iterator[Plot]:
    """The charts of the reports, and the one of causes that the page begins with."""
    yield from plots
    if plots and config.report.html:
        yield from section_plots(causes_of(all_findings(data)), name="summary", names=data.type_titles)


def _print(config: CloseConfig, data: ReportData, reports: Sequence[Report], shop: Workshop) -> None:
    language = "en" if config.report.language == "en" else "zh"
    for one in (part for report in reports if report.name in _STATEMENTS for part in apart(report)):
        name = one.name.removeprefix("statement_")
        write_statement(_shortened(one), shop.path(f"statements/{name}.pdf"), language=language)
    if 0 < len(data.vouchers) <= VOUCHERS_MAX:
        given = data.vouchers.untraced() if isinstance(data.vouchers, Vouchers) else data.vouchers
        write_vouchers(given, shop.path("vouchers.pdf"), book_name=data.name, language=language)


def _shortened(report: Report) -> Report:
    """A statement without the tables that no one would read on paper; the workbook has them."""
    kept = [one for one in report.sections if one.frame.height <= STATEMENT_ROWS_MAX]
    return attrs.evolve(report, sections=kept)
