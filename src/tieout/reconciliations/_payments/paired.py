"""All pairs of a run, and the rows that they leave for a reason."""

import attrs
import polars as pl

from tieout.reconciliations._common.channel_words import PAYMENT, REFUND
from tieout.reconciliations._common.scope import unpaired
from tieout.reconciliations._common.sides import SCOPE, Side
from tieout.reconciliations._payments import pairing
from tieout.reconciliations._payments.orders import first_orders

__all__ = ["Paired", "pair_all"]

_NAMES = (
    "payment_id",
    "refund_id",
    "merchant_order_no",
    "channel",
    "bill_kind",
    "channel_txn_id",
    "channel_refund_id",
    "type",
    "status",
    "phase",
)
"""What names a payment, a refund or a row of a bill for people."""


@attrs.frozen(kw_only=True)
class Paired:
    """Payments and refunds with their rows on the bills.

    Attributes:
        payments: Payments with `group`.
        refunds: Refunds with `group`.
        transactions: Rows of bills with `group` and `order_row`.
        pairs: Rows of payments and of bills.
        refund_pairs: Rows of refunds and of bills.
        linked_orders: Rows of orders that a payment on a bill names.
    """

    payments: Side
    refunds: Side
    transactions: Side
    pairs: pl.DataFrame = attrs.field(repr=False)
    refund_pairs: pl.DataFrame = attrs.field(repr=False)
    linked_orders: pl.Series = attrs.field(repr=False)

    @staticmethod
    def confirmed(pairs: pl.DataFrame) -> pl.DataFrame:
        """Pairs that are certain."""
        return pairs.filter(pl.col("status") == "confirmed")

    def of_orders(self) -> pl.DataFrame:
        """Pairs of orders and rows of bills."""
        held = self.payments.frame.filter(pl.col("order_row").is_not_null())
        rows = held.select(pl.col("row").alias("left"), "order_row")
        joined = self.pairs.join(rows, on="left", maintain_order="left")
        pairs = joined.select(pl.col("order_row").alias("left"), "right", "rule", "score", "status")
        return pairs.sort("left", "right", "status", "rule").unique(
            ["left", "right"], keep="first", maintain_order=True
        )

    def with_asides(self, orders: Side, *, is_channel_needed: bool) -> "Paired":
        """With what is left over for a reason set aside.

        Args:
            orders: Orders with `standing`.
            is_channel_needed: Whether a payment without a channel is set aside unless the bills have it.
        """
        sure = self.confirmed(self.pairs)
        alone = ~pl.col("row").is_in(sure["left"].implode())
        payments = self.payments.put_aside("nothing to pay", alone & (pl.col("minor") == 0))
        if is_channel_needed:
            payments = payments.put_aside("channel not said", alone & pl.col("channel").is_null())
        standing = orders.frame.select(
            pl.col("row").alias("order_row"), "standing", pl.col("is_presale").alias("of_presale"), "payable_minor"
        )
        bills = self.transactions
        bills = bills.with_frame(bills.frame.join(standing, on="order_row", how="left", maintain_order="left"))
        lone = ~pl.col("row").is_in(sure["right"].implode()) & (pl.col("kind") == PAYMENT)
        deposit = pl.col("of_presale").fill_null(value=False) & pl.col("standing").is_in(["unpaid", "closed"])
        bills = bills.put_aside("deposit of a presale", lone & deposit & (pl.col("minor") < pl.col("payable_minor")))
        unstated = pl.col("order_row").is_not_null() & pl.col("payable_minor").is_null()
        bills = bills.put_aside("no amount stated", lone & unstated)
        return attrs.evolve(self, payments=payments, transactions=bills)


