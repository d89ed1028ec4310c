"""Fonts: the Chinese font that PDF pages and plots are set in, and which characters it lacks.

A page must look the same on every machine, so no font of the system is ever used: it is a file that the caller names, or that of
the package `pylopdf-fonts-zh-cn` (Noto Sans SC and Noto Serif SC, under the Open Font License).
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Final

import attrs

from tieout.errors import InputError, MissingExtra

__all__ = ["REPLACEMENT", "Font", "find_font"]

REPLACEMENT: Final = "〓"
"""What stands for a character that the font lacks, as printers put it where a type is missing."""

_PACKAGE: Final = "pylopdf_fonts_zh_cn"
_SUFFIXES: Final = (".otf", ".ttf")


@attrs.frozen(kw_only=True)
class Font:
    """A font file.

    Attributes:
        path: Where it is.
        family: What programs that set text call it, such as `Noto Sans SC`.
        advances: How wide each character is that it can show, in ems, by code point.
    """

    path: Path
    family: str
    advances: Mapping[int, float] = attrs.field(repr=False)

    def missing(self, text: str) -> frozenset[str]:
        """The characters of a text that it cannot show; line ends and tabs are shown by nobody, and are not missing."""
        return frozenset(one for one in set(text) if ord(one) not in self.advances and one not in "\n\r\t")

    def shown(self, text: str) -> str:
        """The text with `〓` for each character that it cannot show: a hole would look as if nothing had been there."""
        missing = self.missing(text)
        return "".join(REPLACEMENT if one in missing else one for one in text) if missing else text

    def width(self, text: str) -> float:
        """How wide a text is on one line, in ems."""
        return sum(self.advances.get(ord(one), 1.0) for one in text)


def find_font(path: str | PathLike[str] | None = None, *, serif: bool = False) -> Font:
    """The font to set Chinese text in.

    Args:
        path: An OpenType or TrueType file (.otf, .ttf); None for the one of the package.
        serif: Whether the package's serif is meant (宋体) instead of its sans (黑体).

    Raises:
        MissingExtra: No path is given and the package is not installed, or the library that reads fonts is not.
        InputError: The path leads to no font, or to one without Chinese characters.
    """
    return _font(_packaged(serif=serif) if path is None else _given(Path(path)))


def _packaged(*, serif: bool) -> Path:
    try:
        package = import_module(_PACKAGE)  # an extra: only who draws pages or plots needs it
    except ImportError as cause:
        raise MissingExtra("pylopdf-fonts-zh-cn", extra="pdf", purpose="setting Chinese text") from cause
    return Path(package.serif_path() if serif else package.sans_path())


def _given(path: Path) -> Path:
    if path.suffix.lower() not in _SUFFIXES or not path.is_file():
        raise InputError("a font file is needed, .otf or .ttf", where=path.name)
    return path


@cache
def _font(path: Path) -> Font:
    try:
        library = import_module("fontTools.ttLib")
    except ImportError as cause:
        raise MissingExtra("fonttools", extra="pdf", purpose="reading fonts") from cause
    try:
        with path.open("rb") as file, library.TTFont(file, lazy=True) as opened:
            family = opened["name"].getBestFamilyName()
            em, metrics = opened["head"].unitsPerEm, opened["hmtx"].metrics
            advances = {point: metrics[glyph][0] / em for point, glyph in (opened.getBestCmap() or {}).items()}
    except (library.TTLibError, OSError, KeyError, AssertionError) as cause:
        raise InputError("it is no font that can be read", where=path.name) from cause
    font = Font(path=path, family=family, advances=advances)
    if lacking := font.missing("记账凭证对账单元角分整壹贰〓"):
        raise InputError(f"the font lacks {''.join(sorted(lacking))}", where=path.name, hint="use one with Chinese")
    return font
