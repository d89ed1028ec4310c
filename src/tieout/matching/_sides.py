"""Sides: what a caller gave as left or right, and how a rule's column name is found in it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from itertools import chain
from operator import itemgetter
from typing import Any

import attrs
import polars as pl

from tieout.errors import InputError, MatcherError, MissingColumn
from tieout.matching._facts import ColumnFacts, KnownFacts
from tieout.tables import Table, frame_of, schema_of

__all__ = ["Found", "Side", "schema_side", "sides_of"]

_AMOUNTS = ("_amount", "_minor")  # how names of amounts end
_AT_ONCE = 512  # records that the processor's cache still holds when their groups take them


@attrs.frozen(kw_only=True)
class Found:
    """A rule's column name, found on one side.

    Attributes:
        asked: Name as the rule says it.
        column: Column that holds the values.
        dtype: Its type; Null when the side is empty and knows no columns.
        currency: Column of its currency; None when it is not known to be money.
        is_minor: Whether the values are whole minor units of money.
        is_amount: Whether its name says that it is money of that currency: `amount`, `..._amount`, `..._minor`, or a currency
            column of its own. Weights and counts stand beside a `currency` too.
        times: What the values are multiplied by before they are compared: 1,000 for kilograms that meet grams.
        values: Facts of the column that holds the values; None when there is no such column.
        codes: Facts of the column of its currency.
    """

    asked: str
    column: str
    dtype: pl.DataType
    currency: str | None = None
    is_minor: bool = False
    is_amount: bool = False
    times: Decimal = Decimal(1)
    values: ColumnFacts | KnownFacts | None = attrs.field(default=None, eq=False, repr=False)
    codes: ColumnFacts | KnownFacts | None = attrs.field(default=None, eq=False, repr=False)


@attrs.frozen(kw_only=True, eq=False)
class Side:
    """One input of a match.

    Attributes:
        name: `left` or `right`.
        frame: Its rows as columns.
        source: What the caller gave.
        known: Facts of the whole side by column, where the frame is a part of it.
    """

    name: str
    frame: pl.DataFrame = attrs.field(repr=False)
    source: Any = attrs.field(repr=False)
    known: Mapping[str, KnownFacts] = attrs.field(factory=dict, repr=False)
    _facts: dict[str, ColumnFacts] = attrs.field(factory=dict, init=False, repr=False)
    _told: set[str] = attrs.field(factory=set, init=False, repr=False)

    @property
    def knows_columns(self) -> bool:
        """Whether it has columns at all: an empty list of records has none."""
        return self.frame.width > 0 or self.frame.height > 0

    @property
    def looked_up(self) -> tuple[str, ...]:
        """Columns that rules were bound to so far, sorted."""
        return tuple(sorted({*self._facts, *self._told}))

    def find(self, asked: str, *, wanted_by: str) -> Found:
        """The column that a rule's name means here.

        A column of that name is taken as it is. Without one, `amount` means the money in `amount_minor` with its currency, as
        Tables and records have it.

        Args:
            asked: Name as the rule says it.
            wanted_by: What asks, for the error.

        Raises:
            MissingColumn: There is neither.
        """
        schema = self.frame.schema
        minor, currency = f"{asked}_minor", self._currency_of(asked)
        if asked in schema:
            return self._found(asked, column=asked, currency=currency)
        if minor in schema and currency is not None:
            return self._found(asked, column=minor, currency=currency, is_minor=True)
        if not self.knows_columns:
            return Found(asked=asked, column=asked, dtype=pl.Null())
        raise MissingColumn(
            [asked], found=list(schema), where=f"{self.name} side, {wanted_by}", hint=self._near_names(asked)
        )

    def for_keeping(self) -> "Side":
        """The same without what it has found out, and without a frame of another library: its rows are in `frame`."""
        is_kept = isinstance(self.source, (Sequence, Table)) and not isinstance(self.source, pl.Series)
        return Side(name=self.name, frame=self.frame, source=self.source if is_kept else None, known=self.known)

    def objects(self, positions: Sequence[int]) -> Iterable[Any]:
        """The caller's own records or mappings at these positions; the rows of a frame as dicts."""
        if isinstance(self.source, Sequence) and not isinstance(self.source, (str, bytes, pl.Series)):
            starts = range(0, len(positions), _AT_ONCE)
            return chain.from_iterable(_items(self.source, positions[at : at + _AT_ONCE]) for at in starts)
        rows = self.frame[list(positions)]
        if isinstance(self.source, Table):
            return list(Table(rows, self.source.record))
        return rows.to_dicts()

    def _found(self, asked: str, *, column: str, currency: str | None, is_minor: bool = False) -> Found:
        return Found(
            asked=asked,
            column=column,
            dtype=self.frame.schema[column],
            currency=currency,
            is_minor=is_minor,
            is_amount=currency is not None
            and (currency != "currency" or asked == "amount" or asked.endswith(_AMOUNTS)),
            values=self._facts_of(column),
            codes=None if currency is None else self._facts_of(currency),
        )

    def _facts_of(self, column: str) -> ColumnFacts | KnownFacts:
        if column in self.known:
            self._told.add(column)
            return self.known[column]
        return self._facts.setdefault(column, ColumnFacts(self.frame[column].alias("values")))

    def _currency_of(self, asked: str) -> str | None:
        names = (f"{asked}_currency", f"{asked.removesuffix('_minor')}_currency", "currency")
        return next((name for name in names if name in self.frame.columns and name != asked), None)

    def _near_names(self, asked: str) -> str:
        near = get_close_matches(asked, self.frame.columns, n=1)
        if near:
            return f"did you mean {near[0]!r}?"
        return "where the sides name it differently: (left=..., right=...)"


