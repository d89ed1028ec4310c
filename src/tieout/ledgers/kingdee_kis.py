"""Kingdee KIS (金蝶 KIS 标准凭证): the dBASE table that KIS and K/3 exchange vouchers in.

One record a voucher line, in GBK, of the columns and widths that Kingdee describes for its standard voucher exchange. Red
figures are negative on their own side. Vouchers come in unposted: reviewing and posting is done there.

Rules: `domain.md` 8.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import ClassVar, Final

import attrs
from moneyed import Money

from tieout.errors import LedgerError
from tieout.ledgers._base import LedgerBook, LedgerOptions, plain_text, voucher_name
from tieout.ledgers._cells import clipped, encodable
from tieout.ledgers._dbf import Cell, Column, Kind, Row, is_fitting, table
from tieout.ledgers._entries import (
    Entry,
    frozen_texts,
    left_out,
    option_text,
    option_texts,
    original_amount,
    side_amount,
    whole_vouchers,
)
from tieout.model import JournalLine, Voucher

__all__ = ["COLUMNS", "LEDGER", "KingdeeKis"]

_LEAF: Final = "kingdee_kis"
_ENCODING: Final = "gbk"
_CODEPAGE: Final = 0x7A  # simplified Chinese of Windows, code page 936
_SLOTS: Final = 4
_NO_DAY: Final = date(1900, 1, 1)  # of a file without vouchers: there is no day to name


def _text(name: str, width: int) -> Column:
    return Column(name, Kind.TEXT, width)


def _number(name: str, width: int, decimals: int = 0) -> Column:
    return Column(name, Kind.NUMBER, width, decimals)


COLUMNS: Final = (
    Column("FDATE", Kind.DAY, 8),
    _number("FPERIOD", 4),
    _text("FGROUP", 4),
    _number("FNUM", 4),
    _number("FENTRYID", 4),
    _text("FEXP", 40),
    _text("FACCTID", 15),
    *(
        _text(f"{name}{slot}", width)
        for slot in range(1, _SLOTS + 1)
        for name, width in (("FCLSNAME", 20), ("FOBJID", 10), ("FOBJNAME", 20))
    ),
    _text("FTRANSID", 10),
    _text("FCYID", 3),
    _number("FEXCHRATE", 19, 10),
    _text("FDC", 1),
    _number("FFCYAMT", 14, 2),
    _number("FQTY", 8, 2),
    _number("FPRICE", 10, 7),
    _number("FDEBIT", 14, 2),
    _number("FCREDIT", 14, 2),
    _text("FSETTLCODE", 8),
    _text("FSETTLENO", 8),
    _text("FPREPARE", 8),
    _text("FPAY", 8),
    _text("FCASH", 8),
    _text("FPOSTER", 8),
    _text("FCHECKER", 8),
    _number("FATTCHMENT", 5),
    Column("FPOSTED", Kind.FLAG, 1),
    _text("FMODULE", 2),
    Column("FDELETED", Kind.FLAG, 1),
    _number("FSERIALNO", 10),
    _text("FUNITNAME", 10),
    _text("FREFERENCE", 254),
    _number("FCASHFLOW", 4),
    Column("FTRANSDATE", Kind.DAY, 8),
)
"""The columns, in order; dBASE knows names in upper case only."""

_BY_NAME: Final = {column.name: column for column in COLUMNS}
_REFUSE, _LEAVE_OUT = "refuse", "leave_out"
_BOOK_HINT: Final = (
    "KIS has 14 places for an amount, two of them decimals; other amounts need another ledger, such as journal_csv"
)
_HINTS: Final = MappingProxyType(
    {
        "FFCYAMT": "finer='leave_out' writes such lines in the book's currency alone, and says which",
        "FQTY": "finer='leave_out' writes such lines without the quantity, and says which",
        "FPRICE": "finer='leave_out' writes such lines without the price, and says which",
        "FDEBIT": _BOOK_HINT,
        "FCREDIT": _BOOK_HINT,
    }
)
_WIDTHS: Final = {column.name: column.width for column in COLUMNS}
_STOCK: Final = MappingProxyType({"FQTY": "quantity", "FPRICE": "price"})
_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_CURRENCIES: Final = MappingProxyType({"CNY": "RMB"})
_DIMENSIONS: Final = MappingProxyType(
    {"customer": "客户", "supplier": "供应商", "department": "部门", "employee": "职员", "project": "项目"}
)


def _known_way(_: object, field: "attrs.Attribute[str]", way: object) -> None:
    if way not in {_REFUSE, _LEAVE_OUT}:
        raise LedgerError(f"{field.name} is {_REFUSE!r} or {_LEAVE_OUT!r}, got {way!r}", where="options")


@attrs.frozen(kw_only=True)
class KingdeeKis(LedgerOptions):
    """The voucher exchange of Kingdee KIS and K/3.

    Attributes:
        dimensions: The category (核算项目类别) of each dimension that is written, as the books there call it; others are
            left out, and of those that a line has the fifth, and one whose code does not fit.
        codes: The code there of a customer, supplier and so on, by what vouchers call it; without one, what vouchers call
            it is the code. A code has at most 10 bytes.
        separator: What stands between the levels of an account code, such as `.` in `1002.01`; empty where the books
            there have none.
        currencies: The code there of a currency, by ISO 4217 code, where it is another.
        foreign_accounts: Codes of the accounts that are kept in foreign currencies there (核算外币); lines on others are
            written in the book's currency alone. None: every line that has an original amount is written with it.
        finer: What becomes of an original amount, a quantity or a price that its column cannot hold as it is, such as one of
            three decimals where KIS has two: `refuse` the vouchers, or `leave_out` that figure and say so.
    """

    evidence: ClassVar[str] = "columns only"

    dimensions: Mapping[str, str] = attrs.field(default=_DIMENSIONS, converter=frozen_texts)
    codes: Mapping[str, str] = attrs.field(default=_NONE, converter=frozen_texts)
    separator: str = attrs.field(default=".", converter=option_text)
    currencies: Mapping[str, str] = attrs.field(default=_CURRENCIES, converter=frozen_texts)
    foreign_accounts: tuple[str, ...] | None = attrs.field(
        default=None, converter=attrs.converters.optional(option_texts)
    )
    finer: str = attrs.field(default=_REFUSE, validator=_known_way)

    @property
    def suffix(self) -> str:
        """Suffix of its files."""
        return ".dbf"

    def render(self, vouchers: Sequence[Voucher], *, book: LedgerBook) -> tuple[bytes, ...]:
        """One file in GBK, whose head names the day of the last voucher.

        Raises:
            LedgerError: A figure, code or word does not fit its column; a sheet is missing; a line is in another currency
                than the book's; two account codes become one; or two years have the same month, which the table tells apart
                by number alone.
        """
        _require_one_year_a_month(vouchers)
        accounts = self._account_codes(vouchers)
        rows = self._rows(whole_vouchers(vouchers, book=book, where=_LEAF), accounts)
        last = max((voucher.date for voucher in vouchers), default=_NO_DAY)
        return (table(COLUMNS, rows, changed_on=last, encoding=_ENCODING, codepage=_CODEPAGE, hints=_HINTS),)

    def notes(self, vouchers: Sequence[Voucher]) -> tuple[str, ...]:
        """What the table does not hold as the vouchers have it, one sentence a column or dimension."""
        places: dict[str, list[str]] = {}
        for voucher in vouchers:
            for line in voucher.lines:
                where = f"{voucher_name(voucher)} of {voucher.period} line {line.line_no}"
                for name, text in self._texts(voucher, line).items():
                    if _short(name, text) != plain_text(text):
                        places.setdefault(f"{name} is shortened, or without signs that GBK lacks", []).append(where)
                if self._original(line) != original_amount(line):
                    places.setdefault("the original amount is left out", []).append(where)
                for what, number, kept in self._stock(line):
                    if kept != number:
                        places.setdefault(f"the {_STOCK[what]} is left out", []).append(where)
        shortened = tuple(
            f"{what}: {found[0]}" + (f" and {len(found) - 1} more" if found[1:] else "")
            for what, found in sorted(places.items())
        )
        return shortened + left_out(vouchers, dimensions=self._written)

    def _account_codes(self, vouchers: Sequence[Voucher]) -> dict[str, str]:
        """The account code there by the code here."""
        owner: dict[str, str] = {}
        for code in sorted({line.account for voucher in vouchers for line in voucher.lines}):
            there = code.replace(".", self.separator)
            if owner.setdefault(there, code) != code:
                raise LedgerError(f"account codes {owner[there]!r} and {code!r} both become {there}", where=_LEAF)
        return {code: there for there, code in owner.items()}

    def _rows(self, entries: Iterable[Entry], accounts: Mapping[str, str]) -> Iterator[Row]:
        for entry in entries:
            for at, line in enumerate(entry.lines):
                where = f"{_LEAF}: {entry.name} line {at + 1}"
                values: dict[str, Cell] = {
                    "FDATE": entry.head.date,
                    "FPERIOD": entry.head.date.month,
                    "FGROUP": entry.head.word,
                    "FNUM": entry.head.number,
                    "FENTRYID": at,
                    "FACCTID": accounts[line.account],
                    "FATTCHMENT": entry.attachments_count,
                    "FPOSTED": False,
                    "FDELETED": False,
                    "FCASHFLOW": 0,
                    "FTRANSDATE": entry.head.date,
                    **{name: _short(name, text) for name, text in self._texts(entry.head, line).items()},
                    **self._members(line),
                    **self._figures(line, where),
                }
                yield where, values

    def _texts(self, voucher: Voucher, line: JournalLine) -> dict[str, str]:
        """What people read, which may be shortened; a summary that is too long stands whole as the reference."""
        texts = {
            "FEXP": line.summary,
            "FPREPARE": voucher.preparer or "",
            "FCASH": voucher.cashier or "",
            "FCHECKER": voucher.reviewer or "",
        }
        if _short("FEXP", line.summary) != plain_text(line.summary):
            texts["FREFERENCE"] = line.summary
        return texts

    def _code(self, member: str) -> str:
        return self.codes.get(member, plain_text(member))

    def _written(self, line: JournalLine) -> list[str]:
        """The dimensions of a line that are written; a code that were cut could be another member's."""
        fitting = [name for name in self.dimensions if name in line.aux and _is_code(self._code(line.aux[name]))]
        return fitting[:_SLOTS]

    def _members(self, line: JournalLine) -> dict[str, Cell]:
        """Category, code and name of each dimension, in the order of `dimensions`."""
        cells: dict[str, Cell] = {}
        for slot, name in enumerate(self._written(line), start=1):
            cells[f"FCLSNAME{slot}"] = self.dimensions[name]
            cells[f"FOBJID{slot}"] = self._code(line.aux[name])
            cells[f"FOBJNAME{slot}"] = _short(f"FOBJNAME{slot}", line.aux[name])
        return cells

    def _original(self, line: JournalLine) -> Money:
        """The amount that is written as the original one: the book's where the account there knows no other currency."""
        is_kept = self.foreign_accounts is None or line.account in self.foreign_accounts
        original = original_amount(line)
        if is_kept and self._is_written("FFCYAMT", original.amount):
            return original
        return side_amount(line)

    def _stock(self, line: JournalLine) -> tuple[tuple[str, Decimal | None, Decimal | None], ...]:
        """Quantity and price of a line: the column, the figure, and the figure as it is written."""
        price = None if line.unit_price is None else line.unit_price.amount
        figures = {"FQTY": line.quantity, "FPRICE": price}
        return tuple(
            (name, figure, figure if figure is None or self._is_written(name, figure) else None)
            for name, figure in figures.items()
        )

    def _is_written(self, name: str, figure: Decimal) -> bool:
        """Whether a figure is written, if need be to be refused."""
        return self.finer == _REFUSE or is_fitting(figure, _BY_NAME[name])

    def _figures(self, line: JournalLine, where: str) -> dict[str, Cell]:
        """Amounts on the side where the line stands, negative for red."""
        original = self._original(line)
        code = original.currency.code
        rate = Decimal(1) if code == line.amount.currency.code else line.fx_rate
        if rate is None:
            raise LedgerError(f"the line has an amount in {code} and no rate", where=where)
        return {
            "FCYID": self.currencies.get(code, code),
            "FEXCHRATE": rate,
            "FDC": "C" if line.debit is None else "D",
            "FDEBIT": 0 if line.debit is None else line.debit.amount,
            "FCREDIT": 0 if line.credit is None else line.credit.amount,
            "FFCYAMT": original.amount,
            **{name: kept for name, _, kept in self._stock(line)},
        }


@lru_cache(maxsize=4096)  # the lines of a voucher say the same
def _short(name: str, text: str) -> str:
    """As much of a text as its column holds, in whole characters that GBK has."""
    return clipped(encodable(plain_text(text), encoding=_ENCODING), octets=_WIDTHS[name], encoding=_ENCODING)


def _is_code(text: str) -> bool:
    """Whether a text can be a member's code as it is."""
    return bool(text) and _short("FOBJID1", text) == text


def _require_one_year_a_month(vouchers: Sequence[Voucher]) -> None:
    periods: dict[int, str] = {}
    for voucher in vouchers:
        first = periods.setdefault(voucher.date.month, voucher.period)
        if first != voucher.period:
            raise LedgerError(
                f"periods {first} and {voucher.period} are both number {voucher.date.month} there",
                where=_LEAF,
                hint="write a file for each year",
            )


LEDGER = KingdeeKis()
