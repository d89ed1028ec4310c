from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from moneyed import Money

from casebook import case_entries
from tieout.casebook import SYSTEM, Attachment, Policies, WeekCalendar
from tieout.casebook.log import Draft
from tieout.errors import CasebookError


def open_cases(cases, **others):
    """Open cases by id, each with what is different about it."""
    drafts = [
        Draft(
            kind="case.opened",
            subject=case_id,
            body=case_entries.body(
                **{
                    "discrepancy_id": case_id,
                    "keys": {"carrier": "sf", "tracking_no": case_id},
                    "evidence": {"ours": "0.86"},
                    "next_step": "weigh it again",
                    "next_step_zh": "复称",
                    "source_file": "bill.csv",
                    "source_line": 14,
                    **other,
                }
            ),
        )
        for case_id, other in others.items()
    ]
    with cases.store.writing() as connection:
        cases._note(connection, drafts, actor=SYSTEM)


def ids(frame):
    return frame["case_id"].to_list()


def test_a_case_has_everything_that_was_said_of_it(cases, wang):
    open_cases(cases, c1={})
    cases.attach("c1", "nas/scale.jpg", label="weighing_photo", actor=wang)
    cases.write_off("c1", reason="small", actor=wang)

    case = cases.case("c1")

    assert (case.impact, case.expected, case.actual) == (
        Money("0.90", "CNY"),
        Money("2.60", "CNY"),
        Money("3.50", "CNY"),
    )
    assert (case.state, case.resolution, case.allowed) == (
        "resolved",
        "written_off",
        ("comment", "attach", "reopen", "review"),
    )
    assert (case.due_on, case.opened_at, case.source) == (
        date(2026, 10, 10),
        datetime(2026, 10, 1, 8, tzinfo=UTC),
        "bill.csv:14",
    )
    assert (case.next_step, case.next_step_zh, case.escalate_to) == ("weigh it again", "复称", "logistics_lead")
    assert case.playbook.startswith("compare weight")
    assert case.attachments == (Attachment(label="weighing_photo", ref="nas/scale.jpg"),)
    assert [one.kind for one in case.history] == ["case.opened", "decision.attach", "decision.write_off"]
    assert case.version == case.history[-1].seq
    with pytest.raises(CasebookError, match="case c9: there is no such case"):
        cases.case("c9")


def test_a_case_that_waits_says_what_can_be_done(cases, wang):
    open_cases(cases, c1={"impact_minor": 50_000}, c2={"type": "bank.amount_mismatch"})
    cases.write_off("c1", reason="x", actor=wang)

    assert (cases.case("c1").awaits, cases.case("c1").allowed[:2]) == ("logistics_lead", ("approve", "refuse"))
    assert cases.case("c2").missing == ("bank_advice",)


def test_open_cases_come_the_most_urgent_first(cases, wang):
    open_cases(
        cases,
        c1={"due_on": "2026-10-12"},
        c2={"due_on": "2026-10-09", "impact_minor": -500},
        c3={"due_on": "2026-10-09", "severity": "high"},
        c4={"due_on": None},
        c5={"due_on": "2026-10-09"},
        c6={},
    )
    cases.resolve("c6", cause="x", responsible="courier", actor=wang)

    frame = cases.open(today=date(2026, 10, 10))

    assert ids(frame) == ["c3", "c2", "c5", "c1", "c4"]
    assert frame["is_overdue"].to_list() == [True, True, True, False, False]
    assert ids(cases.open(overdue=True, today=date(2026, 10, 10))) == ["c3", "c2", "c5"]
    assert ids(cases.open(overdue=False, today=date(2026, 10, 10))) == ["c1", "c4"]
    assert ids(cases.open(limit=2)) == ["c3", "c2"]
    assert sorted(ids(cases.frame())) == ["c1", "c2", "c3", "c4", "c5", "c6"]


