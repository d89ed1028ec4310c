"""Payments: orders against the bills of payment channels (`domain.md` 4.5).

What orders come to is compared with their payments, and these with what the channels have: by the channel's number, else by the
number that the channel got, within an order by amount. An order that was paid and of which no payment is on record stands for its
own payment. Refunds and fees on the bills are compared beside them.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import ClassVar

import attrs
import polars as pl

from tieout.model import ChannelTransaction, Order, Payment, Refund
from tieout.outcome import CarryForward, Outcome
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.channel_bills import transactions_side
from tieout.reconciliations._common.channel_words import KINDS, OUTCOMES, word_map
from tieout.reconciliations._common.due import DueRule, DueRules, due_rules
from tieout.reconciliations._common.naming import named_units
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._common.sides import Side
from tieout.reconciliations._common.units import by_links, by_pairs, judge, totals_of
from tieout.reconciliations._payments import findings
from tieout.reconciliations._payments.fees import FeeRate, fee_rates, fee_sides
from tieout.reconciliations._payments.kin import with_kin
from tieout.reconciliations._payments.orders import claims_of, orders_side, payments_side, with_standing
from tieout.reconciliations._payments.paired import Paired, pair_all
from tieout.reconciliations._payments.refunds import refunds_side
from tieout.tables import FrameLike

__all__ = ["FeeRate", "Payments"]

_DERIVED = ("payments of orders", "fees by contract", "fees charged")
_DONE = (
    "listed twice",
    "nothing to pay",
    "cash on delivery",
    "closed unpaid",
    "closed with its deposit",
    "not on a channel's bill",
    "not successful by our record",
    "channel not compared",
    "channel not said",
    "failed on the channel",
    "a refund, not compared",
    "seen in another bill",
    "paid and given back",
    "an earlier version",
    "a fee of its own",
    "a dispute",
    "another movement of the balance",
    "nothing moved",
)


def _kinds(given: Mapping[str, str]) -> dict[str, str]:
    return word_map(given, KINDS, where="kinds")


def _outcomes(given: Mapping[str, str]) -> dict[str, str]:
    return word_map(given, OUTCOMES, where="statuses")


@attrs.frozen(kw_only=True)
class Payments(Settings):
    """Reconcile orders and their payments with the bills of payment channels.

    Attributes:
        rates: What each channel may take, by channel: a fraction such as `Decimal("0.006")`, or a `FeeRate`. The fees of channels
            without a rate are not compared.
        channels: Channels of payments whose bills are given; None for all. Payments by others are set aside.
        due: When a payment is to be on the bill, counted from its day, for all channels or each.
        refund_due: When a refund is to be on the bill, counted from the day on which it succeeded.
        days: Most days between a payment and its row on the bill.
        refund_days: Most days between a refund and its row on the bill.
        balance_days: Days after which a presale whose balance is not paid is named.
        kinds: What words of a bill's `type` mean, where they are not understood: `payment`, `refund`, `fee`, `dispute`, `other`.
        statuses: What words of a `status` mean, of bills and of payments: `done`, `failed`, `pending`.
    """

    TYPES: ClassVar[tuple[str, ...]] = (*findings.TYPES, concluding.DRIFT)
    TAKES: ClassVar[tuple[Takes, ...]] = (
        Takes("orders", Order, needed=True),
        Takes("transactions", ChannelTransaction, needed=True),
        Takes("payments", Payment),
        Takes("refunds", Refund),
    )
    AFTER: ClassVar[tuple[str, ...]] = ("orders",)

    rates: Mapping[str, FeeRate] = attrs.field(factory=dict, converter=fee_rates)
    channels: tuple[str, ...] | None = attrs.field(default=None, converter=attrs.converters.optional(tuple))
    due: DueRules = attrs.field(default=DueRules(DueRule(after=1, grace=1, patience=3)), converter=due_rules)
    refund_due: DueRules = attrs.field(default=DueRules(DueRule(after=0, grace=8, patience=7)), converter=due_rules)
    days: int = 1
    refund_days: int = 7
    balance_days: int = 30
    kinds: Mapping[str, str] = attrs.field(factory=dict, converter=_kinds)
    statuses: Mapping[str, str] = attrs.field(factory=dict, converter=_outcomes)

    def run(
        self,
        *,
        orders: FrameLike,
        transactions: FrameLike,
        payments: FrameLike | None = None,
        refunds: FrameLike | None = None,
        opening: CarryForward | None = None,
    ) -> Outcome:
        """Reconcile.

        Args:
            orders: Orders, with their payments inside or without any.
            transactions: Rows of trade bills and fund bills; a movement that several bills list counts once.
            payments: Payments that stand in a list of their own.
            refunds: Refunds of the orders; None to leave the refunds on the bills alone.
            opening: What the run before carried forward.

        Returns:
            The outcome; `lines` has one row per order, payment, refund and fee. Impacts are paid - payable, on the bill - paid,
            and charged - agreed.

        Raises:
            InputError: A side is of another record, or lacks what its record needs.
        """
        zone = self.timezone
        left = orders_side(orders, opening=opening, timezone=zone)
        paid = payments_side(left, payments, opening=opening, timezone=zone, statuses=dict(self.statuses))
        back = refunds_side(refunds if refunds is not None else [], left, opening=opening, timezone=zone)
        bills = transactions_side(
            transactions, opening=opening, timezone=zone, kinds=dict(self.kinds), statuses=dict(self.statuses)
        )
        compares_refunds = refunds is not None or back.frame.height > 0
        return self._reconciled(left, paid, back, bills, compares_refunds=compares_refunds)

    def _reconciled(
        self, orders: Side, payments: Side, refunds: Side, bills: Side, *, compares_refunds: bool
    ) -> Outcome:
        on_bills = payments.put_aside("not on a channel's bill", pl.col("channel").is_in(["cod", "points"]))
        if self.channels is not None:
            on_bills = on_bills.put_aside("channel not compared", ~pl.col("channel").is_in(list(self.channels)))
        all_ = pair_all(orders, on_bills, refunds, bills, compares_refunds=compares_refunds)
        orders = with_standing(orders, payments, all_.linked_orders)
        claims = claims_of(orders, payments)
        all_ = all_.with_asides(orders, is_channel_needed=self.channels is not None)
        sides = self._in_units(orders, claims, all_)
        as_of = concluding.last_day(self, sides)
        sides = concluding.without_other_periods(sides, self.period)
        sides = with_kin(sides, self._horizon(as_of))
        units = self._stated(named_units(totals_of(sides), sides, findings.KEYS), sides, as_of)
        found = findings.Finder(sides=sides, units=units, paired=all_, as_of=as_of, settings=self.limits()).found()
        judged = judge(sides, units, found, remainder=findings.AMOUNT, keys=findings.KEYS, off=self.switched_off)
        outcome = concluding.conclude(
            "payments",
            self,
            judged,
            as_of=as_of,
            pairs=all_.of_orders(),
            matched=("orders", "transactions"),
            keys=findings.KEYS,
            parameters=self._parameters(),
            lines=_lines(judged.units),
            done=_DONE,
        )
        return _without_derived(outcome)

    def _horizon(self, as_of: date) -> date:
        """The day before which settled records are forgotten, or are of an earlier period."""
        since = as_of - timedelta(days=self.memory_days)
        return since if self.period is None else max(since, self.period.first)

    def limits(self) -> findings.Limits:
        """The days that findings go by."""
        return findings.Limits(days=self.days, refund_days=self.refund_days, balance_days=self.balance_days)

    def _in_units(self, orders: Side, claims: Side, all_: Paired) -> tuple[Side, ...]:
        codes = orders.frame.select(pl.col("row").alias("left"), "currency")
        of_orders = (
            claims.frame.filter(pl.col("order_row").is_not_null())
            .select(pl.col("order_row").alias("left"), pl.col("row").alias("right"), "currency")
            .join(codes, on=["left", "currency"], how="semi")
        )
        orders, claims = by_pairs(orders, claims, of_orders)
        start = orders.frame.height + claims.frame.height
        links = (all_.confirmed(all_.pairs), all_.confirmed(all_.refund_pairs))
        (payments, refunds), bills = by_links((all_.payments, all_.refunds), all_.transactions, links, start=start)
        start += sum(side.frame.height for side in (payments, refunds, bills))
        by_contract, charged = fee_sides(bills, self.rates, start=start)
        return orders, claims, payments, refunds, bills, by_contract, charged

    def _stated(self, units: pl.DataFrame, sides: tuple[Side, ...], as_of: date) -> pl.DataFrame:
        """Units with what they compare, `state`, `due_on` and what the tolerance allows."""
        what = pl.concat(
            [
                side.frame.select("unit", name.alias("what"), pl.lit(rank).alias("rank"))
                for rank, (side, name) in enumerate(zip(sides, _WHAT, strict=True))
            ]
        )
        what = what.sort("unit", "rank").unique("unit", keep="first", maintain_order=True).drop("rank")
        base = sides[-1].frame.select("unit", "base_minor")
        units = units.join(what, on="unit", how="left", maintain_order="left")
        units = units.join(base, on="unit", how="left", maintain_order="left")
        is_refund = pl.col("what") == "refund"
        waits = (
            (pl.col("actual_rows") == 0) & (pl.col("expected_rows") > 0) & pl.col("what").is_in(["payment", "refund"])
        )
        args = (pl.col("on"), pl.col("channel"))
        state = (
            pl.when(is_refund)
            .then(self.refund_due.state_expr(*args, as_of))
            .otherwise(self.due.state_expr(*args, as_of))
        )
        due = pl.when(is_refund).then(self.refund_due.due_expr(*args)).otherwise(self.due.due_expr(*args))
        of_fee = self.tolerances.allowed_expr("fee", pl.col("base_minor").fill_null(0), currency=pl.col("currency"))
        rows = pl.max_horizontal("expected_rows", "actual_rows")
        of_sum = self.tolerances.allowed_expr(
            "order", pl.col("expected_minor"), currency=pl.col("currency"), lines=rows
        )
        return units.with_columns(
            pl.when(waits).then(state).alias("state"),
            pl.when(waits).then(due).alias("due_on"),
            pl.when(pl.col("what") == "fee").then(of_fee).otherwise(of_sum).alias("allowed_minor"),
        )

    def _parameters(self) -> dict[str, str]:
        rates = {f"rate of {channel}": str(rate) for channel, rate in sorted(self.rates.items())}
        channels = {} if self.channels is None else {"channels": ", ".join(self.channels)}
        return {
            "payments are on the bill": str(self.due),
            "refunds are on the bill": str(self.refund_due),
            **channels,
            **rates,
        }


_OF_ORDER, _OF_FEE = pl.lit("order"), pl.lit("fee")
_WHAT = (
    _OF_ORDER,
    _OF_ORDER,
    pl.lit("payment"),
    pl.lit("refund"),
    pl.when(pl.col("kind") == "refund").then(pl.lit("refund")).otherwise(pl.lit("payment")),
    _OF_FEE,
    _OF_FEE,
)
"""What the units of each side compare."""


def _lines(units: pl.DataFrame) -> pl.DataFrame:
    figures = ("expected_minor", "actual_minor", "gap_minor", "absorbed_minor")
    return units.select("what", "unit", *findings.KEYS, "on", "currency", *figures, "verdict")


def _without_derived(outcome: Outcome) -> Outcome:
    """The outcome without the sides that say again what others say: the next run makes them anew, from orders and bills."""
    carried = outcome.carry_forward
    sides, later = (
        {name: table for name, table in tables.items() if name not in _DERIVED}
        for tables in (carried.sides, carried.later)
    )
    records = {name: frame for name, frame in outcome.records.items() if name not in _DERIVED}
    return attrs.evolve(outcome, carry_forward=attrs.evolve(carried, sides=sides, later=later), records=records)
