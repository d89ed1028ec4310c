"""Stripe payments of the dashboard (unified_payments).

A text of one charge a line; what was refunded of it stands in columns of the same line and becomes a record of its
own. `Amount` is in the buyer's currency, the `Converted` amounts are in the currency of the balance, and so are `Fee`
and `Taxes On Fee`, which comes on top of it: both are positive. Charges that failed or were not captured, and test
payments, moved no money and are set apart. Disputes are named without a movement of money, which the balance report
has.

Rules: `domain.md` 2.2; `formats.md` 2.9.
"""

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from tieout.model import ChannelTransaction
from tieout.privacy import PiiClass
from tieout.sources._amounts import Amount, Part
from tieout.sources._faults import CountedNote
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Currency, Key, Text

__all__ = ["FORMAT"]

_NO_MONEY: Final = r"^(?i:failed|blocked|cancell?ed|uncaptured|incomplete|expired|pending|requires.*)$"
_REFUNDED: Final = Part("Converted Amount Refunded", kind="refund", negate=True)


def _moved_nothing(cell: Callable[[str], pl.Expr]) -> pl.Expr:
    is_test = cell("Mode").str.to_lowercase() == "test"
    is_held = cell("Captured").str.to_lowercase() == "false"
    return (
        is_test.fill_null(value=False)
        | is_held.fill_null(value=False)
        | cell("Status").str.contains(_NO_MONEY).fill_null(value=False)
    )


def _disputed(said: Mapping[str, int]) -> str:
    return f"{said['payments']} payments are disputed; this report does not say what that moved"


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    is_refund = pl.col("type") == "refund"
    charged = -(pl.col("_fee_minor").fill_null(0) + pl.col("_tax_minor").fill_null(0))
    fee = pl.when(~is_refund).then(charged)
    disputed = reading.values.filter(pl.col("_disputed").is_not_null()).height
    if disputed:
        reading.notes.append(CountedNote.of("stripe.disputed", {"payments": disputed}, _disputed))
    return frame.with_columns(
        fee_minor=fee,
        net_minor=pl.col("amount_minor") + fee.fill_null(0),
        occurred_at=pl.when(is_refund).then("_refunded_at").otherwise("occurred_at"),
        merchant_order_no=pl.coalesce("merchant_order_no", "_intent"),
    )


FORMAT: Final = TableFormat(
    record=ChannelTransaction,
    evidence="files",
    constants={"channel": "stripe", "bill_kind": "trade"},
    columns=(
        Key("id", to="channel_txn_id"),
        Moment("Created date (UTC)", to="occurred_at", needed=True, timezone="UTC"),
        Amount("Converted Amount", to="amount"),
        _REFUNDED,
        Currency("Converted Currency"),
        Amount("Fee", to="_fee", needed=True),
        Amount("Taxes On Fee", to="_tax"),
        Text("Status", to="status", needed=True),
        Text("Mode", to="_mode"),
        Text("Captured", to="_captured"),
        Moment("Refunded date (UTC)", to="_refunded_at", optional=True, timezone="UTC"),
        Key("PaymentIntent ID", to="_intent", needed=False, optional=True),
        Key("Client Reference ID", to="merchant_order_no", needed=False, optional=True),
        Text("Dispute Status", to="_disputed", optional=True),
    ),
    main_part="charge",
    ignored=(
        *("Amount", "Amount Refunded", "Currency", "Is Link", "Payment Source Type"),
        *("Statement Descriptor", "Seller Message", "Card ID", "Card Name", "Card Address Line1", "Card Address Line2"),
        *(
            "Card Address City",
            "Card Address State",
            "Card Address Country",
            "Card Address Zip",
            "Card AVS Line1 Status",
        ),
        *(
            "Card AVS Zip Status",
            "Card Brand",
            "Card CVC Status",
            "Card Exp Month",
            "Card Exp Year",
            "Card Fingerprint",
        ),
        *("Card Funding", "Card Issue Country", "Card Tokenization Method", "Customer ID"),
        *("Customer Email", "Customer Phone", "Shipping Name", "Shipping Address Line1"),
        *("Shipping Address Line2", "Shipping Address City", "Shipping Address State", "Shipping Address Country"),
        *("Shipping Address Postal Code", "Disputed Amount", "Dispute Date (UTC)", "Dispute Evidence Due (UTC)"),
        *("Dispute Reason", "Invoice ID", "Invoice Number", "Checkout Session ID", "Checkout Line Item Summary"),
        *(f"Checkout Custom Field {number} {part}" for number in (1, 2, 3) for part in ("Key", "Value")),
        *("Checkout Promotional Consent", "Checkout Terms of Service Consent", "Payment Link ID", "UTM Campaign"),
        *("UTM Content", "UTM Medium", "UTM Source", "UTM Term", "Application Fee", "Application ID", "Destination"),
        *("Transfer", "Transfer Group"),
    ),
    personal={
        "Customer Description": PiiClass.FREE_TEXT,
        "Description": PiiClass.FREE_TEXT,
        "Card Last4": PiiClass.BANK_ACCOUNT,
    },
    by_line=True,
    is_apart=_moved_nothing,
    shape=_shape,
)
