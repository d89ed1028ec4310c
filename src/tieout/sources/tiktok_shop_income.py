"""TikTok Shop income (TikTok Shop settlement report).

A workbook. The sheet `Order details` has one settled order or adjustment a line, with some sixty columns of money
that come and go from month to month, captions with blanks at their ends and a misspelt `Ajustment amount`; blank rows
stand below. The sheet `Reports` says the period, the time zone (such as UTC+7) and totals. Days have no time. One
order may be settled several times.

The settled amount is `Total Revenue`, `Total Fees` and the adjustment together; each of the columns that these are
made of becomes a line of its own, so that their sum is what is settled. `Shipping cost` is the sum of the shipping
columns behind it, which are not read. What stays unexplained, such as a fee in a column that is new, is a line of an
unknown type, and a check that does not hold.

Rules: `domain.md` 4.2; `formats.md` 4.13. No real file was at hand.
"""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.money import to_minor
from tieout.proof import Check
from tieout.sources._amounts import Amount, Part
from tieout.sources._grid import LINE
from tieout.sources._line_types import ByWords, fee_or_refund, line_type_expr, note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import declared_money, declared_sum, tie_lines
from tieout.sources._words import Currency, Key, Text

__all__ = ["FORMAT"]

_ADJUSTMENT: Final = "Ajustment amount"
_REVENUE: Final = (
    Part("Subtotal after seller discounts", ("sale", "sale_refund")),
    Part("Refund subtotal after seller discounts", "sale_refund", optional=True),
)
_FEES: Final[dict[str | tuple[str, str], tuple[str, ...]]] = {
    fee_or_refund("commission"): ("Platform commission fee", "Dynamic commission", "Flat fee", "Sales fee"),
    fee_or_refund("payment_fee"): ("Payment Fee",),
    ("shipping_income", "shipping_fee"): ("Shipping cost", "Logistics service fee"),
    fee_or_refund("affiliate"): (
        *("Affiliate Commission", "Affiliate partner commission", "Affiliate Shop Ads commission"),
        *("Affiliate Partner shop ads commission", "Affiliate commission deposit", "Affiliate commission refund"),
    ),
    fee_or_refund("tech_service_fee"): (
        *("Pre-order service fee", "Mall service fee", "Shipping Fee Program service fee", "SFP service fee"),
        *("Bonus cashback service fee", "LIVE Specials service fee", "Voucher Xtra service fee", "SFR service fee"),
        *("Order processing fee", "EAMS Program service fee", "Installation service fee"),
        *("Brands Crazy Deals/Flash Sale service fee", "Flash Sale service fee", "Platform special service fee"),
        *("Growth Xtra Program service fee", "Growth Xtra Program Super service fee"),
        "Managed service plan (Per order fee)",
    ),
    fee_or_refund("fulfilment_fee"): ("Dilayani Tokopedia fee", "Dilayani Tokopedia handling fee"),
    fee_or_refund("installment_fee"): (
        *("PayLater program fee", "TikTok PayLater program fee", "Credit card installment - Handling fee"),
    ),
    fee_or_refund("ad_fee"): ("Campaign resource fee", "GMV Max ad fee", "GMV Max Coupon"),
    ("tax_collected", "tax_withheld"): (
        *("Article 22 Income Tax withheld", "VAT withheld by TikTok Shop", "PIT withheld by TikTok Shop"),
        *("GMV Max coupon sales tax", "Managed service plan (Sales tax)"),
    ),
    ("claim_reimbursement", "freight_insurance"): ("Insurance reimbursement", "Insurance fee"),
}
_FEE_PARTS: Final = tuple(
    Part(caption, kind, optional=True) for kind, captions in _FEES.items() for caption in captions
)
_BY_TYPE: Final[ByWords] = {
    r"(?i)tiktok ads|campaign": fee_or_refund("ad_fee"),
    r"(?i)reimbursement|compensation": ("claim_reimbursement", "adjustment"),
}
_OFFSET: Final = re.compile(r"(?:UTC|GMT)\s*([+-])0?(\d{1,2})(?::?00)?\b")


