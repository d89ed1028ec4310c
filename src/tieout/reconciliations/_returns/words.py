"""Words: the types that returned goods lead to, and why a record is not compared."""

from typing import Final

__all__ = [
    "BACK",
    "CASE_CONFLICT",
    "CHARGE_KEY",
    "COST",
    "DAMAGED",
    "DISPUTE",
    "ELSEWHERE",
    "EXCESS",
    "EXCHANGE",
    "NOT_RESTOCKED",
    "NOT_SENT",
    "ORDER_ABSENT",
    "PARCEL",
    "PERIOD_OFF",
    "QUANTITY",
    "RESTOCK_CONDITION",
    "RESTOCK_QUANTITY",
    "SHORT",
    "SIGN",
    "SOLD",
    "TYPES",
    "UNCLAIMED",
    "WRONG",
]

WRONG: Final = "aftersale.wrong_item"
SHORT: Final = "aftersale.qty_short"
EXCESS: Final = "aftersale.qty_excess"
DAMAGED: Final = "aftersale.condition_damaged"
DISPUTE: Final = "aftersale.condition_dispute"
UNCLAIMED: Final = "aftersale.unclaimed_return"
EXCHANGE: Final = "aftersale.exchange_old_not_returned"
NOT_SENT: Final = "aftersale.return_not_sent"
PARCEL: Final = "aftersale.return_parcel_missing"
NOT_RESTOCKED: Final = "warehouse.return_not_restocked"
RESTOCK_QUANTITY: Final = "warehouse.restock_qty_mismatch"
RESTOCK_CONDITION: Final = "warehouse.restock_wrong_condition"
PERIOD_OFF: Final = "warehouse.return_period_mismatch"
ORDER_ABSENT: Final = "data.order_missing"
CASE_CONFLICT: Final = "data.case_conflict"
QUANTITY: Final = "data.quantity_not_positive"
SIGN: Final = "data.movement_sign"
COST: Final = "data.cost_missing"
TYPES: Final = (
    WRONG,
    SHORT,
    EXCESS,
    DAMAGED,
    DISPUTE,
    UNCLAIMED,
    EXCHANGE,
    NOT_SENT,
    PARCEL,
    NOT_RESTOCKED,
    RESTOCK_QUANTITY,
    RESTOCK_CONDITION,
    PERIOD_OFF,
    ORDER_ABSENT,
    CASE_CONFLICT,
    QUANTITY,
    SIGN,
    COST,
)
BACK: Final = ("return_refund", "exchange", "repair", "intercept", "rejected")
"""Kinds of case whose goods come back (`domain.md` 5.1)."""
ELSEWHERE: Final = "not a return"
"""Why a movement, parcel or charge is not looked at: it is none of goods that come back."""
SOLD: Final = "says what was sold"
CHARGE_KEY: Final = ("book_id", "carrier", "bill_no", "tracking_no", "charge_type", "leg")
