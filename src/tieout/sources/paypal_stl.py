"""PayPal settlement report (PayPal 结算报告, STL).

A text of typed rows (`STL-yyyymmdd.nn.nnn.CSV`): SH heads a section, CH names the columns, SB are the lines, SF and RF sum up
each currency. Amounts are whole numbers of hundredths without a sign, yen included, and DR or CR stands beside them; each
line is a gross movement and, where there is one, its fee. Times have their offset. What PayPal delivers has RH and FH above
and RC and FF below, which copies may lack. The event code says what a line is.

Rules: PayPal's Settlement Report Specification; `domain.md` 2.2, 4.2, 4.3; `formats.md` 2.8.
"""

from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.sources._amounts import Part
from tieout.sources._grid import LINE
from tieout.sources._line_types import fee_or_refund, line_type_expr, note_unknown
from tieout.sources._paypal import (
    COLUMNS,
    IGNORED,
    LINE_TYPES,
    contradictions,
    is_no_line,
    report_checks,
    sections,
    signed,
)
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]

_FEE: Final = Part("Fee Amount", fee_or_refund("payment_fee"), implied=2, words="Fee")


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    said = line_type_expr(pl.col("_code"), LINE_TYPES, amount=pl.col("amount_minor"))
    account = pl.lit(None, dtype=pl.String)
    for section in sections(reading):
        account = pl.when(pl.col(LINE) >= section.first).then(pl.lit(section.account)).otherwise(account)
    frame = frame.with_columns(
        type=pl.coalesce("type", said),
        platform_order_id=pl.coalesce("_invoice", "_custom"),
        description=pl.coalesce("description", "_code"),
    )
    note_unknown(reading, frame, "_code")
    is_refund = pl.col("type") == "sale_refund"
    refund = pl.when(is_refund).then(pl.col("line_id"))
    if "shop_id" not in frame.columns:
        frame = frame.with_columns(shop_id=account)
    return frame.with_columns(refund_id=refund)


FORMAT: Final = TableFormat(
    record=SettlementLine,
    evidence="files",
    constants={"platform": "paypal"},
    columns=(
        *COLUMNS,
        Key("Transaction ID", to="line_id"),
        Text("Transaction Event Code", to="_code", needed=True),
        Moment("Transaction Completion Date", to="posted_at", needed=True),
        _FEE,
    ),
    ignored=(
        *IGNORED,
        "Transaction Initiation Date",
        "Credit Transactional Fee",
        "Credit Promotional Fee",
        "Credit Term",
    ),
    is_apart=lambda cell: is_no_line(cell("CH")),
    derive=lambda frame: frame.with_columns(signed(fee=_FEE.name)),
    refuse=lambda reading: contradictions(reading, fee=_FEE.name),
    shape=_shape,
    checks=lambda reading: report_checks(reading, fee=_FEE.name),
)
