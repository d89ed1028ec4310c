import sys

from tieout.model import Shipment
from tieout.tables import Table

sys.modules["pyspark"] = None  # as if it were not installed
Table.from_spark(..., Shipment)
