"""Stock: movements in and out, and counts."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from moneyed import Money

from tieout.model._record import record
from tieout.model.after_sale import Condition
from tieout.model.provenance import SourceRecord

__all__ = ["MovementType", "StockCount", "StockCountLine", "StockCountStatus", "StockMovement"]


class MovementType(StrEnum):
    """Why stock moved (`domain.md` 2.3)."""

    SALE_OUT = "sale_out"
    RETURN_IN = "return_in"
    EXCHANGE_OUT = "exchange_out"
    EXCHANGE_IN = "exchange_in"
    RESHIP_OUT = "reship_out"
    REPAIR_OUT = "repair_out"
    REPAIR_IN = "repair_in"
    PURCHASE_IN = "purchase_in"
    PURCHASE_RETURN_OUT = "purchase_return_out"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    COUNT_GAIN = "count_gain"
    COUNT_LOSS = "count_loss"
    SCRAP_OUT = "scrap_out"
    ASSEMBLE_OUT = "assemble_out"
    ASSEMBLE_IN = "assemble_in"


class StockCountStatus(StrEnum):
    """Stage of a stock count."""

    OPEN = "open"
    COUNTED = "counted"
    RECOUNTED = "recounted"
    APPROVED = "approved"


@record
class StockMovement(SourceRecord):
    """One movement of one article in one warehouse.

    Attributes:
        movement_id: The warehouse system's number.
        type: Why it moved.
        warehouse: Where it moved.
        sku: The merchant's article code.
        quantity: Signed: in is positive, out is negative.
        unit_cost: Cost of one piece without VAT; None when unknown.
        document_ref: Document that ordered it.
        platform_order_id: Order it belongs to.
        return_id: After-sale case it belongs to.
        tracking_no: Parcel it travelled in.
        occurred_at: When it moved.
        condition: State of the goods; None when they are as new.
    """

    movement_id: str
    type: MovementType
    warehouse: str | None = None
    sku: str
    quantity: Decimal
    unit_cost: Money | None = None
    document_ref: str | None = None
    platform_order_id: str | None = None
    return_id: str | None = None
    tracking_no: str | None = None
    occurred_at: datetime | None = None
    condition: Condition | None = None


@record
class StockCountLine:
    """One article of a count.

    Attributes:
        sku: The merchant's article code.
        book_quantity: Pieces the books held at `as_of`.
        counted_quantity: Pieces counted; None before counting.
        recount_quantity: Pieces counted the second time; None without a recount.
        unit_cost: Moving-average cost of one piece at `as_of`.
    """

    sku: str
    book_quantity: Decimal
    counted_quantity: Decimal | None = None
    recount_quantity: Decimal | None = None
    unit_cost: Money | None = None


@record
class StockCount(SourceRecord):
    """One stock count (盘点) of one warehouse.

    Attributes:
        count_id: Number of the count sheet.
        warehouse: Where it was counted.
        as_of: Moment at which the book quantities were frozen.
        lines: What was counted.
        status: Stage of the count.
    """

    count_id: str
    warehouse: str | None = None
    as_of: datetime
    lines: tuple[StockCountLine, ...] = ()
    status: StockCountStatus = StockCountStatus.OPEN
