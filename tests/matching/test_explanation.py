import json
from datetime import date

import polars as pl
import pytest

from tieout.errors import MatcherError
from tieout.matching import Exact, Fuzzy, Matcher, Near, Rule, Same, Subset

RULES = [
    Rule("same parcel", on=[Exact("no")]),
    Rule("damaged number", on=[Fuzzy("no")], given=[Near("amount", by=0), Near("day", days=3), Same("shop")]),
]


def rec(no, amount=1200, day=1, shop="a"):
    return {"no": no, "amount": amount, "day": date(2026, 10, day), "shop": shop}


LEFT = [
    rec("SF1012345678901"),
    rec("SF2012345678902"),
    rec("SF3012345678903", 500),
    rec("SF4012345678904", shop=None),
    rec(None),
    rec("XY9999999999999"),
    rec("4.00123E+27"),
    rec("SF5012345678905"),
]
RIGHT = [
    rec("SF1012345678901", 1300),
    rec("SF2012345678992"),
    rec("SF3012345678993", 900, 9),
    rec("SF4012345678994"),
    rec("SF5012345678995"),
    rec("SF5012345678915"),
]
RESULT = Matcher(RULES).match(LEFT, RIGHT)


def test_a_matched_record_names_its_partner_and_rule():
    found = RESULT.explain(left=0)

    assert ("left", 0, "confirmed", (0,), "same parcel") == (
        found.side,
        found.position,
        found.status,
        found.partners,
        found.rule,
    )
    assert "Left 0 is matched with right 0 by rule 'same parcel'." == found.sentence
    assert [("same parcel", True, "confirmed"), ("damaged number", False, "not tried")] == [
        (look.rule, look.was_tried, look.outcome) for look in found.looks
    ]


def test_rules_before_the_one_that_matched_say_why_they_did_not():
    found = RESULT.explain(left=1)

    expected = "same parcel: no candidate: right 1 (1 edit away, more than this rule admits): this is its partner"
    assert str(found.looks[0]).startswith(expected)
    assert "damaged number" == found.rule


def test_every_failed_gate_is_named_with_what_was_found_and_allowed():
    found = RESULT.explain(left=2)

    expected = (
        "Left 2 is not matched; nearest is right 2 (1 edit): amount differs by 400 (500 and 900), none allowed, "
        "day on the right is 8 days later (2026-10-01 and 2026-10-09), 3 days allowed. "
        "Rule 'damaged number' would admit it with 400 more on amount and 5 days more on day."
    )
    assert expected == found.sentence
    (candidate,) = found.looks[1].candidates
    assert [("amount equal", False), ("day within 3 days", False), ("same shop", True)] == [
        (gate.gate, gate.holds) for gate in candidate.gates
    ]
    assert not candidate.passes


def test_a_missing_attribute_is_named_with_its_side():
    assert "shop is missing on the left" in RESULT.explain(left=3).sentence


@pytest.mark.parametrize("position", [4, 6])
def test_a_record_without_a_usable_key_says_so(position):
    found = RESULT.explain(left=position)

    assert found.sentence.startswith(
        f"Left {position} is not matched; it has no key, or one that lost digits; nearest is"
    )
    assert found.sentence.endswith("(no key to compare): all gates hold.")
    assert ["no key", "no key"] == [look.outcome for look in found.looks]


def test_a_record_without_a_key_near_anything_shows_what_passes_the_gates():
    found = RESULT.explain(left=5)

    assert "Left 5 is not matched; nearest is right 3 (key unlike): all gates hold." == found.sentence
    assert ["no candidate", "no candidate"] == [look.outcome for look in found.looks]
    assert [3, 5, 4] == [candidate.position for candidate in found.looks[1].candidates]  # in the order of their keys
    assert found.smallest_change is None


def test_a_record_that_nothing_is_near_says_so():
    found = Matcher(RULES).match([rec("XY9999999999999", amount=1)], RIGHT).explain(left=0)

    assert "Left 0 is not matched; no rule found a candidate." == found.sentence
    assert "左表第 0 行（行号从 0 起）未匹配；各规则均未找到候选。" == found.sentence_zh


def test_a_record_that_is_matched_is_not_offered_for_its_gates():
    left = [rec("SF1012345678901"), rec("XY9999999999999")]

    found = Matcher(RULES).match(left, [rec("SF1012345678901")]).explain(left=1)

    assert () == found.looks[1].candidates


