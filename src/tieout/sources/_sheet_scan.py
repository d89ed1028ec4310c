"""Scanning sheets before they are opened: how far their cells reach, and which of them cannot be shown.

The reader of workbooks shows errors such as #REF!, and formulas without a stored value, as blank; and a blank surcharge is no
surcharge: money would vanish. It also makes room for every cell up to the farthest one, and one damaged cell reference far
away takes all memory. So the bytes are searched first: here those of xlsx, in `_biff` of xls, in `_biff12` of xlsb, in
`_ods_scan` of ods.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Final

import attrs

from tieout.errors import CorruptFile
from tieout.sources._archives import Parts

__all__ = ["CELL_ERRORS", "ERROR_CODES", "NO_VALUE", "CellFaults", "SheetScan", "attribute", "relations", "scan_xlsx"]

CellFaults = Mapping[int, Mapping[int, str]]
"""By column and row, from 0, the text that stands for the cell."""

NO_VALUE: Final = "#NO-VALUE!"
CELL_ERRORS: Final = (
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#NUM!",
    "#NAME?",
    "#NULL!",
    "#SPILL!",
    "#CALC!",
    NO_VALUE,
)
ERROR_CODES: Final = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
"""What Excel's binary formats call the errors of cells."""

_VALUE = re.compile(rb"<(?:[\w.-]+:)?v(?:\s[^>]*)?>([^<]+)<")
_FORMULA = re.compile(rb"<(?:[\w.-]+:)?f[\s/>]")
_BLANK_VALUE = re.compile(rb"<(?:[\w.-]+:)?v(?:\s[^>]*)?(?:/>|></)")
_IS_TEXT = re.compile(rb"""\st\s*=\s*["']str["']""")
_ROOT = re.compile(rb"<([\w.-]+:)?worksheet[\s>]")
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,9})([0-9]{1,18})["']""")
_IS_ERROR = re.compile(rb"""\st\s*=\s*["']e["']""")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_CLAIM = re.compile(rb'uniqueCount\s*=\s*["\']([^"\']*)')
_TEXT_BYTES_MIN = 5  # of `<si/>`
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = "0123456789"
_REFERENCE_BYTES = 64  # of a cell's tag, within which its reference stands
_ROOT_BYTES = 2**16  # within which the first tag stands


@attrs.frozen(kw_only=True)
class SheetScan:
    """What the bytes of a sheet show.

    Attributes:
        reach_cells: How many cells lie up to its farthest one.
        faults: Its cells that cannot be shown.
    """

    reach_cells: int
    faults: CellFaults


def scan_xlsx(parts: Parts) -> dict[str, SheetScan]:
    """The sheets of an xlsx workbook by name.

    Raises:
        CorruptFile: It claims more texts than it can hold.
    """
    _check_texts(parts)
    targets = relations(parts, "xl/_rels/workbook.xml.rels")
    sheets = {
        attribute(tag, "name"): attribute(tag, "[a-z0-9]+:id") for tag in _SHEET.findall(parts.read("xl/workbook.xml"))
    }
    return {name: _scan(parts.blocks(targets[relation])) for name, relation in sheets.items() if relation in targets}


def _check_texts(parts: Parts) -> None:
    """The reader of workbooks makes room for as many texts as a workbook claims, and ends the process where there is none."""
    for name in parts.namelist():
        if name.lower().endswith("sharedstrings.xml"):
            xml = parts.read(name)
            claims = _CLAIM.findall(xml)
            if not all(claim.isdigit() and int(claim) * _TEXT_BYTES_MIN <= len(xml) for claim in claims):
                raise CorruptFile("the workbook claims more texts than it can hold", where=parts.where)


def relations(parts: Parts, name: str) -> dict[str, str]:
    """The files of a workbook's archive by the relations that a part names them by."""
    names = {other.lower(): other for other in parts.namelist()}
    found: dict[str, str] = {}
    for tag in _RELATION.findall(parts.read(name)) if name in names else []:
        target = posixpath.normpath(posixpath.join("/xl", attribute(tag, "Target"))).lstrip("/")
        if target.lower() in names:
            found[attribute(tag, "Id")] = names[target.lower()]
    return found


def attribute(tag: bytes, name: str) -> str:
    """What an XML tag says of an attribute; empty when it says nothing.

    Args:
        tag: The tag.
        name: Pattern of the attribute's name.
    """
    found = re.search(rb"\s" + name.encode() + rb'\s*=\s*["\']([^"\']*)["\']', tag)
    text = found[1].decode("utf-8", errors="replace") if found else ""
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text


def _scan(blocks: Iterator[bytes]) -> SheetScan:
    start = b""
    for block in blocks:
        start += block
        if _ROOT.search(start) or len(start) > _ROOT_BYTES:
            break
    scanner = _Scanner.of(start)
    scanner.take(start)
    for block in blocks:
        scanner.take(block)
    scanner.end()
    return SheetScan(reach_cells=scanner.rows * scanner.columns, faults=scanner.faults)


