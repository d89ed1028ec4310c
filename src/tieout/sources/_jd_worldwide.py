"""JD Worldwide: what the siblings of its settlement have in common.

Each is a text in GB18030 whose first line says the currency (币种：USD), with a row 合计 at the end; or a workbook
whose columns say it. Amounts are in dollars, the rate to yuan beside them.
"""

from collections.abc import Iterable
from typing import Final

from tieout.proof import Check
from tieout.sources._columns import Column
from tieout.sources._reading import Reading
from tieout.sources._times import Moment
from tieout.sources._totals import doubt_missing_total
from tieout.sources._words import CURRENCY_NAMES, Currency, Key

__all__ = ["COLUMNS", "IGNORED", "currency_of", "end_checks", "posted"]

_CURRENCY: Final = "币种"
_TOTAL: Final = "合计"

COLUMNS: Final[tuple[Column, ...]] = (
    Currency(_CURRENCY, needed=False, optional=True),
    Key("结算单号", to="settlement_id", needed=False, optional=True),
    Key("店铺编码", to="shop_id", needed=False, optional=True),
)
"""Columns that only the workbooks have."""


IGNORED: Final = (
    "一级类目",
    "二级类目",
    "三级类目",
    "SKU编号",
    "货号",
    "商品名称",
    "SKU单价",
    "数量",
    "汇率(美元/人民币)",
)


def currency_of(reading: Reading) -> str:
    """The currency that the first line says; dollars where it says nothing, as the rate's caption does."""
    said = (reading.label(_CURRENCY) or "USD").upper()
    return CURRENCY_NAMES.get(said, said)


def posted(*captions: str) -> Moment:
    """The column of when a line was booked, the day of the bill where there is no other."""
    return Moment((*captions, "账单日期"), to="posted_at", optional=True)


def end_checks(reading: Reading) -> Iterable[Check]:
    """Doubt a text that begins as JD writes it, with its currency, and does not end so, with the row of sums; no check else."""
    has_total = any(cell.startswith(_TOTAL) for row in reading.below for cell in row)
    if reading.label(_CURRENCY) is not None and not has_total:
        doubt_missing_total(reading, _TOTAL)
    return ()
