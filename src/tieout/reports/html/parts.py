"""What stands on the page, part by part, as values that the template writes."""

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import polars as pl

from tieout.errors import MissingExtra
from tieout.reports.data import ReportData
from tieout.reports.figures import cell_text, money_text
from tieout.reports.html.findings import all_findings, causes_of
from tieout.reports.html.presenting import presented
from tieout.reports.html.sheets import Sheet, code_of, details_sheet, frame_sheet, is_right, section_sheet
from tieout.reports.plots import Plot, section_plots
from tieout.reports.report import Column, Kind, Report, Section
from tieout.reports.rows_behind import Behind
from tieout.reports.stages import ENDED
from tieout.reports.terms import check_zh, figure_of, side_zh, sum_of
from tieout.reports.words import WORDS, Pair, heading

__all__ = ["Block", "Cell", "Chart", "Parts"]

SHOWN = 25
"""Rows of a table that stand in the page as they are: what is printed, and what is there without scripts."""

FINDINGS = "discrepancies"
_URGENT = ("high", "critical")


@attrs.frozen(kw_only=True)
class Cell:
    """A cell of a table that stands in the page.

    Attributes:
        text: What it says, in English where it says it in both languages.
        text_zh: What it says in Chinese; empty where that is the same.
        code: List of codes that the text is of; empty where it stands for itself.
        is_number: Whether it is aligned right.
    """

    text: str
    text_zh: str = ""
    code: str = ""
    is_number: bool = False


@attrs.frozen
class Chart:
    """A chart that is drawn when the template comes to it: until then a process of its own may be at work on it.

    Attributes:
        plot: What it shows.
        language: `en` or `zh`.
    """

    plot: Plot
    language: str

    def __html__(self) -> str:
        """Its SVG; text is escaped in it."""
        return self.plot.svg(self.language)


@attrs.frozen(kw_only=True)
class Block:
    """A table of the page with its heading, chart and notes.

    Attributes:
        anchor: Its place, for links.
        title: Heading, in English and Chinese.
        sheet: Its table.
        rows: The first rows.
        totals: Totals, a row a currency.
        note: What to know about it.
        charts: Drawings by language, one for each plot.
        is_grid: Whether it is sorted and filtered as a grid: it has more rows than stand in the page.
        cut_details: How many rows behind it are in the file, and how many there are, where they are cut.
        charted_above: Anchor of the part of the page where its chart stands; empty where it has its own.
    """

    anchor: str
    title: Pair
    sheet: Sheet
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[tuple[Cell, ...], ...] = ()
    note: Pair = ("", "")
    charts: tuple[dict[str, Chart], ...] = ()
    is_grid: bool = False
    cut_details: tuple[int, int] | None = None
    charted_above: str = ""

    @property
    def heads(self) -> Iterator[tuple[Column, str | None]]:
        """Columns, with the currency where all rows of one have the same."""
        return zip(self.sheet.columns, self.sheet.one, strict=True)


