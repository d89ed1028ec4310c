"""Orders: what the platform sold against what the ERP has of it (`domain.md` C27, C31, C43; 5.2, `order.*`).

An order belongs to the ERP's order of the same platform, shop, number and currency; the ERP may have split it into several. A
number that a file damaged is found by what is left of it, where amount, day and shop agree and no other order fits.
"""

from typing import ClassVar

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.matching import Damaged, Gate, Matcher, Near, Rule, Same
from tieout.model import Order
from tieout.outcome import CarryForward, Outcome
from tieout.reconciliations._common import concluding
from tieout.reconciliations._common.due import DueRule, DueRules, due_rules
from tieout.reconciliations._common.naming import named_units
from tieout.reconciliations._common.orders import order_amounts
from tieout.reconciliations._common.scope import keyed_pairs, matched_rows, scope_expr, unpaired
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._common.sides import SCOPE, Role, Side, first_day, local_day, take
from tieout.reconciliations._common.units import by_pairs, judge, totals_of
from tieout.reconciliations._common.versions import latest
from tieout.reconciliations._orders.findings import FINDINGS, MISMATCH, NO_AMOUNT, findings
from tieout.reconciliations._orders.stages import is_expected_expr, stages
from tieout.tables import FrameLike

__all__ = ["Orders"]

_KEYS = (*SCOPE, "platform_order_id")
_MOMENTS = ("created_at", "paid_at", "shipped_at", "signed_at", "completed_at", "closed_at")
_RECOGNISED = ("shipped_at", "signed_at", "completed_at")
_CLOSED = "closed unpaid"
_UNPAID = "not paid yet"


