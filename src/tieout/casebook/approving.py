"""Approving: what gives money up or moves it needs somebody else, and the larger the amount the higher."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, RowMapping, select

from tieout.casebook.actors import Actor, Role, require_actor
from tieout.casebook.case_desk import CaseDesk, Cases, Decided, Seen, clean, ids_of, proposals_of
from tieout.casebook.case_tables import approval_now
from tieout.casebook.ending import finish
from tieout.casebook.log import Draft
from tieout.casebook.workflow import next_state
from tieout.errors import CasebookError, DecisionConflict, NotAllowed

__all__ = ["ApprovalsDesk"]

_AT_ONCE = 500


class ApprovalsDesk(CaseDesk):
    """Giving and refusing the approvals that decisions about cases wait for."""

    def approve(self, case_ids: Cases, *, actor: Actor, reason: str | None = None, seen: Seen = None) -> Decided:
        """Give the approval that cases wait for, and do what was asked.

        Args:
            case_ids: Which; for all of them or for none.
            actor: Who approves: of the level that the amount needs or above, and not the one who asked.
            reason: Why.
            seen: Versions that they looked at.

        Raises:
            CasebookError: A case is unknown, or waits for no approval.
            NotAllowed: The actor asked for it, or their level is too low.
            DecisionConflict: The case changed since they looked at it, or its amount since it was asked for.
            InvalidTransition: The case cannot go there any more.
        """
        require_actor(actor)
        said = clean(reason, name="reason")
        with self.store.writing() as connection:
            pairs = self._asked(connection, case_ids, seen)
            made = []
            for row, approval in pairs:
                self._require_checker(actor, row, approval)
                _require_same_amount(row, approval)
                state = next_state(approval["action"], row["state"], case_id=row["case_id"])
                decision = {**json.loads(approval["decision"]), "from": row["state"], "state": state.value}
                made.append((row, {**decision, "maker": approval["maker"], "approval": approval["approval_id"]}))
            finish(connection, self.policies, made)
            drafts = [
                *(self._answer("given", approval, said) for _, approval in pairs),
                *(
                    Draft(
                        kind=f"decision.{approval['action']}",
                        subject=row["case_id"],
                        body=body,
                        reason=approval["reason"],
                    )
                    for (_, approval), (row, body) in zip(pairs, made, strict=True)
                ),
            ]
            new = self._note(connection, drafts, actor=actor)
        ids = tuple(row["case_id"] for row, _ in pairs)
        return Decided(entries=new, case_ids=ids, proposals=proposals_of(made))

    def refuse(self, case_ids: Cases, *, actor: Actor, reason: str, seen: Seen = None) -> Decided:
        """Refuse the approval that cases wait for; the one who asked may take it back the same way.

        Args:
            case_ids: Which; for all of them or for none.
            actor: Who refuses.
            reason: Why; it has to be said.
            seen: Versions that they looked at.

        Raises:
            CasebookError: A case is unknown, or waits for no approval.
            NotAllowed: The actor's level is too low, and they did not ask for it.
            DecisionConflict: The case changed since they looked at it.
        """
        require_actor(actor)
        said = clean(reason, name="reason", needed=True)
        with self.store.writing() as connection:
            pairs = self._asked(connection, case_ids, seen)
            for row, approval in pairs:
                if approval["maker"] != actor.name:
                    self._require_level(actor, row, approval)
            new = self._note(
                connection, [self._answer("refused", approval, said) for _, approval in pairs], actor=actor
            )
        return Decided(entries=new, case_ids=tuple(row["case_id"] for row, _ in pairs))

    @staticmethod
    def _answer(how: str, approval: RowMapping, reason: str | None) -> Draft:
        body = {"approval": approval["approval_id"], "action": approval["action"], "awaits": None}
        return Draft(kind=f"approval.{how}", subject=approval["case_id"], body=body, reason=reason)

    def _asked(self, connection: Connection, case_ids: Cases, seen: Seen) -> Sequence[tuple[RowMapping, RowMapping]]:
        rows = self._rows(connection, ids_of(case_ids), seen)
        waiting: dict[str, RowMapping] = {}
        ids = [row["case_id"] for row in rows]
        for start in range(0, len(ids), _AT_ONCE):
            columns = approval_now.c
            query = select(approval_now).where(
                columns.case_id.in_(ids[start : start + _AT_ONCE]), columns.state == "asked"
            )
            waiting |= {row["case_id"]: row for row in connection.execute(query).mappings()}
        for one in ids:
            if one not in waiting:
                raise CasebookError("it waits for no approval", where=f"case {one}")
        return [(row, waiting[row["case_id"]]) for row in rows]

    def _require_checker(self, actor: Actor, row: RowMapping, approval: RowMapping) -> None:
        if approval["maker"] == actor.name:
            raise NotAllowed(
                f"{actor.name} asked for it and cannot approve it",
                where=f"case {row['case_id']}",
                hint="nobody approves their own work, an administrator neither",
            )
        self._require_level(actor, row, approval)

    def _require_level(self, actor: Actor, row: RowMapping, approval: RowMapping) -> None:
        roles = self.policies.roles_of(approval["level"], owner=row["owner"], escalate_to=self._lead(row))
        if Role.ADMIN not in actor.roles and actor.roles.isdisjoint(roles):
            theirs = ", ".join(sorted(actor.roles)) or "no role"
            raise NotAllowed(
                f"{actor.name} ({theirs}) may not approve {approval['action']} of this amount",
                where=f"case {row['case_id']}",
                hint=f"it takes one of: {', '.join(roles)}",
            )


def _require_same_amount(row: RowMapping, approval: Mapping[str, object] | RowMapping) -> None:
    if (row["impact_minor"], row["currency"]) != (approval["amount_minor"], approval["currency"]):
        asked = int(str(approval["approval_id"]))
        raise DecisionConflict(
            f"it was asked for {approval['amount_minor']} {approval['currency']} in smallest units, "
            f"the case is about {row['impact_minor']} {row['currency']} now",
            where=f"case {row['case_id']}",
            seen=asked,
            entry=row["version"],
            hint="refuse it, and decide anew",
        )
