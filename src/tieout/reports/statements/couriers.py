"""Statements of couriers: what they billed, what of it we object to, and what we owe them (`domain.md` C07, 3.9)."""

from typing import Final

import attrs
import polars as pl

from tieout.reports.cells import SOURCE, text
from tieout.reports.data import ReportData
from tieout.reports.report import Report
from tieout.reports.statements.accounts import Layout, differences_of, movements_frame, statement_of
from tieout.reports.statements.bills import with_bills
from tieout.reports.statements.openings import once, opening_rows
from tieout.reports.wording import CHARGES, title_expr

__all__ = ["COURIER", "CourierStatement"]

COURIER: Final = Layout(
    kind="courier",
    title="Statements of couriers",
    title_zh="快递对账单",
    who=(text("carrier", "Courier", "快递公司"),),
    increase=("Billed", "账单费用"),
    decrease=("Credits", "理赔及减免"),
    closing=("Closing balance by the bills", "期末应付余额（按账单）"),
    agreed=("Agreed", "确认应付金额"),
    undisputed=pl.col("closing_minor") - pl.col("claimed_minor"),
    note=(
        "Positive is what we owe. Agreed is the balance less what we claim back. Payments are not among the records: the opening "
        "balance is that of the statement before, or 0."
    ),
    note_zh="正数为应付。确认金额 = 期末余额 - 索赔金额。付款不在数据中；期初余额取上期对账单，否则为0。",
)
_PAST: Final = ("listed_twice", "another_period", "settled_before")


@attrs.frozen(kw_only=True, eq=False)
class CourierStatement:
    """What each courier billed in a period, by kind of charge and by bill, what differs from the contract, and what is agreed.

    Attributes:
        opening: What we owed before: the `account` frame of the last statement, or `carrier`, `currency` and `closing_minor`;
            None to take it from the earlier figures.
    """

    opening: pl.DataFrame | None = attrs.field(default=None, repr=False)

    def make(self, data: ReportData) -> Report | None:
        """The report; None where no courier's bill is there.

        Raises:
            ReportError: A total is not the sum of its rows, or the opening balances lack a column.
        """
        return once(data, COURIER, self.opening, self._made)

    def _made(self, data: ReportData) -> Report | None:
        charges = _charges(data)
        if charges is None:
            return None
        rows = charges.with_columns(
            pl.col("charge_type").alias("item"),
            title_expr(pl.col("charge_type"), CHARGES).alias("item_title"),
            title_expr(pl.col("charge_type"), CHARGES, chinese=True).alias("item_title_zh"),
            pl.col("ship_date").alias("day"),
            pl.col("bill_no").alias("document"),
            pl.col("tracking_no").alias("reference"),
            pl.col("billed_minor").alias("amount_minor"),
        )
        movements = movements_frame(rows, COURIER)
        movements = pl.concat([opening_rows(data, COURIER, self.opening), movements])
        who = {"carrier": pl.col("keys").str.json_path_match("$.carrier")}
        differences = differences_of(data.outcomes_of("courier_bill"), who, data.type_titles)
        unaudited = charges.filter(~pl.col("is_audited"))["carrier"].unique().sort().drop_nulls().to_list()
        facts = (("not re-rated", ", ".join(unaudited)),) if unaudited else ()
        return with_bills(statement_of(data, COURIER, movements, differences, facts), data, charges)


def _charges(data: ReportData) -> pl.DataFrame | None:
    """Lines of bills that belong to the period, each once; of couriers without a contract as they were read."""
    names = (
        "bill_no",
        "carrier",
        "tracking_no",
        "charge_type",
        "leg",
        "ship_date",
        "currency",
        "billed_minor",
        "verdict",
    )
    parts, audited = [], set()
    for one in data.outcomes_of("courier_bill"):
        if not {*names, "side", "line"} <= set(one.lines.columns):
            continue
        audited |= set(one.records["charges"]["carrier"].unique().to_list())
        lines = one.lines.filter((pl.col("side") == "charges") & ~pl.col("verdict").is_in(_PAST))
        opened = one.records["charges"].filter("is_opening").select(pl.col("row").alias("line"))
        lines = lines.join(opened, on="line", how="anti", maintain_order="left")
        parts.append(lines.select(*names, *SOURCE, pl.lit(value=True).alias("is_audited")))
    read = data.frame("CourierCharge")
    if read is not None:
        rest = read.filter(~pl.col("carrier").is_in(list(audited), nulls_equal=True))
        values = {"billed_minor": pl.col("amount_minor"), "verdict": pl.lit("not re-rated")}
        plain = rest.select(
            *(values.get(name, pl.col(name)).alias(name) for name in names),
            *SOURCE,
            pl.lit(value=False).alias("is_audited"),
        )
        if plain.height:
            parts.append(plain)
    return pl.concat(parts, how="vertical_relaxed") if parts else None
