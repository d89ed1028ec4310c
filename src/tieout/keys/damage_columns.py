"""The damage of a whole column of identifiers."""

import polars as pl

from tieout.keys.damage import (
    BROKEN_CHARACTER,
    EXCEL_DIGITS,
    FLOAT_DIGITS,
    FLOAT_SUFFIX,
    ROUNDED_EXCEL,
    ROUNDED_FLOAT,
    SCIENTIFIC,
    DamageKind,
)
from tieout.keys.normalize import NORMAL, meaningful_expr, normalize_expr, unwrapped_expr
from tieout.keys.texts import as_text, whole

__all__ = ["damage_expr", "damaged_rows", "exact_key_expr"]

_DAMAGE = pl.Struct({"kind": pl.String, "prefix": pl.String, "length": pl.Int64, "restored": pl.String})
_SIGNS_OF_LOSS = r"[.,+．，＋\x{FFFD}]"  # no scientific or undecodable text is without one of them
_CERTAIN_LOSSES = [kind.value for kind in DamageKind if kind.is_lossy and kind.is_certain]
_TEXT = pl.col("text")
_KEY = pl.col("key")


def damage_expr(column: pl.Expr, *, length: int | None = None) -> pl.Expr:
    """`damage` on a column of text or numbers: a struct of `kind`, `prefix`, `length`, `restored`, or null.

    `chance` follows from the others: ten to the power of minus the digits that are zero after the prefix.

    >>> frame = pl.DataFrame({"order_no": ["5116032541422009305", "5.11603E+18", "511603254142200000"]})
    >>> frame.select(damage_expr(pl.col("order_no")).struct.field("kind"))["kind"].to_list()
    [None, 'scientific', 'rounded_excel']
    """
    return column.map_batches(lambda cells: _damages(as_text(cells), length), return_dtype=_DAMAGE, is_elementwise=True)


def exact_key_expr(column: pl.Expr) -> pl.Expr:
    """`exact_key` on a column of text or numbers: the normalised id, null where it certainly lost digits."""
    return column.map_batches(lambda cells: _exact_keys(as_text(cells)), return_dtype=pl.String, is_elementwise=True)


def _exact_keys(cells: pl.Series) -> pl.Series:
    """Most cells are in normal form already; of the others only those with a telling character are asked for damage."""
    unclean = (~cells.str.contains(whole(NORMAL))).arg_true()
    if unclean.is_empty():
        return cells
    frame = cells.gather(unclean).alias("text").to_frame()
    keys = frame.select(normalize_expr(_TEXT)).to_series()
    suspects = frame["text"].str.contains(_SIGNS_OF_LOSS).arg_true()
    kinds = _unwrapped(frame[suspects]).select(_kind(None)).to_series()
    lost = suspects.filter(kinds.is_in(_CERTAIN_LOSSES).fill_null(value=False))
    return cells.clone().scatter(unclean, keys.scatter(lost, None) if lost.len() else keys)


def damaged_rows(cells: pl.Series) -> pl.DataFrame:
    """The rows of a column of text that are damaged, and the kind of the damage: columns `row` and `kind`.

    >>> damaged_rows(pl.Series(["5116032541422009305", "5.11603E+18", None])).rows()
    [(1, 'scientific')]
    """
    return _damaged(cells, None).select("row", "kind")


def _damaged(cells: pl.Series, length: int | None) -> pl.DataFrame:
    """The damaged rows: columns row, text, key and kind."""
    suspects = (~cells.str.contains(_harmless(length))).arg_true()
    if suspects.is_empty():
        return pl.DataFrame(schema={"text": pl.String, "key": pl.String, "row": pl.UInt32, "kind": pl.String})
    frame = _unwrapped(cells.gather(suspects).alias("text").to_frame()).with_columns(row=suspects)
    return frame.drop_nulls("key").with_columns(kind=_kind(length)).filter(pl.col("kind").is_not_null())


def _damages(cells: pl.Series, length: int | None) -> pl.Series:
    found = _damaged(cells, length).select("row", "kind", **_details(length))
    if found.is_empty():
        return pl.Series(cells.name, [None], dtype=_DAMAGE).new_from_index(0, len(cells))
    rows = cells.alias("text").to_frame().with_row_index("row").select("row")
    joined = rows.join(found, on="row", how="left", maintain_order="left")
    struct = pl.struct(list(_DAMAGE.to_schema())).alias(cells.name)
    return joined.select(pl.when(pl.col("kind").is_not_null()).then(struct)).to_series()


