"""The slow, obvious matcher: the definition of `tieout.matching` on lists of dicts, one pair at a time.

It knows no joins, no blocks and no flows: it tries every pair, and for 1:1 rules every pairing. Only the declarations (rules and
conditions) and the scalar `keys.exact_key` are shared with the matcher.
"""

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product

from oracle import damage
from oracle.sums import Sums, sum_of
from tieout.keys import check_state, exact_key
from tieout.matching import Contains, Damaged, Exact, Fuzzy, Same

FULL = 1_000_000
SEARCHED = (Fuzzy, Damaged, Contains)


def osa(one, other):
    """Edits between two texts: optimal string alignment, the textbook way."""
    rows, columns = len(one) + 1, len(other) + 1
    far = [[max(i, j) if 0 in (i, j) else 0 for j in range(columns)] for i in range(rows)]
    for i, j in product(range(1, rows), range(1, columns)):
        same = one[i - 1] == other[j - 1]
        far[i][j] = min(far[i - 1][j] + 1, far[i][j - 1] + 1, far[i - 1][j - 1] + (not same))
        if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
            far[i][j] = min(far[i][j], far[i - 2][j - 2] + 1)
    return far[-1][-1]


class Oracle:
    def __init__(self, matcher, left, right):
        self.rules, self.left, self.right = matcher.rules, left, right
        self.use = {"left": ["free"] * len(left), "right": ["free"] * len(right)}
        self.confirmed = []  # (left, right, rule, evidence)
        self.open = []  # the same, with the pairing
        self.verdicts = Counter()
        self.seen = {"left": set(), "right": set()}
        for rule in self.rules:
            for condition in (*rule.on, *rule.given):
                for one, other in names_of(condition):
                    self.seen["left"].add(one)
                    self.seen["right"].add(other)
            if sum_of(rule):
                self.seen["left"] |= {"currency"} & set().union(*left)
                self.seen["right"] |= {"currency"} & set().union(*right)

    def run(self):
        for rule in self.rules:
            if sum_of(rule):
                sums = Sums(self, rule)
                sure, doubtful = sums.run()
                self.verdicts.update(sums.verdicts)
            elif any(isinstance(key, SEARCHED) for key in rule.on):
                sure, doubtful = self.by_rivals(rule)
            elif not rule.confirm:
                sure, doubtful = self.by_blocks(rule)
            else:
                sure, doubtful = self.without_contradicted(rule, *self.by_blocks(rule))
                sure, doubtful = self.without_rounded(rule, sure, doubtful)
            if not rule.confirm:
                sure, doubtful = [], sure + doubtful
            self.settle(rule, sure, doubtful)
        return self

    def kind(self, side, at):
        """The class of a record: all that the matcher sees of it."""
        record = getattr(self, side)[at]
        return tuple((name, record.get(name)) for name in sorted(self.seen[side]))

    def result(self):
        """Confirmed pairs as a multiset and suggestions as a set, records named by their class."""

        def named(pair):
            return (self.kind("left", pair[0]), self.kind("right", pair[1]), pair[2], pair[3])

        return Counter(map(named, self.confirmed)), set(map(named, self.open))

    # --- what a rule may take ---

    def is_free(self, side, at, rule):
        takes_many = self.lets_share(rule, side)
        return self.use[side][at] == "free" or (takes_many and self.use[side][at] == "shared")

    def lets_share(self, rule, side):
        """Whether a record stays open to later rules once it is matched; one that a sum was found for does not."""
        takes_many = rule.pairing.left_takes_many if side == "left" else rule.pairing.right_takes_many
        return takes_many and not sum_of(rule)

    def free_pairs(self, rule):
        lefts = [at for at in range(len(self.left)) if self.is_free("left", at, rule)]
        rights = [at for at in range(len(self.right)) if self.is_free("right", at, rule)]
        return [(a, b) for a, b in product(lefts, rights) if "free" in (self.use["left"][a], self.use["right"][b])]

    # --- what holds of a pair ---

    def steps(self, rule, a, b, *, raw=False):
        """Edits or harm between the keys of a pair; None when the rule's keys do not admit it."""
        total = 0
        for key in rule.on:
            for one, other in () if key is sum_of(rule) else names_of(key):
                values = (self.left[a].get(one), self.right[b].get(other))
                forms = [form_of(key, value, side) for value, side in zip(values, ("left", "right"), strict=True)]
                if None in forms:
                    return None
                if raw or (isinstance(key, Exact) and not key.normalise):
                    forms = values
                if isinstance(key, Fuzzy):
                    total += osa(*forms)
                    if total > key.edits:
                        return None
                elif isinstance(key, (Damaged, Contains)):
                    steps = harm_or_place(key, *forms)
                    if steps is None:
                        return None
                    total += steps
                elif forms[0] != forms[1]:
                    return None
        return total

    def cost(self, rule, a, b):
        """Sum of the squared shares of each gate's allowance; None when a gate fails."""
        shares = [share_of(gate, self.left[a], self.right[b]) for gate in rule.given]
        return None if None in shares else sum(share**2 for share in shares)

    def ok(self, rule, a, b):
        return self.steps(rule, a, b) is not None and self.cost(rule, a, b) is not None

    # --- equal keys ---

    def by_blocks(self, rule):
        sure = []
        pairing = rule.pairing.value
        if pairing == "n:m" or not rule.confirm:
            return [(a, b, self.evidence(rule, a, b)) for a, b in self.free_pairs(rule) if self.ok(rule, a, b)], []
        for raw in (True, False):
            used_left = {a for a, _, _ in sure} if pairing in ("1:1", "n:1") else set()
            used_right = {b for _, b, _ in sure} if pairing in ("1:1", "1:n") else set()
            candidates = {
                (a, b): self.cost(rule, a, b)
                for a, b in self.free_pairs(rule)
                if a not in used_left and b not in used_right
                if self.steps(rule, a, b, raw=raw) is not None and self.cost(rule, a, b) is not None
            }
            decide = {"1:1": self.one_to_one, "n:1": self.nearest_right, "1:n": self.nearest_left}[pairing]
            settled, tied = decide(candidates)
            sure += [(a, b, self.evidence(rule, a, b)) for a, b in settled]
        return sure, [(a, b, self.evidence(rule, a, b)) for a, b in tied]

    def evidence(self, rule, a, b):
        return "raw" if self.steps(rule, a, b, raw=True) is not None else "normalised"

    def nearest_right(self, candidates):
        settled, tied = [], []
        for a in {a for a, _ in candidates}:
            least = min(cost for (one, _), cost in candidates.items() if one == a)
            best = sorted(b for (one, b), cost in candidates.items() if one == a and cost == least)
            if len({self.kind("right", b) for b in best}) == 1:
                settled.append((a, best[0]))
            else:
                tied += [(a, b) for b in best]
        return settled, tied

    def nearest_left(self, candidates):
        settled, tied = [], []
        for b in {b for _, b in candidates}:
            least = min(cost for (_, one), cost in candidates.items() if one == b)
            best = sorted(a for (a, one), cost in candidates.items() if one == b and cost == least)
            if len({self.kind("left", a) for a in best}) == 1:
                settled.append((best[0], b))
            else:
                tied += [(a, b) for a in best]
        return settled, tied

    def one_to_one(self, candidates):
        settled, tied = [], []
        for part in components(candidates):
            best = best_pairings(part, candidates)
            flows = [Counter((self.kind("left", a), self.kind("right", b)) for a, b in pairing) for pairing in best]
            classes = {(self.kind("left", a), self.kind("right", b)) for a, b in part}
            same = {pair: flows[0][pair] for pair in classes if len({flow[pair] for flow in flows}) == 1}
            used = set()
            for (kind_l, kind_r), flow in same.items():
                for _ in range(flow):
                    a = next(a for a, _ in part if ("a", a) not in used and self.kind("left", a) == kind_l)
                    b = next(b for _, b in part if ("b", b) not in used and self.kind("right", b) == kind_r)
                    used |= {("a", a), ("b", b)}
                    settled.append((a, b))
            tied += [
                (a, b)
                for a, b in part
                if (self.kind("left", a), self.kind("right", b)) not in same and not {("a", a), ("b", b)} & used
            ]
        return settled, tied

    # --- equal keys that the evidence speaks against ---

    def without_contradicted(self, rule, sure, doubtful):
        had_choice = {pair for pair in sure if self.had_choice(rule, *pair[:2])}
        heard = []
        if not rule.doubt:
            return sure, doubtful
        for other in self.rules:
            if not any(isinstance(key, Fuzzy) for key in other.on) or columns_of(other) != columns_of(rule):
                continue
            if not other.given or not other.confirm or (other.given, other.pairing) in heard:
                continue
            heard.append((other.given, other.pairing))
            failing = [pair for pair in sure if self.cost(other, *pair[:2]) is None]
            suspects = [pair for pair in sure if pair in failing or pair in had_choice]
            sound = [pair for pair in sure if pair not in suspects]
            taken = {("a", pair[0]) for pair in sound} | {("b", pair[1]) for pair in sound}
            contradicted = [
                pair
                for pair in suspects
                if any(self.fits(other, pair[0], b) and ("b", b) not in taken for b in range(len(self.right)))
                or any(self.fits(other, a, pair[1]) and ("a", a) not in taken for a in range(len(self.left)))
            ]
            sure = [pair for pair in sure if pair not in contradicted]
            words = {pair: "contradicted" if pair in failing else "contested" for pair in contradicted}
            doubtful = doubtful + [(*pair[:2], f"{pair[2]}, {word}") for pair, word in words.items()]
        return sure, doubtful

    def without_rounded(self, rule, sure, doubtful):
        """Where no gate corroborates, a number that looks as if it had lost digits is no key."""
        rounded = [
            pair
            for pair in sure
            if rule.doubt and not rule.given and any(map(looks_rounded, self.key_of(rule, "left", pair[0])))
        ]
        sure = [pair for pair in sure if pair not in rounded]
        return sure, doubtful + [(a, b, f"{evidence}, digits may be lost") for a, b, evidence in rounded]

    def had_choice(self, rule, a, b):
        """Whether a different record of the same key could have been taken instead."""
        if rule.pairing.value == "n:m":
            return False
        pairs = [pair for pair in self.free_pairs(rule) if self.steps(rule, *pair) is not None]
        rights = {self.kind("right", other) for one, other in pairs if one == a}
        lefts = {self.kind("left", one) for one, other in pairs if other == b}
        by_left = len(rights) > 1 and not rule.pairing.left_takes_many
        return by_left or (len(lefts) > 1 and not rule.pairing.right_takes_many)

    def fits(self, rule, a, b):
        """Whether two free records of unlike keys could be a pair of a searched rule."""
        is_free = self.is_free("left", a, rule) and self.is_free("right", b, rule)
        return is_free and self.ok(rule, a, b) and self.steps(rule, a, b) == 1

    # --- keys that need not be equal ---

    def by_rivals(self, rule):
        pairs = [(a, b) for a, b in self.free_pairs(rule) if self.ok(rule, a, b)]
        enough = [pair for pair in pairs if self.is_enough(rule, *pair)]
        weighed = rule.confirm and (rule.given or enough)
        barred = {pair: self.barred_by_check_digit(rule, *pair) if weighed else "" for pair in pairs}
        lone = [pair for pair in enough if not barred[pair] and not self.is_rivalled(rule, *pair)]
        sure = self.thinned(rule, lone)
        doubtful = [pair for pair in pairs if pair not in lone]
        return tuple(
            [(a, b, self.searched_evidence(rule, a, b, barred[a, b])) for a, b in some] for some in (sure, doubtful)
        )

    def barred_by_check_digit(self, rule, a, b):
        key = next(key for key in rule.on if isinstance(key, SEARCHED))
        values = (self.left[a][key.columns[0]], self.right[b][key.columns[1]])
        numbers = [form_of(key, str(value), side) for value, side in zip(values, ("left", "right"), strict=True)]
        steps = self.steps(rule, a, b)
        is_short = isinstance(key, Fuzzy) and steps > 0 and min(map(len, numbers)) < 4 * steps + 2
        states = {check_state(number).value for number in numbers}
        words = {"passed": ", both check digits right", "failed": ", both check digits wrong"}
        said = words.get(*states, "") if len(states) == 1 and numbers[0] != numbers[1] else ""
        return said or (", short key" if is_short else "")

    def is_enough(self, rule, a, b):
        """Whether an unrivalled pair is confirmed: it is corroborated, or needs no corroboration."""
        steps = self.steps(rule, a, b)
        if any(isinstance(key, Damaged) for key in rule.on):
            return damage.can_confirm(steps) if rule.given else damage.is_certain(steps)
        if any(isinstance(key, Contains) for key in rule.on):
            return bool(rule.given) or steps == 1
        return bool(rule.given)

    def searched_evidence(self, rule, a, b, barred):
        steps = self.steps(rule, a, b)
        for key in rule.on:
            if isinstance(key, Damaged):
                one, other = self.left[a].get(key.columns[0]), self.right[b].get(key.columns[1])
                return damage.words(steps) + barred + damage.dirt(one, other)
            if isinstance(key, Contains):
                return damage.WORDS_IN_TEXT[steps] + barred
        return {0: "same key", 1: "1 edit", 2: "2 edits"}[steps] + barred

    def is_rivalled(self, rule, a, b):
        def could(one, other):
            if self.ok(rule, one, other) or self.same_key(rule, one, other):
                return True
            return any(self.would_claim(later, rule, one, other) for later in self.rules[self.rules.index(rule) + 1 :])

        rights = [other for other in range(len(self.right)) if other != b and could(a, other)]
        lefts = [other for other in range(len(self.left)) if other != a and could(other, b)]
        return any(not self.is_alike(rule, "right", b, other) for other in rights) or any(
            not self.is_alike(rule, "left", a, other) for other in lefts
        )

    def would_claim(self, later, rule, a, b):
        """Whether a later rule with another search of the same key would make a pair of two free records."""
        kinds = [next((type(key) for key in one.on if isinstance(key, SEARCHED)), None) for one in (later, rule)]
        is_other = kinds[0] is not None and (kinds[0] is Fuzzy) != (kinds[1] is Fuzzy)
        if not is_other or columns_of(later) != columns_of(rule) or not later.confirm or not later.given:
            return False
        is_free = self.is_free("left", a, rule) and self.is_free("right", b, rule)
        return is_free and self.ok(later, a, b) and (kinds[0] is not Fuzzy or self.steps(later, a, b) <= 1)

    def is_alike(self, rule, side, one, other):
        """Whether `other` is no rival of `one`: free, and a twin, or of the same key where several may share."""
        if not self.is_free(side, other, rule):
            return False
        if rule.pairing.left_takes_many if side == "right" else rule.pairing.right_takes_many:
            return self.key_of(rule, side, one) == self.key_of(rule, side, other)
        return self.kind(side, one) == self.kind(side, other)

    def key_of(self, rule, side, at):
        record = getattr(self, side)[at]
        return tuple(form_of(key, record.get(pair[side == "right"]), side) for key in rule.on for pair in names_of(key))

    def same_key(self, rule, a, b):
        keys = self.key_of(rule, "left", a), self.key_of(rule, "right", b)
        return keys[0] == keys[1] and None not in keys[0]

    def thinned(self, rule, lone):
        pairing = rule.pairing.value
        if pairing == "n:m":
            return lone
        sure, used = [], set()
        for a, b in sorted(lone):
            ends = {"1:1": {("a", a), ("b", b)}, "n:1": {("a", a)}, "1:n": {("b", b)}}[pairing]
            if not ends & used:
                used |= ends
                sure.append((a, b))
        return sure

    # --- what stands at the end of a rule ---

    def settle(self, rule, sure, doubtful):
        said = {link[:2]: link for link in self.open}
        disputed = [pair for pair in sure if self.is_held_back(rule, pair, said)]
        if sum_of(rule):
            disputed = whole_sums(sure, disputed)
        settled = [pair for pair in sure if pair not in disputed]
        self.confirmed += [(a, b, rule.name, evidence) for a, b, evidence in settled]
        for a, b, _ in settled:
            self.use["left"][a] = "shared" if self.lets_share(rule, "left") else "taken"
            self.use["right"][b] = "shared" if self.lets_share(rule, "right") else "taken"
        for pair in (*disputed, *doubtful):
            if pair[:2] not in said:
                self.open.append(
                    (*pair[:2], rule.name, pair[2], rule, pair not in disputed and self.is_doubt(rule, pair))
                )
        matched = {(a, b) for a, b, *_ in self.confirmed}
        self.open = [link for link in self.open if (link[0], link[1]) not in matched and self.is_possible(link)]

    def is_held_back(self, rule, pair, said):
        """Whether a pair is not confirmed for what an earlier rule said."""
        if pair[:2] not in said:
            return self.is_disputed(rule, pair)
        *_, by, is_doubted = said[pair[:2]]
        return is_doubted and not self.reads(rule) - self.reads(by)

    def is_doubt(self, rule, pair):
        """Whether something speaks against a suggested pair, unlike a tie."""
        if any(isinstance(key, SEARCHED) for key in rule.on):
            return rule.confirm
        return pair[2].endswith((", contradicted", ", contested", ", digits may be lost"))

    def reads(self, rule):
        """The columns that a rule reads, with their side."""
        names = [pair for condition in (*rule.on, *rule.given) for pair in names_of(condition)]
        read = {("left", one) for one, _ in names} | {("right", other) for _, other in names}
        if sum_of(rule):
            read |= {("left", name) for name in {"currency"} & set().union(*self.left)}
            read |= {("right", name) for name in {"currency"} & set().union(*self.right)}
        return read

    def is_disputed(self, rule, pair):
        by_left = not self.lets_share(rule, "left") and any(link[0] == pair[0] for link in self.open)
        return by_left or (not self.lets_share(rule, "right") and any(link[1] == pair[1] for link in self.open))

    def is_possible(self, link):
        a, b, rule = link[0], link[1], link[4]
        both = self.is_free("left", a, rule) and self.is_free("right", b, rule)
        return both and "free" in (self.use["left"][a], self.use["right"][b])