def _zone(reading: Reading) -> str | None:
    found = _OFFSET.search(reading.elsewhere("Timezone", "Time zone") or "")
    # The names of fixed zones count the hours to Greenwich, not from it.
    return None if found is None else f"Etc/GMT{'-' if found[1] == '+' else '+'}{found[2]}"


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    is_order = pl.col("_kind").str.to_lowercase().str.starts_with("order").fill_null(value=True)
    is_rest = pl.col("type").is_null()
    is_empty = is_rest & (pl.col("amount_minor") == 0) & (pl.len().over(LINE) == 1)
    said = line_type_expr(pl.col("_kind"), _BY_TYPE, amount=pl.col("amount_minor"))
    adjusted = pl.when(said == "unknown").then(pl.lit("adjustment")).otherwise(said)
    is_adjustment = pl.col("description") == _ADJUSTMENT
    frame = frame.with_columns(
        type=pl.when(is_adjustment)
        .then(adjusted)
        .when(is_empty)
        .then(pl.lit("sale"))
        .otherwise(pl.col("type").fill_null("unknown")),
        description=pl.when(is_adjustment | is_rest).then(pl.col("_kind")).otherwise(pl.col("description")),
        platform_order_id=pl.when(is_order).then(pl.col("line_id")).otherwise(pl.col("_related")),
    )
    note_unknown(reading, frame, "_kind")
    return frame


def _checks(reading: Reading) -> Iterator[Check]:
    sums = ["_revenue_minor", "_fees_minor", _ADJUSTED.name]
    yield tie_lines(reading, "settlement = revenue + fees + adjustment", total="amount_minor", plus=sums)
    revenue, fees = ([part.name for part in parts] for parts in (_REVENUE, _FEE_PARTS))
    yield tie_lines(reading, "Total Revenue = its parts", total="_revenue_minor", plus=revenue)
    yield tie_lines(reading, "Total Fees = its parts", total="_fees_minor", plus=fees)
    said, code = reading.elsewhere("Total settlement amount"), reading.currency
    name = "Reports: Total settlement amount"
    total = declared_money(reading, said, code, name=name) if code is not None else None
    if code is not None and total is not None:
        yield declared_sum(reading, name, pl.col("amount_minor"), to_minor(total), currency=code)


_ADJUSTED: Final = Part((_ADJUSTMENT, "Adjustment amount"), "adjustment", words=_ADJUSTMENT, optional=True)

FORMAT: Final = TableFormat(
    record=SettlementLine,
    evidence="columns only",
    constants={"platform": "tiktok_shop"},
    columns=(
        Key("Order/adjustment ID", to="line_id"),
        Text(("Type", "Transaction type"), to="_kind", needed=True),
        Moment("Order settled time", to="posted_at", needed=True),
        Currency("Currency"),
        Amount("Total settlement amount", to="amount"),
        Amount("Total Revenue", to="_revenue"),
        Amount("Total Fees", to="_fees"),
        Key("Related order ID", to="_related", needed=False, optional=True),
        *_REVENUE,
        *_FEE_PARTS,
        _ADJUSTED,
    ),
    sheets=("Order details",),
    parts_included=True,
    timezone_of=_zone,
    ignored=(
        *("Order created time", "Order source", "Subtotal before discounts", "Seller discounts"),
        *("Refund subtotal before seller discounts", "Refund of seller discounts"),
        *("Shipping costs passed on to the logistics provider", "Shipping cost borne by the platform"),
        *("Replacement shipping fee (passed on to the customer)", "Exchange shipping fee (passed on to the customer)"),
        *("Shipping cost paid by the customer", "Refunded shipping cost paid by the customer"),
        *("Return shipping costs (passed on to the customer)", "Shipping cost subsidy"),
        *("Customer payment", "Customer refund", "Platform discounts", "Refund of platform discounts"),
        *("Seller co-funded voucher discount", "Refund of seller co-funded voucher discount"),
        *("Platform co-funded voucher discounts", "Refund of platform co-funded voucher discounts"),
        *("Seller shipping cost discount", "Estimated package weight (g)", "Actual package weight (g)"),
    ),
    shape=_shape,
    checks=_checks,
)
