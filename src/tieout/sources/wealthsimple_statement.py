"""Wealthsimple cash account statement (Wealthsimple 账户账单).

A text: the header, one movement a line. The column `transaction` holds a code, such as `SPEND`, `AFT_IN` or `INT`; amounts
are signed, in CAD.

Rules: columns of beanhub-extract, `formats.md` 6; no file was seen.
"""

from typing import Final

from tieout.sources._amounts import Amount
from tieout.sources._bank import Balance, Memo, bank_table
from tieout.sources._times import Date

__all__ = ["FORMAT"]

FORMAT: Final = bank_table(
    currency="CAD",
    evidence="columns only",
    columns=(
        Date("date", to="booked_on"),
        Memo("transaction", to="_memo_1"),
        Memo("description", to="_memo_2"),
        Amount("amount", to="amount"),
        Balance("balance"),
    ),
    marks=("^[A-Z][A-Z0-9_]{2,15}$",),
)
