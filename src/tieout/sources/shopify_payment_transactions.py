"""Shopify Payments transactions (payment_transactions_export).

A text of one transaction a line: Amount signed from the merchant's side, Fee positive where it is charged, Net = Amount - Fee.
Presentment Amount is what the buyer saw, in the buyer's currency, and stays positive for refunds; it is not read. Order is the
`Name` of the orders export. Newer files have a Payout ID, older ones only its date, which is then the settlement. A line without
either is not paid out yet. There is no number of the transaction.

Rules: `domain.md` 4.2, 4.3; `formats.md` 2.10.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from tieout.model import SettlementLine
from tieout.proof import Check
from tieout.sources._amounts import Amount, Part
from tieout.sources._line_types import ByWords, fee_or_refund, line_type_expr, note_unknown
from tieout.sources._payouts import payouts_of
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import tie_lines
from tieout.sources._words import Currency, Key, Text
from tieout.tables import Table

__all__ = ["FORMAT"]

_TYPES: Final[ByWords] = {
    "^charge$": "sale",
    "^refund": "sale_refund",
    "^(chargeback|dispute)_fee": fee_or_refund("payment_fee"),
    "^(chargeback|dispute)": ("chargeback_reversal", "chargeback"),
    "^payout": "withdrawal",
    "reserve": ("reserve_release", "reserve_hold"),
    "(sales|marketplace).*tax": "tax_withheld",
    "campaign|_ads?_|marketing": fee_or_refund("ad_fee"),
    "^shop_cash|promotion_credit": ("platform_subsidy", "subsidy_clawback"),
    "shipping_label": fee_or_refund("shipping_fee"),
    "^advance|lending|balance_transfer|^transfer": "transfer",
    "_fee$|_fee_|billing_debit": fee_or_refund("tech_service_fee"),
    "adjustment|^anomaly": "adjustment",
}
_FEE: Final = Part("Fee", kind=fee_or_refund("payment_fee"), negate=True)


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    word = pl.col("_kind").str.to_lowercase().str.replace_all(" ", "_", literal=True)
    is_fee = pl.col("description") == _FEE.caption
    said = line_type_expr(word, _TYPES, amount=pl.col("amount_minor"))
    frame = frame.with_columns(
        type=pl.when(is_fee.fill_null(value=False)).then("type").otherwise(said),
        description=pl.when(is_fee.fill_null(value=False)).then(pl.format("{} / Fee", "_kind")).otherwise("_kind"),
        settlement_id=pl.coalesce("_payout_id", "_payout_on"),
    )
    note_unknown(reading, frame, "_kind")
    return frame


def _others(reading: Reading) -> Mapping[str, Table[Any]]:
    return payouts_of(reading, platform="shopify", payout="_payout_id", moment="_payout_at", status="_payout_status")


def _checks(reading: Reading) -> Iterator[Check]:
    yield tie_lines(reading, "Net = Amount - Fee", total="_net_minor", plus=["amount_minor", _FEE.name])


FORMAT: Final = TableFormat(
    record=SettlementLine,
    evidence="files",
    constants={"platform": "shopify"},
    columns=(
        Moment("Transaction Date", to="posted_at", needed=True),
        Text("Type", to="_kind", needed=True),
        Key("Order", to="platform_order_id", needed=False),
        Text("Payout Status", to="_payout_status"),
        Moment("Payout Date", to="_payout_at", timezone="UTC"),
        Key("Payout ID", to="_payout_id", needed=False, optional=True),
        Amount("Amount", to="amount"),
        _FEE,
        Amount("Net", to="_net", needed=True),
        Currency("Currency"),
    ),
    ignored=(
        *("Card Brand", "Card Source", "Available On", "Checkout", "Payment Method Name", "Presentment Amount"),
        *("Presentment Currency", "VAT", "Business Entity Name", "Business Entity ID"),
    ),
    derive=lambda frame: frame.with_columns(_payout_on=pl.col("_payout_at").dt.to_string("%Y-%m-%d")),
    shape=_shape,
    others=_others,
    checks=_checks,
)
