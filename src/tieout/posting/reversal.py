"""Reversal: taking a voucher back, in red or with sides swapped (`domain.md` 7.6)."""

import datetime as dt

from tieout.errors import PostingError
from tieout.model import JournalLine, Voucher, VoucherKind, VoucherStatus
from tieout.model._record import changed
from tieout.posting.book import Book
from tieout.posting.chart import Language, ReversalStyle, member_of
from tieout.posting.period import Period
from tieout.posting.tracing import stable_id

__all__ = [
    "automatic_id",
    "build_reversal",
    "is_automatic",
    "name_of",
    "reverse",
    "to_swap",
    "withdraw",
    "withdrawal_id",
]


def reverse(
    voucher: Voucher,
    *,
    style: ReversalStyle | str,
    date: dt.date,
    summary: str | None = None,
    language: Language | str = Language.ZH,
) -> Voucher:
    """The voucher that takes another back; reversing the same voucher again gives the same id.

    Args:
        voucher: What is taken back.
        style: `red_negative` repeats its lines with negative amounts, `swap_sides` puts each on the other side.
        date: Day of the reversal, which decides its period.
        summary: Text of every line; the wording of 会计基础工作规范 §51 when None.
        language: Language of that wording.

    Returns:
        A draft without a number; `number_vouchers` numbers it.

    Raises:
        PostingError: The day is before the voucher's own, or the style is unknown.

    Example:
        >>> from moneyed import Money
        >>> from tieout.model import JournalLine
        >>> lines = (
        ...     JournalLine(line_no=1, summary="运费", account="5601.05", debit=Money("3.30", "CNY")),
        ...     JournalLine(line_no=2, summary="运费", account="2202.02", credit=Money("3.30", "CNY")),
        ... )
        >>> day = dt.date(2026, 10, 31)
        >>> voucher = Voucher(voucher_id="a", period="2026-10", word="记", number=5, date=day, lines=lines)
        >>> red = reverse(voucher, style="red_negative", date=dt.date(2026, 11, 1))
        >>> red.lines[0].debit, red.lines[0].summary
        (Money('-3.30', 'CNY'), '注销10月31日记-5号凭证')
    """
    style = member_of(ReversalStyle, style, where="style")
    if date < voucher.date:
        raise PostingError(f"a voucher of {voucher.date} cannot be taken back on {date}", where=voucher.voucher_id)
    text = summary or naming(voucher, chinese="注销", english="reversal of", language=language)
    red = changed(
        voucher,
        voucher_id=automatic_id(voucher.voucher_id),
        period=str(Period.of(date)),
        date=date,
        number=None,
        part=None,
        parts=None,
        lines=tuple(_negated(line, text) for line in voucher.lines),
        reviewer=None,
        poster=None,
        cashier=None,
        supervisor=None,
        status=VoucherStatus.DRAFT,
        kind=VoucherKind.REVERSAL,
        event_ids=(),
        reversal_of=voucher.voucher_id,
    )
    return to_swap(red) if style is ReversalStyle.SWAP_SIDES else red


def automatic_id(voucher_id: str) -> str:
    """Id of the reversal of a voucher; of an accrual, that of its reversal on the first day of the next period."""
    return stable_id("reversal", voucher_id)


def withdrawal_id(voucher_id: str) -> str:
    """Id of the voucher that takes an accrual back before its time, when its events have changed."""
    return stable_id("withdrawal", voucher_id)


def is_automatic(reversal: Voucher, voucher: Voucher) -> bool:
    """Whether a reversal is the one that an accrual ends by in the next period."""
    return (
        voucher.kind is VoucherKind.ACCRUAL
        and reversal.period != voucher.period
        and reversal.voucher_id == automatic_id(voucher.voucher_id)
    )


def withdraw(
    voucher: Voucher, end: Voucher | None, *, style: ReversalStyle | str, date: dt.date, language: Language | str
) -> tuple[Voucher, ...]:
    """The vouchers that take one back: of an accrual that ends by itself, one more that takes back its end.

    Args:
        voucher: What is taken back.
        end: The reversal by which an accrual ends; None for any other voucher.
        style: As `reverse` takes it.
        date: Day of the reversal; the end is taken back on its own day where that is later.
        language: Language of the summaries.
    """
    red = reverse(voucher, style=style, date=date, language=language)
    if end is None:
        return (red,)
    back = reverse(end, style=style, date=max(date, end.date), language=language)
    return changed(red, voucher_id=withdrawal_id(voucher.voucher_id)), back


def to_swap(voucher: Voucher) -> Voucher:
    """The same voucher without red figures: a negative debit becomes a credit, a negative credit a debit.

    Example:
        >>> from moneyed import Money
        >>> from tieout.model import JournalLine
        >>> lines = (
        ...     JournalLine(line_no=1, summary="s", account="1", debit=Money("-3.30", "CNY")),
        ...     JournalLine(line_no=2, summary="s", account="2", credit=Money("-3.30", "CNY")),
        ... )
        >>> voucher = Voucher(voucher_id="a", period="2026-11", word="记", date=dt.date(2026, 11, 1), lines=lines)
        >>> to_swap(voucher).lines[0].credit
        Money('3.30', 'CNY')
    """
    return voucher.without_red()


def naming(voucher: Voucher, *, chinese: str, english: str, language: Language | str) -> str:
    """What is done to a voucher, with its day and name: 注销10月31日记-5号凭证.

    Args:
        voucher: What is named.
        chinese: The verb in Chinese, such as 注销.
        english: The words before its name in English, such as `reversal of`.
        language: Which of them.
    """
    if member_of(Language, language, where="language") is Language.EN:
        return f"{english} {name_of(voucher)} of {voucher.date}"
    return f"{chinese}{voucher.date.month}月{voucher.date.day}日{name_of(voucher)}号凭证"


def build_reversal(accrual: Voucher, *, book: Book) -> Voucher:
    """The voucher that takes an accrual back on the first day of the next period (V-23r), without a number.

    Raises:
        PostingError: That period is locked.
    """
    period = Period.parse(accrual.period).next
    if str(period) in book.locked_periods:
        raise PostingError(
            f"an accrual of {accrual.period} is taken back in {period}, which is locked", where="Book.locked_periods"
        )
    summary = naming(accrual, chinese="冲回", english="reversal of", language=book.language)
    return reverse(accrual, style=book.reversal_style, date=period.first_day, summary=summary)


def name_of(voucher: Voucher) -> str:
    """Word and number, such as `记-5`; word and id for a draft."""
    return f"{voucher.word}-{voucher.number or voucher.voucher_id}"


def _negated(line: JournalLine, summary: str) -> JournalLine:
    return changed(line.negated(), summary=summary)
