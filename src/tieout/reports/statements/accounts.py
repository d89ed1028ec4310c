"""Statements of account (对账单): movements of an account, its balances, what differs and what is agreed (`domain.md` C07)."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs
import polars as pl

from tieout.errors import ReportError
from tieout.model import Discrepancy
from tieout.outcome import Outcome
from tieout.reports.cells import SOURCE, SOURCE_COLUMNS, count, currency, day, flag, money, text
from tieout.reports.data import ReportData
from tieout.reports.report import Column, Report, Section
from tieout.reports.totals import totals_by_currency
from tieout.tables import schema_of

__all__ = ["BALANCES", "Layout", "differences_of", "movements_frame", "statement_of"]

MOVEMENTS: Final = {
    "item": pl.String,
    "item_title": pl.String,
    "item_title_zh": pl.String,
    "day": pl.Date,
    "document": pl.String,
    "reference": pl.String,
    "opening_minor": pl.Int64,
    "increase_minor": pl.Int64,
    "decrease_minor": pl.Int64,
    "closing_minor": pl.Int64,
    "currency": pl.String,
    "source_file": pl.String,
    "source_line": pl.Int64,
}
"""Columns of movements, beside those that say whose account it is."""
BALANCES: Final = ("opening_minor", "increase_minor", "decrease_minor", "closing_minor")
_DIFFERENCE: Final = ("discrepancies", "difference_minor", "claimed_minor", "disputed_minor")


@attrs.frozen(kw_only=True)
class Layout:
    """What one kind of statement is called, and the words that its account uses.

    Attributes:
        kind: `courier`, `shop` or `channel`.
        title: In English.
        title_zh: In Chinese.
        who: Columns that say whose account it is.
        increase: What adds to it, in both languages.
        decrease: What takes off it.
        closing: What is left.
        agreed: What of that nobody disputes.
        undisputed: How much that is, of the columns of the account.
        note: How it is made, in English.
        note_zh: The same in Chinese.
    """

    kind: str
    title: str
    title_zh: str
    who: tuple[Column, ...]
    increase: tuple[str, str]
    decrease: tuple[str, str]
    closing: tuple[str, str]
    agreed: tuple[str, str]
    undisputed: pl.Expr
    note: str
    note_zh: str

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that say whose account it is."""
        return tuple(one.name for one in self.who)

    @property
    def key(self) -> tuple[str, ...]:
        """What tells accounts apart."""
        return (*self.names, "currency")


def movements_frame(
    rows: pl.DataFrame, layout: Layout, *, is_opening: pl.Expr | None = None, is_increase: pl.Expr | None = None
) -> pl.DataFrame:
    """Movements of accounts: each amount as opening, increase or decrease, and as part of what is left.

    Args:
        rows: Columns of `MOVEMENTS` but for the balances, those of the layout, and `amount_minor`, signed as it changes the
            account.
        layout: Whose account it is.
        is_opening: Which rows stood there before the period; None for none.
        is_increase: Which rows are what adds to it; None for those above zero.
    """
    amount = pl.col("amount_minor").fill_null(0)
    before = pl.lit(value=False) if is_opening is None else is_opening
    adds = amount > 0 if is_increase is None else is_increase
    said = {
        "opening_minor": pl.when(before).then(amount).otherwise(0),
        "increase_minor": pl.when(~before & adds).then(amount).otherwise(0),
        "decrease_minor": pl.when(~before & ~adds).then(amount).otherwise(0),
        "closing_minor": amount,
    }
    return rows.select(
        *layout.names,
        *(said.get(name, pl.col(name)).cast(dtype).alias(name) for name, dtype in MOVEMENTS.items()),
    )


