"""Remains: what each section of a text leaves behind, for the checks that only the whole file can make."""

import attrs
import polars as pl

from tieout.proof import Check, Proof
from tieout.sources._amounts import Amount
from tieout.sources._batch import Batch, Control, Finding, SetApart
from tieout.sources._faults import CountedNote, Note
from tieout.sources._grid import LINE
from tieout.sources._reading import Reading
from tieout.sources._refusal import Widths
from tieout.sources._rows import TotalRow
from tieout.sources._table_format import TableFormat
from tieout.sources._totals import declared_checks

__all__ = ["Remains"]


@attrs.define(kw_only=True)
class Remains:
    """What is left of the sections that were read.

    The rows that are no data stay as they are, for they are few and declare the totals. Of the data stay the sums of their
    amounts; where the format has checks of its own, the columns that those read.

    Attributes:
        format: The format.
        set_apart: Rows that are neither records nor rejects.
        findings: Lines whose own figures contradict each other.
        notes: What a person should know, each thing once.
    """

    format: TableFormat
    set_apart: list[SetApart] = attrs.field(factory=list)
    findings: list[Finding] = attrs.field(factory=list)
    notes: dict[str, Note] = attrs.field(factory=dict)
    _apart: list[pl.DataFrame] = attrs.field(factory=list)
    _totals: list[TotalRow] = attrs.field(factory=list)
    _doubts: list[Check] = attrs.field(factory=list)
    _sums: list[pl.DataFrame] = attrs.field(factory=list)
    _sums_refused: set[int] = attrs.field(factory=set)
    _values: list[pl.DataFrame] = attrs.field(factory=list)
    _refused: set[int] = attrs.field(factory=set)
    _rows: int = 0
    _widths: Widths = attrs.field(init=False)
    _lines: dict[str, int] = attrs.field(factory=dict)
    _currencies: set[str] = attrs.field(factory=set)
    _last: Reading | None = None

    def __attrs_post_init__(self) -> None:
        self._widths = Widths(self.format.short_rows)

    def add(self, reading: Reading, batch: Batch) -> None:
        """Take what a section leaves behind; the section itself can go.

        Args:
            reading: The section.
            batch: The batch that it made.
        """
        lines = next(check for check in batch.control.checks if check.name == "lines")
        for part, count in lines.parts.items():
            self._lines[part] = self._lines.get(part, 0) + count
        apart, above = reading.apart_rows, sum(frame.height for frame in self._apart)
        places = {line: row for row, line in enumerate(apart[LINE], start=above)}
        self._totals += [attrs.evolve(total, row=places[reading.body[LINE][total.row]]) for total in reading.totals]
        self._apart.append(apart)
        self.set_apart += reading.set_apart
        self.findings += reading.findings
        self._doubts += [doubt for doubt in reading.doubts if doubt not in self._doubts]
        self._note([*batch.notes[: len(batch.notes) - len(reading.notes)], *reading.notes])
        self._keep_sums(reading)
        if self.format.checks is not None:
            self._keep_values(reading)
        self._widths.add(reading)
        currency = None if reading.conventions is None else reading.conventions.currency
        self._currencies |= {currency} if isinstance(currency, str) else set()
        self._currencies |= set(currency.drop_nulls().unique()) if isinstance(currency, pl.Series) else set()
        self._last = attrs.evolve(reading, body=reading.body.clear(), data=reading.data.clear(), frame=pl.DataFrame())

    def control(self) -> Control:
        """What must tie out about the file."""
        last = self._last
        if last is None:  # pragma: no cover - a text has at least one section
            raise AssertionError("no section was read")
        whole = self._whole(last, self._sums, self._sums_refused)
        checks = [self._line_check(last), *declared_checks(whole)]
        if self.format.checks is not None:
            lines = self._whole(last, self._values, self._refused)
            lines.doubts, lines.notes = whole.doubts, whole.notes
            checks += self.format.checks(lines)
            whole = lines
        if not self._widths.are_told_well(last):
            text = "the first lines have other numbers of cells than most, and tell wrong which lines are torn"
            whole.doubt("lines.width_changes", "lines have as many cells as the first ones", f"{text}; read it at once")
        self._note(whole.notes)
        return Control(
            proof=Proof([*checks, *self._doubts, *whole.doubts]),
            set_apart=tuple(self.set_apart),
            findings=(*self.findings, *whole.findings),
        )

    def _note(self, notes: list[Note]) -> None:
        """Keep each note once; the figures that they count add up."""
        for note in notes:
            key = f"{note.code} {note.about}" if isinstance(note, CountedNote) else str(note)
            known = self.notes.get(key)
            if isinstance(note, CountedNote) and isinstance(known, CountedNote):
                self.notes[key] = known.plus(note)
            else:
                self.notes[key] = note

    def _keep_values(self, reading: Reading) -> None:
        has_each = reading.conventions is not None and isinstance(reading.conventions.currency, pl.Series)
        checked = dict.fromkeys([LINE, *self.format.checked, *(["currency"] if has_each else [])])
        self._values.append(reading.values.select(list(checked)))
        self._refused |= {self._rows + row for row in reading.rejected_rows}
        self._rows += reading.values.height

    def _keep_sums(self, reading: Reading) -> None:
        refused = reading.rejected_rows
        amounts = [column.name for _, column in reading.bound if isinstance(column, Amount)]
        if amounts:
            values, is_refused = reading.values.select(amounts), reading.is_rejected
            taken = values.filter(~is_refused) if refused else values
            sums = (part.sum() for part in (taken, values.filter(is_refused)))
            self._sums_refused |= {len(self._sums) + 1} if refused else set()
            self._sums += sums

    def _whole(self, last: Reading, kept: list[pl.DataFrame], refused: set[int]) -> Reading:
        """The file as its checks see it: the rows that are no data, and the values or the sums of all others."""
        values = pl.concat(kept, how="vertical_relaxed") if kept else pl.DataFrame()
        conventions = last.conventions
        if conventions is not None:
            codes = sorted(self._currencies)
            is_each = isinstance(conventions.currency, pl.Series)
            said = pl.Series(codes, dtype=pl.String) if is_each else codes[0] if codes else None
            conventions = attrs.evolve(conventions, currency=said)
        return attrs.evolve(
            last,
            body=pl.concat(self._apart),
            data=values.select(LINE) if LINE in values.columns else pl.DataFrame(),
            values=values,
            conventions=conventions,
            totals=self._totals,
            faults=[],
            refused=frozenset(refused),
            notes=[],
            doubts=[],
            findings=[],
        )

    def _line_check(self, last: Reading) -> Check:
        return Check(name="lines", side="file", currency=None, total=last.site.grid.line_count, parts=self._lines)
