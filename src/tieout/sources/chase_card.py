"""Chase credit card activity (大通银行信用卡账单).

A text: the header, one movement a line, newest first. Days are `12/31/2026`; amounts are signed: sales negative, payments and
returns positive. All are in USD.

Rules: `formats.md` 6.
"""

from typing import Final

from tieout.sources._amounts import Amount
from tieout.sources._bank import Memo, bank_table
from tieout.sources._times import Date
from tieout.sources._words import Text

__all__ = ["FORMAT"]

FORMAT: Final = bank_table(
    currency="USD",
    evidence="files",
    date_format="%m/%d/%Y",
    columns=(
        Date("Post Date", to="booked_on"),
        Text("Transaction Date", to="_day"),
        Memo("Description", to="_memo_1"),
        Amount("Amount", to="amount"),
        Memo("Memo", to="_memo_2", optional=True),
    ),
    marks=("^(?:Sale|Payment|Return|Fee|Adjustment|Refund|Reversal|Category)$",),
    ignored=("Card", "Category", "Type"),
)
