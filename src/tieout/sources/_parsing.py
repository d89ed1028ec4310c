"""Parsing: the cells of a table to values, column by column, those first that others need."""

from collections.abc import Mapping, Sequence

import attrs
import polars as pl
from moneyed import CURRENCIES

from tieout.errors import InputError
from tieout.privacy import PiiClass
from tieout.sources._amounts import Amount
from tieout.sources._columns import Column
from tieout.sources._currencies import Currencies
from tieout.sources._faults import CellFault, Conventions, Parsed
from tieout.sources._grid import LINE, LINE_END, cell_name
from tieout.sources._known import Known
from tieout.sources._options import Options
from tieout.sources._reading import Reading
from tieout.sources._repeats import Repeats
from tieout.sources._sections import Section
from tieout.sources._shaping import RAW, raw_cells
from tieout.sources._times import Moment

__all__ = ["Parsing", "has_token", "homeless", "known_currency", "of_each"]


@attrs.frozen(kw_only=True)
class Parsing:
    """The way from the cells of a reading to its values.

    Attributes:
        columns: The columns of the format, those included that the file lacks.
        grouped_by: Those of which equal values make several lines one record, as they are named in the record's table.
        carried: Those of which a blank cell means what the first line of the same record says.
        heads: The cells of those that stand on the first line of each record alone, for all its lines.
        schema: The columns of the record's table.
        currencies: Where it says the currencies of its amounts.
    """

    columns: Sequence[Column]
    grouped_by: Sequence[str]
    carried: Sequence[str]
    heads: Mapping[str, pl.Series]
    schema: Mapping[str, pl.DataType]
    currencies: Currencies

    def parse(self, reading: Reading, conventions: Conventions, known: Mapping[str, pl.Series]) -> None:
        """Parse all columns of a reading: its values, faults and notes, and its conventions as the columns complete them.

        Args:
            reading: The reading, its data told apart.
            conventions: How the file writes numbers and dates.
            known: Columns of values that stand already.
        """
        parsed = dict(known)
        for position, column in sorted(reading.bound, key=lambda pair: self._order(pair[1])):
            result = self._column(reading, position, column, conventions, parsed)
            parsed[column.name] = _as_token(result.values, reading.pii_classes, position, reading.options)
            parsed |= self.currencies.of_column(column, result.values)
            reading.faults += result.faults
            reading.notes += result.notes
            if column.to == "currency":
                codes = result.values if conventions.currency is None else result.values.fill_null(conventions.currency)
                conventions = attrs.evolve(conventions, currency=codes)
        if reading.options.keep_raw and RAW in self.schema:
            parsed[RAW] = raw_cells(reading)
        reading.conventions = conventions
        reading.values = reading.data.select(LINE, LINE_END).with_columns(
            series.alias(name) for name, series in parsed.items()
        )
        if "currency" in self.schema and isinstance(conventions.currency, str) and "currency" not in parsed:
            reading.values = reading.values.with_columns(currency=pl.lit(conventions.currency))
        absent = [column for column in self.columns if column.name not in reading.values.columns]
        reading.values = reading.values.with_columns(
            pl.lit(None, dtype=_dtype(column, conventions)).alias(column.name) for column in absent
        )

    def _order(self, column: Column) -> int:
        """What puts lines together comes first, then the currency, which amounts need."""
        return 0 if column.name in self.grouped_by else 1 if column.name in self.currencies.by_column else 2

    def _column(
        self, reading: Reading, position: int, column: Column, conventions: Conventions, parsed: Mapping[str, pl.Series]
    ) -> Parsed:
        """One column, with what its record's first line and the file's currency say where its cells are blank."""
        is_token = column.masks and reading.options.pseudonyms is not None and reading.pii_classes[position] is not None
        conventions = self.currencies.conventions_for(column, conventions, parsed)
        plain = attrs.evolve(conventions, keep_pii=True) if is_token else conventions
        if column.name in self.heads:
            result = column.parse(self.heads[column.name], plain)
        elif isinstance(column, Moment) and column.also:
            result = column.parse(_joined(reading, position, column), plain)
        else:
            result = _parsed(column, reading.data[cell_name(position)], reading.known, position, plain)
        if column.name in self.carried:
            keys = [parsed[by] for by in self.grouped_by if by in parsed]
            result = attrs.evolve(result, values=_carried(result.values, keys))
        if column.to == "currency" and isinstance(conventions.currency, str):
            result = attrs.evolve(result, values=result.values.fill_null(conventions.currency))
        cells = reading.data[cell_name(position)]
        if result.faults and not (isinstance(reading.site.grid, Section) and reading.site.grid.before):
            column.require(cells, result, plain)
        reading.faults += self.currencies.homeless(column, cells, plain, reading.faults)
        return self.currencies.known(column, cells, result)


