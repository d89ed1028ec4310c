"""Cash: signed amounts of lines that are the merchant's gain or loss, however a file writes them.

Files write gains and losses in two columns, with a word for the direction, or signed; losses stand in them with a minus or
without. Records are signed from the merchant's side (`domain.md` 2.2): positive is gained, negative is lost.
"""

from typing import Final

import polars as pl

from tieout.model import BankTransaction, ChannelTransaction, Payout, SettlementLine
from tieout.sources._words import Choice

__all__ = ["CASH", "GAIN", "LOSS", "by_direction", "direction", "gain_less_loss", "signed_by_direction"]

GAIN, LOSS = "gain", "loss"
CASH: Final = (SettlementLine, ChannelTransaction, Payout, BankTransaction)
"""The records whose amounts are gains and losses; amounts of others are prices, of which a credit takes away."""

_WORDS = {
    GAIN: ("收入", "入账", "入帐", "收", "贷", "贷方", "贷 Cr", "Cr", "CR", "C", "Credit", "credit", "CREDIT"),
    LOSS: ("支出", "出账", "出帐", "支", "借", "借方", "借 Dr", "Dr", "DR", "D", "Debit", "debit", "DEBIT"),
}


def direction(*captions: str, to: str = "_direction", **words: str) -> Choice:
    """A column that says whether a line is a gain or a loss; a line that says neither is a reject.

    Args:
        *captions: How the column is known.
        to: Where it goes.
        **words: Further words and what they mean, `gain` or `loss`.
    """
    known = {word: meaning for meaning, names in _WORDS.items() for word in names}
    meanings: dict[str, str] = {**known, **words}
    return Choice(captions, meanings, to=to, needed=True)


def gain_less_loss(gain: pl.Expr, loss: pl.Expr) -> pl.Expr:
    """The signed amount of two columns, in minor units; null where both are blank.

    Args:
        gain: What came in, as it stands.
        loss: What went out, written with a minus or without.

    Example:
        >>> frame = pl.DataFrame({"in": [10, None, 0, None], "out": [None, 4, -3, None]}, schema_overrides={"in": pl.Int64})
        >>> frame.select(gain_less_loss(pl.col("in"), pl.col("out")).alias("amount"))["amount"].to_list()
        [10, -4, -3, None]
    """
    amount = gain.fill_null(0) - loss.abs().fill_null(0)
    return pl.when(gain.is_not_null() | loss.is_not_null()).then(amount)


def by_direction(amount: pl.Expr, direction: pl.Expr) -> pl.Expr:
    """The signed amount of a column beside which another says the direction.

    Args:
        amount: The amount; a loss is written with a minus or without, a gain with a minus takes an earlier gain back.
        direction: `gain` or `loss`.
    """
    return pl.when(direction == LOSS).then(-amount.abs()).otherwise(amount)


def signed_by_direction(values: pl.DataFrame) -> pl.DataFrame:
    """A `derive` that signs the amount under `_amount` by the direction under `_direction`."""
    return values.with_columns(amount_minor=by_direction(pl.col("_amount_minor"), pl.col("_direction")))
