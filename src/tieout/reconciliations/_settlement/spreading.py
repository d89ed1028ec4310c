"""Spreading: the reconciliation of settlements over the buckets of a cluster, with the definition that each of them carries out.

What belongs to an order is brought together, each bucket is reconciled as if it were all, and what only the whole knows is found
first, from figures: what the lines of each settlement sum to, and which holds of a shop's reserve are overdue.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
import polars as pl

from tieout._spark.components import EDGES, labels_of
from tieout._spark.installed import require_spark
from tieout._spark.parts import Cluster
from tieout._spark.spark import SparkCluster
from tieout.errors import InputError
from tieout.model import Discrepancy, Event
from tieout.model import Settlement as Header
from tieout.outcome import CarryForward
from tieout.proof import Proof
from tieout.reconciliations._common import concluding, parted
from tieout.reconciliations._common.findings import no_findings
from tieout.reconciliations._common.sides import SCOPE
from tieout.reconciliations._common.spark_outcome import SparkCarryForward, SparkOutcome
from tieout.reconciliations._settlement.booking import (
    BOOKED,
    DOCUMENTS,
    EVENT_SUMS,
    EVENTS,
    POSTED_SUMS,
    Booked,
    Eventful,
)
from tieout.reconciliations._settlement.collection import MONTH
from tieout.reconciliations._settlement.facts import ELSEWHERE, events_checks
from tieout.reconciliations._settlement.headers import SETTLEMENT, SUMS
from tieout.reconciliations._settlement.numbering import Counts
from tieout.reconciliations._settlement.parting import (
    FIGURES_BY,
    RESERVES,
    Audited,
    Dated,
    Reserved,
    Surveyed,
    Told,
    audit_parts,
)
from tieout.reconciliations._settlement.routing import ASKED, BOUND, CODES, MARKS, RECORDS, Bound, Keyed, Routed
from tieout.reconciliations._settlement.running import MATCHED, NAME, Run, Steps
from tieout.reconciliations._settlement.taking import Given, Taken, require_headers_alone, taken_of
from tieout.reconciliations._settlement.weighing import KEYS
from tieout.reconciliations._settlement.whole import Whole
from tieout.reconciliations._spread.arriving import ARRIVED, require_each_once
from tieout.reconciliations._spread.inputs import Inputs
from tieout.reconciliations._spread.joined import FOUND_SUMS, MOMENTS, Shelves, finished, likes_of_records
from tieout.reconciliations._spread.records import CAME, ORIGINS, counts_of, frame_name, starts_of
from tieout.tables import schema_of

if TYPE_CHECKING:
    from tieout.reconciliations.settlement import Settlement

__all__ = ["Spread", "on_spark"]

_WHERE = "Settlement on Spark"
_HEADERS = "settlements"
_FRAMES = tuple(frame_name(origin, side) for origin in ORIGINS for side in RECORDS)
_SIDES = ("orders", "refunds", "contract", "lines", "settlements", "both")
_PART_ORDER = {
    "actual - expected": (
        "impacts of discrepancies",
        "within tolerance",
        "not due or in transit",
        "checks switched off",
    ),
    "events": ("events", *ELSEWHERE),
}
_CAME = pl.DataFrame(schema={"name": pl.String, "part": pl.Int64, "rows": pl.Int64, "amounts": pl.Decimal(38, 0)})
_CODES = pl.DataFrame(schema={"currency": pl.String})
_ABSORBED = pl.DataFrame(
    schema={
        "on": pl.Date,
        "platform": pl.String,
        "shop_id": pl.String,
        "currency": pl.String,
        "absorbed_minor": pl.Int64,
    }
)
_POSTED = pl.DataFrame(schema={"currency": pl.String, "total_minor": pl.Int64, **dict.fromkeys(ELSEWHERE, pl.Int64)})
_EVENTS = pl.DataFrame(schema={"currency": pl.String, "amount_minor": pl.Int64})


class Spread:
    """One reconciliation over a cluster: its steps in their order."""

    def __init__(self, cluster: Cluster, settings: "Settlement", given: Mapping[str, Any], opening: object) -> None:
        """Take what a caller gave.

        Args:
            cluster: Where the records are.
            settings: The reconciliation.
            given: The sides by name, frames of the cluster among them; None where one is not known.
            opening: What the run before carried forward, here or there.

        Raises:
            InputError: The reconciliation asks for what only a run of all records in one place can do, or a side does not fit.
        """
        if settings.own_checks:
            raise InputError(
                "checks of one's own look at all records at once, and these are on Spark",
                where="Settlement.own_checks",
                hint="leave them out, and look at the frames of the outcome",
            )
        self.cluster = cluster
        self.settings = settings
        self.inputs = Inputs(cluster, RECORDS, given, opening)
        self.has_refunds = given.get("refunds") is not None
        self.carried = {side for origin, side in self.inputs.frames if origin != "given"}
        self.headers = self._headers_taken()
        self.buckets = 1
        self.came = _CAME
        self.held: list[Any] = []

    def outcome(self) -> SparkOutcome:
        """All steps."""
        self.buckets = self.cluster.buckets(self.inputs.counted().rows)
        keyed = self._kept(
            self.inputs.keyed(lambda origin, side: Keyed(origin, side, self.buckets, side in self.carried))
        )
        told = self._came(keyed)
        routed = self._routed(keyed)
        told = self._dated(told, routed)
        head, steps, told, overdue = self._surveyed(told, routed)
        headers = self.cluster.parts(audit_parts(head, steps, told))
        audited = (routed.beside(overdue) if overdue else routed).sealed(Audited(told), self.buckets, where=_WHERE)
        outcome = self._concluded(head, steps, audited.beside([headers]), audited)
        for parts in self.held:
            parts.released()
        return outcome

    def _kept(self, parts: Any) -> Any:  # noqa: ANN401 - the Parts of a cluster
        """Parts that are looked at several times, until all is done."""
        kept = parts.kept()
        self.held.append(kept)
        return kept

    # What came

    def _headers_taken(self) -> Taken:
        """The headers, which are few, without any other record."""
        given, held = self.inputs.brought(_HEADERS, Header)
        opening = CarryForward(
            sides={_HEADERS: held["carried"]} if "carried" in held else {},
            later={_HEADERS: held["later"]} if "later" in held else {},
            opens_on=self.inputs.opens_on,
        )
        taken = taken_of(Given(orders=None, lines=None, settlements=given, opening=opening), self.settings.timezone)
        require_headers_alone(taken.settlements.frame)
        return taken

    def _came(self, keyed: Any) -> Told:  # noqa: ANN401 - the Parts of a cluster
        found = keyed.fetched(CAME, CODES)
        came = parted.summed(found.get(CAME, _CAME), ["name", "part"])
        self.came = came
        counts = counts_of(came, RECORDS)
        own = self.headers.settlements.frame
        codes = {*found.get(CODES, _CODES)["currency"].drop_nulls(), *own["currency"].drop_nulls()}
        return Told(
            settings=self.settings,
            has_refunds=self.has_refunds,
            headers=own.select(SETTLEMENT).unique(),
            starts=starts_of(came, RECORDS),
            counts=Counts(
                orders=counts["orders"],
                refunds=counts["refunds"],
                lines=counts["lines"],
                codes=sorted(codes) or [self.settings.currency],
                fees=sum(fee.is_rated for fee in self.settings.fees),
            ),
            whole=Whole(knows_refunds=self.has_refunds),
            opens_on=self.inputs.opens_on,
            buckets=self.buckets,
        )

    def _routed(self, keyed: Any) -> Any:  # noqa: ANN401
        """The records, each in the bucket of what it hangs together with."""
        bound = self._kept(keyed.named(ASKED, MARKS).regrouped(Bound(self.buckets)))
        records = keyed.named(*_FRAMES)
        if BOUND not in bound.fetched(BOUND):
            return records
        labels, stars = labels_of(bound.named(EDGES), self.buckets)
        self.held.append(stars)
        return self._kept(records.beside([labels]).regrouped(Routed(self.buckets)))

    # What the whole knows

    def _dated(self, told: Told, routed: Any) -> Told:  # noqa: ANN401
        """What is told with the day of the run, where nobody said it and the records have to."""
        settings = self.settings
        if settings.as_of is not None or settings.period is not None:
            return told
        known = _figures(routed.regrouped(Dated(told)), "days")
        days = [self.headers.last_day(settings.timezone), *(known["days"]["day"] if "days" in known else [])]
        last = max((day for day in days if day is not None), default=None)
        return told if last is None else attrs.evolve(told, settings=attrs.evolve(settings, as_of=last))

    def _surveyed(self, told: Told, routed: Any) -> tuple[Run, Steps, Told, list[Any]]:  # noqa: ANN401
        """The part of the headers, what the others are told, and parts of the overdue holds, in the buckets of their lines."""
        settings = told.settings
        day = Run(settings, self.headers, Whole(sums=_none(SUMS))).as_of
        since = day - timedelta(days=settings.memory_days)
        wanted = [frame_name(origin, side) for origin in ORIGINS for side in ("lines", "refunds")]
        survey = self._kept(routed.named(*wanted).regrouped(Surveyed(told=told, since=since)))
        known = _figures(survey, "carried", "moves", "sums", "nameless", "months")
        carried = int(known["carried"]["rows"].sum()) if "carried" in known else 0
        whole = Whole(knows_refunds=self.has_refunds or carried > 0)
        sums = known["sums"].select(list(SUMS)) if "sums" in known else _none(SUMS)
        head = Run(
            settings,
            self.headers,
            attrs.evolve(whole, sums=sums, nameless=known.get("nameless", whole.nameless).select(SCOPE)),
        )
        steps = head.steps()
        young = whole.young
        if "months" in known:
            young = known["months"].filter((pl.col("last_on") >= since) & (pl.col("older") > 0)).select(list(MONTH))
        whole = attrs.evolve(whole, left=steps.headers.left, settlements=head.open_settlements(steps), young=young)
        overdue = survey.named(RESERVES).regrouped(Reserved(rule=settings.reserve_due, as_of=day))
        has_reserves = "moves" in known and known["moves"]["rows"].sum() > 0
        return head, steps, attrs.evolve(told, whole=whole), [overdue] if has_reserves else []

    # What comes of it

    def _concluded(self, head: Run, steps: Steps, audited: Any, held: Any) -> SparkOutcome:  # noqa: ANN401
        known = _figures(audited, *FIGURES_BY.keys)
        require_each_once(self.came, known.get(ARRIVED), RECORDS, where=_WHERE)
        settings = head.settings
        findings = finished(
            self.cluster,
            audited.named(parted.FINDINGS),
            known,
            settings=settings,
            as_of=head.as_of,
            absorbed=known.get("absorbed", _ABSORBED),
            buckets=self.buckets,
            where=_WHERE,
        )
        runs = audited.named(BOOKED).regrouped(Booked(self.buckets))
        events = runs.beside([audited.named(DOCUMENTS)]).sealed(Eventful(), self.buckets, where=_WHERE)
        sums = findings.fetched(parted.FOUND_SUMS).get(parted.FOUND_SUMS, FOUND_SUMS)
        by_type = parted.summed(sums, ["type", "currency"]).sort("type", "currency")
        made = events.fetched(EVENT_SUMS, POSTED_SUMS)
        posted, booked = (
            parted.summed(made.get(name, none), ["currency"])
            for name, none in ((POSTED_SUMS, _POSTED), (EVENT_SUMS, _EVENTS))
        )
        joined = parted.joined_proof(known[parted.CHECKS], _SIDES, _PART_ORDER)
        likes = _likes(head, steps, known)
        apart = {parted.DISCREPANCIES: findings, parted.EXPLAINS: findings, EVENTS: events}
        shelves = Shelves({name: apart.get(name, audited) for name in likes})
        return SparkOutcome(
            reconciliation=NAME,
            parameters=concluding.said_settings(settings, head.as_of, head.parameters()),
            proof=Proof([*joined.checks, *events_checks(posted, booked)]),
            totals=_totals(known["totals"], int(by_type["count"].sum())),
            by_type=by_type,
            carry_forward=SparkCarryForward(
                kinds=_KINDS,
                later_kinds=_later_kinds(known),
                parts=shelves,
                likes=likes,
            ),
            kinds={side.name: side.record.__name__ for side in steps.judged.sides},
            roles={side.name: side.role.value for side in steps.judged.sides},
            matched=MATCHED,
            rows=int(self.came["rows"].sum()) + self.headers.settlements.frame.height,
            held=(held, findings, events),
            parts=shelves,
            likes=likes,
            order={"lines": ("row",), "matches": ("left", "right")},
        )


_KINDS = {**{side: record.__name__ for side, record in RECORDS.items()}, _HEADERS: Header.__name__}


def on_spark(session: Any, settings: "Settlement", sides: Mapping[str, Any], opening: object) -> SparkOutcome:  # noqa: ANN401
    """The outcome of a reconciliation on Spark.

    Args:
        session: A session of Spark.
        settings: The reconciliation.
        sides: What was given, by name.
        opening: What the run before carried forward, there or here.
    """
    require_spark(_WHERE)
    return Spread(SparkCluster(session), settings, sides, opening).outcome()


def _figures(parts: Any, *names: str) -> dict[str, pl.DataFrame]:  # noqa: ANN401
    found: dict[str, pl.DataFrame] = parts.named(*names).regrouped(FIGURES_BY).fetched(*names)
    return found


def _none(schema: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict(schema))


def _totals(sums: pl.DataFrame, found: int) -> dict[tuple[str, str], int]:
    """Sums for people, in the order in which a run has them."""
    made = {(label, code): int(figure) for label, code, figure in sums.iter_rows()}
    made["discrepancies", "rows"] = found
    return {key: made[key] for key in sorted(made, key=_place_of_total)}


def _place_of_total(key: tuple[str, str]) -> tuple[int, int, str, str]:
    label, code = key
    of_side = _SIDES.index(label) if label in _SIDES else 0
    if label in _SIDES:
        return (0 if code == "rows" else 3, of_side, code, "")
    kinds = {"compared": 1, "discrepancies": 2, "absorbed by tolerance": 4, "lines": 5, "unknown lines": 6}
    return kinds[label.partition(":")[0]], of_side, label, code


def _likes(head: Run, steps: Steps, known: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The columns of every frame of the outcome."""
    nothing = no_findings().with_columns(pl.lit(None, dtype=pl.String).alias("discrepancy_id"))
    likes = {
        "matches": concluding.matches_of(steps.judged, head.pairs(steps)),
        "bonds": _none({"unit": pl.Int64, "other": pl.Int64}),
        "lines": head.lines(steps),
        "units": concluding.units_of(steps.judged),
        "items": concluding.items_of(steps.judged, KEYS),
        "explains": nothing.select("discrepancy_id", "unit", "is_note"),
        "discrepancies": _none(schema_of(Discrepancy)),
        "events": _none(schema_of(Event)),
        **likes_of_records(steps.judged.sides, known.get("moments", _none(MOMENTS))),
    }
    for name, record in {**RECORDS, _HEADERS: Header}.items():
        likes[f"carry:{name}"] = likes[f"later:{name}"] = _none(schema_of(record))
    return {name: like.clear() for name, like in likes.items()}


def _later_kinds(known: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """The sides of which there are records of days after the period, with the names of their records."""
    rows = known.get("kept_rows", _none({"prefix": pl.String, "side": pl.String, "rows": pl.Int64}))
    filled = rows.filter((pl.col("prefix") == "later") & (pl.col("rows") > 0))["side"].to_list()
    return {side: kind for side, kind in _KINDS.items() if side in filled}
