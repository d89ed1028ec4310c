"""Version 5: alerts that were raised, their deliveries, and who is sending one."""

from sqlalchemy import Connection

from tieout.casebook.alerts.tables import alert_lease, alert_now, delivery_now
from tieout.casebook.migrating import create

__all__ = ["up"]


def up(connection: Connection) -> None:
    """Make the tables."""
    create(connection, [alert_now, delivery_now, alert_lease])
