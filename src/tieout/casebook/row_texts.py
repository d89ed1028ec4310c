"""Row texts: rows of a table as canonical JSON, a column at a time.

Hashes are made of these texts and kept for thirty years, so nothing of them is left to how a version of Polars prints a number, a
time or a struct: integers are made of digits, decimals of their whole smallest units, and text is quoted as JSON asks for it.
Keys are in order of their names, there are no spaces, and a null is left out.
"""

import json
from collections.abc import Callable, Iterable
from typing import Final

import attrs
import polars as pl

from tieout.model.provenance import SourceRecord
from tieout.tables import schema_of
from tieout.tables._parts import Column, Many, Part, Records, Texts
from tieout.tables._schema import RecordSchema, record_schema

__all__ = ["PLACE", "RAW", "RowWriter", "cell_text", "row_texts"]

PLACE: Final = frozenset(name for name in schema_of(SourceRecord) if name.startswith("source_"))
"""Columns that say where a row stands."""
RAW: Final = "raw"
"""Column of the cells that no field holds."""
_SCALE: Final = 10**8
_ESCAPED: Final = r'[\x00-\x1f"\\]'
_TEXT: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@attrs.frozen(kw_only=True)
class RowWriter:
    """Writes rows as JSON objects.

    Attributes:
        without: Columns that are left out, also of the records within a record.
        with_defaults: Whether a cell that holds its field's default is written.
    """

    without: frozenset[str]
    with_defaults: bool

    def cells(self, frame: pl.DataFrame, record: type, *, only: Iterable[str] | None = None) -> list[pl.Series]:
        """Cells as `"name":value`, one series for each column that says anything, in order of the names; null where a cell is.

        Args:
            frame: Rows of the class.
            record: The record class.
            only: Columns to write; all unless given.
        """
        return self._cells(frame, record_schema(record), frame.columns if only is None else only)

    def _cells(self, frame: pl.DataFrame, schema: RecordSchema, only: Iterable[str]) -> list[pl.Series]:
        wanted = set(only) - self.without
        parts = {column.name: part for part in schema.parts for column in part.columns}
        found = []
        for column in sorted(schema.columns, key=lambda one: one.name):
            name = column.name
            if name not in wanted or frame[name].null_count() == frame.height:
                continue
            texts = self._texts(frame[name], column, parts.get(name))
            if texts.null_count() < len(texts):
                found.append(_of(texts, pl.concat_str(pl.lit(f'"{name}":'), "c")).alias(name))
        return found

    def _texts(self, cells: pl.Series, column: Column, part: Part | None) -> pl.Series:
        if isinstance(part, Texts):
            return cell_text(_mappings(cells))
        if isinstance(part, Records):
            return _arrays(cells, lambda items: self._objects(items, part.inner))
        if isinstance(part, Many):
            return _arrays(cells, cell_text)
        if column.default is not None and not self.with_defaults:
            cells = _of(cells, pl.when(pl.col("c") != pl.lit(column.default)).then("c"))
        return cell_text(cells)

    def _objects(self, items: pl.Series, schema: RecordSchema) -> pl.Series:
        rows = items.struct.unnest()
        return row_texts(self._cells(rows, schema, rows.columns), rows.height)


def row_texts(cells: list[pl.Series], height: int) -> pl.Series:
    """Rows as JSON objects, of the texts of their cells."""
    if not cells:
        return pl.Series(["{}"], dtype=pl.String).new_from_index(0, height)
    joined = pl.concat_str(pl.all(), separator=",", ignore_nulls=True)
    return pl.DataFrame(cells).select(pl.concat_str(pl.lit("{"), joined, pl.lit("}"))).to_series()


def _mappings(cells: pl.Series) -> pl.Series:
    """Mappings in one way of writing: formats and records write their keys in different orders."""
    texts = cells.unique().drop_nulls().to_list()
    written = {text: _mapping(text) for text in texts}
    return cells.replace_strict(written, default=None, return_dtype=pl.String)


def _mapping(text: str) -> str | None:
    said = {key: str(value) for key, value in json.loads(text).items() if value is not None}
    return _TEXT.encode(said) if said else None


def _arrays(cells: pl.Series, text_of: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Lists as JSON arrays; null where a list is empty."""
    lengths = cells.list.len().fill_null(0)
    if not lengths.sum():
        return pl.Series([None], dtype=pl.String).new_from_index(0, len(cells))
    owners = pl.select(row=pl.int_range(len(cells))).with_columns(lengths.alias("length"))
    owners = owners.filter(pl.col("length") > 0).select(pl.col("row").repeat_by("length").explode())
    texts = text_of(cells.filter(lengths > 0).explode()).fill_null("null")
    joined = (
        owners.with_columns(texts.alias("text"))
        .group_by("row", maintain_order=True)
        .agg(pl.concat_str(pl.lit("["), pl.col("text").str.join(","), pl.lit("]")).alias("text"))
    )
    return pl.select(row=pl.int_range(len(cells))).join(joined, on="row", how="left", maintain_order="left")["text"]


def cell_text(cells: pl.Series) -> pl.Series:
    """Plain values as JSON, null where they are."""
    match cells.dtype:
        case pl.String:
            return _quoted(cells)
        case pl.Int64:
            return cells.cast(pl.String)
        case pl.Boolean:
            return _of(cells, pl.when(pl.col("c")).then(pl.lit("true")).when(~pl.col("c")).then(pl.lit("false")))
        case pl.Decimal:
            return _decimals(cells)
        case pl.Date:
            return _of(cells, pl.format('"{}"', pl.col("c").dt.strftime("%Y-%m-%d")))
        case _:
            return _of(cells, pl.format('"{}"', pl.col("c").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")))


def _of(cells: pl.Series, how: pl.Expr) -> pl.Series:
    return cells.alias("c").to_frame().select(how.alias("c")).to_series()


def _quoted(cells: pl.Series) -> pl.Series:
    texts = _of(cells, pl.format('"{}"', "c"))
    special = cells.str.contains(_ESCAPED).fill_null(value=False)
    if not special.any():
        return texts
    written = {text: _TEXT.encode(text) for text in cells.filter(special).unique().to_list()}
    escaped = cells.replace_strict(written, default=None, return_dtype=pl.String)
    return pl.DataFrame({"e": escaped, "t": texts}).select(pl.coalesce("e", "t")).to_series()


def _decimals(cells: pl.Series) -> pl.Series:
    """Decimals as text without trailing zeros, from their whole hundred-millionths."""
    units = pl.col("c")
    rest = (units.abs() % _SCALE).cast(pl.String).str.zfill(8).str.strip_chars_end("0")
    sign = pl.when(units < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    point = pl.when(rest == "").then(pl.lit("")).otherwise(pl.lit("."))
    text = pl.concat_str(pl.lit('"'), sign, (units.abs() // _SCALE).cast(pl.String), point, rest, pl.lit('"'))
    return _of(cells.to_physical(), text)
