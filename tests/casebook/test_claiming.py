import polars as pl
import pytest
import sqlalchemy as sa
from moneyed import Money

from casebook import case_entries
from tieout.casebook import SYSTEM, Actor, Casebook
from tieout.casebook.case_tables import claim_now
from tieout.casebook.log import Draft, entries
from tieout.casebook.schema import case_now
from tieout.errors import CasebookError, InputError, InvalidTransition, NotAllowed


def open_cases(cases, *others):
    drafts = [
        Draft(
            kind="case.opened",
            subject=f"c{number}",
            body=case_entries.body(
                **{
                    "discrepancy_id": f"d{number}",
                    "keys": {"carrier": "sf", "tracking_no": f"SF{number}", "bill_no": "B1"},
                    "evidence": {"ours": "0.86", "theirs": "1.30", "rule": "card 3", "parcel_source": "orders.csv:7"},
                    "reason": "billed 1.30 kg, weighed 0.86 kg",
                    **other,
                }
            ),
        )
        for number, other in enumerate(others, 1)
    ]
    with cases.store.writing() as connection:
        cases._note(connection, drafts, actor=SYSTEM)


def states(cases):
    with cases.store.reading() as connection:
        found = connection.execute(sa.select(case_now.c.state, case_now.c.resolution).order_by(case_now.c.case_id))
        return [tuple(row) for row in found]


def lines(cases, *names):
    with cases.store.reading() as connection:
        return [
            tuple(row)
            for row in connection.execute(
                sa.select(*(claim_now.c[name] for name in names)).order_by(claim_now.c.case_id)
            )
        ]


def test_a_claim_goes_from_sent_to_accepted_to_credited_and_closes_the_case(cases, wang):
    open_cases(cases, {})

    [claim] = cases.claim("c1", actor=wang, reason="weighed again")
    assert states(cases) == [("claimed", None)]
    cases.claim_accepted(claim.claim_id, reference="R-9", actor=wang)
    assert states(cases) == [("claim_accepted", None)]
    cases.claim_credited(claim.claim_id, reference="bill B2 line 14", actor=wang)

    assert states(cases) == [("resolved", "claimed_recovered")]
    assert lines(cases, "state", "claimed_minor", "accepted_minor", "credited_minor", "reference") == [
        ("credited", 90, 90, 90, "bill B2 line 14")
    ]
    with cases.store.reading() as connection:
        told = [one.kind for one in entries(connection, subject="c1")]
    assert told == ["case.opened", "decision.claim", "claim.accepted", "claim.credited"]
    assert (claim.party, claim.claimed) == ("sf", (Money("0.90", "CNY"),))
    assert "waybill SF1" in claim.letter
    assert "运单号 SF1" in claim.letter_zh


def test_each_courier_gets_a_claim_of_its_own_with_a_file(cases, wang, tmp_path):
    open_cases(
        cases,
        {},
        {"impact_minor": 500, "actual_minor": 760},
        {"keys": {"carrier": "yto", "tracking_no": "=Y1"}, "currency": "USD"},
    )

    first, second = cases.claim(["c1", "c2", "c3"], actor=wang)

    assert (first.party, first.case_ids, second.party, second.case_ids) == ("sf", ("c1", "c2"), "yto", ("c3",))
    frame = cases.claim_file(first.claim_id)
    assert frame.columns == [
        *("claim_id", "party", "tracking_no", "bill_no", "billed", "expected", "claimed"),
        *("currency", "type", "reason", "evidence", "case_id"),
    ]
    assert frame.select("tracking_no", "billed", "expected", "claimed", "evidence").rows() == [
        ("SF2", "7.60", "2.60", "5.00", '{"ours":"0.86","theirs":"1.30"}'),
        ("SF1", "3.50", "2.60", "0.90", '{"ours":"0.86","theirs":"1.30"}'),
    ]
    assert cases.write_claim_file(second.claim_id, tmp_path / "yto.csv") == 1
    text = (tmp_path / "yto.csv").read_text("utf-8-sig")
    assert "yto,'=Y1," in text
    with pytest.raises(CasebookError, match="claim nope: there is no such claim"):
        cases.claim_file("nope")
    with pytest.raises(CasebookError, match="path: it cannot be written"):
        cases.write_claim_file(second.claim_id, tmp_path / "nowhere" / "yto.csv")


