"""Records of sums, explained: why a sum is only suggested, and why a record is in none."""

from datetime import date

import pytest

from tieout.matching import Exact, Fuzzy, Matcher, Near, Rule, Same, Subset, Total
from tieout.matching.explanation import Doubt

FEW = Rule("few", on=[Subset("amount", max_size=3)], pairing="n:1")


def rec(amount, **more):
    return {"amount": amount, **more}


def lines(*amounts):
    return [rec(amount) for amount in amounts]


def doubts(found):
    return [(one.partner, [(why.doubt, why.side, why.positions) for why in one.reasons]) for one in found.suggestions]


def test_a_suggested_sum_says_how_many_sums_fit():
    result = Matcher([FEW]).match(lines(5, 6, 11, 4, 7), lines(11))

    for found in (result.explain(left=0), result.explain(right=0)):
        (why,) = found.suggestions[0].reasons
        assert (Doubt.SEVERAL_SUMS, "right", (0,), 3, 5) == (
            why.doubt,
            why.side,
            why.positions,
            why.count,
            why.field,
        )
        assert found.sentence.endswith("which is for a person to decide: 3 sums of 5 left records fit right 0.")
        assert found.sentence_zh.endswith("须人工确认：左表 5 行中有 3 种组合与右表第 0 行相符。")


def test_the_evidence_of_a_sum_has_its_chinese():
    several = Matcher([FEW]).match(lines(5, 6, 11, 4, 7), lines(11)).explain(left=0)
    only = Matcher([FEW]).match(lines(5, 6), lines(11)).explain(left=0)

    assert [("in 1 of 3 sums", "见于 3 种组合中的 1 种"), ("sum of 2", "2 行合计")] == [
        (found.looks[0].candidates[0].key, found.looks[0].candidates[0].key_zh) for found in (several, only)
    ]


def test_different_records_that_the_same_ones_add_up_to_are_named():
    rules = [FEW, Rule("same", on=[Exact("no")])]
    result = Matcher(rules).match([rec(5, no="x"), rec(6, no="y")], [rec(11, no="a"), rec(11, no="b")])

    found = result.explain(right=0)

    assert [(0, [(Doubt.SHARED_SUM, "right", (1,))]), (1, [(Doubt.SHARED_SUM, "right", (1,))])] == doubts(found)
    assert found.sentence.endswith("right 1 adds up with the same records.")
    assert found.sentence_zh.endswith("右表第 1 行也与这些行合计相符。")


def test_the_innocent_members_of_a_doubted_sum_learn_whose_fault_it_is():
    loose = Rule("loose", on=[Fuzzy("no")], confirm=False)
    left = [rec(5, no="SF1012345678901", batch="B1"), rec(6, no="X", batch="B1")]
    right = [rec(5, no="SF1012345678902", batch=None), rec(11, no=None, batch="B1")]
    total = Rule("batch", on=[Exact("batch"), Total("amount")], pairing="n:1")

    found = Matcher([loose, total]).match(left, right).explain(left=1)

    assert [(1, [(Doubt.SUM_MEMBER, "left", (0,))])] == doubts(found)
    assert "the earlier rule 'loose' suggested another partner for left 0, of the same sum" in found.sentence
    assert "前面的规则“loose”为同一组合中的左表第 0 行建议了其他对应行" in found.sentence_zh


def test_a_record_in_the_field_of_a_search_that_stopped_says_so():
    stops = Rule("stops", on=[Subset("amount", max_work=100)], pairing="n:1")
    result = Matcher([stops]).match(lines(*range(1, 400, 7)), lines(1001))

    for found in (result.explain(left=3), result.explain(right=0)):
        assert "the search among 57 left records stopped at its limit" in found.sentence
        assert "搜索已到上限而停止" in found.sentence_zh
        assert "not taken" == found.looks[0].outcome


def test_a_search_that_stopped_is_told_beside_the_nearest_of_another_rule():
    rules = [
        Rule("same", on=[Exact("no")], given=[Near("amount", by=0)]),
        Rule("stops", on=[Subset("amount", max_work=100)], pairing="n:1"),
    ]
    left = [rec(7 * at + 1, no=f"A{at}") for at in range(60)]

    found = Matcher(rules).match(left, [rec(1001, no="A3")]).explain(left=3)

    assert "stopped at its limit" in found.sentence
    assert "nearest is right 0 (same key): amount differs by" in found.sentence


