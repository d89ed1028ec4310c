"""The types of discrepancy of after-sales, the keys that name one, and why a record is not compared."""

from typing import Final

__all__ = ["FOR_GOOD", "KEYS", "MIDWAY", "MISMATCH", "PAID_LATE", "TYPES"]

MISMATCH: Final = "aftersale.refund_amount_mismatch"
NOT_ARRIVED: Final = "aftersale.refund_not_arrived"
DELAYED: Final = "aftersale.refund_delayed"
EXCEEDS: Final = "aftersale.refund_exceeds_paid"
TWICE: Final = "aftersale.refund_duplicated"
NO_RETURN: Final = "aftersale.refund_without_return"
NO_CASE: Final = "aftersale.refund_without_case"
UNEXPECTED: Final = "aftersale.refund_unexpected"
NO_REFUND: Final = "aftersale.return_without_refund"
REFUSED: Final = "aftersale.return_rejected_but_refunded"
NO_OUTBOUND: Final = "aftersale.outbound_missing"
OUTBOUND: Final = "aftersale.outbound_unexpected"
INBOUND: Final = "aftersale.inbound_unexpected"
NO_EXCHANGE: Final = "aftersale.exchange_not_shipped"
NO_RESHIP: Final = "aftersale.reship_not_shipped"
NO_RESHIP_CASE: Final = "aftersale.reship_without_case"
REPAIR_LATE: Final = "aftersale.repair_overdue"
LOST_OPEN: Final = "aftersale.lost_not_settled"
FREIGHT_TWICE: Final = "aftersale.double_return_freight"
STATUS: Final = "aftersale.status_conflict"
NOT_IN_ERP: Final = "aftersale.missing_in_erp"
ONLY_IN_ERP: Final = "aftersale.extra_in_erp"
PERIOD: Final = "aftersale.period_mismatch"
COMMISSION: Final = "aftersale.commission_not_returned"
POINTS: Final = "aftersale.points_not_returned"
COUPONS: Final = "aftersale.coupon_not_returned"
LATE: Final = "aftersale.late_application"
EVIDENCE: Final = "general.evidence_missing"
CYCLE: Final = "data.reship_cycle"
ABSENT_ORDER: Final = "data.order_missing"
NEGATIVE: Final = "data.amount_negative"
CONFLICT: Final = "data.refund_conflict"

TYPES: Final = (
    NOT_ARRIVED,
    DELAYED,
    MISMATCH,
    EXCEEDS,
    TWICE,
    UNEXPECTED,
    REFUSED,
    NO_CASE,
    NO_RETURN,
    NO_REFUND,
    NO_OUTBOUND,
    OUTBOUND,
    INBOUND,
    NO_EXCHANGE,
    NO_RESHIP,
    NO_RESHIP_CASE,
    REPAIR_LATE,
    LOST_OPEN,
    FREIGHT_TWICE,
    STATUS,
    NOT_IN_ERP,
    ONLY_IN_ERP,
    PERIOD,
    COMMISSION,
    POINTS,
    COUPONS,
    LATE,
    EVIDENCE,
    CYCLE,
    ABSENT_ORDER,
    NEGATIVE,
    CONFLICT,
)
FOR_GOOD: Final = (LATE, PERIOD, EXCEEDS, CYCLE, NEGATIVE, CONFLICT, TWICE, INBOUND)
"""Types that no later record settles: what they name is remembered as long as what agrees."""
MIDWAY: Final = "amount_changed_midway"
PAID_LATE: Final = "paid late"
"""Factors; a note with one of them is settled by no later record either."""
KEYS: Final = (
    "subject",
    "platform",
    "shop_id",
    "platform_order_id",
    "return_id",
    "refund_id",
    "channel_refund_id",
    "channel_txn_id",
    "line_id",
)
"""Identifiers that name what was compared."""
