"""Beyond the rest: closed records that a rule would look at when it decides the rest.

They are rivals of a searched key, records of the same key, and, where closed records may still be taken, whatever a rule could
pair with the rest. With each comes its whole block, so that it is decided as it was.
"""

from collections.abc import Iterator
from functools import partial

import attrs
import polars as pl

from tieout.errors import MatcherError
from tieout.matching._at_rule import at_rule
from tieout.matching._plan import BoundRule, Plan
from tieout.matching._spark.task import BLOCK, PAIRS, SIDES, Frames, Task
from tieout.matching._workbench import Workbench
from tieout.matching.conditions._base import Search
from tieout.matching.conditions._key_text import is_exact_key
from tieout.matching.engines._pool import Pool
from tieout.matching.engines._prior import SEEDS, free_keys, is_sampled, most_sampled
from tieout.matching.engines._search import Askers, askers_of, fitting, met_by, others_near, searched

__all__ = ["Asked", "Looking", "asked_of"]


@attrs.frozen(kw_only=True, eq=False)
class Asked:
    """What is asked of closed records.

    Attributes:
        task: What is carried out.
        near: By number of a rule with a searched key, records whose neighbours are wanted, by side.
        alike: By number of a rule, records of whose key others are wanted, by side.
        keys: By number of a rule and side, how many closed records have its key, of which a sample is wanted.
    """

    task: Task
    near: dict[int, Frames]
    alike: dict[int, Frames]
    keys: dict[tuple[int, str], int]

    @property
    def is_nothing(self) -> bool:
        """Whether no record is wanted at all."""
        frames = [frame for some in (self.near, self.alike) for by_side in some.values() for frame in by_side.values()]
        return all(frame.is_empty() for frame in frames) and not any(self.keys.values())

    def again(self, found: Frames) -> "Asked":
        """What closed records ask of others, which the rest may yet be paired with: who else could be meant by them.

        Args:
            found: Those that the rest asked for, by side.
        """
        records = {name: frame.drop(BLOCK, PAIRS, strict=False) for name, frame in found.items()}
        return attrs.evolve(
            self, near=dict.fromkeys(self.near, records), alike=dict.fromkeys(self.alike, records), keys={}
        )


def asked_of(task: Task, rest: Frames, keyed: dict[tuple[int, str], int]) -> Asked:
    """What the rest asks of closed records.

    Args:
        task: What is carried out.
        rest: Records that are not closed, by side.
        keyed: By number of a rule and side, how many closed records that are still free for it have its key.
    """
    plan = task.plan(rest)
    bench = Workbench(plan)
    shared = task.shared(plan)
    wide = task.searches(plan)
    near: dict[int, Frames] = {}
    alike: dict[int, Frames] = {}
    for rule in plan.rules[1:]:
        if rule.sums:
            continue  # what was matched once has its amount explained
        if rule in wide and (shared or rule.rule.confirm):  # nothing rivals what is only suggested
            near[rule.number] = rest if shared else _ends(bench, rule, rest)
        if rule.search is not None or shared:
            alike[rule.number] = rest if shared or not _is_first_key(plan, rule) else _without_first_key(bench, rest)
    return Asked(task=task, near=near, alike=alike, keys=keyed)


def _is_first_key(plan: Plan, rule: BoundRule) -> bool:
    """Whether records of one key of a rule have one key of the first: not where that tells apart what is written otherwise."""
    first = plan.rules[0]
    is_exact = all(is_exact_key(form) for part in first.parts for form in part.normal)
    return is_exact and {part.asked for part in rule.parts} == {part.asked for part in first.parts}


def _without_first_key(bench: Workbench, rest: Frames) -> Frames:
    """Records that the first rule sees no key of: others of their key may be in closed blocks."""
    first = bench.plan.rules[0]
    return {
        side.name: rest[side.name].filter(bench.codes(first, side).is_null())
        for side in (bench.plan.left, bench.plan.right)
    }


def _ends(bench: Workbench, rule: BoundRule, rest: Frames) -> Frames:
    """Records that a rule could pair with another one of the rest: only of these rivals are looked for."""
    search, sides = rule.search, (bench.plan.left, bench.plan.right)
    if search is None or any(frame.is_empty() for frame in rest.values()):
        return {name: frame.clear() for name, frame in rest.items()}
    try:
        pairs = fitting(
            bench, rule, search.in_part(of_all=True), *(searched(bench, rule, side, None) for side in sides)
        )
    except MatcherError:
        return rest  # too many; of those that are free for the rule there may be few enough
    return {name: rest[name][pairs[name].unique().sort()] for name in SIDES}


