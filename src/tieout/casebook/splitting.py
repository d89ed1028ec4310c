"""Splitting: cases that people made several of."""

from collections.abc import Mapping, Sequence

import attrs
import polars as pl

from tieout.casebook.links import Split, part_id
from tieout.casebook.regrouping import Force, Standing
from tieout.model import Discrepancy
from tieout.model.currency import exponent
from tieout.outcome import Outcome
from tieout.proof import Check, Proof
from tieout.tables import Table

__all__ = ["severity_expr", "with_parts"]

_BOUNDS = ((5_000, "critical"), (500, "high"), (50, "medium"))  # domain.md 6.3, in units of the currency


def severity_expr(codes: Sequence[str]) -> pl.Expr:
    """Severity by the size of `gap_minor`.

    Args:
        codes: Every currency that occurs.
    """
    size = pl.col("gap_minor").abs()
    unit = pl.col("currency").replace_strict({code: 10 ** exponent(code) for code in codes}, default=100)
    level = pl.when(size == 0).then(pl.lit("info")).otherwise(pl.lit("low"))
    for bound, name in reversed(_BOUNDS):
        level = pl.when(size >= bound * unit).then(pl.lit(name)).otherwise(level)
    return level


def with_parts(outcome: Outcome, given: Sequence[Standing]) -> tuple[Outcome, tuple[Standing, ...], dict[str, str]]:
    """The outcome with split cases in place of the whole ones.

    Args:
        outcome: With the groups by hand.
        given: All decisions; of splits it is known whether their records are as they were.

    Returns:
        The outcome, the decisions with what became of the splits, and by discrepancy the id of the split that took it over.
    """
    table = outcome.discrepancies.to_polars()
    wanted = {one.decision.discrepancy_id: one.decision for one in given if isinstance(one.decision, Split)}
    whole = {
        found: (impact, code)
        for found, impact, code in table.filter(pl.col("discrepancy_id").is_in(list(wanted)))
        .select("discrepancy_id", "impact_minor", "currency")
        .iter_rows()
    }
    standings = tuple(_of_split(one, one.decision, whole) if isinstance(one.decision, Split) else one for one in given)
    chosen = [one.decision for one in standings if isinstance(one.decision, Split) and one.force is Force.APPLIED]
    if not chosen:
        return outcome, standings, {}
    shares = pl.DataFrame(
        [
            (one.discrepancy_id, part_id(one.discrepancy_id, n), share.impact_minor, share.note, share.owner,
             f"{n + 1} of {len(one.shares)}", str(one.impact_minor), one.id)
            for one in chosen
            for n, share in enumerate(one.shares)
        ],
        schema={
            "discrepancy_id": pl.String, "part_id": pl.String, "share": pl.Int64, "note": pl.String, "by": pl.String,
            "part": pl.String, "of": pl.String, "decision": pl.String,
        },
        orient="row",
    )  # fmt: skip
    nothing = pl.lit(None, dtype=pl.Int64)
    facts = pl.struct("decision", "part", pl.col("of").alias("impact_of_the_whole_minor")).struct.json_encode()
    codes = table["currency"].drop_nulls().unique().sort().to_list()
    parts = (
        shares.join(table, on="discrepancy_id", how="inner", maintain_order="left")
        .with_columns(
            pl.col("part_id").alias("discrepancy_id"),
            pl.col("share").alias("impact_minor"),
            pl.col("share").alias("gap_minor"),
            nothing.alias("expected_minor"),
            nothing.alias("actual_minor"),
            pl.col("note").alias("reason"),
            pl.col("note").alias("reason_zh"),
            pl.coalesce("by", "owner").alias("owner"),
            (pl.col("claimable") & (pl.col("share") > 0)).alias("claimable"),
            facts.alias("evidence"),
        )
        .with_columns(severity_expr(codes).alias("severity"))
    )
    gone = [one.discrepancy_id for one in chosen]
    after = pl.concat(
        [table.filter(~pl.col("discrepancy_id").is_in(gone)), parts.select(table.columns).sort("discrepancy_id")]
    )
    of_parts = shares.join(outcome.explains, on="discrepancy_id", how="inner").select(
        pl.col("part_id").alias("discrepancy_id"), "unit", "is_note"
    )
    explains = pl.concat([outcome.explains.filter(~pl.col("discrepancy_id").is_in(gone)), of_parts])
    checks = [
        Check(
            name="split by hand",
            side="both",
            currency=one.currency,
            total=one.impact_minor,
            parts={f"part {n + 1}": share.impact_minor for n, share in enumerate(one.shares)},
        )
        for one in chosen
    ]
    laid = attrs.evolve(
        outcome,
        discrepancies=Table(after, Discrepancy),
        explains=explains,
        totals={**outcome.totals, ("discrepancies", "rows"): after.height},
        proof=Proof([*outcome.proof.checks, *checks]),
    )
    return laid, standings, {one.discrepancy_id: one.id for one in chosen}


def _of_split(one: Standing, split: Split, whole: Mapping[str, tuple[int, str | None]]) -> Standing:
    if one.force is not Force.APPLIED:
        return one
    found = whole.get(split.discrepancy_id)
    if found is None and not split.records:
        return attrs.evolve(one, force=Force.ABSENT)
    if found is None:
        return attrs.evolve(one, force=Force.SURFACED, problem="the case that was split is not found any more")
    if found != (split.impact_minor, split.currency):
        problem = f"the case has an impact of {found[0]} {found[1]} now, {split.impact_minor} when it was split"
        return attrs.evolve(one, force=Force.SURFACED, problem=problem)
    return one
