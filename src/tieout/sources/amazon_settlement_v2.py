"""Amazon settlement report V2, flat file.

A text parted by tabs, one amount a line; amount-type and amount-description say what it is. The first row has the total of the
settlement, its period and its currency, and is set apart. Amounts are signed from the seller's side. Marketplaces of the euro
write days as 16.06.2026 and amounts with a decimal comma: which mark a file has is told from its amounts. Times are UTC.

A promotion that the seller grants lowers the sale or the shipping income that it stands beside, and has their type.

Rules: `domain.md` 4.2, 4.3; `formats.md` 4.2. No real file was at hand, only one that another seller's program made.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.proof import Check
from tieout.sources._amazon_settlement import (
    check_totals,
    currency_by_settlement,
    decimal_mark_in,
    headers_of,
    is_totals_row,
)
from tieout.sources._amazon_words import amazon_type_expr, words_expr
from tieout.sources._amounts import Amount
from tieout.sources._line_types import note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Key, Remark, Text

__all__ = ["FORMAT"]


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    frame = frame.with_columns(description=words_expr("_kind", "_group", "_item")).with_columns(
        type=amazon_type_expr(pl.col("description"), pl.col("amount_minor"))
    )
    note_unknown(reading, frame, "description")
    return frame


def _checks(reading: Reading) -> Iterator[Check]:
    yield from check_totals(reading, pl.col("amount_minor"))


FORMAT: Final = TableFormat(
    record=SettlementLine,
    timezone="UTC",
    evidence="test rows",
    constants={"platform": "amazon"},
    columns=(
        Key("settlement-id", to="settlement_id"),
        Text("total-amount", to="_total"),
        Text("currency", to="_currency"),
        Text("transaction-type", to="_kind", needed=True),
        Key("order-id", to="platform_order_id", needed=False),
        Key("order-item-code", to="platform_sub_order_id", needed=False),
        Key("adjustment-id", to="refund_id", needed=False),
        Text("amount-type", to="_group"),
        Remark("amount-description", to="_item"),
        Amount("amount", to="amount"),
        Moment(("posted-date-time", "posted-date"), to="posted_at", day_first="."),
    ),
    ignored=(
        *("settlement-start-date", "settlement-end-date", "deposit-date", "promotion-id"),
        *("merchant-order-id", "shipment-id", "marketplace-name", "fulfillment-id", "merchant-order-item-id"),
        *("merchant-adjustment-item-id", "sku", "quantity-purchased", "posted-date"),
    ),
    is_apart=is_totals_row,
    currency_of=currency_by_settlement,
    decimal_mark_of=decimal_mark_in("amount"),
    shape=_shape,
    others=headers_of,
    checks=_checks,
)
