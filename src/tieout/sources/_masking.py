"""Masking: the words of rejected and set-apart rows, without anything personal."""

import re
from collections.abc import Sequence

from tieout.privacy import is_personal, mask, mask_text
from tieout.sources._captions import Header, is_blank, strip_cell

__all__ = ["mask_cell", "mask_row", "mask_words"]

_HIDDEN = "***"
_HARMLESS = re.compile(r"^[0-9.,:/+\-\s]{1,24}$")


def mask_words(text: str) -> str:
    """A text outside the table, with phones, addresses of mail and their kin masked."""
    return mask_text(text) or ""


def mask_cell(text: str | None, caption: str | None, *, keep_pii: bool) -> str | None:
    """A cell as a message may show it."""
    if text is None or keep_pii:
        return text
    pii = None if caption is None else is_personal(caption)
    return mask_text(text) if pii is None else mask(text, pii)


def mask_row(cells: Sequence[str | None], header: Header, *, keep_pii: bool, is_torn: bool = False) -> str:
    """A whole row as a message may show it.

    Args:
        cells: Its cells.
        header: Its captions, which tell what is personal.
        keep_pii: Whether the caller asked for personal data.
        is_torn: Whether the cells do not stand under their captions: then all but figures is hidden where any caption is
            personal.
    """
    if keep_pii:
        return _joined(cells)
    if is_torn and any(is_personal(caption) is not None for caption in header.captions):
        return _joined([_hidden_unless_figure(cell) for cell in cells])
    captions = [*header.captions, *([None] * (len(cells) - len(header.captions)))]
    return _joined([mask_cell(cell, caption, keep_pii=False) for cell, caption in zip(cells, captions, strict=False)])


def _hidden_unless_figure(cell: str | None) -> str | None:
    if cell is None or is_blank(cell):
        return cell
    return mask_text(cell) if _HARMLESS.match(cell) else _HIDDEN


def _joined(cells: Sequence[str | None]) -> str:
    return " | ".join("" if cell is None else strip_cell(cell) for cell in cells).rstrip(" |")
