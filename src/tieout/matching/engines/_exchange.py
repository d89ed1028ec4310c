"""Exchange: which changes of a pairing can be made without loss.

A change is an arc from one node to another; only a cycle of changes leaves everybody with as many partners as before. The two
directions of one edge (one more, one less) undo each other and are no exchange.
"""

from collections.abc import Sequence

__all__ = ["on_a_cycle"]

_Link = tuple[int, int]


def on_a_cycle(arcs: Sequence[_Link], *, nodes: int) -> set[_Link]:
    """The links that lie on a cycle of arcs, other than there and back again, named smaller node first.

    A link with both its arcs lies on such a cycle unless it is a bridge of its strong component: a strongly connected graph in
    which some links may be walked both ways stays strongly connected if one of these, no bridge, becomes one-way
    (Boesch and Tindell 1980).

    Args:
        arcs: Tail and head, each arc once.
        nodes: How many there are.

    Example:
        >>> on_a_cycle([(0, 1), (1, 0), (2, 3), (3, 4), (4, 2)], nodes=5) == {(2, 3), (3, 4), (2, 4)}
        True
    """
    leaving: list[list[int]] = [[] for _ in range(nodes)]
    for tail, head in arcs:
        leaving[tail].append(head)
    component = _strong_components(leaving)
    inside = [arc for arc in arcs if component[arc[0]] == component[arc[1]]]
    links = {(tail, head) if tail < head else (head, tail) for tail, head in inside}
    if len(links) == len(inside):
        return links
    return links - (_bridges(links, nodes) & _two_way(inside))


def _two_way(arcs: Sequence[_Link]) -> set[_Link]:
    upwards = {(tail, head) for tail, head in arcs if tail < head}
    return {(head, tail) for tail, head in arcs if head < tail} & upwards


def _strong_components(leaving: Sequence[Sequence[int]]) -> list[int]:
    """Component of each node: Tarjan's algorithm, without recursion."""
    count = len(leaving)
    order, low, component = [-1] * count, [0] * count, [-1] * count
    stack: list[int] = []
    seen = 0
    for root in range(count):
        work = [] if order[root] >= 0 else [(root, iter(leaving[root]))]
        if work:
            order[root] = low[root] = seen
            seen += 1
            stack.append(root)
        while work:
            node, heads = work[-1]
            for head in heads:
                if order[head] < 0:
                    order[head] = low[head] = seen
                    seen += 1
                    stack.append(head)
                    work.append((head, iter(leaving[head])))
                    break
                if component[head] < 0 and order[head] < low[node]:
                    low[node] = order[head]
            else:
                work.pop()
                if work and low[node] < low[work[-1][0]]:
                    low[work[-1][0]] = low[node]
                if low[node] == order[node]:
                    while component[node] < 0:
                        component[stack.pop()] = node
    return component


def _bridges(links: set[_Link], nodes: int) -> set[_Link]:
    """Links without which their ends would not hang together."""
    beside: list[list[int]] = [[] for _ in range(nodes)]
    for one, other in links:
        beside[one].append(other)
        beside[other].append(one)
    order, low = [-1] * nodes, [0] * nodes
    found = set()
    seen = 0
    for root in range(nodes):
        work = [] if order[root] >= 0 else [(root, -1, iter(beside[root]))]
        if work:
            order[root] = low[root] = seen
            seen += 1
        while work:
            node, before, others = work[-1]
            for other in others:
                if order[other] < 0:
                    order[other] = low[other] = seen
                    seen += 1
                    work.append((other, node, iter(beside[other])))
                    break
                if other != before and order[other] < low[node]:
                    low[node] = order[other]
            else:
                work.pop()
                if before >= 0:
                    low[before] = min(low[before], low[node])
                    if low[node] > order[before]:
                        found.add((before, node) if before < node else (node, before))
    return found
