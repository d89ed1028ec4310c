from datetime import date, timedelta
from itertools import product

import polars as pl
import pytest

from tieout.errors import InputError, MatcherError, UnknownFormat, WrongColumnType
from tieout.matching import Damaged, Exact, Fuzzy, Matcher, Near, Rule, Same
from tieout.matching.engines import _flows

KEY = [Exact("k")]
ONE = [Rule("key", on=KEY)]


def rec(key="A1000001", a=0, b="x"):
    return {"k": key, "a": a, "b": b}


def links(rules, left, right, **options):
    return Matcher(rules, **options).match(left, right).pairs.select("left", "right", "rule", "status").rows()


def near(pairing="1:1", by=10):
    return Rule("key", on=KEY, given=[Near("a", by=by)], pairing=pairing)


SEEN = Rule("sees a", on=[Exact("k", "a", "b")])  # an earlier rule, so that the matcher sees more than the key
CONFIRMED = "confirmed"
SUGGESTED = "suggested"

CASES = {
    "one and one": (ONE, [rec()], [rec()], [(0, 0, "key", CONFIRMED)]),
    "records that the matcher sees no difference between are interchangeable": (
        ONE,
        [rec(a=1)],
        [rec(a=1), rec(a=1)],
        [(0, 0, "key", CONFIRMED)],
    ),
    "billed twice: one line is matched, its twin is left": (
        [near()],
        [rec(a=5)],
        [rec(a=5), rec(a=5)],
        [(0, 0, "key", CONFIRMED)],
    ),
    "three and two twins make two pairs": (
        ONE,
        [rec()] * 3,
        [rec()] * 2,
        [(0, 0, "key", CONFIRMED), (1, 1, "key", CONFIRMED)],
    ),
    "the closer one wins": ([near()], [rec(a=5)], [rec(a=1), rec(a=4)], [(0, 1, "key", CONFIRMED)]),
    "equally close and different is a tie": (
        [near()],
        [rec(a=5)],
        [rec(a=4), rec(a=6)],
        [(0, 0, "key", SUGGESTED), (0, 1, "key", SUGGESTED)],
    ),
    "without gates, what is seen to differ is a tie": (
        [Rule("key and more", on=KEY, given=[Near("a", by=0)]), Rule("key", on=KEY)],
        [rec(a=5)],
        [rec(a=4), rec(a=6)],
        [(0, 0, "key", SUGGESTED), (0, 1, "key", SUGGESTED)],
    ),
    "a pair that every best pairing has is confirmed beside a tie": (
        [near(by=5)],
        [rec(a=0), rec(a=3), rec(a=100)],
        [rec(a=-1), rec(a=1), rec(a=2), rec(a=4), rec(a=101)],
        [
            (0, 0, "key", SUGGESTED),
            (0, 1, "key", SUGGESTED),
            (1, 2, "key", SUGGESTED),
            (1, 3, "key", SUGGESTED),
            (2, 4, "key", CONFIRMED),
        ],
    ),
    "as many pairs as can be, then the least distance": (
        [near(by=5)],
        [rec(a=100), rec(a=105)],
        [rec(a=100), rec(a=95)],
        [(0, 1, "key", CONFIRMED), (1, 0, "key", CONFIRMED)],
    ),
    "lagging dates pair in their order": (
        [Rule("key", on=KEY, given=[Near("d", days=2)])],
        [{"k": "A1000001", "d": date(2026, 1, day)} for day in (1, 2, 3)],
        [{"k": "A1000001", "d": date(2026, 1, day)} for day in (4, 2, 3)],
        [(0, 1, "key", CONFIRMED), (1, 2, "key", CONFIRMED), (2, 0, "key", CONFIRMED)],
    ),
    "n:1 lets many left records share": (
        [near("n:1")],
        [rec(a=1), rec(a=2), rec(a=50)],
        [rec(a=1)],
        [(0, 0, "key", CONFIRMED), (1, 0, "key", CONFIRMED)],
    ),
    "n:1: each takes the closest of several": (
        [near("n:1")],
        [rec(a=1), rec(a=9), rec(a=5)],
        [rec(a=0), rec(a=10)],
        [(0, 0, "key", CONFIRMED), (1, 1, "key", CONFIRMED), (2, 0, "key", SUGGESTED), (2, 1, "key", SUGGESTED)],
    ),
    "n:1: of twins, one takes them all": (
        [near("n:1")],
        [rec(a=1), rec(a=2)],
        [rec(a=1), rec(a=1)],
        [(0, 0, "key", CONFIRMED), (1, 0, "key", CONFIRMED)],
    ),
    "1:n is n:1 the other way round": (
        [near("1:n")],
        [rec(a=0), rec(a=10)],
        [rec(a=1), rec(a=9), rec(a=5)],
        [(0, 0, "key", CONFIRMED), (0, 2, "key", SUGGESTED), (1, 1, "key", CONFIRMED), (1, 2, "key", SUGGESTED)],
    ),
    "n:m takes all that pass": (
        [near("n:m", by=1)],
        [rec(a=1), rec("a1000001", a=2)],
        [rec(a=1), rec(a=9), rec(a=2)],
        [(0, 0, "key", CONFIRMED), (0, 2, "key", CONFIRMED), (1, 0, "key", CONFIRMED), (1, 2, "key", CONFIRMED)],
    ),
    "a later rule takes what the earlier left": (
        [near(by=0), Rule("key alone", on=KEY)],
        [rec(a=1), rec("B1000001", a=1)],
        [rec("B1000001", a=2), rec(a=1)],
        [(0, 1, "key", CONFIRMED), (1, 0, "key alone", CONFIRMED)],
    ),
    "a matched record is gone for later rules": (
        [near(by=0), Rule("key alone", on=KEY)],
        [rec(a=1)],
        [rec(a=1), rec(a=2)],
        [(0, 0, "key", CONFIRMED)],
    ),
    "but one that may take many stays for rules that let it": (
        [near("n:1", by=0), Rule("key alone", on=KEY, pairing="n:1")],
        [rec(a=1), rec(a=9)],
        [rec(a=1)],
        [(0, 0, "key", CONFIRMED), (1, 0, "key alone", CONFIRMED)],
    ),
    "n:m does not join records that both have their places": (
        [near("n:m", by=0), Rule("key alone", on=KEY, pairing="n:m")],
        [rec(a=1), rec(a=2)],
        [rec(a=1), rec(a=2), rec(a=3)],
        [
            (0, 0, "key", CONFIRMED),
            (0, 2, "key alone", CONFIRMED),
            (1, 1, "key", CONFIRMED),
            (1, 2, "key alone", CONFIRMED),
        ],
    ),
    "nor by a damaged key": (
        [
            Rule("other key", on=[Exact("b")], pairing="n:m"),
            Rule("damaged", on=[Fuzzy("k")], given=[Near("a", by=0)], pairing="n:m"),
        ],
        [rec("A1000001", b="first"), rec("B2222222", b="second")],
        [rec("C3333333", b="first"), rec("A1000002", b="second")],
        [(0, 0, "other key", CONFIRMED), (1, 1, "other key", CONFIRMED)],
    ),
    "nor is it suggested any longer": (
        [Rule("damaged", on=[Fuzzy("k")], pairing="n:m"), Rule("other key", on=[Exact("b")], pairing="n:m")],
        [rec("A1000001", b="first"), rec("B2222222", b="second")],
        [rec("C3333333", b="first"), rec("A1000002", b="second")],
        [(0, 0, "other key", CONFIRMED), (1, 1, "other key", CONFIRMED)],
    ),
    "a later rule may settle a tie with other evidence": (
        [near(), Rule("attribute", on=KEY, given=[Same("b")])],
        [rec(a=5, b="y")],
        [rec(a=4), rec(a=6, b="y")],
        [(0, 1, "attribute", CONFIRMED)],
    ),
    "a later rule that contradicts a suggestion only suggests": (
        [near(), Rule("other key", on=[Exact("b")])],
        [rec(a=5, b="other-key")],
        [rec(a=4), rec(a=6), rec("C1000001", b="other-key")],
        [(0, 0, "key", SUGGESTED), (0, 1, "key", SUGGESTED), (0, 2, "other key", SUGGESTED)],
    ),
    "raw before normalised, whatever the gates say": (
        [near()],
        [rec("a1000001", a=5)],
        [rec("A1000001", a=5), rec("a1000001", a=1)],
        [(0, 1, "key", CONFIRMED)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_definition_of_a_match(name):
    rules, left, right, expected = CASES[name]

    result = Matcher(rules).match(left, right)

    assert expected == result.pairs.select("left", "right", "rule", "status").sort("left", "right").rows()
    assert result.proof.holds


@pytest.mark.parametrize("name", CASES)
def test_the_sides_exchanged_match_the_other_way_round(name):
    rules, left, right, _ = CASES[name]
    turned = {"1:n": "n:1", "n:1": "1:n"}
    back = [
        Rule(rule.name, on=rule.on, given=rule.given, pairing=turned.get(rule.pairing, rule.pairing)) for rule in rules
    ]

    there = Matcher(rules).match(left, right).pairs
    and_back = Matcher(back).match(right, left).pairs

    assert (
        there.select("left", "right", "rule", "score", "status")
        .sort("left", "right")
        .equals(
            and_back.select(
                pl.col("right").alias("left"), pl.col("left").alias("right"), "rule", "score", "status"
            ).sort("left", "right")
        )
    )


def test_what_the_matcher_does_not_see_still_orders_twins():
    left = [{"k": "A1000001"}]
    right = [{"k": "A1000001", "line": line} for line in (7, 3, 5)]

    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        shuffled = [right[at] for at in order]
        (position,) = Matcher(ONE).match(left, shuffled).pairs["right"]
        assert shuffled[position]["line"] == 3


def test_twins_that_pair_with_different_records_do_so_in_an_order_of_their_own():
    left = [{"k": "A1000001", "a": 5, "line": line} for line in (1, 2)]
    right = [{"k": "A1000001", "a": amount} for amount in (4, 6)]
    found = set()

    for lefts, rights in product((left, left[::-1]), (right, right[::-1])):
        pairs = Matcher([near()]).match(lefts, rights).pairs
        found.add(
            tuple(sorted((lefts[one]["line"], rights[other]["a"]) for one, other in pairs[["left", "right"]].rows()))
        )

    assert {((1, 4), (2, 6))} == found


def test_a_component_too_large_to_solve_is_suggested(monkeypatch):
    left, right = [rec(a=at) for at in range(4)], [rec(a=at) for at in range(4)]
    assert {status for *_, status in links([near()], left, right)} == {CONFIRMED}
    monkeypatch.setattr(_flows, "EDGES_MAX", 15)

    found = links([near()], left, right)

    assert {status for *_, status in found} == {SUGGESTED}
    assert len(found) == 16


def test_a_tie_shares_its_score_among_the_choices():
    pairs = Matcher([near()]).match([rec(a=5)], [rec(a=4), rec("a1000001", a=6)]).pairs
    tied = Matcher([near()]).match([rec(a=5)], [rec(a=4), rec(a=6)]).pairs

    assert [1.0] == pairs["score"].to_list()
    assert [0.5, 0.5] == tied["score"].to_list()


def test_groups_are_numbered_by_their_smallest_left_position():
    left = [rec("C1000001"), rec("A1000001"), rec("B1000001"), rec("A1000001")]
    right = [rec("A1000001"), rec("B1000001"), rec("C1000001")]

    pairs = Matcher([near("n:1")]).match(left, right).pairs

    assert [(0, 2, 0), (1, 0, 1), (3, 0, 1), (2, 1, 2)] == pairs.select("left", "right", "group").rows()


STANDARD_LEFT = [
    {"k": "SF1012345678901", "amount": 1200, "day": date(2026, 10, 1), "w": 1},
    {"k": "SF2012345678902", "amount": 800, "day": date(2026, 10, 1), "w": 1},
    {"k": "SF3012345678903", "amount": 500, "day": date(2026, 10, 2), "w": 1},
    {"k": "SF4012345678904", "amount": 500, "day": date(2026, 10, 2), "w": 1},
]
STANDARD_RIGHT = [
    {"k": "SF1012345678901", "amount": 1200, "day": date(2026, 10, 3), "w": 1},
    {"k": "SF2012345678992", "amount": 800, "day": date(2026, 10, 2), "w": 1},
    {"k": "SF3012345678903", "amount": 999, "day": date(2026, 10, 2), "w": 1},
]


def test_the_standard_waterfall_tries_evidence_then_damage_then_the_key_alone():
    found = Matcher.standard(key="k", amount="amount", date="day", also=["w"]).match(STANDARD_LEFT, STANDARD_RIGHT)

    expected = [
        (0, 0, "same key and evidence", CONFIRMED),
        (1, 1, "damaged key", CONFIRMED),
        (2, 2, "same key", CONFIRMED),
    ]
    assert expected == found.pairs.select("left", "right", "rule", "status").rows()
    assert [3] == found.left_only.to_list()


def test_the_standard_waterfall_without_evidence_only_suggests_damaged_keys():
    matcher = Matcher.standard(key="k")

    assert ["same key", "harmed key", "damaged key"] == [rule.name for rule in matcher.rules]
    assert SUGGESTED == matcher.match(STANDARD_LEFT[1:2], STANDARD_RIGHT[1:2]).pairs["status"][0]


def test_the_standard_waterfall_takes_tolerances_and_gates():
    matcher = Matcher.standard(
        key="k",
        amount="amount",
        date="day",
        also=["w", Near("weight_g", by=50)],
        amount_by="0.05",
        date_days=3,
        edits=2,
        pairing="n:1",
    )

    rest = [Near("day", days=3), Same("w"), Near("weight_g", by=50)]
    gates = [Near("amount", by="0.05"), *rest]
    expected = (
        Rule("same key and evidence", on=[Exact("k")], given=gates, pairing="n:1"),
        Rule("harmed key", on=[Damaged("k")], given=gates, pairing="n:1"),
        Rule("damaged key", on=[Fuzzy("k", edits=1)], given=gates, pairing="n:1"),
        Rule("same key", on=[Exact("k")], given=[Same("w")], pairing="n:1"),
        Rule("badly damaged key", on=[Fuzzy("k", edits=2)], given=gates, pairing="n:1"),
        Rule("damaged key, other amount", on=[Fuzzy("k", edits=1)], given=rest, pairing="n:1", confirm=False),
    )
    assert expected == matcher.rules


def test_the_standard_waterfall_suggests_a_damaged_key_whose_amount_alone_differs():
    left = [{"k": "SF1012345678901", "amount": 1200, "day": date(2026, 10, 2)}]
    right = [{"k": "SF1012345678991", "amount": 1350, "day": date(2026, 10, 3)}]

    found = Matcher.standard(key="k", amount="amount", date="day").match(left, right).pairs

    assert [("damaged key, other amount", SUGGESTED)] == found.select("rule", "status").rows()


def test_the_standard_waterfall_never_matches_across_what_must_be_equal():
    left = [{"k": "SF1012345678901", "shop": "a", "amount": 1}, {"k": "SF1012345678902", "shop": None, "amount": 1}]
    right = [{"k": "SF1012345678901", "shop": "b", "amount": 1}, {"k": "SF1012345678902", "shop": None, "amount": 1}]

    found = Matcher.standard(key="k", amount="amount", also=["shop"]).match(left, right)

    assert found.pairs.is_empty()


@pytest.mark.parametrize("pairing", ["1:1", "1:n", "n:1", "n:m"])
@pytest.mark.parametrize("edits", [None, 1, 2])
@pytest.mark.parametrize(
    "evidence", [{}, {"amount": "amount"}, {"date": "day"}, {"amount": "amount", "date": "day"}, {"also": ["w"]}]
)
def test_the_standard_waterfall_makes_sense_with_whatever_evidence(pairing, edits, evidence):
    matcher = Matcher.standard(key="k", pairing=pairing, edits=edits, **evidence)

    searched = [condition.edits for rule in matcher.rules for condition in rule.on if isinstance(condition, Fuzzy)]
    assert max(searched) == edits or (edits is None and max(searched) == 1 + ("amount" in evidence))
    assert matcher.match(STANDARD_LEFT, STANDARD_RIGHT).proof.holds


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: Matcher([]), "a matcher needs a list of at least one rule, got []"),
        (lambda: Matcher(ONE[0]), "a matcher needs a list of at least one rule, got Rule('key'"),
        (lambda: Matcher([Exact("k")]), "a matcher takes rules, got Exact('k')"),
        (lambda: Matcher(ONE * 2), "several rules are named 'key'"),
        (lambda: Matcher(ONE, max_candidates=0), "max_candidates=0 is impossible"),
        (lambda: Matcher(ONE, max_candidates=1.5), "max_candidates=1.5 is impossible"),
    ],
)
def test_a_matcher_that_makes_no_sense_is_refused(build, text):
    with pytest.raises(MatcherError) as caught:
        build()

    assert text in str(caught.value)


