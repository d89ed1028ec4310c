"""Workbooks: reports as xlsx with typed cells, for people who go on working with the figures.

Texts are text cells of the format "Text", so no program takes one for a formula, a link, a number or a date, not even when
somebody edits the cell. Amounts are number cells whose digits in the file are those of the report. Rows go to the disk as they
are written, so that a million of them need no more memory than ten. Needs the extra `tieout[excel]`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from os import PathLike
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import attrs
import polars as pl

from tieout.errors import MissingExtra
from tieout.reports.figures import NUMERIC
from tieout.reports.files import replacing
from tieout.reports.report import Kind, Report, Section
from tieout.reports.sheet_names import SheetNames
from tieout.reports.showing import fact_label, require_language
from tieout.reports.xlsx_cells import Cells, Field, fields_of, shown_widths
from tieout.reports.xlsx_rows import put_rows

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from tieout.reports.xlsx_sheet import PlainSheet

__all__ = ["ROWS_MAX", "Sheet", "write_xlsx"]

ROWS_MAX: Final = 1_048_576
"""Rows of a sheet, the heading included."""

_CREATED: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When every workbook says it was made: the same reports give the same bytes."""
_HEADER_MAX: Final = 250
_A4: Final = 9
_LEGIBLE: Final = 200
"""Characters beside each other on a page across that are still read."""


@attrs.frozen(kw_only=True)
class Sheet:
    """A sheet that was written.

    Attributes:
        name: Its name in the workbook.
        of: What its rows are of: a section, the rows behind a section, or a frame.
        rows: How many rows of data it has, without heading and totals.
        notes: What a reader has to know, such as that a table goes on on the next sheet.
    """

    name: str
    of: str
    rows: int
    notes: tuple[str, ...] = ()


def write_xlsx(
    reports: Sequence[Report],
    path: str | PathLike[str],
    *,
    language: str = "both",
    frames: Mapping[str, pl.DataFrame] | None = None,
    details_max: int | None = None,
) -> tuple[Sheet, ...]:
    """Write reports as a workbook: a sheet of contents, one for each section, and one for the rows behind a section.

    Amounts are numbers with their currency's decimals, red where they are negative; one of more than 15 digits, which a
    spreadsheet cannot keep, is text, and told on the sheet of contents. Totals are formulas with their value where they are the
    sums of what is above them, else values. A table of more rows than a sheet takes goes on on the next one.

    Args:
        reports: In the order of the sheets.
        path: File to write; it is replaced.
        language: Of names and headings: `en`, `zh` or `both`.
        frames: Further tables by name, such as the discrepancies; `..._minor` with a column `currency` is money.
        details_max: Up to how many rows behind a section are written; of one with more, none are, and the contents say so. A
            second of one core writes about 400,000 cells. None for any number.

    Returns:
        The sheets, in order, without that of contents.

    Raises:
        MissingExtra: XlsxWriter is not installed.
        InputError: The folder does not exist, or cannot be written to.
        ReportError: `language` is none of the three.
    """
    require_language(language, ("en", "zh", "both"))
    library = _library()
    with replacing(path) as beside:
        options = {
            "constant_memory": True,
            "tmpdir": str(beside.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with library.Workbook(str(beside), options) as book:
            book.set_properties({"created": _CREATED})
            made = _Binder.of(book, language, details_max).written(reports, frames or {})
    return made


def _library() -> ModuleType:
    try:
        return import_module("xlsxwriter")  # an extra: only who writes workbooks needs it
    except ImportError as cause:
        raise MissingExtra("XlsxWriter", extra="excel", purpose="writing xlsx") from cause


_WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "contents": "Contents",
        "report": "Report",
        "sheet": "Sheet",
        "rows": "Rows",
        "note": "Note",
        "details": "rows",
        "total": "Total",
        "of": "part {} of {}: the table has {:,} rows, more than a sheet takes",
        "as_text": "{:,} figures of more than 15 digits stand as text",
        "left_out": "the {:,} rows behind it are not in this workbook",
        "cut": "{:,} texts of more than 32,767 characters are cut",
    },
    "zh": {
        "contents": "目录",
        "report": "报表",
        "sheet": "工作表",
        "rows": "行数",
        "note": "说明",
        "details": "明细",
        "total": "合计",
        "of": "第 {} 部分，共 {} 部分：全表 {:,} 行，超过一张工作表的上限",
        "as_text": "{:,} 个超过 15 位的数字以文本保存",
        "left_out": "其 {:,} 行明细不在本工作簿中",
        "cut": "{:,} 个超过 32,767 字符的文本已截断",
    },
}


