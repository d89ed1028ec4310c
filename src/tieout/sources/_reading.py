"""Readings: one table of one file while it is being read, as the hooks of a leaf see it."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any

import attrs
import polars as pl

from tieout.model import Provenance
from tieout.privacy import PiiClass, is_personal
from tieout.proof import Check
from tieout.sources._batch import Finding, SetApart
from tieout.sources._captions import Row, fold_caption, strip_cell
from tieout.sources._columns import Column
from tieout.sources._document import Document
from tieout.sources._faults import CellFault, Conventions, Note
from tieout.sources._grid import LINE, LINE_END, REST, WIDTH, cell_name
from tieout.sources._known import Known
from tieout.sources._labels import label_value
from tieout.sources._locate import Site
from tieout.sources._options import Options
from tieout.sources._rows import KIND, RowKind, TotalRow

__all__ = ["Reading"]


@attrs.define(kw_only=True, slots=False)
class Reading:
    """One table of a document, on its way from cells to records.

    Attributes:
        name: Name of the format.
        document: The document.
        options: What the caller said.
        site: Where the table stands.
        bound: The format's columns and their positions in the file.
        body: Rows below the header, cleaned where the format reads them, with what kind of row each is.
        data: Those of them that are data.
        known: What is known of the cells of those.
        personal: Captions that hold personal data in this format alone.
        values: The parsed columns of all data rows, readable or not, named as the record's table names them.
        frame: One row a record, in the record's columns; set once the leaf's `shape` is done.
        beside: Further records that `shape` made of the lines, by class name, each with the lines that it comes from.
        checks: What `shape` found out about them.
        doubts: Checks that fail because what the file declares could not be read, or is not there.
        lines_taken: First lines of all rows that records were made of, where several rows make one.
        faults: Cells that cannot be read.
        refused: Positions of rows that were refused elsewhere, when their sections were read.
        totals: Footers that declare sums.
        set_apart: Rows that are neither records nor rejects.
        notes: What a person should know.
        findings: Lines whose own figures contradict each other.
        month: First day of the month that the file is about; None when it does not matter or nobody knows.
        conventions: How the file writes numbers and dates; None until it is parsed.
    """

    name: str
    document: Document
    options: Options
    site: Site
    bound: list[tuple[int, Column]]
    body: pl.DataFrame
    data: pl.DataFrame
    known: Known = attrs.field(factory=Known)
    personal: Mapping[str, PiiClass] = attrs.field(factory=dict)
    values: pl.DataFrame = attrs.field(factory=pl.DataFrame)
    frame: pl.DataFrame = attrs.field(factory=pl.DataFrame)
    beside: dict[str, pl.DataFrame] = attrs.field(factory=dict)
    checks: list[Check] = attrs.field(factory=list)
    doubts: list[Check] = attrs.field(factory=list)
    lines_taken: frozenset[int] = frozenset()
    faults: list[CellFault] = attrs.field(factory=list)
    refused: frozenset[int] = frozenset()
    totals: list[TotalRow] = attrs.field(factory=list)
    set_apart: list[SetApart] = attrs.field(factory=list)
    notes: list[Note] = attrs.field(factory=list)
    findings: list[Finding] = attrs.field(factory=list)
    month: date | None = None
    conventions: Conventions | None = None

    @property
    def where(self) -> str:
        """File and sheet, as messages name them."""
        sheet = self.site.grid.sheet
        return f"{self.document.where}[{sheet}]" if sheet else self.document.where

    @property
    def preamble(self) -> tuple[Row, ...]:
        """The rows above the header."""
        return tuple(row for row in self.site.grid.head if row.line < self.site.header.row.line)

    @property
    def currency(self) -> str | None:
        """The currency of all lines, as far as they are parsed; None when nobody knows, or they have several."""
        said = None if self.conventions is None else self.conventions.currency
        if said is None or isinstance(said, str):
            return said
        codes = said.drop_nulls().unique()
        return str(codes[0]) if len(codes) == 1 else None

    @cached_property
    def pii_classes(self) -> list[PiiClass | None]:
        """What each column of the file holds of personal data, by its caption."""
        own = {fold_caption(caption): pii for caption, pii in self.personal.items()}
        return [
            own.get(fold_caption(caption)) or is_personal(caption) if caption else None
            for caption in self.site.header.captions
        ]

    def label(self, *labels: str) -> str | None:
        """What the preamble says behind a label, such as an account number; None when it does not."""
        return label_value(self.preamble, *labels)

    def elsewhere(self, *labels: str) -> str | None:
        """What another sheet says behind a label, such as a total; None when none does."""
        rows = (row for grid in self.document.grids if grid is not self.site.grid for row in grid.head)
        return label_value(rows, *labels)

    def cells(self, *captions: str) -> pl.Series | None:
        """The texts under a caption, of all data rows; None when there is no such column."""
        positions = self.site.header.positions(captions)
        if not positions:
            return None
        name = cell_name(positions[0])
        cell = pl.col(name).str.strip_chars()
        return self.data.select(pl.when(cell != "").then(cell).alias(name))[name]

    def apart(self, caption: str) -> pl.Series:
        """The texts under a caption, of all rows that the format sets apart; null where blank, or without the column."""
        rows = self.body.filter(pl.col(KIND) == RowKind.APART.value)
        positions = self.site.header.positions((caption,))
        if not positions:
            return pl.Series(caption, [None] * rows.height, dtype=pl.String)
        cell = pl.col(cell_name(positions[0])).str.strip_chars()
        return rows.select(pl.when(cell != "").then(cell).alias(caption))[caption]

    @cached_property
    def below(self) -> list[tuple[str, ...]]:
        """The cells of the rows below the table and among it that are no data: footers, totals, what stands under the data."""
        kinds = (RowKind.FOOTER, RowKind.APART, RowKind.TRAILER, RowKind.SECTION)
        rows = self.body.filter(pl.col(KIND).is_in([kind.value for kind in kinds]))
        names = [name for name in rows.columns if name not in {LINE, LINE_END, WIDTH, REST, KIND}]
        return [tuple(strip_cell(cell or "") for cell in row) for row in rows.select(names).iter_rows()]

    def declared(self, caption: str) -> str | None:
        """What a small table below the data says under a caption; None when it does not."""
        return next(iter(self.all_declared(caption)), None)

    def all_declared(self, *captions: str) -> list[str]:
        """What each small table among and below the data says under a caption, such as WeChat's totals of each joined file.

        Args:
            *captions: The caption's ways of being written.
        """
        wanted = {fold_caption(caption) for caption in captions}
        found = []
        for head, values in pairwise(self.below):
            at = next((at for at, cell in enumerate(head) if fold_caption(cell) in wanted), None)
            if at is not None and values[at]:
                found.append(values[at])
        return found

    @property
    def apart_rows(self) -> pl.DataFrame:
        """The rows of the body that are neither data nor blank."""
        if self.data.height == self.body.height:
            return self.body.clear()
        return self.body.filter(~pl.col(KIND).is_in([RowKind.DATA.value, RowKind.BLANK.value]))

    def note(self, code: str, text: str) -> None:
        """Tell a person something about the file."""
        self.notes.append(Note(code, text))

    def doubt(self, code: str, name: str, text: str) -> None:
        """Tell a person that something which the file should prove could not be checked: a check by this name fails.

        Args:
            code: What kind of note it is.
            name: What is not so, such as `合计 can be read`.
            text: What was found instead, without anything personal.
        """
        check = Check(name=name, side=self.site.grid.sheet or "file", currency=None, total=1, parts={"that is so": 0})
        if check not in self.doubts:
            self.doubts.append(check)
            self.note(code, text)

    def provenance(self, line: int | None = None, line_end: int | None = None) -> Provenance:
        """Where a record comes from; without a line, the whole file."""
        return Provenance(
            format=self.name,
            file=self.document.content.name,
            sha256=self.document.sha256,
            sheet=self.site.grid.sheet if line is not None else None,
            line=line,
            line_end=line_end if line_end != line else None,
        )

    def constant(self, field: str) -> Any:  # noqa: ANN401 - constants are of any plain type
        """What the caller said about a field that the file does not fill; None when nothing."""
        return self.options.constants.get(field)

    @property
    def rejected_rows(self) -> set[int]:
        """Positions of the data rows that become rejects."""
        return {*self.refused, *(fault.row for fault in self.faults)}

    @property
    def is_rejected(self) -> pl.Series:
        """Which of the data rows become rejects."""
        mask = pl.repeat(value=False, n=self.data.height, eager=True)
        rows = sorted(self.rejected_rows)
        return mask.scatter(rows, values=True) if rows else mask

    @property
    def lines_of_records(self) -> pl.Series:
        """First lines of the rows that became at least one record."""
        return pl.concat([self.frame[LINE], pl.Series(LINE, sorted(self.lines_taken), dtype=pl.Int64)])
