"""Parts: how the fields of one kind become columns, and how columns become fields again.

A part works on whole columns: the values of its field in, one series per column out, and back. That keeps Python out of
the inner loops wherever a type allows it.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timezone, tzinfo
from decimal import Decimal
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol

import attrs
import polars as pl
from moneyed import Money, get_currency

from tieout.errors import InvalidField, TooManyDecimals
from tieout.model._record import EMPTY
from tieout.model.currency import exponent, from_units

if TYPE_CHECKING:
    from tieout.tables._schema import RecordSchema

__all__ = [
    "DECIMAL",
    "EXACT",
    "INSTANT",
    "PLAIN",
    "Amount",
    "Column",
    "Flat",
    "Many",
    "Part",
    "Plain",
    "Records",
    "Texts",
    "minor_units",
]

DECIMAL = pl.Decimal(28, 8)
INSTANT = pl.Datetime("us", "UTC")
PLAIN: dict[Any, pl.DataType] = {
    str: pl.String(),
    int: pl.Int64(),
    bool: pl.Boolean(),
    date: pl.Date(),
    datetime: INSTANT,
    Decimal: DECIMAL,
}
_FINEST = 4  # no currency of ISO 4217 has more decimals
EXACT = pl.Decimal(38, _FINEST)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True)  # made once: making it costs half of what using it does


@attrs.frozen(kw_only=True)
class Column:
    """One column of a record's table.

    Attributes:
        name: Column name.
        dtype: Polars type.
        required: Whether a null is refused.
        default: What stands for an absent or null cell; None when a null stays one.
        members: Texts an enum admits; None for any.
    """

    name: str
    dtype: pl.DataType
    required: bool = False
    default: str | bool | int | None = None
    members: tuple[str, ...] | None = None


def minor_units(exact: pl.Series, codes: pl.Series) -> pl.Series:
    """Whole minor units of amounts that have no more decimals than their currency.

    Args:
        exact: Amounts of type `EXACT`.
        codes: The currency of each.

    Raises:
        PolarsError: An amount does not fit 64 bits.
        TooManyDecimals: An amount is finer than its currency.
    """
    scales = {code: 10 ** (_FINEST - exponent(code)) for code in codes.unique().drop_nulls()}
    scale: pl.Series | int
    if len(scales) == 1:
        (scale,) = scales.values()
    else:
        scale = codes.replace_strict(scales, default=None, return_dtype=pl.Int128)
    whole = exact.to_physical()
    minor: pl.Series = whole // scale
    rest = pl.col("whole") % (pl.lit(scale, dtype=pl.Int128) if isinstance(scale, int) else pl.lit(scale))
    finer = whole.alias("whole").to_frame().select(rest != 0).to_series().fill_null(value=False).arg_true()
    if len(finer):
        at = finer[0]
        raise TooManyDecimals(
            f"{exact[at].normalize():f} has more decimals than {codes[at]}", hint="round it as the contract says first"
        )
    return minor.cast(pl.Int64)


class Part(Protocol):
    """How one field becomes columns and back."""

    @property
    def field(self) -> str:
        """Field name."""
        ...  # pyright takes a bare docstring for a body that returns None

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns, without a currency column that it shares."""
        ...

    def encode(self, values: list[Any]) -> list[pl.Series]:
        """One series per column, of the field's values."""
        ...

    def decode(self, cells: list[pl.Series], codes: Sequence[str | None]) -> list[Any]:
        """The field's values, of its columns and of each row's currency."""
        ...


