"""Balances: that each line's balance follows from the one before it, so that no line is missing between them."""

from collections.abc import Iterator

import polars as pl

from tieout.model.currency import exponent, from_units
from tieout.proof import Check
from tieout.sources._batch import Finding
from tieout.sources._grid import LINE
from tieout.sources._reading import Reading

__all__ = ["balance_checks"]


def balance_checks(
    reading: Reading, *, balance: str = "_balance_minor", amount: str = "amount_minor", group: str | None = None
) -> Iterator[Check]:
    """Checks that balances follow from line to line, and that opening balance and movements make the closing one.

    The file may be in order of time or the newest line first: it is read in the direction in which fewer lines contradict their
    neighbours. A line without a balance is passed over, its amount counted towards the next; lines with a contradiction become
    findings, each of which is an interrupted chain: lines are missing there, or stand twice.

    Args:
        reading: The reading, its values parsed.
        balance: Column of the balance after the line, in minor units.
        amount: Column of the signed amount, likewise.
        group: Column that tells chains apart, such as the currency; None for one chain.
    """
    currency = reading.currency
    is_rejected = pl.int_range(pl.len()).is_in(sorted(reading.rejected_rows))
    lines = reading.values.filter(~is_rejected).sort(LINE, maintain_order=True)
    chains = {(None,): lines} if group is None else lines.partition_by(group, as_dict=True, maintain_order=True)
    for (name,), chain in chains.items():
        code = currency if currency is not None else str(name)
        yield from _chain_checks(reading, chain, balance, amount, code, "" if name is None else f" {name}")


def _chain_checks(
    reading: Reading, lines: pl.DataFrame, balance: str, amount: str, currency: str, name: str
) -> Iterator[Check]:
    if lines[balance].null_count() == lines.height:
        return
    ways = [_followed(lines if way else lines.reverse(), balance, amount) for way in (True, False)]
    chain = min(ways, key=lambda followed: followed.filter(~pl.col("follows")).height)
    wrong = chain.filter(~pl.col("follows"))
    decimals = exponent(currency)
    side = reading.site.grid.sheet or "file"
    reading.findings += [
        Finding(
            check="balance",
            sheet=reading.site.grid.sheet,
            line=line,
            text=f"the balance is {from_units(found, currency):.{decimals}f}, the line before and the amount make "
            f"{from_units(expected, currency):.{decimals}f}",
        )
        for line, found, expected in wrong.select(LINE, balance, "expected").sort(LINE).iter_rows()
    ]
    yield Check(
        name=f"lines whose balance follows{name}",
        side=side,
        currency=None,
        total=max(chain.height - 1, 0),
        parts={"that do": max(chain.height - 1, 0) - wrong.height},
    )
    first, last = chain.row(0, named=True), chain.row(-1, named=True)
    yield Check(
        name=f"closing balance{name}",
        side=side,
        currency=currency,
        total=last[balance],
        parts={
            "opening balance": first[balance] - first["moved"],
            "movements": int(chain["moved"].sum()),
        },
    )


def _followed(lines: pl.DataFrame, balance: str, amount: str) -> pl.DataFrame:
    """Lines that say a balance: what moved since the last such line, what the balance should be, and whether it is."""
    moved = pl.col(amount).fill_null(0).cum_sum()
    said = lines.with_columns(total=moved).filter(pl.col(balance).is_not_null())
    said = said.with_columns(moved=pl.col("total") - pl.col("total").shift(1, fill_value=0))
    said = said.with_columns(expected=pl.col(balance).shift(1) + pl.col("moved"))
    return said.with_columns(follows=(pl.col(balance) == pl.col("expected")).fill_null(value=True))
