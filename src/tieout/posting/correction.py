"""Correction: a posted voucher that is wrong is put right by further vouchers, never by an edit (`domain.md` 7.6)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import attrs
from moneyed import Money

from tieout.errors import PostingError
from tieout.model import JournalLine, Voucher, VoucherKind, VoucherStatus
from tieout.model._record import changed
from tieout.model.currency import from_units, negated, to_units
from tieout.posting.book import Book
from tieout.posting.chart import Account, AccountType, ReversalStyle
from tieout.posting.period import Period
from tieout.posting.reversal import naming, reverse, to_swap
from tieout.posting.tracing import stable_id

__all__ = ["PRIOR_YEAR", "correct", "correction_id"]

PRIOR_YEAR = "prior_year"
"""Role of the account that takes what earlier years earned too much or too little (以前年度损益调整, 6901)."""

_RESULT = {AccountType.INCOME, AccountType.EXPENSE}
_LINES_OF_AN_AMOUNT = 2
_Key = tuple[object, ...]


@attrs.define
class _Difference:
    """What lines of one account and side should be, less what they are, in minor units."""

    line: JournalLine
    amount: int = 0
    foreign: int = 0
    tax_base: int = 0
    quantity: Decimal = Decimal(0)
    unit_prices: set[Money | None] = attrs.field(factory=set)

    def add(self, line: JournalLine, sign: int) -> None:
        side = line.credit if line.debit is None else line.debit
        self.amount += sign * _units(side)
        self.foreign += sign * _units(line.foreign_amount)
        self.tax_base += sign * _units(line.tax_base)
        self.quantity += sign * (line.quantity or 0)
        self.unit_prices.add(line.unit_price)

    @property
    def is_nothing(self) -> bool:
        return not (self.amount or self.foreign or self.tax_base or self.quantity)


def correction_id(voucher: Voucher | str) -> str:
    """Id of the voucher that corrects another, known by itself or by its id: correcting it again gives the same."""
    return stable_id("correction", voucher if isinstance(voucher, str) else voucher.voucher_id)


def correct(
    voucher: Voucher, right: Voucher | Iterable[JournalLine] | Money, *, book: Book, date: dt.date
) -> tuple[Voucher, ...]:
    """The vouchers that put a posted one right (会计基础工作规范 §51(五)).

    - Accounts right, amounts wrong: one voucher of the differences, more in blue and less in red. What is less changes sides
      where all differences would be on one, unless the book allows that.
    - Accounts wrong: a red copy that cancels the voucher (注销), and the right one in blue (订正).
    - A voucher of an earlier year: one blue voucher of the differences. What belongs to the result of that year goes to the role
      `prior_year`, where the book's chart has an account for it (企业会计准则: 6901); else to the accounts themselves, in the
      current year (小企业会计准则).

    Args:
        voucher: What is wrong.
        right: The voucher as it should be, or its lines. An amount is enough where the voucher has two lines.
        book: Whose accounts, reversal style and language hold.
        date: Day of the correction.

    Returns:
        One or two drafts without numbers. The blue voucher of two has the events of `right`, else those of the wrong one.

    Raises:
        PostingError: The day is before the voucher's; nothing differs; an amount is given for more than two lines; or the book
            does not know an account of an earlier year.

    Example:
        >>> lines = (
        ...     JournalLine(line_no=1, summary="运费", account="5601.05", debit=Money("3.50", "CNY")),
        ...     JournalLine(line_no=2, summary="运费", account="2202.01", credit=Money("3.50", "CNY")),
        ... )
        >>> day = dt.date(2026, 10, 31)
        >>> wrong = Voucher(voucher_id="a", period="2026-10", word="记", number=5, date=day, lines=lines)
        >>> book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
        >>> (less,) = correct(wrong, Money("3.30", "CNY"), book=book, date=dt.date(2026, 11, 2))
        >>> less.lines[0].summary, less.lines[0].debit
        ('订正10月31日记-5号凭证', Money('-0.20', 'CNY'))
    """
    if date < voucher.date:
        raise PostingError(f"a voucher of {voucher.date} cannot be corrected on {date}", where=voucher.voucher_id)
    lines = _right_lines(voucher, right)
    differences = _differences(voucher.lines, lines)
    if all(item.is_nothing for item in differences.values()):
        raise PostingError("it has these accounts and amounts already", where=voucher.voucher_id)
    if date.year != voucher.date.year:
        return (_of_earlier_year(voucher, right, differences, book=book, date=date),)
    if _is_by_amount(voucher, lines, differences):
        found = [_line(item) for item in differences.values() if item.amount]
        draft = _draft(voucher, right, found, book=book, date=date)
        return (to_swap(draft) if _has_no_red(draft, book) else draft,)
    red = reverse(voucher, style=book.reversal_style, date=date, language=book.language)
    blue = _draft(voucher, right, lines, book=book, date=date)
    events = right.event_ids if isinstance(right, Voucher) and right.event_ids else voucher.event_ids
    return red, changed(blue, event_ids=events)


def _has_no_red(differences: Voucher, book: Book) -> bool:
    """Whether red figures change sides: in the book's style, or because all lines would stand on one side."""
    is_one_sided = len({line.debit is None for line in differences.lines}) == 1
    return book.reversal_style is ReversalStyle.SWAP_SIDES or (is_one_sided and not book.allow_single_side)


