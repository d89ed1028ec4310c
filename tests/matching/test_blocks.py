"""The short ways of rules of equal keys against the long ones."""

from random import Random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.matching import Damaged, Exact, Matcher, Near, Rule
from tieout.matching._parts import in_parts
from tieout.matching._sides import sides_of
from tieout.matching._workbench import Workbench

PAIRINGS = ["1:1", "1:n", "n:1", "n:m"]
KEYS = [
    "SF1012345678901",
    "sf 1012-3456 78901",
    "'1012345678901.0",
    "4.00123E+27",
    "4,1e27",
    "12.0E12",
    "0.0",
    "SF101\N{REPLACEMENT CHARACTER}2345678901",
    "- \N{REPLACEMENT CHARACTER}",
    "JDX000123456789-1",
    "１２３４５６",
    "-",
    "",
    "NULL",
    "abc",
    "1234",
]


def matcher(pairing):
    keys = [Exact("k", normalise=False), Exact("k")]
    rules = [
        Rule("as it came", on=[keys[0]], given=[Near("a", by=1)], pairing=pairing),
        Rule("key", on=[keys[1]], given=[Near("a", by=3)], pairing=pairing),
        Rule("both", on=[Exact("k", "a")], pairing=pairing),
        Rule("may be", on=[keys[1]], pairing=pairing, confirm=False),
    ]
    return Matcher(rules)


def table(seed, rows=60):
    drawn = Random(seed)
    keys = [
        "SF1012345678901",
        "sf1012345678901",
        "'SF1012345678901",
        *(f"YT{number:08}" for number in range(25)),
        None,
        "-",
    ]
    return pl.DataFrame(
        {"k": drawn.choices(keys, k=rows), "a": drawn.choices([0, 1, 2, 5, None], k=rows)},
        schema={"k": pl.String, "a": pl.Int64},
    )


def everything(pairing, seed):
    return matcher(pairing).match(table(seed), table(seed + 100)).pairs.rows()


def bench_of(rule, left, right):
    plan = Matcher([rule])._plan(*sides_of(left, right))
    return Workbench(plan), plan


@given(
    st.lists(
        st.one_of(
            st.none(), st.text(max_size=12), st.sampled_from(KEYS), st.from_regex(r"[0-9A-Z]{5,}", fullmatch=True)
        )
    )
)
@pytest.mark.parametrize("key", [Exact("^k.*$"), Exact("^k.*$", normalise=False), Damaged("^k.*$")])
def test_a_form_made_of_another_is_the_one_written_by_itself(key, texts):
    texts = [None if text is None else text.encode("utf-8", "ignore").decode() for text in texts]
    whole = pl.DataFrame({"^k.*$": texts}, schema={"^k.*$": pl.String})
    pieces = pl.concat([whole, whole.reverse(), whole.head(1)])

    bench, plan = bench_of(Rule("key", on=[key]), pieces, whole)

    part = plan.rules[0].parts[0]
    for side, form in zip((plan.left, plan.right), part.normal, strict=True):
        assert form.base is not None
        assert side.frame.select(form.value.alias("form"))["form"].to_list() == bench._form(side, form).to_list()


@pytest.mark.parametrize("numbers", [[1.0, 4.1e27, 1e15, 1234567.5, float("nan"), None], [1, 10**15, 0, None]])
def test_numbers_among_harmed_keys_are_written_as_by_themselves(numbers):
    frame = pl.DataFrame({"k": numbers})

    bench, plan = bench_of(Rule("key", on=[Damaged("k")]), frame, frame.cast(pl.String))

    form = plan.rules[0].parts[0].normal[0]
    assert frame.select(form.value.alias("form"))["form"].to_list() == bench._form(plan.left, form).to_list()


@pytest.mark.parametrize("pairing", PAIRINGS)
@pytest.mark.parametrize("codes", [1, 3])
def test_keys_of_one_code_are_told_apart_by_their_texts(monkeypatch, pairing, codes):
    expected = [everything(pairing, seed) for seed in range(5)]
    take = Workbench.codes
    monkeypatch.setattr(Workbench, "codes", lambda *given: take(*given) % codes)

    found = [everything(pairing, seed) for seed in range(5)]

    assert expected == found


@pytest.mark.parametrize("pairing", PAIRINGS)
def test_parts_do_not_change_what_is_found(monkeypatch, pairing):
    expected = [everything(pairing, seed) for seed in range(5)]
    monkeypatch.setattr("tieout.matching._parts._WORTH_IT", 2)
    monkeypatch.setattr(pl, "thread_pool_size", lambda: 2)  # a worker of the tests has one thread

    found = [everything(pairing, seed) for seed in range(5)]

    assert expected == found


def test_parts_are_all_pairs_in_their_order_and_none_is_too_large(monkeypatch):
    monkeypatch.setattr("tieout.matching._parts._WORTH_IT", 2)
    monkeypatch.setattr("tieout.matching._parts._AT_ONCE", 3)
    monkeypatch.setattr(pl, "thread_pool_size", lambda: 1)
    pairs = pl.DataFrame({"left": range(10)})

    parts = in_parts(lambda some: some["left"].to_list(), pairs)

    assert [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]] == parts
    assert [[]] == in_parts(lambda some: some["left"].to_list(), pairs.clear())


@pytest.mark.parametrize("pairing", PAIRINGS)
def test_sides_in_pieces_give_what_they_give_whole(pairing):
    whole = (table(1), table(2))
    pieces = tuple(pl.concat([side.head(7), side.slice(7, 1), side.slice(8)], rechunk=False) for side in whole)

    found = matcher(pairing).match(*pieces).pairs

    assert matcher(pairing).match(*whole).pairs.rows() == found.rows()
