"""Columns of money: the same rules on Polars expressions, in whole minor units."""

import re
from collections.abc import Sequence

import polars as pl

from tieout.model.currency import exponent
from tieout.money.parsing import signs_of
from tieout.money.tolerance import Tolerance

__all__ = [
    "RATE_SCALE",
    "allocated",
    "allowed_minor_expr",
    "divide_half_up_expr",
    "minor_of",
    "net_of_tax_expr",
    "parsed_decimals",
    "prorated_tax_expr",
    "share_half_up_expr",
]

RATE_SCALE = 1_000_000
"""Tax rates in columns are whole numbers of this part: 130,000 is 13 %."""

_PLAIN = r"^[+-]?(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.[0-9]*)?$|^[+-]?\.[0-9]+$"
_FULL_WIDTH = dict(zip("０１２３４５６７８９．，－＋", "0123456789.,-+", strict=True))
_AROUND = " \t\r\n\u00a0`'\""
_MAX_DIGITS = 17  # keeps every amount within 64 bits


def parsed_decimals(cells: pl.Series, *, decimals: int, signs: tuple[str, ...] = ()) -> pl.Series:
    """Plain decimal text as whole units of `10 ** -decimals`; null where the text is anything but a plain number.

    It takes what most cells of an export are (digits, separators between thousands, one sign, one currency mark); what
    it leaves null is for `tieout.money.parse_amount`, which takes the rest or names the fault. Where both give a value
    it is the same.

    Args:
        cells: Texts.
        decimals: Number of decimals of the result's unit; text with more decimals that are not zero gives null.
        signs: Currency marks, one of which may lead or follow the digits.

    Returns:
        Int64, under the name of the cells.

    Example:
        >>> fees = pl.Series("fee", ["1,234.5", "¥3", "$3", "12,5O"])
        >>> parsed_decimals(fees, decimals=2, signs=("¥",)).to_list()
        [123450, 300, None, None]
    """
    # Step by step: an expression that names a part of itself several times is worked out as many times.
    text, part, digits = pl.col("text"), pl.col("part"), pl.col("digits")
    steps = cells.alias("text").to_frame().select(text=_bare_expr(text, signs)).select(text=_plain_expr(text))
    steps = steps.with_columns(part=_part_expr(text)).with_columns(digits=_digits_expr(text, part, decimals))
    return steps.select(_value_expr(text, part, digits, decimals)).to_series().alias(cells.name)


def _bare_expr(column: pl.Expr, signs: tuple[str, ...]) -> pl.Expr:
    """The text in narrow digits and signs, without what stands around it, and without a currency mark."""
    text = column.str.replace_many(_FULL_WIDTH).str.strip_chars(_AROUND)
    return _without_sign(text, signs) if signs else text


def _plain_expr(text: pl.Expr) -> pl.Expr:
    """The text without separators between thousands; null where it is anything but a plain number."""
    return pl.when(text.str.contains(_PLAIN)).then(text.str.replace_all(",", "", literal=True))


def _part_expr(text: pl.Expr) -> pl.Expr:
    """The decimals but for zeros at their end."""
    return text.str.extract(r"\.([0-9]*)$", 1).fill_null("").str.strip_chars_end("0")


def _digits_expr(text: pl.Expr, part: pl.Expr, decimals: int) -> pl.Expr:
    """The digits of the number of units."""
    return (text.str.extract(r"^[+-]?([0-9]*)", 1) + part.str.pad_end(decimals, "0")).str.strip_chars_start("0")


def _value_expr(text: pl.Expr, part: pl.Expr, digits: pl.Expr, decimals: int) -> pl.Expr:
    """The number of units; null where it has more decimals than there are, or is longer than any amount."""
    fits = (part.str.len_chars() <= decimals) & (digits.str.len_chars() <= _MAX_DIGITS)
    value = pl.when(fits).then(pl.concat_str([pl.lit("0"), digits])).cast(pl.Int64)
    return pl.when(text.str.starts_with("-")).then(-value).otherwise(value)


