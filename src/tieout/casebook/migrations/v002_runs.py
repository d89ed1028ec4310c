"""Version 2: matches by version and their members, and the views of matches and findings."""

from sqlalchemy import Connection

from tieout.casebook.migrating import create
from tieout.casebook.run_tables import (
    case_clue,
    case_record,
    finding_now,
    match,
    match_clue,
    match_member,
    match_now,
)

__all__ = ["up"]


def up(connection: Connection) -> None:
    """Make the tables."""
    kept = [match, match_member, match_clue]
    create(connection, [*kept, match_now, finding_now, case_record, case_clue], append_only=kept)
