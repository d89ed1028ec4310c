"""Reconciliations: one leaf each, named sides in, an Outcome out."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tieout.reconciliations._base import ROOM, Reconciliation, reconciliation, reconciliations
from tieout.reconciliations._common.due import DueRule, DueRules
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.settings import Settings, Takes
from tieout.reconciliations._common.spark_outcome import SparkCarryForward, SparkOutcome
from tieout.reconciliations._ledger_tieout.accounts import LedgerAccount
from tieout.reconciliations._ledger_tieout.subledgers import Subledgers
from tieout.reconciliations._promotions.rules import PriceFloor, PromotionRule, PromotionTier, RuleBook
from tieout.reconciliations._settlement.contract import FeeContract

if TYPE_CHECKING:
    from tieout.reconciliations.after_sales import AfterSales
    from tieout.reconciliations.courier_bill import CourierBill
    from tieout.reconciliations.dispatch import Dispatch
    from tieout.reconciliations.inbound import Inbound
    from tieout.reconciliations.ledger_tieout import LedgerTieout
    from tieout.reconciliations.orders import Orders
    from tieout.reconciliations.outbound import Outbound
    from tieout.reconciliations.payments import Payments
    from tieout.reconciliations.payout import Payout
    from tieout.reconciliations.promotions import Promotions
    from tieout.reconciliations.receipts import Receipts
    from tieout.reconciliations.returns import Returns
    from tieout.reconciliations.settlement import Settlement
    from tieout.reconciliations.stock_count import StockCount

__all__ = [
    "ROOM",
    "AfterSales",
    "CourierBill",
    "Dispatch",
    "DueRule",
    "DueRules",
    "FeeContract",
    "Inbound",
    "LedgerAccount",
    "LedgerTieout",
    "Orders",
    "Outbound",
    "Payments",
    "Payout",
    "Period",
    "PriceFloor",
    "PromotionRule",
    "PromotionTier",
    "Promotions",
    "Receipts",
    "Reconciliation",
    "Returns",
    "RuleBook",
    "Settings",
    "Settlement",
    "SparkCarryForward",
    "SparkOutcome",
    "StockCount",
    "Subledgers",
    "Takes",
    "reconciliation",
    "reconciliations",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a reconciliation's class
    """Find a reconciliation's class by its name, so that adding a leaf edits no list here."""
    for leaf in ROOM.leaves().values():
        if name == "".join(part.capitalize() for part in leaf.name.split("_")):
            return getattr(import_module(leaf.module), name)
    raise AttributeError(f"module 'tieout.reconciliations' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