def _without_sign(text: pl.Expr, signs: tuple[str, ...]) -> pl.Expr:
    """The text without one currency mark, at its start or else at its end."""
    marks = "|".join(re.escape(sign) for sign in sorted(signs, key=len, reverse=True))
    return text.str.replace(f"^(?:{marks}) *| *(?:{marks})$", "")  # replaces the first match only


def minor_of(cells: pl.Series, *, currency: str) -> pl.Series:
    """Plain decimal text as minor units of a currency; null where `parsed_decimals` gives null.

    Args:
        cells: Texts.
        currency: ISO 4217 code.
    """
    return parsed_decimals(cells, decimals=exponent(currency), signs=signs_of(currency))


def divide_half_up_expr(numerator: pl.Expr, denominator: pl.Expr | int) -> pl.Expr:
    """Integer division rounded half away from zero (四舍五入).

    Args:
        numerator: Integer expression, signed.
        denominator: Integer expression or number, more than 0.

    Example:
        >>> parts = pl.DataFrame({"n": [125, -125, 124]})
        >>> parts.select(divide_half_up_expr(pl.col("n"), 10)).to_series().to_list()
        [13, -13, 12]
    """
    divisor = pl.lit(denominator) if isinstance(denominator, int) else denominator
    wide = divisor.cast(pl.Int128)
    magnitude = (2 * numerator.cast(pl.Int128).abs() + wide) // (2 * wide)  # 64 bits would wrap without a word
    narrow = magnitude.cast(pl.Int64)
    return pl.when(numerator < 0).then(-narrow).otherwise(narrow)


def share_half_up_expr(amount: pl.Expr, numerator: pl.Expr | int, denominator: pl.Expr | int) -> pl.Expr:
    """An amount times a fraction, rounded half away from zero (四舍五入); the product is never cut off.

    Args:
        amount: Int64 expression, signed.
        numerator: Int64 expression or number, signed.
        denominator: Int64 expression or number, more than 0.

    Example:
        >>> paid = pl.DataFrame({"usd": [100_000, -125]})
        >>> paid.select(share_half_up_expr(pl.col("usd"), 36, 5)).to_series().to_list()
        [720000, -900]
    """
    factor = pl.lit(numerator, dtype=pl.Int64) if isinstance(numerator, int) else numerator
    product = amount.cast(pl.Int128) * factor.cast(pl.Int128)  # 64 bits would wrap without a word
    return divide_half_up_expr(product, denominator)


def net_of_tax_expr(gross_minor: pl.Expr, rate_ppm: pl.Expr | int) -> pl.Expr:
    """The net of tax-inclusive amounts, as `tieout.money.split_tax` rounds it; the tax is what remains.

    Args:
        gross_minor: Int64 expression of amounts with tax in minor units; may be negative.
        rate_ppm: Int64 expression or number, rates of 0 or more in parts of `RATE_SCALE`.

    Example:
        >>> sold = pl.DataFrame({"gross": [19000, -950], "rate": [130_000, 60_000]})
        >>> sold.select(net_of_tax_expr(pl.col("gross"), pl.col("rate"))).to_series().to_list()
        [16814, -896]
    """
    rate = pl.lit(rate_ppm, dtype=pl.Int64) if isinstance(rate_ppm, int) else rate_ppm
    return share_half_up_expr(gross_minor, RATE_SCALE, rate + RATE_SCALE)


