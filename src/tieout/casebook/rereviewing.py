"""Re-reviewing: a closed period is run again with what is known today, and only what differs is told (`domain.md` 6.4, C11)."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from sqlalchemy import Connection, select

from tieout.casebook.actors import SYSTEM, Actor, require_actor
from tieout.casebook.canonical import canonical, digest
from tieout.casebook.closed_periods import REVIEW, REVIEW_TYPE
from tieout.casebook.findings import CaseChanges
from tieout.casebook.given import reason_of
from tieout.casebook.log import Draft, Entry
from tieout.casebook.overlay import overlay
from tieout.casebook.periods import last_runs
from tieout.casebook.redirecting import open_period
from tieout.casebook.running import Runnable, RunsDesk, Told, outcome_of
from tieout.casebook.schema import case_now
from tieout.errors import CasebookError
from tieout.model.currency import from_units

__all__ = ["REVIEW", "Change", "Rereview", "RereviewsDesk"]

_ZH = {"opened": "新增差异", "changed": "差异变动", "reopened": "差异重现", "gone": "差异消失", "result": "结果变动"}


@attrs.frozen(kw_only=True)
class Change:
    """One thing that a closed period would say otherwise today.

    Attributes:
        change: `opened`, `changed`, `reopened`, `gone`; `result` where no case differs, but matches, events or the proof do.
        case_id: The case of the closed period that it is about; None for `result`.
        type: Its type.
        currency: ISO 4217 code; None where no money is in it.
        before_minor: Its impact as it was closed, smallest units; 0 where it was not there.
        after_minor: Its impact today; 0 where it is gone.
        new_case: The case that this change is, of type `general.rereview_change`.
    """

    change: str
    case_id: str | None
    type: str
    currency: str | None
    before_minor: int
    after_minor: int
    new_case: str


@attrs.frozen(kw_only=True)
class Rereview:
    """What running a closed period again gave.

    Attributes:
        period: The period.
        run: Number of the entry of the run that is stored.
        stored_hash: The result hash that it stored.
        result_hash: The result hash of today.
        changes: What differs, case by case; empty when the result was reproduced.
        entry: Number of the entry that says so.
    """

    period: str
    run: int
    stored_hash: str
    result_hash: str
    changes: tuple[Change, ...]
    entry: int

    @property
    def is_reproduced(self) -> bool:
        """Whether today's result is the stored one."""
        return self.stored_hash == self.result_hash


