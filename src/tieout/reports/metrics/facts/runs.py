"""Facts of how reconciliations went: each compared line with its verdict, each run, and what tolerances took for nothing."""

import polars as pl

from tieout.outcome import Outcome
from tieout.reports.metrics.facts._base import SOURCE, Built, FactKind, Facts, no_side
from tieout.reports.metrics.facts._orders import shop_expr
from tieout.reports.versions import in_order

__all__ = ["FACTS"]

_WITHIN = "within tolerance"
_MANUAL = "manual"
_SCOPE = {"platform": pl.String, "shop_id": pl.String, "carrier": pl.String, "on": pl.Date}


def _compared(facts: Facts) -> Built:
    """Lines of the side that is checked, with whether they have a counterpart."""
    frames = [rows for one in facts.data.outcomes if (rows := _lines_of(one)) is not None]
    if not frames:
        return no_side("reconciliations", "对账结果")
    return pl.concat(frames, how="vertical_relaxed")


def _lines_of(outcome: Outcome) -> pl.DataFrame | None:
    side = outcome.records.get(outcome.matched[1])
    if side is None or "is_compared" not in side.columns:
        return None
    here = side.filter(pl.col("is_compared") & ~pl.col("is_repeat"))
    there = [
        frame.filter("is_compared").select(pl.col("unit").cast(pl.Int64))
        for name, frame in outcome.records.items()
        if name == outcome.matched[0] and "is_compared" in frame.columns
    ]
    confirmed = outcome.matches.filter(pl.col("status") == "confirmed")
    paired = confirmed.select(pl.col("right").cast(pl.Int64).alias("row"), "rule").unique("row", keep="first")
    has = set(side.columns)
    known = [pl.col(name) if name in has else pl.lit(None, dtype=kind).alias(name) for name, kind in _SCOPE.items()]
    rows = here.select("row", "unit", "verdict", "currency", "amount_minor", *known, *SOURCE)
    rows = rows.join(paired.sort("row"), on="row", how="left", maintain_order="left")
    units = pl.concat(there)["unit"].unique() if there else pl.Series("unit", [], dtype=pl.Int64)
    together = pl.col("unit").cast(pl.Int64).is_in(units.implode())
    matched = pl.col("rule").is_not_null() | together
    told = rows.select(
        pl.lit(outcome.reconciliation).alias("reconciliation"),
        pl.coalesce("rule", pl.when(together).then(pl.lit("same key"))).alias("rule"),
        "platform",
        shop_expr().alias("shop"),
        pl.col("carrier").alias("courier"),
        pl.col("on").alias("counted_on"),
        "currency",
        pl.col("amount_minor").abs().alias("size_minor"),
        matched.alias("is_matched"),
        (matched & (pl.col("rule") != _MANUAL).fill_null(value=True)).alias("is_auto"),
        (pl.col("verdict") == _WITHIN).fill_null(value=False).alias("is_absorbed"),
        *SOURCE,
    )
    return in_order(told)


def _runs(facts: Facts) -> Built:
    if not facts.data.outcomes:
        return no_side("reconciliations", "对账结果")
    rows = [
        (
            f"{one.reconciliation} {number}",
            one.reconciliation,
            facts.found_on,
            "rule" not in one.matches.columns or not (one.matches["rule"].cast(pl.String) == _MANUAL).any(),
        )
        for number, one in enumerate(facts.data.outcomes, start=1)
    ]
    schema = {"run": pl.String, "reconciliation": pl.String, "run_on": pl.Date, "is_first_pass": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        pl.lit(None, dtype=pl.String).alias("source_file"), pl.lit(None, dtype=pl.Int64).alias("source_line")
    )


def _absorbed(facts: Facts) -> Built:
    if not facts.data.outcomes:
        return no_side("reconciliations", "对账结果")
    frames = []
    for one in facts.data.outcomes:
        place = _first_places(one)
        rows = one.units.filter((pl.col("verdict") == _WITHIN) & (pl.col("gap_minor") != 0))
        joined = rows.select("unit", "currency", "gap_minor").join(place, on="unit", how="left", maintain_order="left")
        frames.append(
            joined.select(
                pl.lit(one.reconciliation).alias("reconciliation"),
                "unit",
                "counted_on",
                "currency",
                "gap_minor",
                pl.col("gap_minor").abs().alias("size_minor"),
                *SOURCE,
            )
        )
    return in_order(pl.concat(frames, how="vertical_relaxed"))


def _first_places(outcome: Outcome) -> pl.DataFrame:
    """Where the first record of each unit that a tolerance took stands."""
    schema = {"unit": pl.Int64, "counted_on": pl.Date, "source_file": pl.String, "source_line": pl.Int64}
    wanted = outcome.units.filter(pl.col("verdict") == _WITHIN).select("unit")
    frames = [
        frame.select(pl.col("unit").cast(pl.Int64), pl.col("on").alias("counted_on"), *SOURCE).join(
            wanted, on="unit", how="semi"
        )
        for frame in outcome.records.values()
        if {"unit", "on", *SOURCE} <= set(frame.columns)
    ]
    every = pl.concat([pl.DataFrame(schema=schema), *frames], how="vertical_relaxed")
    return every.sort("unit", "counted_on", *SOURCE, nulls_last=True).unique("unit", keep="first", maintain_order=True)


FACTS = (
    FactKind(
        name="compared",
        title="lines that were compared",
        title_zh="参与核对的记录",
        dimensions=("reconciliation", "rule", "platform", "shop", "courier"),
        moments=("counted_on",),
        ids=(),
        build=_compared,
    ),
    FactKind(
        name="runs",
        title="runs of reconciliations",
        title_zh="对账运行",
        dimensions=("reconciliation",),
        moments=("run_on",),
        ids=("run",),
        build=_runs,
    ),
    FactKind(
        name="absorbed",
        title="differences that a tolerance took for nothing",
        title_zh="容差内吸收的差异",
        dimensions=("reconciliation",),
        moments=("counted_on",),
        ids=("unit",),
        build=_absorbed,
    ),
)
