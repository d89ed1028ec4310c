"""Kingdee KIS, read by dbfread."""

import tempfile
from decimal import Decimal
from pathlib import Path

from dbfread import DBF, FieldParser


class Exact(FieldParser):
    """Numbers as the digits that stand there; the reader's own are floats."""

    def parseN(self, field, data):  # noqa: N802 - the reader calls it by the type's letter
        return Decimal(data.decode("ascii").strip()) if data.strip() else None


def read_back(files):
    (content,) = files
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vouchers.dbf"
        path.write_bytes(content)
        return [
            (row["FACCTID"], row["FDEBIT"] - row["FCREDIT"]) for row in DBF(path, encoding="gbk", parserclass=Exact)
        ]
