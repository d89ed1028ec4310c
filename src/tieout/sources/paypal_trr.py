"""PayPal transaction detail report (PayPal 交易明细报告, TRR).

A text of typed rows as PayPal's settlement report is: CH names the columns, SB are the transactions, amounts are whole
numbers of hundredths without a sign, yen included, beside DR or CR. It lists what happens in the account whether it moves the
balance or not, so it gives transactions of a trade bill with their status, and no settlement lines. Its many columns about
the payer are not read.

A refund or reversal stands under the transaction that it refers to, where the file says so, with its own number as the
refund's.

Rules: PayPal's Transaction Detail Report Specification; `domain.md` 2.2, 4.3; `formats.md` 2.8.
"""

from typing import Final

import polars as pl

from tieout.model import ChannelTransaction
from tieout.sources._amounts import Amount
from tieout.sources._paypal import COLUMNS, IGNORED, contradictions, is_no_line, report_checks, signed
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]

_OF_ANOTHER: Final = r"^T1[12]"


def _shape(frame: pl.DataFrame, _: Reading) -> pl.DataFrame:
    refers = pl.col("type").str.contains(_OF_ANOTHER)
    is_known = refers & (pl.col("_reference_type") == "TXN") & pl.col("_reference").is_not_null()
    own = pl.col("channel_txn_id")
    return frame.with_columns(
        channel_txn_id=pl.when(is_known).then("_reference").otherwise(own),
        channel_refund_id=pl.when(refers).then(own),
        merchant_order_no=pl.coalesce("_invoice", "_custom"),
        net_minor=pl.col("amount_minor") + pl.col("fee_minor").fill_null(0),
    )


FORMAT: Final = TableFormat(
    record=ChannelTransaction,
    evidence="files",
    constants={"channel": "paypal", "bill_kind": "trade"},
    columns=(
        *COLUMNS,
        Key("Transaction ID", to="channel_txn_id"),
        Text("Transaction Event Code", to="type", needed=True),
        Moment("Transaction Initiation Date", to="occurred_at", needed=True),
        Amount("Fee Amount", to="fee", implied=2),
        Text("Transactional Status", to="status"),
    ),
    ignored=(
        *IGNORED,
        *("Transaction Completion Date", "Insurance Amount", "Sales Tax Amount", "Shipping Amount"),
        *("Transaction Subject", "Transaction Note", "Payer's Account ID", "Payer Address Status", "Item Name"),
        *("Item ID", "Option 1 Name", "Option 1 Value", "Option 2 Name", "Option 2 Value", "Auction Site"),
        *("Auction Buyer ID", "Auction Closing Date", "Shipping Address Line1", "Shipping Address Line2"),
        *("Shipping Address City", "Shipping Address State", "Shipping Address Zip", "Shipping Address Country"),
        *("Shipping Method", "Billing Address Line1", "Billing Address Line2", "Billing Address City"),
        *("Billing Address State", "Billing Address Zip", "Billing Address Country", "First Name", "Last Name"),
        *("Consumer Business Name", "Card Type", "Payment Source", "Shipping Name", "Authorization Review Status"),
        "Protection Eligibility",
    ),
    is_apart=lambda cell: is_no_line(cell("CH")),
    derive=lambda frame: frame.with_columns(signed(fee="fee_minor")),
    refuse=lambda reading: contradictions(reading, fee="fee_minor"),
    shape=_shape,
    checks=lambda reading: report_checks(reading, fee="fee_minor"),
)
