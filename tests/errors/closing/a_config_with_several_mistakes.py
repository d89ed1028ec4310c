from tieout.closing import CloseConfig

CloseConfig.loads(
    """
name = "Lamp House"
period = "2026-10"
files = ["downloads"]
[book]
chart = "cn_small_business"
currency = "CNY"
timezone = "Asia/Shanghai"
taxpayer = "generl"
[reconciliations.settlment]
confirm_days = 5
[reconciliations.settlement]
fees = [{ platform = "tmall", line_type = "commission", rate = 0.05 }]
due = { after = 0, graze = 3 }
"""
)
