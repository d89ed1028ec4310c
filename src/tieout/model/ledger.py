"""Ledger lines: the lines of vouchers as a set of books holds them, flat, whether they balance or not."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

import attrs
from moneyed import Money

from tieout.errors import InvalidField
from tieout.model._record import EMPTY, record
from tieout.model.currency import exactly
from tieout.model.provenance import SourceRecord
from tieout.model.voucher import VoucherStatus

__all__ = ["LedgerLine"]


@record
class LedgerLine(SourceRecord):
    """One line of a voucher as a set of books holds it, with what the voucher says of itself.

    A `Voucher` is built by us and balances; a ledger line is read, and is what its books say. Lines of one `voucher_id` are one
    voucher.

    Attributes:
        voucher_id: What its program calls the voucher; else its period, word and number, or what else makes its lines one.
        line_no: Position in the voucher as the file has it, 1-based.
        date: Day of the voucher.
        period: Accounting period, `2026-10`; an adjusting period of a program may be past the twelfth.
        word: Voucher word (凭证字), such as `记`; None for programs without.
        number: Number within book, period and word; None for programs that number otherwise.
        entry_type: Kind of the voucher, in its program's words.
        status: Stage of the voucher; None when the file does not say.
        attachments_count: Number of source documents (附件数); None when the file does not say.
        narration: What the voucher says as a whole, where that is not said line by line.
        summary: What the line says (摘要).
        account: Code of the account; its name in programs that have no codes.
        account_name: Name of the account beside a code.
        debit: Amount on the debit side; negative is red (红字). None where that side is blank or zero.
        credit: Amount on the credit side; negative is red. None where that side is blank or zero.
        amount: Signed: debits less credits. Zero for a line that only says something.
        foreign_amount: Amount in the original currency, signed as `amount`; None without conversion.
        fx_rate: Book currency per unit of the original currency; None without conversion.
        quantity: Pieces, or what else the account counts.
        unit: What is counted.
        unit_price: Price of one, in the original currency, with all decimals that the books keep.
        aux: Dimensions (辅助核算), such as customer, supplier, department, project or shop.
        tax_code: Name of the tax rate, in the program's words.
        reference: Number of a document outside the books.
        cash_flow_item: Cash flow statement item.
        business_date: Day of the business that the line books, where it is told from the voucher's.
    """

    voucher_id: str
    line_no: int
    date: dt.date
    period: str | None = None
    word: str | None = None
    number: int | None = None
    entry_type: str | None = None
    status: VoucherStatus | None = None
    attachments_count: int | None = None
    narration: str | None = None
    summary: str | None = None
    account: str
    account_name: str | None = None
    debit: Money | None = None
    credit: Money | None = None
    amount: Money
    foreign_amount: Money | None = attrs.field(default=None, metadata={"foreign": True})
    fx_rate: Decimal | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    aux: Mapping[str, str] = EMPTY
    tax_code: str | None = None
    reference: str | None = None
    cash_flow_item: str | None = None
    business_date: dt.date | None = None

    def __attrs_post_init__(self) -> None:
        if self.line_no < 1:
            raise InvalidField(f"lines are counted from 1, got {self.line_no}", record="LedgerLine", field="line_no")
        if self.debit is None and self.credit is None:
            return
        with exactly():
            nothing = Money(0, self.amount.currency)
            expected = (self.debit or nothing) - (self.credit or nothing)
        if self.amount != expected:
            raise InvalidField(
                f"debit less credit is {expected.amount}, got {self.amount.amount}", record="LedgerLine", field="amount"
            )
