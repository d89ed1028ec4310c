"""Checks that what a file declares about itself is compared with its lines."""

import csv
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.model.currency import from_units
from tieout.sources import Batch
from tieout.testing._golden import Golden
from tieout.testing._spans import spans_of_records, spans_of_rejects
from tieout.testing._verdict import fail

__all__ = ["check_declared_totals"]

_FIGURE: Final = re.compile(r"(?<![\w.,-])[-+]?\d[\d,]*\.\d+(?![\w/:-])")
_PLAIN: Final = re.compile(r"[-+]?\d+(\.\d+)?")
_AMONG_LINES: Final = "apart"
_TOTAL: Final = re.compile(r"(?i)合计|总计|小计|共计|汇总|\b(?:sub)?total\b|\bsum\b")
_GREAT: Final = 10**9  # beyond it a figure is an identifier


@attrs.frozen
class _Figure:
    """A figure of a row that was set apart: line (0-based), column, and where it stands in the line."""

    line: int
    column: int
    start: int
    text: str

    @property
    def value(self) -> Decimal:
        return abs(Decimal(self.text.replace(",", "")))


def check_declared_totals(golden: Golden) -> None:
    """A row that declares sums of the lines is compared with them: with another figure in it the control does not hold.

    Such a row is one that was set apart and holds, as the file writes it, the sum of one of its columns, or the sum of the
    records' amounts, gains or losses; one that stands among the lines has a word such as 合计 or total too. Of several
    such figures at least one is compared.
    """
    if golden.text is None or golden.batch.source.delimiter is None:
        return
    lines, delimiter = golden.lines[None], golden.batch.source.delimiter
    columns, amounts = _sums_of_columns(golden, lines, delimiter), _sums_of_records(golden.batch)
    for row in golden.batch.control.set_apart:
        if row.kind == _AMONG_LINES and not _TOTAL.search(row.text):
            continue
        figures = [
            figure
            for at in range(row.line - 1, row.line_end)
            for figure in _figures(at, lines[at], delimiter)
            if figure.value in amounts | columns.get(figure.column, set())
        ]
        if figures and not any(_is_noticed(golden, figure, lines) for figure in figures):
            declared = ", ".join(dict.fromkeys(figure.text for figure in figures))
            fail(
                f"the total {declared} that line {row.line} declares to be compared with the lines",
                f"that another figure there goes unnoticed; the row is set apart as {row.kind}",
            )


def _figures(at: int, line: str, delimiter: str) -> Iterator[_Figure]:
    """The figures of a line that have decimals, cell by cell."""
    for column, cell in enumerate(
        re.finditer(rf'(?:"(?:[^"]|"")*"|[^{re.escape(delimiter)}])*(?:{re.escape(delimiter)}|$)', line)
    ):
        for found in _FIGURE.finditer(cell[0].removesuffix(delimiter)):
            yield _Figure(at, column, cell.start() + found.start(), found[0])


def _sums_of_columns(golden: Golden, lines: Sequence[str], delimiter: str) -> dict[int, set[Decimal]]:
    """The sum of each column of the lines that are records or rejects, by the column's position."""
    spans = [*spans_of_records(golden.batch.records), *spans_of_rejects(golden.batch)]
    columns: dict[int, list[Decimal]] = {}
    for line in sorted({line for _, first, last in spans for line in range(first, last + 1)}):
        for at, cell in enumerate(next(csv.reader([lines[line - 1]], delimiter=delimiter), [])):
            figure = cell.strip(" `\"'=\t").replace(",", "")
            if _PLAIN.fullmatch(figure) and abs(Decimal(figure)) < _GREAT:
                columns.setdefault(at, []).append(Decimal(figure))
    return {at: {abs(sum(figures, Decimal(0)))} - {Decimal(0)} for at, figures in columns.items()}


def _sums_of_records(batch: Batch) -> set[Decimal]:
    """All amounts, gains and losses of the records, by currency."""
    frame = batch.records.to_polars()
    if not {"amount_minor", "currency"} <= set(frame.columns):
        return set()
    amount = pl.col("amount_minor")
    sums = frame.group_by("currency").agg(
        amount.sum(), gains=amount.filter(amount > 0).sum(), losses=amount.filter(amount < 0).sum()
    )
    found = {abs(Decimal(from_units(units, row[0]))) for row in sums.iter_rows() if row[0] for units in row[1:]}
    return found - {Decimal(0)}


def _is_noticed(golden: Golden, figure: _Figure, lines: Sequence[str]) -> bool:
    """Whether reading the file with another figure in that place says so."""
    line = lines[figure.line]
    changed = line[: figure.start] + _another(figure.text) + line[figure.start + len(figure.text) :]
    text = "\n".join([*lines[: figure.line], changed, *lines[figure.line + 1 :], ""])
    try:
        batch = golden.read(text.encode(golden.batch.source.encoding or "utf-8"))
    except InputError:
        return True
    return _says(batch) != _says(golden.batch) and (not batch.control.holds or not golden.batch.control.holds)


def _says(batch: Batch) -> tuple[list[str], list[str]]:
    return [str(check) for check in batch.control.checks], [finding.text for finding in batch.control.findings]


def _another(figure: str) -> str:
    """A figure of the same length and another value."""
    first = next(at for at, character in enumerate(figure) if character.isdigit())
    return figure[:first] + str(int(figure[first]) % 9 + 1) + figure[first + 1 :]