def test_a_join_that_would_explode_is_an_error_and_says_what_to_do():
    left, right = [rec(a=at) for at in range(11)], [rec(a=at) for at in range(10)]

    with pytest.raises(MatcherError) as caught:
        links([near()], left, right, max_candidates=109)

    assert "rule 'key': 110 candidate pairs, more than max_candidates=109" in str(caught.value)
    assert "raise max_candidates" in str(caught.value)
    links([near()], left, right, max_candidates=110)
    with pytest.raises(MatcherError, match="shared by too many records"):
        links([near("n:m")], left, right, max_candidates=109)
    with pytest.raises(MatcherError, match="keys near each other"):
        links([Rule("f", on=[Fuzzy("k")])], left, right, max_candidates=109)


def test_a_key_that_thousands_of_twins_share_is_no_explosion():
    left, right = pl.DataFrame({"k": ["A1000001"] * 5000}), pl.DataFrame({"k": ["A1000001"] * 4000})

    result = Matcher(ONE, max_candidates=10).match(left, right)

    assert (4000, 1000, 0) == (result.pairs.height, len(result.left_only), len(result.right_only))


def test_both_sides_the_same_object_is_refused():
    data = [rec()]

    with pytest.raises(MatcherError, match="both sides are the same list"):
        Matcher(ONE).match(data, data)
    frame = pl.DataFrame(data)
    with pytest.raises(MatcherError, match="both sides are the same DataFrame"):
        Matcher(ONE).match(frame, frame)
    assert Matcher(ONE).match((), ()).pairs.is_empty()


