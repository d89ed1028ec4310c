"""Exact money: parsing, half-up rounding, allocation, tax splits and tolerances."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tieout.money.allocation import allocate, prorate_tax, split_tax
from tieout.money.amounts import from_minor, quantize_money, require_same_currency, to_minor
from tieout.money.parsing import DecimalMark, parse_amount, parse_money
from tieout.money.tolerance import Tolerance

if TYPE_CHECKING:
    from tieout.money.profile import Allowance, ToleranceProfile

__all__ = [
    "Allowance",
    "DecimalMark",
    "Tolerance",
    "ToleranceProfile",
    "allocate",
    "from_minor",
    "parse_amount",
    "parse_money",
    "prorate_tax",
    "quantize_money",
    "require_same_currency",
    "split_tax",
    "to_minor",
]

_ON_COLUMNS = ("Allowance", "ToleranceProfile")
"""What works on columns, and loads Polars when it is first used."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 - one of the classes
    """Load what works on columns when it is first asked for."""
    if name in _ON_COLUMNS:
        return getattr(import_module("tieout.money.profile"), name)
    raise AttributeError(f"module 'tieout.money' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
