"""The slow, obvious sums: the definition of `Total` and `Subset`, by trying every choice of records."""

from collections import Counter
from fractions import Fraction
from itertools import combinations

from tieout.keys import exact_key
from tieout.matching import Subset, Total


def sum_of(rule):
    """The rule's sum, or None."""
    return next((one for one in rule.on if isinstance(one, (Total, Subset))), None)


class Sums:
    """One rule with a sum, looked at by an oracle."""

    def __init__(self, oracle, rule):
        self.oracle, self.rule, self.sum = oracle, rule, sum_of(rule)
        self.many, self.one = ("right", "left") if rule.pairing.value == "1:n" else ("left", "right")
        self.lines, self.targets = self.free(self.many), self.free(self.one)
        self.sure, self.doubtful, self.verdicts = [], [], []

    def run(self):
        if self.rule.pairing.value == "n:m":
            self.blocks()
        else:
            has_key = len(self.rule.on) > 1
            spoken_for = self.groups(told=isinstance(self.sum, Total)) if has_key else (set(), set())
            if isinstance(self.sum, Subset):
                self.lines = [line for line in self.lines if line not in spoken_for[0]]
                self.targets = [target for target in self.targets if target not in spoken_for[1]]
                self.choices()
        return self.sure, self.doubtful

    # --- what holds ---

    def free(self, side):
        """Records that nothing was matched with, and that have a whole key."""
        free = [at for at, use in enumerate(self.oracle.use[side]) if use == "free"]
        return [at for at in free if self.key(side, at) is not None]

    def records(self, side):
        return self.oracle.left if side == "left" else self.oracle.right

    def kind(self, side, at):
        return self.oracle.kind(side, at)

    def key(self, side, at):
        """What the rule's keys want equal; None where there is no whole key, and () for a rule without keys."""
        values = []
        for condition in self.rule.on:
            for names in () if condition is self.sum else condition.columns:
                value = self.records(side)[at].get(names[side == "right"])
                normal = exact_key(value) if isinstance(value, str) else value
                if normal is None:
                    return None
                values.append(normal if condition.normalise else value)
        return tuple(values)

    def ends(self, line, target):
        return (line, target) if self.many == "left" else (target, line)

    def may_share(self, line, target):
        return self.oracle.ok(self.rule, *self.ends(line, target))

    def amount(self, side, at):
        return self.records(side)[at].get(self.sum.column[side == "right"])

    def currency(self, side, at):
        return self.records(side)[at].get("currency")

    def knows_currency(self, side):
        return any("currency" in record for record in self.records(side))

    def are_near(self, many, one):
        left, right = (many, one) if self.many == "left" else (one, many)
        rule = self.sum
        fixed = (rule.by or 0) if rule.after is None else rule.after if right >= left else rule.before
        allowed = Fraction(fixed)
        if rule.percent is not None:
            allowed = max(allowed, abs(left) * Fraction(rule.percent) / 100)
        return abs(right - left) <= allowed

    def add_up(self, lines, targets):
        amounts = [[self.amount(side, at) for at in ats] for side, ats in ((self.many, lines), (self.one, targets))]
        if None in amounts[0] + amounts[1] or not self.agree_in_currency(lines, targets):
            return False
        return self.are_near(*map(sum, amounts))

    def agree_in_currency(self, lines, targets):
        both = set()
        for side, ats in ((self.many, lines), (self.one, targets)):
            if self.knows_currency(side):
                found = {self.currency(side, at) for at in ats}
                if None in found or len(found) > 1:
                    return False
                both |= found
        return len(both) <= 1

    # --- whole groups ---

    def groups(self, *, told):
        groups = {target: [line for line in self.lines if self.may_share(line, target)] for target in self.targets}
        fitting = {target: lines for target, lines in groups.items() if lines and self.add_up(lines, [target])}
        for target, lines in groups.items():
            if target in fitting:
                self.tell(target, "unique", 1, [lines])
            elif lines and told:
                self.tell(target, "none", 0, [])
        for target, lines in fitting.items():
            rivals = [other for other in fitting if other != target and set(fitting[other]) & set(lines)]
            links = [(*self.ends(line, target), f"sum of {len(lines)}") for line in lines]
            if any(self.kind(self.one, other) != self.kind(self.one, target) for other in rivals):
                self.doubtful += links
            elif all(other > target for other in rivals):
                self.sure += links
        return {line for lines in fitting.values() for line in lines}, set(fitting)

    def blocks(self):
        keys = {self.key(self.many, line) for line in self.lines} & {self.key(self.one, one) for one in self.targets}
        for key in keys:
            lines = [line for line in self.lines if self.key(self.many, line) == key]
            targets = [target for target in self.targets if self.key(self.one, target) == key]
            all_pass = all(self.may_share(line, target) for line in lines for target in targets)
            fits = all_pass and self.add_up(lines, targets)
            self.tell(targets[0], "unique" if fits else "none", int(fits), [lines] if fits else [])
            if fits:
                self.sure += [(line, target, f"sum of {len(lines)}") for line in lines for target in targets]

    # --- a few of them ---

    def choices(self):
        self.lines = [
            line
            for line in self.lines
            if self.amount(self.many, line)
            if not self.knows_currency(self.many) or self.currency(self.many, line) is not None
        ]
        found = {}
        for target in self.targets:
            solutions = self.solutions(target)
            found.setdefault(self.kind(self.one, target), (solutions, []))[1].append(target)
            answer = "none" if not solutions else "unique" if len(solutions) == 1 else "several"
            self.tell(target, answer, len(solutions), solutions.values())
        only = {kind: (*solutions.values(),)[0] for kind, (solutions, _) in found.items() if len(solutions) == 1}
        contested = self.contested(only, found)
        for kind, (solutions, targets) in found.items():
            if kind in only and kind not in contested:
                self.serve(only[kind], targets)
                continue
            for kinds, choice in solutions.items():
                words = f"sum of {len(choice)}"
                for line in self.lines:
                    own = self.kind(self.many, line)
                    if len(solutions) > 1:
                        words = f"in {sum(own in other for other in solutions)} of {len(solutions)} sums"
                    if own in kinds:
                        self.doubtful += [(*self.ends(line, target), words) for target in targets]

    def solutions(self, target):
        """All choices that add up, one for each way in kinds of lines."""
        field = [
            line for line in self.lines if self.amount(self.one, target) is not None and self.may_share(line, target)
        ]
        choices = [
            choice
            for size in range(1, self.sum.max_size + 1)
            for choice in combinations(field, size)
            if self.add_up(choice, [target])
        ]
        return {tuple(sorted((self.kind(self.many, line) for line in choice), key=repr)): choice for choice in choices}

    def contested(self, only, found):
        """Kinds of targets that different ones take lines from."""
        supply = Counter(self.kind(self.many, line) for line in self.lines)
        wanted = {}
        for kind, choice in only.items():
            need = Counter(self.kind(self.many, line) for line in choice)
            times = min(len(found[kind][1]), *(supply[line] // many for line, many in need.items()))
            wanted[kind] = Counter({line: many * times for line, many in need.items()})
        short = {line for line in supply if sum(need[line] for need in wanted.values()) > supply[line]}
        return {kind for kind, need in wanted.items() if short & set(need)}

    def serve(self, choice, targets):
        need = Counter(self.kind(self.many, line) for line in choice)
        for target in targets:
            used = {link[self.many == "right"] for link in self.sure}
            free = [line for line in self.lines if line not in used]
            taken = []
            for kind, many in need.items():
                taken += [line for line in free if self.kind(self.many, line) == kind][:many]
            if len(taken) == len(choice):
                self.sure += [(*self.ends(line, target), f"sum of {len(choice)}") for line in taken]

    # --- what is told ---

    def tell(self, target, answer, count, solutions):
        kinds = frozenset(tuple(sorted((self.kind(self.many, at) for at in one), key=repr)) for one in solutions)
        self.verdicts.append((self.rule.name, self.one, self.kind(self.one, target), answer, count, kinds))
