"""Kingdee Cloud Galaxy, read by openpyxl."""

import io
from decimal import Decimal

from openpyxl import load_workbook


def read_back(files):
    (content,) = files
    keys, _, *rows = load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    cells = [dict(zip(keys, row, strict=True)) for row in rows]
    return [(row["FACCOUNTID"], _figure(row["FDEBIT"]) - _figure(row["FCREDIT"])) for row in cells]


def _figure(cell):
    return Decimal(repr(cell or 0))
