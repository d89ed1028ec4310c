"""YTO Express bill of a branch with prepaid labels (圆通网点账单).

A line a parcel with its weight and freight (运费). 充单, what was paid before for the label, and 差额, what is left of the
freight, stand beside it; they are not charges, and which of them is due the layout does not say, so they are not read. A
freight that is an Excel formula without its value is blank, which makes the line a reject.

Rules: `formats.md` 5. No real file was at hand: the captions come from a program that reads them.
"""

from typing import Final

import polars as pl

from tieout.model import ChargeType, CourierCharge
from tieout.sources._amounts import Amount
from tieout.sources._courier_invoices import file_bill_no
from tieout.sources._measures import Weight
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date
from tieout.sources._words import Text, Tracking

__all__ = ["FORMAT"]


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    return frame.with_columns(pl.lit(file_bill_no(reading)).alias("bill_no"))


FORMAT: Final = TableFormat(
    record=CourierCharge,
    carrier="yto",
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="columns only",
    columns=(
        Tracking("物流单号"),
        Weight("重量", to="billed_weight_g", unit="kg"),
        Text("揽收目的地网点", to="dest.city"),
        Date("日期", to="ship_date"),
        Amount("运费", to="amount"),
        Text("充单", to="_recharged"),
    ),
    constants={"charge_type": ChargeType.ALL_IN.value},
    ignored=("物料商家", "物料客户", "差额"),
    by_line=True,
    shape=_shape,
)
