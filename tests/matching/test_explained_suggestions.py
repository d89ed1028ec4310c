"""Why a pair is only suggested: all its rivals, and every other reason."""

from datetime import date

import attrs
import polars as pl
import pytest

from tieout.matching import Contains, Damaged, Exact, Fuzzy, Matcher, Near, Rule, Same
from tieout.matching.explanation import Doubt

SAME = Rule("same parcel", on=[Exact("no")])
DAMAGED = Rule("damaged number", on=[Fuzzy("no")], given=[Near("amount", by=0)])


def rec(no, amount=1200, **more):
    return {"no": no, "amount": amount, **more}


def candidate_of(explanation, rule, position):
    look = next(look for look in explanation.looks if look.rule == rule)
    return next(candidate for candidate in look.candidates if candidate.position == position)


def told(candidate):
    return [(one.doubt, one.side, one.positions) for one in candidate.downgrades]


def test_a_rival_that_is_matched_already_is_named_as_such_on_both_sides():
    left = [rec("SF1012345678902"), rec("SF1012345678903")]
    right = [rec("SF1012345678901"), rec("SF1012345678903")]

    found = Matcher([SAME, DAMAGED]).match(left, right).explain(left=0)

    near = candidate_of(found, "damaged number", 0)
    assert [(Doubt.MATCHED_RIVAL, "right", (1,)), (Doubt.MATCHED_RIVAL, "left", (1,))] == told(near)
    (rival,) = near.rivals
    assert (1, "1 edit", True, (1,), False) == (
        rival.position,
        rival.key.en,
        rival.passes,
        rival.partners,
        rival.is_alike,
    )
    assert near.sentence.endswith("left 1 could be meant as well, though matched already")
    assert near.sentence_zh.endswith("也可能对应左表第 1 行（已与其他记录匹配）")
    assert "left 1 could be meant as well" in found.sentence


def test_all_rivals_are_listed_up_to_a_hundred_and_the_others_counted():
    rivals = 130
    left = [rec("SF1000056789")] + [rec(f"{chr(0x4E00 + at)}F1000056780") for at in range(rivals)]
    right = [rec("SF1000056780")]

    found = Matcher([DAMAGED]).match(left, right).explain(left=0)

    (near,) = found.looks[0].candidates
    assert (rivals, 100) == (near.rivals_count, len(near.rivals))
    (downgrade,) = near.downgrades
    assert (Doubt.RIVAL, rivals, tuple(range(1, 101))) == (downgrade.doubt, downgrade.count, downgrade.positions)
    assert "19, 20 and 110 more could be meant as well" in downgrade.sentence
    assert "等共 130 行" in downgrade.sentence_zh


def test_all_candidates_of_a_suggestion_are_listed_up_to_a_hundred_and_the_others_counted():
    right = [rec(f"{chr(0x4E00 + at)}F1000056780") for at in range(130)]

    found = Matcher([DAMAGED]).match([rec("SF1000056780")], right).explain(left=0)

    (look,) = found.looks
    assert (130, 100, 30) == (len(found.partners), len(look.candidates), look.others)
    assert "and 30 more" in look.sentence
    assert "另有 30 行" in look.sentence_zh
    assert {129} == {downgrade.count for candidate in look.candidates for downgrade in candidate.downgrades}


def test_the_very_same_key_rivals_whatever_its_gates_say():
    left = [rec("SF1012345678902"), rec("SF1012345678901", amount=5)]

    found = Matcher([DAMAGED]).match(left, [rec("SF1012345678901")]).explain(left=0)

    (rival,) = candidate_of(found, "damaged number", 0).rivals
    assert (1, "same key", False) == (rival.position, rival.key.en, rival.passes)


def test_the_very_same_text_rivals_too_where_ids_are_looked_for_in_texts():
    rule = Rule("in text", on=[Contains("no")], given=[Near("amount", by=0)], confirm=False)

    found = Matcher([rule]).match([rec("SF1012345678"), rec("SF1012345678", 5)], [rec("SF1012345678")]).explain(left=0)

    assert [1] == [rival.position for rival in candidate_of(found, "in text", 0).rivals]


