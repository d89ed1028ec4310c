import attrs
import pytest

from links_world import WORLDS, courier, receipts, settlement
from tieout.casebook.links import Link, Part, Split, Unlink
from tieout.casebook.overlay import overlay
from tieout.casebook.regrouping import Force


def named(outcome, refs, side, *rows):
    """Records of a side, as decisions name them."""
    found = refs[side].filter(refs[side]["row"].is_in(rows))
    return [(outcome.kinds[side], key, said) for _, key, said in found.iter_rows()]


def left(outcome):
    """What the discrepancies of an outcome say, by type."""
    table = outcome.discrepancies.to_polars()
    return sorted(table.select("type", "impact_minor").iter_rows())


def verdicts(outcome, side):
    return outcome.records[side].sort("row")["verdict"].to_list()


def link(outcome, records, gap, **more):
    return Link(reconciliation=outcome.reconciliation, currency="CNY", records=records, gap_minor=gap, **more)


def unlink(outcome, parts, gap, **more):
    return Unlink(reconciliation=outcome.reconciliation, currency="CNY", parts=parts, gap_minor=gap, **more)


def test_a_missing_order_and_a_line_of_no_order_become_one_group_with_what_is_left():
    outcome, refs = settlement()
    one = link(outcome, named(outcome, refs, "orders", 1) + named(outcome, refs, "lines", 1), -10)

    laid = overlay(outcome, refs, [one])

    assert [standing.force for standing in laid.standings] == [Force.APPLIED]
    assert ("general.manual_difference", -10) in left(laid.outcome)
    assert not {("settlement.order_missing", -5000), ("settlement.order_unknown", 4990)} & set(left(laid.outcome))
    assert sorted(laid.replaced.values()) == [one.id, one.id]
    assert [] == list(laid.outcome.proof.failures)
    (pair,) = laid.outcome.matches.filter(laid.outcome.matches["rule"] == "manual").rows(named=True)
    assert (pair["left"], pair["right"], pair["score"], pair["status"]) == (1, 1, 1.0, "confirmed")
    (found,) = [one for one in laid.outcome.discrepancies if one.type == "general.manual_difference"]
    assert (str(found.expected.amount), str(found.actual.amount)) == ("50.00", "49.90")
    assert found.keys["platform_order_id"] == "A2, XX"
    assert found.reason == "2 records of lines, orders belong together by hand; -0.10 CNY is left"
    assert found.reason_zh == "人工匹配 2 条记录（lines, orders），差额 -0.10 CNY"
    assert found.owner == "platform_ops"


def test_a_link_without_a_difference_leaves_nothing():
    outcome, refs = settlement(late=5_000)

    laid = overlay(
        outcome,
        refs,
        [link(outcome, named(outcome, refs, "orders", 1) + named(outcome, refs, "lines", 1), 0)],
    )

    assert not [kind for kind, _ in left(laid.outcome) if kind.startswith("general.manual")]
    assert verdicts(laid.outcome, "orders")[1] == verdicts(laid.outcome, "lines")[1] == "agreed by hand"
    assert laid.outcome.proof.holds


def test_a_bill_under_a_wrong_number_is_charged_what_the_parcel_should_cost():
    outcome, refs = courier()
    one = link(outcome, named(outcome, refs, "charges", 2) + named(outcome, refs, "shipments", 2), 30)

    laid = overlay(outcome, refs, [one]).outcome

    assert left(laid) == [("courier.unexplained", 120), ("general.manual_difference", 30)]
    assert laid.proof.holds


def test_a_receipt_short_of_its_payout_is_linked_and_the_charge_of_the_bank_stays_open():
    outcome, refs = receipts()
    one = link(outcome, named(outcome, refs, "payouts", 1) + named(outcome, refs, "bank", 1), -250)

    laid = overlay(outcome, refs, [one]).outcome

    assert left(laid) == [("general.manual_difference", -250)]
    assert laid.matches["rule"].to_list() == ["same amount", "manual"]


def test_records_that_are_taken_apart_stand_alone_with_what_the_tolerance_had_absorbed():
    outcome, refs = settlement()
    parts = [named(outcome, refs, "orders", 2), named(outcome, refs, "lines", 2)]

    laid = overlay(outcome, refs, [unlink(outcome, parts, -1)])

    apart = [impact for kind, impact in left(laid.outcome) if kind == "general.manual_unmatched"]
    assert apart == [-7001, 7000]
    assert laid.outcome.proof.holds
    assert not laid.outcome.matches.filter(laid.outcome.matches["left"] == 2).height


def test_a_charge_that_is_taken_off_its_parcel_leaves_what_the_contract_expected():
    outcome, refs = courier()
    one = unlink(outcome, [named(outcome, refs, "charges", 1), []], 120)

    laid = overlay(outcome, refs, [one]).outcome

    assert [item for item in left(laid) if item[0] == "general.manual_unmatched"] == [
        ("general.manual_unmatched", -400),
        ("general.manual_unmatched", 520),
    ]
    assert laid.proof.holds
    assert laid.matches["right"].to_list() == [0]
    assert laid.bonds["unit"].to_list() == [0]


