"""Checkout.com settlement breakdown (Checkout.com 结算明细).

A text, one payment or charge a row: gross, deduction and net in the currency of the holding account, signed, and the
parts of the deduction beside them. The parts become lines of their own, and what remains of the net is the payment
itself. A row of the type Merchant Payout is what Checkout.com takes for paying out, not the payout. Times are UTC.

Rules: `domain.md` 4.2; `formats.md` 2.11.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.proof import Check
from tieout.sources._amounts import Amount, Part
from tieout.sources._line_types import ByWords, fee_or_refund, line_type_expr, note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import tie_lines
from tieout.sources._words import Currency, Key, Text

__all__ = ["FORMAT"]

_FEE: Final = fee_or_refund("payment_fee")
_TYPES: Final[ByWords] = {
    "(?i)chargeback.*(?:reversal|reversed|won)|(?:reversal|reversed).*chargeback|representment": "chargeback_reversal",
    "(?i)chargeback|dispute": ("chargeback_reversal", "chargeback"),
    "(?i)^refund (?:reversal|reversed)": "adjustment",
    "(?i)^refund": "sale_refund",
    "(?i)^(?:charge|capture|payment)$": ("sale", "sale_refund"),
    "(?i)^merchant payout|fee|token|account updater|^void|authori[sz]ation|authentication|risk": _FEE,
    "(?i)reserve": ("reserve_release", "reserve_hold"),
    "(?i)adjustment": "adjustment",
    "(?i)transfer": "transfer",
    "(?i)^tax": ("tax_collected", "tax_withheld"),
}
_PARTS: Final = (
    Part("Processing Fee In Holding Currency", _FEE, words="Processing Fee"),
    Part("Scheme Fee In Holding Currency", _FEE, words="Scheme Fee"),
    Part("Interchange In Holding Currency", _FEE, words="Interchange"),
    Part("Tax In Holding Currency", ("tax_collected", "tax_withheld"), words="Tax"),
    Part("Reserve In Holding Currency", ("reserve_release", "reserve_hold"), words="Reserve"),
)


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    said = line_type_expr(pl.col("_type"), _TYPES, amount=pl.col("amount_minor"))
    is_own = pl.col("type").is_null()
    frame = frame.with_columns(
        type=pl.coalesce("type", said), description=pl.coalesce(pl.col("_type") + ": " + pl.col("description"), "_type")
    )
    note_unknown(reading, frame, "_type")
    is_refund = is_own & (pl.col("type") == "sale_refund")
    return frame.with_columns(refund_id=pl.when(is_refund).then("line_id"))


def _checks(reading: Reading) -> Iterator[Check]:
    amounts = reading.values.with_columns(_net_minor=pl.col("amount_minor"))
    reading.values = amounts
    yield tie_lines(reading, "net = gross + deduction", total="_net_minor", plus=["_gross_minor", "_deduction_minor"])


FORMAT: Final = TableFormat(
    record=SettlementLine,
    timezone="UTC",
    evidence="files",
    constants={"platform": "checkoutcom"},
    columns=(
        Text("Type", to="_type", needed=True),
        Key("Payment ID", to="line_id", needed=False),
        Key("Reference", to="platform_order_id", needed=False, verbatim=True),
        Moment("Processed On", to="posted_at", needed=True),
        Currency("Holding Currency"),
        Key("Payout ID", to="settlement_id", needed=False),
        Amount("Gross In Holding Currency", to="_gross"),
        Amount("Deduction In Holding Currency", to="_deduction"),
        Amount("Net In Holding Currency", to="amount", needed=True),
        *_PARTS,
    ),
    parts_included=True,
    ignored=(
        *("Client Entity ID", "Client Entity Name", "Processing Channel ID", "Processing Channel Name", "Available On"),
        *("Processing Currency", "Gross In Processing Currency", "FX Rate Applied", "Payment Method"),
    ),
    by_line=True,
    checked=("amount_minor", "_gross_minor", "_deduction_minor"),
    shape=_shape,
    checks=_checks,
)