def prorated_tax_expr(
    *, original_gross: pl.Expr, original_tax: pl.Expr, taken_before: pl.Expr, amount: pl.Expr
) -> pl.Expr:
    """The tax inside parts of amounts, as `tieout.money.prorate_tax` shares it; null where more is taken than there was.

    Args:
        original_gross: Int64 expression of whole amounts with tax in minor units.
        original_tax: Int64 expression of the tax inside them.
        taken_before: Int64 expression of what earlier parts took.
        amount: Int64 expression of this part.

    Example:
        >>> refunds = pl.DataFrame({"before": [0, 6000], "amount": [6000, 13000]})
        >>> tax = prorated_tax_expr(
        ...     original_gross=pl.lit(19000),
        ...     original_tax=pl.lit(2186),
        ...     taken_before=pl.col("before"),
        ...     amount=pl.col("amount"),
        ... )
        >>> refunds.select(tax).to_series().to_list()
        [690, 1496]
    """
    whole, before = original_gross.cast(pl.Int128), taken_before.cast(pl.Int128)
    after = before + amount.cast(pl.Int128)
    low, high = pl.min_horizontal(whole, 0), pl.max_horizontal(whole, 0)
    fits = before.is_between(low, high) & after.is_between(low, high) & (whole != 0)
    divisor = pl.when(fits).then(whole.abs())
    sign = pl.when(whole < 0).then(-1).otherwise(1)
    parts = [share_half_up_expr(original_tax, pl.when(fits).then(taken) * sign, divisor) for taken in (after, before)]
    return parts[0] - parts[1]


def allowed_minor_expr(tolerance: Tolerance, expected_minor: pl.Expr) -> pl.Expr:
    """What a tolerance allows beside an expected amount, in minor units, as `Tolerance.allowed` says.

    Args:
        tolerance: The tolerance.
        expected_minor: Integer expression of the expected amounts in its currency.
    """
    fixed = pl.lit(tolerance.amount_minor, dtype=pl.Int64)
    if not tolerance.share:
        return fixed
    numerator, denominator = tolerance.share.as_integer_ratio()
    relative = (expected_minor.abs().cast(pl.Int128) * numerator) // denominator
    if tolerance.limit_minor is not None:
        relative = pl.min_horizontal(relative, pl.lit(tolerance.limit_minor, dtype=pl.Int128))
    return pl.max_horizontal(fixed, relative.cast(pl.Int64))


def allocated(frame: pl.DataFrame, total: str, weight: str, *, over: Sequence[str]) -> pl.Series:
    """The part of an amount that each row of a group gets, as `tieout.money.allocate` shares it; ties go to the earlier row.

    Args:
        frame: Rows with the columns.
        total: Integer column of what is shared, the same in all rows of a group; may be negative.
        weight: Integer column, not negative.
        over: Columns that name the group.

    Returns:
        Integers that sum to the total in each group; null where all weights of a group are zero.

    Example:
        >>> lines = pl.DataFrame({"order": ["A"] * 3, "off": [4000] * 3, "price": [12000, 8000, 10000]})
        >>> allocated(lines, "off", "price", over=["order"]).to_list()
        [1600, 1067, 1333]
    """
    whole = pl.col(weight).sum().over(over)
    divisor = pl.when(whole > 0).then(whole).cast(pl.Int128)
    product = pl.col(total).abs().cast(pl.Int128) * pl.col(weight).cast(pl.Int128)  # 64 bits would wrap without a word
    rows = frame.select(
        *over,
        (pl.col(total) < 0).alias("_below"),
        pl.col(total).abs().alias("_total"),
        (product // divisor).cast(pl.Int64).alias("_floor"),
        (product % divisor).cast(pl.Int64).alias("_over"),
    )
    # One sort of all rows, and its inverse: ranking group by group costs many times as much.
    order = pl.arg_sort_by([*over, -pl.col("_over"), pl.int_range(pl.len())])
    placed = rows.with_columns(order.arg_sort().cast(pl.Int64).alias("_place"))
    short = pl.col("_total") - pl.col("_floor").sum().over(over)
    gets_more = pl.col("_place") - pl.col("_place").min().over(over) < short
    part = pl.col("_floor") + gets_more.cast(pl.Int64)
    return placed.select(pl.when("_below").then(-part).otherwise(part)).to_series().alias("allocated")
