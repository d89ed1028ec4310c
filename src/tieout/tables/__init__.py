"""Tables: records as columns and back, and the door for everybody's frames."""

from tieout.tables._door import FrameLike, frame_of, table_of
from tieout.tables._joining import with_lines
from tieout.tables._parquet import ParquetWriter, parquet_writer
from tieout.tables.table import Table, schema_of

__all__ = ["FrameLike", "ParquetWriter", "Table", "frame_of", "parquet_writer", "schema_of", "table_of", "with_lines"]
