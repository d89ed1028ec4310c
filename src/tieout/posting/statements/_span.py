"""Spans: the days that a statement is of, and which lines of vouchers count in it."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

import attrs
import polars as pl

from tieout.errors import PostingError
from tieout.model import VoucherStatus
from tieout.posting._lines import VouchersLike, lines_of
from tieout.posting.book import Book
from tieout.posting.chart import member_of
from tieout.posting.period import Period
from tieout.proof import Check

__all__ = ["COUNTED", "Span", "Taken", "take_lines"]

COUNTED: Final[tuple[str, ...]] = ("prepared", "cashier_signed", "reviewed", "posted", "reversed")
"""Stages of vouchers that count: all that have a number, also where another takes them back. A draft is not in the books yet."""


@attrs.frozen(kw_only=True)
class Span:
    """The days of a statement, both included.

    Attributes:
        start: First day.
        end: Last day.
    """

    start: date
    end: date

    @classmethod
    def of(cls, period: Period | str | None, start: date | None, end: date | None) -> "Span":
        """The span of a period, or of two days.

        Raises:
            PostingError: Neither or both are given, or the last day is before the first.
        """
        if period is not None:
            if start is not None or end is not None:
                raise PostingError("a period, or start and end, are needed, got both", where="period")
            month = period if isinstance(period, Period) else Period.parse(period)
            return cls(start=month.first_day, end=month.last_day)
        if start is None or end is None:
            raise PostingError("a period, or start and end, are needed", where="period", hint="such as '2026-10'")
        if end < start:
            raise PostingError(f"the last day, {end}, is before the first, {start}", where="end")
        return cls(start=start, end=end)

    @property
    def eve(self) -> date:
        """The day before it."""
        return self.start - timedelta(days=1)

    def __str__(self) -> str:
        month = Period.of(self.start)
        if (self.start, self.end) == (month.first_day, month.last_day):
            return str(month)
        return f"{self.start} to {self.end}"


@attrs.frozen(kw_only=True, eq=False)
class Taken:
    """Lines of vouchers, told apart by their days.

    Attributes:
        before: Those of before the span that no opening balance has already.
        during: Those of the span.
        check: That no line was lost: lines given are those counted, and the others.
    """

    before: pl.DataFrame
    during: pl.DataFrame
    check: Check


def take_lines(
    vouchers: VouchersLike,
    *,
    book: Book,
    span: Span,
    since: date | None = None,
    statuses: Iterable[VoucherStatus | str] = COUNTED,
) -> Taken:
    """Tell the lines of a span from those of before it.

    Args:
        vouchers: Vouchers, or a frame of their lines.
        book: Whose vouchers they are.
        span: Days of the statement.
        since: Day of the opening balances, which have all lines up to its end; None without any.
        statuses: Stages of vouchers that count; a line that says none counts.

    Raises:
        PostingError: A line is of another book or currency, or given twice; a stage is unknown.
    """
    wanted = [member_of(VoucherStatus, status, where="statuses").value for status in statuses]
    lines = lines_of(vouchers)
    _require_own(lines, book)
    is_counted = pl.col("status").is_in(wanted).fill_null(value=True)
    is_known = pl.lit(value=False) if since is None else pl.col("date") <= since
    state = (
        pl.when(~is_counted)
        .then(pl.lit("of other stages"))
        .when(pl.col("date") > span.end)
        .then(pl.lit("later"))
        .when(pl.col("date") >= span.start)
        .then(pl.lit("of these days"))
        .when(is_known)
        .then(pl.lit("in the opening balances"))
        .otherwise(pl.lit("of before"))
    )
    told = lines.with_columns(state.alias("_state"))
    counts = dict(told.group_by("_state").agg(pl.len()).sort("_state").iter_rows())
    return Taken(
        before=told.filter(pl.col("_state") == "of before").drop("_state"),
        during=told.filter(pl.col("_state") == "of these days").drop("_state"),
        check=Check(name="lines", side="vouchers", currency=None, total=lines.height, parts=counts),
    )


def _require_own(lines: pl.DataFrame, book: Book) -> None:
    is_other = pl.col("book_id").is_not_null() & (pl.col("book_id") != (book.book_id or ""))
    for column, problem, mine in (
        ("book_id", is_other, f"the book is {book.book_id!r}"),
        ("currency", pl.col("currency") != book.currency, f"the book is kept in {book.currency}"),
    ):
        found = lines.filter(problem)
        if found.height:
            raise PostingError(
                f"{found.height:,} lines have {column} {found[column][0]!r}, {mine}",
                where=f"voucher {found['voucher_id'][0]}",
                hint="statements are of one book: hand the vouchers of one",
            )
    named = lines.filter(pl.col("line_no").is_not_null())
    again = named.filter(pl.struct("voucher_id", "part", "line_no").is_duplicated())
    if again.height:
        raise PostingError(
            "a voucher is given twice", where=f"voucher {again['voucher_id'][0]}", hint="each counts once: hand it once"
        )
