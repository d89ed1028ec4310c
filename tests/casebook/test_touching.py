"""A record that changed puts in question what it is a member of, and nothing else."""

import attrs
import polars as pl
import pytest
import sqlalchemy as sa
from moneyed import Money

from casebook.runs_world import payout, run, settlement, states
from tieout.casebook import refs_of
from tieout.casebook.log import Draft
from tieout.casebook.schema import case_now
from tieout.tables import Table


def versions(cases, change, *rows, actor):
    """Import records, or all of their source without them; what it reopened."""
    kind = type(rows[0])
    if change == "deleted":
        gone = refs_of(Table.from_records(rows, kind))["key"].to_list()
        table = cases.records(kind)
        kept = ~refs_of(table)["key"].is_in(gone)
        rest = Table(table.to_polars().filter(kept), kind)
        return cases.import_records(rest, actor=actor, source=kind.__name__, complete=True).reopened
    return cases.import_records(Table.from_records(rows, kind), actor=actor, source=kind.__name__).reopened


def decide(cases, case_id, state, actor):
    with cases.store.writing() as connection:
        body = {"state": state, "resolution": "timing_difference"}
        cases._note(connection, [Draft(kind="decision.resolve", subject=case_id, body=body)], actor=actor)


@pytest.fixture
def run_once(cases, books, wang):
    """The books imported and run."""
    versions(cases, "added", *books[0], actor=wang)
    versions(cases, "added", *books[1], actor=wang)
    return run(cases, books, wang)


def case_of(cases, kind):
    with cases.store.reading() as connection:
        return connection.scalar(sa.select(case_now.c.case_id).where(case_now.c.type == kind))


def reopened(cases):
    return cases.matches().filter(pl.col("state") == "reopened").height


@pytest.mark.parametrize("change", ["edited", "deleted"])
def test_a_record_that_changed_reopens_its_match_and_no_other(cases, wang, run_once, change):
    touched = versions(cases, change, payout("A", 1, 9_000), actor=wang)

    assert len(touched.matches) == 1
    assert touched.cases == ()
    assert reopened(cases) == 1
    members = cases.matches().filter(pl.col("state") == "reopened")["members"].item()
    assert {one["kind"] for one in members} == {"Settlement", "Payout"}


def test_a_case_that_was_decided_is_open_again_when_its_record_changes_and_its_decision_surfaces(cases, wang, run_once):
    decided = case_of(cases, "payout.amount_mismatch")
    decide(cases, decided, "resolved", wang)
    touched = versions(cases, "edited", payout("C", 3, 29_800), actor=wang)

    assert touched.cases == (decided,)
    assert states(cases)[0] == ("payout.amount_mismatch", -100, "reopened", False)
    assert cases.surfaced().select("case_id", "because").rows() == [(decided, "a record that changed")]
    decide(cases, decided, "resolved", wang)
    assert cases.surfaced().is_empty()


def test_a_case_that_nobody_decided_is_left_to_the_next_run(cases, wang, run_once):
    before = states(cases)
    touched = versions(cases, "edited", payout("C", 3, 29_800), actor=wang)

    assert touched.cases == ()
    assert states(cases) == before


def test_a_claim_stays_a_claim_and_surfaces(cases, wang, run_once):
    claimed = case_of(cases, "payout.amount_mismatch")
    decide(cases, claimed, "claimed", wang)
    touched = versions(cases, "edited", payout("C", 3, 29_800), actor=wang)

    assert touched.cases == (claimed,)
    assert states(cases)[0][2] == "claimed"
    assert cases.surfaced()["case_id"].to_list() == [claimed]


def test_a_claim_that_is_gone_and_found_again_still_waits_for_its_answer(cases, books, wang, run_once):
    claimed = case_of(cases, "payout.missing")
    decide(cases, claimed, "claimed", wang)
    run(cases, (books[0], [*books[1], payout("D", 6, 400)]), wang)

    made = run(cases, books, wang)

    assert (made.changed, made.reopened, made.surfaced) == ((claimed,), (), (claimed,))
    case = cases.case(claimed)
    assert (case.state, case.is_gone, case.is_open) == ("claimed", False, True)
    assert cases.verify().holds


