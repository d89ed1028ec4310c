from decimal import Decimal
from multiprocessing import Pipe

import attrs
import polars as pl
import pytest

from tieout.matching import Exact, Fuzzy, Matcher, Near, Rule, Subset
from tieout.matching._groups import PAIRS
from tieout.model import MatchGroup, MatchStatus
from tieout.model._record import records_of
from tieout.proof import Check

LEFT = pl.DataFrame(
    {
        "k": ["A1000001", "A1000001", "B1000001", "C1000001", None],
        "amount_minor": [100, 200, 300, 400, 500],
        "currency": ["CNY", "CNY", "CNY", "JPY", None],
    }
)
RIGHT = pl.DataFrame(
    {"k": ["A1000001", "B1000001", "B1000001"], "amount_minor": [150, 290, 310], "currency": ["CNY", "CNY", "CNY"]}
)
RESULT = Matcher([Rule("key", on=[Exact("k")], given=[Near("amount", by=1)], pairing="n:1")]).match(LEFT, RIGHT)


def test_pairs_have_the_columns_that_are_promised():
    assert PAIRS == dict(RESULT.pairs.schema)
    expected = [
        (0, 0, 0, "key", 1.0, "confirmed", "raw"),
        (1, 0, 0, "key", 1.0, "confirmed", "raw"),
        (2, 1, 1, "key", 0.5, "suggested", "raw"),
        (2, 2, 1, "key", 0.5, "suggested", "raw"),
    ]
    assert expected == RESULT.pairs.rows()


def test_a_match_without_pairs_has_the_same_columns():
    empty = Matcher([Rule("key", on=[Exact("k")])]).match(LEFT, RIGHT.clear())

    assert PAIRS == dict(empty.pairs.schema)


def test_only_means_in_no_confirmed_group():
    assert [2, 3, 4] == RESULT.left_only.to_list()
    assert [1, 2] == RESULT.right_only.to_list()


def test_groups_are_typed_and_say_what_they_rest_on():
    first, second = RESULT.groups()

    assert (0, "key", MatchStatus.CONFIRMED, Decimal("1.0000")) == (first.group, first.rule, first.status, first.score)
    assert ((0, 1), (0,)) == (first.left_positions, first.right_positions)
    assert (MatchStatus.SUGGESTED, Decimal("0.5000"), (2,), (1, 2)) == (
        second.status,
        second.score,
        second.left_positions,
        second.right_positions,
    )
    assert {"k": "B1000001", "amount_minor": 300, "currency": "CNY"} == second.left[0]


def test_the_proof_counts_and_sums_both_sides_per_currency():
    assert RESULT.proof.holds
    expected = (
        Check(name="records", side="left", currency=None, total=5, parts={"confirmed": 2, "suggested": 1, "alone": 2}),
        Check(
            name="amount",
            side="left",
            currency="CNY",
            total=600,
            parts={"confirmed": 300, "suggested": 300, "alone": 0},
        ),
        Check(
            name="amount", side="left", currency="JPY", total=400, parts={"confirmed": 0, "suggested": 0, "alone": 400}
        ),
        Check(name="records", side="right", currency=None, total=3, parts={"confirmed": 1, "suggested": 2, "alone": 0}),
        Check(
            name="amount",
            side="right",
            currency="CNY",
            total=750,
            parts={"confirmed": 150, "suggested": 600, "alone": 0},
        ),
        Check(
            name="confirmed pairs of records that may have one partner",
            side="left",
            currency=None,
            total=2,
            parts={"distinct records": 2},
        ),
    )
    assert expected == RESULT.proof.checks


def test_the_proof_sums_amounts_that_no_rule_compares():
    proof = Matcher([Rule("key", on=[Exact("k")])]).match(LEFT, RIGHT).proof

    assert ["amount", "amount", "amount"] == [check.name for check in proof.checks if check.currency]


def test_a_record_used_twice_would_fail_the_proof():
    twice = pl.concat([RESULT.pairs, RESULT.pairs.head(1).with_columns(right=pl.lit(1, dtype=pl.Int64))])

    broken = type(RESULT)(pairs=twice, plan=RESULT.plan)

    assert not broken.proof.holds


def test_a_result_prints_its_figures():
    expected = "MatchResult(2 confirmed pairs, 2 suggested pairs, 3 left only, 2 right only)"
    assert expected == repr(RESULT)


