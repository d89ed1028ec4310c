from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from casebook import case_entries
from tieout.casebook import SYSTEM, Actor, CaseState, Resolution
from tieout.casebook.log import Draft, entries
from tieout.casebook.schema import case_now
from tieout.casebook.workflow import OPEN_STATES, allowed_in
from tieout.errors import CasebookError, DecisionConflict, InvalidTransition, NotAllowed

HOSTILE = "x'); DROP TABLE entry; -- \" OR 1=1 /* ' */ %s :id ?"
LEAD = Actor("sun", roles=["logistics_lead"])
CFO = Actor("zhou", roles=["cfo"])
BOSS = Actor("boss", roles=["admin"])


def body(number=1, **others):
    """A case of its own parcel."""
    named = {
        "discrepancy_id": f"d{number}",
        "keys": {"carrier": "sf", "tracking_no": f"SF{number}", "bill_no": "B1"},
        "reason": "billed 1.30 kg, weighed 0.86 kg",
        "reason_zh": "计费 1.30 kg，实重 0.86 kg",
    }
    return case_entries.body(**{**named, **others})


@pytest.fixture
def opened(cases):
    """Opens cases by what is different about each, and gives their ids."""

    def of(*others):
        drafts = [
            Draft(kind="case.opened", subject=f"c{number}", body=body(number, **other))
            for number, other in enumerate(others, 1)
        ]
        with cases.store.writing() as connection:
            cases._note(connection, drafts, actor=SYSTEM)
        return [draft.subject for draft in drafts]

    return of


def rows(cases, *names):
    with cases.store.reading() as connection:
        found = connection.execute(sa.select(*(case_now.c[name] for name in names)).order_by(case_now.c.case_id))
        return [row[0] if len(names) == 1 else tuple(row) for row in found]


def kinds(cases, case_id):
    with cases.store.reading() as connection:
        return [one.kind for one in entries(connection, subject=case_id)]


def test_a_case_goes_from_open_to_reviewed_and_every_step_is_an_entry(cases, opened, wang, li):
    [one] = opened({})

    cases.assign(one, "wang", actor=wang)
    cases.start(one, actor=wang)
    cases.comment(one, "asked sf, call 13800005678", actor=wang)
    cases.resolve(one, cause="wrong_weight", responsible="courier", actor=wang, reason="sf agreed")
    cases.review(one, actor=li)

    assert rows(cases, "state", "is_open", "assignee", "cause", "responsible", "resolution", "resolved_by") == [
        ("reviewed", False, "wang", "wrong_weight", "courier", "corrected_source", "wang")
    ]
    assert kinds(cases, one) == [
        "case.opened",
        *(f"decision.{name}" for name in ("assign", "start", "comment", "resolve", "review")),
    ]
    with cases.store.reading() as connection:
        [said] = [entry.body["text"] for entry in entries(connection, kinds=["decision.comment"])]
    assert said == "asked sf, call 138****5678"
    assert cases.verify().holds


def test_who_decides_about_a_case_that_nobody_has_takes_it_on(cases, opened, wang):
    opened({}, {})

    cases.start("c1", actor=wang)
    cases.resolve("c2", cause="x", responsible="internal", resolution="false_positive", actor=wang)

    assert rows(cases, "state", "assignee") == [("investigating", "wang"), ("resolved", "wang")]


@pytest.mark.parametrize("resolution", ["false_positive", "timing_difference", "duplicate_case"])
def test_what_is_let_stand_needs_the_same_approval_by_whichever_call(cases, opened, wang, resolution):
    opened({"impact_minor": 5_000_000}, {"impact_minor": -5_000_000})

    accepted = cases.accept("c1", reason="x", resolution=resolution, actor=wang)
    resolved = cases.resolve("c2", cause="x", responsible="internal", resolution=resolution, actor=wang)

    assert (accepted.awaiting, resolved.awaiting) == (("c1",), ("c2",))
    cases.approve(["c1", "c2"], actor=CFO)
    assert rows(cases, "state", "resolution") == [("resolved", resolution)] * 2


