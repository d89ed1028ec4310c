"""Cash planning: what is to come and to be paid, by day (`domain.md` C75)."""

from typing import Final

import attrs
import polars as pl

from tieout.reports.cells import SOURCE, SOURCE_COLUMNS, count, currency, day, money, text
from tieout.reports.data import ReportData
from tieout.reports.report import Report, Section
from tieout.reports.standing import standing_orders
from tieout.reports.statements import CourierStatement
from tieout.reports.totals import totals_by_currency
from tieout.reports.versions import last_refunds
from tieout.reports.wording import CASH

__all__ = ["CashCalendar"]

_WHEN: Final = {"overdue": "已逾期", "due": "未到期", "undated": "无日期"}
_ITEM: Final = {
    "kind": pl.String,
    "who": pl.String,
    "reference": pl.String,
    "due_on": pl.Date,
    "net_minor": pl.Int64,
    "currency": pl.String,
    "source_file": pl.String,
    "source_line": pl.Int64,
}
_DIFFERS: Final = "discrepancy"
_SUMS: Final = ("items", "inflow_minor", "outflow_minor", "net_minor")
_AGREED: Final = ("approved", "processing", "retrying", "failed")
_FIGURES: Final = (
    count("items", "Open items", "未结项数"),
    money("inflow_minor", "To come", "预计流入"),
    money("outflow_minor", "To pay", "预计流出"),
    money("net_minor", "Net", "净额"),
)


@attrs.frozen(kw_only=True)
class CashCalendar:
    """What is to come from platforms and to be paid to couriers and buyers, by the day that it is due.

    Each open item is there once: an order that is to be settled, a settlement that is to be paid out, a payout that is to
    arrive, a bill that is to be paid, a refund that is to succeed. The sum by day is the sum of the open items.
    """

    def make(self, data: ReportData) -> Report | None:
        """The report; None where nothing says what is open."""
        parts = [part for one in (_orders, _transits, _bills, _refunds) for part in one(data)]
        if not parts:
            return None
        items = _items(pl.concat(parts), data)
        return Report(
            name="cash_calendar",
            title="Cash calendar",
            title_zh="资金日历",
            facts=(("book", data.name), ("period", data.period), ("as_of", data.as_of.isoformat())),
            sections=(_by_day(items), _by_kind(items), _listed(items)),
        )


def _items(rows: pl.DataFrame, data: ReportData) -> pl.DataFrame:
    """Open items with the day that they are planned for."""
    amount = pl.col("net_minor")
    is_late = pl.col("due_on") < data.as_of
    when = (
        pl.when(pl.col("due_on").is_null())
        .then(pl.lit("undated"))
        .when(is_late)
        .then(pl.lit("overdue"))
        .otherwise(pl.lit("due"))
    )
    places = {word: place for place, word in enumerate(_WHEN)}
    return (
        rows.filter(amount != 0)
        .with_columns(
            when.alias("when"),
            pl.when(~is_late).then("due_on").alias("day"),
            pl.lit(1, dtype=pl.Int64).alias("items"),
            amount.clip(lower_bound=0).alias("inflow_minor"),
            amount.clip(upper_bound=0).alias("outflow_minor"),
        )
        .with_columns(
            pl.col("when").replace(_WHEN).alias("when_zh"),
            pl.col("kind").replace({word: names[0] for word, names in CASH.items()}).alias("what"),
            pl.col("kind").replace({word: names[1] for word, names in CASH.items()}).alias("what_zh"),
        )
        .sort(
            pl.col("when").replace_strict(places, return_dtype=pl.Int32),
            "due_on", "kind", "who", "reference", "net_minor", *SOURCE, nulls_last=True,
        )
    )  # fmt: skip


def _of(rows: pl.DataFrame, kind: str, **values: pl.Expr) -> pl.DataFrame:
    """Items of one kind."""
    said = {"kind": pl.lit(kind), **values}
    return rows.select(said.get(name, pl.lit(None)).cast(dtype).alias(name) for name, dtype in _ITEM.items())


