from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.matching._components import components_of, roots_of
from tieout.matching.engines._assignment import best_flows


def all_flows(edges, left, right):
    """Every flow that fits, as a tuple of numbers per edge."""
    for flow in product(*(range(min(left[one], right[other]) + 1) for one, other, _ in edges)):
        used_left, used_right = [0] * len(left), [0] * len(right)
        for (one, other, _), sent in zip(edges, flow, strict=True):
            used_left[one] += sent
            used_right[other] += sent
        if all(used <= has for used, has in zip(used_left + used_right, left + right, strict=True)):
            yield flow


def brute_force(edges, left, right):
    flows = list(all_flows(edges, left, right))

    def rank(flow):
        return (-sum(flow), sum(sent * cost for sent, (_, _, cost) in zip(flow, edges, strict=True)))

    best = min(map(rank, flows))
    columns = zip(*(flow for flow in flows if rank(flow) == best), strict=True)
    return [sent[0] if len(set(sent)) == 1 else None for sent in columns]


@st.composite
def graphs(draw):
    left = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    right = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    pairs = [(one, other) for one in range(len(left)) for other in range(len(right))]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=6, unique=True))
    return [(one, other, draw(st.integers(0, 3))) for one, other in chosen], left, right


@settings(max_examples=300)
@given(graphs())
def test_flows_are_what_all_best_pairings_have_in_common(graph):
    assert brute_force(*graph) == best_flows(*graph)


@pytest.mark.parametrize(
    ("edges", "left", "right", "expected"),
    [
        ([(0, 0, 9)], [1], [1], [1]),
        ([(0, 0, 0), (0, 1, 9), (1, 0, 9)], [1, 1], [1, 1], [0, 1, 1]),  # two pairs come before one closer pair
        ([(0, 0, 1), (1, 0, 2)], [1, 1], [1], [1, 0]),
        ([(0, 0, 1), (1, 0, 1)], [1, 1], [1], [None, None]),
        ([(0, 0, 1), (0, 1, 1)], [2], [1, 1], [1, 1]),  # twins fill both
        ([(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 0)], [2, 1], [2, 1], [None, None, None, None]),
        ([(0, 0, 0), (1, 1, 0), (1, 2, 5), (2, 1, 5), (2, 2, 0)], [1, 1, 1], [1, 1, 1], [1, 1, 0, 0, 1]),
        ([(0, 0, 1), (0, 1, 4), (1, 0, 0), (1, 1, 1)], [1, 1], [1, 1], [1, 0, 0, 1]),  # in the order of their dates
    ],
)
def test_the_best_pairing_is_not_the_greedy_one_and_a_tie_is_no_pairing(edges, left, right, expected):
    assert expected == best_flows(edges, left, right)


def test_components_hang_together_by_either_end():
    left, right = [1, 2, 2, 3, 9], [1, 1, 5, 5, 9]

    assert [[0, 1, 2, 3], [4]] == components_of(left, right)
    assert [0, 0, 0, 0, 4] == roots_of(left, right)
    assert [] == components_of([], [])
