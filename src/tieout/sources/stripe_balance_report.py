"""Stripe balance report, itemized (payout reconciliation, balance change from activity).

A text of one balance transaction a line. All of Stripe's itemized reports of the balance share these columns, in any order
and selection: `gross` signed from the merchant's side, `fee` positive where it is charged, `net` = gross - fee, and
`reporting_category`, which says what it is. `created_utc` is UTC; `created` is in the zone that was chosen for the report, UTC
unless the caller says otherwise. `automatic_payout_id` names the payout: the sum of the nets of its lines is what reaches the
bank. The category `payout` is money that leaves Stripe, its net, with whichever sign it is written; `payout_reversal` is money
that comes back.

Which order a line concerns stands in metadata under a name of the merchant's own, which the option `order_column` names; else
it is `payment_metadata[order_id]`, the payment intent or the charge, the first that is there.

Rules: `domain.md` 4.2, 4.3; `formats.md` 2.9.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from tieout.errors import InputError
from tieout.model import SettlementLine
from tieout.privacy import PiiClass
from tieout.proof import Check
from tieout.sources._amounts import Amount, Part
from tieout.sources._line_types import fee_or_refund, line_type_expr, note_unknown
from tieout.sources._payouts import payout_checks, payouts_of
from tieout.sources._reading import Reading
from tieout.sources._stripe import BY_CATEGORY, ORDER_NAMES
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import tie_lines
from tieout.sources._words import Currency, Key, Remark, Text
from tieout.tables import Table

__all__ = ["FORMAT"]

_FEE: Final = Part("fee", kind=fee_or_refund("payment_fee"), negate=True)
_ORDER: Final = tuple(f"payment_metadata[{name}]" for name in ORDER_NAMES)


def _derive(frame: pl.DataFrame) -> pl.DataFrame:
    gross, paid_out = pl.col("_gross_minor"), -pl.col("_net_minor").abs() - pl.col(_FEE.name).fill_null(0)
    category = pl.col("_category").str.to_lowercase()
    return frame.with_columns(
        amount_minor=pl.when(category == "payout").then(paid_out).otherwise(gross),
        posted_at=pl.coalesce("_created_utc", "posted_at"),
        _payout_at=pl.coalesce("_payout_utc", "_payout_at"),
        _category=category,
    )


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    frame = frame.join(_orders(reading), on="_line", how="left", maintain_order="left")
    is_fee = (pl.col("description") == _FEE.caption).fill_null(value=False)
    said = line_type_expr(pl.col("_category"), BY_CATEGORY, amount=pl.col("amount_minor"))
    words = pl.coalesce(pl.concat_str("_category", "_words", separator=" / "), "_category")
    frame = frame.with_columns(
        type=pl.when(is_fee).then("type").otherwise(said),
        description=pl.when(is_fee).then(pl.format("{} / fee", "_category")).otherwise(words),
        platform_order_id=pl.coalesce("_own_order", "_order", "_intent", "_charge"),
        refund_id=pl.when(pl.col("_category").str.starts_with("refund")).then("_source"),
    )
    note_unknown(reading, frame, "_category")
    return frame


def _orders(reading: Reading) -> pl.DataFrame:
    """What the caller's column of order numbers says, by line; nothing where there is none."""
    caption = reading.options.own.get("order_column")
    cells = reading.cells(str(caption)) if caption is not None else None
    if caption is not None and cells is None:
        raise InputError(
            f"there is no column {caption!r}", where=reading.where, hint="order_column is a caption of the file"
        )
    own = cells if cells is not None else pl.Series([None] * reading.data.height, dtype=pl.String)
    return reading.data.select("_line").with_columns(own.alias("_own_order"))


def _others(reading: Reading) -> Mapping[str, Table[Any]]:
    return payouts_of(reading, platform="stripe", payout="settlement_id", moment="_payout_at")


def _checks(reading: Reading) -> Iterator[Check]:
    yield tie_lines(reading, "net = gross - fee", total="_net_minor", plus=["_gross_minor", _FEE.name])
    yield from payout_checks(reading, "settlement_id")


FORMAT: Final = TableFormat(
    record=SettlementLine,
    timezone="UTC",
    evidence="test rows",
    constants={"platform": "stripe"},
    options={"order_column": "caption of the column that holds the order's number, such as payment_metadata[order]"},
    columns=(
        Key("balance_transaction_id", to="line_id"),
        Moment("created_utc", to="_created_utc", optional=True, timezone="UTC"),
        Moment("created", to="posted_at", optional=True),
        Text("reporting_category", to="_category", needed=True),
        Amount("gross", to="_gross", needed=True),
        _FEE,
        Amount("net", to="_net", needed=True),
        Currency("currency"),
        Key("source_id", to="_source", needed=False, optional=True),
        Key("automatic_payout_id", to="settlement_id", needed=False, optional=True),
        Moment("automatic_payout_effective_at_utc", to="_payout_utc", optional=True, timezone="UTC"),
        Moment("automatic_payout_effective_at", to="_payout_at", optional=True),
        Key("payment_intent_id", to="_intent", needed=False, optional=True),
        Key("charge_id", to="_charge", needed=False, optional=True),
        Key(_ORDER, to="_order", needed=False, optional=True),
        Remark("description", to="_words", optional=True),
    ),
    ignored=(
        *("available_on", "available_on_utc", "payment_method_type", "card_brand", "card_country", "card_funding"),
        *("customer_facing_amount", "customer_facing_currency", "trace_id", "trace_id_status", "gateway_account"),
        *("customer_id", "customer_name", "customer_email", "customer_phone"),
        *("customer_address_line1", "customer_address_line2", "customer_address_city", "customer_address_state"),
        *("customer_address_postal_code", "customer_address_country", "invoice_id", "dispute_reason", "charge_created"),
        *("subscription_id", "payout_id"),
    ),
    personal={"customer_description": PiiClass.FREE_TEXT},
    either=(("_created_utc", "posted_at"),),
    derive=_derive,
    shape=_shape,
    others=_others,
    checks=_checks,
)
