"""Statements on paper: figures of a period for the other side to check, stamp and sign (对账单, `domain.md` C07)."""

import re
from collections.abc import Sequence
from datetime import date
from os import PathLike
from typing import Any, Final

import attrs
import polars as pl
from moneyed import get_currency

from tieout.errors import ReportError
from tieout.reports.fonts import Font, find_font
from tieout.reports.pdf.setting import Printed, put_file, to_pdf
from tieout.reports.pdf.wrapping import one_line, wrapped
from tieout.reports.report import Column, Kind, Report, Section
from tieout.reports.showing import columns_in, fact_label, shown_value, unit_of
from tieout.reports.words import code_text

__all__ = ["write_statement"]

_MM: Final = 25.4 / 72
_MARGIN: Final = 28
_PAD: Final = 2.8
_PORTRAIT, _LANDSCAPE = (210, 297), (297, 210)
_SIZES: Final = (9.0, 8.0, 7.0, 6.0)
_TRIED: Final = ((9.0, True), (8.0, True), *((size, False) for size in _SIZES))
"""Sizes of type in the order in which they are tried, and whether every text has to stand on one line then."""
_TEXT_MIN, _WORD_MAX, _TEXT_MAX = 5.0, 16.0, 24.0
"""Ems: what a column of texts has at least, up to which length a word in it is never cut, and what it has at most."""
_STRETCH: Final = 0.6
"""By how much of itself a column grows at most where the page has room: a figure far from its label is misread."""
_FIGURES: Final = (Kind.COUNT, Kind.MONEY, Kind.NUMBER, Kind.SHARE)
_WORD: Final = re.compile(r"[^\s\u2e80-\U0003ffff]+")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_CONFIRMATION: Final = "confirmation"
"""The section that asks for a signature: there is a field for it at the end."""
_ISSUER: Final = ("book", "from", "name")
_OTHER: Final = ("party", "to", "courier", "carrier", "shop", "channel", "platform")
_DATED: Final = ("as_of", "as of", "until", "to", "period")

_WORDS: Final[dict[str, dict[str, Any]]] = {
    "zh": {
        "colon": "：",
        "page_of": ("第 ", " 页，共 ", " 页"),
        "nothing": "本期无",
        "text": "请核对以上内容。无误请签章确认；如有差异，请列明差异金额和原因，连同依据一并返回。",
        "sides": ("出具方", "对方"),
        "says": ("□ 核对无误　　□ 有差异，差异金额：",),
        "blanks": ("盖章", "经办人", "复核", "日期"),
    },
    "en": {
        "colon": ": ",
        "page_of": ("Page ", " of ", ""),
        "nothing": "Nothing in this period",
        "text": "Please check the figures above. Stamp and sign where they agree; where they differ, give the amount and the "
        "reason and return this statement with the documents.",
        "sides": ("Issued by", "Other side"),
        "says": ("[  ] agreed      [  ] differs by:",),
        "blanks": ("Stamp", "Handled by", "Checked by", "Date"),
    },
}


@attrs.frozen(kw_only=True)
class _Laid:
    """A section as texts, with the widths of its columns in millimetres."""

    section: Section
    size: float
    widths: tuple[float, ...]


def write_statement(
    report: Report,
    path: str | PathLike[str],
    *,
    language: str = "zh",
    font: str | PathLike[str] | None = None,
) -> Printed:
    """Write a report as a PDF that the other side can check, stamp and sign.

    Parties and period stand above, the tables below with their heads on every page, and a field for stamp and signature of both
    sides at the end. A wide table turns the paper; nothing is cut off. Amounts have their currency's decimals; negative ones are
    red and have a minus sign.

    Args:
        report: Such as the statement of a courier.
        path: File to write; it is replaced.
        language: `zh` or `en`.
        font: An OpenType or TrueType file with Chinese characters; None for Noto Sans SC.

    Returns:
        What was written, with the characters that the font lacks: each stands as `〓`.

    Raises:
        MissingExtra: The engine or the font is not installed.
        InputError: The folder does not exist, or the font is none.
        ReportError: `language` is neither of the two.
    """
    if language not in _WORDS:
        raise ReportError(f"'zh' or 'en' is needed, got {language!r}", where="language")
    words, paper = _WORDS[language], _Typesetter(font=find_font(font), language=language)
    laid, size = paper.laid([_to_show(section, report, language) for section in report.sections])
    data = {
        "title": paper.text(report.title_zh if language == "zh" else report.title),
        "period": paper.text(dict(report.facts).get("period", "")),
        "day": _day_of(report),
        "lang": language,
        "width": size[0],
        "height": size[1],
        "colon": words["colon"],
        "page_of": words["page_of"],
        "nothing": words["nothing"],
        "facts": [(fact_label(label, language), paper.fact(label, text)) for label, text in report.facts],
        "sections": [paper.section(one) for one in laid],
        "confirm": paper.confirmation(report, words),
    }
    return Printed(
        path=put_file(path, to_pdf("statement", data, paper.font)), sheets=1, missing=tuple(sorted(paper.missing))
    )


