"""The discrepancies of a close as one table, the most important first, and their causes by weight (Pareto)."""

import polars as pl

from tieout.model import Discrepancy, Severity
from tieout.reports.data import ReportData
from tieout.reports.report import Column, Kind, Section
from tieout.tables import schema_of

__all__ = ["all_findings", "causes_of"]

_RANK = {str(one): rank for rank, one in enumerate(Severity)}
_HANDLED = ("state", "owner", "due_on", "cause", "resolution")  # what a case knows better than the finding


def all_findings(data: ReportData) -> pl.DataFrame:
    """Every discrepancy of every outcome, with what the casebook says of its handling, where there is one.

    Returns:
        The columns of discrepancies with `reconciliation` and `source` (file and line), by severity and amount, the largest
        first.
    """
    empty = pl.DataFrame(schema={**schema_of(Discrepancy), "reconciliation": pl.String})
    found = [
        one.discrepancies.to_polars().with_columns(reconciliation=pl.lit(one.reconciliation)) for one in data.outcomes
    ]
    frame = pl.concat([empty, *(each.select(empty.columns) for each in found if each.height)])
    frame = frame.unique(["reconciliation", "discrepancy_id"], keep="first", maintain_order=True)
    if data.cases is not None:
        frame = _handled(frame, data.cases)
    rank = pl.col("severity").replace_strict(_RANK, default=0, return_dtype=pl.Int64)
    return (
        frame.with_columns(
            pl.col("secondary").list.join(", "),
            source=pl.concat_str(
                [pl.col("source_file"), pl.concat_str([pl.lit(":"), pl.col("source_line").cast(pl.String)])],
                ignore_nulls=True,
            ).replace("", None),
        )
        .with_columns(rank.alias("rank"), pl.col("impact_minor").abs().alias("size"))
        .sort("rank", "size", "reconciliation", "discrepancy_id", descending=[True, True, False, False])
        .drop("rank", "size")
    )


def _handled(frame: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    key = ["reconciliation", "discrepancy_id"]
    known = [name for name in _HANDLED if name in cases.columns]
    said = cases.select(*key, *(pl.col(name).cast(frame.schema[name]).alias(f"{name}_case") for name in known))
    joined = frame.join(said.unique(key, keep="first", maintain_order=True), on=key, how="left", maintain_order="left")
    better = [pl.coalesce(f"{name}_case", name).alias(name) for name in known]
    return joined.with_columns(better).drop(f"{name}_case" for name in known)


def causes_of(findings: pl.DataFrame) -> Section:
    """What the differences come from: types by the money that differs, with the share up to each (Pareto).

    Args:
        findings: As `all_findings` gives them.

    Returns:
        A row a type and currency, the largest amount without sign first; the shares are of that amount in the currency, null
        where no money differs.
    """
    by = (
        findings.group_by("currency", "type")
        .agg(
            pl.len().cast(pl.Int64).alias("count"),
            pl.col("impact_minor").sum(),
            pl.col("impact_minor").abs().sum().alias("size_minor"),
            pl.col("impact_minor").filter(pl.col("claimable")).sum().alias("claimable_minor"),
        )
        .sort("currency", "size_minor", "count", "type", descending=[False, True, True, False])
    )
    whole = pl.col("size_minor").sum().over("currency")
    up_to = pl.col("size_minor").cum_sum().over("currency")
    frame = by.with_columns(
        share=pl.when(whole != 0).then(pl.col("size_minor") / whole),
        up_to=pl.when(whole != 0).then(up_to / whole),
    )
    totals = by.group_by("currency", maintain_order=True).agg(
        pl.col("count", "impact_minor", "size_minor", "claimable_minor").sum()
    )
    return Section(
        name="causes",
        title="Causes, by the money that differs",
        title_zh="差异原因（按金额排序）",
        columns=(
            Column(name="type", title="Cause", title_zh="原因"),
            Column(name="count", title="Discrepancies", title_zh="差异笔数", kind=Kind.COUNT),
            Column(name="size_minor", title="Differs by", title_zh="差异金额", kind=Kind.MONEY),
            Column(name="share", title="Share", title_zh="占比", kind=Kind.SHARE),
            Column(name="up_to", title="Up to here", title_zh="累计占比", kind=Kind.SHARE),
            Column(name="impact_minor", title="Net (actual − expected)", title_zh="净额（实际−应有）", kind=Kind.MONEY),
            Column(name="claimable_minor", title="To claim", title_zh="可索赔", kind=Kind.MONEY),
        ),
        frame=frame,
        key=("currency", "type"),
        totals=totals,
        plot="pareto",
    )