@pytest.mark.parametrize(
    ("left", "right"), [([], [rec()]), ([rec()], []), ([], []), (pl.DataFrame({"k": []}), [rec()])]
)
def test_an_empty_side_matches_nothing(left, right):
    result = Matcher([near(), Rule("f", on=[Fuzzy("k")])]).match(left if len(left) else pl.DataFrame(), right)

    assert (0, len(left), len(right)) == (result.pairs.height, len(result.left_only), len(result.right_only))
    assert result.proof.holds


def test_what_is_no_table_is_refused():
    with pytest.raises(InputError, match="a frame or a sequence of records"):
        Matcher(ONE).match({"k": 1}, [rec()])
    with pytest.raises(WrongColumnType, match="several types"):
        Matcher(ONE).match([{"k": 1}, {"k": "1"}], [rec()])
    with pytest.raises(UnknownFormat, match="there is no engine named 'abacus'; known: local"):
        Matcher(ONE).match([rec()], [rec()], engine="abacus")


def test_a_million_days_are_no_overflow():
    far = [{"k": "A1000001", "d": date(1, 1, 1)}]

    assert [] == links([Rule("r", on=KEY, given=[Near("d", days=1)])], far, [{"k": "A1000001", "d": date(9999, 1, 1)}])
    assert 1 == len(
        links(
            [Rule("r", on=KEY, given=[Near("d", by=timedelta(days=10**7))])],
            far,
            [{"k": "A1000001", "d": date(9999, 1, 1)}],
        )
    )
