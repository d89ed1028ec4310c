"""Tables of a casebook, for SQLAlchemy and for people who ask in SQL (`docs/reference/casebook.md`).

Two sorts: what is only ever appended to (`entry`, `record` and what the rooms below add), where triggers of the database refuse
any change; and views that are kept as tables for speed (`..._now`), which follow from the entries and can be made again.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, Table, Text

__all__ = [
    "case_now",
    "entry",
    "head",
    "holding",
    "holding_now",
    "metadata",
    "personal",
    "personal_seal",
    "record",
    "record_now",
]

metadata = MetaData()

entry = Table(
    "entry",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="1, 2, 3, ... without gap"),
    Column("kind", Text, nullable=False, comment="what happened, such as decision.assign"),
    Column("at", Text, nullable=False, comment="UTC, 2026-10-31T08:00:00.000000Z"),
    Column("actor", Text, nullable=False, comment="who did it"),
    Column("roles", Text, nullable=False, comment="their roles then, sorted, separated by commas"),
    Column("reason", Text, comment="why, in their words"),
    Column("subject", Text, comment="what it is about: a case, a run, a voucher, a period"),
    Column("body", Text, nullable=False, comment="the facts as canonical JSON"),
    Column("previous", Text, nullable=False, comment="hash of the entry before; 64 zeros for the first"),
    Column("hash", Text, nullable=False, comment="SHA-256 of all the columns before"),
    Index("entry_subject", "subject", "seq"),
    Index("entry_kind", "kind", "seq"),
    comment="The log: everything that happened, in order; each entry names the hash of the one before",
)

head = Table(
    "head",
    metadata,
    Column("name", Text, primary_key=True, comment="always 'log'"),
    Column("seq", BigInteger, nullable=False, comment="number of the last entry"),
    Column("hash", Text, nullable=False, comment="its hash"),
    comment="View: where the log ends, so that entries cut off its end are missed",
)

record = Table(
    "record",
    metadata,
    Column("id", Integer().with_variant(BigInteger, "postgresql"), primary_key=True, comment="1, 2, 3, ..."),
    Column("seq", BigInteger, nullable=False, comment="entry of the import that brought this version"),
    Column("kind", Text, nullable=False, comment="class of the record, such as Order"),
    Column("key", Text, nullable=False, comment="its natural key, as a digest of 32 hex digits"),
    Column("change", Text, nullable=False, comment="added, edited or deleted"),
    Column("hash", Text, nullable=False, comment="content hash: what it says, without where it stands"),
    Column("source", Text, nullable=False, comment="what it is a row of, such as a file"),
    Column("payload", Text, comment="its fields as JSON, without personal ones; null when it was deleted"),
    Column("payload_hash", Text, nullable=False, comment="SHA-256 of the payload, empty when deleted"),
    Index("record_key", "kind", "key"),
    Index("record_seq", "seq"),
    comment="Versions of records: an edited row is a new version, a deleted one a version without payload",
)

record_now = Table(
    "record_now",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("record_id", BigInteger, nullable=False, comment="version in `record`"),
    Column("hash", Text, nullable=False),
    Column("source", Text, nullable=False, comment="source that it stands by"),
    comment="View: the version of each record that holds now; deleted ones are not in it",
    sqlite_with_rowid=False,
)

holding = Table(
    "holding",
    metadata,
    Column("id", Integer().with_variant(BigInteger, "postgresql"), primary_key=True, comment="1, 2, 3, ..."),
    Column("seq", BigInteger, nullable=False, comment="entry of the import that said it"),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("change", Text, nullable=False, comment="held, released, or stands: the record stands by this source now"),
    Column("hash", Text, nullable=False, comment="what the source says, or said when it is released"),
    Column("source", Text, nullable=False),
    Index("holding_seq", "seq"),
    comment="What sources say of records without bringing a version: a record lives as long as one source holds it",
)

holding_now = Table(
    "holding_now",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("hash", Text, nullable=False, comment="what it says, which need not be what stands"),
    Column("seq", BigInteger, nullable=False, comment="entry of the import that said so last"),
    comment="View: sources that hold a record beside the one that it stands by",
)

personal = Table(
    "personal",
    metadata,
    Column("record_id", BigInteger, primary_key=True, comment="version in `record`"),
    Column("pseudonym", Text, nullable=False, comment="whose data it is, as a keyed pseudonym"),
    Column("fields", Text, nullable=False, comment="personal fields of the record as JSON, kept only when asked for"),
    Index("personal_pseudonym", "pseudonym"),
    comment="Personal fields of records: the only rows that are ever deleted, by `forget`",
)

personal_seal = Table(
    "personal_seal",
    metadata,
    Column("record_id", BigInteger, primary_key=True, autoincrement=False, comment="version in `record`"),
    Column("seq", BigInteger, nullable=False, comment="entry of the import that kept its personal fields"),
    Column("hash", Text, nullable=False, comment="SHA-256 of number, pseudonym and fields"),
    comment="What the log commits to of personal fields; it stays when they are deleted",
)

case_now = Table(
    "case_now",
    metadata,
    Column("case_id", Text, primary_key=True, comment="stable: reconciliation and discrepancy id, hashed"),
    Column("version", BigInteger, nullable=False, comment="number of the last entry about it"),
    Column("reconciliation", Text, nullable=False),
    Column("discrepancy_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("is_open", Boolean, nullable=False, comment="somebody has to work on it"),
    Column("currency", Text),
    Column("impact_minor", BigInteger, nullable=False, comment="actual - expected, smallest units"),
    Column("expected_minor", BigInteger),
    Column("actual_minor", BigInteger),
    Column(
        "absorbed_minor", BigInteger, nullable=False, comment="part that manual links took over; impact 0 is left then"
    ),
    Column("claimable", Boolean, nullable=False),
    Column("keys", Text, nullable=False, comment="identifiers as JSON"),
    Column("evidence", Text, nullable=False, comment="facts as JSON"),
    Column("reason", Text),
    Column("reason_zh", Text),
    Column("next_step", Text, comment="what to do first, as the playbook says"),
    Column("next_step_zh", Text),
    Column("party", Text, comment="who caused it as a rule; `responsible` is what was found"),
    Column("entity", Text, comment="whom it is about, such as carrier/sf or shop/D1: for what recurs"),
    Column("period", Text),
    Column("owner", Text, comment="role that owns it"),
    Column("escalate_to", Text, comment="role above the owner"),
    Column("assignee", Text, comment="person who works on it"),
    Column("opened_at", Text, nullable=False),
    Column("due_on", Text, comment="day by which it must be handled"),
    Column("resolved_at", Text),
    Column("resolved_by", Text, comment="who decided how it ends, and so may not review it"),
    Column("cause", Text),
    Column("responsible", Text),
    Column("resolution", Text),
    Column("attachments", Integer, nullable=False, comment="how much evidence is attached"),
    Column("comments", Integer, nullable=False),
    Column("is_recurring", Boolean, nullable=False),
    Column("is_gone", Boolean, nullable=False, comment="the last run does not find it any more"),
    Column("awaits", Text, comment="role whose approval it waits for"),
    Column("claim_id", Text, comment="claim that it was last part of"),
    Column("flags", Text, comment="what is wrong with how it was handled, such as general.evidence_missing"),
    Column("last_run", BigInteger, nullable=False, comment="entry of the run that last found it"),
    Column("source_file", Text),
    Column("source_sha256", Text),
    Column("source_line", BigInteger),
    Index("case_open", "is_open", "owner", "due_on"),
    Index("case_type", "type", "period"),
    Index("case_recurring", "type", "entity", "cause"),
    comment="View: cases as they stand",
)
