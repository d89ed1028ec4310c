"""Assignment: the best pairing inside one component, and what all best pairings have in common.

Records that are alike form a class with a number of members; a pairing is a flow from left classes to right ones. The best
pairing pairs as many records as can be, and among those has the least total cost. It is found by shortest augmenting paths. Then
every arc that lies on a cycle of cost 0 in the residual network could be exchanged for another without loss: such pairs are a
tie, all others are in every best pairing.
"""

from collections import deque
from collections.abc import Sequence

__all__ = ["CLASSES_MAX", "EDGES_MAX", "best_flows"]

EDGES_MAX = 1_000
"""Most edges of a component that is solved; the larger are for a person."""

CLASSES_MAX = 200
"""Most classes, both sides together."""

_Edge = tuple[int, int, int]


class _Network:
    """A residual network; arc `at` and its reverse `at ^ 1` are neighbours in the lists."""

    def __init__(self, nodes: int) -> None:
        self.heads: list[int] = []
        self.room: list[int] = []
        self.costs: list[int] = []
        self.leaving: list[list[int]] = [[] for _ in range(nodes)]

    def add(self, tail: int, head: int, room: int, cost: int) -> int:
        """Add an arc and its reverse; gives the arc's number."""
        number = len(self.heads)
        for start, end, free, price in ((tail, head, room, cost), (head, tail, 0, -cost)):
            self.leaving[start].append(len(self.heads))
            self.heads.append(end)
            self.room.append(free)
            self.costs.append(price)
        return number

    def distances(self, starts: Sequence[int]) -> tuple[list[int | None], list[int]]:
        """Least costs from any of the starts along arcs with room, and the arc by which each node is reached."""
        far: list[int | None] = [None] * len(self.leaving)
        reached_by = [-1] * len(self.leaving)
        waiting = deque(starts)
        is_waiting = [False] * len(self.leaving)
        for start in starts:
            far[start], is_waiting[start] = 0, True
        while waiting:
            node = waiting.popleft()
            is_waiting[node] = False
            base = far[node] or 0
            for arc in self.leaving[node]:
                if not self.room[arc]:
                    continue
                head, length = self.heads[arc], base + self.costs[arc]
                known = far[head]
                if known is None or length < known:
                    far[head], reached_by[head] = length, arc
                    if not is_waiting[head]:
                        is_waiting[head] = True
                        waiting.append(head)
        return far, reached_by

    def push(self, source: int, sink: int) -> bool:
        """Send what fits along the cheapest path; False when there is none left."""
        far, reached_by = self.distances([source])
        if far[sink] is None:
            return False
        path = []
        node = sink
        while node != source:
            path.append(reached_by[node])
            node = self.heads[reached_by[node] ^ 1]
        fits = min(self.room[arc] for arc in path)
        for arc in path:
            self.room[arc] -= fits
            self.room[arc ^ 1] += fits
        return True


def best_flows(edges: Sequence[_Edge], left_members: Sequence[int], right_members: Sequence[int]) -> list[int | None]:
    """How many pairs each edge has in every best pairing.

    Args:
        edges: Left class, right class, cost of a pair; classes count from 0 on each side.
        left_members: Members of each left class.
        right_members: Members of each right class.

    Returns:
        One number per edge; None where best pairings differ.

    Example:
        >>> best_flows([(0, 0, 4), (0, 1, 1), (1, 0, 1), (1, 1, 4)], [1, 1], [1, 1])
        [0, 1, 1, 0]
        >>> best_flows([(0, 0, 1), (1, 0, 1)], [1, 1], [1])
        [None, None]
    """
    source, first_right = 0, 1 + len(left_members)
    sink = first_right + len(right_members)
    network = _Network(sink + 1)
    for at, members in enumerate(left_members):
        network.add(source, 1 + at, members, 0)
    for at, members in enumerate(right_members):
        network.add(first_right + at, sink, members, 0)
    arcs = [
        network.add(1 + left, first_right + right, min(left_members[left], right_members[right]), cost)
        for left, right, cost in edges
    ]
    while network.push(source, sink):
        pass
    free = _free_arcs(network)
    components = _strong_components(network, free)
    return [None if _is_tie(network, arc, free, components) else network.room[arc ^ 1] for arc in arcs]


def _free_arcs(network: _Network) -> list[bool]:
    """Arcs with room that cost nothing, seen from where the best pairing stands."""
    far, _ = network.distances(range(len(network.leaving)))
    level = [distance or 0 for distance in far]
    free = []
    for arc, head in enumerate(network.heads):
        tail = network.heads[arc ^ 1]
        free.append(bool(network.room[arc]) and network.costs[arc] + level[tail] == level[head])
    return free


def _strong_components(network: _Network, free: Sequence[bool]) -> list[int]:
    """Component of each node along free arcs: Tarjan's algorithm, without recursion."""
    count = len(network.leaving)
    order, low, component = [-1] * count, [0] * count, [-1] * count
    stack: list[int] = []
    seen = 0
    for root in range(count):
        work = [] if order[root] >= 0 else [(root, iter(network.leaving[root]))]
        if work:
            order[root] = low[root] = seen
            seen += 1
            stack.append(root)
        while work:
            node, arcs = work[-1]
            child = next((network.heads[arc] for arc in arcs if free[arc] and component[network.heads[arc]] < 0), None)
            if child is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    while component[node] < 0:
                        component[stack.pop()] = node
            elif order[child] < 0:
                order[child] = low[child] = seen
                seen += 1
                stack.append(child)
                work.append((child, iter(network.leaving[child])))
            else:
                low[node] = min(low[node], order[child])
    return component


def _is_tie(network: _Network, arc: int, free: Sequence[bool], components: Sequence[int]) -> bool:
    """Whether an arc can be exchanged without loss: it lies on a free cycle other than there and back again."""
    head, tail = network.heads[arc], network.heads[arc ^ 1]
    if components[head] != components[tail] or not (free[arc] or free[arc ^ 1]):
        return False
    if not (free[arc] and free[arc ^ 1]):
        return True
    return _reaches(network, head, tail, free, arc ^ 1) or _reaches(network, tail, head, free, arc)


def _reaches(network: _Network, start: int, end: int, free: Sequence[bool], barred: int) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        node = waiting.pop()
        if node == end:
            return True
        for arc in network.leaving[node]:
            head = network.heads[arc]
            if free[arc] and arc != barred and head not in seen:
                seen.add(head)
                waiting.append(head)
    return False