def test_who_is_named_by_an_address_has_what_is_assigned_to_them(cases, opened):
    opened({})
    them = Actor("wei@corp.example", roles=["data"])

    cases.assign("c1", " wei@corp.example ", actor=BOSS)
    cases.start("c1", actor=them)

    assert rows(cases, "state", "assignee") == [("investigating", "wei@corp.example")]


def test_nobody_is_a_second_person_by_a_space(cases, opened):
    opened({"impact_minor": 50_000})
    cases.write_off("c1", reason="x", actor=BOSS)

    with pytest.raises(NotAllowed, match="boss asked for it and cannot approve it"):
        cases.approve("c1", actor=Actor(" boss ", roles=["admin"]))


ACTIONS = {
    "assign": lambda cases, one, who: cases.assign(one, "wang", actor=who),
    "start": lambda cases, one, who: cases.start(one, actor=who),
    "accept": lambda cases, one, who: cases.accept(one, reason="x", actor=who),
    "write_off": lambda cases, one, who: cases.write_off(one, reason="x", actor=who),
    "claim": lambda cases, one, who: cases.claim(one, actor=who),
    "resolve": lambda cases, one, who: cases.resolve(one, cause="x", responsible="courier", actor=who),
    "reopen": lambda cases, one, who: cases.reopen(one, reason="x", actor=who),
    "review": lambda cases, one, who: cases.review(one, actor=who),
    "comment": lambda cases, one, who: cases.comment(one, "x", actor=who),
    "attach": lambda cases, one, who: cases.attach(one, "x", actor=who),
}
TO = {
    "open": [],
    "assigned": ["assign"],
    "investigating": ["start"],
    "claimed": ["claim"],
    "resolved": ["resolve"],
    "reopened": ["resolve", "reopen"],
    "reviewed": ["resolve", "review"],
}


@pytest.mark.parametrize("state", TO)
def test_each_state_allows_what_the_state_machine_says_and_refuses_the_rest_with_the_list(cases, opened, state):
    opened(*[{}] * len(ACTIONS))
    makers = [Actor("m1", roles=["admin"]), Actor("m2", roles=["admin"])]

    for number, (action, act) in enumerate(ACTIONS.items(), 1):
        one = f"c{number}"
        for step, before in enumerate(TO[state]):
            ACTIONS[before](cases, one, makers[step])
        allowed = allowed_in(CaseState(state))
        if action in allowed:
            act(cases, one, BOSS)
        else:
            with pytest.raises(
                InvalidTransition, match=rf"case {one}: data.invalid_transition: it is {state}, where {action}"
            ) as told:
                act(cases, one, BOSS)
            assert (told.value.state, told.value.allowed) == (state, allowed)
            assert f"possible are {', '.join(allowed)}" in str(told.value)


def test_the_state_machine_is_the_one_of_the_specification():
    assert {state: set(allowed_in(state)) - {"comment", "attach", "assign"} for state in CaseState} == {
        "open": {"start", "accept", "write_off", "claim", "resolve"},
        "reopened": {"start", "accept", "write_off", "claim", "resolve"},
        "assigned": {"start", "accept", "write_off", "claim", "resolve"},
        "investigating": {"accept", "write_off", "claim", "resolve"},
        "claimed": {"claim_accepted", "claim_rejected"},
        "claim_accepted": {"claim_credited", "write_off", "resolve"},
        "claim_rejected": {"write_off", "resolve"},
        "resolved": {"reopen", "review"},
        "auto_accepted": {"reopen", "review"},
        "reviewed": {"archive"},
        "archived": set(),
    }
    assert {
        "open",
        "reopened",
        "assigned",
        "investigating",
        "claimed",
        "claim_accepted",
        "claim_rejected",
    } == OPEN_STATES


def test_a_bulk_decision_is_made_for_all_or_for_none(cases, opened, wang):
    opened({}, {}, {})
    cases.resolve("c2", cause="x", responsible="courier", actor=wang)
    before = cases.head

    with pytest.raises(InvalidTransition, match="case c2"):
        cases.resolve(["c1", "c2", "c3"], cause="x", responsible="courier", actor=wang)
    with pytest.raises(CasebookError, match="case_ids: there is no case c9"):
        cases.assign(["c1", "c9"], "wang", actor=wang)
    with pytest.raises(CasebookError, match="case_ids: case c1 is named twice"):
        cases.assign(["c1", "c3", "c1"], "wang", actor=wang)

    assert rows(cases, "state") == ["open", "resolved", "open"]
    assert cases.head == before


