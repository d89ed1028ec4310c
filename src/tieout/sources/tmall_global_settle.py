"""Tmall Global settlement of Alipay (天猫国际支付宝结算, settle*.csv).

One trade a line, with captions in English: Amount, Fee and Refund in the currency of Currency, at Rate to the Rmb_amount
that the buyer paid. Days may be written with dots. No file was at hand, and only the columns that one program reads are
known: that Fee and Refund are taken from Amount is how that program uses them, so both are negative here whatever sign they
have; where the file has a column Settlement, it must be what remains.

Rules: `formats.md` 4.15.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._grid import LINE
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import tie_lines
from tieout.sources._words import Currency, Key

__all__ = ["FORMAT"]

_ORDER: Final = r"^T\d+P(\d{16,22})$"


def _signed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns((-pl.col(name).abs()).alias(f"{name}_lost") for name in ("_refund_minor", "_fee_minor"))


def _shape(frame: pl.DataFrame, _: Reading) -> pl.DataFrame:
    order = pl.col("platform_order_id")
    lines = frame.with_columns(
        type=pl.when(pl.col("amount_minor") < 0).then(pl.lit("sale_refund")).otherwise(pl.lit("sale")),
        platform_order_id=pl.coalesce(order.str.extract(_ORDER, 1), order),
        posted_at=pl.coalesce("posted_at", "_paid_at"),
        description=pl.lit("Amount"),
    )
    parts = [
        lines.filter(pl.col(name).fill_null(0) != 0).with_columns(
            amount_minor=pl.col(name), type=pl.lit(kind), description=pl.lit(words)
        )
        for name, kind, words in (
            ("_refund_minor_lost", "sale_refund", "Refund"),
            ("_fee_minor_lost", "payment_fee", "Fee"),
        )
    ]
    return pl.concat([lines, *parts]).sort(LINE, maintain_order=True)


def _checks(reading: Reading) -> Iterator[Check]:
    if reading.values["_settled_minor"].null_count() == reading.values.height:
        return
    for code in reading.values["currency"].drop_nulls().unique().sort():
        is_code = pl.col("currency") == code
        settled = f"_settled_{code}_minor"
        reading.values = reading.values.with_columns(pl.when(is_code).then(pl.col("_settled_minor")).alias(settled))
        yield tie_lines(
            reading,
            f"Amount - Refund - Fee = Settlement {code}",
            total=settled,
            plus=["amount_minor", "_refund_minor_lost", "_fee_minor_lost"],
            minus=[],
            currency=code,
        )


FORMAT: Final = TableFormat(
    record=SettlementLine,
    timezone="Asia/Shanghai",
    evidence="columns only",
    constants={"platform": "tmall"},
    columns=(
        Key("Partner_transaction_id", to="platform_order_id"),
        Key("Transaction_id", to="line_id", needed=False, optional=True),
        Amount("Amount", to="amount", needed=True),
        Amount("Fee", to="_fee"),
        Amount("Refund", to="_refund"),
        Amount("Settlement", to="_settled", optional=True),
        Currency("Currency"),
        Moment("Payment_time", to="_paid_at"),
        Moment("Settlement_time", to="posted_at", needed=True),
    ),
    ignored=("Rmb_amount", "Rmb_settlement", "Rate", "Type", "Status", "Stem_from", "Remarks"),
    by_line=True,
    checked=("_settled_minor", "currency", "amount_minor", "_refund_minor_lost", "_fee_minor_lost"),
    derive=_signed,
    shape=_shape,
    checks=_checks,
)