class Parts:
    """The parts of a page, and the sheets that its script needs."""

    def __init__(
        self,
        data: ReportData,
        reports: Sequence[Report],
        *,
        rows: int,
        details: int,
        plots: bool,
        languages: Sequence[str],
    ) -> None:
        """Work out nothing yet; `view` does.

        Args:
            data: The period.
            reports: Its reports.
            rows: Rows of a table in the file.
            details: Rows behind the figures of a section in the file.
            plots: Whether charts are drawn.
            languages: Languages of the page.
        """
        self.data = data
        self.reports = tuple(reports)
        self.rows = rows
        self.details = details
        self.languages = tuple(languages)
        self.plots = plots
        self.lacks_plots = False
        self.sheets: dict[str, Sheet] = {}
        self._packed: dict[tuple[tuple[int, ...], tuple[str, ...]], Sheet] = {}

    def view(self) -> dict[str, Any]:
        """What the template writes."""
        findings = all_findings(self.data)
        found = self._findings(findings)
        causes = self._block("summary", causes_of(findings), anchor="causes", behind=FINDINGS)
        aged = [(report, section) for report in self.reports for section in report.sections if section.plot == "ageing"]
        return {
            "cards": self._cards(findings),
            "stages": self.data.stages,
            "proof": self._proof(),
            "causes": causes,
            "ageing": [
                self._block(report.name, section, anchor=f"ageing-{report.name}-{section.name}", is_front=True)
                for report, section in aged
            ],
            "findings": found,
            "reports": [
                (report, [self._block(report.name, section) for section in report.sections]) for report in self.reports
            ],
            "inputs": self._inputs(),
            "rejects": self._rejects(),
            "lacks_plots": self.lacks_plots,
            "shown": SHOWN,
        }

    def currencies(self) -> set[str]:
        """Every currency that a figure of the page may be in."""
        codes = {self.data.currency}
        for one in self.data.outcomes:
            codes |= set(one.discrepancies.to_polars()["currency"].drop_nulls().unique())
        for report in self.reports:
            for section in report.sections:
                behind = section.behind
                for frame in (section.frame, *(() if behind is None else behind.parts)):
                    codes |= _codes_in(frame, section)
        return codes

    def _put(self, sheet: Sheet) -> Sheet:
        self.sheets[sheet.name] = sheet
        return sheet

    def _block(
        self, report: str, section: Section, *, anchor: str = "", behind: str = "", is_front: bool = False
    ) -> Block:
        """A section as it stands on the page; the front of an ageing shares its sheets with its report."""
        name = f"{report}.{section.name}"
        cut = None
        above = self._above(report, section)
        if section.behind is not None and section.key:
            sheet = self._behind(f"{name}.rows", section, section.behind)
            behind = sheet.name
            cut = (sheet.data.rows, sheet.total) if sheet.is_cut else None
        table = presented(section, zone=self.data.timezone)
        sheet = self.sheets.get(name) or self._put(
            section_sheet(name, section, table, zone=self.data.timezone, rows=self.rows, behind=behind)
        )
        return Block(
            anchor=anchor or f"{report}-{section.name}",
            title=(section.title, section.title_zh),
            sheet=sheet,
            rows=tuple(self._cells(table.frame.head(SHOWN), sheet)),
            totals=() if table.totals is None else tuple(self._total_cells(table.totals, sheet)),
            note=(section.note, section.note_zh),
            charts=() if above and not is_front else self._charts(section, name),
            is_grid=section.frame.height > SHOWN,
            cut_details=cut,
            charted_above=above if not is_front else "",
        )

    def _above(self, report: str, section: Section) -> str:
        """Where the page shows the chart of a section before its report: ages, and the causes of discrepancies."""
        if section.plot == "ageing":
            return "ageing"
        return "causes" if report == "exceptions" and section.plot == "pareto" and "type" in section.key else ""

    def _charts(self, section: Section, name: str) -> tuple[dict[str, Chart], ...]:
        """The charts of a section in each language; none where they are not wanted or cannot be drawn here."""
        if not self.plots or not section.plot:
            return ()
        try:
            plots = section_plots(section, name=name.replace(".", "-"), names=self.data.type_titles)
        except MissingExtra:
            self.plots = False
            self.lacks_plots = True
            return ()
        return tuple({language: Chart(plot, language) for language in self.languages} for plot in plots)

    def _behind(self, name: str, section: Section, behind: Behind) -> Sheet:
        """The sheet of a section's details; one that another section of the same details has is taken again."""
        asked = (tuple(map(id, behind.parts)), (*section.key, *section.sums, *(one.name for one in section.columns)))
        known = self._packed.get(asked)
        if known is None:
            known = details_sheet(name, section, behind, zone=self.data.timezone, rows=self.details)
            self._packed[asked] = known
        return self._put(known)

    def _cells(self, frame: pl.DataFrame, sheet: Sheet) -> Iterator[tuple[Cell, ...]]:
        for row in frame.iter_rows(named=True):
            yield tuple(self._cell(row, column, one) for column, one in zip(sheet.columns, sheet.one, strict=True))

    def _total_cells(self, frame: pl.DataFrame, sheet: Sheet) -> Iterator[tuple[Cell, ...]]:
        """Totals, with what they do not have left empty."""
        for row in frame.iter_rows(named=True):
            yield tuple(
                self._cell(row, column, one) if row.get(column.name) is not None else Cell(text="")
                for column, one in zip(sheet.columns, sheet.one, strict=True)
            )

    def _cell(self, row: dict[str, Any], column: Column, one: str | None) -> Cell:
        value = row[column.name]
        currency = row.get(column.currency) or self.data.currency
        text = cell_text(value, column, currency=currency, zone=self.data.timezone)
        if column.kind is Kind.MONEY and text and one is None:
            text = f"{text} {currency}"
        text_zh = cell_text(row.get(f"{column.name}_zh"), column) if column.kind is Kind.TEXT else ""
        if column.kind is Kind.FLAG and value is not None:
            text, text_zh = WORDS["yes" if value else "no"]
        return Cell(text=text, text_zh=text_zh, code=code_of(column), is_number=is_right(column))

    def _cards(self, findings: pl.DataFrame) -> dict[str, Any]:
        money = (
            findings.group_by("currency")
            .agg(
                pl.col("impact_minor").abs().sum().alias("size"),
                pl.col("impact_minor").filter(pl.col("claimable")).sum().alias("claimable"),
            )
            .drop_nulls("currency")
            .sort(pl.col("currency") != self.data.currency, "currency")
        )
        return {
            "count": findings.height,
            "waiting": self._waiting(findings),
            "urgent": findings.filter(pl.col("severity").is_in(_URGENT)).height,
            "differs": [(money_text(row["size"], row["currency"]), row["currency"]) for row in _rows(money)],
            "claimable": [
                (money_text(row["claimable"], row["currency"]), row["currency"])
                for row in _rows(money)
                if row["claimable"]
            ],
            "vouchers": len(self.data.vouchers),
            "turnover": self._turnover(),
            "files": len(self.data.files),
            "records": sum(one.records for one in self.data.files),
            "rejects": sum(one.rejects for one in self.data.files),
        }

    def _waiting(self, findings: pl.DataFrame) -> int:
        """Discrepancies, or cases of them, that nobody has settled yet."""
        cases = self.data.cases
        if cases is not None and "is_open" in cases.columns:
            return cases.filter("is_open").height
        return findings.filter(~pl.col("state").is_in(ENDED).fill_null(value=False)).height

    def _turnover(self) -> list[str]:
        balances = self.data.balances
        if balances is None or not balances.height:
            return []
        by = balances.group_by("currency").agg(pl.col("debit_minor", "credit_minor").sum()).sort("currency")
        return [
            f"{money_text(row['debit_minor'], row['currency'])} {row['currency']}"
            for row in _rows(by)
            if row["debit_minor"] == row["credit_minor"]
        ]

    def _proof(self) -> dict[str, Any]:
        proof = self.data.proof
        failing = proof.failures
        ordered = [*failing, *(one for one in proof.checks if one.holds)]
        texts = {
            "check": [one.name for one in ordered],
            "check_zh": [check_zh(one.name) for one in ordered],
            "side": [one.side for one in ordered],
            "side_zh": [side_zh(one.side) for one in ordered],
            "total": [figure_of(one, one.total) for one in ordered],
            "parts": [sum_of(one) for one in ordered],
            "parts_zh": [sum_of(one, self.data.titles, is_zh=True) for one in ordered],
            "result": ["holds" if one.holds else "off" for one in ordered],
            "gap": [figure_of(one, one.gap) if one.gap else "" for one in ordered],
        }
        frame = pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String))
        columns = [
            Column(name="check", title="What must tie", title_zh="勾稽项目"),
            Column(name="side", title="Side", title_zh="方"),
            Column(name="total", title="Total", title_zh="合计"),
            Column(name="parts", title="Sum of", title_zh="构成"),
            Column(name="result", title="Result", title_zh="结果"),
            Column(name="gap", title="Off by", title_zh="相差"),
        ]
        return {
            "holds": proof.holds,
            "is_idle": not self.data.outcomes and any(one.name == "detect" for one in self.data.stages),
            "count": len(proof.checks),
            "said": {"count": f"{len(proof.checks):,}", "failing": f"{len(failing):,}"},
            "block": self._plain("checks", ("All checks", "全部勾稽"), frame, columns),
        }

    def _findings(self, findings: pl.DataFrame) -> Block:
        columns = [
            Column(name="severity", title="Severity", title_zh="严重程度"),
            Column(name="type", title="Cause", title_zh="原因"),
            Column(name="impact_minor", title="Difference", title_zh="差额", kind=Kind.MONEY),
            Column(name="expected_minor", title="Expected", title_zh="应有", kind=Kind.MONEY),
            Column(name="actual_minor", title="Actual", title_zh="实际", kind=Kind.MONEY),
            Column(name="keys", title="Identifiers", title_zh="标识"),
            Column(name="reconciliation", title="Reconciliation", title_zh="对账"),
            Column(name="claimable", title="Claimable", title_zh="可索赔", kind=Kind.FLAG),
            Column(name="state", title="State", title_zh="状态"),
            Column(name="owner", title="Owner", title_zh="负责人"),
            Column(name="due_on", title="Due", title_zh="到期日", kind=Kind.DATE),
            Column(name="source", title="Source", title_zh="出处"),
        ]
        title = ("Discrepancies", "差异明细")
        return self._plain(FINDINGS, title, findings, columns, key=("currency", "type"), is_grid=True)

    def _inputs(self) -> Block:
        names = ("file", "format", "records", "rejects", "holds", "size", "sha256")
        kinds = {"records": Kind.COUNT, "rejects": Kind.COUNT, "size": Kind.COUNT, "holds": Kind.FLAG}
        schema = {
            name: {Kind.COUNT: pl.Int64, Kind.FLAG: pl.Boolean}.get(kinds.get(name, Kind.TEXT), pl.String)
            for name in names
        }
        frame = pl.DataFrame([attrs.asdict(one) for one in self.data.files], schema=schema)
        return self._plain(
            "files", ("Files read", "读入的文件"), frame, [_named(n, kinds.get(n, Kind.TEXT)) for n in names]
        )

    def _rejects(self) -> Block | None:
        rejects = self.data.rejects
        if rejects is None or not rejects.height:
            return None
        columns = [
            _named(name, Kind.COUNT if dtype.is_integer() else Kind.TEXT) for name, dtype in rejects.schema.items()
        ]
        return self._plain("rejects", ("Lines that could not be read", "无法读取的行"), rejects, columns)

    def _plain(
        self,
        name: str,
        title: Pair,
        frame: pl.DataFrame,
        columns: Sequence[Column],
        *,
        key: Sequence[str] = (),
        is_grid: bool = False,
    ) -> Block:
        """A block of a frame that no report made."""
        first = frame.head(self.rows)
        sheet = self._put(frame_sheet(name, first, columns, zone=self.data.timezone, total=frame.height, key=key))
        return Block(
            anchor=name,
            title=title,
            sheet=sheet,
            rows=tuple(self._cells(first.head(SHOWN), sheet)),
            is_grid=(is_grid and frame.height > 0) or frame.height > SHOWN,
        )


def _named(name: str, kind: Kind) -> Column:
    title, title_zh = heading(name)
    return Column(name=name, title=title, title_zh=title_zh, kind=kind)


def _rows(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    return frame.iter_rows(named=True)


def _codes_in(frame: pl.DataFrame, section: Section) -> set[str]:
    names = {"currency", *(column.currency for column in section.columns if column.kind is Kind.MONEY)}
    return {code for name in names & set(frame.columns) for code in frame[name].drop_nulls().unique().cast(pl.String)}
