import polars as pl

from tieout.model import Shipment
from tieout.tables import Table

Table.from_frame(pl.DataFrame({"tracking_no": ["SF1"], "weight_scale_g": [500.0]}), Shipment)