def test_a_suggestion_names_all_that_could_be_meant():
    found = RESULT.explain(left=7)

    expected = "Left 7 is not matched; right 4 and 5 may belong to it by rule 'damaged number', which is for a person to decide."
    assert expected == found.sentence
    assert [5, 4] == [candidate.position for candidate in found.looks[1].candidates]  # in the order of their keys


def test_the_right_side_is_explained_alike():
    assert "Right 0 is matched with left 0 by rule 'same parcel'." == RESULT.explain(right=0).sentence
    assert "nearest is left 2 (1 edit): amount differs by 400" in RESULT.explain(right=2).sentence


def test_money_is_told_in_whole_units():
    sides = [
        pl.DataFrame({"no": ["A1000001"], "amount_minor": [amount], "currency": [code]})
        for amount, code in ((1250, "CNY"), (1300, "CNY"), (1250, "USD"))
    ]
    matcher = Matcher([Rule("r", on=[Exact("no")], given=[Near("amount", by="0.05", percent=1)])])

    differs, foreign = (matcher.match(sides[0], other).explain(left=0).sentence for other in sides[1:])

    assert "amount differs by 0.50 (12.50 and 13.00: 4 %), 0.05 or 1 % allowed" in differs
    assert "amount is in CNY on the left and in USD on the right" in foreign


@pytest.mark.parametrize("gate", [Near("amount", by=0), Same("amount")])
@pytest.mark.parametrize(("code", "shown", "shown_zh"), [("cny", "'cny'", "'cny'"), (None, "none", "无")])
def test_an_amount_whose_currency_is_not_known_is_not_called_missing(code, shown, shown_zh, gate):
    sides = [
        pl.DataFrame(
            {"no": ["A1000001"], "amount_minor": [1250], "currency": [one]}, schema_overrides={"currency": pl.String}
        )
        for one in (code, "CNY")
    ]

    found = Matcher([Rule("r", on=[Exact("no")], given=[gate])]).match(*sides).explain(left=0)

    assert f"the currency of amount is not known: {shown} on the left" in found.sentence
    assert f"amount 的币种无法识别：左表 {shown_zh}" in found.sentence_zh


def test_one_sided_bounds_are_told_with_their_direction():
    matcher = Matcher([Rule("r", on=[Exact("no")], given=[Near("day", after=5, before=1)])])

    sentence = matcher.match([rec("A1000001", day=9)], [rec("A1000001", day=1)]).explain(left=0).sentence

    assert (
        "day on the right is 8 days earlier (2026-10-09 and 2026-10-01), 5 days after or 1 day before allowed"
        in sentence
    )


def test_an_explanation_prints_a_line_per_rule():
    lines = str(RESULT.explain(left=2)).splitlines()

    assert 3 == len(lines)
    assert lines[2].startswith("  damaged number: not taken: right 2 (1 edit): amount differs")


def test_every_sentence_has_its_chinese():
    found = RESULT.explain(left=2)

    expected = (
        "左表第 2 行（行号从 0 起）未匹配；最接近的是右表第 2 行（差 1 处）：amount 相差 400（左表 500，右表 900），不允许有差异；"
        "day 右表晚 8 天（左表 2026-10-01，右表 2026-10-09），允许 3 天。"
        "若将 amount 的容差再放宽 400，且 day 的容差再放宽 5 天，规则“damaged number”即可接受该行。"
    )
    assert expected == found.sentence_zh
    (candidate,) = found.looks[1].candidates
    assert ["amount 相等", "day 相差不超过 3 天", "shop 相同"] == [gate.gate_zh for gate in candidate.gates]
    assert ["amount equal", "same shop: holds", "shop 相同：符合"] == [
        candidate.gates[0].gate,
        candidate.gates[2].sentence,
        candidate.gates[2].sentence_zh,
    ]
    assert "左表第 0 行（行号从 0 起）已由规则“same parcel”与右表第 0 行匹配。" == RESULT.explain(left=0).sentence_zh
    assert "按规则“damaged number”可能对应右表第 4、5 行，须人工确认。" in RESULT.explain(left=7).sentence_zh
    assert "关键字段为空，或已丢失位数" in RESULT.explain(left=4).sentence_zh
    assert "shop 左表为空" in RESULT.explain(left=3).sentence_zh


def test_the_whole_can_be_had_in_either_language():
    found = RESULT.explain(left=1)

    assert str(found) == found.text() == found.text(language="en")
    assert [found.sentence_zh, *(f"  {look.sentence_zh}" for look in found.looks)] == found.text(language="zh").split(
        "\n"
    )
    with pytest.raises(MatcherError, match="language='fr' is unknown; known: en, zh"):
        found.text(language="fr")


