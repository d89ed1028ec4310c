"""Amazon settlement report V1, flat file.

A text parted by tabs, one amount a line and sometimes two, spread over nine columns of money: prices, fees of shipments, orders
and items, promotions, direct payments and others, each but two beside a column that says what it is for. The first row has the
total of the settlement, its period and its currency, and is set apart; rows that only say a quantity have no amount. Files of
sellers without promotions lack those columns. Amounts are signed from the seller's side. Amazon retired the layout in 2026.

A promotion that the seller grants lowers the sale or the shipping income that it stands beside, and has their type.

Rules: `domain.md` 4.2, 4.3; `formats.md` 4.1.
"""

from collections.abc import Iterator
from functools import partial
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
from tieout.sources._amounts import Part
from tieout.sources._line_types import note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Key, Remark, Text

__all__ = ["FORMAT"]

_Money = partial(Part, kind="unknown")
_MONEY: Final = (
    _Money("shipment-fee-amount"),
    _Money("order-fee-amount"),
    _Money("price-amount"),
    _Money("item-related-fee-amount"),
    _Money("misc-fee-amount"),
    _Money("other-fee-amount"),
    _Money("promotion-amount", optional=True),
    _Money("direct-payment-amount"),
    _Money("other-amount"),
)
_WORDS: Final = {
    "shipment-fee-amount": ("_kind", "_shipment_fee"),
    "order-fee-amount": ("_kind", "_order_fee"),
    "price-amount": ("_kind", "_price"),
    "item-related-fee-amount": ("_kind", "_item_fee"),
    "misc-fee-amount": ("_kind", "_item_fee"),
    "other-fee-amount": ("_kind", "_item_fee", "_reason"),
    "promotion-amount": ("_kind", "_promoted", "_promotion"),
    "direct-payment-amount": ("_kind", "_direct"),
    "other-amount": ("_kind",),
}


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    frame = frame.with_columns(_promoted=pl.lit("Promotion"))
    words = pl.coalesce(
        pl.when(pl.col("description") == caption).then(words_expr(*parts)) for caption, parts in _WORDS.items()
    )
    frame = frame.with_columns(description=words).with_columns(
        type=amazon_type_expr(pl.col("description"), pl.col("amount_minor"))
    )
    note_unknown(reading, frame, "description")
    return frame


def _checks(reading: Reading) -> Iterator[Check]:
    yield from check_totals(reading, pl.sum_horizontal(pl.col(part.name).fill_null(0) for part in _MONEY))


FORMAT: Final = TableFormat(
    record=SettlementLine,
    timezone="UTC",
    evidence="files",
    constants={"platform": "amazon"},
    columns=(
        Key("settlement-id", to="settlement_id"),
        Text("total-amount", to="_total"),
        Text("currency", to="_currency"),
        Text("transaction-type", to="_kind", needed=True),
        Key("order-id", to="platform_order_id", needed=False),
        Key("order-item-code", to="platform_sub_order_id", needed=False),
        Key("adjustment-id", to="refund_id", needed=False),
        Moment("posted-date", to="posted_at", day_first="."),
        Text("shipment-fee-type", to="_shipment_fee"),
        Text("order-fee-type", to="_order_fee"),
        Text("price-type", to="_price"),
        Text("item-related-fee-type", to="_item_fee"),
        Remark("other-fee-reason-description", to="_reason"),
        Text("promotion-type", to="_promotion", optional=True),
        Text("direct-payment-type", to="_direct"),
        *_MONEY,
    ),
    ignored=(
        *("settlement-start-date", "settlement-end-date", "deposit-date", "promotion-id"),
        *("merchant-order-id", "shipment-id", "marketplace-name", "fulfillment-id", "merchant-order-item-id"),
        *("merchant-adjustment-item-id", "sku", "quantity-purchased"),
    ),
    is_apart=is_totals_row,
    currency_of=currency_by_settlement,
    decimal_mark_of=decimal_mark_in(*(part.caption for part in _MONEY)),
    shape=_shape,
    others=headers_of,
    checks=_checks,
)
