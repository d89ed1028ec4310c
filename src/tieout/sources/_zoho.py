"""Zoho Books: what its files have in common."""

from typing import Final

import polars as pl

__all__ = ["order_of"]

_ORDER: Final = r"Merchant Order ID:\s*([0-9A-Za-z][0-9A-Za-z_-]+)"
_NONE: Final = ("nan", "None")


def order_of(words: pl.Expr) -> pl.Expr:
    """The order number that words of a line name; null where they name none.

    Example:
        >>> words = ["Row ID: 97 - Merchant Order ID: 702-1278184-4976266", "Row ID: 114 - Merchant Order ID: nan"]
        >>> pl.DataFrame({"words": words}).select(order_of(pl.col("words")))["words"].to_list()
        ['702-1278184-4976266', None]
    """
    found = words.str.extract(_ORDER)
    return pl.when(~found.is_in(_NONE)).then(found).alias(words.meta.output_name())
