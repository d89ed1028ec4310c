"""STO Express monthly bill (申通快递账单).

A line a parcel with what it costs in parts: the freight (中转费/运费), surcharges (附加费), odd shapes (异形件) and an
extra (加收费), whose sum is 应收金额. Below the lines stand the number of parcels (件量), their sum (账单合计), what was
paid before for labels (预收面单费), an extra for five provinces (五省超出加收) and what is left to pay (剩余应收). Branches
edit these sheets by hand, so columns may be missing or added. Waybills have leading zeros.

Rules: `formats.md` 5. No real file was at hand: the captions come from programs that read them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from tieout.model import ChargeType, CourierCharge, CourierInvoice
from tieout.money import to_minor
from tieout.proof import Check
from tieout.sources._amounts import Amount, Charge
from tieout.sources._captions import Row
from tieout.sources._courier_invoices import branch_invoice, file_bill_no, money_below
from tieout.sources._labels import label_value
from tieout.sources._measures import Weight
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date
from tieout.sources._totals import declared_check, declared_whole, tie_lines
from tieout.sources._words import Text, Tracking
from tieout.tables import Table

__all__ = ["FORMAT"]

_EXTRAS: Final = (
    Charge("附加费", "other", optional=True),
    Charge("异形件", "oversize", optional=True),
    Charge("加收费", "other", optional=True),
)
_FREIGHT: Final = "中转费/运费"


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    return frame.with_columns(pl.col("description").fill_null(_FREIGHT), pl.lit(file_bill_no(reading)).alias("bill_no"))


def _others(reading: Reading) -> Mapping[str, Table[Any]]:
    total, left = money_below(reading, "账单合计"), money_below(reading, "剩余应收")
    if total is None and left is None:
        return {"CourierInvoice": Table.from_records([], record=CourierInvoice)}
    adjustments = left - total if total is not None and left is not None else None
    return branch_invoice(reading, carrier="sto", total=left if left is not None else total, adjustments=adjustments)


def _checks(reading: Reading) -> Iterator[Check]:
    yield tie_lines(
        reading,
        "应收 = 运费 + 附加 + 异形 + 加收",
        total="amount_minor",
        plus=["_freight_minor", *(extra.name for extra in _EXTRAS)],
        currency="CNY",
    )
    total, left = money_below(reading, "账单合计"), money_below(reading, "剩余应收")
    if total is not None:
        yield declared_check(reading, "账单合计", total)
    if total is not None and left is not None:
        paid, extra = money_below(reading, "预收面单费"), money_below(reading, "五省超出加收")
        parts = {"账单合计": total, "预收面单费": None if paid is None else -abs(paid), "五省超出加收": extra}
        known = {name: to_minor(money) for name, money in parts.items() if money is not None}
        yield Check(name="剩余应收", side="file", currency="CNY", total=to_minor(left), parts=known)
    said = label_value([Row(line=0, line_end=0, cells=cells) for cells in reading.below], "件量")
    pieces = declared_whole(reading, said, name="件量")
    if pieces is not None:
        distinct = reading.values["tracking_no"].drop_nulls().n_unique()
        yield Check(name="件量", side="file", currency=None, total=pieces, parts={"distinct 运单号": distinct})


FORMAT: Final = TableFormat(
    record=CourierCharge,
    carrier="sto",
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="columns only",
    columns=(
        Date("业务时间", to="ship_date"),
        Tracking("运单号"),
        Weight("结算重量", to="billed_weight_g", unit="kg"),
        Amount("应收金额", to="amount"),
        Amount(_FREIGHT, to="_freight"),
        *_EXTRAS,
        Text(("订单目的省份", "目的省份"), to="dest.province", optional=True),
        Text(("订单目的城市", "目的城市"), to="dest.city", optional=True),
    ),
    main_part=ChargeType.BASE.value,
    parts_included=True,
    footers=(r"^(?:件量|账单合计|预收面单费|五省超出加收|剩余应收)\s*[:：]?$",),
    ignored=("订单客户", "预收面单费", "所属网点", "结算类型", "结算对象"),
    shape=_shape,
    others=_others,
    checks=_checks,
)
