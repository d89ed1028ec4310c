"""Amazon's words for what it settles, as the types of settlement lines.

The same words stand in its settlement reports of both layouts and, in part, in its date-range reports. A text holds the kind of
transaction, the group and the item, parted by ` / `, such as `Order / ItemPrice / Principal`.
"""

from typing import Final

import polars as pl

from tieout.sources._line_types import ByWords, fee_or_refund, line_type_expr

__all__ = ["amazon_type_expr", "words_expr"]

# Commission stays commission when it comes back, so that what a sale cost in the end can be summed (`domain.md` 4.2).
_TYPES: Final[ByWords] = {
    r"(?i)reserve": ("reserve_release", "reserve_hold"),
    r"(?i)^Chargeback": ("chargeback_reversal", "chargeback"),
    r"(?i)withheld ?tax|MarketplaceFacilitator|MarketplaceWithheld|\bT[CD]S\b|\bTCS-|\bTDS ": "tax_withheld",
    r"(?i)reimburs|WAREHOUSE_|MISSING_FROM_INBOUND|CLAWBACK|SAFE-?T|REVERSAL|FREE_REPLACEMENT|compensat": (
        "claim_reimbursement",
        "adjustment",
    ),
    r"(?i)points": fee_or_refund("points_fee"),
    r"(?i)^Debt\b|payable to amazon|successful charge|transfer of funds unsuccessful|micro ?deposit": "transfer",
    r"(?i)^Transfer\b|^Disburse": "withdrawal",
    r"(?i)advertis|sponsored|coupon|\bdeals?\b|LightningDeal|\bVine": fee_or_refund("ad_fee"),
    r"(?i)storage": fee_or_refund("storage_fee"),
    r"(?i)inbound ?transportation|shipping ?label|postage|ShippingChargeback|ShippingHB|GiftwrapChargeback": fee_or_refund(
        "shipping_fee"
    ),
    r"(?i)\bFBA|Fulfil+ment ?Fee|LowInventory|removal|disposal|return ?processing|CustomerReturn": fee_or_refund(
        "fulfilment_fee"
    ),
    r"(?i)commission|ClosingFee|PerItemFee|referral": "commission",
    r"(?i)subscription|DigitalServicesFee|SalesTaxServiceFee|technology": fee_or_refund("tech_service_fee"),
    r"(?i)/ (?:\w*Tax|Tax\w*|\w*VAT\w*)$": "tax_collected",
    r"(?i)^(?:Refund|A-to-z)": "sale_refund",
    r"(?i)(?:^Order|^Promotion|ItemPrice|Promotion).* / (?:Shipping|Delivery)\w*$": "shipping_income",
    r"(?i)/ (?:Principal|GiftWrap|Goodwill|COD)$": ("sale", "sale"),
    r"(?i)balance ?adjust|\badjustment": "adjustment",
}


def words_expr(*parts: str) -> pl.Expr:
    """The platform's words, parted by ` / `, blank ones left out; null when all are.

    Args:
        *parts: Columns of words.
    """
    joined = pl.concat_str([pl.col(part) for part in parts], separator=" / ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def amazon_type_expr(words: pl.Expr, amount: pl.Expr) -> pl.Expr:
    """The type of each line.

    Args:
        words: What `words_expr` gives.
        amount: The signed amount.
    """
    return line_type_expr(words, _TYPES, amount=amount)
