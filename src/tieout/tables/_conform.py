"""Conforming: anybody's frame as a record's columns, exactly or not at all."""

from difflib import get_close_matches
from typing import TYPE_CHECKING

import attrs
import polars as pl

from tieout.errors import InputError, InvalidField, MissingColumn, WrongColumnType
from tieout.model.currency import exponent, is_currency
from tieout.tables._parts import DECIMAL, EXACT, INSTANT, Column, minor_units
from tieout.tables._schema import RecordSchema, record_schema

if TYPE_CHECKING:
    from polars.datatypes import DataTypeClass
    from polars.expr.struct import ExprStructNameSpace

__all__ = ["conform"]

_WHOLE_UNITS = r"^[+-]?[0-9]+(?:\.[0-9]*)?$"


@attrs.frozen
class _Unfit(Exception):  # noqa: N818 - never leaves this module
    """A type that another type cannot hold exactly, with what to do about it."""

    hint: str = ""


def conform(frame: pl.DataFrame, record: type, currency: str | None) -> pl.DataFrame:
    """The record's columns of a frame.

    Args:
        frame: Columns named like the record's, in any order; those that the record can do without may be absent.
        record: The record class.
        currency: ISO 4217 code for rows without one.

    Raises:
        MissingColumn: A column that the record needs is absent.
        InputError: A column belongs to no field.
        WrongColumnType: A column cannot hold the field's values exactly.
        InvalidField: A null or an unknown word where the record refuses it.
    """
    schema = record_schema(record)
    found = frame.columns
    if currency is not None:
        frame = _with_currency(frame, schema, currency)
    frame = _major_to_minor(frame, schema)
    _check_names(frame, schema, found)
    conformed = pl.DataFrame([_conformed(frame, column, record) for column in schema.columns])
    for column in schema.columns:
        _check_values(conformed[column.name], column, record)
    _check_currencies(conformed, schema)
    return conformed


def _with_currency(frame: pl.DataFrame, schema: RecordSchema, currency: str) -> pl.DataFrame:
    exponent(currency)
    if "currency" not in schema.dtypes:
        raise InputError(f"{schema.record.__name__} has no amounts, so it has no currency", where="currency")
    if "currency" not in frame.columns:
        return frame.with_columns(pl.lit(currency).alias("currency"))
    return frame.with_columns(pl.col("currency").cast(pl.String).fill_null(currency))


def _major_to_minor(frame: pl.DataFrame, schema: RecordSchema) -> pl.DataFrame:
    """Money columns that came in whole units, as minor units of the row's currency."""
    for column in schema.columns:
        name = column.name.removesuffix("_minor")
        if name in frame.columns and name != column.name and column.name not in frame.columns:
            own = f"{name}_currency"
            codes = own if own in schema.dtypes else "currency"
            if codes not in frame.columns:
                hint = "or give currency=..." if codes == "currency" else ""
                raise MissingColumn([codes], found=frame.columns, where=schema.record.__name__, hint=hint)
            minor = _minor_of(frame[name], frame[codes].cast(pl.String), schema.record)
            frame = frame.drop(name).with_columns(minor.alias(column.name))
    return frame


def _minor_of(amounts: pl.Series, codes: pl.Series, record: type) -> pl.Series:
    name, kind = amounts.name, amounts.dtype
    if kind.is_float():
        raise WrongColumnType(f"column {name!r} is float; money is Decimal, text or whole minor units", where=name)
    if not (kind.is_integer() or kind.is_decimal() or kind in (pl.String, pl.Null)):
        raise WrongColumnType(f"column {name!r} is {kind}; money is Decimal, text or whole minor units", where=name)
    for code in codes.unique().drop_nulls():
        _require_currency(code, record)
    texts = amounts.cast(pl.String).str.strip_chars()
    texts = texts.set(texts == "", None)
    _require_codes(texts, codes, record)
    bad = texts.is_not_null() & ~texts.str.contains(_WHOLE_UNITS)
    if bad.any():
        raise WrongColumnType(f"column {name!r}, row {bad.arg_max()}: {texts.filter(bad)[0]!r} is not an exact amount")
    decimals = codes.replace_strict({code: exponent(code) for code in codes.unique().drop_nulls()}, default=None)
    finer = texts.str.extract(r"\.([0-9]*)$").str.strip_chars_end("0").str.len_chars() > decimals
    if finer.any():
        row = finer.arg_true()[0]
        raise WrongColumnType(f"column {name!r}, row {row}: {texts[row]} has more decimals than {codes[row]}")
    try:
        return minor_units(texts.cast(EXACT), codes)
    except pl.exceptions.PolarsError as cause:
        raise WrongColumnType(f"column {name!r} holds an amount that does not fit 64 bits of minor units") from cause


def _check_names(frame: pl.DataFrame, schema: RecordSchema, found: list[str]) -> None:
    extra = [name for name in frame.columns if name not in schema.dtypes]
    record = schema.record.__name__
    if extra:
        near = {name: get_close_matches(name, schema.dtypes, n=1) for name in extra}
        hint = "; ".join(f"{name}: did you mean {names[0]}?" for name, names in near.items() if names)
        raise InputError(f"columns {', '.join(map(repr, extra))} belong to no field of {record}", hint=hint)
    missing = [column.name for column in schema.columns if column.required and column.name not in frame.columns]
    if missing:
        raise MissingColumn(missing, found=found, where=record)