def test_two_thousand_cases_are_resolved_in_one_call(cases, opened, wang):
    ids = opened(*[{"keys": {"carrier": f"k{number % 7}", "tracking_no": f"T{number}"}} for number in range(2_000)])

    cases.resolve(ids, cause="wrong_weight", responsible="courier", actor=wang)

    assert {"resolved"} == set(rows(cases, "state"))
    assert rows(cases, "is_recurring").count(True) == 2_000 - 2 * 7


def test_a_decision_about_an_older_version_is_refused_and_says_what_came_since(cases, opened, wang, li):
    opened({}, {})
    seen = rows(cases, "version")[0]
    cases.comment("c1", "wait", actor=li)

    with pytest.raises(
        DecisionConflict, match=r"case c1: you saw version 1; since then li noted decision.comment .entry 3."
    ) as told:
        cases.resolve("c1", cause="x", responsible="courier", actor=wang, seen=seen)
    assert (told.value.seen, told.value.entry) == (1, 3)
    with pytest.raises(DecisionConflict, match="case c1"):
        cases.resolve(["c1", "c2"], cause="x", responsible="courier", actor=wang, seen={"c1": 1, "c2": 2})

    cases.resolve(["c1", "c2"], cause="x", responsible="courier", actor=wang, seen={"c1": 3})
    assert rows(cases, "state") == ["resolved", "resolved"]


def test_a_role_that_does_not_own_the_case_may_not_decide(cases, opened, wang):
    opened({})
    stranger, auditor = Actor("zhao", roles=["marketing"]), Actor("chen", roles=["auditor"])

    for who in (stranger, auditor):
        for action in ("assign", "start", "accept", "write_off", "claim", "resolve"):
            with pytest.raises(NotAllowed, match=f"{who.name} .* may not {action}"):
                ACTIONS[action](cases, "c1", who)
    with pytest.raises(CasebookError, match="actor: somebody has to do it"):
        cases.start("c1", actor=None)

    cases.comment("c1", "I saw the parcel", actor=stranger)
    cases.assign("c1", "zhao", actor=wang)
    cases.start("c1", actor=stranger)  # who it is given to works on it


def test_a_case_is_handed_to_another_team_with_its_history(cases, opened, wang):
    opened({})
    cases.assign("c1", "wang", actor=wang)

    cases.assign(
        "c1", role="customer_service", reason="the buyer says it never came", actor=wang, due_on=date(2026, 10, 12)
    )

    assert rows(cases, "owner", "escalate_to", "assignee", "due_on", "state") == [
        ("customer_service", "customer_service_lead", None, "2026-10-12", "assigned")
    ]
    cases.assign("c1", "mei", actor=Actor("qian", roles=["customer_service"]))
    assert ["case.opened", "decision.assign", "decision.assign", "decision.assign"] == kinds(cases, "c1")
    with pytest.raises(CasebookError, match="assign: a person or a role is needed"):
        cases.assign("c1", actor=wang)
    with pytest.raises(CasebookError, match=r"role: one of logistics, .* is needed, got 'nobody'"):
        cases.assign("c1", role="nobody", actor=BOSS)


