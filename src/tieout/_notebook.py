"""Notebook looks: the one quiet style in which results show themselves, in light and dark notebooks.

Every room may import it, so it imports nothing of ours. What it makes holds no script and asks nothing of the network; every text
is escaped; colours are those of the notebook but for the lines, which show on both grounds.
"""

import html
from collections.abc import Collection, Iterable, Sequence
from typing import Final

__all__ = ["ROWS_MAX", "heading", "items", "paragraph", "preformatted", "table", "view"]

ROWS_MAX: Final = 20
"""Rows of a long table that are shown."""

_STYLE: Final = (
    ".tieout{font:13px/1.45 system-ui,sans-serif;color:inherit;max-width:100%;overflow-x:auto}"
    ".tieout h3{font-size:1.15em;margin:.3em 0}.tieout h4{font-size:1em;margin:.8em 0 .2em}.tieout p{margin:.3em 0}"
    ".tieout table{border-collapse:collapse;margin:.2em 0 .6em;font-variant-numeric:tabular-nums;color:inherit}"
    ".tieout caption{caption-side:top;text-align:left;font-weight:600;color:inherit;padding:.2em 0;white-space:nowrap}"
    ".tieout th,.tieout td{padding:.15em .7em;text-align:left;vertical-align:top;background:none;color:inherit;"
    "border:0;border-bottom:1px solid rgba(128,128,128,.3)}"
    ".tieout th[scope=row]{font-weight:normal}.tieout thead th{border-bottom:2px solid rgba(128,128,128,.6)}"
    ".tieout tfoot td{font-weight:600;border-top:2px solid rgba(128,128,128,.6)}"
    ".tieout .n{text-align:right;white-space:nowrap}.tieout .red{color:#d6404a}.tieout .more{opacity:.75}"
)


def view(title: str, *parts: str) -> str:
    """What a notebook shows of a result: a title and the parts below it, in our style.

    Args:
        title: A text; empty for none.
        *parts: Made by the other functions of this module, or by another view.

    Example:
        >>> view("A & B").endswith("<h3>A &amp; B</h3></div>")
        True
    """
    head = f"<h3>{html.escape(title)}</h3>" if title else ""
    return f'<div class="tieout"><style>{_STYLE}</style>{head}{"".join(parts)}</div>'


def heading(text: str) -> str:
    """A heading inside a view."""
    return f"<h4>{html.escape(text)}</h4>"


def paragraph(text: str) -> str:
    """A sentence; nothing for an empty one."""
    return f"<p>{html.escape(text)}</p>" if text else ""


def preformatted(text: str) -> str:
    """A text whose lines and spaces stay."""
    return f"<pre>{html.escape(text)}</pre>"


def items(texts: Iterable[str], *, more: int = 0) -> str:
    """A list of texts; nothing for none.

    Args:
        texts: Its items.
        more: How many there are that are not shown.
    """
    rows = "".join(f"<li>{html.escape(text)}</li>" for text in texts)
    rest = f'<li class="more">and {more:,} more</li>' if more else ""
    return f"<ul>{rows}{rest}</ul>" if rows or rest else ""


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    caption: str = "",
    figures: Collection[int] = (),
    totals: Iterable[Sequence[str]] = (),
    more: int = 0,
    named: bool = False,
) -> str:
    """A table that a screen reader can read: a caption, and heads that say what they are the heads of.

    Args:
        heads: Heads of the columns; none for a table of labels and figures.
        rows: Cells of each row.
        caption: What it is; empty for none.
        figures: Places of the columns that hold figures: they stand right, and red where they are negative.
        totals: Rows below the others.
        more: How many rows there are that are not shown.
        named: Whether the first cell of a row says what the row is.

    Example:
        >>> table(["what", "CNY"], [["<fee>", "-1.00"]], figures={1}).partition("<tbody>")[2]
        '<tr><td>&lt;fee&gt;</td><td class="n red">-1.00</td></tr></tbody></table>'
    """
    said = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    names = "".join(
        f'<th scope="col"{_class(at, "", figures)}>{html.escape(head)}</th>' for at, head in enumerate(heads)
    )
    head = f"<thead><tr>{names}</tr></thead>" if heads else ""
    body = "".join(_row(row, figures, named=named) for row in rows)
    foot = "".join(_row(row, figures, named=False) for row in totals)
    rest = f'<p class="more">{more:,} more {"row" if more == 1 else "rows"}</p>' if more else ""
    return f"<table>{said}{head}<tbody>{body}</tbody>{f'<tfoot>{foot}</tfoot>' if foot else ''}</table>{rest}"


def _row(cells: Sequence[str], figures: Collection[int], *, named: bool) -> str:
    shown = [f"<td{_class(at, cell, figures)}>{html.escape(cell)}</td>" for at, cell in enumerate(cells)]
    if named and shown:
        shown[0] = f'<th scope="row">{html.escape(cells[0])}</th>'
    return f"<tr>{''.join(shown)}</tr>"


def _class(at: int, cell: str, figures: Collection[int]) -> str:
    if at not in figures:
        return ""
    return ' class="n red"' if cell.startswith("-") and cell != "-" else ' class="n"'
