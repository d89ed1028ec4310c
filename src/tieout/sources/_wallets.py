"""Wallets: what the bills of personal accounts at payment channels have in common.

A word says whether a line is a gain, a loss or neither. What is neither (between one's own accounts, never paid, on credit)
moves nothing for the holder and is a record of amount zero, unless the leaf knows a line's direction by its words, as of a
refund or a withdrawal. Above the table stand the number of lines and the sums of each kind.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import attrs
import polars as pl

from tieout.model.currency import from_units
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._cash import GAIN, LOSS, by_direction, direction
from tieout.sources._faults import Conventions, Parsed
from tieout.sources._reading import Reading
from tieout.sources._spoken_totals import spoken_total
from tieout.sources._totals import declared_count, declared_sum
from tieout.sources._words import Choice

__all__ = ["NEUTRAL", "AmountIn", "note_neutral", "said_above", "wallet_amount", "wallet_direction"]

NEUTRAL: Final = "neutral"
_NEUTRAL_WORDS: Final = ("不计收支", "中性交易", "其他", "/", "不计")


@attrs.frozen
class AmountIn(Amount):
    """Money that is part of a cell's words.

    Attributes:
        pattern: Finds it, as its first group, in syntax that Python and Rust share. Cells that do not match hold none.
        is_whole: Whether cells that do not match are read whole, and are faults unless they are amounts.
    """

    pattern: str = attrs.field(kw_only=True)
    is_whole: bool = attrs.field(kw_only=True, default=False)

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column."""
        found = cells.str.extract(self.pattern, 1)
        if self.is_whole:
            found = found.zip_with(found.is_not_null(), cells)
        return Amount.parse(self, found, conventions)


def wallet_direction() -> Choice:
    """The column that says whether a line is a gain, a loss or neither, as `_direction`."""
    return direction("收/支", **dict.fromkeys(_NEUTRAL_WORDS, NEUTRAL))


def wallet_amount(amount: pl.Expr, *, neutral_sign: pl.Expr) -> pl.Expr:
    """The signed amount of a line.

    Args:
        amount: The amount as it stands.
        neutral_sign: For lines that are neither gain nor loss: 1, -1, or 0 where nobody knows.
    """
    said = pl.col("_direction")
    return pl.when(said == NEUTRAL).then(amount * neutral_sign).otherwise(by_direction(amount, said))


def note_neutral(reading: Reading, *, amount: str = "_amount_minor") -> None:
    """Tell a person how many lines have amount zero since they are neither gain nor loss, and what they add up to.

    Args:
        reading: The reading, its values parsed.
        amount: Column of the amount as it stands.
    """
    is_rejected = pl.int_range(pl.len()).is_in(sorted(reading.rejected_rows))
    stood = reading.values.filter(~is_rejected & (pl.col("_direction") == NEUTRAL) & (pl.col("amount_minor") == 0))
    stood = stood.filter(pl.col(amount) != 0)
    if stood.height:
        total = from_units(int(stood[amount].sum()), "CNY")
        text = f"{stood.height} lines are neither gain nor loss by the file, {total} CNY in sum: their amount is zero"
        reading.note("amount.neutral", text)


def said_above(reading: Reading, sums: Mapping[str, pl.Expr]) -> Iterator[Check]:
    """The numbers of lines that stand above the table, and the sums of which it is known what they add up.

    Args:
        reading: The reading, its values parsed.
        sums: What is summed, by the first word of the line that says the sum.
    """
    rows = [row.cells for row in reading.preamble]
    is_kind = {kind: pl.col("_direction") == kind for kind in (GAIN, LOSS, NEUTRAL)}
    counts: dict[str, pl.Expr] = {
        "共": pl.lit(value=True),
        "收入": is_kind[GAIN],
        "支出": is_kind[LOSS],
        "不计收支": is_kind[NEUTRAL],
        "中性交易": is_kind[NEUTRAL],
    }
    for word, is_counted in counts.items():
        said = spoken_total(reading, word, figures=int(word in sums), rows=rows)
        if said is None:
            continue
        yield declared_count(reading, f"{word} 笔数", is_counted, said.count)
        if word in sums and said.sums:
            yield declared_sum(reading, f"{word} 金额", sums[word], said.sums[0], currency="CNY")
