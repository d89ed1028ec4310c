"""Heads of courier bills: files that repeat the invoice on every line, and bills that stand in a file of their own."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import attrs
import polars as pl
from moneyed import Money

from tieout.errors import MoneyError
from tieout.model import CourierInvoice
from tieout.money import from_minor, to_minor
from tieout.proof import Check
from tieout.sources._captions import Row
from tieout.sources._labels import label_value
from tieout.sources._reading import Reading
from tieout.sources._totals import declared_money, doubt_total
from tieout.tables import Table
from tieout.tables._file_numbers import file_number

__all__ = ["INVOICE_TOTAL", "branch_invoice", "file_bill_no", "invoice_checks", "invoices_of", "money_below"]

INVOICE_TOTAL: Final = "_invoice_total"
"""Parsed column of a total, in units of the invoice's currency, that every line of an invoice repeats."""


@attrs.frozen(kw_only=True)
class _Head:
    """What the lines of one invoice say of it."""

    lines: pl.DataFrame
    invoice: CourierInvoice


def _heads(reading: Reading, carrier: str, currency: str) -> Iterator[_Head]:
    rejected = pl.int_range(pl.len()).is_in(sorted(reading.rejected_rows))
    values = reading.values.with_columns(rejected.alias("_rejected")).filter(pl.col("bill_no").is_not_null())
    for (bill_no,), lines in values.group_by("bill_no", maintain_order=True):
        code, total = _first(lines, currency), _first(lines, INVOICE_TOTAL)
        if code is None:
            continue
        days = {name: _first(lines, name) for name in ("_invoice_date", "_due_date")}
        invoice = CourierInvoice(
            carrier=carrier,
            bill_no=str(bill_no),
            account_no=_first(lines, "account_no"),
            invoice_date=days["_invoice_date"],
            due_date=days["_due_date"],
            currency=code,
            total=_money(reading, total, code, str(bill_no)),
            provenance=reading.provenance(),
        )
        yield _Head(lines=lines, invoice=invoice)


def _money(reading: Reading, total: Decimal | None, code: str, bill_no: str) -> Money | None:
    try:
        return None if total is None else from_minor(to_minor(Money(total, code)), code)
    except MoneyError:
        doubt_total(reading, f"total of invoice {bill_no}", f"{total} {code}")
        return None


def _first(lines: pl.DataFrame, name: str) -> Any:  # noqa: ANN401 - a cell of any type
    said = lines[name].drop_nulls().to_list() if name in lines.columns else []
    return said[0] if said else None


def invoices_of(reading: Reading, *, carrier: str, currency: str) -> Mapping[str, Table[Any]]:
    """The invoices whose numbers the lines repeat, in the order of the file.

    Args:
        reading: The reading; parsed are `bill_no`, `account_no` and, as far as the format has them, `_invoice_total`,
            `_invoice_date` and `_due_date`.
        carrier: Carrier code.
        currency: Parsed column of the invoice's currency.
    """
    heads = list(_heads(reading, carrier, currency))
    return {"CourierInvoice": Table.from_records([head.invoice for head in heads], record=CourierInvoice)}


def invoice_checks(reading: Reading, *, carrier: str, currency: str, caption: str) -> Iterator[Check]:
    """That the charges of each invoice sum to its total, and that all its lines say one total.

    Args:
        reading: The reading, as for `invoices_of`; `amount_minor` and `currency` are parsed too.
        carrier: Carrier code.
        currency: Parsed column of the invoice's currency.
        caption: What the file calls the total.
    """
    for head in _heads(reading, carrier, currency):
        invoice, lines = head.invoice, head.lines
        if invoice.total is None:
            if _first(lines, INVOICE_TOTAL) is None:
                reading.note("total.missing", f"invoice {invoice.bill_no} says no {caption}")
            continue
        says = lines[INVOICE_TOTAL].drop_nulls()
        yield Check(
            name=f"lines of invoice {invoice.bill_no} with its {caption}",
            side="file",
            currency=None,
            total=len(says),
            parts={"that do": int((says == says[0]).sum())},
        )
        others = lines.filter(pl.col("currency").is_not_null() & (pl.col("currency") != invoice.currency))
        if others.height:
            codes = ", ".join(sorted(others["currency"].unique()))
            text = f"invoice {invoice.bill_no} is in {invoice.currency} and has charges in {codes}: its total is not checked"
            reading.note("total.other_currency", text)
            continue
        sums = {
            name: int(lines.filter(pl.col("_rejected") == is_rejected)["amount_minor"].sum())
            for name, is_rejected in (("records", False), ("rejects", True))
        }
        parts = {name: figure for name, figure in sums.items() if name == "records" or lines["_rejected"].any()}
        yield Check(
            name=f"{caption} of {invoice.bill_no}",
            side="file",
            currency=invoice.currency,
            total=to_minor(invoice.total),
            parts=parts,
        )


def file_bill_no(reading: Reading) -> str:
    """A number for a bill that has none: the file's own identity."""
    return file_number(reading.document.sha256)


def money_below(reading: Reading, *labels: str) -> Money | None:
    """An amount in CNY that stands behind a label below the table; None when there is none; if it is no amount, a check fails."""
    rows = [Row(line=0, line_end=0, cells=cells) for cells in reading.below]
    said = label_value(rows, *labels)
    return declared_money(reading, said, "CNY", name=labels[0])


def branch_invoice(
    reading: Reading, *, carrier: str, total: Money | None, adjustments: Money | None = None
) -> Mapping[str, Table[Any]]:
    """The head of a bill that a courier's branch wrote into a file of its own.

    Args:
        reading: The reading.
        carrier: Carrier code.
        total: What the bill says is due.
        adjustments: The part of it that no charge explains, such as labels that were paid before, which is negative.
    """
    invoice = CourierInvoice(
        carrier=carrier,
        bill_no=file_bill_no(reading),
        currency="CNY",
        total=total,
        adjustments=adjustments,
        provenance=reading.provenance(),
    )
    return {"CourierInvoice": Table.from_records([invoice])}
