"""Counterfactual attribution: which one thing, if it were different, gives the billed amount (`domain.md` 3.9 test 7)."""

from collections.abc import Iterable, Iterator

import polars as pl

from tieout.reconciliations._courier.expected import Rating
from tieout.reconciliations._courier.trials import PHYSICAL, Batch, Trial, double_batches, run_batch, single_batches
from tieout.tariffs import RateCard

__all__ = ["attribute"]

_REPRODUCES_MINOR = 1  # within one minor unit, as domain.md 3.9 says
_TYPES = {
    "weight": "courier.overweight",
    "zone": "courier.wrong_zone",
    "version": "courier.wrong_rate_version",
    "divisor": "courier.wrong_divisor",
    "rounding": "courier.wrong_rounding",
    "pieces": "courier.wrong_rounding",
    "service": "courier.wrong_service",
    "discount": "courier.discount_missing",
    "minimum": "courier.surcharge_amount_wrong",
    "fuel": "courier.wrong_fuel",
    "surcharge": "courier.surcharge_amount_wrong",
}
_FREIGHT = ("base", "all_in")
_DOUBLE_TYPES = (*_FREIGHT, "return_to_sender")
"""Charges for which two factors are tried; a fee that one factor does not explain has simply another amount."""
_RANK = {
    "weight": 20,
    "zone": 40,
    "version": 50,
    "divisor": 60,
    "rounding": 61,
    "pieces": 62,
    "service": 70,
    "discount": 80,
    "minimum": 85,
    "fuel": 90,
}
_RANK_SAME_WEIGHT = 10  # our measurement, their arithmetic: better than saying that they weighed something else
_RANK_STATED_ZONE = 30
_RANK_ARITHMETIC = 45  # no weight on the bill: the one rule that differs goes before a whole other version
_RANK_STATED_SERVICE = 35
_RANK_GUESSED_ZONE = 95
_RANK_TWO = 200
_HIT: dict[str, pl.DataType] = {
    "line": pl.Int64(),
    "factor": pl.String(),
    "detail": pl.String(),
    "rank": pl.Int32(),
    "billing_weight_g": pl.Decimal(28, 8),
}


def attribute(
    card: RateCard, rating: Rating, counted: pl.DataFrame, failing: pl.DataFrame, *, of_two: bool = True
) -> pl.DataFrame:
    """What explains the lines whose price differs.

    Args:
        card: The contract.
        rating: What was rated, and as what.
        counted: All lines that count, since a component is billed by only one of a parcel's lines.
        failing: `line`, `unit`, `charge_type`, `amount_minor`, `expected_minor`, `billed_weight_g` and what else the line has.
        of_two: Whether two factors together are tried where none alone explains a line.

    Returns:
        Per line: `type`, `factor`, `detail`, `also` (other factors that explain it as well), `alt_billing_weight_g`.
    """
    if not failing.height:
        return _empty()
    units = failing.select("unit").unique()
    rows = rating.rows.join(units, on="unit", how="semi")
    lines = counted.join(units, on="unit", how="semi")
    found = pl.concat([pl.DataFrame(schema=_HIT), *_tried(card, lines, rows, failing, single_batches(card))])
    left = failing.join(found, on="line", how="anti").filter(pl.col("charge_type").is_in(_DOUBLE_TYPES))
    if of_two and left.height:
        units = left.select("unit").unique()
        rows, lines = rows.join(units, on="unit", how="semi"), lines.join(units, on="unit", how="semi")
        found = pl.concat([found, *_tried(card, lines, rows, left, double_batches(card))])
    return _decide(found, failing)


def _tried(
    card: RateCard, lines: pl.DataFrame, rows: pl.DataFrame, failing: pl.DataFrame, batches: Iterable[Batch]
) -> Iterator[pl.DataFrame]:
    """The failing lines that each trial of the batches reproduces."""
    wanted = failing.select("line", "amount_minor", "expected_minor", "netted_minor", "billed_weight_g", "service")
    for batch in batches:
        for trial, sums in run_batch(card, lines, rows, batch):
            tried = pl.col("tried_minor") - pl.col("netted_minor")
            joined = wanted.join(sums.rename({"expected_minor": "tried_minor"}), on="line")
            near = (tried - pl.col("amount_minor")).abs() <= _REPRODUCES_MINOR
            yield joined.filter(near & (tried != pl.col("expected_minor"))).select(
                "line",
                pl.lit(trial.factor).alias("factor"),
                pl.lit(trial.detail).alias("detail"),
                _rank(trial).cast(pl.Int32).alias("rank"),
                "billing_weight_g",
            )


