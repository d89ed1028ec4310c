"""Gathering: the frames and figures of an outcome, from what the parts of a run hand on."""

from collections.abc import Mapping

import polars as pl

from tieout.model import CourierInvoice, Discrepancy, Event
from tieout.outcome import CarryForward
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.findings import no_findings
from tieout.reconciliations._courier import shown
from tieout.reconciliations._courier.editions import EDITIONS_SIDE
from tieout.reconciliations._courier.facts import booked_on
from tieout.reconciliations._courier.judging import KEYS
from tieout.reconciliations._courier.routing import RECORDS
from tieout.reconciliations._courier.running import Run, Steps
from tieout.reconciliations._spread.joined import MOMENTS, likes_of_records
from tieout.tables import schema_of

__all__ = ["booked_days", "carried_kinds", "likes_of", "none", "totals_of"]


def none(schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """A frame without rows.

    Args:
        schema: Its columns.
    """
    return pl.DataFrame(schema=dict(schema))


def booked_days(known: Mapping[str, pl.DataFrame], head: Run) -> pl.DataFrame:
    """The day on which each bill is booked, as `facts.booked_on` gives it.

    Args:
        known: Figures of the audit.
        head: The part of the run that has the headers.
    """
    lines = known.get("booked", none({"bill_no": pl.String(), "ship_date": pl.Date()}))
    return booked_on(lines, head.sides.invoices)


def totals_of(
    head: Run, steps: Steps, known: Mapping[str, pl.DataFrame], by_type: pl.DataFrame
) -> dict[tuple[str, str], int]:
    """Sums for people, in the order in which a run has them.

    Args:
        head: The part of the run that has the headers.
        steps: What its steps came to.
        known: Figures of the audit.
        by_type: Discrepancies by type and currency.
    """
    sums = {(label, code): int(figure) for label, code, figure in known["totals"].iter_rows()}
    code = head.card.currency
    sums["discrepancies", "rows"] = int(by_type["count"].sum())
    sums["claimable", code] = int(by_type.filter(pl.col("currency") == code)["claimable_minor"].sum())
    return {key: sums[key] for key in head.totals(steps, none(_FOUND))}


_FOUND = {"claimable": pl.Boolean(), "currency": pl.String(), "impact_minor": pl.Int64()}


def likes_of(head: Run, steps: Steps, known: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The columns of every frame of the outcome.

    Args:
        head: The part of the run that has the headers.
        steps: What its steps came to.
        known: Figures of the audit.
    """
    pairs = head.matches(steps)
    nothing = no_findings().with_columns(pl.lit(None, dtype=pl.String).alias("discrepancy_id"))
    likes = {
        "matches": pairs,
        "bonds": shown.bonds(pairs),
        "lines": head.lines(steps),
        "units": concluding.units_of(steps.judged),
        "items": concluding.items_of(steps.judged, KEYS),
        "explains": nothing.select("discrepancy_id", "unit", "is_note"),
        "discrepancies": none(schema_of(Discrepancy)),
        "events": none(schema_of(Event)),
    }
    likes |= likes_of_records(steps.judged.sides, known.get("moments", none(MOMENTS)))
    for name, record in {**RECORDS, "invoices": CourierInvoice, EDITIONS_SIDE: CourierInvoice}.items():
        likes[f"carry:{name}"] = likes[f"later:{name}"] = none(schema_of(record))
    return {name: like.clear() for name, like in likes.items()}


def carried_kinds(head: Run, known: Mapping[str, pl.DataFrame], prefix: str, headers: CarryForward) -> dict[str, str]:
    """The sides that are carried, with the names of their records: those known, and those with any row.

    Args:
        head: The part of the run that has the headers.
        known: Figures of the audit.
        prefix: `carry`, or `later` for records of days after the period.
        headers: What the part of the headers carries.
    """
    rows = known.get("kept_rows", none({"prefix": pl.String(), "side": pl.String(), "rows": pl.Int64()}))
    filled = rows.filter((pl.col("prefix") == prefix) & (pl.col("rows") > 0))["side"].to_list()
    kinds = {
        side: record.__name__
        for side, record in RECORDS.items()
        if side in filled or (prefix == "carry" and (side in {"shipments", "charges"} or head.given.knows(side)))
    }
    held = headers.sides if prefix == "carry" else headers.later
    return kinds | {side: CourierInvoice.__name__ for side in ("invoices", EDITIONS_SIDE) if side in held}
