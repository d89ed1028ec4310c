"""Faults: places where a book or a pack is not as it was written."""

import attrs

__all__ = ["Fault"]


@attrs.frozen
class Fault:
    """One place that is not as it was written.

    Attributes:
        where: What it concerns, such as `entry 17` or `vouchers.jsonl`.
        found: What is wrong with it.
    """

    where: str
    found: str

    def __str__(self) -> str:
        """Both in one line."""
        return f"{self.where}: {self.found}"
