"""Samples, sign-off and locked periods (`domain.md` 6.2 to 6.4; C10, C36)."""

import pytest

from casebook.case_entries import ROOT, body, month_of, note, outcome, run
from tieout.casebook import Actor
from tieout.casebook.periods import require_open
from tieout.casebook.sampling import draw, within_tolerance
from tieout.errors import CasebookError, InvalidTransition, NotAllowed

ZHAO = Actor("zhao", roles=["auditor"])


@pytest.fixture
def month(cases, wang, li):
    """A month in a book, and its run."""
    return cases, month_of(cases, wang, li)


def test_the_same_run_gives_the_same_draw_and_another_run_another():
    names = [f"u{number}" for number in range(1_000)]

    assert draw(names, seed="a") == draw(reversed(names), seed="a")
    assert len(draw(names, seed="a")) == 100
    assert draw(names, seed="a") != draw(names, seed="b")
    assert draw(names[:1], seed="a") == ["u0"], "one of few is one, not none"
    assert draw([], seed="a") == []


def test_what_a_tolerance_took_in_is_named_by_where_its_records_stand():
    units = within_tolerance(outcome(3))

    assert sorted(units.values()) == [f"charges bill.csv:{line} (1 CNY)" for line in (2, 3, 4)]
    assert within_tolerance(outcome(4)).items() > units.items()


def test_a_sample_is_all_high_ones_all_write_offs_all_links_and_a_tenth_of_what_was_accepted(month, li):
    cases, made = month

    sample = cases.reviews.sample(made, actor=li)

    whys = [one.why for one in sample.items]
    assert {why: whys.count(why) for why in whys} == {"high": 1, "write_off": 1, "manual": 1, "auto_accepted": 2}
    assert {one.item: one.makers for one in sample.items if one.why in {"high", "write_off"}} == {
        "case:c1": ("wang",),
        "case:c2": ("li", "wang"),
    }
    assert sample.population == 20
    before = cases.head
    assert cases.reviews.sample(made, actor=li) == sample
    assert cases.head == before, "drawn again, nothing is new"
    assert cases.reviews.samples(period="2026-10") == (sample,)
    assert cases.reviews.samples(period="2026-11") == ()


def test_nobody_signs_off_what_they_made_an_administrator_neither(month, li, wang):
    cases, made = month
    cases.reviews.sample(made, actor=li)

    with pytest.raises(NotAllowed, match="li had a part in it"):
        cases.reviews.sign_off("r1", ["case:c2"], actor=li)
    with pytest.raises(NotAllowed):
        cases.reviews.sign_off("r1", ["case:c1"], actor=wang)
    units = [one.item for one in cases.reviews.samples()[0].items if one.why == "auto_accepted"]
    with pytest.raises(NotAllowed, match="root had a part in it"):
        cases.reviews.sign_off("r1", units, actor=ROOT)
    assert len(cases.reviews.samples()[0].open_items) == 5


def test_what_is_found_right_is_reviewed_and_what_is_found_wrong_is_open_again(month, li):
    cases, made = month
    cases.reviews.sample(made, actor=li)

    with pytest.raises(CasebookError, match="what is wrong has to be said"):
        cases.reviews.sign_off("r1", ["case:c1"], actor=ZHAO, is_right=False)
    cases.reviews.sign_off("r1", ["case:c1"], actor=ZHAO, is_right=False, reason="call 13800005678, no proof")
    sample = cases.reviews.sign_off("r1", actor=ZHAO, reason="seen")

    assert sample.open_items == ()
    assert [(one.item, one.is_right) for one in sample.items if one.item.startswith("case:")] == [
        ("case:c1", False),
        ("case:c2", True),
    ]
    assert states(cases) == {"c1": "reopened", "c2": "reviewed", "c3": "resolved"}
    assert cases.verify().holds
    with pytest.raises(InvalidTransition, match="where review is not possible"):
        cases.reviews.sign_off("r1", ["case:c1"], actor=ZHAO)
    with pytest.raises(CasebookError, match="case:c9 was not drawn"):
        cases.reviews.sign_off("r1", ["case:c9"], actor=ZHAO)
    with pytest.raises(CasebookError, match="no such sample"):
        cases.reviews.sign_off("r9", actor=ZHAO)


