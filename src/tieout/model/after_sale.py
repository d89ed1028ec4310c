"""After-sales: cases (`Return`), what came back, refunds, and complaints."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from moneyed import Money

from tieout.model._record import record
from tieout.model.currency import negated
from tieout.model.order import PaymentChannel
from tieout.model.provenance import SourceRecord

__all__ = [
    "Complaint",
    "Condition",
    "FreightBearer",
    "FundedFrom",
    "Refund",
    "RefundStatus",
    "ResponsibleParty",
    "Return",
    "ReturnKind",
    "ReturnLine",
    "ReturnStage",
    "ReturnStatus",
]


class ReturnKind(StrEnum):
    """The eleven kinds of after-sale case (`domain.md` 2.6)."""

    REFUND_ONLY = "refund_only"
    RETURN_REFUND = "return_refund"
    EXCHANGE = "exchange"
    RESHIP = "reship"
    REPAIR = "repair"
    PRICE_ADJUST = "price_adjust"
    FREIGHT_COMPENSATION = "freight_compensation"
    COMPENSATION = "compensation"
    INTERCEPT = "intercept"
    REJECTED = "rejected"
    LOST = "lost"


class ReturnStage(StrEnum):
    """Where the goods were when the case arose."""

    BEFORE_SHIPMENT = "before_shipment"
    IN_TRANSIT = "in_transit"
    AFTER_RECEIPT = "after_receipt"


class ReturnStatus(StrEnum):
    """Stage of a case (`domain.md` 2.7)."""

    APPLIED = "applied"
    APPROVED = "approved"
    AWAITING_RETURN = "awaiting_return"
    IN_RETURN_TRANSIT = "in_return_transit"
    RECEIVED = "received"
    INSPECTED = "inspected"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    EXCHANGING = "exchanging"
    EXCHANGED = "exchanged"
    REPAIRING = "repairing"
    REPAIRED = "repaired"
    REJECTED = "rejected"
    APPEALED = "appealed"
    PLATFORM_JUDGED = "platform_judged"
    CANCELLED = "cancelled"


class ResponsibleParty(StrEnum):
    """Who caused it (`domain.md` C70)."""

    INTERNAL = "internal"
    PLATFORM = "platform"
    COURIER = "courier"
    CUSTOMER = "customer"
    CHANNEL = "channel"
    BANK = "bank"


class Condition(StrEnum):
    """State of goods that came back."""

    A = "A"
    B = "B"
    C = "C"
    MISSING = "missing"
    WRONG = "wrong"


class FreightBearer(StrEnum):
    """Who pays the way back."""

    MERCHANT = "merchant"
    BUYER = "buyer"
    INSURANCE = "insurance"
    PLATFORM = "platform"
    COURIER = "courier"


class RefundStatus(StrEnum):
    """Stage of a refund (`domain.md` 2.7)."""

    REQUESTED = "requested"
    APPROVED = "approved"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    RETRYING = "retrying"
    CLOSED = "closed"


class FundedFrom(StrEnum):
    """Which money a refund was paid from."""

    ESCROW = "escrow"
    UNSETTLED = "unsettled"
    AVAILABLE_BALANCE = "available_balance"
    DEPOSIT = "deposit"
    OFFLINE = "offline"


@record
class ReturnLine:
    """One article of a case.

    Attributes:
        sku: The merchant's article code.
        platform_sub_order_id: Order line it belongs to.
        quantity_requested: Pieces the buyer wants to give back, not negative.
        quantity_received: Pieces that arrived; None before the warehouse counted.
        condition: Their state; None before inspection.
    """

    sku: str | None = None
    platform_sub_order_id: str | None = None
    quantity_requested: Decimal
    quantity_received: Decimal | None = None
    condition: Condition | None = None


@record
class Return(SourceRecord):
    """One after-sale case in the wide sense (售后单): refund, return, exchange, reship, repair and the rest.

    Attributes:
        platform: Platform code.
        shop_id: Shop on that platform.
        return_id: The platform's case number.
        platform_order_id: Order it concerns.
        platform_sub_order_id: Order line it concerns; None for the whole order.
        kind: What the buyer gets.
        stage: Where the goods were.
        reason_code: The platform's reason.
        responsible_party: Who caused it; None before it is judged.
        status: Stage of the case.
        applied_at: When the buyer applied.
        approved_at: When the merchant or platform agreed.
        returned_at: When the buyer sent the goods.
        received_at: When the warehouse received them.
        closed_at: When the case ended.
        lines: Articles it concerns.
        return_carrier: Carrier of the way back.
        return_tracking_no: Number of the parcel that comes back.
        outbound_tracking_no: Number of the parcel that went out; known for intercepts and rejections.
        refund_ids: Refunds that belong to it.
        exchange_tracking_no: Number of the parcel sent instead.
        freight_bearer: Who pays the way back.
        compensation: What the buyer gets on top, not negative.
    """

    platform: str | None = None
    shop_id: str | None = None
    return_id: str
    platform_order_id: str | None = None
    platform_sub_order_id: str | None = None
    kind: ReturnKind
    stage: ReturnStage | None = None
    reason_code: str | None = None
    responsible_party: ResponsibleParty | None = None
    status: ReturnStatus | None = None
    applied_at: datetime | None = None
    approved_at: datetime | None = None
    returned_at: datetime | None = None
    received_at: datetime | None = None
    closed_at: datetime | None = None
    lines: tuple[ReturnLine, ...] = ()
    return_carrier: str | None = None
    return_tracking_no: str | None = None
    outbound_tracking_no: str | None = None
    refund_ids: tuple[str, ...] = ()
    exchange_tracking_no: str | None = None
    freight_bearer: FreightBearer | None = None
    compensation: Money | None = None


@record
class Refund(SourceRecord):
    """One refund of money to a buyer, in one version.

    Amounts are magnitudes, not negative; the merchant's cash effect is minus the amount.

    Attributes:
        platform: Platform code.
        shop_id: Shop on that platform.
        refund_id: The platform's refund number.
        version: Version of the refund (the platform's timestamp or counter); None when there is but one.
        return_id: Case it belongs to; None for a refund without a case.
        platform_order_id: Order it concerns.
        platform_sub_order_id: Order line it concerns.
        amount_requested: What the buyer asked for.
        amount_approved: What was agreed.
        amount: What was paid; zero until it succeeded.
        goods: Part of `amount` for goods.
        freight: Part of `amount` for freight.
        platform_subsidy_clawback: Platform funding that is taken back with it.
        points_returned: Value of points given back.
        coupons_returned: Value of coupons given back, to be used again.
        status: Stage of the refund.
        applied_at: When it was asked for.
        approved_at: When it was agreed.
        succeeded_at: When the money moved; the date that counts (`domain.md` 6.2).
        channel: How it was paid back.
        channel_refund_id: The channel's refund number.
        funded_from: Which money it was paid from.
    """

    platform: str | None = None
    shop_id: str | None = None
    refund_id: str
    version: str | None = None
    return_id: str | None = None
    platform_order_id: str | None = None
    platform_sub_order_id: str | None = None
    amount_requested: Money | None = None
    amount_approved: Money | None = None
    amount: Money
    goods: Money | None = None
    freight: Money | None = None
    platform_subsidy_clawback: Money | None = None
    points_returned: Money | None = None
    coupons_returned: Money | None = None
    status: RefundStatus
    applied_at: datetime | None = None
    approved_at: datetime | None = None
    succeeded_at: datetime | None = None
    channel: PaymentChannel | None = None
    channel_refund_id: str | None = None
    funded_from: FundedFrom | None = None

    @property
    def cash_effect(self) -> Money:
        """What the merchant gains: minus the amount."""
        return negated(self.amount)


@record
class Complaint(SourceRecord):
    """One complaint of a buyer, as a customer service system lists it (`domain.md` section 9). Only reports read it.

    Attributes:
        platform: Platform code; None where the system does not know it.
        shop_id: Shop on that platform.
        order_id: Order that it is about, as the platform numbers it.
        complained_at: When it was made.
        type: What it is about.
    """

    platform: str | None = None
    shop_id: str | None = None
    order_id: str
    complained_at: datetime | None = None
    type: str | None = None
