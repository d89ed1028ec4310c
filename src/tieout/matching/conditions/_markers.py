"""Markers: texts that stand where nothing is known, such as `-` and `无`."""

import polars as pl

from tieout.keys.dirt import EMPTY_MARKERS

__all__ = ["known_text", "says_nothing"]

_NOTHING = sorted(EMPTY_MARKERS - {"0"})  # no id is 0, but an attribute may well be


def says_nothing(value: object) -> bool:
    """Whether a value is null, blank or a marker.

    Example:
        >>> says_nothing(None), says_nothing(" - "), says_nothing("n/a"), says_nothing("0"), says_nothing(0)
        (True, True, True, False, False)
    """
    return value is None or (isinstance(value, str) and value.strip().upper() in _NOTHING)


def known_text(text: pl.Expr) -> pl.Expr:
    """Text as it is, null where it is blank or a marker."""
    return pl.when(~text.str.strip_chars().str.to_uppercase().is_in(_NOTHING)).then(text)