def test_cases_are_asked_for_by_their_columns(cases, wang):
    open_cases(
        cases,
        c1={},
        c2={"owner": "finance", "severity": "high"},
        c3={"type": "courier.wrong_zone", "keys": {"carrier": "yto"}},
        c4={"type": "courier_x", "period": "2026-11"},
    )
    cases.assign("c1", "wang", actor=wang)

    assert ids(cases.open(owner="finance")) == ["c2"]
    assert ids(cases.open(type="courier.")) == ["c2", "c1", "c3"]
    assert ids(cases.open(type=["courier.wrong_zone", "courier_"])) == ["c3", "c4"]
    assert ids(cases.open(entity="carrier/yto")) == ["c3"]
    assert ids(cases.open(assignee="wang")) == ["c1"]
    assert ids(cases.open(assignee=None, severity=["high", "critical"])) == ["c2"]
    assert ids(cases.open(is_recurring=True)) == []
    assert ids(cases.open(owner="x' OR '1'='1")) == []
    assert ids(cases.open(type="%.")) == []
    with pytest.raises(CasebookError, match=r"cases: one of reconciliation, .* is needed, got 'colour'"):
        cases.open(colour="red")


def test_amounts_are_in_smallest_units_and_as_text_and_an_empty_frame_has_the_same_columns(cases):
    empty = cases.open()
    open_cases(cases, c1={}, c2={"currency": "JPY", "impact_minor": -1234}, c3={"currency": None, "impact_minor": 0})

    frame = cases.frame().sort("case_id")

    assert frame.select("impact_minor", "impact", "expected").rows() == [
        (90, "0.90", "2.60"),
        (-1234, "-1234", "260"),
        (0, None, None),
    ]
    assert frame.schema == empty.schema
    assert (frame.schema["due_on"], frame.schema["opened_at"]) == (pl.Date(), pl.Datetime("us", "UTC"))


def test_the_trend_counts_what_opened_ended_and_stays_open(cases, wang, clock):
    clock.step = timedelta(0)
    clock.now = datetime(2026, 9, 28, 2, tzinfo=UTC)  # Monday
    open_cases(cases, c1={"due_on": "2026-09-30"}, c2={"due_on": "2026-10-20"}, c3={"currency": "USD", "due_on": None})
    clock.now = datetime(2026, 10, 8, 16, 30, tzinfo=UTC)  # Friday the 9th in Shanghai
    cases.resolve("c1", cause="x", responsible="courier", actor=wang)
    open_cases(cases, c4={"impact_minor": -500})
    clock.now = datetime(2026, 10, 12, 2, tzinfo=UTC)
    cases.reopen("c1", reason="again", actor=wang)

    frame = cases.trend(by="week")

    names = (
        "start",
        "end",
        "currency",
        "opened",
        "resolved",
        "open",
        "overdue",
        "open_minor",
        "open_amount",
        "median_age_days",
    )
    first, second, third = date(2026, 9, 28), date(2026, 10, 5), date(2026, 10, 12)
    # working days after 28 September: 29, 30, then 8, 9 and Saturday 10 October, then 12
    assert frame.select(names).rows() == [
        (first, date(2026, 10, 4), "CNY", 2, 0, 2, 1, 180, "1.80", 2.0),
        (first, date(2026, 10, 4), "USD", 1, 0, 1, 0, 90, "0.90", 2.0),
        (second, date(2026, 10, 11), "CNY", 1, 1, 2, 1, 590, "5.90", 3.0),
        (second, date(2026, 10, 11), "USD", 0, 0, 1, 0, 90, "0.90", 5.0),
        (third, third, "CNY", 1, 0, 3, 1, 680, "6.80", 2.0),
        (third, third, "USD", 0, 0, 1, 0, 90, "0.90", 6.0),
    ]
    assert frame["resolved_minor"].to_list() == [0, 0, 90, 0, 0, 0]
    assert frame["opened_minor"].to_list() == [180, 90, 500, 0, 90, 0]


