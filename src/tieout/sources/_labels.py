"""Labels: what the rows beside a table say, such as an account number, a period or a declared total."""

import re
from collections.abc import Iterable

from tieout.sources._captions import Row, caption_pattern, is_blank, strip_cell

__all__ = ["label_value"]

_AFTER_LABEL = re.compile(r"^\s*[:：=]?\s*(.*)$", re.DOTALL)
_NEXT_LABEL = re.compile(r"[\s,，;；][^\s:：\d\[\]【】]{2,12}[:：]")
_BRACKETS = '[]【】（）()"“”'


def label_value(rows: Iterable[Row], *labels: str) -> str | None:
    """What stands behind the first of these labels that is there: in the same cell, or in the next one that shows anything.

    Args:
        rows: Rows beside a table.
        *labels: The label's ways of being written.

    Example:
        >>> rows = [Row(line=1, line_end=1, cells=("月结卡号：0210967957  账单周期：2025-11-01 至 2025-11-26", "", "")),
        ...         Row(line=2, line_end=2, cells=("结算单号", "", "BR20251126"))]
        >>> label_value(rows, "月结卡号"), label_value(rows, "结算单号"), label_value(rows, "单量")
        ('0210967957', 'BR20251126', None)
    """
    found = list(rows)
    for label in labels:
        for row in found:
            value = _in_row(row, label)
            if value:
                return value
    return None


def _in_row(row: Row, label: str) -> str | None:
    pattern = caption_pattern(label)
    for at, cell in enumerate(row.cells):
        start = _label_end(cell, pattern)
        if start is None:
            continue
        rest = _AFTER_LABEL.sub(r"\1", cell[start:])
        following = _NEXT_LABEL.search(rest)
        value = _bare(rest[: following.start()] if following else rest)
        return value or next((_bare(other) for other in row.cells[at + 1 :] if not is_blank(other)), None)
    return None


def _label_end(cell: str, label: re.Pattern[str]) -> int | None:
    """Where the label ends in a cell; None when it is not there, or is but part of another word."""
    found = label.search(cell)
    while found is not None:
        start, end = found.span()
        if not start or not cell[start - 1].isalnum():
            return _if_ended(cell, end)
        found = label.search(cell, start + 1)
    return None


def _if_ended(cell: str, end: int) -> int | None:
    rest = cell[end:].lstrip()
    return end if not rest or rest[0] in ":：=[【(（" or cell[end].isspace() else None


def _bare(text: str) -> str:
    return strip_cell(strip_cell(text).strip(_BRACKETS))
