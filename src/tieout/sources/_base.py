"""The protocol of a leaf: what a module must define to be a source format.

A leaf is a module whose docstring's first line is the format's title and which defines `FORMAT`, an object with the
attributes and methods of `SourceFormat`. Nearly always that is a `TableFormat`: a declaration of columns and of what is odd
about the file. A module of another package becomes a leaf by an entry point of the group `tieout.sources` whose value is
the module's path.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

import attrs

from tieout.sources._batch import Batch
from tieout.sources._document import Document

__all__ = ["Fit", "SourceFormat", "is_near"]

_NEAR_SHARE: Final = (
    0.75  # of the columns that a format needs: with so many, the file is that format with a column gone
)
_NEAR_COLUMNS: Final = 3


def is_near(*, share: float, found: int) -> bool:
    """Whether a table that has so much of a format is of it, with a column gone if it is not complete.

    Args:
        share: Share of the columns that the format needs that are there, 0 to 1.
        found: How many of its columns are there.
    """
    return share >= _NEAR_SHARE and found >= _NEAR_COLUMNS


@attrs.frozen(kw_only=True)
class Fit:
    """How well a format fits a document, told by its content.

    Attributes:
        is_match: Whether it can be this format.
        found: How many of the format's columns and marks are there: of two formats that match, more is better.
        share: Share of what the format needs that is there, 0 to 1.
        missing: What it needs and is not there.
        extra: Columns that are there and that the format does not know.
        where: Sheet and line of the header, as messages append them to the file's name.
        captions: The captions there.
    """

    is_match: bool
    found: int
    share: float
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    where: str = ""
    captions: tuple[str, ...] = ()

    @property
    def is_near(self) -> bool:
        """Whether so much is there that the document is of this format, with a column gone if it does not match."""
        return is_near(share=self.share, found=self.found)


class SourceFormat(Protocol):
    """What the module attribute `FORMAT` of a leaf offers.

    Attributes:
        record: Class of the records that it gives; `object` when the caller chooses.
        carrier: Carrier code, or None.
        evidence: What the leaf was built from: `files`, `test rows`, `columns only`, or other words for people.
        options: Its own options and what each says, besides `COMMON_OPTIONS`.
    """

    @property
    def record(self) -> type: ...
    @property
    def carrier(self) -> str | None: ...
    @property
    def evidence(self) -> str: ...
    @property
    def options(self) -> Mapping[str, str]: ...

    def fit(self, document: Document) -> Fit:
        """How well it fits a document. Never by the file's name, and without reading the file whole."""
        ...

    def read(self, document: Document, *, name: str, options: Mapping[str, Any]) -> Batch:
        """Read a document.

        Args:
            document: The document.
            name: Name of the leaf, for provenance and messages.
            options: What the caller said, unchecked.

        Raises:
            InputError: The document is not of this format, lacks a column, or the options make no sense.
        """
        ...
