"""Verdicts: how a check says what was expected and what it found."""

import difflib
import json
from collections.abc import Iterable
from typing import Any, NoReturn

__all__ = ["difference", "fail", "require", "some"]

_SHOWN = 3
_TEXT_LENGTH = 160
_DIFFERENCE_LINES = 40


def fail(expected: str, found: str) -> NoReturn:
    """End a check.

    Args:
        expected: What a format must do.
        found: What this one did.

    Raises:
        AssertionError: Always; an error of its own, since `python -O` takes `assert` away.
    """
    raise AssertionError(f"expected {expected}; found {found}")


def require(holds: bool, expected: str, found: str) -> None:  # noqa: FBT001 - a verdict reads as one
    """End a check unless something holds.

    Raises:
        AssertionError: It does not.
    """
    if not holds:
        fail(expected, found)


def some(things: Iterable[object]) -> str:
    """The first of several things, shortened, and how many there are."""
    texts = [text if len(text) <= _TEXT_LENGTH else f"{text[:_TEXT_LENGTH]}..." for text in map(str, things)]
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return "; ".join(texts[:_SHOWN]) + more if texts else "nothing"


def difference(expected: Any, found: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """Where two things differ, as lines of JSON with `-` for what was expected and `+` for what was found."""
    before, after = (json.dumps(thing, ensure_ascii=False, indent=1).splitlines() for thing in (expected, found))
    shown = list(difflib.unified_diff(before, after, "expected", "found", lineterm="", n=2))
    more = [f"... and {len(shown) - _DIFFERENCE_LINES} lines more"] if len(shown) > _DIFFERENCE_LINES else []
    return "\n".join(["a difference:", *shown[:_DIFFERENCE_LINES], *more])
