"""Tables of the workflow: approvals that were asked for, lines of claims, and what is attached to cases."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from tieout.casebook.schema import metadata

__all__ = ["approval_now", "attachment_now", "case_span", "claim_now"]

approval_now = Table(
    "approval_now",
    metadata,
    Column("approval_id", BigInteger, primary_key=True, autoincrement=False, comment="entry that asked for it"),
    Column("case_id", Text, nullable=False),
    Column("action", Text, nullable=False, comment="what is to be done, such as write_off"),
    Column("state", Text, nullable=False, comment="asked, given, refused or lapsed"),
    Column("level", Text, nullable=False, comment="lowest level that may give it: owner, lead, finance_manager, cfo"),
    Column("amount_minor", BigInteger, nullable=False, comment="impact when it was asked for, smallest units"),
    Column("currency", Text),
    Column("decision", Text, nullable=False, comment="what becomes of the case when it is given, as JSON"),
    Column("reason", Text),
    Column("maker", Text, nullable=False, comment="who asked, and so may not give it"),
    Column("asked_at", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", Text),
    Index("approval_case", "case_id", "state"),
    Index("approval_state", "state", "level"),
    comment="View: approvals of what gives money up or moves it",
)

claim_now = Table(
    "claim_now",
    metadata,
    Column("claim_id", Text, primary_key=True, comment="one claim to one party; several cases share it"),
    Column("case_id", Text, primary_key=True),
    Column("party", Text, nullable=False, comment="whom the money is claimed from, such as a carrier's code"),
    Column("state", Text, nullable=False, comment="sent, accepted, rejected or credited"),
    Column("currency", Text, nullable=False),
    Column("claimed_minor", BigInteger, nullable=False, comment="smallest units"),
    Column("accepted_minor", BigInteger, comment="what the party agrees to; null before it answered"),
    Column("credited_minor", BigInteger, nullable=False, comment="what came back so far"),
    Column("billed_minor", BigInteger),
    Column("expected_minor", BigInteger),
    Column("bill_no", Text),
    Column("tracking_no", Text),
    Column("type", Text, nullable=False),
    Column("reason", Text, comment="the finding's own sentence"),
    Column("sent_at", Text, nullable=False),
    Column("answered_at", Text),
    Column("credited_at", Text),
    Column("reference", Text, comment="what the party calls it, or the line that credits it"),
    Index("claim_case", "case_id"),
    Index("claim_open", "state", "party", "tracking_no"),
    comment="View: lines of claims, one for each case",
)

attachment_now = Table(
    "attachment_now",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="entry that attached it"),
    Column("case_id", Text, nullable=False),
    Column("label", Text, nullable=False, comment="what it proves, such as refund_proof"),
    Column("ref", Text, nullable=False, comment="where it lies: an id or an address, never the content"),
    Column("sha256", Text, comment="of its bytes; null where it is a number of another system"),
    Column("attached_by", Text, nullable=False),
    Column("attached_at", Text, nullable=False),
    Index("attachment_case", "case_id", "label"),
    comment="View: evidence of cases, by reference",
)

case_span = Table(
    "case_span",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="entry that opened it"),
    Column("case_id", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("closed_at", Text, comment="null while it is open"),
    Column("due_on", Text, comment="day by which it was to be handled in this time"),
    Index("span_case", "case_id", "closed_at"),
    comment="View: from when to when each case was open; one that was reopened has several spans",
)
