"""QuickBooks Online: journal entries as CSV for its import.

One row a voucher line; rows of one journal number are one entry. Accounts go by name, `Parent:Child`, so account numbers are
switched off there during the import. Debits and credits are positive: red figures stand on the other side.

Rules: `domain.md` 8, and Intuit's help on importing journal entries. A line on receivables or payables needs the name of its
customer or supplier. Entries are in the company's own currency: the original amount of a converted line stands in its
description.
"""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar, Final

import attrs

from tieout.errors import LedgerError
from tieout.ledgers._base import LedgerBook, LedgerOptions, amount_text, plain_text, voucher_name
from tieout.ledgers._cells import guarded
from tieout.ledgers._entries import left_out
from tieout.model import JournalLine, Voucher

__all__ = ["COLUMNS", "LEDGER", "QuickbooksOnline"]

COLUMNS: Final = ("Journal No.", "Journal Date", "Account Name", "Description", "Debits", "Credits", "Name")
"""The columns; QuickBooks asks which is which when the file comes in."""

_RECEIVABLE: Final = ("ar_", "1122")  # roles, and codes of both Chinese standards
_PAYABLE: Final = ("ap_", "2202")
_NUMBER_LENGTH: Final = 21  # of a journal number there
_SHOWN: Final = 10


@attrs.frozen(kw_only=True)
class QuickbooksOnline(LedgerOptions):
    """The import of journal entries.

    Attributes:
        accounts: The account's full name there, by the book's code, where it is another than the book's own name.
        level_mark: What stands between the levels of the book's account names, and becomes `:`; empty where nothing does.
        receivable: Codes of the accounts that are receivables (A/R) there. None: those of roles that begin with `ar_`, and on
            lines without a role those that begin with 1122.
        payable: Codes of those that are payables (A/P). None: as above, `ap_` and 2202.
        names: The customer's or supplier's name there, by what vouchers call it, where it is another.
        fallback_name: Name for lines on receivables and payables that say none; None refuses them.
    """

    evidence: ClassVar[str] = "columns only"
    takes_red: ClassVar[bool] = False

    accounts: Mapping[str, str] = attrs.field(factory=dict)
    level_mark: str = "-"
    receivable: Collection[str] | None = None
    payable: Collection[str] | None = None
    names: Mapping[str, str] = attrs.field(factory=dict)
    fallback_name: str | None = None

    @property
    def suffix(self) -> str:
        """Suffix of its files."""
        return ".csv"

    def render(self, vouchers: Sequence[Voucher], *, book: LedgerBook) -> tuple[bytes, ...]:
        """One file in UTF-8.

        Raises:
            LedgerError: Lines on receivables or payables say no name; two accounts have one name there; a journal number is too
                long; or a line is in another currency than the book's.
        """
        accounts = self._account_names(vouchers, book)
        self._require_names(vouchers)
        text = io.StringIO(newline="")
        rows = csv.writer(text, lineterminator="\r\n")
        rows.writerow(COLUMNS)
        for voucher in vouchers:
            number = _journal_number(voucher)
            for line in voucher.lines:
                rows.writerow(self._row(voucher, line, number, accounts, book))
        return (text.getvalue().encode("utf-8"),)

    def notes(self, vouchers: Sequence[Voucher]) -> tuple[str, ...]:
        """Dimensions that are not the name of a line, pieces, and cash flow items."""
        return left_out(vouchers, dimensions=self._named, has_quantity=False)

    def _row(
        self, voucher: Voucher, line: JournalLine, number: str, accounts: Mapping[str, str], book: LedgerBook
    ) -> list[str]:
        if line.amount.currency.code != book.currency:
            raise LedgerError(
                f"the line is in {line.amount.currency.code}, the book in {book.currency}",
                where=f"{_where(voucher)} line {line.line_no}",
            )
        return [
            guarded(number),
            f"{voucher.date:%m/%d/%Y}",
            guarded(accounts[line.account]),
            guarded(_description(line)),
            "" if line.debit is None else amount_text(line.debit),
            "" if line.credit is None else amount_text(line.credit),
            guarded(self._name(line) or ""),
        ]

    def _account_names(self, vouchers: Sequence[Voucher], book: LedgerBook) -> dict[str, str]:
        """The account's name there by its code."""
        owner: dict[str, str] = {}
        for code in sorted({line.account for voucher in vouchers for line in voucher.lines}):
            own = plain_text(book.account_name(code) or code)
            there = self.accounts.get(code, own.replace(self.level_mark, ":") if self.level_mark else own)
            if owner.setdefault(there, code) != code:
                raise LedgerError(
                    f"accounts {owner[there]} and {code} are both called {there!r}",
                    where="quickbooks_online",
                    hint=f"name one of them: QuickbooksOnline(accounts={{{code!r}: ...}})",
                )
        return {code: there for there, code in owner.items()}

    def _named(self, line: JournalLine) -> tuple[str, ...]:
        """The dimension that is the name of a line on receivables or payables, if it says one."""
        keys: tuple[str, ...] = ()
        if _is_one_of(line, self.receivable, _RECEIVABLE):
            keys = ("customer", "supplier", "shop")
        elif _is_one_of(line, self.payable, _PAYABLE):
            keys = ("supplier", "customer")
        return tuple(key for key in keys if key in line.aux)[:1]

    def _name(self, line: JournalLine) -> str | None:
        """Who owes or is owed; None for lines on other accounts, and where a line does not say."""
        if not (_is_one_of(line, self.receivable, _RECEIVABLE) or _is_one_of(line, self.payable, _PAYABLE)):
            return None
        said = next((line.aux[key] for key in self._named(line)), None)
        return self.fallback_name if said is None or not plain_text(said) else self.names.get(said, said)

    def _require_names(self, vouchers: Sequence[Voucher]) -> None:
        missing = [
            f"{_where(voucher)} line {line.line_no} ({line.account})"
            for voucher in vouchers
            for line in voucher.lines
            if self._name(line) is None
            and (_is_one_of(line, self.receivable, _RECEIVABLE) or _is_one_of(line, self.payable, _PAYABLE))
        ]
        if missing:
            more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
            raise LedgerError(
                f"lines on receivables and payables need a customer or supplier: {', '.join(missing[:_SHOWN])}{more}",
                where="quickbooks_online",
                hint="QuickbooksOnline(fallback_name=...) names those that say none",
            )


def _is_one_of(line: JournalLine, codes: Collection[str] | None, beginnings: tuple[str, str]) -> bool:
    """Whether a line is on one of some accounts: by their codes, or else by its role, or without one by its code."""
    if codes is not None:
        return line.account in codes
    role, code = beginnings
    return line.account.startswith(code) if line.role is None else line.role.startswith(role)


def _journal_number(voucher: Voucher) -> str:
    """Period, word, number and sheet: numbers begin anew in each period."""
    number = plain_text(_where(voucher))
    if len(number) > _NUMBER_LENGTH:
        raise LedgerError(
            f"the journal number {number!r} is longer than {_NUMBER_LENGTH} characters", where="quickbooks_online"
        )
    return number


def _where(voucher: Voucher) -> str:
    return f"{voucher.period} {voucher_name(voucher)}"


def _description(line: JournalLine) -> str:
    if line.foreign_amount is None:
        return line.summary
    return f"{line.summary} ({amount_text(line.foreign_amount)} {line.foreign_amount.currency.code})"


LEDGER = QuickbooksOnline()
