"""A draft while it is being made: what is known, its lines so far, and what they make of the file."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from tieout.errors import TieoutError
from tieout.sources._batch import Batch
from tieout.sources._document import Document
from tieout.sources._draft_content import Content
from tieout.sources._draft_header import Table
from tieout.sources._draft_text import Entry, mapping_of
from tieout.sources._mapping import format_of_mapping
from tieout.sources._options import COMMON_OPTIONS

__all__ = ["Drafting", "is_unsure", "listed", "literally"]

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_CHINESE_SHARE: Final = 1 / 3
_SHOWN: Final = 4
_MEANS_MORE = re.compile(r"([\\.^$|?*+()\[\]{}])")


@attrs.define(kw_only=True, slots=False)
class Drafting:
    """One draft while it is being made.

    Attributes:
        document: The file.
        table: The table in it.
        contents: What each of its columns holds.
        record: Class of the records.
        said: What a person knows already, by option.
        entries: The lines of the draft.
    """

    document: Document
    table: Table
    contents: Sequence[Content]
    record: type
    said: Mapping[str, Any]
    entries: list[Entry] = attrs.field(factory=list)

    def add(self, section: str, key: str, value: object, reason: str, *, ask: bool = False) -> None:
        """Add a line.

        Args:
            section: Section of the mapping; empty for what concerns the whole file.
            key: What is said.
            value: What it is.
            reason: Why.
            ask: Whether the line is a question.
        """
        self.entries.append(Entry(section=section, key=key, value=value, reason=reason, is_asked=ask))

    def ask(self, key: str, value: str, reason: str) -> None:
        """Ask a person about the whole file, once; the value stands in for the answer."""
        if not any(entry.key == key and not entry.section for entry in self.entries):
            self.add("", key, value, reason, ask=True)

    @property
    def is_chinese(self) -> bool:
        """Whether the captions are Chinese, by a third of them."""
        captions = [content.bare_caption for content in self.contents]
        return sum(bool(_CHINESE.search(caption)) for caption in captions) >= _CHINESE_SHARE * max(len(captions), 1)

    @property
    def questions(self) -> list[Entry]:
        """What of the whole file a person is asked."""
        return [entry for entry in self.entries if entry.is_asked and not entry.section]

    def tried(self) -> tuple[Batch | None, str]:
        """What the draft makes of the file, or why it cannot be read."""
        mapping = mapping_of(self.entries)
        mapping |= {entry.key: entry.value for entry in self.questions}
        amount = mapping.get("columns", {}).get("amount")
        if isinstance(amount, Mapping) and amount.get("written") == "?":
            mapping["columns"] = {**mapping["columns"], "amount": {**amount, "written": "plain"}}
        common = {key: value for key, value in mapping.items() if key in COMMON_OPTIONS}
        try:
            opened = self.document.opened_as(encoding=common.get("encoding"), delimiter=common.get("delimiter"))
            return format_of_mapping(mapping).read(opened, name="generic_table", options=common), ""
        except TieoutError as cause:
            return None, str(cause)


def listed(texts: Sequence[str]) -> str:
    """The first texts for people, and how many more there are."""
    more = f" and {len(texts) - _SHOWN} others" if len(texts) > _SHOWN else ""
    return ", ".join(map(repr, texts[:_SHOWN])) + more


def is_unsure(entry: Entry) -> bool:
    """Whether a line leaves open how amounts are signed."""
    return isinstance(entry.value, Mapping) and entry.value.get("written") == "?"


def literally(text: str) -> str:
    """The pattern that a text itself fits, in the syntax that Python and Rust share."""
    return _MEANS_MORE.sub(r"\\\1", text)