def _orders(data: ReportData) -> list[pl.DataFrame]:
    """What platforms are to settle of orders, and what they settled too high."""
    orders = standing_orders(data)
    if orders is None:
        return []
    who = pl.concat_str("platform", "shop_id", separator=", ", ignore_nulls=True)
    shown = {
        "who": who,
        "reference": pl.col("platform_order_id"),
        "due_on": pl.col("due_on"),
        "net_minor": pl.col("open_minor"),
        "currency": pl.col("currency"),
        **{name: pl.col(name) for name in SOURCE},
    }
    too_high = orders.filter((pl.col("status") == "over_settled").fill_null(value=False))
    return [_of(orders.filter("is_waiting"), "orders", **shown), _of(too_high, "taken back", **shown)]


def _transits(data: ReportData) -> list[pl.DataFrame]:
    """Settlements that wait for their payout, and payouts that wait for the bank."""
    parts = []
    for name, kind, number in (("payout", "payouts", "settlement_id"), ("receipts", "receipts", "payout_id")):
        for one in data.outcomes_of(name):
            items = one.carry_forward.items
            if not {"platform", "shop_id", number, "due_on", "amount_minor"} <= set(items.columns):
                continue
            parts.append(
                _of(
                    items.filter(pl.col("amount_minor") < 0),
                    kind,
                    who=pl.concat_str("platform", "shop_id", separator=", ", ignore_nulls=True),
                    reference=pl.col(number),
                    due_on=pl.col("due_on"),
                    net_minor=-pl.col("amount_minor"),
                    currency=pl.col("currency"),
                )
            )
            parts += _rests(one.lines, kind, number)
    return parts


def _rests(lines: pl.DataFrame, kind: str, number: str) -> list[pl.DataFrame]:
    """What is left of settlements and payouts of which too little came, or came too much; no rule says by when."""
    if not {"platform", "shop_id", number, "gap_minor", "verdict", "actual_minor", "currency"} <= set(lines.columns):
        return []
    partly = lines.filter(
        pl.col(number).is_not_null(), pl.col("actual_minor") != 0, pl.col("verdict") == _DIFFERS
    )  # fmt: skip
    return [
        _of(
            partly,
            kind,
            who=pl.concat_str("platform", "shop_id", separator=", ", ignore_nulls=True),
            reference=pl.col(number),
            net_minor=-pl.col("gap_minor"),
            currency=pl.col("currency"),
        )
    ]


def _bills(data: ReportData) -> list[pl.DataFrame]:
    """What couriers are owed by their bills, less what is claimed back, and for parcels that no bill has."""
    statement = CourierStatement().make(data)
    parts = []
    if statement is not None:
        key = ["carrier", "bill_no", "currency"]
        found = statement.section("differences").frame
        claimed = found.group_by(key).agg(pl.col("claimed_minor").sum())
        bills = statement.section("bills").frame.join(claimed, on=key, how="left", nulls_equal=True)
        headers = data.frame("CourierInvoice")
        due = (
            pl.DataFrame(schema={**dict.fromkeys(key, pl.String), "due_on": pl.Date})
            if headers is None
            else headers.group_by(key).agg(pl.col("due_date").max().alias("due_on"))
        )
        owed = pl.col("billed_minor") - pl.col("claimed_minor").fill_null(0)
        of_bills = bills.group_by("carrier", "currency").agg(owed.sum().alias("owed_minor"))
        account = statement.section("account").frame
        # The opening balance, less what is claimed of earlier bills.
        rest = account.join(of_bills, on=["carrier", "currency"], how="left", nulls_equal=True)
        left = pl.col("agreed_minor") - pl.col("owed_minor").fill_null(0)
        parts = [
            _of(
                bills.join(due, on=key, how="left", nulls_equal=True),
                "couriers",
                who=pl.col("carrier"),
                reference=pl.col("bill_no"),
                due_on=pl.col("due_on"),
                net_minor=-owed,
                currency=pl.col("currency"),
            ),
            _of(
                rest,
                "couriers",
                who=pl.col("carrier"),
                net_minor=-left,
                currency=pl.col("currency"),
            ),
        ]
    for one in data.outcomes_of("courier_bill"):
        unbilled = one.events.to_polars().filter(pl.col("kind") == "courier.unbilled")
        parts.append(
            _of(
                unbilled,
                "unbilled",
                who=pl.col("party"),
                reference=pl.col("document"),
                net_minor=-pl.col("amount_minor"),
                currency=pl.col("currency"),
            )
        )
    return parts


