"""Stock: articles, movements in and out, the documents that order them, and counts."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from moneyed import Money

from tieout.model._record import record
from tieout.model.after_sale import Condition
from tieout.model.provenance import SourceRecord

__all__ = [
    "Article",
    "MovementType",
    "StockCount",
    "StockCountLine",
    "StockCountStatus",
    "StockDocument",
    "StockDocumentKind",
    "StockDocumentLine",
    "StockDocumentStatus",
    "StockMovement",
]


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
    OTHER_IN = "other_in"
    OTHER_OUT = "other_out"


class StockDocumentKind(StrEnum):
    """What a document orders or states (`domain.md` 5.3)."""

    PURCHASE_ORDER = "purchase_order"
    DELIVERY_NOTE = "delivery_note"
    SUPPLIER_INVOICE = "supplier_invoice"
    PURCHASE_RETURN = "purchase_return"
    TRANSFER_ORDER = "transfer_order"
    SCRAP_APPROVAL = "scrap_approval"
    ASSEMBLY_ORDER = "assembly_order"
    OTHER_IN = "other_in"
    OTHER_OUT = "other_out"


class StockDocumentStatus(StrEnum):
    """Stage of a document: no more is to come of one that is closed, and nothing of one that is cancelled."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


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
        batch: Batch or lot of the pieces; None when the article has none or it is unknown.
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
    batch: str | None = None
    quantity: Decimal
    unit_cost: Money | None = None
    document_ref: str | None = None
    platform_order_id: str | None = None
    return_id: str | None = None
    tracking_no: str | None = None
    occurred_at: datetime | None = None
    condition: Condition | None = None


@record
class StockDocumentLine:
    """One article of a document.

    Attributes:
        sku: The merchant's article code.
        batch: Batch or lot that is delivered; None when the document does not say.
        quantity: Pieces, more than 0; of an assembly order what is taken for it is negative, and so is what an invoice credits.
        unit_price: Price of one piece without VAT; None for a document without prices. Negative where an invoice takes money
            back and no pieces.
        tax_rate: VAT rate as a fraction, 0.13 for 13 %; None when the document does not say.
    """

    sku: str
    batch: str | None = None
    quantity: Decimal
    unit_price: Money | None = None
    tax_rate: Decimal | None = None


@record
class StockDocument(SourceRecord):
    """One document that orders, announces, bills or allows movements of stock: a purchase order, a delivery note, and the like.

    Attributes:
        kind: What it orders or states.
        document_id: Its number.
        order_ref: Document that it belongs to, such as the purchase order of a delivery note or of an invoice; None when it
            names none.
        supplier: The supplier's code or name; None when there is none.
        warehouse: Where goods come in; of a transfer, a return or scrap, where they leave.
        to_warehouse: Where the goods of a transfer come in.
        issued_on: Its own date.
        expected_on: Day by which its goods are to move; None when nothing is promised.
        status: Stage; None when the source does not say.
        currency: ISO 4217 code of all its prices; None for a document without prices.
        lines: Its articles.
    """

    kind: StockDocumentKind
    document_id: str
    order_ref: str | None = None
    supplier: str | None = None
    warehouse: str | None = None
    to_warehouse: str | None = None
    issued_on: date | None = None
    expected_on: date | None = None
    status: StockDocumentStatus | None = None
    currency: str | None = None
    lines: tuple[StockDocumentLine, ...] = ()


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


@record
class Article(SourceRecord):
    """What an article is, as the merchant's own list says (`domain.md` section 9). Only reports read it.

    Attributes:
        sku: The merchant's article code (商家编码).
        category: What sort of goods it is (类目).
    """

    sku: str
    category: str | None = None
