"""A closed period is run again: the stored result is reproduced, or only what differs is told (C11)."""

import attrs
import pytest
from moneyed import Money

from casebook.runs_world import AS_OF, payout, run, states
from tieout.casebook import Actor, Part
from tieout.errors import CasebookError, NotAllowed
from tieout.model import Payout as PayoutRecord
from tieout.model import Settlement
from tieout.reconciliations import Payout
from tieout.tables import Table

ZHAO = Actor("zhao", roles=["auditor"])


@pytest.fixture
def closed(cases, books, wang, li):
    """October's payouts, whose cases are carried on, locked."""
    made = run(cases, books, wang, period="2026-10")
    cases.reviews.sample(made, actor=li)
    cases.periods.lock("2026-10", actor=li, reason="month end", carry=made.opened)
    return cases


def rerun(cases, books, actor):
    return cases.reviews.rerun(
        Payout(as_of=AS_OF), actor=actor, period="2026-10", reason="quarterly", settlements=books[0], payouts=books[1]
    )


def test_running_a_closed_period_again_reproduces_the_stored_hash(closed, books, li):
    before = states(closed)

    found = rerun(closed, (books[0][::-1], books[1][::-1]), li)

    assert found.is_reproduced
    assert found.changes == ()
    assert states(closed) == before
    assert closed.verify().holds


def test_a_late_record_shows_one_changed_item_and_the_closed_period_stays_as_it_was(closed, books, li):
    late = (books[0], [*books[1], payout("D", 6, 400)])

    found = rerun(closed, late, li)

    assert not found.is_reproduced
    assert [(one.change, one.type, one.before_minor, one.after_minor) for one in found.changes] == [
        ("gone", "payout.missing", -400, 0)
    ]
    (new,) = [row for row in states(closed) if row[0] == "general.rereview_change"]
    assert new == ("general.rereview_change", 400, "open", False)
    assert ("payout.missing", -400, "open", False) in states(closed)
    case = closed.case(found.changes[0].new_case)
    assert (case.period, case.reconciliation, case.evidence["of"]) == ("2026-11", "rereview", found.changes[0].case_id)
    assert rerun(closed, late, li).changes == found.changes
    assert len(states(closed)) == 4, "the same difference again opens no second case"
    assert closed.verify().holds


def test_a_changed_figure_is_told_with_what_it_was(closed, books, li):
    dearer = [payout("A", 3, 1) if one.payout_id == "P-A" else one for one in books[1]]

    kinds = {one.change for one in rerun(closed, (books[0], dearer), li).changes}

    assert kinds <= {"opened", "changed", "gone"}
    assert kinds


def test_a_closed_period_takes_no_run(closed, books, wang):
    before = closed.head
    with pytest.raises(CasebookError, match="period 2026-10: it is locked: a run of it is a re-review"):
        run(closed, books, wang, period="2026-10")
    assert closed.head == before
    run(closed, books, wang, period="2026-11")


def test_what_was_never_run_cannot_be_run_again(closed, books, li):
    with pytest.raises(CasebookError, match="no run with these settings is stored, none"):
        closed.reviews.rerun(Payout(as_of=AS_OF), actor=li, period="2026-09", settlements=books[0], payouts=books[1])
    with pytest.raises(CasebookError, match="no run with these settings is stored, 1 with other settings"):
        closed.reviews.rerun(
            Payout(as_of=AS_OF), actor=li, period="2026-10", scope="shop 2", settlements=books[0], payouts=books[1]
        )
    with pytest.raises(NotAllowed):
        rerun(closed, books, ZHAO)


@pytest.fixture
def imported(cases, books, wang, li):
    """October's payouts from records of the book: one case is over, the others are carried on, and the month is locked."""
    cases.import_records(Table.from_records(books[0], Settlement), actor=wang, source="settlements")
    cases.import_records(Table.from_records(books[1], PayoutRecord), actor=wang, source="payouts")
    made = run(cases, books, wang, period="2026-10")
    (over,) = [case_id for case_id in made.opened if cases.case(case_id).type == "payout.missing"]
    cases.accept(over, actor=li, reason="paid next month", resolution="timing_difference")
    cases.reviews.sample(made, actor=li)
    if cases.reviews.samples()[0].open_items:
        cases.reviews.sign_off(cases.reviews.samples()[0].sample_id, actor=ZHAO)
    carry = [case_id for case_id in made.opened if case_id != over]
    cases.periods.lock("2026-10", actor=li, reason="month end", carry=carry)
    return cases, over, carry


def test_a_late_import_reopens_nothing_of_a_locked_period_but_is_a_case_of_the_next(imported, books, wang):
    cases, over, _ = imported
    before, matches = cases.case(over), cases.matches()
    dearer = [attrs.evolve(books[1][0], amount=Money("-100.01", "CNY")), *books[1][1:], payout("D", 6, 400)]

    found = cases.import_records(Table.from_records(dearer, PayoutRecord), actor=wang, source="payouts").reopened

    assert (found.cases, found.matches) == ((), ())
    assert over in found.closed
    assert len(found.closed) == 2, "the case of D and the match of A"
    assert cases.case(over) == before
    assert cases.matches().equals(matches)
    (case_id,) = found.rereviews
    case = cases.case(case_id)
    assert (case.type, case.period, case.state) == ("general.rereview_change", "2026-11", "open")
    assert case.evidence["closed_period"] == "2026-10"
    again = cases.import_records(Table.from_records(books[1], PayoutRecord), actor=wang, source="payouts").reopened
    assert again.rereviews == (case_id,)
    assert cases.verify().holds


def test_what_is_decided_of_a_locked_period_has_its_effect_in_the_next_open_one(imported, li):
    cases, over, carry = imported
    cases.comment([over, *carry], "looked at", actor=li)
    assert {cases.case(one).period for one in [over, *carry]} == {"2026-10"}

    decided = cases.reopen(over, actor=li, reason="it never came")
    cases.accept(carry[0], actor=li, reason="paid", resolution="timing_difference")

    (entry,) = decided.entries
    assert (entry.body["period"], entry.body["closed_period"]) == ("2026-11", "2026-10")
    assert cases.case(over).period == "2026-11"
    assert cases.case(carry[0]).period == "2026-11"
    assert cases.case(carry[1]).period == "2026-10"
    assert cases.verify().holds


def test_a_split_of_a_case_of_a_locked_period_opens_its_parts_in_the_next_open_one(imported, li):
    cases, _, carry = imported
    (short,) = [one for one in carry if cases.case(one).impact == Money(-1, "CNY")]

    made = cases.split(short, [Part(impact_minor=-40, note="fee"), Part(impact_minor=-60, note="claim")], actor=li)

    assert {cases.case(one).period for one in [short, *made.opened]} == {"2026-11"}
    assert len(made.opened) == 2
    assert cases.verify().holds


def test_what_was_carried_on_stands_against_locking_the_next_period(imported):
    cases, _, carry = imported

    assert any(all(one in told for one in carry) for told in cases.periods.missing("2026-11"))
    assert not any(one in told for one in carry for told in cases.periods.missing("2026-12"))
