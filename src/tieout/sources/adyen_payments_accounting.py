"""Adyen payments accounting report (Adyen 支付核算报告).

A text, one step in the life of a payment a row, of which only those that book to the payable balance are movements:
settled, refunded, charged back and their reversals. The steps before (Received, Authorised, SentForSettle) and those
that came to nothing repeat the same amounts, and are set apart. Payable is what remains after the fees, which are
positive where they are charged; all of it is in the settlement currency. Times are local, the letters of their zone
beside them.

Rules: `domain.md` 2.2, 4.3; `formats.md` 2.11.
"""

from typing import Final

import polars as pl

from tieout.model import ChannelTransaction
from tieout.sources._adyen import ACCOUNT_COLUMNS
from tieout.sources._amounts import Amount
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Currency, Key, Text

__all__ = ["FORMAT"]

_NO_MOVEMENT: Final = (
    "(?i)^(?:received|authorised|authorisedpending|sentforsettle|sentforrefund|refused|retried|reversed|cancelled|expired|error|"
    "capturefailed|refundfailed|requestforinformation|notificationoffraud|chargebackreceived|issuercomments)$"
)
_BACK: Final = "(?i)^(?:refunded|chargeback|secondchargeback)"
_FEES: Final = tuple(f"_fee{number}" for number in range(4))
_FEE_CAPTIONS: Final = ("Commission (SC)", "Markup (SC)", "Scheme Fees (SC)", "Interchange (SC)")


def _derive(frame: pl.DataFrame) -> pl.DataFrame:
    columns = [f"{fee}_minor" for fee in _FEES]
    charged = pl.sum_horizontal(pl.col(column).fill_null(0) for column in columns)
    has_fee = pl.any_horizontal(pl.col(column).is_not_null() for column in columns)
    return frame.with_columns(amount_minor=pl.col("net_minor") + charged, fee_minor=pl.when(has_fee).then(-charged))


def _shape(frame: pl.DataFrame, _: Reading) -> pl.DataFrame:
    is_back = pl.col("type").str.contains(_BACK)
    return frame.with_columns(channel_refund_id=pl.when(is_back).then("_modification"))


FORMAT: Final = TableFormat(
    record=ChannelTransaction,
    evidence="files",
    constants={"channel": "adyen", "bill_kind": "trade"},
    columns=(
        Key("Psp Reference", to="channel_txn_id"),
        Key("Merchant Reference", to="merchant_order_no", needed=False, verbatim=True),
        Moment(("Booking Date", "Creation Date"), to="occurred_at", needed=True, also=(("TimeZone",),)),
        Text("TimeZone", to="_zone"),
        Text("Record Type", to="type", needed=True),
        Key("Modification Psp Reference", to="_modification", needed=False),
        Currency("Settlement Currency"),
        Amount("Payable (SC)", to="net", needed=True),
        *(Amount(caption, to=fee) for caption, fee in zip(_FEE_CAPTIONS, _FEES, strict=True)),
    ),
    ignored=(
        *ACCOUNT_COLUMNS,
        *("Merchant Account", "Creation Date", "Main Currency", "Main Amount", "Payment Currency", "Received (PC)"),
        *("Exchange Rate", "Authorised (PC)", "Captured (PC)", "Processing Fee Currency", "Processing Fee (FC)"),
        *("Modification Merchant Reference", "Original Amount", "Shopper Reference"),
        *(f"Reserved{number}" for number in range(1, 11)),
    ),
    by_line=True,
    is_apart=lambda cell: cell("Record Type").str.contains(_NO_MOVEMENT),
    derive=_derive,
    shape=_shape,
)
