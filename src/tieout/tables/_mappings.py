"""Mappings: a sequence of dicts, as columns.

The values under one key become one column, with Python only where a type asks for it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

import polars as pl

from tieout.errors import WrongColumnType
from tieout.tables._pandas import undecodable_at

__all__ = ["columns_of"]

_INT64 = 2**63


def columns_of(items: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """A frame of mappings; keys that some lack are null there.

    Args:
        items: At least one mapping.

    Raises:
        WrongColumnType: Values of several types stand under one key, or such as no column can hold.
    """
    names: list[Any] = list(dict.fromkeys(chain.from_iterable(items)))
    for name in names:
        if not isinstance(name, str) or undecodable_at([name]) is not None:
            raise WrongColumnType(f"a mapping's keys are column names, got {name!r}")
    if not names:
        return _inferred([dict(item) for item in items])
    return pl.DataFrame([_column(name, [item.get(name) for item in items]) for name in names])


def _column(name: str, values: list[Any]) -> pl.Series:
    kinds = dict.fromkeys(map(type, values))  # in the order they appear
    kinds.pop(type(None), None)
    words = dict.fromkeys("str" if issubclass(kind, str) else kind.__name__ for kind in kinds)
    if len(words) > 1 and set(words) != {"Decimal", "int"}:
        raise WrongColumnType(f"the mappings hold values of several types under {name!r}: {', '.join(words)}")
    build = _BUILDERS.get(next(iter(kinds))) if len(kinds) == 1 else None
    series = build(name, values) if build is not None else None
    if series is None:
        series = _inferred([{name: value} for value in values])[name]
    if series.dtype == pl.Object:
        raise WrongColumnType(f"no column can hold what the mappings have under {name!r}: {', '.join(words)}")
    return series


def _inferred(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Columns of types that Polars finds out value by value."""
    try:
        return pl.from_dicts(rows, infer_schema_length=None)
    except (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError) as cause:
        raise WrongColumnType(f"the mappings hold values that no column can hold: {cause}") from cause


def _texts(name: str, values: list[Any]) -> pl.Series:
    try:
        return pl.Series(name, values, dtype=pl.String)
    except ValueError as cause:  # half a surrogate pair is no text
        at = undecodable_at(values)
        raise WrongColumnType(f"mapping {at} holds half a character under {name!r}, which is no text") from cause


def _whole_numbers(name: str, values: list[Any]) -> pl.Series | None:
    known = [value for value in values if value is not None]
    return pl.Series(name, values, dtype=pl.Int64) if min(known) >= -_INT64 and max(known) < _INT64 else None


def _decimals(name: str, values: list[Any]) -> pl.Series:
    """Exact decimals by way of their text, with as many places as the longest has."""
    texts = pl.Series(name, [None if value is None else f"{value:f}" for value in values], dtype=pl.String)
    if texts.str.contains("[a-zA-Z]").any():
        raise WrongColumnType(f"the mappings hold a Decimal under {name!r} that is no finite number")
    places = texts.str.len_bytes().cast(pl.Int64) - texts.str.find(".", literal=True) - 1
    try:
        return texts.cast(pl.Decimal(38, int(places.max() or 0)))  # type: ignore[arg-type]
    except pl.exceptions.PolarsError as cause:
        raise WrongColumnType(f"the mappings hold a Decimal under {name!r} of more than 38 digits") from cause


def _dates(name: str, values: list[Any]) -> pl.Series:
    return pl.Series(name, values, dtype=pl.Date)


_BUILDERS: dict[type, Callable[[str, list[Any]], pl.Series | None]] = {
    str: _texts,
    int: _whole_numbers,
    Decimal: _decimals,
    date: _dates,
}
