"""JD Worldwide delivered orders (京东国际妥投结算数据).

A text in GB18030: `币种：USD`, the header, one delivered order a line, and a row 合计. The price of the goods and the
commission, which is negative, become lines of their own.

The same money stands in `jd_worldwide_sale_detail`, by article: read one or the other.

Rules: `domain.md` 4.2; `formats.md` 4.7. No real file was at hand.
"""

from collections.abc import Iterator
from typing import Final

from tieout.model import SettlementLine
from tieout.proof import Check
from tieout.sources._amounts import Amount, Part
from tieout.sources._jd_worldwide import COLUMNS, IGNORED, currency_of, end_checks, posted
from tieout.sources._line_types import fee_or_refund
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._totals import tie_lines
from tieout.sources._words import Key

__all__ = ["FORMAT"]

_GOODS: Final = Part("货款", ("sale", "sale_refund"), needed=True)
_FEE: Final = Part("佣金", fee_or_refund("commission"))


def _checks(reading: Reading) -> Iterator[Check]:
    parts = [_GOODS.name, _FEE.name]
    yield tie_lines(reading, "应结货款 = 货款 + 佣金", total="_due_minor", plus=parts, currency=reading.currency)
    yield from end_checks(reading)


FORMAT: Final = TableFormat(
    record=SettlementLine,
    timezone="Asia/Shanghai",
    evidence="columns only",
    constants={"platform": "jd"},
    columns=(
        Key("订单编号", to="platform_order_id"),
        _GOODS,
        _FEE,
        Amount("应结货款", to="_due", optional=True),
        posted("完成时间", "计费时间"),
        *COLUMNS,
    ),
    currency_of=currency_of,
    ignored=(
        *IGNORED,
        "计费时间",
        "账单日期",
        "订单总金额",
        "商家促销金额",
        "满减优惠金额",
        "店铺京券金额",
        "店铺东券金额",
    ),
    checks=_checks,
)
