"""Rows of a pack: a row of a table with a check of its own, so that a changed one is named by its line."""

from collections.abc import Mapping
from typing import Any

from tieout.archive.links import json_text, sha256_of

__all__ = ["CHECK", "LOG", "checked", "is_whole", "log_row"]

LOG = "log.jsonl"
CHECK = "check"
"""Column that each row but an entry of the log has: the first 16 hex digits of the SHA-256 of the rest."""
_DIGITS = 16


def _check(row: Mapping[str, Any]) -> str:
    return sha256_of(json_text({name: value for name, value in row.items() if name != CHECK}))[:_DIGITS]


def checked(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its check."""
    return {**row, CHECK: _check(row)}


def is_whole(row: Mapping[str, Any]) -> bool:
    """Whether a row is what its check was made of."""
    return row.get(CHECK) == _check(row)


def log_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as the log has it: in a pack its body is an object, in the log it is text."""
    return {**row, "body": json_text(row["body"])}
