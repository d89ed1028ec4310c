"""Version 6: locked periods and samples for re-review."""

from sqlalchemy import Connection

from tieout.casebook.closing_tables import period_now, sample_item_now, sample_now
from tieout.casebook.migrating import create

__all__ = ["up"]


def up(connection: Connection) -> None:
    """Make the tables."""
    create(connection, [period_now, sample_now, sample_item_now])