def test_a_record_whose_twin_was_taken_for_a_sum_names_it():
    result = Matcher([FEW]).match([rec(5, no=1), rec(5, no=2), rec(6, no=3)], lines(11))

    (spare,) = set(result.left_only)
    found = result.explain(left=spare)

    assert (1 - spare,) == found.looks[0].taken_instead
    assert f"left {1 - spare}, alike in all that the rules read, was taken instead" in found.sentence
    assert f"左表第 {1 - spare} 行与其在各规则所读的字段上完全相同，已先采用" in found.sentence_zh
    assert () == result.explain(left=2).looks[0].taken_instead


GATED = {"given": [Near("day", days=5)], "pairing": "n:1"}
EARLY, LATE = date(2026, 1, 1), date(2026, 1, 7)


@pytest.mark.parametrize(
    "rule",
    [
        Rule("batch", on=[Exact("batch"), Total("amount")], **GATED),
        Rule("few", on=[Subset("amount")], **GATED),
        Rule("few of batch", on=[Exact("batch"), Subset("amount")], **GATED),
    ],
)
def test_the_gate_that_keeps_a_record_out_of_its_sum_is_named_with_its_distance(rule):
    left = [rec(5, day=EARLY, batch="A1"), rec(6, day=LATE, batch="A1")]
    result = Matcher([rule]).match(left, [rec(11, day=LATE, batch="A1")])

    for found, nearest in ((result.explain(left=0), "right 0"), (result.explain(right=0), "left 0")):
        assert f"nearest is {nearest} (the amounts would add up): day on the right is 6 days later" in found.sentence
        assert "（金额可以合计相符）：day 右表晚 6 天" in found.sentence_zh
        assert None is found.smallest_change
    assert () == result.explain(left=1).looks[0].candidates


def test_of_all_records_of_a_key_the_one_that_a_gate_refuses_is_named():
    rule = Rule("both", on=[Exact("batch"), Total("amount")], given=[Near("day", days=5)], pairing="n:m")
    left = [rec(5, day=EARLY, batch="A1"), rec(6, day=LATE, batch="A1")]
    right = [rec(10, day=LATE, batch="A1"), rec(1, day=LATE, batch="A1")]

    result = Matcher([rule]).match(left, right)

    assert [1, 0] == [one.position for one in result.explain(left=0).looks[0].candidates]
    assert [0] == [one.position for one in result.explain(right=1).looks[0].candidates]
    assert () == result.explain(left=1).looks[0].candidates


def test_two_gates_that_keep_a_record_out_together_are_both_named():
    rule = Rule("few", on=[Subset("amount")], given=[Near("day", days=5), Same("shop")], pairing="n:1")
    left = [rec(5, day=EARLY, shop="a"), rec(6, day=LATE, shop="b")]

    result = Matcher([rule]).match(left, [rec(11, day=LATE, shop="b")])

    for found in (result.explain(left=0), result.explain(right=0)):
        (near,) = found.looks[0].candidates
        assert [False, False] == [gate.holds for gate in near.gates]


def test_a_record_that_would_not_add_up_anyway_is_offered_nothing():
    rule = Rule("few", on=[Subset("amount")], **GATED)

    found = Matcher([rule]).match([rec(5, day=EARLY), rec(7, day=LATE)], [rec(11, day=LATE)]).explain(left=0)

    assert () == found.looks[0].candidates
    assert found.sentence.endswith("no rule found a candidate; its key, its amount or the gates admit no sum.")
    assert found.sentence_zh.endswith("各规则均未找到候选；按其关键字段、金额和佐证条件，没有可计入的合计。")


def test_a_record_without_the_key_of_a_sum_has_no_key():
    rule = Rule("batch", on=[Exact("batch"), Total("amount")], pairing="n:1")

    found = Matcher([rule]).match([rec(5, batch=None)], [rec(5, batch="A1")]).explain(left=0)

    assert "no key" == found.looks[0].outcome
    assert "it has no key" in found.sentence


def test_records_of_two_currencies_are_no_way_out():
    rule = Rule("few", on=[Subset("amount")], **GATED)
    left = [
        {"amount_minor": 500, "currency": "CNY", "day": EARLY},
        {"amount_minor": 600, "currency": "USD", "day": LATE},
    ]
    right = [{"amount_minor": 1100, "currency": "CNY", "day": LATE}]

    assert () == Matcher([rule]).match(left, right).explain(left=0).looks[0].candidates
