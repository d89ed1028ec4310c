"""Statements of shops: what each sold and took back, what was settled of it, and what is to come (`domain.md` C07)."""

from typing import Final

import attrs
import polars as pl

from tieout.model import SettlementLineType
from tieout.outcome import Outcome
from tieout.reports.cells import SOURCE, text
from tieout.reports.data import ReportData
from tieout.reports.report import Report
from tieout.reports.statements.accounts import Layout, differences_of, movements_frame, statement_of
from tieout.reports.statements.openings import once, opening_rows
from tieout.reports.wording import LINES, title_expr

__all__ = ["SHOP", "ShopStatement"]

SHOP: Final = Layout(
    kind="shop",
    title="Statements of shops",
    title_zh="店铺对账单",
    who=(text("platform", "Platform", "平台"), text("shop_id", "Shop", "店铺")),
    increase=("Sold", "应收增加"),
    decrease=("Refunded and settled", "退款及结算"),
    closing=("Closing balance", "期末应收余额"),
    agreed=("Undisputed", "无争议余额"),
    undisputed=pl.col("closing_minor") + pl.col("disputed_minor"),
    note=(
        "Positive is what platforms owe for orders: sales, less refunds, less what they settled of both, before their fees. "
        "Undisputed is what is left without what was found: what is not due, in transit, or within the tolerance."
    ),
    note_zh="正数为平台应付店铺的货款：销售 - 退款 - 已结算（未扣平台费用）。无争议余额为扣除差异后的未到期、在途及容差内金额。",
)
_GROSS: Final = tuple(kind.value for kind in SettlementLineType if kind.is_gross)
_PAST: Final = ("settled before", "another period")
_SIDES: Final = (
    ("orders", 1, "1 sales", "Sales", "销售", "platform_order_id"),
    ("refunds", 1, "2 refunds", "Refunds", "退款", "refund_id"),
    ("lines", -1, "", "", "", "line_id"),
)


@attrs.frozen(kw_only=True, eq=False)
class ShopStatement:
    """What platforms owe each shop for its orders.

    Attributes:
        opening: What was open before, where the records that were carried in do not say it: the `account` frame of the last
            statement; None otherwise.
    """

    opening: pl.DataFrame | None = attrs.field(default=None, repr=False)

    def make(self, data: ReportData) -> Report | None:
        """The report; None where no orders were compared with settlements.

        Raises:
            ReportError: A total is not the sum of its rows, or the opening balances lack a column.
        """
        return once(data, SHOP, self.opening, self._made)

    def _made(self, data: ReportData) -> Report | None:
        outcomes = [one for one in data.outcomes_of("settlement") if {"orders", "lines"} <= set(one.records)]
        if not outcomes:
            return None
        parts = [part for one in outcomes for part in _movements(one)]
        movements = pl.concat(
            [
                movements_frame(part, SHOP, is_opening=pl.col("is_opening"), is_increase=pl.col("item") == "1 sales")
                for part in parts
            ]
        )
        if not (movements["opening_minor"] != 0).any():
            movements = pl.concat([opening_rows(data, SHOP, self.opening), movements])
        disputed = pl.concat([_of_balance(one) for one in outcomes])
        who = {name: pl.col("keys").str.json_path_match(f"$.{name}") for name in SHOP.names}
        differences = differences_of(outcomes, who, data.type_titles, disputed)
        return statement_of(data, SHOP, movements, differences)


def _movements(outcome: Outcome) -> list[pl.DataFrame]:
    """Orders, refunds and the lines that settle them, signed as they change what platforms owe.

    Refunds and lines of an order that is set aside are set aside with it; a line of an order that nobody knows is not.
    """
    parts = []
    for side, sign, item, title, title_zh, reference in _SIDES:
        records = outcome.records.get(side)
        if records is None:
            continue
        rows = records.filter(pl.col("is_compared") & ~pl.col("is_repeat") & ~pl.col("verdict").is_in(_PAST))
        names = (pl.lit(item), pl.lit(title), pl.lit(title_zh))
        if side == "lines":
            rows = rows.filter(pl.col("type").is_in(_GROSS))
            kind = pl.col("type")
            names = (
                pl.concat_str(pl.lit("3 settled: "), kind),
                pl.concat_str(pl.lit("Settled: "), title_expr(kind, LINES)),
                pl.concat_str(pl.lit("已结算："), title_expr(kind, LINES, chinese=True)),
            )
        parts.append(
            rows.select(
                *SHOP.names,
                names[0].alias("item"),
                names[1].alias("item_title"),
                names[2].alias("item_title_zh"),
                pl.col("on").alias("day"),
                pl.col("platform_order_id").alias("document"),
                pl.col(reference).alias("reference"),
                (sign * pl.col("amount_minor")).alias("amount_minor"),
                "currency",
                "is_opening",
                *SOURCE,
            )
        )
    return parts


def _of_balance(outcome: Outcome) -> pl.Series:
    """Ids of the discrepancies about orders' money: those about fees do not change what is owed before fees."""
    units = [
        outcome.records["orders"].filter("is_compared")["unit"],
        outcome.records["lines"].filter(pl.col("is_compared") & pl.col("type").is_in(_GROSS))["unit"],
    ]
    found = outcome.explains.filter(pl.col("unit").is_in(pl.concat(units).unique().implode()))
    return found["discrepancy_id"].cast(pl.String)
