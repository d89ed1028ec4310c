"""Kingdee Cloud Galaxy (金蝶云星空): vouchers as its import workbook, or as the JSON that its web API saves.

The workbook has the sheet `凭证#单据头(FBillHead)` with keys in the first row and captions in the second; what belongs to a
voucher as a whole stands on its first row alone. Codes and dates are text; amounts are numbers, negative is red.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar, Final

import attrs

from tieout.ledgers._base import LedgerBook, LedgerOptions, amount_text, plain_number, plain_text
from tieout.ledgers._cloud_columns import CAPTIONS, ENTRY, HEAD, MONEY
from tieout.ledgers._entries import (
    Entry,
    frozen_texts,
    left_out,
    option_text,
    original_amount,
    rate_of,
    side_amount,
    split_entries,
    whole_vouchers,
)
from tieout.ledgers._xlsx import ROWS_MAX, Cell, Sheet, to_workbook
from tieout.model import JournalLine, Voucher

__all__ = ["AUX", "LEDGER", "KingdeeCloud"]

AUX: Final[Mapping[str, str]] = MappingProxyType(
    {
        "supplier": "FFLEX4",
        "department": "FFLEX5",
        "customer": "FFLEX6",
        "employee": "FFLEX7",
        "sku": "FFLEX8",
        "expense_item": "FFLEX9",
        "bank_account": "FFLEX15",
        "other_party": "FFLEX16",
    }
)
"""The preset dimension that ours is (`domain.md` 8)."""

_WHERE: Final = "kingdee_cloud"
_SHEET: Final = "凭证#单据头(FBillHead)"
_RATE_TYPE: Final = "HLTX01_SYS"
_HEADERS: Final = 2


@attrs.frozen(kw_only=True)
class KingdeeCloud(LedgerOptions):
    """The import workbook of Kingdee Cloud Galaxy, or the JSON of its web API.

    Attributes:
        account_book: Number of the account book (账簿) there.
        organisation: Number of the accounting organisation (核算组织); empty when the account book says it.
        words: Number of the voucher word there, by ours; others stay, and `notes` tells of them.
        currencies: Number of a currency there, by its ISO 4217 code; others stay, and `notes` tells of them.
        aux: The dimension there (`FFLEX4` to `FFLEX16`, or `FF100001` and so on), by ours; a dimension that is not named is
            left out.
        members: Codes that the program has for members of dimensions, such as `{"sf_express": "VEN00001"}`; others stay.
        as_json: The JSON that `GL_VOUCHER` is saved with, in place of the workbook.
        lines_max: How many lines a workbook takes; more fill several, none of which cuts a voucher in two.
    """

    evidence: ClassVar[str] = "columns only"

    account_book: str = attrs.field(default="001", converter=option_text)
    organisation: str = attrs.field(default="", converter=option_text)
    words: Mapping[str, str] = attrs.field(factory=lambda: {"记": "PRE001"}, converter=frozen_texts)
    currencies: Mapping[str, str] = attrs.field(
        factory=lambda: {"CNY": "PRE001", "USD": "PRE007"}, converter=frozen_texts
    )
    aux: Mapping[str, str] = attrs.field(default=AUX, converter=frozen_texts)
    members: Mapping[str, str] = attrs.field(factory=dict, converter=frozen_texts)
    as_json: bool = False
    lines_max: int = ROWS_MAX - _HEADERS

    @property
    def suffix(self) -> str:
        """Suffix of its files."""
        return ".json" if self.as_json else ".xlsx"

    def render(self, vouchers: Sequence[Voucher], *, book: LedgerBook) -> tuple[bytes, ...]:
        """One workbook, several when the lines are more than one takes, or one JSON file in UTF-8.

        Raises:
            MissingExtra: XlsxWriter is not installed, and a workbook is wanted.
            LedgerError: A sheet of a voucher is missing, an amount is not in the book's currency or is too long for a cell.
        """
        entries = whole_vouchers(vouchers, book=book, where=_WHERE)
        if self.as_json:
            model = {"Model": [self._model(entry) for entry in entries]}
            return (f"{json.dumps(model, ensure_ascii=False, indent=2)}\n".encode(),)
        files = split_entries(entries, lines_max=self.lines_max, where=_WHERE)
        return tuple(to_workbook([self._sheet(file, book)], where=_WHERE) for file in files)

    def notes(self, vouchers: Sequence[Voucher]) -> tuple[str, ...]:
        """Dimensions that `aux` does not name, cash flow items, and voucher words and currencies without a number there."""
        words = {voucher.word for voucher in vouchers} - self.words.keys()
        codes = {original_amount(line).currency.code for voucher in vouchers for line in voucher.lines}
        return (
            *left_out(vouchers, dimensions=self.aux),
            *(f"voucher word {word} has no number in words= and stands as it is" for word in sorted(words)),
            *(
                f"{code} has no number in currencies= and stands as it is"
                for code in sorted(codes - self.currencies.keys())
            ),
        )

    def _sheet(self, entries: Sequence[Entry], book: LedgerBook) -> Sheet:
        columns = HEAD | ENTRY | self._dimension_columns() | MONEY
        rows: list[list[Cell]] = []
        for nth, entry in enumerate(entries, start=1):
            head = {"FBillHead(GL_VOUCHER)": Decimal(nth), **self._head(entry)}
            for line in entry.lines:
                cells = head | {"FEntity": Decimal(len(rows) + 1)} | self._line(line, book)
                rows.append([cells.get(key) for key in columns])
                head = {}
        return Sheet(name=_SHEET, header=(tuple(columns), tuple(columns.values())), rows=rows)

    def _dimension_columns(self) -> dict[str, str]:
        """Key and caption of the dimensions' columns."""
        return {f"FDetailID#{field}": f"(分录){CAPTIONS.get(field, name)}#编码" for name, field in self.aux.items()}

    def _head(self, entry: Entry) -> dict[str, Cell]:
        head = entry.head
        return {
            "FAccountBookID": self.account_book,
            "FDate": head.date.isoformat(),
            "FBUSDATE": head.date.isoformat(),
            "FYEAR": Decimal(head.period[:4]),
            "FPERIOD": Decimal(head.period[5:]),
            "FVOUCHERGROUPID": self._word(entry),
            "FVOUCHERGROUPID#Name": head.word,
            "FVOUCHERGROUPNO": str(head.number),
            "FATTACHMENTS": Decimal(entry.attachments_count),
            "FISADJUSTVOUCHER": "否",
            "FACCBOOKORGID": self.organisation,
        }

    def _word(self, entry: Entry) -> str:
        return self.words.get(entry.head.word, entry.head.word)

    def _currency(self, line: JournalLine) -> str:
        code = original_amount(line).currency.code
        return self.currencies.get(code, code)

    def _dimensions(self, line: JournalLine) -> dict[str, str]:
        """Member by dimension there."""
        members = {field: line.aux[name] for name, field in self.aux.items() if name in line.aux}
        return {field: self.members.get(member, member) for field, member in members.items()}

    def _line(self, line: JournalLine, book: LedgerBook) -> dict[str, Cell]:
        return {
            "FEXPLANATION": line.summary,
            "FACCOUNTID": line.account,
            "FACCOUNTID#Name": line.account_name or book.account_name(line.account),
            **{f"FDetailID#{field}": member for field, member in self._dimensions(line).items()},
            "FCURRENCYID": self._currency(line),
            "FEXCHANGERATETYPE": _RATE_TYPE,
            **{key: Decimal(figure) for key, figure in _figures(line).items()},
        }

    def _model(self, entry: Entry) -> dict[str, Any]:
        """What the web API saves as one voucher."""
        head = entry.head
        model: dict[str, Any] = {
            "FAccountBookID": _numbered(self.account_book),
            "FDate": head.date.isoformat(),
            "FBUSDATE": head.date.isoformat(),
            "FYEAR": int(head.period[:4]),
            "FPERIOD": int(head.period[5:]),
            "FVOUCHERGROUPID": _numbered(self._word(entry)),
            "FVOUCHERGROUPNO": str(head.number),
            "FATTACHMENTS": entry.attachments_count,
            "FISADJUSTVOUCHER": "false",
        }
        if self.organisation:
            model["FACCBOOKORGID"] = _numbered(self.organisation)
        model["FEntity"] = [self._model_line(line) for line in entry.lines]
        return model

    def _model_line(self, line: JournalLine) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "FEXPLANATION": plain_text(line.summary),
            "FACCOUNTID": _numbered(line.account),
            "FCURRENCYID": _numbered(self._currency(line)),
            "FEXCHANGERATETYPE": _numbered(_RATE_TYPE),
            **_figures(line),
        }
        dimensions = {f"FDETAILID__{field}": _numbered(member) for field, member in self._dimensions(line).items()}
        return fields | ({"FDetailID": dimensions} if dimensions else {})


def _figures(line: JournalLine) -> dict[str, str]:
    """The figures of a line by key, as plain digits."""
    figures = {"FEXCHANGERATE": plain_number(rate_of(line, where=_WHERE))}
    if line.unit_price is not None:
        figures["FPrice"] = amount_text(line.unit_price)
    if line.quantity is not None:
        figures["FQty"] = plain_number(line.quantity)
    figures["FAMOUNTFOR"] = amount_text(original_amount(line))
    figures["FDEBIT" if line.debit is not None else "FCREDIT"] = amount_text(side_amount(line))
    return figures


def _numbered(code: str) -> dict[str, str]:
    return {"FNumber": plain_text(code)}


LEDGER = KingdeeCloud()