@attrs.define(kw_only=True)
class _Scanner:
    """A sheet on its way through the scan, block by block.

    Nearly all cells are plain: none of them lies beyond the farthest cell so far, each has a value that can be shown, or nothing.
    One search through a block finds those that are not, and only these are looked at.

    Attributes:
        mark: How the tag of a cell begins, such as `<c`.
        tags: Pattern of the tags of rows and cells.
        close: The tag that ends a cell.
        rows: Number of the last row with a cell so far.
        columns: Number of the last column with a cell so far.
        row: Number of the row that was scanned last.
        column: Number of its last cell; 0 before its first.
        faults: Cells that cannot be shown.
        rest: What is not scanned yet, from the beginning of a cell on.
    """

    mark: bytes
    tags: re.Pattern[bytes]
    close: bytes
    rows: int = 0
    columns: int = 0
    row: int = 0
    column: int = 0
    faults: dict[int, dict[int, str]] = attrs.field(factory=dict)
    rest: list[bytes] = attrs.field(factory=list)

    @classmethod
    def of(cls, start: bytes) -> "_Scanner":
        """For a sheet that begins so, as its tags may have a prefix."""
        root = _ROOT.search(start)
        prefix = root[1] or b"" if root else b""
        name = re.escape(prefix)
        tags = re.compile(rb"<%s(?:(row)|c)(\s[^>]*?)?(/?)>" % name)
        return cls(mark=b"<%sc" % prefix, tags=tags, close=b"</%sc" % prefix)

    def take(self, block: bytes) -> None:
        """Scan all but the last cell, which may go on in the next block."""
        end = block.rfind(self.mark)
        if end < 0:
            self.rest.append(block)
            return
        piece = b"".join([*self.rest, block[:end]])
        self.rest = [block[end:]]
        self._scan(piece)

    def end(self) -> None:
        """Scan what is left."""
        self._scan(b"".join(self.rest))

    def _scan(self, piece: bytes) -> None:
        last = piece.rfind(self.mark)
        reference = _REFERENCE.search(piece, last, last + _REFERENCE_BYTES) if last >= 0 else None
        if reference is None:
            self._scan_each(piece)
            return
        pattern = _not_plain(self.mark, self.columns, max(self.rows, int(reference[2])))
        tags = [tag for found in pattern.finditer(piece) if (tag := self.tags.match(piece, found.start()))]
        if all(tag[2] and _REFERENCE.search(tag[2]) for tag in tags):
            for tag in tags:
                self._take_tag(piece, tag)
            self._scan_each(piece[last:])
        else:
            self._scan_each(piece)

    def _scan_each(self, piece: bytes) -> None:
        for tag in self.tags.finditer(piece):
            self._take_tag(piece, tag)

    def _take_tag(self, piece: bytes, tag: re.Match[bytes]) -> None:
        attributes = tag[2] or b""
        reference = _REFERENCE.search(attributes)
        if tag[1]:
            self.row, self.column = self.row + 1 if reference is None else int(reference[2]), 0
            return
        if reference is None:
            self.column += 1
        else:
            self.row, self.column = int(reference[2]), _column(reference[1])
        self.rows, self.columns = max(self.rows, self.row), max(self.columns, self.column)
        inner = b"" if tag[3] else piece[tag.end() : piece.find(self.close, tag.end())]
        value = _VALUE.search(inner)
        if _IS_ERROR.search(attributes):
            text = value[1].decode("utf-8", errors="replace") if value else "#N/A"
        elif value is None and _FORMULA.search(inner) and not _is_blank_text(attributes, inner):
            text = NO_VALUE
        else:
            return
        self.faults.setdefault(self.column - 1, {})[self.row - 1] = text


def _is_blank_text(attributes: bytes, inner: bytes) -> bool:
    """Whether a formula's stored value is the empty text, as of `=IF(A1="","",A1)`; programs that store none say no type."""
    return _IS_TEXT.search(attributes) is not None and _BLANK_VALUE.search(inner) is not None


def _not_plain(mark: bytes, columns: int, rows: int) -> re.Pattern[bytes]:
    """Pattern of cells beyond a column or a row, of errors and formulas without a value, and of what is written unusually.

    The row is rounded up to two digits: a sheet needs few patterns, and counts at most a tenth too few rows.
    """
    place = 10 ** max(len(str(rows)) - 2, 0)
    return _pattern(mark, _letters(columns + 1), (rows // place + 1) * place)


@lru_cache(maxsize=512)
def _pattern(mark: bytes, column_bound: str, row_bound: int) -> re.Pattern[bytes]:
    prefix = re.escape(mark[1:-1].decode("latin-1"))
    reference = _below(column_bound, _LETTERS) + _below(str(row_bound), _DIGITS)
    attributes = r'(?: s="[0-9]++")?+(?: t="(?!e")[A-Za-z]++")?+'
    value, formula = (
        f"(?:<{prefix}(?:v>[^<]|is>)|</{prefix}c>)",
        rf"<{prefix}f(?:\s[^<>]*)?(?:/>|>[^<]*</{prefix}f>)<{prefix}v>[^<]",
    )
    plain = rf' r="{reference}"{attributes}(?:>{value}| ?/>|>{formula})'
    return re.compile(rf"<{prefix}c(?=[\s/>])(?!{plain})".encode("latin-1"))


def _below(bound: str, signs: str) -> str:
    """Pattern of the words of these signs that come before the bound, where shorter words come before longer ones."""
    sign_before = {sign: f"[{signs[0]}-{before}]" for before, sign in pairwise(signs)}
    any_sign = f"[{signs[0]}-{signs[-1]}]"
    words = [
        bound[:at] + sign_before[sign] + any_sign * (len(bound) - at - 1)
        for at, sign in enumerate(bound)
        if sign != signs[0]
    ]
    words += [f"{any_sign}{{1,{len(bound) - 1}}}"] if len(bound) > 1 else []
    return f"(?:{'|'.join(words)})"


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, letter = divmod(column - 1, len(_LETTERS))
        letters = _LETTERS[letter] + letters
    return letters


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.decode("ascii").upper():
        number = number * len(_LETTERS) + _LETTERS.index(letter) + 1
    return number