def _refunds(data: ReportData) -> list[pl.DataFrame]:
    """Refunds that were agreed and have not succeeded, those of earlier files among them; of several versions the last."""
    number = ["platform", "shop_id", "refund_id"]
    refunds, held = data.frame("Refund"), data.carried.get("Refund")
    if held is not None and refunds is not None:
        before = held.to_polars().join(refunds, on=number, how="anti", nulls_equal=True)
        refunds = pl.concat([refunds, before], how="vertical_relaxed")
    elif held is not None:
        refunds = held.to_polars()
    if refunds is None:
        return []
    last = last_refunds(refunds)
    done = refunds.filter(pl.col("status") == "succeeded").select(number)
    waiting = last.filter(pl.col("status").is_in(_AGREED)).join(done, on=number, how="anti", nulls_equal=True)
    return [
        _of(
            waiting,
            "refunds",
            who=pl.concat_str("platform", "shop_id", separator=", ", ignore_nulls=True),
            reference=pl.col("refund_id"),
            net_minor=-pl.coalesce("amount_approved_minor", "amount_requested_minor", "amount_minor"),
            currency=pl.col("currency"),
            **{name: pl.col(name) for name in SOURCE},
        )
    ]


def _by_day(items: pl.DataFrame) -> Section:
    key = ("when", "day", "currency")
    places = {word: place for place, word in enumerate(_WHEN)}
    frame = items.group_by(key).agg(pl.col("when_zh").first(), *(pl.col(one).sum() for one in _SUMS))
    frame = frame.sort(pl.col("when").replace_strict(places, return_dtype=pl.Int32), "day", "currency", nulls_last=True)
    dated = pl.when(pl.col("when") != "undated").then("net_minor").otherwise(0)
    running = pl.when(pl.col("when") != "undated").then(dated.cum_sum().over("currency"))
    frame = frame.with_columns(running.alias("running_minor"))
    return Section(
        name="by_day",
        title="By day",
        title_zh="按日",
        columns=(
            text("when", "When", "时间"),
            text("when_zh", "When, in Chinese", "时间（中文）"),
            day("day", "Day", "日期"),
            *_FIGURES,
            money("running_minor", "Sum up to here", "累计净额"),
            currency(),
        ),
        frame=frame,
        key=key,
        totals=totals_by_currency(frame, _SUMS),
        details=items,
        sums=_SUMS,
        plot="trend",
        note="What is overdue is one row: it may come any day. Undated has no day, such as orders that are not completed.",
        note_zh="逾期项合并为一行；无日期为尚无到期日的项目，如未完成订单。",
    )


def _by_kind(items: pl.DataFrame) -> Section:
    key = ("kind", "currency")
    places = {word: place for place, word in enumerate(CASH)}
    frame = items.group_by(key).agg(pl.col("what", "what_zh").first(), *(pl.col(one).sum() for one in _SUMS))
    frame = frame.sort(pl.col("kind").replace_strict(places, return_dtype=pl.Int32), "currency", nulls_last=True)
    return Section(
        name="by_kind",
        title="By kind",
        title_zh="按类别",
        columns=(
            text("what", "What", "项目"),
            text("what_zh", "What, in Chinese", "项目（中文）"),
            *_FIGURES,
            currency(),
        ),
        frame=frame,
        key=key,
        totals=totals_by_currency(frame, _SUMS),
        details=items,
        sums=_SUMS,
        plot="bars",
    )


def _listed(items: pl.DataFrame) -> Section:
    return Section(
        name="items",
        title="Open items",
        title_zh="未结项明细",
        columns=(
            text("when", "When", "时间"),
            day("due_on", "Due on", "到期日"),
            text("what", "What", "项目"),
            text("what_zh", "What, in Chinese", "项目（中文）"),
            text("who", "With", "往来单位"),
            text("reference", "Number", "单号"),
            money("net_minor", "Amount", "金额"),
            currency(),
            *SOURCE_COLUMNS,
        ),
        frame=items,
        totals=totals_by_currency(items, _SUMS),
    )
