"""Policies: the choices of a book by which the same events become different vouchers."""

from enum import StrEnum

__all__ = [
    "DisputePolicy",
    "FeeInvoice",
    "Grouping",
    "RevenuePolicy",
    "SubsidyTreatment",
    "Taxpayer",
    "VatRounding",
    "WordScheme",
]


class Taxpayer(StrEnum):
    """How a merchant is taxed (`domain.md` 7.2)."""

    GENERAL = "general"
    SMALL_SCALE = "small_scale"


class DisputePolicy(StrEnum):
    """What is done with an amount that a courier billed and the merchant disputes."""

    SHORT_PAY = "short_pay"
    PAY_AND_CLAIM = "pay_and_claim"


class FeeInvoice(StrEnum):
    """Which invoice couriers and platforms give for their fees."""

    SPECIAL = "special"
    NORMAL = "normal"
    NONE = "none"


class RevenuePolicy(StrEnum):
    """When a sale is revenue (`domain.md` 7.3).

    With `on_signed` and `on_completed` goods wait in goods dispatched (发出商品) from shipment on.
    """

    ON_SHIPMENT = "on_shipment"
    ON_SIGNED = "on_signed"
    ON_COMPLETED = "on_completed"


class SubsidyTreatment(StrEnum):
    """What a coupon that the platform pays for is to the merchant (`domain.md` 7.4, coupons).

    `price`: part of the price of the goods, at their rate (V-01). `service_income`: other revenue at the rate of
    services (V-01c).
    """

    PRICE = "price"
    SERVICE_INCOME = "service_income"


class VatRounding(StrEnum):
    """Whether VAT is split off each order line and summed, or off each document's sum (`domain.md` 7.2)."""

    LINE = "line"
    DOCUMENT = "document"


class WordScheme(StrEnum):
    """Which voucher words (凭证字) a book has (`domain.md` 7.5).

    `single`: one word for all, `Book.word`. `receipt_payment_transfer`: 收 for money in, 付 for money out, 转 for the
    rest.
    """

    SINGLE = "single"
    RECEIPT_PAYMENT_TRANSFER = "receipt_payment_transfer"


class Grouping(StrEnum):
    """How sales and refunds become vouchers (`domain.md` 7.5): one for each shop and day, or one for each order."""

    SHOP_DAY = "shop_day"
    ORDER = "order"
