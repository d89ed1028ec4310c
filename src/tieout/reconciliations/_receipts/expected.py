"""What payouts bring to the bank: amount, currency, days, and whether it was converted on the way."""

import polars as pl

from tieout.model.currency import exponent
from tieout.reconciliations._common.due import DueRules
from tieout.reconciliations._common.sides import Side, first_day, local_day
from tieout.reconciliations._common.versions import DAYS_OF_PAYOUTS

__all__ = ["NOTHING_MOVED", "arriving"]

NOTHING_MOVED = ("failed", "cancelled")
_RATE_UNITS = 10**8  # a rate is kept with eight decimals


def arriving(side: Side, *, currency: str, timezone: str, due: DueRules) -> Side:
    """Payouts weighed by what the bank is to receive.

    Adds `brings_minor` (what it brings when it succeeds), `by_rate_minor` (the amount at the stated rate), `is_converted`,
    `has_failed`, and the days between which it may arrive: `first_day`, and `last_day`, the one from which it is late.

    Args:
        side: Payouts as taken.
        currency: Currency of the book, which a rate without a bank amount leads to.
        timezone: Zone of the book.
        due: When payouts are to arrive.
    """
    frame = side.frame
    codes = sorted({currency, *frame["currency"].drop_nulls(), *frame["bank_amount_currency"].drop_nulls()})
    brings, code = _brings(codes, currency)
    days = {name: local_day(f"{name}_at", timezone) for name in ("initiated", "expected", "arrived")}
    expected_on = pl.coalesce(days["expected"], days["arrived"], days["initiated"])
    side = side.with_frame(
        frame.with_columns(
            brings.alias("brings_minor"),
            code.alias("bank_code"),
            _at_rate(codes, pl.coalesce("bank_amount_currency", pl.lit(currency))).alias("by_rate_minor"),
            pl.col("status").is_in(NOTHING_MOVED).fill_null(value=False).alias("has_failed"),
            pl.min_horizontal(*days.values()).alias("first_day"),
            expected_on.alias("expected_on"),
        )
    )
    side = side.with_columns(
        (pl.col("bank_code") != pl.col("currency")).fill_null(value=False).alias("is_converted"),
        due.late_expr(pl.col("expected_on"), pl.col("platform")).alias("last_day"),
    )
    moved = pl.when("has_failed").then(0).otherwise("brings_minor")
    moved = pl.when(pl.col("brings_minor").is_not_null()).then(moved)
    return side.weighed(on=first_day(DAYS_OF_PAYOUTS, timezone), minor=moved, currency="bank_code")


def _brings(codes: list[str], currency: str) -> tuple[pl.Expr, pl.Expr]:
    """What arrives and its currency: the bank amount where it is stated, else the amount at the rate, else the amount itself.

    A rate other than one between the book's currency and itself leads nobody knows where: then there is neither.
    """
    sign = -pl.col("amount_minor").sign()
    has_bank = pl.col("bank_amount_minor").is_not_null()
    has_rate = pl.col("fx_rate").is_not_null() & (pl.col("fx_rate") != 1)
    is_own = pl.col("currency") == currency
    brings = (
        pl.when(has_bank)
        .then(sign * pl.col("bank_amount_minor").abs())
        .when(has_rate & is_own)
        .then(None)
        .when(has_rate)
        .then(_at_rate(codes, pl.lit(currency)))
        .otherwise(-pl.col("amount_minor"))
    )
    code = (
        pl.when(has_bank)
        .then("bank_amount_currency")
        .when(has_rate & ~is_own)
        .then(pl.lit(currency))
        .otherwise("currency")
    )
    return brings.cast(pl.Int64), code


def _at_rate(codes: list[str], to: pl.Expr) -> pl.Expr:
    """The amount at the stated rate, rounded half up in the smallest unit; null without a rate above zero."""
    tens = {code: exponent(code) for code in codes}
    shift = to.replace_strict(tens, default=2, return_dtype=pl.Int64) - pl.col("currency").replace_strict(
        tens, default=2, return_dtype=pl.Int64
    )
    more = pl.lit(10, dtype=pl.Int64).pow(pl.max_horizontal(shift, pl.lit(0))).cast(pl.Int128)
    less = pl.lit(10, dtype=pl.Int64).pow(pl.max_horizontal(-shift, pl.lit(0))).cast(pl.Int128)
    rate = pl.col("fx_rate").to_physical().cast(pl.Int128)
    product = pl.col("amount_minor").abs().cast(pl.Int128) * rate * more
    whole = less * _RATE_UNITS
    rounded = (product * 2 + whole) // (whole * 2)
    size = pl.when(pl.col("fx_rate") > 0).then(rounded).cast(pl.Int64, strict=False)
    return -pl.col("amount_minor").sign() * size
