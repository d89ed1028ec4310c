"""YTO Express monthly bill (圆通快递账单).

A line a parcel with the weight that YTO billed (圆通计费重量), its prices for the first and each further kilogram, a
discount and the freight (标准运费). What is charged is the freight after the discount where the file says it (折扣运费 and
the like), else 标准运费 as it stands: whether that is before or after 折扣 the layout does not say, so a note counts the
lines that name a discount beside it. A freight that is an Excel formula without its value is blank, which makes the line a
reject.

Rules: `formats.md` 5. No real file was at hand: the captions come from a program that reads them.
"""

from decimal import Decimal
from typing import Final

import polars as pl

from tieout.model import ChargeType, CourierCharge
from tieout.sources._amounts import Amount
from tieout.sources._courier_invoices import file_bill_no
from tieout.sources._measures import Number, Weight
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date
from tieout.sources._words import Text, Tracking

__all__ = ["FORMAT"]

_AFTER: Final = ("折扣运费", "折后运费", "应付运费", "实付运费")
_STANDARD: Final = "标准运费"


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    is_after = bool(reading.site.header.positions(_AFTER))
    named = frame.filter(~pl.col("_discount").is_in([Decimal(0), Decimal(1)])).height
    if named and not is_after:
        text = f"{named} lines name a discount beside {_STANDARD}, which is read as what is charged"
        reading.note("discount.not_applied", text)
    listed = pl.col("_standard_minor") if is_after else pl.lit(None, dtype=pl.Int64)
    return frame.with_columns(
        listed.alias("list_amount_minor"),
        (listed - pl.col("amount_minor")).alias("discount_amount_minor"),
        pl.lit(file_bill_no(reading)).alias("bill_no"),
    )


FORMAT: Final = TableFormat(
    record=CourierCharge,
    carrier="yto",
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="columns only",
    columns=(
        Date("发货日期", to="ship_date"),
        Tracking("运单号"),
        Text("始发地", to="origin.city", optional=True),
        Text("目的省", to="dest.province", optional=True),
        Text("市区", to="dest.city", optional=True),
        Weight("实际重量", to="actual_weight_g", unit="kg", optional=True),
        Weight("圆通计费重量", to="billed_weight_g", unit="kg"),
        Number("折扣", to="_discount", optional=True),
        Amount((*_AFTER, _STANDARD), to="amount"),
        Amount(_STANDARD, to="_standard"),
    ),
    constants={"charge_type": ChargeType.ALL_IN.value},
    ignored=("首重报价", "续重报价"),
    shape=_shape,
)