@attrs.frozen(kw_only=True)
class Orders(Settings):
    """Reconcile the platform's orders with the ERP's.

    Attributes:
        due: When a paid order is to be in the ERP, counted from the day it was paid, for all platforms or each.
        lag_days: Days after the last moment of an order in which the ERP may still say an earlier stage.
        recognition: The moment that decides in which month an order counts: `shipped_at`, `signed_at` or `completed_at`.
        days: Most days between an order and the ERP's order of a damaged number.
    """

    TYPES: ClassVar[tuple[str, ...]] = (*FINDINGS, concluding.DRIFT)
    TAKES: ClassVar[tuple[Takes, ...]] = (
        Takes("orders", Order, needed=True),
        Takes("erp_orders", Order, needed=True, role="erp_orders"),
    )

    due: DueRules = attrs.field(default=DueRules(DueRule(after=0, grace=2, patience=3)), converter=due_rules)
    lag_days: int = 1
    recognition: str = "shipped_at"
    days: int = 1

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.recognition not in _RECOGNISED:
            raise InputError(
                f"one of {', '.join(_RECOGNISED)} is needed, got {self.recognition!r}", where="recognition"
            )
        for name in ("lag_days", "days"):
            if getattr(self, name) < 0:
                raise InputError(f"days are not negative, got {getattr(self, name)}", where=name)

    def run(self, *, orders: FrameLike, erp_orders: FrameLike, opening: CarryForward | None = None) -> Outcome:
        """Reconcile.

        Args:
            orders: Orders as the platform has them.
            erp_orders: Orders as the ERP has them, under the platform's number; parts of a split order say their own number in
                `merchant_order_no`.
            opening: What the run before carried forward.

        Returns:
            The outcome; `lines` has one row per order with its stage on both sides. Amounts are what the merchant is to receive
            before fees, impacts are the ERP's - the platform's.

        Raises:
            InputError: A side is of another record, or lacks what its record needs.
        """
        left = self._taken("orders", orders, Role.EXPECTED, _KEYS, opening)
        right = self._taken("erp_orders", erp_orders, Role.ACTUAL, (*_KEYS, "merchant_order_no"), opening)
        pairs = self._pairs(left.compared, right.compared)
        ours, theirs = by_pairs(left, right, pairs.filter(pl.col("status") == "confirmed"))
        return self._reconciled(_comparable(ours, theirs), _comparable(theirs, ours, is_erp=True), pairs)

    def _taken(
        self, name: str, given: FrameLike, role: Role, key: tuple[str, ...], opening: CarryForward | None
    ) -> Side:
        """Orders with their amounts; of several versions the latest. A whole order has no number of its own, its parts have."""
        part = pl.col("merchant_order_no").fill_null("") if "merchant_order_no" in key else None
        on = first_day(("paid_at", "created_at", "shipped_at"), self.timezone)
        side = take(name, Order, given, role=role, key=_KEYS, opening=opening, identity=part, on=on)
        side = latest(side, key, _MOMENTS)
        side = side.with_frame(pl.concat([side.frame, order_amounts(side.frame)], how="horizontal"))
        side = side.weighed(on=on, minor=pl.col("receivable_minor"))
        return side.with_columns(
            pl.col("reason").alias("aside"), local_day(self.recognition, self.timezone).alias("recognised_on")
        )

    def _pairs(self, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
        """Orders with the ERP's: by number, else by what a file left of it."""
        pairs = keyed_pairs(left, right, ("platform_order_id", "currency"), rule="order number")
        gates: list[Gate] = [Same("scope"), Same("currency"), Near("minor", by=0), Near("on", days=self.days)]
        matcher = Matcher([Rule("damaged number", on=[Damaged("platform_order_id")], given=gates)])
        columns = ("row", "platform_order_id", scope_expr(), "currency", "minor", "on")
        rest = unpaired(left, pairs, "left").select(columns), unpaired(right, pairs, "right").select(columns)
        return pl.concat([pairs, matched_rows(matcher, *rest)])

    def _reconciled(self, left: Side, right: Side, pairs: pl.DataFrame) -> Outcome:
        as_of = concluding.last_day(self, (left, right))
        left, right = concluding.without_other_periods((left, right), self.period)
        units = named_units(totals_of((left, right)), (left, right), _KEYS)
        waits = (pl.col("actual_rows") == 0) & (pl.col("expected_rows") > 0)
        allowed = self.tolerances.allowed_expr("line", pl.col("expected_minor"), currency=pl.col("currency"))
        units = units.with_columns(
            pl.when(waits).then(self.due.state_expr(pl.col("on"), pl.col("platform"), as_of)).alias("state"),
            pl.when(waits).then(self.due.due_expr(pl.col("on"), pl.col("platform"))).alias("due_on"),
            allowed.alias("allowed_minor"),
        )
        units = units.join(stages((left, right), _MOMENTS, self.timezone), on="unit", how="left", maintain_order="left")
        found = findings(
            (left, right),
            units,
            pairs,
            keys=_KEYS,
            as_of=as_of,
            lag_days=self.lag_days,
            here=concluding.of_period_expr(self.period),
        )
        judged = judge((left, right), units, found, remainder=MISMATCH, keys=_KEYS, off=self.switched_off)
        shown = judged.units.select(
            "unit",
            *_KEYS,
            "on",
            "currency",
            "expected_minor",
            "actual_minor",
            "gap_minor",
            "stage",
            "erp_stage",
            "verdict",
        )
        return concluding.conclude(
            "orders",
            self,
            judged,
            as_of=as_of,
            pairs=pairs,
            keys=_KEYS,
            parameters={
                "orders are to be in the ERP": str(self.due),
                "the ERP may lag": f"{self.lag_days} days",
                "an order counts in the month of": self.recognition,
            },
            lines=shown,
            done=(_CLOSED,),
        )


def _comparable(side: Side, other: Side, *, is_erp: bool = False) -> Side:
    """Rows that can be compared: where both sides have an order its amounts must be known, and the ERP needs no unpaid one."""
    both = pl.concat([one.compared.select("unit", "minor") for one in (side, other)])
    unknown = both.filter(pl.col("minor").is_null())["unit"].unique().implode()
    is_there = pl.col("unit").is_in(other.compared["unit"].unique().implode())
    side = side.put_aside(NO_AMOUNT, is_there & pl.col("unit").is_in(unknown))
    if is_erp:
        return side
    alone = ~is_there & ~is_expected_expr()
    closed = (pl.col("status") == "closed").fill_null(value=False) | pl.col("closed_at").is_not_null()
    return side.put_aside(_CLOSED, alone & closed).put_aside(_UNPAID, alone)
