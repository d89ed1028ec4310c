"""Assignment: the best pairing inside one component, and what all best pairings have in common.

Records that are alike form a class with a number of members; a pairing is a flow from left classes to right ones. The best
pairing pairs as many records as can be, and among those has the least total cost. Members of a left class that find no partner
go to an idle place at a cost above all others, so that most pairs and least cost are one sum. Class after class is placed along
the cheapest path, with prices on both sides that keep every path short (the Hungarian method on a sparse graph with a heap).
"""

from collections.abc import Sequence
from heapq import heappop, heappush

from tieout.matching.engines._exchange import on_a_cycle

__all__ = ["STEPS_MAX", "best_flows"]

STEPS_MAX = 5_000_000
"""Most steps (edges looked at) that one component may take, one or two seconds; what takes more is for a person."""

_Edge = tuple[int, int, int]


def best_flows(
    edges: Sequence[_Edge], left_members: Sequence[int], right_members: Sequence[int], *, steps_max: int = STEPS_MAX
) -> list[int | None]:
    """How many pairs each edge has in every best pairing.

    Args:
        edges: Left class, right class, cost of a pair, not negative; classes count from 0 on each side, and a pair of classes
            has one edge at most.
        left_members: Members of each left class.
        right_members: Members of each right class.
        steps_max: Most steps to take.

    Returns:
        One number per edge; None where best pairings differ, and everywhere when the steps did not suffice.

    Example:
        >>> best_flows([(0, 0, 4), (0, 1, 1), (1, 0, 1), (1, 1, 4)], [1, 1], [1, 1])
        [0, 1, 1, 0]
        >>> best_flows([(0, 0, 1), (1, 0, 1)], [1, 1], [1])
        [None, None]
    """
    if len(left_members) > len(right_members):  # fewer classes to place are fewer paths to find
        edges, left_members, right_members = [(b, a, cost) for a, b, cost in edges], right_members, left_members
    placement = _Placement(edges, left_members, right_members, steps_max)
    for left in range(len(left_members)):
        if not placement.place(left):
            return [None] * len(edges)
    return placement.common()


class _Placement:
    """A best pairing in the making.

    Prices hold: an edge costs at least what its two ends' prices add up to, and exactly that where it pairs. Right prices are
    0 or less, and 0 while there is room.
    """

    def __init__(self, edges: Sequence[_Edge], left: Sequence[int], right: Sequence[int], steps_max: int) -> None:
        self.edges, self.left, self.right = edges, left, right
        self.reach: list[list[tuple[int, int]]] = [[] for _ in left]
        for one, other, cost in edges:
            self.reach[one].append((other, cost))
        self.idle_cost = 1 + sum(
            members * max((cost for _, cost in reach), default=0)
            for members, reach in zip(left, self.reach, strict=True)
        )
        self.idle = [0] * len(left)
        self.room = list(right)
        self.pairs: list[dict[int, int]] = [{} for _ in right]
        self.left_price, self.right_price = [0] * len(left), [0] * len(right)
        self.steps = steps_max

    def place(self, left: int) -> bool:
        """Give all members of a class their partners or idle places; False when the steps did not suffice."""
        price = self.right_price
        least = min((cost - price[right] for right, cost in self.reach[left]), default=self.idle_cost)
        self.left_price[left] = min(least, self.idle_cost)
        waiting = self.left[left]
        while waiting and self.steps > 0:
            waiting -= self._push(left, waiting)
        return not waiting

    def _push(self, start: int, waiting: int) -> int:
        """Send members along the cheapest path that ends in room or in an idle place; gives how many."""
        path = _Path(self, start)
        path.reprice()
        return path.move(waiting)

    def common(self) -> list[int | None]:
        """What all best pairings have in common, once every class is placed.

        What pairs could be exchanged without loss if it lies on a cycle of changes that cost nothing: one more on an edge at
        its price, one less on an edge that pairs, room or an idle place given up for another (these meet in a hub).
        """
        first_right = len(self.left)
        hub = first_right + len(self.right)
        changes: list[tuple[int, int]] = []
        for left, members in enumerate(self.left):
            if self.left_price[left] == self.idle_cost:
                changes += _changes(left, hub, self.idle[left], members)
        for right, members in enumerate(self.right):
            if self.right_price[right] == 0:
                changes += _changes(first_right + right, hub, members - self.room[right], members)
        flows, known_ends = [], []
        for left, right, cost in self.edges:
            flow = self.pairs[right].get(left, 0)
            flows.append(flow)
            known_ends.append((left, first_right + right))
            if cost == self.left_price[left] + self.right_price[right]:
                changes += _changes(left, first_right + right, flow, min(self.left[left], self.right[right]))
        tied = on_a_cycle(changes, nodes=hub + 1)
        return [None if ends in tied else flow for ends, flow in zip(known_ends, flows, strict=True)]


