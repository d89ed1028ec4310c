"""Vouchers: balanced journal entries (记账凭证)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

import attrs
from moneyed import Money

from tieout._notebook import ROWS_MAX, table, view
from tieout.errors import InvalidField, UnbalancedVoucher
from tieout.model._record import EMPTY, changed, record
from tieout.model.currency import exactly, exponent, from_units, negated, to_units
from tieout.model.provenance import Provenance

__all__ = ["JournalLine", "Voucher", "VoucherKind", "VoucherStatus"]


class VoucherKind(StrEnum):
    """Why a voucher exists."""

    NORMAL = "normal"
    ACCRUAL = "accrual"
    REVERSAL = "reversal"
    ADJUST = "adjust"


class VoucherStatus(StrEnum):
    """Stage of a voucher (`domain.md` 2.7)."""

    DRAFT = "draft"
    PREPARED = "prepared"
    CASHIER_SIGNED = "cashier_signed"
    REVIEWED = "reviewed"
    POSTED = "posted"
    REVERSED = "reversed"


@record
class JournalLine:
    """One line of a voucher: a debit or a credit of one account (Entry in `domain.md`).

    Attributes:
        line_no: Position in the voucher, 1-based.
        summary: What happened (摘要), without personal data.
        account: Account code in the book's chart.
        account_name: Account name in the book's chart.
        role: Account role of the template, such as `freight_out`; None for lines made by hand.
        debit: Amount on the debit side; negative is red (红字). None when the line is a credit.
        credit: Amount on the credit side; negative is red. None when the line is a debit.
        foreign_amount: Amount in the original currency when it was converted; None otherwise.
        fx_rate: Book currency per unit of the original currency; None without conversion.
        tax_rate: Rate of the tax that the line books, as a fraction (0.13); on a line of revenue 0, where nothing is due. None on
            lines that book no tax, and where the rate is not known.
        tax_base: Net amount that the tax is of, signed as the line's own side: negative is red. None without a rate.
        quantity: Pieces, for stock accounts.
        unit_price: Price of one piece, for stock accounts.
        aux: Dimensions (辅助核算), such as supplier or shop.
        cash_flow_item: Cash flow statement item; None for accounts that are not cash.
        sources: Lines of files that the amount comes from.
    """

    line_no: int
    summary: str
    account: str
    account_name: str | None = None
    role: str | None = None
    debit: Money | None = None
    credit: Money | None = None
    foreign_amount: Money | None = attrs.field(default=None, metadata={"foreign": True})
    fx_rate: Decimal | None = None
    tax_rate: Decimal | None = None
    tax_base: Money | None = None
    quantity: Decimal | None = None
    unit_price: Money | None = None
    aux: Mapping[str, str] = EMPTY
    cash_flow_item: str | None = None
    sources: tuple[Provenance, ...] = ()

    def __attrs_post_init__(self) -> None:
        if (self.debit is None) == (self.credit is None):
            raise InvalidField("a line is a debit or a credit, exactly one", record="JournalLine", field="debit")
        if not self.amount:
            raise InvalidField("a line of zero says nothing", record="JournalLine", field="debit")
        if self.tax_rate is not None and not 0 <= self.tax_rate < 1:
            raise InvalidField(
                f"a tax rate is a fraction from 0 to less than 1, got {self.tax_rate}",
                record="JournalLine",
                field="tax_rate",
                hint="0.06 is 6 %",
            )
        if self.tax_base is not None and self.tax_rate is None:
            raise InvalidField("the net amount of a tax needs its rate", record="JournalLine", field="tax_rate")

    @property
    def amount(self) -> Money:
        """Signed amount: debit is positive, credit is negative."""
        if self.debit is not None:
            return self.debit
        if self.credit is not None:
            return negated(self.credit)
        raise InvalidField("neither debit nor credit", record="JournalLine", field="debit")  # pragma: no cover

    @property
    def is_red(self) -> bool:
        """Whether its amount is negative on the side it stands on (红字)."""
        side = self.debit if self.debit is not None else self.credit
        return side is not None and side.amount < 0

    def negated(self) -> "JournalLine":
        """The same line on the same side with all its figures negated: a copy in red (红字)."""
        return changed(
            self,
            debit=None if self.debit is None else negated(self.debit),
            credit=None if self.credit is None else negated(self.credit),
            foreign_amount=None if self.foreign_amount is None else negated(self.foreign_amount),
            tax_base=None if self.tax_base is None else negated(self.tax_base),
            quantity=None if self.quantity is None else self.quantity.copy_negate(),
        )

    def without_red(self) -> "JournalLine":
        """The same line with a positive amount: a negative debit becomes a credit, a negative credit a debit.

        Original amount, tax base and quantity are counted towards the side that the line stands on, so they change their sign
        with it.

        Example:
            >>> line = JournalLine(line_no=1, summary="s", account="1405", debit=Money("-3.30", "CNY"), quantity=Decimal(-2))
            >>> line.without_red().credit, line.without_red().quantity
            (Money('3.30', 'CNY'), Decimal('2'))
        """
        if not self.is_red:
            return self
        positive = self.negated()
        return changed(positive, debit=positive.credit, credit=positive.debit)


def _figure(money: Money | None) -> str:
    """An amount with the decimals of its currency; empty for none."""
    if money is None:
        return ""
    code = money.currency.code
    return f"{money.amount:,.{exponent(code)}f} {code}"


@record
class Voucher:
    """One balanced voucher; one that does not balance in every currency cannot be built.

    Attributes:
        voucher_id: Stable id made of its events; posting the same outcome twice yields the same ids.
        book_id: Book (账套) it belongs to; None for a program's only book.
        period: Accounting period, `2026-10`.
        word: Voucher word (凭证字), such as `记`.
        number: Number within book, period and word, from 1 without gaps; None for a draft.
        part: Sheet of a voucher that fills several, 1-based; None for one sheet.
        parts: How many sheets it fills; None for one sheet.
        date: Day of the voucher, inside the period.
        attachments_count: Number of source documents (附件数).
        lines: Its debits and credits.
        preparer: Who made it (制单).
        reviewer: Who checked it (审核).
        poster: Who booked it (记账).
        cashier: Who signed receipts and payments (出纳).
        supervisor: Who is in charge (主管).
        status: Stage of the voucher.
        kind: Why it exists.
        event_ids: Events that it posts.
        source_refs: Lines of files that it comes from.
        reversal_of: Id of the voucher that it reverses; None when it reverses none.
    """

    voucher_id: str
    book_id: str | None = None
    period: str
    word: str
    number: int | None = None
    part: int | None = None
    parts: int | None = None
    date: date
    attachments_count: int = 0
    lines: tuple[JournalLine, ...]
    preparer: str | None = None
    reviewer: str | None = None
    poster: str | None = None
    cashier: str | None = None
    supervisor: str | None = None
    status: VoucherStatus = VoucherStatus.DRAFT
    kind: VoucherKind = VoucherKind.NORMAL
    event_ids: tuple[str, ...] = ()
    source_refs: tuple[Provenance, ...] = ()
    reversal_of: str | None = None

    def __attrs_post_init__(self) -> None:
        if len(self.lines) < 2:  # noqa: PLR2004 - a debit and a credit
            raise InvalidField(f"at least two lines are needed, got {len(self.lines)}", record="Voucher", field="lines")
        if f"{self.date:%Y-%m}" != self.period:
            raise InvalidField(
                f"the date {self.date} is outside the period {self.period}", record="Voucher", field="date"
            )
        self._require_balance()

    def _require_balance(self) -> None:
        sums: dict[str, int] = defaultdict(int)
        for line in self.lines:
            code = line.amount.currency.code
            sums[code] += to_units(line.amount.amount, code)
        off = {code: total for code, total in sorted(sums.items()) if total}
        if off:
            listed = ", ".join(f"{from_units(total, code)} {code}" for code, total in off.items())
            raise UnbalancedVoucher(
                f"debits minus credits should be 0 but are {listed}", record="Voucher", field="lines"
            )

    def total(self, currency: str) -> Money:
        """Sum of its debits in one currency.

        Args:
            currency: ISO 4217 code.
        """
        debits = (line.debit for line in self.lines if line.debit is not None)
        with exactly():
            return sum((debit for debit in debits if debit.currency.code == currency), Money(0, currency))

    def _repr_html_(self) -> str:
        rows = [
            (
                line.summary,
                f"{line.account} {line.account_name or ''}".strip(),
                _figure(line.debit),
                _figure(line.credit),
            )
            for line in self.lines[:ROWS_MAX]
        ]
        codes = sorted({line.amount.currency.code for line in self.lines})
        totals = [("合计 total", "", *[_figure(self.total(code))] * 2) for code in codes]
        number = "draft" if self.number is None else f"{self.word}-{self.number}"
        part = "" if self.part is None else f" {self.part}/{self.parts}"
        title = f"{number}{part}, {self.date}, {self.kind}, {self.status}"
        heads = ("摘要 summary", "科目 account", "借方 debit", "贷方 credit")
        more = max(0, len(self.lines) - ROWS_MAX)
        return view(title, table(heads, rows, figures={2, 3}, totals=totals, more=more))

    def without_red(self) -> "Voucher":
        """The same voucher without red figures, for systems that refuse them (`domain.md` 7.6): its sums stay the same.

        Example:
            >>> lines = (
            ...     JournalLine(line_no=1, summary="s", account="1", debit=Money("-3.30", "CNY")),
            ...     JournalLine(line_no=2, summary="s", account="2", credit=Money("-3.30", "CNY")),
            ... )
            >>> voucher = Voucher(voucher_id="a", period="2026-11", word="记", date=date(2026, 11, 1), lines=lines)
            >>> [line.amount for line in voucher.without_red().lines]
            [Money('-3.30', 'CNY'), Money('3.30', 'CNY')]
        """
        if not any(line.is_red for line in self.lines):
            return self
        return changed(self, lines=tuple(line.without_red() for line in self.lines))
