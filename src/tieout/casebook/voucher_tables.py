"""Tables of vouchers: their contents and versions, which are only appended to, and the view of what stands."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from tieout.casebook.schema import metadata

__all__ = ["voucher", "voucher_content", "voucher_event", "voucher_given", "voucher_now", "voucher_source"]


def _head(*, is_now: bool) -> list[Column[object]]:
    """Columns of what changes in the life of a voucher; its lines are its content."""
    return [
        Column("voucher_id", Text, nullable=False, primary_key=is_now, comment="stable: made of book and events"),
        Column("book", Text, nullable=False, primary_key=is_now, comment="book_id; empty for a program's only book"),
        Column("period", Text, nullable=False, comment="2026-10"),
        Column("word", Text, nullable=False, comment="凭证字"),
        Column("number", BigInteger, nullable=False, comment="1, 2, 3, ... in book, period and word, without gap"),
        Column("date", Text, nullable=False),
        Column("status", Text, nullable=False, comment="prepared, cashier_signed, reviewed, posted, reversed"),
        Column("kind", Text, nullable=False, comment="normal, accrual, reversal, adjust"),
        Column("attachments", Integer, nullable=False, comment="附件数"),
        Column("preparer", Text),
        Column("reviewer", Text),
        Column("poster", Text),
        Column("cashier", Text),
        Column("supervisor", Text),
        Column("reversal_of", Text, comment="voucher that it takes back"),
        Column("content", Text, nullable=False, comment="hash of its lines, in `voucher_content`"),
    ]


voucher_content = Table(
    "voucher_content",
    metadata,
    Column("hash", Text, primary_key=True, comment="SHA-256 of the payload"),
    Column(
        "payload", Text, nullable=False, comment="lines, events and places in files as JSON; amounts in minor units"
    ),
    comment="What vouchers say: kept once, however often a voucher is signed, reviewed and numbered anew",
)

voucher = Table(
    "voucher",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="entry that made this version"),
    Column("act", Text, nullable=False, comment="what was done, such as reviewed"),
    *_head(is_now=False),
    Index("voucher_id", "voucher_id", "seq"),
    comment="Versions of vouchers; a deleted one has a last version whose act is deleted",
)

voucher_source = Table(
    "voucher_source",
    metadata,
    Column("id", Integer().with_variant(BigInteger, "postgresql"), primary_key=True),
    Column("content", Text, nullable=False, comment="content of vouchers, by its hash"),
    Column("sha256", Text, nullable=False, comment="file by what is in it; empty when there was none"),
    Column("file", Text, nullable=False, comment="its name; empty when it has none"),
    Column("sheet", Text, nullable=False, comment="sheet or member; empty when the file has but one"),
    Column("line", BigInteger, comment="first line; null when the whole file is meant"),
    Column("line_end", BigInteger, comment="last line"),
    Index("voucher_source_file", "sha256", "line"),
    Index("voucher_source_content", "content"),
    comment="Lines of files that vouchers come from, as runs",
)

voucher_event = Table(
    "voucher_event",
    metadata,
    Column("id", Integer().with_variant(BigInteger, "postgresql"), primary_key=True),
    Column("content", Text, nullable=False, comment="content of vouchers, by its hash"),
    Column("event_id", Text, nullable=False),
    Index("voucher_event_event", "event_id"),
    comment="Accountable events that vouchers post",
)

voucher_given = Table(
    "voucher_given",
    metadata,
    Column("id", Integer().with_variant(BigInteger, "postgresql"), primary_key=True),
    Column("seq", BigInteger, nullable=False, comment="entry of the posting"),
    Column("book", Text, nullable=False),
    Column("origin", Text, nullable=False, comment="reconciliation and period that gave it, as courier_bill 2026-10"),
    Column("event_id", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="its kind, such as courier.bill"),
    Column("occurred_on", Text, nullable=False, comment="its accounting day"),
    Column("party", Text, comment="other side, such as a platform or courier"),
    Column("shop_id", Text, comment="shop that it is of"),
    Column("is_given", Boolean, nullable=False, comment="false: it was given before and is no more"),
    Column("payload", Text, comment="the event as JSON; null when it is given no more"),
    Column("hash", Text, nullable=False, comment="SHA-256 of the payload; empty when it is given no more"),
    Index("voucher_given_event", "event_id"),
    Index("voucher_given_origin", "book", "origin"),
    Index("voucher_given_kind", "book", "kind"),
    comment="Which run gave which accountable event to a book; the last row of book, origin and event holds",
)

voucher_now = Table(
    "voucher_now",
    metadata,
    *_head(is_now=True),
    Column("seq", BigInteger, nullable=False, comment="version in `voucher`"),
    Column("touched", BigInteger, comment="entry since which what it comes from has changed; null when nothing has"),
    Index("voucher_now_number", "book", "period", "word", "number"),
    Index("voucher_now_back", "reversal_of"),
    Index("voucher_now_content", "content"),
    comment="View: vouchers as they stand; deleted ones are not in it",
)
