from tieout.posting import Book

book = Book(
    chart="cn_small_business",
    currency="CNY",
    timezone="Asia/Shanghai",
    taxpayer="general",
    accounts={"freight_out": "5601"},
)
book.account("freight_out")