def _rank(trial: Trial) -> pl.Expr:
    """How good an explanation is, less is better.

    When the bill states a weight and our own measurement under another rounding or divisor gives that very weight, the
    courier measured what we measured and calculated otherwise; then arithmetic goes before weight. Arithmetic that leads
    to another weight than the bill states is the last thing to believe.
    """
    if "+" in trial.factor:
        return pl.lit(_RANK_TWO)
    if trial.stated:
        return pl.lit(_RANK_STATED_ZONE if trial.factor == "zone" else _RANK["weight"])
    if trial.factor == "zone":
        return pl.lit(_RANK_GUESSED_ZONE)
    if trial.factor == "service":
        said = (pl.col("service") == pl.lit(trial.service)).fill_null(value=False)
        return pl.when(said).then(pl.lit(_RANK_STATED_SERVICE)).otherwise(pl.lit(_RANK["service"]))
    plain = pl.lit(_RANK[trial.factor])
    if trial.factor not in PHYSICAL:
        return plain
    nth = PHYSICAL.index(trial.factor)
    stated = pl.col("billed_weight_g").is_not_null()
    same_weight = (pl.col("billing_weight_g") == pl.col("billed_weight_g")).fill_null(value=False)
    return (
        pl.when(same_weight)
        .then(pl.lit(_RANK_SAME_WEIGHT + nth))
        .when(stated)
        .then(plain)
        .otherwise(pl.lit(_RANK_ARITHMETIC + nth))
    )


def _decide(found: pl.DataFrame, failing: pl.DataFrame) -> pl.DataFrame:
    ordered = found.sort("line", "rank", "factor", "detail")
    best = ordered.unique("line", keep="first", maintain_order=True)
    also = (
        ordered.join(best.select("line", pl.col("factor").alias("best")), on="line")
        .filter(pl.col("factor") != pl.col("best"))
        .group_by("line", maintain_order=True)
        .agg(pl.col("factor").unique(maintain_order=True).str.join(", ").alias("also"))
    )
    under = pl.col("amount_minor") < pl.col("expected_minor")
    code = pl.col("factor").replace_strict(_TYPES, default=None)
    surcharge = ~pl.col("charge_type").is_in(_FREIGHT)
    unexplained = (
        pl.when(pl.col("factor").is_not_null())
        .then(pl.lit("courier.multi_factor"))
        .when(pl.col("charge_type") == "fuel")
        .then(pl.lit("courier.wrong_fuel"))
        .when(surcharge)
        .then(pl.lit("courier.surcharge_amount_wrong"))
        .otherwise(pl.lit("courier.unexplained"))
    )
    lower = (
        pl.when(pl.col("factor") == "weight")
        .then(pl.lit("courier.underweight"))
        .otherwise(pl.lit("courier.undercharged"))
    )
    implied = pl.when(pl.col("charge_type") == "fuel").then(pl.lit("fuel")).when(surcharge).then(pl.lit("surcharge"))
    return (
        failing.select("line", "charge_type", "amount_minor", "expected_minor")
        .join(best.select("line", "factor", "detail", "billing_weight_g"), on="line", how="left")
        .join(also, on="line", how="left")
        .select(
            "line",
            pl.when(under).then(lower).otherwise(pl.coalesce(code, unexplained)).alias("type"),
            pl.coalesce("factor", implied).alias("factor"),
            "detail",
            "also",
            pl.col("billing_weight_g").alias("alt_billing_weight_g"),
        )
        .sort("line")
    )


def _empty() -> pl.DataFrame:
    schema: dict[str, pl.DataType] = {
        "line": pl.Int64(),
        "type": pl.String(),
        "factor": pl.String(),
        "detail": pl.String(),
        "also": pl.String(),
    }
    return pl.DataFrame(schema={**schema, "alt_billing_weight_g": pl.Decimal(28, 8)})
