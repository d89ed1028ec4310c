"""Yunda Express monthly bill (韵达快递账单).

A line a parcel with its freight (快递运费 or 韵达运费) and what is left of it to pay (应收金额) once the labels that were
paid before are taken off: a freight of 1.80 may leave -0.10. The charge is the freight; what was paid before is no charge,
and stands as the adjustment of the bill, so that charges and adjustment are what is due.

Rules: `formats.md` 5. No real file was at hand: the captions come from programs that read them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from tieout.model import ChargeType, CourierCharge
from tieout.money import from_minor
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._courier_invoices import branch_invoice, file_bill_no
from tieout.sources._measures import Weight
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date
from tieout.sources._words import Text, Tracking
from tieout.tables import Table

__all__ = ["FORMAT"]

_DUE: Final = pl.coalesce("_due_minor", "amount_minor")


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    return frame.with_columns(pl.lit(file_bill_no(reading)).alias("bill_no"))


def _sums(reading: Reading) -> tuple[int, int]:
    """What is due and what is charged, over all lines that say a freight."""
    lines = reading.values.filter(pl.col("amount_minor").is_not_null())
    return int(lines.select(_DUE.sum()).item() or 0), int(lines["amount_minor"].sum() or 0)


def _others(reading: Reading) -> Mapping[str, Table[Any]]:
    due, charged = _sums(reading)
    return branch_invoice(
        reading, carrier="yunda", total=from_minor(due, "CNY"), adjustments=from_minor(due - charged, "CNY")
    )


def _checks(reading: Reading) -> Iterator[Check]:
    """That nothing is due beyond the freight: what was paid before can but lessen it."""
    lines = reading.values.filter(
        pl.col("amount_minor").is_not_null() & ~pl.int_range(pl.len()).is_in(sorted(reading.rejected_rows))
    )
    within = lines.filter((pl.col("amount_minor") >= _DUE) | (pl.col("amount_minor") < 0)).height
    yield Check(
        name="lines where 应收 is at most the freight",
        side=reading.site.grid.sheet or "file",
        currency=None,
        total=lines.height,
        parts={"that do": within},
    )


FORMAT: Final = TableFormat(
    record=CourierCharge,
    carrier="yunda",
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="columns only",
    columns=(
        Date("账单日期", to="ship_date"),
        Tracking("单号"),
        Text(("目的地省", "目的"), to="dest.province", optional=True),
        Weight("结算重量", to="billed_weight_g", unit="kg"),
        Amount(("韵达运费", "快递运费"), to="amount"),
        Amount("应收金额", to="_due"),
    ),
    constants={"charge_type": ChargeType.ALL_IN.value},
    ignored=("商家名称", "快递运费"),
    shape=_shape,
    others=_others,
    checks=_checks,
)
