"""Beyond the rest: closed records that a rule would look at when it decides the rest.

They are rivals of a searched key, records of the same key, and, where closed records may still be taken, whatever a rule could
pair with the rest. With each comes its whole block, so that it is decided as it was.
"""

import attrs
import polars as pl

from tieout.errors import MatcherError
from tieout.matching._at_rule import at_rule
from tieout.matching._plan import BoundRule, Plan
from tieout.matching._spark.task import BLOCK, PAIRS, SIDES, Frames, Task
from tieout.matching._workbench import Workbench
from tieout.matching.conditions._key_text import is_exact_key
from tieout.matching.engines._pool import Pool
from tieout.matching.engines._prior import SEEDS, free_keys, is_sampled, most_sampled
from tieout.matching.engines._search import fitting, rivals_beyond, searched

__all__ = ["Asked", "asked_of", "looked_at"]


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


def looked_at(asked: Asked, closed: Frames) -> Frames:
    """The closed records of a bucket that are wanted, with all of their blocks.

    Args:
        asked: What is wanted.
        closed: Closed records, by side, with their `BLOCK`.
    """
    if all(frame.is_empty() for frame in closed.values()):
        return closed
    found = [pl.Series(dtype=pl.UInt64)]
    rules = asked.task.rules
    for at, name in enumerate(SIDES):
        other = SIDES[1 - at]
        for wanted_by, few_by in ((_neighbours, asked.near), (_of_one_key, asked.alike)):
            for number, few in few_by.items():
                with at_rule(rules[number]):
                    found.append(wanted_by(asked.task, number, {other: few[other], name: closed[name]}, name))
    for (number, name), count in asked.keys.items():
        with at_rule(rules[number]):
            found.append(_sample(asked, number, name, count, closed))
    wanted = pl.concat(found).unique()
    return {name: frame.filter(pl.col(BLOCK).is_in(wanted.implode())) for name, frame in closed.items()}


def _neighbours(task: Task, number: int, frames: Frames, name: str) -> pl.Series:
    """Blocks of closed records that a rule could pair with one of the few."""
    if any(frame.is_empty() for frame in frames.values()):
        return pl.Series(dtype=pl.UInt64)
    plan = task.plan(frames)
    bench, rule = Workbench(plan), plan.rules[number]
    if rule.search is None:
        raise AssertionError("neighbours are of a searched key")
    search = rule.search.in_part(of_all=False)
    records = [searched(bench, rule, side, None) for side in (plan.left, plan.right)]
    few = [some if side != name else some.clear() for side, some in zip(SIDES, records, strict=True)]
    pairs = rivals_beyond(bench, rule, search, (few[0], few[1]), (records[0].clear(), records[1].clear()))
    if search is rule.search:
        pairs = bench.passes(pairs, rule)  # else it matters how many there are, whether they pass or not
    return frames[name][BLOCK].gather(pairs[name].unique())


def _of_one_key(task: Task, number: int, frames: Frames, name: str) -> pl.Series:
    """Blocks of closed records that have the very key of one of the few."""
    if any(frame.is_empty() for frame in frames.values()):
        return pl.Series(dtype=pl.UInt64)
    plan = task.plan(frames)
    bench, rule = Workbench(plan), plan.rules[number]
    codes = {side.name: bench.codes(rule, side) for side in (plan.left, plan.right)}
    few = codes[SIDES[1 - SIDES.index(name)]].drop_nulls().unique()
    return frames[name][BLOCK].filter(codes[name].is_in(few.implode()).fill_null(value=False))


def _sample(asked: Asked, number: int, name: str, count: int, closed: Frames) -> pl.Series:
    """Blocks of closed records whose keys are sampled, of those that are still free."""
    plan = asked.task.plan(closed)
    bench, rule = Workbench(plan), plan.rules[number]
    side = plan.left if name == "left" else plan.right
    keys = free_keys(bench, rule, side, Pool(plan).rows(name, may_share=True))
    most = most_sampled(max(asked.task.records.values()))
    rows = keys.filter(is_sampled("key", most, count, SEEDS[SIDES.index(name)]))["row"]
    return closed[name][BLOCK].gather(rows)
