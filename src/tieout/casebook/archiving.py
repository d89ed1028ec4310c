"""Archiving: the evidence of a locked period, or of the whole book, in a pack that proves by itself that it is whole."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import attrs
from sqlalchemy import Connection, func, select

import tieout
from tieout.archive import GENESIS, RETENTION, Fault, Manifest, PackVerification, verify_pack, write_pack
from tieout.archive.places import path_of
from tieout.archive.writing import drafted, put, require_free
from tieout.casebook.actors import Actor, require_actor
from tieout.casebook.case_tables import approval_now, attachment_now, claim_now
from tieout.casebook.closing_tables import sample_item_now, sample_now
from tieout.casebook.desk import Desk
from tieout.casebook.given import of_kind, reason_of
from tieout.casebook.log import Draft, Entry, entries
from tieout.casebook.periods import state_of
from tieout.casebook.rebuilding import as_of
from tieout.casebook.run_tables import match, match_now
from tieout.casebook.schema import case_now, entry
from tieout.casebook.voucher_tables import voucher_content, voucher_now
from tieout.casebook.workflow import CaseState
from tieout.errors import CasebookError, UnreadableFile

__all__ = ["ArchiveDesk", "Kept", "Packed"]

_PACKED, _LOCKED = "archive.packed", "period.locked"
_BATCH = 10_000


@attrs.frozen(kw_only=True)
class Packed:
    """A pack that was written.

    Attributes:
        manifest: What it says it is; its `seal` is what to keep elsewhere.
        entry: The entry that says so; that of the first time where the same pack was written before.
    """

    manifest: Manifest
    entry: Entry


@attrs.frozen(kw_only=True)
class Kept:
    """How long one class of evidence of a period is to be kept.

    Attributes:
        period: Such as `2026-10`.
        name: The class.
        name_zh: The same in Chinese.
        ends_on: Last day on which it has to be kept; None for ever.
        may_go: Whether it may be dropped now.
    """

    period: str
    name: str
    name_zh: str
    ends_on: date | None
    may_go: bool


class ArchiveDesk(Desk):
    """Writes packs, holds packs to the log, and says what may go when."""

    def pack(
        self,
        path: str | os.PathLike[str],
        *,
        actor: Actor,
        period: str | None = None,
        reports: Mapping[str, bytes] | None = None,
        reason: str | None = None,
    ) -> Packed:
        """Write a pack of a locked period, as it was when it was locked, or of the whole book.

        The same book gives the same bytes, on SQLite and on PostgreSQL, today and later: what came after the lock is not in it.
        What is personal is in no pack.

        Args:
            path: Folder to make, or a zip file where it ends in `.zip`.
            actor: Who packs.
            period: Such as `2026-10`; None for the whole book.
            reports: Bytes by file name, such as statements as workbooks; kept beside the tables.
            reason: Why.

        Returns:
            The manifest and the entry `archive.packed`; the period is archived from then on and never unlocked.

        Raises:
            CasebookError: The period is not locked.
            InputError: Something lies there already, or it cannot be written.
            NotAllowed: The actor may not pack.
        """
        self.policies.require(require_actor(actor), "archive")
        target = path_of(path)
        left = self._left_behind(target)
        with drafted(target) as draft:
            with self.store.reading() as connection:
                first, until = _stretch(connection, period)
                with as_of(connection, self.projections, until):
                    log = _Log(connection, first, until)
                    manifest = write_pack(
                        draft, tables=_tables(connection, log, period), facts=lambda: log.facts(period), reports=reports
                    )
            return self._keep(draft, target, manifest, period, until, left=left, actor=actor, reason=reason)

    def _left_behind(self, target: Path) -> str | None:
        """Seal of a whole pack that stands there and no entry names: who wrote it was stopped before it could be noted."""
        if os.path.lexists(target):
            with suppress(UnreadableFile):
                found = verify_pack(target)
                if found.holds and found.manifest is not None and not self.verify(target).holds:
                    return found.manifest.seal
        require_free(target)
        return None

    def _keep(
        self,
        draft: Path,
        target: Path,
        manifest: Manifest,
        period: str | None,
        until: int,
        *,
        left: str | None,
        actor: Actor,
        reason: str | None,
    ) -> Packed:
        """Put a pack in its place and note it: what was locked is what is packed, whatever others did meanwhile."""
        with self.store.writing() as connection:
            if period is not None and _stretch(connection, period)[1] != until:
                raise CasebookError(
                    "it was locked anew while it was packed", where=f"period {period}", hint="pack it again"
                )
            if left != manifest.seal:
                put(draft, target)
            known = [one for one in entries(connection, kinds=[_PACKED]) if one.body["seal"] == manifest.seal]
            if known:
                return Packed(manifest=manifest, entry=known[0])
            body = {
                "period": period,
                "seal": manifest.seal,
                "chain": manifest.chain,
                "files": {file.name: file.sha256 for file in manifest.files},
                "log": dict(manifest.log),
            }
            packed = Draft(kind=_PACKED, subject=period, body=body, reason=reason_of(reason))
            noted = self._note(connection, [packed, *_archived(connection, period)], actor=actor)
            return Packed(manifest=manifest, entry=noted[0])

    def verify(self, path: str | os.PathLike[str]) -> PackVerification:
        """Look at every byte of a pack, and whether this book wrote it.

        Raises:
            UnreadableFile: There is nothing, or it cannot be read.
        """
        found = verify_pack(path)
        if found.manifest is None:
            return found
        with self.store.reading() as connection:
            seals = {one.body["seal"] for one in entries(connection, kinds=[_PACKED])}
        if found.manifest.seal in seals:
            return found
        return attrs.evolve(found, faults=(*found.faults, Fault("seal", "no entry of this book's log names it")))

    def packs(self) -> tuple[Entry, ...]:
        """The entries of all packs, in order."""
        with self.store.reading() as connection:
            return tuple(entries(connection, kinds=[_PACKED]))

    def retention(self, period: str, *, today: date) -> tuple[Kept, ...]:
        """How long what a period left behind is to be kept (`domain.md` 6.5), class by class.

        Nothing is dropped by the book itself: it only says what the law no longer asks for. Personal fields are no evidence and
        go by `forget`.

        Args:
            period: Such as `2026-10`.
            today: The day that is asked about.

        Raises:
            CasebookError: It is no month.
        """
        of_kind(today, date, "a day", where="today")
        try:
            day = date.fromisoformat(f"{period}-01")
        except ValueError as cause:
            raise CasebookError("a month such as 2026-10 is needed", where=f"period {period}") from cause
        return tuple(
            Kept(
                period=period,
                name=one.name,
                name_zh=one.name_zh,
                ends_on=one.ends_on(day),
                may_go=one.may_go(day, today=today),
            )
            for one in RETENTION
        )


def _stretch(connection: Connection, period: str | None) -> tuple[int, int]:
    """First and last entry that a pack holds."""
    if period is None:
        # Packing is no part of what is packed: packing twice gives the same.
        said = select(entry.c.seq).where(entry.c.kind != _PACKED).order_by(entry.c.seq.desc()).limit(1)
        return 1, int(connection.scalar(said) or 0)
    now = state_of(connection, period)
    if now.state == "open" or now.seq is None:
        raise CasebookError(
            "it is open: only what is locked is packed", where=f"period {period}", hint="cases.periods.lock(...)"
        )
    others = {
        one.subject: one.seq
        for one in entries(connection, kinds=[_LOCKED])
        if one.seq < now.seq and one.subject != period
    }
    # What was imported for a month before the one before it was locked is in its pack too, and so is what was done for it before
    # that, where earlier months were locked late or it was locked again.
    begun = _begun(connection, period, now.seq)
    before = [seq for seq in sorted(others.values())[:-1] if seq < begun]
    return (before[-1] + 1 if before else 1), now.seq


def _begun(connection: Connection, period: str, until: int) -> int:
    """The first entry about a period: a run of it, or what became of a case or voucher of it."""
    runs = (one.seq for one in entries(connection, kinds=["run"]) if one.body.get("period") == period)
    subjects = (
        select(table.c[name]).where(table.c.period == period)
        for table, name in ((case_now, "case_id"), (voucher_now, "voucher_id"))
    )
    firsts = (connection.scalar(select(func.min(entry.c.seq)).where(entry.c.subject.in_(one))) for one in subjects)
    return min([until, *runs, *(int(seq) for seq in firsts if seq is not None)])


def _archived(connection: Connection, period: str | None) -> list[Draft]:
    """What becomes of the cases of a period that is packed: those that were reviewed are archived."""
    columns = case_now.c
    query = select(columns.case_id).where(columns.period == period, columns.state == CaseState.REVIEWED.value)
    body = {"from": CaseState.REVIEWED.value, "state": CaseState.ARCHIVED.value}
    ids = connection.scalars(query.order_by(columns.case_id))
    return [Draft(kind="decision.archive", subject=case_id, body=body) for case_id in ids]


@attrs.define
class _Log:
    """The stretch of the log in a pack, and where it ends once it was read."""

    connection: Connection
    first: int
    until: int
    previous: str = GENESIS
    head: str = GENESIS

    def rows(self) -> Iterator[dict[str, Any]]:
        """Entries as a pack has them."""
        query = select(entry).where(entry.c.seq >= self.first, entry.c.seq <= self.until).order_by(entry.c.seq)
        with self.connection.execute(query, execution_options={"yield_per": _BATCH}) as result:
            for row in result.mappings():
                if row["seq"] == self.first:
                    self.previous = row["previous"]
                self.head = row["hash"]
                yield {**row, "body": json.loads(row["body"])}

    def facts(self, period: str | None) -> Manifest:
        """What the manifest says of it."""
        log = {"first": self.first, "last": self.until, "previous": self.previous, "head": self.head}
        return Manifest(period=period, software=f"tieout {tieout.__version__}", log=log)

    def of(self, *kinds: str) -> Iterator[Entry]:
        """Entries of some kinds in the stretch."""
        found = entries(self.connection, kinds=kinds, after=self.first - 1)
        return (one for one in found if one.seq <= self.until)


def _tables(connection: Connection, log: _Log, period: str | None) -> dict[str, Iterator[Mapping[str, Any]]]:
    runs = [one for one in log.of("run") if period is None or one.body.get("period") == period]
    return {
        "log": log.rows(),
        "inputs": _said(log.of("import")),
        "configuration": _configuration(runs),
        "runs": _said(iter(runs)),
        "matches": _matches(connection, runs),
        "cases": _rows(connection, case_now, period),
        "attachments": _of_cases(connection, attachment_now, period),
        "claims": _of_cases(connection, claim_now, period),
        "approvals": _of_cases(connection, approval_now, period),
        "vouchers": _vouchers(connection, period),
        "reviews": _reviews(connection, period),
        "periods": _said(one for one in log.of("period.") if period is None or one.subject == period),
    }


def _said(found: Iterator[Entry]) -> Iterator[dict[str, Any]]:
    """What entries say, for people who look for an import or a run: the log itself has them in their chain."""
    for one in found:
        yield {
            "seq": one.seq,
            "at": one.at,
            "actor": one.actor,
            "reason": one.reason,
            "subject": one.subject,
            **one.body,
        }


def _configuration(runs: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    """The settings of each run, tolerances and versions of rate cards among them."""
    for one in runs:
        yield {
            "run": one.seq,
            "reconciliation": one.body.get("reconciliation"),
            "parameters": one.body.get("parameters"),
            "software": f"tieout {tieout.__version__}",
        }


def _ordered(connection: Connection, query: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - a select of any columns
    with connection.execute(query, execution_options={"yield_per": _BATCH}) as result:
        for row in result.mappings():
            yield dict(row)


def _rows(connection: Connection, table: Any, period: str | None) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any table
    query = select(table).order_by(*table.primary_key)
    return _ordered(connection, query if period is None else query.where(table.c.period == period))


def _of_cases(connection: Connection, table: Any, period: str | None) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any table
    query = select(table).order_by(*table.primary_key)
    ours = select(case_now.c.case_id).where(case_now.c.period == period)
    return _ordered(connection, query if period is None else query.where(table.c.case_id.in_(ours)))


def _matches(connection: Connection, runs: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    """The match table: groups that hold, with who made them and their members."""
    scopes = {(one.body.get("reconciliation"), one.body.get("scope")) for one in runs}
    query = (
        select(match_now.c.state, *(one for one in match.c if one.name != "change"))
        .join_from(match_now, match, match.c.id == match_now.c.match_id)
        .order_by(match_now.c.group_id)
    )
    return (
        {**row, "members": json.loads(row["members"])}
        for row in _ordered(connection, query)
        if (row["reconciliation"], row["scope"]) in scopes
    )


def _vouchers(connection: Connection, period: str | None) -> Iterator[dict[str, Any]]:
    """Vouchers as they stand, with their lines."""
    query = (
        select(voucher_now, voucher_content.c.payload)
        .join_from(voucher_now, voucher_content, voucher_content.c.hash == voucher_now.c.content)
        .order_by(
            voucher_now.c.book, voucher_now.c.period, voucher_now.c.word, voucher_now.c.number, voucher_now.c.voucher_id
        )
    )
    if period is not None:
        query = query.where(voucher_now.c.period == period)
    return ({**row, "payload": json.loads(row["payload"])} for row in _ordered(connection, query))


def _reviews(connection: Connection, period: str | None) -> Iterator[dict[str, Any]]:
    """The population, the samples and who signed what off (C36)."""
    facts = [sample_now.c[name] for name in ("reconciliation", "period", "run", "population")]
    query = (
        select(sample_item_now, *facts)
        .join_from(sample_item_now, sample_now, sample_now.c.sample_id == sample_item_now.c.sample_id)
        .order_by(sample_item_now.c.sample_id, sample_item_now.c.item)
    )
    return _ordered(connection, query if period is None else query.where(sample_now.c.period == period))
