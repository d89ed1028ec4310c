"""EMS monthly bill (邮政 EMS 账单).

A line a parcel (邮件号) with weights in grams and sides in centimetres. 总邮资 is what is charged: the postage (邮资) becomes one
charge and what 总邮资 holds beside it, such as the fee for insurance, another. 保价金额 and 保险金额 are values of the goods and
标准邮资 is the price before the rebate; they are not read.

Rules: `formats.md` 5. No real file was at hand: the captions come from a program that reads them.
"""

from typing import Final

import polars as pl

from tieout.model import ChargeType, CourierCharge, WeightKind
from tieout.sources._amounts import Amount, Charge
from tieout.sources._courier_invoices import file_bill_no
from tieout.sources._measures import Length, Number, Weight
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date
from tieout.sources._words import Text, Tracking

__all__ = ["FORMAT"]


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    billed, actual = pl.col("billed_weight_g"), pl.col("actual_weight_g")
    is_free = (pl.col("amount_minor") == 0) & pl.col("description").is_null()
    is_volumetric = (billed != actual) & (billed == pl.col("_volume"))
    return frame.with_columns(
        pl.when(is_volumetric)
        .then(pl.lit(WeightKind.VOLUMETRIC.value))
        .when(billed == actual)
        .then(pl.lit(WeightKind.ACTUAL.value))
        .alias("weight_kind"),
        pl.when(is_free).then(pl.lit(ChargeType.BASE.value)).otherwise("charge_type").alias("charge_type"),
        pl.when(is_free)
        .then(pl.lit("邮资"))
        .otherwise(pl.col("description").fill_null("总邮资 - 邮资"))
        .alias("description"),
        pl.lit(file_bill_no(reading)).alias("bill_no"),
    )


FORMAT: Final = TableFormat(
    record=CourierCharge,
    carrier="ems",
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="columns only",
    columns=(
        Tracking("邮件号"),
        Date("收寄时间", to="ship_date"),
        Text("产品名称", to="service", optional=True),
        Text("寄达地", to="dest.city", optional=True),
        Weight("重量", to="actual_weight_g", unit="g"),
        Length("长", to="length_cm", unit="cm", optional=True),
        Length("宽", to="width_cm", unit="cm", optional=True),
        Length("高", to="height_cm", unit="cm", optional=True),
        Weight("体积重", to="_volume", unit="g", optional=True),
        Weight("计费重量", to="billed_weight_g", unit="g"),
        Charge("邮资", "base"),
        Amount("总邮资", to="amount"),
        Number("件数", to="quantity", optional=True),
    ),
    main_part=ChargeType.OTHER.value,
    parts_included=True,
    ignored=("机构名称", "大客户", "揽收员", "优惠率", "实际优惠率", "保价金额", "保险金额", "标准邮资", "内件数"),
    by_line=True,
    shape=_shape,
)
