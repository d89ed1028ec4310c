from datetime import date

from moneyed import Money

from tieout.model import JournalLine, Voucher
from tieout.posting import Book, Journal

book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
lines = (
    JournalLine(line_no=1, summary="快递费", account="5601.05", debit=Money("3.30", "CNY")),
    JournalLine(line_no=2, summary="快递费", account="2202.01", credit=Money("3.30", "CNY")),
)
drafts = [
    Voucher(voucher_id=f"v{day}", period="2026-10", word="记", date=date(2026, 10, day), lines=lines)
    for day in (1, 2, 3)
]
journal = Journal(book=book).prepare(drafts, by="Li").review(["v2", "v3"], by="Wang").post("v3", by="Wang")
journal.delete(["v1", "v3"], by="Li")
