"""Spans: on which lines of a file the records, rejects and rows set apart of a batch stand."""

from collections.abc import Iterator

import polars as pl

from tieout.sources import Batch
from tieout.tables import Table

__all__ = ["lines_of_records", "spans_of_apart", "spans_of_records", "spans_of_rejects"]

Span = tuple[str | None, int, int]
"""Sheet, first and last line."""


def spans_of_records(table: Table[object]) -> Iterator[Span]:
    """Where each record of a table stands, if it says so."""
    frame = table.to_polars()
    ends = pl.coalesce("source_line_end", "source_line").alias("end")
    for sheet, first, last in frame.select("source_sheet", "source_line", ends).iter_rows():
        if first is not None:
            yield sheet, first, last


def spans_of_rejects(batch: Batch) -> Iterator[Span]:
    """Where each reject stands."""
    for reject in batch.rejects:
        if reject.line is not None:
            yield reject.sheet, reject.line, reject.provenance.line_end or reject.line


def spans_of_apart(batch: Batch) -> Iterator[Span]:
    """Where each row stands that was set apart."""
    for row in batch.control.set_apart:
        yield row.sheet, row.line, row.line_end


def lines_of_records(batch: Batch) -> set[int]:
    """The lines of a text that records stand on."""
    return {line for _, first, last in spans_of_records(batch.records) for line in range(first, last + 1)}
