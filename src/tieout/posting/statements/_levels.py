"""Levels: accounts above others, whose figures are the sums of those below (科目级次)."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

import attrs
import polars as pl

from tieout.errors import PostingError
from tieout.posting.book import Book
from tieout.posting.codes import infer_levels
from tieout.posting.statements._figures import FIGURES

__all__ = ["Levels", "Scheme", "with_totals"]

Levels = bool | Sequence[int]
"""Whether accounts above others are shown; or the digits of each level, such as 4, 2, 2, where the book does not say them."""


@attrs.frozen
class Scheme:
    """How codes say which account they are below.

    Attributes:
        lengths: Digits of each level of codes without dots; empty where they have one level.

    Example:
        >>> Scheme((4, 2, 2)).above("22210102"), Scheme((4, 2, 2)).above("2221.01.02")
        (['2221', '222101'], ['2221', '2221.01'])
    """

    lengths: tuple[int, ...]

    @classmethod
    def of(cls, book: Book, codes: Iterable[str], *, levels: Levels = True) -> "Scheme":
        """The scheme of a book's codes: as given, as its chart says, else as its codes look like.

        Raises:
            PostingError: The levels are no lengths.
        """
        if isinstance(levels, bool):
            own = [account.code for account in book.mapped.accounts.values()]
            return cls(book.mapped.code_levels or infer_levels([*own, *codes]) or ())
        lengths: object = levels
        if (
            not isinstance(lengths, Sequence)
            or not lengths
            or not all(isinstance(one, int) and one > 0 for one in lengths)
        ):
            raise PostingError(f"lengths such as (4, 2, 2) are needed, got {levels!r}", where="levels")
        return cls(tuple(lengths))

    def above(self, code: str) -> list[str]:
        """The accounts above one, the first level first."""
        dots = [at for at, character in enumerate(code) if character == "."]
        ends = dots if dots or not code.isdigit() else accumulate(self.lengths)
        return [code[:end] for end in ends if end < len(code)]

    def level(self, code: str) -> int:
        """The level of an account, 1 for the first."""
        return len(self.above(code)) + 1

    def below(self, code: str, codes: Iterable[str]) -> list[str]:
        """Those of some accounts that are this one or below it."""
        return [one for one in codes if one == code or code in self.above(one)]


def with_totals(accounts: pl.DataFrame, scheme: Scheme, book: Book) -> pl.DataFrame:
    """Accounts, and above them the sums of those below.

    An account that has lines of its own beside sub-accounts is there twice: as the total, and by itself.

    Args:
        accounts: One row per account, with its figures.
        scheme: How codes say their level.
        book: Whose names accounts have.
    """
    names = dict(accounts.select("account", "account_name").iter_rows())
    above = {code: scheme.above(code) for code in names}
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
    named = [book.account_name(code) or _shared_name(below[code]) for code in sums["account"]]
    totals = sums.with_columns(
        pl.Series("account_name", named, dtype=pl.String),
        pl.lit(value=True).alias("is_total"),
        pl.lit(1, dtype=pl.Int64).alias("level"),
    )
    every = pl.concat([accounts, totals.select(accounts.columns)])
    level = [scheme.level(code) for code in every["account"]]
    return every.with_columns(pl.Series("level", level, dtype=pl.Int64)).sort(
        "account", "is_total", descending=[False, True]
    )


def _shared_name(names: Sequence[str]) -> str | None:
    """What names of sub-accounts begin with, such as 应收账款 of 应收账款-平台; None where they share nothing."""
    parts = [name.split("-")[:-1] for name in names]
    shared = [found[0] for found in zip(*parts, strict=False) if len(set(found)) == 1]
    return "-".join(shared) or None
