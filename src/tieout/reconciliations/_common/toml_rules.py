"""Rules in TOML: tables whose keys are the attributes of a rule; each complaint names the entry that it is about."""

import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, cast

import attrs

from tieout.errors import InputError

__all__ = ["is_tables", "number", "record_of", "tables_of", "text_of"]

_EIGHT = Decimal("0.00000001")
_MOST = Decimal(10) ** 15
T = TypeVar("T")


def text_of(file: Path) -> str:
    """The text of a file.

    Raises:
        InputError: It cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as cause:
        raise InputError(f"it cannot be read: {cause.strerror}", where=file.name) from cause
    except UnicodeDecodeError as cause:
        raise InputError("it is no text in UTF-8", where=file.name) from cause


def tables_of(text: str, names: Sequence[str], *, name: str) -> dict[str, list[Mapping[str, Any]]]:
    """The lists of tables that a text holds, with every number as it is written.

    Args:
        text: TOML.
        names: What the lists may be called.
        name: What the text is called in errors.

    Raises:
        InputError: The text is no TOML, or holds anything else.
    """
    try:
        parsed = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, ArithmeticError) as cause:
        raise InputError(f"it is no TOML: {cause}", where=name) from cause
    if not set(parsed) <= set(names) or not all(is_tables(part) for part in parsed.values()):
        tables = " and ".join(f"[[{one}]]" for one in names)
        raise InputError(f"tables {tables} are needed, and nothing else", where=name)
    return parsed


def is_tables(part: object) -> bool:
    """Whether a value is a list of tables."""
    return isinstance(part, list) and all(isinstance(entry, Mapping) for entry in part)


def record_of(
    kind: type[T],
    entry: Mapping[str, Any],
    *,
    needed: Sequence[str],
    decimals: Sequence[str],
    types: Mapping[str, type],
    where: str,
    **more: object,
) -> T:
    """The record that a table says.

    Args:
        kind: Its class.
        entry: The table.
        needed: Keys that it must have.
        decimals: Keys of numbers, which may be written as text too.
        types: Types of the other keys that are no text.
        where: The entry, for errors.
        **more: Values that do not come from the table.

    Raises:
        InputError: It lacks a key, has one too many, or says what the record cannot be.
    """
    known = {field.name for field in attrs.fields(cast("type[attrs.AttrsInstance]", kind))}
    unknown = sorted(set(entry) - known)
    missing = [name for name in needed if name not in entry]
    if unknown or missing:
        problem = f"unknown entries {', '.join(unknown)}" if unknown else f"{', '.join(missing)} is missing"
        raise InputError(problem, where=where)
    values = {
        name: _decimal(name, value, where) if name in decimals else _typed(name, value, types.get(name, str), where)
        for name, value in entry.items()
    }
    try:
        return kind(**values, **more)
    except InputError as cause:
        raise InputError(cause.problem, where=where) from cause


def _decimal(name: str, value: object, where: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise InputError(f"{name} is a number, got {value!r}", where=where)
    try:
        return Decimal(value)
    except ArithmeticError as cause:
        raise InputError(f"{name} is a number, got {value!r}", where=where) from cause


def _typed(name: str, value: T, wanted: type, where: str) -> T:
    if type(value) is not wanted:
        raise InputError(f"{name} is {wanted.__name__}, got {value!r}", where=where)
    return value


def number(value: object, name: str, where: str, *, most: Decimal | None = None) -> None:
    """Require of a rate or an amount that it is exact, where it is said.

    Args:
        value: What was given; None for nothing.
        name: What it is called.
        where: Whose it is, for errors.
        most: What it may be at most; None for more than anything costs.

    Raises:
        InputError: It is no Decimal, below zero, too large, or of more than eight decimals.
    """
    if value is None:
        return
    is_sound = isinstance(value, Decimal) and value.is_finite() and 0 <= value <= (most or _MOST)
    if not is_sound or cast("Decimal", value) % _EIGHT:
        upto = f"of {most or _MOST} at most"
        raise InputError(f"{name} is a Decimal of 0 or more, {upto} and of eight decimals, got {value!r}", where=where)
