"""The protocol of a live source."""

from collections.abc import Iterable
from typing import Protocol

import attrs

from tieout.sources import Batch, Note

__all__ = ["Fetched", "LiveSource"]


def _as_batches(batches: Iterable[Batch]) -> tuple[Batch, ...]:
    return tuple(batches)


def _as_notes(notes: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(notes)


@attrs.frozen(kw_only=True)
class Fetched:
    """What one call brought.

    Attributes:
        batches: What is new, as if it had been read from files; none when nothing is.
        cursor: What to give to the next call; what was given when nothing is new. Text, to be kept as it is.
        notes: What a person should know, such as a day without a bill.
    """

    batches: tuple[Batch, ...] = attrs.field(converter=_as_batches)
    cursor: str | None
    notes: tuple[Note, ...] = attrs.field(converter=_as_notes, factory=tuple)

    @property
    def holds(self) -> bool:
        """Whether all totals of all batches tie out."""
        return all(batch.control.holds for batch in self.batches)


class LiveSource(Protocol):
    """A platform that can be asked."""

    def fetch(self, since: str | None = None) -> Fetched:
        """What is new.

        A call may bring again what an earlier one brought, the same in all its values; it never leaves out anything that is
        new. When it fails, nothing was taken: the same call can be made again.

        Args:
            since: The cursor of the call before; None for all that the source was told to begin with.

        Raises:
            FetchError: The platform refuses, keeps failing, or gives something else than it announced.
        """
        ...
