"""Goldens: input files, beside each what reading it must give."""

import io
import os
import re
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import attrs
import python_calamine

from tieout.errors import UnidentifiedFile
from tieout.sources import Batch, identify, read
from tieout.sources._sheet_cells import cell_text

__all__ = ["UPDATE_GOLDENS", "Golden", "golden_files"]

UPDATE_GOLDENS: Final = "TIEOUT_UPDATE_GOLDENS"
"""Environment variable: set, expected results are rewritten from what reading gives, which a person then reads. CI refuses it."""

_BESIDE: Final = {".json", ".toml", ".py", ".md"}
_LINE_END: Final = re.compile(r"\r\n|\n")


def golden_files(folder: str | os.PathLike[str]) -> list[Path]:
    """The input files in a folder of goldens, by name.

    Args:
        folder: Folder of input files. `.json`, `.toml`, `.py` and `.md` files in it are what belongs to them.

    Returns:
        Their paths; none when there is no such folder.
    """
    place = Path(folder)
    if not place.is_dir():
        return []
    return sorted(path for path in place.iterdir() if path.is_file() and path.suffix not in _BESIDE)


@attrs.frozen(kw_only=True)
class Golden:
    """One input file of a format.

    Attributes:
        format: Name of the format.
        path: The input. Beside it `<input>.json` says what reading it gives, and `<input>.toml` with which options.
        by_content: Whether the content alone tells the format; False for one that must be asked for by name.
    """

    format: str
    path: Path
    by_content: bool = True

    @property
    def expected(self) -> Path:
        """File that says what reading gives."""
        return self.path.with_name(f"{self.path.name}.json")

    @cached_property
    def options(self) -> Mapping[str, Any]:
        """Options to read it with."""
        given = self.path.with_name(f"{self.path.name}.toml")
        said = tomllib.loads(given.read_text("utf-8")) if given.exists() else {}
        return said if self.by_content else {"format": self.format, **said}

    @cached_property
    def data(self) -> bytes:
        """The bytes of the input."""
        return self.path.read_bytes()

    @cached_property
    def batch(self) -> Batch:
        """What reading it gives, read once."""
        return self.read()

    def read(self, source: object = None, **more: Any) -> Batch:  # noqa: ANN401 - options of any format
        """Read it, or something else with its options.

        Args:
            source: What to read; None for the input itself.
            **more: Further options.
        """
        return read(self.path if source is None else source, **{**self.options, **more})

    def identified(self, source: object = None) -> str | None:
        """Name of the format that its content tells; None when no format fits.

        Args:
            source: What to look at; None for the input itself.
        """
        try:
            return identify(self.path if source is None else source)
        except UnidentifiedFile:
            return None

    @cached_property
    def text(self) -> str | None:
        """Its text without byte order mark; None for a workbook."""
        encoding = self.batch.source.encoding
        return None if encoding is None else self.data.decode(encoding).removeprefix("\ufeff")

    @cached_property
    def lines(self) -> Mapping[str | None, list[str]]:
        """The lines of the text under None, or the rows of the sheets that were read, read by other means than the format's."""
        if self.text is not None:
            return {None: lines_of(self.text)}
        book = python_calamine.load_workbook(io.BytesIO(self.data))
        return {name: _rows(book.get_sheet_by_name(name)) for name in self.batch.source.sheets}


def lines_of(text: str) -> list[str]:
    """The lines of a text; what follows the last line end is a line if there is anything."""
    lines = _LINE_END.split(text)
    return lines[:-1] if lines and not lines[-1] else lines


def _rows(sheet: python_calamine.CalamineSheet) -> list[str]:
    return [" ".join(cell_text(cell) for cell in cells) for cells in sheet.to_python(skip_empty_area=False)]
