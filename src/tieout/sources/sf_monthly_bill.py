"""SF Express monthly bill (顺丰月结账单).

The bill of a monthly account: a workbook whose sheet 账单明细 has one charge a line. Two layouts are known. The newer one
names the service of each line in a column 服务 (运费, 保价 and so on, several lines a waybill); the older one has at most a
column 增值费用 beside the freight. On every line 费用(元) - 折扣/促销 = 应付金额 is checked. A section 月结权益优惠 below
the data and reference copies on other sheets are not read. Dates such as `07-01` lack the year: it comes from the period
above the table, from the columns 结算日期 or 寄件时间, or from the option `bill_month`. Destinations such as
`成都/资阳/眉山` are one area code of several cities, and stay as they stand.

Rules: `domain.md` 3.8 and `formats.md` 5. No real file was at hand: the captions come from programs that read them.
"""

import calendar
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import polars as pl
from moneyed import Money

from tieout.model import ChargeType, CourierCharge, CourierInvoice, Leg
from tieout.money.columns import minor_of
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._courier_invoices import file_bill_no
from tieout.sources._courier_words import charge_type_expr
from tieout.sources._dates import LACKS_YEAR, parse_dates, parse_period
from tieout.sources._grid import LINE
from tieout.sources._measures import Weight
from tieout.sources._options import parse_month
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date
from tieout.sources._totals import declared_check, declared_money, tie_lines
from tieout.sources._words import Text, Tracking
from tieout.tables import Table

__all__ = ["FORMAT"]

_ACCOUNT: Final = ("月结卡号", "月结账号", "客户卡号", "客户编码")
_PERIOD: Final = ("账单周期", "结算周期", "账期", "结算日期", "账单月份")
_TOTAL: Final = ("应付金额合计", "应付合计", "本期应付金额", "应付总额")
_YEAR_AND_MONTH: Final = re.compile(r"(20\d{2})\s*[-/.年]?\s*(\d{1,2})")


def _period(reading: Reading) -> tuple[date, date] | None:
    """First and last day of the bill, from the rows above the table or the caller's month."""
    found = parse_period(reading.label(*_PERIOD) or "")
    month = _named_month(reading)
    if found is not None or month is None:
        return found
    return month, month.replace(day=calendar.monthrange(month.year, month.month)[1])


