"""Tables of alerts: what was raised, what is on its way to which sink, and who is sending it right now."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Table, Text

from tieout.casebook.canonical import canonical, digest
from tieout.casebook.log import Entry
from tieout.casebook.schema import metadata
from tieout.casebook.views import Projection

__all__ = [
    "DEAD",
    "DELIVERED",
    "HELD",
    "PROJECTIONS",
    "WAITING",
    "alert_lease",
    "alert_now",
    "delivery_now",
    "short_key",
]

_CHUNK = 1_000
HELD, GATHERED, WAITING, DELIVERED, DEAD = "held", "gathered", "waiting", "delivered", "dead"

alert_now = Table(
    "alert_now",
    metadata,
    Column("key", Text, primary_key=True, comment="rule, subject and occasion, hashed: no alert is raised twice"),
    Column("seq", BigInteger, nullable=False, comment="entry alert.raised"),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False, comment="case, type that was counted, or reconciliation that drifts"),
    Column("occasion", Text, nullable=False, comment="entry that opened the case, and its due day; day or period"),
    Column("raised_at", Text, nullable=False),
    Index("alert_rule_subject", "rule", "subject", "seq"),
    comment="View: alerts that were raised",
)

delivery_now = Table(
    "delivery_now",
    metadata,
    Column("key", Text, primary_key=True, comment="idempotency key of the message: alert or digest and sink, hashed"),
    Column(
        "seq", BigInteger, nullable=False, comment="entry that says what is to be sent: alert.raised or alert.digest"
    ),
    Column("sink", Text, nullable=False),
    Column("digest", Text, nullable=False, comment="at_once, daily or weekly"),
    Column("state", Text, nullable=False, comment="held for a digest, gathered into one, waiting, delivered or dead"),
    Column("attempts", Integer, nullable=False, comment="how often it failed since it was raised or put back"),
    Column("raised_at", Text, nullable=False),
    Column("next_try_at", Text, nullable=False, comment="not sent before; when it was delivered or given up"),
    Column("error", Text, comment="why it failed last, without an address"),
    Index("delivery_state", "state", "next_try_at", "seq"),
    Index("delivery_seq", "seq"),
    comment="View: messages and where they stand (the outbox)",
)

alert_lease = Table(
    "alert_lease",
    metadata,
    Column("delivery", Text, primary_key=True, comment="message that somebody is sending"),
    Column("turn", Integer, nullable=False, comment="how often it was taken up"),
    Column("until", Text, nullable=False, comment="then it may be taken up by another: who sent it has died"),
    comment="Messages that are being sent; neither log nor view, empty when nobody is sending",
)


def short_key(*parts: object) -> str:
    """32 hex digits of what names a thing."""
    return digest(canonical(parts))[:32]


def _raised(connection: Connection, new: Sequence[Entry]) -> None:
    alerts, deliveries = [], []
    for one in new:
        body = one.body
        names = {"rule": body["rule"], "subject": one.subject, "occasion": body["occasion"]}
        alerts.append({"key": body["key"], "seq": one.seq, "raised_at": one.at, **names})
        state = WAITING if body["digest"] == "at_once" else HELD
        deliveries += [_delivery(one, short_key(body["key"], sink), sink, state) for sink in body["to"]]
    connection.execute(alert_now.insert(), alerts)
    connection.execute(delivery_now.insert(), deliveries)


def _delivery(entry: Entry, key: str, sink: str, state: str) -> dict[str, object]:
    return {
        "key": key,
        "seq": entry.seq,
        "sink": sink,
        "digest": entry.body["digest"],
        "state": state,
        "attempts": 0,
        "raised_at": entry.at,
        "next_try_at": entry.at,
        "error": None,
    }


def _gathered(connection: Connection, new: Sequence[Entry]) -> None:
    for one in new:
        sink, told = one.body["sink"], one.body["alerts"]
        for start in range(0, len(told), _CHUNK):
            mine = (delivery_now.c.sink == sink) & delivery_now.c.seq.in_(told[start : start + _CHUNK])
            connection.execute(delivery_now.update().where(mine).values(state=GATHERED))
        connection.execute(delivery_now.insert().values(**_delivery(one, one.body["key"], sink, WAITING)))


def _tried(connection: Connection, new: Sequence[Entry]) -> None:
    for one in new:
        body = one.body
        match one.kind:
            case "alert.failed":
                values = {"state": WAITING, "attempts": body["attempt"], "next_try_at": body["next_try_at"]}
            case "alert.requeued":
                values = {"state": WAITING, "attempts": 0, "next_try_at": one.at}
            case "alert.dead":
                values = {"state": DEAD, "attempts": body["attempt"], "next_try_at": one.at}
            case _:
                values = {"state": DELIVERED, "next_try_at": one.at}
        statement = delivery_now.update().where(delivery_now.c.key == body["delivery"])
        connection.execute(statement.values(**values, error=body.get("error")))


_APPLIED = {"alert.raised": _raised, "alert.digest": _gathered}
_KINDS = (*_APPLIED, "alert.failed", "alert.dead", "alert.delivered", "alert.requeued")


def _apply(connection: Connection, new: Sequence[Entry]) -> None:
    """All kinds in the order of the log, since what comes later changes rows of what came earlier."""
    for kind, some in groupby(new, key=lambda one: one.kind):
        _APPLIED.get(kind, _tried)(connection, list(some))


PROJECTIONS = (Projection(_KINDS, (alert_now, delivery_now), _apply),)
"""What makes the views of alerts."""
