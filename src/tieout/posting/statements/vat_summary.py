"""VAT summary: net, tax and gross by direction and rate, as the vouchers book them (`domain.md` C41, 7.2)."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Final

import attrs
import polars as pl
from moneyed import Money

from tieout.model import VoucherStatus
from tieout.money import from_minor
from tieout.money.columns import divide_half_up_expr
from tieout.posting._lines import VouchersLike
from tieout.posting.book import Book
from tieout.posting.chart import Language, member_of
from tieout.posting.period import Period
from tieout.posting.policies import Taxpayer
from tieout.posting.statements._showing import Page, figure
from tieout.posting.statements._span import COUNTED, Span, Taken, take_lines
from tieout.proof import Check, Proof

__all__ = ["VatDirection", "VatSummary", "vat_summary"]


class VatDirection(StrEnum):
    """What a line of VAT is, which is the role of its account."""

    OUTPUT = "output"
    INPUT = "input"
    INPUT_OUT = "input_out"
    PENDING = "pending"
    SMALL_SCALE = "small_scale"


_ROLES: Final = {
    "vat_output": VatDirection.OUTPUT,
    "vat_input": VatDirection.INPUT,
    "vat_input_out": VatDirection.INPUT_OUT,
    "vat_pending": VatDirection.PENDING,
    "vat_small": VatDirection.SMALL_SCALE,
}
_SALES: Final = ("revenue", "other_revenue")
_ORDER: Final = list(VatDirection)
_NAMES: Final = {
    Language.ZH: ("销项税额", "进项税额", "进项税额转出", "待转销项税额", "小规模应交增值税"),
    Language.EN: ("Output VAT", "Input VAT", "Input VAT transferred out", "Output VAT pending", "VAT, small-scale"),
}
_HEADS: Final = {
    Language.ZH: ("方向", "税率", "不含税金额", "税额", "价税合计", "按税率计算", "差额", "分录数"),
    Language.EN: ("Direction", "Rate", "Net", "Tax", "Gross", "Net x rate", "Difference", "Lines"),
}
_TITLES: Final = {Language.ZH: "增值税汇总表", Language.EN: "VAT summary"}
_PAYABLE: Final = {Language.ZH: "应纳税额", Language.EN: "VAT payable"}
_PARTS: Final = 10**16  # decimals of a rate's column


@attrs.frozen(kw_only=True, eq=False)
class VatSummary:
    """What the vouchers book as VAT, by direction and rate (`domain.md` C41).

    Tax and net are positive in the sense of their direction: input VAT as debits, all others as credits; what is taken back
    reduces them. Tax that is rounded line by line differs by little from net x rate; a large difference is a wrong rate.

    Attributes:
        book: The book.
        start: First day.
        end: Last day.
        rates: One row per direction and rate: `direction`, `rate` (a fraction; null where the lines do not say it), `lines`,
            `net_minor`, `tax_minor`, `gross_minor`, `expected_minor` (net x rate, half-up), `difference_minor` (tax less that)
            and `currency`. Net and what follows from it are null where the rate is. Sales without tax are at rate 0.
        lines: One row per line, alike, with `date`, `voucher_id`, `line_no`, `account` and `summary`: where differences are made.
        proof: Tax by rate is what the accounts of VAT were moved by; no line is lost.
    """

    book: Book = attrs.field(repr=False)
    start: date
    end: date
    rates: pl.DataFrame = attrs.field(repr=False)
    lines: pl.DataFrame = attrs.field(repr=False)
    proof: Proof = attrs.field(repr=False)

    def tax(self, direction: VatDirection | str) -> Money:
        """The tax of a direction, at all rates.

        Args:
            direction: Such as `output`.

        Raises:
            PostingError: There is no such direction.
        """
        return from_minor(self._tax(member_of(VatDirection, direction, where="direction")), self.book.currency)

    @property
    def payable(self) -> Money:
        """Tax that these vouchers make due: output less input, and what was transferred out; negative is left to be reclaimed."""
        if self.book.taxpayer is Taxpayer.SMALL_SCALE:
            return self.tax(VatDirection.SMALL_SCALE)
        due = self._tax(VatDirection.OUTPUT) - self._tax(VatDirection.INPUT) + self._tax(VatDirection.INPUT_OUT)
        return from_minor(due, self.book.currency)

    def to_polars(self) -> pl.DataFrame:
        """The rates."""
        return self.rates

    def __str__(self) -> str:
        return str(self._page())

    def _repr_html_(self) -> str:
        return self._page().to_html()

    def _tax(self, direction: VatDirection) -> int:
        rows = self.rates.filter(pl.col("direction") == direction.value)
        minor: int = rows.select(pl.col("tax_minor").sum()).item()
        return minor

    def _page(self) -> Page:
        code, language = self.book.currency, self.book.language
        names = dict(zip(_ORDER, _NAMES[language], strict=True))
        columns = ("net_minor", "tax_minor", "gross_minor", "expected_minor", "difference_minor")
        rows = [
            [
                names[VatDirection(row["direction"])],
                "?" if row["rate"] is None else f"{(row['rate'] * 100).normalize():f}%",
                *(figure(row[name], code) for name in columns),
                f"{row['lines']:,}",
            ]
            for row in self.rates.iter_rows(named=True)
        ]
        span = Span(start=self.start, end=self.end)
        return Page(
            title=f"{_TITLES[language]} {span} ({code})",
            heads=_HEADS[language],
            rows=rows,
            left=2,
            notes=(f"{_PAYABLE[language]}: {self.payable.amount:,}", *map(str, self.proof.failures)),
        )


def vat_summary(
    vouchers: VouchersLike,
    *,
    book: Book,
    period: Period | str | None = None,
    start: date | None = None,
    end: date | None = None,
    statuses: Iterable[VoucherStatus | str] = COUNTED,
) -> VatSummary:
    """The VAT of a period, or of the days from `start` to `end`, by direction and rate.

    A line's direction is its role; that of a line without role is the role that its account has in the book.

    Args:
        vouchers: Vouchers of one book, or a frame of their lines.
        book: The book.
        period: Month, such as `2026-10`.
        start: First day, where no period is given.
        end: Last day, included.
        statuses: Stages of vouchers that count; without it all but drafts.

    Raises:
        PostingError: The days are wrong, or a voucher is of another book or currency or given twice.

    Example:
        >>> from decimal import Decimal
        >>> from tieout.model import JournalLine, Voucher
        >>> rate, net, tax = Decimal("0.13"), Money("168.14", "CNY"), Money("21.86", "CNY")
        >>> lines = (
        ...     JournalLine(line_no=1, summary="sale", account="1100", debit=Money("190.00", "CNY")),
        ...     JournalLine(line_no=2, summary="sale", account="4000", credit=net),
        ...     JournalLine(
        ...         line_no=3, summary="sale", account="2200", role="vat_output", credit=tax, tax_rate=rate, tax_base=net
        ...     ),
        ... )
        >>> sale = Voucher(
        ...     voucher_id="a", period="2026-10", word="记", date=date(2026, 10, 31), lines=lines, status="prepared"
        ... )
        >>> book = Book(chart="ifrs", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
        >>> summary = vat_summary([sale], book=book, period="2026-10")
        >>> summary.rates.select("direction", "net_minor", "tax_minor", "gross_minor").rows(), str(summary.payable.amount)
        ([('output', 16814, 2186, 19000)], '21.86')
    """
    span = Span.of(period, start, end)
    taken = take_lines(vouchers, book=book, span=span, statuses=statuses)
    lines = _lines(taken.during, book)
    net = pl.when(pl.col("net_minor").is_null().any()).then(None).otherwise(pl.col("net_minor").sum())
    sums = (
        lines.group_by("direction", "rate")
        .agg(pl.len().cast(pl.Int64).alias("lines"), net.alias("net_minor"), pl.col("tax_minor").sum())
        .with_columns(pl.lit(book.currency).alias("currency"))
    )
    rates = _compared(sums).sort(
        pl.col("direction").replace_strict({one.value: at for at, one in enumerate(_ORDER)}, return_dtype=pl.Int64),
        pl.col("rate"),
        descending=[False, True],
        nulls_last=True,
    )
    columns = ["direction", "rate", "lines", "net_minor", "tax_minor", "gross_minor", "expected_minor"]
    return VatSummary(
        book=book,
        start=span.start,
        end=span.end,
        rates=rates.select(*columns, "difference_minor", "currency"),
        lines=lines,
        proof=_proof(taken, rates, book),
    )


def _direction(book: Book) -> pl.Expr:
    """The direction of a line: by its role, else by the role that its account has; null for a line that is not of VAT."""
    accounts: dict[str, str] = {}
    own, other = ("vat_small", "vat_output")[:: 1 if book.taxpayer is Taxpayer.SMALL_SCALE else -1]
    for role in (own, "vat_input", "vat_input_out", "vat_pending", other):
        if role in book.mapped.accounts:
            accounts.setdefault(book.mapped.accounts[role].code, role)
    by_role = pl.col("role").replace_strict(_ROLES, default=None, return_dtype=pl.String)
    directions = {code: _ROLES[role] for code, role in accounts.items()}
    by_account = pl.col("account").replace_strict(directions, default=None, return_dtype=pl.String)
    is_untaxed_sale = pl.col("role").is_in(_SALES) & (pl.col("tax_rate") == 0)
    untaxed = VatDirection.SMALL_SCALE if book.taxpayer is Taxpayer.SMALL_SCALE else VatDirection.OUTPUT
    return pl.coalesce(by_role, by_account, pl.when(is_untaxed_sale).then(pl.lit(untaxed.value)))


def _lines(during: pl.DataFrame, book: Book) -> pl.DataFrame:
    """The lines of VAT, and the sales without."""
    told = during.with_columns(_direction(book).alias("direction")).filter(pl.col("direction").is_not_null())
    is_debit = pl.col("debit_minor").is_not_null()
    is_natural = is_debit == (pl.col("direction") == VatDirection.INPUT.value)
    sign = pl.when(is_natural).then(1).otherwise(-1)
    is_sale = pl.col("role").is_in(_SALES).fill_null(value=False)
    amount = sign * pl.coalesce("debit_minor", "credit_minor")
    net = pl.when(is_sale).then(amount).otherwise(sign * pl.col("tax_base_minor"))
    lines = told.select(
        "direction",
        pl.col("tax_rate").alias("rate"),
        "date",
        "voucher_id",
        "line_no",
        "account",
        "summary",
        net.cast(pl.Int64).alias("net_minor"),
        pl.when(is_sale).then(0).otherwise(amount).cast(pl.Int64).alias("tax_minor"),
        "currency",
    )
    return _compared(lines)


def _compared(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with gross, net x rate, and what the tax differs from that by."""
    parts = pl.col("rate").to_physical().cast(pl.Int128) * pl.col("net_minor")
    expected = divide_half_up_expr(parts, _PARTS)
    return rows.with_columns(
        (pl.col("net_minor") + pl.col("tax_minor")).alias("gross_minor"), expected.alias("expected_minor")
    ).with_columns((pl.col("tax_minor") - pl.col("expected_minor")).alias("difference_minor"))


def _proof(taken: Taken, rates: pl.DataFrame, book: Book) -> Proof:
    """Tax by rate against the turnover of each account of VAT, which is counted from the lines alone."""
    codes = {account.code for role, account in book.mapped.accounts.items() if role in _ROLES}
    is_vat = pl.col("account").is_in(codes) | pl.col("role").is_in(list(_ROLES)).fill_null(value=False)
    moved = taken.during.filter(is_vat).select(
        (pl.col("credit_minor").fill_null(0) - pl.col("debit_minor").fill_null(0)).sum()
    )
    is_input = pl.col("direction") == VatDirection.INPUT.value
    signed = rates.with_columns(pl.when(is_input).then(-pl.col("tax_minor")).otherwise("tax_minor").alias("signed"))
    parts = {
        str(direction): signed.filter(pl.col("direction") == direction).select(pl.col("signed").sum()).item()
        for direction in rates["direction"].unique(maintain_order=True)
    }
    check = Check(
        name="credits less debits of VAT", side="turnover", currency=book.currency, total=moved.item(), parts=parts
    )
    return Proof([taken.check, check])
