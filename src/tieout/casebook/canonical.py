"""Canonical text: the one way a value is written before it is hashed, the same on every machine and for ever."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum

from moneyed import Money

from tieout.errors import CasebookError
from tieout.model.currency import to_units

__all__ = ["canonical", "digest", "moment_text"]


def moment_text(moment: datetime) -> str:
    """An aware datetime as `2026-10-31T08:00:00.000000Z`, which sorts as text.

    Raises:
        CasebookError: It has no time zone.
    """
    if moment.tzinfo is None:
        raise CasebookError("a time with its zone is needed, got one without", where="clock")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


_AS_THEY_ARE = frozenset({str, int, bool, type(None)})


def canonical(value: object) -> str:
    """JSON with sorted keys, no spaces and no floats; Money is `{"currency", "minor"}`, Decimals and days are text.

    Raises:
        CasebookError: It holds what has no canonical text, such as a float.

    Example:
        >>> canonical({"b": Decimal("1.50"), "a": Money("3.30", "CNY")})
        '{"a":{"currency":"CNY","minor":330},"b":"1.50"}'
    """
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _plain(value: object) -> object:
    kind = type(value)
    if kind in _AS_THEY_ARE:  # nearly all values, looked at first for speed
        return value
    match value:
        case Mapping():
            return {_key(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case set() | frozenset():
            return sorted((_plain(item) for item in value), key=str)
        case Money():
            code = value.currency.code
            return {"currency": code, "minor": to_units(value.amount, code)}
        case _:
            return _scalar(value)


def _scalar(value: object) -> object:
    match value:
        case Enum():
            return _scalar(value.value)
        case datetime():
            return moment_text(value)
        case Decimal() | date():
            return str(value)
        case None | bool() | int() | str():
            return value
        case _:
            raise CasebookError(f"a {type(value).__name__} cannot be kept in the log", where="body")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise CasebookError(f"names are text, got {key!r}", where="body")
    return str(key)


def digest(text: str) -> str:
    """SHA-256 of a text in UTF-8, as 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()
