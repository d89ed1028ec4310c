"""Decimal marks: whether the amounts of a file have a point or a comma before their fraction."""

from collections.abc import Iterable

import polars as pl

from tieout.money import DecimalMark

__all__ = ["told_decimal_mark"]


def told_decimal_mark(columns: Iterable[pl.Series | None]) -> DecimalMark:
    """The mark that most amounts have before one or two last digits; the point where none has any.

    Amounts that have the other mark are then no amounts, and become rejects.

    Args:
        columns: Texts of amounts, null where blank; None for a column that is not there.

    Example:
        >>> told_decimal_mark([pl.Series(["1.234,50", "-3,1", "12"])]), told_decimal_mark([pl.Series(["1,234", "0.5"]), None])
        (<DecimalMark.COMMA: ','>, <DecimalMark.POINT: '.'>)
    """
    texts = [column.drop_nulls().str.strip_chars() for column in columns if column is not None]
    commas, points = (sum(int(text.str.contains(end).sum()) for text in texts) for end in (r",\d{1,2}$", r"\.\d{1,2}$"))
    return DecimalMark.COMMA if commas > points else DecimalMark.POINT
