"""Schemas: which columns a record becomes, and how values go in and out."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, cast, get_args, get_origin

import attrs
import polars as pl
from moneyed import Money

from tieout.errors import InputError
from tieout.model import Place, Provenance
from tieout.model._record import EMPTY, is_optional, required_type
from tieout.model.currency import from_units, to_units

__all__ = ["Column", "RecordSchema", "record_schema"]

DECIMAL = pl.Decimal(28, 8)
INSTANT = pl.Datetime("us", "UTC")
_PLAIN: dict[Any, pl.DataType] = {
    str: pl.String(),
    int: pl.Int64(),
    bool: pl.Boolean(),
    date: pl.Date(),
    datetime: INSTANT,
    Decimal: DECIMAL,
}


def _fields(record: type) -> "tuple[attrs.Attribute[Any], ...]":
    """The fields of a class made by `record`, which type checkers see as a dataclass."""
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(cast("type[attrs.AttrsInstance]", record))
    return fields


_PLACE_PARTS = tuple(field.name for field in _fields(Place))
_SOURCE_PARTS = tuple(field.name for field in _fields(Provenance))


@attrs.frozen(kw_only=True)
class Column:
    """One column of a record's table.

    Attributes:
        name: Column name.
        dtype: Polars type.
        required: Whether a null is refused.
        members: Texts an enum admits; None for any.
    """

    name: str
    dtype: pl.DataType
    required: bool = False
    members: tuple[str, ...] | None = None


@attrs.frozen(kw_only=True)
class _Part:
    """How one field becomes columns and back.

    Attributes:
        field: Field name.
        columns: Its columns, without a currency column that it shares.
        encode: Column of field values to columns of cell values; None when the values go in as they are.
        decode: Cell values and the row's currency to the field's value.
    """

    field: str
    columns: tuple[Column, ...]
    encode: Callable[[Sequence[Any]], Iterable[Sequence[Any]]] | None
    decode: Callable[[Sequence[Any], str | None], Any]


@attrs.frozen(kw_only=True)
class RecordSchema:
    """The columns of one record class, derived from its fields.

    Attributes:
        record: The record class.
        columns: All columns in order.
        parts: How each field becomes its columns and back.
        adds_currency: Whether the currency column is made of the Money fields, there being no field of that name.
    """

    record: type
    columns: tuple[Column, ...]
    parts: tuple[_Part, ...] = attrs.field(repr=False)
    adds_currency: bool = attrs.field(repr=False)

    @property
    def dtypes(self) -> dict[str, pl.DataType]:
        """Polars types by column name."""
        return {column.name: column.dtype for column in self.columns}

    def encode(self, records: Sequence[Any]) -> pl.DataFrame:
        """Columns of records, in one walk over them."""
        gather = attrgetter(*(part.field for part in self.parts))
        rows = map(gather, records)
        values = list(zip(*rows, strict=True)) if records else [()] * len(self.parts)
        series: dict[str, pl.Series] = {}
        for part, column in zip(self.parts, values, strict=True):
            if column.count(None) == len(column):
                # Most fields of most sources are empty: no need to walk them.
                for spec in part.columns:
                    series[spec.name] = pl.Series(spec.name, [None], dtype=spec.dtype).new_from_index(0, len(column))
                continue
            cells = [column] if part.encode is None else part.encode(column)
            for spec, cell in zip(part.columns, cells, strict=True):
                series[spec.name] = pl.Series(spec.name, cell, dtype=spec.dtype, strict=True)
        if self.adds_currency:
            series["currency"] = pl.Series("currency", self._currencies(values), dtype=pl.String)
        return pl.DataFrame([series[column.name] for column in self.columns])

    def decode(self, frame: pl.DataFrame) -> Iterable[Any]:
        """Records of columns that have this schema."""
        places = {name: index for index, name in enumerate(frame.columns)}
        currency = places.get("currency")
        plans = [
            (part.field, tuple(places[column.name] for column in part.columns), part.decode) for part in self.parts
        ]
        build = self.record
        for row in frame.iter_rows():
            code = None if currency is None else row[currency]
            yield build(**{field: decode([row[at] for at in ats], code) for field, ats, decode in plans})

    def _currencies(self, values: Sequence[Sequence[Any]]) -> list[str | None]:
        """The currency of each record, from its first Money that is there."""
        money = [
            column
            for part, column in zip(self.parts, values, strict=True)
            if part.columns[0].name.endswith("_minor") and len(part.columns) == 1
        ]
        return [
            next((value.currency.code for value in row if value is not None), None) for row in zip(*money, strict=True)
        ]


def record_schema(record: type) -> RecordSchema:
    """The schema of a record class.

    Raises:
        InputError: The class is not a record, or has a field that no column can hold.
    """
    return _record_schema(record)


@cache
def _record_schema(record: type) -> RecordSchema:
    if not attrs.has(record):
        raise InputError(f"{record!r} is not a record class of tieout.model")
    fields = _fields(record)
    parts = tuple(_part(field, record) for field in fields)
    columns = [column for part in parts for column in part.columns]
    own_currency = any(field.name == "currency" for field in fields)
    has_money = any(column.name.endswith("_minor") for column in columns)
    shared = has_money and not own_currency
    if shared:
        last = max(index for index, column in enumerate(columns) if column.name.endswith("_minor"))
        columns.insert(last + 1, Column(name="currency", dtype=pl.String(), required=_money_required(fields)))
    return RecordSchema(record=record, columns=tuple(columns), parts=parts, adds_currency=shared)


def _money_required(fields: Iterable["attrs.Attribute[Any]"]) -> bool:
    return any(field.type is Money for field in fields)


def _part(field: "attrs.Attribute[Any]", record: type) -> _Part:  # noqa: PLR0911 - one return per kind of field
    kind = required_type(field.type)
    required = not is_optional(field.type) and field.default is attrs.NOTHING
    if kind is Money:
        return _money_part(field, required=required)
    if kind is Place:
        return _flat_part(field, Place, f"{field.name}_", _PLACE_PARTS)
    if kind is Provenance:
        return _flat_part(field, Provenance, "source_", _SOURCE_PARTS)
    if get_origin(kind) is tuple:
        return _list_part(field, get_args(kind)[0], record)
    if get_origin(kind) is Mapping:
        return _mapping_part(field)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        members = tuple(member.value for member in kind)
        column = Column(name=field.name, dtype=pl.String(), required=required, members=members)
        return _Part(field=field.name, columns=(column,), encode=None, decode=_or_default(field))
    if kind not in _PLAIN:
        raise InputError(f"field {field.name} of {record.__name__} is of a type no column holds: {kind!r}")
    column = Column(name=field.name, dtype=_PLAIN[kind], required=required)
    return _Part(field=field.name, columns=(column,), encode=None, decode=_or_default(field))


def _or_default(field: "attrs.Attribute[Any]") -> Callable[[Sequence[Any], str | None], Any]:
    """A null cell means the field's default, where it is not None."""
    default = None if field.default is attrs.NOTHING else field.default
    if default is None:
        return lambda cells, _: cells[0]
    return lambda cells, _: default if cells[0] is None else cells[0]


