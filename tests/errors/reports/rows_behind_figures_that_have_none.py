import polars as pl

from tieout.reports import Column, Section

columns = [Column(name="shop", title="Shop", title_zh="店铺")]
frame = pl.DataFrame({"shop": ["Lamp House"]})
section = Section(name="by_shop", title="By shop", title_zh="按店铺", columns=columns, frame=frame, key=["shop"])
section.rows(shop="Lamp House")
