import polars as pl

from tieout.reports import Column, Section

owed = [("zto", 300), ("zto", 480), ("sf", 1_000)]
details = pl.DataFrame(owed, schema=["carrier", "minor"], orient="row").with_columns(currency=pl.lit("CNY"))
frame = pl.DataFrame({"carrier": ["zto", "sf"], "minor": [781, 1_000], "currency": ["CNY", "CNY"]})
columns = [
    Column(name="carrier", title="courier", title_zh="快递"),
    Column(name="minor", title="owed", title_zh="应付", kind="money"),
]
Section(
    name="owed",
    title="Owed",
    title_zh="应付",
    columns=columns,
    frame=frame,
    details=details,
    key=["carrier"],
    sums=["minor"],
)
