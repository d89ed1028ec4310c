"""Reactions: entries that follow from others at once, written in the same transaction."""

from collections.abc import Callable, Sequence

import attrs
from sqlalchemy import Connection

from tieout.casebook.log import Draft, Entry

__all__ = ["Reaction"]


@attrs.frozen
class Reaction:
    """What the casebook itself says about new entries, such as that an alert is due.

    Unlike a projection it is not played again: what it said once stands in the log.

    Attributes:
        kinds: Kinds that it looks at; one that ends in `.` means all that begin so.
        answer: Gives what is to be noted beside the entries, which come in order, when the views already show them.
    """

    kinds: tuple[str, ...]
    answer: Callable[[Connection, Sequence[Entry]], Sequence[Draft]]

    def wanted(self, new: Sequence[Entry]) -> list[Entry]:
        """Those of the entries that it looks at."""
        return [one for one in new if any(_is_of(one.kind, kind) for kind in self.kinds)]


def _is_of(kind: str, wanted: str) -> bool:
    return kind.startswith(wanted) if wanted.endswith(".") else kind == wanted
