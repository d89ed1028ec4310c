"""Judging: bill lines, parcels, headers and promises as units of the common floor, with the contract as what should be."""

import attrs
import polars as pl

from tieout.model import CourierCharge
from tieout.reconciliations._common.concluding import FACTS, IDS, OTHER_PERIOD, without_other_periods
from tieout.reconciliations._common.findings import SOURCE
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.sides import Role, Side
from tieout.reconciliations._common.units import Judged, judge
from tieout.reconciliations._courier.sides import Sides

__all__ = ["KEYS", "Units", "Weighed", "judged_units", "numbered"]

KEYS = ("bill_no", "carrier", "tracking_no", "charge_type")
_REMAINDER = "courier.unexplained"
_NEEDED = ("row", "is_opening", "is_repeat", "on", "aside", "currency", *SOURCE)
_KEPT = {*_NEEDED, *IDS, *FACTS, "amount_minor", "lines", "refund_ids"}
"""What an outcome says of records; the rest of them is of no concern any more."""
_ASIDE = {
    "other_carrier": "other carrier",
    "listed_twice": "listed twice",
    "not_billable": "not billable",
    "no_number": "no number",
}
"""States of parcels that nothing is compared of."""


@attrs.frozen(kw_only=True)
class Units:
    """The first number of the units of each kind; bill lines begin with 0.

    Attributes:
        parcels: Of parcels, in which their freight is compared while no bill has it.
        headers: Of bill headers.
        owed: Of all else that is to come.
    """

    parcels: int
    headers: int
    owed: int


def numbered(sides: Sides) -> Units:
    """Units of the sides: one for each bill line, parcel and header."""
    lines = sides.taken["charges"].frame.height + sides.taken["remittances"].frame.height
    headers = lines + sides.taken["shipments"].frame.height
    return Units(parcels=lines, headers=headers, owed=headers + sides.taken["invoices"].frame.height)


@attrs.frozen(kw_only=True)
class Weighed:
    """What is compared.

    Attributes:
        lines: Lines with `settled_minor`, what each should have been, `counts_on`, the day that its cost belongs to, and
            `is_old`, whether its parcel was carried in.
        parcels: Parcels with `unit` and `state`.
        heads: Bill headers with `unit` and `gap_minor`.
        owed: As `owed_rows` gives it.
    """

    lines: pl.DataFrame
    parcels: pl.DataFrame
    heads: pl.DataFrame
    owed: pl.DataFrame


def judged_units(
    sides: Sides,
    weighed: Weighed,
    units: Units,
    findings: pl.DataFrame,
    *,
    period: Period | None,
    off: frozenset[str],
) -> Judged:
    """Give each unit its verdict, as the common floor does.

    Args:
        sides: The sides.
        weighed: What is compared.
        units: Numbers of the units.
        findings: Those that the checks made, each with its unit.
        period: Days that the run is for.
        off: Types that are switched off.
    """
    every = without_other_periods(_sides(sides, weighed, units), period)
    frame = _units(weighed)
    if period is not None:
        inside = pl.concat([side.compared.select("unit") for side in every])["unit"].unique().implode()
        frame = frame.filter(pl.col("unit").is_in(inside))
        outside = pl.concat([side.frame.filter(pl.col("aside") == OTHER_PERIOD).select("unit") for side in every])
        findings = findings.filter(~pl.col("unit").is_in(outside["unit"].unique().implode()))
    return judge(every, frame, findings, remainder=_REMAINDER, keys=KEYS, off=off)


def _sides(sides: Sides, weighed: Weighed, units: Units) -> tuple[Side, ...]:
    taken = sides.taken
    counted = weighed.lines.select("line", "counts_on")
    charges = _lines_side(taken["charges"], counted, 0)
    remittances = _lines_side(taken["remittances"], counted, taken["charges"].frame.height)
    states = weighed.parcels.select(pl.col("state").replace_strict(_ASIDE, default=None, return_dtype=pl.String))
    shipments = _evidence(taken["shipments"]).with_columns(
        (pl.col("row") + units.parcels).alias("unit"), pl.coalesce("aside", states.to_series()).alias("aside")
    )
    gaps = weighed.heads.select("row", "gap_minor")
    invoices = _slim(taken["invoices"], pl.col("row") + units.headers, gaps, pl.col("gap_minor").fill_null(0))
    unknown = pl.lit(None, dtype=pl.Int64)
    beside = [
        _evidence(taken[name]).with_columns(unknown.alias("unit"), pl.coalesce("aside", pl.lit(word)).alias("aside"))
        for name, word in (("returns", "case"), ("history", "earlier bill"), ("claims", "accepted"))
    ]
    whole = sides.whole
    # A part of a run that has lines knows the headers, and does not compare them; theirs knows of every side.
    compared = [remittances, invoices] if whole is None or whole.has_headers else [remittances]
    known = [side for side in (*compared, *beside) if side.frame.height or (whole is not None and whole.has_headers)]
    return (charges, shipments, _contract(weighed), *known)


