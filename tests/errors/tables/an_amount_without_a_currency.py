import polars as pl

from tieout.model import Shipment
from tieout.tables import Table

frame = pl.DataFrame({"tracking_no": ["A", "B"], "declared_value": ["5.00", "7.00"], "currency": ["CNY", None]})
Table.from_frame(frame, Shipment)
