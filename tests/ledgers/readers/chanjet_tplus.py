"""Chanjet T+, read by the json module."""

import json
from decimal import Decimal


def read_back(files):
    (content,) = files
    return [
        (entry["Account"]["Code"], Decimal(entry.get("AmountDr", 0)) - Decimal(entry.get("AmountCr", 0)))
        for document in json.loads(content)
        for entry in document["dto"]["Entrys"]
    ]
