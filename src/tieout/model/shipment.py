"""Shipments: parcels as the merchant's own records know them."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from moneyed import Money

from tieout.model._record import record
from tieout.model.place import Place
from tieout.model.provenance import SourceRecord

__all__ = ["Direction", "Piece", "Shipment", "ShipmentLine", "ShipmentStatus"]


class ShipmentStatus(StrEnum):
    """Stage of a parcel (`domain.md` 2.7)."""

    LABEL_CREATED = "label_created"
    VOIDED = "voided"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    SIGNED = "signed"
    REJECTED = "rejected"
    INTERCEPTING = "intercepting"
    RETURNING = "returning"
    RETURNED = "returned"
    LOST = "lost"
    DAMAGED = "damaged"
    COMPENSATED = "compensated"


class Direction(StrEnum):
    """Why a parcel travels."""

    OUTBOUND = "outbound"
    RETURN = "return"
    EXCHANGE = "exchange"
    RESHIP = "reship"
    TRANSFER = "transfer"


@record
class ShipmentLine:
    """Articles in a parcel.

    Attributes:
        platform_order_id: Order they belong to; one parcel may hold several orders (合单).
        platform_sub_order_id: Order line they belong to.
        sku: The merchant's article code.
        quantity: Pieces, more than 0.
    """

    platform_order_id: str | None = None
    platform_sub_order_id: str | None = None
    sku: str | None = None
    quantity: Decimal


@record
class Piece:
    """One box of a shipment of several boxes under one number (子母件).

    Attributes:
        weight_g: Actual weight in grams.
        length_cm: Longest side in centimetres.
        width_cm: Second side in centimetres.
        height_cm: Third side in centimetres.
    """

    weight_g: Decimal
    length_cm: Decimal | None = None
    width_cm: Decimal | None = None
    height_cm: Decimal | None = None


@record
class Shipment(SourceRecord):
    """One parcel under one tracking number, from the merchant's side (Parcel in `domain.md`).

    Weights are exact grams (1 lb = 453.59237 g), lengths exact centimetres (1 in = 2.54 cm).

    Attributes:
        carrier: Carrier code as `tieout.keys` names it, such as `sf`, `zto`, `ups`; None when the file does not say.
        tracking_no: The courier's number (运单号), as text.
        shop_id: Shop that shipped it; None when shops share it or it is unknown.
        account_no: Account with the courier (月结卡号).
        warehouse: Warehouse it left.
        direction: Why it travels.
        status: Last known stage.
        service: Product of the courier, such as `标快`; None when the contract has only one.
        origin: Where it left.
        dest: Where it goes.
        sender_ref: Keyed pseudonym of who sent it, as `Order.buyer_ref` is of the buyer, never a name; of parcels that come back.
        zone: Price zone when the merchant's file states it; None to look it up in the rate card.
        label_created_at: When the label was made.
        voided_at: When the label was voided; None when it was not.
        shipped_at: When it left the warehouse.
        picked_up_at: When the courier took it; decides the rate card's version.
        promised_at: Latest delivery the service guarantees; None without guarantee.
        signed_at: When it was signed for.
        weight_scale_g: Weight on the merchant's scale, in grams.
        weight_theoretical_g: Sum of article weights and packaging, in grams.
        length_cm: Longest side in centimetres.
        width_cm: Second side in centimetres.
        height_cm: Third side in centimetres.
        pieces: Boxes when several travel under the number; empty for one box.
        declared_value: Insured value (保价), not negative; None when not insured.
        cod_amount: Cash to collect for the merchant (代收货款), not negative; None when not COD.
        is_residential: Whether the destination is a home; None when unknown.
        requested: Value-added services that the merchant asked for, such as `signature`, `packaging`.
        lines: Articles in it.
    """

    carrier: str | None = None
    tracking_no: str
    shop_id: str | None = None
    account_no: str | None = None
    warehouse: str | None = None
    direction: Direction = Direction.OUTBOUND
    status: ShipmentStatus | None = None
    service: str | None = None
    origin: Place | None = None
    dest: Place | None = None
    sender_ref: str | None = None
    zone: str | None = None
    label_created_at: datetime | None = None
    voided_at: datetime | None = None
    shipped_at: datetime | None = None
    picked_up_at: datetime | None = None
    promised_at: datetime | None = None
    signed_at: datetime | None = None
    weight_scale_g: Decimal | None = None
    weight_theoretical_g: Decimal | None = None
    length_cm: Decimal | None = None
    width_cm: Decimal | None = None
    height_cm: Decimal | None = None
    pieces: tuple[Piece, ...] = ()
    declared_value: Money | None = None
    cod_amount: Money | None = None
    is_residential: bool | None = None
    requested: tuple[str, ...] = ()
    lines: tuple[ShipmentLine, ...] = ()

    @property
    def weight_g(self) -> Decimal | None:
        """The merchant's weight in grams: the scale's if present, else the theoretical one (`domain.md` 3.1)."""
        return self.weight_scale_g if self.weight_scale_g is not None else self.weight_theoretical_g
