"""Subsets: which few of many signed whole numbers add up, and in how many ways.

Pure arithmetic: integers in, an answer out. The question is not whether some numbers add up, for they nearly always do, but
whether only one choice does; so choices are counted, and named only when they are few.

A choice is its first half and its second half, in one fixed order of the numbers. All first halves that can still reach the sum
are kept sorted by their own sum, and each second half finds by bisection how many of them complete it: choices of 8 numbers cost
as much as all choices of 4. Where even those are too many, tables of all reachable sums count the ways without naming them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice, product
from math import comb, gcd

import attrs

__all__ = ["SIZE_MAX", "Answer", "subsets_of"]

SIZE_MAX = 12
"""Most numbers of one choice that can be asked for."""

Line = tuple[int, int]  # a number, and how often it may be taken
_BASE = 16  # a half is one whole number, its sum * _BASE + how many it takes; more than SIZE_MAX
_CELLS_PER_STEP = 200  # cells of 64 bits that tables add in about the time of one step of the search
_CELLS_MAX = 2_000_000  # of one table, 16 MB; there is one for each size


@attrs.frozen(kw_only=True)
class Answer:
    """What is known about the choices that fit.

    Attributes:
        count: How many there are; None when the search stopped before it knew.
        choices: Some of them, the smaller ones first: the places of the numbers, ascending, each as often as it is taken. All of
            them, when `count` is no more than what may be shown and the search did not stop; fewer, even none, when it did and
            tables counted them.
    """

    count: int | None
    choices: tuple[tuple[int, ...], ...]


class _StoppedError(Exception):
    """The work limit is reached."""


def subsets_of(numbers: Sequence[Line], low: int, high: int, *, max_size: int, max_shown: int, max_work: int) -> Answer:
    """Choices of numbers whose sum lies between two bounds, inclusive.

    Zeros take no part: with them no choice would ever be the only one.

    Args:
        numbers: Each number with how often it may be taken. Choices of different places are different, also where their numbers
            are equal.
        low: Least sum.
        high: Greatest sum.
        max_size: Most numbers in one choice, counted as often as taken, up to SIZE_MAX; a choice has at least one.
        max_shown: Most choices to name.
        max_work: Most steps. They are counted, not timed: the same question always stops at the same place.

    Example:
        >>> subsets_of([(100, 1), (250, 1), (75, 1), (-30, 1)], 320, 320, max_size=4, max_shown=10, max_work=1000)
        Answer(count=1, choices=((0, 1, 3),))
        >>> subsets_of([(50, 2), (100, 1)], 100, 100, max_size=4, max_shown=10, max_work=1000)
        Answer(count=2, choices=((1,), (0, 0)))
    """
    usable = [at for at, (value, many) in enumerate(numbers) if value and many > 0]
    places = sorted(usable, key=lambda at: (-abs(numbers[at][0]), at))  # large ones first: they decide soonest
    unit = gcd(*(numbers[at][0] for at in places))
    if not unit or -(-low // unit) > high // unit:
        return Answer(count=0, choices=())
    task = _Task(
        lines=[(numbers[at][0] // unit, min(numbers[at][1], max_size)) for at in places],
        low=-(-low // unit),
        high=high // unit,
        max_size=max_size,
        max_shown=max_shown,
        budget=_Budget(max_work),
    )
    count = task.count()
    found = (tuple(sorted(places[at] for at in choice)) for choice in task.choices())
    choices = sorted(found, key=lambda choice: (len(choice), choice))
    if count == 1 and not choices:
        count = None  # one fits, and which one was not found
    return Answer(count=count, choices=tuple(choices[:max_shown]))


@attrs.define
class _Budget:
    """Steps that may still be taken."""

    steps: int

    def spend(self, steps: int) -> None:
        """Take steps.

        Raises:
            _StoppedError: There are not so many left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise _StoppedError


