"""Tables: records as columns and back, and the door for everybody's frames."""

from tieout.tables._door import frame_of, table_of
from tieout.tables.table import Table, schema_of

__all__ = ["Table", "frame_of", "schema_of", "table_of"]
