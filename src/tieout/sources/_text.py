"""Bytes to text: the encoding given, found by its mark, or told from the bytes."""

from functools import cached_property

import attrs

from tieout.sources._content import Content
from tieout.sources._encodings import Encoding, tell_encoding, utf8_blocks

__all__ = ["Text", "decode"]


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Text:
    """A decoded text.

    Attributes:
        utf8: All characters in UTF-8, without the byte order mark.
        told: What is known of the encoding.
    """

    utf8: bytes = attrs.field(repr=False)
    told: Encoding

    @cached_property
    def text(self) -> str:
        """All characters."""
        return self.utf8.decode()

    @property
    def encoding(self) -> str:
        """Python's name of the encoding."""
        return self.told.name

    @property
    def is_guessed(self) -> bool:
        """Whether nothing but plausibility speaks for the encoding."""
        return self.told.is_guessed

    @property
    def broken(self) -> int:
        """How many places could not be decoded and show U+FFFD instead."""
        return self.told.broken


def decode(content: Content, encoding: str | None = None) -> Text:
    """The text of a file, in the encoding that `tell_encoding` tells.

    Args:
        content: The file.
        encoding: Name of the encoding, which is taken at its word.

    Raises:
        WrongEncoding: The bytes are not valid in it, or in any that is known here.
        CorruptFile: The file ends inside a character, or holds NUL bytes.
        InputError: There is no encoding of that name.
    """
    told = tell_encoding(content.blocks, where=content.where, given=encoding)
    if told.name == "utf-8" and told.is_strict and not told.mark:
        return Text(utf8=content.data, told=told)
    return Text(utf8=b"".join(utf8_blocks(content.blocks, told)), told=told)
