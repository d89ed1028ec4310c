"""Driving: what is brought together from all buckets, and how it is decided."""

from collections.abc import Mapping
from typing import Protocol

import attrs
import polars as pl

from tieout.matching._groups import firsts_of, place_of
from tieout.matching._plan import Elsewhere
from tieout.matching._spark.beyond import Asked, asked_of
from tieout.matching._spark.bounding import Bound
from tieout.matching._spark.closing import CLOSED_KEYS
from tieout.matching._spark.task import PAIRS, POSITION, SIDES, Facts, Frames, Task
from tieout.matching._spark.thinning import Chosen, chosen_of
from tieout.matching._workbench import Workbench
from tieout.matching.calibration import Calibration
from tieout.matching.engines import local
from tieout.matching.engines._base import LINKS, Findings
from tieout.matching.progress import Tell
from tieout.matching.verdict import Verdict

__all__ = ["FEW", "MAX_LEFTOVERS", "Cluster", "Found", "carried_out"]

MAX_LEFTOVERS = 5_000_000
"""Most records that are brought together, unless told otherwise: some 2 GB with those that a rule makes of them."""

FEW = 2_000_000
"""Loose records that are not worth telling apart: the driver decides them sooner than they are exchanged."""


class Cluster(Protocol):
    """Where the buckets are: Spark, or this process.

    What comes from there is held against a bound before it comes, by a `MatcherError`.
    """

    def close(self, task: Task) -> tuple[pl.DataFrame, Facts]:
        """Decide every bucket, and keep what came of it.

        Returns:
            What was counted, as in `FIGURES`, of all buckets: beside what each counts, by side `left over`, records of the rest,
            and of those that teach, `loose`, and `pairs`, how many are settled. And what the columns of the whole hold.
        """
        ...

    def fetched(self) -> tuple[Frames, Frames]:
        """The rest, and closed records that teach, by side."""
        ...

    def met(self, task: Task, bound: Bound) -> Mapping[str, pl.Series]:
        """Positions of the open records that meet one of the other side that a later rule could pair them with."""
        ...

    def loose(self, chosen: Chosen | None, bound: Bound) -> Frames:
        """Loose records that are chosen, by side; all of them where nothing is said."""
        ...

    def looked_up(self, asked: Asked, bound: Bound) -> Frames:
        """Closed records that are wanted, by side."""
        ...


@attrs.frozen(kw_only=True, eq=False)
class Found:
    """What was found beside the pairs that are settled in buckets.

    Attributes:
        links: Columns as in `LINKS`, but `left` and `right` are positions on the sides (Int64), and `place`, the number of the
            pair's group. Where `replaces` is not empty, settled pairs of closed records are among them.
        replaces: Positions of left records whose settled pairs these links replace: their groups may have grown.
        replaced: How many pairs these are.
        verdicts: What the rules with sums found, by positions on the sides.
        calibrations: What the rules with searched keys learned.
        rest: Records that are not closed, by side, but loose ones that nothing could be done with.
        figures: What was counted of all.
    """

    links: pl.DataFrame
    replaces: pl.Series
    replaced: int
    verdicts: tuple[Verdict, ...]
    calibrations: tuple[Calibration, ...]
    rest: Frames
    figures: pl.DataFrame


def carried_out(
    cluster: Cluster, task: Task, tell: Tell, *, max_leftovers: int = MAX_LEFTOVERS, few: int = FEW
) -> Found:
    """Decide the buckets, then the rest.

    Args:
        cluster: Where the buckets are.
        task: What is carried out.
        tell: Called before each rule of the rest and at the end.
        max_leftovers: Most records that are brought together.
        few: So many loose records are brought together as they are.

    Raises:
        MatcherError: There are more, or a join would make more pairs than `max_candidates`.
    """
    figures, facts = cluster.close(task)
    task = attrs.evolve(task, facts=facts)
    bound = Bound(most=max_leftovers)
    bound.require(_total(figures, "left over"))
    rest, taught = cluster.fetched()
    beside = bound.beside(_height(rest) + _height(taught))
    loose = _loose(cluster, task, figures, beside, few) if _total(figures, "loose") else _none_of(rest)
    rest = _joined(rest, loose)
    keyed = _by_rule(figures, CLOSED_KEYS)
    asked = asked_of(task, rest, keyed)
    wanted = taught
    if task.looks_beyond and not asked.is_nothing:
        wanted = _joined(taught, _beyond(cluster, task, asked, bound.beside(_height(rest))))
    both = _joined(rest, wanted)
    bound.require(_height(both))
    found = _decided(task, both, _elsewhere(task, figures, wanted, both, loose), tell)
    return _told(task, found, both, wanted, rest, figures)


def _beyond(cluster: Cluster, task: Task, asked: Asked, bound: Bound) -> Frames:
    """Closed records that are looked at; where the rest may be paired with them, also those that rival it there."""
    found = cluster.looked_up(asked, bound)
    is_shared = bool(task.shared(task.plan({name: frame.clear() for name, frame in found.items()})))
    return _joined(found, cluster.looked_up(asked.again(found), bound)) if is_shared else found