def test_a_line_is_accepted_in_part_and_credited_in_parts(cases, wang):
    open_cases(cases, {"impact_minor": 500})
    [claim] = cases.claim("c1", actor=wang)

    with pytest.raises(CasebookError, match=r"case c1: an amount above 0 and at most 5.00 is needed, got 5.01"):
        cases.claim_accepted(claim.claim_id, amounts={"c1": Money("5.01", "CNY")}, actor=wang)
    with pytest.raises(CasebookError, match="case c1: an amount in CNY is needed, got"):
        cases.claim_accepted(claim.claim_id, amounts={"c1": Money("5", "USD")}, actor=wang)
    with pytest.raises(CasebookError, match="amounts: case c7 is not among the lines"):
        cases.claim_accepted(claim.claim_id, amounts={"c7": Money("5", "CNY")}, actor=wang)
    with pytest.raises(CasebookError, match="case c1: an amount above 0"):
        cases.claim_accepted(claim.claim_id, amounts={"c1": Money("0", "CNY")}, actor=wang)
    cases.claim_accepted(claim.claim_id, amounts={"c1": Money("3", "CNY")}, actor=wang)
    with pytest.raises(CasebookError, match="amounts: case c7 is not among the lines"):
        cases.claim_credited(claim.claim_id, reference="B2:1", amounts={"c7": Money("1", "CNY")}, actor=wang)
    cases.claim_credited(claim.claim_id, reference="B2:1", amounts={"c1": Money("1", "CNY")}, actor=wang)
    assert (states(cases), lines(cases, "state", "credited_minor")) == ([("claim_accepted", None)], [("accepted", 100)])
    with pytest.raises(CasebookError, match=r"at most 2.00 is needed"):
        cases.claim_credited(claim.claim_id, reference="B2:2", amounts={"c1": Money("2.01", "CNY")}, actor=wang)
    cases.claim_credited(claim.claim_id, reference="B2:2", amounts={"c1": Money("2.00", "CNY")}, actor=wang)

    assert (states(cases), lines(cases, "state", "credited_minor")) == (
        [("resolved", "claimed_recovered")],
        [("credited", 300)],
    )


def test_a_rejected_claim_is_resolved_as_such_with_approval_by_amount(cases, wang):
    open_cases(cases, {}, {"impact_minor": 50_000})
    [claim] = cases.claim(["c1", "c2"], actor=wang)

    cases.claim_rejected(claim.claim_id, reason="the scale is calibrated", actor=wang)
    done = cases.resolve(["c1", "c2"], cause="wrong_weight", responsible="courier", actor=wang)

    assert done.awaiting == ("c2",)
    assert states(cases) == [("resolved", "claimed_rejected"), ("claim_rejected", None)]
    cases.approve("c2", actor=Actor("sun", roles=["logistics_lead"]))
    assert states(cases)[1] == ("resolved", "claimed_rejected")


def test_a_claim_is_answered_once_and_only_its_own_lines(cases, wang):
    open_cases(cases, {}, {})
    [claim] = cases.claim("c1", actor=wang)

    with pytest.raises(CasebookError, match="case c2 is no line of it"):
        cases.claim_accepted(claim.claim_id, case_ids="c2", actor=wang)
    with pytest.raises(CasebookError, match="no line of it is accepted"):
        cases.claim_credited(claim.claim_id, reference="x", actor=wang)
    with pytest.raises(InvalidTransition, match="it is claimed, where claim_credited is not possible"):
        cases.claim_credited(claim.claim_id, case_ids="c1", reference="x", amounts={}, actor=wang)
    cases.claim_accepted(claim.claim_id, case_ids=["c1"], actor=wang)
    with pytest.raises(InvalidTransition, match="it is claim_accepted, where claim_rejected is not possible"):
        cases.claim_rejected(claim.claim_id, case_ids="c1", reason="x", actor=wang)
    with pytest.raises(CasebookError, match="no line of it is sent"):
        cases.claim_accepted(claim.claim_id, actor=wang)
    with pytest.raises(NotAllowed):
        cases.claim_credited(claim.claim_id, reference="x", actor=Actor("zhao", roles=["marketing"]))
    with pytest.raises(CasebookError, match="reference: it has to be said"):
        cases.claim_credited(claim.claim_id, reference="", actor=wang)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"claimable": False}, "nothing can be claimed by it: the other side owes nothing by the contract"),
        ({"impact_minor": -90}, "nothing can be claimed by it: too much was not charged"),
        ({"keys": {"tracking_no": "SF1"}}, "it names nobody to claim from\nHint: say party="),
    ],
)
def test_what_cannot_be_claimed_is_told(cases, wang, other, told):
    open_cases(cases, other)

    with pytest.raises(CasebookError, match=f"case c1: {told}"):
        cases.claim("c1", actor=wang)


