"""Currencies of columns of money: in which one the amounts of a column are, and what becomes of amounts without one.

Most columns share the currency of their record. A field that has its own, such as `Payout.bank_amount`, says it in the column
`<field>_currency` of the record's table; lines of a record may say theirs in `lines.currency`. An amount in a currency that its
line does not say is a fault: without it nobody knows how much it is.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.model.currency import is_currency
from tieout.sources._amounts import Amount
from tieout.sources._columns import EMPTY_WORDS, Column
from tieout.sources._faults import CellFault, Conventions, Parsed
from tieout.sources._order_rows import LINE_PREFIX
from tieout.sources._words import Choice
from tieout.tables._schema import record_schema

__all__ = ["SHARED", "Currencies", "check_currencies", "check_said", "is_currency_name"]

SHARED: Final = "currency"
"""Column of the currency that the amounts of a record share."""
_OWN: Final = "_currency"
_OF_LINES: Final = f"{LINE_PREFIX}{SHARED}"
_NOTHING: Final = r"^[^0-9]*0*(?:[.,]0*)?[^0-9]*$"


def is_currency_name(name: str, names: AbstractSet[str]) -> bool:
    """Whether a column of a record's table says a currency: the shared one, or that of an amount that has its own.

    Args:
        name: The column.
        names: All columns of the table.
    """
    return name in {SHARED, _OF_LINES} or (name.endswith(_OWN) and f"{name.removesuffix(_OWN)}_minor" in names)


def check_currencies(record: type, columns: Sequence[Column], said: Mapping[str, Any]) -> None:
    """Refuse currencies that are none, and a column whose amounts are in another currency than the record can say.

    Args:
        record: Class of the records.
        columns: Columns of the format.
        said: Constants by field, the currency of the file among them.

    Raises:
        InputError: There is one.
    """
    homes = Currencies.of(record, columns, said)
    for field, value in said.items():
        if is_currency_name(field.replace(".", "_"), homes.schema):
            _require_code(value, where=field)
    for column in columns:
        if isinstance(column, Choice) and is_currency_name(column.name, homes.schema):
            for word, code in column.values.items():
                _require_code(code, where=f"values.{column.to}.{word}")
        if not isinstance(column, Amount) or column.currency is None:
            continue
        _require_code(column.currency, where=_where(column))
        is_field = column.name.startswith(LINE_PREFIX) or not column.name.startswith("_")
        if is_field and not homes.may_be_in(column, column.currency):
            home = homes.home_of(column).replace(LINE_PREFIX, "lines.")
            raise InputError(
                f"column {column.caption!r} is said to be in {column.currency}, which the records do not say",
                where=_where(column),
                hint=f"leave it out; {home} of {record.__name__} says in which currency the amounts are",
            )


def _where(column: Column) -> str:
    """The column as a mapping names it."""
    return f"columns.{column.to.replace(LINE_PREFIX, 'lines.')}"


def _require_code(value: object, *, where: str) -> None:
    if isinstance(value, str) and is_currency(value):
        return
    hint = "the code of the renminbi is CNY" if value == "RMB" else "an ISO 4217 code in capitals, such as CNY"
    raise InputError(f"{value!r} is no currency", where=where, hint=hint)


def check_said(record: type, columns: Sequence[Column], said: Mapping[str, Any]) -> None:
    """Refuse a mapping that has a column of money and does not say its currency.

    Raises:
        InputError: It does.
    """
    homes = Currencies.of(record, columns, said)
    for column in columns:
        if isinstance(column, Amount) and column.currency is None and not homes.is_said(column):
            raise homes.unknown(column, where=_where(column))


@attrs.frozen(kw_only=True)
class Currencies:
    """Where a format says the currencies of its columns of money.

    Attributes:
        by_column: Columns that say a currency, by their name in the record's table.
        constants: Currencies that all lines share, by that name.
        schema: Columns of the record's table, and of that of its lines.
        needed: Those of them without which there is no record.
    """

    by_column: Mapping[str, Column]
    constants: Mapping[str, str]
    schema: AbstractSet[str]
    needed: AbstractSet[str]

    @classmethod
    def of(cls, record: type, columns: Sequence[Column], said: Mapping[str, Any]) -> "Currencies":
        """The currencies of a format.

        Args:
            record: Class of its records.
            columns: Its columns.
            said: Constants by field.
        """
        table = record_schema(record)
        schema = table.dtypes
        inner = schema.get("lines", pl.Null())
        lines = inner.inner.fields if isinstance(inner, pl.List) and isinstance(inner.inner, pl.Struct) else []
        constants = {field.replace(".", "_"): value for field, value in said.items()}
        homes = {_own(column) for column in columns if isinstance(column, Amount)} | {SHARED, _OF_LINES}
        return cls(
            by_column={column.name: column for column in columns if column.name in homes},
            constants={name: constants[name] for name in homes if constants.get(name) is not None},
            schema={*schema, *(f"{LINE_PREFIX}{field.name}" for field in lines)},
            needed={spec.name for spec in table.columns if spec.required},
        )

    def home_of(self, column: Amount) -> str:
        """The column that says the currency of a column's amounts."""
        own = _own(column)
        if own in self.schema or own in self.by_column:
            return own
        return _OF_LINES if column.name.startswith(LINE_PREFIX) and _OF_LINES in self.by_column else SHARED

    def may_be_in(self, column: Amount, code: str) -> bool:
        """Whether the records can say that the amounts of a column are in a currency of the column's own."""
        home = self.home_of(column)
        if home in self.by_column:
            return False
        stated = self.constants.get(home)
        return stated == code or (stated is None and home not in {SHARED, _OF_LINES})

    def is_said(self, column: Amount) -> bool:
        """Whether the format says the currency of a column's amounts."""
        home = self.home_of(column)
        return home in self.by_column or home in self.constants

    def unknown(self, column: Amount, *, where: str) -> InputError:
        """The error that says what is lacking."""
        home = self.home_of(column).replace(LINE_PREFIX, "lines.")
        way = "say currency=..." if home == SHARED else f"give it in constants={{{home!r}: ...}}"
        return InputError(
            f"the currency of column {column.caption!r} is not known",
            where=where,
            hint=f"map {home} to a column, or {way}, an ISO 4217 code",
        )

    def conventions_for(self, column: Column, file: Conventions, parsed: Mapping[str, pl.Series]) -> Conventions:
        """How a column is written, its currency included.

        Args:
            column: The column.
            file: How the file writes numbers and dates, with the currency of its records.
            parsed: The columns that are parsed already, those of currencies among them.

        Raises:
            InputError: The amounts have a currency of their own, and nobody says it.
        """
        if not isinstance(column, Amount) or column.currency is not None:
            return file
        home = self.home_of(column)
        if home == SHARED:
            return file
        other = file.currency if home == _OF_LINES else self.constants.get(home)
        said = parsed.get(home)
        if said is None and other is None:
            raise self.unknown(column, where=file.where)
        codes = other if said is None else said if other is None else said.fill_null(other)
        return attrs.evolve(file, currency=codes)

    def known(self, column: Column, cells: pl.Series, found: Parsed) -> Parsed:
        """What was found in a column; where it says currencies, with a fault for each word that is none."""
        if column.name not in self.by_column:
            return found
        words = found.values.drop_nulls().unique()
        unknown = [word for word in words if not is_currency(word)]
        if not unknown:
            return found
        rows = found.values.is_in(unknown).fill_null(value=False).arg_true()
        faults = [
            CellFault(
                row=row,
                column=column.caption,
                reason="value.unknown",
                found=cells[row],
                problem="is not a currency",
                expected="an ISO 4217 code, such as USD",
            )
            for row in rows
        ]
        return attrs.evolve(found, values=found.values.scatter(rows, None), faults=[*found.faults, *faults])

    def of_column(self, column: Column, values: pl.Series) -> dict[str, pl.Series]:
        """The currency that a column of money says of itself, beside each of its amounts."""
        if not isinstance(column, Amount) or column.currency is None or not self.may_be_in(column, column.currency):
            return {}
        home = self.home_of(column)
        if home not in self.schema or home == SHARED:
            return {}
        codes = values.to_frame().select(pl.when(values.is_not_null()).then(pl.lit(column.currency)).alias(home))
        return {home: codes[home]}

    def homeless(
        self, column: Column, cells: pl.Series, conventions: Conventions, faults: Sequence[CellFault]
    ) -> list[CellFault]:
        """A fault for each amount whose currency its line does not say; none for zero, or where the currency is the fault.

        Args:
            column: The column.
            cells: Its cells.
            conventions: How it is written, its currency included.
            faults: What is wrong with the columns before it.
        """
        codes = conventions.currency
        if not isinstance(column, Amount) or column.currency is not None or not isinstance(codes, pl.Series):
            return []
        home = self.by_column.get(self.home_of(column))
        if not codes.null_count() or home is None or home.name in self.needed:
            return []
        is_said = cells.is_not_null() & ~cells.is_in(EMPTY_WORDS) & ~cells.str.contains(_NOTHING)
        is_open = (codes.is_null() & is_said).fill_null(value=False)
        is_known = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(cells))
        told = [fault.row for fault in faults if fault.column == home.caption]
        rows = (is_open & ~is_known.scatter(told, values=True)).arg_true()
        return [
            CellFault(
                row=row,
                column=column.caption,
                reason="value.missing",
                found=cells[row],
                problem=f"is an amount whose currency column {home.caption!r} does not say",
                expected="an ISO 4217 code beside it, or the currency of all in constants={...}",
            )
            for row in rows
        ]


def _own(column: Column) -> str:
    return f"{column.name.removesuffix('_minor')}{_OWN}"
