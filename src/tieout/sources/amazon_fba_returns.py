"""Amazon FBA customer returns (亚马逊 FBA 退货).

A text parted by tabs: what came back to Amazon's warehouses, one piece a row as a rule, with times that carry their
offset and no money. license-plate-number is the number of the piece, and becomes the number of the case; a row
without it has the order's number. What the buyer got for it is not said: all are taken for returns with refund.

detailed-disposition says the state: SELLABLE is A; all others cannot be sold as new, and are C.

Rules: `formats.md` 4.4.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import Return, ReturnLine
from tieout.proof import Check
from tieout.sources._measures import Number
from tieout.sources._order_parts import packed
from tieout.sources._order_ties import unlike_numbers
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]


def _shape(frame: pl.DataFrame, _: Reading) -> pl.DataFrame:
    state = pl.col("_disposition")
    article = {
        "sku": pl.col("_sku"),
        "quantity_requested": pl.col("_pieces"),
        "quantity_received": pl.col("_pieces"),
        "condition": pl.when(state == "SELLABLE").then(pl.lit("A")).when(state.is_not_null()).then(pl.lit("C")),
    }
    return frame.with_columns(
        return_id=pl.coalesce("_plate", "platform_order_id"), lines=pl.concat_list(packed(ReturnLine, article))
    )


def _checks(reading: Reading) -> Iterator[Check]:
    yield from unlike_numbers(reading, reading.frame, "_plate", "license plates")


FORMAT: Final = TableFormat(
    record=Return,
    evidence="files",
    constants={"platform": "amazon", "kind": "return_refund", "status": "received", "stage": "after_receipt"},
    columns=(
        Moment("return-date", to="received_at", needed=True),
        Key("order-id", to="platform_order_id"),
        Key("sku", to="_sku"),
        Number("quantity", to="_pieces", needed=True),
        Text("detailed-disposition", to="_disposition"),
        Text("reason", to="reason_code"),
        Key("license-plate-number", to="_plate", needed=False),
    ),
    ignored=("asin", "fnsku", "product-name", "fulfillment-center-id", "status", "customer-comments"),
    shape=_shape,
    checks=_checks,
)
