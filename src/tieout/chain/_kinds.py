"""Kinds: what stands in the chain, how each is named for good, and which of its moments are steps on the way."""

from collections.abc import Mapping

import attrs

from tieout import model

__all__ = ["BY_NAME", "KINDS", "SCOPE", "TRACKING", "Kind"]

SCOPE = ("book_id", "platform", "shop_id")
TRACKING = ("tracking_no", "return_tracking_no", "exchange_tracking_no", "outbound_tracking_no")
"""Columns that hold the number of a parcel."""


@attrs.frozen(kw_only=True)
class Kind:
    """One kind of record.

    Attributes:
        name: What it is called, such as `parcel`.
        record: Its record class.
        ids: Columns by which people ask for it, its own number first.
        key: Columns that name it for good.
        is_single: Whether a key names one thing, of which several records may speak; else records that differ in amount, moment
            or place are things of their own, although their numbers are equal.
        own: Columns any of which is a number of its own: read again, in whichever file, it is the same thing, and its place tells
            nothing.
        name_of: Columns that name one with a number of its own when a later close says something else of it; none of kinds that
            nobody corrects.
        moments: Columns of its moments and what happened then, in the order in which they usually come.
        counts: Those of its moments at which its amount counts, the first that is known; else its business day.
        kind_of: Columns that say what sort of its kind it is.
    """

    name: str
    record: type
    ids: tuple[str, ...]
    key: tuple[str, ...]
    is_single: bool = False
    own: tuple[str, ...] = ()
    name_of: tuple[str, ...] = ()
    moments: Mapping[str, str] = attrs.field(factory=dict)
    counts: tuple[str, ...] = ()
    kind_of: tuple[str, ...] = ()


KINDS = (
    Kind(
        name="order",
        record=model.Order,
        ids=("platform_order_id", "merchant_order_no"),
        key=(*SCOPE, "platform_order_id"),
        is_single=True,
        moments={
            "created_at": "placed",
            "paid_at": "paid",
            "shipped_at": "shipped",
            "signed_at": "signed",
            "completed_at": "completed",
            "closed_at": "closed",
        },
        counts=("created_at", "paid_at", "shipped_at", "signed_at", "completed_at", "closed_at"),
        kind_of=("status",),
    ),
    Kind(
        name="payment",
        record=model.Payment,
        ids=("payment_id", "channel_txn_id", "merchant_order_no"),
        key=("book_id", "platform_order_id", "payment_id", "channel_txn_id", "merchant_order_no", "phase"),
        own=("payment_id", "channel_txn_id"),
        moments={"paid_at": "paid"},
        counts=("paid_at",),
        kind_of=("channel", "phase"),
    ),
    Kind(
        name="channel",
        record=model.ChannelTransaction,
        ids=("channel_txn_id", "channel_refund_id", "merchant_order_no"),
        key=("book_id", "channel", "channel_txn_id", "channel_refund_id", "merchant_order_no", "bill_kind", "type"),
        own=("channel_txn_id", "channel_refund_id"),
        name_of=("book_id", "channel", "channel_txn_id", "channel_refund_id", "bill_kind", "type"),
        moments={"occurred_at": "on the channel's bill"},
        counts=("occurred_at",),
        kind_of=("channel", "bill_kind", "type"),
    ),
    Kind(
        name="parcel",
        record=model.Shipment,
        ids=("tracking_no",),
        key=("book_id", "carrier", "tracking_no"),
        is_single=True,
        moments={
            "label_created_at": "label made",
            "shipped_at": "left",
            "picked_up_at": "picked up",
            "signed_at": "signed for",
            "voided_at": "voided",
        },
        counts=("shipped_at", "picked_up_at", "label_created_at"),
        kind_of=("carrier", "direction", "status"),
    ),
    Kind(
        name="stock",
        record=model.StockMovement,
        ids=("movement_id",),
        key=("book_id", "warehouse", "movement_id", "type", "sku"),
        own=("movement_id",),
        name_of=("book_id", "movement_id", "sku"),
        moments={"occurred_at": "moved"},
        counts=("occurred_at",),
        kind_of=("type", "sku"),
    ),
    Kind(
        name="return",
        record=model.Return,
        ids=("return_id", "return_tracking_no", "exchange_tracking_no"),
        key=(*SCOPE, "return_id"),
        is_single=True,
        moments={
            "applied_at": "applied",
            "approved_at": "approved",
            "returned_at": "sent back",
            "received_at": "received",
            "closed_at": "closed",
        },
        counts=("applied_at", "approved_at"),
        kind_of=("kind", "status"),
    ),
    Kind(
        name="refund",
        record=model.Refund,
        ids=("refund_id", "channel_refund_id"),
        key=(*SCOPE, "refund_id", "version"),
        is_single=True,
        moments={"applied_at": "asked for", "approved_at": "approved", "succeeded_at": "paid back"},
        counts=("succeeded_at", "approved_at", "applied_at"),
        kind_of=("status", "version"),
    ),
    Kind(
        name="charge",
        record=model.CourierCharge,
        ids=("tracking_no",),
        key=("book_id", "carrier", "bill_no", "tracking_no", "charge_type", "leg", "order_id", "ship_date"),
        own=("bill_no",),
        name_of=("book_id", "carrier", "bill_no", "tracking_no", "charge_type", "leg", "order_id", "ship_date"),
        kind_of=("carrier", "charge_type", "leg"),
    ),
    Kind(
        name="line",
        record=model.SettlementLine,
        ids=("line_id",),
        key=(
            *SCOPE,
            "settlement_id",
            "line_id",
            "type",
            "platform_order_id",
            "platform_sub_order_id",
            "refund_id",
        ),
        own=("line_id",),
        name_of=(*SCOPE, "line_id", "type"),
        moments={"posted_at": "settled"},
        counts=("posted_at",),
        kind_of=("type",),
    ),
    Kind(
        name="settlement",
        record=model.Settlement,
        ids=("settlement_id",),
        key=(*SCOPE, "settlement_id"),
        is_single=True,
    ),
    Kind(
        name="payout",
        record=model.Payout,
        ids=("payout_id",),
        key=(*SCOPE, "payout_id"),
        is_single=True,
        moments={"initiated_at": "paid out", "arrived_at": "arrived"},
        counts=("initiated_at", "expected_at", "arrived_at"),
        kind_of=("status",),
    ),
    Kind(
        name="bank",
        record=model.BankTransaction,
        ids=("bank_ref",),
        key=("book_id", "account", "bank_ref", "on"),
        own=("bank_ref",),
    ),
)
"""The chain in its order: what comes before explains what comes after."""
BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
