"""What each type of settlement line is to the reconciliation (`domain.md` 4.2), and the types of discrepancy."""

from collections.abc import Mapping

from tieout.model import SettlementLineType

__all__ = [
    "BALANCE",
    "CLAWBACK",
    "FEES",
    "GROSS",
    "OTHER",
    "REFUND",
    "RESERVE",
    "SALE",
    "SUBSIDY",
    "accepted",
]

SALE = ("sale", "shipping_income", "tax_collected")
SUBSIDY = ("platform_subsidy", "influencer_subsidy", "gov_subsidy")
REFUND = ("sale_refund",)
CLAWBACK = ("subsidy_clawback",)
GROSS = tuple(kind.value for kind in SettlementLineType if kind.is_gross)
"""Lines that bring or take back what the buyer and the funders pay: compared with the receivable and the refunds."""
FEES = (
    "commission",
    "tech_service_fee",
    "influencer_commission",
    "affiliate",
    "payment_fee",
    "installment_fee",
    "points_fee",
    "freight_insurance",
    "ad_fee",
    "fulfilment_fee",
    "storage_fee",
    "shipping_fee",
    "fx_fee",
    "donation",
)
"""Lines that a contract may rate."""
OTHER = (
    "fee_refund",
    "penalty",
    "buyer_compensation",
    "claim_reimbursement",
    "tax_withheld",
    "chargeback",
    "chargeback_reversal",
    "interest",
    "adjustment",
    "unknown",
)
"""Further lines that are profit or loss."""
RESERVE = ("reserve_hold", "reserve_release")
BALANCE = tuple(kind.value for kind in SettlementLineType if kind.is_balance)
"""Movements of the balance sheet, which never reach profit."""

MISSING = "settlement.order_missing"
UNKNOWN_ORDER = "settlement.order_unknown"
MISMATCH = "settlement.amount_mismatch"
CURRENCY = "settlement.currency_mismatch"
RATE = "settlement.commission_rate_wrong"
UNKNOWN_FEE = "settlement.fee_unknown"
NOT_RETURNED = "settlement.fee_not_refunded"
FEE_TWICE = "settlement.fee_duplicated"
NO_SUBSIDY = "settlement.subsidy_missing"
SUBSIDY_OFF = "settlement.subsidy_mismatch"
NO_REFUND = "settlement.refund_missing"
REFUND_TWICE = "settlement.refund_duplicated"
PENALTY = "settlement.penalty_unexplained"
RESERVE_OFF = "settlement.reserve_mismatch"
RESERVE_LATE = "settlement.reserve_overdue"
BALANCE_OFF = "settlement.balance_break"
TOTAL_OFF = "settlement.total_mismatch"
PERIOD_OFF = "settlement.period_mismatch"
NO_AMOUNT = "data.amount_missing"
NO_ORDER = "data.order_missing"
NEGATIVE = "data.amount_negative"
TWO_RECORDS = "data.order_conflict"

KIND_OF_EVENT: Mapping[str, str] = {
    **dict.fromkeys(SALE, "settlement.sale"),
    **dict.fromkeys(SUBSIDY, "settlement.subsidy"),
    **dict.fromkeys(REFUND, "settlement.refund"),
    **dict.fromkeys(CLAWBACK, "settlement.clawback"),
    **dict.fromkeys(FEES, "settlement.fee"),
    **dict.fromkeys(RESERVE, "settlement.reserve"),
    "fee_refund": "settlement.fee_refund",
    "penalty": "settlement.penalty",
    "buyer_compensation": "settlement.compensation",
    "claim_reimbursement": "settlement.claim",
    "tax_withheld": "settlement.tax",
    "chargeback": "settlement.chargeback",
    "chargeback_reversal": "settlement.chargeback",
    "interest": "settlement.interest",
    "adjustment": "settlement.adjustment",
    "deposit_pay": "settlement.deposit",
    "deposit_return": "settlement.deposit",
    "ad_topup": "settlement.ad_topup",
}
"""The event that a line's type is posted as. Withdrawals and transfers are posted from the side where the money arrives; an
unknown line has to be named first."""


def accepted(kind: str) -> str:
    """Why a line of a type that no contract rates is not compared: it is taken as it is, and summed by type."""
    return f"{kind} accepted"
