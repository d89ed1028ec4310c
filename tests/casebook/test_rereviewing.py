"""A closed period is run again: the stored result is reproduced, or only what differs is told (C11)."""

import pytest

from casebook.runs_world import AS_OF, payout, run, states
from tieout.casebook import Actor
from tieout.errors import CasebookError, NotAllowed
from tieout.reconciliations import Payout

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
