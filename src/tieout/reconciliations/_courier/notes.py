"""Notes: what else a line shows that costs nothing by itself, so that a right price does not hide a wrong fact."""

from decimal import Decimal

import polars as pl

from tieout.reconciliations._courier.columns import attached

__all__ = ["COMPARED", "NOTE_TYPES", "with_notes"]

_SIDES = ("length_cm", "width_cm", "height_cm")
COMPARED = ("account_no", *_SIDES)
"""Columns of a parcel that a line is compared with, under the prefix `our_`."""
NOTE_TYPES = (
    "courier.period_mismatch",
    "courier.wrong_account",
    "courier.vat_rate_mismatch",
    "courier.line_arithmetic",
    "courier.wrong_dimensions",
    "data.route_missing",
    "data.condition_missing",
)
_FREIGHT = ("base", "all_in", "volumetric_diff", "return_to_sender")
_SIDE_OFF_CM = 1  # a tape measure's centimetre


def with_notes(lines: pl.DataFrame, vat_rate: Decimal | None) -> pl.DataFrame:
    """Lines with `notes`, the types of `NOTE_TYPES` that each shows, in their order; null where it shows none.

    Args:
        lines: Lines with what they are compared with, `is_route_open` and `is_condition_open`.
        vat_rate: VAT rate of the contract as a fraction; None when it says none.
    """
    rate = pl.lit(vat_rate, dtype=pl.Decimal(28, 8))
    ours, theirs = _sorted([f"our_{side}" for side in _SIDES]), _sorted(list(_SIDES))
    tests = (
        pl.col("is_other_period"),
        pl.col("account_no") != pl.col("our_account_no"),
        pl.col("vat_rate") != rate,
        pl.col("list_amount_minor") - pl.col("discount_amount_minor") != pl.col("amount_minor"),
        # A side that is not known makes its sum unknown, and so nothing is said of the others.
        pl.any_horizontal((our - their).abs() > _SIDE_OFF_CM for our, their in zip(ours, theirs, strict=True)),
        pl.col("is_route_open") & pl.col("charge_type").is_in(_FREIGHT),
        pl.col("is_condition_open"),
    )
    flags = {code: test.fill_null(value=False) for code, test in zip(NOTE_TYPES, tests, strict=True)}
    noted = lines.select("line", **flags).filter(pl.any_horizontal(*NOTE_TYPES))
    words = pl.concat_list(pl.when(code).then(pl.lit(code)) for code in NOTE_TYPES).list.drop_nulls()
    return attached(lines, noted.select("line", words.alias("notes")), on="line")


def _sorted(sides: list[str]) -> list[pl.Expr]:
    """The shortest, the middle and the longest of three sides; null where one of them is."""
    known = pl.all_horizontal(pl.col(name).is_not_null() for name in sides)
    least, most = pl.min_horizontal(sides), pl.max_horizontal(sides)
    middle = pl.sum_horizontal(sides) - least - most
    return [pl.when(known).then(side) for side in (least, middle, most)]