def test_what_was_taken_apart_may_be_linked_with_what_is_right():
    outcome, refs = settlement()
    order, line = named(outcome, refs, "orders", 2), named(outcome, refs, "lines", 2)
    apart = unlink(outcome, [order, line], -1)
    joined = link(outcome, named(outcome, refs, "orders", 1) + line, 2_000)

    for decisions in ([apart, joined], [joined, apart]):
        laid = overlay(outcome, refs, decisions)
        assert {standing.force for standing in laid.standings} == {Force.APPLIED}
        assert ("general.manual_difference", 2_000) in left(laid.outcome)
        assert ("general.manual_unmatched", -7_001) in left(laid.outcome)
        assert laid.outcome.proof.holds


def test_a_group_that_was_taken_out_of_another_may_be_taken_apart_again():
    outcome, refs = settlement()
    order, first, second = (
        named(outcome, refs, side, row) for side, row in (("orders", 3), ("lines", 3), ("lines", 4))
    )
    decisions = [
        unlink(outcome, [order + second, first], -500),
        unlink(outcome, [order, second], -1_500),
    ]

    for chosen in (decisions, decisions[::-1]):
        laid = overlay(outcome, refs, chosen)
        assert {standing.force for standing in laid.standings} == {Force.APPLIED}
        apart = sorted(impact for kind, impact in left(laid.outcome) if kind == "general.manual_unmatched")
        assert apart == [-3_000, 1_000, 1_500]
        assert laid.outcome.proof.holds


def test_a_case_that_is_split_becomes_several_that_sum_to_it():
    outcome, refs = settlement()
    whole = "2b13d54f984358c6"
    shares = [Part(impact_minor=-300, note="a fee", owner="finance"), Part(impact_minor=-200, note="a refund")]
    one = Split(
        reconciliation="settlement",
        currency="CNY",
        discrepancy_id=whole,
        records=named(outcome, refs, "orders", 3) + named(outcome, refs, "lines", 3, 4),
        impact_minor=-500,
        shares=shares,
    )

    laid = overlay(outcome, refs, [one])

    parts = [item for item in laid.outcome.discrepancies if item.reason in {"a fee", "a refund"}]
    assert sorted((str(item.impact.amount), item.owner, item.type) for item in parts) == [
        ("-2.00", "platform_ops", "settlement.amount_mismatch"),
        ("-3.00", "finance", "settlement.amount_mismatch"),
    ]
    assert laid.replaced == {whole: one.id}
    assert laid.outcome.proof.holds
    assert laid.outcome.proof.checks[-1].name == "split by hand"
    assert laid.outcome.explains.filter(laid.outcome.explains["discrepancy_id"] == whole).is_empty()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"late": 4_980}, "1 of its 2 records say something else now"),
        ({"second": 5_001, "late": 4_991}, "2 of its 2 records say something else now"),
    ],
)
def test_a_decision_about_records_that_changed_is_not_applied_and_says_so(change, problem):
    before, old = settlement()
    one = link(before, named(before, old, "orders", 1) + named(before, old, "lines", 1), -10)
    outcome, refs = settlement(**change)

    laid = overlay(outcome, refs, [one])

    assert [(standing.force, standing.problem) for standing in laid.surfaced] == [(Force.SURFACED, problem)]
    assert left(laid.outcome) == left(outcome)


def test_a_decision_whose_figures_changed_is_not_applied_and_says_both():
    outcome, refs = settlement()
    one = link(outcome, named(outcome, refs, "orders", 1) + named(outcome, refs, "lines", 1), -11)

    (standing,) = overlay(outcome, refs, [one]).surfaced

    assert standing.problem == "its records differ by -0.10 CNY now, by -0.11 when it was decided"


def test_a_decision_with_a_record_that_is_gone_is_surfaced_and_one_without_any_is_of_other_books():
    outcome, refs = settlement()
    gone = ("Order", "f" * 32, "5000")
    some = link(outcome, [*named(outcome, refs, "lines", 1), gone], -10)
    none = link(outcome, [gone, ("Order", "e" * 32, "1")], -10)

    standings = overlay(outcome, refs, [some, none]).standings

    assert [(one.force, one.problem) for one in standings] == [
        (Force.SURFACED, "1 of its 2 records are not there any more"),
        (Force.ABSENT, ""),
    ]


def test_a_link_that_says_less_than_the_rules_group_is_surfaced():
    outcome, refs = settlement()
    one = link(outcome, named(outcome, refs, "orders", 3) + named(outcome, refs, "lines", 3), -2_000)

    (standing,) = overlay(outcome, refs, [one]).surfaced

    assert standing.problem == "the rules group its records with others now"


@pytest.mark.parametrize("world", WORLDS)
def test_no_decision_leaves_the_outcome_as_it_is(world):
    outcome, refs = WORLDS[world]()

    assert overlay(outcome, refs, []).outcome is outcome


def test_a_decision_is_the_same_after_it_was_kept():
    outcome, refs = settlement()
    records = named(outcome, refs, "orders", 1) + named(outcome, refs, "lines", 1)
    shares = [Part(impact_minor=-4, note="x"), Part(impact_minor=-6, note="y", owner="finance")]
    told = {"reconciliation": "settlement", "currency": "CNY", "period": "2026-10"}
    decisions = [
        Link(records=records, gap_minor=-10, **told),
        Unlink(parts=[records[:1], records[1:], []], gap_minor=-10, gap_pieces=3, **told),
        Split(discrepancy_id="a" * 16, records=records, impact_minor=-10, shares=shares, **told),
    ]

    for one in decisions:
        assert type(one).of_body(one.body()) == one
        assert attrs.evolve(one, period=None).id == one.id
