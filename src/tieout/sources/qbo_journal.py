"""QuickBooks Online journal entries (QuickBooks Online 日记账).

Rows of one journal number are one voucher. Accounts go by name, `Parent:Child`. The headings are matched by hand when the file
is imported, so they come with and without blanks and points. Dates are written month first.

Rules from the columns that several public programs write, and Intuit's help on importing journal entries.
"""

from tieout.privacy import PiiClass
from tieout.sources._amounts import Amount
from tieout.sources._times import Date
from tieout.sources._vouchers import voucher_format
from tieout.sources._words import Currency, Key, Remark, Text

FORMAT = voucher_format(
    [
        Key(("Journal No.", "JournalNo", "Journal Number"), to="voucher_id"),
        Date(("Journal Date", "JournalDate"), to="date", format="%m/%d/%Y"),
        Text(("Account Name", "AccountName"), to="account", needed=True),
        Amount(("Debits", "Debit"), to="debit"),
        Amount(("Credits", "Credit"), to="credit"),
        Remark("Description", to="summary", optional=True),
        Text("Name", to="_aux_name", optional=True),
        Text("Location", to="_aux_location", optional=True),
        Text("Class", to="_aux_class", optional=True),
        Currency(("Currency", "Currency Code"), optional=True, needed=False),
    ],
    evidence="test rows",
    personal={"Name": PiiClass.NAME},
    ignored=("Memo", "Exchange Rate", "Is Adjusting Journal Entry"),
)
