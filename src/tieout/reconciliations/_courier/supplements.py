"""Supplements (补差): a later bill charges a parcel again, to top up or correct what an earlier bill charged.

One that makes the sum of both what the contract says is a part of the first charge, see `netting`. One that makes it the price of
a single other fact, such as the weight on the later bill, is compared as a sum: the later line is to be what the first one lacks.
"""

import attrs
import polars as pl

from tieout.reconciliations._courier.attribution import attribute
from tieout.reconciliations._courier.expected import Rating
from tieout.tariffs import RateCard

__all__ = ["with_supplements"]

_DUPLICATE = "courier.duplicate"
_FOUND = ("factor", "detail", "also", "alt_billing_weight_g")


def with_supplements(lines: pl.DataFrame, card: RateCard, rating: Rating, counted: pl.DataFrame) -> pl.DataFrame:
    """Lines in which explained supplements are compared with what the first charge lacks, and that charge is taken as it is.

    Args:
        lines: Lines with `type`, `type_found` and what attribution says, `first_line`, `first_bill`, `first_amount_minor` and
            `due_minor`.
        card: The contract.
        rating: What was rated.
        counted: Lines that may bill a component.
    """
    lacks = pl.col("due_minor") - pl.col("first_amount_minor")
    later = (pl.col("type") == _DUPLICATE) & (pl.col("bill_no") != pl.col("first_bill")) & (lacks > 0)
    asked = lines.filter(later.fill_null(value=False)).with_columns(
        lacks.alias("expected_minor"), pl.col("first_amount_minor").alias("netted_minor")
    )
    if not asked.height:
        return lines
    explained = _explained(asked, card, rating, counted)
    topped = asked.join(explained, on="line", how="semi")["first_line"].drop_nulls().implode()
    named = explained.select(
        "line", pl.col("type").alias("sum_type"), *(pl.col(name).alias(f"sum_{name}") for name in _FOUND)
    )
    joined = lines.join(named, on="line", how="left", maintain_order="left")
    is_sum = pl.col("sum_type").is_not_null()
    is_topped = pl.col("line").is_in(topped)
    return joined.with_columns(
        pl.when(is_topped).then(pl.lit("agreed")).when(~is_sum).then("type").alias("type"),
        pl.when(is_sum).then("sum_type").when(~is_topped).then("type_found").alias("type_found"),
        pl.when(is_sum).then(lacks).otherwise("expected_minor").alias("expected_minor"),
        *(pl.when(is_sum).then(f"sum_{name}").when(~is_topped).then(name).alias(name) for name in _FOUND),
    ).drop("sum_type", *(f"sum_{name}" for name in _FOUND))


def _explained(asked: pl.DataFrame, card: RateCard, rating: Rating, counted: pl.DataFrame) -> pl.DataFrame:
    """The supplements whose sum with the first charge one other fact gives."""
    units = asked.select("unit").unique()
    first = asked["first_line"].drop_nulls().implode()
    others = counted.join(units, on="unit", how="semi").filter(~pl.col("line").is_in(first))
    weights = asked.group_by("unit").agg(pl.col("billed_weight_g").max().alias("weight_later_g"))
    rows = rating.rows.join(weights, on="unit", how="inner", maintain_order="left").with_columns(
        pl.coalesce("weight_later_g", "billed_weight_g").alias("billed_weight_g")
    )
    whole = attrs.evolve(rating, rows=rows.drop("weight_later_g"))
    found = attribute(card, whole, pl.concat([others, asked.select(others.columns)]), asked, of_two=False)
    return found.filter(pl.col("detail").is_not_null())
