"""Settlement: orders and refunds against the lines that platforms settle (`domain.md` 4.4, steps 1 and 2).

An order is to bring what the merchant is to receive, less its refunds, less the fees of the contract. What it brought are its
lines. Fees that no contract rates are taken as they are and summed by type; movements of the balance sheet, such as withdrawals
and deposits, are named and never compared.
"""

from collections.abc import Sequence
from typing import ClassVar, overload

import attrs

from tieout._spark.installed import SparkFrameLike
from tieout.model import Order, Refund, SettlementLine
from tieout.model import Settlement as SettlementRecord
from tieout.outcome import CarryForward, Outcome
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.due import DueRule, DueRules, due_rules
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._common.spark_outcome import SparkCarryForward, SparkOutcome
from tieout.reconciliations._settlement import words
from tieout.reconciliations._settlement.contract import FeeContract, fee_contracts
from tieout.reconciliations._settlement.running import Run
from tieout.reconciliations._settlement.spreading import on_spark
from tieout.reconciliations._settlement.taking import Given, require_headers_alone, taken_of
from tieout.reconciliations._spread.inputs import session_of
from tieout.tables import FrameLike

__all__ = ["Settlement"]

_DUE = DueRules(
    default=DueRule(after=0, grace=2, patience=14),
    by={"douyin": DueRule(after=7, grace=2, patience=14), "amazon": DueRule(after=21, grace=5, patience=14)},
)


@attrs.frozen(kw_only=True)
class Settlement(Settings):
    """Reconcile orders and refunds with the lines that platforms settle.

    Attributes:
        due: When an order is to be settled, counted from the day on which it was completed, for all platforms or each.
        refund_due: When a refund, and the fee that comes back with it, is to be among the lines, counted from the day it
            succeeded.
        reserve_due: When what the platform holds back is to be released, counted from the day it was held.
        confirm_days: Days after which an order that was signed counts as completed, where its records do not say when it was.
        fees: What the platform's fees are by contract; fees without one are not checked.
    """

    TYPES: ClassVar[tuple[str, ...]] = (
        words.MISSING,
        words.UNKNOWN_ORDER,
        words.MISMATCH,
        words.CURRENCY,
        words.RATE,
        words.UNKNOWN_FEE,
        words.NOT_RETURNED,
        words.FEE_TWICE,
        words.NO_SUBSIDY,
        words.SUBSIDY_OFF,
        words.NO_REFUND,
        words.REFUND_TWICE,
        words.PENALTY,
        words.RESERVE_OFF,
        words.RESERVE_LATE,
        words.BALANCE_OFF,
        words.TOTAL_OFF,
        words.PERIOD_OFF,
        words.NO_AMOUNT,
        words.NEGATIVE,
        words.NO_ORDER,
        words.TWO_RECORDS,
        concluding.DRIFT,
    )
    TAKES: ClassVar[tuple[Takes, ...]] = (
        Takes("orders", Order, needed=True),
        Takes("lines", SettlementLine, needed=True),
        Takes("refunds", Refund),
        Takes("settlements", SettlementRecord),
    )
    AFTER: ClassVar[tuple[str, ...]] = ("after_sales", "promotions")

    due: DueRules = attrs.field(default=_DUE, converter=due_rules)
    refund_due: DueRules = attrs.field(default=DueRules(DueRule(after=0, grace=7, patience=14)), converter=due_rules)
    reserve_due: DueRule = attrs.field(factory=lambda: DueRule(after=30))
    confirm_days: int = 10
    fees: Sequence[FeeContract] = attrs.field(default=(), converter=fee_contracts)

    @overload
    def run(
        self,
        *,
        orders: SparkFrameLike,
        lines: FrameLike,
        refunds: FrameLike = ...,
        settlements: FrameLike = ...,
        opening: CarryForward | SparkCarryForward | None = ...,
    ) -> SparkOutcome: ...

    @overload
    def run(
        self,
        *,
        orders: FrameLike,
        lines: SparkFrameLike,
        refunds: FrameLike = ...,
        settlements: FrameLike = ...,
        opening: CarryForward | SparkCarryForward | None = ...,
    ) -> SparkOutcome: ...

    @overload
    def run(
        self,
        *,
        orders: FrameLike,
        lines: FrameLike,
        refunds: FrameLike = ...,
        settlements: FrameLike = ...,
        opening: CarryForward | SparkCarryForward | None = ...,
    ) -> Outcome: ...

    def run(
        self,
        *,
        orders: FrameLike,
        lines: FrameLike,
        refunds: FrameLike = None,
        settlements: FrameLike = None,
        opening: CarryForward | SparkCarryForward | None = None,
    ) -> Outcome | SparkOutcome:
        """Reconcile.

        Each side is a Table, a frame whose columns are named like the record's, or a sequence of records. Where one is a
        DataFrame of Spark, all is reconciled there, and what is returned is a `SparkOutcome`: an outcome whose frames stay on
        Spark.

        Args:
            orders: Orders.
            lines: Settlement lines, signed: positive is gained.
            refunds: Refunds, in all their versions; None where there are none to compare, so that lines of refunds are taken as
                they are.
            settlements: Headers, whose balances, reserves and periods are checked against their lines.
            opening: What the run before carried forward.

        Returns:
            The outcome; `lines` has one row per order with what is settled and open of it. Impacts are settled - to be settled.

        Raises:
            InputError: A side is of another record, lacks what its record needs, or a header holds its lines itself; or it is on
                Spark, and there are checks of the caller's own.
        """
        given = {"orders": orders, "lines": lines, "refunds": refunds, "settlements": settlements}
        session = session_of(given.values(), opening)
        if session is not None or isinstance(opening, SparkCarryForward):
            return on_spark(session, self, given, opening)
        taken = taken_of(Given(**given, opening=opening), self.timezone)
        require_headers_alone(taken.settlements.frame)
        return Run(self, taken).outcome()
