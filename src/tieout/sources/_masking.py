"""Masking: the words of rejected and set-apart rows, without anything personal."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final

from tieout.privacy import PiiClass, mask, mask_text
from tieout.sources._captions import is_blank, strip_cell

__all__ = ["mask_cell", "mask_row", "mask_words"]

_HIDDEN = "***"
_SUSPECT = re.compile(r"[@＠\d]")
_TO_VALUE = r"\s*[:：]\s*+(?:\|\s*+)*+\[?|\s*\|\s*+(?:\|\s*+)*+"  # a colon, or the border of a cell
_NAME = "姓名|昵称|户名|用户名|账号名|[收寄发]件人|收货人|联系人|持卡人|经办人|制单人"
_HOLDER = "(?:account|card) ?(?:holder|owner|name)|(?:customer|buyer|recipient|consignee) ?name"
_LABELLED: Final[Mapping[PiiClass, re.Pattern[str]]] = MappingProxyType(
    {
        PiiClass.NAME: re.compile(
            rf"(?i)((?:{_NAME}|\b(?:{_HOLDER}))(?:{_TO_VALUE}))([^\s\]|,，:：*]++(?: [a-z][^\s\]|,，:：*]*+)*+)(?![:：*])"
        ),
        PiiClass.ADDRESS: re.compile(
            rf"(?i)((?:地址|住址|\baddress)(?:{_TO_VALUE}))([^\s|\]:：*][^|\]:：*]{{2,}}[^\s|\]:：*])(?![^|\]]*[:：])"
        ),
    }
)
"""What stands behind a word for something personal: behind a colon, or in the cell at its right."""

_ELEMENTS: Final[Mapping[PiiClass, re.Pattern[str]]] = MappingProxyType(
    {
        PiiClass.NAME: re.compile(r"(<(?:[\w.-]+:)?Nm>)([^<|]+)"),
        PiiClass.ADDRESS: re.compile(r"(<(?:[\w.-]+:)?(?:AdrLine|StrtNm|BldgNb)>)([^<|]+)"),
    }
)
"""Elements of a bank's XML that name a person, such as the account's owner, or say where one lives."""
_HARMLESS = re.compile(r"^[0-9.,:/+\-\s]{1,24}$")


def mask_words(text: str) -> str:
    """A text outside the table, with phones, addresses of mail and their kin masked, and what stands behind a word for a name.

    Example:
        >>> mask_words("户名 | 张三丰 | 地址：浙江省杭州市西湖区文三路1号 | 期间：2026-07")
        '户名 | 张** | 地址：浙江省杭州市西湖区*** | 期间：2026-07'
    """
    text = mask_text(text) or ""
    for pii, labelled in (*_LABELLED.items(), *_ELEMENTS.items()):
        text = labelled.sub(partial(_masked, pii), text)
    return text


def _masked(pii: PiiClass, found: re.Match[str]) -> str:
    """The word for what stands behind it, and that masked."""
    return f"{found[1]}{mask(found[2], pii)}"


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
