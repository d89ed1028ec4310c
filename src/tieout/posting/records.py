"""Records: copies of frozen records with other values."""

from typing import Any, TypeVar

import attrs

__all__ = ["changed"]

T = TypeVar("T")


def changed(record: T, **values: Any) -> T:  # noqa: ANN401 - fields are of any type, and are checked by the record
    """A copy of a record with other values for some fields, checked like any new record."""
    return attrs.evolve(record, **values)  # type: ignore[misc]  # model records are attrs classes by their own decorator
