"""JSON arrays as tables: each object is a row, on the lines that it stands on, and its members are columns by their path.

`amount.value` is the member `value` of the member `amount`; a number in a path counts the elements of a list from 0. Numbers keep
their digits: nothing goes through floating point. What JSON readers repair without a word is refused: a member that stands twice,
an element that is no object, text behind the array, and an array that does not end.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

import attrs
import polars as pl

from tieout.errors import CorruptFile, UnreadableFile
from tieout.sources._base import Fit
from tieout.sources._batch import Batch
from tieout.sources._captions import Header, Headers, Row
from tieout.sources._delimited import rows_frame
from tieout.sources._document import Document
from tieout.sources._grid import LINE
from tieout.sources._kind import Kind
from tieout.sources._of_table import OfTable

__all__ = ["BRACKETS", "JsonFormat", "JsonRows"]

BRACKETS: Final = r"^[\[\],\s]+$"
"""Pattern of lines between the objects, for the `footers` of the table's format."""

_BLANKS: Final = " \t\r\n\ufeff"
_MARK_LENGTH_MAX: Final = 1000


class _TwiceError(ValueError):
    """A member stands twice."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _TwiceError(f"the member {twice!r} stands twice")
    return members


def _no_number(word: str) -> Any:  # noqa: ANN401 - the signature of json's hook
    raise ValueError(f"{word} is not a number")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=str, parse_int=str, parse_constant=_no_number
)


@attrs.frozen(kw_only=True)
class _Element:
    """One object of the array.

    Attributes:
        line: First line that it stands on, 1-based.
        line_end: Last line, inclusive.
        members: What it holds.
    """

    line: int
    line_end: int
    members: Mapping[str, Any]


@attrs.frozen(kw_only=True, slots=False, eq=False)
class JsonRows:
    """A text that is a JSON array of objects, as a table.

    Attributes:
        document: The text.
        paths: Members that are columns.
        ignored: Members of the objects themselves that are known and not read.
    """

    document: Document
    paths: tuple[str, ...]
    ignored: tuple[str, ...] = ()
    sheet: None = None
    title: None = None
    is_ragged: bool = False
    delimiter: None = None
    is_ended: bool = True

    @property
    def line_count(self) -> int:
        """How many lines the text has."""
        return len(self.document.lines)

    @property
    def head(self) -> tuple[Row, ...]:
        """The objects as rows."""
        captions = self.headers.all[0].captions
        return tuple(
            Row(line=one.line, line_end=one.line_end, cells=tuple(_cell(one.members, path) or "" for path in captions))
            for one in self.elements
        )

    @cached_property
    def headers(self) -> Headers:
        """The members that some object has, those that nobody knows included; they stand on no line."""
        there = [
            path for path in self.paths if not self.elements or any(_has(one.members, path) for one in self.elements)
        ]
        known = {path.partition(".")[0] for path in self.paths} | set(self.ignored)
        further = dict.fromkeys(name for one in self.elements for name in one.members if name not in known)
        captions = (*there, *further)
        return Headers((Header(row=Row(line=0, line_end=0, cells=captions), captions=captions),))

    @cached_property
    def elements(self) -> tuple[_Element, ...]:
        """The objects of the array.

        Raises:
            CorruptFile: The text is not one whole array of objects.
        """
        return tuple(_elements(self.document))

    def body(self, after: int, width: int) -> pl.DataFrame:  # noqa: ARG002 - a Grid's signature; there is no header line
        """All objects as rows, and the lines between them with what they show in their first cell."""
        captions = self.headers.all[0].captions[:width]
        rows = [
            Row(line=one.line, line_end=one.line_end, cells=tuple(_cell(one.members, path) or "" for path in captions))
            for one in self.elements
        ]
        taken = {line for one in self.elements for line in range(one.line, one.line_end + 1)}
        between = [
            Row(line=number, line_end=number, cells=(line.strip(_BLANKS), *([""] * (width - 1))))
            for number, line in enumerate(self.document.lines.lines, start=1)
            if number not in taken
        ]
        return rows_frame([*rows, *between], width, ",").sort(LINE, maintain_order=True)


def _elements(document: Document) -> Iterator[_Element]:
    text = document.text.text
    at = _skip(text, 0, "[", document)
    lines = _LineCounter(text)
    first_at = _after_blanks(text, at)
    at = first_at if text[first_at : first_at + 1] == "]" else at
    while text[at : at + 1] != "]":
        start = _after_blanks(text, at)
        value, end = _decoded(text, start, lines, document)
        first, last = lines.at(start), lines.at(end - 1)
        if not isinstance(value, dict):
            raise CorruptFile("the array holds something that is no object", where=f"{document.where}:{first}")
        yield _Element(line=first, line_end=last, members=value)
        at = _after_blanks(text, end)
        if text[at : at + 1] == ",":
            at += 1
        elif text[at : at + 1] != "]":
            raise _cut(document, lines.at(min(at, len(text) - 1)))
    if text[at + 1 :].strip(_BLANKS):
        raise CorruptFile("something stands behind the array", where=f"{document.where}:{lines.at(at)}")


def _decoded(text: str, start: int, lines: "_LineCounter", document: Document) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, start)
    except _TwiceError as cause:
        raise CorruptFile(str(cause), where=f"{document.where}:{lines.at(min(start, len(text) - 1))}") from cause
    except (ValueError, RecursionError) as cause:
        position = getattr(cause, "pos", start)
        raise _cut(document, lines.at(min(position, len(text) - 1))) from cause


def _cut(document: Document, line: int) -> CorruptFile:
    return CorruptFile(
        "the JSON is damaged or cut off", where=f"{document.where}:{line}", hint="download it again, whole"
    )


def _skip(text: str, at: int, mark: str, document: Document) -> int:
    at = _after_blanks(text, at)
    if text[at : at + 1] != mark:
        raise UnreadableFile("this is no JSON array of objects", where=document.where)
    return at + 1


def _after_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANKS:
        at += 1
    return at


class _LineCounter:
    """Line numbers of growing positions in a text."""

    def __init__(self, text: str) -> None:
        """Start at its beginning."""
        self._text = text
        self._end = "\n" if "\n" in text else "\r"
        self._position, self._line = 0, 1

    def at(self, position: int) -> int:
        """Line of a character, 1-based."""
        if position < self._position:
            return self._text.count(self._end, 0, position) + 1
        self._line += self._text.count(self._end, self._position, position)
        self._position = position
        return self._line


def _value(members: Any, path: str) -> Any:  # noqa: ANN401 - JSON values are of any plain type
    found = members
    for step in path.split("."):
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isdigit():
            found = found[int(step)] if int(step) < len(found) else None
        else:
            return None
    return found


def _has(members: Mapping[str, Any], path: str) -> bool:
    """Whether an object has a member, be it null: the last step may be absent in a member that is null as a whole."""
    return path.partition(".")[0] in members if "." not in path else _value(members, path) is not None


def _cell(members: Mapping[str, Any], path: str) -> str | None:
    """A member as the text of a cell; of lists and objects only that something is there."""
    found = _value(members, path)
    if found is None:
        return None
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, (dict, list)):
        return "..." if found else None
    return str(found)


@attrs.frozen(kw_only=True, slots=False, eq=False)
class JsonFormat(OfTable):
    """A source format that is a JSON array of objects.

    Attributes:
        table: How the table of the objects is read; captions are paths, and its `footers` hold `BRACKETS`.
    """

    def fit(self, document: Document) -> Fit:
        """How well the members of its first object fit."""
        wanted = [column.captions for column in self.table.columns if not column.optional]
        first = _first_object(document)
        missing = tuple(captions[0] for captions in wanted if not any(_has(first, path) for path in captions))
        found = sum(any(_has(first, path) for path in column.captions) for column in self.table.columns)
        share = 1 - len(missing) / len(wanted)
        return Fit(
            is_match=bool(first) and not missing,
            found=found,
            share=share if first else 0.0,
            missing=missing,
            where="",
            captions=tuple(first),
        )

    def read(self, document: Document, *, name: str, options: Mapping[str, Any]) -> Batch:
        """Read a document as `SourceFormat.read` says."""
        if document.kind is not Kind.TEXT:
            raise UnreadableFile("this is a workbook, a JSON array is needed", where=document.where)
        paths = tuple(caption for column in self.table.columns for caption in column.captions)
        rows = JsonRows(document=document, paths=paths, ignored=self.table.ignored)
        return self.table.read(document.seen_as((rows,)), name=name, options=options)


def _first_object(document: Document) -> Mapping[str, Any]:
    """The first object of an array; nothing for other texts."""
    if document.kind is not Kind.TEXT or document.text.text[:_MARK_LENGTH_MAX].lstrip(_BLANKS)[:1] != "[":
        return {}
    text = document.text.text
    start = _after_blanks(text, _after_blanks(text, 0) + 1)
    try:
        value, _ = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
