"""QuickBooks Online journal entries (QuickBooks Online 日记账).

Rows of one journal number are one voucher. Accounts go by name, `Parent:Child`. The headings are matched by hand when the file
is imported, so they come with and without blanks and points. Dates are written month first, unless a day above 12 says otherwise.

Rules from the columns that several public programs write, and Intuit's help on importing journal entries.
"""

from typing import Final

from tieout.privacy import PiiClass
from tieout.sources._amounts import Amount
from tieout.sources._date_order import DATE_ORDER_OPTION, date_order
from tieout.sources._times import Date
from tieout.sources._vouchers import voucher_format
from tieout.sources._words import Currency, Key, Remark, Text

__all__ = ["FORMAT"]

_DATE: Final = ("Journal Date", "JournalDate")

FORMAT: Final = voucher_format(
    [
        Key(("Journal No.", "JournalNo", "Journal Number"), to="voucher_id"),
        Date(_DATE, to="date"),
        Text(("Account Name", "AccountName"), to="account", needed=True),
        Amount(("Debits", "Debit"), to="debit"),
        Amount(("Credits", "Credit"), to="credit"),
        Remark("Description", to="summary", optional=True),
        Text("Name", to="_aux_name", optional=True),
        Text("Location", to="_aux_location", optional=True),
        Text("Class", to="_aux_class", optional=True),
        Currency(("Currency", "Currency Code"), optional=True, needed=False),
    ],
    date_format_of=date_order("mdy", *_DATE),
    options=DATE_ORDER_OPTION,
    evidence="test rows",
    personal={"Name": PiiClass.NAME},
    ignored=("Memo", "Exchange Rate", "Is Adjusting Journal Entry"),
)
