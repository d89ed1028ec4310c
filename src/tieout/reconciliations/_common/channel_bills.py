"""Bills of channels as a side: what each row is, and each movement once however many bills list it."""

from typing import Final

import polars as pl

from tieout.model import ChannelTransaction
from tieout.outcome import CarryForward
from tieout.reconciliations._common.channel_words import DONE, REFUND, kind_expr, outcome_expr
from tieout.reconciliations._common.sides import Role, Side, local_day, take
from tieout.tables import FrameLike

__all__ = ["SEEN", "transactions_side"]

SEEN: Final = "seen in another bill"
_ASIDE: Final = {"fee": "a fee of its own", "dispute": "a dispute", "other": "another movement of the balance"}
_LONG: Final = 10
"""Characters from which a number is one channel's own: shorter ones may stand for two movements of two channels."""


def transactions_side(
    given: FrameLike, *, opening: CarryForward | None, timezone: str, kinds: dict[str, str], statuses: dict[str, str]
) -> Side:
    """Rows of bills with `kind`, `outcome` and `bills_differ`; fees, disputes and other movements are set aside."""
    said = [pl.col(name).fill_null("") for name in ("bill_kind", "type")]
    numbered = pl.coalesce("channel_txn_id", "channel_refund_id", "merchant_order_no")
    of_refund = pl.coalesce("channel_refund_id", pl.col("occurred_at").cast(pl.String), pl.lit(""))
    name = pl.concat_str([*said, numbered, of_refund], separator="\x1f")
    on = local_day("occurred_at", timezone)
    side = take(
        "transactions",
        ChannelTransaction,
        given,
        role=Role.ACTUAL,
        key=("book_id", "channel"),
        opening=opening,
        identity=name,
        on=on,
    )
    side = side.weighed(on=on, minor=pl.col("amount_minor"))
    side = side.with_columns(kind_expr(kinds).alias("kind"))
    side = side.with_columns(outcome_expr(statuses, is_refund=pl.col("kind") == REFUND).alias("outcome"))
    side = side.put_aside("listed twice", pl.col("is_repeat"))
    for kind, reason in _ASIDE.items():
        side = side.put_aside(reason, pl.col("kind") == kind)
    side = _once(side)
    for outcome in ("failed", "pending"):
        side = side.put_aside(f"{outcome} on the channel", pl.col("outcome") == outcome)
    return side.put_aside("nothing moved", pl.col("minor") == 0)


def _once(side: Side) -> Side:
    """The side with movements that another bill lists too set aside: a trade bill wins over a fund bill."""
    open_ = side.frame.filter(pl.col("aside").is_null() & (pl.col("outcome") == DONE))
    if open_.select(pl.struct("channel", "bill_kind").n_unique()).item() <= 1:
        return side.with_columns(pl.lit(value=False).alias("bills_differ"))
    rank = pl.concat_str(
        [
            pl.col("bill_kind")
            .replace_strict({"trade": "0", "fund": "2"}, default="1", return_dtype=pl.String)
            .fill_null("1"),
            pl.col("channel"),
        ]
    )
    movement = (
        pl.when(pl.col("kind") == REFUND)
        .then(pl.coalesce("channel_refund_id", "channel_txn_id"))
        .otherwise("channel_txn_id")
    )
    ranked = open_.select(
        "row",
        "on",
        "book_id",
        "kind",
        "currency",
        "minor",
        "net_minor",
        "channel_txn_id",
        "channel_refund_id",
        rank.alias("bill"),
        movement.alias("movement"),
        pl.when(movement.str.len_chars() < _LONG).then(pl.col("channel")).alias("own"),
    )
    group = ["book_id", "kind", "currency", "movement", "own"]
    first = pl.col("bill") == pl.col("bill").min().over(group)
    counted = pl.when(first).then(pl.col("minor")).sum().over(group)
    kept = pl.when(first).then(pl.coalesce("net_minor", "minor")).sum().over(group)
    same = ranked.filter(pl.col("movement").is_not_null()).with_columns(
        first.alias("is_first"), counted.alias("counted"), kept.alias("kept")
    )
    again = same.filter(~pl.col("is_first"))
    sums = pl.col("minor").sum().over([*group, "bill"])
    differ = again.filter((sums != pl.col("counted")) & (sums != pl.col("kept")))["row"]
    seen = pl.concat([again["row"], _refunds_again(ranked.filter(~pl.col("row").is_in(again["row"].implode())))])
    return side.with_columns(pl.col("row").is_in(differ.implode()).alias("bills_differ")).put_aside(
        SEEN, pl.col("row").is_in(seen.implode())
    )


def _refunds_again(ranked: pl.DataFrame) -> pl.Series:
    """Refunds without a number of their own which another bill lists with one: by payment and amount, as often as there."""
    refunds = ranked.filter((pl.col("kind") == REFUND) & pl.col("channel_txn_id").is_not_null())
    key = ["book_id", "currency", "channel_txn_id", "minor"]
    named = refunds.filter(pl.col("channel_refund_id").is_not_null())
    nameless = refunds.filter(pl.col("channel_refund_id").is_null())
    pairs = _nth(nameless, key).join(_nth(named, key), on=[*key, "nth"], nulls_equal=True, suffix="_named")
    return pairs.filter(pl.col("bill") != pl.col("bill_named"))["row"]


def _nth(frame: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    return frame.sort(*key, "on", "channel_refund_id", "row", nulls_last=True).with_columns(
        pl.int_range(pl.len()).over(key).alias("nth")
    )