def pair_all(orders: Side, payments: Side, refunds: Side, transactions: Side, *, compares_refunds: bool) -> Paired:
    """Pair payments and refunds with the rows of bills.

    Args:
        orders: Orders.
        payments: Payments that should be on a bill.
        refunds: Refunds that should be on a bill.
        transactions: Rows of bills.
        compares_refunds: Whether refunds are known; where they are not, those on the bills are set aside.
    """
    links = pairing.links_of(orders, payments, refunds, transactions)
    by_number = pairing.paired_by_number(payments, transactions)
    payments, refunds, bills = pairing.with_groups(orders, payments, refunds, transactions, links, by_number)
    back = pairing.given_back(bills)
    bills = bills.with_columns(
        pl.col("row").is_in(back["row"].implode()).alias("is_given_back"), pl.lit(value=False).alias("is_refund_known")
    )
    refund_number = pairing.refunded_by_number(refunds, bills)
    refund_pairs = pairing.paired(*_both(refunds, bills, REFUND), refund_number)
    known = back.filter(pl.col("refund_row").is_in(Paired.confirmed(refund_pairs)["right"].implode()))
    bills = bills.with_columns(pl.col("row").is_in(known["row"].implode()).alias("is_refund_known"))
    pairs = pairing.paired(*_both(payments, bills, PAYMENT), by_number)
    bills = _of_orders(orders, payments, bills, links, pairs)
    bills = _without_given_back(bills, back, pairs, refund_pairs)
    if not compares_refunds:
        bills = bills.put_aside("a refund, not compared", pl.col("kind") == REFUND)
    pairs = pl.concat([pairs, pairing.suggestions(payments, bills, pairs, links)])
    named = bills.compared.filter((pl.col("kind") == PAYMENT) & pl.col("order_row").is_not_null())["order_row"]
    return Paired(
        payments=payments,
        refunds=refunds,
        transactions=bills,
        pairs=pairs,
        refund_pairs=refund_pairs,
        linked_orders=named.unique(),
    )


def _both(left: Side, bills: Side, kind: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    number = "channel_txn_id" if kind == PAYMENT else "channel_refund_id"
    columns: list[str | pl.Expr] = ["row", "group", "currency", "minor", "on", pl.col(number).alias("number")]
    ours = left.compared.select(*columns, _told_by(left.frame))
    theirs = bills.compared.filter(pl.col("kind") == kind).select(
        *columns, _told_by(bills.frame), "is_given_back", "is_refund_known"
    )
    return ours, theirs


def _told_by(frame: pl.DataFrame) -> pl.Expr:
    return pl.struct(name for name in _NAMES if name in frame.columns).alias("told_by")


def _of_orders(orders: Side, payments: Side, bills: Side, links: pl.DataFrame, pairs: pl.DataFrame) -> Side:
    """Rows of bills with their order and what names it."""
    named = links.filter((pl.col("status") == "confirmed") & (pl.col("left") < orders.frame.height))
    held = payments.frame.select(pl.col("row").alias("left"), "order_row").drop_nulls()
    by_payment = pairs.join(held, on="left").select(pl.col("order_row").alias("left"), "right", "status")
    first = first_orders(orders.frame, pl.concat([named.select("left", "right", "status"), by_payment]))
    frame = bills.frame.join(first, on="row", how="left", maintain_order="left")
    names = orders.frame.select(pl.col("row").alias("order_row"), *SCOPE[1:], "platform_order_id")
    return bills.with_frame(frame.join(names, on="order_row", how="left", maintain_order="left"))


def _without_given_back(bills: Side, back: pl.DataFrame, pairs: pl.DataFrame, refund_pairs: pl.DataFrame) -> Side:
    """Payments that no payment of ours answers, and that the channel gave back in full, are over."""
    over = unpaired(back, Paired.confirmed(pairs), "right")
    refunds = over.filter(~pl.col("refund_row").is_in(Paired.confirmed(refund_pairs)["right"].implode()))
    rows = pl.concat([over["row"], refunds["refund_row"]])
    return bills.put_aside("paid and given back", pl.col("row").is_in(rows.implode()))
