"""Rows of a sheet, written column by column: what a cell says is worked out for thousands of rows at once.

XlsxWriter is asked cell by cell, which takes ten times as long. The text is the one that it writes. A row with a cell that needs
care, such as a text with a sign of XML or a figure of too many digits, is left to it, and so is a table with an unusual column.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs
import polars as pl

from tieout.model.currency import exponent, is_currency
from tieout.reports.report import Kind
from tieout.reports.xlsx_cells import DIGITS_MAX, TEXT_MAX, YEAR_MIN, Cells, Field, letters, pattern_of

if TYPE_CHECKING:
    from xlsxwriter.format import Format

    from tieout.reports.xlsx_sheet import PlainSheet

__all__ = ["Ways", "put_rows", "ways_of"]

_AT_ONCE: Final = 16_384
"""Rows whose texts are in memory together."""
_FEW: Final = 2_000
"""Cells that are written sooner one by one."""
_ODD: Final = r"[&<>\p{C}\p{Zl}\p{Zp}]|_x|^\s|\s$"
"""What a text may not have that stands in a file as it is: signs of XML, characters that are spelled out, blanks at an end."""
_CODED: Final = 10**DIGITS_MAX
_ROW, _PLAIN = "#row of the sheet", "#is plain"
_NEVER: Final = pl.lit(value=False)
_TIME: Final = "yyyy-mm-dd hh:mm:ss"
_DAY: Final = "yyyy-mm-dd"

PutRow = Callable[[int, int], None]


@attrs.frozen(kw_only=True)
class _Way:
    """How some cells of a column are written.

    Attributes:
        which: Rows that it is for.
        text: What the cell says.
        pattern: Pattern of numbers that shows it; None for texts.
        before: What stands before the text, after the number of the format.
        after: What stands after it.
    """

    which: pl.Expr
    text: pl.Expr
    pattern: str | None
    before: str = '"><v>'
    after: str = "</v></c>"


@attrs.frozen(kw_only=True)
class Ways:
    """How the cells of a column are written.

    Attributes:
        field: The column.
        each: The ways, no two of them for one row.
        needs_care: Rows that are left to XlsxWriter.
    """

    field: Field
    each: tuple[_Way, ...]
    needs_care: pl.Expr = _NEVER


def ways_of(frame: pl.DataFrame, fields: Sequence[Field], serial: Callable[[date], float]) -> tuple[Ways, ...] | None:
    """How the columns of a frame are written; None where one of them can only be written cell by cell.

    Args:
        frame: Its rows.
        fields: What is written of them.
        serial: The number by which a spreadsheet knows a day or moment.
    """
    found = []
    for field in fields:
        one = _ways(frame, field, serial)
        if one is None:
            return None
        found.append(one)
    return tuple(found)


def _ways(frame: pl.DataFrame, field: Field, serial: Callable[[date], float]) -> Ways | None:
    dtype, is_flag = frame.schema[field.name], field.kind is Kind.FLAG
    made = None
    if dtype == pl.Null:
        made = Ways(field=field, each=())
    elif dtype == pl.Boolean and is_flag:
        made = _flags(field)
    elif dtype.is_integer():
        made = _whole(frame, field)
    elif dtype.is_float():
        made = _shown(frame, field, "0.00%" if field.kind is Kind.SHARE else "#,##0.00", _float_text)
    elif isinstance(dtype, pl.Decimal) and field.kind is not Kind.MONEY:
        pattern = pattern_of(field.kind, Decimal(0).scaleb(-dtype.scale), 0)
        made = _shown(frame, field, pattern, _decimal_text)
    elif isinstance(dtype, (pl.Date, pl.Datetime)) and not is_flag:
        made = _shown(frame, field, _DAY if dtype == pl.Date else _TIME, partial(_date_text, serial))
    elif isinstance(dtype, (pl.String, pl.Enum, pl.Categorical)) and not is_flag:
        made = _texts(field)
    return made


def _flags(field: Field) -> Ways:
    value = pl.col(field.name)
    text = value.cast(pl.Int8).cast(pl.String)
    way = _Way(which=value.is_not_null(), text=text, pattern="General", before='" t="b"><v>')
    return Ways(field=field, each=(way,))


def _texts(field: Field) -> Ways:
    value = pl.col(field.name).cast(pl.String)
    way = _Way(
        which=value.is_not_null(), text=value, pattern=None, before='" t="inlineStr"><is><t>', after="</t></is></c>"
    )
    needs_care = (value.str.len_chars() * 2 > TEXT_MAX) | value.str.contains(_ODD)
    return Ways(field=field, each=(way,), needs_care=needs_care.fill_null(value=False))


def _whole(frame: pl.DataFrame, field: Field) -> Ways:
    """Counts, and amounts with the decimals of their currency."""
    given = pl.col(field.name)
    value = given.cast(pl.Int64, strict=False)
    fits = value.is_between(1 - _CODED, _CODED - 1).fill_null(value=False)
    places: dict[int, list[str]] = {}
    if field.kind is Kind.MONEY:
        for code in frame[field.currency].cast(pl.String).drop_nulls().unique(maintain_order=True):
            places.setdefault(exponent(code) if is_currency(code) else 0, []).append(code)
    code = pl.col(field.currency).cast(pl.String) if field.kind is Kind.MONEY else pl.lit(None, dtype=pl.String)
    digits = [(decimals, code.is_in(codes).fill_null(value=False)) for decimals, codes in places.items() if decimals]
    plain = ~pl.any_horizontal(which for _, which in digits) if digits else pl.lit(value=True)
    return Ways(
        field=field,
        each=tuple(
            _Way(
                which=given.is_not_null() & fits & which,
                text=_amount(value, decimals),
                pattern=pattern_of(field.kind, Decimal(0), decimals),
            )
            for decimals, which in ((0, plain), *digits)
        ),
        needs_care=given.is_not_null() & ~fits,
    )


def _amount(value: pl.Expr, decimals: int) -> pl.Expr:
    if not decimals:
        return value.cast(pl.String)
    digits = value.abs().cast(pl.String).str.zfill(decimals + 1)
    sign = pl.when(value < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str(sign, digits.str.head(-decimals), pl.lit("."), digits.str.tail(decimals))


def _shown(frame: pl.DataFrame, field: Field, pattern: str, told: Callable[[Any], str | None]) -> Ways:
    """Values whose texts are made one by one; one without a text needs care."""
    series = frame[field.name]
    texts = pl.Series([None if value is None else told(value) for value in series.to_list()], dtype=pl.String)
    text = pl.lit(texts)
    return Ways(
        field=field,
        each=(_Way(which=text.is_not_null(), text=text, pattern=pattern),),
        needs_care=_NEVER if texts.null_count() == series.null_count() else pl.lit(texts.is_null() & ~series.is_null()),
    )


def _float_text(value: float) -> str | None:
    return f"{value:.16G}" if math.isfinite(value) else None


def _decimal_text(value: Decimal) -> str | None:
    return f"{value:.16G}" if len(value.as_tuple().digits) <= DIGITS_MAX else None


def _date_text(serial: Callable[[date], float], value: date) -> str | None:
    if value.year < YEAR_MIN:
        return None
    return f"{serial(value.replace(tzinfo=None) if isinstance(value, datetime) else value):.16G}"


def put_rows(target: "PlainSheet", cells: Cells, frame: pl.DataFrame, fields: Sequence[Field], by_cell: PutRow) -> None:
    """Write the rows of a frame below the heading.

    Args:
        target: The sheet.
        cells: Who knows the formats.
        frame: The rows.
        fields: What is written of them.
        by_cell: Writes one row cell by cell; called with its place in the frame and in the sheet.
    """
    if not fields or not frame.height:
        return
    # The library writes the last row of a sheet when it closes it; the one that has values last stays such a row.
    has_values = pl.any_horizontal(pl.col(one.name).is_not_null() for one in fields)
    last = frame.select(has_values.arg_true().last()).item() or 0
    for begin in range(0, last, _AT_ONCE):
        piece = frame.slice(begin, min(_AT_ONCE, last - begin))
        is_worth_it = piece.height * len(fields) > _FEW and target.takes_rows
        ways = ways_of(piece, fields, target.serial) if is_worth_it else None
        if ways is None:
            for at in range(piece.height):
                by_cell(begin + at, begin + at + 1)
        else:
            target.begin_rows(begin + 1)
            _put(target, cells, piece, ways, begin, by_cell)
    by_cell(last, last + 1)


def _put(
    target: "PlainSheet", cells: Cells, piece: pl.DataFrame, ways: Sequence[Ways], begin: int, by_cell: PutRow
) -> None:
    needs_care = pl.any_horizontal(one.needs_care for one in ways)
    piece = piece.with_row_index(_ROW, offset=begin + 2).with_columns(
        pl.col(_ROW).cast(pl.String), needs_care.not_().alias(_PLAIN)
    )
    is_plain = pl.col(_PLAIN)
    firsts = _first_uses(piece, ways, is_plain)
    odd = [(row, -1, None) for row in piece.select(is_plain.not_().arg_true()).to_series().to_list()]
    formats: dict[tuple[int, int], Format] = {}
    by_library: dict[int, str] = {}
    # A format gets its number when it is first used; in the order of the rows, as if each cell were written by itself.
    for row, at, nth in sorted([*firsts, *odd], key=lambda one: one[:2]):
        if nth is None:
            by_library[row] = target.text_of(begin + row + 1, partial(by_cell, begin + row, begin + row + 1))
        else:
            pattern = ways[at].each[nth].pattern
            formats[at, nth] = cells.text if pattern is None else cells.shown_as(pattern)
            target.number_of(formats[at, nth])
    numbers = {place: target.number_of(one) for place, one in formats.items()}
    written = [
        pl.when(way.which).then(
            pl.concat_str(
                pl.lit(f'<c r="{letters(at)}'), _ROW, pl.lit(f'" s="{numbers[at, nth]}{way.before}'), way.text,
                pl.lit(way.after),
            )
        )
        for at, one in enumerate(ways) for nth, way in enumerate(one.each) if (at, nth) in numbers
    ]  # fmt: skip
    if written:
        inside = pl.concat_str(written, ignore_nulls=True)
        whole = pl.concat_str(pl.lit('<row r="'), _ROW, pl.lit('">'), inside, pl.lit("</row>"))
        texts = piece.select(pl.when(is_plain & (inside != "")).then(whole).otherwise(pl.lit("")).alias("text"))["text"]
    else:
        texts = pl.Series("text", [""] * piece.height, dtype=pl.String)
    if by_library:
        texts = texts.scatter(list(by_library), list(by_library.values()))
    last = texts.to_frame("text").select((pl.col("text") != "").arg_true().last()).item()
    if last is not None:
        target.put_text_of_rows(texts.str.join("").item(), last=begin + 1 + last, width=len(ways))


def _first_uses(piece: pl.DataFrame, ways: Sequence[Ways], is_plain: pl.Expr) -> Iterator[tuple[int, int, int | None]]:
    """Where each way is used first: row, column, and the way's place among those of its column."""
    asked = [
        (way.which & is_plain).arg_true().first().alias(f"{at} {nth}")
        for at, one in enumerate(ways)
        for nth, way in enumerate(one.each)
    ]
    if not asked:
        return
    for name, row in piece.select(asked).row(0, named=True).items():
        if row is not None:
            at, nth = map(int, name.split())
            yield row, at, nth
