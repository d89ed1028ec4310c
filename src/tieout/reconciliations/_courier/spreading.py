"""Spreading: the audit of courier bills over the buckets of a cluster, with the one definition that each of them carries out.

What belongs together is brought together, each bucket is audited as if it were all, and what only the whole knows is found
first, from figures: which bills are under audit, what the lines of each make, which damaged number is whose.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs
import polars as pl

from tieout._spark.components import EDGES, edge_parts, labels_of
from tieout._spark.installed import require_spark
from tieout._spark.parts import Cluster, split
from tieout._spark.spark import SparkCluster
from tieout.errors import InputError
from tieout.model import CourierCharge, CourierInvoice
from tieout.outcome import CarryForward
from tieout.proof import Proof
from tieout.reconciliations._common import concluding, parted
from tieout.reconciliations._common.spark_outcome import SparkCarryForward, SparkOutcome
from tieout.reconciliations._courier import totals
from tieout.reconciliations._courier.booking import EVENT_SUMS, EVENTS, Booked, Eventful
from tieout.reconciliations._courier.editions import EDITIONS_SIDE, SAID, SKETCHES, bills_since, replaced_editions
from tieout.reconciliations._courier.gathering import booked_days, carried_kinds, likes_of, none, totals_of
from tieout.reconciliations._courier.heading import OPEN_MONTHS, Head, OpenMonths
from tieout.reconciliations._courier.months import MonthFigures, monthly_types, open_months
from tieout.reconciliations._courier.numbering import Counts
from tieout.reconciliations._courier.pairing import NUMBER, found_in_whole, found_on_spark
from tieout.reconciliations._courier.parting import (
    ACCRUED,
    FIGURES_BY,
    KEPT,
    POSTED,
    Audited,
    Kept,
    Surveyed,
    Told,
    audit_parts,
)
from tieout.reconciliations._courier.routing import (
    CLAIMED,
    FILES_NAME,
    FILES_SAID,
    FOUND_PAIRS,
    RECORDS,
    Keyed,
    Routed,
    route_of_key,
)
from tieout.reconciliations._courier.running import MATCHED, NAME, Run, Steps
from tieout.reconciliations._courier.whole import LOST, Whole
from tieout.reconciliations._spread.arriving import ARRIVED, require_each_once
from tieout.reconciliations._spread.inputs import Inputs
from tieout.reconciliations._spread.joined import FOUND_SUMS, Shelves, finished
from tieout.reconciliations._spread.records import CAME, ORIGINS, counts_of, frame_name, starts_of
from tieout.tables import Table, schema_of

if TYPE_CHECKING:
    from tieout.reconciliations.courier_bill import CourierBill

__all__ = ["Spread", "found_pairs", "on_spark"]

_WHERE = "CourierBill on Spark"
_SIDES = ("charges", "shipments", "contract", "remittances", "invoices", "returns", "history", "claims", "both")
_ALWAYS = ("charges", "shipments", "contract")
_PART_ORDER = {
    "actual - expected": (
        "impacts of discrepancies",
        "within tolerance",
        "not due or in transit",
        "checks switched off",
    ),
    "expected by contract": ("billed", "not charged", "not billed yet", "set aside"),
}


class Spread:
    """One audit over a cluster: its steps in their order."""

    def __init__(self, cluster: Cluster, settings: "CourierBill", given: Mapping[str, Any], opening: object) -> None:
        """Take what a caller gave.

        Args:
            cluster: Where the records are.
            settings: The reconciliation, with its zone.
            given: The sides by name, frames of the cluster among them; None where one is not known.
            opening: What the run before carried forward, here or there.

        Raises:
            InputError: The reconciliation asks for what only a run of all records in one place can do.
        """
        _require_spreadable(settings)
        self.cluster = cluster
        self.settings = settings
        self.given = given
        self.opening = opening
        self.inputs = Inputs(cluster, RECORDS, given, opening)
        self.buckets = 1
        self.came = none(_CAME)

    def outcome(self) -> SparkOutcome:
        """All steps."""
        self.buckets = self.cluster.buckets(self.inputs.counted().rows)
        has_opening = self.opening is not None
        keyed = self.inputs.keyed(lambda origin, side: Keyed(origin, side, self.buckets, has_opening)).kept()
        told, claimed = self._came(keyed)
        survey = keyed.regrouped(Surveyed(told)).kept()
        known = self._figures(survey)
        found = found_pairs(survey)
        told = self._told(told, known)
        routed, edges = self._routed(keyed, claimed, found)
        head = Head.of(told, known)
        audited = routed.sealed(Audited(head.told), self.buckets, where=_WHERE)
        held, parts = [audited], audited
        if monthly_types(self.settings.rate_card):
            head, kept = self._with_months(head, known, routed, audited)
            held, parts = [audited, *kept], audited.without(*KEPT).beside(kept) if kept else audited
        headers = self.cluster.parts(audit_parts(head.run, head.steps, head.told))
        outcome = self._concluded(head.run, head.steps, parts.beside([headers]), held)
        for done in (survey, keyed, edges):
            done.released()
        return outcome

    # What came

    def _came(self, keyed: Any) -> tuple[Told, pl.Series]:  # noqa: ANN401
        """What is told to the survey, and the types of charges that claims without a number are for."""
        found = keyed.fetched(CAME, CLAIMED, FILES_SAID, FILES_NAME)
        came = parted.summed(found.get(CAME, none(_CAME)), ["name", "part"]).sort("name", "part")
        self.came = came
        # Bill headers are few: each bucket is told all of them.
        invoices, held = self.inputs.brought("invoices", CourierInvoice)
        _, editions = self.inputs.brought(EDITIONS_SIDE, CourierInvoice)
        known = editions.get("carried", Table(none(schema_of(CourierInvoice)), CourierInvoice))
        said = found.get(FILES_SAID, none(SAID))
        heads = none(schema_of(CourierInvoice)) if invoices is None else invoices.to_polars()
        sketches = found.get(FILES_NAME, none(SKETCHES))
        replaced = replaced_editions(said, lambda: sketches, heads, known.to_polars())
        count = counts_of(came, RECORDS)
        charges = came.filter(pl.col("name") == frame_name("given", "charges"))
        told = Told(
            settings=self.settings,
            known=frozenset(side for side in RECORDS if self.given.get(side) is not None),
            opened=frozenset(getattr(self.opening, "sides", {})),
            invoices=invoices,
            opening_invoices=held,
            editions=known,
            opens_on=self.inputs.opens_on,
            starts=starts_of(came, RECORDS),
            counts=Counts(
                charges=count["charges"],
                remittances=count["remittances"],
                shipments=count["shipments"],
                returns=count["returns"],
                claims=count["claims"],
                invoices=sum(len(table) for table in (*held.values(), *([] if invoices is None else [invoices]))),
            ),
            whole=Whole(
                is_unnumbered=int(charges["rows"].sum()) == int(charges["unnamed"].sum()),
                replaced=replaced,
                bills_here=bills_since(said, heads, self.inputs.opens_on),
            ),
            buckets=self.buckets,
        )
        routes = found[CLAIMED]["route"].unique() if CLAIMED in found else pl.Series([], dtype=pl.String)
        return told, routes

    # What the whole knows

    def _figures(self, parts: Any, *only: str) -> dict[str, pl.DataFrame]:  # noqa: ANN401
        names = only or tuple(FIGURES_BY.keys)
        found: dict[str, pl.DataFrame] = parts.named(*names).regrouped(FIGURES_BY).fetched(*names)
        return found

    def _told(self, told: Told, known: Mapping[str, pl.DataFrame]) -> Told:
        """What is told to the audit of each bucket."""
        days = dict(known["days"].iter_rows()) if "days" in known else {}
        day = next((days[name] for name in ("headers", "lines", "parcels") if days.get(name) is not None), None)
        settings = self.settings
        if settings.as_of is None and settings.period is None and day is not None:
            settings = attrs.evolve(settings, as_of=day)
        bills, anew = (
            known.get(name, pl.DataFrame(schema={"bill_no": pl.String}))["bill_no"] for name in ("bills", "bills_anew")
        )
        whole = attrs.evolve(
            told.whole,
            bills=bills,
            bills_anew=anew,
            lost=known.get("lost", none(LOST)).sort("prefix", "tracking_no"),
            still_open=self._still_open(),
        )
        return attrs.evolve(told, settings=settings, whole=whole)

    def _routed(self, keyed: Any, claimed: pl.Series, found: pl.DataFrame) -> tuple[Any, Any]:  # noqa: ANN401
        """The records, each in the bucket of what it hangs together with, and the parts that say so."""
        names = [frame_name(origin, side) for origin in ORIGINS for side in RECORDS]
        pairs = self.cluster.parts(
            split(FOUND_PAIRS, found.with_columns(route_of_key(pl.col("key")).alias("route")), ["route"], self.buckets)
        )
        sure = found.filter(pl.col("status") == "confirmed")
        bound = sure.select(route_of_key(pl.col("key")).alias("node"), route_of_key(pl.col("own")).alias("other"))
        edges = keyed.named(EDGES).beside([self.cluster.parts(edge_parts(bound, self.buckets))])
        labels, stars = labels_of(edges, self.buckets)
        every = keyed.named(*names).beside([pairs, labels])
        return every.regrouped(Routed(self.buckets, claimed)), stars

    def _still_open(self) -> list[date]:
        """Months of which the run before missed something; its open items may be many, and stay where they are."""
        types, items = monthly_types(self.settings.rate_card), getattr(self.opening, "items", None)
        if not types or items is None:
            return []
        if not self.cluster.takes(items):
            return open_months(items, types)
        found = self.cluster.scattered(items, OpenMonths(tuple(types))).fetched(OPEN_MONTHS)
        return found[OPEN_MONTHS]["month"].unique().sort().to_list() if OPEN_MONTHS in found else []

    def _with_months(
        self,
        head: Head,
        known: Mapping[str, pl.DataFrame],
        routed: Any,  # noqa: ANN401
        audited: Any,  # noqa: ANN401
    ) -> tuple[Head, list[Any]]:
        """The headers with months as a whole, and what is carried where that is more because a month is open."""
        found = self._figures(audited, "month_sums", "month_lines", "month_received")
        empty = head.run.month_figures(head.steps.decided)
        months = MonthFigures(
            sums=found.get("month_sums", empty.sums),
            lines=found.get("month_lines", empty.lines),
            received=found.get("month_received", empty.received),
        )
        again = Head.of(head.told, known, months)
        if again.keeps_as(head):
            return again, []
        return again, [routed.sealed(Kept(again.told), self.buckets, where=_WHERE)]

    # What comes of it

    def _concluded(self, head: Run, steps: Steps, audited: Any, held: Sequence[Any]) -> SparkOutcome:  # noqa: ANN401
        known = self._figures(audited)
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
        events = audited.named(POSTED, ACCRUED).regrouped(
            Booked(
                terms=head.event_terms,
                days=booked_days(known, head),
                freight=known.get("freight", none(dict.fromkeys(("document", "party", "side"), pl.String()))),
                buckets=self.buckets,
            )
        )
        events = events.sealed(Eventful(), self.buckets, where=_WHERE)
        sums = findings.fetched(parted.FOUND_SUMS).get(parted.FOUND_SUMS, FOUND_SUMS)
        by_type = parted.summed(sums, ["type", "currency"]).sort("type", "currency")
        made = events.fetched(EVENT_SUMS).get(EVENT_SUMS, _EVENT_SUMS)
        carried = self._carried_invoices(head, steps, known)
        proof = self._proof(known, parted.summed(made, ["kind", "currency"]))
        said = {check.side for check in proof.checks if check.name == "rows"}
        likes = likes_of(head, steps, known)
        apart = {parted.DISCREPANCIES: findings, parted.EXPLAINS: findings, EVENTS: events}
        apart |= dict.fromkeys(("carry:invoices", "later:invoices", f"carry:{EDITIONS_SIDE}"), carried[0])
        shelves = Shelves({name: apart.get(name, audited) for name in likes})
        sides = [side for side in steps.judged.sides if side.name in said]
        return SparkOutcome(
            reconciliation=NAME,
            parameters=concluding.said_settings(settings, head.as_of, head.parameters()),
            proof=proof,
            totals=totals_of(head, steps, known, by_type),
            by_type=by_type,
            carry_forward=SparkCarryForward(
                kinds=carried_kinds(head, known, "carry", carried[1]),
                later_kinds=carried_kinds(head, known, "later", carried[1]),
                parts=shelves,
                likes=likes,
            ),
            kinds={side.name: side.record.__name__ for side in sides},
            roles={side.name: side.role.value for side in sides},
            matched=MATCHED,
            rows=int(self.came["rows"].sum()),
            held=(*held, findings, events),
            parts=shelves,
            likes=likes,
        )

    def _carried_invoices(self, head: Run, steps: Steps, known: Mapping[str, pl.DataFrame]) -> tuple[Any, CarryForward]:
        """The headers that the next run has to see again, now that it is known of which bills lines are kept."""
        bills = known["kept_bills"]["bill_no"] if "kept_bills" in known else Whole().kept_bills
        whole = attrs.evolve(head.sides.whole or Whole(), kept_bills=bills)
        carried = Run(head.settings, attrs.evolve(head.sides, whole=whole), head.given).carried(steps)
        parts = [
            (0, f"{prefix}:{side}", tables[side].to_polars())
            for prefix, tables in (("carry", carried.sides), ("later", carried.later))
            for side in ("invoices", EDITIONS_SIDE)
            if side in tables
        ]
        return self.cluster.parts(parts), carried

    def _proof(self, known: Mapping[str, pl.DataFrame], events: pl.DataFrame) -> Proof:
        """The checks of all parts as one."""
        joined = parted.joined_proof(known[parted.CHECKS], _SIDES, _PART_ORDER)
        posted = known.get("posted_sums", _POSTED_SUMS)
        accrued = int(known["accrued_sum"]["accrued_minor"].sum()) if "accrued_sum" in known else 0
        checks = totals.posting_checks(
            posted, accrued, events.sort("kind", "currency"), self.settings.rate_card.currency
        )
        said = {
            check.side for check in joined.checks if check.name == "rows" and (check.total or check.side in _ALWAYS)
        }
        kept = [check for check in joined.checks if check.name != "rows" or check.side in said]
        return Proof([*kept, *checks])


_EVENT_SUMS = pl.DataFrame(schema={"kind": pl.String, "currency": pl.String, "amount_minor": pl.Int64})
_CAME = {
    "name": pl.String(),
    "part": pl.Int64(),
    "rows": pl.Int64(),
    "unnamed": pl.Int64(),
    "amounts": pl.Decimal(38, 0),
}
_POSTED_SUMS = pl.DataFrame(schema={"currency": pl.String, "total_minor": pl.Int64, "kept_minor": pl.Int64})
_ABSORBED = pl.DataFrame(schema={"on": pl.Date, "currency": pl.String, "absorbed_minor": pl.Int64})


def on_spark(session: Any, settings: "CourierBill", sides: Mapping[str, Any], opening: object) -> SparkOutcome:  # noqa: ANN401
    """The outcome of an audit on Spark.

    Args:
        session: A session of Spark.
        settings: The reconciliation, with its zone.
        sides: What was given, by name.
        opening: What the run before carried forward, there or here.
    """
    require_spark(_WHERE)
    return Spread(SparkCluster(session), settings, sides, opening).outcome()


def found_pairs(survey: Any) -> pl.DataFrame:  # noqa: ANN401 - the Parts of a cluster
    """The pairs that numbers alone do not tell, of the columns `FOUND`: the matcher decides them with all numbers of both sides.

    Args:
        survey: Parts of the candidates.
    """
    schema = {
        "tracking_no": pl.String(),
        "ship_date": pl.Date(),
        "weight_g": schema_of(CourierCharge)["billed_weight_g"],
        NUMBER: pl.Int64(),
    }
    ours, billed = (survey.frame(name, none(schema)) for name in ("ours", "billed"))
    if isinstance(ours, pl.DataFrame):
        return found_in_whole(ours, billed)
    return found_on_spark(ours, billed)


def _require_spreadable(settings: "CourierBill") -> None:
    if settings.own_checks:
        raise InputError(
            "checks of one's own look at all records at once, and these are on Spark",
            where="CourierBill.own_checks",
            hint="leave them out, and look at the frames of the outcome",
        )
