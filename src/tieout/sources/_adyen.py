"""What Adyen's reports share: the types of their rows, and the fees that stand beside the amounts."""

from typing import Final

from tieout.sources._line_types import ByWords, fee_or_refund

__all__ = ["ACCOUNT_COLUMNS", "LINE_TYPES"]

LINE_TYPES: Final[ByWords] = {
    "(?i)^settled": "sale",
    "(?i)^refundedreversed": "adjustment",
    "(?i)^refunded": "sale_refund",
    "(?i)^chargebackreversed": "chargeback_reversal",
    "(?i)^chargeback|^secondchargeback": "chargeback",
    "(?i)^fee$|^misccosts|^invoicededuction|^authorisationschemefee|^paymentcost|^settlecost": fee_or_refund(
        "payment_fee"
    ),
    "(?i)^merchantpayout|^internalcompanypayout|^bankinstructionreturned": "withdrawal",
    "(?i)^balancetransfer|^paidout": "transfer",
    "(?i)^reserveadjustment": ("reserve_release", "reserve_hold"),
    "(?i)^depositcorrection": ("deposit_return", "deposit_pay"),
    "(?i)^matchedstatement|^manualcorrected": "adjustment",
}
"""Line types by Adyen's journal types (`domain.md` 4.2)."""

ACCOUNT_COLUMNS: Final = ("Company Account", "Payment Method", "Payment Method Variant", "Merchant Order Reference")
