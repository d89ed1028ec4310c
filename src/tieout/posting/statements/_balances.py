"""Balances: the opening of a statement, of lines and of balances that were handed in, by account and dimension."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

import attrs
import polars as pl

from tieout.errors import PostingError
from tieout.model import AccountBalance
from tieout.money import to_minor
from tieout.posting.book import Book
from tieout.posting.statements._span import Span

__all__ = ["AUX", "DIMENSIONS", "Opening", "opening_of", "with_dimensions"]

AUX: Final[Mapping[str, tuple[str, ...]]] = {
    "platform": ("platform",),
    "shop_id": ("shop", "shop_id"),
    "party": ("party", "supplier", "customer"),
    "warehouse": ("warehouse",),
}
"""Keys of `JournalLine.aux` that say a dimension of `AccountBalance`; the first that is there counts."""
DIMENSIONS: Final = tuple(AUX)
_SCHEMA: Final = {
    "account": pl.String(),
    **dict.fromkeys(DIMENSIONS, pl.String()),
    "account_name": pl.String(),
    "opening_minor": pl.Int64(),
}
_FOREIGN: Final = {"account": pl.String(), "foreign_currency": pl.String(), "opening_minor": pl.Int64()}


@attrs.frozen(kw_only=True, eq=False)
class Opening:
    """Balances that a statement begins with.

    Attributes:
        since: Day at whose end they stand; None when there are none.
        balances: `account`, the dimensions, `account_name` and `opening_minor`, signed as debits less credits.
        foreign: `account`, `foreign_currency` and `opening_minor`; None when it is not known what accounts held in other
            currencies.
    """

    since: date | None
    balances: pl.DataFrame
    foreign: pl.DataFrame | None


def opening_of(given: Iterable[AccountBalance] | None, *, book: Book, span: Span) -> Opening:
    """The opening that balances of accounts are.

    A balance that others of the list come to, of its sub-accounts or of its dimensions, is their total and does not count again.

    Raises:
        PostingError: A balance is of another book, currency or day than the others, or not of before the span.
    """
    if given is None:
        return Opening(since=None, balances=pl.DataFrame(schema=_SCHEMA), foreign=pl.DataFrame(schema=_FOREIGN))
    balances = tuple(given)
    for one in balances:
        _require_own(one, book)
    days = sorted({one.as_of for one in balances})
    if len(days) > 1 or (days and days[0] >= span.start):
        listed = ", ".join(map(str, days))
        raise PostingError(f"balances of one day before {span.start} are needed, got {listed}", where="opening")
    totals = _totals(balances)
    rows = [
        (one.account, *(getattr(one, name) for name in DIMENSIONS), one.account_name, to_minor(one.amount))
        for at, one in enumerate(balances)
        if at not in totals
    ]
    foreign = None if balances else pl.DataFrame(schema=_FOREIGN)
    since = days[0] if days else None
    return Opening(since=since, balances=pl.DataFrame(rows, schema=_SCHEMA, orient="row"), foreign=foreign)


def _require_own(one: object, book: Book) -> None:
    if not isinstance(one, AccountBalance):
        raise PostingError(f"AccountBalances are needed, got {type(one).__name__}", where="opening")
    if one.book_id is not None and one.book_id != book.book_id:
        raise PostingError(
            f"account {one.account} is of book {one.book_id!r}, this is {book.book_id!r}", where="opening"
        )
    code = one.amount.currency.code
    if code != book.currency:
        raise PostingError(f"account {one.account} is in {code}, the book is kept in {book.currency}", where="opening")


def _totals(balances: Sequence[AccountBalance]) -> set[int]:
    """Positions of balances that the lowest ones below them come to: those of sub-accounts, or of dimensions."""
    wholes = {at for at, one in enumerate(balances) if _is_whole(one)}
    order = sorted(range(len(balances)), key=lambda at: balances[at].account)
    codes = [balances[at].account for at in order]
    below: dict[int, list[int]] = {}
    for at in wholes:
        code = balances[at].account
        found = []
        for place in range(bisect_left(codes, code), len(codes)):
            if not codes[place].startswith(code):
                break
            other = order[place]
            if codes[place] != code or other not in wholes:
                found.append(other)
        below[at] = found
    candidates = {at for at, found in below.items() if found}
    return {
        at
        for at in candidates
        if to_minor(balances[at].amount)
        == sum(to_minor(balances[other].amount) for other in below[at] if other not in candidates)
    }


def _is_whole(one: AccountBalance) -> bool:
    return all(getattr(one, name) is None for name in DIMENSIONS)


def with_dimensions(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines with a column for each dimension, as their `aux` says it; null where it does not."""
    said = [
        pl.coalesce(pl.col("aux").str.json_path_match(f"$.{key}") for key in keys).alias(name)
        for name, keys in AUX.items()
    ]
    known = lines.select("aux").unique().with_columns(said)  # few texts, on many lines
    return lines.join(known, on="aux", how="left", nulls_equal=True, maintain_order="left")
