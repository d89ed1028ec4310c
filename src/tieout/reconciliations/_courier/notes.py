"""Notes: what else a line shows that costs nothing by itself, so that a right price does not hide a wrong fact."""

from decimal import Decimal

import polars as pl

__all__ = ["COMPARED", "NOTE_TYPES", "notes_expr"]

_SIDES = ("length_cm", "width_cm", "height_cm")
COMPARED = ("account_no", *_SIDES)
"""Columns of a parcel that a line is compared with, under the prefix `our_`."""
NOTE_TYPES = (
    "courier.period_mismatch",
    "courier.wrong_account",
    "courier.vat_rate_mismatch",
    "courier.line_arithmetic",
    "courier.wrong_dimensions",
)
_SIDE_OFF_CM = 1  # a tape measure's centimetre


def notes_expr(vat_rate: Decimal | None) -> pl.Expr:
    """The types of `NOTE_TYPES` that each line shows, in their order.

    Args:
        vat_rate: VAT rate of the contract as a fraction; None when it says none.
    """
    rate = pl.lit(vat_rate, dtype=pl.Decimal(28, 8))
    ours = pl.concat_list(f"our_{side}" for side in _SIDES).list.sort()
    theirs = pl.concat_list(_SIDES).list.sort()
    known = (ours.list.drop_nulls().list.len() == len(_SIDES)) & (theirs.list.drop_nulls().list.len() == len(_SIDES))
    off = pl.any_horizontal(
        (ours.list.get(at, null_on_oob=True) - theirs.list.get(at, null_on_oob=True)).abs() > _SIDE_OFF_CM
        for at in range(len(_SIDES))
    )
    tests = (
        pl.col("is_other_period"),
        pl.col("account_no") != pl.col("our_account_no"),
        pl.col("vat_rate") != rate,
        pl.col("list_amount_minor") - pl.col("discount_amount_minor") != pl.col("amount_minor"),
        known & off,
    )
    found = [
        pl.when(test.fill_null(value=False)).then(pl.lit(code)) for test, code in zip(tests, NOTE_TYPES, strict=True)
    ]
    return pl.concat_list(found).list.drop_nulls()
