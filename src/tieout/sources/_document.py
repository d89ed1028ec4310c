"""Documents: one opened source, its text or its sheets read once however many formats look at it."""

import hashlib
import re
from functools import cached_property

import attrs

from tieout.errors import InputError
from tieout.sources._content import Content
from tieout.sources._delimited import Delimited, Lines, delimiters_of
from tieout.sources._grid import Grid
from tieout.sources._kind import Kind, kind_of
from tieout.sources._text import Text, decode
from tieout.sources._workbook import Sheet, open_sheets

__all__ = ["Document", "checked_delimiter"]


def checked_delimiter(delimiter: str | None) -> str | None:
    """The delimiter that a caller gave.

    Raises:
        InputError: It is not one character.
    """
    if delimiter is not None and len(delimiter) != 1:
        raise InputError(f"a delimiter is one character, got {delimiter!r}")
    return delimiter


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Document:
    """One opened source, as formats look at it.

    Attributes:
        content: Its bytes and name.
        kind: Text or workbook.
        encoding: Encoding that the caller gave; None to tell it from the bytes.
        delimiter: Delimiter that the caller gave; None to tell it from the text.
    """

    content: Content
    kind: Kind
    encoding: str | None = None
    delimiter: str | None = None

    @classmethod
    def of(cls, content: Content, *, encoding: str | None = None, delimiter: str | None = None) -> "Document":
        """Open the bytes.

        Raises:
            UnreadableFile: They are empty, encrypted, damaged or no table; one of its subclasses says which.
            InputError: The delimiter is not one character.
        """
        delimiter = checked_delimiter(delimiter)
        return cls(content=content, kind=kind_of(content), encoding=encoding, delimiter=delimiter)

    @classmethod
    def of_bytes(cls, data: bytes, *, name: str | None = None) -> "Document":
        """Open bytes that a program has, as tests of a leaf do."""
        return cls.of(Content(name=name, data=data))

    def opened_as(self, *, encoding: str | None, delimiter: str | None) -> "Document":
        """The same bytes, with another encoding or delimiter where one is given."""
        if (encoding or self.encoding, delimiter or self.delimiter) == (self.encoding, self.delimiter):
            return self
        return Document.of(self.content, encoding=encoding or self.encoding, delimiter=delimiter or self.delimiter)

    def seen_as(self, grids: tuple[Grid, ...]) -> "Document":
        """The same bytes as other tables than its sheets or cuts, for formats that are no plain table."""
        seen = attrs.evolve(self)
        of_grids = {"_shown", "_cells"}
        vars(seen).update({name: value for name, value in vars(self).items() if name not in of_grids}, grids=grids)
        return seen

    @property
    def where(self) -> str:
        """What messages call it."""
        return self.content.where

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of its bytes, in hex."""
        return hashlib.sha256(self.content.data).hexdigest()

    @cached_property
    def size_bytes(self) -> int:
        """How many bytes it has."""
        return len(self.content.data)

    @cached_property
    def text(self) -> Text:
        """Its text; only for documents of kind text.

        Raises:
            WrongEncoding: No encoding fits the bytes.
        """
        return decode(self.content, self.encoding)

    @cached_property
    def lines(self) -> Lines:
        """Its lines of text."""
        return Lines.of(self.text.utf8)

    @cached_property
    def sheets(self) -> tuple[Sheet, ...]:
        """Its sheets; only for documents of kind workbook."""
        return open_sheets(self.content)

    @cached_property
    def grids(self) -> tuple[Grid, ...]:
        """Every table-like reading of it: one a sheet, or one a delimiter that the text holds, the likeliest first."""
        if self.kind is Kind.WORKBOOK:
            return self.sheets
        delimiters = [self.delimiter] if self.delimiter is not None else delimiters_of(self.lines)
        return tuple(Delimited(lines=self.lines, delimiter=delimiter, where=self.where) for delimiter in delimiters)

    def shows(self, pattern: str) -> bool:
        """Whether some cell of the first rows has a pattern."""
        if pattern not in self._shown:
            find = re.compile(pattern).search
            self._shown[pattern] = any(find(cell) for cell in self._cells)
        return self._shown[pattern]

    @cached_property
    def _shown(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _cells(self) -> tuple[str, ...]:
        """The different cells of the first rows."""
        return tuple(set().union(*(row.cells for grid in self.grids for row in grid.head)))
