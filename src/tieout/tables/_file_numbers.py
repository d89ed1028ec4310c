"""Numbers of files: what stands for the number of a bill that has none, the beginning of the file's own hash.

The same bill saved again has another one, so such a number proves that two bills are the same, never that they are two.
"""

from typing import Final

import polars as pl

__all__ = ["file_number", "is_file_number"]

_LENGTH: Final = 16


def file_number(sha256: str) -> str:
    """The number of a file that says none.

    Args:
        sha256: Hash of its bytes.
    """
    return sha256[:_LENGTH]


def is_file_number(column: str) -> pl.Expr:
    """Whether a column of records holds the number of the file that they come from; null is none."""
    own = pl.col("source_sha256").str.slice(0, _LENGTH)
    return (pl.col(column) == own).fill_null(value=False)
