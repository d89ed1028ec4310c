"""What mappings make of a file: orders and their parcels may stand in one, which lies there twice, mapped to each."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["record_of_mapping"]


def record_of_mapping(mapping: Path | Mapping[str, Any] | None) -> str:
    """The name of the record that a line becomes; empty where none is said, or nobody can read it.

    Args:
        mapping: A mapping, or the TOML file that holds it; None for a file that a format knows.
    """
    if isinstance(mapping, Path):
        try:
            mapping = tomllib.loads(mapping.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError):  # it is told where the file is read
            return ""
    said = (mapping or {}).get("record", "")
    return said.__name__ if isinstance(said, type) else str(said)
