"""Version 1: the log, records by version, personal fields apart, and the views of records and cases."""

from sqlalchemy import Connection

from tieout.casebook.migrating import create
from tieout.casebook.schema import (
    case_now,
    entry,
    head,
    holding,
    holding_now,
    personal,
    personal_seal,
    record,
    record_now,
)

__all__ = ["up"]


def up(connection: Connection) -> None:
    """Make the tables."""
    tables = [entry, head, record, record_now, holding, holding_now, personal, personal_seal, case_now]
    create(connection, tables, append_only=[entry, record, holding, personal_seal])
