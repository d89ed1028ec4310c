"""The slow, obvious calibration: decision 0011 on lists of dicts, one pair at a time.

The probabilities are computed the textbook way (counts, products, expectation maximisation step by step). It shares no code with
the engine; what may take whom, and who rivals whom, it asks the slow matcher.
"""

import math
from collections import Counter
from functools import cache
from itertools import product

from oracle.matching import Oracle, names_of, share_of
from tieout.keys import exact_key

RARE, EQUAL, COMMON, QUARTER, HALF, WHOLE, OUTSIDE, MISSING = range(8)


class CalibratedOracle(Oracle):
    """The slow matcher with scores.

    Attributes:
        score: Of each searched pair that was said, (left, right, rule) to probability.
        expected_wrong: Of each rule that learned, the expected share of wrong pairs among the confirmed.
    """

    def __init__(self, matcher, left, right, *, needed):
        super().__init__(matcher, left, right)
        self.wrong_share, self.needed = float(matcher.wrong_share), needed
        self.score, self.expected_wrong, self.spent = {}, {}, {}

    def by_rivals(self, rule):
        sure, doubtful = super().by_rivals(rule)
        said = [(a, b) for a, b, _ in (*sure, *doubtful)]
        teaching = self.teaching(rule)
        if not rule.given or not said or len(teaching) < self.needed or not self.has_exact(rule):
            return sure, doubtful
        lesson = Lesson(self, rule, teaching)
        odds = self.odds(rule, lesson, [pair[:2] for pair in sure], said)
        chance = {(a, b): odds[a, b] / (1 + odds[a, b]) for a, b, _ in sure}
        for a, b, _ in doubtful:
            rivals = [(one, other) for one, other, _ in doubtful if one == a or other == b]
            total = max(math.fsum(odds[pair] for pair in rivals), odds[a, b] * self.choices(rule, a, b))
            self.score[a, b, rule.name] = odds[a, b] / (1 + total)
        for a, b, _ in sure:
            self.score[a, b, rule.name] = chance[a, b]
        bar = self.bar(list(chance.values()))
        above = [pair for pair in sure if chance[pair[0], pair[1]] >= bar]
        below = [(a, b, f"{words}, below the bar") for a, b, words in sure if chance[a, b] < bar]
        doubts = [1 - chance[a, b] for a, b, _ in above]
        self.expected_wrong[rule.name] = sum(doubts) / len(doubts) if doubts else None
        self.spent[rule.name] = math.fsum(doubts)
        return above, [*doubtful, *below]

    def settle(self, rule, sure, doubtful):
        said = {(a, b) for a, b, *_ in self.open}
        for pair in sure:
            name = (pair[0], pair[1], rule.name)
            if name in self.score and (pair[0], pair[1]) not in said and self.is_disputed(rule, pair):
                self.score[name] /= 2
        super().settle(rule, sure, doubtful)

    def has_exact(self, rule):
        columns = {pair for key in rule.on for pair in names_of(key)}
        earlier = self.rules[: self.rules.index(rule)]
        return any(
            columns == {pair for key in one.on for pair in names_of(key)}
            and all(type(key).__name__ == "Exact" for key in one.on)
            for one in earlier
        )

    def raw_key(self, rule, side, at):
        record = getattr(self, side)[at]
        values = [record.get(pair[side == "right"]) for key in rule.on for pair in names_of(key)]
        normal = [exact_key(value) if isinstance(value, str) else value for value in values]
        return None if None in normal else tuple(values)

    def teaching(self, rule):
        """Pairs with the very same key as it came, which stands once on each side, in the order of the keys."""
        keys = {
            side: [self.raw_key(rule, side, at) for at in range(len(getattr(self, side)))] for side in ("left", "right")
        }
        counts = {side: Counter(found) for side, found in keys.items()}
        both = sorted(
            key for key in counts["left"] if key is not None and counts["left"][key] == counts["right"][key] == 1
        )
        return [(keys["left"].index(key), keys["right"].index(key)) for key in both]

    def odds(self, rule, lesson, sure, said):
        """The odds of every pair that was said."""
        found = [(a, b) for a, b in self.free_pairs(rule) if self.steps(rule, a, b) is not None]
        lone = [pair for pair in found if pair in sure or not self.has_rival(rule, *pair, said)]
        odds = {}
        for a, b in said:
            kind = self.steps(rule, a, b)
            seen = [pair for pair in (lone if (a, b) in sure else found) if self.steps(rule, *pair) == kind]
            prior = share_of_true([lesson.ratio(*pair) for pair in seen])
            odds[a, b] = prior / (1 - prior) * lesson.ratio(a, b)
        return odds

    def has_rival(self, rule, a, b, said):
        """Whether one of the two was said with another, or has its very key on the other side."""
        if any(one == a or other == b for one, other in said):
            return True
        if self.steps(rule, a, b) == 0:
            return False
        key_of = {side: self.key_of(rule, side, at) for side, at in (("left", a), ("right", b))}
        return any(self.key_of(rule, "right", at) == key_of["left"] for at in range(len(self.right))) or any(
            self.key_of(rule, "left", at) == key_of["right"] for at in range(len(self.left))
        )

    def choices(self, rule, a, b):
        """How many records or sets of alike records could take the place of either."""

        def could(one, other):
            return self.ok(rule, one, other) or self.steps(rule, one, other) == 0

        def units(side, found, *, may_share):
            names = set()
            for at in found:
                if not self.is_free(side, at, rule):
                    names.add(("taken", at))
                elif may_share:
                    names.add(("key", self.key_of(rule, side, at)))
                else:
                    names.add(("kind", self.kind(side, at)))
            return len(names)

        rights = [other for other in range(len(self.right)) if could(a, other)]
        lefts = [one for one in range(len(self.left)) if could(one, b)]
        return max(
            units("right", rights, may_share=rule.pairing.left_takes_many),
            units("left", lefts, may_share=rule.pairing.right_takes_many),
        )

    def bar(self, chances):
        """The least score of the largest set of best pairs that keeps the whole result within what is allowed."""
        for score in sorted(set(chances)):
            doubts = [1 - chance for chance in chances if chance >= score]
            wrong = math.fsum(doubts) + sum(self.spent.values())
            allowed = self.wrong_share * (len(self.confirmed) + len(doubts))
            if wrong <= allowed and max(doubts) <= 100 * self.wrong_share:
                return score
        return 2


