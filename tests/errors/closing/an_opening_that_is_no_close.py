from pathlib import Path

from tieout.closing import CloseConfig, close
from tieout.posting import Book

Path("september").mkdir()
book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
close(CloseConfig(name="Lamp House", period="2026-10", files=["."], book=book, opening=Path("september")))