def _money_part(field: "attrs.Attribute[Any]", *, required: bool) -> _Part:
    foreign = bool(field.metadata.get("foreign"))
    minor = Column(name=f"{field.name}_minor", dtype=pl.Int64(), required=required)
    columns = (minor, Column(name=f"{field.name}_currency", dtype=pl.String())) if foreign else (minor,)

    def encode(values: Sequence[Any]) -> list[list[Any]]:
        cells: list[list[Any]] = [
            [None if value is None else to_units(value.amount, value.currency.code) for value in values]
        ]
        if foreign:
            cells.append([None if value is None else value.currency.code for value in values])
        return cells

    def decode(cells: Sequence[Any], code: str | None) -> Money | None:
        if cells[0] is None:
            return None
        currency = str(cells[1] if foreign else code)
        return Money(from_units(cells[0], currency), currency)

    return _Part(field=field.name, columns=columns, encode=encode, decode=decode)


def _flat_part(field: "attrs.Attribute[Any]", record: type, prefix: str, names: tuple[str, ...]) -> _Part:
    dtypes = {item.name: _PLAIN[required_type(item.type)] for item in _fields(record)}
    columns = tuple(Column(name=f"{prefix}{name}", dtype=dtypes[name]) for name in names)
    gather = attrgetter(*names)
    empty = (None,) * len(names)

    def encode(values: Sequence[Any]) -> list[Sequence[Any]]:
        rows = (empty if value is None else gather(value) for value in values)
        return list(zip(*rows, strict=True)) if values else [()] * len(names)

    def decode(cells: Sequence[Any], _: str | None) -> Any:  # noqa: ANN401 - a record of the part's class
        if all(cell is None for cell in cells):
            return None
        return record(**dict(zip(names, cells, strict=True)))

    return _Part(field=field.name, columns=columns, encode=encode, decode=decode)


def _mapping_part(field: "attrs.Attribute[Any]") -> _Part:
    def encode(values: Sequence[Any]) -> list[list[str | None]]:
        return [[json.dumps(value, ensure_ascii=False, sort_keys=True) if value else None for value in values]]

    def decode(cells: Sequence[Any], _: str | None) -> Mapping[str, str]:
        if cells[0] is None:
            return EMPTY
        # Columns are also built by struct.json_encode, which writes absent keys as null.
        return {key: str(value) for key, value in json.loads(cells[0]).items() if value is not None}

    return _Part(field=field.name, columns=(Column(name=field.name, dtype=pl.String()),), encode=encode, decode=decode)


def _list_part(field: "attrs.Attribute[Any]", member: Any, record: type) -> _Part:  # noqa: ANN401
    if member in _PLAIN:
        column = Column(name=field.name, dtype=pl.List(_PLAIN[member]))
        return _Part(
            field=field.name,
            columns=(column,),
            encode=lambda values: [[list(value) for value in values]],
            decode=lambda cells, _: tuple(cells[0] or ()),
        )
    if not (isinstance(member, type) and attrs.has(member)):
        raise InputError(f"field {field.name} of {record.__name__} holds {member!r}, which no column holds")
    inner = record_schema(member)
    column = Column(name=field.name, dtype=pl.List(pl.Struct(inner.dtypes)))

    def encode(values: Sequence[Any]) -> list[list[list[dict[str, Any]]]]:
        flat = [item for value in values for item in value]
        rows = iter(inner.encode(flat).iter_rows(named=True)) if flat else iter(())
        return [[[next(rows) for _ in value] for value in values]]

    def decode(cells: Sequence[Any], _: str | None) -> tuple[Any, ...]:
        if not cells[0]:
            return ()
        return tuple(inner.decode(pl.DataFrame(cells[0], schema=inner.dtypes, orient="row")))

    return _Part(field=field.name, columns=(column,), encode=encode, decode=decode)
