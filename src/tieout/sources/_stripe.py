"""Stripe's words: what its reporting categories are, and where the number of an order stands.

The categories are those of https://docs.stripe.com/reports/reporting-categories and of the API's list for report runs. Those that
say nothing of what moved for the merchant's books (`platform_earning`, purchases with issued cards, funds that nobody claimed)
are left out, and become `unknown` with a note: a person decides.
"""

from collections.abc import Mapping
from typing import Final

from tieout.model import SettlementLineType
from tieout.sources._line_types import ByWords, fee_or_refund

__all__ = ["BY_CATEGORY", "CATEGORIES", "ORDER_NAMES"]

_LINE: Final = SettlementLineType


def _both(kind: SettlementLineType) -> tuple[str, str]:
    return kind.value, kind.value


_DISPUTE: Final = (_LINE.CHARGEBACK_REVERSAL.value, _LINE.CHARGEBACK.value)
_FEE: Final = fee_or_refund(_LINE.PAYMENT_FEE.value)
_RESERVE: Final = (_LINE.RESERVE_RELEASE.value, _LINE.RESERVE_HOLD.value)
_TRANSFER: Final = _both(_LINE.TRANSFER)

CATEGORIES: Final[Mapping[str, tuple[str, str]]] = {
    "charge": _both(_LINE.SALE),
    "charge_failure": _both(_LINE.SALE_REFUND),
    "refund": _both(_LINE.SALE_REFUND),
    "partial_capture_reversal": _both(_LINE.SALE_REFUND),
    # The money of a refund that did not reach the buyer comes back; the buyer is still owed it.
    "refund_failure": _both(_LINE.ADJUSTMENT),
    "dispute": _DISPUTE,
    "dispute_reversal": _DISPUTE,
    "payout": _both(_LINE.WITHDRAWAL),
    "payout_reversal": _both(_LINE.WITHDRAWAL),
    "fee": _FEE,
    "network_cost": _FEE,
    "tax": _both(_LINE.TAX_WITHHELD),
    "risk_reserved_funds": _RESERVE,
    "connect_reserved_funds": _RESERVE,
    "payment_network_reserve_hold": _RESERVE,
    "payment_network_reserve_release": _RESERVE,
    "payout_minimum_balance_hold": _RESERVE,
    "payout_minimum_balance_release": _RESERVE,
    "issuing_authorization_hold": _RESERVE,
    "issuing_authorization_release": _RESERVE,
    "topup": _TRANSFER,
    "topup_reversal": _TRANSFER,
    "transfer": _TRANSFER,
    "transfer_reversal": _TRANSFER,
    "connect_collection_transfer": _TRANSFER,
    "advance": _TRANSFER,
    "advance_funding": _TRANSFER,
    "anticipation_repayment": _TRANSFER,
    "financing_payout": _TRANSFER,
    "financing_payout_reversal": _TRANSFER,
    "financing_paydown": _TRANSFER,
    "financing_paydown_reversal": _TRANSFER,
    "contribution": _both(_LINE.DONATION),
    "climate_order_purchase": _both(_LINE.DONATION),
    "climate_order_refund": _both(_LINE.ADJUSTMENT),
    "other_adjustment": _both(_LINE.ADJUSTMENT),
}
"""By category, what a gain in it is and what a loss (`domain.md` 4.2)."""

BY_CATEGORY: Final[ByWords] = {f"^{category}$": types for category, types in CATEGORIES.items()}
"""The same as patterns."""

ORDER_NAMES: Final = ("order_id", "orderId", "order_number")
"""Names in a payment's metadata under which merchants keep the number of the order, the first that is there."""
