"""Levels: accounts above others, whose figures are the sums of those below (科目级次)."""

from collections.abc import Callable, Sequence
from itertools import accumulate

import polars as pl

from tieout.errors import PostingError
from tieout.posting.statements._figures import FIGURES

__all__ = ["Levels", "ancestors_of", "level_of", "with_totals"]

Levels = bool | Sequence[int]
"""Whether accounts above others are shown: by the dots of codes, or by the lengths of their parts, such as 4, 2, 2."""


def _ends(code: str, levels: Levels) -> list[int]:
    """Where the code of each level ends."""
    if isinstance(levels, bool):
        return [at for at, character in enumerate(code) if character == "."] + [len(code)]
    ends = [end for end in accumulate(levels) if end < len(code)]
    return [*ends, len(code)]


def _checked(levels: Levels) -> Levels:
    if isinstance(levels, bool):
        return levels
    lengths: object = levels
    if not isinstance(lengths, Sequence) or not lengths or not all(isinstance(one, int) and one > 0 for one in lengths):
        raise PostingError(f"lengths such as (4, 2, 2) are needed, got {levels!r}", where="levels")
    return levels


def level_of(code: str, levels: Levels) -> int:
    """The level of an account, 1 for the first.

    Example:
        >>> level_of("2221.01.02", True), level_of("22210102", (4, 2, 2))
        (3, 3)
    """
    return len(_ends(code, _checked(levels)))


def ancestors_of(code: str, levels: Levels) -> list[str]:
    """The accounts above one, the first level first.

    Example:
        >>> ancestors_of("2221.01.02", True), ancestors_of("22210102", (4, 2, 2))
        (['2221', '2221.01'], ['2221', '222101'])
    """
    return [code[:end] for end in _ends(code, _checked(levels))[:-1]]


def with_totals(accounts: pl.DataFrame, levels: Levels, name_of: Callable[[str], str | None]) -> pl.DataFrame:
    """Accounts, and above them the sums of those below.

    An account that has lines of its own beside sub-accounts is there twice: as the total, and by itself.

    Args:
        accounts: One row per account, with its figures.
        levels: How codes say their level.
        name_of: Name of an account in the book; None where it has none.
    """
    names = dict(accounts.select("account", "account_name").iter_rows())
    above = {code: ancestors_of(code, levels) for code in names}
    parents = {parent for found in above.values() for parent in found}
    pairs = [
        (code, parent) for code, found in above.items() for parent in [*found, *([code] if code in parents else [])]
    ]
    links = pl.DataFrame(pairs, schema={"account": pl.String(), "total": pl.String()}, orient="row")
    sums = (
        links.join(accounts, on="account")
        .group_by("total")
        .agg(pl.col("currency").first(), pl.col("lines", *FIGURES).sum())
        .rename({"total": "account"})
    )
    below: dict[str, list[str]] = {}
    for code, parent in pairs:
        below.setdefault(parent, []).append(names[code] or "")
    named = [name_of(code) or _shared_name(below[code]) for code in sums["account"]]
    totals = sums.with_columns(pl.Series("account_name", named, dtype=pl.String), pl.lit(value=True).alias("is_total"))
    every = pl.concat(
        [accounts, totals.with_columns(pl.lit(1, dtype=pl.Int64).alias("level")).select(accounts.columns)]
    )
    level = [level_of(code, levels) for code in every["account"]]
    return every.with_columns(pl.Series("level", level, dtype=pl.Int64)).sort(
        "account", "is_total", descending=[False, True]
    )


def _shared_name(names: Sequence[str]) -> str | None:
    """What names of sub-accounts begin with, such as 应收账款 of 应收账款-平台; None where they share nothing."""
    parts = [name.split("-")[:-1] for name in names]
    shared = [found[0] for found in zip(*parts, strict=False) if len(set(found)) == 1]
    return "-".join(shared) or None
