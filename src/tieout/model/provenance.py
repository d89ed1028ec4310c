"""Provenance: where a record or a figure comes from."""

from collections.abc import Mapping
from datetime import datetime

from tieout.errors import InvalidField
from tieout.model._record import EMPTY, record

__all__ = ["Provenance", "SourceRecord"]


@record
class Provenance:
    """The file, sheet and lines that a record or a figure was read from.

    Attributes:
        format: Name of the source leaf that read it, such as `sf_monthly_bill`; None for records built by a program.
        file: File name without its folder, so that the same file gives the same bytes everywhere.
        sha256: SHA-256 of the file's content in hex; None when there was no file.
        sheet: Sheet of a workbook, or member of an archive; None when the file has but one.
        line: First line or row, 1-based as a person counts; None when the whole file is meant.
        line_end: Last line of a run of lines, inclusive; None for a single line.
    """

    format: str | None = None
    file: str | None = None
    sha256: str | None = None
    sheet: str | None = None
    line: int | None = None
    line_end: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.line is not None and self.line < 1:
            raise InvalidField(f"lines are counted from 1, got {self.line}", record="Provenance", field="line")
        if self.line_end is not None and (self.line is None or self.line_end < self.line):
            raise InvalidField(
                f"the run of lines {self.line} to {self.line_end} is empty", record="Provenance", field="line_end"
            )

    def __str__(self) -> str:
        """`file:line`, as a person would point at it.

        Example:
            >>> str(Provenance(file="bill.csv", line=14))
            'bill.csv:14'
        """
        place = self.file or "record"
        if self.sheet is not None:
            place += f"[{self.sheet}]"
        if self.line is not None:
            place += f":{self.line}"
        if self.line_end is not None and self.line_end != self.line:
            place += f"-{self.line_end}"
        return place


@record
class SourceRecord:
    """What every record that comes from a source has besides its own fields.

    Attributes:
        book_id: Book (账套) it belongs to; None until a book takes it. Records of two books never match.
        created_at: When the source created the record; None when it does not say.
        provenance: Where it was read; None for records built by a program.
        raw: Cells of the source that no field holds; empty unless asked for, and never personal by default.
    """

    book_id: str | None = None
    created_at: datetime | None = None
    provenance: Provenance | None = None
    raw: Mapping[str, str] = EMPTY