@pytest.mark.parametrize(("side", "count"), [("left", len(LEFT)), ("right", len(RIGHT))])
def test_an_explanation_is_plain_data(side, count):
    for position in range(count):
        told = RESULT.explain(**{side: position}).to_dict()

        assert told == json.loads(json.dumps(told, allow_nan=False))
        assert (side, position) == (told["side"], told["position"])


def test_plain_data_has_amounts_as_text_and_both_languages():
    told = RESULT.explain(left=2).to_dict()

    (candidate,) = told["looks"][1]["candidates"]
    (distance,) = candidate["gates"][0]["distances"]
    assert ("amount", "far", "500", "900", "400", "0") == tuple(
        distance[name] for name in ("column", "reason", "left", "right", "gap", "allowed")
    )
    assert {"en", "zh"} == set(distance["words"])
    assert ("by", "400") == (distance["change"]["setting"], distance["change"]["value"])
    assert "2026-10-09" == candidate["gates"][1]["distances"][0]["right"]
    change = told["smallest_change"]
    assert ("damaged number", 2, ["amount", "day"]) == (
        change["rule"],
        change["position"],
        [one["column"] for one in change["changes"]],
    )
    assert told["sentence"] == RESULT.explain(left=2).sentence
    assert RESULT.explain(left=0).to_dict()["smallest_change"] is None


def test_a_key_that_one_edit_more_would_admit_says_so():
    rules = [Rule("damaged number", on=[Fuzzy("no")], given=[Near("amount", by=0)])]

    found = Matcher(rules).match([rec("SF1012345678901")], [rec("SF1012345678922")]).explain(left=0)

    (candidate,) = found.looks[0].candidates
    assert ("edits", 2, 1) == tuple(getattr(candidate.changes[0], name) for name in ("setting", "value", "more"))
    assert "Rule 'damaged number' would admit it with 1 edit more on no." in found.sentence


def test_of_a_compound_key_the_part_that_differs_is_named():
    rule = Rule("r", on=[Exact("shop", "no")])

    found = Matcher([rule]).match([rec("A1000001")], [rec("A1000002"), rec("A1000001", shop="b")]).explain(left=0)

    assert {(0, "no"), (1, "shop")} == {
        (candidate.position, candidate.changes[0].column) for candidate in found.looks[0].candidates
    }


def test_a_crowd_of_one_key_is_shown_in_part_and_counted():
    rule = Rule("r", on=[Exact("no")], given=[Near("amount", by=0)])
    crowd = [rec("A1000001", amount) for amount in range(30, 0, -1)]

    (look,) = Matcher([rule]).match([rec("A1000001", 0)], crowd).explain(left=0).looks

    assert [1, 2, 3, 4, 5] == [crowd[candidate.position]["amount"] for candidate in look.candidates]
    assert 25 == look.others
    assert look.sentence.endswith("; and 25 more")


def test_a_sum_is_explained_by_its_verdicts():
    rule = Rule("deposit", on=[Subset("amount", max_size=3)], pairing="n:1")
    result = Matcher([rule]).match([rec("a", 3), rec("b", 4), rec("c", 8)], [rec("x", 7), rec("y", 100)])

    found, alone = result.explain(left=0), result.explain(right=1)

    assert ("confirmed", (0,)) == (found.status, found.partners)
    assert [verdict.sentence for verdict in result.verdicts if verdict.position == 0] == [
        verdict.sentence for verdict in found.looks[0].verdicts
    ]
    assert "not taken" == alone.looks[0].outcome
    assert alone.looks[0].verdicts[0].sentence in alone.sentence
    assert alone.looks[0].verdicts[0].sentence_zh in alone.sentence_zh
    assert json.dumps(found.to_dict(), allow_nan=False)


def test_against_an_empty_side_there_is_no_candidate():
    for right in ([], pl.DataFrame({"no": [], "amount": [], "day": [], "shop": []})):
        found = Matcher(RULES).match(LEFT, right).explain(left=0)
        assert ["no candidate", "no candidate"] == [look.outcome for look in found.looks]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({}, "one record is explained at a time"),
        ({"left": 0, "right": 0}, "one record is explained at a time"),
        ({"left": 8}, "there is no record 8; left has 8"),
        ({"left": -1}, "there is no record -1"),
        ({"right": True}, "there is no record True"),
        ({"right": "0"}, "there is no record '0'"),
    ],
)
def test_what_cannot_be_explained_is_refused(asked, text):
    with pytest.raises(MatcherError) as caught:
        RESULT.explain(**asked)

    assert text in str(caught.value)