def _conformed(frame: pl.DataFrame, column: Column, record: type) -> pl.Series:
    if column.name not in frame.columns:
        empty = pl.Series(column.name, [column.default], dtype=column.dtype)
        return empty.new_from_index(0, frame.height)
    series, wanted = frame[column.name], column.dtype
    try:
        cast = frame.select(_cast(pl.col(column.name), series.dtype, wanted))[column.name]
        is_exact = not (series.dtype.is_decimal() and (cast.cast(series.dtype) != series).any())
    except _Unfit as unfit:
        problem = f"column {column.name!r} is {series.dtype}, needed {wanted}"
        raise WrongColumnType(problem, where=record.__name__, hint=unfit.hint) from None
    except pl.exceptions.PolarsError as cause:
        problem = f"column {column.name!r} holds values that do not fit {wanted}"
        raise WrongColumnType(problem, where=record.__name__) from cause
    if not is_exact:
        problem = f"column {column.name!r} has more decimals than {wanted} holds"
        raise WrongColumnType(problem, where=record.__name__, hint="round it as the contract says first")
    return cast if column.default is None else cast.fill_null(pl.lit(column.default, dtype=wanted))


def _cast(expression: pl.Expr, found: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    """The expression as another type, where that loses nothing by kind; what depends on values is checked after."""
    if found == pl.Null:
        return expression.cast(wanted)
    if isinstance(wanted, pl.List):
        return _cast_list(expression, found, wanted)
    if wanted == pl.String and (found == pl.String or found in (pl.Categorical, pl.Enum)):
        text = expression.cast(pl.String)
        return pl.when(text.str.strip_chars() != "").then(text)
    if wanted == INSTANT and isinstance(found, pl.Datetime) and found.time_zone is not None:
        return expression.dt.convert_time_zone("UTC").cast(INSTANT)
    is_number = found.is_integer() or found.is_decimal()
    if found == wanted or (is_number and (wanted in (pl.Int64, DECIMAL))):
        return expression.cast(wanted)
    raise _Unfit(_hint(found, wanted))


def _hint(found: pl.DataType, wanted: pl.DataType) -> str:
    if found.is_float():
        return "weights and rates are exact: cast to Decimal first"
    if wanted == INSTANT:
        return "give it a time zone"
    return "make it a date first, such as by str.to_date" if wanted == pl.Date else ""


def _cast_list(expression: pl.Expr, found: pl.DataType, wanted: pl.List) -> pl.Expr:
    if found == wanted:
        return expression
    if not isinstance(found, pl.List):
        raise _Unfit
    inner = _instance(wanted.inner)
    given = _instance(found.inner)
    if not isinstance(inner, pl.Struct):
        return expression.list.eval(_cast_item(pl.element(), given, inner))
    if not isinstance(given, pl.Struct):
        raise _Unfit
    return expression.list.eval(_cast_struct(pl.element().struct, given, inner)).cast(wanted)


def _cast_struct(struct: "ExprStructNameSpace", found: pl.Struct, wanted: pl.Struct) -> pl.Expr:
    given = {field.name: _instance(field.dtype) for field in found.fields}
    extra = set(given) - {field.name for field in wanted.fields}
    if extra:
        raise _Unfit(f"{', '.join(sorted(extra))}: no such field")
    items = [
        _cast_item(struct.field(field.name), given[field.name], _instance(field.dtype)).alias(field.name)
        if field.name in given
        else pl.lit(None, dtype=field.dtype).alias(field.name)
        for field in wanted.fields
    ]
    return pl.struct(items)


def _instance(dtype: "pl.DataType | DataTypeClass") -> pl.DataType:
    return dtype if isinstance(dtype, pl.DataType) else dtype()


def _cast_item(expression: pl.Expr, found: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    """As `_cast`, but a finer decimal is refused by its type, for nobody looks at the values in a list again."""
    scale = found.scale if isinstance(found, pl.Decimal) else 0
    if scale > (wanted.scale if isinstance(wanted, pl.Decimal) else 0):
        raise _Unfit("round its decimals first")
    return _cast(expression, found, wanted)


def _check_values(series: pl.Series, column: Column, record: type) -> None:
    if column.required and series.null_count():
        row = series.is_null().arg_max()
        raise InvalidField(f"a value is needed, row {row} has none", record=record.__name__, field=column.name)
    if column.members is not None:
        unknown = series.filter(series.is_not_null() & ~series.is_in(column.members))
        if len(unknown):
            known = ", ".join(column.members)
            raise InvalidField(
                f"{unknown[0]!r} is not one of its words; known: {known}", record=record.__name__, field=column.name
            )


def _check_currencies(frame: pl.DataFrame, schema: RecordSchema) -> None:
    """Every amount has a currency, and every currency is one."""
    for name in schema.dtypes:
        own = f"{name.removesuffix('_minor')}_currency"
        codes = own if own in schema.dtypes else "currency"
        if name.endswith("_minor"):
            _require_codes(frame[name], frame[codes], schema.record)
        if name.endswith("currency"):
            for code in frame[name].unique().drop_nulls():
                _require_currency(code, schema.record)


def _require_codes(amounts: pl.Series, codes: pl.Series, record: type) -> None:
    bare = amounts.is_not_null() & codes.is_null()
    if bare.any():
        problem = f"row {bare.arg_max()} has an amount but no currency"
        raise InvalidField(problem, record=record.__name__, field=codes.name)


def _require_currency(code: str, record: type) -> None:
    if not is_currency(code):
        raise InvalidField(f"{code!r} is not an ISO 4217 currency code", record=record.__name__, field="currency")
