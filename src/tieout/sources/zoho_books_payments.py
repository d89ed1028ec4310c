"""Zoho Books payments received for invoices, as they are imported (Zoho Books 收款).

A text in UTF-8 with a mark: what was paid for one invoice a row. The invoice is the number of the order at the merchant; the
order's own number stands in the Description of programs that put a marketplace's settlement into Zoho. The Reference Number is
what the payer calls the payment, such as the settlement: several invoices may have it.

Days stand without time and the file does not say whose they are, so the caller says the zone; the moments are the beginnings of
these days. The account into which the payment goes is that of the books, and is not read.

Rules from the real output of such a program; `formats.md` 1.
"""

from typing import Final

import polars as pl

from tieout.model import Payment
from tieout.sources._amounts import Price
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Choice, Key, Remark
from tieout.sources._zoho import order_of

__all__ = ["FORMAT"]

_CHANNELS: Final = {"Credit Card": "card", "Debit Card": "card"}


def _derive(values: pl.DataFrame) -> pl.DataFrame:
    return values.with_columns(platform_order_id=order_of(pl.col("_description")))


FORMAT: Final = TableFormat(
    record=Payment,
    columns=(
        Key("Invoice Number", to="merchant_order_no"),
        Price("Payment Amount", to="amount", needed=True),
        Moment("Payment Date", to="paid_at", needed=True),
        Choice("Payment Mode", _CHANNELS, to="channel", other="other"),
        Remark("Description", to="_description"),
        Key("Reference Number", to="channel_txn_id", needed=False),
    ),
    derive=_derive,
    evidence="files",
    ignored=("Customer Name", "Paid Through Account", "settlement_id"),
)
