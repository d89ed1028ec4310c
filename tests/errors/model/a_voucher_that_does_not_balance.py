from datetime import date

from moneyed import Money

from tieout.model import JournalLine, Voucher

lines = [
    JournalLine(line_no=1, summary="快递费", account="660105", debit=Money("8.00", "CNY")),
    JournalLine(line_no=2, summary="快递费", account="2202", credit=Money("7.55", "CNY")),
]
Voucher(voucher_id="v1", period="2026-10", word="记", date=date(2026, 10, 31), lines=lines)
