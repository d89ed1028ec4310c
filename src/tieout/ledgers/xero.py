"""Xero: manual journals as the CSV of its import template.

One row a voucher line; rows of one narration and date are one journal, so the narration ends with period, word and number. The
amount is signed: a debit is positive. A file has at most 300 lines, and a voucher is never torn over two files.

Rules: `domain.md` 8, and Xero's help on importing manual journals. Manual journals are in the organisation's own currency: the
original amount of a converted line stands in its description.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

import attrs

from tieout.errors import LedgerError
from tieout.ledgers._base import LedgerBook, LedgerOptions, amount_text, voucher_name
from tieout.ledgers._cells import guarded
from tieout.ledgers._entries import left_out
from tieout.model import JournalLine, Voucher

__all__ = ["COLUMNS", "LEDGER", "Xero"]

COLUMNS: Final = (
    "*Narration",
    "*Date",
    "Description",
    "*AccountCode",
    "*TaxRate",
    "*Amount",
    "TrackingName1",
    "TrackingOption1",
    "TrackingName2",
    "TrackingOption2",
)
"""The columns of the template, in order; a star marks those that Xero demands."""

_CODE_LENGTH: Final = 10  # of an account in Xero
_TRACKED: Final = 2
_REFUSED: Final = ("bank", "ar_", "ap_")  # roles that are of such a kind in most charts


def _tracking(value: Mapping[str, str]) -> Mapping[str, str]:
    if len(value) > _TRACKED:
        raise LedgerError(f"Xero tracks {_TRACKED} categories, got {', '.join(value)}", where="tracking")
    return dict(value)


@attrs.frozen(kw_only=True)
class Xero(LedgerOptions):
    """The import of manual journals.

    Attributes:
        accounts: The code there of an account, by the book's code, where it is another; at most 10 characters.
        tax_rate: Full name of the tax rate, as the tax settings there have it, for all lines that `tax_rates` does not name.
        tax_rates: Tax rate by account code, by role of the line or by type of the account; the first that is there counts.
        tracking: Tracking category by the dimension that it shows, such as `{"shop": "Shop"}`; at most two.
        lines_max: How many lines a file may have.
    """

    evidence: ClassVar[str] = "columns only"

    accounts: Mapping[str, str] = attrs.field(factory=dict)
    tax_rate: str = "Tax Exempt"
    tax_rates: Mapping[str, str] = attrs.field(factory=dict)
    tracking: Mapping[str, str] = attrs.field(factory=dict, converter=_tracking)
    lines_max: int = 300

    @property
    def suffix(self) -> str:
        """Suffix of its files."""
        return ".csv"

    def render(self, vouchers: Sequence[Voucher], *, book: LedgerBook) -> tuple[bytes, ...]:
        """Files in UTF-8, each with as many whole vouchers as fit; one with the header alone for no vouchers.

        Raises:
            LedgerError: A voucher has more lines than a file may have, a line is in another currency than the book's, an account
                code is too long, two codes become one, or two vouchers have one narration and date.
        """
        codes = self._codes(vouchers)
        _require_narrations(vouchers)
        return tuple(self._file(part, codes, book) for part in self._parts(vouchers))

    def notes(self, vouchers: Sequence[Voucher]) -> tuple[str, ...]:
        """Dimensions that are not tracked, pieces, cash flow items; and accounts that no manual journal takes there.

        Bank, receivable and payable accounts are refused there; one of a role for these needs an account of another kind, which
        `accounts` may name.
        """
        lines = [line for voucher in vouchers for line in voucher.lines]
        codes = {line.account for line in lines if (line.role or "").startswith(_REFUSED)} - self.accounts.keys()
        told = "Xero takes no bank, receivable or payable account in a manual journal; to be of another kind there: {}"
        return (
            *left_out(vouchers, dimensions=self.tracking, has_quantity=False),
            *((told.format(", ".join(sorted(codes))),) if codes else ()),
        )

    def _parts(self, vouchers: Sequence[Voucher]) -> list[list[Voucher]]:
        parts: list[list[Voucher]] = [[]]
        used = 0
        for voucher in vouchers:
            size = len(voucher.lines)
            if size > self.lines_max:
                raise LedgerError(
                    f"a file of Xero takes {self.lines_max} lines, and the voucher has {size}",
                    where=f"{voucher.period} {voucher_name(voucher)}",
                    hint="post in smaller groups, such as per day instead of per month",
                )
            if used + size > self.lines_max:
                parts.append([])
                used = 0
            parts[-1].append(voucher)
            used += size
        return parts

    def _file(self, vouchers: Sequence[Voucher], codes: Mapping[str, str], book: LedgerBook) -> bytes:
        text = io.StringIO(newline="")
        rows = csv.writer(text, lineterminator="\r\n")
        rows.writerow(COLUMNS)
        for voucher in vouchers:
            rows.writerows(self._row(voucher, line, codes, book) for line in voucher.lines)
        return text.getvalue().encode("utf-8")

    def _row(self, voucher: Voucher, line: JournalLine, codes: Mapping[str, str], book: LedgerBook) -> list[str]:
        if line.amount.currency.code != book.currency:
            raise LedgerError(
                f"the line is in {line.amount.currency.code}, the book in {book.currency}",
                where=f"{voucher.period} {voucher_name(voucher)} line {line.line_no}",
            )
        return [
            _narration(voucher),
            f"{voucher.date:%d/%m/%Y}",
            guarded(_description(line)),
            guarded(codes[line.account]),
            guarded(self._tax_rate(line, book)),
            amount_text(line.amount),
            *self._tracked(line),
        ]

    def _codes(self, vouchers: Sequence[Voucher]) -> dict[str, str]:
        """The account code there by the code here."""
        owner: dict[str, str] = {}
        for code in sorted({line.account for voucher in vouchers for line in voucher.lines}):
            there = self.accounts.get(code, code)
            if len(there) > _CODE_LENGTH:
                raise LedgerError(
                    f"the account code {there!r} is longer than {_CODE_LENGTH} characters",
                    where="xero",
                    hint=f"name the code there: Xero(accounts={{{code!r}: ...}})",
                )
            if owner.setdefault(there, code) != code:
                raise LedgerError(f"account codes {owner[there]!r} and {code!r} both become {there}", where="xero")
        return {code: there for there, code in owner.items()}

    def _tax_rate(self, line: JournalLine, book: LedgerBook) -> str:
        account = book.find_account(line.account)
        keys = (line.account, line.role, None if account is None else account.type)
        return next((self.tax_rates[key] for key in keys if key is not None and key in self.tax_rates), self.tax_rate)

    def _tracked(self, line: JournalLine) -> Iterator[str]:
        """Name and option of each category; both stay empty where the line does not say."""
        for dimension, category in self.tracking.items():
            option = line.aux.get(dimension)
            yield from ("", "") if option is None else (guarded(category), guarded(option))
        for _ in range(_TRACKED - len(self.tracking)):
            yield from ("", "")


def _narration(voucher: Voucher) -> str:
    return guarded(f"{voucher.lines[0].summary} {voucher.period} {voucher_name(voucher)}")


def _description(line: JournalLine) -> str:
    if line.foreign_amount is None:
        return line.summary
    return f"{line.summary} ({amount_text(line.foreign_amount)} {line.foreign_amount.currency.code})"


def _require_narrations(vouchers: Sequence[Voucher]) -> None:
    """Two vouchers of one narration and date would be one journal."""
    owner: dict[tuple[object, str], str] = {}
    for voucher in vouchers:
        first = owner.setdefault((voucher.date, _narration(voucher)), voucher.voucher_id)
        if first != voucher.voucher_id:
            raise LedgerError(
                f"vouchers {first} and {voucher.voucher_id} would be one journal, {_narration(voucher)!r}", where="xero"
            )


LEDGER = Xero()