def whole_sums(pairs, disputed):
    """Disputed pairs with all that hang together with them: a sum stands or falls as a whole."""
    while True:
        ends = {("a", a) for a, *_ in disputed} | {("b", pair[1]) for pair in disputed}
        more = [pair for pair in pairs if ("a", pair[0]) in ends or ("b", pair[1]) in ends]
        if len(more) == len(disputed):
            return more
        disputed = more


def looks_rounded(key):
    """Whether a number of 18 digits or more has nothing but zeros after the 15th."""
    is_number = isinstance(key, str) and key.isdecimal() and key[0] != "0"
    return is_number and len(key) >= 18 and not key[15:].strip("0")


def columns_of(rule):
    return {pair for key in rule.on for pair in names_of(key)}


def names_of(condition):
    if isinstance(condition, (Exact, Same)):
        return condition.columns
    return [condition.columns if isinstance(condition, SEARCHED) else condition.column]


def form_of(key, value, side):
    """What is compared of a value; None where there is no key."""
    if not isinstance(value, str):
        return value
    if isinstance(key, Contains) and key.text == side:
        return damage.folded(value)
    return damage.form(value) if isinstance(key, Damaged) else exact_key(value)


def harm_or_place(key, left, right):
    if isinstance(key, Damaged):
        return damage.harm(left, right, key.harms)
    one, other = (left, right) if key.text == "right" else (right, left)
    return damage.contained(one, other, key.min_length)


