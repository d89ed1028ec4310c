"""Nested lines: rows of a mapped table that are lines of one record, such as the articles of a parcel or of a count.

A mapping says the columns of the line as `lines.<field>`, and with `by` the fields whose equal values make several rows one
record. What the record says as a whole stands on each of its rows, or on the first alone: the first that is not blank is taken,
and rows that say different things are findings. A row on which no column of the line says anything adds none.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, get_args, get_type_hints

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.proof import Check
from tieout.sources._batch import Finding
from tieout.sources._columns import Column
from tieout.sources._faults import CellFault
from tieout.sources._grid import LINE, LINE_END
from tieout.sources._order_parts import packed
from tieout.sources._order_rows import FINDINGS_MAX, LINE_PREFIX
from tieout.sources._reading import Reading
from tieout.tables._schema import record_schema

__all__ = ["FIELD", "NestedLines", "line_class"]

FIELD: Final = "lines"


def line_class(record: type) -> type:
    """Class of the lines of a record.

    Raises:
        InputError: It has none.
    """
    hint = get_type_hints(record).get(FIELD)
    found = next((one for one in get_args(hint) if isinstance(one, type) and attrs.has(one)), None)
    if found is None:
        raise InputError(f"{record.__name__} has no lines", where=f"columns.{FIELD}")
    return found


@attrs.frozen(kw_only=True)
class NestedLines:
    """The rule of one mapping, as hooks of a `TableFormat`.

    Attributes:
        line: Class of the lines.
        by: Columns whose values make rows one record.
        captions: Captions of the columns of the line, by field.
    """

    line: type
    by: tuple[str, ...]
    captions: Mapping[str, str]

    @classmethod
    def of(cls, record: type, columns: Sequence[Column], mapping: Mapping[str, Any]) -> "NestedLines | None":
        """The rule that a mapping says; None where it says no lines.

        Raises:
            InputError: It says one of both alone, a field that no column fills, or lines without what each of them needs.
        """
        items = [column for column in columns if column.name.startswith(LINE_PREFIX)]
        by = mapping.get("by")
        said = tuple(str(field).replace(".", "_") for field in ((by,) if isinstance(by, str) else by or ()))
        if not items and not said:
            return None
        if not items or not said:
            raise InputError(
                "lines of a record are said by columns such as lines.sku, and by the fields that make rows one record",
                where="by",
                hint="such as by = ['count_id']",
            )
        names = {column.name for column in columns}
        strange = [name for name in said if name not in names or name.startswith(LINE_PREFIX)]
        if strange:
            raise InputError(f"field {strange[0]!r} is named, but no column fills it", where="by")
        captions = {column.name.removeprefix(LINE_PREFIX): column.caption for column in items}
        line = line_class(record)
        required = (spec.name for spec in record_schema(line).columns if spec.required and spec.name != "currency")
        lacking = [name.removesuffix("_minor") for name in required if name not in captions]
        if lacking:
            raise InputError(
                f"{line.__name__} needs {', '.join(lacking)}",
                where="columns",
                hint=f"map it to a column, as {FIELD}.{lacking[0]}",
            )
        return cls(line=line, by=said, captions=captions)

    def refuse(self, reading: Reading) -> Iterator[CellFault]:
        """Rows that say something of a line and not what every line needs, or are in another currency than their record."""
        yield from self._of_other_currency(reading)
        items = [name for name in reading.values.columns if name.startswith(LINE_PREFIX)]
        if not items:
            return
        said = pl.any_horizontal(pl.col(name).is_not_null() for name in items)
        self._note_lines_of_nothing(reading, said)
        for spec in record_schema(self.line).columns:
            name = f"{LINE_PREFIX}{spec.name}"
            if not spec.required or spec.name not in self.captions:
                continue
            lacking = reading.values.select(said & pl.col(name).is_null()).to_series()
            for row in lacking.arg_true():
                yield CellFault(
                    row=row,
                    column=self.captions[spec.name],
                    reason="value.missing",
                    found="",
                    problem="is blank",
                    expected="what a line needs",
                )

    def _note_lines_of_nothing(self, reading: Reading, said: pl.Expr) -> None:
        """Tell of rows that say a line and not whose it is, as below cells that are merged over several rows."""
        named = [name for name in self.by if name in reading.values.columns]
        if not named:
            return
        count = reading.values.select((said & pl.any_horizontal(pl.col(name).is_null() for name in named)).sum()).item()
        if count:
            text = (
                f"{count} rows say a line and not of which record: the records above them may lack it. Cells that are "
                "merged over several rows say something on the first alone: unmerge them and fill them down in the file"
            )
            reading.note("lines.of_no_record", text)

    def _of_other_currency(self, reading: Reading) -> Iterator[CellFault]:
        values = reading.values
        names = [name for name in (f"{LINE_PREFIX}currency", "currency") if name in values.columns]
        if not names or any(name not in values.columns for name in self.by):
            return
        told = pl.coalesce(names)
        frame = values.select(
            pl.int_range(pl.len()).alias("row"), told.alias("code"), pl.coalesce(names[::-1]).alias("whole"), *self.by
        )
        first = pl.col("whole").drop_nulls().first().over(self.by)
        wrong = frame.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in self.by)).with_columns(
            first.alias("whole")
        )
        captions = {column.name: column.caption for _, column in reading.bound}
        caption = next((captions[name] for name in names if name in captions), None)
        for row, code, whole in (
            wrong.filter(pl.col("code") != pl.col("whole")).select("row", "code", "whole").iter_rows()
        ):
            yield CellFault(
                row=row,
                column=caption,
                reason="amount.other_currency",
                found=code,
                problem=f"is another currency than {whole}, which the record is in",
                expected="one currency a record",
            )

    def shape(self, frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
        """One row a record, in the order of their first rows, with its lines."""
        items = {name.removeprefix(LINE_PREFIX): pl.col(name) for name in frame.columns if name.startswith(LINE_PREFIX)}
        is_said = pl.any_horizontal(value.is_not_null() for value in items.values())
        fields = dict(items)
        if "currency" in record_schema(self.line).dtypes:
            of_record = pl.col("currency") if "currency" in frame.columns else pl.lit(reading.currency, dtype=pl.String)
            fields["currency"] = pl.coalesce(items.get("currency", of_record), of_record)
        whole = [name for name in frame.columns if not name.startswith(LINE_PREFIX)]
        heads = [name for name in whole if name not in (LINE, LINE_END, *self.by)]
        told = [name for name in heads if not frame[name].dtype.is_nested()]
        records = frame.group_by(self.by, maintain_order=True).agg(
            pl.col(LINE).min(),
            pl.col(LINE).min().alias(LINE_END),  # rows of other records may stand between
            *(pl.col(name).drop_nulls().first() for name in heads),
            packed(self.line, fields).filter(is_said).alias(FIELD),
            *((pl.col(name).drop_nulls().n_unique() > 1).alias(f"_differs {name}") for name in told),
        )
        reading.lines_taken = frozenset(frame[LINE].to_list())
        reading.checks.append(self._agreement(records, reading))
        return records.select(*whole, FIELD)

    def _agreement(self, records: pl.DataFrame, reading: Reading) -> Check:
        flags = [name for name in records.columns if name.startswith("_differs ")]
        wrong = records.filter(pl.any_horizontal(flags)) if flags else records.clear()
        captions = {column.name: column.caption for _, column in reading.bound}
        for row in wrong.head(FINDINGS_MAX).iter_rows(named=True):
            named = [name.removeprefix("_differs ") for name in flags if row[name]]
            columns = ", ".join(repr(captions.get(name, name)) for name in named)
            number = ", ".join(str(row[name]) for name in self.by)
            text = f"the rows of {number} contradict each other: {columns}"
            reading.findings.append(
                Finding(check="rows agree", sheet=reading.site.grid.sheet, line=row[LINE], text=text)
            )
        return Check(
            name="records whose rows agree",
            side=reading.site.grid.sheet or "file",
            currency=None,
            total=records.height,
            parts={"that do": records.height - wrong.height},
        )
