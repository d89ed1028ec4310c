"""JD Worldwide delivered goods (京东国际妥投销货清单明细).

A text in GB18030: `币种：USD`, the header, one article of a delivered order a line, and a row 合计. An order of
several articles has its number on the first line only; what stands below belongs to it. 结算金额 is 商品应结金额 and
商品佣金 together, the commission being negative: each becomes a line of its own, so that their sum is what is
settled. Times are missing: where there is no 账单日期, nobody knows the day.

The same money stands in `jd_worldwide_delivered`, by order: read one or the other.

Rules: `domain.md` 4.2; `formats.md` 4.7.
"""

from collections.abc import Callable, Iterator
from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.proof import Check
from tieout.sources._amounts import Amount, Part
from tieout.sources._grid import LINE
from tieout.sources._jd_worldwide import COLUMNS, IGNORED, currency_of, end_checks, posted
from tieout.sources._line_types import fee_or_refund, note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._totals import tie_lines
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]

_GOODS: Final = Part("商品应结金额", ("sale", "sale_refund"))
_FEE: Final = Part("商品佣金", fee_or_refund("commission"))


def _is_apart(cell: Callable[[str], pl.Expr]) -> pl.Expr:
    """Further articles of an order whose money stands on its first line."""
    captions = ("订单编号", "结算金额", "商品应结金额", "商品佣金")
    return cell("SKU编号").is_not_null() & pl.all_horizontal(cell(caption).is_null() for caption in captions)


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """Lines below an order's first line get its number; those below one that lost digits get none."""
    shown = reading.data[next(f"c{at}" for at, column in reading.bound if column.name == "platform_order_id")]
    orders = reading.values.select(LINE, "platform_order_id", group=shown.is_not_null().cum_sum())
    orders = orders.select(LINE, pl.col("platform_order_id").first().over("group"))
    frame = frame.drop("platform_order_id").join(orders, on=LINE, how="left", maintain_order="left")
    is_empty = (pl.col("amount_minor") == 0) & (pl.len().over(LINE) == 1)
    rest = pl.when(is_empty).then(pl.lit("sale")).otherwise(pl.lit("unknown"))
    frame = frame.with_columns(
        type=pl.coalesce("type", rest), description=pl.coalesce("description", pl.lit("结算金额"))
    )
    note_unknown(reading, frame, "description")
    return frame


def _checks(reading: Reading) -> Iterator[Check]:
    parts = [_GOODS.name, _FEE.name]
    yield tie_lines(
        reading, "结算金额 = 商品应结金额 + 商品佣金", total="amount_minor", plus=parts, currency=reading.currency
    )
    yield from end_checks(reading)


FORMAT: Final = TableFormat(
    record=SettlementLine,
    timezone="Asia/Shanghai",
    evidence="files",
    constants={"platform": "jd"},
    columns=(
        Key("订单编号", to="platform_order_id", needed=False),
        Amount("结算金额", to="amount"),
        _GOODS,
        _FEE,
        Text("SKU编号", to="_sku", optional=True),
        posted(),
        *COLUMNS,
    ),
    parts_included=True,
    is_apart=_is_apart,
    currency_of=currency_of,
    ignored=IGNORED,
    shape=_shape,
    checks=_checks,
)
