"""Tables of a page: what their columns are, which rows stand in the file, and which of them a figure is made of."""

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import polars as pl

from tieout.reports.figure_columns import figure_column
from tieout.reports.figures import NUMERIC, cell_text, width_of
from tieout.reports.html.packing import Packed, packed
from tieout.reports.html.presenting import Presented
from tieout.reports.report import Column, Kind, Section
from tieout.reports.rows_behind import Behind
from tieout.reports.words import CODES, heading

__all__ = ["Sheet", "code_of", "details_sheet", "frame_sheet", "is_right", "section_sheet"]

_SAMPLE = 200  # rows that tell how wide a column has to be
_NARROW, _WIDE = 88, 300  # pixels
_LETTER = 8  # pixels of a narrow character, with room to breathe
_EACH = 20  # rows of each figure that stay when the details of a section are cut
_CODED_LATER = frozenset(
    {"type", "fact", "side", "record", "verdict"}
)  # words of a page that are known when it is made
_UNSEEN = frozenset({"source_sha256", "source_line_end", "source_sheet", "source_format", "source_line", "source_file"})


@attrs.frozen(kw_only=True)
class Sheet:
    """A table that the page can sort, search and filter.

    Attributes:
        name: What the page's script calls it, such as `collection.by_shop`.
        columns: What is shown of it, in order.
        data: Its rows.
        total: How many rows there are; more than in `data` where it is cut.
        one: The currency of each money column all of whose rows have the same.
        key: Columns that tell its rows apart.
        behind: Name of the sheet with the rows that its figures are made of; empty where there is none.
        sums: Columns that are sums of the rows behind.
        widths: Pixels of each column.
    """

    name: str
    columns: tuple[Column, ...]
    data: Packed
    total: int
    one: tuple[str | None, ...]
    key: tuple[str, ...] = ()
    behind: str = ""
    sums: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()

    @property
    def is_cut(self) -> bool:
        """Whether rows are missing in the file."""
        return self.data.rows < self.total

    def for_script(self) -> dict[str, Any]:
        """What the page's script has to know of it."""
        return {
            "data": self.data.name,
            "rows": self.data.rows,
            "total": self.total,
            "key": self.key,
            "behind": self.behind,
            "sums": self.sums,
            "columns": [
                {
                    "n": column.name,
                    "t": (column.title, column.title_zh),
                    "k": str(column.kind),
                    "c": column.currency if column.kind is Kind.MONEY else "",
                    "one": one,
                    "u": column.unit,
                    "w": width,
                    "code": code_of(column),
                    "right": is_right(column),
                }
                for column, one, width in zip(self.columns, self.one, self.widths, strict=True)
            ],
        }


def code_of(column: Column) -> str:
    """The list of codes that a column's values are of, such as `severity`; empty where they stand for themselves."""
    if column.kind is not Kind.TEXT:
        return ""
    return column.name if column.name in CODES or column.name in _CODED_LATER else ""


def is_right(column: Column) -> bool:
    """Whether a column's cells stand at the right: figures, and texts that are figures of any unit."""
    return column.kind in NUMERIC or column.name.endswith("_text")


def frame_sheet(
    name: str,
    frame: pl.DataFrame,
    columns: Sequence[Column],
    *,
    zone: str,
    total: int | None = None,
    key: Sequence[str] = (),
    behind: str = "",
    sums: Sequence[str] = (),
) -> Sheet:
    """A sheet of a frame.

    Args:
        name: What the script calls it.
        frame: Its rows; columns that are not shown are packed too.
        columns: What is shown.
        zone: Zone in which moments are written.
        total: How many rows there are, where the frame is cut.
        key: Columns that tell rows apart.
        behind: Name of the sheet with the rows behind.
        sums: Columns that are sums of these.
    """
    return Sheet(
        name=name,
        columns=tuple(columns),
        data=packed(frame, zone),
        total=frame.height if total is None else total,
        one=tuple(_one_currency(frame, column) for column in columns),
        key=tuple(key),
        behind=behind,
        sums=tuple(sums),
        widths=tuple(_widths(frame.head(_SAMPLE), columns, zone)),
    )


def section_sheet(name: str, section: Section, table: Presented, *, zone: str, rows: int, behind: str = "") -> Sheet:
    """The sheet of a section's own table; of more rows than may stand in the file the first, which its maker put first."""
    return frame_sheet(
        name,
        table.frame.head(rows),
        table.columns,
        zone=zone,
        total=table.frame.height,
        key=section.key,
        behind=behind,
        sums=section.sums,
    )


