"""Courier bill: bill lines against parcels, re-rated from the contract.

Every line is paired with its parcel, the contract is applied to our own weight, size and destination, and what differs
is explained by the one factor that gives the billed amount (`domain.md` 3.9). Parcels that no bill names, credits and cash
that did not come, and bills that do not foot are found from the other side.
"""

from typing import ClassVar, overload

import attrs

from tieout._spark.installed import SparkFrameLike
from tieout.errors import InputError
from tieout.model import CourierCharge, CourierInvoice, Discrepancy, Return, Shipment
from tieout.money import Tolerance
from tieout.outcome import CarryForward, Outcome
from tieout.reconciliations._common.due import DueRule, DueRules, due_rules
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._common.spark_outcome import SparkCarryForward, SparkOutcome
from tieout.reconciliations._courier.running import GRACE_DAYS, PATIENCE_DAYS, Run
from tieout.reconciliations._courier.sides import Given, build_sides
from tieout.reconciliations._courier.spreading import on_spark
from tieout.reconciliations._courier.types import TYPES
from tieout.reconciliations._spread.inputs import session_of
from tieout.tables import FrameLike
from tieout.tariffs import RateCard

__all__ = ["CourierBill"]

_PERIOD_WINDOW_DAYS = 45  # domain.md 6.1: bill to shipment period
_CREDIT = DueRules(DueRule(after=0, grace=GRACE_DAYS, patience=PATIENCE_DAYS))


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

    @overload
    def run(
        self,
        *,
        shipments: SparkFrameLike,
        charges: FrameLike,
        returns: FrameLike = ...,
        history: FrameLike = ...,
        invoices: FrameLike = ...,
        remittances: FrameLike = ...,
        claims: FrameLike = ...,
        opening: CarryForward | SparkCarryForward | None = ...,
    ) -> SparkOutcome: ...

    @overload
    def run(
        self,
        *,
        shipments: FrameLike,
        charges: SparkFrameLike,
        returns: FrameLike = ...,
        history: FrameLike = ...,
        invoices: FrameLike = ...,
        remittances: FrameLike = ...,
        claims: FrameLike = ...,
        opening: CarryForward | SparkCarryForward | None = ...,
    ) -> SparkOutcome: ...

    @overload
    def run(
        self,
        *,
        shipments: FrameLike,
        charges: FrameLike,
        returns: FrameLike = ...,
        history: FrameLike = ...,
        invoices: FrameLike = ...,
        remittances: FrameLike = ...,
        claims: FrameLike = ...,
        opening: CarryForward | SparkCarryForward | None = ...,
    ) -> Outcome: ...

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
        opening: CarryForward | SparkCarryForward | None = None,
    ) -> Outcome | SparkOutcome:
        """Reconcile.

        Each side is a Table, a frame whose columns are named like the record's, or a sequence of records. Where one is a
        DataFrame of Spark, all is reconciled there, and what is returned is a `SparkOutcome`: an outcome whose frames stay on
        Spark.

        Args:
            shipments: Shipments, of this bill's period and the ones around it; those of other carriers stay aside.
            charges: Charges of the bill under audit (one or several bills of one courier).
            returns: After-sale cases; without them return legs are not tested for a case, and
                parcels that are not ours are not claimed.
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
            InputError: A side is of another record, or lacks what its record needs; or it is on Spark, and the settings ask for
                what only a run of all records in one place does.
        """
        given: dict[str, FrameLike] = {
            "shipments": shipments,
            "charges": charges,
            "returns": returns,
            "history": history,
            "invoices": invoices,
            "remittances": remittances,
            "claims": claims,
        }
        settings = attrs.evolve(self, timezone=self._zone())
        session = session_of(given.values(), opening)
        if session is not None or isinstance(opening, SparkCarryForward):
            return on_spark(session, settings, given, opening)
        told = Given(**given, opening=opening)
        sides = build_sides(told, timezone=settings.timezone, carrier=self.rate_card.carrier)
        return Run(settings, sides, told).outcome()

    def _zone(self) -> str:
        zone = self.timezone or self.rate_card.terms.timezone
        if zone is None:
            raise InputError(
                "the day of a pickup decides the price, so its time zone must be known",
                where="CourierBill.timezone",
                hint='give timezone="Asia/Shanghai", or `timezone` in the rate card\'s terms',
            )
        return zone
