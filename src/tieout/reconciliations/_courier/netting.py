"""Netting: lines that belong to another line, such as a partial credit, a discount listed apart, or a supplement.

What a parcel was charged for one thing may stand on several lines. The parts are taken off what is expected of the line that
they belong to, so that the price is compared once, as a whole; a part itself then agrees.
"""

import polars as pl

from tieout.reconciliations._courier.columns import attached
from tieout.reconciliations._courier.expected import Rating, cover, line_sums

__all__ = ["FREIGHT", "OF_FREIGHT", "net_parts"]

_TAKEN_OFF_FREIGHT = ["discount", "adjustment", "void_credit"]
"""Credits that reduce a parcel's freight rather than pay for something."""
FREIGHT = ["base", "all_in", "return_to_sender", "reverse_pickup"]
"""Lines that may carry what has none of its own."""
_PART_OF_FREIGHT = ["volumetric_diff", "minimum", "label"]
"""Charges that some bills list apart though the contract has them in its freight."""
OF_FREIGHT = [*FREIGHT, *_PART_OF_FREIGHT, *_TAKEN_OFF_FREIGHT]
"""Lines that together say what the way of a parcel cost."""


def net_parts(
    lines: pl.DataFrame, counted: pl.DataFrame, rating: Rating, *, currency: str, tolerance_minor: int
) -> pl.DataFrame:
    """Lines with `is_netted`, and `netted_minor`: the sum of the parts that were netted into each line.

    Args:
        lines: Lines with their marks and `expected_minor`.
        counted: Lines that may bill a component.
        rating: What was rated.
        currency: The contract's currency.
        tolerance_minor: How far a charge with its supplement may be off and still be the contract's price.
    """
    lines = attached(lines, _due_of_repeats(lines, counted, rating), on="line")
    parts = lines.filter(_is_part(currency, tolerance_minor))
    targets = (
        counted.join(parts.select("unit").unique(), on="unit", how="semi")
        .filter(pl.col("amount_minor") > 0)
        .select("line", "unit", "leg", "charge_type", "order", pl.col("charge_type").is_in(FREIGHT).alias("is_freight"))
    )
    found = _targets_of(parts, targets)
    netted = found.group_by("target").agg(pl.col("amount_minor").sum().alias("netted_minor"))
    justified = lines.filter(_is_justified_by_history(tolerance_minor))["line"]
    agreed = pl.concat([found["line"], justified]).implode()
    return attached(lines, netted, on="line", right_on="target").with_columns(
        pl.col("netted_minor").fill_null(0), pl.col("line").is_in(agreed).alias("is_netted")
    )


def _is_part(currency: str, tolerance_minor: int) -> pl.Expr:
    """Whether a line is a part of another one."""
    of_parcel = pl.col("unit").is_not_null() & (pl.col("currency") == currency) & ~pl.col("is_reversed")
    credit = pl.col("is_credit") & (~pl.col("is_credit_type") | pl.col("charge_type").is_in(_TAKEN_OFF_FREIGHT))
    apart = pl.col("charge_type").is_in(_PART_OF_FREIGHT) & ~pl.col("in_contract") & ~pl.col("is_duplicate")
    return of_parcel & (credit | (apart & ~pl.col("is_credit")) | _is_supplement(tolerance_minor))


def _is_supplement(tolerance_minor: int) -> pl.Expr:
    """Whether a repeated charge makes the first one of this run what the contract says (补差)."""
    both = pl.col("first_amount_minor") + pl.col("amount_minor")
    here = pl.col("is_duplicate") & pl.col("first_line").is_not_null()
    return (here & ((both - pl.col("due_minor")).abs() <= tolerance_minor)).fill_null(value=False)


def _is_justified_by_history(tolerance_minor: int) -> pl.Expr:
    """Whether a repeated charge makes what earlier bills charged what the contract says."""
    both = pl.col("first_amount_minor") + pl.col("amount_minor")
    past = pl.col("is_duplicate") & pl.col("first_line").is_null()
    return (past & ((both - pl.col("due_minor")).abs() <= tolerance_minor)).fill_null(value=False)


def _due_of_repeats(lines: pl.DataFrame, counted: pl.DataFrame, rating: Rating) -> pl.DataFrame:
    """What the contract makes of the thing that a repeated charge is for: `line`, `due_minor`."""
    repeats = lines.filter(pl.col("is_duplicate") & pl.col("unit").is_not_null())
    here = (
        repeats.filter(pl.col("first_line").is_not_null())
        .join(counted.select("line"), left_on="first_line", right_on="line", how="semi")
        .join(
            lines.select(pl.col("line").alias("first_line"), pl.col("expected_minor").alias("due_minor")),
            on="first_line",
        )
        .select("line", "due_minor")
    )
    before = repeats.filter(pl.col("first_line").is_null())
    sums = line_sums(cover(before, rating.rows, rating.rated.components)).rename({"expected_minor": "due_minor"})
    return pl.concat([here, sums]).unique("line", keep="first", maintain_order=True)


def _targets_of(parts: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """The one line that each part belongs to: of its own type and leg, else the freight of the leg, else of the parcel."""
    own_type = pl.col("charge_type") == pl.col("charge_type_target")
    same_leg = pl.col("leg") == pl.col("leg_target")
    rank = (
        pl.when(own_type & same_leg)
        .then(0)
        .when(pl.col("is_freight") & same_leg)
        .then(1)
        .when(pl.col("is_freight"))
        .then(2)
        .otherwise(3)
    )
    return (
        parts.select("line", "unit", "leg", "charge_type", "amount_minor")
        .join(targets.rename({"line": "target"}), on="unit", suffix="_target")
        .filter(pl.col("line") != pl.col("target"))
        .with_columns(rank.alias("rank"))
        .sort("line", "rank", "order")
        .unique("line", keep="first", maintain_order=True)
        .select("line", "target", "amount_minor")
    )
