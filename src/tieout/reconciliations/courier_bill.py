"""Courier bill: bill lines against parcels, re-rated from the contract.

Every line is paired with its parcel, the contract is applied to our own weight, size and destination, and what differs
is explained by the one factor that gives the billed amount (`domain.md` 3.9). Parcels that no bill names, credits and cash
that did not come, and bills that do not foot are found from the other side.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import ClassVar

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.model import CourierCharge, CourierInvoice, Discrepancy, Return, Shipment
from tieout.model.currency import from_units
from tieout.money import Tolerance
from tieout.outcome import CarryForward, Outcome
from tieout.proof import Proof
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.due import DueRule, DueRules, due_rules
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._courier import bills, facts, findings, judging, keeping, parcels, shown, totals
from tieout.reconciliations._courier.columns import attached
from tieout.reconciliations._courier.deciding import Decided, decide
from tieout.reconciliations._courier.judging import KEYS, Weighed
from tieout.reconciliations._courier.months import MonthTerms, check_monthly, monthly_types
from tieout.reconciliations._courier.owed import owed_rows
from tieout.reconciliations._courier.promises import Promises, with_promises
from tieout.reconciliations._courier.sides import Given, Sides, build_sides, last_day
from tieout.reconciliations._courier.types import TYPES
from tieout.tables import FrameLike
from tieout.tariffs import RateCard

__all__ = ["CourierBill"]

_PERIOD_WINDOW_DAYS = 45  # domain.md 6.1: bill to shipment period
_GRACE_DAYS = 45  # domain.md 3.9: parcels may still be billed so long after their month
_PATIENCE_DAYS = 45
_CASH_DAYS = 7
_CREDIT = DueRules(DueRule(after=0, grace=_GRACE_DAYS, patience=_PATIENCE_DAYS))


def _given_zone(value: str | None) -> str:
    return value or ""


@attrs.frozen(kw_only=True)
class CourierBill(Settings):
    """Reconcile a courier's bill with the parcels it is for.

    Attributes:
        rate_card: The contract; its currency is the currency of the audit.
        currency: Currency of the audit, which is the contract's.
        timezone: IANA zone in which a pickup's day counts; empty takes the contract's own.
        tolerance: Difference per line that counts as agreement; None takes the contract's own, else that of `tolerances`.
        grace_days: Days after a parcel's month in which it may still be billed; None takes the contract's own, else 45.
        due: When a parcel is to be billed, counted from the end of its month, by carrier; None goes by `grace_days`.
        cash_due: When collected cash is to be handed over, counted from the signature, by carrier; None takes the contract's
            days, else, where remittances are given, seven.
        credit_due: When a promised credit is to be on a bill, counted from the day of the promise, by carrier.
        period_window_days: Days before a bill's period in which a parcel may have been shipped.
    """

    TYPES: ClassVar[tuple[str, ...]] = TYPES
    TAKES: ClassVar[tuple[Takes, ...]] = (
        Takes("shipments", Shipment, needed=True),
        Takes("charges", CourierCharge, needed=True),
        Takes("returns", Return),
        Takes("history", CourierCharge, role="history"),
        Takes("invoices", CourierInvoice),
        Takes("remittances", CourierCharge, role="remittances"),
        Takes("claims", Discrepancy, role="claims"),
    )
    AFTER: ClassVar[tuple[str, ...]] = ("dispatch", "returns")
    EACH: ClassVar[str] = "carrier"

    rate_card: RateCard
    currency: str = attrs.field(
        default=attrs.Factory(lambda self: self.rate_card.currency, takes_self=True), kw_only=True
    )
    timezone: str = attrs.field(default="", converter=_given_zone)
    tolerance: Tolerance | None = None
    grace_days: int | None = None
    due: DueRules | None = attrs.field(default=None, converter=attrs.converters.optional(due_rules))
    cash_due: DueRules | None = attrs.field(default=None, converter=attrs.converters.optional(due_rules))
    credit_due: DueRules = attrs.field(default=_CREDIT, converter=due_rules)
    period_window_days: int = _PERIOD_WINDOW_DAYS

    def __attrs_post_init__(self) -> None:
        Settings.__attrs_post_init__(self)
        for name, code in (("tolerance", self.tolerance and self.tolerance.currency), ("currency", self.currency)):
            if code is not None and code != self.rate_card.currency:
                raise InputError(
                    f"the {name} is in {code}, the contract in {self.rate_card.currency}",
                    where=f"CourierBill.{name}",
                )

    def run(
        self,
        *,
        shipments: FrameLike,
        charges: FrameLike,
        returns: FrameLike = None,
        history: FrameLike = None,
        invoices: FrameLike = None,
        remittances: FrameLike = None,
        claims: FrameLike = None,
        opening: CarryForward | None = None,
    ) -> Outcome:
        """Reconcile.

        Each side is a Table, a frame whose columns are named like the record's, or a sequence of records.

        Args:
            shipments: Shipments, of this bill's period and the ones around it; those of other carriers stay aside.
            charges: Charges of the bill under audit (one or several bills of one courier).
            returns: After-sale cases; without them return legs are not tested for a case.
            history: Charges of earlier bills, so that charging twice is found across bills.
            invoices: Bill headers, so that totals and periods are checked.
            remittances: Collected cash that the courier handed over, as charges of the type `cod_remittance` (negative), with the
                fees that it kept of them.
            claims: Discrepancies of earlier runs whose claim the courier accepted; a credit is to come for each.
            opening: What the run before carried forward: whatever is open, and what is settled of late.

        Returns:
            The outcome. `outcome.lines` has one row per charge; the impacts of `outcome.discrepancies` sum to
            billed - expected, exactly; `outcome.proof` states it.

        Raises:
            InputError: A side is of another record, or lacks what its record needs.
        """
        given = Given(
            shipments=shipments,
            charges=charges,
            returns=returns,
            history=history,
            invoices=invoices,
            remittances=remittances,
            claims=claims,
            opening=opening,
        )
        settings = attrs.evolve(self, timezone=self._zone())
        sides = build_sides(given, timezone=settings.timezone, carrier=self.rate_card.carrier)
        return _Run(settings, sides, given).outcome()

    def _zone(self) -> str:
        zone = self.timezone or self.rate_card.terms.timezone
        if zone is None:
            raise InputError(
                "the day of a pickup decides the price, so its time zone must be known",
                where="CourierBill.timezone",
                hint='give timezone="Asia/Shanghai", or `timezone` in the rate card\'s terms',
            )
        return zone


def _allowed(settings: CourierBill) -> Tolerance:
    """What a line may differ: as told, else as the contract says, else as the profile."""
    code = settings.currency
    line = settings.tolerances.currencies.get(code, settings.tolerances).line
    known = settings.tolerance or settings.rate_card.terms.tolerance
    if known is not None:
        return known
    limit = None if line.limit is None else from_units(line.limit, code)
    return Tolerance(currency=code, amount=from_units(line.units, code), share=line.share, limit=limit)


def _due_terms(settings: CourierBill, as_of: date, *, knows_cash: bool) -> parcels.DueTerms:
    cash = settings.cash_due
    days = settings.rate_card.terms.cod_due_days
    if cash is None and (days is not None or knows_cash):
        # Late from the day after the last one on which it is in time.
        cash = DueRules(DueRule(after=_CASH_DAYS if days is None else days, grace=1, patience=_PATIENCE_DAYS))
    after = DueRule(after=0, grace=_grace_days(settings) + 1, patience=_PATIENCE_DAYS)
    billed = settings.due or DueRules(after)
    return parcels.DueTerms(billed=billed, cash=cash, credit=settings.credit_due, as_of=as_of)


def _grace_days(settings: CourierBill) -> int:
    told = settings.rate_card.terms.unbilled_grace_days if settings.grace_days is None else settings.grace_days
    return _GRACE_DAYS if told is None else told


class _Run:
    """One run of the reconciliation: the steps in their order, each on columns."""

    def __init__(self, settings: CourierBill, sides: Sides, given: Given) -> None:
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
        """All steps."""
        decided = decide(
            self.sides,
            self.card,
            self.tolerance,
            window_days=self.settings.period_window_days,
            known_monthly=monthly_types(self.card),
        )
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
        return self._concluded(decided, checked, months, promises)

    def _months(self, decided: Decided) -> pl.DataFrame:
        items = pl.DataFrame() if self.given.opening is None else self.given.opening.items
        still_open: list[date] = []
        if {"charge_type", "tracking_no", "on"} <= set(items.columns):
            of_month = pl.col("charge_type").is_in(monthly_types(self.card)) & pl.col("tracking_no").is_null()
            still_open = items.filter(of_month)["on"].dt.month_start().drop_nulls().to_list()
        terms = MonthTerms(due=self.due.credit, as_of=self.as_of, since=self.since, still_open=frozenset(still_open))
        return check_monthly(
            card=self.card, rating=decided.rating, lines=decided.lines, invoices=self.sides.invoices, terms=terms
        )

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
        heads = bills.headers(decided.lines, self.sides.invoices).with_columns(
            (pl.col("row") + units.headers).alias("unit")
        )
        lines = findings.with_claims(decided.lines, decided.rating, self.card, sorted(self.settings.switched_off))
        picked = decided.pairing.parcels.select("parcel", pl.col("pickup_date").alias("picked_on"), "is_old")
        lines = attached(lines, picked, on="parcel").with_columns(
            pl.coalesce("picked_on", "ship_date", "bill_date").alias("counts_on")
        )
        return Weighed(lines=lines, parcels=named, heads=heads, owed=owed)

    def _concluded(
        self, decided: Decided, checked: parcels.ParcelFindings, months: pl.DataFrame, promises: Promises
    ) -> Outcome:
        settings = self.settings
        weighed = self._weighed(decided, checked, months, promises)
        promised = weighed.owed["line"].drop_nulls().implode()
        found = [
            findings.line_findings(weighed.lines, decided.rating).filter(~pl.col("unit").is_in(promised)),
            findings.owed_findings(weighed.owed),
            findings.record_findings(checked.states, weighed.parcels),
            bills.header_findings(weighed.heads),
        ]
        judged = judging.judged_units(
            self.sides,
            weighed,
            judging.numbered(self.sides),
            findings.graded(pl.concat(found)),
            period=settings.period,
            off=settings.switched_off,
        )
        posted = facts.posted_lines(weighed.lines, judged, promises.notes)
        accrued = facts.accrued(checked.unbilled, weighed.parcels, judged)
        events = facts.build_events(
            lines=posted,
            unbilled=accrued,
            parcels=weighed.parcels,
            invoices=self.sides.invoices,
            carrier=self.card.carrier,
            currency=self.card.currency,
            vat_rate=self.card.terms.vat_rate,
            as_of=self.as_of,
        )
        outcome = concluding.conclude(
            "courier_bill",
            settings,
            judged,
            as_of=self.as_of,
            pairs=shown.no_pairs(),
            matched=("shipments", "charges"),
            keys=KEYS,
            parameters=self._parameters(),
            events=events,
            lines=shown.public_lines(weighed.lines, judged, self.sides),
            carried=keeping.carried_sides(
                self.sides,
                weighed,
                judged,
                as_of=self.as_of,
                memory_days=settings.memory_days,
                period=settings.period,
                known={name: self.given.knows(name) for name in self.sides.taken},
            ),
        )
        checks = totals.contract_checks(decided, checked, posted, accrued, events.to_polars(), self.card.currency)
        table = outcome.discrepancies.to_polars()
        pairs = shown.matches(weighed.lines, parcels=judging.numbered(self.sides).parcels)
        return attrs.evolve(
            outcome,
            matches=pairs,
            bonds=pairs.select(pl.col("right").alias("unit"), pl.col("unit").alias("other")),
            proof=Proof([*outcome.proof.checks, *checks]),
            totals=shown.totals(weighed.lines, judged, table, accrued, self.card.currency),
        )

    def _parameters(self) -> Mapping[str, str]:
        known = "given" if self.given.knows("returns") else "not given: return legs are not tested for a case"
        return {
            "contract": f"{self.card.name} ({self.card.carrier}, {self.card.currency})",
            "tolerance per line": str(self.tolerance),
            "days until unbilled": str(_grace_days(self.settings)),
            "parcels are due": str(self.due.billed),
            **({} if self.due.cash is None else {"cash is due": str(self.due.cash)}),
            "credits are due": str(self.due.credit),
            "returns": known,
        }
