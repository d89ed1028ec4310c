"""The statement of a period: all accounts with couriers, shops and channels on one page (`domain.md` C07)."""

from collections.abc import Sequence
from typing import Final

import attrs
import polars as pl

from tieout.reports.cells import count, currency, money, text
from tieout.reports.data import ReportData
from tieout.reports.report import Report, Section
from tieout.reports.statements.accounts import BALANCES
from tieout.reports.statements.channels import ChannelStatement
from tieout.reports.statements.couriers import CourierStatement
from tieout.reports.statements.shops import ShopStatement

__all__ = ["PeriodStatement"]

_KINDS: Final = {"courier": "快递", "shop": "店铺", "channel": "渠道"}
_SUMS: Final = ("movements", *BALANCES)
_FOUND: Final = ("discrepancies", "difference_minor", "claimed_minor", "agreed_minor")


@attrs.frozen(kw_only=True, eq=False)
class PeriodStatement:
    """All accounts of a period: what each began with, what moved it, and what it closed with.

    Attributes:
        statements: The builders whose accounts it has.
    """

    statements: Sequence[CourierStatement | ShopStatement | ChannelStatement] = (
        CourierStatement(),
        ShopStatement(),
        ChannelStatement(),
    )

    def make(self, data: ReportData) -> Report | None:
        """The report; None where no account is there.

        Raises:
            ReportError: A total is not the sum of its rows.
        """
        made = [report for one in self.statements if (report := one.make(data)) is not None]
        if not made:
            return None
        frame = pl.concat([_rows(one, "account", (*_SUMS, *_FOUND)) for one in made])
        details = pl.concat([_rows(one, "by_item", (*_SUMS, "item_title", "item_title_zh")) for one in made])
        key = ("kind", "who", "currency")
        section = Section(
            name="accounts",
            title="All accounts",
            title_zh="往来余额汇总",
            columns=(
                text("kind", "Kind", "类别"),
                text("kind_zh", "Kind in Chinese", "类别（中文）"),
                text("who", "With", "往来单位"),
                count("movements", "Rows", "笔数"),
                money("opening_minor", "Opening balance", "期初余额"),
                money("increase_minor", "Increase", "本期增加"),
                money("decrease_minor", "Decrease", "本期减少"),
                money("closing_minor", "Closing balance", "期末余额"),
                count("discrepancies", "Discrepancies", "差异笔数"),
                money("difference_minor", "Difference", "差异金额"),
                money("claimed_minor", "Claimed", "索赔金额"),
                money("agreed_minor", "Agreed", "确认金额"),
                currency(),
            ),
            frame=frame,
            key=key,
            details=details,
            sums=_SUMS,
            note="What we owe couriers, what platforms owe shops, and what channels hold are not added up to one total.",
            note_zh="应付快递、应收平台与渠道余额性质不同，不合计。",
        )
        return Report(
            name="statements_period",
            title="Statement of the period",
            title_zh="期间往来对账汇总",
            facts=(("book", data.name), ("period", data.period), ("as_of", data.as_of.isoformat())),
            sections=(section,),
        )


def _rows(report: Report, section: str, names: tuple[str, ...]) -> pl.DataFrame:
    """Rows of a section with whose account they are in one column."""
    kind = report.name.removeprefix("statements_")
    who = [name for name in report.section("account").key if name != "currency"]
    return report.section(section).frame.select(
        pl.lit(kind).alias("kind"),
        pl.lit(_KINDS[kind]).alias("kind_zh"),
        pl.concat_str(who, separator=", ", ignore_nulls=True).alias("who"),
        "currency",
        *names,
    )
