"""Schemas: which columns a record becomes, derived from its fields."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache, cached_property
from itertools import repeat
from operator import attrgetter
from typing import Any, cast, get_args, get_origin

import attrs
import polars as pl
from moneyed import Money

from tieout.errors import InputError
from tieout.model import Place, Provenance
from tieout.model._record import is_optional, required_type
from tieout.tables._parts import PLAIN, Amount, Column, Flat, Many, Part, Plain, Records, Texts

__all__ = ["RecordSchema", "no_rows", "record_schema"]


@attrs.frozen(kw_only=True)
class RecordSchema:
    """The columns of one record class, derived from its fields.

    Attributes:
        record: The record class.
        columns: All columns in order.
        parts: How each field becomes its columns and back.
        optional: Fields that may be left out when a record is built.
        adds_currency: Whether the currency column is made of the Money fields, there being no field of that name.
    """

    record: type
    columns: tuple[Column, ...]
    parts: tuple[Part, ...] = attrs.field(repr=False)
    optional: frozenset[str] = attrs.field(repr=False)
    adds_currency: bool = attrs.field(repr=False)

    @cached_property
    def empty(self) -> pl.DataFrame:
        """The columns without rows."""
        return pl.DataFrame(schema=self.dtypes)

    @property
    def dtypes(self) -> dict[str, pl.DataType]:
        """Polars types by column name."""
        return {column.name: column.dtype for column in self.columns}

    def encode(self, records: Sequence[Any]) -> pl.DataFrame:
        """Columns of records."""
        series: dict[str, pl.Series] = {}
        codes: list[str | None] = [None] * len(records)
        nothing: list[Any] = [None] * len(records)
        for part in self.parts:
            values = list(map(attrgetter(part.field), records))  # in C; half the time of tuples of all fields
            if values == nothing:  # most fields of most sources are empty: a comparison of pointers
                for column in part.columns:
                    series[column.name] = pl.Series([None], dtype=column.dtype).new_from_index(0, len(records))
                continue
            series.update(zip([column.name for column in part.columns], part.encode(values), strict=True))
            if self.adds_currency and isinstance(part, Amount) and not part.is_foreign:
                found = part.codes(values)
                codes = (
                    found if codes == nothing else [first or second for first, second in zip(codes, found, strict=True)]
                )
        if self.adds_currency:
            series["currency"] = pl.Series(codes, dtype=pl.String)
        return pl.DataFrame([series[column.name].alias(column.name) for column in self.columns])

    def decode(self, frame: pl.DataFrame) -> Iterator[Any]:
        """Records of columns that have this schema; fields whose cells are all null are left to their defaults."""
        codes: Sequence[str | None] = (
            frame["currency"].to_list() if "currency" in frame.columns else [None] * len(frame)
        )
        values: dict[str, list[Any]] = {}
        for part in self.parts:
            cells = [frame[column.name] for column in part.columns]
            if part.field not in self.optional or any(cell.null_count() < len(cell) for cell in cells):
                values[part.field] = part.decode(cells, codes)
        fields, build = tuple(values), self.record
        rows = zip(*values.values(), strict=True) if values else repeat((), len(frame))
        for row in rows:
            yield build(**dict(zip(fields, row, strict=True)))


def no_rows(record: type) -> pl.DataFrame:
    """The columns of a record class, without rows."""
    return record_schema(record).empty.clone()


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
    shared = [part.columns[0] for part in parts if isinstance(part, Amount) and not part.is_foreign]
    adds_currency = bool(shared) and not any(field.name == "currency" for field in fields)
    if adds_currency:
        required = any(column.required for column in shared)
        currency = Column(name="currency", dtype=pl.String(), required=required)
        columns.insert(columns.index(shared[-1]) + 1, currency)
    optional = frozenset(field.name for field in fields if field.default is not attrs.NOTHING)
    return RecordSchema(
        record=record, columns=tuple(columns), parts=parts, optional=optional, adds_currency=adds_currency
    )


def _fields(record: type) -> "tuple[attrs.Attribute[Any], ...]":
    """The fields of a class made by `record`, which type checkers see as a dataclass."""
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(cast("type[attrs.AttrsInstance]", record))
    return fields


def _part(field: "attrs.Attribute[Any]", record: type) -> Part:
    kind = required_type(field.type)
    if get_origin(kind) is tuple:
        return _list_part(field, get_args(kind)[0], record)
    if get_origin(kind) is Mapping:
        column = Column(name=field.name, dtype=pl.String())
        return Texts(record=record.__name__, field=field.name, columns=(column,))
    builders: dict[Any, Callable[[attrs.Attribute[Any], type], Part]] = {
        Money: _money_part,
        Place: _place_part,
        Provenance: _provenance_part,
    }
    return builders[kind](field, record) if kind in builders else _plain_part(field, kind, record)


def _is_required(field: "attrs.Attribute[Any]") -> bool:
    return not is_optional(field.type) and field.default is attrs.NOTHING


def _plain_part(field: "attrs.Attribute[Any]", kind: Any, record: type) -> Plain:  # noqa: ANN401
    default = None if field.default is attrs.NOTHING else field.default
    members = None
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        kind, members, default = str, tuple(member.value for member in kind), default and default.value
    if kind not in PLAIN:
        raise InputError(f"field {field.name} of {record.__name__} is of a type no column holds: {kind!r}")
    column = Column(name=field.name, dtype=PLAIN[kind], required=_is_required(field), default=default, members=members)
    return Plain(record=record.__name__, field=field.name, columns=(column,))


def _money_part(field: "attrs.Attribute[Any]", record: type) -> Amount:
    minor = Column(name=f"{field.name}_minor", dtype=pl.Int64(), required=_is_required(field))
    own = (Column(name=f"{field.name}_currency", dtype=pl.String()),) if field.metadata.get("foreign") else ()
    return Amount(record=record.__name__, field=field.name, columns=(minor, *own))


def _place_part(field: "attrs.Attribute[Any]", record: type) -> Flat:
    return _flat_part(field, record, Place, f"{field.name}_")


def _provenance_part(field: "attrs.Attribute[Any]", record: type) -> Flat:
    return _flat_part(field, record, Provenance, "source_")


def _flat_part(field: "attrs.Attribute[Any]", record: type, kind: type, prefix: str) -> Flat:
    inner = _fields(kind)
    columns = tuple(Column(name=f"{prefix}{item.name}", dtype=PLAIN[required_type(item.type)]) for item in inner)
    names = tuple(item.name for item in inner)
    return Flat(record=record.__name__, field=field.name, columns=columns, build=kind, names=names)


def _list_part(field: "attrs.Attribute[Any]", member: Any, record: type) -> Many | Records:  # noqa: ANN401
    if member in PLAIN:
        item = Column(name=field.name, dtype=PLAIN[member])
        column = Column(name=field.name, dtype=pl.List(item.dtype))
        return Many(record=record.__name__, field=field.name, columns=(column,), item=item)
    if not (isinstance(member, type) and attrs.has(member)):
        raise InputError(f"field {field.name} of {record.__name__} holds {member!r}, which no column holds")
    inner = record_schema(member)
    column = Column(name=field.name, dtype=pl.List(pl.Struct(inner.dtypes)))
    return Records(record=record.__name__, field=field.name, columns=(column,), inner=inner)
