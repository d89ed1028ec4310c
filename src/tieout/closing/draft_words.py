"""TOML as it is written: texts, keys and comments."""

import json
import re
from collections.abc import Iterator
from typing import Final

__all__ = ["comment", "quoted", "table"]

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def quoted(text: str) -> str:
    """A text in quotes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def table(name: str) -> str:
    """A key as a part of a table's name."""
    return name if _BARE.fullmatch(name) else quoted(name)


def comment(*lines: str) -> Iterator[str]:
    """Lines as comments."""
    yield from (f"# {line}" for line in lines)
