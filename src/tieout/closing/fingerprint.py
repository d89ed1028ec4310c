"""Fingerprints: whether a close would do again what was done already."""

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import attrs

import tieout
from tieout.closing.collect import Found
from tieout.closing.config import CloseConfig
from tieout.closing.folder import STATE

__all__ = ["fingerprint_of", "fingerprint_of_files"]

_SHOWERS: Final = ("XlsxWriter", "vl-convert-python", "typst", "polars")
"""Libraries on which it depends what is written, and how."""


def fingerprint_of_files(config: CloseConfig, files: Sequence[Found]) -> str:
    """Of all files and of how they are read.

    Args:
        config: What the close is told.
        files: As `found_files` gives them.

    Raises:
        OSError: A file cannot be read.
    """
    said = [[one.name, _hash(one.path), _placeless(one.rule, config)] for one in files]
    return _digest([tieout.__version__, version("polars"), said, dict(config.sources)])


def fingerprint_of(config: CloseConfig, files: str) -> str:
    """Of all that goes into a close: files, settings, contracts, what was carried to it, and the program itself.

    Args:
        config: What the close is told.
        files: As `fingerprint_of_files`.
    """
    showers = [[name, _version(name)] for name in _SHOWERS]
    before = None if config.opening is None else _hash(config.opening / STATE)
    placeless = attrs.evolve(config, out=Path("out"), path=None)
    return _digest([files, _placeless(placeless, config), dict(config.sources), before, showers])


def _placeless(said: object, config: CloseConfig) -> str:
    """What is told, without the folder that the config lies in: the same month closed elsewhere is the same close."""
    text = repr(said)
    return text if config.path is None else text.replace(f"{config.path.parent.as_posix()}/", "")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _hash(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