def _right_lines(voucher: Voucher, right: Voucher | Iterable[JournalLine] | Money) -> tuple[JournalLine, ...]:
    if isinstance(right, Voucher):
        return right.lines
    if not isinstance(right, Money):
        return tuple(right)
    first = voucher.lines[0].credit if voucher.lines[0].debit is None else voucher.lines[0].debit
    plain = all((line.foreign_amount, line.tax_base, line.quantity) == (None, None, None) for line in voucher.lines)
    if len(voucher.lines) != _LINES_OF_AN_AMOUNT or not plain:
        raise PostingError(
            f"an amount alone corrects two lines in the book's currency, this voucher has {len(voucher.lines)} lines",
            where=voucher.voucher_id,
            hint="give the lines as they should be",
        )
    minus = negated(right)
    return tuple(
        changed(
            line,
            debit=None if line.debit is None else right if line.debit == first else minus,
            credit=None if line.credit is None else right if line.credit == first else minus,
        )
        for line in voucher.lines
    )


def _differences(wrong: Iterable[JournalLine], right: Iterable[JournalLine]) -> Mapping[_Key, _Difference]:
    """What should be less what is, by account, side and all that two amounts must share to be summed."""
    found: dict[_Key, _Difference] = {}
    for sign, lines in ((-1, wrong), (1, right)):
        for line in lines:
            found.setdefault(_key(line), _Difference(line=line)).add(line, sign)
    return found


def _key(line: JournalLine) -> _Key:
    foreign = None if line.foreign_amount is None else line.foreign_amount.currency.code
    code = line.amount.currency.code
    return line.debit is None, line.account, line.aux, code, foreign, line.fx_rate, line.tax_rate, line.cash_flow_item


def _is_by_amount(voucher: Voucher, right: Iterable[JournalLine], differences: Mapping[_Key, _Difference]) -> bool:
    """Whether only amounts differ, so that the differences say all there is to say."""
    same_accounts = {_key(line) for line in voucher.lines} == {_key(line) for line in right}
    return same_accounts and all(item.amount or item.is_nothing for item in differences.values())


def _line(item: _Difference, sign: int = 1) -> JournalLine:
    """A line of a difference, on the side of the lines it is of."""
    line = item.line
    side = line.credit if line.debit is None else line.debit
    amount = _money(side, sign * item.amount)
    foreign = _money(line.foreign_amount, sign * item.foreign) if item.foreign else None
    (price,) = item.unit_prices if len(item.unit_prices) == 1 else (None,)
    return changed(
        line,
        debit=None if line.debit is None else amount,
        credit=None if line.credit is None else amount,
        foreign_amount=foreign,
        fx_rate=None if foreign is None else line.fx_rate,
        tax_base=None if line.tax_base is None else _money(line.tax_base, sign * item.tax_base),
        quantity=sign * item.quantity or None,
        unit_price=price if item.quantity else None,
    )


def _of_earlier_year(
    voucher: Voucher,
    right: Voucher | Iterable[JournalLine] | Money,
    differences: Mapping[_Key, _Difference],
    *,
    book: Book,
    date: dt.date,
) -> Voucher:
    """One blue voucher: what the accounts should have, with the result of the earlier year in one line."""
    account = book.mapped.accounts.get(PRIOR_YEAR)
    lines = [_line(item) for item in differences.values() if item.amount]
    if account is not None:
        lines = _with_result_in(account, lines, voucher, book=book)
    if not lines:
        raise PostingError(
            f"it moves the result of {voucher.date.year} from one account to another: nothing is left to book",
            where=voucher.voucher_id,
        )
    return to_swap(_draft(voucher, right, lines, book=book, date=date))


def _with_result_in(
    account: Account, lines: Sequence[JournalLine], voucher: Voucher, *, book: Book
) -> list[JournalLine]:
    kept: list[JournalLine] = []
    result: dict[str, int] = {}
    for line in lines:
        found = book.find_account(line.account)
        if found is None:
            raise PostingError(
                f"the book knows no account {line.account}: whether it belongs to the result of {voucher.date.year} is unknown",
                where=voucher.voucher_id,
            )
        if found.type in _RESULT:
            code = line.amount.currency.code
            result[code] = result.get(code, 0) + to_units(line.amount.amount, code)
        else:
            kept.append(line)
    summary = voucher.lines[0].summary
    return kept + [
        JournalLine(
            line_no=1,
            summary=summary,
            account=account.code,
            account_name=account.name(book.language),
            role=PRIOR_YEAR,
            debit=Money(from_units(units, code), code),
        )
        for code, units in result.items()
        if units
    ]


def _draft(
    voucher: Voucher,
    right: Voucher | Iterable[JournalLine] | Money,
    lines: Iterable[JournalLine],
    *,
    book: Book,
    date: dt.date,
) -> Voucher:
    """An unsigned draft of some lines, traced to the documents of the right voucher, or of the wrong one."""
    text = naming(voucher, chinese="订正", english="correction of", language=book.language)
    origin = right if isinstance(right, Voucher) else voucher
    return changed(
        origin,
        voucher_id=correction_id(voucher),
        book_id=voucher.book_id,
        period=str(Period.of(date)),
        date=date,
        number=None,
        part=None,
        parts=None,
        lines=tuple(changed(line, line_no=at, summary=text) for at, line in enumerate(lines, start=1)),
        preparer=None,
        reviewer=None,
        poster=None,
        cashier=None,
        supervisor=None,
        status=VoucherStatus.DRAFT,
        kind=VoucherKind.ADJUST,
        event_ids=(),
        reversal_of=None,
    )


def _units(money: Money | None) -> int:
    return 0 if money is None else to_units(money.amount, money.currency.code)


def _money(like: Money | None, units: int) -> Money | None:
    return None if like is None else Money(from_units(units, like.currency.code), like.currency)
