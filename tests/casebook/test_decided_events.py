import datetime as dt
from decimal import Decimal

import attrs
import pytest
from moneyed import Money

from tieout.casebook import SYSTEM, Actor
from tieout.casebook.decided_events import RULES
from tieout.casebook.log import Draft
from tieout.casebook.workflow import Resolution
from tieout.model import Event, Provenance
from tieout.posting import Book, event_kinds, trial_balance

BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
ENTERPRISE = Book(chart="cn_enterprise", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
ANNE = Actor("anne", roles=["accountant"])
MAKER = Actor("wu", roles=["warehouse"])
CHECKER = Actor("li", roles=["finance_manager"])
LINE = Provenance(file="count.csv", sha256="c" * 64, line=7)


def counted(kind="stock.count_loss", amount="80.00"):
    return Event(
        event_id="count",
        kind=kind,
        occurred_on=dt.date(2026, 10, 1),
        document="C1",
        amount=Money(amount, "CNY"),
        details={"warehouse": "W1"},
        sources=(attrs.evolve(LINE, line=2, line_end=30),),
    )


def opened(cases, type_="warehouse.count_loss", impact=-8000, *, keys=None, line=7, case_id="c1", **others):
    body = {
        "reconciliation": "stock_count",
        "discrepancy_id": case_id,
        "type": type_,
        "severity": "medium",
        "currency": "CNY",
        "impact_minor": impact,
        "claimable": False,
        "keys": {"count_id": "C1", "sku": "A1"} if keys is None else keys,
        "evidence": {"status": "approved"},
        "owner": "warehouse",
        "escalate_to": "ops_manager",
        "due_on": "2026-10-05",
        "source_file": LINE.file,
        "source_sha256": LINE.sha256,
        "source_line": line,
        **others,
    }
    with cases.store.writing() as connection:
        cases._note(connection, [Draft(kind="case.opened", subject=case_id, body=body)], actor=SYSTEM)


def post(cases, *events, book=BOOK, period="2026-10"):
    return cases.vouchers.post(events, book=book, period=period, actor=ANNE)


def balances(cases, book=BOOK):
    """Debits less credits of each account that has any, with its role."""
    lines = cases.vouchers.lines(book)
    sums = {}
    for role, debit, credit in lines.select("role", "debit_minor", "credit_minor").iter_rows():
        sums[role] = sums.get(role, 0) + (debit or 0) - (credit or 0)
    return {role: minor for role, minor in sums.items() if minor}


def approved(cases, how, *, asked=True, **said):
    """A case that is ended by one person and approved by another where its amount needs that."""
    decided = getattr(cases, how)("c1", actor=MAKER, **said)
    if asked:
        assert [entry.kind for entry in decided.entries] == ["approval.asked"]
        cases.approve("c1", actor=CHECKER)


def test_a_count_loss_leaves_suspense_only_when_somebody_else_approved_it(cases):
    """`domain.md` 7.4, V-28: two pieces of 80.00 lost, approved; a small business."""
    opened(cases, impact=-16000)
    post(cases, counted(amount="160.00"))
    assert balances(cases) == {"suspense_asset": 16000, "inventory": -16000}

    cases.write_off("c1", actor=MAKER, reason="not found", cause="unknown")
    assert post(cases, counted(amount="160.00")).prepared == ()
    assert len(cases.vouchers.decided(BOOK)) == 0

    cases.approve("c1", actor=CHECKER)
    (voucher,) = post(cases, counted(amount="160.00")).prepared

    assert [(line.role, line.amount.amount) for line in voucher.lines] == [
        ("penalty_exp", Decimal("160.00")),
        ("suspense_asset", Decimal("-160.00")),
    ]
    assert balances(cases) == {"penalty_exp": 16000, "inventory": -16000}
    assert post(cases, counted(amount="160.00")).prepared == ()
    total = trial_balance(cases.vouchers.journal(BOOK), book=BOOK, period="2026-10", statuses=["prepared"])
    assert {row.account: row.closing.amount for row in total if row.closing} == {
        "1405.01": Decimal("-160.00"),
        "5711": Decimal("160.00"),
    }
    assert total.proof.holds
    assert cases.verify().holds


def test_theft_takes_the_input_vat_of_the_goods_out_again(cases):
    """V-28 of an enterprise: 160.00 lost by mismanagement is 180.80 with its VAT of 13 %."""
    opened(cases, impact=-16000)
    approved(cases, "write_off", reason="stolen", cause="theft")

    post(cases, counted(amount="160.00"), book=ENTERPRISE)
    post(cases, counted(amount="160.00"), book=ENTERPRISE)

    assert balances(cases, ENTERPRISE) == {"admin_exp": 18080, "inventory": -16000, "vat_input_out": -2080}


def test_what_the_culprit_pays_is_a_claim(cases):
    """V-28: 50.00 are paid by who lost it."""
    opened(cases, impact=-5000)
    approved(cases, "resolve", asked=False, cause="loss", responsible="courier", resolution="claimed_recovered")

    post(cases, counted(amount="50.00"))

    assert balances(cases) == {"claim_platform": 5000, "inventory": -5000}


def test_a_count_gain_that_was_approved_is_income(cases):
    """V-27."""
    opened(cases, "warehouse.count_gain", 16000)
    approved(cases, "write_off", reason="found again")

    post(cases, counted("stock.count_gain", "160.00"))

    assert balances(cases) == {"inventory": 16000, "nonop_income": -16000}


def test_scrap_that_nobody_had_approved_is_a_loss_once_it_is(cases):
    """V-13c, V-13d."""
    opened(cases, "warehouse.scrap_without_approval", -8000, keys={"sku": "A1"})
    approved(cases, "write_off", asked=False, reason="broken", cause="damage")

    post(cases, counted("stock.scrap_out"))

    assert balances(cases) == {"return_loss": 8000, "inventory_defective": -8000}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("pay_and_claim", {"freight_out": 85, "vat_input": 5, "ap_courier": -90}),
        ("short_pay", {"freight_out": 85, "vat_input": 5, "ap_courier": -90}),
    ],
)
def test_a_rejected_claim_is_freight_after_all(cases, policy, expected):
    """V-18b and V-18d: of 0.90 that was disputed and rejected, 0.85 is freight and 0.05 VAT."""
    book = attrs.evolve(BOOK, dispute_policy=policy)
    dispute = Event(
        event_id="dispute",
        kind="courier.dispute",
        occurred_on=dt.date(2026, 10, 1),
        document="B1",
        party="sf",
        amount=Money("0.90", "CNY"),
        tax_rate=Decimal("0.06"),
        details={"leg": "outbound"},
        sources=(LINE,),
    )
    keys = {"bill_no": "B1", "carrier": "sf", "tracking_no": "SF1", "leg": "outbound"}
    logistics = Actor("wang", roles=["logistics"])
    opened(cases, "courier.overweight", 90, keys=keys, claimable=True, owner="logistics")
    (claim,) = cases.claim("c1", actor=logistics)
    cases.claim_rejected(claim.claim_id, actor=logistics, reason="weighed by machine")
    cases.resolve("c1", actor=logistics, cause="wrong_weight", responsible="internal")

    post(cases, dispute, book=book)

    assert balances(cases, book) == expected


