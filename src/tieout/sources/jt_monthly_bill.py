"""J&T Express monthly bill (极兔快递账单).

A line a parcel: the freight (收入), its tax (税费) and their sum (合计金额). A tax of 3 % leaves a third decimal, which is
rounded half-up; a note says what that added. A client whose name holds 退转件 marks a leg back. 预充金额, what was paid
before, is no charge and is not read.

Rules: `formats.md` 5. No real file was at hand: the captions come from programs that read them.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import ChargeType, CourierCharge, Leg
from tieout.proof import Check
from tieout.sources._amounts import Amount, Charge
from tieout.sources._batch import Finding
from tieout.sources._courier_invoices import file_bill_no
from tieout.sources._grid import LINE
from tieout.sources._measures import Weight
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date
from tieout.sources._words import Text, Tracking

__all__ = ["FORMAT"]

_EXACT: Final = pl.Decimal(28, 8)


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    is_return = pl.col("_client").str.contains("退转件", literal=True).fill_null(value=False)
    return frame.with_columns(
        pl.when(is_return).then(pl.lit(Leg.RETURN.value)).otherwise(pl.lit(Leg.OUTBOUND.value)).alias("leg"),
        pl.col("description").fill_null("收入"),
        pl.lit(file_bill_no(reading)).alias("bill_no"),
    )


def _checks(reading: Reading) -> Iterator[Check]:
    """合计 = 收入 + 税费 to the last decimal of the file, before any rounding; cells that are no plain number are left out."""
    name = "合计 = 收入 + 税费"
    columns = {caption: reading.cells(caption) for caption in ("合计金额", "收入", "税费")}
    plain = {
        caption: cells.str.replace_all(",", "").cast(_EXACT, strict=False)
        for caption, cells in columns.items()
        if cells is not None
    }
    lines = reading.data.select(LINE).with_columns(series.alias(caption) for caption, series in plain.items())
    lines = lines.filter(
        pl.col("合计金额").is_not_null() & ~pl.int_range(pl.len()).is_in(sorted(reading.rejected_rows))
    )
    expected = pl.col("收入").fill_null(0) + pl.col("税费").fill_null(0)
    wrong = lines.filter(pl.col("合计金额") != expected).select(LINE, "合计金额", expected.alias("expected"))
    reading.findings += [
        Finding(
            check=name,
            sheet=reading.site.grid.sheet,
            line=line,
            text=f"{name}: found {found.normalize():f}, expected {should.normalize():f}",
        )
        for line, found, should in wrong.iter_rows()
    ]
    yield Check(
        name=f"lines where {name}",
        side=reading.site.grid.sheet or "file",
        currency=None,
        total=lines.height,
        parts={"that do": lines.height - wrong.height},
    )


FORMAT: Final = TableFormat(
    record=CourierCharge,
    carrier="jt",
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="columns only",
    rounds=True,
    columns=(
        Date("寄件时间", to="ship_date"),
        Tracking("运单编号"),
        Text("客户名称", to="_client", optional=True),
        Text("收件省份", to="dest.province", optional=True),
        Text("收件城市", to="dest.city", optional=True),
        Weight("内部计费重量", to="billed_weight_g", unit="kg"),
        Amount("收入", to="_income"),
        Charge("税费", "tax"),
        Amount("合计金额", to="amount"),
    ),
    main_part=ChargeType.ALL_IN.value,
    parts_included=True,
    sheets=("寄件明细",),
    ignored=("目的地", "预充金额"),
    shape=_shape,
    checks=_checks,
)