def share_of(gate, left, right):
    """How much of a gate's allowance a pair uses up, in whole millionths; None when it fails."""
    if isinstance(gate, Same):
        values = [(left.get(one), right.get(other)) for one, other in gate.columns]
        return 0 if all(one == other and not is_nothing(one) for one, other in values) else None
    one, other = left.get(gate.column[0]), right.get(gate.column[1])
    if one is None or other is None:
        return None
    gap = other * gate.right_times - one if gate.right_times != 1 else other - one
    is_time = isinstance(one, (date, datetime))
    if gate.calendar is not None:
        gap = timedelta(days=business_days(gate.calendar, one, other))
    if gate.after is not None:
        bound = gate.after if gap >= type(gap)(0) else gate.before
    else:
        bound = gate.days if gate.days is not None else gate.by
    allowed = in_days(bound) if is_time else Fraction(bound or 0)
    if gate.percent is not None:
        allowed = max(allowed, abs(Fraction(one)) * Fraction(gate.percent) / 100)
    gap = in_days(abs(gap)) if is_time else abs(Fraction(gap))
    if gap > allowed:
        return None
    return int(gap * FULL / allowed) if allowed else 0


def is_nothing(value):
    """Whether a cell only says that nothing is known."""
    signs = (
        "-",
        "--",
        "---",
        "/",
        "//",
        "\\",
        "无",
        "空",
        "nan",
        "nat",
        "none",
        "null",
        "nil",
        "na",
        "<na>",
        "n/a",
        "#n/a",
        "",
    )
    return value is None or (isinstance(value, str) and value.strip().lower() in signs)


