"""Running: one audit of courier bills, step by step, of all records or of a part of them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

import attrs
import polars as pl

from tieout.model.currency import from_units
from tieout.money import Tolerance
from tieout.outcome import CarryForward, Outcome
from tieout.proof import Check, Proof
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.due import DueRule, DueRules
from tieout.reconciliations._common.units import Judged
from tieout.reconciliations._courier import bills, facts, findings, judging, keeping, parcels, shown, totals
from tieout.reconciliations._courier.columns import attached
from tieout.reconciliations._courier.corrections import corrected
from tieout.reconciliations._courier.deciding import Decided, decide
from tieout.reconciliations._courier.judging import KEYS, Weighed
from tieout.reconciliations._courier.months import (
    NO_MONTHS,
    MonthFigures,
    MonthTerms,
    check_monthly,
    month_figures,
    month_lines,
    monthly_types,
    open_months,
    settled_months,
)
from tieout.reconciliations._courier.owed import owed_rows
from tieout.reconciliations._courier.promises import Promises, with_promises
from tieout.reconciliations._courier.sides import Given, Sides, last_day

if TYPE_CHECKING:
    from tieout.reconciliations.courier_bill import CourierBill

__all__ = ["GRACE_DAYS", "MATCHED", "NAME", "PATIENCE_DAYS", "Run", "Steps"]

GRACE_DAYS = 45  # domain.md 3.9: parcels may still be billed so long after their month
PATIENCE_DAYS = 45
_CASH_DAYS = 7
NAME = "courier_bill"
MATCHED = ("shipments", "charges")


@attrs.frozen(kw_only=True, eq=False)
class Steps:
    """What the steps of a run came to.

    Attributes:
        decided: Lines with verdicts, and what led to them.
        checked: What parcels lack.
        weighed: What was compared.
        judged: Units with verdicts.
        posted: Lines that the run posts.
        accrued: Parcels whose cost is accrued.
    """

    decided: Decided
    checked: parcels.ParcelFindings
    weighed: Weighed
    judged: Judged
    posted: pl.DataFrame
    accrued: pl.DataFrame


def _allowed(settings: "CourierBill") -> Tolerance:
    """What a line may differ: as told, else as the contract says, else as the profile."""
    code = settings.currency
    line = settings.tolerances.currencies.get(code, settings.tolerances).line
    known = settings.tolerance or settings.rate_card.terms.tolerance
    if known is not None:
        return known
    limit = None if line.limit is None else from_units(line.limit, code)
    return Tolerance(currency=code, amount=from_units(line.units, code), share=line.share, limit=limit)


def _due_terms(settings: "CourierBill", as_of: date, *, knows_cash: bool) -> parcels.DueTerms:
    cash = settings.cash_due
    days = settings.rate_card.terms.cod_due_days
    if cash is None and (days is not None or knows_cash):
        # Late from the day after the last one on which it is in time.
        cash = DueRules(DueRule(after=_CASH_DAYS if days is None else days, grace=1, patience=PATIENCE_DAYS))
    after = DueRule(after=0, grace=grace_days(settings) + 1, patience=PATIENCE_DAYS)
    billed = settings.due or DueRules(after)
    return parcels.DueTerms(billed=billed, cash=cash, credit=settings.credit_due, as_of=as_of)


def grace_days(settings: "CourierBill") -> int:
    told = settings.rate_card.terms.unbilled_grace_days if settings.grace_days is None else settings.grace_days
    return GRACE_DAYS if told is None else told


class Run:
    """One run of the reconciliation: the steps in their order, each on columns."""

    def __init__(self, settings: "CourierBill", sides: Sides, given: Given) -> None:
        self.card = settings.rate_card
        self.settings = settings
        self.sides = sides
        self.given = given
        self.as_of = (
            settings.as_of or (settings.period.last if settings.period else last_day(sides)) or date(1970, 1, 1)
        )
        self.tolerance = _allowed(settings)
        self.due = _due_terms(settings, self.as_of, knows_cash=sides.knows_cash)
        self.since = self.as_of - timedelta(days=settings.memory_days)

    def outcome(self) -> Outcome:
        """What the run comes to."""
        return self._concluded(self.steps())

    def steps(self) -> Steps:
        """All steps up to the verdicts."""
        decided = self.decided()
        checked = parcels.check_parcels(
            card=self.card,
            parcels=decided.pairing.parcels,
            lines=decided.lines,
            history=decided.history,
            rating=decided.rating,
            expected=decided.expected,
            due=self.due,
        )
        months = self._months(decided)
        promises = with_promises(
            self.sides.taken["claims"].compared, decided.lines, decided.history, self.due, carrier=self.card.carrier
        )
        weighed = self._weighed(decided, checked, months, promises)
        judged = self._judged(decided, checked, weighed)
        return Steps(
            decided=decided,
            checked=checked,
            weighed=weighed,
            judged=judged,
            posted=pl.concat(
                [
                    facts.posted_lines(weighed.lines, judged, promises.notes),
                    corrected(self, weighed.lines, promises.notes),
                ]
            ),
            accrued=facts.accrued(checked.unbilled, weighed.parcels, judged),
        )

    def decided(self) -> Decided:
        """Each line with its verdict."""
        return decide(
            self.sides,
            self.card,
            self.tolerance,
            window_days=self.settings.period_window_days,
            known_monthly=monthly_types(self.card),
        )

    def month_figures(self, decided: Decided) -> MonthFigures:
        """What months as a whole are decided by, of this run's parcels and lines."""
        return month_figures(self.card, decided.rating, decided.lines, is_whole=self.sides.whole is None)

    def _months(self, decided: Decided) -> pl.DataFrame:
        whole = self.sides.whole
        types = monthly_types(self.card)
        if not types or (whole is not None and whole.months is None):
            return NO_MONTHS
        items = pl.DataFrame() if self.given.opening is None else self.given.opening.items
        still_open = open_months(items, types) if whole is None else whole.still_open
        terms = MonthTerms(due=self.due.credit, as_of=self.as_of, since=self.since, still_open=frozenset(still_open))
        invoices = self.sides.invoices
        if whole is not None and whole.months is not None:
            return check_monthly(card=self.card, figures=whole.months, invoices=invoices, terms=terms)
        if not settled_months(
            month_lines(decided.lines), invoices, terms
        ):  # nothing is rated again for a month that runs
            return NO_MONTHS
        return check_monthly(card=self.card, figures=self.month_figures(decided), invoices=invoices, terms=terms)

    def _weighed(
        self, decided: Decided, checked: parcels.ParcelFindings, months: pl.DataFrame, promises: Promises
    ) -> Weighed:
        units = judging.numbered(self.sides)
        named = attached(decided.pairing.parcels, checked.states, on="parcel").with_columns(
            (pl.col("parcel") + units.parcels).alias("unit"),
            pl.coalesce("key", "tracking_no").alias("tracking"),
            pl.col("pickup_date").alias("ship_date"),
            pl.col("status").alias("parcel_status"),
        )
        owed = owed_rows(
            checked,
            months,
            promises.owed,
            named,
            currency=self.card.currency,
            carrier=self.card.carrier,
            start=units.owed,
        )
        heads = self._heads(decided.lines).with_columns((pl.col("row") + units.headers).alias("unit"))
        lines = findings.with_claims(
            decided.lines,
            decided.rating,
            self.card,
            sorted(self.settings.switched_off),
            knows_returns=self.sides.returns is not None,
        )
        picked = decided.pairing.parcels.select("parcel", pl.col("pickup_date").alias("picked_on"), "is_old")
        lines = attached(lines, picked, on="parcel").with_columns(
            pl.coalesce("picked_on", "ship_date", "bill_date").alias("counts_on")
        )
        return Weighed(lines=lines, parcels=named, heads=heads, owed=owed)

    def _heads(self, lines: pl.DataFrame) -> pl.DataFrame:
        """The headers that the run compares; a part of it that has lines compares none."""
        whole = self.sides.whole
        if whole is None:
            return bills.headers(bills.figures(lines), self.sides.invoices)
        compared = self.sides.invoices if whole.has_headers else self.sides.invoices.clear()
        return bills.headers(bills.figures(lines) if whole.figures is None else whole.figures, compared)

    def _judged(self, decided: Decided, checked: parcels.ParcelFindings, weighed: Weighed) -> Judged:
        promised = weighed.owed["line"].drop_nulls().implode()
        found = [
            findings.line_findings(weighed.lines, decided.rating).filter(~pl.col("unit").is_in(promised)),
            findings.owed_findings(weighed.owed),
            findings.record_findings(checked.states, weighed.parcels),
            bills.header_findings(weighed.heads),
        ]
        return judging.judged_units(
            self.sides,
            weighed,
            judging.numbered(self.sides),
            findings.graded(pl.concat(found)),
            period=self.settings.period,
            off=self.settings.switched_off,
        )

    @property
    def event_terms(self) -> facts.EventTerms:
        """What holds for all events."""
        return facts.EventTerms(
            carrier=self.card.carrier,
            currency=self.card.currency,
            vat_rate=self.card.terms.vat_rate,
            as_of=self.as_of,
            last=None if self.settings.period is None else self.settings.period.last,
        )

    def carried(self, steps: Steps) -> CarryForward:
        """The records that the next run has to see again, without the open items."""
        return keeping.carried_sides(
            self.sides,
            steps.weighed,
            steps.judged,
            as_of=self.as_of,
            memory_days=self.settings.memory_days,
            period=self.settings.period,
            known={name: self.given.knows(name) for name in self.sides.taken},
            known_editions=self.given.known_editions,
        )

    def lines(self, steps: Steps) -> pl.DataFrame:
        """One row per charge."""
        return shown.public_lines(steps.weighed.lines, steps.judged, self.sides)

    def matches(self, steps: Steps) -> pl.DataFrame:
        """Bill lines with their parcels."""
        return shown.matches(steps.weighed.lines, parcels=judging.numbered(self.sides).parcels)

    def totals(self, steps: Steps, found: pl.DataFrame) -> dict[tuple[str, str], int]:
        """Sums for people.

        Args:
            steps: What the steps came to.
            found: The discrepancies.
        """
        return shown.totals(steps.weighed.lines, steps.judged, found, steps.accrued, self.card.currency)

    def contract_check(self, steps: Steps) -> Check:
        """What the contract makes of all parcels, against what became of it."""
        return totals.contract_check(steps.decided, steps.checked, self.card.currency)

    def _concluded(self, steps: Steps) -> Outcome:
        events = facts.build_events(
            lines=steps.posted,
            unbilled=steps.accrued,
            parcels=steps.weighed.parcels,
            invoices=self.sides.invoices,
            terms=self.event_terms,
        )
        outcome = concluding.conclude(
            NAME,
            self.settings,
            steps.judged,
            as_of=self.as_of,
            pairs=shown.no_pairs(),
            matched=MATCHED,
            keys=KEYS,
            parameters=self.parameters(),
            events=events,
            lines=self.lines(steps),
            carried=self.carried(steps),
        )
        checks = [
            self.contract_check(steps),
            *totals.posting_checks(
                totals.posted_sums(steps.posted),
                totals.accrued_sum(steps.accrued),
                totals.event_sums(events.to_polars()),
                self.card.currency,
            ),
        ]
        pairs = self.matches(steps)
        return attrs.evolve(
            outcome,
            matches=pairs,
            bonds=shown.bonds(pairs),
            proof=Proof([*outcome.proof.checks, *checks]),
            totals=self.totals(steps, outcome.discrepancies.to_polars()),
        )

    def parameters(self) -> Mapping[str, str]:
        """What decided the run beside what every reconciliation can be told, as text."""
        lacking = "not given: return legs are not tested for a case, and parcels that are not ours are not claimed"
        known = "given" if self.given.knows("returns") else lacking
        return {
            "contract": f"{self.card.name} ({self.card.carrier}, {self.card.currency})",
            "tolerance per line": str(self.tolerance),
            "days until unbilled": str(grace_days(self.settings)),
            "parcels are due": str(self.due.billed),
            **({} if self.due.cash is None else {"cash is due": str(self.due.cash)}),
            "credits are due": str(self.due.credit),
            "returns": known,
        }
