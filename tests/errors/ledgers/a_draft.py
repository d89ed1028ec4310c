from datetime import date

from moneyed import Money

import tieout
from tieout.model import JournalLine, Voucher
from tieout.posting import Book

lines = [
    JournalLine(line_no=1, summary="快递费", account="560106", debit=Money("8.00", "CNY")),
    JournalLine(line_no=2, summary="快递费", account="2202", credit=Money("8.00", "CNY")),
]
draft = Voucher(voucher_id="v1", period="2026-10", word="记", date=date(2026, 10, 31), lines=lines)
book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
tieout.ledgers.write([draft], "ledger.beancount", ledger="beancount", book=book)
