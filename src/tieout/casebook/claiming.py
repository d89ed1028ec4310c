"""Claiming: asking couriers and others for money back, from the file that is sent to the credit that comes (C09)."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import polars as pl
from moneyed import Money
from sqlalchemy import Connection, RowMapping, select

from tieout.casebook.actors import Actor, require_actor
from tieout.casebook.canonical import canonical, digest
from tieout.casebook.case_desk import Body, CaseDesk, Cases, Decided, Seen, clean, ids_of
from tieout.casebook.case_tables import claim_now
from tieout.casebook.claim_files import claim_lines, fitting, outstanding
from tieout.casebook.dues import came_back, due_of
from tieout.casebook.given import mapping_of, of_kind
from tieout.casebook.log import Draft, last
from tieout.casebook.proposals import letter, letter_zh
from tieout.casebook.workflow import CaseState, Resolution, next_state
from tieout.errors import CasebookError
from tieout.model import ResponsibleParty
from tieout.model.currency import from_units
from tieout.money import from_minor, to_minor
from tieout.outcome import guarded_expr

__all__ = ["Claim", "ClaimsDesk"]

_PARTIES = ("carrier", "platform", "channel", "supplier")


@attrs.frozen(kw_only=True)
class Claim:
    """What was asked of one party at one time.

    Attributes:
        claim_id: Its id, which goes into the file.
        party: Whom, such as a carrier's code.
        case_ids: Cases that it is for.
        claimed: Sum by currency, positive.
        letter: What to write, in English.
        letter_zh: The same in Chinese.
    """

    claim_id: str
    party: str
    case_ids: tuple[str, ...]
    claimed: tuple[Money, ...]
    letter: str = attrs.field(repr=False)
    letter_zh: str = attrs.field(repr=False)


class ClaimsDesk(CaseDesk):
    """Claims, from sent to accepted or rejected and credited. Each line of a claim is one case."""

    def claim(
        self,
        case_ids: Cases,
        *,
        actor: Actor,
        party: str | None = None,
        reason: str | None = None,
        seen: Seen = None,
    ) -> tuple[Claim, ...]:
        """Claim the amounts of cases, one claim for each party.

        A case that was claimed before is claimed for what is still owed: what was credited for it is not asked for again,
        unless its figures show the credit already.

        Args:
            case_ids: Which; each has to be claimable, with more charged than expected.
            actor: Who claims.
            party: Whom from; the carrier, platform, channel or supplier that a case names unless given.
            reason: Why.
            seen: Versions that the actor looked at.

        Returns:
            The claims, in the order of their parties. `claim_file` gives what to send.

        Raises:
            CasebookError: A case is unknown, nothing can be claimed by it, or it names no party.
            NotAllowed: The actor has not the role.
            InvalidTransition: A case cannot be claimed as it stands.
            DecisionConflict: A case changed since the actor looked at it.
        """
        require_actor(actor)
        ids, said, given = ids_of(case_ids), clean(reason, name="reason"), clean(party, name="party")
        with self.store.writing() as connection:
            rows = self._rows(connection, ids, seen)
            paid = came_back(connection, ids)
            parties: dict[str, list[tuple[Mapping[str, Any], Body]]] = {}
            for row in rows:
                made = self._stepped("claim", row, actor, "claim")
                parties.setdefault(given or _party(row), []).append((due_of(row, paid), made))
            after = last(connection)[0]
            drafts, claims = [], []
            for name, lines in sorted(parties.items()):
                claim = _claim(name, [row for row, _ in lines], after=after)
                claims.append(claim)
                drafts += [
                    Draft(
                        kind="decision.claim",
                        subject=row["case_id"],
                        reason=said,
                        body={**made, "claim_id": claim.claim_id, "party": name, **_line(row)},
                    )
                    for row, made in lines
                ]
            drafts += [
                Draft(
                    kind="claim.sent",
                    subject=claim.claim_id,
                    reason=said,
                    body={"party": claim.party, "lines": len(claim.case_ids), "claimed": list(claim.claimed)},
                )
                for claim in claims
            ]
            self._note(connection, drafts, actor=actor)
        return tuple(claims)

    def claim_accepted(
        self,
        claim_id: str,
        *,
        actor: Actor,
        case_ids: Cases | None = None,
        amounts: Mapping[str, Money] | None = None,
        reference: str | None = None,
        reason: str | None = None,
    ) -> Decided:
        """Note that the party agrees.

        Args:
            claim_id: Which claim.
            actor: Who notes it.
            case_ids: Lines that it agrees to; all that it has not answered yet unless given.
            amounts: What it agrees to where that is less than was claimed, by case id.
            reference: What the party calls it.
            reason: What it says.

        Raises:
            CasebookError: There is no such claim or line, or an amount is not above 0 and at most what was claimed.
            NotAllowed: The actor has not the role.
            InvalidTransition: A line was answered before.
        """
        agreed = _amounts(amounts)

        def body(row: RowMapping, line: RowMapping) -> Body:
            amount = agreed.pop(row["case_id"], None)
            minor = line["claimed_minor"] if amount is None else _minor(amount, line, line["claimed_minor"])
            return {"accepted_minor": minor, "currency": line["currency"]}

        return self._answered(
            "accepted", claim_id, case_ids, actor=actor, body=body, reference=reference, reason=reason, left=agreed
        )

    def claim_rejected(
        self,
        claim_id: str,
        *,
        actor: Actor,
        reason: str,
        case_ids: Cases | None = None,
        reference: str | None = None,
    ) -> Decided:
        """Note that the party refuses, and what it says; the cases are to be resolved or written off then.

        Args:
            claim_id: Which claim.
            actor: Who notes it.
            reason: What the party says; it has to be said.
            case_ids: Lines that it refuses; all that it has not answered yet unless given.
            reference: What the party calls it.

        Raises:
            CasebookError: There is no such claim or line.
            NotAllowed: The actor has not the role.
            InvalidTransition: A line was answered before.
        """
        said = clean(reason, name="reason", needed=True)
        return self._answered(
            "rejected",
            claim_id,
            case_ids,
            actor=actor,
            body=lambda _row, _line: {"accepted_minor": 0},
            reference=reference,
            reason=said,
        )

    def claim_credited(
        self,
        claim_id: str,
        *,
        actor: Actor,
        reference: str,
        case_ids: Cases | None = None,
        amounts: Mapping[str, Money] | None = None,
        reason: str | None = None,
    ) -> Decided:
        """Note that money came back. A case is resolved as `claimed_recovered` once all that was agreed to is there.

        Where what the party did not agree to is more than one person may give up, the case stays open: it is to be resolved as
        `claimed_rejected`, or written off, with the approval that its amount needs.

        Args:
            claim_id: Which claim.
            actor: Who notes it.
            reference: The line that credits it, such as bill and line number.
            case_ids: Lines that are credited; all that were accepted and are not credited yet unless given.
            amounts: What came, by case id, where it is not all that was outstanding.
            reason: What is to be said of it.

        Raises:
            CasebookError: There is no such claim or line, or an amount is more than what is outstanding.
            NotAllowed: The actor has not the role.
            InvalidTransition: A line was not accepted.
        """
        paid = _amounts(amounts)
        named = clean(reference, name="reference", needed=True)
        require_actor(actor)
        with self.store.writing() as connection:
            pairs = self._lines(connection, claim_id, case_ids, line="accepted", case=CaseState.CLAIM_ACCEPTED)
            found = []
            for row, line in pairs:
                next_state("claim_credited", row["state"], case_id=row["case_id"])
                amount = paid.pop(row["case_id"], None)
                rest = line["accepted_minor"] - line["credited_minor"]
                found.append((row, line, rest if amount is None else _minor(amount, line, rest)))
            _require_no_more(paid)
            return self._credit(connection, found, actor=actor, references=[named] * len(found), reason=reason)

    def match_credits(self, credits: pl.DataFrame, *, actor: Actor) -> pl.DataFrame:  # noqa: A002 - the word for it
        """Find the credits of a bill that pay accepted claims, and close their cases.

        A credit fits a line when party, waybill, currency and the amount outstanding are the same, and no second credit or line
        has the same four: which of two equal ones is meant, a person has to say by `claim_credited`.

        Args:
            credits: `party`, `tracking_no`, `currency`, `amount_minor` (positive, smallest units) and `reference`, one row a
                credit.
            actor: Who does it.

        Returns:
            The credits with `case_id` and `claim_id` that they closed, null where they fit none or more than one.

        Raises:
            InputError: A column is missing.
            NotAllowed: The actor has not the role.
        """
        require_actor(actor)
        with self.store.writing() as connection:
            fitted = fitting(credits, outstanding(connection))
            by_case = {row["case_id"]: row for row in fitted.drop_nulls("case_id").iter_rows(named=True)}
            rows = self._rows(connection, list(by_case))
            held = self._held(connection, {row["claim_id"] for row in by_case.values()})
            found, names = [], []
            for row in rows:
                credit = by_case[row["case_id"]]
                found.append((row, held[credit["claim_id"], row["case_id"]], credit["amount_minor"]))
                names.append(clean(credit["reference"], name="reference", needed=True))
            self._credit(connection, found, actor=actor, references=names, reason=None)
        return fitted

    def came_back(self) -> pl.DataFrame:
        """What was credited for cases that can be claimed and that their figures do not show: `case_id`, `came_back_minor`.

        A claim of such a case asks for its impact without this.
        """
        with self.store.reading() as connection:
            query = select(claim_now.c.case_id).where(claim_now.c.credited_minor > 0).distinct()
            found = came_back(connection, connection.scalars(query).all())
        schema = {"case_id": pl.String, "came_back_minor": pl.Int64}
        return pl.DataFrame(sorted(found.items()), schema=schema, orient="row")

    def claim_file(self, claim_id: str) -> pl.DataFrame:
        """What to send to the party: one row a line, amounts as decimal text, the largest first.

        Columns: claim_id, party, tracking_no, bill_no, billed, expected, claimed, currency, type, reason, evidence, case_id.

        Raises:
            CasebookError: There is no such claim.
        """
        with self.store.reading() as connection:
            return claim_lines(connection, claim_id)

    def write_claim_file(self, claim_id: str, path: str | Path) -> int:
        """Write `claim_file` as CSV (UTF-8 with BOM), with cells guarded that a spreadsheet would take for a formula.

        Returns:
            How many lines it has.

        Raises:
            CasebookError: There is no such claim, or the file cannot be written.
        """
        frame = self.claim_file(claim_id)
        try:
            frame.select(guarded_expr(frame)).write_csv(Path(path), include_bom=True)
        except OSError as cause:
            raise CasebookError(f"it cannot be written: {cause.strerror}", where="path") from cause
        return frame.height

    def _answered(
        self,
        how: str,
        claim_id: str,
        case_ids: Cases | None,
        *,
        actor: Actor,
        body: Callable[[RowMapping, RowMapping], Body],
        reference: str | None,
        reason: str | None,
        left: Mapping[str, Money] | None = None,
    ) -> Decided:
        require_actor(actor)
        common = {"claim_id": claim_id, "reference": clean(reference, name="reference")}
        said = clean(reason, name="reason")
        with self.store.writing() as connection:
            drafts = []
            for row, line in self._lines(connection, claim_id, case_ids, line="sent", case=CaseState.CLAIMED):
                self._require(actor, "claim", row)
                state = next_state(f"claim_{how}", row["state"], case_id=row["case_id"])
                made = {**common, **body(row, line), "from": row["state"], "state": state.value}
                drafts.append(Draft(kind=f"claim.{how}", subject=row["case_id"], body=made, reason=said))
            _require_no_more(left or {})
            new = self._note(connection, drafts, actor=actor)
        return Decided(entries=new, case_ids=tuple(str(draft.subject) for draft in drafts))

    def _credit(
        self,
        connection: Connection,
        found: Sequence[tuple[RowMapping, RowMapping, int]],
        *,
        actor: Actor,
        references: Sequence[str | None],
        reason: str | None,
    ) -> Decided:
        said = clean(reason, name="reason")
        drafts = []
        for (row, line, minor), reference in zip(found, references, strict=True):
            self._require(actor, "claim", row)
            to = next_state("claim_credited", row["state"], case_id=row["case_id"])
            made: Body = {"claim_id": line["claim_id"], "credited_minor": minor, "reference": reference}
            made["currency"] = line["currency"]
            if line["credited_minor"] + minor >= line["accepted_minor"] and not self._gives_up(line):
                made |= {"from": row["state"], "state": to.value, "resolution": Resolution.CLAIMED_RECOVERED.value}
            drafts.append(Draft(kind="claim.credited", subject=row["case_id"], body=made, reason=said))
        new = self._note(connection, drafts, actor=actor)
        return Decided(entries=new, case_ids=tuple(row["case_id"] for row, _, _ in found))

    def _gives_up(self, line: RowMapping) -> bool:
        """Whether more was claimed than agreed to, by an amount that nobody gives up alone."""
        lost = line["claimed_minor"] - line["accepted_minor"]
        return self.policies.needs_approval(Resolution.CLAIMED_REJECTED, lost, line["currency"]) is not None

    def _lines(
        self, connection: Connection, claim_id: str, case_ids: Cases | None, *, line: str, case: CaseState
    ) -> list[tuple[RowMapping, RowMapping]]:
        """Cases of a claim with their lines; where none are named, those whose line and case both wait for it.

        A case may have ended otherwise, or be claimed anew, while its line stands as the party left it.
        """
        held = self._held(connection, {of_kind(claim_id, str, "the id of one claim", where="claim_id")})
        if not held:
            raise CasebookError("there is no such claim", where=f"claim {claim_id}")
        if case_ids is None:
            waiting = [case_id for (_, case_id), one in sorted(held.items()) if one["state"] == line]
            rows = [
                row for row in self._rows(connection, waiting) if row["state"] == case and row["claim_id"] == claim_id
            ]
            if not rows:
                raise CasebookError(f"no line of it is {line}", where=f"claim {claim_id}")
            return [(row, held[claim_id, row["case_id"]]) for row in rows]
        ids = ids_of(case_ids)
        strange = [one for one in ids if (claim_id, one) not in held]
        if strange:
            raise CasebookError(f"case {strange[0]} is no line of it", where=f"claim {claim_id}")
        rows = self._rows(connection, ids)
        for row in rows:
            if row["claim_id"] != claim_id:
                raise CasebookError(f"it was claimed anew by {row['claim_id']}", where=f"case {row['case_id']}")
        return [(row, held[claim_id, row["case_id"]]) for row in rows]

    @staticmethod
    def _held(connection: Connection, claims: Iterable[str]) -> dict[tuple[str, str], RowMapping]:
        found: dict[tuple[str, str], RowMapping] = {}
        for claim_id in sorted(claims):
            query = select(claim_now).where(claim_now.c.claim_id == claim_id)
            found |= {(claim_id, row["case_id"]): row for row in connection.execute(query).mappings()}
        return found


def _party(row: RowMapping) -> str:
    keys: Mapping[str, str] = json.loads(row["keys"])
    found = next((keys[name] for name in _PARTIES if keys.get(name)), None)
    if found is None:
        raise CasebookError("it names nobody to claim from", where=f"case {row['case_id']}", hint="say party=...")
    return found


def _line(row: Mapping[str, Any]) -> Body:
    """What is asked for by one case."""
    if not row["claimable"] or row["impact_minor"] <= 0 or row["currency"] is None:
        told = (
            "the other side owes nothing by the contract"
            if not row["claimable"]
            else "too much was not charged, or it came back"
        )
        raise CasebookError(f"nothing can be claimed by it: {told}", where=f"case {row['case_id']}")
    keys: Mapping[str, str] = json.loads(row["keys"])
    return {
        "currency": row["currency"],
        "claimed_minor": row["impact_minor"],
        "billed_minor": row["actual_minor"],
        "expected_minor": row["expected_minor"],
        "bill_no": keys.get("bill_no", keys.get("invoice_ids")),
        "tracking_no": keys.get("tracking_no"),
        "type": row["type"],
        "reason": row["reason"],
    }


def _claim(party: str, rows: Sequence[Mapping[str, Any]], *, after: int) -> Claim:
    """A claim with an id of its own: the party, the cases, and after which entry."""
    ids = tuple(row["case_id"] for row in rows)
    sums: dict[str, int] = {}
    for row in rows:
        if row["currency"] is not None:
            sums[row["currency"]] = sums.get(row["currency"], 0) + row["impact_minor"]
    sort = ResponsibleParty.COURIER.value if all(row["type"].startswith("courier.") for row in rows) else "-"
    return Claim(
        claim_id=digest(canonical([party, sorted(ids), after]))[:16],
        party=party,
        case_ids=ids,
        claimed=tuple(from_minor(minor, code) for code, minor in sorted(sums.items())),
        letter=letter(rows, party=party, responsible=sort),
        letter_zh=letter_zh(rows, party=party, responsible=sort),
    )


def _minor(amount: Money, line: RowMapping, most: int) -> int:
    """An amount of a line in smallest units, above 0 and not more than there is."""
    where = f"case {line['case_id']}"
    given: object = amount
    if not isinstance(given, Money) or given.currency.code != line["currency"]:
        raise CasebookError(f"an amount in {line['currency']} is needed, got {amount}", where=where)
    minor = to_minor(amount)
    if not 0 < minor <= most:
        bound = from_units(most, line["currency"])
        raise CasebookError(f"an amount above 0 and at most {bound} is needed, got {amount.amount}", where=where)
    return minor


def _amounts(given: Mapping[str, Money] | None) -> dict[str, Money]:
    return {} if given is None else dict(mapping_of(given, "amounts by case id", where="amounts"))


def _require_no_more(left: Mapping[str, Money]) -> None:
    if left:
        raise CasebookError(f"case {next(iter(left))} is not among the lines", where="amounts")
