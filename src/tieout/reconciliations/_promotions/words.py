"""The types of discrepancy that promotions have, and why a record is not compared."""

from typing import Final

__all__ = [
    "AMOUNT",
    "BELOW_FLOOR",
    "CLOSED",
    "CONFLICT",
    "DISAGREE",
    "FUNDER",
    "INVALID",
    "NEGATIVE",
    "NOT_PAID",
    "NOT_SETTLED",
    "NO_PRICE",
    "NO_QUANTITY",
    "OTHER_RECORD",
    "REPEAT",
    "SETTLED_OFF",
    "SPLIT",
    "STACKING",
    "UNKNOWN",
    "UNOWED",
]

STACKING: Final = "order.coupon_stacking_error"
BELOW_FLOOR: Final = "order.price_anomaly"
UNKNOWN: Final = "promotion.rule_unknown"
INVALID: Final = "promotion.not_valid"
AMOUNT: Final = "promotion.amount_mismatch"
FUNDER: Final = "promotion.funder_mismatch"
SPLIT: Final = "promotion.allocation_mismatch"
NOT_SETTLED: Final = "promotion.funding_missing"
SETTLED_OFF: Final = "promotion.funding_mismatch"
UNOWED: Final = "promotion.funding_unknown"
CONFLICT: Final = "data.order_conflict"
NEGATIVE: Final = "data.amount_negative"
NO_PRICE: Final = "data.amount_missing"
NO_QUANTITY: Final = "data.quantity_not_positive"
DISAGREE: Final = "data.goods_mismatch"

REPEAT: Final = "listed twice"
OTHER_RECORD: Final = "another record of the order"
NOT_PAID: Final = "not paid"
CLOSED: Final = "closed"
