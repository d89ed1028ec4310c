"""Shaping: parsed columns to the columns of the record's table, constants and provenance included."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import polars as pl

from tieout.errors import InputError
from tieout.privacy import PiiClass, mask_expr
from tieout.sources._captions import is_blank, strip_cell
from tieout.sources._columns import Column
from tieout.sources._grid import LINE, LINE_END, cell_name
from tieout.sources._reading import Reading
from tieout.tables import Table
from tieout.tables._parts import Column as Field
from tieout.tables._schema import record_schema

__all__ = ["RAW", "check_fields", "raw_cells", "table_of_frame", "with_constants"]

RAW = "raw"

_WORDS: Final = r"[\s@＠\u{4e00}-\u{9fff}]"


def check_fields(
    record: type, columns: Sequence[Column], constants: Mapping[str, Any], *, also: Sequence[str] = ()
) -> None:
    """Refuse a declaration that names a field the record has not, or leaves out one that it needs.

    Raises:
        InputError: It does.
    """
    schema = record_schema(record)
    named = {column.name: column.to for column in columns if not column.to.startswith("_")}
    named |= {name.replace(".", "_"): name for name in constants}
    unknown = sorted(field for name, field in named.items() if name not in schema.dtypes)
    if unknown:
        known = ", ".join(name for name in schema.dtypes if not name.startswith("source_"))
        raise InputError(f"{record.__name__} has no field {', '.join(unknown)}; its columns: {known}", where="columns")
    there = {*named, *also}
    lacking = [column.name for column in schema.columns if column.required and column.name not in there]
    if lacking:
        names = ", ".join(name.removesuffix("_minor") for name in lacking)
        raise InputError(
            f"{record.__name__} needs {names}",
            where="columns",
            hint=f"map it to a column, or {'say currency=...' if names == 'currency' else 'give it in constants={...}'}",
        )


def with_constants(frame: pl.DataFrame, constants: Mapping[str, Any], record: type) -> pl.DataFrame:
    """The frame with constants where the file says nothing.

    Raises:
        InputError: A constant is not of its field's type, or blank.
    """
    schema = record_schema(record)
    members = {column.name: column.members for column in schema.columns}
    for field, value in constants.items():
        name = field.replace(".", "_")
        dtype = schema.dtypes[name]
        words = members[name]
        if isinstance(value, str) and is_blank(value):
            raise InputError(f"constant {field!r} is blank", where="constants", hint="leave out what nobody knows")
        if words is not None and value not in words:
            known = ", ".join(words)
            raise InputError(f"{value!r} is not a word of {record.__name__}.{field}; known: {known}", where="constants")
        try:
            literal = pl.Series(name, [_typed(value, dtype)], dtype=dtype, strict=True)
        except (TypeError, ValueError, InvalidOperation, pl.exceptions.PolarsError) as cause:
            raise InputError(
                f"constant {field!r} needs {dtype}, got {type(value).__name__}", where="constants"
            ) from cause
        filled = (
            pl.lit(literal).first() if name not in frame.columns else pl.col(name).fill_null(pl.lit(literal).first())
        )
        frame = frame.with_columns(filled.alias(name))
    return frame


def _typed(value: Any, dtype: pl.DataType) -> Any:  # noqa: ANN401 - constants are of any plain type
    """A constant as its column holds it, a text without blanks around it.

    Texts of numbers and of ISO days are taken, local times are not.
    """
    if isinstance(value, str) and dtype.is_decimal():
        return Decimal(value)
    if isinstance(value, str) and dtype == pl.Date:
        return date.fromisoformat(value)
    if isinstance(value, str):
        return strip_cell(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("a constant time needs its zone")
    return value


def raw_cells(reading: Reading) -> pl.Series:
    """The cells that no field holds, as the JSON text of the field `raw`; what is personal only if asked for.

    Words of which nobody said that they are personal may hold a phone; a cell that is one number or code stays as it is.
    """
    taken = {position for position, _ in reading.bound}
    kept: dict[str, pl.Expr] = {}
    for at, caption in enumerate(reading.site.header.captions):
        if not caption or at in taken or caption in kept or cell_name(at) not in reading.data.columns:
            continue
        pii, said = reading.pii_classes[at], reading.options
        cell = pl.col(cell_name(at)).str.strip_chars()
        if said.keep_pii:
            kept[caption] = pl.when(cell != "").then(cell)
        elif pii is None:
            words = pl.when(cell.str.contains(_WORDS)).then(mask_expr(cell, PiiClass.FREE_TEXT)).otherwise(cell)
            kept[caption] = pl.when(cell != "").then(words)
        elif said.pseudonyms is not None and pii is not PiiClass.FREE_TEXT:
            kept[caption] = said.pseudonyms.token_expr(cell, pii)
    if not kept:
        return pl.Series(RAW, [None] * reading.data.height, dtype=pl.String)
    is_any = pl.any_horizontal(expression.is_not_null() for expression in kept.values())
    packed = pl.struct([expression.alias(caption) for caption, expression in kept.items()]).struct.json_encode()
    return reading.data.select(pl.when(is_any).then(packed).alias(RAW))[RAW]


def table_of_frame(frame: pl.DataFrame, record: type, reading: Reading) -> Table[Any]:
    """The Table of a frame that has the record's columns, or some of them, and the lines that its rows come from."""
    schema = record_schema(record)
    if "source_line" in schema.dtypes:
        place = reading.provenance()
        frame = frame.with_columns(
            pl.lit(place.format, dtype=pl.String).alias("source_format"),
            pl.lit(place.file, dtype=pl.String).alias("source_file"),
            pl.lit(place.sha256, dtype=pl.String).alias("source_sha256"),
            pl.lit(reading.site.grid.sheet, dtype=pl.String).alias("source_sheet"),
            pl.col(LINE).alias("source_line"),
            pl.when(pl.col(LINE_END) != pl.col(LINE)).then(pl.col(LINE_END)).alias("source_line_end"),
        )
    return Table(frame.select(_filled(column, frame) for column in schema.columns), record)


def _filled(column: Field, frame: pl.DataFrame) -> pl.Expr:
    """A column of the record; where the file says nothing, what the record takes then, as the record itself would."""
    if column.name not in frame.columns:
        return pl.lit(column.default, dtype=column.dtype).alias(column.name)
    said = pl.col(column.name).cast(column.dtype)
    return said if column.default is None else said.fill_null(pl.lit(column.default, dtype=column.dtype))
