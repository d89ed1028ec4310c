"""Chinese voucher workbooks, read by openpyxl."""

import io
from decimal import Decimal

from openpyxl import load_workbook


def read_back(files):
    (content,) = files
    captions, *rows = load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    cells = [dict(zip(captions, row, strict=True)) for row in rows]
    return [(row["科目编码"], _figure(row["借方金额"]) - _figure(row["贷方金额"])) for row in cells]


def _figure(cell):
    return Decimal(repr(cell or 0))