def test_a_short_key_with_an_edit_says_that_too_little_is_left_of_it():
    found = Matcher([DAMAGED]).match([rec("AB123")], [rec("AB124")]).explain(left=0)

    assert [Doubt.TOO_LITTLE_KEY] == [one.doubt for one in candidate_of(found, "damaged number", 0).downgrades]


def test_a_twin_of_the_record_is_marked_and_is_no_reason():
    left = [rec("SF1012345678902"), rec("SF1012345678902"), rec("SF1012345678903")]

    found = Matcher([DAMAGED]).match(left, [rec("SF1012345678901")]).explain(left=0)

    near = candidate_of(found, "damaged number", 0)
    assert {(1, True), (2, False)} == {(rival.position, rival.is_alike) for rival in near.rivals}
    assert [(Doubt.RIVAL, "left", (2,))] == told(near)


def test_a_tie_of_equal_keys_names_who_ties():
    rule = Rule("same parcel", on=[Exact("no")], given=[Near("amount", by=5)])
    left = [rec("A1000001", 10), rec("A1000001", 12)]

    found = Matcher([rule]).match(left, [rec("A1000001", 11)]).explain(left=0)

    near = candidate_of(found, "same parcel", 0)
    assert [(Doubt.TIE, "left", (1,))] == told(near)
    assert "left 1 is as good" in found.sentence
    assert "与左表第 1 行不分优劣" in found.sentence_zh


def test_a_rule_without_gates_says_that_nothing_corroborates():
    found = Matcher([Rule("fuzzy", on=[Fuzzy("no")])]).match([rec("SF10123456")], [rec("SF10123457")]).explain(left=0)

    assert [(Doubt.NO_GATES, "", ())] == told(candidate_of(found, "fuzzy", 0))
    assert "no gate that could corroborate" in found.sentence


def test_a_key_of_which_too_little_is_left_says_so():
    rule = Rule("Excel", on=[Damaged("no")], given=[Near("amount", by=0)])

    found = Matcher([rule]).match([rec("4.00123E+27")], [rec("4001234567890123456789012345")]).explain(left=0)

    assert Doubt.TOO_LITTLE_KEY in {one.doubt for one in candidate_of(found, "Excel", 0).downgrades}
    assert "关键字段残缺过多" in found.sentence_zh


def test_a_damaged_key_is_explained_in_its_own_words():
    rule = Rule("Excel", on=[Damaged("no")], given=[Near("amount", by=0)])

    near = candidate_of(Matcher([rule]).match([rec("0012345678")], [rec("12345678", 9)]).explain(left=0), "Excel", 0)

    assert ("leading zeros", "前导零", True, False) == (near.key, near.key_zh, near.has_key, near.passes)


def test_what_an_earlier_rule_suggested_is_named():
    rules = [DAMAGED, Rule("same shop", on=[Exact("shop")])]
    left = [rec("SF1012345678901", shop="a")]
    right = [rec("SF1012345678902"), rec("SF1012345678903"), rec("X", 5, shop="a")]

    found = Matcher(rules).match(left, right).explain(left=0)

    (downgrade,) = candidate_of(found, "same shop", 2).downgrades
    assert (Doubt.OTHER_RULE, "right", (0, 1), "damaged number") == (
        downgrade.doubt,
        downgrade.side,
        downgrade.positions,
        downgrade.rule,
    )
    assert "the earlier rule 'damaged number' suggested right 0 and 1 instead" == downgrade.sentence
    assert "前面的规则“damaged number”建议的是右表第 0、1 行" == downgrade.sentence_zh


def test_an_equal_key_that_the_evidence_contradicts_is_shown_beside_the_neighbour_that_fits():
    left = [rec("SF1012345678901")]
    right = [rec("SF1012345678901", 9999), rec("SF1012345678902")]

    found = Matcher([SAME, DAMAGED]).match(left, right).explain(left=0)

    assert "suggested" == found.status
    assert Doubt.CONTRADICTED in {one.doubt for one in candidate_of(found, "same parcel", 0).downgrades}
    assert candidate_of(found, "damaged number", 1).passes
    assert "the other evidence speaks against it" in found.sentence


