"""Driving: what is brought together from all buckets, and how it is decided."""

from collections.abc import Mapping
from typing import Protocol

import attrs
import polars as pl

from tieout.errors import MatcherError
from tieout.matching._groups import firsts_of, place_of
from tieout.matching._plan import Elsewhere
from tieout.matching._spark.beyond import Asked, asked_of
from tieout.matching._spark.task import PAIRS, POSITION, SIDES, Frames, Task
from tieout.matching._workbench import Workbench
from tieout.matching.calibration import Calibration
from tieout.matching.engines import local
from tieout.matching.engines._base import LINKS, Findings
from tieout.matching.progress import Tell
from tieout.matching.verdict import Verdict

__all__ = ["MAX_LEFTOVERS", "Cluster", "Found", "carried_out"]

MAX_LEFTOVERS = 5_000_000
"""Most records that are brought together, unless told otherwise: some 2 GB with those that a rule makes of them."""


class Cluster(Protocol):
    """Where the buckets are: Spark, or this process."""

    def close(self, task: Task) -> pl.DataFrame:
        """Decide every bucket, and keep what came of it.

        Returns:
            What was counted, as in `FIGURES`, of all buckets, and for each side the figure `left over`: records of the rest, and
            of those that teach; and `pairs`, how many are settled.
        """
        ...

    def fetched(self) -> tuple[Frames, Frames]:
        """The rest, and closed records that teach, by side."""
        ...

    def looked_up(self, asked: Asked) -> Frames:
        """Closed records that are wanted, by side; called once at most."""
        ...


@attrs.frozen(kw_only=True, eq=False)
class Found:
    """What was found beside the pairs that are settled in buckets.

    Attributes:
        links: Columns as in `LINKS`, but `left` and `right` are positions on the sides (Int64), and `place`, the number of the
            pair's group. Where `replaces` is not empty, settled pairs of closed records are among them.
        replaces: Positions of left records whose settled pairs these links replace: their groups may have grown.
        verdicts: What the rules with sums found, by positions on the sides.
        calibrations: What the rules with searched keys learned.
        rest: Records that are not closed, by side.
        figures: What was counted of the closed ones.
    """

    links: pl.DataFrame
    replaces: pl.Series
    verdicts: tuple[Verdict, ...]
    calibrations: tuple[Calibration, ...]
    rest: Frames
    figures: pl.DataFrame


def carried_out(cluster: Cluster, task: Task, tell: Tell, *, max_leftovers: int = MAX_LEFTOVERS) -> Found:
    """Decide the buckets, then the rest.

    Args:
        cluster: Where the buckets are.
        task: What is carried out.
        tell: Called before each rule of the rest and at the end.
        max_leftovers: Most records that are brought together.

    Raises:
        MatcherError: There are more, or a join would make more pairs than `max_candidates`.
    """
    figures = cluster.close(task)
    _require_few(figures, max_leftovers)
    rest, taught = cluster.fetched()
    keyed = {
        (int(of), side): figure
        for side, name, of, figure in _summed(figures, "keyed").iter_rows()
        if name == "keyed" and figure
    }
    asked = asked_of(task, rest, keyed)
    wanted = taught if not task.looks_beyond or asked.is_nothing else _joined(taught, cluster.looked_up(asked))
    both = _joined(rest, wanted)
    if sum(frame.height for frame in both.values()) > max_leftovers:
        raise _too_many(sum(frame.height for frame in both.values()), max_leftovers)
    found = _decided(task, both, _elsewhere(task, figures, keyed, wanted, both), tell)
    return _told(task, found, both, wanted, rest, figures)


def _require_few(figures: pl.DataFrame, max_leftovers: int) -> None:
    left_over = int(_summed(figures, "left over")["figure"].sum() or 0)
    if left_over > max_leftovers:
        raise _too_many(left_over, max_leftovers)


def _too_many(count: int, most: int) -> MatcherError:
    return MatcherError(
        f"{count:,} records are left over by the first rule or needed to decide what is, more than max_leftovers={most:,}",
        hint="put the rule first whose keys match most records, or raise max_leftovers as far as the driver's memory goes",
    )


def _summed(figures: pl.DataFrame, name: str) -> pl.DataFrame:
    return figures.filter(pl.col("name") == name).group_by("side", "name", "of").agg(pl.col("figure").sum())


def _joined(some: Frames, more: Frames) -> dict[str, pl.DataFrame]:
    """Records of both, each once, in the order of their positions."""
    return {
        name: pl.concat([some[name], more[name]], how="diagonal").unique(POSITION, keep="last").sort(POSITION)
        for name in SIDES
    }


def _elsewhere(
    task: Task, figures: pl.DataFrame, keyed: Mapping[tuple[int, str], int], wanted: Frames, both: Frames
) -> Elsewhere:
    """What there is beside the records that are brought together."""
    settled = sum(int(figure) for figure in _summed(figures, "pairs")["figure"])
    here = task.plan(wanted)
    bench = Workbench(here)
    sides = {"left": here.left, "right": here.right}
    return Elsewhere(
        records={name: task.records[name] - both[name].height for name in SIDES},
        confirmed=settled - int(wanted["left"][PAIRS].sum()),
        free={
            (number, name): count - bench.keys(here.rules[number], sides[name]).height
            for (number, name), count in keyed.items()
        },
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
