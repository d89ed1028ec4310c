"""Natural keys: which fields say that two rows, of two files or of two days, are the same thing (`domain.md` 2.1, C18).

A key is never the place where a row stands. What has a number of its own is named by it within its platform and shop; what has
none is named by the fields that tell it apart. Rows of one file that bear one name are numbered: nothing is lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs

from tieout import model
from tieout.errors import CasebookError
from tieout.tables import schema_of

__all__ = ["NATURAL_KEYS", "NaturalKey", "natural_key"]


def _columns(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(names)


@attrs.frozen(kw_only=True)
class NaturalKey:
    """What names the rows of a record class, as columns of its table; `book_id` is always one of them.

    Attributes:
        within: Columns that always count, whether they are filled or not.
        ids: Identifiers, the best first: the first whose columns are all filled names the row.
        otherwise: What names a row without any of them.
        is_unique: Whether two rows of one identifier cannot both be right; else they are numbered, as are rows without one. No
            class of `tieout.model` says so: that an order stands in a file twice is for a reconciliation to tell.
        of_file: Column that holds the beginning of the file's own hash where the file has no number; such a cell names nothing.
    """

    within: tuple[str, ...] = attrs.field(default=(), converter=_columns)
    ids: tuple[tuple[str, ...], ...] = ()
    otherwise: tuple[str, ...] = attrs.field(default=(), converter=_columns)
    is_unique: bool = False
    of_file: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that may be part of a key, each once."""
        return tuple(dict.fromkeys([*self.within, *(name for one in self.ids for name in one), *self.otherwise]))


_SHOP = ("platform", "shop_id")
_PARTY = (*_SHOP, "party", "warehouse")

NATURAL_KEYS: Mapping[str, NaturalKey] = MappingProxyType(
    {
        "Order": NaturalKey(within=_SHOP, ids=(("platform_order_id",),)),
        "OrderLine": NaturalKey(
            within=(*_SHOP, "platform_order_id"),
            ids=(("platform_sub_order_id",),),
            otherwise=("sku", "platform_sku_id"),
        ),
        "Payment": NaturalKey(
            within=("channel", "platform_order_id", "currency"),
            ids=(("payment_id",), ("channel_txn_id",)),
            otherwise=("merchant_order_no", "phase", "paid_at", "amount_minor"),
        ),
        "Return": NaturalKey(within=_SHOP, ids=(("return_id",),)),
        "Refund": NaturalKey(within=(*_SHOP, "version"), ids=(("refund_id",),)),
        "Shipment": NaturalKey(
            within=("carrier", "shop_id", "direction"), ids=(("tracking_no",),)
        ),  # an intercepted parcel comes back under its own number; a list may have a row for each order in a parcel
        "Payout": NaturalKey(within=_SHOP, ids=(("payout_id",),)),
        "Settlement": NaturalKey(within=(*_SHOP, "currency"), ids=(("settlement_id",),)),
        "SettlementLine": NaturalKey(
            within=(
                *_SHOP,
                "settlement_id",
                "type",
                "platform_order_id",
                "platform_sub_order_id",
                "refund_id",
                "posted_at",
                "currency",
                "description",
            ),
            ids=(("line_id",), ("settlement_id",)),
            otherwise=("amount_minor",),
        ),
        "ChannelTransaction": NaturalKey(
            within=("channel", "bill_kind", "merchant_order_no", "type", "occurred_at", "currency"),
            ids=(("channel_txn_id", "channel_refund_id"), ("channel_txn_id",), ("channel_refund_id",)),
            otherwise=("amount_minor", "balance_after_minor"),
        ),
        "BankTransaction": NaturalKey(
            within=("account", "booked_on", "currency"),
            ids=(("bank_ref",),),
            otherwise=("amount_minor", "balance_after_minor"),
        ),
        "CourierInvoice": NaturalKey(
            within=("carrier", "currency"),
            ids=(("bill_no",),),
            otherwise=("account_no", "period_start", "period_end", "invoice_date"),
            of_file="bill_no",
        ),
        "CourierCharge": NaturalKey(
            within=(
                "carrier",
                "account_no",
                "tracking_no",
                "order_id",
                "charge_type",
                "leg",
                "ship_date",
                "contract_ref",
                "description",
                "currency",
            ),
            ids=(("bill_no",),),
            otherwise=("amount_minor",),  # of bills without a number one may take back what another charged
            of_file="bill_no",
        ),
        "LedgerLine": NaturalKey(within=("period",), ids=(("voucher_id", "line_no"),)),
        "AccountBalance": NaturalKey(within=("account", *_PARTY, "as_of", "currency")),
        "SubledgerBalance": NaturalKey(within=("role", *_PARTY, "as_of", "currency")),
        "SubledgerMovement": NaturalKey(within=("role", *_PARTY, "kind", "currency"), ids=(("movement_id",),)),
        "StockMovement": NaturalKey(within=("warehouse", "sku", "batch", "type", "condition"), ids=(("movement_id",),)),
        "StockDocument": NaturalKey(within=("kind", "supplier"), ids=(("document_id",),)),
        "StockCount": NaturalKey(within=("warehouse",), ids=(("count_id",),)),
        "Article": NaturalKey(within=("sku",)),
        "Complaint": NaturalKey(within=(*_SHOP, "order_id", "complained_at", "type")),
    }
)
"""Natural key of each record class of `tieout.model` that comes from a source, by its name."""


def natural_key(record: type, key: "NaturalKey | Sequence[str] | None" = None) -> NaturalKey:
    """What names the rows of a class.

    Args:
        record: The record class.
        key: What the caller says names them: a key, or columns that are unique together. A class that is not of `tieout.model`
            may also say it itself, by a class variable `natural_key`.

    Raises:
        CasebookError: Nobody says it, or it names a column that the class has not.

    Example:
        >>> from tieout.model import Order
        >>> natural_key(Order).columns
        ('platform', 'shop_id', 'platform_order_id')
    """
    said: Any = key if key is not None else getattr(record, "natural_key", None)
    if said is None:
        if getattr(model, record.__name__, None) is not record or record.__name__ not in NATURAL_KEYS:
            raise CasebookError(
                "no natural key is known, so the same row of two files could not be told from two rows",
                where=record.__name__,
                hint="give key=['column', ...], or let the class have a class variable natural_key",
            )
        return NATURAL_KEYS[record.__name__]
    found = said if isinstance(said, NaturalKey) else _of_columns(said, record)
    missing = [name for name in found.columns if name not in schema_of(record)]
    if missing or not found.columns:
        named = ", ".join(missing) or "no column at all"
        raise CasebookError(f"its natural key names {named}", where=record.__name__, hint=_known(record))
    return found


def _of_columns(said: Any, record: type) -> NaturalKey:  # noqa: ANN401 - what a caller gives
    if isinstance(said, str) or not isinstance(said, Sequence) or not all(isinstance(name, str) for name in said):
        raise CasebookError(
            f"columns such as ['document_id'] are needed, got {said!r}", where="key", hint=_known(record)
        )
    return NaturalKey(ids=(tuple(said),), otherwise=said, is_unique=True)


def _known(record: type) -> str:
    return f"its columns are {', '.join(schema_of(record))}"