def differences_of(
    outcomes: Sequence[Outcome],
    who: Mapping[str, pl.Expr],
    titles: Mapping[str, tuple[str, str]],
    disputed: pl.Series | None = None,
) -> pl.DataFrame:
    """What does not agree about accounts: one row a discrepancy, with where it stands and what is to be done.

    Args:
        outcomes: Their discrepancies.
        who: Columns that say whose account it is, of the columns of discrepancies.
        titles: Names of types, in English and Chinese.
        disputed: Ids of those whose impact is part of the balance; None for all of them.
    """
    none = pl.DataFrame(schema=schema_of(Discrepancy))
    frame = pl.concat([none, *(one.discrepancies.to_polars() for one in outcomes)], how="vertical_relaxed")
    kind = pl.col("type")
    is_part = pl.lit(value=True) if disputed is None else pl.col("discrepancy_id").is_in(disputed.implode())
    return frame.select(
        *(value.alias(name) for name, value in who.items()),
        "discrepancy_id",
        "type",
        kind.replace({code: names[0] for code, names in titles.items()}).alias("type_title"),
        kind.replace({code: names[1] for code, names in titles.items()}).alias("type_title_zh"),
        _reference().alias("reference"),
        pl.col("keys").str.json_path_match("$.bill_no").alias("bill_no"),
        "expected_minor",
        "actual_minor",
        pl.lit(1, dtype=pl.Int64).alias("discrepancies"),
        pl.col("impact_minor").alias("difference_minor"),
        pl.when("claimable").then("impact_minor").otherwise(0).alias("claimed_minor"),
        pl.when(is_part).then("impact_minor").otherwise(0).alias("disputed_minor"),
        "currency",
        "claimable",
        "reason",
        "reason_zh",
        "owner",
        "due_on",
        *SOURCE,
    )


def _reference() -> pl.Expr:
    """The number that a discrepancy is about."""
    names = ("tracking_no", "platform_order_id", "payout_id", "settlement_id", "refund_id", "channel_txn_id", "bill_no")
    return pl.coalesce(pl.col("keys").str.json_path_match(f"$.{name}") for name in names)


def statement_of(
    data: ReportData,
    layout: Layout,
    movements: pl.DataFrame,
    differences: pl.DataFrame,
    facts: Sequence[tuple[str, str]] = (),
) -> Report:
    """A statement of all accounts of one kind.

    Args:
        data: The period.
        layout: What it is called.
        movements: Of `movements_frame`.
        differences: Of `differences_of`; of accounts without a movement too.
        facts: What it is of, beside period and day.

    Raises:
        ReportError: A total is not the sum of its rows.
    """
    movements = movements.with_columns(pl.lit(1, dtype=pl.Int64).alias("movements")).sort(
        *layout.names, "currency", *SOURCE, "item", "day", "document", "reference", "closing_minor", nulls_last=True
    )
    differences = differences.sort(
        *layout.names, pl.col("difference_minor").abs(), "discrepancy_id",
        descending=[*[False] * len(layout.names), True, False], nulls_last=True,
    )  # fmt: skip
    account = _account(layout, movements, differences)
    return Report(
        name=f"statements_{layout.kind}",
        title=layout.title,
        title_zh=layout.title_zh,
        facts=(
            ("book", data.name),
            ("period", data.period),
            ("as_of", data.as_of.isoformat()),
            *facts,
        ),
        sections=(
            account,
            _by_item(layout, movements),
            _found(layout, differences),
            _confirmation(layout, account.frame),
        ),
    )


def _account(layout: Layout, movements: pl.DataFrame, differences: pl.DataFrame) -> Section:
    key = list(layout.key)
    sums = ("movements", *BALANCES)
    frame = movements.group_by(key).agg(pl.col(name).sum() for name in sums)
    found = differences.group_by(key).agg(pl.col(name).sum() for name in _DIFFERENCE)
    frame = frame.join(found, on=key, how="full", nulls_equal=True, coalesce=True)
    frame = frame.with_columns(pl.col(*sums, *_DIFFERENCE).fill_null(0))
    frame = frame.with_columns(layout.undisputed.alias("agreed_minor"))
    frame = frame.select(*key, *sums, *_DIFFERENCE, "agreed_minor").sort(*key, nulls_last=True)
    _require(frame, layout)
    return Section(
        name="account",
        title="Account",
        title_zh="对账单汇总",
        columns=(
            *layout.who,
            money("opening_minor", "Opening balance", "期初余额"),
            money("increase_minor", layout.increase[0], f"本期{layout.increase[1]}"),
            money("decrease_minor", layout.decrease[0], f"本期{layout.decrease[1]}"),
            money("closing_minor", layout.closing[0], layout.closing[1]),
            count("discrepancies", "Discrepancies", "差异笔数"),
            money("difference_minor", "Difference", "差异金额"),
            money("disputed_minor", "Of the balance", "其中影响余额"),
            money("claimed_minor", "Claimed", "索赔金额"),
            money("agreed_minor", layout.agreed[0], layout.agreed[1]),
            currency(),
        ),
        frame=frame,
        key=tuple(key),
        totals=totals_by_currency(frame, (*sums, *_DIFFERENCE, "agreed_minor")),
        details=movements,
        sums=sums,
        note=layout.note,
        note_zh=layout.note_zh,
    )


