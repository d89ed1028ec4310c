"""Payloads: rows as the book keeps them, and back; what is personal apart from the rest."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import polars as pl

from tieout.casebook.row_texts import RAW, RowWriter, row_texts
from tieout.privacy import PiiClass, Pseudonymizer
from tieout.tables import Table
from tieout.tables._parts import DECIMAL, INSTANT, Records
from tieout.tables._schema import RecordSchema, record_schema

__all__ = ["PERSONAL", "payload_texts", "personal_texts", "pseudonyms", "table_of"]

PERSONAL: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Order": frozenset({"buyer_ref"}),
        "Shipment": frozenset({"sender_ref"}),
        "BankTransaction": frozenset({"counterparty", "counterparty_account", "memo"}),
    }
)
"""Columns that may tell of a person, by record class; `raw` is one of every class."""
_PSEUDONYMS = {"Order": "buyer_ref", "Shipment": "sender_ref"}
_MOMENT = "%Y-%m-%dT%H:%M:%S%.6fZ"


def _personal(record: type) -> frozenset[str]:
    return PERSONAL.get(record.__name__, frozenset()) | {RAW}


def payload_texts(frame: pl.DataFrame, record: type) -> pl.Series:
    """Rows as JSON objects of their columns, with where they stand and without what is personal."""
    writer = RowWriter(without=_personal(record), with_defaults=True)
    return row_texts(writer.cells(frame, record), frame.height)


def personal_texts(frame: pl.DataFrame, record: type) -> pl.Series:
    """What is personal of each row, as JSON objects; null for rows where nothing is.

    A list of records of which one holds cells that no field holds is written whole.
    """
    lists = [part.field for part in record_schema(record).parts if isinstance(part, Records)]
    everything = RowWriter(without=frozenset(), with_defaults=True)
    bare = {
        one.name: one
        for one in RowWriter(without=frozenset({RAW}), with_defaults=True).cells(frame, record, only=lists)
    }
    cells = everything.cells(frame, record, only=[*_personal(record), *lists])
    told = [one if one.name not in bare else _where(one, one.ne_missing(bare[one.name])) for one in cells]
    said = [one for one in told if one.null_count() < len(one)]
    texts = row_texts(said, frame.height)
    return _where(texts, texts != "{}")


def _where(texts: pl.Series, condition: pl.Series) -> pl.Series:
    return pl.select(pl.when(condition).then(texts)).to_series().alias(texts.name)


def pseudonyms(frame: pl.DataFrame, record: type, given: Pseudonymizer | None = None) -> pl.Series:
    """Whose data each row is; empty where that is not told.

    Args:
        frame: Rows.
        record: Their class.
        given: Names the other side of a bank line, which has no pseudonym of its own: by its account, or by its name where the
            line says no account.
    """
    nobody = pl.Series([""], dtype=pl.String).new_from_index(0, frame.height)
    column = _PSEUDONYMS.get(record.__name__)
    if column is not None:
        return frame[column].fill_null("")
    if given is None or record.__name__ != "BankTransaction":
        return nobody
    account = given.token_expr(pl.col("counterparty_account"), PiiClass.BANK_ACCOUNT)
    name = given.token_expr(pl.col("counterparty"), PiiClass.NAME)
    return frame.select(pl.coalesce(account, name, pl.lit("")).alias("pseudonym"))["pseudonym"]


def table_of(payloads: pl.Series, personal: pl.Series, record: type) -> "Table[object]":
    """The rows of payloads, with what is personal where it was kept.

    Args:
        payloads: As `payload_texts` wrote them.
        personal: As `personal_texts` did; null for rows of which nothing was kept.
        record: The record class.
    """
    schema = record_schema(record)
    frame = _decoded(payloads, schema)
    if personal.null_count() < len(personal):
        also = _decoded(personal.fill_null("{}"), schema, is_whole=False)
        frame = frame.with_columns(pl.coalesce(also[name], frame[name]).alias(name) for name in also.columns)
    return Table(_filled(frame, schema), record)


def _decoded(texts: pl.Series, schema: RecordSchema, *, is_whole: bool = True) -> pl.DataFrame:
    """Columns of JSON objects; of those that say something unless all are wanted."""
    written = pl.Struct({name: _written(dtype) for name, dtype in schema.dtypes.items()})
    rows = texts.str.json_decode(written).struct.unnest()
    names = [name for name in schema.dtypes if is_whole or rows[name].null_count() < rows.height]
    return rows.select(_read(pl.col(name), schema.dtypes[name]).alias(name) for name in names)


def _written(dtype: Any) -> Any:  # noqa: ANN401 - Polars tells what a list holds by a class or by an instance
    """What JSON holds for a column."""
    match dtype:
        case pl.List(inner=inner):
            return pl.List(_written(inner))
        case pl.Struct(fields=fields):
            return pl.Struct({field.name: _written(field.dtype) for field in fields})
        case pl.Int64() | pl.Boolean():
            return dtype
        case _:
            return pl.String()


def _read(cells: pl.Expr, dtype: Any) -> pl.Expr:  # noqa: ANN401 - as above
    """The column's own values of what JSON held."""
    match dtype:
        case pl.List(inner=inner):
            return cells.list.eval(_read(pl.element(), inner))
        case pl.Struct(fields=fields):
            return pl.struct(_read(cells.struct.field(one.name), one.dtype).alias(one.name) for one in fields)
        case pl.Date():
            return cells.str.to_date("%Y-%m-%d")
        case _ if dtype == DECIMAL:
            return cells.cast(DECIMAL)
        case _ if dtype == INSTANT:
            return cells.str.to_datetime(_MOMENT, time_unit="us", time_zone="UTC")
        case _:
            return cells


def _filled(frame: pl.DataFrame, schema: RecordSchema) -> pl.DataFrame:
    """The frame with lists that are empty where none was written, and of the types that the class has."""
    return frame.select(
        (pl.col(name).fill_null([]) if isinstance(dtype, pl.List) else pl.col(name)).cast(dtype)
        for name, dtype in schema.dtypes.items()
    )