@pytest.mark.parametrize(
    ("minor", "currency", "by", "low"),
    [
        (10_001, "CNY", LEAD, Actor("x", roles=["logistics"])),
        (-100_001, "CNY", Actor("fm", roles=["finance_manager"]), LEAD),
        (1_000_001, "CNY", CFO, Actor("fm", roles=["finance_manager"])),
        (1, "USD", CFO, Actor("fm", roles=["finance_manager"])),
    ],
)
def test_an_amount_above_the_limit_waits_for_the_level_that_it_needs(cases, opened, wang, minor, currency, by, low):
    opened({"impact_minor": minor, "currency": currency})

    asked = cases.write_off("c1", reason="too small to fight for", actor=wang)

    assert asked.awaiting == ("c1",)
    assert asked.proposals == ()
    assert rows(cases, "state", "awaits", "resolution") == [("open", next(iter(by.roles)).value, None)]
    with pytest.raises(NotAllowed, match=r"may not approve write_off of this amount\nHint: it takes one of"):
        cases.approve("c1", actor=low)
    given = cases.approve("c1", actor=by, reason="agreed")
    assert rows(cases, "state", "awaits", "resolution", "resolved_by") == [("resolved", None, "written_off", "wang")]
    assert [one.kind for one in given.entries] == ["approval.given", "decision.write_off"]
    assert (given.entries[1].actor, given.entries[1].body["maker"], given.entries[1].reason) == (
        by.name,
        "wang",
        "too small to fight for",
    )
    assert given.proposals[0].kind == "voucher"


def test_up_to_the_limit_one_person_decides_alone(cases, opened, wang):
    opened({"impact_minor": 10_000}, {"impact_minor": -10_000}, {"impact_minor": 10_001})

    done = cases.write_off(["c1", "c2", "c3"], reason="small", actor=wang)

    assert done.awaiting == ("c3",)
    assert rows(cases, "state") == ["resolved", "resolved", "open"]


def test_nobody_approves_or_reviews_their_own_work_an_administrator_neither(cases, opened, wang):
    opened({"impact_minor": 50_000}, {})
    cases.accept("c1", reason="x", actor=BOSS)
    cases.resolve("c2", cause="x", responsible="courier", actor=BOSS)

    with pytest.raises(NotAllowed, match="case c1: boss asked for it and cannot approve it"):
        cases.approve("c1", actor=BOSS)
    with pytest.raises(NotAllowed, match="case c2: boss ended it and cannot review it"):
        cases.review("c2", actor=BOSS)
    cases.approve("c1", actor=LEAD)
    with pytest.raises(NotAllowed, match="case c1: boss ended it"):  # the one who asked is the maker, not who approved
        cases.review("c1", actor=BOSS)


def test_a_case_that_waits_is_closed_to_other_decisions_until_the_approval_is_refused(cases, opened, wang):
    opened({"impact_minor": 50_000})
    cases.write_off("c1", reason="x", actor=wang)

    for action in ("accept", "write_off", "claim", "resolve"):
        with pytest.raises(InvalidTransition, match="it waits for the approval of logistics_lead"):
            ACTIONS[action](cases, "c1", wang)
    with pytest.raises(NotAllowed, match=r"zhao .* may not approve"):
        cases.refuse("c1", reason="no", actor=Actor("zhao", roles=["marketing"]))
    cases.refuse("c1", reason="claim it first", actor=LEAD)

    assert rows(cases, "state", "awaits") == [("open", None)]
    with pytest.raises(CasebookError, match="case c1: it waits for no approval"):
        cases.approve("c1", actor=LEAD)
    cases.write_off("c1", reason="again", actor=wang)
    cases.refuse("c1", reason="I take it back", actor=wang)
    assert rows(cases, "awaits") == [None]


def test_an_approval_of_another_amount_than_the_case_has_now_is_refused(cases, opened, wang):
    opened({"impact_minor": 50_000})
    cases.write_off("c1", reason="x", actor=wang)
    with cases.store.writing() as connection:
        cases._note(
            connection, [Draft(kind="case.changed", subject="c1", body={"impact_minor": 900_000})], actor=SYSTEM
        )

    with pytest.raises(
        DecisionConflict, match="it was asked for 50000 CNY in smallest units, the case is about 900000 CNY now"
    ):
        cases.approve("c1", actor=CFO)


def test_an_approval_lapses_when_no_run_finds_the_case_any_more(cases, opened, wang):
    opened({"impact_minor": 50_000})
    cases.write_off("c1", reason="x", actor=wang)
    with cases.store.writing() as connection:
        cases._note(connection, [Draft(kind="case.gone", subject="c1", body={"run": 2})], actor=SYSTEM)

    assert rows(cases, "awaits", "state") == [(None, "resolved")]
    with pytest.raises(CasebookError, match="it waits for no approval"):
        cases.approve("c1", actor=CFO)


