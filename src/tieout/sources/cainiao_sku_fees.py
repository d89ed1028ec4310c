"""Cainiao fees of value-added services by article (菜鸟增值服务费用明细 按商品).

What Cainiao took for services in its warehouses, such as labelling or packing: one line an article of a service order
(增值服务单号), with planned and real quantities. No file with rows was at hand: whether the amount of a service order is split
over its articles or repeated on each is not known, so a note says where the same amount stands several times.

Rules: `formats.md` 5. Only an empty template was at hand.
"""

from typing import Final

import polars as pl

from tieout.model import CourierCharge
from tieout.sources._amounts import Amount
from tieout.sources._courier_words import charge_type_expr
from tieout.sources._measures import Number
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    same = frame.filter(pl.col("amount_minor") != 0).group_by("bill_no", "contract_ref", "amount_minor").len("lines")
    repeated = int(same.filter(pl.col("lines") > 1)["lines"].sum())
    if repeated:
        text = f"{repeated} lines have the amount of another article of the same payment and service order: is it repeated?"
        reading.note("amount.maybe_repeated", text)
    return frame.with_columns(charge_type_expr(pl.col("description")).alias("charge_type"))


FORMAT: Final = TableFormat(
    record=CourierCharge,
    carrier="cainiao",
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="test rows",
    columns=(
        Key("支付流水号", to="bill_no"),
        Amount("支付金额", to="amount"),
        Key("增值服务单号", to="contract_ref"),
        Key("关联单据号", to="order_id", needed=False),
        Text("增值服务类型", to="description", needed=True),
        Number("实际操作数量", to="quantity"),
    ),
    ignored=("支付时间", "服务商", "提交时间", "状态", "商品编码", "商品名称", "计划操作数量"),
    shape=_shape,
)
