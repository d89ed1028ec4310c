"""Captions: what a header cell says, without the ways files write it."""

from functools import cache, cached_property

import attrs

__all__ = ["Header", "Row", "fold_caption", "is_blank", "strip_cell"]

_WIDE = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}
_ALIKE = {"【": "[", "】": "]", "〔": "[", "〕": "]", "帐": "账", "，": ",", "。": "."}  # 动帐 and 动账 are one word
_DROPPED = dict.fromkeys([*map(chr, range(0x21)), *"\x7f\x85\xa0\u3000\u200b\u200c\u200d\u2060\ufeff`'\"="])
_FOLD = str.maketrans({**_WIDE, **_ALIKE, **_DROPPED})
_BLANKS = " \t\r\n\x0b\x0c\xa0\u3000\u200b\ufeff"


@cache
def fold_caption(text: str) -> str:
    r"""A caption in the form in which captions are compared: no blanks, half-width, lower case, 帐 as 账.

    Example:
        >>> fold_caption(" 费用 （元）\t"), fold_caption('="Order ID"'), fold_caption("动帐流水号")
        ('费用(元)', 'orderid', '动账流水号')
    """
    # Twice, because the full-width blank guard ＝ folds to a character that is itself dropped.
    return text.translate(_FOLD).translate(_FOLD).lower()


def strip_cell(text: str) -> str:
    """A cell without the blanks around it, the invisible ones included."""
    return text.strip(_BLANKS)


def is_blank(text: str) -> bool:
    """Whether a cell shows nothing."""
    return not strip_cell(text)


@attrs.frozen(kw_only=True)
class Row:
    """One row of a file as cells of text.

    Attributes:
        line: First line of the file that it stands on, 1-based.
        line_end: Last line of it, inclusive.
        cells: Its cells as they stand in the file.
    """

    line: int
    line_end: int
    cells: tuple[str, ...]

    @property
    def is_blank(self) -> bool:
        """Whether no cell shows anything."""
        return all(is_blank(cell) for cell in self.cells)

    @property
    def text(self) -> str:
        """Its cells that show something, as a person would read them."""
        return " | ".join(strip_cell(cell) for cell in self.cells if not is_blank(cell))


@attrs.frozen(kw_only=True, slots=False)
class Header:
    """The row that names the columns.

    Attributes:
        row: Where it stands; its line is 0 when the file has no header and columns go by number.
        captions: Its cells without blanks around them.
    """

    row: Row
    captions: tuple[str, ...]

    @classmethod
    def of(cls, row: Row) -> "Header":
        """The header that a row is."""
        return cls(row=row, captions=tuple(" ".join(strip_cell(cell).split()) for cell in row.cells))

    @classmethod
    def numbered(cls, width: int) -> "Header":
        """The header of a file without one: columns are called 1, 2, 3 and so on."""
        return cls(row=Row(line=0, line_end=0, cells=()), captions=tuple(str(number + 1) for number in range(width)))

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """The captions as they are compared."""
        return tuple(fold_caption(caption) for caption in self.captions)

    @cached_property
    def width(self) -> int:
        """How many columns have a caption, counted up to the last one that has."""
        return max((at + 1 for at, folded in enumerate(self.folded) if folded), default=0)

    def positions(self, captions: tuple[str, ...]) -> list[int]:
        """Positions of the columns with one of these captions; the first caption that is there at all wins."""
        for caption in captions:
            found = self._positions.get(fold_caption(caption))
            if found:
                return found
        return []

    @cached_property
    def _positions(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for at, folded in enumerate(self.folded):
            if folded:
                found.setdefault(folded, []).append(at)
        return found
