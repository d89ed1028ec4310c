"""Scanning sheets before they are opened: how far their cells reach, and which of them cannot be shown.

The reader of workbooks shows errors such as #REF!, and formulas without a stored value, as blank; and a blank surcharge is no
surcharge: money would vanish. It also makes room for every cell up to the farthest one, and one damaged cell reference far
away takes all memory. So the bytes are searched first. Files of the kinds xlsx and xls are; xlsb and ods are not.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Final

import attrs

__all__ = ["CELL_ERRORS", "NO_VALUE", "CellFaults", "SheetScan", "scan_xlsx"]

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
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_VALUE = re.compile(rb"<v>([^<]+)</v>")
_REFERENCE = re.compile(rb'<c r="([A-Z]{1,9})([0-9]{1,18})"')
_ROW = re.compile(rb'<row [^>]*?r="([0-9]{1,18})"')
_SHEET = re.compile(rb"<sheet\s[^>]*>")
_RELATION = re.compile(rb"<Relationship\s[^>]*>")
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


def scan_xlsx(data: bytes) -> dict[str, SheetScan]:
    """The sheets of an xlsx workbook by name; nothing for other kinds of workbook."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return {}
        return {name: _scan(archive.read(part)) for name, part in _parts(archive).items()}


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet names and the files of the archive that hold them."""
    names = set(archive.namelist())
    relations = "xl/_rels/workbook.xml.rels"
    targets: dict[str, str] = {}
    for tag in _RELATION.findall(archive.read(relations)) if relations in names else []:
        target = _attribute(tag, "Target")
        targets[_attribute(tag, "Id")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    sheets = {
        _attribute(tag, "name"): targets.get(_attribute(tag, "r:id"), "")
        for tag in _SHEET.findall(archive.read("xl/workbook.xml"))
    }
    return {name: part for name, part in sheets.items() if part in names}


def _attribute(tag: bytes, name: str) -> str:
    found = re.search(rb"\s" + re.escape(name.encode()) + rb'="([^"]*)"', tag)
    text = found[1].decode("utf-8", errors="replace") if found else ""
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text


def _scan(xml: bytes) -> SheetScan:
    return SheetScan(reach_cells=_reach(xml), faults=_faults(xml))


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
