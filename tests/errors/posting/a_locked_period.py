from tieout.posting import Book, post

book = Book(
    chart="cn_small_business",
    currency="CNY",
    timezone="Asia/Shanghai",
    taxpayer="general",
    locked_periods=["2026-10"],
)
post([], book=book, period="2026-10")