def states(cases):
    from sqlalchemy import select

    from tieout.casebook.schema import case_now

    with cases.store.reading() as connection:
        return {row.case_id: row.state for row in connection.execute(select(case_now.c.case_id, case_now.c.state))}


def test_a_period_is_locked_when_nothing_is_missing_and_all_that_is_missing_is_told(month, li, wang):
    cases, made = month
    note(cases, "case.opened", "c4", **body(discrepancy_id="d4"))

    with pytest.raises(CasebookError, match="1 cases are open: c4; courier_bill, run 1: no sample was drawn"):
        cases.periods.lock("2026-10", actor=li, reason="month end")
    with pytest.raises(NotAllowed):
        cases.periods.lock("2026-10", actor=wang, reason="month end")
    cases.reviews.sample(made, actor=li)
    assert cases.periods.missing("2026-10", carry=["c4", "c9"]) == (
        "1 cases to carry are not open cases of it: c9",
        f"courier_bill, run 1: 5 items of the sample are not signed off: {', '.join(sorted(items(cases)))}",
    )
    cases.reviews.sign_off("r1", actor=ZHAO)
    note(cases, "decision.write_off", "c3", actor=wang, state="resolved", resolution="written_off")
    assert cases.periods.missing("2026-10", carry=["c4"]) == (
        "courier_bill, run 1: the sample lacks what came since: case:c3",
    )
    cases.reviews.sample(made, actor=li)
    cases.reviews.sign_off("r1", actor=ZHAO)

    entry = cases.periods.lock("2026-10", actor=li, reason="month end", carry=["c4"])

    assert entry.body["carried"] == ["c4"]
    assert entry.body["runs"] == [{"reconciliation": "courier_bill", "scope": "s", "result_hash": "h", "seq": 1}]
    assert cases.periods.state("2026-10").state == "locked"
    assert cases.periods.state("2026-11").state == "open"
    assert cases.verify().holds
    with pytest.raises(InvalidTransition, match="it is locked, not open"):
        cases.periods.lock("2026-10", actor=li, reason="again")


def items(cases):
    return [one.item for one in cases.reviews.samples()[0].open_items]


def locked(cases, li, *periods):
    for period in periods:
        made = run(cases, f"run {period}", count=0, period=period)
        cases.reviews.sample(made, actor=li)
        cases.periods.lock(period, actor=li, reason="month end")


def test_what_is_for_a_locked_period_goes_to_the_next_open_one(cases, li):
    locked(cases, li, "2026-11", "2026-12")

    assert [cases.periods.open_for(period) for period in ("2026-10", "2026-11", "2026-12")] == [
        "2026-10",
        "2027-01",
        "2027-01",
    ]
    with cases.store.reading() as connection:
        require_open(connection, "2026-10")
        require_open(connection, None)
        with pytest.raises(CasebookError, match="a run of it is a re-review"):
            require_open(connection, "2026-11")


def test_a_locked_period_can_be_opened_by_who_answers_for_it(cases, li):
    locked(cases, li, "2026-11")

    with pytest.raises(NotAllowed):
        cases.periods.unlock("2026-11", actor=Actor("chen", roles=["accountant"]), reason="a bill is missing")
    cases.periods.unlock("2026-11", actor=li, reason="a bill is missing")

    assert cases.periods.open_for("2026-11") == "2026-11"
    assert [(one.period, one.state, one.by) for one in cases.periods.all()] == [("2026-11", "open", "li")]
    with pytest.raises(InvalidTransition, match="it is open, not locked"):
        cases.periods.unlock("2026-11", actor=li, reason="again")
    with pytest.raises(CasebookError, match="why is to be said"):
        cases.periods.lock("2026-11", actor=li, reason=" ")


def test_a_period_that_nothing_was_run_for_is_not_locked(cases, li):
    with pytest.raises(CasebookError, match="no reconciliation was run for it"):
        cases.periods.lock("2026-11", actor=li, reason="month end")