def test_the_library_itself_accepts_what_is_within_the_tolerance_and_nothing_above(cases, opened, li):
    opened({"impact_minor": 5}, {"impact_minor": 6})

    cases.accept("c1", reason="rounding", actor=SYSTEM, resolution="timing_difference")
    with pytest.raises(NotAllowed, match="case c2: tieout may accept what is within the tolerance alone"):
        cases.accept("c2", reason="rounding", actor=SYSTEM)

    assert rows(cases, "state", "is_open", "resolved_by") == [("auto_accepted", False, "tieout"), ("open", True, None)]
    cases.review("c1", actor=li)


def test_the_third_case_of_one_type_entity_and_cause_within_thirty_days_is_recurring(cases, opened, wang, clock):
    same = {"type": "courier.wrong_zone"}
    for number in range(1, 5):
        with cases.store.writing() as connection:
            cases._note(
                connection, [Draft(kind="case.opened", subject=f"c{number}", body=body(number, **same))], actor=SYSTEM
            )
        clock.now += timedelta(days=14)
    other = body(5, **same, keys={"carrier": "yto", "tracking_no": "Y1"})
    with cases.store.writing() as connection:
        cases._note(connection, [Draft(kind="case.opened", subject="c5", body=other)], actor=SYSTEM)

    for one in ("c1", "c2", "c4", "c5", "c3"):
        cases.resolve(one, cause="wrong_zone", responsible="courier", actor=wang)

    # c1, c2 and c4 opened on days 0, 14 and 42; c3 on day 28 is the third within 30 days, with two either side of it
    assert rows(cases, "case_id", "is_recurring") == [
        ("c1", False),
        ("c2", False),
        ("c3", True),
        ("c4", False),
        ("c5", False),
    ]


@pytest.mark.parametrize("keys", [{"carrier": "sf"}, {}], ids=["named", "nobody"])
def test_what_recurs_is_counted_for_whom_it_is_about(cases, opened, wang, keys):
    opened({"keys": keys}, {"keys": {"carrier": "yto"}}, {"keys": keys}, {"keys": keys})

    for number in range(1, 5):
        cases.resolve(f"c{number}", cause="wrong_zone", responsible="courier", actor=wang)

    assert rows(cases, "is_recurring") == [False, False, False, True]


@pytest.mark.parametrize(
    ("days", "recurring"),
    [
        ((0, 10, 30), (False, False, True)),  # 30 days apart are within 30 days
        ((0, 10, 31), (False, False, False)),
        ((0, 29, 58), (False, False, False)),
        ((30, 10, 0), (False, False, True)),
        ((0, 31, 15), (False, False, False)),
        ((0, 40, 41, 45), (False, False, False, True)),
        ((45, 41, 40, 0), (False, False, True, False)),
    ],
)
def test_a_recurring_case_has_two_others_in_some_thirty_days(cases, opened, wang, clock, days, recurring):
    begun = clock.now
    clock.step = timedelta(0)
    for number, day in enumerate(days, 1):
        clock.now = begun + timedelta(days=day)
        with cases.store.writing() as connection:
            cases._note(connection, [Draft(kind="case.opened", subject=f"c{number}", body=body(number))], actor=SYSTEM)

    cases.resolve([f"c{number}" for number in range(1, len(days) + 1)], cause="x", responsible="courier", actor=wang)

    assert rows(cases, "is_recurring") == list(recurring)


def test_an_approval_looks_at_the_evidence_again(cases, opened, li):
    opened({"type": "bank.amount_mismatch", "owner": "treasury", "impact_minor": 50_000})
    cases.write_off("c1", reason="x", actor=Actor("zhang", roles=["treasury"]))
    cases.attach("c1", "advice/7", label="bank_advice", actor=li)

    given = cases.approve("c1", actor=BOSS)

    assert rows(cases, "flags", "resolution") == [(None, "written_off")]
    assert "evidence_missing" not in given.entries[1].body


