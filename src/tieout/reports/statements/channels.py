"""Statements of channels: wallets at platforms, and the bills of payment channels (`domain.md` C07, 4.4)."""

from collections.abc import Sequence
from typing import Final

import attrs
import polars as pl

from tieout.outcome import Outcome
from tieout.reports.cells import SOURCE, text
from tieout.reports.data import ReportData
from tieout.reports.report import Report
from tieout.reports.statements.accounts import Layout, differences_of, movements_frame, statement_of
from tieout.reports.statements.corrections import FAILED, OF_LINES, OF_PAYOUTS, OF_TRANSACTIONS, Corrected, corrections
from tieout.reports.statements.openings import once, opening_rows
from tieout.reports.wording import LINES, title_expr

__all__ = ["CHANNEL", "ChannelStatement"]

CHANNEL: Final = Layout(
    kind="channel",
    title="Statements of channels",
    title_zh="渠道对账单",
    who=(text("channel", "Channel", "渠道"), text("account", "Account", "账户类型")),
    increase=("Received", "收入"),
    decrease=("Paid out and kept", "支出"),
    closing=("Closing balance", "期末余额"),
    agreed=("Agreed", "确认金额"),
    undisputed=pl.col("closing_minor") - pl.col("disputed_minor"),
    note=(
        "A wallet holds what a platform settled and has not paid out: its lines less payouts. A payment channel's bill has what "
        "buyers paid and got back. The opening balance is that of the statement before, or 0. Agreed is what is left without "
        "what was found. What a later file says otherwise of earlier periods is a correction."
    ),
    note_zh="平台钱包：结算明细减提现；支付渠道账单：买家付款与退款。期初余额取上期对账单，否则为0。确认金额为扣除差异后的余额。后来文件对前期记录的更改列为前期更正。",
)
_PAST: Final = ("settled before", "another period")
_WALLET, _PAYMENTS = "wallet", "payments"
_WITHDRAWAL: Final = "withdrawal"


@attrs.frozen(kw_only=True, eq=False)
class ChannelStatement:
    """What went through each channel: wallets at platforms, and payment channels such as Alipay.

    Attributes:
        opening: What they held before: the `account` frame of the last statement; None to take it from the earlier figures.
    """

    opening: pl.DataFrame | None = attrs.field(default=None, repr=False)

    def make(self, data: ReportData) -> Report | None:
        """The report; None where there are no lines, payouts or bills of channels.

        Raises:
            ReportError: A total is not the sum of its rows, or the opening balances lack a column.
        """
        return once(data, CHANNEL, self.opening, self._made)

    def _made(self, data: ReportData) -> Report | None:
        parts = [*_wallets(data), *_payments(data)]
        if not parts:
            return None
        movements = pl.concat(
            [opening_rows(data, CHANNEL, self.opening), *(movements_frame(one, CHANNEL) for one in parts)]
        )
        key = {name: pl.col("keys").str.json_path_match(f"$.{name}") for name in ("platform", "channel")}
        paid_out = [one for name in ("payout",) for one in data.outcomes_of(name)]
        differences = pl.concat(
            [
                differences_of(
                    paid_out, {"channel": key["platform"], "account": pl.lit(_WALLET)}, data.type_titles
                ).with_columns((-pl.col("difference_minor")).alias("disputed_minor")),
                differences_of(
                    data.outcomes_of("payments"),
                    {"channel": key["channel"], "account": pl.lit(_PAYMENTS)},
                    data.type_titles,
                ),
            ]
        )
        return statement_of(data, CHANNEL, movements, differences)


def _told(outcomes: Sequence[Outcome], side: str) -> list[pl.DataFrame]:
    """Records of a side, each once, with `worth` (what it adds to what is held) and `is_counted` (it is of the period)."""
    worth = pl.col("amount_minor")
    if side == "payouts":
        worth = pl.when(pl.col("status").is_in(FAILED)).then(0).otherwise(pl.coalesce("cash_minor", -worth))
    is_new = ~pl.col("is_opening") & ~pl.col("verdict").is_in(_PAST).fill_null(value=False)
    return [
        one.records[side].filter(~pl.col("is_repeat")).with_columns(worth.alias("worth"), is_new.alias("is_counted"))
        for one in outcomes
        if side in one.records
    ]


