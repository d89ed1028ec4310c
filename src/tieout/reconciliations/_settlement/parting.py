"""Parting: what is done with one bucket of records: what the whole has to know of it, and the reconciliation itself."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs
import polars as pl

from tieout._spark.parts import PLACE, Frames, Part, bucket_of, split
from tieout.errors import InputError
from tieout.outcome import CarryForward
from tieout.reconciliations._common.concluding import (
    absorbed_by_day,
    carried_sides,
    items_of,
    matches_of,
    of_books,
    recorded,
    totals_of_run,
    units_of,
)
from tieout.reconciliations._common.due import DueRule
from tieout.reconciliations._common.parted import CHECKS, OFTEN, Summed, check_rows, finding_parts
from tieout.reconciliations._common.sides import SCOPE, Side, local_day
from tieout.reconciliations._common.units import proof_of
from tieout.reconciliations._settlement.booking import BOOKED, DOCUMENTS
from tieout.reconciliations._settlement.collection import MONTH
from tieout.reconciliations._settlement.facts import DOCUMENT, posted_sums
from tieout.reconciliations._settlement.headers import (
    RESERVED,
    SETTLEMENT,
    overdue_holds,
    scopes_without,
    sums_of_settlements,
)
from tieout.reconciliations._settlement.numbering import Counts, Numbers
from tieout.reconciliations._settlement.routing import RECORDS
from tieout.reconciliations._settlement.running import Run, Steps, type_totals
from tieout.reconciliations._settlement.taking import Given, Taken, taken_of
from tieout.reconciliations._settlement.weighing import KEYS
from tieout.reconciliations._settlement.whole import Whole
from tieout.reconciliations._settlement.words import RESERVE
from tieout.reconciliations._spread.arriving import ARRIVED, ARRIVED_BY, arrived_of
from tieout.reconciliations._spread.joined import moments_of
from tieout.reconciliations._spread.records import (
    MOST_ROWS,
    ORIGINS,
    ROUTE,
    frame_name,
    placed,
    places_by_side,
    require_room,
    tables_by_origin,
)

if TYPE_CHECKING:
    from tieout.reconciliations.settlement import Settlement

__all__ = ["FIGURES_BY", "OVERDUE_HOLDS", "RESERVES", "Audited", "Dated", "Reserved", "Surveyed", "Told", "audit_parts"]

RESERVES, OVERDUE_HOLDS = "reserves", "overdue"
_HERE = 0
FIGURES_BY = Summed(
    {
        "days": ("of",),
        "carried": ("of",),
        "moves": ("of",),
        "sums": (*SETTLEMENT, "currency"),
        "nameless": SCOPE,
        "months": tuple(MONTH),
        CHECKS: ("name", "side", "currency", "part"),
        OFTEN: ("type", "on"),
        "totals": ("label", "code"),
        "absorbed": ("on", "platform", "shop_id", "currency"),
        "kept_rows": ("prefix", "side"),
        "moments": ("side", "column", "at"),
        ARRIVED: ARRIVED_BY,
    }
)
"""Figures that parts hand on, and by what they are added up."""


@attrs.frozen(kw_only=True, eq=False)
class Told:
    """What every bucket is told.

    Attributes:
        settings: The reconciliation, with the day of the run once it is known.
        has_refunds: Whether the caller gave refunds, be there none.
        headers: `settlement_id` and the scope of the headers that are known.
        starts: For each frame of records the place of the first row of each part of its input: `name`, `part`, `start`.
        counts: How many records came.
        whole: What the whole knows.
        opens_on: First day of the period that what was carried forward opens, where it says so.
        buckets: How many buckets there are.
    """

    settings: "Settlement"
    has_refunds: bool
    headers: pl.DataFrame
    starts: pl.DataFrame
    counts: Counts
    whole: Whole
    opens_on: date | None
    buckets: int

    def placed(self, frames: Frames) -> dict[tuple[str, str], pl.DataFrame]:
        """The records of a bucket by origin and side, in their order, with their numbers in the whole."""
        names = [frame_name(origin, side) for origin in ORIGINS for side in RECORDS]
        records = {name: frames[name] for name in names if name in frames}
        require_room(records, MOST_ROWS, where="Settlement on Spark")
        return placed(records, RECORDS, self.starts)

    def taken(self, rows: Mapping[tuple[str, str], pl.DataFrame]) -> Taken:
        """The records of a bucket as a run takes them.

        Args:
            rows: As `placed` gives them.
        """
        tables = tables_by_origin(rows, RECORDS)
        carried, later = ({side: tables[origin, side] for side in RECORDS} for origin in ("carried", "later"))
        return taken_of(
            Given(
                orders=tables["given", "orders"],
                lines=tables["given", "lines"],
                refunds=tables["given", "refunds"] if self.has_refunds else None,
                opening=CarryForward(sides=carried, later=later, opens_on=self.opens_on),
                places=places_by_side(rows, RECORDS),
            ),
            self.settings.timezone,
        )


@attrs.frozen(eq=False)
class Dated:
    """The last day that the records of a bucket speak of, for runs that nobody told their day.

    Attributes:
        told: What is known so far.
    """

    told: Told

    def __call__(self, frames: Frames) -> Iterator[Part]:
        """The day."""
        day = self.told.taken(self.told.placed(frames)).last_day(self.told.settings.timezone)
        if day is not None:
            known = pl.DataFrame({"of": ["records"], "day": [day]}, schema={"of": pl.String, "day": pl.Date})
            yield from FIGURES_BY.parts("days", known, self.told.buckets)


@attrs.frozen(eq=False, kw_only=True)
class Surveyed:
    """What has to be known of the lines of the whole before any part of them can be reconciled.

    Attributes:
        told: What is known so far.
        since: First day of which settled records are kept.
    """

    told: Told
    since: date

    def __call__(self, frames: Frames) -> Iterator[Part]:
        """Figures, and the movements of reserves on their way to those of their shop."""
        told = self.told
        rows = told.placed(frames)
        taken = told.taken(rows)
        every = _dated_lines(taken.lines, told.settings.timezone)
        lines = every.filter(~pl.col("is_repeat"))
        numbers = told.headers["settlement_id"].unique().implode()
        of_headers = lines.filter(pl.col("settlement_id").is_in(numbers))
        nameless = scopes_without(lines).join(
            told.headers.select(SCOPE).unique(), on=list(SCOPE), how="semi", nulls_equal=True
        )
        moves = lines.filter(pl.col("kind").is_in(RESERVE))
        figures = {
            "carried": pl.DataFrame({"of": ["refunds"], "rows": [taken.refunds.carried]}),
            "moves": pl.DataFrame({"of": ["reserves"], "rows": [moves.height]}),
            "sums": sums_of_settlements(of_headers),
            "nameless": nameless,
            "months": _months_of(every, self.since),
        }
        for name, frame in figures.items():
            yield from FIGURES_BY.parts(name, frame, told.buckets)
        if moves.height:
            yield from split(RESERVES, self._homed(moves, taken.lines, rows), [*SCOPE, "currency"], told.buckets)

    def _homed(self, moves: pl.DataFrame, side: Side, rows: Mapping[tuple[str, str], pl.DataFrame]) -> pl.DataFrame:
        """Movements of reserves by their number in the whole, with the bucket that they are from."""
        routes = pl.concat([rows[origin, "lines"].select(PLACE, ROUTE) for origin in ORIGINS]).rename({PLACE: "row"})
        places = pl.int_range(side.frame.height, dtype=pl.Int64, eager=True) if side.places is None else side.places
        found = moves.with_columns(places.gather(moves["row"]).alias("row")).select(RESERVED)
        found = found.join(routes, on="row", how="left", maintain_order="left")
        return found.with_columns(bucket_of(found[ROUTE], self.told.buckets).alias("home")).drop(ROUTE)


def _dated_lines(side: Side, timezone: str) -> pl.DataFrame:
    """Lines with their day and amount, before anything is made of them."""
    return side.frame.with_columns(
        local_day("posted_at", timezone).alias("on"),
        pl.col("amount_minor").alias("minor"),
        pl.col("type").alias("kind"),
    )


def _months_of(lines: pl.DataFrame, since: date) -> pl.DataFrame:
    """Settlements of the month in which lines begin to be young, with their last day in it and how many lines are older."""
    month = pl.col("on").dt.truncate("1mo")
    rows = lines.filter((month == since.replace(day=1)) & pl.col("settlement_id").is_not_null())
    return rows.group_by(*SETTLEMENT, month.alias("month")).agg(
        pl.col("on").max().alias("last_on"), (pl.col("on") < since).sum().cast(pl.Int64).alias("older")
    )


@attrs.frozen(eq=False, kw_only=True)
class Reserved:
    """Holds that are overdue, found with all movements of their shop, and sent back to where the lines are.

    Attributes:
        rule: When a hold is to be released.
        as_of: Day of the run.
    """

    rule: DueRule
    as_of: date

    def __call__(self, frames: Frames) -> Iterator[Part]:
        """The overdue holds of a bucket."""
        moves = frames.get(RESERVES)
        if moves is None:
            return
        if moves.height > MOST_ROWS:
            raise InputError(
                f"{moves.height:,} movements of the reserves of few shops are in one bucket",
                where="Settlement on Spark",
                hint=f"at most {MOST_ROWS:,} can be: give more buckets",
            )
        overdue = overdue_holds(moves, self.rule, self.as_of).join(moves.select("row", "home"), on="row")
        for (home,), rows in overdue.partition_by("home", as_dict=True, include_key=False).items():
            yield int(home), OVERDUE_HOLDS, rows


@attrs.frozen(eq=False)
class Audited:
    """The reconciliation of one bucket.

    Attributes:
        told: What is known.
    """

    told: Told

    def __call__(self, frames: Frames) -> Iterator[Part]:
        """What the bucket comes to."""
        told = self.told
        whole, overdue = told.whole, frames.get(OVERDUE_HOLDS)
        if overdue is not None:
            whole = attrs.evolve(whole, overdue=overdue)
        rows = told.placed(frames)
        run = Run(told.settings, told.taken(rows), whole)
        yield from audit_parts(run, run.steps(), told)
        yield from FIGURES_BY.parts(ARRIVED, arrived_of(rows), told.buckets)


def audit_parts(run: Run, steps: Steps, told: Told) -> Iterator[Part]:
    """What a part of the run comes to, by the numbers of the whole: the frames of its outcome, and figures.

    Args:
        run: The run of the part.
        steps: What its steps came to.
        told: What every part is told.
    """
    judged = steps.judged
    numbers = Numbers(judged.sides, run.books.keys.height, run.codes, told.counts)
    yield from _frames(run, steps, numbers)
    findings = judged.findings.with_columns(pl.col("currency").fill_null(run.settings.currency))
    findings = of_books(findings, judged.sides)
    yield from finding_parts(numbers.of_units(findings, "unit"), told.buckets)
    yield from split(
        BOOKED, run.event_facts(steps), ["document", "source_file", "source_sha256", "source_sheet"], told.buckets
    )
    documents = steps.dated.group_by(DOCUMENT).agg(pl.col("is_given").sum().cast(pl.Int64).alias("given"))
    sums = posted_sums(steps.dated, DOCUMENT).join(documents, on=list(DOCUMENT), how="left", nulls_equal=True)
    yield from split(DOCUMENTS, sums, ["document"], told.buckets)
    yield from _kept(run, steps, told)
    totals = totals_of_run(judged, 0) | type_totals(steps.side("lines").frame)
    figures = {
        CHECKS: check_rows(proof_of(judged, findings).checks),
        OFTEN: findings.group_by("type", "on").agg(pl.len().cast(pl.Int64).alias("count")),
        "totals": pl.DataFrame(
            [(*key, figure) for key, figure in totals.items()], schema=["label", "code", "figure"], orient="row"
        ),
        "absorbed": absorbed_by_day(judged),
        "moments": moments_of(judged.sides),
    }
    for name, frame in figures.items():
        yield from FIGURES_BY.parts(name, frame, told.buckets)


def _frames(run: Run, steps: Steps, numbers: Numbers) -> Iterator[Part]:
    """The frames of an outcome that need nothing of other parts."""
    pairs = numbers.of_units(matches_of(steps.judged, run.pairs(steps)), "unit")
    pairs = numbers.of_rows(pairs, left="orders", right="lines")
    yield _HERE, "matches", pairs.with_columns(pl.col("left").min().over("unit").alias("group"))
    yield _HERE, "lines", numbers.of_rows(numbers.of_units(run.lines(steps), "unit"), row="orders")
    yield _HERE, "units", numbers.of_units(units_of(steps.judged), "unit")
    yield _HERE, "items", items_of(steps.judged, KEYS)
    for side in steps.judged.sides:
        said = numbers.of_units(recorded(side), "unit")
        is_made = side.name == "contract"
        rows = numbers.of_contract(said, side.frame["key"]) if is_made else numbers.of_rows(said, row=side.name)
        yield _HERE, f"records:{side.name}", rows


def _kept(run: Run, steps: Steps, told: Told) -> Iterator[Part]:
    """The records that the next run has to see again."""
    carried = carried_sides(run.settings, steps.judged, run.as_of)
    tables: dict[str, Any] = {"carry": carried.sides, "later": carried.later}
    for prefix, sides in tables.items():
        for side, table in sides.items():
            yield _HERE, f"{prefix}:{side}", table.to_polars()
            rows = pl.DataFrame({"prefix": [prefix], "side": [side], "rows": [len(table)]})
            yield from FIGURES_BY.parts("kept_rows", rows, told.buckets)
