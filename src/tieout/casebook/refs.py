"""Refs: the name of a record that is the same in every file and every run, and the hash of what it says."""

import hashlib
from collections.abc import Sequence
from typing import Any

import attrs
import polars as pl

from tieout.casebook.kinds import kind_of
from tieout.casebook.natural_keys import NaturalKey, natural_key
from tieout.casebook.row_texts import PLACE, RAW, RowWriter, row_texts
from tieout.errors import CasebookError
from tieout.tables import Table
from tieout.tables._file_numbers import is_file_number

__all__ = ["RecordRef", "hashes_of", "refs_of"]

_KEY_DIGITS = 32
_STEP_ROWS = 100_000  # bounds the texts alive at once
_CONTENT = RowWriter(without=PLACE | {RAW}, with_defaults=False)
_NAMES = RowWriter(without=PLACE | {RAW}, with_defaults=True)  # a default may change with a version, a key may not


@attrs.frozen(order=True)
class RecordRef:
    """The name of a record.

    Attributes:
        kind: Its class, such as `Order`, and its role where it has one: `Order:erp_orders`.
        key: Digest of its natural key, 32 hex digits.
    """

    kind: str
    key: str


def refs_of(
    table: Table[Any], *, key: NaturalKey | Sequence[str] | None = None, role: str | None = None
) -> pl.DataFrame:
    """Name and content hash of each row of a table; nothing is stored or asked for.

    The hash is of all fields but two: where a row stands (`provenance`), and the cells that no field holds (`raw`), which
    depend on how it was read. A cell that holds its field's default counts as one that was never said, so that a field that a
    later tieout adds changes no hash. Rows that are named alike are numbered within their file, in order of their hashes: the
    order of a file does not matter.

    Args:
        table: Rows of one record class.
        key: What names them, for a class that is not of `tieout.model`.
        role: What they are, where another system says records of the same class and numbers, such as `erp_orders`.

    Returns:
        `row` 0-based, `key` of 32 hex digits, `hash` of 64, in the order of the table.

    Raises:
        CasebookError: It is no Table, no natural key is known of its class, or the role is no name.

    Example:
        >>> from tieout.model import Order
        >>> order = Order(platform="taobao", shop_id="S1", platform_order_id="1001", currency="CNY")
        >>> refs_of(Table.from_records([order]))["key"].item()
        'dfac61dbe238ee38e243f8f3d4bd60d9'
    """
    given: object = table
    if not isinstance(given, Table):
        raise CasebookError(f"a Table of records is needed, got {type(table).__name__}", where="table")
    natural = natural_key(table.record, key)
    frame = _without_file_numbers(table.to_polars(), natural.of_file)
    kind = kind_of(table.record, role)
    parts = [_names_and_hashes(part, table.record, natural, kind) for part in frame.iter_slices(_STEP_ROWS)]
    if not parts:
        return pl.DataFrame(schema={"row": pl.Int64, "key": pl.String, "hash": pl.String})
    names = _numbered(pl.concat(parts))
    return names.select(pl.int_range(pl.len()).alias("row"), _digests(names["name"], _KEY_DIGITS).alias("key"), "hash")


def hashes_of(texts: pl.Series) -> pl.Series:
    """SHA-256 of texts in UTF-8, as 64 hex digits; null of null."""
    return _digests(texts, None)


def _digests(texts: pl.Series, digits: int | None) -> pl.Series:
    sha256 = hashlib.sha256
    found = [None if text is None else sha256(text.encode()).hexdigest()[:digits] for text in texts.to_list()]
    return pl.Series(found, dtype=pl.String)


def _without_file_numbers(frame: pl.DataFrame, column: str | None) -> pl.DataFrame:
    """The frame without numbers that are a file's own hash: the same bill saved again has another one."""
    if column is None:
        return frame
    return frame.with_columns(pl.when(~is_file_number(column)).then(column).alias(column))


def _names_and_hashes(frame: pl.DataFrame, record: type, natural: NaturalKey, kind: str) -> pl.DataFrame:
    hashes = hashes_of(row_texts(_CONTENT.cells(frame, record), frame.height))
    columns = _NAMES.cells(frame, record, only=("book_id", *natural.columns))
    names, is_numbered = _names(pl.DataFrame(columns), frame.height, natural)
    return pl.DataFrame({"name": names, "is_numbered": is_numbered, "hash": hashes}).with_columns(
        pl.concat_str(pl.lit(f'["{kind}",'), "name").alias("name"), _file(frame)
    )


def _file(frame: pl.DataFrame) -> pl.Series:
    """The file of each row: by what it holds where that is known, else by its name."""
    said = [name for name in ("source_sha256", "source_file") if name in frame.columns]
    return frame.with_columns(file=pl.coalesce(*said, pl.lit(""))).get_column("file")


def _names(cells: pl.DataFrame, height: int, natural: NaturalKey) -> tuple[pl.Series, pl.Series]:
    """The cells that name each row, and whether rows that agree in them are numbered."""
    rows = cells if cells.width else pl.DataFrame({"": [None] * height}, schema={"": pl.String})
    names = pl.lit(None, dtype=pl.String)
    has_id = pl.lit(value=False)
    for ids in reversed(natural.ids):
        if not set(ids) <= set(cells.columns):
            continue  # no row has them
        are_filled = pl.all_horizontal(pl.col(ids).is_not_null())
        names = pl.when(are_filled).then(_joined(cells, (*natural.within, *ids))).otherwise(names)
        has_id |= are_filled
    otherwise = _joined(cells, (*natural.within, *natural.otherwise))
    is_numbered = ~has_id if natural.is_unique else pl.lit(value=True)
    found = rows.select(
        pl.int_range(pl.len()).alias("row"),
        pl.when(has_id).then(names).otherwise(otherwise).alias("name"),
        is_numbered.alias("is_numbered"),
    )
    return found["name"], found["is_numbered"]


def _joined(cells: pl.DataFrame, names: Sequence[str]) -> pl.Expr:
    wanted = sorted({"book_id", *names} & set(cells.columns))
    inner = pl.concat_str(pl.col(wanted), separator=",", ignore_nulls=True) if wanted else pl.lit("")
    return pl.concat_str(pl.lit("{"), inner, pl.lit("}"))


def _numbered(names: pl.DataFrame) -> pl.DataFrame:
    """Names that are whole: with the number of a row among those of its file that are named alike."""
    number = pl.when("is_numbered").then(pl.lit(1, dtype=pl.UInt32))
    if names.select(pl.struct("name", "file").is_duplicated().any()).item():
        number = pl.when("is_numbered").then(pl.col("hash").rank("ordinal").over("name", "file"))
    return names.select(
        pl.concat_str("name", pl.format(",{}", number), pl.lit("]"), ignore_nulls=True).alias("name"), "hash"
    )