def _kept(outcomes: Sequence[Outcome], side: str) -> list[pl.DataFrame]:
    """Records of the period, each once."""
    return [records.filter("is_counted") for records in _told(outcomes, side)]


def _corrected(
    data: ReportData, rows: Sequence[pl.DataFrame], of: Corrected, channel: str, account: str, document: str
) -> list[pl.DataFrame]:
    """What earlier statements counted otherwise than it is by now, as movements."""
    found = corrections(data, rows, of)
    if found is None or not found.height:
        return []
    return [
        found.select(
            pl.col(channel).alias("channel"),
            pl.lit(account).alias("account"),
            pl.lit("corrected").alias("item"),
            pl.lit("Corrections of earlier periods").alias("item_title"),
            pl.lit("前期更正").alias("item_title_zh"),
            pl.col("on").alias("day"),
            pl.col(document).alias("document"),
            pl.col(of.key[-1]).alias("reference"),
            pl.col("worth").alias("amount_minor"),
            "currency",
            *SOURCE,
        )
    ]


def _wallets(data: ReportData) -> list[pl.DataFrame]:
    """Settlement lines and payouts; withdrawals among the lines are the payouts, where these are there."""
    payouts = [
        rows.filter("is_compared").select(
            pl.col("platform").alias("channel"),
            pl.lit(_WALLET).alias("account"),
            pl.lit("payout").alias("item"),
            pl.lit("Payouts").alias("item_title"),
            pl.lit("提现").alias("item_title_zh"),
            pl.col("on").alias("day"),
            pl.lit(None, dtype=pl.String).alias("document"),
            pl.col("payout_id").alias("reference"),
            pl.coalesce("cash_minor", -pl.col("amount_minor")).alias("amount_minor"),
            pl.coalesce("cash_currency", "currency").alias("currency"),
            *SOURCE,
        )
        for rows in _kept(data.outcomes_of("payout"), "payouts")
    ]
    paid = sorted({name for rows in payouts for name in rows["channel"].drop_nulls().unique().to_list()})
    kind = pl.col("type")
    is_paid = ((kind == _WITHDRAWAL) & pl.col("platform").is_in(paid)).fill_null(value=False)
    lines = [
        rows.filter(~is_paid).select(
            pl.col("platform").alias("channel"),
            pl.lit(_WALLET).alias("account"),
            kind.alias("item"),
            title_expr(kind, LINES).alias("item_title"),
            title_expr(kind, LINES, chinese=True).alias("item_title_zh"),
            pl.col("on").alias("day"),
            pl.col("settlement_id").alias("document"),
            pl.col("line_id").alias("reference"),
            "amount_minor",
            "currency",
            *SOURCE,
        )
        for rows in _kept(data.outcomes_of("settlement"), "lines")
    ]
    told = [rows.filter(~is_paid) for rows in _told(data.outcomes_of("settlement"), "lines")]
    sent = _told(data.outcomes_of("payout"), "payouts")
    return [
        *lines,
        *payouts,
        *_corrected(data, told, OF_LINES, "platform", _WALLET, "settlement_id"),
        *_corrected(data, sent, OF_PAYOUTS, "platform", _WALLET, "payout_id"),
    ]


def _payments(data: ReportData) -> list[pl.DataFrame]:
    """Rows of payment channels' bills: what came in, and what went back."""
    outcomes = data.outcomes_of("payments")
    told = _told(outcomes, "transactions")
    comes = pl.col("amount_minor") >= 0
    billed = [
        rows.select(
            "channel",
            pl.lit(_PAYMENTS).alias("account"),
            pl.when(comes).then(pl.lit("paid")).otherwise(pl.lit("paid back")).alias("item"),
            pl.when(comes).then(pl.lit("Paid by buyers")).otherwise(pl.lit("Paid back to buyers")).alias("item_title"),
            pl.when(comes).then(pl.lit("买家付款")).otherwise(pl.lit("退还买家")).alias("item_title_zh"),
            pl.col("on").alias("day"),
            pl.col("merchant_order_no").alias("document"),
            pl.coalesce("channel_refund_id", "channel_txn_id").alias("reference"),
            "amount_minor",
            "currency",
            *SOURCE,
        )
        for rows in _kept(outcomes, "transactions")
    ]
    return [*billed, *_corrected(data, told, OF_TRANSACTIONS, "channel", _PAYMENTS, "merchant_order_no")]
