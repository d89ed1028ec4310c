from tieout.model import Shipment
from tieout.tables import Table

parcels = Table.from_records([Shipment(tracking_no="SF1")])
parcels.write_parquet("parcels")
parcels.write_parquet("parcels")
