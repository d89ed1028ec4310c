import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import damage
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
    passing = HarmSearch(harms=tuple(HARMS)).sieve(keyed(many), keyed(few)).to_list()

    let_through = [key for key, passes in zip(many, passing, strict=True) if passes]
    assert {one for one, _, _ in brute(many, few)} <= set(let_through)
    assert len(many) == len(passing)