class _Path:
    """The cheapest path from a left class to room or an idle place: Dijkstra's algorithm on what prices leave of the costs."""

    def __init__(self, placement: _Placement, start: int) -> None:
        self.on, self.start = placement, start
        self.far: dict[int, int] = {}  # rights, how far they are
        self.came_from: dict[int, int] = {}  # and from which left
        self.reached: dict[int, tuple[int, int]] = {start: (0, -1)}  # lefts: how far, and from which right
        self.heap: list[tuple[int, int]] = []
        self.least = placement.idle_cost - placement.left_price[start]
        self.last, self.is_idle = start, True  # where it ends
        fresh = [start]
        while fresh:
            for left in fresh:
                self._look_around(left)
            fresh = self._nearest()

    def _look_around(self, left: int) -> None:
        on, far, reach = self.on, self.far, self.on.reach[left]
        on.steps -= len(reach)
        base = self.reached[left][0] - on.left_price[left]
        if base + on.idle_cost < self.least:
            self.least, self.last, self.is_idle = base + on.idle_cost, left, True
        price, room, least = on.right_price, on.room, self.least
        for right, cost in reach:
            length = base + cost - price[right]
            if length < least and length < far.get(right, least):
                far[right], self.came_from[right] = length, left
                if room[right]:
                    least, self.last, self.is_idle = length, right, False
                else:
                    heappush(self.heap, (length, right))
        self.least = least

    def _nearest(self) -> list[int]:
        """Lefts that pair with the nearest right not yet visited; none when no path can be shorter."""
        while self.heap and self.heap[0][0] < self.least:
            length, right = heappop(self.heap)
            if length == self.far[right]:
                fresh = [left for left in self.on.pairs[right] if left not in self.reached]
                self.reached.update((left, (length, right)) for left in fresh)
                if fresh:
                    return fresh
        return []

    def reprice(self) -> None:
        """Let prices follow, so that the path costs nothing beyond them and no edge less."""
        for left, (length, _) in self.reached.items():
            if length < self.least:
                self.on.left_price[left] += self.least - length
        for right, length in self.far.items():
            if length < self.least:
                self.on.right_price[right] -= self.least - length

    def move(self, waiting: int) -> int:
        """Exchange partners along the path, back from its end, for as many members as fit."""
        pairs, left = self.on.pairs, self.last if self.is_idle else self.came_from[self.last]
        gains = [] if self.is_idle else [(self.last, left)]  # rights, with the left that they gain
        losses = []  # rights, with the left that they lose
        while left != self.start:
            right = self.reached[left][1]
            losses.append((right, left))
            left = self.came_from[right]
            gains.append((right, left))
        fits = min([waiting, *(pairs[right][left] for right, left in losses)])
        if self.is_idle:
            self.on.idle[self.last] += fits
        else:
            fits = min(fits, self.on.room[self.last])
            self.on.room[self.last] -= fits
        for right, left in gains:
            pairs[right][left] = pairs[right].get(left, 0) + fits
        for right, left in losses:
            pairs[right][left] -= fits
            if not pairs[right][left]:
                del pairs[right][left]
        return fits


def _changes(tail: int, head: int, flow: int, most: int) -> list[tuple[int, int]]:
    """The changes that an edge admits: one more, one less."""
    return [*([(tail, head)] if flow < most else []), *([(head, tail)] if flow else [])]
