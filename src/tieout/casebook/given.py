"""Given: arguments as a casebook needs them; anything else is told with what was expected."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

import polars as pl

from tieout.errors import CasebookError
from tieout.privacy import mask_text

__all__ = ["mapping_of", "of_kind", "reason_of", "several_of", "texts_of"]

T = TypeVar("T")


def of_kind(given: object, kind: type[T], wanted: str, *, where: str) -> T:
    """An argument, where it is of the kind that is needed: True is no number here, and a time is no day.

    Args:
        given: What a caller gave.
        kind: What it has to be.
        wanted: What that is called in an error.
        where: Name of the argument.

    Raises:
        CasebookError: It is something else.

    Example:
        >>> of_kind(3, int, "a number", where="limit")
        3
    """
    is_other = (kind is int and isinstance(given, bool)) or (kind is date and isinstance(given, datetime))
    if is_other or not isinstance(given, kind):
        raise CasebookError(f"{wanted} is needed, got {type(given).__name__}", where=where)
    return given


def mapping_of(given: object, wanted: str, *, where: str) -> Mapping[Any, Any]:
    """A mapping.

    Raises:
        CasebookError: It is something else.

    Example:
        >>> mapping_of({"c1": 1}, "numbers by case id", where="seen")
        {'c1': 1}
    """
    if not isinstance(given, Mapping):
        raise CasebookError(f"{wanted} are needed, got {type(given).__name__}", where=where)
    return given


def reason_of(given: object) -> str | None:
    """What somebody says of an act, masked; None where nothing is said.

    Raises:
        CasebookError: It is no text.

    Example:
        >>> reason_of("asked 13800005678")
        'asked 138****5678'
    """
    return None if given is None else mask_text(of_kind(given, str, "text", where="reason"))


def several_of(given: object, kind: type[T], wanted: str, *, where: str) -> tuple[T, ...]:
    """One of a kind or several.

    Raises:
        CasebookError: It is neither, or one of them is of another kind.

    Example:
        >>> several_of([1, 2], int, "a number", where="numbers")
        (1, 2)
    """
    if isinstance(given, kind):
        return (given,)
    if not isinstance(given, Iterable):
        raise CasebookError(f"{wanted} is needed, got {type(given).__name__}", where=where)
    return tuple(of_kind(one, kind, wanted, where=where) for one in given)


def texts_of(given: object, wanted: str, *, where: str) -> tuple[str, ...]:
    """One text or several.

    Args:
        given: What a caller gave.
        wanted: What the texts are called in an error, such as `ids of cases`.
        where: Name of the argument.

    Raises:
        CasebookError: It is neither, or one of them is no text.

    Example:
        >>> texts_of(["c1", "c2"], "ids of cases", where="case_ids")
        ('c1', 'c2')
    """
    if not isinstance(given, Iterable) or isinstance(given, bytes | Mapping | pl.DataFrame):
        raise CasebookError(f"{wanted} are text, got {type(given).__name__}", where=where)
    texts = (given,) if isinstance(given, str) else tuple(given)
    kinds: set[type] = {type(one) for one in texts if not isinstance(one, str)}
    if kinds:
        raise CasebookError(f"{wanted} are text, got {min(one.__name__ for one in kinds)}", where=where)
    return texts