def test_a_pair_that_a_check_digit_forbids_says_so():
    numbers = ["RR123456785CN", "RR123456771CN"]  # both right
    matcher = Matcher([Rule("damaged number", on=[Fuzzy("no", edits=2)], given=[Near("amount", by=0)])])

    found = matcher.match([rec(numbers[0])], [rec(numbers[1])]).explain(left=0)

    assert "suggested" == found.status
    assert [Doubt.CHECK_DIGIT] == [one.doubt for one in candidate_of(found, "damaged number", 0).downgrades]
    assert "校验位表明这是两个不同的号码" in found.sentence_zh


@attrs.frozen(kw_only=True, eq=False)
class Learned:
    """A calibration that learned, as far as an explanation asks."""

    rule: str
    learned: bool = True
    bar: float | None = 0.9999


def test_closeness_that_chose_beside_a_neighbour_is_told():
    close = Rule("same parcel", on=[Exact("no")], given=[Near("amount", by=9)])
    left = [rec("SF1012345678901", 10)]
    right = [rec("SF1012345678901", 10), rec("SF1012345678901", 15), rec("SF1012345678902", 10)]

    found = Matcher([close, DAMAGED]).match(left, right).explain(left=0)

    assert Doubt.CONTESTED in {one.doubt for one in candidate_of(found, "same parcel", 0).downgrades}


def test_a_rule_that_only_suggests_says_so():
    found = Matcher([Rule("loose", on=[Exact("no")], confirm=False)]).match([rec("A1")], [rec("A1")]).explain(left=0)

    assert [(Doubt.RULE_SUGGESTS, "", ())] == told(candidate_of(found, "loose", 0))


def test_a_score_below_the_bar_is_told():
    result = Matcher([DAMAGED]).match([rec("SF1012345678901")], [rec("SF1012345678902")])
    assert ["confirmed"] == result.pairs["status"].to_list()
    below = result.pairs.with_columns(status=pl.lit("suggested"), score=pl.lit(0.93))

    found = attrs.evolve(result, pairs=below, calibrations=(Learned(rule="damaged number"),)).explain(left=0)

    (downgrade,) = candidate_of(found, "damaged number", 0).downgrades
    assert (Doubt.BELOW_BAR, 0.93) == (downgrade.doubt, downgrade.score)
    assert "its score 0.930000 is below the bar" in found.sentence
    assert "评分 0.930000 低于确认界限" in found.sentence_zh


def test_a_suggestion_whose_rivals_have_gone_still_has_a_reason():
    for rule in (DAMAGED, SAME):
        result = Matcher([rule]).match([rec("SF1012345678901")], [rec("SF1012345678901")])
        open_pairs = result.pairs.with_columns(status=pl.lit("suggested"))

        found = attrs.evolve(result, pairs=open_pairs).explain(left=0)

        assert "another record" in found.sentence


def test_a_confirmed_pair_has_no_downgrades():
    found = Matcher([DAMAGED]).match([rec("SF1012345678901")], [rec("SF1012345678902")]).explain(right=0)

    assert () == candidate_of(found, "damaged number", 0).downgrades


CONTRADICTED = (
    [rec("SF1012345678901")],
    [rec("SF1012345678901", 9999), rec("SF1012345678902")],
)


def test_each_rule_that_suggests_has_a_clause_of_its_own():
    found = Matcher([SAME, DAMAGED]).match(*CONTRADICTED).explain(left=0)

    assert (
        "Left 0 is not matched, and a person decides; right 0 may belong to it by rule 'same parcel': the keys are equal, but the "
        "other evidence speaks against it; right 1 by rule 'damaged number': right 0 could be meant as well, and the earlier rule 'same parcel' suggested right 0 instead."
    ) == found.sentence
    assert "；按规则“same parcel”可能对应右表第 0 行：关键字段相同，但其他证据与之矛盾；" in found.sentence_zh
    assert "；按规则“damaged number”可能对应右表第 1 行：" in found.sentence_zh


