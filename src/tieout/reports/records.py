"""Records that only reports read: complaints of buyers, and what articles are (`domain.md` section 9)."""

from datetime import datetime

from tieout.model import SourceRecord
from tieout.model._record import record

__all__ = ["Article", "Complaint"]


@record
class Complaint(SourceRecord):
    """One complaint of a buyer, as a customer service system lists it.

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


@record
class Article(SourceRecord):
    """What an article is, as the merchant's own list says.

    Attributes:
        sku: The merchant's article code (商家编码).
        category: What sort of goods it is (类目).
    """

    sku: str
    category: str | None = None