def business_days(calendar, first, second):
    """Business days from one date to another, counted day by day: the first one counts, the second does not."""
    if second < first:
        return -business_days(calendar, second, first)
    days = [first + timedelta(days=step) for step in range((second - first).days)]
    return sum(is_business_day(calendar, day) for day in days)


def is_business_day(calendar, day):
    if day in calendar.workdays:
        return True
    return day not in calendar.holidays and day.isoweekday() not in calendar.weekend


def in_days(span):
    return (
        Fraction(span // timedelta(microseconds=1), 86_400_000_000)
        if isinstance(span, timedelta)
        else Fraction(Decimal(span))
    )


def components(candidates):
    """Candidate pairs that hang together."""
    parts = []
    for a, b in candidates:
        touching = [part for part in parts if any(a == one or b == other for one, other in part)]
        parts = [part for part in parts if part not in touching]
        parts.append([*(pair for part in touching for pair in part), (a, b)])
    return [sorted(part) for part in parts]


def best_pairings(part, costs):
    """Every pairing with the most pairs and, among those, the least cost."""
    best, found = (0, 0), []

    def extend(at, chosen, used, cost):
        nonlocal best, found
        if at == len(part):
            rank = (-len(chosen), cost)
            if not found or rank < best:
                best, found = rank, [list(chosen)]
            elif rank == best:
                found.append(list(chosen))
            return
        a, b = part[at]
        extend(at + 1, chosen, used, cost)
        if ("a", a) not in used and ("b", b) not in used:
            extend(at + 1, [*chosen, part[at]], used | {("a", a), ("b", b)}, cost + costs[part[at]])

    extend(0, [], frozenset(), 0)
    return found