def _items(source: Sequence[Any], positions: Sequence[int]) -> tuple[Any, ...]:
    """The items at one or more positions; many in one call wait for memory together, not one after the other."""
    if len(positions) == 1:
        return (source[positions[0]],)
    items: tuple[Any, ...] = itemgetter(*positions)(source)
    return items


def schema_side(name: str, like: Any) -> Side:  # noqa: ANN401 - the door takes whatever people have
    """A side of which only the columns are known, or one with rows.

    Args:
        name: `left` or `right`.
        like: A record class, a schema (column names with their Polars types), or an input; None when nothing is known.

    Raises:
        InputError: It is none of these.
    """
    if like is None:
        return Side(name=name, frame=pl.DataFrame(), source=None)
    if isinstance(like, type):
        return Side(name=name, frame=pl.DataFrame(schema=schema_of(like)), source=None)
    if isinstance(like, pl.LazyFrame):
        return Side(name=name, frame=pl.DataFrame(schema=_schema_of_lazy(like, name)), source=None)
    if isinstance(like, Mapping):
        return Side(name=name, frame=_empty(like, name), source=None)
    return Side(name=name, frame=frame_of(like), source=like)


def _schema_of_lazy(frame: pl.LazyFrame, name: str) -> pl.Schema:
    try:
        return frame.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as cause:
        raise InputError(f"the lazy frame has no schema: {cause}", where=f"{name} side") from cause


def _empty(schema: Mapping[Any, Any], name: str) -> pl.DataFrame:
    for column, dtype in schema.items():
        if not isinstance(column, str) or not (isinstance(dtype, pl.DataType) or _is_type(dtype)):
            raise InputError(
                f"a schema holds column names with Polars types, got {column!r}: {dtype!r}",
                where=f"{name} side",
                hint='{"tracking_no": pl.String, "ship_date": pl.Date}',
            )
    return pl.DataFrame(schema=dict(schema))


def _is_type(dtype: object) -> bool:
    return isinstance(dtype, type) and issubclass(dtype, pl.DataType)


def sides_of(left: Any, right: Any) -> tuple[Side, Side]:  # noqa: ANN401 - the door takes whatever people have
    """Both inputs as sides; nothing of the caller's is changed.

    Raises:
        MatcherError: Both are one and the same object.
        InputError: One of them is neither a frame nor a sequence of records or mappings.
    """
    if left is right and not (isinstance(left, tuple) and not left):  # the empty tuple is one object everywhere
        raise MatcherError(
            f"both sides are the same {type(left).__name__}",
            hint="matching a set with itself pairs each record with itself; give two sides, or a copy on purpose",
        )
    return (
        Side(name="left", frame=frame_of(left), source=left),
        Side(name="right", frame=frame_of(right), source=right),
    )
