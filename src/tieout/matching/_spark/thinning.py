"""Thinning: which loose records any rule could do something with, found where they lie.

Loose are the records that the first rule has no counterpart for. Most of large sides are in nothing else either: what was never
billed, and what was never ours. For each later rule they are exchanged, so that those meet which it could pair, and only records
that meet one are brought together.
"""

from collections.abc import Iterator, Mapping

import attrs
import polars as pl

from tieout.errors import MatcherError
from tieout.matching._at_rule import at_rule
from tieout.matching._plan import BoundRule, Plan
from tieout.matching._sides import Side
from tieout.matching._spark.task import POSITION, SIDES, Frames, Task
from tieout.matching._workbench import Workbench
from tieout.matching.engines._pool import Pool
from tieout.matching.engines._prior import SEEDS, free_keys, is_sampled, most_sampled
from tieout.matching.engines._search import neighbours, searched
from tieout.matching.engines._teaching import sampled, samplings

__all__ = ["Chosen", "Sent", "chosen_of", "met", "sent"]


@attrs.frozen(kw_only=True, eq=False)
class Sent:
    """Records on their way to where they could meet others.

    Attributes:
        subject: Number of what is asked there.
        bucket: Where they go.
        side: `left` or `right`.
        records: They, with `POSITION`.
    """

    subject: int
    bucket: int
    side: str
    records: pl.DataFrame


@attrs.frozen(kw_only=True, eq=False)
class Chosen:
    """Which loose records are brought together.

    Attributes:
        task: What is carried out.
        positions: Those that met others, by side.
        keys: How many loose records have the key of a rule that learns, by number of the rule and side, at least; of these a
            sample comes too.
    """

    task: Task
    positions: Mapping[str, pl.Series]
    keys: Mapping[tuple[int, str], int]

    def of(self, loose: Frames) -> Frames:
        """Those of some loose records."""
        wanted = {
            name: frame[POSITION].is_in(self.positions[name].implode()).alias("wanted").to_frame()
            for name, frame in loose.items()
        }
        for (number, name), count in self.keys.items():
            rows = self._sampled(loose, number, name, count)
            is_wanted = wanted[name]["wanted"]
            wanted[name] = (is_wanted.clone().scatter(rows, True) if len(rows) else is_wanted).to_frame()
        chosen = {name: frame.filter(wanted[name]["wanted"]) for name, frame in loose.items()}
        return self._with_teaching(loose, chosen)

    def _with_teaching(self, loose: Frames, chosen: Frames) -> Frames:
        """With those that may teach a rule whose key is another than the first, together with closed records."""
        plan = self.task.plan(loose)
        first = {part.asked for part in plan.rules[0].parts}
        fewest = min(self.task.records.values())
        rules = [rule for rule in self.task.lessons(plan) if {part.asked for part in rule.parts} != first]
        return {
            side.name: pl.concat(
                [
                    chosen[side.name],
                    *(
                        loose[side.name][sampled(side, at, rule, rate, run_chars)]
                        for rule in rules
                        for rate, run_chars in samplings(fewest)
                    ),
                ]
            ).unique(POSITION)
            for at, side in enumerate((plan.left, plan.right))
        }

    def _sampled(self, loose: Frames, number: int, name: str, count: int) -> pl.Series:
        plan = self.task.plan(loose)
        side = plan.left if name == "left" else plan.right
        with at_rule(plan.rules[number].rule):
            keys = free_keys(Workbench(plan), plan.rules[number], side, Pool(plan).rows(name, may_share=False))
        most = most_sampled(max(self.task.records.values()))
        return keys.filter(is_sampled("key", most, count, SEEDS[SIDES.index(name)]))["row"]


def chosen_of(task: Task, positions: Mapping[str, pl.Series], keyed: Mapping[tuple[int, str], int]) -> Chosen:
    """What is brought together of loose records.

    Args:
        task: What is carried out.
        positions: Those that met others.
        keyed: How many loose records have the key of a rule that learns: those that met none stay free to the end.
    """
    keys = {(number, name): max(1, count - len(positions[name])) for (number, name), count in keyed.items()}
    return Chosen(task=task, positions=positions, keys=keys)


