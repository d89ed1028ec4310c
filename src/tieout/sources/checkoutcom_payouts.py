"""Checkout.com payouts (Checkout.com 打款汇总).

A text, one payout a row, and beside its amount what it is made of in many columns, all signed from the merchant's
side. The payout leaves the balance at Checkout.com, so its amount is a loss there. Times are UTC.

Rules: `domain.md` 2.2, 4.4; `formats.md` 2.11.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import Payout
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import tie_lines
from tieout.sources._words import Currency, Key

__all__ = ["FORMAT"]

_NEEDED: Final = ("Merchant Payout Fees", "Payments", "Refunds", "Chargebacks")
_FURTHER: Final = (
    *("Pay To Cards", "Card Payment Interchange Fees", "Card Payment Scheme Fees", "Acquiring Premiums"),
    *("Card Payment Gateway Fees", "Card Payment Blended Fees", "Refunded Interchange Fees", "Refund Scheme Fees"),
    *("Refund Gateway Fees", "Chargeback Fees", "Retrieval Fees", "Representment Fees", "Pay To Card Interchange Fees"),
    *("Pay To Card Scheme Fees", "Pay To Card Fees", "Alternative Payment Method Fees", "Adjustments", "Tax"),
    *("Account Updater Fees", "Transfers In", "Transfers Out", "Authentication Fees", "Authentication Scheme Fees"),
    *("Risk Engine Fees", "Intelligent Acceptance Fees", "Network Token Fees"),
)
_PARTS: Final = tuple(
    Amount(caption, to=f"_part{at}", optional=caption in _FURTHER) for at, caption in enumerate((*_NEEDED, *_FURTHER))
)


def _checks(reading: Reading) -> Iterator[Check]:
    reading.values = reading.values.with_columns(_paid_minor=-pl.col("amount_minor"))
    yield tie_lines(reading, "payout = its parts", total="_paid_minor", plus=[part.name for part in _PARTS])


FORMAT: Final = TableFormat(
    record=Payout,
    timezone="UTC",
    evidence="files",
    constants={"platform": "checkoutcom"},
    columns=(
        Key("Payout ID", to="payout_id"),
        Key("Currency Account ID", to="shop_id", needed=False),
        Currency("Holding Currency"),
        Moment("Payout Date", to="initiated_at", needed=True),
        Amount("Payout Amount", to="amount", negate=True, needed=True),
        *_PARTS,
    ),
    ignored=(
        *("Client Entity ID", "Client Entity Name", "Sub Entity ID", "Sub Entity Name", "Currency Account Name"),
        *("Reporting Start Date", "Reporting End Date"),
    ),
    by_line=True,
    checked=("amount_minor", *(part.name for part in _PARTS)),
    checks=_checks,
)
