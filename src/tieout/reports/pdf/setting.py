"""Setting: data and a template become the bytes of a PDF, and the bytes become a file.

The engine is Typst (extra `tieout[pdf]`). Data go in as JSON beside the template, so no text is ever read as markup; fonts of the
system are not looked at; a page has no date of its own. The same data give the same bytes.
"""

import json
import shutil
import tempfile
from collections.abc import Mapping
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any, Final

import attrs

from tieout.errors import MissingExtra, ReportError
from tieout.reports.files import replacing
from tieout.reports.fonts import Font

__all__ = ["Printed", "put_file", "to_pdf"]

_FOLDER: Final = Path(__file__).parent
_READABLE: Final = ["ua-1"]
_LASTING: Final = ["a-2a", "ua-1"]
"""What a PDF keeps to: PDF/UA for screen readers; PDF/A for archives, which asks for a date."""


@attrs.frozen(kw_only=True)
class Printed:
    """A PDF that was written.

    Attributes:
        path: Where it is.
        sheets: How many vouchers with their continuations, or statements, it holds.
        missing: Characters that the font lacks, in order; each stands as `〓` on the page.
    """

    path: Path
    sheets: int
    missing: tuple[str, ...] = ()


def to_pdf(template: str, data: Mapping[str, Any], font: Font) -> bytes:
    """The bytes of a file with its font inside: PDF/UA (tagged, for screen readers), and PDF/A-2a (for archives) where dated.

    Args:
        template: Name of a template of this folder, such as `voucher`.
        data: What it shows, as JSON has it; `day` (year, month, day) is when the file says it was made.
        font: The font that it is set in.

    Raises:
        MissingExtra: Typst is not installed.
        ReportError: The template does not take the data.
    """
    try:
        library = import_module("typst")  # an extra: only who writes PDF needs it
    except ImportError as cause:
        raise MissingExtra("typst", extra="pdf", purpose="writing PDF") from cause
    given = json.dumps({**data, "family": font.family}, ensure_ascii=False)
    standards = _LASTING if data.get("day") else _READABLE
    source = (_FOLDER / f"{template}.typ").read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        # Alone in its folder: another file of the same family must not be taken for it.
        shutil.copyfile(font.path, Path(folder) / font.path.name)
        fonts = library.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
        try:
            content: bytes = library.compile(
                source, font_paths=fonts, sys_inputs={"data": given}, format="pdf", pdf_standards=standards
            )
        except library.TypstError as cause:
            raise ReportError(f"it cannot be set: {cause.message}", where=f"{template}.pdf") from cause
    return content


def put_file(path: str | PathLike[str], content: bytes) -> Path:
    """Write a file whole or not at all.

    Args:
        path: Where; what is there is replaced.
        content: Its bytes.

    Raises:
        InputError: The folder does not exist, or cannot be written to.
    """
    with replacing(path) as beside:
        beside.write_bytes(content)
    return Path(path)
