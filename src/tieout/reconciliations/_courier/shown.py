"""What a run shows of itself: matches, one row per bill line, and sums for people."""

import polars as pl

from tieout.reconciliations._common.units import Judged
from tieout.reconciliations._courier.columns import attached
from tieout.reconciliations._courier.sides import Sides

__all__ = ["bonds", "matches", "no_pairs", "public_lines", "totals"]

_AGREED = ["correct", "credit", "supplement", "within_tolerance"]
_NOT_COMPARED = ["listed_twice", "another_period"]


def no_pairs() -> pl.DataFrame:
    """No pairs of the sides' own rows: bill lines are paired with parcels, see `matches`."""
    schema = {"left": pl.Int64, "right": pl.Int64, "rule": pl.String, "score": pl.Float64, "status": pl.String}
    return pl.DataFrame(schema=schema)


def matches(lines: pl.DataFrame, *, parcels: int) -> pl.DataFrame:
    """Bill lines with their parcels; a group is a parcel, and so is the unit.

    Args:
        lines: With `line` and `parcel`.
        parcels: The first number of the units of parcels.
    """
    paired = lines.filter(pl.col("parcel").is_not_null())
    return paired.select(
        pl.col("parcel").alias("left"),
        pl.col("line").alias("right"),
        (pl.col("parcel").rank("dense") - 1).cast(pl.Int64).alias("group"),
        "rule",
        "score",
        pl.lit("confirmed").alias("status"),
        (pl.col("parcel") + parcels).alias("unit"),
    ).sort("right")


def bonds(pairs: pl.DataFrame) -> pl.DataFrame:
    """Which unit of a line belongs to which of a parcel.

    Args:
        pairs: As `matches` gives them.
    """
    return pairs.select(pl.col("right").alias("unit"), pl.col("unit").alias("other"))


def public_lines(lines: pl.DataFrame, judged: Judged, sides: Sides) -> pl.DataFrame:
    """One row per charge; those that the run does not compare have a verdict that says why, and no expected amount."""
    aside = [
        side.frame.filter(pl.col("aside").is_not_null()).select("unit", "aside")
        for side in judged.sides
        if side.name in _SIDES
    ]
    reasons = pl.concat(aside).select(
        pl.col("unit").alias("line"), pl.col("aside").str.replace_all(" ", "_").alias("reason")
    )
    told = lines.select(
        "line",
        "side",
        "bill_no",
        "carrier",
        pl.coalesce("key", "tracking_no").alias("tracking_no"),
        "charge_type",
        "leg",
        "ship_date",
        "currency",
        pl.col("amount_minor").alias("billed_minor"),
        pl.col("settled_minor").alias("expected_minor"),
        "verdict",
        pl.when(pl.col("type") != "agreed").then("type").alias("type"),
        "factor",
        pl.when(pl.col("is_duplicate")).then("first_bill").alias("charged_on"),
        "parcel",
        "source_file",
        "source_line",
    )
    every = attached(pl.concat([told, _repeated(sides, told)]), reasons, on="line")
    compared = ~pl.col("reason").is_in(_NOT_COMPARED).fill_null(value=False)
    return (
        every.with_columns(
            pl.coalesce("reason", "verdict").alias("verdict"),
            pl.when(compared).then("expected_minor").alias("expected_minor"),
            pl.when(compared).then("type").alias("type"),
        )
        .with_columns((pl.col("billed_minor") - pl.col("expected_minor")).alias("difference_minor"))
        .select(
            *told.columns[: told.columns.index("verdict")],
            "difference_minor",
            *told.columns[told.columns.index("verdict") :],
        )
        .sort("line")
    )


_SIDES = ("charges", "remittances")


def _repeated(sides: Sides, told: pl.DataFrame) -> pl.DataFrame:
    """Lines that were left out from the beginning: the same row of the same file, read again."""
    frames = [sides.taken[name].frame.with_columns(side=pl.lit(name)) for name in _SIDES]
    again = pl.concat(frames).with_row_index("line").with_columns(pl.col("line").cast(pl.Int64))
    again = again.filter(pl.col("aside").is_not_null()).rename({"amount_minor": "billed_minor"})
    return again.select(
        (pl.col(name) if name in again.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in told.schema.items()
    )


def totals(
    lines: pl.DataFrame, judged: Judged, found: pl.DataFrame, unbilled: pl.DataFrame, currency: str
) -> dict[tuple[str, str], int]:
    """Sums for people, of the lines that the run compares."""
    compared = pl.concat([side.compared.select("unit") for side in judged.sides if side.name in _SIDES])
    told = lines.select("line", "currency", "verdict", "amount_minor", "settled_minor", "absorbed_minor")
    here = told.join(compared, left_on="line", right_on="unit", how="semi")
    ours = here.filter(pl.col("currency") == currency)
    over = found.filter(pl.col("claimable") & (pl.col("currency") == currency))
    return {
        ("bill lines", "rows"): here.height,
        ("lines that agree", "rows"): here.filter(pl.col("verdict").is_in(_AGREED)).height,
        ("discrepancies", "rows"): found.height,
        ("billed", currency): int(ours["amount_minor"].sum()),
        ("expected for what was billed", currency): int(ours["settled_minor"].sum()),
        ("absorbed by tolerance", currency): int(ours["absorbed_minor"].sum()),
        ("claimable", currency): int(over["impact_minor"].sum()),
        ("not billed yet", currency): int(unbilled["expected_minor"].sum()),
    }
