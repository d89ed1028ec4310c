"""Exempting: what a small-scale taxpayer need not pay of the VAT of a month whose sales are small (V-34)."""

from collections.abc import Sequence

import polars as pl
from moneyed import Money

from tieout.errors import PostingError
from tieout.model import Event
from tieout.money import from_minor, require_same_currency, to_minor
from tieout.posting._lines import VouchersLike, lines_of
from tieout.posting.book import Book
from tieout.posting.period import Period
from tieout.posting.tracing import stable_id

__all__ = ["exempted_vat"]

_SALES = ("revenue", "other_revenue")


def exempted_vat(
    vouchers: VouchersLike, *, book: Book, period: str | Sequence[str], kept: Money | None = None
) -> Event | None:
    """The VAT that falls away at the end of a period with small sales, as an event to post (`domain.md` V-34).

    Sales are what the vouchers credit to revenue, without tax, refunds taken off; they may reach the limit of the book's
    VAT table. Vouchers that took VAT away before are not looked at, so that the event is the same in every run.

    Args:
        vouchers: Vouchers of the book, those of the period among them.
        book: A small-scale taxpayer's; nothing falls away for others.
        period: Month, or months when VAT is filed for several: their limits are summed.
        kept: VAT of sales with a special invoice, which stays due; None when there is none.

    Returns:
        A `vat.exempted` of the last day of the period; None when nothing falls away.

    Raises:
        PostingError: The book has no VAT table, or the table is in another currency; no month is given.
        CurrencyMismatch: `kept` is in another currency than the book.
    """
    months = sorted({Period.parse(month) for month in ([period] if isinstance(period, str) else period)})
    if not months:
        raise PostingError("at least one month is needed, got none", where="period")
    limit = _limit_minor(book, months)
    if limit is None:
        return None
    lines = _lines_of_period(vouchers, book, months)
    amount = pl.col("credit_minor").fill_null(0) - pl.col("debit_minor").fill_null(0)
    sales = lines.filter(pl.col("role").is_in(_SALES)).select(amount.sum()).item()
    due = lines.filter(pl.col("role") == "vat_small").select(amount.sum()).item()
    if kept is not None:
        require_same_currency(kept, from_minor(0, book.currency))
        due -= to_minor(kept)
    if sales > limit or due <= 0:
        return None
    names = [str(month) for month in months]
    return Event(
        event_id=stable_id("event", "vat.exempted", book.book_id or "", *names),
        kind="vat.exempted",
        occurred_on=months[-1].last_day,
        document=f"VAT {'+'.join(names)}",
        book_id=book.book_id,
        amount=from_minor(due, book.currency),
        details={
            "sales": str(from_minor(sales, book.currency).amount),
            "limit": str(from_minor(limit, book.currency).amount),
        },
    )


def _limit_minor(book: Book, months: Sequence[Period]) -> int | None:
    """Sales up to which nothing is owed; None where that is for others, or was at other times."""
    if book.vat is None:
        raise PostingError("the book has no VAT table", where="Book.vat", hint="give Book(vat='cn') or one of your own")
    found = [book.vat.exemption(month.last_day, taxpayer=book.taxpayer) for month in months]
    limits = [one.monthly_sales for one in found if one is not None]
    if len(limits) < len(months):
        return None
    if book.vat.currency != book.currency:
        raise PostingError(
            f"the limit of VAT table {book.vat.name!r} is in {book.vat.currency}, the book is kept in {book.currency}",
            where="Book.vat",
        )
    return sum(to_minor(Money(limit, book.currency)) for limit in limits)


def _lines_of_period(vouchers: VouchersLike, book: Book, months: Sequence[Period]) -> pl.DataFrame:
    lines = lines_of(vouchers).filter(
        pl.col("period").is_in([str(month) for month in months]), pl.col("book_id").eq_missing(pl.lit(book.book_id))
    )
    exempting = lines.filter(pl.col("role") == "relief_income").select("voucher_id").unique()
    return lines.join(exempting, on="voucher_id", how="anti")
