"""Captions: what a header cell says, without the ways files write it."""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import cache, cached_property, lru_cache
from itertools import compress

import attrs

__all__ = ["BLANKS", "Header", "Headers", "Row", "caption_pattern", "fold_caption", "is_blank", "strip_cell"]

_WIDE = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}
_ALIKE = {"【": "[", "】": "]", "〔": "[", "〕": "]", "帐": "账", "，": ",", "。": "."}  # 动帐 and 动账 are one word
_DROPPED = dict.fromkeys([*map(chr, range(0x21)), *"\x7f\x85\xa0\u3000\u200b\u200c\u200d\u2060\ufeff`'\"="])
_FOLDED = {**_WIDE, **_ALIKE, **_DROPPED}
# In one go: the full-width guard ＝ folds to a character that is itself dropped.
_FOLD = str.maketrans({character: _FOLDED.get(folded, folded) for character, folded in _FOLDED.items()})
_GAP = f"[{re.escape(''.join(_DROPPED))}＇＂｀＝]{{0,8}}"  # what may stand within a caption: blanks and guards
_CAPTION_LENGTH_MAX = 200  # longer texts are cells of data, which are not kept in memory
_CAPTIONS_KEPT = 1 << 15
BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\ufeff"
"""What shows nothing around a cell, the invisible ones included: a text of these alone is no word of any record."""


def fold_caption(text: str) -> str:
    r"""A caption in the form in which captions are compared: no blanks, half-width, lower case, 帐 as 账.

    Example:
        >>> fold_caption(" 费用 （元）\t"), fold_caption('="Order ID"'), fold_caption("动帐流水号")
        ('费用(元)', 'orderid', '动账流水号')
    """
    return _kept(text) if len(text) <= _CAPTION_LENGTH_MAX else _folded(text)


def _folded(text: str) -> str:
    return text.translate(_FOLD).lower()


_kept = lru_cache(_CAPTIONS_KEPT)(_folded)


@cache
def caption_pattern(caption: str) -> re.Pattern[str]:
    """What finds a caption of the code in a longer text, in any of the ways files write it."""
    ways = ("".join(raw for raw, folded in _FOLDED.items() if folded == letter) for letter in fold_caption(caption))
    letters = [f"[{re.escape(letter + way)}]" for letter, way in zip(fold_caption(caption), ways, strict=True)]
    return re.compile(_GAP.join(letters), re.IGNORECASE)


def strip_cell(text: str) -> str:
    """A cell without the blanks around it, the invisible ones included."""
    return text.strip(BLANKS)


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
        return all(is_blank(cell) for cell in filter(None, self.cells))

    @property
    def text(self) -> str:
        """Its cells that show something, as a person would read them."""
        return " | ".join(strip_cell(cell) for cell in self.cells if not is_blank(cell))


@attrs.frozen(kw_only=True, slots=False)
class Header:
    """The row that names the columns.

    Attributes:
        row: Where it stands; its line is 0 when the file has no header and columns go by number.
        captions: Its cells without blanks around them, up to the last one that has any text.
    """

    row: Row
    captions: tuple[str, ...]

    @classmethod
    def of(cls, row: Row) -> "Header":
        """The header that a row is."""
        size = len(row.cells)
        last = next(compress(range(size, 0, -1), reversed(row.cells)), 0)  # a line may end in a million delimiters
        return cls(row=row, captions=tuple(cell and " ".join(strip_cell(cell).split()) for cell in row.cells[:last]))

    @classmethod
    def numbered(cls, width: int) -> "Header":
        """The header of a file without one: columns are called 1, 2, 3 and so on."""
        return cls(row=Row(line=0, line_end=0, cells=()), captions=tuple(str(number + 1) for number in range(width)))

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """The captions as they are compared."""
        return tuple(caption and fold_caption(caption) for caption in self.captions)

    @cached_property
    def width(self) -> int:
        """How many columns have a caption, counted up to the last one that has."""
        return max(compress(range(1, len(self.folded) + 1), self.folded), default=0)

    def positions(self, captions: tuple[str, ...]) -> list[int]:
        """Positions of the columns with one of these captions; the first caption that is there at all wins."""
        return next((self._positions[said] for said in map(fold_caption, captions) if said in self._positions), [])

    @property
    def said(self) -> AbstractSet[str]:
        """The different captions as they are compared."""
        return self._positions.keys()

    @cached_property
    def _positions(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for at, folded in enumerate(self.folded):
            if folded:
                found.setdefault(folded, []).append(at)
        return found


@attrs.frozen(slots=False, eq=False)
class Headers:
    """The headers that a grid may have, found by what they say: each of many formats asks for its own captions.

    Attributes:
        all: The headers, from the first to the last.
    """

    all: tuple[Header, ...]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Headers":
        """The headers that rows are, but for blank ones."""
        return cls(tuple(Header.of(row) for row in rows if not row.is_blank))

    def __iter__(self) -> Iterator[Header]:
        return iter(self.all)

    def saying(self, captions: AbstractSet[str]) -> list[Header]:
        """Those that have any of these captions, which are folded, from the first to the last."""
        places = {at for caption in self._places.keys() & captions for at in self._places[caption]}
        return [self.all[at] for at in sorted(places)]

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for at, header in enumerate(self.all):
            for caption in header.said:
                found.setdefault(caption, []).append(at)
        return found
