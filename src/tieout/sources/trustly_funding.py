"""Trustly settlement funding file (Trustly 结算打款, P11KFUN).

A text of typed rows without captions: H heads it, I are the items of the settlements, signed, each with its fee, F
are the transfers to the merchant's bank, L holds counts and totals. The trace of a funding is also on its items, and
is the settlement. Items without a trace report a change of status, with an amount of zero. Times are UTC.

The trailer's two pairs of a count and a total are told apart by their counts.

Rules: Trustly's reporting reference (Americas); `domain.md` 4.2, 4.4; `formats.md` 2.11.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.proof import Check
from tieout.sources._amounts import Amount, Part
from tieout.sources._line_types import ByWords, fee_or_refund, line_type_expr, note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._trustly import FUNDING, ITEM, funding_checks, trailer_checks
from tieout.sources._typed_rows import ROW_TYPE, RowLayouts, TypedRowsFormat
from tieout.sources._words import Choice, Currency, Key, Text

__all__ = ["FORMAT"]

_FEE: Final = Part("fee", fee_or_refund("payment_fee"), words="Fee")
_TYPES: Final[ByWords] = {
    "(?i)^refund": "sale_refund",
    "(?i)^return": ("chargeback_reversal", "chargeback"),
    "(?i)^(?:sale|capture|payment).*/R": ("chargeback_reversal", "chargeback"),
    "(?i)^(?:sale|capture|payment)": ("sale", "sale_refund"),
    "(?i)^(?:payout|disbursement|credit)": ("sale_refund", "sale_refund"),
}


def _derive(frame: pl.DataFrame) -> pl.DataFrame:
    item = pl.col("_item_minor") + pl.col(_FEE.name).fill_null(0)
    kind = pl.concat_str(
        pl.coalesce("_batch_type", "_transaction_type"), pl.col("_reason"), separator="/", ignore_nulls=True
    )
    return frame.with_columns(
        amount_minor=pl.when(pl.col("_row") == "funding").then(-pl.col("_funding_minor")).otherwise(item),
        _kind=pl.when(kind != "").then(kind),
    )


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    is_own, is_funding = pl.col("type").is_null(), pl.col("_row") == "funding"
    said = line_type_expr(pl.col("_kind"), _TYPES, amount=pl.col("amount_minor"))
    frame = frame.with_columns(
        type=pl.coalesce("type", pl.when(is_funding).then(pl.lit("withdrawal")).otherwise(said)),
        description=pl.coalesce("description", pl.when(is_funding).then("_processor").otherwise("_kind")),
        line_id=pl.when(is_funding).then("settlement_id").otherwise("line_id"),
        platform_order_id=pl.coalesce("_original_reference", "_reference"),
        posted_at=pl.coalesce("posted_at", "_created_at"),
    )
    note_unknown(reading, frame, "_kind")
    is_refund = is_own & (pl.col("type") == "sale_refund")
    return frame.with_columns(refund_id=pl.when(is_refund).then("line_id"))


def _checks(reading: Reading) -> Iterator[Check]:
    yield from funding_checks(reading)
    usual = (pl.col("_item_minor"), pl.col("amount_minor"))
    kinds = {"fundings": ("funding", (pl.col("_funding_minor"),)), "items": ("item", usual)}
    yield from trailer_checks(reading, kinds)


FORMAT: Final = TypedRowsFormat(
    layouts=RowLayouts(records={"I": ITEM, "F": FUNDING}, others=("H", "L"), may_lack=1),
    table=TableFormat(
        record=SettlementLine,
        timezone="UTC",
        evidence="columns only",
        constants={"platform": "trustly"},
        marks=("^P11KFUN$",),
        columns=(
            Choice(ROW_TYPE, {"I": "item", "F": "funding"}, to="_row", needed=True),
            Key("transaction id", to="line_id", needed=False),
            Moment("created at", to="_created_at"),
            Key("merchant id", to="shop_id", needed=False),
            Key("merchant reference", to="_reference", needed=False, verbatim=True),
            Text("transaction type", to="_transaction_type"),
            Moment("processed at", to="posted_at"),
            Currency("currency"),
            Amount("amount", to="_item"),
            Amount("funding amount", to="_funding"),
            Key("funding trace id", to="settlement_id", needed=False),
            Text("reason", to="_reason"),
            Text("batch transaction type", to="_batch_type"),
            Key("original merchant reference", to="_original_reference", needed=False, verbatim=True),
            Text("processor", to="_processor"),
            _FEE,
        ),
        ignored=(*ITEM, *FUNDING),
        either=(("_item_minor", "_funding_minor"),),
        parts_included=True,
        is_apart=lambda cell: cell(ROW_TYPE).is_in(["H", "L"]),
        derive=_derive,
        shape=_shape,
        checks=_checks,
    ),
)