def _loose(cluster: Cluster, task: Task, figures: pl.DataFrame, bound: Bound, few: int) -> Frames:
    """Loose records that any rule could do something with; all of them where they are few, as that is soon done."""
    if _total(figures, "loose") <= min(few, bound.left):
        return cluster.loose(None, bound)
    if not task.looks_beyond:
        return cluster.loose(Chosen(task=task, positions=_nobody(), keys={}), bound)
    positions = cluster.met(task, bound.beside(0))  # some are of records that are here already
    return cluster.loose(chosen_of(task, positions, _by_rule(figures, "loose keys")), bound)


def _height(frames: Frames) -> int:
    return sum(frame.height for frame in frames.values())


def _none_of(frames: Frames) -> Frames:
    return {name: frame.clear() for name, frame in frames.items()}


def _nobody() -> dict[str, pl.Series]:
    return {name: pl.Series(dtype=pl.Int64) for name in SIDES}


def _total(figures: pl.DataFrame, name: str) -> int:
    return int(figures.filter(pl.col("name") == name)["figure"].sum() or 0)


def _by_rule(figures: pl.DataFrame, name: str) -> dict[tuple[int, str], int]:
    """Figures by number of a rule and side, but those of nothing."""
    summed = figures.filter(pl.col("name") == name).group_by("side", "of").agg(pl.col("figure").sum())
    return {(int(of), side): int(figure) for side, of, figure in summed.sort("side", "of").iter_rows() if figure}


def _joined(some: Frames, more: Frames) -> dict[str, pl.DataFrame]:
    """Records of both, each once, in the order of their positions."""
    return {
        name: pl.concat([some[name], more[name]], how="diagonal").unique(POSITION, keep="last").sort(POSITION)
        for name in SIDES
    }


def _elsewhere(task: Task, figures: pl.DataFrame, wanted: Frames, both: Frames, loose: Frames) -> Elsewhere:
    """What there is beside the records that are brought together."""
    free: dict[tuple[int, str], int] = {}
    for what, here in ((CLOSED_KEYS, wanted), ("loose keys", loose)):
        plan = task.plan(here)
        bench, sides = Workbench(plan), {"left": plan.left, "right": plan.right}
        for (number, name), count in _by_rule(figures, what).items():
            present = bench.keys(plan.rules[number], sides[name]).height
            free[number, name] = free.get((number, name), 0) + count - present
    return Elsewhere(
        records={name: task.records[name] - both[name].height for name in SIDES},
        confirmed=_total(figures, "pairs") - int(wanted["left"][PAIRS].sum()),
        free=free,
    )


def _decided(task: Task, both: Frames, elsewhere: Elsewhere, tell: Tell) -> Findings:
    if any(count == 0 for count in task.records.values()):
        return Findings(links=pl.DataFrame(schema=LINKS))
    return local.run(task.plan(both, elsewhere), tell)


def _told(task: Task, found: Findings, both: Frames, wanted: Frames, rest: Frames, figures: pl.DataFrame) -> Found:
    """What was found, by positions on the sides."""
    positions = {name: both[name][POSITION] for name in SIDES}
    parts = [found.links.filter(pl.col("is_confirmed")), found.links.filter(~pl.col("is_confirmed"))]
    links = pl.concat(
        part.with_columns(
            *(positions[name].gather(part[name]).alias(name) for name in SIDES),
            place=place_of(positions["left"].gather(firsts_of(part)), is_later=at == 1).cast(pl.Int64),
        )
        for at, part in enumerate(parts)
    )
    closed = wanted["left"][POSITION].unique().sort()
    is_closed = links["left"].is_in(closed.implode()) & (links["rule"] == 0) & links["is_confirmed"]
    if is_closed.sum() != wanted["left"].unique(POSITION)[PAIRS].sum():
        raise AssertionError("a closed block was decided otherwise among the rest")
    shares = bool(task.shared(task.plan(rest)))
    return Found(
        links=links if shares else links.filter(~is_closed),
        replaces=closed if shares else closed.clear(),
        replaced=int(is_closed.sum()) if shares else 0,
        verdicts=tuple(_placed(verdict, positions) for verdict in found.verdicts),
        calibrations=found.calibrations,
        rest=rest,
        figures=figures,
    )


def _placed(verdict: Verdict, positions: Mapping[str, pl.Series]) -> Verdict:
    own, other = positions[verdict.side], positions[verdict.other]

    def placed(rows: tuple[int, ...], of: pl.Series) -> tuple[int, ...]:
        return tuple(of.gather(list(rows)).to_list()) if rows else ()

    return attrs.evolve(
        verdict,
        position=own[verdict.position],
        solutions=tuple(placed(rows, other) for rows in verdict.solutions),
        summed=placed(verdict.summed, other),
        rivals=placed(verdict.rivals, own),
        beside=placed(verdict.beside, own),
    )
