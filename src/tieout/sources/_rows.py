"""Telling rows apart: data, blank lines, headers that repeat, footers, and what follows the table.

Only rows that lack what makes a record (a blank or a footer's word where the identity stands) can be anything but data, so
that no row with money on it is set apart by its looks. Whatever is set apart is kept, word for word.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

import attrs
import polars as pl

from tieout.sources._captions import BLANKS, Header, fold_caption, is_blank, strip_cell
from tieout.sources._grid import LINE, LINE_END, WIDTH, cell_name

__all__ = [
    "KIND",
    "RowKind",
    "TotalRow",
    "below_end",
    "clean_cells",
    "clean_texts",
    "is_total",
    "rows_of_totals",
    "tell_rows",
]

KIND = "_kind"
_SUM_WORD = (
    r"合\s*[计計]|[总總総]\s*[计計]|小\s*[计計]|共\s*[计計]|[总總]\s*[额額]|[汇匯]\s*[总總]|합계|총계|총합계|소계"
)
_MONTH = r"(?:[0-9]{4}\s*[-./年])?\s*[0-9]{1,2}\s*月份?"
_UNIT = r"单|笔|票|件|条|行|个|份"
_COUNT = r"(?:[0-9][0-9,.]*[^0-9A-Za-z]{0,12}){0,3}"
_ENGLISH = r"^(?i:(?:grand |sub[- ]?)?totals?)"
_FOREIGN = (
    r"^(?i:(?:gesamt|zwischen|end|teil)?summe|gesamt(?:betrag)?|insgesamt|(?:sous|sub)[- ]?total|total g[eé]n[eé]ral|totaux|"
    r"subtotales|totales|suma(?: total)?|totale(?: generale)?|subtotale|somma|totaal|subtotaal|eindtotaal|totalt|summa|razem|"
    r"celkem|toplam|(?:sub ?)?jumlah(?: total)?|tổng(?: cộng| số)?|итого|всего|รวม(?:ทั้งหมด|ทั้งสิ้น)?|المجموع|الإجمالي)"
)
_SUM = rf"^[^0-9A-Za-z]{{0,8}}(?:{_SUM_WORD})[^0-9A-Za-z]{{0,12}}$|(?:{_ENGLISH}|{_FOREIGN})\s*[:：]?$"
_COUNTED = (
    rf"^(?:{_MONTH})?[^0-9A-Za-z]{{0,8}}(?:{_SUM_WORD})[^0-9A-Za-z]{{0,12}}{_COUNT}$|"
    rf"^共\s*[0-9][0-9,]*\s*(?:{_UNIT})[^0-9A-Za-z]{{0,12}}{_COUNT}$|"
    rf"{_ENGLISH}\s*[:：(（]\s*[0-9][0-9,.]*\s*(?i:[a-z]{{0,12}})\s*[)）]?$"
)
"""A sum that says its month, or how many lines it sums: in a cell behind the first it may speak of the goods of one line."""
_RULE = r"^#|^[-=*_—]{4,}"
_NUMBERED = r"^#[A-Za-z-]*[0-9][0-9A-Za-z-]*$"
_IS_SUM, _IS_RULE, _IS_NUMBERED = re.compile(_SUM), re.compile(_RULE), re.compile(_NUMBERED)
_IS_COUNTED = re.compile(_COUNTED)
_IS_PARTIAL = re.compile(rf"^{_MONTH}|小\s*[计計]|소계|本\s*页|结算汇总|提现汇总|^(?i:sub|sous|zwischen|teil)")
_IS_FIGURE = re.compile(r"^`?[+-]?[\d,]+(?:\.\d*)?$")
_SHOWN = r"[^\s\x1c-\x1f]"  # what no program takes for a blank
_CLEAN = r"(?s)^[^\s\x1c-\x1f\x{200b}\x{feff}`=](?:.*[^\s\x1c-\x1f\x{200b}\x{feff}])?$"  # no blank or guard at its ends
_GUARDED = r"""^(?:`|="|=')"""


class RowKind(StrEnum):
    """What a row below the header is.

    A trailer stands below the data and has neither identity nor amount; a row is apart when the format says that it is no
    record though it may have both. Around the entries of a statement that is no table stand the statement's own lines; what the
    bank has not booked yet is pending.
    """

    DATA = "data"
    BLANK = "blank"
    HEADER = "header"
    FOOTER = "footer"
    TRAILER = "trailer"
    SECTION = "section"
    APART = "apart"
    STATEMENT = "statement"
    PENDING = "pending"


@attrs.frozen(kw_only=True)
class TotalRow:
    """A footer that says the sum of the columns above it.

    Attributes:
        row: Position among the rows below the header.
        label: Its word, such as `合计`.
    """

    row: int
    label: str


def clean_cells(body: pl.DataFrame, positions: Sequence[int], *, is_trim: bool = False) -> pl.DataFrame:
    """The body with these columns stripped of blanks and guards, null where nothing is left.

    Args:
        body: Rows below the header.
        positions: Positions of the columns.
        is_trim: Whether it is known that no cell begins or ends with a blank or a guard.
    """
    if is_trim:
        names = [cell_name(position) for position in sorted(set(positions))]
        cells = [pl.col(name) for name in names if (body[name] == "").any()]
        return body.with_columns(pl.when(cell != "").then(cell) for cell in cells) if cells else body
    return body.with_columns(clean_texts(body[cell_name(position)]) for position in sorted(set(positions)))


def clean_texts(cells: pl.Series) -> pl.Series:
    """The texts stripped of blanks and guards, null where nothing is left; themselves if all are clean.

    Most are clean already, and looking is much cheaper than cleaning.

    Args:
        cells: The texts.
    """
    unclean = (~cells.str.contains(_CLEAN)).arg_true()
    if unclean.is_empty():
        return cells
    texts = cells.gather(unclean)
    cell = pl.col(cells.name).str.strip_chars(BLANKS)
    if texts.str.contains(_GUARDED).any():
        cell = cell.str.replace(r"^`", "").str.replace(r"""^=["'](.*)["']$""", "${1}").str.strip_chars(BLANKS)
    shown = texts.to_frame().select(pl.when(cell.str.contains(_SHOWN)).then(cell).alias(cells.name)).to_series()
    return shown if len(shown) == len(cells) else cells.clone().scatter(unclean, shown)


def is_total(text: str) -> bool:
    """Whether a footer's word announces the sum of the whole table, and not of a page or a part."""
    return _IS_SUM.search(text) is not None and _IS_PARTIAL.search(text) is None


def _label_of_total(cells: Sequence[str]) -> str | None:
    """The cell of a footer that announces the sum of the whole table; None where none does."""
    first = next((cell for cell in cells if not is_blank(cell)), "")
    if _IS_COUNTED.search(first) is not None and _IS_PARTIAL.search(first) is None:
        return first
    return next((cell for cell in cells if is_total(cell)), None)


def tell_rows(
    body: pl.DataFrame,
    header: Header,
    *,
    identity: Sequence[int],
    amounts: Sequence[int],
    footers: Sequence[str],
    ends: Sequence[str],
    apart: pl.Series | None = None,
    plain: Mapping[int, pl.Series] = MappingProxyType({}),
) -> tuple[pl.DataFrame, list[TotalRow]]:
    """The body with a column that says what each row is, and the footers that declare totals.

    Args:
        body: Rows below the header, cleaned where the format reads them.
        header: The header.
        identity: Positions of the cells without which a line is no record, at least one.
        amounts: Positions of the cells of money: a row that has any is never set apart for its looks.
        footers: Patterns of cells that make a row a footer, besides the usual words for sums and lines that begin with `#`.
        ends: Patterns of cells with which another section begins; from there on nothing is data.
        apart: Which rows are no records by what the format says; None when it says nothing.
        plain: Of some positions, which cells are certainly what makes a record.
    """
    bare = body.select(_all_null([*identity, *amounts])).to_series()
    # Selected beside the height: a literal alone would be a column of one row.
    moneyless = body.select(_all_null(amounts) if amounts else pl.repeat(value=False, n=pl.len())).to_series()
    lacking = _lacking(body, identity, [*footers, *ends], header, moneyless, plain)
    said = pl.repeat(value=False, n=body.height, eager=True) if apart is None else apart
    lacking &= ~said
    is_data = ~lacking & ~said
    last_data = body.height - 1 if is_data.all() else max(is_data.arg_true().tail(1), default=-1)
    teller = _Teller(
        header=header,
        footers=[re.compile(pattern) for pattern in footers],
        ends=[re.compile(pattern) for pattern in ends],
    )
    kinds: dict[int, str] = dict.fromkeys(said.arg_true(), RowKind.APART.value)
    data_end = body.height
    totals: list[TotalRow] = []
    rows = lacking.arg_true()
    is_empty = body[rows].select(_shows_nothing(body.columns)).to_series()
    for row in rows.filter(~is_empty):
        cells = _cells(body, row)
        kind = teller.kind(cells, is_moneyless=moneyless[row])
        if kind is RowKind.DATA and row > last_data and bare[row]:
            kind = RowKind.TRAILER
        if kind is RowKind.SECTION:
            data_end = row
            break
        if kind is not RowKind.DATA:
            kinds[row] = kind.value
        label = _label_of_total(cells)
        if kind is RowKind.FOOTER and label is not None:
            totals.append(TotalRow(row=row, label=label))
    told = pl.repeat(RowKind.DATA.value, body.height, dtype=pl.String, eager=True)
    if not rows.is_empty() or kinds:
        told = told.scatter(rows.filter(is_empty), RowKind.BLANK.value).scatter(list(kinds), list(kinds.values()))
    if data_end == body.height:
        return body.with_columns(told.alias(KIND)), totals
    below = body.slice(data_end).select(below_end(body.columns)).to_series()
    return body.with_columns(pl.concat([told.head(data_end), below], rechunk=True).alias(KIND)), totals


def below_end(columns: Sequence[str]) -> pl.Expr:
    """What rows below the mark that ends a table are: of another section, or blank."""
    nothing, other = pl.lit(RowKind.BLANK.value), pl.lit(RowKind.SECTION.value)
    return pl.when(_shows_nothing(columns)).then(nothing).otherwise(other)


def _lacking(
    body: pl.DataFrame,
    identity: Sequence[int],
    declared: Sequence[str],
    header: Header,
    moneyless: pl.Series,
    plain: Mapping[int, pl.Series],
) -> pl.Series:
    """What `_lacks` says of all rows, asked of those alone of which it is not known that they lack nothing."""
    if declared or any(position not in plain for position in identity):
        return body.select(_lacks(identity, declared, header, moneyless)).to_series()
    lacking = pl.repeat(value=False, n=body.height, eager=True)
    is_suspect = lacking
    for position in identity:
        is_suspect |= ~plain[position].fill_null(value=False)
        if header.row.line:
            is_suspect |= (body[cell_name(position)] == header.captions[position]).fill_null(value=False)
    rows = is_suspect.arg_true()
    if rows.is_empty():
        return lacking
    asked = body[rows].select(_lacks(identity, declared, header, moneyless.gather(rows))).to_series()
    return lacking.scatter(rows.filter(asked), values=True)


def _lacks(identity: Sequence[int], declared: Sequence[str], header: Header, moneyless: pl.Series) -> pl.Expr:
    """Rows that may be something else than data: part of their identity is blank, or is no identity."""
    conditions = []
    if declared:
        first = pl.col(cell_name(0)).str.strip_chars(BLANKS + "`")
        conditions.append(first.str.contains("|".join(declared)))
    for position in identity:
        cell = pl.col(cell_name(position))
        conditions += [cell.is_null(), cell.str.contains("|".join([_SUM, _COUNTED, *declared]))]
        # `#1001` is an order number of some shops, and the sign alone says nothing where money stands beside it.
        is_rule = cell.str.contains(_RULE) & ~cell.str.contains(_NUMBERED)
        conditions.append(is_rule & (pl.lit(moneyless) | (pl.col(WIDTH) == 1)))
        if header.row.line:
            conditions.append(cell == header.captions[position])
    return pl.any_horizontal(*(condition.fill_null(value=False) for condition in conditions))


def _all_null(positions: Sequence[int]) -> pl.Expr:
    return pl.all_horizontal(*(pl.col(cell_name(position)).is_null() for position in positions))


def rows_of_totals(body: pl.DataFrame, patterns: Sequence[str]) -> pl.Series:
    """Which rows are captions of totals, and the figures on the line below them.

    Args:
        body: Rows below the header.
        patterns: Patterns of the first cells of captions.
    """
    first = pl.col(cell_name(0)).str.strip_chars(BLANKS + "`")
    is_caption = body.select(first.str.contains("|".join(patterns)).fill_null(value=False)).to_series()
    below = [row + 1 for row in is_caption.arg_true() if row + 1 < body.height]
    figures = [row for row in below if all(is_blank(cell) or _IS_FIGURE.search(cell) for cell in _cells(body, row))]
    return is_caption.scatter(figures, values=True) if figures else is_caption


def _shows_nothing(columns: Sequence[str]) -> pl.Expr:
    """Rows whose cells are all blank, of which a workbook may have a million below its last line."""
    cells = [pl.col(name) for name in columns if name not in {LINE, LINE_END, WIDTH}]
    return pl.all_horizontal(cell.is_null() | (cell.str.strip_chars(BLANKS) == "") for cell in cells)


def _cells(body: pl.DataFrame, row: int) -> list[str]:
    """What the row shows, all columns in order, blanks as empty text."""
    values = body.row(row, named=True)
    return [
        "" if value is None else strip_cell(value)
        for name, value in values.items()
        if name not in {LINE, LINE_END, WIDTH}
    ]


@attrs.frozen(kw_only=True)
class _Teller:
    """What one row is that may not be data."""

    header: Header
    footers: list[re.Pattern[str]]
    ends: list[re.Pattern[str]]

    def kind(self, cells: list[str], *, is_moneyless: bool) -> RowKind:
        shown = [cell for cell in cells if not is_blank(cell)]
        if not shown:
            return RowKind.BLANK
        if any(pattern.search(cell) for cell in shown for pattern in self.ends):
            return RowKind.SECTION
        if tuple(fold_caption(cell) for cell in cells[: self.header.width]) == self.header.folded[: self.header.width]:
            return RowKind.HEADER
        begins_rule = _IS_RULE.search(shown[0]) is not None and _IS_NUMBERED.search(shown[0]) is None
        is_rule = begins_rule and (is_moneyless or len(shown) == 1)
        patterns = (_IS_SUM, *self.footers)
        is_counted = _IS_COUNTED.search(shown[0]) is not None
        is_footer = is_rule or is_counted or any(pattern.search(cell) for cell in shown for pattern in patterns)
        return RowKind.FOOTER if is_footer else RowKind.DATA
