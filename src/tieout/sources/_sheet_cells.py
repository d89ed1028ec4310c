"""Cells of sheets as text, a column at a time.

The reader of workbooks gives each cell as a value of its own: text, number, truth, day or moment. Each becomes the text that a
person would copy. Rows are taken a few hundred at a time, so that their values are gone from memory before the next ones come;
numbers stay numbers until a whole column of them is turned into text at once.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import chain, groupby, islice
from typing import Any

import polars as pl

__all__ = ["cell_text", "text_columns"]

_BATCH_ROWS = 512
_EXACT_DIGITS = 15
_EXACT_LIMIT = 10**_EXACT_DIGITS
_NOTHING = {""}
_KNOWN_MAX = 10_000  # texts of days and moments that are remembered


def cell_text(value: object) -> str:  # noqa: PLR0911 - calamine gives cells of many types
    """A cell as text, exactly.

    Numbers have 15 digits in a spreadsheet; what a binary fraction shows beyond them is noise and is rounded off, and a
    whole number with more digits is written with an exponent, which `tieout.keys` knows as an id that lost digits.

    Example:
        >>> cell_text(10.3), cell_text(12.0), cell_text(0.1 + 0.2), cell_text(4.00123e27)
        ('10.3', '12', '0.3', '4.00123E+27')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value) if abs(value) < _EXACT_LIMIT else _with_exponent(float(value))
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return "" if value is None else str(value)


def _float_text(value: float) -> str:
    if not math.isfinite(value):
        return "#NUM!"
    if abs(value) >= _EXACT_LIMIT:
        return _with_exponent(value)
    text = f"{value + 0.0:.{_EXACT_DIGITS}g}"  # no zero below zero
    return f"{Decimal(text):f}" if "e" in text else text


def _with_exponent(value: float) -> str:
    digits, _, exponent = f"{value:.{_EXACT_DIGITS - 1}E}".partition("E")
    return f"{digits.rstrip('0').rstrip('.')}E+{int(exponent)}"


def text_columns(rows: Iterable[Sequence[Any]], width: int) -> list[pl.Series]:
    """The columns of rows that are all so many cells wide, each cell as `cell_text` has it.

    Args:
        rows: The rows, as calamine gives them.
        width: How many cells each has.

    Example:
        >>> [column.to_list() for column in text_columns([["运费", "税"], [12.5, ""], [3.0, True]], 2)]
        [['运费', '12.5', '3'], ['税', '', 'TRUE']]
    """
    columns: list[list[pl.Series]] = [[] for _ in range(width)]
    known = lru_cache(maxsize=_KNOWN_MAX, typed=True)(cell_text)
    for is_blank, batches in groupby(_batches(rows), key=_is_blank):
        if is_blank:
            nothing = pl.repeat("", sum(map(len, batches)), dtype=pl.String, eager=True)
            for parts in columns:
                parts.append(nothing)
            continue
        for batch in batches:
            for parts, cells in zip(columns, zip(*batch, strict=True), strict=True):
                parts.extend(_parts(cells, known))
    return [_joined(parts) for parts in columns]


def _batches(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    following = iter(rows)
    while batch := list(islice(following, _BATCH_ROWS)):
        yield batch


def _is_blank(batch: Sequence[Sequence[Any]]) -> bool:
    """Whether no row shows anything: above a cell far below, a workbook may have a million such rows."""
    ends = (batch[0], batch[-1])
    return all(set(row) == _NOTHING for row in ends) and set(chain.from_iterable(batch)) == _NOTHING


def _parts(cells: tuple[Any, ...], known: Callable[[Any], str]) -> Iterator[pl.Series]:
    """The cells as texts, or as numbers where they are nothing else or nothing at all."""
    kinds = set(map(type, cells))
    if kinds == {str}:
        yield pl.Series(cells, dtype=pl.String)
    elif kinds == {float}:
        yield pl.Series(cells, dtype=pl.Float64)
    elif kinds == {float, str} and not any(cell for cell in cells if type(cell) is str):
        yield pl.Series([cell if type(cell) is float else None for cell in cells], dtype=pl.Float64)
    else:
        yield pl.Series([cell if type(cell) is str else known(cell) for cell in cells], dtype=pl.String)


def _joined(parts: list[pl.Series]) -> pl.Series:
    """The parts of a column one below the other, as text."""
    runs = (pl.concat(list(run), rechunk=True) for _, run in groupby(parts, key=lambda part: part.dtype))
    texts = [_number_texts(run) if run.dtype == pl.Float64 else run for run in runs]
    return pl.concat(texts, rechunk=True) if texts else pl.Series(dtype=pl.String)


def _number_texts(numbers: pl.Series) -> pl.Series:
    """As `cell_text` for each number; nothing for null.

    The shortest digits that name a number are all that a spreadsheet shows of it unless they are more than 15.
    """
    texts = numbers.cast(pl.String).str.strip_suffix(".0").fill_null("")
    is_odd = (texts.str.len_bytes() > _EXACT_DIGITS) | texts.str.contains("[a-zN]|^-0$")
    odd = is_odd.arg_true()
    return texts.scatter(odd, [cell_text(number) for number in numbers.gather(odd)]) if len(odd) else texts
