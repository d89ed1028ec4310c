"""Columns: what a column of a report holds, and what it is called."""

from enum import StrEnum

import attrs

__all__ = ["Column", "Kind"]


class Kind(StrEnum):
    """What a column holds, so that each way of showing it writes it right."""

    TEXT = "text"
    COUNT = "count"  # whole number
    MONEY = "money"  # whole minor units; `Column.currency` names the column with the ISO 4217 code
    SHARE = "share"  # Float64, 0.25 is 25 %; made at the end of exact sums, for people
    NUMBER = "number"  # Float64 or Decimal with a unit of its own, such as days
    DATE = "date"
    TIME = "time"
    FLAG = "flag"


@attrs.frozen(kw_only=True)
class Column:
    """A column of a section.

    Attributes:
        name: Name in the frame, such as `open_minor`.
        title: Heading in English.
        title_zh: Heading in Chinese.
        kind: What it holds.
        currency: For money, the column with the currency's code.
        unit: For numbers, such as `days` or `kg`; empty without one.
    """

    name: str
    title: str
    title_zh: str
    kind: Kind = attrs.field(default=Kind.TEXT, converter=Kind)
    currency: str = "currency"
    unit: str = ""
