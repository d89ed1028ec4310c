"""pandas frames: what stands in their columns of Python objects, looked at before Arrow guesses from the first value.

Of dates and times mixed Arrow keeps the dates, and to times with and without a zone it gives the zone of the first: both without
a word, and both wrong by hours.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from numbers import Integral
from typing import Any

import polars as pl

from tieout.errors import InputError, MissingExtra, WrongColumnType

__all__ = ["from_pandas", "require_distinct", "undecodable_at"]

_NOTHING = {"NoneType", "NAType", "NaTType"}
_EXACT = {"int", "Decimal"}


def from_pandas(frame: Any) -> pl.DataFrame:  # noqa: ANN401 - pandas is not imported for its type
    """Its columns, without the index.

    Raises:
        InputError: Several columns have one name.
        WrongColumnType: A column holds values of several types, or such as no column can hold.
        MissingExtra: pyarrow, which pandas needs for this, is not installed.
    """
    require_distinct([str(name) for name in frame.columns], what="pandas frame")
    objects = {
        str(name): frame.iloc[:, at].tolist()
        for at, name in enumerate(frame.columns)
        if str(frame.dtypes.iloc[at]) == "object"
    }
    for name, values in objects.items():
        _require_one_kind(name, values)
    try:
        converted: pl.DataFrame = pl.from_pandas(frame, include_index=False)
    except ImportError as cause:
        raise MissingExtra("pyarrow", extra="pandas", purpose="reading a pandas frame") from cause
    except UnicodeEncodeError as cause:
        places = {name: undecodable_at(values) for name, values in objects.items()}
        name, at = next(((name, at) for name, at in places.items() if at is not None), ("?", None))
        problem = f"column {name!r} of the pandas frame holds half a character in row {at}, which is no text"
        raise WrongColumnType(problem) from cause
    except (pl.exceptions.PolarsError, TypeError, ValueError) as cause:
        raise WrongColumnType(f"the pandas frame has a column that no column of ours can hold: {cause}") from cause
    return converted.with_columns(pl.lit(None).alias(name) for name, values in objects.items() if _is_blank(values))


def require_distinct(names: Sequence[str], *, what: str) -> None:
    """Refuse a frame with several columns of one name.

    Raises:
        InputError: It has.
    """
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"several columns of the {what} are named {', '.join(map(repr, twice))}", hint="rename or drop all but one"
        )


def undecodable_at(values: Sequence[Any]) -> int | None:
    """Position of the first text that has half a surrogate pair, and so is no text at all; None without any."""
    for at, value in enumerate(values):
        if isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError:
                return at
    return None


def _require_one_kind(name: str, values: list[Any]) -> None:
    kinds = {kind: _word(kind) for kind in dict.fromkeys(map(type, values))}
    words = dict.fromkeys(word for word in kinds.values() if word not in _NOTHING)
    if "float" in words and len(words) > 1 and _is_all_nan(values):
        del words["float"]
    if words.keys() == {"datetime"} and len({value.tzinfo is None for value in values if _is_time(value)}) > 1:
        words = dict.fromkeys(["datetime with a time zone", "datetime without one"])
    if len(words) > 1 and set(words) != _EXACT:
        raise WrongColumnType(f"column {name!r} of the pandas frame holds values of several types: {', '.join(words)}")
    at = undecodable_at(values) if "str" in words else None
    if at is not None:
        raise WrongColumnType(
            f"column {name!r} of the pandas frame holds half a character in row {at}, which is no text"
        )


def _is_blank(values: list[Any]) -> bool:
    """Whether no value says what the column holds, as in the frame of a query that found nothing."""
    words = {_word(kind) for kind in set(map(type, values))} - _NOTHING
    return not words or (words == {"float"} and _is_all_nan(values))


def _is_all_nan(values: list[Any]) -> bool:
    """Whether all of its floats are NaN, which is how pandas writes what is missing."""
    return all(math.isnan(value) for value in values if _word(type(value)) == "float")


def _is_time(value: object) -> bool:
    return isinstance(value, datetime) and type(value).__name__ not in _NOTHING


def _word(kind: type) -> str:
    """What a type is called when types are told apart: numpy's and Python's whole numbers are the same."""
    for base in (str, bool, Integral, float):
        if issubclass(kind, base):
            return "int" if base is Integral else base.__name__
    return "datetime" if issubclass(kind, datetime) and kind.__name__ not in _NOTHING else kind.__name__