def _parsed(column: Column, cells: pl.Series, known: Known, position: int, conventions: Conventions) -> Parsed:
    """The column, cell by cell only where nothing is known of its cells."""
    repeats, plain = known.repeats.get(position), known.plain.get(column.name)
    has_own_conventions = isinstance(conventions.currency, pl.Series) and isinstance(column, Amount)
    found = _of_texts(column, repeats, conventions) if repeats is not None and not has_own_conventions else None
    if found is None and plain is not None:
        found = _of_plain(column, cells, plain, conventions)
    return found if found is not None else column.parse(cells, conventions)


def _of_texts(column: Column, repeats: Repeats, conventions: Conventions) -> Parsed | None:
    """Each text parsed once; None where the column says something about itself, such as how many of its cells are odd."""
    nothing = len(repeats.texts)
    texts = repeats.texts.extend_constant(None, 1)
    try:
        parsed = column.parse(texts, conventions)
    except InputError:  # it names the first cell of its kind
        return None
    if parsed.notes:
        return None
    values = parsed.values.gather(repeats.codes.fill_null(nothing))
    if not parsed.faults:
        return Parsed(values=values)
    rows = {fault.row: (repeats.codes == fault.row).arg_true() for fault in parsed.faults}
    faults = [attrs.evolve(fault, row=row) for fault in parsed.faults for row in rows[fault.row]]
    return Parsed(values=values, faults=sorted(faults, key=lambda fault: fault.row))


def _of_plain(column: Column, cells: pl.Series, plain: pl.Series, conventions: Conventions) -> Parsed | None:
    """The plain cells in one go, and those alone parsed that are odd or stay without a value; None for other conventions."""
    values = column.of_plain(cells, conventions)
    if values is None:
        return None
    odd = (~plain | (values.is_null() & cells.is_not_null())).arg_true()
    if odd.is_empty():
        return Parsed(values=values)
    parsed = column.parse(cells.gather(odd), conventions)
    faults = [attrs.evolve(fault, row=odd[fault.row]) for fault in parsed.faults]
    return attrs.evolve(parsed, values=values.clone().scatter(odd, parsed.values), faults=faults)


def _joined(reading: Reading, position: int, column: Moment) -> pl.Series:
    """The cells of a column, with those that go on behind them."""
    cells = reading.data[cell_name(position)]
    further = [cell for captions in column.also if (cell := reading.cells(*captions)) is not None]
    frame = pl.DataFrame([cells.alias("0"), *(cell.alias(str(at)) for at, cell in enumerate(further, start=1))])
    joined = pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)
    return frame.select(pl.when(pl.col("0").is_not_null()).then(joined).alias(cells.name))[cells.name]


def _dtype(column: Column, conventions: Conventions) -> pl.DataType:
    """The type of a column's values, for a file that lacks it."""
    if isinstance(column, Amount):
        return pl.Int64()
    return column.parse(pl.Series([], dtype=pl.String), conventions).values.dtype


def _as_token(values: pl.Series, classes: Sequence[PiiClass | None], position: int, said: Options) -> pl.Series:
    pii = classes[position] if position < len(classes) else None
    if pii is None or said.pseudonyms is None:
        return values
    return values.to_frame().select(said.pseudonyms.token_expr(pl.col(values.name), pii)).to_series()


def _carried(values: pl.Series, keys: list[pl.Series]) -> pl.Series:
    """The values, and where they are null the first one of the same record."""
    frame = pl.DataFrame([values.alias("value"), *(key.alias(f"key {at}") for at, key in enumerate(keys))])
    first = pl.col("value").drop_nulls().first().over([f"key {at}" for at in range(len(keys))])
    carried = pl.col("value").fill_null(pl.when(pl.col("key 0").is_not_null()).then(first))
    return frame.select(carried.alias(values.name)).to_series()


def has_token(pii: PiiClass, said: Options) -> bool:
    """Whether personal data of that class become tokens; of free text nothing would join."""
    return said.pseudonyms is not None and pii is not PiiClass.FREE_TEXT


def known_currency(found: str | pl.Series | None, reading: Reading) -> str | pl.Series | None:
    """What a format says of the currency.

    Raises:
        InputError: It is one code, and none that is known.
    """
    if isinstance(found, str) and found not in CURRENCIES:
        raise InputError(f"the file says the currency {found[:20]!r}, which is no ISO 4217 code", where=reading.where)
    return found


def of_each(currency: str | pl.Series, height: int) -> pl.Series:
    """The currency of each line."""
    return pl.Series("currency", [currency] * height, dtype=pl.String) if isinstance(currency, str) else currency


def homeless(currency: pl.Series) -> list[CellFault]:
    """The lines of which the file does not say the currency, as faults."""
    return [
        CellFault(
            row=row,
            column=None,
            reason="value.missing",
            found=None,
            problem="the file does not say the currency of the line",
            expected="a currency, or constants={'currency': ...}",
        )
        for row in currency.is_null().arg_true()
    ]
