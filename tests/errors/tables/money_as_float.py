import polars as pl

from tieout.model import CourierCharge
from tieout.tables import Table

Table.from_frame(pl.DataFrame({"charge_type": ["base"], "amount": [8.0]}), CourierCharge, currency="CNY")
