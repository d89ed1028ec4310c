import sys

from tieout.model import Shipment
from tieout.tables import Table

sys.modules["pyarrow"] = None  # as if it were not installed
Table.from_records([], Shipment).to_arrow()