def _to_show(section: Section, report: Report, language: str) -> Section:
    """A section without what the page says once and for all: the other language, the parties, the currency."""
    said = {text for _, text in report.facts} | {unit_of(section)}
    kept = [column for column in columns_in(section.columns, language) if not _is_said(column, section, said)]
    has_totals = section.totals is not None and section.frame.height > 1
    return attrs.evolve(
        section,
        columns=kept or section.columns,
        totals=section.totals if has_totals else None,
        note="" if section.name == _CONFIRMATION else section.note,
        note_zh="" if section.name == _CONFIRMATION else section.note_zh,
    )


def _is_said(column: Column, section: Section, said: set[str]) -> bool:
    """Whether a column says in each row what the page says already."""
    if column.kind is not Kind.TEXT or section.frame.is_empty():
        return False
    values = section.frame[column.name].unique().to_list()
    return len(values) == 1 and values[0] in said


def _day_of(report: Report) -> tuple[int, ...] | None:
    """The day that the report is of: a PDF/A has to say one, and it is not the clock's."""
    facts = {label.lower(): text for label, text in report.facts}
    for label in _DATED:
        found = _DAY.findall(facts.get(label, ""))
        if found:
            return tuple(date.fromisoformat(found[-1]).timetuple()[:3])
    return None