def test_the_trend_is_split_and_bounded_as_asked(cases, wang):
    open_cases(cases, c1={}, c2={"owner": "finance"}, c3={"type": "courier.late_fee"})

    by_owner = cases.trend(by="month", split=["owner"], type="courier.overweight")
    assert by_owner.select("start", "owner", "opened").rows() == [
        (date(2026, 10, 1), "finance", 1),
        (date(2026, 10, 1), "logistics", 1),
    ]
    overdue = cases.trend(by="day", since=date(2026, 10, 10), until=date(2026, 10, 11))
    assert overdue.select("open", "overdue").rows() == [(3, 0), (3, 3)]  # due on the 10th, late from the 11th
    assert cases.trend(by="day", since=date(2026, 10, 2), until=date(2026, 10, 3))["opened"].to_list() == [0, 0]
    assert cases.trend(by="year", until=date(2026, 9, 1)).height == 0
    assert cases.trend(by="year", until=date(2026, 9, 1)).schema == cases.trend(by="year").schema
    with pytest.raises(CasebookError, match="by: one of day, week, month, quarter, year is needed, got 'hour'"):
        cases.trend(by="hour")
    with pytest.raises(CasebookError, match=r"split: one of .* is needed, got 'colour'"):
        cases.trend(split=["colour"])


def test_a_day_that_was_put_off_is_not_late_before(cases, wang):
    open_cases(cases, c1={"due_on": "2026-10-08"})
    cases.assign("c1", "wang", due_on=date(2026, 10, 20), actor=wang)

    assert cases.trend(by="month", until=date(2026, 10, 20))["overdue"].to_list() == [0]
    assert cases.trend(by="month", until=date(2026, 10, 21))["overdue"].to_list() == [1]
    assert cases.verify().holds


def test_ages_count_by_the_calendar_of_the_policies(cases, clock):
    cases.policies = Policies(calendar=WeekCalendar())
    open_cases(cases, c1={})  # Thursday 1 October

    assert cases.trend(by="week", until=date(2026, 10, 7))["median_age_days"].to_list() == [1.0, 4.0]


def test_a_case_that_is_gone_and_comes_back_has_two_spans(cases):
    open_cases(cases, c1={})
    for kind in ("case.gone", "case.gone", "case.reopened", "case.reopened"):
        with cases.store.writing() as connection:
            cases._note(connection, [Draft(kind=kind, subject="c1", body={"run": 1})], actor=SYSTEM)

    [row] = cases.trend(by="year").rows(named=True)
    assert (row["opened"], row["resolved"], row["open"]) == (2, 1, 1)


def test_claims_and_approvals_and_attachments_are_frames_too(cases, wang):
    open_cases(cases, c1={}, c2={"impact_minor": 50_000})
    [claim] = cases.claim("c1", actor=wang)
    cases.claim_accepted(claim.claim_id, actor=wang)
    cases.write_off("c2", reason="x", actor=wang)
    cases.attach("c2", "chat/1", actor=wang)

    assert cases.claims_frame().select("case_id", "party", "state", "claimed", "accepted", "credited").rows() == [
        ("c1", "sf", "accepted", "0.90", "0.90", "0.00")
    ]
    assert cases.claims_frame(state="sent").height == cases.claims_frame(party="yto").height == 0
    waiting = cases.approvals_frame()
    assert waiting.select("case_id", "action", "amount", "awaits", "maker").rows() == [
        ("c2", "write_off", "500.00", "logistics_lead", "wang")
    ]
    assert cases.approvals_frame(state="given").schema == waiting.schema
    assert ids(cases.approvals_frame(role="logistics_lead")) == ["c2"]
    assert ids(cases.approvals_frame(role="cfo")) == []
    assert ids(cases.attachments_frame()) == ids(cases.attachments_frame("c2")) == ["c2"]


def test_less_than_no_case_is_refused_by_either_database(cases):
    assert cases.frame(limit=0).height == 0
    with pytest.raises(CasebookError, match="limit: 0 or more is needed, got -1"):
        cases.open(limit=-1)
