import polars as pl

from tieout.reports import Column, Section

frame = pl.DataFrame({"shop": ["Lamp House", "Lamp House"], "orders": [3, 4]})
columns = [
    Column(name="shop", title="Shop", title_zh="店铺"),
    Column(name="orders", title="Orders", title_zh="订单数", kind="count"),
]
Section(name="by_shop", title="By shop", title_zh="按店铺", columns=columns, frame=frame, key=["shop"])
