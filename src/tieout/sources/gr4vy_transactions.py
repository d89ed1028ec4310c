"""Gr4vy transactions report (Gr4vy 交易报告).

A text, one transaction a row, under captions in lower case. Amounts are whole numbers of the currency's smallest
unit: 1050 is USD 10.50 and JPY 1050. The amount is what was captured; of a transaction that was declined or only
authorised that is nothing. Gr4vy passes payments on to other channels, whose own reports settle them. Times have
their offset, or are UTC.

Rules: `domain.md` 2.2; `formats.md` 2.11.
"""

from typing import Final

from tieout.model import ChannelTransaction
from tieout.sources._amounts import Amount
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Currency, Key, Text

__all__ = ["FORMAT"]

FORMAT: Final = TableFormat(
    record=ChannelTransaction,
    timezone="UTC",
    evidence="columns only",
    constants={"channel": "gr4vy", "bill_kind": "trade"},
    columns=(
        Key("id", to="channel_txn_id"),
        Key("external_identifier", to="merchant_order_no", needed=False, verbatim=True),
        Text("status", to="status"),
        Moment("created_at", to="occurred_at", needed=True),
        Currency("currency"),
        Amount("captured_amount", to="amount", implied="minor", needed=True),
        Text(("payment_service_definition_id", "scheme"), to="type", optional=True),
    ),
    ignored=(
        *("scheme", "method", "country", "amount", "authorized_amount", "updated_at", "captured_at", "intent"),
        *(
            "payment_source",
            "merchant_account_id",
            "payment_service_id",
            "payment_service_display_name",
            "instrument_type",
        ),
        *(
            "billing_details_email_address",
            "billing_details_first_name",
            "billing_details_last_name",
            "raw_response_code",
        ),
    ),
)