def test_missing_evidence_is_flagged_and_refused_where_the_policies_say_so(cases, opened, wang, tmp_path):
    service = Actor("mei", roles=["customer_service"])
    opened(*[{"type": "aftersale.refund_not_arrived", "owner": "customer_service", "impact_minor": 0}] * 2)
    cases.attach("c2", "chat/77", label="refund_proof", sha256="AB" * 32, actor=service)

    cases.resolve(["c1", "c2"], cause="late_booking", responsible="channel", actor=service)

    assert rows(cases, "flags") == ["general.evidence_missing", None]
    from tieout.casebook import Policies

    file = tmp_path / "ours.toml"
    file.write_text('[[checklist]]\ntypes = ["aftersale.refund_"]\nrequired = ["refund_proof", "chat"]\nrefuse = true')
    cases.policies = Policies.load(file)
    cases.reopen(["c1", "c2"], reason="once more", actor=service)
    assert rows(cases, "flags") == [None, None]
    with pytest.raises(
        CasebookError,
        match=r"general.evidence_missing: case c1 needs refund_proof, chat; case c2 needs chat\nHint: attach",
    ):
        cases.resolve(["c1", "c2"], cause="late_booking", responsible="channel", actor=service)


def test_an_attachment_is_a_reference_and_a_wrong_hash_is_refused(cases, opened, wang):
    opened({})

    done = cases.attach("c1", "nas/photos/scale.jpg", label="weighing_photo", sha256="a" * 64, actor=wang)

    assert done.entries[0].body == {"ref": "nas/photos/scale.jpg", "label": "weighing_photo", "sha256": "a" * 64}
    assert rows(cases, "attachments") == [1]
    with pytest.raises(CasebookError, match="sha256: 64 hex digits are needed, got 'abc'"):
        cases.attach("c1", "x", sha256="abc", actor=wang)
    with pytest.raises(CasebookError, match="ref: it has to be said"):
        cases.attach("c1", " ", actor=wang)


@pytest.mark.parametrize(
    ("party", "kind"),
    [("internal", "voucher"), *[(party, "letter") for party in ("platform", "courier", "customer", "channel", "bank")]],
)
def test_whose_fault_it_was_decides_the_next_step(cases, opened, wang, party, kind):
    opened({"impact_minor": 9_000, "actual_minor": 9_260})

    [proposal] = cases.resolve("c1", cause="wrong_rate", responsible=party, actor=wang).proposals

    assert proposal.kind == kind
    assert str(proposal.amount.amount) == "90.00"
    for text in (proposal.text, proposal.text_zh):
        assert "SF1" in text
        assert "90.00 CNY" in text
        assert "c1" in text
    assert {"type": "courier.overweight", "cause": "wrong_rate", "responsible": party}.items() <= proposal.data.items()


def test_a_reopened_case_has_its_working_days_again(cases, opened, wang, clock):
    opened({})
    cases.resolve("c1", cause="x", responsible="courier", actor=wang)
    clock.now += timedelta(days=30)

    cases.reopen("c1", reason="the credit was taken back", actor=wang)

    assert rows(cases, "due_on", "state") == [
        ("2026-11-04", "reopened")
    ]  # Saturday 31 October, then Monday to Wednesday
    with cases.store.writing() as connection:
        cases._note(
            connection, [Draft(kind="case.reopened", subject="c1", body={"due_on": "2026-12-01"})], actor=SYSTEM
        )
    assert rows(cases, "due_on") == ["2026-12-01"]


def test_our_own_fault_without_money_is_corrected_at_its_source(cases, opened, wang):
    opened({"impact_minor": 0})

    done = cases.resolve("c1", cause="entered_twice", responsible="internal", actor=wang)

    assert (rows(cases, "resolution"), done.proposals) == (
        ["corrected_source"],
        (),
    )  # nobody writes a letter to themselves