class RereviewsDesk(RunsDesk):
    """Runs closed periods again; the runs, matches and cases of the period stay as they are."""

    def rerun(
        self,
        reconciliation: Runnable,
        *,
        actor: Actor,
        period: str,
        scope: str | None = None,
        reason: str | None = None,
        **sides: Any,  # noqa: ANN401 - whatever the reconciliation takes
    ) -> Rereview:
        """Run a reconciliation of a closed period again and tell what differs from what is stored; `cases.reviews.rerun` is this.

        Each difference is a case `general.rereview_change` of the next open period. The same differences again open none.

        Args:
            reconciliation: Such as `Payout(as_of=...)`, with the settings of the stored run.
            actor: Who runs it.
            period: The period, as the run named it.
            scope: As the run named it.
            reason: Why.
            **sides: As its `run` takes them: the records as they are known today.

        Raises:
            CasebookError: No such run is stored, or what was handed in gives no outcome.
            NotAllowed: The actor may not run reconciliations.
        """
        self.policies.require(require_actor(actor), "run")
        found = outcome_of(reconciliation, sides)
        found, inputs = self._inputs(found, sides)
        with self.store.writing() as connection:
            overlaid = overlay(found, inputs.named, self._decisions_about(connection, found.reconciliation))
            told = Told(overlaid, inputs, found=found, period=period, scope=scope)
            stored = _stored(connection, period, found.reconciliation, told.scope)
            compared = self._compared(connection, told)
            target = open_period(connection, period)
            changes: list[tuple[Change, dict[str, Any]]] = []
            if compared.hash != stored.body["result_hash"]:
                changes = [
                    self._change(*one, target=target, stored=stored) for one in _differing(connection, compared.changes)
                ]
            said = {
                "reconciliation": found.reconciliation,
                "period": period,
                "run": stored.seq,
                "stored_hash": stored.body["result_hash"],
                "result_hash": compared.hash,
                "changes": [attrs.asdict(change) for change, _ in changes],
            }
            draft = Draft(kind="review.rerun", subject=stored.subject, body=said, reason=reason_of(reason))
            noted = self._note(connection, [draft], actor=actor)[0]
            self._note(connection, list(_new_cases(connection, changes)), actor=SYSTEM)
        return Rereview(
            period=period,
            run=stored.seq,
            stored_hash=said["stored_hash"],
            result_hash=compared.hash,
            changes=tuple(change for change, _ in changes),
            entry=noted.seq,
        )

    def _change(
        self,
        kind: str,
        case_id: str | None,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        *,
        target: str,
        stored: Entry,
    ) -> tuple[Change, dict[str, Any]]:
        """A change, and the body of the entry that opens its case."""
        currency = after.get("currency") or before.get("currency")
        was, now = int(before.get("impact_minor") or 0), int(after.get("impact_minor") or 0)
        name = str(after.get("type") or before.get("type") or stored.body["reconciliation"])
        told = (
            f"{kind} {case_id or stored.subject} {was} {now} {after.get('figures') or ''} {after.get('content') or ''}"
        )
        discrepancy = digest(canonical([REVIEW, stored.body["reconciliation"], told]))[:16]
        new_case = digest(canonical([REVIEW, discrepancy]))[:16]
        amount = from_units(now - was, currency) if currency is not None else from_units(0, self.policies.currency)
        handling = self.policies.handling(
            REVIEW_TYPE, amount=amount, currency=currency, on=self.policies.day_of(self.clock())
        )
        change = Change(
            change=kind,
            case_id=case_id,
            type=name,
            currency=currency,
            before_minor=was,
            after_minor=now,
            new_case=new_case,
        )
        body = {
            "reconciliation": REVIEW,
            "discrepancy_id": discrepancy,
            "type": REVIEW_TYPE,
            "severity": handling.severity.value,
            "currency": currency,
            "impact_minor": now - was,
            "expected_minor": was,
            "actual_minor": now,
            "claimable": False,
            "keys": after.get("keys") or {},
            "evidence": {
                "change": kind,
                "of": case_id,
                "type": name,
                "reconciliation": stored.body["reconciliation"],
                "closed_period": stored.body.get("period"),
            },
            "reason": f"the closed period {stored.body.get('period')} says otherwise today: {name} {kind}",
            "reason_zh": f"已关账期间{stored.body.get('period')}复核变动：{_ZH[kind]}",
            "next_step": handling.playbook,
            "next_step_zh": handling.playbook_zh,
            "period": target,
            "owner": handling.owner,
            "escalate_to": handling.escalate_to,
            "due_on": handling.due_on.isoformat(),
            "run": stored.seq,
            "records": list(after.get("records") or ()),
        }
        return change, body


def _stored(connection: Connection, period: str, reconciliation: str, scope: str) -> Entry:
    runs = [one for one in last_runs(connection, period) if one.body.get("reconciliation") == reconciliation]
    found = [one for one in runs if one.body.get("scope") == scope]
    if not found:
        known = f"{len(runs):,} with other settings" if runs else "none"
        raise CasebookError(
            f"no run with these settings is stored, {known}", where=f"{reconciliation}, period {period}"
        )
    return found[-1]


def _differing(
    connection: Connection, changes: CaseChanges
) -> Iterator[tuple[str, str | None, Mapping[str, Any], Mapping[str, Any]]]:
    """Kind, case, what was and what is, of each case that differs; the result itself where none does."""
    count = 0
    for kind, bodies in (("opened", changes.opened), ("changed", changes.changed), ("reopened", changes.reopened)):
        for case_id, body in bodies.items():
            count += 1
            yield kind, case_id, {} if kind != "changed" else _case(connection, case_id), body
    for case_id in changes.gone:
        count += 1
        yield "gone", case_id, _case(connection, case_id), {}
    if not count:
        yield "result", None, {}, {}


def _case(connection: Connection, case_id: str) -> Mapping[str, Any]:
    row = connection.execute(select(case_now).where(case_now.c.case_id == case_id)).mappings().one()
    return {name: row[name] for name in ("type", "currency", "impact_minor")}


def _new_cases(connection: Connection, changes: list[tuple[Change, dict[str, Any]]]) -> Iterator[Draft]:
    for change, body in changes:
        known = connection.scalar(select(case_now.c.case_id).where(case_now.c.case_id == change.new_case))
        if known is None:
            yield Draft(kind="case.opened", subject=change.new_case, body=body)
