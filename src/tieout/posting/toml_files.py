"""TOML files of charts and VAT tables: read whole, refused by file and key."""

import tomllib
from collections.abc import Collection, Mapping
from importlib.resources.abc import Traversable
from typing import Any

from tieout.errors import PostingError

__all__ = ["read_toml", "require_keys", "require_text"]


def read_toml(file: Traversable, *, where: str) -> dict[str, Any]:
    """What a file holds.

    Args:
        file: The file.
        where: What the error names.

    Raises:
        PostingError: It is no TOML in UTF-8.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise PostingError(f"not a TOML file in UTF-8: {cause}", where=where) from cause


def require_keys(
    data: Mapping[str, Any], wanted: Collection[str], where: str, *, optional: Collection[str] = ()
) -> None:
    """Refuse a table that lacks a key, or has one that nobody knows.

    Args:
        data: The table.
        wanted: Keys it must have.
        where: What the error names.
        optional: Keys it may have.

    Raises:
        PostingError: A key is missing or unknown.
    """
    known = {*wanted, *optional}
    missing, extra = sorted(set(wanted) - data.keys()), sorted(data.keys() - known)
    if missing:
        raise PostingError(f"missing: {', '.join(missing)}; found: {', '.join(data) or 'nothing'}", where=where)
    if extra:
        raise PostingError(f"unknown: {', '.join(extra)}; known: {', '.join(sorted(known))}", where=where)


def require_text(value: object, where: str) -> str:
    """The value when it is text without spaces around it.

    Raises:
        PostingError: It is anything else.
    """
    if not isinstance(value, str) or not value.strip() or value != value.strip():
        hint = "write codes as text: quotes keep dots and zeros" if isinstance(value, (int, float)) else ""
        raise PostingError(f"text without spaces around it is needed, got {value!r}", where=where, hint=hint)
    return value
