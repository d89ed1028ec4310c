"""Orders: what was sold, with lines, discounts and payments."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from moneyed import Money

from tieout.errors import InvalidField
from tieout.model._record import record
from tieout.model.currency import exactly, round_half_up
from tieout.model.place import Place
from tieout.model.provenance import SourceRecord

__all__ = [
    "Discount",
    "DiscountKind",
    "Funder",
    "Order",
    "OrderLine",
    "OrderStatus",
    "Payment",
    "PaymentChannel",
    "PaymentPhase",
]


class OrderStatus(StrEnum):
    """Stage of an order (`domain.md` 2.7)."""

    CREATED = "created"
    PAID = "paid"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    SIGNED = "signed"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CLOSED = "closed"


class DiscountKind(StrEnum):
    """What a price reduction is called (`domain.md` 2.3); `other` when the source does not say."""

    SHOP_COUPON = "shop_coupon"
    PLATFORM_COUPON = "platform_coupon"
    FULL_REDUCTION = "full_reduction"
    POINTS = "points"
    RED_PACKET = "red_packet"
    CASHBACK = "cashback"
    MEMBER = "member"
    GOV_SUBSIDY = "gov_subsidy"
    BANK_PROMO = "bank_promo"
    PAY_PROMO = "pay_promo"
    INFLUENCER_COUPON = "influencer_coupon"
    TRADE_IN = "trade_in"
    OTHER = "other"


class Funder(StrEnum):
    """Who bears a price reduction."""

    MERCHANT = "merchant"
    PLATFORM = "platform"
    INFLUENCER = "influencer"
    GOVERNMENT = "government"
    BANK = "bank"
    SHARED = "shared"


class PaymentChannel(StrEnum):
    """How a buyer paid."""

    ALIPAY = "alipay"
    WECHAT_PAY = "wechat_pay"
    UNION_PAY = "union_pay"
    CARD = "card"
    BALANCE = "balance"
    BNPL = "bnpl"
    COD = "cod"
    POINTS = "points"
    OTHER = "other"


class PaymentPhase(StrEnum):
    """Part of a presale that a payment settles."""

    DEPOSIT = "deposit"
    BALANCE = "balance"
    FULL = "full"


@record
class Discount:
    """One price reduction of an order or of a line (`Coupon` in the field's speech).

    Attributes:
        kind: What it is called.
        funder: Who bears it.
        amount: How much less the buyer pays; not negative.
        merchant_share: Part of `amount` that the merchant bears when `funder` is shared, 0 to 1; None otherwise.
        code: Coupon code; None when the platform names none.
        stackable_group: Coupons of one group may not be combined; None when there is no such rule.
        line_id: Sub-order it belongs to; None for the whole order.
        settled_to_merchant: Whether the funder pays the merchant what the buyer saved.
    """

    kind: DiscountKind
    funder: Funder
    amount: Money
    merchant_share: Decimal | None = None
    code: str | None = None
    stackable_group: str | None = None
    line_id: str | None = None
    settled_to_merchant: bool = False

    def __attrs_post_init__(self) -> None:
        if (self.funder is Funder.SHARED) != (self.merchant_share is not None):
            raise InvalidField(
                "the merchant's share is needed when, and only when, the funder is shared",
                record="Discount",
                field="merchant_share",
            )
        if self.merchant_share is not None and not 0 <= self.merchant_share <= 1:
            raise InvalidField(
                f"a share from 0 to 1 is needed, got {self.merchant_share}", record="Discount", field="merchant_share"
            )


@record
class OrderLine(SourceRecord):
    """One article of an order (子订单), in the order's `lines` or, from files that list lines alone, by itself.

    Attributes:
        platform: Platform code; None inside an order, which says it.
        shop_id: Shop on that platform; None inside an order.
        platform_order_id: Order it belongs to; None inside an order.
        platform_sub_order_id: The platform's id of the line; None where only the order has one.
        status: Stage of the line where the platform tells it apart from the order's; None as the order.
        sku: The merchant's article code (商家编码).
        platform_sku_id: The platform's article id.
        title: Article title as sold.
        quantity: Pieces ordered, more than 0 for a sale.
        unit_price: List price of one piece, tax included as the order says.
        goods_amount: Price of all its pieces before reductions, where the source states that; None for unit price x quantity.
        line_discount: Reduction of this line alone, not negative.
        allocated_discount: Share of the order's reductions, not negative.
        line_paid: What the buyer paid for the line after all reductions.
        tax_rate: VAT rate as a fraction, 0.13 for 13 %; None when the book's default applies.
        unit_cost: Cost of one piece without VAT; None when unknown.
    """

    platform: str | None = None
    shop_id: str | None = None
    platform_order_id: str | None = None
    platform_sub_order_id: str | None = None
    status: OrderStatus | None = None
    sku: str | None = None
    platform_sku_id: str | None = None
    title: str | None = None
    quantity: Decimal
    unit_price: Money | None = None
    goods_amount: Money | None = None
    line_discount: Money | None = None
    allocated_discount: Money | None = None
    line_paid: Money | None = None
    tax_rate: Decimal | None = None
    unit_cost: Money | None = None

    @property
    def goods_gross(self) -> Money | None:
        """Price of all its pieces before reductions; None when the source says no price."""
        if self.goods_amount is not None or self.unit_price is None:
            return self.goods_amount
        with exactly():
            return self.unit_price * self.quantity


@record
class Payment(SourceRecord):
    """One payment of a buyer towards an order.

    Attributes:
        payment_id: The paying side's own id of this payment; None when only the channel's is known.
        platform_order_id: Order it pays; None when the channel does not know it.
        channel: How it was paid.
        merchant_order_no: Number that was sent to the channel (商户订单号).
        channel_txn_id: The channel's transaction id.
        amount: What was paid, not negative.
        paid_at: When the payment succeeded.
        status: The source's status word.
        phase: Deposit, balance or full payment.
    """

    payment_id: str | None = None
    platform_order_id: str | None = None
    channel: PaymentChannel
    merchant_order_no: str | None = None
    channel_txn_id: str | None = None
    amount: Money
    paid_at: datetime | None = None
    status: str | None = None
    phase: PaymentPhase = PaymentPhase.FULL

    @property
    def cash_effect(self) -> Money:
        """What the merchant gains: the payment."""
        return self.amount


@record
class Order(SourceRecord):
    """One sale on one shop of one platform.

    Amounts are natural magnitudes, not negative (`domain.md` 2.2). `buyer_payable`, `platform_funded` and
    `merchant_receivable` are derived as `domain.md` 2.3 defines them. `created_at` is when the buyer placed it.

    Attributes:
        platform: Platform code, such as `taobao`, `pdd`, `shopify`.
        shop_id: Shop on that platform; records of different shops never match by accident.
        platform_order_id: The platform's order number, unique per shop.
        merchant_order_no: Number sent to the payment channel.
        status: Stage of the order.
        currency: ISO 4217 code of all its amounts.
        lines: Its articles.
        discounts: Its price reductions, of the order and of lines.
        payments: What the buyer paid.
        goods_amount: What all goods cost before the listed reductions, where the source states it; None where the lines say it.
        freight_charged: Freight the buyer paid, not negative; None when free or unknown.
        adjustment: Price change by hand (改价), signed: negative lowers what the buyer pays.
        tax_included: Whether prices include VAT.
        added_tax: Tax that the buyer pays on top of the prices, not negative; None when they include it.
        buyer_ref: Keyed pseudonym of the buyer, never a name.
        ship_to: Destination as far as prices need it.
        is_presale: Deposit and balance are paid apart.
        is_cod: Cash on delivery.
        is_cross_border: Passes customs.
        paid_at: When it was fully paid.
        shipped_at: When the first parcel left.
        signed_at: When the last parcel was signed.
        completed_at: When the platform confirmed it.
        closed_at: When it was closed without completion.
    """

    platform: str
    shop_id: str | None = None
    platform_order_id: str
    merchant_order_no: str | None = None
    status: OrderStatus | None = None
    currency: str
    lines: tuple[OrderLine, ...] = ()
    discounts: tuple[Discount, ...] = ()
    payments: tuple[Payment, ...] = ()
    goods_amount: Money | None = None
    freight_charged: Money | None = None
    adjustment: Money | None = None
    tax_included: bool = True
    added_tax: Money | None = None
    buyer_ref: str | None = None
    ship_to: Place | None = None
    is_presale: bool = False
    is_cod: bool = False
    is_cross_border: bool = False
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    signed_at: datetime | None = None
    completed_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def goods_gross(self) -> Money:
        """What the goods cost before the listed reductions: as stated, else the sum of the lines that say a price."""
        if self.goods_amount is not None:
            return self.goods_amount
        with exactly():
            return sum((price for line in self.lines if (price := line.goods_gross) is not None), self._zero)

    @property
    def buyer_payable(self) -> Money:
        """Goods + freight + adjustment + added tax - all reductions."""
        extras = (amount or self._zero for amount in (self.freight_charged, self.adjustment, self.added_tax))
        with exactly():
            reductions = sum((discount.amount for discount in self.discounts), self._zero)
            return sum(extras, self.goods_gross) - reductions

    @property
    def platform_funded(self) -> Money:
        """Reductions that others than the merchant bear and pay to the merchant."""
        with exactly():
            funded = (_funded(discount) for discount in self.discounts if discount.settled_to_merchant)
            return sum(funded, self._zero)

    @property
    def merchant_receivable(self) -> Money:
        """What the merchant is to receive before fees: the base of revenue and settlement matching."""
        with exactly():
            return self.buyer_payable + self.platform_funded

    @property
    def cash_effect(self) -> Money:
        """What the merchant gains: the receivable."""
        return self.merchant_receivable

    @property
    def _zero(self) -> Money:
        return Money(0, self.currency)


def _funded(discount: Discount) -> Money:
    if discount.funder is Funder.MERCHANT:
        return Money(0, discount.amount.currency)
    if discount.merchant_share is not None:
        code = discount.amount.currency.code
        return Money(round_half_up(discount.amount.amount * (1 - discount.merchant_share), code), code)
    return discount.amount