@attrs.frozen(kw_only=True)
class _Typesetter:
    font: Font
    language: str
    missing: set[str] = attrs.field(factory=set)

    def text(self, text: str) -> str:
        """A text on one line, with what the font lacks noted."""
        plain = one_line(text)
        self.missing.update(self.font.missing(plain))
        return self.font.shown(plain)

    def fact(self, label: str, text: str) -> str:
        """What a fact says, by its name where it is a code."""
        return self.text(code_text(label.lower(), text, self.language))

    def laid(self, sections: Sequence[Section]) -> tuple[list[_Laid], tuple[float, float]]:
        """The sections with their widths, and the paper that all of them fit on."""
        for paper in (_PORTRAIT, _LANDSCAPE):
            made = [self._laid(section, paper[0] - _MARGIN) for section in sections]
            if all(one is not None for one in made):
                return [one for one in made if one is not None], paper
        natural = [self._natural(section) for section in sections]
        wide = max(sum(low for low, _ in one) * _SIZES[-1] * _MM + _PAD * len(one) for one in natural) + 0.1
        made = [self._laid(section, wide) for section in sections]
        return [one for one in made if one is not None], (wide + _MARGIN, _LANDSCAPE[1])

    def _laid(self, section: Section, room: float) -> _Laid | None:
        """The section in the largest type in which its columns fit; None where they do not."""
        natural = self._natural(section)
        for size, is_whole in _TRIED:
            em = size * _MM
            least = [low for low, _ in natural]
            spare = (room - _PAD * len(natural)) / em - sum(least)
            wanted = [wide - low for low, wide in natural]
            if spare < (sum(wanted) if is_whole else 0):
                continue
            share = min(1.0, spare / sum(wanted)) if sum(wanted) else 0.0
            widths = [(low + more * share) * em + _PAD for low, more in zip(least, wanted, strict=True)]
            grown = min(room / sum(widths), 1 + _STRETCH)
            return _Laid(section=section, size=size, widths=tuple(width * grown for width in widths))
        return None

    def _natural(self, section: Section) -> list[tuple[float, float]]:
        """How wide each column has to be and would like to be, in ems."""
        frames = [section.frame, *([section.totals] if section.totals is not None else [])]
        several = not unit_of(section)
        wide = []
        for column in section.columns:
            texts = {text for frame in frames for text in self._texts(column, frame, with_code=several)}
            title = self._title(column)
            words = [self.font.width(word) for word in _WORD.findall(title)]
            head = max([min(self.font.width(title), _TEXT_MIN), *words])  # a heading may take several lines
            longest = max(map(self.font.width, texts), default=0.0)
            if _is_text(column):
                word = max((self.font.width(word) for text in texts for word in _WORD.findall(text)), default=0.0)
                least = max(min(longest, max(_TEXT_MIN, min(longest / 4, _WORD_MAX))), min(word, _WORD_MAX))
                wide.append((max(least, head) + 0.1, max(min(longest, _TEXT_MAX), least, head) + 0.1))
            else:
                wide.append((max(longest, head) + 0.1, max(longest, head, self.font.width(title)) + 0.1))
        return wide

    def _title(self, column: Column) -> str:
        return column.title_zh if self.language == "zh" else column.title

    def _texts(self, column: Column, frame: pl.DataFrame, *, with_code: bool) -> list[str]:
        if column.name not in frame.columns:
            return [""] * frame.height
        codes = frame[column.currency] if column.kind is Kind.MONEY else [None] * frame.height
        return [
            code_text(column.name, shown_value(value, column, code, self.language, with_code=with_code), self.language)
            for value, code in zip(frame[column.name], codes, strict=True)
        ]

    def section(self, laid: _Laid) -> dict[str, Any]:
        """A section as the template takes it."""
        section, em = laid.section, laid.size * _MM
        rooms = [(width - _PAD + 0.05) / em for width in laid.widths]
        totals = [] if section.totals is None else self._rows(section, section.totals, rooms)
        for row in totals:
            if not any(row[0]["lines"]):
                row[0] = {"lines": ["合计" if self.language == "zh" else "Total"], "red": False}
        code = unit_of(section)
        unit = f"币种：{get_currency(code).get_name('zh_CN')}" if self.language == "zh" and code else f"in {code}"
        return {
            "title": self.text(section.title_zh if self.language == "zh" else section.title),
            "unit": unit if code else "",
            "note": self.text(section.note_zh if self.language == "zh" else section.note),
            "size": laid.size,
            "widths": laid.widths,
            "right": [column.kind in _FIGURES for column in section.columns],
            "heads": [
                wrapped(self.text(self._title(column)), self.font, room) or ("",)
                for column, room in zip(section.columns, rooms, strict=True)
            ],
            "rows": self._rows(section, section.frame, rooms),
            "totals": totals,
        }

    def _rows(self, section: Section, frame: pl.DataFrame, rooms: Sequence[float]) -> list[list[dict[str, Any]]]:
        columns = []
        several = not unit_of(section)
        for column, room in zip(section.columns, rooms, strict=True):
            cells = []
            for text in self._texts(column, frame, with_code=several):
                shown = self.text(text)
                cells.append(
                    {
                        "lines": (wrapped(shown, self.font, room) if _is_text(column) else (shown,)) or ("",),
                        "red": column.kind is Kind.MONEY and shown.startswith("-"),
                    }
                )
            columns.append(cells)
        return [list(row) for row in zip(*columns, strict=True)]

    def confirmation(self, report: Report, words: dict[str, Any]) -> dict[str, Any]:
        """What both sides sign, with their names where the report says them."""
        facts = {label.lower(): text for label, text in reversed(report.facts)}
        said = [next((label for label in labels if label in facts), "") for labels in (_ISSUER, _OTHER)]
        names = [self.fact(label, facts.get(label, "")) for label in said]
        return {
            "text": words["text"],
            "sides": [
                {"label": label, "name": name, "says": says, "blanks": words["blanks"]}
                for label, name, says in zip(words["sides"], names, ((), words["says"]), strict=True)
            ],
        }


def _is_text(column: Column) -> bool:
    """Whether a column's values may take several lines."""
    return column.kind is Kind.TEXT
