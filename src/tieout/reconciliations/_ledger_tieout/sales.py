"""Sales: what the platform, the ERP and the books say was sold, by shop and day (`domain.md` C27)."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tieout.model import Order
from tieout.reconciliations._common.orders import order_amounts
from tieout.reconciliations._common.sides import Role, Side, local_day, take
from tieout.reconciliations._common.versions import latest
from tieout.reconciliations._ledger_tieout.accounts import LedgerAccount, places
from tieout.tables import FrameLike

__all__ = ["compared_sales"]

_SHOP: Final = ["book_id", "platform", "shop_id", "day", "currency"]
_COLUMNS: Final = ("platform", "erp", "ledger")
_MOMENTS: Final = ("completed_at", "signed_at", "shipped_at", "paid_at", "closed_at", "created_at")
_ENDED: Final = ("created", "closed", "rejected")


def compared_sales(
    platform: FrameLike, erp: FrameLike, journal: Side, accounts: Sequence[LedgerAccount], *, timezone: str
) -> pl.DataFrame:
    """The three columns and their differences.

    Args:
        platform: Orders of the platforms.
        erp: Orders of the ERP.
        journal: Lines of vouchers, of which those on accounts of sales are not set aside.
        accounts: Accounts of sales.
        timezone: Zone in which days count.
    """
    columns = (_sold("platform", platform, timezone), _sold("erp", erp, timezone), _booked(journal, accounts))
    sums = [
        rows.group_by(_SHOP).agg(pl.col("minor").sum().alias(f"{name}_minor"))
        for name, rows in zip(_COLUMNS, columns, strict=True)
    ]
    table = sums[0]
    for other in sums[1:]:
        table = table.join(other, on=_SHOP, how="full", coalesce=True, nulls_equal=True)
    table = table.with_columns(pl.col(f"{name}_minor").fill_null(0) for name in _COLUMNS)
    differences = [
        (pl.col(f"{one}_minor") - pl.col(f"{other}_minor")).alias(f"{one}_less_{other}_minor")
        for one, other in (("erp", "platform"), ("ledger", "platform"), ("ledger", "erp"))
    ]
    return table.with_columns(differences).sort(_SHOP, nulls_last=True)


def _sold(name: str, given: FrameLike, timezone: str) -> pl.DataFrame:
    """What paid orders bring, by the day on which they were paid."""
    key = ("book_id", "platform", "shop_id", "platform_order_id")
    side = latest(take(name, Order, given, role=Role.EVIDENCE, key=key), key, _MOMENTS)
    frame = side.frame.with_columns(order_amounts(side.frame)["receivable_minor"].alias("minor"))
    counts = (
        ~pl.col("is_repeat") & ~pl.col("status").is_in(_ENDED).fill_null(value=False) & pl.col("minor").is_not_null()
    )
    day = pl.coalesce(local_day("paid_at", timezone), local_day("created_at", timezone)).alias("day")
    return frame.filter(counts).with_columns(day).select(*_SHOP, "minor")


def _booked(journal: Side, accounts: Sequence[LedgerAccount]) -> pl.DataFrame:
    """What is booked on the accounts of sales: credits less debits."""
    rows = journal.compared.join(places(accounts), on="place", how="left", maintain_order="left")
    return rows.select(
        "book_id",
        pl.coalesce("platform", "at_platform").alias("platform"),
        pl.coalesce("shop_id", "at_shop_id").alias("shop_id"),
        pl.coalesce("business_date", "date").alias("day"),
        "currency",
        (-pl.col("minor")).alias("minor"),
    )
