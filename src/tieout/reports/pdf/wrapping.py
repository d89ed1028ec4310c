"""Wrapping: texts cut into lines that fit a column, measured with the font's own widths."""

import re
import unicodedata
from collections.abc import Iterator

from tieout.reports.fonts import Font

__all__ = ["one_line", "wrapped"]

_PIECES = re.compile(r"[ \t]+|(?:[\u2e80-\U0003ffff]|[^\s\u2e80-\U0003ffff]+)[，。、；：！？）】》」”’％]*")
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def one_line(text: str) -> str:
    r"""A text without control characters, line breaks and direction marks: each becomes a space.

    Example:
        >>> one_line("two\nlines\x00")
        'two lines'
    """
    if text.isprintable():
        return " ".join(text.split())
    shown = (" " if unicodedata.category(one) in _UNPRINTABLE else one for one in text)
    return " ".join("".join(shown).split())


def wrapped(text: str, font: Font, width: float) -> tuple[str, ...]:
    """The lines of a text: cut between Chinese characters and between words, inside a word only where it fits no line.

    Args:
        text: Any text; it is taken as one line.
        font: The font that it is set in.
        width: How wide a line is, in ems.

    Returns:
        Its lines; together they say all of it. None for an empty text.
    """
    lines: list[str] = []
    line, used = "", 0.0
    for piece in _fitting(one_line(text), font, width):
        wide = font.width(piece)
        if line and used + wide > width:
            lines.append(line.rstrip())
            line, used = "", 0.0
            if piece.isspace():
                continue
        line += piece
        used += wide
    return tuple(lines) if not line.strip() else (*lines, line.rstrip())


def _fitting(text: str, font: Font, width: float) -> Iterator[str]:
    """The pieces of a text, none wider than a line."""
    for piece in _PIECES.findall(text):
        if font.width(piece) <= width:
            yield piece
        else:
            yield from piece
