"""Ledgers: lines of vouchers and balances of accounts as a set of books holds them, and what ledgers beside the books say."""

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

__all__ = ["AccountBalance", "LedgerLine", "SubledgerBalance", "SubledgerMovement"]


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


@record
class AccountBalance(SourceRecord):
    """The balance of one account of the books at the end of a day (科目余额), in whole or for one of its dimensions.

    All its amounts are signed as debits less credits: what is owed to others is negative.

    Attributes:
        account: Code of the account; its name in programs that have no codes.
        account_name: Name of the account beside a code.
        platform: Platform that the balance is of, where the books tell them apart.
        shop_id: Shop that it is of.
        party: Channel, courier or other party that it is of.
        warehouse: Warehouse that it is of.
        as_of: Day at whose end it stands.
        opening: Balance that it began with; None when the source does not say.
        debit: Debits since then, red ones negative; None when the source does not say.
        credit: Credits since then, red ones negative; None when the source does not say.
        amount: The balance.
    """

    account: str
    account_name: str | None = None
    platform: str | None = None
    shop_id: str | None = None
    party: str | None = None
    warehouse: str | None = None
    as_of: dt.date
    opening: Money | None = None
    debit: Money | None = None
    credit: Money | None = None
    amount: Money


@record
class SubledgerBalance(SourceRecord):
    """What a ledger beside the books says that an account is to be at the end of a day, such as a wallet or a stock.

    Its amounts are signed as the books' are, debits less credits: what we own or are owed is positive, what we owe is negative.

    Attributes:
        role: Role of the account (`domain.md` 7.1), such as `wallet` or `inventory`.
        platform: Platform that it is of; None where it is not told, or of all.
        shop_id: Shop that it is of.
        party: Channel, courier or other party that it is of.
        warehouse: Warehouse that it is of.
        as_of: Day at whose end it stands.
        opening: Balance that it began with; None when it is not known.
        movement: What moved since then; None when it is not known.
        amount: The balance.
    """

    role: str
    platform: str | None = None
    shop_id: str | None = None
    party: str | None = None
    warehouse: str | None = None
    as_of: dt.date
    opening: Money | None = None
    movement: Money | None = None
    amount: Money


@record
class SubledgerMovement(SourceRecord):
    """One movement of a ledger beside the books, which a voucher is to book.

    Attributes:
        movement_id: What names it within its ledger.
        role: Role of the account (`domain.md` 7.1) that it moves.
        platform: Platform that it is of.
        shop_id: Shop that it is of.
        party: Channel, courier or other party that it is of.
        warehouse: Warehouse that it is of.
        kind: What it is, such as `refund` or `payout`; None when it is not told.
        document: Number that its voucher refers to; None where that is `movement_id`.
        happened_on: Business day on which it happened.
        amount: Signed as the books' are, debits less credits.
    """

    movement_id: str
    role: str
    platform: str | None = None
    shop_id: str | None = None
    party: str | None = None
    warehouse: str | None = None
    kind: str | None = None
    document: str | None = None
    happened_on: dt.date
    amount: Money
