"""The alerts of a book: rules, what was raised, and bringing it to people."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import Any

import attrs
from sqlalchemy import Connection, select

from tieout.casebook.actors import SYSTEM, Actor
from tieout.casebook.alerts.delivering import (
    Claim,
    Delivered,
    Retry,
    claim,
    is_ours,
    is_waiting,
    release,
    told_of,
)
from tieout.casebook.alerts.looking import due_alerts, due_digests
from tieout.casebook.alerts.message import Alert, Message
from tieout.casebook.alerts.raising import settings_of
from tieout.casebook.alerts.rules import AlertRule, Digest, Settings
from tieout.casebook.alerts.sinks import Sink
from tieout.casebook.alerts.tables import DEAD, HELD, WAITING, delivery_now
from tieout.casebook.canonical import moment_text
from tieout.casebook.desk import Desk
from tieout.casebook.given import mapping_of, of_kind, reason_of, several_of, texts_of
from tieout.casebook.log import Draft, Entry, entries
from tieout.casebook.schema import entry
from tieout.errors import CasebookError

__all__ = ["AlertsDesk", "Letter"]

_DIGEST = "alert.digest"
_CHUNK = 1_000


@attrs.frozen(kw_only=True)
class Letter:
    """Where a message stands.

    Attributes:
        message: What is to be sent.
        state: `held` for a digest, `waiting` or `dead`.
        attempts: How often it failed.
        next_try_at: Not sent before, as text in UTC; of a dead one when it was given up.
        error: Why it failed last; None when it did not.
    """

    message: Message
    state: str
    attempts: int
    next_try_at: str
    error: str | None


class AlertsDesk(Desk):
    """Who is told what, each thing once.

    Rules are part of the book: whichever process writes into it goes by them. What they ask for is raised in the same transaction
    as what set it off, as an entry of the log, and waits in the outbox until a sink took it.
    """

    @property
    def rules(self) -> tuple[AlertRule, ...]:
        """The rules that hold now."""
        settings = self._settings()
        return () if settings is None else settings.rules

    def watch(
        self,
        rules: Iterable[AlertRule],
        *,
        actor: Actor,
        digest_at: time = time(9),
        reason: str | None = None,
    ) -> None:
        """Go by these rules from now on, instead of those that held before. The same rules again change nothing.

        They are asked of what happens from now on; what is too old or overdue already is found by `look`.

        Args:
            rules: All rules.
            actor: Who says so.
            digest_at: Time of day at which digests are made up, the weekly ones on Mondays, in the time zone of the policies.
            reason: Why.

        Raises:
            CasebookError: Two rules have one name.
            NotAllowed: They may not.
        """
        self.policies.require(actor, "watch")
        settings = Settings(
            rules=several_of(rules, AlertRule, "an AlertRule", where="rules"),
            timezone=self.policies.said.timezone,
            digest_at=of_kind(digest_at, time, "a time of day", where="digest_at"),
        )
        with self.store.writing() as connection:
            if not settings.same_as(settings_of(connection)):
                draft = Draft(kind="alert.rules", body=settings.body(), reason=reason_of(reason))
                self._note(connection, [draft], actor=actor)

    def look(self, now: datetime | None = None, *, actor: Actor = SYSTEM) -> tuple[Alert, ...]:
        """Raise what is due because time passed, cases that are too old or overdue, and make up the digests that are due.

        To be called every hour or so, by whatever calls programs in time. Called twice it does nothing the second time.

        Args:
            now: As of when; by the book's clock unless given.
            actor: Who looks.

        Returns:
            What was raised, without what the digests hold.
        """
        self.policies.require(actor, "alert")
        moment = self.clock() if now is None else now
        with self.store.reading() as connection:  # nobody has to wait while there is nothing to tell
            if not self._has_due(connection, moment):
                return ()
        with self.store.writing() as connection:
            settings = settings_of(connection)
            if settings is None:
                return ()
            raised = self._note(connection, self._due(connection, settings, moment), actor=actor)
            self._note(connection, list(due_digests(connection, settings, moment)), actor=actor)
        return tuple(map(Alert.of_entry, raised))

    def _has_due(self, connection: Connection, moment: datetime) -> bool:
        settings = settings_of(connection)
        if settings is None:
            return False
        return any(due_digests(connection, settings, moment)) or bool(self._due(connection, settings, moment))

    def _due(self, connection: Connection, settings: Settings, moment: datetime) -> list[Draft]:
        return due_alerts(connection, settings, moment, self.policies.calendar.add_working_days)

    def raised(self, case_id: str | None = None) -> tuple[Alert, ...]:
        """Alerts that were raised, in order: all, or those about one case."""
        with self.store.reading() as connection:
            found = entries(connection, kinds=["alert.raised"], subject=case_id)
            return tuple(map(Alert.of_entry, found))

    def deliver(
        self,
        sinks: Mapping[str, Sink],
        *,
        limit: int | None = None,
        retry: Retry | None = None,
        actor: Actor = SYSTEM,
    ) -> Delivered:
        """Send what waits for these sinks, each message until it was taken or given up.

        A message is taken up in one transaction, sent outside of any, and what came of it is noted in a second one. A process
        that dies between the two leaves it to be sent again with the same key. Several processes and threads may deliver at once.

        Args:
            sinks: Sinks by the names that rules use; what is for others is left alone.
            limit: Most attempts of this call; until nothing waits any more unless given.
            retry: How often and when to try again; 8 times within two hours unless given.
            actor: Who delivers.

        Returns:
            How many were delivered, failed, and were given up.
        """
        self.policies.require(actor, "alert")
        for name, sink in mapping_of(sinks, "sinks by name", where="sinks").items():
            if not callable(getattr(sink, "send", None)):
                raise CasebookError(
                    f"{type(sink).__name__} has no send",
                    where=f"sinks[{name!r}]",
                    hint="wrap a function: HookSink(function)",
                )
        most = None if limit is None else of_kind(limit, int, "a number", where="limit")
        how = Retry() if retry is None else of_kind(retry, Retry, "a Retry", where="retry")
        done = dict.fromkeys(("delivered", "failed", "dead"), 0)
        while most is None or sum(done.values()) < most:
            with self.store.writing() as connection:
                ours = claim(connection, sinks, now=self.clock(), lease_s=how.lease_s)
                if ours is None:
                    break
                [message] = _messages(connection, [(ours.key, ours.seq, ours.sink)])
            cause: Exception | None = None
            try:
                sinks[ours.sink].send(message)
            except Exception as error:  # noqa: BLE001 - whatever a sink raises, the message was not taken
                cause = error
            done[self._settle(ours, message, cause, how, actor)] += 1
        return Delivered(**done)

    def waiting(self) -> tuple[Letter, ...]:
        """Messages that are on their way: held for a digest, or not taken yet."""
        return self._letters([HELD, WAITING])

    def dead(self) -> tuple[Letter, ...]:
        """Messages that were given up, to be put back by `requeue` when the reason is gone."""
        return self._letters([DEAD])

    def requeue(self, keys: Iterable[str] | None = None, *, actor: Actor, reason: str | None = None) -> int:
        """Send dead messages again, with the same keys as before.

        Args:
            keys: Keys of messages; all dead ones unless given.
            actor: Who says so.
            reason: Why, such as that the address was mended.

        Returns:
            How many were put back.

        Raises:
            CasebookError: A key is none of a dead message.
        """
        self.policies.require(actor, "alert")
        wanted = None if keys is None else set(texts_of(keys, "keys", where="keys"))
        with self.store.writing() as connection:
            query = select(delivery_now.c.key, delivery_now.c.seq, delivery_now.c.sink).where(
                delivery_now.c.state == DEAD
            )
            dead = [tuple(row) for row in connection.execute(query.order_by(delivery_now.c.seq, delivery_now.c.key))]
            unknown = sorted((wanted or set()) - {key for key, _, _ in dead})
            if unknown:
                raise CasebookError(f"there is no dead message {unknown[0]}", where="requeue", hint="see alerts.dead()")
            drafts = [
                Draft(kind="alert.requeued", body={"delivery": key, "sink": sink}, reason=reason_of(reason))
                for key, _, sink in dead
                if wanted is None or key in wanted
            ]
            return len(self._note(connection, drafts, actor=actor))

    def _settle(self, ours: Claim, message: Message, cause: Exception | None, how: Retry, actor: Actor) -> str:
        """Note what came of sending a message, unless somebody else took it up because we were too slow.

        Returns:
            `delivered`, `failed` or `dead`.
        """
        attempt = ours.attempts + 1
        body: dict[str, Any] = {"delivery": ours.key, "sink": ours.sink, "attempt": attempt}
        with self.store.writing() as connection:
            if cause is None:
                verdict = "delivered"
            elif attempt >= how.attempts:
                verdict, body["error"] = "dead", told_of(cause)
            else:
                verdict, body["error"] = "failed", told_of(cause)
                body["next_try_at"] = moment_text(self.clock() + how.wait(attempt, cause))
            # Who was too slow may still say that it arrived; that it did not is for the other to say.
            if is_waiting(connection, ours) and (cause is None or is_ours(connection, ours)):
                subject = message.alerts[0].subject if message.digest is Digest.AT_ONCE else None
                self._note(connection, [Draft(kind=f"alert.{verdict}", subject=subject, body=body)], actor=actor)
            release(connection, ours)
        return verdict

    def _settings(self) -> Settings | None:
        with self.store.reading() as connection:
            return settings_of(connection)

    def _letters(self, states: Sequence[str]) -> tuple[Letter, ...]:
        row = delivery_now.c
        with self.store.reading() as connection:
            found = connection.execute(
                select(row.key, row.seq, row.sink, row.state, row.attempts, row.next_try_at, row.error)
                .where(row.state.in_(states))
                .order_by(row.next_try_at, row.seq, row.sink)
            ).all()
            messages = _messages(connection, [(one.key, one.seq, one.sink) for one in found])
            return tuple(
                Letter(
                    message=message,
                    state=one.state,
                    attempts=one.attempts,
                    next_try_at=one.next_try_at,
                    error=one.error,
                )
                for one, message in zip(found, messages, strict=True)
            )


def _messages(connection: Connection, wanted: Sequence[tuple[str, int, str]]) -> list[Message]:
    """What messages tell, as the log has it: of each its key, the entry that says it, and its sink."""
    said = _entries_at(connection, [seq for _, seq, _ in wanted])
    within = [seq for one in said.values() if one.kind == _DIGEST for seq in one.body["alerts"]]
    alerts = {seq: Alert.of_entry(one) for seq, one in _entries_at(connection, within).items()}
    messages = []
    for key, seq, sink in wanted:
        one = said[seq]
        if one.kind == _DIGEST:
            told, digest = tuple(alerts[part] for part in one.body["alerts"]), Digest(one.body["digest"])
        else:
            told, digest = (Alert.of_entry(one),), Digest.AT_ONCE
        messages.append(Message(key=key, sink=sink, alerts=told, digest=digest))
    return messages


def _entries_at(connection: Connection, seqs: Sequence[int]) -> dict[int, Entry]:
    found: dict[int, Entry] = {}
    for start in range(0, len(seqs), _CHUNK):
        query = select(entry).where(entry.c.seq.in_(seqs[start : start + _CHUNK]))
        found |= {row["seq"]: Entry.of_row(row) for row in connection.execute(query).mappings()}
    return found
