"""The frame of parcels that a card rates: its columns, and how they become whole numbers and short names.

Every column but `row` may be absent, which means unknown for all parcels. Weights and lengths are Decimals (or integers),
because a float is not exact and a text may hold more decimals than a column keeps.
"""

from typing import Final

import polars as pl

from tieout.errors import InputError, MissingColumn, WrongColumnType
from tieout.tariffs._divisions import (
    normalise_city,
    normalise_column,
    normalise_district,
    normalise_postcode,
    normalise_province,
)
from tieout.tariffs.volumetric import SIDES

__all__ = ["PARCEL_COLUMNS", "check_rows", "exact_units", "read_parcels", "text_column"]

_TEXTS: Final = ("leg", "service", "warehouse", "account_no", "zone")
_PLACES: Final = {
    "origin_province": normalise_province,
    "origin_city": normalise_city,
    "origin_postcode": normalise_postcode,
    "dest_province": normalise_province,
    "dest_city": normalise_city,
    "dest_district": normalise_district,
    "dest_postcode": normalise_postcode,
}
_MEASURES: Final = {"weight_g": "weight_w", **{f"{side}_cm": side for side in SIDES}}
_MINOR: Final = ("declared_value_minor", "cod_amount_minor", "outward_minor")
_EXACT: Final = pl.Decimal(28, 8)

PARCEL_COLUMNS: Final = (
    "row",
    "rate_date",
    *_TEXTS,
    *_PLACES,
    *_MEASURES,
    "pieces",
    *_MINOR,
    "is_residential",
    "requested",
    "assumed",
)


def read_parcels(parcels: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The engine's frame of parcels, and the boxes of those that have several.

    Returns:
        The frame has the columns of `PARCEL_COLUMNS` with measures as counts of 1e-8 g and 1e-8 cm (weight_w, length, width,
        height), places normalised, blank texts null, a missing leg "outbound", `assumed` only where it was given; besides
        position and has_boxes. The boxes have position, weight_w, length, width, height.

    Raises:
        MissingColumn: There is no column `row`.
        WrongColumnType: A column is of a type that cannot be exact or cannot mean this.
        InputError: `row` has nulls or repeats.
    """
    check_rows(parcels)
    boxes, has_boxes = _boxes(parcels)
    frame = parcels.select(
        pl.col("row").cast(pl.Int64),
        _typed(parcels, "rate_date", pl.Date),
        *(text_column(parcels, name) for name in (*_TEXTS, *_PLACES)),
        *(exact_units(parcels, name).alias(short) for name, short in _MEASURES.items()),
        *(_typed(parcels, name, pl.Int64) for name in _MINOR),
        _typed(parcels, "is_residential", pl.Boolean),
        _typed(parcels, "requested", pl.List(pl.String)),
        *(_typed(parcels, name, pl.List(pl.Int64)) for name in ("assumed",) if name in parcels.columns),
        has_boxes,
    ).with_row_index("position")
    known = [name for name in _PLACES if name in parcels.columns]
    frame = frame.with_columns(normalise_column(frame, name, _PLACES[name]) for name in known)
    return frame.with_columns(pl.col("leg").fill_null("outbound")), boxes


def exact_units(frame: pl.DataFrame, name: str) -> pl.Expr:
    """A column of Decimals as counts of 1e-8 of its unit; null where it is absent or beyond 64 bits.

    Raises:
        WrongColumnType: The column is not exact.
    """
    if name not in frame.columns or frame.schema[name] == pl.Null:
        return pl.lit(None, dtype=pl.Int64).alias(name)
    dtype = frame.schema[name]
    scale = dtype.scale if isinstance(dtype, pl.Decimal) else None
    if not dtype.is_integer() and (scale is None or scale > _EXACT.scale):
        raise _wrong(name, dtype, "a Decimal of at most 8 decimals")
    return pl.col(name).cast(_EXACT, strict=False).to_physical().cast(pl.Int64, strict=False)


def text_column(parcels: pl.DataFrame, name: str) -> pl.Expr:
    """A text column, trimmed; blank becomes null, an absent column is null."""
    if name not in parcels.columns:
        return pl.lit(None, dtype=pl.String).alias(name)
    trimmed = _typed(parcels, name, pl.String).str.strip_chars()
    return pl.when(trimmed != "").then(trimmed).alias(name)


def check_rows(parcels: pl.DataFrame) -> None:
    """Refuse a frame without a different number in `row` on every row."""
    if "row" not in parcels.columns:
        raise MissingColumn(["row"], found=parcels.columns, where="parcels", hint="number them: .with_row_index('row')")
    rows = parcels["row"]
    if not rows.dtype.is_integer():
        raise _wrong("row", rows.dtype, "an integer")
    if rows.null_count() or rows.n_unique() < len(rows):
        raise InputError("column 'row' must be a different number on every row", where="parcels")


def _typed(parcels: pl.DataFrame, name: str, dtype: pl.DataType | type[pl.DataType]) -> pl.Expr:
    if name not in parcels.columns:
        return pl.lit(None, dtype=dtype).alias(name)
    found = parcels.schema[name]
    alike = (
        found in {dtype, pl.Null}
        or (dtype == pl.String and isinstance(found, (pl.Categorical, pl.Enum)))
        or (dtype == pl.Int64 and found.is_integer())
        or (found == pl.List(pl.Null) and isinstance(dtype, pl.List))
    )
    if not alike:
        raise _wrong(name, found, str(dtype))
    return pl.col(name).cast(dtype)


def _boxes(parcels: pl.DataFrame) -> tuple[pl.DataFrame, pl.Expr]:
    """The boxes of parcels whose `pieces` are not empty, one line each, and which parcels those are."""
    schema = {"position": pl.UInt32, **dict.fromkeys(_MEASURES.values(), pl.Int64)}
    none = pl.lit(False).alias("has_boxes")
    if "pieces" not in parcels.columns or parcels["pieces"].null_count() == parcels.height:
        return pl.DataFrame(schema=schema), none
    dtype = parcels.schema["pieces"]
    if not isinstance(dtype, pl.List) or not isinstance(dtype.inner, pl.Struct):
        raise _wrong("pieces", dtype, "a list of structs of weight_g, length_cm, width_cm, height_cm")
    has_boxes = (pl.col("pieces").list.len() > 0).fill_null(value=False).alias("has_boxes")
    listed = parcels.select("pieces").with_row_index("position").filter(has_boxes)
    lines = listed.explode("pieces").unnest("pieces")
    units = [exact_units(lines, name).alias(short) for name, short in _MEASURES.items()]
    return lines.select("position", *units), has_boxes


def _wrong(name: str, found: pl.DataType, needed: str) -> WrongColumnType:
    hint = "parse it as Decimal; a float is not exact" if found.is_float() else ""
    return WrongColumnType(f"column {name!r} holds {found}, needed is {needed}", where="parcels", hint=hint)
