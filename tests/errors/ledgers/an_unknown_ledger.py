import tieout
from tieout.posting import Book

book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
tieout.ledgers.write([], "ledger.txt", ledger="kingdee", book=book)