def test_a_case_can_be_claimed_again_after_it_was_reopened(cases, wang):
    open_cases(cases, {})
    [first] = cases.claim("c1", actor=wang)
    cases.claim_rejected(first.claim_id, reason="no", actor=wang)
    cases.resolve("c1", cause="x", responsible="courier", actor=wang)
    cases.reopen("c1", reason="we found the photo", actor=wang)

    [second] = cases.claim("c1", actor=wang)

    assert first.claim_id != second.claim_id
    assert states(cases) == [("claimed", None)]
    assert sorted(lines(cases, "state")) == [("rejected",), ("sent",)]


def test_credits_of_a_bill_close_the_cases_they_pay_and_equal_ones_are_left_to_people(cases, wang):
    same = {"keys": {"carrier": "sf", "tracking_no": "SF9"}}
    open_cases(cases, {}, {"impact_minor": 500}, same, same)
    [claim] = cases.claim(["c1", "c2", "c3", "c4"], actor=wang)
    cases.claim_accepted(claim.claim_id, actor=wang)
    bill = pl.DataFrame(
        {
            "party": ["sf"] * 4,
            "tracking_no": ["SF1", "SF2", "SF9", "SF7"],
            "currency": ["CNY"] * 4,
            "amount_minor": [90, 499, 90, 90],
            "reference": ["B2:1", "B2:2", "B2:3", "B2:4"],
        }
    )

    told = cases.match_credits(bill, actor=wang)

    assert told["case_id"].to_list() == ["c1", None, None, None]
    assert states(cases) == [("resolved", "claimed_recovered"), *[("claim_accepted", None)] * 3]
    assert cases.match_credits(bill, actor=wang)["case_id"].to_list() == [None] * 4
    assert cases.verify().holds
    with pytest.raises(InputError, match="credits: columns reference are missing"):
        cases.match_credits(bill.drop("reference"), actor=wang)


def test_a_credit_that_comes_twice_or_of_nothing_closes_no_case(cases, wang):
    open_cases(cases, {}, {})
    [claim] = cases.claim(["c1", "c2"], actor=wang)
    cases.claim_accepted(claim.claim_id, case_ids="c1", actor=wang)
    cases.claim_rejected(claim.claim_id, case_ids="c2", reason="no", actor=wang)
    bill = pl.DataFrame(
        {
            "party": ["sf"] * 3,
            "tracking_no": ["SF1", "SF1", "SF2"],
            "currency": ["CNY"] * 3,
            "amount_minor": [90, 90, 0],
            "reference": ["B2:1", "B2:2", "B2:3"],
        }
    )

    assert cases.match_credits(bill, actor=wang)["case_id"].to_list() == [None] * 3


def bill_of(*numbers):
    count = len(numbers)
    return pl.DataFrame(
        {
            "party": ["sf"] * count,
            "tracking_no": [f"SF{number}" for number in numbers],
            "currency": ["CNY"] * count,
            "amount_minor": [90] * count,
            "reference": [f"B2:{number}" for number in numbers],
        }
    )


def test_a_case_that_ended_otherwise_does_not_hold_up_the_credits_of_the_others(cases, wang):
    open_cases(cases, {}, {}, {})
    [claim] = cases.claim(["c1", "c2", "c3"], actor=wang)
    cases.claim_accepted(claim.claim_id, actor=wang)
    cases.resolve("c1", cause="x", responsible="courier", actor=wang)

    assert cases.match_credits(bill_of(1, 2), actor=wang)["case_id"].to_list() == [None, "c2"]
    cases.claim_credited(claim.claim_id, reference="B2:3", actor=wang)

    assert states(cases) == [("resolved", "claimed_recovered")] * 3
    assert lines(cases, "state", "credited_minor") == [("accepted", 0), ("credited", 90), ("credited", 90)]
    with pytest.raises(CasebookError, match="no line of it is accepted"):
        cases.claim_credited(claim.claim_id, reference="B2:4", actor=wang)