@attrs.frozen(kw_only=True)
class _Part:
    """What all parts hold.

    Attributes:
        record: Name of the record class, for messages.
        field: Field name.
        columns: Its columns, without a currency column that it shares.
    """

    record: str
    field: str
    columns: tuple[Column, ...]

    def _series(self, column: Column, values: Sequence[Any]) -> pl.Series:
        try:
            return pl.Series(column.name, values, dtype=column.dtype, strict=True)
        except (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError) as cause:
            raise self._does_not_fit(f"a value does not fit a column of type {column.dtype}") from cause

    def _decimals(self, values: Sequence[Decimal | None], dtype: pl.Decimal) -> pl.Series:
        """Exact decimals by way of their text, which is ten times as fast as handing over the objects."""
        texts = pl.Series([None if value is None else str(value) for value in values], dtype=pl.String)
        if texts.str.contains("E", literal=True).any():
            texts = pl.Series([None if value is None else f"{value:f}" for value in values], dtype=pl.String)
        finer = texts.str.contains(rf"\.[0-9]{{{dtype.scale}}}[0-9]*[1-9]").arg_true()
        if len(finer):
            problem = f"{values[finer[0]]} has more than the {dtype.scale} decimals that a column holds"
            raise self._does_not_fit(problem, hint="round it as the contract says first")
        try:
            return texts.cast(dtype)
        except pl.exceptions.PolarsError as cause:
            raise self._does_not_fit(f"a value has more digits than {dtype} holds") from cause

    def _does_not_fit(self, problem: str, *, hint: str = "") -> InvalidField:
        return InvalidField(problem, record=self.record, field=self.field, hint=hint)


@attrs.frozen(kw_only=True)
class Plain(_Part):
    """A field that one column holds as it is."""

    def encode(self, values: list[Any]) -> list[pl.Series]:
        """The values, as they are."""
        (column,) = self.columns
        if column.dtype == DECIMAL:
            return [self._decimals(values, DECIMAL).alias(column.name)]
        if column.dtype == INSTANT and _have_fixed_zones(values):
            return [_instants(values).alias(column.name)]
        return [self._series(column, values)]

    def decode(self, cells: list[pl.Series], codes: Sequence[str | None]) -> list[Any]:  # noqa: ARG002
        """The cells, where null means the default."""
        default = self.columns[0].default
        values = cells[0].to_list()
        return values if default is None else [default if value is None else value for value in values]


def _have_fixed_zones(values: Sequence[Any]) -> bool:
    """Whether all are datetimes whose offsets never change, so that every time of day there is an instant."""
    if not set(map(type, values)) <= {datetime, type(None)}:
        return False
    return all(map(_is_fixed, set(map(attrgetter("tzinfo"), filter(None, values)))))


def _is_fixed(zone: tzinfo | None) -> bool:
    return isinstance(zone, timezone) or getattr(zone, "key", None) == "UTC"


def _instants(values: Sequence[datetime | None]) -> pl.Series:
    """Instants by way of the time since 1970, which is five times as fast as handing over the objects."""
    since = [None if value is None else value - _EPOCH for value in values]
    return pl.Series(since, dtype=pl.Duration("us")).to_physical().cast(INSTANT)


@attrs.frozen(kw_only=True)
class Amount(_Part):
    """A Money field: whole minor units, and a currency column of its own where it does not share the record's."""

    @property
    def is_foreign(self) -> bool:
        """Whether it has a currency column of its own."""
        return len(self.columns) > 1

    def codes(self, values: list[Any]) -> list[str | None]:
        """The currency of each amount."""
        return [None if value is None else value.currency.code for value in values]

    def encode(self, values: list[Any]) -> list[pl.Series]:
        """Minor units, exactly; and the codes of a foreign amount."""
        codes = self.codes(values)
        exact = self._decimals([None if value is None else value.amount for value in values], EXACT)
        try:
            minor = minor_units(exact, pl.Series(codes, dtype=pl.String))
        except pl.exceptions.PolarsError as cause:
            raise self._does_not_fit("an amount does not fit 64 bits of minor units") from cause
        except TooManyDecimals as cause:
            raise self._does_not_fit(cause.problem, hint=cause.hint) from None
        series = [minor.alias(self.columns[0].name)]
        return [*series, self._series(self.columns[1], codes)] if self.is_foreign else series

    def decode(self, cells: list[pl.Series], codes: Sequence[str | None]) -> list[Any]:
        """Money of minor units; equal amounts share one object, which nobody can change."""
        known: dict[tuple[int, str | None], Money] = {}
        units = cells[0].to_list()
        own = cells[1].to_list() if self.is_foreign else codes
        return [
            None if minor is None else known.get((minor, code)) or self._money(minor, code, known)
            for minor, code in zip(units, own, strict=True)
        ]

    def _money(self, minor: int, code: str | None, known: dict[tuple[int, str | None], Money]) -> Money:
        if code is None:
            raise self._does_not_fit(f"{minor} minor units have no currency")
        money = Money(from_units(minor, code), get_currency(code))
        known[minor, code] = money
        return money


