"""Plain data: explanations as what JSON can hold, with every number exact."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import attrs

from tieout.matching.conditions._distance import Words

__all__ = ["plain_data"]


def plain_data(value: Any) -> Any:  # noqa: ANN401 - any record of an explanation, or a value in it
    """A value as dicts, lists, text, whole numbers of positions and counts, Booleans and None.

    Decimals and times become text, for a number of JSON is a float to many a reader; so do whole numbers of a record's own
    columns, which `Distance` holds. A sentence stands in both languages.

    Example:
        >>> plain_data({"gap": Decimal("0.30"), "at": (1, 2)})
        {'gap': '0.30', 'at': [1, 2]}
    """
    if isinstance(value, Words):
        return {"en": value.en, "zh": value.zh}
    if attrs.has(type(value)):
        return _record(value)
    if isinstance(value, dict):
        return {str(key): plain_data(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_data(one) for one in value]
    return _cell(value)


def _record(value: Any) -> dict[str, Any]:  # noqa: ANN401 - an attrs record
    cells = {"left", "right"} if hasattr(value, "gap") else set()
    told = {
        field.name: _own(getattr(value, field.name)) if field.name in cells else plain_data(getattr(value, field.name))
        for field in attrs.fields(type(value))
    }
    for name in ("sentence", "sentence_zh"):
        if hasattr(value, name):
            told[name] = str(getattr(value, name))
    return told


def _own(value: Any) -> Any:  # noqa: ANN401 - a cell of the caller's
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _cell(value)


def _cell(value: Any) -> Any:  # noqa: ANN401 - a value
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{Decimal(value // timedelta(microseconds=1)).scaleb(-6):f}"
    return str(value)
