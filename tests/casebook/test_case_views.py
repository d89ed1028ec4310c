import json

import sqlalchemy as sa

from casebook import case_entries
from tieout.casebook import SYSTEM
from tieout.casebook.case_tables import case_span
from tieout.casebook.log import Draft
from tieout.casebook.schema import case_now


def body(**others):
    """A case whose reason looks like SQL."""
    return case_entries.body(**{"reason": "billed 1.30 kg; DROP TABLE case_now; --", **others})


def note(cases, kind, subject="c1", *, actor=SYSTEM, **said):
    with cases.store.writing() as connection:
        return cases._note(connection, [Draft(kind=kind, subject=subject, body=said)], actor=actor)[0]


def row(cases, case_id="c1"):
    with cases.store.reading() as connection:
        return dict(connection.execute(sa.select(case_now).where(case_now.c.case_id == case_id)).mappings().one())


def test_a_case_opens_with_what_the_run_says(cases):
    entry = note(cases, "case.opened", **body())

    found = row(cases)
    assert (found["state"], found["is_open"], found["version"], found["opened_at"]) == (
        "open",
        True,
        entry.seq,
        entry.at,
    )
    assert (found["impact_minor"], found["owner"], found["due_on"], found["entity"]) == (
        90,
        "logistics",
        "2026-10-10",
        "carrier/sf",
    )
    assert json.loads(found["keys"]) == {"carrier": "sf", "tracking_no": "SF1"}
    assert (found["reason"], found["last_run"]) == ("billed 1.30 kg; DROP TABLE case_now; --", 1)


def test_a_changed_case_takes_the_new_figures_and_keeps_what_people_set(cases):
    note(cases, "case.opened", **body())
    note(cases, "decision.assign", state="assigned", assignee="wang", owner="finance")
    entry = note(cases, "case.changed", **body(impact_minor=120, owner="logistics", run=4, keys={"carrier": "sf"}))

    found = row(cases)
    assert (found["impact_minor"], found["owner"], found["assignee"], found["state"]) == (
        120,
        "finance",
        "wang",
        "assigned",
    )
    assert (found["version"], found["last_run"], json.loads(found["keys"])) == (entry.seq, 4, {"carrier": "sf"})


def test_what_no_run_finds_any_more_is_resolved_by_its_source(cases):
    note(cases, "case.opened", **body())
    entry = note(cases, "case.gone", run=2)

    found = row(cases)
    assert (found["state"], found["is_open"], found["is_gone"], found["resolution"]) == (
        "resolved",
        False,
        True,
        "corrected_source",
    )
    assert (found["resolved_at"], found["resolved_by"], found["last_run"]) == (entry.at, "tieout", 2)


def test_a_claim_that_was_sent_stays_open_when_its_finding_is_gone_and_an_end_stays_as_it_was(cases):
    note(cases, "case.opened", "c1", **body())
    note(cases, "case.opened", "c2", **body(discrepancy_id="d2"))
    note(cases, "decision.claim", "c1", state="claimed")
    note(cases, "decision.resolve", "c2", state="resolved", resolution="false_positive", maker="wang")
    note(cases, "case.gone", "c1")
    note(cases, "case.gone", "c2")

    assert [(one["state"], one["is_open"], one["is_gone"]) for one in (row(cases, "c1"), row(cases, "c2"))] == [
        ("claimed", True, True),
        ("resolved", False, True),
    ]
    assert (row(cases, "c2")["resolution"], row(cases, "c2")["resolved_by"]) == ("false_positive", "wang")


def test_a_case_that_comes_back_is_open_again_without_its_old_end(cases):
    note(cases, "case.opened", **body())
    note(cases, "decision.resolve", state="resolved", resolution="false_positive", cause="x", responsible="courier")
    note(cases, "case.reopened", impact_minor=200)

    found = row(cases)
    assert (found["state"], found["is_open"], found["is_gone"], found["impact_minor"]) == ("reopened", True, False, 200)
    assert {None} == {found[name] for name in ("resolution", "cause", "responsible", "resolved_at", "resolved_by")}


def test_an_entry_that_says_nothing_of_the_state_only_counts(cases):
    note(cases, "case.opened", **body())
    note(cases, "decision.comment", text="x")
    note(cases, "decision.attach", ref="crm/1")
    entry = note(cases, "decision.link")

    found = row(cases)
    assert (found["comments"], found["attachments"], found["state"], found["version"]) == (1, 1, "open", entry.seq)


def test_a_span_that_ended_keeps_its_end_when_the_case_ends_again(cases):
    note(cases, "case.opened", **body())
    ended = note(cases, "decision.resolve", state="resolved", resolution="false_positive")
    note(cases, "decision.reopen", state="reopened")
    again = note(cases, "decision.resolve", state="resolved", resolution="false_positive")

    with cases.store.reading() as connection:
        closed = connection.execute(sa.select(case_span.c.closed_at).order_by(case_span.c.seq)).scalars().all()
    assert closed == [ended.at, again.at]
    assert cases.verify().holds
