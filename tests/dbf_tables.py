"""Tables of dBASE, read by dbfread, with figures as the digits that stand there."""

import tempfile
from decimal import Decimal
from pathlib import Path

from dbfread import DBF, FieldParser


def _digits(_, __, data):
    """A number of the table; the reader's own are floats."""
    return Decimal(data.decode("ascii").strip()) if data.strip() else None


Exact = type("Exact", (FieldParser,), {"parseN": _digits})  # the reader calls it by the letter of a field's type


def table_of(content):
    """The rows of a table, in GBK, with their `fields`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vouchers.dbf"
        path.write_bytes(content)
        return DBF(path, encoding="gbk", parserclass=Exact, load=True)
