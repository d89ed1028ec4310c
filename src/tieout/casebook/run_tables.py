"""Tables of runs: matches by version, their members, and the views of what holds now."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from tieout.casebook.schema import metadata

__all__ = ["case_clue", "case_record", "finding_now", "match", "match_clue", "match_member", "match_now"]

match = Table(
    "match",
    metadata,
    Column("id", Integer().with_variant(BigInteger, "postgresql"), primary_key=True, comment="1, 2, 3, ..."),
    Column("seq", BigInteger, nullable=False, comment="entry of the run that found it, or of what reopened it"),
    Column("group_id", Text, nullable=False, comment="digest of the reconciliation and its members, 32 hex digits"),
    Column("change", Text, nullable=False, comment="confirmed, reopened (a member changed) or gone"),
    Column("reconciliation", Text, nullable=False),
    Column("scope", Text, nullable=False, comment="what the run looked at"),
    Column("rule", Text, comment="rules that made it, separated by commas; null where one number was enough"),
    Column("score", Text, comment="evidence for it, 0 to 1; that of its weakest pair"),
    Column("members", Text, nullable=False, comment="its records as JSON: [side, kind, key], sorted"),
    Index("match_seq", "seq"),
    comment="Matches by version: only what a run changed is written",
)

match_member = Table(
    "match_member",
    metadata,
    Column("key", Text, primary_key=True, comment="key of the record"),
    Column("kind", Text, primary_key=True),
    Column("group_id", Text, primary_key=True, comment="the match that it is in"),
    sqlite_with_rowid=False,
    comment="Which matches a record is or was in",
)

match_clue = Table(
    "match_clue",
    metadata,
    Column("clue", BigInteger, primary_key=True, autoincrement=False, comment="digest of a kind and an identifier"),
    Column("group_id", Text, primary_key=True, comment="the match that a record of that kind would belong to"),
    sqlite_with_rowid=False,
    comment="By which identifiers a late record would belong to a match: those that name nothing else",
)

match_now = Table(
    "match_now",
    metadata,
    Column("group_id", Text, primary_key=True),
    Column("match_id", BigInteger, nullable=False, comment="version in `match`"),
    Column("reconciliation", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("state", Text, nullable=False, comment="confirmed or reopened"),
    Index("match_now_scope", "reconciliation", "scope"),
    comment="View: matches that hold now",
)

finding_now = Table(
    "finding_now",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("reconciliation", Text, nullable=False),
    Column("scope", Text, nullable=False, comment="what the run looked at that last wrote about it"),
    Column("figures", Text, nullable=False, comment="digest of its figures: a decision is about them"),
    Column("content", Text, nullable=False, comment="digest of the records that it is about"),
    Column("facts", Text, nullable=False, comment="digest of all that is said of it"),
    Column("is_gone", Boolean, nullable=False, comment="the last run that looked does not find it"),
    Column("by_itself", Boolean, nullable=False, comment="it went without anybody's decision"),
    Column("surfaced_at", BigInteger, comment="entry that put its decision in question; null where none is"),
    Column("because", Text, comment="what changed: figures, records, found again"),
    Index("finding_now_of", "reconciliation", "is_gone"),
    Index("finding_now_surfaced", "surfaced_at"),
    comment="View: what runs last said of cases",
)

case_clue = Table(
    "case_clue",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("clue", BigInteger, primary_key=True, autoincrement=False, comment="as in match_clue"),
    Index("case_clue_clue", "clue"),
    sqlite_with_rowid=False,
    comment="View: by which identifiers a late record would concern a case",
)

case_record = Table(
    "case_record",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Index("case_record_key", "key"),
    sqlite_with_rowid=False,
    comment="View: which records a case is about",
)
