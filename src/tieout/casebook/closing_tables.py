"""Tables of closing: periods that are locked, and samples that somebody signs off."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Table, Text

from tieout.casebook.schema import metadata

__all__ = ["period_now", "sample_item_now", "sample_now"]

period_now = Table(
    "period_now",
    metadata,
    Column("period", Text, primary_key=True, comment="2026-10"),
    Column("state", Text, nullable=False, comment="open (again), locked or archived"),
    Column("seq", BigInteger, nullable=False, comment="entry that locked it last"),
    Column("by", Text, nullable=False, comment="who locked or unlocked it last"),
    Column("at", Text, nullable=False),
    Column("seal", Text, comment="seal of its last archive pack"),
    comment="View: periods that were ever locked",
)

sample_now = Table(
    "sample_now",
    metadata,
    Column("sample_id", Text, primary_key=True, comment="the run's id: the same run gives the same sample"),
    Column("seq", BigInteger, nullable=False, comment="entry that drew it"),
    Column("reconciliation", Text, nullable=False),
    Column("period", Text),
    Column("run", BigInteger, nullable=False, comment="entry of the run"),
    Column("population", BigInteger, nullable=False, comment="how many differences tolerances took in"),
    Column("drawn", BigInteger, nullable=False, comment="how many items were drawn in all"),
    Index("sample_period", "period"),
    comment="View: samples for re-review",
)

sample_item_now = Table(
    "sample_item_now",
    metadata,
    Column("sample_id", Text, primary_key=True),
    Column("item", Text, primary_key=True, comment="case:ID, decision:ENTRY or unit:DIGEST"),
    Column("why", Text, nullable=False, comment="high, write_off, manual or auto_accepted"),
    Column("makers", Text, nullable=False, comment="who made it and so may not review it, as JSON"),
    Column("told", Text, nullable=False, comment="what it is, for people"),
    Column("is_signed", Boolean, nullable=False),
    Column("is_right", Boolean, comment="what the reviewer found; null before"),
    Column("reviewer", Text),
    Column("reviewed_at", Text),
    comment="View: what was drawn, and who found it right",
)