@attrs.frozen(kw_only=True)
class Flat(_Part):
    """A small record whose fields become columns beside the others', such as a Place or a Provenance.

    Attributes:
        build: Its class.
        names: Its fields, in the order of the columns.
    """

    build: Callable[..., Any]
    names: tuple[str, ...]

    def encode(self, values: list[Any]) -> list[pl.Series]:
        """One column per field of the small record."""
        empty = self.build()
        items = [empty if value is None else value for value in values]
        return [
            self._series(column, list(map(attrgetter(name), items)))
            for column, name in zip(self.columns, self.names, strict=True)
        ]

    def decode(self, cells: list[pl.Series], codes: Sequence[str | None]) -> list[Any]:  # noqa: ARG002
        """The small records; None where all its cells are null. Equal ones share one object."""
        known: dict[tuple[Any, ...], Any] = {(None,) * len(self.names): None}
        values = []
        for row in zip(*(column.to_list() for column in cells), strict=True):
            if row not in known:
                known[row] = self.build(**dict(zip(self.names, row, strict=True)))
            values.append(known[row])
        return values


@attrs.frozen(kw_only=True)
class Texts(_Part):
    """A mapping of text to text, as JSON; null when it is empty."""

    def encode(self, values: list[Any]) -> list[pl.Series]:
        """JSON text, keys sorted."""
        texts = [_JSON.encode(value) if value else None for value in values]
        return [self._series(self.columns[0], texts)]

    def decode(self, cells: list[pl.Series], codes: Sequence[str | None]) -> list[Any]:  # noqa: ARG002
        """The mappings."""
        # Columns are also built by struct.json_encode, which writes absent keys as null.
        return [
            {key: str(value) for key, value in json.loads(text).items() if value is not None} if text else EMPTY
            for text in cells[0].to_list()
        ]


@attrs.frozen(kw_only=True)
class Many(_Part):
    """A tuple of plain values, as a list.

    Attributes:
        item: Column that its values would be without the list.
    """

    item: Column

    def encode(self, values: list[Any]) -> list[pl.Series]:
        """Lists; empty where the tuple is."""
        inner = Plain(record=self.record, field=self.field, columns=(self.item,))
        (items,) = inner.encode([item for value in values for item in value])
        return [_lists(items, [len(value) for value in values], self.columns[0])]

    def decode(self, cells: list[pl.Series], codes: Sequence[str | None]) -> list[Any]:  # noqa: ARG002
        """Tuples; empty for null."""
        return [tuple(value or ()) for value in cells[0].to_list()]


@attrs.frozen(kw_only=True)
class Records(_Part):
    """A tuple of records, as a list of structs.

    Attributes:
        inner: Schema of the records in it.
    """

    inner: "RecordSchema"

    def encode(self, values: list[Any]) -> list[pl.Series]:
        """Lists of structs; empty where the tuple is."""
        flat = [item for value in values for item in value]
        items = self.inner.encode(flat).to_struct()
        return [_lists(items, [len(value) for value in values], self.columns[0])]

    def decode(self, cells: list[pl.Series], codes: Sequence[str | None]) -> list[Any]:  # noqa: ARG002
        """Tuples of records; empty for null."""
        lengths = cells[0].list.len().fill_null(0)
        flat = cells[0].filter(lengths > 0).explode()
        items = iter(self.inner.decode(flat.struct.unnest()))
        return [tuple(islice(items, length)) for length in lengths.to_list()]


def _lists(items: pl.Series, lengths: list[int], column: Column) -> pl.Series:
    """A series of lists from all their items in a row; Polars has no such door, but it groups fast."""
    if not len(items):
        return pl.Series(column.name, [[]], dtype=column.dtype).new_from_index(0, len(lengths))
    rows = pl.DataFrame({"row": pl.int_range(len(lengths), eager=True), "length": lengths})
    owners = rows.filter(pl.col("length") > 0).select(pl.col("row").repeat_by("length").explode())
    grouped = owners.with_columns(items.alias("item")).group_by("row").agg("item")  # in the order of the items
    joined = rows.join(grouped, on="row", how="left", maintain_order="left")
    return joined["item"].fill_null([]).cast(column.dtype).alias(column.name)
