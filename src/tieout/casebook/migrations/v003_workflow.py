"""Version 3: approvals, lines of claims, attachments, and when cases were open."""

from sqlalchemy import Connection

from tieout.casebook.case_tables import approval_now, attachment_now, case_span, claim_now
from tieout.casebook.migrating import create

__all__ = ["up"]


def up(connection: Connection) -> None:
    """Make the tables."""
    create(connection, [approval_now, claim_now, attachment_now, case_span])
