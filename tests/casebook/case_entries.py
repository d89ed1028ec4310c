"""Entries of cases, as a run would write them."""

from types import SimpleNamespace

import polars as pl

from tieout.casebook import SYSTEM, Actor
from tieout.casebook.log import Draft, last
from tieout.casebook.matches import clues_digest, rows_digest
from tieout.casebook.record_views import Committed
from tieout.casebook.sealing import committed_seals, keep_personal_rows

ROOT = Actor("root", roles=["admin"])


def body(**others):
    """What a run says of a case that it opens."""
    return {
        "reconciliation": "courier_bill",
        "discrepancy_id": "d1",
        "type": "courier.overweight",
        "severity": "low",
        "currency": "CNY",
        "impact_minor": 90,
        "expected_minor": 260,
        "actual_minor": 350,
        "claimable": True,
        "keys": {"carrier": "sf", "tracking_no": "SF1"},
        "evidence": {"ours": "0.86", "theirs": "1.30"},
        "reason": "billed 1.30 kg",
        "reason_zh": "计费重量偏高",
        "owner": "logistics",
        "due_on": "2026-10-10",
        "period": "2026-10",
        "run": 1,
        **others,
    }


def note(cases, kind, subject="c1", *, actor=SYSTEM, reason=None, **said):
    """Write one entry."""
    with cases.store.writing() as connection:
        return cases._note(connection, [Draft(kind=kind, subject=subject, body=said, reason=reason)], actor=actor)[0]


def outcome(count):
    """Parcels whose weight differs by what a tolerance takes in."""
    units = pl.DataFrame(
        {"unit": range(count), "currency": "CNY", "gap_minor": 1, "verdict": "within tolerance"},
        schema_overrides={"unit": pl.Int64, "gap_minor": pl.Int64},
    )
    lines = {"unit": range(count), "source_file": "bill.csv", "source_sha256": "ab", "source_line": range(2, count + 2)}
    return SimpleNamespace(reconciliation="courier_bill", units=units, records={"charges": pl.DataFrame(lines)})


def run(cases, run_id="r1", *, count=20, actor=ROOT, period="2026-10"):
    note(
        cases, "run", run_id, actor=actor,
        reconciliation="courier_bill", period=period, scope="s", run_id=run_id, result_hash="h", parameters={"tolerance": "0.01"}, matches_written=rows_digest(()), clues_written=clues_digest(()),
    )  # fmt: skip
    return SimpleNamespace(run_id=run_id, outcome=outcome(count))


def month_of(cases, wang, li):
    """A run with one case that was resolved, one that was written off, one small one that is over, and a link."""
    made = run(cases)
    over = {"state": "resolved", "resolution": "corrected_source"}
    note(cases, "case.opened", "c1", **body(severity="high", impact_minor=90_000))
    note(cases, "decision.resolve", "c1", actor=wang, **over)
    note(cases, "case.opened", "c2", **body(discrepancy_id="d2"))
    note(cases, "decision.write_off", "c2", actor=li, **{**over, "resolution": "written_off", "maker": "wang"})
    note(cases, "case.opened", "c3", **body(discrepancy_id="d3"))
    note(cases, "decision.resolve", "c3", actor=wang, **over)
    note(cases, "decision.link", None, actor=wang, reconciliation="courier_bill", reason="one parcel")
    return made


def keep_personal(cases, *rows, **said):
    """Write personal fields (version, pseudonym, fields) as an import that brings nothing else would."""
    counts = {"edited": 0, "deleted": 0, "holdings": 0}
    with cases.store.writing() as connection:
        seals = keep_personal_rows(connection, rows, seq=last(connection)[0] + 1)
        committed = Committed()
        committed.add(committed_seals(sorted(seals)))
        draft = Draft(kind="import", body={**counts, "digest": committed.digest, **said})
        cases._note(connection, [draft], actor=SYSTEM)
