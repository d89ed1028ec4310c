"""HSBC Hong Kong account statement (香港汇丰银行账户交易记录).

A text: the header, one movement a line, newest first. Days are `31/12/2026`, amounts signed with thousands separators; cells
may end in a tab.

Rules: columns of double-entry-generator, `formats.md` 6; no file was seen.
"""

from typing import Final

from tieout.sources._amounts import Amount
from tieout.sources._bank import Balance, Memo, bank_table
from tieout.sources._times import Date
from tieout.sources._words import Currency

__all__ = ["FORMAT"]

FORMAT: Final = bank_table(
    timezone="Asia/Hong_Kong",
    evidence="columns only",
    date_format="%d/%m/%Y",
    columns=(
        Date("Date", to="booked_on"),
        Memo("Description", to="memo"),
        Amount("Billing amount", to="amount"),
        Currency("Billing currency"),
        Balance("Balance"),
    ),
    ignored=("Balance currency",),
)
