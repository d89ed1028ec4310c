"""Scanning sheets before they are opened: how far their cells reach, and which of them cannot be shown.

The reader of workbooks shows errors such as #REF!, and formulas without a stored value, as blank; and a blank surcharge is no
surcharge: money would vanish. It also makes room for every cell up to the farthest one, and one damaged cell reference far
away takes all memory. So the bytes are searched first: here those of xlsx, in `_biff` of xls, in `_biff12` of xlsb, in
`_ods_scan` of ods.
"""

import posixpath
import re
from collections.abc import Mapping
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

_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_VALUE = re.compile(rb"<v>([^<]+)</v>")
_REFERENCE = re.compile(rb'<c r="([A-Z]{1,9})([0-9]{1,18})"')
_ROW = re.compile(rb'<row [^>]*?r="([0-9]{1,18})"')
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_CLAIM = re.compile(rb'uniqueCount\s*=\s*["\']([^"\']*)')
_TEXT_BYTES_MIN = 5  # of `<si/>`
_PREFIX = re.compile(rb"(</?)\w+:(?=\w)")
_CELL_OR_ROW = re.compile(rb"<(c|row)\b([^>]*)")
_OWN_REFERENCE = re.compile(rb'\sr=["\']([A-Z]{1,9})?([0-9]{1,18})["\']')
_LETTERS = 26
_SPARSE = (
    200  # cells that a sheet would need for each one it has, from which on its references are looked at one by one
)


@attrs.frozen(kw_only=True)
class SheetScan:
    """What the bytes of a sheet show.

    Attributes:
        reach_cells: How many cells lie up to its farthest one; an upper bound unless the sheet is sparse.
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
    return {name: _scan(parts.read(targets[relation])) for name, relation in sheets.items() if relation in targets}


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


def _scan(xml: bytes) -> SheetScan:
    if b":sheetData" in xml:
        xml = _PREFIX.sub(rb"\1", xml)
    if xml.count(b"<c ") + xml.count(b"<c>") != xml.count(b'<c r="'):
        xml = _referenced(xml)
    return SheetScan(reach_cells=_reach(xml), faults=_faults(xml))


def _referenced(xml: bytes) -> bytes:
    """The XML with each cell's reference in front of its attributes, as most programs write it; some leave it out."""
    row, column = 0, 0

    def refer(found: re.Match[bytes]) -> bytes:
        nonlocal row, column
        tag, attributes = found[1], found[2]
        said = _OWN_REFERENCE.search(attributes)
        if tag == b"row":
            row, column = int(said[2]) if said else row + 1, 0
            return found[0]
        column = _column(said[1]) + 1 if said and said[1] else column + 1
        row = int(said[2]) if said and said[1] else row
        reference = f'<c r="{_letters(column)}{row}"'.encode()
        return reference + (attributes.replace(said[0], b"", 1) if said else attributes)

    return _CELL_OR_ROW.sub(refer, xml)


def _reach(xml: bytes) -> int:
    """Rows times columns up to the farthest cell, without looking at every reference of an ordinary sheet."""
    digits = max((len(number) for number in _ROW.findall(xml)), default=1)
    while re.search(rb'<c r="[A-Z]+[0-9]{%d}' % (digits + 1), xml):
        digits += 1
    letters = 1
    while re.search(rb'<c r="[A-Z]{%d}' % (letters + 1), xml):
        letters += 1
    bound: int = 10**digits * _LETTERS**letters
    if bound <= _SPARSE * (xml.count(b"<c ") + 1):
        return bound
    rows, columns = 1, 1
    for column, row in set(_REFERENCE.findall(xml)):
        rows, columns = max(rows, int(row)), max(columns, _column(column) + 1)
    return rows * columns


def _faults(xml: bytes) -> dict[int, dict[int, str]]:
    if b't="e"' not in xml and b"<f" not in xml:
        return {}
    found: dict[int, dict[int, str]] = {}
    for letters, digits, attributes, inner in _CELL.findall(xml):
        value = _VALUE.search(inner)
        if b't="e"' in attributes:
            text = value[1].decode("utf-8", errors="replace") if value else "#N/A"
        elif b"<f" in inner and value is None:
            text = NO_VALUE
        else:
            continue
        found.setdefault(_column(letters), {})[int(digits) - 1] = text
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * _LETTERS + letter - ord("A") + 1
    return number - 1


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, letter = divmod(number - 1, _LETTERS)
        letters = chr(ord("A") + letter) + letters
    return letters
