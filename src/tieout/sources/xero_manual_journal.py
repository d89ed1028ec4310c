"""Xero manual journals, as they are imported (Xero 手工凭证).

Rows of one narration and date are one journal. The amount is signed: a debit is positive. The star before a caption says that
Xero demands the column. Dates stand in the order of the organisation's country, day first unless a day above 12 says otherwise;
the month may also go by its name. Two tracking categories name themselves on each row.

Rules from Xero's template as at least five public programs write it; `domain.md` 8, `formats.md` 7.
"""

from typing import Final

import polars as pl

from tieout.sources._amounts import Amount
from tieout.sources._date_order import DATE_ORDER_OPTION, date_order
from tieout.sources._times import Date
from tieout.sources._vouchers import VoucherRows, voucher_format
from tieout.sources._words import Remark, Text

__all__ = ["FORMAT"]

FORMAT: Final = voucher_format(
    [
        Remark(("*Narration", "Narration"), to="narration", needed=True),
        Date(("*Date", "Date"), to="date"),
        Remark("Description", to="summary", optional=True),
        Text(("*AccountCode", "AccountCode"), to="account", needed=True),
        Text(("*TaxRate", "TaxRate"), to="tax_code"),
        Amount(("*Amount", "Amount"), to="amount", needed=True),
        Text("TrackingName1", to="_dimension_1", optional=True),
        Text("TrackingOption1", to="_member_1", optional=True),
        Text("TrackingName2", to="_dimension_2", optional=True),
        Text("TrackingOption2", to="_member_2", optional=True),
    ],
    VoucherRows(by=("narration", "date"), title=pl.concat_str("date", pl.lit(" "), "narration")),
    date_format_of=date_order("dmy", "*Date", "Date"),
    options=DATE_ORDER_OPTION,
    evidence="test rows",
)
