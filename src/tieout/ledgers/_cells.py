"""Cells: texts made safe for spreadsheets, and short enough and writable for systems of one encoding."""

import unicodedata
from typing import Final

from tieout.ledgers._base import plain_text

__all__ = ["MISSING", "clipped", "encodable", "guarded"]

MISSING: Final = "〓"
"""What stands for a character that a Chinese encoding does not have, as printers put it where a type is missing."""

_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_JOINING = range(0x1F3FB, 0x1F400)  # skin tones, which colour the sign before them


def guarded(text: str) -> str:
    r"""A text on one line that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it.

    Example:
        >>> guarded("=cmd|' /C calc'!A0"), guarded("\t@SUM(A1)"), guarded("运费 -3")
        ("'=cmd|' /C calc'!A0", "'@SUM(A1)", '运费 -3')
    """
    plain = plain_text(text)
    return f"'{plain}" if plain.startswith(_FORMULA_STARTS) else plain


def encodable(text: str, *, encoding: str) -> str:
    """A text that an encoding can hold: what it has no character for becomes `〓`, or `?` where it lacks that too.

    Example:
        >>> encodable("京东🚀运费", encoding="gbk"), encodable("¥ 5", encoding="ascii")
        ('京东〓运费', '? 5')
    """
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        mark = MISSING if _holds(MISSING, encoding) else "?"
        return "".join(character if _holds(character, encoding) else mark for character in text)
    return text


def clipped(text: str, *, characters: int | None = None, octets: int | None = None, encoding: str = "utf-8") -> str:
    """The beginning of a text that fits, without half a character at its end: accents stay with their letter.

    Args:
        text: A text that the encoding can hold.
        characters: How many characters fit; None for any number.
        octets: How many bytes fit; None for any number.
        encoding: What the bytes are counted in.

    Example:
        >>> clipped("店铺 运费 账单", characters=4), clipped("店铺运费", octets=5, encoding="gbk")
        ('店铺 运', '店铺')
        >>> clipped("cafe\u0301", characters=4)
        'caf'
    """
    end = len(text) if characters is None else min(characters, len(text))
    if octets is not None and len(text[:end].encode(encoding)) > octets:
        size, fits = 0, 0
        for character in text[:end]:
            size += len(character.encode(encoding))
            if size > octets:
                break
            fits += 1
        end = fits
    while 0 < end < len(text) and _joins(text[end]):
        end -= 1
    return text[:end].rstrip()


def _joins(character: str) -> bool:
    """Whether a character belongs to the one before it."""
    return unicodedata.category(character).startswith("M") or ord(character) in _JOINING


def _holds(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
