"""What the files of Chinese bookkeeping programs have in common: how they name currencies, and what they write for nothing."""

from collections.abc import Sequence
from typing import Final

import polars as pl
from moneyed import CURRENCIES

from tieout.sources._words import CURRENCY_NAMES

__all__ = ["BOOK_CURRENCY", "original_currency_expr", "without_blanks"]

BOOK_CURRENCY: Final = "CNY"
"""Currency of the books unless the caller says another: they are kept in renminbi, but for few."""

_WORDS: Final = {**{code: code for code in CURRENCIES}, **CURRENCY_NAMES, "PRE001": "CNY"}
_BLANKS: Final = ("*", "none", "None", "~")


def original_currency_expr(*names: str) -> pl.Expr:
    """The currency in which an entry was made; null for words that are unknown, for the amounts of the book do without.

    Args:
        *names: Columns that name it or give its code, the first that is known counts.

    Example:
        >>> frame = pl.DataFrame({"name": ["美元", None, "本位币"], "code": ["PRE007", "usd", "PRE001"]})
        >>> frame.select(original_currency_expr("name", "code").alias("currency"))["currency"].to_list()
        ['USD', 'USD', 'CNY']
    """
    said = [
        pl.col(name).str.to_uppercase().replace_strict(_WORDS, default=None, return_dtype=pl.String) for name in names
    ]
    return pl.coalesce(said)


def without_blanks(frame: pl.DataFrame, *, words: Sequence[str] = (), numbers: Sequence[str] = ()) -> pl.DataFrame:
    """The rows without what programs write where nothing applies: `*` and `none` for words, zero for numbers.

    Args:
        frame: The parsed rows.
        words: Columns of words.
        numbers: Columns of numbers.
    """
    return frame.with_columns(
        *(pl.when(~pl.col(name).is_in(_BLANKS)).then(pl.col(name)).alias(name) for name in words),
        *(pl.when(pl.col(name) != 0).then(pl.col(name)).alias(name) for name in numbers),
    )
