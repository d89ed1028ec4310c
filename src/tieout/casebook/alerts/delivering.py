"""Delivering: messages are taken up one by one, sent outside of any transaction, and what came of it is noted."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import attrs
from sqlalchemy import Connection, select

from tieout.casebook.alerts.tables import WAITING, alert_lease, delivery_now
from tieout.casebook.canonical import moment_text
from tieout.errors import CasebookError, DeliveryFailed

__all__ = ["Claim", "Delivered", "Retry", "claim", "is_ours", "is_waiting", "release", "told_of"]

_LONGEST_SAID_S = 86_400


@attrs.frozen(kw_only=True)
class Retry:
    """How often and when a message that was not taken is sent again.

    Attributes:
        attempts: How often at most, before it is given up as dead.
        wait_s: Seconds before the second time; each further wait is twice as long. A receiver's `Retry-After` counts where it is
            longer, up to a day.
        longest_wait_s: Most seconds between two times.
        lease_s: Seconds after which a message that somebody took up and never finished is taken up by another. It must be longer
            than any sink takes to send.
    """

    attempts: int = 8
    wait_s: int = 60
    longest_wait_s: int = 3600
    lease_s: int = 300

    def __attrs_post_init__(self) -> None:
        for name in ("attempts", "wait_s", "longest_wait_s", "lease_s"):
            if getattr(self, name) < 1:
                raise CasebookError(f"{name} is {getattr(self, name)}, at least 1 is needed", where="Retry")

    def wait(self, attempt: int, cause: Exception) -> timedelta:
        """How long to wait after an attempt failed, 1 being the first; always the same for the same attempt."""
        doublings = min(attempt - 1, 60)  # 2 ** 60 seconds are more than any longest wait
        own = min(self.wait_s * 2**doublings, self.longest_wait_s)
        said = cause.retry_after_s if isinstance(cause, DeliveryFailed) else None
        return timedelta(seconds=max(own, min(said or 0, _LONGEST_SAID_S)))


@attrs.frozen(kw_only=True)
class Delivered:
    """What one call of `deliver` did.

    Attributes:
        delivered: Messages that were taken.
        failed: Attempts that failed and are made again later.
        dead: Messages that were given up.
    """

    delivered: int = 0
    failed: int = 0
    dead: int = 0


@attrs.frozen(kw_only=True)
class Claim:
    """A message that is ours to send for a while.

    Attributes:
        key: The message.
        seq: Entry that says what it tells.
        sink: Who is to send it.
        attempts: How often it failed before.
        turn: How often it was taken up, by which we see whether it still is ours.
    """

    key: str
    seq: int
    sink: str
    attempts: int
    turn: int


def claim(connection: Connection, sinks: Iterable[str], *, now: datetime, lease_s: int) -> Claim | None:
    """Take up the message that waits longest and that nobody is sending; None when there is none for these sinks."""
    row, lease = delivery_now.c, alert_lease.c
    at = moment_text(now)
    found = connection.execute(
        select(row.key, row.seq, row.sink, row.attempts, lease.turn)
        .select_from(delivery_now.outerjoin(alert_lease, lease.delivery == row.key))
        .where(row.state == WAITING, row.sink.in_(list(sinks)), row.next_try_at <= at)
        .where(lease.until.is_(None) | (lease.until <= at))
        .order_by(row.next_try_at, row.seq, row.sink)
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    turn = found.turn
    until = moment_text(now + timedelta(seconds=lease_s))
    if turn is None:
        connection.execute(alert_lease.insert().values(delivery=found.key, turn=1, until=until))
    else:
        connection.execute(alert_lease.update().where(lease.delivery == found.key).values(turn=turn + 1, until=until))
    return Claim(key=found.key, seq=found.seq, sink=found.sink, attempts=found.attempts, turn=(turn or 0) + 1)


def is_ours(connection: Connection, one: Claim) -> bool:
    """Whether nobody else took the message up meanwhile."""
    turn = connection.scalar(select(alert_lease.c.turn).where(alert_lease.c.delivery == one.key))
    return turn == one.turn


def is_waiting(connection: Connection, one: Claim) -> bool:
    """Whether the message was not delivered or given up meanwhile."""
    return connection.scalar(select(delivery_now.c.state).where(delivery_now.c.key == one.key)) == WAITING


def release(connection: Connection, one: Claim) -> None:
    """Let go of the message, unless somebody else took it up meanwhile."""
    mine = (alert_lease.c.delivery == one.key) & (alert_lease.c.turn == one.turn)
    connection.execute(alert_lease.delete().where(mine))


def told_of(cause: Exception) -> str:
    """What the log keeps of an error: our own text, of any other its class, since its text may hold an address."""
    return str(cause) if isinstance(cause, DeliveryFailed) else type(cause).__name__