class Looking:
    """Closed records held against what is asked of them: made ready once, for any number of them.

    What is asked may be hundreds of thousands of records, and is looked up in some ten times as many for each of these.
    """

    def __init__(self, asked: Asked) -> None:
        """Make ready what is asked.

        Args:
            asked: What is wanted.
        """
        self._asked = asked
        self._near: list[_Near] = []
        self._alike: list[_Alike] = []
        for number, few in asked.near.items():
            with at_rule(asked.task.rules[number]):
                self._near += _near_of(asked.task, number, few)
        for number, few in asked.alike.items():
            with at_rule(asked.task.rules[number]):
                self._alike += _alike_of(asked.task, number, few)

    def at(self, closed: Frames) -> Frames:
        """Those that are wanted, with all of their blocks.

        Args:
            closed: Closed records, by side, with their `BLOCK`; all records of a block are there.
        """
        if all(frame.is_empty() for frame in closed.values()):
            return closed
        plan = self._asked.task.plan(closed)
        bench = Workbench(plan)
        wanted_by = [(near.number, near.name, partial(near.among, bench, closed)) for near in self._near]
        wanted_by += [(alike.number, alike.name, partial(alike.among, bench)) for alike in self._alike]
        for number, name in self._asked.keys:
            wanted_by.append((number, name, partial(_sample, self._asked, bench, number, name)))
        blocks = []
        for number, name, rows in wanted_by:
            with at_rule(plan.rules[number].rule):
                blocks.append(closed[name][BLOCK].gather(rows()))
        wanted = pl.concat([pl.Series(dtype=pl.UInt64), *blocks]).unique()
        return {name: frame.filter(pl.col(BLOCK).is_in(wanted.implode())) for name, frame in closed.items()}


@attrs.frozen(kw_only=True, eq=False)
class _Near:
    """Records of one side whose neighbours on the other are wanted, by a rule's searched key.

    Attributes:
        task: What is carried out.
        number: Of the rule.
        few: Records of both sides, of which those of one ask here.
        at: Which side theirs is: 0 is left.
        askers: Those of it, ready to ask.
    """

    task: Task
    number: int
    few: Frames
    at: int
    askers: Askers

    @property
    def name(self) -> str:
        """The side of the neighbours."""
        return SIDES[1 - self.at]

    def among(self, bench: Workbench, closed: Frames) -> pl.Series:
        """Rows of closed records that the rule could pair with one of the few."""
        rule = bench.plan.rules[self.number]
        search = _search_of(rule).in_part(of_all=False)
        side = (bench.plan.left, bench.plan.right)[1 - self.at]
        others = others_near(bench, rule, side, pl.Series(dtype=pl.UInt32), self.askers)
        pairs = met_by(bench, rule, search, self.askers, others, self.at)
        if search is rule.search:  # else it matters how many there are, whether they pass or not
            pairs = pairs.filter(self._passes(pairs, closed))
        return pairs[self.name].unique()

    def _passes(self, pairs: pl.DataFrame, closed: Frames) -> pl.Series:
        """Which of the pairs pass the rule's gates."""
        frames = {SIDES[self.at]: self.few[SIDES[self.at]], self.name: closed[self.name]}
        rows = {name: pairs[name].unique().sort() for name in SIDES}
        plan = self.task.plan({name: frames[name][rows[name]] for name in SIDES})
        ends = pairs.select(rows[name].search_sorted(pairs[name]).cast(pl.UInt32).alias(name) for name in SIDES)
        return Workbench(plan).holds(ends, plan.rules[self.number])


@attrs.frozen(kw_only=True, eq=False)
class _Alike:
    """Keys of which closed records of one side are wanted.

    Attributes:
        number: Of the rule whose keys they are.
        name: The side of the records that are wanted.
        codes: The keys, as a workbench numbers them.
    """

    number: int
    name: str
    codes: pl.Series

    def among(self, bench: Workbench) -> pl.Series:
        """Rows of closed records that have one of the keys."""
        plan = bench.plan
        codes = bench.codes(plan.rules[self.number], plan.left if self.name == "left" else plan.right)
        return codes.is_in(self.codes.implode()).fill_null(value=False).arg_true()


def _near_of(task: Task, number: int, few: Frames) -> Iterator[_Near]:
    """Those who ask for neighbours, of each side that has any."""
    plan = task.plan(few)
    bench, rule = Workbench(plan), plan.rules[number]
    search = _search_of(rule).in_part(of_all=False)
    for at, side in enumerate((plan.left, plan.right)):
        few_keyed = searched(bench, rule, side, None)
        askers = askers_of(bench, rule, search, side, few_keyed, others=task.records[SIDES[1 - at]])
        if not askers.records.is_empty():
            yield _Near(task=task, number=number, few=few, at=at, askers=askers)


def _alike_of(task: Task, number: int, few: Frames) -> Iterator[_Alike]:
    """Keys of which others are wanted, of each side that has any."""
    plan = task.plan(few)
    bench = Workbench(plan)
    for side, other in zip((plan.left, plan.right), reversed(SIDES), strict=True):
        codes = bench.codes(plan.rules[number], side).drop_nulls().unique()
        if not codes.is_empty():
            yield _Alike(number=number, name=other, codes=codes)


def _search_of(rule: BoundRule) -> Search:
    if rule.search is None:
        raise AssertionError("neighbours are of a searched key")
    return rule.search


def _sample(asked: Asked, bench: Workbench, number: int, name: str) -> pl.Series:
    """Rows of closed records whose keys are sampled, of those that are still free."""
    plan = bench.plan
    side = plan.left if name == "left" else plan.right
    keys = free_keys(bench, plan.rules[number], side, Pool(plan).rows(name, may_share=True))
    most = most_sampled(max(asked.task.records.values()))
    return keys.filter(is_sampled("key", most, asked.keys[number, name], SEEDS[SIDES.index(name)]))["row"]
