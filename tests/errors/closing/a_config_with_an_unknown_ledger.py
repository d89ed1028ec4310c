from pathlib import Path

from tieout.closing import CloseConfig

Path("downloads").mkdir()
CloseConfig.loads(
    """
name = "Lamp House"
period = "2026-10"
files = ["downloads"]
book = { chart = "cn_small_business", currency = "CNY", timezone = "Asia/Shanghai", taxpayer = "general" }
ledgers = { kingdee = "vouchers.xlsx" }
"""
)
