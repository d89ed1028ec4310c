from datetime import date, timedelta

import attrs
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.matching import osa
from tieout.errors import MatcherError, WrongColumnType
from tieout.matching import Damaged, Exact, Fuzzy, Matcher, Near, Rule
from tieout.matching.conditions import _edit_blocks, _edit_deletions, _edits
from tieout.matching.conditions._edit_pieces import sharing_a_piece
from tieout.matching.conditions._edits import within_edits

TEXTS = st.lists(
    st.one_of(st.text("ab1号😀", max_size=7), st.from_regex("SF10[0-3]{1,3}", fullmatch=True)), max_size=12, unique=True
)


def keyed(texts, block=0):
    block = pl.lit(block, dtype=pl.UInt64).alias("block")
    return pl.DataFrame({"key": texts}, schema={"key": pl.String}).with_columns(block)


def found(left, right, edits):
    pairs = within_edits(keyed(left), keyed(right), edits=edits, limit=10**6).rows()
    return sorted((left[one], right[other], steps) for one, other, steps in pairs)


def brute(left, right, edits):
    return sorted((one, other, osa(one, other)) for one in left for other in right if osa(one, other) <= edits)


BY_BLOCKS, BY_DELETIONS = {"_PAIRS_A_FORM": 10**6, "_FEW_ROWS": -1}, {"_FEW_ROWS": -1}
BY_PIECES = {"_PAIRS_A_ROW": 10**6}
NO_BLOCKS, BOTH = {"_PAIRS_A_FORM": -1}, {"_PAIRS_A_FORM": 0.5, "_FEW_ROWS": -1}
WAYS = pytest.mark.parametrize("way", [BY_BLOCKS, NO_BLOCKS | BY_DELETIONS, NO_BLOCKS | BY_PIECES, BOTH])


def take(patch, way):
    for name, value in way.items():
        patch.setattr(_edits, name, value)


@WAYS
@given(left=TEXTS, right=TEXTS, edits=st.sampled_from([1, 2]))
def test_no_pair_within_the_edits_is_missed_and_none_beyond_is_found(way, left, right, edits):
    with pytest.MonkeyPatch.context() as patch:
        take(patch, way)

        assert brute(left, right, edits) == found(left, right, edits)


@WAYS
@pytest.mark.parametrize(
    "other",
    [
        "XABCDEFGHIJKLMYOP",  # put in before, replaced after: what stands between has moved on
        "BCDEFGHIJKLMYOP",  # left out before
        "BACDEFGHIJKLMYOP",  # swapped before: it has not moved
        "ABCDEFGHIJKLMYXOP",  # both after
        "YXCDEFGHIJKLMNOP",  # both before
    ],
)
def test_two_edits_may_stand_on_either_side_of_what_is_left(way, other):
    key = "ABCDEFGHIJKLMNOP"
    with pytest.MonkeyPatch.context() as patch:
        take(patch, way)

        assert [(key, other, 2)] == found([key], [other], 2)
        assert [(other, key, 2)] == found([other], [key], 2)
    assert sharing_a_piece(keyed([key]), edits=2)(keyed([other])).all()
    assert sharing_a_piece(keyed([other]), edits=2)(keyed([key])).all()


@given(left=TEXTS, right=TEXTS, edits=st.sampled_from([1, 2]))
def test_the_sieve_lets_every_key_within_reach_through(left, right, edits):
    passed = sharing_a_piece(keyed(right), edits=edits)(keyed(left))

    assert {one for one, *_ in brute(left, right, edits)} <= set(keyed(left).filter(passed)["key"])


def test_the_sieve_keeps_blocks_and_strangers_out():
    many = keyed([f"{at:013d}" for at in range(0, 10**13, 100_000_070_007)])

    passed = many.filter(sharing_a_piece(keyed(["0200000140014"]), edits=1)(many))["key"]
    of_another = sharing_a_piece(keyed(["0200000140014"], block=1), edits=1)(many)

    a_few = 3  # stay by chance: of 100,000 keys about one in ten runs
    assert "0200000140014" in passed
    assert passed.len() <= 1 + a_few
    assert of_another.sum() <= a_few


