"""Views: tables that follow from the log, kept up to date in the transaction that appends to it, and made again at will.

A projection takes the entries of some kinds and writes the rows that follow from them. It looks at nothing but the entries, its
own tables and rows that are only ever appended, so that playing the whole log again gives the same tables.
"""

from collections.abc import Callable, Iterable, Sequence

import attrs
from sqlalchemy import Connection, Table

from tieout.casebook.log import Entry

__all__ = ["Projection", "project"]


@attrs.frozen
class Projection:
    """How some kinds of entries become rows of views.

    Attributes:
        kinds: Kinds that it takes; one that ends in `.` means all that begin so.
        tables: The views that it writes, emptied before the log is played again.
        apply: Writes the rows that follow from entries, which come in order.
    """

    kinds: tuple[str, ...]
    tables: tuple[Table, ...]
    apply: Callable[[Connection, Sequence[Entry]], None]

    def takes(self, kind: str) -> bool:
        """Whether an entry of this kind concerns it."""
        return any(kind.startswith(own) if own.endswith(".") else kind == own for own in self.kinds)


def project(connection: Connection, new: Sequence[Entry], projections: Iterable[Projection]) -> None:
    """Bring the views up to date with new entries."""
    for projection in projections:
        wanted = [one for one in new if projection.takes(one.kind)]
        if wanted:
            projection.apply(connection, wanted)