def _require(frame: pl.DataFrame, layout: Layout) -> None:
    """Opening and movements are the closing balance, to the smallest unit."""
    off = frame.filter(
        pl.sum_horizontal("opening_minor", "increase_minor", "decrease_minor") != pl.col("closing_minor")
    )
    if off.height:
        row = off.row(0, named=True)
        raise ReportError(
            f"opening and movements sum to {row['opening_minor'] + row['increase_minor'] + row['decrease_minor']} where the "
            f"closing balance is {row['closing_minor']}",
            where=f"statements_{layout.kind}: {', '.join(str(row[name]) for name in layout.key)}",
        )


def _by_item(layout: Layout, movements: pl.DataFrame) -> Section:
    key = (*layout.names, "item", "currency")
    sums = ("movements", *BALANCES)
    frame = movements.group_by(key).agg(
        pl.col("item_title").first(), pl.col("item_title_zh").first(), *(pl.col(name).sum() for name in sums)
    )
    places = movements.select("item").unique().sort("item")["item"].to_list()
    order = {item: place for place, item in enumerate(sorted(places, key=lambda item: (item != "opening", item or "")))}
    frame = frame.sort(
        *layout.names,
        pl.col("item").replace_strict(order, default=None, return_dtype=pl.Int32),
        "currency",
        nulls_last=True,
    )
    return Section(
        name="by_item",
        title="What it is made of",
        title_zh="本期发生额明细分类",
        columns=(
            *layout.who,
            text("item_title", "Item", "项目"),
            text("item_title_zh", "Item in Chinese", "项目（中文）"),
            count("movements", "Rows", "笔数"),
            money("opening_minor", "Opening balance", "期初余额"),
            money("increase_minor", layout.increase[0], layout.increase[1]),
            money("decrease_minor", layout.decrease[0], layout.decrease[1]),
            money("closing_minor", "Sum", "合计"),
            currency(),
        ),
        frame=frame,
        key=key,
        totals=totals_by_currency(frame, sums),
        details=movements,
        sums=sums,
    )


def _found(layout: Layout, differences: pl.DataFrame) -> Section:
    return Section(
        name="differences",
        title="What does not agree",
        title_zh="差异明细",
        columns=(
            *layout.who,
            text("type_title", "What", "差异类型"),
            text("type_title_zh", "What, in Chinese", "差异类型（中文）"),
            text("reference", "Number", "单号"),
            money("expected_minor", "Expected", "应为"),
            money("actual_minor", "Actual", "实际"),
            money("difference_minor", "Difference", "差异金额"),
            money("claimed_minor", "Claimed", "索赔金额"),
            currency(),
            flag("claimable", "Claim", "可索赔"),
            text("reason", "Because", "原因"),
            text("reason_zh", "Because, in Chinese", "原因（中文）"),
            text("owner", "Owner", "责任人"),
            day("due_on", "To be settled by", "处理期限"),
            *SOURCE_COLUMNS,
        ),
        frame=differences,
        totals=totals_by_currency(differences, ("difference_minor", "claimed_minor")),
    )


def _confirmation(layout: Layout, account: pl.DataFrame) -> Section:
    """The account as a column of figures, as a statement that is signed has it."""
    lines = (
        ("opening_minor", "Opening balance", "期初余额"),
        ("increase_minor", layout.increase[0], f"本期{layout.increase[1]}"),
        ("decrease_minor", layout.decrease[0], f"本期{layout.decrease[1]}"),
        ("closing_minor", layout.closing[0], layout.closing[1]),
        ("difference_minor", "Difference", "差异金额"),
        ("claimed_minor", "Claimed", "索赔金额"),
        ("agreed_minor", layout.agreed[0], layout.agreed[1]),
    )
    frame = pl.concat(
        account.select(
            *layout.names,
            pl.lit(place, dtype=pl.Int64).alias("place"),
            pl.lit(title).alias("line"),
            pl.lit(title_zh).alias("line_zh"),
            pl.col(name).alias("amount_minor"),
            "currency",
        )
        for place, (name, title, title_zh) in enumerate(lines, start=1)
    ).sort(*layout.names, "currency", "place", nulls_last=True)
    return Section(
        name="confirmation",
        title="To be confirmed",
        title_zh="对账确认",
        columns=(
            *layout.who,
            text("line", "Line", "摘要"),
            text("line_zh", "Line in Chinese", "摘要（中文）"),
            money("amount_minor", "Amount", "金额"),
            currency(),
        ),
        frame=frame,
        key=(*layout.names, "currency", "place"),
        note="Confirmed by (name, stamp, date):",
        note_zh="对方确认（签字、盖章、日期）：",
    )
