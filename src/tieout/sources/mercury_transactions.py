"""Mercury bank transactions (Mercury 银行交易记录).

A text: the header, one movement a line, newest first. Days are `12-31-2026` in UTC; amounts are signed, in USD, whatever
Original Currency says. Lines that are pending, failed or cancelled are set apart.

Rules: columns of beanhub-extract, `formats.md` 6; no file was seen.
"""

from typing import Final

from tieout.sources._amounts import Amount
from tieout.sources._bank import Memo, Party, bank_table
from tieout.sources._times import Date
from tieout.sources._words import Text

__all__ = ["FORMAT"]

FORMAT: Final = bank_table(
    currency="USD",
    evidence="columns only",
    date_format="%m-%d-%Y",
    columns=(
        Date("Date (UTC)", to="booked_on"),
        Party("Description"),
        Amount("Amount", to="amount"),
        Text("Source Account", to="account"),
        Text("Status", to="_status"),
        Memo("Bank Description", to="_memo_1"),
        Memo("Reference", to="_memo_2", optional=True),
        Memo("Note", to="_memo_3", optional=True),
    ),
    is_apart=lambda cell: cell("Status").str.to_lowercase().str.contains("pending|failed|cancell?ed|blocked|rejected"),
    ignored=(
        "Last Four Digits",
        "Name On Card",
        "Category",
        "GL Code",
        "Timestamp",
        "Original Currency",
        "Tracking ID",
        "Check Number",
        "Tags",
    ),
)