def test_a_letter_names_identifiers_and_amounts_in_both_languages(cases, opened, wang):
    opened({})

    [proposal] = cases.resolve("c1", cause="wrong_weight", responsible="courier", actor=wang).proposals

    assert proposal.party == "sf"
    assert proposal.text == (
        "To sf (courier): please check the following item and correct or credit the difference.\n"
        "1. waybill SF1, bill B1: billed 1.30 kg, weighed 0.86 kg; yours 3.50 CNY, expected 2.60 CNY, difference 0.90 CNY [c1]\n"
        "Total difference: 0.90 CNY"
    )
    assert proposal.text_zh == (
        "致 sf（快递公司）：请核对以下 1 笔，并更正或退回差额。\n"
        "1. 运单号 SF1, 账单号 B1：计费 1.30 kg，实重 0.86 kg；贵方 3.50 CNY，应为 2.60 CNY，差额 0.90 CNY [c1]\n"
        "差额合计：0.90 CNY"
    )


def test_a_count_that_is_short_by_one_proposes_to_take_one_from_the_stock(cases, opened):
    store = Actor("gao", roles=["warehouse"])
    opened(
        {
            "type": "warehouse.count_loss",
            "owner": "warehouse",
            "impact_minor": -8_000,
            "keys": {"sku": "A1"},
            "claimable": False,
        }
    )

    done = cases.resolve(
        "c1", cause="theft", responsible="internal", resolution="adjusted_stock", quantity=-1, actor=store
    )

    [proposal] = done.proposals
    assert (proposal.kind, proposal.quantity, str(proposal.amount.amount)) == ("stock", -1, "-80.00")
    assert proposal.text == "stock_adjust A1 by -1 (theft, case c1), and a voucher over -80.00 CNY"
    with pytest.raises(CasebookError, match="quantity: a quantity goes with resolution='adjusted_stock'"):
        cases.resolve("c1", cause="theft", responsible="internal", quantity=-1, actor=store)


def test_what_has_to_be_said_has_to_be_said(cases, opened, wang):
    opened({})

    for act in (
        lambda: cases.write_off("c1", reason=" ", actor=wang),
        lambda: cases.accept("c1", reason="", actor=wang),
        lambda: cases.resolve("c1", cause="", responsible="courier", actor=wang),
        lambda: cases.comment("c1", "", actor=wang),
    ):
        with pytest.raises(CasebookError, match="it has to be said"):
            act()
    with pytest.raises(CasebookError, match=r"responsible: one of internal, .* is needed, got 'nobody'"):
        cases.resolve("c1", cause="x", responsible="nobody", actor=wang)
    with pytest.raises(
        CasebookError, match="resolution: one of false_positive, timing_difference, duplicate_case is needed"
    ):
        cases.accept("c1", reason="x", resolution=Resolution.WRITTEN_OFF, actor=wang)
    with pytest.raises(CasebookError, match="text: 20,001 characters, at most 20,000 are kept"):
        cases.comment("c1", "x" * 20_001, actor=wang)


def test_text_that_looks_like_sql_is_kept_as_it_is_in_every_field(cases, opened):
    boss = Actor(HOSTILE, roles=["admin"])
    [one] = opened(
        {"reason": HOSTILE, "keys": {"carrier": HOSTILE, "tracking_no": HOSTILE}, "evidence": {"x": HOSTILE}}
    )

    cases.assign(one, HOSTILE, reason=HOSTILE, actor=boss)
    cases.start(one, reason=HOSTILE, actor=boss)
    cases.comment(one, HOSTILE, actor=boss)
    cases.attach(one, HOSTILE, label=HOSTILE, reason=HOSTILE, actor=boss)
    [claim] = cases.claim(one, party=HOSTILE, reason=HOSTILE, actor=boss)
    cases.claim_rejected(claim.claim_id, reason=HOSTILE, reference=HOSTILE, actor=boss)
    cases.resolve(one, cause=HOSTILE, responsible="courier", reason=HOSTILE, actor=boss)
    cases.reopen(one, reason=HOSTILE, actor=boss)
    with pytest.raises(CasebookError, match="there is no case"):
        cases.comment(HOSTILE, "x", actor=boss)

    assert rows(cases, "assignee", "reason", "state") == [(HOSTILE, HOSTILE, "reopened")]
    with cases.store.reading() as connection:
        told = list(entries(connection, subject=one))
    assert {one.reason for one in told[1:]} == {HOSTILE, None}
    assert told[6].body["reference"] == HOSTILE
    assert cases.verify().holds
