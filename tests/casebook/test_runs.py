"""Runs: what a reconciliation says becomes matches and cases, and only what it says anew is written."""

import pytest

from casebook.runs_world import AS_OF, payout, run, settlement, states
from tieout.errors import CasebookError
from tieout.money import Allowance, ToleranceProfile
from tieout.reconciliations import Payout

FOUND = [
    ("payout.amount_mismatch", -100, "open", False),
    ("payout.missing", -400, "open", False),
    ("payout.without_settlement", 500, "open", False),
]


def test_a_run_opens_a_case_for_each_discrepancy_and_keeps_its_matches(cases, books, wang):
    made = run(cases, books, wang)

    assert states(cases) == FOUND
    assert len(made.opened) == 3
    assert cases.matches()["state"].to_list() == ["confirmed"] * 3
    assert [stage.name for stage in made.stages] == ["collect", "detect", "resolve", "archive"]
    assert made.stage("collect").report == {"payouts": 4, "settlements": 4}
    assert made.stage("resolve").status == "attention"
    assert cases.verify().holds


def test_running_the_same_again_in_another_order_writes_the_entry_of_the_run_and_nothing_else(cases, books, wang):
    first = run(cases, books, wang)
    before = cases.verify().entries
    second = run(cases, (books[0][::-1], books[1][::-1]), wang)

    assert cases.verify().entries == before + 1
    assert (second.result_hash, second.run_id) == (first.result_hash, first.run_id)
    assert second.is_unchanged
    assert second.stage("archive").report["matches"] == 0


def test_a_case_that_is_not_found_any_more_ends_by_itself_as_corrected(cases, books, wang):
    run(cases, books, wang)
    made = run(cases, (books[0], [*books[1], payout("D", 6, 400)]), wang)

    assert len(made.gone) == 1
    assert ("payout.missing", -400, "resolved", True) in states(cases)
    with cases.store.reading() as connection:
        ended = connection.exec_driver_sql("SELECT resolution, resolved_by FROM case_now WHERE is_gone").all()
    assert [tuple(row) for row in ended] == [("corrected_source", "tieout")]
    assert cases.matches().height == 4


def test_a_case_that_comes_back_is_open_again(cases, books, wang):
    run(cases, books, wang)
    run(cases, (books[0], [*books[1], payout("D", 6, 400)]), wang)
    made = run(cases, books, wang)

    assert len(made.reopened) == 1
    assert made.surfaced == ()  # nobody had decided anything
    assert ("payout.missing", -400, "reopened", False) in states(cases)
    assert cases.matches().height == 3


def test_figures_that_change_are_told_of_the_case(cases, books, wang):
    run(cases, books, wang)
    made = run(cases, (books[0], [*books[1][:2], payout("C", 3, 29800), books[1][3]]), wang)

    assert len(made.changed) == 1
    assert states(cases)[0] == ("payout.amount_mismatch", -200, "open", False)


def test_what_is_within_tolerance_is_counted_and_summed(cases, books, wang):
    lenient = Payout(as_of=AS_OF, tolerances=ToleranceProfile(line=Allowance(units=100)))
    made = run(cases, books, wang, reconciliation=lenient)

    assert [(one.currency, one.count, one.minor) for one in made.absorbed] == [("CNY", 1, -100)]
    assert cases.runs()[0].body["absorbed"] == {"CNY": {"count": 1, "minor": -100}}


def test_a_run_of_another_month_leaves_the_cases_of_this_one_alone(cases, books, wang):
    run(cases, books, wang, reconciliation=Payout(period="2026-10", as_of=AS_OF))
    later = [settlement("N", 33, 700)]
    made = cases.run(
        Payout(period="2026-11", as_of=AS_OF), actor=wang, settlements=[*books[0], *later], payouts=books[1]
    )

    assert made.gone == ()
    assert {row[2] for row in states(cases)} == {"open"}


def test_what_gives_no_outcome_is_refused(cases, wang):
    class Odd:
        def run(self):
            return None

    with pytest.raises(CasebookError, match="an Outcome is needed, NoneType was given"):
        cases.run(Odd(), actor=wang)
    with pytest.raises(CasebookError, match="somebody has to do it"):
        cases.run(Odd(), actor="wang")


def test_a_match_that_was_tampered_with_is_found(cases, books, wang):
    run(cases, books, wang)
    with cases.store.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER match_is_not_changed")
        else:
            connection.exec_driver_sql("ALTER TABLE match DISABLE TRIGGER ALL")
        connection.exec_driver_sql("UPDATE match SET members = '[]' WHERE id = 1")
        connection.commit()

    assert "matches of entry 1: they are not what the entry says" in [str(fault) for fault in cases.verify().faults]