def _named_month(reading: Reading) -> date | None:
    said = reading.options.own.get("bill_month")
    if said is not None:
        return parse_month(said)
    found = _YEAR_AND_MONTH.search(reading.label(*_PERIOD) or "")
    try:
        return date(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        return None


def _month(reading: Reading) -> date | None:
    """The month for dates without a year, and a note of where it comes from."""
    dates = reading.cells("日期")
    if dates is None or not dates.str.contains(LACKS_YEAR).any():
        return None
    named = reading.options.own.get("bill_month")
    period = _period(reading)
    month, origin = (period[1] if period else None), "the option bill_month" if named else "the period above the table"
    for caption in ("结算日期", "寄件时间"):
        cells = reading.cells(caption)
        last = None if month is not None or cells is None else parse_dates(cells).max()
        if isinstance(last, date):
            month, origin = last, f"the column {caption}"
    if month is not None:
        reading.note("date.year_added", f"dates without a year are taken to be up to {month:%Y-%m}, after {origin}")
    return month


def _bill_no(reading: Reading) -> str:
    """Account and period as SF names its files; the content's own hash where the file does not say them."""
    account, period = reading.label(*_ACCOUNT), _period(reading)
    if account is None or period is None:
        return file_bill_no(reading)
    return f"{account}_{period[0]:%Y%m%d}_{period[1]:%Y%m%d}"


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """One record a line; a plain amount under 增值费用 is taken out of the line's and becomes a record of its own."""
    frame = frame.with_columns(
        pl.lit(None, dtype=pl.String).alias(name) for name in _MAY_BE_ABSENT if name not in frame.columns
    )
    added, added_minor = pl.col("_added"), minor_of(frame["_added"], currency="CNY").alias("_added_minor")
    frame = frame.with_columns(added_minor)
    is_amount = pl.col("_added_minor").is_not_null()
    service = pl.coalesce(pl.col("_service"), pl.when(~added.str.contains(r"\d")).then(added))
    account = pl.coalesce(pl.col("account_no"), pl.lit(reading.label(*_ACCOUNT), dtype=pl.String))
    is_return = pl.col("_return_of").is_not_null()
    frame = frame.with_columns(
        pl.coalesce(service, pl.when(~is_amount).then(added)).alias("description"),
        account.alias("account_no"),
        pl.lit(_bill_no(reading)).alias("bill_no"),
        pl.when(is_return).then(pl.lit(Leg.RETURN.value)).otherwise(pl.lit(Leg.OUTBOUND.value)).alias("leg"),
    )
    # Freight alone where the file shows the added services beside it; one figure for all where it does not, or mixes them.
    is_freight = pl.lit("增值费用" in reading.site.header.captions) & (
        added.is_null() | pl.col("_added_minor").is_not_null()
    )
    alone = pl.when(is_freight).then(pl.lit(ChargeType.BASE.value)).otherwise(pl.lit(ChargeType.ALL_IN.value))
    return _with_added(frame.with_columns(pl.coalesce(charge_type_expr(service), alone).alias("charge_type")))


def _with_added(frame: pl.DataFrame) -> pl.DataFrame:
    added = pl.col("_added_minor").fill_null(0)
    is_within = pl.col("list_amount_minor") - pl.col("discount_amount_minor") == pl.col("amount_minor")
    own = frame.with_columns(
        pl.col("amount_minor") - added,
        pl.when(is_within).then(pl.col("list_amount_minor") - added).otherwise(pl.col("list_amount_minor")),
        pl.lit(0).alias("_order"),
    )
    apart = frame.filter(added != 0).with_columns(
        pl.col("_added_minor").alias("amount_minor"),
        pl.lit(ChargeType.OTHER.value).alias("charge_type"),
        pl.lit("增值费用").alias("description"),
        pl.lit(None, dtype=pl.Int64).alias("list_amount_minor"),
        pl.lit(None, dtype=pl.Int64).alias("discount_amount_minor"),
        pl.lit(1).alias("_order"),
    )
    return pl.concat([own, apart]).sort(LINE, "_order")


_MAY_BE_ABSENT: Final = ("_service", "_added", "_return_of", "account_no")


def _others(reading: Reading) -> Mapping[str, Table[Any]]:
    period, total = _period(reading), _declared_total(reading)
    invoice = CourierInvoice(
        carrier="sf",
        bill_no=_bill_no(reading),
        account_no=reading.label(*_ACCOUNT),
        period_start=period[0] if period else None,
        period_end=period[1] if period else None,
        currency="CNY",
        total=total,
        provenance=reading.provenance(),
    )
    return {"CourierInvoice": Table.from_records([invoice])}


def _declared_total(reading: Reading) -> Money | None:
    return declared_money(reading, reading.label(*_TOTAL), "CNY", name=_TOTAL[0])


def _checks(reading: Reading) -> Iterator[Check]:
    yield tie_lines(
        reading,
        "费用 - 折扣 = 应付",
        total="amount_minor",
        plus=["list_amount_minor"],
        minus=["discount_amount_minor"],
        currency="CNY",
    )
    total = _declared_total(reading)
    if total is not None:
        yield declared_check(reading, "应付金额合计", total)


FORMAT: Final = TableFormat(
    record=CourierCharge,
    carrier="sf",
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="columns only",
    columns=(
        Date("日期", to="ship_date"),
        Tracking(("运单号码", "运单号")),
        Weight("计费重量", to="billed_weight_g", unit="kg"),
        Amount(("费用(元)", "费用"), to="list_amount"),
        Amount("折扣/促销", to="discount_amount"),
        Amount("应付金额", to="amount"),
        Text("服务", to="_service", optional=True),
        Text("增值费用", to="_added", optional=True),
        Text("产品类型", to="service", optional=True),
        Weight("实际重量", to="actual_weight_g", unit="kg", optional=True),
        Text(("寄件地区", "原寄地"), to="origin.city", optional=True),
        Text("始发地(省名)", to="origin.province", optional=True),
        Text(("到件地区", "对方地区"), to="dest.city", optional=True),
        Text("目的地(省名)", to="dest.province", optional=True),
        Text("退回件关联运单号", to="_return_of", optional=True),
        Text("子公司卡号", to="account_no", optional=True),
    ),
    sheets=("账单明细",),
    ends=("月结权益优惠",),
    ignored=(
        *(
            "序号",
            "对方公司名称",
            "付款方式",
            "经手人",
            "寄件公司名称",
            "寄件公司电话",
            "到方客户名称",
            "到方客户电话",
            "寄件人",
        ),
        *(
            "寄件时间",
            "寄件公司地址",
            "收件人工号",
            "托寄物内容",
            "托寄物数量",
            "声明价值",
            "件数",
            "体积",
            "收件人",
            "收件地址",
        ),
        *(
            "派件员工号",
            "回单单号",
            "签收人",
            "签收时间",
            "附加字段1",
            "附加字段2",
            "附加字段3",
            "结算日期",
            "付款网点",
            "备注",
        ),
        *("对方地区", "寄件地区", "原寄地"),
    ),
    options={"bill_month": "month of the bill as YYYY-MM, for dates without a year"},
    month=_month,
    shape=_shape,
    others=_others,
    checks=_checks,
)