class _Halves:
    """Choices of p different numbers, for growing p, as first parts of whole ones: those that later numbers can complete.

    `keys[p]` holds them in the order of their last number, `ends[p][at]` says how many end before the number at that place.
    """

    def __init__(self, lines: Sequence[Line], low: int, high: int, max_size: int, budget: _Budget) -> None:
        """Start with the choice of nothing."""
        self.lines, self.low, self.high, self.max_size, self.budget = lines, low, high, max_size, budget
        self.keys: list[list[int]] = [[0]]
        self.ends: list[list[int]] = [[1] * (len(lines) + 1)]
        self.known: list[set[int]] = []  # keys by size, gathered when choices are named
        self.most = _reach(lines, max_size)
        self.least = _reach([(-value, many) for value, many in lines], max_size)

    def grow(self) -> None:
        """Choices of one more number."""
        before, ends = self.keys[-1], self.ends[-1]
        rest = self.max_size - len(self.keys)
        found: list[int] = []
        found_ends = [0]
        for at, (value, many) in enumerate(self.lines):
            base = before[: ends[at]]
            least = (self.low - self.most[at + 1][rest]) * _BASE
            most = (self.high + self.least[at + 1][rest]) * _BASE + _BASE - 1
            for times in range(1, many + 1):
                self.budget.spend(len(base))
                step = (value * _BASE + 1) * times
                if many == 1:
                    found += [key for half in base if least <= (key := half + step) <= most]
                else:
                    room = self.max_size - times
                    found += [key for half in base if half % _BASE <= room and least <= (key := half + step) <= most]
            found_ends.append(len(found))
        self.keys.append(found)
        self.ends.append(found_ends)

    def ending_at(self, size: int, at: int) -> list[int]:
        """Choices of that many different numbers, of which the one at that place is the last."""
        return self.keys[size][self.ends[size][at] : self.ends[size][at + 1]]

    def named(self, size: int, key: int, before: int) -> Iterator[tuple[int, ...]]:
        """The choices of that many different numbers, all before a place, that have that key."""
        if size == 0:
            if key == 0:
                yield ()
            return
        for at in range(before):
            yield from self.named_at(size, key, at)

    def named_at(self, size: int, key: int, at: int) -> Iterator[tuple[int, ...]]:
        """The same, with the number at that place as the last one."""
        value, many = self.lines[at]
        for times in range(1, many + 1):
            rest = key - (value * _BASE + 1) * times
            if self._may_have(size - 1, rest):
                for choice in self.named(size - 1, rest, at):
                    yield (*choice, *(at,) * times)

    def _may_have(self, size: int, key: int) -> bool:
        while len(self.known) <= size:
            self.known.append(set(self.keys[len(self.known)]))
        return key in self.known[size]


@attrs.frozen(kw_only=True)
class _Hit:
    """A second half and how the first halves look that complete it.

    Attributes:
        first: Different numbers of the first half.
        second: Different numbers of the second half.
        at: Place of the first number of the second half.
        key: The second half.
        size: Numbers that the first half takes, counted as often as taken.
    """

    first: int
    second: int
    at: int
    key: int
    size: int


