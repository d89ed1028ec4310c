"""Venmo statement.

A text of one transaction a line. Newer files have two lines above the header and a blank first caption; older ones
begin with Username. A line above the transactions has the beginning balance, one or several below them the ending
balance, fees and a text of several lines. Amounts are written `+ $29.25` and `- $250.00`, signed from the account's
side; Amount (fee) is what Venmo takes. What a card or a bank pays does not pass the balance. Requests and payments
that are pending, declined or cancelled moved nothing and are set apart. Times have no zone: the caller says it.

Rules: `domain.md` 2.2. No file was at hand: captions and lines are known from programs that read it.
"""

from collections.abc import Callable, Iterator
from typing import Final

import polars as pl

from tieout.model import ChannelTransaction
from tieout.privacy import PiiClass
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import declared_sum, doubt_missing_total, doubt_total
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]

_NO_MONEY: Final = r"^(?i:pending|cancell?ed|failed|declined|denied|expired|refused)$"
_OPENING: Final = "Beginning Balance"
_CLOSING: Final = "Ending Balance"
_FEES: Final = "Statement Period Venmo Fees"
_BALANCES: Final = (_OPENING, _CLOSING, _FEES, "Year to Date Venmo Fees", "Disclaimer")
_OWN: Final = "(?i)venmo balance"


def _is_apart(cell: Callable[[str], pl.Expr]) -> pl.Expr:
    is_line = pl.any_horizontal(cell(name).is_not_null() for name in ("ID", "Datetime", "Amount (total)"))
    is_balance = pl.any_horizontal(cell(name).is_not_null() for name in _BALANCES)
    return (~is_line & is_balance) | cell("Status").str.contains(_NO_MONEY).fill_null(value=False)


def _derive(frame: pl.DataFrame) -> pl.DataFrame:
    fee = -pl.col("_charged_minor").abs()
    through = pl.when(pl.col("amount_minor") < 0).then("_from").otherwise("_to")
    net = pl.col("amount_minor") + fee.fill_null(0)
    is_own = through.str.contains(_OWN).fill_null(value=False)
    return frame.with_columns(fee_minor=fee, net_minor=net, _moved_minor=pl.when(is_own).then(net).otherwise(0))


def _checks(reading: Reading) -> Iterator[Check]:
    if reading.apart(_CLOSING).drop_nulls().is_empty():
        doubt_missing_total(reading, _CLOSING, is_export=False)
    opening, closing, fees = (_said(reading, caption) for caption in (_OPENING, _CLOSING, _FEES))
    if opening is not None and closing is not None:
        name = f"{_CLOSING} - {_OPENING}"
        yield declared_sum(reading, name, pl.col("_moved_minor"), closing - opening, currency="USD")
    if fees is not None:
        yield declared_sum(reading, _FEES, pl.col("fee_minor"), -abs(fees), currency="USD")


def _said(reading: Reading, caption: str) -> int | None:
    """An amount that stands on a line of its own, in cents; None when there is none, or none that can be read."""
    texts = reading.apart(caption).drop_nulls()
    if texts.is_empty() or reading.conventions is None:
        return None
    cents: int | None = Amount(caption, to="balance").parse(texts, reading.conventions).values[0]
    if cents is None:
        doubt_total(reading, caption, texts[0])
    return cents


FORMAT: Final = TableFormat(
    record=ChannelTransaction,
    currency="USD",
    evidence="columns only",
    constants={"channel": "venmo", "bill_kind": "fund"},
    columns=(
        Key("ID", to="channel_txn_id"),
        Moment("Datetime", to="occurred_at", needed=True),
        Text("Type", to="type", needed=True),
        Text("Status", to="status", needed=True),
        Amount("Amount (total)", to="amount"),
        Amount("Amount (fee)", to="_charged", optional=True),
        Text("Funding Source", to="_from"),
        Text("Destination", to="_to"),
        *(Text(caption, to=f"_balance_{nth}", optional=True) for nth, caption in enumerate(_BALANCES)),
    ),
    ignored=(
        *("Username", "Amount (tip)", "Amount (tax)", "Tax Rate", "Tax Exempt"),
        "Terminal Location",
    ),
    personal={"Note": PiiClass.FREE_TEXT, "From": PiiClass.NAME, "To": PiiClass.NAME},
    is_apart=_is_apart,
    derive=_derive,
    checks=_checks,
)