@WAYS
@settings(max_examples=20)
@given(left=TEXTS, right=TEXTS, edits=st.sampled_from([1, 2]))
def test_long_keys_are_found_as_well(way, left, right, edits):
    tail = "xy" * ((_edits._LONG_CHARS[edits] - 2) // 2)
    long_left, long_right = ([f"{text}{tail}" for text in texts] for texts in (left, right))

    with pytest.MonkeyPatch.context() as patch:
        take(patch, way)

        assert brute(long_left, long_right, edits) == found(long_left, long_right, edits)


@WAYS
def test_batches_do_not_change_what_is_found(monkeypatch, way):
    left, right = [f"SF{at:05d}" for at in range(60)], [f"SF{at:05d}" for at in range(40, 90)]
    expected = brute(left, right, 2)
    take(monkeypatch, way)
    monkeypatch.setattr(_edits, "_MEASURED_ROWS", 7)
    monkeypatch.setattr(_edit_blocks, "_BATCH_ROWS", 7)
    monkeypatch.setattr(_edit_deletions, "_BATCH_ROWS", 7)

    assert expected == found(left, right, 2)


def test_a_key_of_a_million_characters_is_compared():
    left, right = ["A" * 10**6, "B" * 50], ["A" * (10**6 + 1), "B" * 51]

    assert [(left[0], right[0], 1), (left[1], right[1], 1)] == found(left, right, 1)


@WAYS
def test_too_many_neighbours_are_an_error_and_not_an_exhausted_memory(monkeypatch, way):
    take(monkeypatch, way)
    keys = keyed([f"{at:03d}" for at in range(1000)])

    with pytest.raises(MatcherError, match=r"more than 1,000 candidate pairs"):
        within_edits(keys, keys, edits=1, limit=1000)
    long_keys = keyed([f"{at:0100d}" for at in range(100)])
    with pytest.raises(MatcherError, match=r"keys longer than 60 characters"):
        within_edits(long_keys, long_keys, edits=1, limit=1000)


@WAYS
def test_a_pair_that_has_many_forms_in_common_counts_once(monkeypatch, way):
    take(monkeypatch, way)
    monkeypatch.setattr(_edit_deletions, "_JOINED_ROWS", 50)
    left, right = [f"SF10123456789{at}0" for at in range(6)], [f"SF10123456789{at}1" for at in range(6)]

    pairs = within_edits(keyed(left), keyed(right), edits=2, limit=36)

    assert brute(left, right, 2) == sorted((left[one], right[other], steps) for one, other, steps in pairs.rows())


@WAYS
@given(left=TEXTS, right=TEXTS, edits=st.sampled_from([1, 2]))
def test_only_keys_of_one_block_are_neighbours(way, left, right, edits):
    sides = [pl.concat([keyed(texts[::2], 1), keyed(texts[1::2], 2)]) for texts in (left, right)]
    with pytest.MonkeyPatch.context() as patch:
        take(patch, way)
        pairs = within_edits(*sides, edits=edits, limit=10**6)

    expected = sorted((start, *one) for start in (0, 1) for one in brute(left[start::2], right[start::2], edits))
    ours, theirs = (side["key"].to_list() for side in sides)
    blocks = sides[0]["block"].to_list()
    assert expected == sorted((blocks[one] - 1, ours[one], theirs[other], steps) for one, other, steps in pairs.rows())


@pytest.mark.parametrize("edits", [0, 3, 1.0, True, "1"])
def test_only_one_or_two_edits_are_possible(edits):
    with pytest.raises(MatcherError, match="is impossible; 1 or 2"):
        Fuzzy("k", edits=edits)


def test_edits_are_counted_in_text_only():
    frame = pl.DataFrame({"k": [1]})

    with pytest.raises(WrongColumnType, match="edits are counted in text"):
        Matcher([Rule("r", on=[Fuzzy("k")])]).match(frame, pl.DataFrame({"k": [2]}))


def test_only_one_key_of_a_rule_can_be_fuzzy():
    frame = [{"a": "x", "b": "y"}]

    with pytest.raises(MatcherError, match="only one key of a rule can be fuzzy"):
        Matcher([Rule("r", on=[Fuzzy("a"), Fuzzy("b")])]).match(frame, list(frame))


def links(rules, left, right):
    return Matcher(rules).match(left, right).pairs.select("left", "right", "rule", "status").rows()


def parcel(key, amount=1, shop="a"):
    return {"k": key, "a": amount, "s": shop}


EXACT = Rule("exact", on=[Exact("k")])
GATED = Rule("damaged", on=[Fuzzy("k")], given=[Near("a", by=0)])


CASES = {
    "a corroborated and unrivalled pair is confirmed": (
        [EXACT, GATED],
        [parcel("SF1012345678901")],
        [parcel("SF1012345678981")],
        [(0, 0, "damaged", "confirmed")],
    ),
    "without gates nothing corroborates it": (
        [EXACT, Rule("damaged", on=[Fuzzy("k")])],
        [parcel("SF1012345678901")],
        [parcel("SF1012345678981")],
        [(0, 0, "damaged", "suggested")],
    ),
    "a pair that fails a gate is no pair": ([GATED], [parcel("SF1012345678901")], [parcel("SF1012345678981", 2)], []),
    "two on the right could be meant": (
        [GATED],
        [parcel("SF1012345678901")],
        [parcel("SF1012345678981"), parcel("SF1012345678971")],
        [(0, 0, "damaged", "suggested"), (0, 1, "damaged", "suggested")],
    ),
    "two on the left could be meant": (
        [GATED],
        [parcel("SF1012345678902"), parcel("SF1012345678903")],
        [parcel("SF1012345678901")],
        [(0, 0, "damaged", "suggested"), (1, 0, "damaged", "suggested")],
    ),
    "a neighbour that fails the gates is no rival": (
        [GATED],
        [parcel("SF1012345678902"), parcel("SF1012345678903", 7)],
        [parcel("SF1012345678901")],
        [(0, 0, "damaged", "confirmed")],
    ),
    "a left that has its exact partner is a rival all the same": (
        [EXACT, GATED],
        [parcel("SF1012345678902"), parcel("SF1012345678903")],
        [parcel("SF1012345678901"), parcel("SF1012345678903")],
        [(0, 0, "damaged", "suggested"), (1, 1, "exact", "confirmed")],
    ),
    "even when the left record itself has nothing else near": (
        [EXACT, GATED],
        [parcel("SF1012345678902"), parcel("SF1012345678801")],
        [parcel("SF1012345678901"), parcel("SF1012345678801")],
        [(0, 0, "damaged", "suggested"), (1, 1, "exact", "confirmed")],
    ),
    "a right that has its exact partner is a rival all the same": (
        [EXACT, GATED],
        [parcel("SF1012345678902"), parcel("SF1012345678903")],
        [parcel("SF1012345678912"), parcel("SF1012345678903")],
        [(0, 0, "damaged", "suggested"), (1, 1, "exact", "confirmed")],
    ),
    "a matched rival that fails the gates is none": (
        [EXACT, GATED],
        [parcel("SF1012345678902"), parcel("SF1012345678903", 5)],
        [parcel("SF1012345678901"), parcel("SF1012345678903", 5)],
        [(0, 0, "damaged", "confirmed"), (1, 1, "exact", "confirmed")],
    ),
    "whoever has the very same key is a rival whatever its gates say": (
        [Rule("exact", on=[Exact("k")], given=[Near("a", by=0)]), GATED],
        [parcel("SF1012345678902")],
        [parcel("SF1012345678902", 99), parcel("SF1012345678903")],
        [(0, 1, "damaged", "suggested")],
    ),
    "and so the contradicted exact key is not confirmed after it either": (
        [Rule("exact", on=[Exact("k")], given=[Near("a", by=0)]), GATED, Rule("key alone", on=[Exact("k")])],
        [parcel("SF1012345678902")],
        [parcel("SF1012345678902", 99), parcel("SF1012345678903")],
        [(0, 0, "key alone", "suggested"), (0, 1, "damaged", "suggested")],
    ),
    "twins do not rival each other; one is matched and the other left": (
        [GATED],
        [parcel("SF1012345678902")],
        [parcel("SF1012345678903"), parcel("SF1012345678903")],
        [(0, 0, "damaged", "confirmed")],
    ),
    "the lines of one damaged number share their parcel when many may": (
        [EXACT, Rule("damaged", on=[Fuzzy("k")], given=[Near("s", by=0)], pairing="n:1")],
        [{**parcel("SF1012345678902", 1), "s": 1}, {**parcel("SF1012345678902", 2), "s": 1}],
        [{**parcel("SF1012345678903", 3), "s": 1}],
        [(0, 0, "damaged", "confirmed"), (1, 0, "damaged", "confirmed")],
    ),
    "lines of two damaged numbers rival each other even where many may": (
        [EXACT, Rule("damaged", on=[Fuzzy("k")], given=[Near("a", by=0)], pairing="n:1")],
        [parcel("SF1012345678902"), parcel("SF1012345678901")],
        [parcel("SF1012345678903")],
        [(0, 0, "damaged", "suggested"), (1, 0, "damaged", "suggested")],
    ),
    "a line of the same number that is matched already is a rival": (
        [
            Rule("with shop", on=[Exact("k", "s")], pairing="n:m"),
            Rule("damaged", on=[Fuzzy("k")], given=[Near("a", by=0)], pairing="n:1"),
        ],
        [parcel("SF1012345678902", 1, "shop-one"), parcel("SF1012345678902", 1, "shop-two")],
        [parcel("SF1012345678902", 1, "shop-one")],
        [(0, 0, "with shop", "confirmed"), (1, 0, "damaged", "suggested")],
    ),
    "an exact key beside the fuzzy one narrows the field": (
        [Rule("damaged", on=[Exact("s"), Fuzzy("k")], given=[Near("a", by=0)])],
        [parcel("SF1012345678902", 1, "shop-one"), parcel("SF1012345678901", 1, "shop-two")],
        [parcel("SF1012345678903", 1, "shop-one")],
        [(0, 0, "damaged", "confirmed")],
    ),
    "scientific text is never a neighbour": (
        [GATED],
        [parcel("4.00123E+27"), parcel("4.00123E+27")],
        [parcel("4.00124E+27")],
        [],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_fuzzy_pairs_are_confirmed_only_when_corroborated_and_unrivalled(name):
    rules, left, right, expected = CASES[name]

    assert expected == links(rules, left, right)


def test_a_run_of_consecutive_numbers_does_not_pair_with_itself():
    left = [parcel(f"SF10123456789{at:02d}", amount=12) for at in range(0, 20, 2)]
    right = [parcel(f"SF10123456789{at:02d}", amount=12) for at in range(1, 20, 2)]

    statuses = {status for *_, status in links([EXACT, GATED], left, right)}

    assert statuses == {"suggested"}


GIVEN = [Near("amount", by=0), Near("weight_g", by=100)]


def line(number, amount, weight):
    return {"tracking_no": number, "amount": amount, "weight_g": weight}


def decided(matcher, left, right):
    return sorted(matcher.match(left, right).pairs.select("left", "right", "status", "evidence").rows())


def test_two_numbers_that_both_pass_their_check_digit_are_two_parcels():
    matcher = Matcher([Rule("damaged", on=[Fuzzy("tracking_no", edits=1)], given=GIVEN)])
    left = [line("RB123456785GB", 900, 500)]

    valid = decided(matcher, left, [line("RC123456785GB", 900, 500)])
    damaged = decided(matcher, left, [line("RB123456786GB", 900, 500)])

    assert [(0, 0, "suggested", "1 edit, both check digits right")] == valid
    assert [(0, 0, "confirmed", "1 edit")] == damaged


def test_two_numbers_that_both_fail_their_check_digit_are_neither():
    matcher = Matcher([Rule("damaged", on=[Fuzzy("tracking_no", edits=1)], given=GIVEN)])

    found = decided(matcher, [line("RB123456786GB", 900, 500)], [line("RC123456786GB", 900, 500)])

    assert [(0, 0, "suggested", "1 edit, both check digits wrong")] == found


CONTRADICTED = Matcher(
    [
        Rule("same parcel", on=[Exact("tracking_no")]),
        Rule("damaged number", on=[Fuzzy("tracking_no", edits=1)], given=GIVEN),
    ]
)


def test_an_equal_key_that_the_evidence_contradicts_is_suggested_beside_the_neighbour_that_fits():
    ours = [line("SF1012345678901", 900, 500), line("SF1012345678902", 4100, 7000)]
    billed = [line("SF1012345678902", 900, 520)]

    found = decided(CONTRADICTED, ours, billed)

    assert [(0, 0, "suggested", "1 edit"), (1, 0, "suggested", "raw, contradicted")] == found


def test_an_equal_key_that_is_beyond_doubt_is_a_pair_whatever_fits_better():
    ours = [line("SF1012345678901", 900, 500), line("SF1012345678902", 4100, 7000)]
    billed = [line("SF1012345678902", 900, 520)]
    beyond_doubt = Matcher([attrs.evolve(CONTRADICTED.rules[0], doubt=False), *CONTRADICTED.rules[1:]])

    assert [(1, 0, "confirmed", "raw")] == decided(beyond_doubt, ours, billed)


def test_an_equal_key_that_the_evidence_contradicts_stays_confirmed_where_no_neighbour_fits():
    ours = [line("SF1012345678901", 900, 7000), line("SF1012345678902", 4100, 7000)]
    billed = [line("SF1012345678902", 900, 520)]

    assert [(1, 0, "confirmed", "raw")] == decided(CONTRADICTED, ours, billed)


def test_a_neighbour_that_has_its_own_sound_partner_contradicts_nothing():
    ours = [line("SF1012345678901", 900, 500), line("SF1012345678902", 4100, 7000)]
    billed = [line("SF1012345678902", 900, 520), line("SF1012345678901", 900, 510)]

    assert [(0, 1, "confirmed", "raw"), (1, 0, "confirmed", "raw")] == decided(CONTRADICTED, ours, billed)


def test_the_neighbour_that_fits_may_stand_on_the_right():
    ours = [line("SF1012345678902", 900, 520)]
    billed = [line("SF1012345678901", 900, 500), line("SF1012345678902", 4100, 7000)]

    found = decided(CONTRADICTED, ours, billed)

    assert [(0, 0, "suggested", "1 edit"), (0, 1, "suggested", "raw, contradicted")] == found


def test_two_lines_of_one_key_are_not_told_apart_by_closeness_where_one_may_be_a_neighbours():
    ours = [line("SF1012345678901", 900, 500), line("SF1012345678902", 900, 500)]
    billed = [line("SF1012345678901", 900, 510), line("SF1012345678901", 900, 530)]
    matcher = Matcher.standard(key="tracking_no", amount="amount", also=[Near("weight_g", by=100)])

    found = decided(matcher, ours, billed)

    assert {"suggested"} == {status for *_, status, _ in found}
    assert {(0, 0), (0, 1), (1, 0), (1, 1)} == {(left, right) for left, right, *_ in found}


def test_two_lines_of_one_key_are_told_apart_by_closeness_where_nobody_else_could_be_meant():
    ours = [line("SF1012345678901", 900, 500)]
    billed = [line("SF1012345678901", 900, 530), line("SF1012345678901", 900, 510)]
    matcher = Matcher.standard(key="tracking_no", amount="amount", also=[Near("weight_g", by=100)])

    assert [(0, 1, "confirmed", "raw")] == decided(matcher, ours, billed)


def test_rivals_of_one_key_that_are_too_many_are_an_error_and_not_an_exhausted_memory():
    rule = Rule("damaged", on=[Fuzzy("tracking_no", edits=1)], given=[Near("weight_g", by=0)])
    ours = [line("SF1012345678901", 900, at) for at in range(1200)]
    billed = [line("SF1012345678901", 900, at) for at in range(1200)]

    with pytest.raises(MatcherError, match=r"1,440,000 candidate pairs, more than max_candidates=1,000,000"):
        Matcher([rule], max_candidates=1_000_000).match(ours, billed)


def test_a_free_record_that_another_search_would_claim_is_a_rival():
    def parcel(number):
        return {"no": number, "amount": 100, "day": date(2026, 10, 1)}

    ours = [parcel("SF1012345678901")]
    suffixed = [parcel("SF1012345678901-1"), parcel("SF1012345678902")]
    lookalike = [parcel("SFI012345678901"), parcel("SF1012345678902")]
    gates = [Near("amount", by=0), Near("day", days=5)]
    fuzzy_first = [Rule("edited", on=[Fuzzy("no")], given=gates), Rule("harmed", on=[Damaged("no")], given=gates)]

    for rules in (fuzzy_first, fuzzy_first[::-1], Matcher.standard(key="no", amount="amount", date="day").rules):
        for billed in (suffixed, lookalike):
            found = Matcher(rules).match(ours, billed).pairs
            assert [(0, "suggested"), (1, "suggested")] == found.sort("right").select("right", "status").rows()


@pytest.mark.parametrize("apart", range(-11, 12))
@pytest.mark.parametrize("is_turned", [False, True])
def test_a_matched_record_is_a_rival_as_far_as_the_gate_reaches(apart, is_turned):
    def parcel(number, day):
        return {"no": number, "amount": 7, "day": date(2026, 10, 15) + timedelta(days=day)}

    ours = [parcel("SF1012345678901", 0), parcel("SF1012345678902", apart)]
    billed = [parcel("SF1012345678903", 0), parcel("SF1012345678902", apart)]
    rules = [
        Rule("same", on=[Exact("no")]),
        Rule("edited", on=[Fuzzy("no")], given=[Near("amount", by=0), Near("day", days=5)]),
    ]

    found = Matcher(rules).match(*([billed, ours] if is_turned else [ours, billed])).pairs.sort("left")

    expected = "suggested" if abs(apart) <= 5 else "confirmed"
    assert [(0, 0, expected), (1, 1, "confirmed")] == found.select("left", "right", "status").rows()


@pytest.mark.parametrize(
    ("one", "other", "edits", "expected"),
    [
        ("A1", "B2", 2, ("suggested", "2 edits, short key")),
        ("12345", "12346", 1, ("suggested", "1 edit, short key")),
        ("123456", "123457", 1, ("confirmed", "1 edit")),
        ("123456789", "123456798", 2, ("confirmed", "1 edit")),
        ("123456789", "123456700", 2, ("suggested", "2 edits, short key")),
        ("1234567890", "1234567811", 2, ("confirmed", "2 edits")),
    ],
)
def test_a_key_must_be_long_enough_for_its_edits(one, other, edits, expected):
    matcher = Matcher([Rule("damaged", on=[Fuzzy("no", edits=edits)], given=[Near("amount", by=0)])])

    found = matcher.match([{"no": one, "amount": 5}], [{"no": other, "amount": 5}]).pairs

    assert [expected] == found.select("status", "evidence").rows()