def _subjects(task: Task, plan: Plan) -> list[tuple[BoundRule, bool]]:
    """What is asked: rules, and whether for neighbours (True) or for records of one key."""
    found: dict[object, tuple[BoundRule, bool]] = {}
    for rule in plan.rules[1:]:
        if _key_of(rule) != _key_of(plan.rules[0]):  # whose counterparts are known
            found.setdefault(("key", _key_of(rule)), (rule, False))
    return [*found.values(), *((rule, True) for rule in task.searches(plan))]


def _key_of(rule: BoundRule) -> tuple[str, ...]:
    return tuple(form.name for part in rule.parts for form in part.normal)


def sent(task: Task, frames: Frames, buckets: int) -> Iterator[Sent]:
    """Records of one bucket, sent to where they could meet those of others.

    Args:
        task: What is carried out; its facts are of the whole, or the same record would go elsewhere.
        frames: Records by side, with `POSITION`.
        buckets: To how many places.
    """
    plan = task.plan(frames)
    bench = Workbench(plan)
    for subject, (rule, is_near) in enumerate(_subjects(task, plan)):
        for side in (plan.left, plan.right):
            if side.frame.is_empty():
                continue
            with at_rule(rule.rule):
                going = _places(bench, rule, side) if is_near else _places_of(bench.codes(rule, side))
            to = going.select("row", bucket=pl.col("place") % buckets).unique(maintain_order=True)
            for (bucket,), rows in to.partition_by("bucket", as_dict=True).items():
                yield Sent(
                    subject=subject,
                    bucket=int(str(bucket)),
                    side=side.name,
                    records=frames[side.name][rows["row"]],
                )


def _places_of(numbers: pl.Series) -> pl.DataFrame:
    """Rows and places of records that have one."""
    return numbers.alias("place").to_frame().with_row_index("row").drop_nulls("place")


def _places(bench: Workbench, rule: BoundRule, side: Side) -> pl.DataFrame:
    """Right records at their places, left ones at all that they reach; or a block at one, where it matters how many they are."""
    if rule.search is None or rule.search.in_part(of_all=False) is not rule.search:
        return _places_of(bench.blocks(rule, side))
    if side is bench.plan.right:
        return _places_of(bench.places(rule, side))
    known = _places_of(bench.blocks(rule, side)).rename({"place": "block"})
    return bench.within_reach(rule, side, known).select("row", place="block")


def met(task: Task, subject: int, frames: Frames) -> dict[str, pl.Series]:
    """Positions of the records that meet one of the other side, of those that were sent to one place.

    Args:
        task: What is carried out.
        subject: What is asked.
        frames: They, by side; a record may stand several times.
    """
    frames = {name: frame.unique(POSITION).sort(POSITION) for name, frame in frames.items()}
    plan = task.plan(frames)
    if any(frame.is_empty() for frame in frames.values()):
        return {name: pl.Series(dtype=pl.Int64) for name in SIDES}
    rule, is_near = _subjects(task, plan)[subject]
    with at_rule(rule.rule):
        return _met(Workbench(plan), rule, frames, is_near=is_near)


def _met(bench: Workbench, rule: BoundRule, frames: Frames, *, is_near: bool) -> dict[str, pl.Series]:
    sides = (bench.plan.left, bench.plan.right)
    if is_near and rule.search is not None:
        search = rule.search.in_part(of_all=False)
        records = [searched(bench, rule, side, None) for side in sides]
        try:
            pairs = neighbours(bench, rule, search, records[0], records[1])
        except MatcherError:  # too many; of those that earlier rules leave free there may be few enough
            return {name: frame[POSITION] for name, frame in frames.items()}
        if search is rule.search:
            pairs = bench.passes(pairs, rule)  # else it matters how many there are, whether they pass or not
        return {name: frames[name][POSITION].gather(pairs[name].unique().sort()) for name in SIDES}
    codes = {side.name: bench.codes(rule, side) for side in sides}
    return {
        name: frames[name][POSITION].filter(
            codes[name].is_in(codes[other].drop_nulls().unique().implode()).fill_null(value=False)
        )
        for name, other in zip(SIDES, reversed(SIDES), strict=True)
    }
