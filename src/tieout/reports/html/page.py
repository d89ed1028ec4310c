"""Write the page of a close: one file, summary first, with everything that it needs inside."""

import base64
import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from tieout.errors import ConfigError, InputError
from tieout.model.currency import exponent, is_currency
from tieout.reports.data import ReportData
from tieout.reports.figures import shown
from tieout.reports.html.packing import json_for_page
from tieout.reports.html.parts import Parts
from tieout.reports.html.sheets import is_right
from tieout.reports.metrics.facts import fact_kinds
from tieout.reports.report import Report
from tieout.reports.terms import EVIDENCE, code_pairs, count_zh
from tieout.reports.words import CODES, FACTS, HEADINGS, WORDS, Pair

__all__ = ["LANGUAGES", "html_of", "page_codes", "write_html"]

LANGUAGES: Mapping[str, tuple[str, ...]] = {"en": ("en",), "zh": ("zh",), "both": ("en", "zh")}

_ROWS = 100_000
_DETAILS = 20_000
_SCRIPTS = ("figures.js", "grid.js", "page.js")


def write_html(
    data: ReportData,
    reports: Sequence[Report],
    path: str | os.PathLike[str],
    *,
    language: str = "both",
    plots: bool = True,
    rows: int = _ROWS,
    details: int = _DETAILS,
) -> None:
    """Write a close as one HTML file that opens from disk and fetches nothing.

    The same input gives the same bytes. The file is written beside its place and then moved there.

    Args:
        data: The period.
        reports: Its reports, in the order in which they stand on the page.
        path: The file; it is replaced.
        language: `en`, `zh`, or `both` with a switch.
        plots: Whether charts are drawn, where `tieout[plots]` is installed; without it the page says that they are left out.
        rows: How many rows of one table stand in the file at most: of discrepancies the most severe and largest.
        details: How many of the rows behind the figures of one section stand in the file at most: of each figure at least
            some, then the largest.

    Raises:
        ConfigError: The language is none of these, or a bound is not positive.
        InputError: The folder is not there or cannot be written to.

    Example:
        >>> import tempfile
        >>> from datetime import date
        >>> data = ReportData(name="Lamp House", period="2026-10", as_of=date(2026, 10, 31), currency="CNY")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_html(data, (), f"{folder}/report.html", plots=False)
        ...     Path(f"{folder}/report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
        True
    """
    text = html_of(data, reports, language=language, plots=plots, rows=rows, details=details)
    _put(Path(path), text.encode())


def html_of(
    data: ReportData,
    reports: Sequence[Report],
    *,
    language: str = "both",
    plots: bool = True,
    rows: int = _ROWS,
    details: int = _DETAILS,
) -> str:
    """The text of the page; arguments and errors are those of `write_html`, but for the file's."""
    if language not in LANGUAGES:
        raise ConfigError(f"one of {', '.join(LANGUAGES)} is needed, got {language!r}", where="language")
    for name, bound in (("rows", rows), ("details", details)):
        if bound < 1:
            raise ConfigError(f"at least 1 is needed, got {bound}", where=name)
    parts = Parts(data, reports, rows=rows, details=details, plots=plots, languages=LANGUAGES[language])
    view = parts.view()
    style = _style()
    scripts = [_script("tabulator", "tabulator.min.js"), *(_script("templates", name) for name in _SCRIPTS)]
    template = _environment().get_template("page.html")
    return template.render(
        **view,
        data=data,
        languages=LANGUAGES[language],
        first=LANGUAGES[language][0],
        words=WORDS,
        codes=page_codes(),
        facts=FACTS,
        count_zh=lambda label: count_zh(label, data.titles),
        is_right=is_right,
        titles={one.name: (one.title, one.title_zh) for one in reports},
        policy=_policy(scripts, style),
        style=Markup(style),  # noqa: S704 - our own file
        scripts=[Markup(one) for one in scripts],  # noqa: S704 - our own and the vendored file
        for_script=Markup(json_for_page(_for_script(parts, language))),  # noqa: S704 - escaped for script elements
        packed={sheet.data.name: sheet.data.text for sheet in parts.sheets.values()},
    )


def _for_script(parts: Parts, language: str) -> dict[str, Any]:
    currencies = {code for code in parts.currencies() if is_currency(code)}
    return {
        "languages": LANGUAGES[language],
        "words": WORDS,
        "codes": page_codes(),
        "facts": {**HEADINGS, **EVIDENCE},
        "types": parts.data.type_titles,
        "exponents": {code: exponent(code) for code in sorted(currencies)},
        "currency": parts.data.currency,
        "sheets": {name: sheet.for_script() for name, sheet in parts.sheets.items()},
        "file": re.sub(r"[^\w-]+", "-", f"{parts.data.name}-{parts.data.period}").strip("-"),
    }


def page_codes() -> dict[str, Mapping[str, Pair]]:
    """Words for what tables hold as codes, kinds of facts among them."""
    facts = {name: (_capital(one.title), one.title_zh) for name, one in fact_kinds().items()}
    return {**CODES, **code_pairs(), "fact": facts}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("tieout.reports.html"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_spelled_out,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _spelled_out(value: object) -> object:
    """What is put into the page: text without characters that hide or turn others; what is markup already stays."""
    return shown(value) if type(value) is str else value


@cache
def _text(folder: str, name: str) -> str:
    return files("tieout.reports.html").joinpath(folder, name).read_text(encoding="utf-8")


def _script(folder: str, name: str) -> str:
    """A script without the name of its map: a browser's tools would look for that file beside the page."""
    return re.sub(r"\n//# sourceMappingURL=\S+\s*$", "\n", _text(folder, name))


def _style() -> str:
    vendored = re.sub(r"\n/\*# sourceMappingURL=.*?\*/\s*$", "\n", _text("tabulator", "tabulator.min.css"))
    return vendored + _text("templates", "page.css")


def _policy(scripts: Sequence[str], style: str) -> str:
    """What the browser may do: run these scripts and use this style, told by their hashes. It may fetch nothing."""
    runs = " ".join(_source(one) for one in scripts)
    return (
        f"default-src 'none'; script-src {runs}; style-src {_source(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _put(path: Path, content: bytes) -> None:
    """Write beside, then move: a failure leaves what was there."""
    if not path.parent.is_dir():
        raise InputError("there is no such folder", where=str(path.parent.name or path.parent))
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as cause:
        raise InputError(f"it cannot be written: {cause.strerror}", where=path.name) from cause
    finally:
        beside.unlink(missing_ok=True)
