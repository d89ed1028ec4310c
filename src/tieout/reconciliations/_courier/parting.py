"""Parting: what is done with one bucket of records: a survey before they are matched, and the audit itself."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs
import polars as pl

from tieout._spark.parts import Frames, Part, split
from tieout.outcome import CarryForward
from tieout.reconciliations._common.concluding import absorbed_by_day, items_of, of_books, recorded, units_of
from tieout.reconciliations._common.parted import CHECKS, OFTEN, Summed, check_rows, finding_parts
from tieout.reconciliations._common.units import proof_of
from tieout.reconciliations._courier import bills, facts, shown, totals
from tieout.reconciliations._courier.editions import EDITIONS_SIDE
from tieout.reconciliations._courier.judging import KEYS, numbered
from tieout.reconciliations._courier.months import monthly_types
from tieout.reconciliations._courier.numbering import Counts, Numbers
from tieout.reconciliations._courier.pairing import NUMBER, candidates, lost_numbers
from tieout.reconciliations._courier.routing import FOUND_PAIRS, RECORDS
from tieout.reconciliations._courier.running import Run, Steps
from tieout.reconciliations._courier.sides import Given, Sides, bills_of, build_sides, last_days
from tieout.reconciliations._courier.whole import FOUND, Whole
from tieout.reconciliations._spread.arriving import ARRIVED, ARRIVED_BY, arrived_of
from tieout.reconciliations._spread.joined import moments_of
from tieout.reconciliations._spread.records import (
    MOST_ROWS,
    placed,
    places_by_side,
    require_room,
    tables_by_origin,
)
from tieout.tables import Table
from tieout.tariffs.monthly import MONTH_KEYS

if TYPE_CHECKING:
    from tieout.reconciliations.courier_bill import CourierBill

__all__ = [
    "ACCRUED",
    "FIGURES_BY",
    "KEPT",
    "POSTED",
    "Audited",
    "Kept",
    "Surveyed",
    "Told",
    "audit_parts",
]

POSTED, ACCRUED = "posted", "accrued"
_HERE = 0
FIGURES_BY = Summed(
    {
        "figures": ("bill_no", "currency"),
        "bills": ("bill_no",),
        "bills_anew": ("bill_no",),
        "lost": ("tracking_no", "prefix"),
        "days": ("of",),
        CHECKS: ("name", "side", "currency", "part"),
        OFTEN: ("type", "on"),
        "totals": ("label", "code"),
        "absorbed": ("on", "currency"),
        "booked": ("bill_no",),
        "freight": ("document", "party", "side"),
        "posted_sums": ("currency",),
        "accrued_sum": ("of",),
        "kept_bills": ("bill_no",),
        "kept_rows": ("prefix", "side"),
        "moments": ("side", "column", "at"),
        ARRIVED: ARRIVED_BY,
        "month_sums": MONTH_KEYS,
        "month_lines": ("bill_no", "line_month"),
        "month_received": ("bill_no", "charge_type"),
    }
)
"""Figures that parts hand on, and by what they are added up."""
KEPT = ("kept_rows", "kept_bills", *(f"{prefix}:{side}" for prefix in ("carry", "later") for side in RECORDS))
"""What parts hand on of what the next run has to see again."""


@attrs.frozen(kw_only=True, eq=False)
class Told:
    """What every bucket is told.

    Attributes:
        settings: The reconciliation, with its zone and the day of the run.
        known: Sides that are known, be they without any row.
        opened: Sides that the run before carried.
        invoices: Bill headers that were given; None where they are not known.
        opening_invoices: Those that the run before carried, and those of days after its period.
        editions: Editions of bills that earlier runs replaced.
        starts: For each frame of records the place of the first row of each part of its input: `name`, `part`, `start`.
        counts: How many records came.
        whole: What the whole knows.
        opens_on: First day of the period that what was carried forward opens, where it says so.
        buckets: How many buckets there are.
    """

    settings: "CourierBill"
    known: frozenset[str]
    opened: frozenset[str]
    invoices: Table[Any] | None
    opening_invoices: Mapping[str, Table[Any]]
    editions: Table[Any]
    starts: pl.DataFrame
    counts: Counts
    whole: Whole
    opens_on: date | None
    buckets: int

    def placed(self, frames: Frames) -> dict[tuple[str, str], pl.DataFrame]:
        """The records of a bucket by origin and side, in their order, with their numbers in the whole."""
        return placed(frames, RECORDS, self.starts)

    def given(self, rows: Mapping[tuple[str, str], pl.DataFrame]) -> Given:
        """The records of a bucket as a run takes them.

        Args:
            rows: As `placed` gives them.
        """
        tables = tables_by_origin(rows, RECORDS)
        carried = {side: tables["carried", side] for side in RECORDS if side in self.opened}
        later = {side: tables["later", side] for side in RECORDS if len(tables["later", side])}
        for origin, held in (("carried", carried), ("later", later)):
            if origin in self.opening_invoices:
                held["invoices"] = self.opening_invoices[origin]
        if len(self.editions):
            carried[EDITIONS_SIDE] = self.editions
        return Given(
            **{side: tables["given", side] if side in self.known else None for side in RECORDS},
            invoices=self.invoices,
            opening=CarryForward(sides=carried, later=later, opens_on=self.opens_on) if self.opened or later else None,
            whole=self.whole,
            places=places_by_side(rows, RECORDS),
        )

    def run(self, rows: Mapping[tuple[str, str], pl.DataFrame]) -> Run:
        """The run of a bucket.

        Args:
            rows: As `placed` gives them.
        """
        given = self.given(rows)
        sides = build_sides(given, timezone=self.settings.timezone, carrier=self.settings.rate_card.carrier)
        return Run(self.settings, sides, given)


@attrs.frozen(eq=False)
class Surveyed:
    """What has to be known of the whole before any part of it can be audited.

    Attributes:
        told: What is known so far.
    """

    told: Told

    def __call__(self, frames: Frames) -> Iterator[Part]:
        """Candidates for the matcher, and figures."""
        sides = self.told.run(self.told.placed(frames)).sides
        parcels, ours, billed = candidates(sides)
        yield _HERE, "ours", _with_numbers(ours, sides)
        yield _HERE, "billed", _with_first_lines(billed, sides, self.told.counts)
        figures = {
            "lost": lost_numbers(parcels),
            "figures": bills.figures(sides.lines),
            "bills": bills_of(sides.taken["charges"]).to_frame(),
            "bills_anew": bills_of(sides.taken["history"], only_new=True).to_frame(),
            "days": _days(sides),
        }
        for name, frame in figures.items():
            yield from FIGURES_BY.parts(name, frame, self.told.buckets)


def _with_numbers(ours: pl.DataFrame, sides: Sides) -> pl.DataFrame:
    """Candidates of our own with the number of their parcel in the whole."""
    places = sides.taken["shipments"].places
    numbers = ours["parcel"] if places is None else places.gather(ours["parcel"])
    return ours.drop("parcel").with_columns(numbers.cast(pl.Int64).alias(NUMBER))


def _with_first_lines(billed: pl.DataFrame, sides: Sides, counts: Counts) -> pl.DataFrame:
    """Billed numbers with the number in the whole of one of their lines."""
    charges, remittances = (sides.taken[name] for name in ("charges", "remittances"))
    places = [side.places for side in (charges, remittances) if side.places is not None]
    offsets = (0, counts.charges)
    every = pl.concat([place + offset for place, offset in zip(places, offsets, strict=True)])
    firsts = (
        sides.lines.select("key", every.gather(sides.lines["line"]).alias(NUMBER))
        .group_by("key")
        .agg(pl.col(NUMBER).min())
    )
    return billed.join(firsts, left_on="tracking_no", right_on="key", how="left", maintain_order="left")


def _days(sides: Sides) -> pl.DataFrame:
    known: dict[str, date | None] = dict(zip(("headers", "lines", "parcels"), last_days(sides), strict=True))
    return pl.DataFrame({"of": list(known), "day": pl.Series(list(known.values()), dtype=pl.Date)}).drop_nulls()


@attrs.frozen(eq=False)
class Audited:
    """The audit of one bucket.

    Attributes:
        told: What is known.
    """

    told: Told

    def __call__(self, frames: Frames) -> Iterator[Part]:
        """What the bucket comes to."""
        require_room(frames, MOST_ROWS, where="CourierBill on Spark")
        rows = self.told.placed(frames)
        run = _found(self.told, frames).run(rows)
        yield from audit_parts(run, run.steps(), self.told)
        yield from FIGURES_BY.parts(ARRIVED, arrived_of(rows), self.told.buckets)


@attrs.frozen(eq=False)
class Kept:
    """What of one bucket the next run has to see again, audited once more since more of it is open than was known.

    Attributes:
        told: What is known.
    """

    told: Told

    def __call__(self, frames: Frames) -> Iterator[Part]:
        """What the bucket hands on of it."""
        run = _found(self.told, frames).run(self.told.placed(frames))
        yield from _kept(run, run.steps(), self.told)


def _found(told: Told, frames: Frames) -> Told:
    """What a bucket is told, with the pairs of its numbers."""
    found = frames.get(FOUND_PAIRS)
    return (
        told if found is None else attrs.evolve(told, whole=attrs.evolve(told.whole, found=found.select(list(FOUND))))
    )


def audit_parts(run: Run, steps: Steps, told: Told) -> Iterator[Part]:
    """What a part of the audit comes to, by the numbers of the whole: the frames of its outcome, and figures.

    Args:
        run: The run of the part.
        steps: What its steps came to.
        told: What every part is told.
    """
    numbers = Numbers(run.sides, steps.weighed, numbered(run.sides), told.counts)
    yield from _frames(run, steps, numbers)
    findings = steps.judged.findings.with_columns(pl.col("currency").fill_null(run.settings.currency))
    findings = of_books(findings, steps.judged.sides)
    yield from finding_parts(numbers.of_units(findings, "unit"), told.buckets)
    yield from _bookings(run, steps, told)
    yield from _kept(run, steps, told)
    counts = findings.group_by("type", "on").agg(pl.len().cast(pl.Int64).alias("count"))
    proof = [*proof_of(steps.judged, findings).checks, run.contract_check(steps)]
    sums = run.totals(steps, findings.clear())
    figures = {
        CHECKS: check_rows(proof),
        OFTEN: counts,
        "totals": pl.DataFrame(
            [(*key, figure) for key, figure in sums.items()], schema=["label", "code", "figure"], orient="row"
        ),
        "absorbed": absorbed_by_day(steps.judged),
        "moments": moments_of(steps.judged.sides),
    }
    if monthly_types(run.card):
        months = run.month_figures(steps.decided)
        figures |= {"month_sums": months.sums, "month_lines": months.lines, "month_received": months.received}
    for name, frame in figures.items():
        yield from FIGURES_BY.parts(name, frame, told.buckets)


def _frames(run: Run, steps: Steps, numbers: Numbers) -> Iterator[Part]:
    """The frames of an outcome that need nothing of other parts."""
    pairs = run.matches(steps)
    bonds = numbers.of_units(shown.bonds(pairs), "unit", "other")
    pairs = numbers.of_rows(numbers.of_units(pairs, "unit", "right"), left="shipments")
    yield _HERE, "matches", pairs.with_columns(pl.col("left").alias("group"))
    yield _HERE, "bonds", bonds
    lines = numbers.of_units(run.lines(steps), "line")
    yield _HERE, "lines", numbers.of_rows(lines, parcel="shipments")
    yield _HERE, "units", numbers.of_units(units_of(steps.judged), "unit")
    yield _HERE, "items", items_of(steps.judged, KEYS)
    for side in steps.judged.sides:
        said = numbers.of_units(recorded(side), "unit")
        row = pl.col("unit").alias("row")
        yield (
            _HERE,
            f"records:{side.name}",
            said.with_columns(row) if side.name == "contract" else numbers.of_rows(said, row=side.name),
        )


def _bookings(run: Run, steps: Steps, told: Told) -> Iterator[Part]:
    """What is to be posted, on its way to the document that it is booked under."""
    terms = run.event_terms
    lines = facts.with_documents(steps.posted, terms)
    accrued = facts.accruals(steps.accrued, steps.weighed.parcels, terms)
    by = ["document", "source_file", "source_sha256", "source_sheet"]
    yield from split(POSTED, lines, by, told.buckets)
    yield from split(ACCRUED, accrued, by, told.buckets)
    figures = {
        "booked": lines.select("bill_no", "ship_date"),
        "freight": facts.freight_documents(lines),
        "posted_sums": totals.posted_sums(steps.posted),
        "accrued_sum": pl.DataFrame({"of": ["all"], "accrued_minor": [totals.accrued_sum(steps.accrued)]}),
    }
    for name, frame in figures.items():
        yield from FIGURES_BY.parts(name, frame, told.buckets)


def _kept(run: Run, steps: Steps, told: Told) -> Iterator[Part]:
    """The records that the next run has to see again; the headers of those bills are found when all is known."""
    carried = run.carried(steps)
    for prefix, tables in (("carry", carried.sides), ("later", carried.later)):
        for side, table in tables.items():
            if side not in {"invoices", EDITIONS_SIDE}:
                yield _HERE, f"{prefix}:{side}", table.to_polars()
                rows = pl.DataFrame({"prefix": [prefix], "side": [side], "rows": [len(table)]})
                yield from FIGURES_BY.parts("kept_rows", rows, told.buckets)
    kept = [
        tables[side].to_polars().select("bill_no")
        for tables in (carried.sides, carried.later)
        for side in ("charges", "remittances")
        if side in tables
    ]
    if kept:
        yield from FIGURES_BY.parts("kept_bills", pl.concat(kept).drop_nulls(), told.buckets)
