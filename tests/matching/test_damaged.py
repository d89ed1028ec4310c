from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import damage
from tieout.errors import MatcherError, WrongColumnType
from tieout.matching import Damaged, Exact, Matcher, Near, Rule
from tieout.matching.conditions._harms import HARMS
from tieout.matching.conditions.damaged import HarmSearch

NUMBERS = [
    "6917926768823640123",
    "6917926768823640064",
    "6917926768823640000",
    "6917926768823641000",
    "6917926768823649999",
    "691792676882364012",
    "691792676882364000",
    "691792676882363999",
    "9999999999999999999",
    "999999999999999950",
    "999999999999999499",
    "1000000000000000000",
    "1000000000000000",
    "999999999999999",
    "9999999999999996",
    "1152921504606847103",
    "1152921504606846976",
    "435233529604913",
    "435233529604",
    "0435233529604",
    "000435233529604",
    "4000000000000000000000000012",
]
TEXTS = [
    "6.917926768823640E+18",
    "6.91792676882364E+18",
    "6.91792676882364012E+18",
    "6.9179267688236401E+18",
    "6.91793E+18",
    "6,91792E18",
    "7E+18",
    "1E+18",
    "1.00E+18",
    "1E+15",
    "4.35233529604913E+14",
    "4.35234E+11",
    "1.152921504606847E+18",
    "1.1529215046068471E+18",
    "4E+27",
    "4E27",
    "12E+5",
]
PARCELS = [
    "SF1012345678901",
    "1012345678901",
    "5F1012345678901",
    "SF10I2345678901",
    "SFIO12345678901",
    "XSF1012345678901",
    "12SF1012345678901",
    "T200P1012345678901",
    "SF1012345678901-1",
    "SF1012345678901-1-2",
    "SF1012345678901-1-123",
    "SF1012345678901_2",
    "1012345678901-1",
    "0012345",
    "012345",
    "12345",
    "123456",
    "0123456",
    "O123456",
    "I23456",
    "店铺A12345678",
    "A12345678",
    "12345678",
]