def _unwrapped(frame: pl.DataFrame) -> pl.DataFrame:
    """The texts without what surrounds them, and the keys that they mean, null for none: columns text and key."""
    return frame.select(unwrapped_expr(_TEXT).alias("text")).with_columns(key=meaningful_expr(_TEXT))


def _harmless(length: int | None) -> str:
    """What undamaged cells mostly look like: a letter and no sign, few enough digits, or hardly a zero at the end."""
    with_letter = "[0-9A-Za-z_-]*[A-Za-z_-][0-9A-Za-z_-]*"
    shortest = max(length or 1, 1)
    few_digits = [f"[0-9]{{{shortest},{EXCEL_DIGITS}}}"] if shortest <= EXCEL_DIGITS else []
    no_zero = f"[0-9]{{{max(EXCEL_DIGITS, shortest - 1)},}}[1-9]"
    one_zero = f"[0-9]{{{max(EXCEL_DIGITS + 1, shortest - 2)},}}[1-9]0"
    return whole("|".join([with_letter, *few_digits, no_zero, one_zero]))


def _kind(length: int | None) -> pl.Expr:
    conditions = {
        DamageKind.UNDECODABLE: _KEY.str.contains(BROKEN_CHARACTER, literal=True),
        DamageKind.SCIENTIFIC: _KEY.str.contains(whole(SCIENTIFIC)),
        DamageKind.ROUNDED_EXCEL: _KEY.str.contains(whole(ROUNDED_EXCEL)),
        DamageKind.ROUNDED_FLOAT: _KEY.str.contains(whole(ROUNDED_FLOAT)),
        DamageKind.FLOAT_SUFFIX: _TEXT.str.contains(whole(FLOAT_SUFFIX)),
        DamageKind.LEADING_ZEROS: _KEY.str.contains("^[0-9]+$") & (_KEY.str.len_bytes() < (length or 0)),
    }
    return pl.coalesce(pl.when(holds).then(pl.lit(kind.value)) for kind, holds in conditions.items())


def _details(length: int | None) -> dict[str, pl.Expr]:
    """Prefix, length and restored id by kind; see the scalar functions of `tieout.keys.damage`."""
    parts = [_KEY.str.extract(whole(SCIENTIFIC), group) for group in range(1, 7)]
    digits = pl.coalesce(parts[0], parts[3]) + pl.coalesce(parts[1], parts[4], pl.lit(""))
    exponent_length = pl.coalesce(parts[2], parts[5]).cast(pl.Int64) + 1
    digit_count = _KEY.str.len_bytes().cast(pl.Int64)
    float_kept = pl.max_horizontal(pl.lit(FLOAT_DIGITS), _KEY.str.strip_chars_end("0").str.len_bytes())
    kind = pl.col("kind")
    return {
        "prefix": pl.when(kind == DamageKind.SCIENTIFIC)
        .then(digits.str.slice(0, exponent_length))
        .when(kind == DamageKind.ROUNDED_EXCEL)
        .then(_KEY.str.slice(0, EXCEL_DIGITS))
        .when(kind == DamageKind.ROUNDED_FLOAT)
        .then(_KEY.str.slice(0, float_kept))
        .when(kind == DamageKind.FLOAT_SUFFIX)
        .then(_KEY)
        .otherwise(pl.lit("")),
        "length": pl.when(kind == DamageKind.SCIENTIFIC)
        .then(exponent_length)
        .when(kind == DamageKind.LEADING_ZEROS)
        .then(pl.lit(length, dtype=pl.Int64))
        .when(kind != DamageKind.UNDECODABLE)
        .then(digit_count),
        "restored": pl.when((kind == DamageKind.SCIENTIFIC) & (digits.str.len_bytes() == exponent_length))
        .then(digits)
        .when(kind == DamageKind.FLOAT_SUFFIX)
        .then(_KEY)
        .when(kind == DamageKind.LEADING_ZEROS)
        .then(_KEY.str.zfill(length or 0)),
    }