def test_the_answer_to_an_older_claim_is_none_to_a_newer_one(cases, wang):
    open_cases(cases, {}, {})
    [first] = cases.claim(["c1", "c2"], actor=wang)
    cases.claim_accepted(first.claim_id, case_ids="c1", actor=wang)
    cases.resolve("c1", cause="x", responsible="courier", actor=wang)
    cases.reopen("c1", reason="it never came", actor=wang)
    [second] = cases.claim("c1", actor=wang)

    with pytest.raises(CasebookError, match=f"case c1: it was claimed anew by {second.claim_id}"):
        cases.claim_rejected(first.claim_id, case_ids="c1", reason="no", actor=wang)
    cases.claim_accepted(first.claim_id, actor=wang)
    assert states(cases) == [("claimed", None), ("claim_accepted", None)]
    cases.claim_accepted(second.claim_id, actor=wang)

    assert cases.match_credits(bill_of(1, 2), actor=wang)["claim_id"].to_list() == [second.claim_id, first.claim_id]
    assert cases.verify().holds


def test_what_a_party_does_not_agree_to_pay_is_given_up_with_approval_by_amount(cases, wang, li):
    open_cases(cases, {"impact_minor": 500_000}, {"impact_minor": 500_000})
    [claim] = cases.claim(["c1", "c2"], actor=wang)
    cases.claim_accepted(claim.claim_id, amounts={"c1": Money("1", "CNY"), "c2": Money("4900", "CNY")}, actor=wang)
    cases.claim_credited(claim.claim_id, reference="B2:1", actor=wang)

    assert lines(cases, "state", "credited_minor") == [("credited", 100), ("credited", 490_000)]
    assert states(cases) == [("claim_accepted", None), ("resolved", "claimed_recovered")]
    assert cases.resolve("c1", cause="x", responsible="courier", actor=wang).awaiting == ("c1",)
    cases.refuse("c1", reason="say what it is", actor=wang)
    rejected = cases.resolve("c1", cause="x", responsible="courier", resolution="claimed_rejected", actor=wang)
    assert rejected.awaiting == ("c1",)
    cases.approve("c1", actor=li)
    assert states(cases)[0] == ("resolved", "claimed_rejected")


def test_what_a_supplier_billed_is_claimed_from_the_supplier_by_its_invoice(cases, wang):
    open_cases(cases, {"keys": {"supplier": "Acme", "document_id": "PO1", "invoice_ids": "IN1", "sku": "LAMP-1"}})

    [claim] = cases.claim("c1", actor=wang, reason="billed at 9.00")

    assert "Acme" == claim.party
    assert [("Acme", "IN1")] == lines(cases, "party", "bill_no")


def paid_in_part_and_found_otherwise(cases, wang, **now):
    """A case of 5.00, of which 3.00 was agreed to and came; the rest was given up, and then a record changed."""
    open_cases(cases, {"impact_minor": 500, "expected_minor": 260, "actual_minor": 760})
    [claim] = cases.claim("c1", actor=wang)
    cases.claim_accepted(claim.claim_id, amounts={"c1": Money("3", "CNY")}, actor=wang)
    cases.claim_credited(claim.claim_id, reference="B2:1", actor=wang)
    case_entries.note(cases, "case.changed", "c1", **now)
    case_entries.note(cases, "case.reopened", "c1", because="figures", scope="s", due_on="2026-11-10")
    assert states(cases) == [("reopened", None)]


FOUND = {
    "the same again": (500, 260, 760, "2.00"),
    "more": (700, 260, 960, "4.00"),
    "the credit in what is expected": (200, 560, 760, "2.00"),
    "the credit in what is billed": (200, 260, 460, "2.00"),
    "the credit and more": (400, 560, 960, "4.00"),
    "less by something else": (350, 410, 760, "0.50"),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_came_back_is_not_asked_for_again(wang, name):
    impact, expected, actual, due = FOUND[name]
    with Casebook("sqlite://") as cases:
        paid_in_part_and_found_otherwise(cases, wang, impact_minor=impact, expected_minor=expected, actual_minor=actual)

        [claim] = cases.claim("c1", actor=wang)

        assert (Money(due, "CNY"),) == claim.claimed
        [line] = cases.claim_file(claim.claim_id).rows(named=True)
        is_shown = name.startswith("the credit")
        assert (due, "billed 1.30 kg, weighed 0.86 kg" + ("" if is_shown else "; 3.00 CNY of it came back")) == (
            line["claimed"],
            line["reason"],
        )
        assert f"difference {due} CNY" in claim.letter
        assert ([] if is_shown else [("c1", 300)]) == cases.came_back().rows()
        assert cases.verify().holds


def test_a_case_that_was_paid_whole_is_not_claimed_again(wang):
    with Casebook("sqlite://") as cases:
        paid_in_part_and_found_otherwise(cases, wang, impact_minor=300, expected_minor=260, actual_minor=560)

        with pytest.raises(CasebookError, match="too much was not charged, or it came back"):
            cases.claim("c1", actor=wang)
