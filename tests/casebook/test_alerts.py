from datetime import UTC, datetime, timedelta

import pytest
from moneyed import Money

from tieout.casebook import SYSTEM, Actor, AlertRule, Casebook, HookSink, TickingClock
from tieout.casebook.alerts.rules import Digest, Settings
from tieout.casebook.log import Draft
from tieout.errors import CasebookError, NotAllowed

ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""For what no database can change."""


def opened(cases, case_id="c1", *, kind="case.opened", **others):
    """A case as a run opens it: a parcel charged 620.00 too much."""
    body = {
        "reconciliation": "courier_bill",
        "discrepancy_id": f"d-{case_id}",
        "type": "courier.overweight",
        "severity": "high",
        "currency": "CNY",
        "impact_minor": 62_000,
        "owner": "logistics",
        "escalate_to": "logistics_lead",
        "due_on": "2026-10-10",
        "period": "2026-10",
        "next_step": "Ask the courier for the weighing record.",
        "next_step_zh": "向快递索取称重记录。",
        **others,
    }
    note(cases, Draft(kind=kind, subject=case_id, body=body))


def note(cases, *drafts, actor=SYSTEM):
    with cases.store.writing() as connection:
        return cases._note(connection, drafts, actor=actor)


def watch(cases, *rules, boss, **others):
    cases.alerts.watch(rules, actor=boss, **others)


def told(cases):
    return [(alert.rule, alert.subject) for alert in cases.alerts.raised()]


@pytest.fixture
def boss():
    return Actor("li", roles=["finance_manager"])


def test_an_amount_above_500_calls_the_hook_once(cases, boss):
    """C35."""
    seen = []
    watch(cases, AlertRule("over 500", at_least=Money("500.01", "CNY"), to=["hook"]), boss=boss)
    opened(cases, "small", impact_minor=50_000)
    opened(cases, "large", impact_minor=-50_001)

    for _ in range(2):
        cases.alerts.deliver({"hook": HookSink(seen.append)})

    assert [(alert.case_id, alert.impact) for alert in seen] == [("large", Money("-500.01", "CNY"))]


@ON_SQLITE
def test_the_owner_is_told_of_a_case_with_all_that_they_need(cases, boss):
    """C52."""
    seen = []
    watch(cases, AlertRule("ours", owner="logistics", to=["hook"]), boss=boss)
    opened(cases, "c1")
    opened(cases, "c2", owner="treasury")
    cases.alerts.deliver({"hook": HookSink(seen.append)})

    [alert] = seen
    assert alert.text == (
        "courier.overweight +620.00 CNY\nCase: c1\nSeverity: high\nOwner: logistics\nDue: 2026-10-10\n"
        "Next step: Ask the courier for the weighing record.\nRule: ours"
    )
    assert alert.text_zh == (
        "courier.overweight +620.00 CNY\n案件：c1\n级别：高\n负责：物流\n期限：2026-10-10\n"
        "下一步：向快递索取称重记录。\n规则：ours"
    )


@ON_SQLITE
def test_a_text_shows_nothing_personal(cases, boss):
    watch(cases, AlertRule("ours", to=["hook"]), boss=boss)
    opened(cases, next_step="Call 13800005678", next_step_zh="致电 13800005678", reason="张三 13800005678")

    [letter] = cases.alerts.waiting()
    shown = str(letter.message.facts()) + repr(letter)
    assert "138****5678" in shown
    assert "13800005678" not in shown


def test_an_alert_is_an_entry_of_the_same_transaction(cases, boss):
    watch(cases, AlertRule("all", to=["a", "b"]), boss=boss)

    def fail():
        with cases.store.writing() as connection:
            draft = {"type": "bank.missing", "severity": "low", "reconciliation": "r", "discrepancy_id": "d"}
            cases._note(connection, [Draft(kind="case.opened", subject="c1", body=draft)], actor=SYSTEM)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert cases.alerts.raised() == ()

    opened(cases)
    with cases.store.reading() as connection:
        rows = connection.exec_driver_sql("SELECT kind, actor, at FROM entry ORDER BY seq").all()
    assert [tuple(row)[:2] for row in rows[1:]] == [("case.opened", "tieout"), ("alert.raised", "tieout")]
    assert rows[1][2] == rows[2][2]
    assert [letter.message.sink for letter in cases.alerts.waiting()] == ["a", "b"]
    assert cases.verify().holds


def test_a_case_is_told_once_for_each_time_that_it_opens(cases, boss):
    watch(cases, AlertRule("over 500", at_least=Money(500, "CNY"), to=["hook"]), boss=boss)
    opened(cases, impact_minor=40_000)
    assert told(cases) == []

    opened(cases, kind="case.changed", impact_minor=60_000)  # it grew beyond the amount
    opened(cases, kind="case.changed", impact_minor=90_000)
    assert told(cases) == [("over 500", "c1")]

    note(cases, Draft(kind="case.gone", subject="c1", body={"run": 2}))
    opened(cases, kind="case.reopened", impact_minor=90_000)
    opened(cases, kind="case.changed", impact_minor=91_000)
    assert told(cases) == [("over 500", "c1")] * 2

    note(cases, Draft(kind="decision.resolve", subject="c1", body={"state": "resolved"}))
    note(cases, Draft(kind="decision.reopen", subject="c1", body={"state": "reopened"}))
    assert told(cases) == [("over 500", "c1")] * 3
    assert len({alert.key for alert in cases.alerts.raised("c1")}) == 3


@ON_SQLITE
def test_the_same_case_in_another_book_has_another_key(cases, boss, tmp_path):
    keys = set()
    with Casebook(f"sqlite:///{tmp_path / 'other.db'}", clock=TickingClock(datetime(2026, 11, 1, tzinfo=UTC))) as other:
        for book in (cases, other):
            watch(book, AlertRule("all", to=["hook"]), boss=boss)
            opened(book)
            keys |= {alert.key for alert in book.alerts.raised()}
            keys |= {letter.message.key for letter in book.alerts.waiting()}

    assert len(keys) == 4


@ON_SQLITE
def test_what_is_not_open_is_not_told(cases, boss):
    watch(cases, AlertRule("over 500", at_least=Money(500, "CNY"), to=["hook"]), boss=boss)
    opened(cases, impact_minor=100)
    note(cases, Draft(kind="decision.resolve", subject="c1", body={"state": "resolved"}))
    opened(cases, kind="case.changed", impact_minor=60_000)

    assert told(cases) == []


@pytest.mark.parametrize(
    ("rule", "case", "is_told"),
    [
        ({"types": ["courier.*"]}, {}, True),
        ({"types": ["bank.*", "*.overweight"]}, {}, True),
        ({"types": ["courier"]}, {}, False),
        ({"types": ["courier.overweigh?"]}, {"type": "courier.overweight2"}, False),
        ({"at_least": Money(620, "CNY")}, {}, True),
        ({"at_least": Money("620.01", "CNY")}, {}, False),
        ({"at_least": Money(1, "USD")}, {}, False),
        ({"at_least": Money(1, "CNY")}, {"currency": None, "impact_minor": 0}, False),
        ({"severity": "high"}, {}, True),
        ({"severity": "critical"}, {}, False),
        ({"owner": "logistics"}, {}, True),
        ({"owner": "finance"}, {}, False),
    ],
)
def test_a_rule_looks_at_what_it_names(rule, case, is_told):
    found = {"type": "courier.overweight", "severity": "high", "owner": "logistics", "currency": "CNY"}

    assert AlertRule("r", to=["hook"], **rule).looks_at({**found, "impact_minor": -62_000, **case}) is is_told


def test_so_many_of_one_type_in_a_day_are_told_once_a_day(cases, boss, clock):
    watch(cases, AlertRule("many", count=3, within_days=1, to=["hook"]), boss=boss)
    clock.now = datetime(2026, 10, 1, 15, 59, 50, tzinfo=UTC)  # ten seconds to midnight in Shanghai
    opened(cases, "c1")
    opened(cases, "c2")
    clock.now = datetime(2026, 10, 1, 16, 0, tzinfo=UTC)
    opened(cases, "c3")
    opened(cases, "c4")
    opened(cases, "other", type="courier.wrong_zone")
    assert told(cases) == []

    opened(cases, "c5")
    opened(cases, "c6")
    [alert] = cases.alerts.raised()
    assert (alert.subject, alert.count, alert.days, alert.case_id) == ("courier.overweight", 3, 1, None)
    assert alert.severity == "high"
    assert (alert.line, alert.line_zh) == ("courier.overweight: 3 cases in 1 day", "courier.overweight： 1 天内 3 件")

    clock.now += timedelta(days=1)
    for number in range(3):
        opened(cases, f"d{number}")
    assert len(told(cases)) == 2


def test_days_that_were_told_of_are_not_told_again(cases, boss, clock):
    watch(cases, AlertRule("recurring", count=3, within_days=30, to=["hook"]), boss=boss)
    for number in range(5):
        clock.now += timedelta(days=1)
        opened(cases, f"c{number}")
    assert len(told(cases)) == 1

    clock.now += timedelta(days=28)  # the window of the first alert is over: c3, c4 and c9 are three again
    opened(cases, "c9")
    assert [alert.count for alert in cases.alerts.raised()] == [3, 3]


def test_so_many_in_a_period_are_told_once_for_the_period(cases, boss):
    watch(
        cases,
        AlertRule("many", count=2, at_least=Money(500, "CNY"), severity="high", owner="logistics", to=["h"]),
        boss=boss,
    )
    opened(cases, "c1")
    opened(cases, "c2", period="2026-11")
    opened(cases, "c3", impact_minor=100)
    opened(cases, "c4", severity="low")
    opened(cases, "c5", owner="finance")
    assert told(cases) == []
    opened(cases, "c6", period="2026-10")
    opened(cases, "c7", period="2026-10")

    assert [(alert.subject, alert.period, alert.count) for alert in cases.alerts.raised()] == [
        ("courier.overweight", "2026-10", 2)
    ]
    assert cases.alerts.raised()[0].line == "courier.overweight: 2 cases in period 2026-10"


def test_what_tolerance_accepted_is_not_counted(cases, boss):
    watch(cases, AlertRule("many", count=2, to=["h"]), boss=boss)
    opened(cases, "c1")
    note(cases, Draft(kind="decision.accept", subject="c1", body={"state": "auto_accepted"}))
    opened(cases, "c2")
    assert told(cases) == []
    note(cases, Draft(kind="decision.resolve", subject="c2", body={"state": "resolved"}))
    opened(cases, "c3")

    assert [alert.count for alert in cases.alerts.raised()] == [2]


def test_a_case_that_is_open_too_long_is_told_by_working_days(cases, boss, clock):
    watch(cases, AlertRule("old", older_than_days=3, to=["hook"]), boss=boss)
    clock.now = datetime(2026, 9, 30, 2, 0, tzinfo=UTC)
    opened(cases)

    # The holiday of 1 to 7 October is no working day, Saturday the 10th is one: 8, 9 and 10 October are the three.
    assert cases.alerts.look(datetime(2026, 10, 10, 15, 0, tzinfo=UTC)) == ()
    [alert] = cases.alerts.look(datetime(2026, 10, 10, 16, 0, tzinfo=UTC))
    assert alert.line == "courier.overweight +620.00 CNY: open for more than 3 working days"
    assert "Escalate to: logistics_lead" in alert.text
    assert "上报：物流主管" in alert.text_zh
    assert cases.alerts.look(datetime(2026, 10, 20, tzinfo=UTC)) == ()


def test_an_overdue_case_is_told_once_and_again_when_it_was_given_more_time(cases, boss):
    watch(cases, AlertRule("late", overdue=True, types=["courier.*"], to=["hook"]), boss=boss)
    opened(cases, due_on="2026-10-10")
    opened(cases, "never", due_on=None)
    opened(cases, "done")
    note(cases, Draft(kind="decision.resolve", subject="done", body={"state": "resolved"}))

    assert cases.alerts.look(datetime(2026, 10, 10, 15, 59, tzinfo=UTC)) == ()
    [alert] = cases.alerts.look(datetime(2026, 10, 10, 16, 0, tzinfo=UTC))
    assert (alert.case_id, alert.line_zh) == ("c1", "courier.overweight +620.00 CNY：已逾期")
    assert cases.alerts.look(datetime(2026, 10, 12, tzinfo=UTC)) == ()

    note(cases, Draft(kind="decision.assign", subject="c1", body={"due_on": "2026-10-20"}))
    assert cases.alerts.look(datetime(2026, 10, 20, tzinfo=UTC)) == ()
    assert [alert.due_on.isoformat() for alert in cases.alerts.look(datetime(2026, 10, 21, tzinfo=UTC))] == [
        "2026-10-20"
    ]


def test_looking_keeps_nobody_waiting_while_there_is_nothing_to_tell(url, boss, monkeypatch):
    monkeypatch.setattr("tieout.casebook.store._WAIT_SECONDS", 1)
    with Casebook(url) as cases, Casebook(url) as other:
        watch(cases, AlertRule("late", overdue=True, to=["hook"]), boss=boss)
        opened(cases, due_on="2999-12-31")
        with other.store.writing():
            assert cases.alerts.look() == ()


def test_tolerance_that_absorbs_too_much_is_told_once_for_the_same_records(cases, boss):
    watch(
        cases,
        AlertRule("drift", types=["*"], drift=Money(1, "CNY"), to=["hook"]),
        AlertRule("drift of a day", types=["general.tolerance_drift"], to=["hook"]),
        boss=boss,
    )
    run = {"reconciliation": "settlement", "period": "2026-10", "scope": "5c0be"}

    def run_with(**minor):
        absorbed = {code: {"count": 1, "minor": cents} for code, cents in minor.items()}
        note(cases, Draft(kind="run", subject="r", body={**run, "absorbed": absorbed}))

    run_with(CNY=-99, USD=500)
    assert told(cases) == []
    run_with(CNY=-100)
    run_with(CNY=-120)
    opened(cases, type="general.tolerance_drift", impact_minor=0)

    assert told(cases) == [("drift", "settlement"), ("drift of a day", "c1")]
    assert cases.alerts.raised()[0].line_zh == "settlement：2026-10 容差累计 -1.00 CNY"
    run |= {"period": None, "scope": "d00d5"}
    run_with(CNY=130)
    assert cases.alerts.raised()[-1].line == "settlement: tolerance absorbed +1.30 CNY"


def test_a_digest_goes_out_once_a_day_with_all_that_was_held(cases, boss, clock):
    seen = []
    watch(
        cases,
        AlertRule("all", digest="daily", to=["mail"]),
        AlertRule("twice", digest="weekly", to=["mail"]),
        boss=boss,
    )
    sinks = {"mail": type("Mail", (), {"send": lambda _, message: seen.append(message)})()}
    opened(cases, "c1")  # Thursday 1 October, 16:00 in Shanghai
    opened(cases, "c2")

    cases.alerts.look(datetime(2026, 10, 2, 0, 59, tzinfo=UTC))
    assert cases.alerts.deliver(sinks).delivered == 0
    for _ in range(2):
        cases.alerts.look(datetime(2026, 10, 2, 1, 0, tzinfo=UTC))
        cases.alerts.deliver(sinks)
    [digest] = seen
    assert (digest.title, digest.title_zh) == ("tieout: daily digest, 2 alerts", "tieout：每日汇总，2 条")
    assert digest.text == "courier.overweight +620.00 CNY (c1)\ncourier.overweight +620.00 CNY (c2)"
    assert {letter.state for letter in cases.alerts.waiting()} == {"held"}

    cases.alerts.look(datetime(2026, 10, 5, 1, 0, tzinfo=UTC))  # Monday
    cases.alerts.deliver(sinks)
    assert [(message.digest, len(message.alerts)) for message in seen] == [("daily", 2), ("weekly", 2)]
    assert cases.alerts.waiting() == ()


@ON_SQLITE
def test_a_long_digest_names_fifty_and_says_how_many_more(cases, boss):
    watch(cases, AlertRule("all", digest="daily", to=["mail"]), boss=boss)
    body = {"type": "bank.missing", "severity": "low", "reconciliation": "r", "discrepancy_id": "d"}
    note(cases, *(Draft(kind="case.opened", subject=f"c{number:04}", body=body) for number in range(1_003)))
    cases.alerts.look(datetime(2026, 10, 2, 1, 0, tzinfo=UTC))

    first, second = (letter.message for letter in cases.alerts.waiting())
    assert (len(first.alerts), len(second.alerts)) == (1_000, 3)
    assert first.text.splitlines()[-1] == "and 950 more"
    assert first.text_zh.splitlines()[-1] == "另有 950 条"
    assert len(first.text.splitlines()) == 51


@ON_SQLITE
def test_the_same_rules_again_say_nothing_and_other_rules_replace_them(cases, boss):
    rule = AlertRule("r", types=["a.*"], at_least=Money("1.50", "CNY"), severity="low", digest="weekly", to=["x"])
    count = AlertRule("n", count=3, within_days=2, to=["x", "y"])
    watch(cases, rule, count, boss=boss)
    watch(cases, rule, count, boss=boss)
    assert cases.verify().entries == 1
    assert cases.alerts.rules == (rule, count)

    watch(cases, boss=boss)
    assert cases.alerts.rules == ()
    opened(cases)
    assert told(cases) == []


def test_text_that_looks_like_sql_is_text(cases, boss):
    evil = "x'); DROP TABLE entry; --"
    watch(cases, AlertRule(evil, types=["*"], owner=evil, digest="daily", to=[evil]), boss=boss, reason=evil)
    opened(cases, evil, owner=evil, type=evil, period=evil, next_step=evil)
    cases.alerts.look(datetime(2026, 10, 2, 1, 0, tzinfo=UTC))
    seen = []

    assert cases.alerts.deliver({evil: HookSink(seen.append)}).delivered == 1
    assert [(one.rule, one.case_id, one.type, one.next_step) for one in seen] == [(evil, evil, evil, evil)]
    assert cases.verify().holds


@ON_SQLITE
def test_rules_are_set_by_those_who_may(cases, wang):
    with pytest.raises(NotAllowed, match="wang \\(logistics\\) may not watch"):
        cases.alerts.watch([], actor=wang)
    with pytest.raises(NotAllowed, match="may not alert"):
        cases.alerts.deliver({}, actor=Actor("eve", roles=["auditor"]))


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"count": 2, "overdue": True}, "only one of count, older_than_days, overdue and drift"),
        ({"within_days": 3}, "needs a count"),
        ({"count": 0}, "count is 0, at least 1 is needed"),
        ({"older_than_days": -1}, "older_than_days is -1, at least 0 is needed"),
        ({"at_least": Money(0, "CNY")}, "an amount above 0 is needed"),
        ({"severity": "huge"}, "'huge' is none of info, low, medium, high, critical"),
        ({"digest": "hourly"}, "'hourly' is none of at_once, daily, weekly"),
        ({"types": "courier.*"}, "several texts"),
        ({"types": []}, "patterns of types"),
        ({"to": []}, "names of sinks are needed, each once"),
        ({"to": ["a", "a"]}, "names of sinks are needed, each once"),
        ({"name": " "}, "a name of 1 to 100 characters"),
        ({"name": "call 13800005678"}, "looks personal"),
    ],
)
def test_a_rule_that_asks_for_nothing_sensible_is_refused(said, problem):
    given = {"name": "r", "to": ["x"], **said}

    with pytest.raises(CasebookError, match=problem):
        AlertRule(given.pop("name"), **given)


@ON_SQLITE
def test_two_rules_of_one_name_are_refused(cases, boss):
    with pytest.raises(CasebookError, match="two rules are called 'r'"):
        watch(cases, AlertRule("r", to=["x"]), AlertRule("r", to=["y"]), boss=boss)


@pytest.mark.parametrize(
    ("digest", "now", "due"),
    [
        (Digest.DAILY, "2026-10-02T00:59", "2026-10-01T01:00"),
        (Digest.DAILY, "2026-10-02T01:00", "2026-10-02T01:00"),
        (Digest.WEEKLY, "2026-10-05T00:59", "2026-09-28T01:00"),
        (Digest.WEEKLY, "2026-10-11T23:00", "2026-10-05T01:00"),
    ],
)
def test_digests_are_due_at_nine_of_the_books_place(digest, now, due):
    settings = Settings(rules=(), timezone="Asia/Shanghai")

    found = settings.last_digest(digest, datetime.fromisoformat(f"{now}+00:00"))

    assert found == datetime.fromisoformat(f"{due}+00:00")


def test_playing_the_log_again_gives_the_same_outbox(cases, boss):
    def fail(alert):
        if alert.case_id == "c2":
            raise OSError

    watch(cases, AlertRule("now", to=["hook"]), AlertRule("daily", digest="daily", to=["hook"]), boss=boss)
    opened(cases, "c1")
    opened(cases, "c2")
    cases.alerts.look(datetime(2026, 10, 2, 1, 0, tzinfo=UTC))
    cases.alerts.deliver({"hook": HookSink(fail)})
    opened(cases, "c3")
    with cases.store.reading() as connection:
        states = set(connection.exec_driver_sql("SELECT state FROM delivery_now").scalars())
    assert states == {"delivered", "waiting", "held", "gathered"}

    assert cases.rebuild().faults == ()
    assert cases.verify().holds