@pytest.mark.parametrize("pairing", ["1:n", "n:m"])
def test_a_group_of_several_rules_says_the_first_and_its_weakest_score(pairing):
    rules = [
        Rule("near", on=[Exact("k")], given=[Near("v", by=0)], pairing=pairing),
        Rule("key alone", on=[Exact("k")], pairing=pairing),
    ]
    left = pl.DataFrame({"k": ["A1000001"], "v": [1]})
    right = pl.DataFrame({"k": ["a1000001", "A1000001"], "v": [9, 1]})

    (group,) = Matcher(rules).match(left, right).groups()

    assert ("near", Decimal("0.9900"), (0, 1)) == (group.rule, group.score, group.right_positions)


def test_groups_made_all_at_once_are_those_that_the_class_itself_builds():
    fields = [field.name for field in attrs.fields(MatchGroup)]
    groups = [*RESULT.groups(), *Matcher([Rule("key", on=[Exact("k")], pairing="1:1")]).match(LEFT, RIGHT).groups()]

    for group in groups:
        checked = MatchGroup(**{name: getattr(group, name) for name in fields})
        assert checked == group
        assert [type(getattr(checked, name)) for name in fields] == [type(getattr(group, name)) for name in fields]
    assert {1, 2} == {len(group.left) + len(group.right) - 1 for group in groups}


def test_single_and_larger_groups_stand_in_one_order():
    left = [{"k": key} for key in ("A1000001", "B1000001", "C1000001", "D1000001")]
    right = [{"k": key} for key in ("D1000001", "B1000001", "B1000001", "C1000001", "A1000001")]

    groups = Matcher([Rule("key", on=[Exact("k")], pairing="1:n")]).match(left, right).groups()

    assert [(0, (0,), (4,)), (1, (1,), (1, 2)), (2, (2,), (3,)), (3, (3,), (0,))] == [
        (group.group, group.left_positions, group.right_positions) for group in groups
    ]
    assert all(group.left[0] is left[group.left_positions[0]] for group in groups)
    assert all(one is right[at] for group in groups for one, at in zip(group.right, group.right_positions, strict=True))


@pytest.mark.parametrize("count", [511, 512, 513, 1025])
def test_every_group_holds_the_very_records_of_its_positions(count):
    left = [{"k": f"A{1_000_000 + number}"} for number in range(count)]
    right = left[::-1]

    groups = Matcher([Rule("key", on=[Exact("k")])]).match(left, tuple(right)).groups()

    assert [((at,), (count - 1 - at,)) for at in range(count)] == [
        (group.left_positions, group.right_positions) for group in groups
    ]
    assert all(group.left[0] is group.right[0] is left[group.group] for group in groups)


def test_groups_without_pairs_are_none():
    assert Matcher([Rule("key", on=[Exact("k")])]).match(LEFT, RIGHT.clear()).groups() == []


@pytest.mark.parametrize("fields", [{"group": [0]}, {"group": [0], "rule": ["a", "b"]}, {"group": [0], "rule": []}])
def test_records_made_all_at_once_need_a_value_for_every_field(fields):
    whole = {field.name: [None] for field in attrs.fields(MatchGroup)} if "rule" in fields else {}

    with pytest.raises(TypeError, match="MatchGroup needs as many values for each of group, rule, status"):
        records_of(MatchGroup, {**whole, **fields})


@pytest.mark.parametrize("kind", [list, pl.DataFrame, lambda rows: pl.DataFrame(rows).to_pandas()])
def test_a_result_goes_to_another_process_and_still_explains(kind):
    """Once it was an error of Polars, for the functions that read a key."""
    matcher = Matcher(
        [
            Rule("one edit", on=[Fuzzy("k", edits=1)], given=[Near("n", by=1)]),
            Rule("deposit", on=[Subset("n", max_size=3)], pairing="n:1"),
        ]
    )
    left = [{"k": "A10000001", "n": 5}, {"k": "B10000002", "n": 7}, {"k": None, "n": 4}, {"k": None, "n": 9}]
    right = [{"k": "A10000007", "n": 5}, {"k": None, "n": 13}]
    result = matcher.match(kind(left), kind(right))
    before = str(result.explain(left=0))

    here, there = Pipe()
    here.send(result)
    again = there.recv()

    assert result.pairs.equals(again.pairs)
    assert (result.groups(), result.verdicts, result.proof) == (again.groups(), again.verdicts, again.proof)
    assert [before, *(str(result.explain(left=at)) for at in (1, 2, 3))] == [
        str(again.explain(left=at)) for at in range(4)
    ]