class Lesson:
    """What the teaching pairs say about the gates of a rule."""

    def __init__(self, oracle, rule, teaching):
        self.oracle, self.gates, self.teaching = oracle, rule.given, teaching
        rows = len(teaching)
        turned = {
            step: [(teaching[at][0], teaching[(at + step) % rows][1]) for at in range(rows)] for step in range(rows)
        }
        near = [pair for step in (1, 2, 5) if step < rows for pair in turned[step]]
        self.crowds = (near, turned[rows // 2])
        self.true = [self.levels(*pair) for pair in teaching]
        self.strangers = [[self.levels(*pair) for pair in crowd] for crowd in self.crowds]
        self.sets = dependent(self.gates)
        self.ratio = cache(self.ratio)

    def levels(self, a, b):
        return tuple(
            level(gate, self.oracle.left[a], self.oracle.right[b], self.commonness(at, a, b))
            for at, gate in enumerate(self.gates)
        )

    def ratio(self, a, b):
        levels = self.levels(a, b)
        m, u = 1.0, 1.0
        for numbers in self.sets:
            own = [levels[at] for at in numbers]
            true = self.share(self.true, numbers, own)
            chance = max(self.share(crowd, numbers, own) for crowd in self.strangers)
            if set(own) <= {RARE, EQUAL, COMMON}:
                chance = max(chance, true * min(self.commonness(at, a, b) for at in numbers))
            m, u = m * true, u * chance
        seen = [(crowd.count(levels) + 1) / (len(crowd) + 1) for crowd in self.strangers if levels in crowd]
        floor = max(seen) if seen else 1 / (min(map(len, self.strangers)) + 1)
        return m / max(u, floor)

    def share(self, crowd, numbers, own):
        count = sum([levels[at] for at in numbers] == own for levels in crowd)
        return (count / len(crowd) * len(self.true) + 1) / (len(self.true) + 8 ** len(numbers))

    def commonness(self, number, a, b):
        """Share of the teaching records that have the values of these, on the left or on the right, whichever is larger."""
        shares = []
        for side, at in (("left", a), ("right", b)):
            names = [pair[side == "right"] for pair in names_of(self.gates[number])]
            rows = [getattr(self.oracle, side)[pair[side == "right"]] for pair in self.teaching]
            own = getattr(self.oracle, side)[at]
            count = sum(all(row.get(name) == own.get(name) for name in names) for row in rows)
            shares.append(max(count, 1) / len(rows))
        return max(shares)


def level(gate, left, right, common):
    """How closely two records agree at a gate."""
    share = share_of(gate, left, right)
    if share is None:
        values = [value for one, other in names_of(gate) for value in (left.get(one), right.get(other))]
        return MISSING if None in values else OUTSIDE
    if share == 0:
        return RARE if common < 0.001 else EQUAL if common < 0.01 else COMMON
    return QUARTER if share <= 250_000 else HALF if share <= 500_000 else WHOLE


def dependent(gates):
    """Gates that read a column in common, in sets."""
    reads = [
        {("left", one) for one, _ in names_of(gate)} | {("right", other) for _, other in names_of(gate)}
        for gate in gates
    ]
    sets = [{at} for at in range(len(gates))]
    for one, other in product(range(len(gates)), repeat=2):
        if reads[one] & reads[other]:
            joined = next(some for some in sets if one in some) | next(some for some in sets if other in some)
            sets = [some for some in sets if not some & joined] + [joined]
    return [sorted(some) for some in sets]


def share_of_true(ratios):
    """Expectation maximisation until it stands still; four pairs were seen before, one of them true."""
    share = 0.5
    for _ in range(100_000):
        weights = [share * ratio / (share * ratio + 1 - share) for ratio in ratios]
        better = (math.fsum(weights) + 1) / (len(ratios) + 4)
        if abs(better - share) < 1e-16:
            break
        share = better
    return share
