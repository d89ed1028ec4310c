"""Version 4: vouchers by version, what they come from, and the view of those that stand."""

from sqlalchemy import Connection

from tieout.casebook.migrating import create
from tieout.casebook.voucher_tables import (
    voucher,
    voucher_content,
    voucher_event,
    voucher_given,
    voucher_now,
    voucher_source,
)

__all__ = ["up"]


def up(connection: Connection) -> None:
    """Make the tables."""
    kept = [voucher, voucher_content, voucher_source, voucher_event, voucher_given]
    create(connection, [*kept, voucher_now], append_only=kept)
