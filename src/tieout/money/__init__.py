"""Exact money: parsing, half-up rounding, allocation, tax splits and tolerances."""

from tieout.money.allocation import allocate, split_tax
from tieout.money.amounts import from_minor, quantize_money, require_same_currency, to_minor
from tieout.money.parsing import DecimalMark, parse_amount, parse_money
from tieout.money.tolerance import Tolerance

__all__ = [
    "DecimalMark",
    "Tolerance",
    "allocate",
    "from_minor",
    "parse_amount",
    "parse_money",
    "quantize_money",
    "require_same_currency",
    "split_tax",
    "to_minor",
]
