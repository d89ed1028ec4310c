"""Chanjet T+ (畅捷通 T+): vouchers as the documents that its OpenAPI takes.

A JSON array with one document a voucher, each to be sent to `/tplus/api/v2/doc/Create` as it is. The code of a document is the
voucher's id, so T+ refuses to take one twice. Amounts are texts with exactly two decimals, as T+'s own client sends them.
"""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Final

import attrs

from tieout.ledgers._base import LedgerBook, LedgerOptions, amount_text, plain_number, plain_text
from tieout.ledgers._entries import Entry, frozen_texts, left_out, original_amount, side_amount, whole_vouchers
from tieout.model import JournalLine, Voucher

__all__ = ["AUX", "LEDGER", "ChanjetTplus"]

AUX: Final[Mapping[str, str]] = MappingProxyType(
    {
        "customer": "AuxAccCustomer",
        "supplier": "AuxAccSupplier",
        "department": "AuxAccDepartment",
        "employee": "AuxAccPerson",
        "project": "AuxAccProject",
        "sku": "AuxAccInventory",
    }
)
"""What T+ calls our dimensions."""


@attrs.frozen(kw_only=True)
class ChanjetTplus(LedgerOptions):
    """The documents of T+.

    Attributes:
        aux: Field of `AuxInfos` by dimension; a dimension that is not named is left out.
        members: Codes that T+ has for members of dimensions, such as `{"sf_express": "GYS001"}`; others stay.
        words: Code of the kind of document (凭证类别) by voucher word; others stay.
        currencies: Code that T+ has for a currency, by its ISO 4217 code; others stay.
    """

    evidence: ClassVar[str] = "columns only"

    aux: Mapping[str, str] = attrs.field(default=AUX, converter=frozen_texts)
    members: Mapping[str, str] = attrs.field(factory=dict, converter=frozen_texts)
    words: Mapping[str, str] = attrs.field(factory=dict, converter=frozen_texts)
    currencies: Mapping[str, str] = attrs.field(factory=lambda: {"CNY": "RMB"}, converter=frozen_texts)

    @property
    def suffix(self) -> str:
        """Suffix of its files."""
        return ".json"

    def render(self, vouchers: Sequence[Voucher], *, book: LedgerBook) -> tuple[bytes, ...]:
        """One file in UTF-8.

        Raises:
            LedgerError: A sheet of a voucher is missing, or an amount is not in the book's currency.
        """
        entries = whole_vouchers(vouchers, book=book, where="chanjet_tplus")
        documents = [self._document(entry) for entry in entries]
        return (f"{json.dumps(documents, ensure_ascii=False, indent=2)}\n".encode(),)

    def notes(self, vouchers: Sequence[Voucher]) -> tuple[str, ...]:
        """Dimensions that `aux` does not name, and cash flow items."""
        return left_out(vouchers, dimensions=self.aux)

    def _document(self, entry: Entry) -> dict[str, Any]:
        head = entry.head
        dto = {
            "VoucherDate": head.date.isoformat(),
            "ExternalCode": plain_text(head.voucher_id),
            "DocType": {"Code": plain_text(self.words.get(head.word, head.word))},
            "AttachedVoucherNum": entry.attachments_count,
            "Entrys": [self._entry(line) for line in entry.lines],
        }
        return {"dto": dto}

    def _entry(self, line: JournalLine) -> dict[str, Any]:
        original = original_amount(line)
        currency = original.currency.code
        side = "Dr" if line.debit is not None else "Cr"
        fields: dict[str, Any] = {
            "Summary": plain_text(line.summary),
            "Account": {"Code": plain_text(line.account)},
            "Currency": {"Code": self.currencies.get(currency, currency)},
            f"Amount{side}": amount_text(side_amount(line)),
        }
        if line.foreign_amount is not None:
            fields[f"OrigAmount{side}"] = amount_text(original)
        if line.fx_rate is not None:
            fields["ExchangeRate"] = plain_number(line.fx_rate)
        if line.quantity is not None:
            fields[f"Quantity{side}"] = plain_number(line.quantity)
        if line.unit_price is not None:
            fields["Price"] = amount_text(line.unit_price)
        aux = {
            field: {"Code": plain_text(self.members.get(line.aux[name], line.aux[name]))}
            for name, field in self.aux.items()
            if name in line.aux
        }
        if aux:
            fields["AuxInfos"] = [aux]
        return fields


LEDGER = ChanjetTplus()
