from pathlib import Path

from tieout.model import Shipment
from tieout.tables import Table

parcels = Table.from_records([Shipment(tracking_no=f"SF{number}") for number in range(5)])
parcels.write_parquet("parcels", rows_per_file=2)
Path("parcels/part-00001.parquet").unlink()  # as if it had not been copied
Table.read_parquet("parcels")
