"""ZTO Express monthly bill (中通快递账单).

A line a parcel by the day of its scan, with where it went and the weight that was billed. The layout that is known names no
price: the branch adds a column for it by hand, under 运费 or another of the captions below. Without any, the file is no
bill and is refused; reckon the price from the tariff instead.

Rules: `formats.md` 5. No real file was at hand: the captions come from a program that reads them, those of the price from
other branches' bills.
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
    carrier="zto",
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="columns only",
    columns=(
        Date("扫描时间", to="ship_date"),
        Tracking("运单号"),
        Text("目的地", to="dest.city"),
        Weight("结算重量", to="billed_weight_g", unit="kg"),
        Amount(("运费", "快递费", "应收金额", "结算金额", "应付金额", "金额"), to="amount"),
    ),
    constants={"charge_type": ChargeType.ALL_IN.value},
    by_line=True,
    shape=_shape,
)
