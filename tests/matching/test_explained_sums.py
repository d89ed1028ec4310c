"""Records of sums, explained: why a sum is only suggested, and why a record is in none."""

from tieout.matching import Exact, Fuzzy, Matcher, Rule, Subset, Total
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
        assert (Doubt.SEVERAL_SUMS, "left", 3, 5) == (why.doubt, why.side, why.count, why.field)
        assert found.sentence.endswith("which is for a person to decide: 3 sums of 5 left records fit.")
        assert found.sentence_zh.endswith("须人工确认：左表 5 行中有 3 种组合相符。")


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