def test_a_late_record_that_touches_nothing_reopens_nothing(cases, wang, run_once):
    assert len(versions(cases, "added", settlement("Z", 9, 900), actor=wang)) == 0
    touched = versions(cases, "added", payout("Z2", 9, 900), actor=wang)

    assert len(touched) == 0
    assert reopened(cases) == 0


def test_a_late_record_reopens_what_it_names_and_nothing_else(cases, wang, run_once):
    decided = case_of(cases, "payout.missing")
    decide(cases, decided, "resolved", wang)
    touched = versions(cases, "added", payout("A2", 9, 100, "A"), payout("D2", 9, 400, "D"), actor=wang)

    assert touched.cases == (decided,)
    assert len(touched.matches) == reopened(cases) == 1
    assert cases.surfaced()["because"].to_list() == ["a late record"]


def test_a_late_record_of_another_shop_touches_nothing(cases, wang, run_once):
    other = attrs.evolve(payout("A2", 9, 100, "A"), shop_id="S2")

    assert len(versions(cases, "added", other, actor=wang)) == 0


def test_a_match_that_was_reopened_and_is_found_again_is_confirmed(cases, books, wang, run_once):
    versions(cases, "edited", payout("A", 1, 9_000), actor=wang)
    made = run(cases, books, wang)

    assert reopened(cases) == 0
    assert made.stage("archive").report["matches"] == 1


def test_figures_of_a_decided_case_that_change_reopen_it(cases, books, wang, run_once):
    decided = case_of(cases, "payout.amount_mismatch")
    decide(cases, decided, "resolved", wang)
    same = run(cases, books, wang)
    assert same.is_unchanged
    assert states(cases)[0][2] == "resolved"  # a decision outlives a run

    changed = [one if one.payout_id != "P-C" else payout("C", 3, 29_800) for one in books[1]]
    made = run(cases, (books[0], changed), wang)
    assert made.surfaced == (decided,)
    assert states(cases)[0] == ("payout.amount_mismatch", -200, "reopened", False)
    assert run(cases, (books[0], changed), wang).is_unchanged


def test_a_match_goes_when_its_records_are_deleted_and_the_run_shows_it(cases, books, wang, run_once):
    versions(cases, "deleted", settlement("A", 1, 10_000), actor=wang)
    versions(cases, "deleted", payout("A", 1, 10_000), actor=wang)
    made = run(cases, (books[0][1:], books[1][1:]), wang)

    assert made.stage("archive").report["matches_gone"] == 1
    assert cases.matches().height == 2


def test_another_shop_run_with_the_same_settings_leaves_the_cases_of_this_one_alone(cases, wang, run_once):
    made = run(cases, ([settlement("X", 1, 100)], []), wang)

    assert made.gone == ()
    assert len(made.opened) == 1
    assert cases.matches().height == 3


def test_a_case_that_is_gone_is_left_to_the_next_run(cases, books, wang, run_once):
    versions(cases, "added", payout("D", 6, 400), actor=wang)
    run(cases, (books[0], [*books[1], payout("D", 6, 400)]), wang)
    assert ("payout.missing", -400, "resolved", True) in states(cases)
    touched = versions(cases, "edited", settlement("D", 4, 500), actor=wang)

    assert (touched.cases, len(touched.matches)) == ((), 1)
    assert ("payout.missing", -400, "resolved", True) in states(cases)


def test_an_identifier_that_names_two_things_names_nothing(cases, wang):
    dollars = attrs.evolve(settlement("A", 1, 10_000), currency="USD", net=Money("100.00", "USD"))
    paid = attrs.evolve(payout("AU", 1, 10_000, "A"), amount=Money("-100.00", "USD"))
    both = ([settlement("A", 1, 10_000), dollars], [payout("A", 1, 10_000), paid])
    assert len(run(cases, both, wang).outcome.matches) == 2

    assert len(versions(cases, "added", payout("A2", 9, 100, "A"), actor=wang)) == 0
