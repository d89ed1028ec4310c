"""JD Logistics bill (京东物流账单明细).

A workbook of two sheets: a summary titled 京东物流账单明细 with labels (结算单号, 结算日期, 应付合计, 单量 and so on) above
a table of sums by kind of fee, and a sheet with one charge a line. Checked are 原始金额 - 折扣金额 = 结算金额 on every line
of the summary, the summary and the charges against 应付合计, the charges of each kind against the summary, and the distinct
waybills against 单量.

Rules: `domain.md` 3.8. No real file was at hand: captions and labels come from a program that reads them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs
import polars as pl
from moneyed import Money

from tieout.model import CourierCharge, CourierInvoice
from tieout.money import to_minor
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._batch import Batch
from tieout.sources._courier_invoices import file_bill_no
from tieout.sources._courier_words import charge_type_expr
from tieout.sources._dates import parse_period
from tieout.sources._labels import label_value
from tieout.sources._measures import Weight
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date
from tieout.sources._totals import declared_check, declared_money, declared_whole, tie_lines
from tieout.sources._words import Text, Tracking
from tieout.tables import Table

__all__ = ["FORMAT"]


@attrs.frozen(kw_only=True)
class FeeLine:
    """One line of the summary.

    Attributes:
        fee_type: Kind of fee, such as 快递运费.
        list_amount: Sum before discount.
        discount_amount: Sum of discounts.
        amount: Sum that is due.
    """

    fee_type: str
    list_amount: Money | None = None
    discount_amount: Money | None = None
    amount: Money


def _summary_ties(reading: Reading) -> Iterator[Check]:
    yield tie_lines(
        reading,
        "原始 - 折扣 = 结算",
        total="amount_minor",
        plus=["list_amount_minor"],
        minus=["discount_amount_minor"],
        currency="CNY",
    )


SUMMARY: Final = TableFormat(
    record=FeeLine,
    currency="CNY",
    columns=(
        Text("费用类型", to="fee_type", needed=True),
        Amount("原始金额", to="list_amount"),
        Amount("折扣金额", to="discount_amount"),
        Amount("结算金额", to="amount"),
        Text("商家编号", to="_merchant"),
    ),
    checks=_summary_ties,
)


def _label(reading: Reading, *labels: str) -> str | None:
    """What a sheet beside the charges says behind a label."""
    rows = (row for grid in reading.document.grids if grid is not reading.site.grid for row in grid.head)
    return label_value(rows, *labels)


def _total(reading: Reading) -> Money | None:
    return declared_money(reading, _label(reading, "应付合计"), "CNY", name="应付合计")


def _parcels(reading: Reading) -> int | None:
    return declared_whole(reading, _label(reading, "单量"), name="单量")


def _bill_no(reading: Reading) -> str:
    return _label(reading, "结算单号") or file_bill_no(reading)


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    return frame.with_columns(
        charge_type_expr(pl.col("description")).alias("charge_type"), pl.lit(_bill_no(reading)).alias("bill_no")
    )


def _others(reading: Reading) -> Mapping[str, Table[Any]]:
    period = parse_period(_label(reading, "结算日期") or "")
    invoice = CourierInvoice(
        carrier="jd",
        bill_no=_bill_no(reading),
        period_start=period[0] if period else None,
        period_end=period[1] if period else None,
        currency="CNY",
        total=_total(reading),
        parcels=_parcels(reading),
        provenance=reading.provenance(),
    )
    return {"CourierInvoice": Table.from_records([invoice])}


def _checks(reading: Reading) -> Iterator[Check]:
    summary = SUMMARY.read(reading.document, name=reading.name, options={})
    yield from summary.control.checks
    total, parcels = _total(reading), _parcels(reading)
    by_kind = _sums(summary)
    if total is not None:
        yield declared_check(reading, "应付合计", total)
        yield Check(name="应付合计 by kind", side="summary", currency="CNY", total=to_minor(total), parts=by_kind)
    found = dict(
        reading.values.group_by("description").agg(pl.col("amount_minor").sum()).sort("description").iter_rows()
    )
    for kind in sorted({*by_kind, *(name for name in found if name is not None)}):
        parts = {"charges": found.get(kind) or 0}
        yield Check(name=f"费用类型 {kind}", side="charges", currency="CNY", total=by_kind.get(kind, 0), parts=parts)
    if parcels is not None:
        distinct = reading.values["tracking_no"].drop_nulls().n_unique()
        yield Check(name="单量", side="charges", currency=None, total=parcels, parts={"distinct 运单号": distinct})


def _sums(summary: Batch) -> dict[str, int]:
    sums = summary.records.to_polars().group_by("fee_type").agg(pl.col("amount_minor").sum()).sort("fee_type")
    return dict(sums.iter_rows())


FORMAT: Final = TableFormat(
    record=CourierCharge,
    carrier="jd",
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="columns only",
    marks=("京东物流账单明细",),
    columns=(
        Tracking("运单号"),
        Text("费用类型", to="description", needed=True),
        Amount("结算金额", to="amount"),
        Amount("原始金额", to="list_amount", optional=True),
        Amount("折扣金额", to="discount_amount", optional=True),
        Date(("揽收时间", "寄件时间", "业务发生时间"), to="ship_date", optional=True),
        Weight("计费重量", to="billed_weight_g", unit="kg", optional=True),
        Weight("实际重量", to="actual_weight_g", unit="kg", optional=True),
        Text("产品类型", to="service", optional=True),
        Text(("始发省", "寄件省"), to="origin.province", optional=True),
        Text(("始发市", "寄件城市"), to="origin.city", optional=True),
        Text(("目的省", "收件省"), to="dest.province", optional=True),
        Text(("目的市", "收件城市"), to="dest.city", optional=True),
    ),
    shape=_shape,
    others=_others,
    checks=_checks,
)
