"""Version 7: what decisions by hand are made over."""

from sqlalchemy import Connection

from tieout.casebook.ground import ground_table
from tieout.casebook.migrating import create

__all__ = ["up"]


def up(connection: Connection) -> None:
    """Make the table."""
    create(connection, [ground_table])
