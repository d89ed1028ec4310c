import polars as pl

from tieout.model import CourierCharge
from tieout.tables import Table

Table.from_frame(pl.DataFrame({"tracking_no": ["SF1"], "amount": ["8.00"]}), CourierCharge, currency="CNY")