def details_sheet(name: str, section: Section, behind: Behind, *, zone: str, rows: int) -> Sheet:
    """The sheet of the rows behind a section's figures.

    Args:
        name: What the script calls it.
        section: The section.
        behind: Its details.
        zone: Zone in which moments are written.
        rows: How many may stand in the file: of each figure at least some, then the largest.
    """
    kept = _most_important(behind, section, rows)
    if "source_file" in kept.columns:
        place = pl.col("source_file").cast(pl.String)
        if "source_line" in kept.columns:
            place = pl.concat_str([place, pl.col("source_line").cast(pl.String)], separator=":", ignore_nulls=True)
        kept = kept.with_columns(place.alias("source"))
    columns = _columns_of(kept, section.columns)
    return frame_sheet(name, kept, columns, zone=zone, total=behind.height, key=section.key, sums=section.sums)


def _most_important(behind: Behind, section: Section, rows: int) -> pl.DataFrame:
    if behind.height <= rows:
        return behind.whole
    # Only what is compared is put in order: a million rows of thirty columns are sorted for a few thousand of them.
    narrow = behind.narrow([*section.key, *section.sums[:1]])
    size = pl.col(section.sums[0]).abs().fill_null(0) if section.sums else pl.lit(0, dtype=pl.Int64)
    narrow = narrow.select(*section.key, size.alias("_size")).with_row_index("_at")
    ordered = narrow.sort("_size", descending=True, maintain_order=True) if section.sums else narrow
    within = pl.int_range(pl.len()).over(list(section.key)) if section.key else pl.int_range(pl.len())
    is_first = ordered.select(within < _EACH).to_series()
    first = ordered["_at"].filter(is_first).head(rows)
    more = ordered["_at"].filter(~is_first).head(rows - first.len())
    return behind.taken(pl.concat([first, more]).sort())


def _columns_of(frame: pl.DataFrame, known: Iterable[Column]) -> list[Column]:
    """Columns of a frame that nobody declared: what the section says of those that it has, the rest by name and type."""
    declared = {column.name: column for column in known}
    codes = {"currency", *(column.currency for column in declared.values() if column.kind is Kind.MONEY)}
    found = []
    for name, dtype in frame.schema.items():
        if name in _UNSEEN or name in codes or name.startswith("_"):
            continue
        column = declared.get(name)
        if column is None or (column.kind is Kind.MONEY and column.currency not in frame.columns):
            title, title_zh = (column.title, column.title_zh) if column else heading(name)
            column = figure_column(name, declared) or Column(
                name=name, title=title, title_zh=title_zh, kind=_kind_of(name, dtype)
            )
        found.append(column)
    return found


def _kind_of(name: str, dtype: pl.DataType) -> Kind:
    if name.endswith("_minor") and dtype.is_integer():
        return Kind.MONEY
    if dtype.is_integer():
        return Kind.COUNT
    if dtype.is_numeric():
        return Kind.NUMBER
    if dtype == pl.Boolean:
        return Kind.FLAG
    if dtype == pl.Date:
        return Kind.DATE
    return Kind.TIME if isinstance(dtype, pl.Datetime) else Kind.TEXT


def _one_currency(frame: pl.DataFrame, column: Column) -> str | None:
    if column.kind is not Kind.MONEY or column.currency not in frame.columns:
        return None
    codes = frame[column.currency].drop_nulls().unique()
    return str(codes[0]) if codes.len() == 1 else None


def _widths(sample: pl.DataFrame, columns: Sequence[Column], zone: str) -> Iterable[int]:
    """Pixels by what stands in the first rows: a column is as wide as its figures, and no text takes the whole window."""
    for column in columns:
        code = "CNY" if column.kind is Kind.MONEY else None
        texts = {text for pair in CODES.get(code_of(column), {}).values() for text in pair}
        values = sample[column.name]
        values = values if values.dtype.is_nested() else values.unique()
        texts |= {cell_text(value, column, currency=code, zone=zone) for value in values.to_list()}
        longest = max(map(width_of, texts), default=0)
        words = {word for text in (column.title, column.title_zh) for word in text.split()}
        title = max(map(width_of, words), default=0) + 5  # the heading is in bold, with the sign that it sorts
        room = longest + (4 if column.kind in NUMERIC or code_of(column) else 2)
        yield min(_WIDE, max(_NARROW, _LETTER * max(room, title)))
