"""Formats that turn a document into a table of their own first, and are what that table is."""

from collections.abc import Mapping

import attrs

from tieout.sources._table_format import TableFormat

__all__ = ["OfTable"]


@attrs.frozen(kw_only=True, slots=False, eq=False)
class OfTable:
    """What a format says of itself, said by the table that it makes.

    Attributes:
        table: How that table is read.
    """

    table: TableFormat

    @property
    def record(self) -> type:
        """Class of the records that it gives."""
        return self.table.record

    @property
    def carrier(self) -> str | None:
        """Carrier code, or None."""
        return self.table.carrier

    @property
    def evidence(self) -> str:
        """What it was built from."""
        return self.table.evidence

    @property
    def options(self) -> Mapping[str, str]:
        """Its own options."""
        return self.table.options
