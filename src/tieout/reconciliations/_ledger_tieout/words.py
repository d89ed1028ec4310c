"""The types of discrepancy between the books and the ledgers beside them."""

from typing import Final

__all__ = [
    "BREAK",
    "CONFLICT",
    "CUT_OFF_TYPES",
    "EARLIER_OR_LATER",
    "MISMATCH",
    "NOT_BOOKED",
    "NO_ACCOUNT",
    "NO_SUBLEDGER",
    "ONE_SIDED_TYPES",
    "OTHER_AMOUNT",
    "REFUND_LATER",
    "STOCK",
    "STOCK_ROLES",
    "SUSPENSE",
    "SUSPENSE_ROLES",
    "TWICE",
    "UNSUPPORTED",
]

MISMATCH: Final = "ledger.balance_mismatch"
STOCK: Final = "warehouse.stock_gl_mismatch"
NO_ACCOUNT: Final = "ledger.account_missing"
NO_SUBLEDGER: Final = "ledger.subledger_missing"
SUSPENSE: Final = "ledger.suspense_uncleared"
NOT_BOOKED: Final = "ledger.voucher_missing"
TWICE: Final = "ledger.voucher_duplicated"
UNSUPPORTED: Final = "ledger.voucher_unsupported"
OTHER_AMOUNT: Final = "ledger.voucher_amount_mismatch"
EARLIER_OR_LATER: Final = "ledger.period_mismatch"
REFUND_LATER: Final = "ledger.refund_period_mismatch"
BREAK: Final = "ledger.roll_forward_break"
CONFLICT: Final = "data.balance_conflict"

CUT_OFF_TYPES: Final = (EARLIER_OR_LATER, REFUND_LATER)
"""Types of documents that are booked on the other side of the day of a balance."""
ONE_SIDED_TYPES: Final = (NO_ACCOUNT, NO_SUBLEDGER)
"""Types of balances that have nothing to be compared with."""
STOCK_ROLES: Final = ("inventory", "inventory_defective", "goods_dispatched", "materials")
SUSPENSE_ROLES: Final = ("suspense_asset", "unidentified")
"""Roles whose accounts are to come to nothing: what stands there waits to be named."""