@attrs.frozen(kw_only=True)
class _Binder:
    """Who makes the sheets of one workbook."""

    book: "Workbook"
    language: str
    cells: Cells
    details_max: int | None
    sheet: "type[PlainSheet]"
    names: SheetNames = attrs.field(factory=SheetNames)
    made: list[tuple[str, Sheet]] = attrs.field(factory=list)

    @classmethod
    def of(cls, book: "Workbook", language: str, details_max: int | None) -> "_Binder":
        # An extra, as the library itself.
        sheet: type[PlainSheet] = import_module("tieout.reports.xlsx_sheet").PlainSheet
        return cls(book=book, language=language, cells=Cells.of(book), details_max=details_max, sheet=sheet)

    def written(self, reports: Sequence[Report], frames: Mapping[str, pl.DataFrame]) -> tuple[Sheet, ...]:
        contents_name = self.names.take(self.word("contents"))
        contents = self.book.add_worksheet(contents_name)
        for report in reports:
            for section in report.sections:
                self._section(report, section)
        for name, frame in frames.items():
            self._table("", name, frame, fields_of(frame, (), self.language), ())
        self._contents(contents, reports)
        return tuple(sheet for _, sheet in self.made)

    def word(self, key: str) -> str:
        """One of our own words, in the language or in both."""
        if self.language == "both":
            return f"{_WORDS['zh'][key]} {_WORDS['en'][key]}"
        return _WORDS[self.language][key]

    def title(self, of: Report | Section) -> str:
        """The title of a report or section, in the language or in both."""
        if self.language == "both":
            return of.title if of.title == of.title_zh else f"{of.title_zh} {of.title}"
        return of.title_zh if self.language == "zh" else of.title

    def note(self, section: Section) -> str:
        said = {"en": (section.note,), "zh": (section.note_zh,), "both": (section.note_zh, section.note)}
        return " ".join(one for one in said[self.language] if one)

    def _section(self, report: Report, section: Section) -> None:
        title, notes = self.title(section), tuple(filter(None, (self.note(section),)))
        shown = fields_of(section.frame, section.columns, self.language, only_columns=True)
        behind = 0 if section.behind is None else section.behind.height
        is_told = self.details_max is not None and behind > self.details_max
        if is_told:
            notes += (self.word_of("left_out", behind),)
        self._table(self.title(report), title, section.frame, shown, notes, totals=section.totals)
        if behind and not is_told and (details := section.details) is not None:
            below = fields_of(details, section.columns, self.language)
            # With the figures' name before it, so that they stand together and are told apart.
            self._table(self.title(report), title, details, below, (), suffix=f" {self.word('details')}")

    def _table(
        self,
        report: str,
        title: str,
        frame: pl.DataFrame,
        fields: Sequence[Field],
        notes: tuple[str, ...],
        *,
        totals: pl.DataFrame | None = None,
        suffix: str = "",
    ) -> None:
        """The sheets of one table."""
        room = ROWS_MAX - 1 - (0 if totals is None else totals.height)
        parts = max(1, -(-frame.height // room))
        widths = shown_widths(frame, fields)
        for part in range(parts):
            name = self.names.take(title, suffix)
            piece = frame.slice(part * room, room)
            said = [*notes] if part == 0 else []
            if parts > 1:
                said.append(self.word_of("of", part + 1, parts, frame.height))
            is_last = part == parts - 1
            target = self.book.add_worksheet(name, self.sheet)
            self.cells.begin()
            _set_up(target, fields, widths, f"{report} {title}{suffix}".strip())
            self._rows(target, piece, fields)
            if totals is not None and is_last:
                self._totals(target, totals, fields, piece, is_whole=parts == 1)
            target.autofilter(0, 0, piece.height, max(len(fields) - 1, 0))
            said += [self.word_of(key, count) for key, count in self.cells.told() if count]
            self.made.append((report, Sheet(name=name, of=f"{title}{suffix}", rows=piece.height, notes=tuple(said))))

    def word_of(self, key: str, *values: int) -> str:
        """One of our sentences, in the language or in both."""
        languages = ("zh", "en") if self.language == "both" else (self.language,)
        return " ".join(_WORDS[each][key].format(*values) for each in languages)

    def _rows(self, target: "PlainSheet", frame: pl.DataFrame, fields: Sequence[Field]) -> None:
        for at, field in enumerate(fields):
            look = self.cells.figure_heading if field.kind in NUMERIC else self.cells.heading
            target.write_string(0, at, field.title, look)

        def by_cell(place: int, row: int) -> None:
            for at, (field, value, code) in enumerate(next(_values(frame.slice(place, 1), fields))):
                self.cells.put(target, row, at, field, value, code)

        put_rows(target, self.cells, frame, fields, by_cell)

    def _totals(
        self, target: "Worksheet", totals: pl.DataFrame, fields: Sequence[Field], above: pl.DataFrame, *, is_whole: bool
    ) -> None:
        """The rows of totals: a formula where the figure is the sum of those above it, so that everybody can see that it is."""
        known = [field for field in fields if field.name in totals.columns]
        shown = above if is_whole else None
        for row, values in enumerate(_values(totals, known), start=above.height + 1):
            said = {field.name: (value, code) for field, value, code in values}
            for at, field in enumerate(fields):
                value, code = said.get(field.name, (None, None))
                if value is None and at == 0:
                    target.write_string(row, at, self.word("total"), self.cells.total_text)
                else:
                    self.cells.put_total(target, row, at, field, value, code, shown)

    def _contents(self, target: "Worksheet", reports: Sequence[Report]) -> None:
        """The sheet of contents: what the reports are of, and a link to each sheet."""
        row, width = 0, 10
        facts = dict.fromkeys(fact for report in reports for fact in report.facts)
        for label, text in facts:
            languages = ("zh", "en") if self.language == "both" else (self.language,)
            shown = " ".join(dict.fromkeys(fact_label(label, each) for each in languages))
            target.write_string(row, 0, shown, self.cells.text)
            self.cells.put_text(target, row, 1, text)
            row += 1
        row += 1 if facts else 0
        for at, key in enumerate(("report", "sheet", "rows", "note")):
            target.write_string(row, at, self.word(key), self.cells.heading)
        for row_of, (report, sheet) in enumerate(self.made, start=row + 1):
            self.cells.put_text(target, row_of, 0, report)
            place = sheet.name.replace("'", "''")
            target.write_url(row_of, 1, f"internal:'{place}'!A1", self.cells.link, sheet.name)
            target.write_number(row_of, 2, sheet.rows, self.cells.shown_as("#,##0"))
            self.cells.put_text(target, row_of, 3, "; ".join(sheet.notes))
        target.freeze_panes(row + 1, 0)
        for at, wide in enumerate((36, 40, width, 80)):
            target.set_column(at, at, wide)
        _set_paper(target, self.word("contents"), row)


def _values(frame: pl.DataFrame, fields: Sequence[Field]) -> Iterator[list[tuple[Field, Any, str | None]]]:
    """The rows of a frame: each field with its value and the currency of it."""
    columns = list(frame.columns)
    places = [
        (field, columns.index(field.name), columns.index(field.currency) if field.kind is Kind.MONEY else None)
        for field in fields
    ]
    for row in frame.iter_rows():
        yield [(field, row[at], None if code is None else row[code]) for field, at, code in places]


def _set_up(target: "Worksheet", fields: Sequence[Field], widths: Sequence[int], title: str) -> None:
    """What a sheet of a table looks like."""
    target.freeze_panes(1, 0)
    target.set_row(0, 15 * (1 + max((field.title.count("\n") for field in fields), default=0)))
    for at, width in enumerate(widths):
        target.set_column(at, at, width)
    _set_paper(target, title, 0, wide=sum(widths))


def _set_paper(target: "Worksheet", title: str, heading: int, *, wide: int = 0) -> None:
    """How a sheet is printed: A4 across, its heading on each page, and on as many beside each other as keep it legible."""
    target.set_landscape()
    target.set_paper(_A4)
    target.fit_to_pages(max(1, -(-wide // _LEGIBLE)), 0)
    target.repeat_rows(heading)
    if title:
        target.set_header(f"&L{title.replace('&', '&&')[:_HEADER_MAX]}")
    target.set_footer("&C&P / &N")