def _slim(side: Side, unit: pl.Expr, figures: pl.DataFrame, minor: pl.Expr) -> Side:
    """A side with the columns that are looked at from here on, and its totals as it came in."""
    kept = [name for name in side.frame.columns if name in _KEPT or name.endswith("_at")]
    frame = side.frame.select(kept).join(figures, on="row", how="left", maintain_order="left")
    if "counts_on" in frame.columns:
        frame = frame.with_columns(pl.coalesce("counts_on", "on").alias("on")).drop("counts_on")
    weighed = side.with_frame(frame.rename({"aside": "reason"})).weighed(on=pl.col("on"), minor=minor)
    return weighed.with_columns(unit.cast(pl.Int64).alias("unit"), pl.col("reason").alias("aside"))


def _lines_side(side: Side, counted: pl.DataFrame, start: int) -> Side:
    days = counted.select((pl.col("line") - start).alias("row"), "counts_on")
    return _slim(side, pl.col("row") + start, days, pl.col("amount_minor"))


def _evidence(side: Side) -> Side:
    """A side that only tells something of the others."""
    code = [] if "currency" in side.frame.columns else [pl.lit(None, dtype=pl.String).alias("currency")]
    kept = [name for name in side.frame.columns if name in _KEPT or name.endswith("_at")]
    nothing = pl.lit(None, dtype=pl.Int64)
    return side.with_frame(
        side.frame.select(*kept, *code).with_columns(nothing.alias("minor"), nothing.alias("pieces"))
    )


def _contract(weighed: Weighed) -> Side:
    """What should be: for each line what the contract makes of it, and what is still to come."""
    of_lines = weighed.lines.select(
        pl.col("line").alias("unit"),
        pl.col("settled_minor").alias("minor"),
        "currency",
        pl.col("counts_on").alias("on"),
        # What was carried in as not billed is of this run, whenever it was picked up, and with it the line that bills it.
        # So is a line of an earlier day on a bill of the period, which no run has seen.
        (pl.col("is_opening") | pl.col("is_old").fill_null(value=False) | pl.col("is_late")).alias("is_opening"),
        "bill_no",
        "carrier",
        pl.coalesce("key", "tracking_no").alias("tracking_no"),
        "charge_type",
        *SOURCE,
    )
    to_come = weighed.owed.filter(pl.col("line").is_null()).select(
        "unit",
        (-pl.col("gap_minor")).alias("minor"),
        "currency",
        "on",
        pl.lit(value=False).alias("is_opening"),
        "bill_no",
        "carrier",
        pl.col("tracking").alias("tracking_no"),
        "charge_type",
        *SOURCE,
    )
    frame = pl.concat([of_lines, to_come]).with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
        pl.lit(None, dtype=pl.Int64).alias("pieces"),
        pl.lit(None, dtype=pl.String).alias("aside"),
        is_repeat=pl.lit(value=False),
        is_derived=pl.lit(value=True),
    )
    sums = frame.group_by("currency").agg(pl.col("minor").sum()).sort("currency")
    return Side(
        name="contract",
        record=CourierCharge,
        role=Role.EXPECTED,
        frame=frame,
        given=frame.height,
        carried=0,
        superseded=0,
        totals={str(code): int(minor) for code, minor in sums.iter_rows()},
    )


def _units(weighed: Weighed) -> pl.DataFrame:
    """All units with what each should have and has, its state, and what names it."""
    waits = weighed.owed.filter(pl.col("line").is_not_null()).select("line", "state", "due_on")
    of_lines = weighed.lines.select(
        pl.col("line").alias("unit"),
        "currency",
        pl.col("settled_minor").alias("expected_minor"),
        pl.col("amount_minor").alias("actual_minor"),
        # What the tolerance absorbs is decided line by line.
        pl.col("absorbed_minor").abs().alias("allowed_minor"),
        pl.col("counts_on").alias("on"),
        "bill_no",
        "carrier",
        pl.coalesce("key", "tracking_no").alias("tracking_no"),
        "charge_type",
        *SOURCE,
    ).join(waits, left_on="unit", right_on="line", how="left", maintain_order="left")
    nobody = pl.lit(None, dtype=pl.String)
    billed = weighed.parcels.filter(pl.col("state").is_in(["billed", "waiting"])).select(
        "unit", "on", "carrier", pl.col("tracking").alias("tracking_no"), *SOURCE, charge_type=pl.lit("base")
    )
    to_come = weighed.owed.filter(pl.col("line").is_null()).select(
        "unit", "currency", (-pl.col("gap_minor")).alias("expected_minor"), pl.lit(0, dtype=pl.Int64).alias("actual_minor"),
        "on", "bill_no", "carrier", pl.col("tracking").alias("tracking_no"), "charge_type", *SOURCE, "state", "due_on",
    )  # fmt: skip
    heads = weighed.heads.select(
        "unit", "currency", pl.lit(0, dtype=pl.Int64).alias("expected_minor"), pl.col("gap_minor").alias("actual_minor"),
        "on", "bill_no", "carrier", nobody.alias("tracking_no"), nobody.alias("charge_type"), *SOURCE,
    )  # fmt: skip
    quiet = billed.join(to_come.select("unit"), on="unit", how="anti", maintain_order="left")
    zero = pl.lit(0, dtype=pl.Int64)
    return (
        pl.concat([of_lines, quiet, to_come, heads], how="diagonal")
        .with_columns(pl.col("expected_minor", "actual_minor", "allowed_minor").fill_null(0), zero.alias("gap_pieces"))
        .with_columns((pl.col("actual_minor") - pl.col("expected_minor")).alias("gap_minor"))
    )
