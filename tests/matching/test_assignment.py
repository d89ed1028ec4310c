from itertools import permutations, product
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.matching._components import roots_of
from tieout.matching.engines._assignment import best_flows
from tieout.matching.engines._exchange import on_a_cycle
from tieout.matching.engines._flows import flows_of, pairs_of
from tieout.matching.rule import Pairing


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


def test_a_search_that_takes_too_many_steps_is_a_tie():
    edges = [(one, other, (one - other) ** 2) for one in range(4) for other in range(4)]

    assert [int(one == other) for one, other, _ in edges] == best_flows(edges, [1] * 4, [1] * 4)
    assert [None] * 16 == best_flows(edges, [1] * 4, [1] * 4, steps_max=3)


def cycles(arcs, nodes):
    """The links of every cycle of three nodes or more, by trying all."""
    found = set()
    for length in range(3, nodes + 1):
        for path in permutations(range(nodes), length):
            steps = list(zip(path, (*path[1:], path[0]), strict=True))
            if set(steps) <= set(arcs):
                found |= {tuple(sorted(step)) for step in steps}
    return found


@settings(max_examples=100)
@given(st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda arc: arc[0] != arc[1])))
def test_a_link_is_on_a_cycle_when_trying_all_cycles_finds_it(arcs):
    assert cycles(arcs, 5) == on_a_cycle(sorted(arcs), nodes=5)


def frames(edges, left, right):
    """The same graph as columns: edges, and the members of both sides."""
    members = [
        pl.DataFrame(
            [(twin, rank) for twin, size in enumerate(sizes) for rank in range(size)],
            schema={"twin": pl.UInt32, "rank": pl.UInt32},
            orient="row",
        ).with_row_index("row")
        for sizes in (left, right)
    ]
    schema = {"left_twin": pl.UInt32, "right_twin": pl.UInt32, "cost": pl.Int64}
    return pl.DataFrame(edges, schema=schema, orient="row"), *members


@st.composite
def scattered_graphs(draw):
    """Several components, most of them small: stars, squares, paths, all at one cost, with twins or without."""
    most = draw(st.sampled_from([1, 1, 2, 3]))
    count = draw(st.integers(1, 4))
    edges, left, right = [], [], []
    for _ in range(count):
        lefts, rights = draw(st.integers(1, 3)), draw(st.integers(1, 3))
        costs = st.integers(0, draw(st.sampled_from([0, 1, 3])))
        pairs = list(product(range(lefts), range(rights)))
        chosen = draw(st.sampled_from([pairs, pairs[1:], pairs[::2]]))
        edges += [(len(left) + one, len(right) + other, draw(costs)) for one, other in chosen]
        left += [draw(st.integers(1, most)) for _ in range(lefts)]
        right += [draw(st.integers(1, most)) for _ in range(rights)]
    return draw(st.permutations(edges)), left, right


@settings(max_examples=300)
@given(scattered_graphs())
def test_flows_in_columns_are_those_of_the_graph_as_a_whole(graph):
    flows = flows_of(*frames(*graph), Pairing.ONE_TO_ONE)

    found = {(one, other): flow for one, other, flow in flows.select("left_twin", "right_twin", "flow").iter_rows()}
    whole = zip(graph[0], best_flows(*graph), strict=True)
    assert {(one, other): flow for (one, other, _), flow in whole if flow != 0} == found


@settings(max_examples=100)
@given(scattered_graphs())
def test_every_flow_becomes_as_many_pairs_of_records_that_nobody_else_has(graph):
    edges, left, right = frames(*graph)
    flows = flows_of(edges, left, right, Pairing.ONE_TO_ONE)

    sure, tied = pairs_of(flows, left, right, Pairing.ONE_TO_ONE)

    twins = [dict(members.select("row", "twin").iter_rows()) for members in (left, right)]
    pairs = [(twins[0][one], twins[1][other]) for one, other in sure.iter_rows()]
    settled = flows.filter(pl.col("flow") > 0).select("left_twin", "right_twin", "flow").rows()
    assert sorted((one, other) for one, other, flow in settled for _ in range(flow)) == sorted(pairs)
    assert sure["left"].n_unique() == sure["right"].n_unique() == sure.height
    assert not set(sure["left"]) & set(tied["left"])
    assert not set(sure["right"]) & set(tied["right"])


def test_components_hang_together_by_either_end():
    left, right = pl.Series([1, 2, 2, 3, 9]), pl.Series([1, 1, 5, 5, 9])

    assert [1, 1, 1, 1, 9] == roots_of(left, right).to_list()
    assert [] == roots_of(pl.Series([], dtype=pl.Int64), pl.Series([], dtype=pl.Int64)).to_list()


def test_a_long_chain_is_one_component_wherever_its_edges_stand():
    links = [(at, at + step) for at in range(5_000) for step in (0, 1)]
    links += [(at + 10_000, at + step) for at in range(9_000, 9_500) for step in (0, 1)]
    Random(7).shuffle(links)

    roots = roots_of(*(pl.Series(ends) for ends in zip(*links, strict=True)))

    assert [0 if left < 5_000 else 19_000 for left, _ in links] == roots.to_list()


@pytest.mark.parametrize("kind", ["random", "gaps", "product"])
def test_a_large_component_is_solved(kind):
    dice, size = Random(3), 60
    ours, theirs = ([dice.randrange(10**6) for _ in range(size)] for _ in range(2))
    cost = {
        "random": lambda one, other: dice.randrange(10**12),
        "gaps": lambda one, other: (ours[one] - theirs[other]) ** 2,
        "product": lambda one, other: (one + 1) * (other + 1),
    }[kind]
    edges = [(one, other, cost(one, other)) for one, other in product(range(size), repeat=2)]

    flows = best_flows(edges, [1] * size, [1] * size)

    assert size == sum(flow or 0 for flow in flows)
    if kind == "gaps":  # squared gaps are least in order
        rank = [sorted(values).index for values in (ours, theirs)]
        assert all(rank[0](ours[a]) == rank[1](theirs[b]) for (a, b, _), flow in zip(edges, flows, strict=True) if flow)
