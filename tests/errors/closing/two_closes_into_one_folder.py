from pathlib import Path

from tieout.closing import CloseConfig, NoProgress, close_tables
from tieout.posting import Book


class Meanwhile(NoProgress):
    def begin(self, stage, steps):
        close_tables({}, config, dry_run=False)


book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
config = CloseConfig(name="Lamp House", period="2026-10", files=[], book=book, out=Path("close-2026-10"))
close_tables({}, config, dry_run=False, progress=Meanwhile())
