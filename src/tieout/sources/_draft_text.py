"""Text of drafts: entries of a mapping as TOML, each with its reason beside it."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

__all__ = ["SECTIONS", "Entry", "mapping_of", "text_of"]

SECTIONS: Final = ("", "columns", "charges", "amounts", "types", "values", "constants")
_BARE = re.compile(r"^[A-Za-z0-9_-]+$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@attrs.frozen(kw_only=True)
class Entry:
    """One line of a mapping.

    Attributes:
        section: Table of the mapping, of `SECTIONS`.
        key: Its key.
        value: What it says.
        reason: Why, or what a person is asked.
        is_asked: Whether nobody can know it: it then stands as a comment that a person completes.
    """

    section: str = ""
    key: str
    value: Any
    reason: str
    is_asked: bool = False


def mapping_of(entries: Iterable[Entry]) -> dict[str, Any]:
    """What a person who completes nothing would be reading with."""
    found: dict[str, Any] = {}
    for entry in entries:
        if entry.section:
            found.setdefault(entry.section, {})
        if not entry.is_asked:
            (found[entry.section] if entry.section else found)[entry.key] = entry.value
    return found


def text_of(entries: Sequence[Entry], *, above: Sequence[str], below: Sequence[str]) -> str:
    """The TOML text.

    Args:
        entries: The entries; those of a section stay in their order.
        above: Comments for the top.
        below: Comments for the end.
    """
    lines = [_comment(text) for text in above]
    for section in SECTIONS:
        own = [entry for entry in entries if entry.section == section]
        if own:
            lines += ["", *([f"[{section}]"] if section else [])]
            lines += [_line(entry) for entry in own]
    lines += ["", *(_comment(text) for text in below)] if below else []
    return "\n".join(lines) + "\n"


def _line(entry: Entry) -> str:
    said = f"{_key(entry.key)} = {_value(entry.value)}"
    return f"# {said}  # ASK: {_plain(entry.reason)}" if entry.is_asked else f"{said}  # {_plain(entry.reason)}"


def _comment(text: str) -> str:
    return f"# {_plain(text)}".rstrip()


def _plain(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


def _key(key: str) -> str:
    return key if _BARE.match(key) else _quoted(key)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
