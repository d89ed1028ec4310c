import polars as pl

from tieout.reports import Column, Report, Section

frame = pl.DataFrame({"shop": ["Lamp House"], "orders": [3]})
columns = [
    Column(name="shop", title="Shop", title_zh="店铺"),
    Column(name="orders", title="Orders", title_zh="订单数", kind="count"),
]
section = Section(name="by_shop", title="By shop", title_zh="按店铺", columns=columns, frame=frame, key=["shop"])
report = Report(name="sales", title="Sales", title_zh="销售", sections=[section])
report.section("by_courier")