@st.composite
def harmed_number(draw):
    """A number, or what a file may have made of it."""
    length = draw(st.sampled_from([15, 16, 17, 18, 19, 20, 28]))
    head = draw(st.sampled_from(["9" * 15, "1" + "0" * 14, "123456789012345", "691792676882364"]))
    tail = draw(st.text("0459", min_size=length - 15, max_size=length - 15))
    number = int(head + tail) + draw(st.sampled_from([0, 0, -1, 1, 64]))
    shown = draw(st.sampled_from(["", "", "", "float", "int", "e", "cut", "round"]))
    digits = draw(st.sampled_from([1, 2, 5, 6, 14, 15, 16, 17, 18]))
    unit = 10 ** max(len(str(number)) - digits, 0)
    return {
        "": str(number),
        "float": f"{int(float(number))}",
        "int": f"{float(number):.0f}"[:15] + "0" * (len(str(number)) - 15),
        "e": f"{float(number):.{digits - 1}E}",
        "cut": str(number // unit * unit),
        "round": str((number + unit // 2) // unit * unit),
    }[shown]


KEYS = st.one_of(
    st.sampled_from(NUMBERS + TEXTS + PARCELS),
    harmed_number(),
    st.from_regex("(SF|5F|S|0|00|OO)?[01]{5,9}(-[12]){0,2}", fullmatch=True),
    st.text("0158OISB-_", min_size=5, max_size=12),
).map(damage.form)
COLUMNS = st.lists(KEYS.filter(lambda key: key is not None), max_size=14, unique=True)
SUBSETS = st.one_of(st.just(tuple(HARMS)), st.sets(st.sampled_from(tuple(HARMS)), min_size=1).map(tuple))


def keyed(texts, blocks=None):
    frame = pl.DataFrame({"key": texts}, schema={"key": pl.String})
    return frame.with_columns(pl.Series("block", blocks or [7] * len(texts), dtype=pl.UInt64))


def found(left, right, harms=tuple(HARMS), limit=10**6):
    pairs = HarmSearch(harms=harms).find(keyed(left), keyed(right), limit=limit).rows()
    return sorted((left[one], right[other], steps) for one, other, steps in pairs)


def brute(left, right, harms=tuple(HARMS)):
    pairs = ((one, other, damage.harm(one, other, harms)) for one in left for other in right)
    return sorted(pair for pair in pairs if pair[2] is not None)


def test_all_pairs_of_the_hostile_list_are_found_and_no_others():
    keys = sorted({damage.form(key) for key in NUMBERS + TEXTS + PARCELS})

    assert brute(keys, keys) == found(keys, keys)


@settings(max_examples=150)
@given(COLUMNS, COLUMNS, SUBSETS)
def test_the_search_finds_what_the_definition_says(left, right, harms):
    assert brute(left, right, harms) == found(left, right, harms)


@settings(max_examples=60)
@given(COLUMNS, COLUMNS)
def test_steps_of_given_pairs_are_those_of_the_search(left, right):
    pairs = [(one, other) for one in left for other in right]
    search = HarmSearch(harms=tuple(HARMS))

    assert [damage.harm(*pair) for pair in pairs] == search.steps(*([pair[at] for pair in pairs] for at in (0, 1)))


@settings(max_examples=100)
@given(COLUMNS, COLUMNS)
def test_the_sieve_lets_through_all_that_the_search_finds(many, few):
    passing = HarmSearch(harms=tuple(HARMS)).sieve(keyed(few))(keyed(many)).to_list()

    let_through = [key for key, passes in zip(many, passing, strict=True) if passes]
    assert {one for one, _, _ in brute(many, few)} <= set(let_through)
    assert len(many) == len(passing)


EXACT = Rule("exact", on=[Exact("k")])
ALONE = Rule("harmed", on=[Damaged("k")])
GATED = Rule("harmed", on=[Damaged("k")], given=[Near("a", by=0)])
WHOLE = "6917926768823640123"


def line(key, amount=1):
    return {"k": key, "a": amount}


def links(rules, left, right):
    return Matcher(rules).match(left, right).pairs.select("left", "right", "status", "evidence").rows()


REVERSIBLE = {
    "'SF1012345678901": "quotes",
    '="SF1012345678901"': "quotes, equals sign",
    "`SF1012345678901": "backtick",
    "SF1012345678901\t": "tab",
    "SF 1012 3456 78901": "spaces",
    "SF-1012345678901": "hyphens",
    "sf1012345678901": "case",
    "ＳＦ１０１２３４５６７８９０１": "full-width",
    "@SF1012345678901\N{ZERO WIDTH SPACE}": "at sign, invisible characters",
}


@pytest.mark.parametrize("text", REVERSIBLE)
def test_dirt_that_loses_nothing_is_confirmed_without_gates_and_named(text):
    evidence = f"same key ({REVERSIBLE[text]})"

    assert [(0, 0, "confirmed", evidence)] == links([ALONE], [line("SF1012345678901")], [line(text)])
    assert [(0, 0, "confirmed", evidence)] == links([ALONE], [line(text)], [line("SF1012345678901")])


def test_a_decimal_zero_and_fifteen_digits_with_an_exponent_lose_nothing():
    left = [line("435233529604913"), line("435233529604914")]
    right = [line("435233529604913.0"), line("4.35233529604914E+14")]

    expected = [(0, 0, "confirmed", "same key (.0)"), (1, 1, "confirmed", "scientific, all digits")]
    assert expected == links([ALONE], left, right)


LOSSY = {
    "6917926768823640000": "cut to 15 digits",
    "6.91792676882364E+18": "scientific, 15 digits",
    "6917926768823640064": "printed from a float",
    "6.9179267688236401E+18": "scientific, 17 digits",
    "00006917926768823640123": "leading zeros",
    "6917926768823640123-1": "parcel suffix",
    "6917926768823640123-1-2": "parcel suffix",
    "TB6917926768823640123": "prefix",
    "T200P6917926768823640123": "prefix",
    "69I7926768823640123": "look-alike characters",
}


@pytest.mark.parametrize("text", LOSSY)
def test_harm_that_loses_something_is_confirmed_only_where_evidence_corroborates_it(text):
    evidence = LOSSY[text]

    assert [(0, 0, "suggested", evidence)] == links([ALONE], [line(WHOLE)], [line(text)])
    assert [(0, 0, "confirmed", evidence)] == links([GATED], [line(WHOLE)], [line(text)])
    assert [(0, 0, "confirmed", evidence)] == links([GATED], [line(text)], [line(WHOLE)])
    assert [] == links([GATED], [line(text)], [line(WHOLE, 2)])


@pytest.mark.parametrize("text", ["6.91793E+18", "6.92E+18", "7E+18"])
def test_few_digits_are_a_suggestion_at_most(text):
    (found,) = links([GATED], [line(WHOLE)], [line(text)])

    assert "suggested" == found[2]


def test_a_neighbour_in_the_run_rivals_a_rounded_number_also_when_it_is_matched():
    left, right = [line(WHOLE), line("6917926768823640124")], [line("6917926768823640000")]

    assert {"suggested"} == {status for _, _, status, _ in links([GATED], left, right)}
    right = [*right, line("6917926768823640124")]
    expected = [(0, 0, "suggested", "cut to 15 digits"), (1, 1, "confirmed", "raw")]
    assert expected == links([EXACT, GATED], left, right)


def test_two_keys_that_lost_the_same_digits_are_not_certain():
    rounded, scientific = [line("6917926768823640000")], [line("6.91793E+18")]
    evidence = "same key, digits lost on both sides"

    assert [(0, 0, "suggested", evidence)] == links([ALONE], rounded, [line("6917926768823640000", 1)])
    assert [(0, 0, "confirmed", evidence)] == links([GATED], rounded, [line("6917926768823640000", 1)])
    assert [(0, 0, "suggested", evidence)] == links([GATED], scientific, [line("6.91793E+18", 1)])


def test_short_codes_do_not_collide():
    left = [line("A12-1"), line("0012"), line("B1"), line("XY1234567")]

    assert [] == links([GATED], left, [line("A12"), line("12"), line("81"), line("1234567")])


def test_floats_of_another_reader_meet_the_whole_numbers():
    left = pl.DataFrame({"k": [WHOLE, "435233529604913"], "a": [1, 2]})
    right = pl.DataFrame({"k": [float(WHOLE), 435233529604913.0], "a": [1, 2]})

    statuses = [(one, other, status) for one, other, status, _ in links([GATED], left, right)]
    assert [(0, 0, "confirmed"), (1, 1, "confirmed")] == statuses


def test_only_the_harms_that_are_asked_for_are_looked_for():
    rule = Rule("harmed", on=[Damaged("k", harms=["suffix"])], given=[Near("a", by=0)])

    assert [] == links([rule], [line(WHOLE)], [line(f"TB{WHOLE}")])
    assert [(0, 0, "confirmed", "parcel suffix")] == links([rule], [line(WHOLE)], [line(f"{WHOLE}-1")])


def test_what_is_left_of_a_number_says_nothing_where_more_than_two_hundred_may_be_meant():
    texts = [{"k": "6.9179E+18", "block": 1}, {"k": "6.9179E+18", "block": 2}]
    numbers = [{"k": str(6917900000000000000 + at), "block": 1 + (at > 201)} for at in range(1, 402)]
    matcher = Matcher([Rule("harmed", on=[Exact("block"), Damaged("k")])])

    found = matcher.match(texts, numbers).pairs

    assert 200 == found.height
    assert {1} == set(found["left"])


def test_too_many_candidates_are_an_error_and_not_an_exhausted_memory():
    numbers = [str(6917926768823640000 + at) for at in range(1, 150)]
    texts = [f"{text}E+18" for text in ("7", "6.9", "6.92")]

    with pytest.raises(MatcherError, match="more than max_candidates=100"):
        found(numbers, texts, limit=100)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Damaged("k", harms=["rust"]), "unknown harm 'rust'; known: zeros, suffix, prefix"),
        (lambda: Damaged("k", harms=[]), "harms= is a list of at least one harm"),
        (lambda: Damaged("k", harms="zeros"), "harms= is a list of at least one harm, got 'zeros'"),
        (Damaged, "columns are named once for both sides"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(build, words):
    with pytest.raises(MatcherError, match=words):
        build()


def test_dates_are_no_identifiers():
    with pytest.raises(WrongColumnType, match="harms are looked for in identifiers, 'k' is Date"):
        links([ALONE], [{"k": date(2026, 1, 1)}], [line("x")])


def test_the_order_of_harms_means_nothing():
    assert Damaged("k", harms=["suffix", "zeros"]) == Damaged("k", harms=["zeros", "suffix", "zeros"])
    assert "Damaged(left='k', right='n', harms=['zeros'])" == repr(Damaged(left="k", right="n", harms=["zeros"]))
