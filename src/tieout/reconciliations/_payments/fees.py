"""Fees: what a channel took for each movement against what its contract says."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import attrs
import polars as pl
from moneyed import Money

from tieout.errors import InputError
from tieout.model.currency import to_units
from tieout.money.columns import divide_half_up_expr
from tieout.reconciliations._common.channel_bills import SEEN
from tieout.reconciliations._common.channel_words import DONE, PAYMENT, REFUND
from tieout.reconciliations._common.sides import Role, Side

__all__ = ["FeeRate", "fee_rates", "fee_sides"]

_MILLIONTHS: Final = 1_000_000
_NOT_CHARGED: Final = ("listed twice", SEEN)


@attrs.frozen(kw_only=True)
class FeeRate:
    """What a channel may take for a payment.

    Attributes:
        rate: Part of the amount as a fraction, 0.006 for 0.6 %, of six decimals at most.
        fixed: What it takes for each payment besides; None for nothing.
        is_returned: Whether a refund gives the part of the rate back, as WeChat Pay does; the fixed part is never given back.
    """

    rate: Decimal
    fixed: Money | None = None
    is_returned: bool = True

    def __attrs_post_init__(self) -> None:
        given: object = self.rate
        is_share = isinstance(given, Decimal) and given.is_finite() and 0 <= given <= 1
        if not is_share or self.rate * _MILLIONTHS % 1:
            raise InputError(
                f"a Decimal from 0 to 1 with six decimals at most is needed, got {self.rate!r}", where="FeeRate.rate"
            )

    def expected_expr(self) -> pl.Expr:
        """The signed fee of a row with `kind`, `minor` and `currency`: negative is charged, positive given back."""
        part = divide_half_up_expr(pl.col("minor") * int(self.rate * _MILLIONTHS), _MILLIONTHS)
        charged = -part
        if self.fixed is not None:
            is_same = pl.col("currency") == self.fixed.currency.code
            charged = charged - pl.when(is_same).then(to_units(self.fixed.amount, self.fixed.currency.code)).otherwise(
                0
            )
        back = -part if self.is_returned else pl.lit(0, dtype=pl.Int64)
        return pl.when(pl.col("kind") == REFUND).then(back).otherwise(charged)

    def __str__(self) -> str:
        fixed = "" if self.fixed is None else f" + {self.fixed.amount} {self.fixed.currency.code}"
        return f"{self.rate * 100:f} %{fixed}, {'given back' if self.is_returned else 'kept'} on refunds"


def fee_rates(given: Mapping[str, FeeRate | Decimal]) -> dict[str, FeeRate]:
    """Rates by channel, from rates or plain fractions."""
    return {channel: one if isinstance(one, FeeRate) else FeeRate(rate=one) for channel, one in given.items()}


def fee_sides(transactions: Side, rates: Mapping[str, FeeRate], *, start: int) -> tuple[Side, Side]:
    """Two sides of one row per movement whose channel has a rate: the fee by the contract, and the fee on the bill.

    Args:
        transactions: Rows of bills with `kind`.
        rates: Rates by channel.
        start: The first number of a unit.
    """
    came_about = (pl.col("outcome") == DONE) & pl.col("kind").is_in([PAYMENT, REFUND]) & (pl.col("minor") != 0)
    counted = ~pl.col("aside").is_in(_NOT_CHARGED).fill_null(value=False)
    rows = transactions.frame.filter(
        came_about & counted & pl.col("fee_minor").is_not_null() & pl.col("channel").is_in(list(rates))
    )
    expected = pl.lit(None, dtype=pl.Int64)
    for channel, rate in rates.items():
        expected = pl.when(pl.col("channel") == channel).then(rate.expected_expr()).otherwise(expected)
    rows = rows.with_columns(
        pl.lit(None, dtype=pl.String).alias("aside"),
        pl.col("minor").alias("base_minor"),
        expected.alias("contract_minor"),
        (pl.col("row") + start).alias("unit"),
    )
    by_contract = rows.with_columns(pl.col("contract_minor").alias("minor"))
    charged = rows.with_columns(pl.col("fee_minor").alias("minor"))
    return (
        _derived(transactions, "fees by contract", Role.EXPECTED, by_contract),
        _derived(transactions, "fees charged", Role.ACTUAL, charged),
    )


def _derived(side: Side, name: str, role: Role, frame: pl.DataFrame) -> Side:
    sums = frame.group_by("currency").agg(pl.col("minor").sum()).sort("currency")
    totals = {str(code): int(total) for code, total in sums.iter_rows()}
    return attrs.evolve(
        side, name=name, role=role, frame=frame, given=frame.height, carried=0, superseded=0, totals=totals
    )