def test_each_suggestion_is_data_with_its_rule_and_reasons():
    found = Matcher([SAME, DAMAGED]).match(*CONTRADICTED).explain(left=0)

    assert [(0, "same parcel", Doubt.CONTRADICTED), (1, "damaged number", Doubt.OTHER_RULE)] == [
        (one.partner, one.rule, one.reasons[-1].doubt) for one in found.suggestions
    ]
    assert "same parcel" == found.rule
    assert [0, 1] == [one["partner"] for one in found.to_dict()["suggestions"]]


def test_a_record_that_is_matched_has_no_suggestions():
    assert () == Matcher([SAME]).match([rec("A1")], [rec("A1")]).explain(left=0).suggestions


def test_an_equal_key_that_may_have_lost_digits_says_so():
    result = Matcher([SAME]).match([rec("A1")], [rec("A1")])
    told_so = result.pairs.with_columns(status=pl.lit("suggested"), evidence=pl.lit("raw, digits may be lost"))

    found = attrs.evolve(result, pairs=told_so).explain(left=0)

    assert [Doubt.DIGITS_LOST] == [one.doubt for one in candidate_of(found, "same parcel", 0).downgrades]
    assert "digits may be lost" in found.sentence
    assert "可能丢失了位数" in found.sentence_zh


@pytest.mark.parametrize("key", [Damaged("no"), Contains("no")])
def test_a_key_that_counts_no_edits_is_not_offered_more_of_them(key):
    rule = Rule("r", on=[key], given=[Near("amount", by=0)])

    found = Matcher([rule]).match([rec("SF1012345678901")], [rec("SF1012345678922")]).explain(left=0)

    assert None is found.smallest_change
    assert "edit" not in found.sentence.replace("2 edits away, more than this rule admits", "")


def test_an_equal_key_is_called_the_same_by_every_condition():
    rules = [Rule("e", on=[Exact("no")]), Rule("d", on=[Damaged("no")]), Rule("f", on=[Fuzzy("no")])]

    for rule in rules:
        near = candidate_of(Matcher([rule]).match([rec("SF1")], [rec("SF1")]).explain(left=0), rule.name, 0)
        assert ("same key", "关键字段相同") == (near.key, near.key_zh)


def test_a_rival_that_only_a_later_rule_saw_is_named():
    right = [rec("SF1012345678901-1"), rec("SF1012345678902")]
    harmed = Rule("harmed number", on=[Damaged("no")], given=[Near("amount", by=0)])

    found = Matcher([harmed, DAMAGED]).match([rec("SF1012345678901")], right).explain(left=0)

    assert [(Doubt.RIVAL, "right", (1,))] == told(candidate_of(found, "harmed number", 0))
    assert (
        "right 0 may belong to it by rule 'harmed number': right 1 could be meant as well; right 1 by" in found.sentence
    )


def test_a_rule_that_admits_what_an_earlier_one_suggests_says_so():
    rules = [SAME, DAMAGED, Rule("same shop", on=[Exact("no")], given=[Same("shop")])]
    left, right = (
        [rec("SF1012345678901", shop="a")],
        [rec("SF1012345678901", 9, shop="a"), rec("SF1012345678902", shop="a")],
    )

    found = Matcher(rules).match(left, right).explain(left=0)

    assert "same parcel" == candidate_of(found, "same shop", 0).suggested_by
    assert "same shop: not taken: right 0 (same key): the earlier rule 'same parcel' suggests it already" in str(found)
    assert "前面的规则“same parcel”已建议该行" in found.text(language="zh")
    assert None is candidate_of(found, "damaged number", 0).suggested_by  # its amount keeps it out of that rule


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_rows_changes_positions_only(order):
    right = [rec(f"SF101234567890{at}", day=date(2026, 10, at)) for at in range(2, 9)][::order]

    found = Matcher([SAME, DAMAGED]).match([rec("SF1012345678901")], right).explain(left=0)

    (look,) = found.looks[1:]
    shown = [right[candidate.position]["no"] for candidate in look.candidates]
    assert sorted(row["no"] for row in right) == shown
