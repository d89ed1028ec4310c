"""Trial balance: what each account began with, what moved it and what it closes with (科目余额表)."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

import attrs
import polars as pl
from moneyed import Money

from tieout.errors import PostingError
from tieout.model import AccountBalance, VoucherStatus
from tieout.money import from_minor
from tieout.posting._lines import VouchersLike
from tieout.posting.book import Book
from tieout.posting.chart import Language
from tieout.posting.period import Period
from tieout.posting.statements._balances import DIMENSIONS, Opening, opening_of
from tieout.posting.statements._figures import FIGURES, SIDES, accounts_of, by_side, details_of, foreign_of, proof_of
from tieout.posting.statements._levels import Levels, Scheme, with_totals
from tieout.posting.statements._showing import Page, figure
from tieout.posting.statements._span import COUNTED, Span, take_lines
from tieout.proof import Proof

__all__ = ["AccountTotals", "TrialBalance", "begin", "trial_balance"]

_HEADS: Final = {
    Language.ZH: ("科目编码", "科目名称", "期初借方", "期初贷方", "本期借方", "本期贷方", "期末借方", "期末贷方"),
    Language.EN: ("Account", "Name", "Opening Dr", "Opening Cr", "Debits", "Credits", "Closing Dr", "Closing Cr"),
}
_TITLES: Final = {Language.ZH: "科目余额表", Language.EN: "Trial balance"}
_TOTAL: Final = {Language.ZH: "合计", Language.EN: "Total"}


@attrs.frozen(kw_only=True)
class AccountTotals:
    """One account of a trial balance. Balances are signed as debits less credits.

    Attributes:
        account: Code of the account.
        account_name: Its name in the book's language; None where neither book nor vouchers say it.
        opening: Balance that it began with.
        debit: Debits of the days, red ones negative.
        credit: Credits of the days, red ones negative.
        closing: Balance at the end.
    """

    account: str
    account_name: str | None
    opening: Money
    debit: Money
    credit: Money
    closing: Money


@attrs.frozen(kw_only=True, eq=False)
class TrialBalance:
    """Balances and turnovers of all accounts of a book, and the proof that they balance (科目余额表).

    Iterating gives the `AccountTotals` of the lowest accounts.

    Attributes:
        book: The book.
        start: First day.
        end: Last day.
        accounts: One row per account that holds something or was moved, by code: `account`, `account_name`, `level`,
            `is_total` (the sum of those below it), `lines`, `opening_minor` and `closing_minor` (signed as debits less
            credits), `debit_minor` and `credit_minor` (red figures reduce their own side), the balances by side
            (`opening_debit_minor`, `opening_credit_minor`, `closing_debit_minor`, `closing_credit_minor`) and `currency`.
        details: The same figures of the lowest accounts by `platform`, `shop_id`, `party` and `warehouse`, as the dimensions
            of their lines say it.
        foreign: What accounts hold in other currencies: `account`, `account_name`, `foreign_currency`, `opening_minor`,
            `debit_minor`, `credit_minor` and `closing_minor`, in minor units of that currency. Where the opening balances do
            not say it, opening and closing are null.
        proof: Opening, turnover and closing balance; turnovers are what the vouchers say; no line is lost.
    """

    book: Book = attrs.field(repr=False)
    start: date
    end: date
    accounts: pl.DataFrame = attrs.field(repr=False)
    details: pl.DataFrame = attrs.field(repr=False)
    foreign: pl.DataFrame = attrs.field(repr=False)
    proof: Proof = attrs.field(repr=False)

    def __len__(self) -> int:
        return self._lowest().height

    def __iter__(self) -> Iterator[AccountTotals]:
        for row in self._lowest().iter_rows(named=True):
            yield self._totals(row["account"], row["account_name"], *(row[name] for name in FIGURES))

    def account(self, code: str) -> AccountTotals:
        """One account, those below it (`1122.01` below `1122`) included.

        Args:
            code: Code of the account; one that nothing moved has figures of zero.

        Raises:
            PostingError: Neither the statement nor the book has such an account.
        """
        rows = self.accounts.filter((pl.col("account") == code) & pl.col("is_total"))
        if not rows.height:
            codes = self.accounts["account"].to_list()
            below = Scheme.of(self.book, codes).below(code, codes)
            rows = self._lowest().filter(pl.col("account").is_in(below))
        name = self.book.account_name(code)
        if not rows.height and name is None:
            raise PostingError(f"there is no account {code!r}", where=f"trial balance of {self._span}")
        if name is None and rows["account"].to_list() == [code]:
            name = rows["account_name"][0]
        return self._totals(code, name, *rows.select(pl.col(FIGURES).sum()).row(0))

    def role(self, role: str) -> AccountTotals:
        """The account of a role, such as `wallet`.

        Raises:
            UnknownAccount: The book has none for it.
        """
        return self.account(self.book.account(role).code)

    @property
    def totals(self) -> dict[str, Money]:
        """Sums of all accounts, by side: `opening_debit`, `opening_credit`, `debit`, `credit` and the closing ones."""
        code = self.book.currency
        return {name.removesuffix("_minor"): from_minor(minor, code) for name, minor in self._sums().items()}

    def carried(self) -> tuple[AccountBalance, ...]:
        """The closing balances by account and dimension: the next statement's opening, and a side of `LedgerTieout`.

        An account of which some lines say a dimension and others none is carried as one balance: the part without could be
        taken for the total of the others.
        """
        code = self.book.currency
        return tuple(
            AccountBalance(
                book_id=self.book.book_id,
                account=row["account"],
                account_name=row["account_name"],
                **{name: row[name] for name in DIMENSIONS},
                as_of=self.end,
                opening=from_minor(row["opening_minor"], code),
                debit=from_minor(row["debit_minor"], code),
                credit=from_minor(row["credit_minor"], code),
                amount=from_minor(row["closing_minor"], code),
            )
            for row in self._apart().iter_rows(named=True)
        )

    def _apart(self) -> pl.DataFrame:
        """The details, with one row for an account that is only partly told by dimensions."""
        details = self.details
        has_none = pl.all_horizontal(pl.col(name).is_null() for name in DIMENSIONS)
        is_mixed = (has_none.any() & ~has_none.all()).over("account")
        figures = [name for name in details.columns if name.endswith("_minor")]
        others = [name for name in details.columns if name not in {"account", *figures, *DIMENSIONS}]
        whole = (
            details.filter(is_mixed)
            .group_by("account", maintain_order=True)
            .agg(
                pl.col(figures).sum(),
                pl.col(others).first(),
                *(pl.lit(None).first().alias(name) for name in DIMENSIONS),
            )
            .select(pl.col(name).cast(dtype) for name, dtype in details.schema.items())
        )
        return pl.concat([details.filter(~is_mixed), whole]).sort("account", maintain_order=True)

    def to_polars(self) -> pl.DataFrame:
        """The accounts."""
        return self.accounts

    def __str__(self) -> str:
        return str(self._page())

    def _repr_html_(self) -> str:
        return self._page().to_html()

    def _page(self) -> Page:
        code, language = self.book.currency, self.book.language
        rows = [
            [
                row["account"],
                row["account_name"] or "",
                *(figure(row[name], code, is_blank_zero=True) for name in SIDES),
            ]
            for row in self.accounts.iter_rows(named=True)
        ]
        sums = self._sums()
        return Page(
            title=f"{_TITLES[language]} {self._span} ({code})",
            heads=_HEADS[language],
            rows=[*rows, [_TOTAL[language], "", *(figure(sums[name], code) for name in SIDES)]],
            left=2,
            notes=tuple(map(str, self.proof.failures)),
        )

    @property
    def _span(self) -> Span:
        return Span(start=self.start, end=self.end)

    def _lowest(self) -> pl.DataFrame:
        return self.accounts.filter(~pl.col("is_total"))

    def _sums(self) -> dict[str, int]:
        return self._lowest().select(pl.col(SIDES).sum()).row(0, named=True)

    def _totals(self, code: str, name: str | None, *figures: int) -> AccountTotals:
        opening, debit, credit, closing = (from_minor(minor, self.book.currency) for minor in figures)
        return AccountTotals(
            account=code, account_name=name, opening=opening, debit=debit, credit=credit, closing=closing
        )


def trial_balance(
    vouchers: VouchersLike,
    *,
    book: Book,
    period: Period | str | None = None,
    start: date | None = None,
    end: date | None = None,
    opening: TrialBalance | Iterable[AccountBalance] | None = None,
    levels: Levels = False,
    statuses: Iterable[VoucherStatus | str] = COUNTED,
) -> TrialBalance:
    """The trial balance of a period, or of the days from `start` to `end`.

    Lines of before these days are part of the opening, but for those that the opening balances have already.

    Args:
        vouchers: Vouchers of one book, or a frame of their lines.
        book: The book.
        period: Month, such as `2026-10`.
        start: First day, where no period is given.
        end: Last day, included.
        opening: The trial balance of before, or balances of all accounts at the end of one day; None to begin with nothing.
        levels: True to show the accounts above others too, by the dots of their codes, else by the digits that the chart
            says or codes look like; digits such as (4, 2, 2) to say them.
        statuses: Stages of vouchers that count; without it all but drafts.

    Raises:
        PostingError: The days are wrong, a voucher is of another book or currency or given twice, or an opening balance is of
            another book, currency or day.

    Example:
        >>> from tieout.model import JournalLine, Voucher
        >>> lines = (
        ...     JournalLine(line_no=1, summary="bill", account="5100", debit=Money("3.30", "CNY")),
        ...     JournalLine(line_no=2, summary="bill", account="2010", credit=Money("3.30", "CNY")),
        ... )
        >>> bill = Voucher(
        ...     voucher_id="a", period="2026-10", word="记", date=date(2026, 10, 31), lines=lines, status="prepared"
        ... )
        >>> book = Book(chart="ifrs", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
        >>> october = trial_balance([bill], book=book, period="2026-10")
        >>> str(october.role("ap_courier").closing.amount), october.proof.holds
        ('-3.30', True)
    """
    span = Span.of(period, start, end)
    begun = begin(opening, book=book, span=span)
    taken = take_lines(vouchers, book=book, span=span, since=begun.since, statuses=statuses)
    details = details_of(begun, taken, book)
    accounts = accounts_of(details)
    names = dict(accounts.select("account", "account_name").iter_rows())
    if levels is not False:
        accounts = with_totals(accounts, Scheme.of(book, accounts["account"], levels=levels), book)
    return TrialBalance(
        book=book,
        start=span.start,
        end=span.end,
        accounts=by_side(accounts),
        details=details,
        foreign=foreign_of(begun, taken, names),
        proof=proof_of(taken, accounts, book.currency),
    )


def begin(given: TrialBalance | Iterable[AccountBalance] | None, *, book: Book, span: Span) -> Opening:
    """The opening that a trial balance, or balances of accounts, are.

    Raises:
        PostingError: It is of another book or currency, or of days that the span has.
    """
    if not isinstance(given, TrialBalance):
        return opening_of(given, book=book, span=span)
    if given.book.currency != book.currency or given.book.book_id != book.book_id:
        raise PostingError(f"a trial balance of book {book.book_id!r} in {book.currency} is needed", where="opening")
    if given.end >= span.start:
        raise PostingError(f"it ends on {given.end}, and this one begins on {span.start}", where="opening")
    closing = pl.col("closing_minor").alias("opening_minor")
    return Opening(
        since=given.end,
        balances=given.details.select("account", *DIMENSIONS, "account_name", closing),
        foreign=given.foreign.select("account", "foreign_currency", closing),
    )
