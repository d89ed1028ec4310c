"""Closing: what a bucket settles by itself, and what it leaves."""

import attrs
import polars as pl

from tieout.matching._groups import firsts_of
from tieout.matching._places import marked
from tieout.matching._plan import BoundRule, Plan
from tieout.matching._proof import sums_of
from tieout.matching._spark.task import BLOCK, PAIRS, POSITION, SIDES, Frames, Task
from tieout.matching._workbench import Workbench
from tieout.matching.engines._blocks import decide_by_blocks
from tieout.matching.engines._contradictions import open_to_doubt
from tieout.matching.engines._pool import Decision, Pool
from tieout.matching.engines._teaching import paired, sampled, samplings

__all__ = ["FIGURES", "SETTLED", "Decided", "decided"]

SETTLED = {"left": pl.Int64(), "right": pl.Int64(), "first": pl.Int64(), "is_raw": pl.Boolean()}
"""Columns of settled pairs: positions of both, the least left position of their group, and whether the keys came equal."""

FIGURES = {"side": pl.String(), "name": pl.String(), "of": pl.String(), "figure": pl.Int128()}
"""Columns of what a bucket counts: `records`; `sum`, of a currency; `keyed`, records with a key of a rule."""


@attrs.frozen(kw_only=True, eq=False)
class Decided:
    """What became of a bucket.

    Attributes:
        pairs: Pairs that are settled; columns as in `SETTLED`.
        rest: Records of blocks that are not closed, by side, with `POSITION`.
        closed: Records of closed blocks, by side, with `POSITION`, `BLOCK` and, left, `PAIRS`; none where nobody will ask.
        taught: Those of them that teach.
        figures: What was counted of the closed ones.
    """

    pairs: pl.DataFrame
    rest: Frames
    closed: Frames
    taught: Frames
    figures: pl.DataFrame


def decided(task: Task, frames: Frames) -> Decided:
    """Decide what can be decided in a bucket.

    Args:
        task: What is carried out.
        frames: The bucket's records, by side, with `POSITION`.
    """
    frames = {name: frame.sort(POSITION) for name, frame in frames.items()}
    plan = task.plan(frames)
    if not task.closes(plan) or any(frame.is_empty() for frame in frames.values()):
        return _open(frames)
    bench, rule = Workbench(plan), plan.rules[0]
    decision = decide_by_blocks(bench, Pool(plan), rule)
    doubted = open_to_doubt(bench, rule, decision)
    sound = decision.confirmed.filter(~doubted)
    codes = {side.name: bench.codes(rule, side) for side in (plan.left, plan.right)}
    opened = _open_codes(codes, decision, doubted, sound)
    is_closed = {name: (code.is_not_null() & ~code.is_in(opened.implode())) for name, code in codes.items()}
    pairs = sound.filter(is_closed["left"].gather(sound["left"]))
    closed = {
        name: frame.with_columns(codes[name].alias(BLOCK)).filter(is_closed[name]) for name, frame in frames.items()
    }
    closed["left"] = _counted(closed["left"], frames["left"][POSITION].gather(pairs["left"]))
    return Decided(
        pairs=_settled(frames, pairs),
        rest={name: frame.filter(~is_closed[name]) for name, frame in frames.items()},
        closed=closed if task.looks_beyond else {name: frame.clear() for name, frame in closed.items()},
        taught=_taught(task, bench, closed),
        figures=_figures(task, plan, closed),
    )


def _open(frames: Frames) -> Decided:
    closed = {
        name: frame.clear().with_columns(pl.lit(0, dtype=pl.UInt64).alias(BLOCK)) for name, frame in frames.items()
    }
    closed["left"] = closed["left"].with_columns(pl.lit(0, dtype=pl.Int64).alias(PAIRS))
    return Decided(
        pairs=pl.DataFrame(schema=SETTLED),
        rest=frames,
        closed=closed,
        taught=closed,
        figures=pl.DataFrame(schema=FIGURES),
    )


def _open_codes(codes: dict[str, pl.Series], decision: Decision, doubted: pl.Series, sound: pl.DataFrame) -> pl.Series:
    """Blocks that are not closed: some record is in no sound pair, or in one that is not sound as well."""
    alone = [code.filter(~marked(sound[name], code.len())) for name, code in codes.items()]
    unsound = (decision.confirmed["left"].filter(doubted), decision.suggested["left"].cast(pl.UInt32))
    return pl.concat([*alone, *(codes["left"].gather(rows) for rows in unsound)]).drop_nulls().unique()


def _settled(frames: Frames, pairs: pl.DataFrame) -> pl.DataFrame:
    ends = {name: frames[name][POSITION] for name in SIDES}
    return pl.DataFrame(
        [
            ends["left"].gather(pairs["left"]).alias("left"),
            ends["right"].gather(pairs["right"]).alias("right"),
            ends["left"].gather(firsts_of(pairs.select("left", "right"))).alias("first"),
            (pairs["evidence"] == "raw").alias("is_raw"),
        ],
        schema=SETTLED,
    )


def _counted(closed: pl.DataFrame, positions: pl.Series) -> pl.DataFrame:
    """Closed left records, with how many pairs each is in."""
    counts = positions.alias(POSITION).to_frame().group_by(POSITION).agg(pl.len().cast(pl.Int64).alias(PAIRS))
    return closed.join(counts, on=POSITION, how="left", maintain_order="left")


def _taught(task: Task, bench: Workbench, closed: Frames) -> Frames:
    """Closed records from whose pairs later rules learn, with all of their blocks."""
    rules = task.lessons(bench.plan)
    blocks = [pl.Series(dtype=pl.UInt64)]
    for rule in rules:
        for rate, run_chars in samplings(min(task.records.values())):
            blocks += _teaching_blocks(bench, rule, rate, run_chars)
    wanted = pl.concat(blocks).drop_nulls().unique()
    return {name: frame.filter(pl.col(BLOCK).is_in(wanted.implode())) for name, frame in closed.items()}


def _teaching_blocks(bench: Workbench, rule: BoundRule, rate: float, run_chars: int) -> list[pl.Series]:
    """The blocks, by the first rule, of records that teach another rule."""
    plan, first = bench.plan, bench.plan.rules[0]
    if {part.asked for part in rule.parts} == {part.asked for part in first.parts}:
        pairs = paired(plan, rule, rate, run_chars)  # all records of one key are here
        return [bench.codes(first, plan.left).gather(pairs["left"])]
    return [
        bench.codes(first, side).gather(sampled(side, at, rule, rate, run_chars).cast(pl.UInt32))
        for at, side in enumerate((plan.left, plan.right))
    ]


def _figures(task: Task, plan: Plan, closed: Frames) -> pl.DataFrame:
    rows: list[tuple[str, str, str, int]] = []
    own = task.plan(closed)
    bench = Workbench(own)
    shared = task.shared(plan)
    for side in (own.left, own.right):
        rows.append((side.name, "records", "", side.frame.height))
        rows += [(side.name, "sum", code, total) for code, total in sums_of(own, side).items()]
        rows += [
            (side.name, "keyed", str(rule.number), bench.keys(rule, side).height)
            for rule in own.rules[1:]
            if side.name in shared and rule.search is not None
        ]
    return pl.DataFrame(rows, schema=FIGURES, orient="row")
