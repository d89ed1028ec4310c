from tieout.posting import Book

Book(chart="cn_small_business", currency="CNY", timezone="Peking", taxpayer="general", dispute_policy="pay_and_claim")
