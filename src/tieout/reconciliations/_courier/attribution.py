"""Counterfactual attribution: which one thing, if it were different, gives the billed amount (`domain.md` 3.9 test 7)."""

from collections.abc import Iterator
from typing import Any

import attrs
import polars as pl

from tieout.reconciliations._courier.expected import Rating, scenario_sums
from tieout.tariffs import RateCard, Scenario

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
_PHYSICAL = ("divisor", "rounding", "pieces")
"""Factors that turn our own measurements into another billing weight."""
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
_RANK_STATED_SERVICE = 35
_RANK_GUESSED_ZONE = 95
_RANK_TWO = 200
_HIT = {
    "line": pl.Int64,
    "factor": pl.String,
    "detail": pl.String,
    "rank": pl.Int32,
    "billing_weight_g": pl.Decimal(28, 8),
}


@attrs.frozen(kw_only=True)
class _Trial:
    """One scenario and how to speak of it."""

    factor: str
    detail: str
    scenario: Scenario
    stated: bool = False


def attribute(card: RateCard, rating: Rating, counted: pl.DataFrame, failing: pl.DataFrame) -> pl.DataFrame:
    """What explains the lines whose price differs.

    Args:
        card: The contract.
        rating: What was rated, and as what.
        counted: All lines that count, since a component is billed by only one of a parcel's lines.
        failing: `line`, `unit`, `charge_type`, `amount_minor`, `expected_minor`, `billed_weight_g` and what else the line has.

    Returns:
        Per line: `type`, `factor`, `detail`, `also` (other factors that explain it as well), `alt_billing_weight_g`.
    """
    if not failing.height:
        return _empty()
    units = failing.select("unit").unique()
    rows = rating.rows.join(units, on="unit", how="semi")
    lines = counted.join(units, on="unit", how="semi")
    ours = _our_weights(rating, lines)
    single = list(_single_trials(card))
    hits = [_hits(card, lines, rows, failing, trial, ours) for trial in single]
    found = pl.concat([*hits, pl.DataFrame(schema=_HIT)])
    left = failing.join(found, on="line", how="anti").filter(
        pl.col("charge_type").is_in([*_FREIGHT, "return_to_sender"])
    )
    if left.height:
        some_rows = rows.join(left.select("unit").unique(), on="unit", how="semi")
        some_lines = lines.join(left.select("unit").unique(), on="unit", how="semi")
        pairs = [_hits(card, some_lines, some_rows, left, trial, ours) for trial in _double_trials(single)]
        found = pl.concat([found, *pairs])
    return _decide(found, failing)


def _single_trials(card: RateCard) -> Iterator[_Trial]:
    """The courier's own values first, then every alternative of the contract and the field."""
    yield _Trial(
        factor="weight", detail="billed weight", scenario=Scenario(billing_weight="billed_weight_g"), stated=True
    )
    yield _Trial(factor="zone", detail="zone on the bill", scenario=Scenario(zone_column="bill_zone"), stated=True)
    for factor, scenario in card.alternatives():
        yield _Trial(factor=factor, detail=_describe(scenario), scenario=scenario)


def _double_trials(single: list[_Trial]) -> Iterator[_Trial]:
    """Two factors at once, at least one of them stated on the bill or a version of the contract."""
    leading = [trial for trial in single if trial.stated or trial.factor in {"version", "discount"}]
    others = [trial for trial in single if trial not in leading]
    for index, first in enumerate(leading):
        for second in [*leading[index + 1 :], *others]:
            if first.factor == second.factor or {first.factor, second.factor} <= {"weight", *_PHYSICAL}:
                continue
            yield _Trial(
                factor=f"{first.factor}+{second.factor}",
                detail=f"{first.detail}; {second.detail}",
                scenario=_merge(first.scenario, second.scenario),
            )


def _changes(scenario: Scenario) -> dict[str, Any]:
    """The fields that differ from a scenario without change."""
    nothing = Scenario()
    values = attrs.asdict(scenario, recurse=False)
    return {name: value for name, value in values.items() if value != getattr(nothing, name)}


def _merge(first: Scenario, second: Scenario) -> Scenario:
    return attrs.evolve(first, **_changes(second))


def _describe(scenario: Scenario) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in _changes(scenario).items())


def _our_weights(rating: Rating, lines: pl.DataFrame) -> pl.DataFrame:
    """Our billing weight per line."""
    return (
        lines.select("line", "unit", pl.col("rate_legs").alias("leg"))
        .explode("leg")
        .join(rating.rows.select("row", "unit", "leg"), on=["unit", "leg"])
        .join(rating.rated.parcels.select("row", pl.col("billing_weight_g").alias("our_billing_weight_g")), on="row")
        .group_by("line")
        .agg(pl.col("our_billing_weight_g").max())
    )


def _hits(  # noqa: PLR0913 - the contract, three frames of one subject, and the trial
    card: RateCard, lines: pl.DataFrame, rows: pl.DataFrame, failing: pl.DataFrame, trial: _Trial, ours: pl.DataFrame
) -> pl.DataFrame:
    """The failing lines that the trial reproduces."""
    tried = scenario_sums(card, lines, rows, trial.scenario)
    joined = failing.select("line", "amount_minor", "expected_minor", "billed_weight_g", "service").join(
        tried.rename({"expected_minor": "tried_minor"}), on="line"
    )
    reproduced = joined.filter(
        ((pl.col("tried_minor") - pl.col("amount_minor")).abs() <= _REPRODUCES_MINOR)
        & (pl.col("tried_minor") != pl.col("expected_minor"))
    ).join(ours, on="line", how="left")
    return reproduced.sort("line").select(
        "line",
        pl.lit(trial.factor).alias("factor"),
        pl.lit(trial.detail).alias("detail"),
        _rank(trial).cast(pl.Int32).alias("rank"),
        "billing_weight_g",
    )


def _rank(trial: _Trial) -> pl.Expr:
    """How good an explanation is, less is better.

    When the bill states a weight and our own measurement under another rounding or divisor gives that very weight, the courier
    measured what we measured and calculated otherwise; only then does arithmetic go before weight.
    """
    if "+" in trial.factor:
        return pl.lit(_RANK_TWO)
    if trial.stated:
        return pl.lit(_RANK_STATED_ZONE if trial.factor == "zone" else _RANK["weight"])
    if trial.factor == "zone":
        return pl.lit(_RANK_GUESSED_ZONE)
    if trial.factor == "service":
        said = (pl.col("service") == pl.lit(trial.scenario.service)).fill_null(value=False)
        return pl.when(said).then(pl.lit(_RANK_STATED_SERVICE)).otherwise(pl.lit(_RANK["service"]))
    plain = pl.lit(_RANK[trial.factor])
    if trial.factor not in _PHYSICAL:
        return plain
    same_weight = (pl.col("billing_weight_g") == pl.col("billed_weight_g")).fill_null(value=False)
    return pl.when(same_weight).then(pl.lit(_RANK_SAME_WEIGHT) + pl.lit(_RANK[trial.factor] - 60)).otherwise(plain)


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
    schema: dict[str, pl.DataType] = {"line": pl.Int64(), "type": pl.String(), "factor": pl.String(), "detail": pl.String(), "also": pl.String()}
    return pl.DataFrame(schema={**schema, "alt_billing_weight_g": pl.Decimal(28, 8)})
