"""Cells that a workbook cannot show: errors such as #REF!, and formulas without a stored value.

The reader of workbooks shows both as blank, and a blank surcharge is no surcharge: money would vanish. So the sheets of
xlsx files are searched for them. The old xls and the binary xlsb do not tell them apart here.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Final

__all__ = ["CELL_ERRORS", "NO_VALUE", "CellFaults", "faults_of"]

CellFaults = Mapping[int, Mapping[int, str]]
"""By column and row, from 0, the text that stands for the cell."""

NO_VALUE: Final = "#NO-VALUE!"
CELL_ERRORS: Final = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NUM!", "#NAME?", "#NULL!", "#SPILL!", "#CALC!", NO_VALUE)
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_VALUE = re.compile(rb"<v>([^<]+)</v>")
_SHEET = re.compile(rb"<sheet\s[^>]*>")
_RELATION = re.compile(rb"<Relationship\s[^>]*>")
_LETTERS = 26


def faults_of(data: bytes) -> dict[str, CellFaults]:
    """The faulty cells of an xlsx workbook by sheet; nothing for other kinds of workbook."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return {}
        return {name: found for name, part in _parts(archive).items() if (found := _faults(archive.read(part)))}


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
