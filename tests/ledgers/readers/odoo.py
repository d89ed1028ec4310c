"""Odoo, read by the csv module."""

import csv
import io
from decimal import Decimal


def read_back(files):
    (content,) = files
    rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
    return [
        (row["line_ids/account_id"], Decimal(row["line_ids/debit"]) - Decimal(row["line_ids/credit"])) for row in rows
    ]