class _Task:
    """One search."""

    def __init__(
        self, *, lines: list[Line], low: int, high: int, max_size: int, max_shown: int, budget: _Budget
    ) -> None:
        """Take the question, in whole multiples of what divides all numbers."""
        self.lines, self.low, self.high = lines, low, high
        self.max_size, self.max_shown, self.budget = max_size, max_shown, budget
        self.work = budget.steps
        self.firsts = _Halves(lines, low, high, max_size, budget)
        self.seconds = _Halves(lines[::-1], low, high, max_size, budget)
        self.total = 0
        self.hits: dict[_Hit, None] = {}

    def count(self) -> int | None:
        """How many choices fit; None when that is not known."""
        try:
            for half in range(1, min((self.max_size + 1) // 2, len(self.lines)) + 1):
                self.firsts.grow()
                self._join(half, half - 1)
                if 2 * half <= self.max_size:
                    self.seconds.grow()
                    self._join(half, half)
        except _StoppedError:
            return _counted(self.lines, self.low, self.high, self.max_size, self.work)
        return self.total

    def choices(self) -> Iterator[tuple[int, ...]]:
        """Choices that fit, in no particular order; enough of them, if they were found."""
        last = len(self.lines) - 1
        for hit in self.hits:
            low, high = self._bounds(hit.key)
            keys = self.firsts.keys[hit.first][: self.firsts.ends[hit.first][hit.at]]
            fitting = sorted({key for key in keys if low <= key <= high and key % _BASE == hit.size})
            seconds = ((),) if hit.second == 0 else self.seconds.named_at(hit.second, hit.key, last - hit.at)
            starts = (one for key in fitting for one in self.firsts.named(hit.first, key, hit.at))
            pairs = product(islice(seconds, self.max_shown), islice(starts, self.max_shown))
            for second, first in islice(pairs, self.max_shown):
                yield (*first, *(last - at for at in second))

    def _join(self, first: int, second: int) -> None:
        """Count choices with that many different numbers in their halves."""
        sorted_by_size: dict[int, list[int]] = {}
        last = len(self.lines) - 1
        for at in range(1, len(self.lines) + 1):
            for key in self.firsts.ending_at(first, at - 1):
                sorted_by_size.setdefault(key % _BASE, []).append(key)
            if second == 0:
                continue
            completing = self.seconds.ending_at(second, last - at) if at <= last else []
            if completing:
                self.budget.spend(len(completing) + sum(map(len, sorted_by_size.values())) // 64)
                self._look_up(sorted_by_size, completing, first, second, at)
        if second == 0:
            self._look_up(sorted_by_size, [0], first, 0, len(self.lines))

    def _look_up(self, halves: dict[int, list[int]], keys: list[int], first: int, second: int, at: int) -> None:
        for half in halves.values():
            half.sort()
        for key in keys:
            low, high = self._bounds(key)
            for size, half in halves.items():
                if size + key % _BASE > self.max_size:
                    continue
                fitting = bisect_right(half, high) - bisect_left(half, low)
                if fitting:
                    if self.total < self.max_shown:
                        self.hits[_Hit(first=first, second=second, at=at, key=key, size=size)] = None
                    self.total += fitting

    def _bounds(self, key: int) -> tuple[int, int]:
        """Least and greatest key of a half that completes this one."""
        return (self.low - key // _BASE) * _BASE, (self.high - key // _BASE) * _BASE + _BASE - 1


def _reach(lines: Sequence[Line], max_size: int) -> list[list[int]]:
    """For each place, and each number of further lines, the most that lines from that place on can add."""
    best: list[int] = []
    reach = [[0] * (max_size + 1)]
    for value, many in reversed(lines):
        if value > 0:
            best = sorted([*best, *[value] * many], reverse=True)[:max_size]
        sums = list(accumulate(best, initial=0))
        reach.append([*sums, *[sums[-1]] * (max_size + 1 - len(sums))])
    return reach[::-1]


def _counted(lines: Sequence[Line], low: int, high: int, max_size: int, max_work: int) -> int | None:
    """How many choices fit, by tables of all sums that choices of each size reach; None where the tables would be too large.

    A table is one whole number with a field of bits per sum, so that adding a line to all choices at once is a shift and an
    addition. Sums are counted from the least that a choice of that size could have, which is what lets them be negative.
    """
    least = min(value for value, _ in lines)
    top = max(high - size * least for size in range(1, max_size + 1))
    if top < 0:
        return 0
    total = sum(many for _, many in lines)
    field = -(-sum(comb(total, size) for size in range(1, max_size + 1)).bit_length() // 8) * 8
    cells = (top + 1) * field // 64 + 1
    if cells > _CELLS_MAX or cells * total * max_size > max_work * _CELLS_PER_STEP:
        return None
    mask = (1 << (top + 1) * field) - 1
    tables = [1] + [0] * max_size
    for value, many in lines:
        shift = (value - least) * field
        for size in range(max_size, 0, -1):
            for times in range(1, min(many, size) + 1):
                if (value - least) * times <= top:
                    tables[size] += (tables[size - times] << (shift * times)) & mask
    return sum(
        _fields(tables[size], low - size * least, high - size * least, field=field) for size in range(1, max_size + 1)
    )


def _fields(table: int, low: int, high: int, *, field: int) -> int:
    """Sum of the fields of a table between two places."""
    if high < 0:
        return 0
    low = max(low, 0)
    part = (table >> (low * field)) & ((1 << (high - low + 1) * field) - 1)
    width = field // 8
    cells = part.to_bytes((high - low + 1) * width, "little")
    return sum(int.from_bytes(cells[at : at + width], "little") for at in range(0, len(cells), width))
