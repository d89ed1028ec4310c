"""Summaries: what a line of a voucher says (摘要), within the length that books hold (`domain.md` 7.5)."""

import unicodedata
from collections.abc import Callable, Mapping

from tieout.errors import PostingError

__all__ = ["SUMMARY_LIMIT", "plain_text", "summary_text"]

SUMMARY_LIMIT = 40
"""How many characters a summary has at most."""

_EVENT, _REF = "event", "ref"
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_ELLIPSIS = "…"


def summary_text(
    parts: Mapping[str, str | None], *, limit: int = SUMMARY_LIMIT, width: Callable[[str], int] = len
) -> str:
    """A summary of at most so many characters, of which the number of the document is given up last.

    Args:
        parts: Texts by name in the order in which they stand, such as shop, event, ref, period. `event` says what happened, `ref`
            is the number of the document. What is None or blank is left out, what is there twice stands once.
        limit: How wide it may be.
        width: How wide a text is: its characters; a format that counts bytes gives its own measure.

    Returns:
        All parts, where they fit. Else the others go, the last first; then `event` is shortened, between characters; a `ref` that
        is too long by itself keeps its end, where numbers differ.

    Raises:
        PostingError: Nothing is given, or the limit has no room for one character.

    Example:
        >>> parts = {"shop": "旗舰店", "event": "快递费", "ref": "SF202610", "period": "2026-10"}
        >>> summary_text(parts)
        '旗舰店 快递费 SF202610 2026-10'
        >>> summary_text(parts, limit=16), summary_text(parts, limit=11), summary_text(parts, limit=5)
        ('旗舰店 快递费 SF202610', '快… SF202610', '…2610')
        >>> summary_text(parts, limit=16, width=lambda text: len(text.encode("gbk")))
        '快递费 SF202610'
    """
    if width(_ELLIPSIS) > limit:
        raise PostingError(f"a summary has at least one character, got a limit of {limit}", where="limit")
    plain = {name: plain_text(text) for name, text in parts.items() if text is not None}
    kept = _once({name: text for name, text in plain.items() if text})
    if not kept:
        raise PostingError("no part has a text", where="summary")
    for name in reversed([name for name in kept if name not in {_EVENT, _REF}]):
        if width(" ".join(kept.values())) <= limit:
            break
        if len(kept) > 1:
            del kept[name]
    text = " ".join(kept.values())
    return text if width(text) <= limit else _shortened(kept, limit, width)


def plain_text(text: str) -> str:
    """A text on one line: control characters, line breaks and direction marks become single spaces."""
    shown = (" " if unicodedata.category(character) in _UNPRINTABLE else character for character in text)
    return " ".join("".join(shown).split())


def _once(parts: Mapping[str, str]) -> dict[str, str]:
    """The parts, each text under its first name; the number of the document keeps its own."""
    first: dict[str, str] = {parts[_REF]: _REF} if _REF in parts else {}
    for name, text in parts.items():
        first.setdefault(text, name)
    return {name: text for name, text in parts.items() if first[text] == name}


def _shortened(parts: Mapping[str, str], limit: int, width: Callable[[str], int]) -> str:
    """Event and number, or the one part there is, cut to the limit."""
    ref = parts.get(_REF)
    if ref is None:
        return _cut(" ".join(parts.values()), lambda start: width(start) <= limit) or _ELLIPSIS
    event = parts.get(_EVENT)
    if event is not None:
        tail = f" {ref}"
        start = _cut(event, lambda start: width(start + tail) <= limit)
        if start:
            return f"{start}{tail}"
    return ref if width(ref) <= limit else _cut_front(ref, lambda end: width(end) <= limit) or _ELLIPSIS


def _cut(text: str, fits: Callable[[str], bool]) -> str:
    """The longest start of a text that fits, with a mark that something is missing; empty where not one character fits."""
    for length in range(len(text) - 1, 0, -1):
        if not _continues(text[length]) and fits(short := text[:length].rstrip() + _ELLIPSIS):
            return short
    return ""


def _cut_front(text: str, fits: Callable[[str], bool]) -> str:
    for start in range(1, len(text)):
        if not _continues(text[start]) and fits(short := _ELLIPSIS + text[start:].lstrip()):
            return short
    return ""


def _continues(character: str) -> bool:
    """Whether a character belongs to the one before it: accents, vowel signs, variants, skin tones."""
    return unicodedata.category(character).startswith("M") or ord(character) in _SKIN_TONES
