"""Odoo: journal entries as the CSV that its import takes for `account.move`.

One row a voucher line; what the voucher says as a whole stands on its first row alone. Entries come in as drafts. Vouchers and
lines carry external ids made of the voucher's id, so a file that is imported again changes nothing instead of adding to it.

Rules: `domain.md` 8. A negative debit or credit (storno) is kept by a company with storno accounting, which Odoo switches on
with its Chinese charts; elsewhere it moves it to the other side itself.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final

import attrs
from moneyed import Money

from tieout.errors import LedgerError
from tieout.ledgers._base import LedgerBook, LedgerOptions, amount_text
from tieout.ledgers._cells import guarded
from tieout.ledgers._entries import (
    Entry,
    frozen_texts,
    left_out,
    option_text,
    option_texts,
    original_amount,
    whole_vouchers,
)
from tieout.model import JournalLine, Voucher
from tieout.model.currency import negated

__all__ = ["COLUMNS", "LEDGER", "Odoo"]

COLUMNS: Final = (
    "id",
    "date",
    "journal_id",
    "ref",
    "line_ids/id",
    "line_ids/account_id",
    "line_ids/partner_id",
    "line_ids/name",
    "line_ids/debit",
    "line_ids/credit",
    "line_ids/amount_currency",
    "line_ids/currency_id",
)
"""The columns, in order, as the import finds them by name."""

_LEAF: Final = "odoo"
_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_HEAD: Final = COLUMNS[:4]
_NOT_IN_AN_ID: Final = re.compile(r"[^A-Za-z0-9_-]")  # a dot would name a module


@attrs.frozen(kw_only=True)
class Odoo(LedgerOptions):
    """The import of Odoo.

    Attributes:
        journal_id: Code or name of the journal that takes the entries; Odoo makes one `MISC` for every company.
        partners: The name there of a supplier, customer and so on, by what vouchers call it, where it is another.
        partner_dimensions: Which dimension of a line is its partner: the first that it has.
    """

    evidence: ClassVar[str] = "columns only"

    journal_id: str = attrs.field(default="MISC", converter=option_text)
    partners: Mapping[str, str] = attrs.field(default=_NONE, converter=frozen_texts)
    partner_dimensions: tuple[str, ...] = attrs.field(default=("supplier", "customer"), converter=option_texts)

    @property
    def suffix(self) -> str:
        """Suffix of its files."""
        return ".csv"

    def render(self, vouchers: Sequence[Voucher], *, book: LedgerBook) -> tuple[bytes, ...]:
        """One file in UTF-8.

        Raises:
            LedgerError: A sheet is missing, a line is in another currency than the book's, or two vouchers' ids become one
                external id.
        """
        text = io.StringIO(newline="")
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(COLUMNS)
        for external_id, entry in _by_external_id(whole_vouchers(vouchers, book=book, where=_LEAF)).items():
            rows.writerows(self._rows(external_id, entry))
        return (text.getvalue().encode("utf-8"),)

    def notes(self, vouchers: Sequence[Voucher]) -> tuple[str, ...]:
        """Dimensions that no column takes."""
        return left_out(vouchers, dimensions=self._partner_dimension, has_quantity=False)

    def _rows(self, external_id: str, entry: Entry) -> Iterator[list[str]]:
        head = (external_id, entry.head.date.isoformat(), guarded(self.journal_id), guarded(entry.name))
        for at, line in enumerate(entry.lines, start=1):
            cells = {
                **dict(zip(_HEAD, head if at == 1 else ("",) * len(head), strict=True)),
                "line_ids/id": f"{external_id}_line_{at}",
                "line_ids/account_id": guarded(line.account),
                "line_ids/partner_id": guarded(self._partner(line)),
                "line_ids/name": guarded(line.summary),
                **_figures(line),
            }
            yield [cells[name] for name in COLUMNS]

    def _partner_dimension(self, line: JournalLine) -> tuple[str, ...]:
        """The dimension that is the line's partner, if it has one."""
        return tuple(name for name in self.partner_dimensions if name in line.aux)[:1]

    def _partner(self, line: JournalLine) -> str:
        return "".join(self.partners.get(line.aux[name], line.aux[name]) for name in self._partner_dimension(line))


def _figures(line: JournalLine) -> dict[str, str]:
    """Debit and credit in the book's currency, and the amount in the line's own, which is positive for a debit."""
    nothing = amount_text(Money(0, line.amount.currency))
    original = original_amount(line)
    return {
        "line_ids/debit": nothing if line.debit is None else amount_text(line.debit),
        "line_ids/credit": nothing if line.credit is None else amount_text(line.credit),
        "line_ids/amount_currency": amount_text(negated(original) if line.debit is None else original),
        "line_ids/currency_id": original.currency.code,
    }


def _escaped(found: re.Match[str]) -> str:
    return f"_{ord(found[0]):x}_"


def _by_external_id(entries: Iterable[Entry]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in entries:
        name = f"tieout_{_NOT_IN_AN_ID.sub(_escaped, entry.head.voucher_id)}"
        if name in found:
            ids = f"{found[name].head.voucher_id!r} and {entry.head.voucher_id!r}"
            raise LedgerError(f"vouchers {ids} both become {name}", where=_LEAF)
        found[name] = entry
    return found


LEDGER = Odoo()
