"""Journal CSV: one row a voucher line, for any program that reads a table.

UTF-8, comma, one header row. Amounts are plain numbers in two columns, debit and credit; negative is red.
"""

import csv
import io
from collections.abc import Sequence
from typing import Final

import attrs

from tieout.ledgers._base import LedgerBook, LedgerOptions, amount_text, plain_number, sources_text
from tieout.ledgers._cells import guarded
from tieout.model import JournalLine, Voucher

__all__ = ["COLUMNS", "LEDGER", "JournalCsv"]

COLUMNS = (
    "date",
    "period",
    "word",
    "number",
    "part",
    "attachments",
    "line_no",
    "summary",
    "account",
    "account_name",
    "debit",
    "credit",
    "currency",
    "foreign_currency",
    "foreign_amount",
    "fx_rate",
    "quantity",
    "unit_price",
    "customer",
    "supplier",
    "department",
    "employee",
    "project",
    "sku",
    "shop",
    "other_dimensions",
    "cash_flow_item",
    "tax_rate",
    "tax_base",
    "kind",
    "status",
    "preparer",
    "cashier",
    "reviewer",
    "poster",
    "supervisor",
    "voucher_id",
    "reversal_of",
    "source",
)
"""The columns, in order."""

_DIMENSIONS: Final = ("customer", "supplier", "department", "employee", "project", "sku", "shop")


@attrs.frozen(kw_only=True)
class JournalCsv(LedgerOptions):
    """The journal as CSV.

    Attributes:
        bom: Whether the file begins with a byte order mark, which Excel needs to show Chinese right.
    """

    bom: bool = False

    @property
    def suffix(self) -> str:
        """Suffix of its files."""
        return ".csv"

    def render(self, vouchers: Sequence[Voucher], *, book: LedgerBook) -> tuple[bytes, ...]:
        """One file in UTF-8."""
        text = io.StringIO(newline="")
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(COLUMNS)
        for voucher in vouchers:
            # Lines of all of a voucher's events share its sources, which may be thousands.
            held = {id(line.sources): line.sources for line in voucher.lines}
            told = {at: sources_text(sources) for at, sources in held.items()}
            rows.writerows(_row(voucher, line, book, told[id(line.sources)]) for line in voucher.lines)
        return (text.getvalue().encode("utf-8-sig" if self.bom else "utf-8"),)


def _row(voucher: Voucher, line: JournalLine, book: LedgerBook, source: str) -> list[str]:
    foreign = line.foreign_amount
    texts = {
        "word": voucher.word,
        "summary": line.summary,
        "account": line.account,
        "account_name": line.account_name or book.account_name(line.account) or "",
        "kind": voucher.kind.value,
        "status": voucher.status.value,
        "preparer": voucher.preparer or "",
        "cashier": voucher.cashier or "",
        "reviewer": voucher.reviewer or "",
        "poster": voucher.poster or "",
        "supervisor": voucher.supervisor or "",
        "voucher_id": voucher.voucher_id,
        "reversal_of": voucher.reversal_of or "",
        "source": source,
        **{name: line.aux.get(name, "") for name in _DIMENSIONS},
        "other_dimensions": "; ".join(f"{name}={line.aux[name]}" for name in line.aux if name not in _DIMENSIONS),
        "cash_flow_item": line.cash_flow_item or "",
    }
    figures = {
        "date": voucher.date.isoformat(),
        "period": voucher.period,
        "number": str(voucher.number),
        "part": "" if voucher.part is None else f"{voucher.part}/{voucher.parts}",
        "attachments": str(voucher.attachments_count),
        "line_no": str(line.line_no),
        "debit": "" if line.debit is None else amount_text(line.debit),
        "credit": "" if line.credit is None else amount_text(line.credit),
        "currency": line.amount.currency.code,
        "foreign_currency": "" if foreign is None else foreign.currency.code,
        "foreign_amount": "" if foreign is None else amount_text(foreign),
        "fx_rate": "" if line.fx_rate is None else plain_number(line.fx_rate),
        "quantity": "" if line.quantity is None else plain_number(line.quantity),
        "unit_price": "" if line.unit_price is None else amount_text(line.unit_price),
        "tax_rate": "" if line.tax_rate is None else plain_number(line.tax_rate),
        "tax_base": "" if line.tax_base is None else amount_text(line.tax_base),
    }
    cells = {**figures, **{name: guarded(text) for name, text in texts.items()}}
    return [cells[name] for name in COLUMNS]


LEDGER = JournalCsv()
