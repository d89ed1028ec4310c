"""Docstrings for the site: ours mark code as Markdown does, and Sphinx reads reStructuredText."""

import enum
import re
from collections.abc import Iterator, Sequence
from typing import Any

from sphinx.application import Sphinx
from sphinx.domains.python import PyObject

CODE = re.compile(r"(?<![`:\w])`([^`\n]+)`(?!`)")
SPECIAL = re.compile(r"([*|]|(?<=\w)_(?!\w))")
FENCE = "```"


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", rewrite, priority=400)  # before Napoleon, which has 500
    app.connect("autodoc-process-signature", shorten)
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"  # as the section is called in our docstrings
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def rewrite(_app: Sphinx, what: str, _name: str, value: Any, _options: Any, lines: list[str]) -> None:
    """Turn a docstring, in place, into what Sphinx reads; an enumeration tells its values besides."""
    lines[:] = translated(lines)
    if what == "class" and isinstance(value, enum.EnumMeta):
        lines += ["", "Values: " + ", ".join(f"``{member.value}``" for member in value) + ".", ""]


def translated(lines: Sequence[str]) -> Iterator[str]:
    """The lines of a docstring; examples and fenced blocks keep their text."""
    in_example = in_fence = False
    for line in list(lines):
        if line.strip() == FENCE:
            in_fence = not in_fence
            yield from ("::", "") if in_fence else ("",)
        elif in_fence:
            yield f"    {line}"
        else:
            in_example = line.lstrip().startswith(">>>") or (in_example and bool(line.strip()))
            yield line if in_example else as_restructured(line)


def as_restructured(line: str) -> str:
    """A line of prose whose code stands between single backticks."""
    parts = CODE.split(line)
    for place, part in enumerate(parts):
        if place % 2:
            parted = "\\ " if parts[place + 1][:1].isalnum() else ""
            parts[place] = f"``{part.strip()}``{parted}"
        else:
            parts[place] = SPECIAL.sub(r"\\\1", part)
    return "".join(parts)


def shorten(
    _app: Sphinx, _what: str, _name: str, _value: Any, _options: Any, signature: str | None, returns: str | None
) -> Any:
    """Show a default that is made anew each time as three dots."""
    return (signature or "").replace("NOTHING", "...") or None, returns
