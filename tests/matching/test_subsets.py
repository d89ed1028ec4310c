"""The arithmetic of subsets against trying every choice."""

from itertools import product
from math import comb
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.matching.engines import _subsets
from tieout.matching.engines._subsets import subsets_of

PLENTY = 1_000_000


def every_choice(numbers, low, high, max_size):
    found = []
    for times in product(*(range(many + 1 if value else 1) for value, many in numbers)):
        total = sum(value * taken for (value, _), taken in zip(numbers, times, strict=True))
        if 1 <= sum(times) <= max_size and low <= total <= high:
            found.append(tuple(at for at, taken in enumerate(times) for _ in range(taken)))
    return sorted(found, key=lambda choice: (len(choice), choice))


@st.composite
def questions(draw):
    value = st.sampled_from([1, 2, 3, 5, 7, 10, 20, 30, -1, -4, -10, 0])
    numbers = draw(st.lists(st.tuples(value, st.sampled_from([1, 1, 1, 2, 3])), max_size=7))
    unit = draw(st.sampled_from([1, 1, 10]))
    low = draw(st.integers(-12, 45)) * draw(st.sampled_from([1, unit]))
    width = draw(st.sampled_from([0, 0, 0, 1, 3, 12]))
    return [(value * unit, many) for value, many in numbers], low, low + width, draw(st.integers(1, 7))


@settings(max_examples=400)
@given(question=questions())
def test_all_choices_are_counted_and_named(question):
    numbers, low, high, max_size = question
    expected = every_choice(numbers, low, high, max_size)

    answer = subsets_of(numbers, low, high, max_size=max_size, max_shown=PLENTY, max_work=PLENTY)

    assert (len(expected), tuple(expected)) == (answer.count, answer.choices)


@settings(max_examples=200)
@given(question=questions(), max_shown=st.integers(1, 3))
def test_more_choices_than_may_be_shown_are_counted_all_the_same(question, max_shown):
    numbers, low, high, max_size = question
    expected = every_choice(numbers, low, high, max_size)

    answer = subsets_of(numbers, low, high, max_size=max_size, max_shown=max_shown, max_work=PLENTY)

    assert len(expected) == answer.count
    assert min(max_shown, len(expected)) == len(set(answer.choices)) == len(answer.choices)
    assert set(answer.choices) <= set(expected)


@settings(max_examples=200)
@given(question=questions(), max_work=st.integers(1, 40))
def test_a_search_that_stops_claims_nothing_wrong(question, max_work):
    numbers, low, high, max_size = question
    expected = every_choice(numbers, low, high, max_size)

    answer = subsets_of(numbers, low, high, max_size=max_size, max_shown=10, max_work=max_work)

    assert answer.count in {None, len(expected)}
    assert set(answer.choices) <= set(expected)


@settings(max_examples=300)
@given(question=questions())
def test_the_tables_count_what_the_halves_count(question):
    numbers, low, high, max_size = question
    lines = [(value, many) for value, many in numbers if value]
    if lines:
        expected = len(every_choice(lines, low, high, max_size))

        assert expected == _subsets._counted(lines, low, high, max_size, PLENTY)


def test_a_stopped_search_stops_at_the_same_place_again():
    dice = Random(5)
    numbers = [(dice.randrange(10**6, 10**8), 1) for _ in range(150)]
    target = sum(value for value, _ in numbers[:8])

    answers = [subsets_of(numbers, target, target, max_size=8, max_shown=5, max_work=100_000) for _ in range(2)]

    assert answers[0] == answers[1]
    assert answers[0].count is None


def test_what_no_sum_reaches_is_seen_at_once():
    numbers = [(value, 1) for value in range(100, 400)]

    answer = subsets_of(numbers, 10_000, 10_000, max_size=8, max_shown=5, max_work=2_000)

    assert (0, ()) == (answer.count, answer.choices)


def test_too_many_choices_to_go_through_are_counted_by_tables():
    numbers = [(1, 1)] * 60 + [(8, 1), (7, 1)]

    answer = subsets_of(numbers, 8, 8, max_size=8, max_shown=3, max_work=50_000)

    assert comb(60, 8) + 60 + 1 == answer.count
    assert (60,) == answer.choices[0]


def test_choices_that_are_counted_need_not_be_found():
    numbers = [(10 * at - 1, 1) for at in range(1, 61)]  # only eight of them end in 2

    answer = subsets_of(numbers, 1912, 1912, max_size=8, max_shown=3, max_work=50_000)

    assert answer.count is not None
    assert answer.count > 1_000_000
    assert () == answer.choices


@pytest.mark.parametrize("max_work", [1, 10, 1_000, 1_000_000])
def test_the_only_choice_is_found_or_nothing_is_claimed(max_work):
    numbers = [(3**at, 1) for at in range(20)]
    target = sum(3**at for at in (1, 4, 9, 16))

    answer = subsets_of(numbers, target, target, max_size=6, max_shown=10, max_work=max_work)

    assert answer.count in {1, None}
    assert answer.choices in {((1, 4, 9, 16),), ()}
    assert answer.count is None or answer.choices
