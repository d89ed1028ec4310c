"""Batch: what reading a file gives, and the control that nothing of it was lost."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import attrs

from tieout._notebook import items, preformatted, view
from tieout.proof import Check, Proof
from tieout.sources._faults import Note
from tieout.sources._rejects import Rejects
from tieout.tables import Table

__all__ = ["Batch", "Control", "Finding", "SetApart", "SourceFile"]


@attrs.frozen(kw_only=True)
class SourceFile:
    """The file that was read.

    Attributes:
        file: Name without folder; None for bytes.
        sha256: SHA-256 of its bytes, in hex.
        size_bytes: How many bytes it has.
        kind: `text` or `workbook`.
        encoding: Encoding of a text; None for a workbook.
        delimiter: What parts the cells of a text; None for a workbook.
        sheets: Sheets that were read; empty for a text.
        header_line: Line of the header, 1-based; 0 when there is none. Of the first table when several were read.
        line_count: How many lines it has, or rows on the sheets that were read.
        timezone: IANA name of the zone in which it writes its times; None when it says offsets, or writes none.
    """

    file: str | None
    sha256: str
    size_bytes: int
    kind: str
    encoding: str | None = None
    delimiter: str | None = None
    sheets: tuple[str, ...] = ()
    header_line: int
    line_count: int
    timezone: str | None = None


@attrs.frozen(kw_only=True)
class SetApart:
    """A row that is no record and no reject: what stands above the header, below the data, or among it.

    Attributes:
        kind: `preamble` above the header, `header` when it repeats, `footer`, `trailer` for what stands below the data without
            identity or amount, `section` for what follows an end mark, `statement` for the lines of a bank statement around its
            entries, `pending` for what the bank has not booked yet, or `apart` for what the format knows to be no record, such as
            a balance or a payment that was cancelled.
        sheet: Sheet of the workbook; None for text.
        line: First line, 1-based.
        line_end: Last line, inclusive.
        text: Its cells, personal data masked.
    """

    kind: str
    sheet: str | None
    line: int
    line_end: int
    text: str


@attrs.frozen(kw_only=True)
class Finding:
    """A line whose own figures contradict each other; it is read all the same.

    Attributes:
        check: Name of the check that it breaks.
        sheet: Sheet of the workbook; None for text.
        line: Its line, 1-based.
        text: The figures, in words.
    """

    check: str
    sheet: str | None
    line: int
    text: str


@attrs.frozen(kw_only=True)
class Control:
    """What must tie out about a file: its lines, and the totals that it declares.

    Attributes:
        proof: The checks.
        set_apart: Rows that are neither records nor rejects, in order.
        findings: Lines whose own figures contradict each other.
    """

    proof: Proof
    set_apart: tuple[SetApart, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every check ties out."""
        return self.proof.holds

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks."""
        return self.proof.checks

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that do not tie out."""
        return self.proof.failures

    def __str__(self) -> str:
        return "\n".join(
            [str(self.proof), *(f"  line {finding.line}: {finding.text}" for finding in self.findings[:10])]
        )


def _frozen(tables: Mapping[str, Table[Any]]) -> Mapping[str, Table[Any]]:
    return MappingProxyType(dict(tables))


@attrs.frozen(kw_only=True, repr=False)
class Batch:
    """What reading one file gives.

    Attributes:
        format: Name of the format.
        records: The records that the format is about.
        others: Further records by class name, such as the bill's header as `CourierInvoice`.
        rejects: Every line that could not be read, with its reason.
        control: What must tie out: all lines accounted for, the totals that the file declares.
        notes: What a person should know: unknown columns, an encoding or a year that was told from elsewhere.
        source: The file.
    """

    format: str
    records: Table[Any]
    others: Mapping[str, Table[Any]] = attrs.field(converter=_frozen, factory=dict)
    rejects: Rejects = attrs.field(factory=Rejects)
    control: Control
    notes: tuple[Note, ...] = ()
    source: SourceFile

    @property
    def summary(self) -> str:
        """The batch in one line."""
        others = "".join(f", {len(table):,} {name}" for name, table in self.others.items())
        verdict = "totals tie out" if self.control.holds else "TOTALS DO NOT TIE OUT"
        return (
            f"{self.source.file or 'input'}: {self.format}, {len(self.records):,} {self.records.record.__name__}{others}, "
            f"{len(self.rejects):,} rejects, {verdict}"
        )

    def __repr__(self) -> str:
        failed = [f"  {check}" for check in self.control.failures]
        notes = [f"  {note}" for note in self.notes]
        rejects = [f"  {reject}" for reject in self.rejects[:5]]
        return "\n".join([self.summary, *failed, *rejects, *notes])

    def _repr_html_(self) -> str:
        rejects = [self.rejects._repr_html_()] if self.rejects else []
        control = preformatted(str(self.control))
        return view(self.summary, self.records._repr_html_(), *rejects, control, items(map(str, self.notes)))
