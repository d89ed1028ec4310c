"""Masking: the words of rejected and set-apart rows, without anything personal."""

import re
from collections.abc import Sequence

from tieout.privacy import PiiClass, mask, mask_text
from tieout.sources._captions import is_blank, strip_cell

__all__ = ["mask_cell", "mask_row", "mask_words"]

_HIDDEN = "***"
_SUSPECT = re.compile(r"[@＠\d]")
_NAMED = re.compile(r"((?:姓名|昵称|户名|用户名|账号名)\s*[:：]\s*\[?)([^\s\]|,，*]+)")
_HARMLESS = re.compile(r"^[0-9.,:/+\-\s]{1,24}$")


def mask_words(text: str) -> str:
    """A text outside the table, with phones, addresses of mail and their kin masked, and names behind the word for one."""
    return _NAMED.sub(lambda found: f"{found[1]}{mask(found[2], PiiClass.NAME)}", mask_text(text) or "")


def mask_cell(text: str | None, pii: PiiClass | None, *, keep_pii: bool) -> str | None:
    """A cell as a message may show it.

    Args:
        text: The cell.
        pii: What its column holds; None when nothing personal, though its words may.
        keep_pii: Whether the caller asked for personal data.
    """
    if text is None or keep_pii:
        return text
    if pii is not None:
        return mask(text, pii)
    return mask_text(text) if _SUSPECT.search(text) else text


def mask_row(
    cells: Sequence[str | None], classes: Sequence[PiiClass | None], *, keep_pii: bool, is_torn: bool = False
) -> str:
    """A whole row as a message may show it.

    Args:
        cells: Its cells.
        classes: What each column holds, by its caption.
        keep_pii: Whether the caller asked for personal data.
        is_torn: Whether the cells do not stand under their captions: then all but figures is hidden where any column is
            personal.
    """
    if keep_pii:
        return _joined(cells)
    if is_torn and any(pii is not None for pii in classes):
        return _joined([_hidden_unless_figure(cell) for cell in cells])
    padded = [*classes, *([None] * (len(cells) - len(classes)))]
    return _joined([mask_cell(cell, pii, keep_pii=False) for cell, pii in zip(cells, padded, strict=False)])


def _hidden_unless_figure(cell: str | None) -> str | None:
    if cell is None or is_blank(cell):
        return cell
    return mask_text(cell) if _HARMLESS.match(cell) else _HIDDEN


def _joined(cells: Sequence[str | None]) -> str:
    return " | ".join("" if cell is None else strip_cell(cell) for cell in cells).rstrip(" |")