def test_what_was_not_credited_of_an_accepted_claim_is_freight(cases):
    keys = {"bill_no": "B1", "carrier": "sf", "tracking_no": "SF1", "leg": "outbound"}
    logistics = Actor("wang", roles=["logistics"])
    opened(cases, "courier.overweight", 90, keys=keys, claimable=True, owner="logistics")
    (claim,) = cases.claim("c1", actor=logistics)
    cases.claim_accepted(claim.claim_id, actor=logistics, amounts={"c1": Money("0.50", "CNY")})
    cases.claim_credited(claim.claim_id, actor=logistics, reference="B2:3")
    dispute = attrs.evolve(
        counted("courier.dispute", "0.90"), party="sf", tax_rate=Decimal("0.06"), details={"leg": "return"}
    )

    post(cases, dispute)
    (event,) = cases.vouchers.decided(BOOK, period="2026-10")

    assert (event.kind, event.amount, event.details["leg"]) == (
        "courier.claim_rejected",
        Money("0.40", "CNY"),
        "return",
    )


def test_a_receipt_that_a_person_explained_leaves_what_is_unidentified(cases):
    """V-06, V-06b."""
    opened(cases, "bank.receipt_unknown", 50000, keys={"bank_ref": "R1"}, owner="treasury")
    cases.resolve(
        "c1",
        actor=Actor("zhao", roles=["treasury"]),
        cause="payout of September",
        responsible="internal",
        resolution="matched_manually",
    )
    receipt = counted("bank.unidentified", "500.00")

    post(cases, receipt)
    assert balances(cases) == {"bank": 50000, "wallet": -50000}

    known = attrs.evolve(counted("bank.identified", "500.00"), event_id="found by the next run")
    post(cases, receipt, known)
    assert balances(cases) == {"bank": 50000, "wallet": -50000}


def test_a_case_that_is_opened_again_takes_its_voucher_back(cases):
    opened(cases)
    approved(cases, "write_off", asked=False, reason="lost", cause="unknown")
    post(cases, counted())
    assert balances(cases) == {"penalty_exp": 8000, "inventory": -8000}

    cases.reopen("c1", actor=MAKER, reason="it is in the other rack")
    posted = post(cases, counted())

    assert len(posted.taken_back) == 1
    assert balances(cases) == {"suspense_asset": 8000, "inventory": -8000}


def test_a_decision_of_november_is_booked_in_november(cases, clock):
    opened(cases)
    post(cases, counted())
    clock.now = dt.datetime(2026, 11, 2, 8, tzinfo=dt.UTC)
    approved(cases, "write_off", asked=False, reason="lost")

    assert post(cases, counted()).prepared == ()
    (voucher,) = post(cases, period="2026-11").prepared

    assert (voucher.period, voucher.date) == ("2026-11", dt.date(2026, 11, 2))


def test_no_approval_is_posted_where_the_finding_was_not(cases):
    opened(cases)
    approved(cases, "write_off", asked=False, reason="lost")

    assert post(cases).prepared == ()
    (row,) = cases.vouchers.by_hand(BOOK).to_dicts()
    assert (row["case_id"], row["impact_minor"]) == ("c1", -8000)
    assert row["why"] == "no stock.count_loss of the same line was posted that stock.loss_approved could go on from"


@pytest.mark.parametrize(
    ("type_", "why"),
    [
        ("aftersale.refund_exceeds_paid", "a claim by hand"),
        ("settlement.amount_mismatch", "stands in its receivable"),
        ("order.price_anomaly", "prepare a voucher by hand"),
        ("courier.lost_not_compensated", "courier.compensation when it comes"),
    ],
)
def test_what_no_template_is_right_for_is_left_to_a_person(cases, type_, why):
    opened(cases, type_, 2000, owner="warehouse")
    approved(cases, "write_off", asked=False, reason="given up")

    assert post(cases, counted()).prepared[0].event_ids == ("count",)
    assert cases.vouchers.by_hand(BOOK)["why"].item().endswith(why)


def test_every_rule_names_kinds_that_can_be_posted_and_ways_in_which_cases_end():
    for rule in RULES:
        assert {rule.kind, rule.needs} <= set(event_kinds())
        assert set(rule.resolutions) <= set(Resolution)
