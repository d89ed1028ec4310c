from pathlib import Path

import polars as pl

from tieout.model import CourierCharge
from tieout.tables import Table

Path("bill").mkdir()  # as another program wrote it
frame = pl.DataFrame({"charge_type": ["base"], "amount_minor": [810.0], "currency": ["CNY"]})
frame.write_parquet("bill/data.parquet")
Table.read_parquet("bill", CourierCharge)
