"""dLocal transaction report (dLocal 交易报告).

A text cut at semicolons, one payment, refund, chargeback or note a row; the amounts have no sign, and the type says
the direction. The amount is in the local currency. Fee and tax (IOF) stand in US dollars, another currency than the
amount, so they are not read; `dlocal_settlement` has them. A chargeback names the payment that it takes back. Times
are UTC.

Rules: `domain.md` 2.2; `formats.md` 2.11.
"""

from typing import Final

import polars as pl

from tieout.model import ChannelTransaction
from tieout.sources._amounts import Amount
from tieout.sources._cash import GAIN, LOSS, by_direction
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Choice, Currency, Key, Text

__all__ = ["FORMAT"]

_TYPES: Final[dict[str, str]] = {
    "Payment": GAIN,
    "Credit Note": GAIN,
    "Chargeback Reversal": GAIN,
    "Refund": LOSS,
    "Chargeback": LOSS,
    "Chargebacks": LOSS,
    "Debit Note": LOSS,
    "Refund processing fee": LOSS,
    "Chargeback processing fee": LOSS,
}
_BACK: Final = r"^(?:Refund|Chargebacks?)$"


def _derive(frame: pl.DataFrame) -> pl.DataFrame:
    amount = by_direction(pl.col("_amount_minor"), pl.col("_direction"))
    return frame.with_columns(amount_minor=pl.when(pl.col("_direction").is_not_null()).then(amount))


def _shape(frame: pl.DataFrame, _: Reading) -> pl.DataFrame:
    is_back = pl.col("type").str.contains(_BACK)
    return frame.with_columns(
        channel_txn_id=pl.coalesce(pl.when(is_back).then("_origin"), "_reference"),
        channel_refund_id=pl.when(is_back).then("_reference"),
        merchant_order_no=pl.coalesce("_origin_invoice", "_invoice"),
    )


FORMAT: Final = TableFormat(
    record=ChannelTransaction,
    timezone="UTC",
    evidence="files",
    constants={"channel": "dlocal", "bill_kind": "trade"},
    columns=(
        Text("Type", to="type", needed=True),
        Choice("Type", _TYPES, to="_direction"),
        Moment("Creation date", to="occurred_at", needed=True),
        Key("Reference", to="_reference"),
        Key("Invoice", to="_invoice", needed=False, verbatim=True),
        Amount("Net Amount (local)", to="_amount", needed=True),
        Currency("currency"),
        Text("Status", to="status"),
        Key("Transaction Reference", to="_origin", needed=False),
        Key("Transaction Invoice", to="_origin_invoice", needed=False, verbatim=True),
    ),
    ignored=(
        *("Settlement date", "Country", "Payment Method", "Payment Method Type", "Amount (USD)", "User Mail", "Fee"),
        "IOF",
    ),
    by_line=True,
    derive=_derive,
    shape=_shape,
)
