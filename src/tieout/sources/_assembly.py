"""Assembly: the tables that were read, their rejects and checks, as one batch."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from tieout.proof import Check, Proof
from tieout.sources._batch import Batch, Control, SetApart, SourceFile
from tieout.sources._document import Document
from tieout.sources._faults import Note
from tieout.sources._grid import LINE, LINE_END, WIDTH
from tieout.sources._kind import Kind
from tieout.sources._masking import mask_row, mask_words
from tieout.sources._reading import Reading
from tieout.sources._refusal import rejects_of
from tieout.sources._rejects import Rejects
from tieout.sources._rows import KIND, RowKind
from tieout.sources._sections import Section
from tieout.sources._shaping import table_of_frame
from tieout.sources._totals import declared_checks, line_check
from tieout.tables import Table

__all__ = ["assemble", "set_apart_rows"]


def set_apart_rows(reading: Reading) -> list[SetApart]:
    """The rows that are neither records nor rejects, blank ones left out."""
    grid, sheet = reading.site.grid, reading.site.grid.sheet
    is_below = isinstance(grid, Section) and grid.before > 0  # the lines above the table are its first section's
    keep_pii = reading.options.keep_pii
    rows = [
        SetApart(
            kind="preamble",
            sheet=sheet,
            line=row.line,
            line_end=row.line_end,
            text=row.text if keep_pii else mask_words(row.text),
        )
        for row in reading.preamble
        if not (row.is_blank or is_below)
    ]
    for values in reading.apart_rows.iter_rows(named=True):
        cells = [value for name, value in values.items() if name not in {LINE, LINE_END, WIDTH, KIND}]
        text = mask_row(cells, reading.pii_classes, keep_pii=keep_pii)
        text = text if keep_pii else mask_words(text)
        rows.append(SetApart(kind=values[KIND], sheet=sheet, line=values[LINE], line_end=values[LINE_END], text=text))
    return rows


def assemble(
    readings: Sequence[Reading],
    document: Document,
    *,
    name: str,
    record: type,
    others: Mapping[str, Table[Any]],
    checks: Iterable[Check],
) -> Batch:
    """One batch of the tables that were read from a document."""
    stated = [*_own_checks(readings), *checks]
    control = Control(
        proof=Proof([*stated, *(doubt for reading in readings for doubt in reading.doubts)]),
        set_apart=tuple(row for reading in readings for row in reading.set_apart),
        findings=tuple(finding for reading in readings for finding in reading.findings),
    )
    return Batch(
        format=name,
        records=Table.concat([table_of_frame(reading.frame, record, reading) for reading in readings]),
        others=others,
        rejects=Rejects.concat(rejects_of(reading) for reading in readings),
        control=control,
        notes=tuple(_notes(readings, document)),
        source=_source_file(readings, document),
    )


def _own_checks(readings: Sequence[Reading]) -> Iterator[Check]:
    for reading in readings:
        yield line_check(reading)
        if not isinstance(reading.site.grid, Section):  # what a file declares is of all its lines
            yield from declared_checks(reading)


def _notes(readings: Sequence[Reading], document: Document) -> Iterator[Note]:
    if document.kind is Kind.TEXT:
        text = document.text
        if text.is_guessed:
            yield Note("encoding.guessed", f"the encoding is taken to be {text.encoding}; encoding=... says another")
        if text.broken:
            yield Note("encoding.broken", f"{text.broken} places are not valid {text.encoding}")
    read = {id(reading.site.grid) for reading in readings}
    unread = [repr(grid.title) for grid in document.grids if grid.title is not None and id(grid) not in read]
    if unread:
        yield Note("sheet.not_read", f"sheets that are not read: {', '.join(unread)}")
    for reading in readings:
        if not reading.site.grid.is_ended and _last_that_may_be_cut(reading) == reading.site.grid.line_count:
            yield Note(
                "file.last_line_open",
                "the last line has no line end: were the file cut off there, nothing would show it",
            )
        yield from (note.plain for note in reading.notes)


def _last_that_may_be_cut(reading: Reading) -> int | None:
    """Where the last line ends that has cells of the table; footers end files without a line end as a matter of course."""
    may_be_cut = pl.col(KIND).is_in([RowKind.DATA.value, RowKind.TRAILER.value, RowKind.APART.value])
    last: int | None = reading.body.select(pl.col(LINE_END).filter(may_be_cut).max()).item()
    return last


def _source_file(readings: Sequence[Reading], document: Document) -> SourceFile:
    first = readings[0].site
    return SourceFile(
        file=document.content.name,
        sha256=document.sha256,
        size_bytes=document.size_bytes,
        kind=document.kind.value,
        encoding=document.text.encoding if document.kind is Kind.TEXT else None,
        delimiter=first.grid.delimiter,
        sheets=tuple(reading.site.grid.title for reading in readings if reading.site.grid.title is not None),
        header_line=first.header.row.line,
        line_count=sum(reading.site.grid.line_count for reading in readings),
        timezone=readings[0].conventions.timezone if readings[0].conventions is not None else None,
    )
