"""Showing: the first rows of a Table for people, with amounts as amounts."""

from typing import Any, Final

import polars as pl

from tieout._notebook import ROWS_MAX, table
from tieout.model.currency import exponent, from_units, is_currency

__all__ = ["frame_table"]

_MINOR: Final = "_minor"
_TEXT_MAX: Final = 80


def frame_table(frame: pl.DataFrame) -> str:
    """The first rows of a frame as a table for a notebook; the last line says how many there are besides.

    Args:
        frame: A frame whose amounts are whole minor units, with their currency in a column beside.
    """
    first = frame.head(ROWS_MAX)
    currencies = {name: _currency_of(name, frame) for name in frame.columns}
    heads = [name.removesuffix(_MINOR) if currencies[name] else name for name in frame.columns]
    figures = {at for at, name in enumerate(frame.columns) if currencies[name] or frame.schema[name].is_numeric()}
    rows = [
        [_text(value, row.get(currencies[name] or "")) for name, value in row.items()]
        for row in first.iter_rows(named=True)
    ]
    return table(heads, rows, figures=figures, more=frame.height - first.height)


def _currency_of(name: str, frame: pl.DataFrame) -> str | None:
    """The column that says the currency of an amount; None for what is no amount."""
    if not name.endswith(_MINOR) or not frame.schema[name].is_integer():
        return None
    own = f"{name.removesuffix(_MINOR)}_currency"
    return next((column for column in (own, "currency") if column in frame.columns), None)


def _text(value: Any, currency: str | None) -> str:  # noqa: ANN401 - what frames hold
    if value is None:
        return ""
    if currency is not None and isinstance(value, int) and is_currency(currency):
        return f"{from_units(value, currency):,.{exponent(currency)}f}"
    text = str(value)
    return text if len(text) <= _TEXT_MAX else f"{text[: _TEXT_MAX - 1]}…"
