"""China Merchants Bank credit card statement (招商银行信用卡对账单).

A text: a title with the month (`招商银行信用卡对账单（个人消费卡账户 2025年01月）`), the header, one movement a line.
Expenses are positive, payments and refunds negative. Dates are month and day; the year is the title's, or the year before for
months after the title's. A line without 交易日, such as interest, is of its booking day. 交易地金额 is in the country's
currency, `131.77(CN)`, and is not read.

Rules: columns of double-entry-generator, `formats.md` 6; no file was seen.
"""

import re
from datetime import date
from typing import Final

from tieout.sources._amounts import Amount
from tieout.sources._bank import Account, Memo, bank_table
from tieout.sources._options import parse_month
from tieout.sources._reading import Reading
from tieout.sources._times import Date

__all__ = ["FORMAT"]

_MONTH: Final = re.compile(r"((?:19|20)\d{2})\s*年\s*(\d{1,2})\s*月")


def _month(reading: Reading) -> date | None:
    """The month of the statement: the caller's word, else the title's."""
    said = reading.options.own.get("bill_month")
    if said is not None:
        return parse_month(said)
    found = next((found for row in reading.preamble if (found := _MONTH.search(row.text))), None)
    return None if found is None else parse_month(f"{found[1]}-{found[2]}")


FORMAT: Final = bank_table(
    timezone="Asia/Shanghai",
    currency="CNY",
    evidence="columns only",
    columns=(
        Date("交易日", to="value_on"),
        Date("记账日", to="booked_on"),
        Memo("交易摘要", to="memo"),
        Amount("人民币金额", to="amount", negate=True),
        Account("卡号末四位"),
    ),
    ignored=("交易地金额",),
    month=_month,
    options={"bill_month": "month of the statement, YYYY-MM, where its title does not say it"},
)
