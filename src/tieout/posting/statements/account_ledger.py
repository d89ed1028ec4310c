"""Account ledger: every line of one account with the balance after it (明细账)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

import attrs
import polars as pl
from moneyed import Money

from tieout.errors import PostingError
from tieout.model import AccountBalance, JournalLine, Voucher, VoucherStatus
from tieout.money import from_minor, to_minor
from tieout.posting._lines import VouchersLike
from tieout.posting.book import Book
from tieout.posting.chart import Language
from tieout.posting.period import Period
from tieout.posting.statements._balances import AUX
from tieout.posting.statements._levels import Scheme
from tieout.posting.statements._showing import Page, figure, side_of
from tieout.posting.statements._span import COUNTED, Span, Taken, take_lines
from tieout.posting.statements.trial_balance import TrialBalance, begin
from tieout.proof import Check, Proof

__all__ = ["AccountLedger", "account_ledger"]

_HEADS: Final = {
    Language.ZH: ("日期", "凭证号", "摘要", "辅助核算", "借方", "贷方", "方向", "余额"),
    Language.EN: ("Date", "Voucher", "Summary", "Dimensions", "Debit", "Credit", "", "Balance"),
}
_WORDS: Final = {
    Language.ZH: ("明细账", "期初余额", "本期合计"),
    Language.EN: ("Ledger", "Opening balance", "Total"),
}
_COLUMNS: Final = (
    "date",
    "voucher",
    "voucher_id",
    "line_no",
    "account",
    "account_name",
    "role",
    "summary",
    "aux",
    "debit_minor",
    "credit_minor",
    "balance_minor",
    "currency",
    "foreign_minor",
    "foreign_currency",
    "fx_rate",
    "quantity",
    "kind",
    "status",
    "reversal_of",
)


@attrs.frozen(kw_only=True, eq=False)
class AccountLedger:
    """The lines of one account, in the order of their days, with the balance after each (明细账).

    Attributes:
        book: The book.
        account: Code of the account; lines of accounts below it are among its own.
        account_name: Its name in the book's language; None where the book has none.
        start: First day.
        end: Last day.
        aux: Dimensions that its lines all have, such as a supplier.
        opening: Balance that it began with, signed as debits less credits.
        lines: One row per line: `date`, `voucher` (such as `记-5`), `voucher_id`, `line_no`, `account`, `account_name`, `role`,
            `summary`, `aux` (JSON text), `debit_minor` or `credit_minor`, `balance_minor` (after the line, debits less credits),
            `currency`, `foreign_minor` (signed as its side), `foreign_currency`, `fx_rate`, `quantity`, `kind`, `status` and
            `reversal_of`.
        proof: Opening, debits and credits come to the last balance; no line is lost.
    """

    book: Book = attrs.field(repr=False)
    account: str
    account_name: str | None
    start: date
    end: date
    aux: Mapping[str, str]
    opening: Money
    lines: pl.DataFrame = attrs.field(repr=False)
    proof: Proof = attrs.field(repr=False)
    _given: VouchersLike = attrs.field(repr=False, alias="given")

    def __len__(self) -> int:
        return self.lines.height

    @property
    def debit(self) -> Money:
        """Sum of its debits, red ones negative."""
        return self._sum("debit_minor")

    @property
    def credit(self) -> Money:
        """Sum of its credits, red ones negative."""
        return self._sum("credit_minor")

    @property
    def closing(self) -> Money:
        """Balance at the end, signed as debits less credits."""
        return from_minor(to_minor(self.opening) + to_minor(self.debit) - to_minor(self.credit), self.book.currency)

    def trace(self, row: int) -> tuple[Voucher, JournalLine]:
        """The voucher and the line that a row is of; the line says the `sources` that its amount comes from.

        Args:
            row: 0-based row of `lines`.

        Raises:
            PostingError: The statement was made of columns alone, which hold no vouchers.
            IndexError: There is no such row.
        """
        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of a ledger of {len(self)} lines")
        found = self.lines.row(row, named=True)
        given = [self._given] if isinstance(self._given, Voucher) else self._given
        if isinstance(given, pl.DataFrame) or not isinstance(given, Iterable):
            raise PostingError(
                "lines that came as columns hold no vouchers",
                where=f"voucher {found['voucher_id']}",
                hint="make the ledger of the vouchers themselves",
            )
        return next(
            (voucher, line)
            for voucher in given
            if voucher.voucher_id == found["voucher_id"]
            for line in voucher.lines
            if line.line_no == found["line_no"]
        )

    def to_polars(self) -> pl.DataFrame:
        """The lines."""
        return self.lines

    def __str__(self) -> str:
        return str(self._page())

    def _repr_html_(self) -> str:
        return self._page().to_html()

    def _sum(self, column: str) -> Money:
        return from_minor(self.lines.select(pl.col(column).sum()).item(), self.book.currency)

    def _page(self) -> Page:
        code, language = self.book.currency, self.book.language
        title, opening, total = _WORDS[language]
        is_chinese = language is Language.ZH

        def ending(minor: int) -> list[str]:
            return [side_of(minor, is_chinese=is_chinese), figure(abs(minor), code)]

        first, last = to_minor(self.opening), to_minor(self.closing)
        rows = [["", "", opening, "", "", "", *ending(first)]]
        rows += [
            [
                row["date"].isoformat(),
                row["voucher"],
                row["summary"] or "",
                _said(row["aux"]),
                figure(row["debit_minor"], code),
                figure(row["credit_minor"], code),
                *ending(row["balance_minor"]),
            ]
            for row in self.lines.iter_rows(named=True)
        ]
        sums = [figure(to_minor(self.debit), code), figure(to_minor(self.credit), code)]
        rows.append(["", "", total, "", *sums, *ending(last)])
        of = " ".join([self.account, *([self.account_name] if self.account_name else []), *self.aux.values()])
        span = Span(start=self.start, end=self.end)
        notes = tuple(map(str, self.proof.failures))
        return Page(title=f"{title} {of} {span} ({code})", heads=_HEADS[language], rows=rows, left=4, notes=notes)


def account_ledger(
    vouchers: VouchersLike,
    *,
    book: Book,
    account: str | None = None,
    role: str | None = None,
    period: Period | str | None = None,
    start: date | None = None,
    end: date | None = None,
    opening: TrialBalance | Iterable[AccountBalance] | None = None,
    aux: Mapping[str, str] | None = None,
    statuses: Iterable[VoucherStatus | str] = COUNTED,
) -> AccountLedger:
    """The lines of one account in a period, or in the days from `start` to `end`, with the balance after each.

    Args:
        vouchers: Vouchers of one book, or a frame of their lines.
        book: The book.
        account: Code of the account, those below it (`1122.01` below `1122`) included.
        role: Its role instead, such as `ap_courier`.
        period: Month, such as `2026-10`.
        start: First day, where no period is given.
        end: Last day, included.
        opening: The trial balance of before, or balances of all accounts at the end of one day; None to begin with nothing.
        aux: Dimensions that lines must have, such as `{"supplier": "sf"}`.
        statuses: Stages of vouchers that count; without it all but drafts.

    Raises:
        PostingError: Account and role are both given, or neither; the days are wrong; a voucher is of another book or currency or
            given twice; or the opening balances do not tell the dimensions of `aux`.
        UnknownAccount: The book has no account for the role.

    Example:
        >>> from tieout.model import Voucher
        >>> lines = (
        ...     JournalLine(line_no=1, summary="bill", account="5100", debit=Money("3.30", "CNY")),
        ...     JournalLine(line_no=2, summary="bill", account="2010", credit=Money("3.30", "CNY")),
        ... )
        >>> bill = Voucher(
        ...     voucher_id="a", period="2026-10", word="记", date=date(2026, 10, 31), lines=lines, status="prepared"
        ... )
        >>> book = Book(chart="ifrs", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
        >>> owed = account_ledger([bill], book=book, role="ap_courier", period="2026-10")
        >>> owed.lines["balance_minor"].to_list(), str(owed.closing.amount)
        ([-330], '-3.30')
    """
    code = _code(book, account, role)
    span = Span.of(period, start, end)
    given = _kept(vouchers)
    wanted = dict(sorted((aux or {}).items()))
    begun = begin(opening, book=book, span=span)
    taken = take_lines(given, book=book, span=span, since=begun.since, statuses=statuses)
    codes = pl.concat([frame["account"] for frame in (taken.before, taken.during, begun.balances)]).unique().to_list()
    is_it = pl.col("account").is_in(Scheme.of(book, codes).below(code, codes))
    mine = is_it & _has(wanted)
    debit, credit = (pl.col(f"{side}_minor").fill_null(0) for side in ("debit", "credit"))
    before = taken.before.filter(mine).select((debit - credit).sum()).item()
    first = (
        before
        + begun.balances.filter(is_it & _opens(wanted, has_opening=bool(begun.balances.height)))
        .select(pl.col("opening_minor").sum())
        .item()
    )
    lines = (
        taken.during.filter(mine)
        .sort("date", "word", "number", "voucher_id", "part", "line_no", nulls_last=True)
        .with_columns(
            (first + (debit - credit).cum_sum()).alias("balance_minor"),
            _name().alias("voucher"),
        )
        .select(_COLUMNS)
    )
    return AccountLedger(
        book=book,
        account=code,
        account_name=book.account_name(code),
        start=span.start,
        end=span.end,
        aux=wanted,
        opening=from_minor(first, book.currency),
        lines=lines,
        proof=_proof(taken, lines, first, book.currency),
        given=given,
    )


def _code(book: Book, account: str | None, role: str | None) -> str:
    if (account is None) == (role is None):
        raise PostingError("an account or a role is needed, exactly one", where="account")
    return book.account(role).code if role is not None else str(account)


def _kept(vouchers: VouchersLike) -> VouchersLike:
    """The vouchers, to be counted now and traced later: those of an iterator would be gone."""
    return list(vouchers) if isinstance(vouchers, Iterator) else vouchers


def _has(wanted: Mapping[str, str]) -> pl.Expr:
    """Whether a line says these dimensions."""
    fits = [pl.col("aux").str.json_path_match(f"$.{name}") == value for name, value in wanted.items()]
    return pl.all_horizontal(pl.lit(value=True), *(fit.fill_null(value=False) for fit in fits))


def _opens(wanted: Mapping[str, str], *, has_opening: bool) -> pl.Expr:
    """Whether an opening balance is of these dimensions."""
    columns = {key: column for column, keys in AUX.items() for key in (column, *keys)}
    unknown = sorted(wanted.keys() - columns.keys())
    if unknown and has_opening:
        raise PostingError(
            f"opening balances do not tell {', '.join(unknown)}",
            where="aux",
            hint=f"known: {', '.join(sorted(columns))}; or hand all vouchers and no opening",
        )
    fits = [pl.col(columns[name]) == value for name, value in wanted.items() if name in columns]
    return pl.all_horizontal(pl.lit(value=True), *(fit.fill_null(value=False) for fit in fits))


def _name() -> pl.Expr:
    """Word and number of a voucher, with the sheet where it fills several; word and id for a draft."""
    number = pl.coalesce(pl.col("number").cast(pl.String), "voucher_id")
    sheet = pl.when(pl.col("part").is_null()).then(pl.lit("")).otherwise(pl.format(" {}", "part"))
    return pl.concat_str([pl.col("word").fill_null(""), pl.lit("-"), number, sheet])


def _proof(taken: Taken, lines: pl.DataFrame, first: int, currency: str) -> Proof:
    debits, credits_ = lines.select(pl.col("debit_minor", "credit_minor").sum()).row(0)
    last = lines["balance_minor"][-1] if lines.height else first
    parts = {"opening": first, "debits": debits, "credits": -credits_}
    return Proof([taken.check, Check(name="balance", side="account", currency=currency, total=last, parts=parts)])


def _said(aux: str | None) -> str:
    return " ".join(json.loads(aux).values()) if aux else ""
