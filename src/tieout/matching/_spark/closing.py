"""Closing: what a bucket settles by itself, and what it leaves."""

from collections.abc import Iterator, Sequence

import attrs
import polars as pl

from tieout._spark.sealing import Seal
from tieout.matching._at_rule import at_rule
from tieout.matching._facts import KnownFacts
from tieout.matching._groups import firsts_of
from tieout.matching._places import marked
from tieout.matching._plan import BoundRule, Plan
from tieout.matching._proof import sums_of
from tieout.matching._spark.task import BLOCK, PAIRS, POSITION, SIDES, Facts, Frames, Task, takes_many
from tieout.matching._workbench import Workbench
from tieout.matching.engines._blocks import decide_by_blocks
from tieout.matching.engines._calibration import teaches
from tieout.matching.engines._contradictions import open_to_doubt
from tieout.matching.engines._pool import Decision, Pool
from tieout.matching.engines._teaching import paired, sampled, samplings

__all__ = [
    "CHECKSUM",
    "CLOSED_KEYS",
    "FIGURES",
    "PRIME",
    "SETTLED",
    "Decided",
    "checksum",
    "counted",
    "decided",
    "sealed",
]

SETTLED = {"left": pl.Int64(), "right": pl.Int64(), "first": pl.Int64(), "is_raw": pl.Boolean()}
"""Columns of settled pairs: positions of both, the least left position of their group, and whether the keys came equal."""

CLOSED_KEYS = "closed keys"
"""Figure of the closed records that are still free for a rule and have its key."""

CHECKSUM = "checksum of pairs"
"""Figure of the settled pairs, as `checksum` says."""

PRIME = 2**31 - 1
"""What positions are cut down by, so that products of two of them are whole numbers of 64 bits."""

FIGURES = {"side": pl.String(), "name": pl.String(), "of": pl.String(), "figure": pl.Int128()}
"""Columns of what a bucket counts of `closed` and `open` records: `records`; `sum`, of a currency; `keys`, of a rule."""


@attrs.frozen(kw_only=True, eq=False)
class Decided:
    """What became of a bucket.

    Attributes:
        pairs: Pairs that are settled; columns as in `SETTLED`.
        rest: Records of blocks that are not closed, by side, with `POSITION`.
        loose: Those whose key the other side does not have, where they can be told from others by `thinning`.
        closed: Records of closed blocks, by side, with `POSITION`, `BLOCK` and, left, `PAIRS`; none where nobody will ask.
        taught: Those of them that teach.
        figures: What was counted of the bucket.
        facts: What the columns hold that rules are bound to, by side and name.
    """

    pairs: pl.DataFrame
    rest: Frames
    loose: Frames
    closed: Frames
    taught: Frames
    figures: pl.DataFrame
    facts: Facts


def decided(task: Task, frames: Frames) -> Decided:
    """Decide what can be decided in a bucket.

    Args:
        task: What is carried out.
        frames: The bucket's records, by side, with `POSITION`.
    """
    frames = {name: frame.sort(POSITION) for name, frame in frames.items()}
    plan = task.plan(frames)
    task = attrs.evolve(task, facts=_facts(plan))  # so that its parts are not looked through again
    if not task.closes(plan) or any(frame.is_empty() for frame in frames.values()):
        return _open(task, plan, frames)
    bench, rule = Workbench(plan), plan.rules[0]
    with at_rule(rule.rule):
        decision = decide_by_blocks(bench, Pool(plan), rule)
        doubted = open_to_doubt(bench, rule, decision)
        codes = {side.name: bench.codes(rule, side) for side in (plan.left, plan.right)}
    sound = decision.confirmed.filter(~doubted)
    opened = _open_codes(codes, decision, doubted, sound)
    is_closed = {name: (code.is_not_null() & ~code.is_in(opened.implode())) for name, code in codes.items()}
    is_loose = _loose(task, plan, codes)
    pairs = sound.filter(is_closed["left"].gather(sound["left"]))
    closed = {
        name: frame.with_columns(codes[name].alias(BLOCK)).filter(is_closed[name]) for name, frame in frames.items()
    }
    closed["left"] = _counted(closed["left"], frames["left"][POSITION].gather(pairs["left"]))
    return Decided(
        pairs=_settled(frames, pairs),
        rest={name: frame.filter(~is_closed[name] & ~is_loose[name]) for name, frame in frames.items()},
        loose={name: frame.filter(is_loose[name]) for name, frame in frames.items()},
        closed=closed if task.looks_beyond else {name: frame.clear() for name, frame in closed.items()},
        taught=_taught(task, bench, closed),
        figures=_figures(task, frames, closed, is_closed, is_loose),
        facts=task.facts,
    )


def _loose(task: Task, plan: Plan, codes: dict[str, pl.Series]) -> dict[str, pl.Series]:
    """Records whose key the other side does not have."""
    if not task.thins(plan):
        return {name: pl.Series([False]).new_from_index(0, code.len()) for name, code in codes.items()}
    return {
        name: ~codes[name].is_in(codes[other].drop_nulls().unique().implode()).fill_null(value=False)
        for name, other in zip(SIDES, reversed(SIDES), strict=True)
    }


def _open(task: Task, plan: Plan, frames: Frames) -> Decided:
    closed = {
        name: frame.clear().with_columns(pl.lit(0, dtype=pl.UInt64).alias(BLOCK)) for name, frame in frames.items()
    }
    closed["left"] = closed["left"].with_columns(pl.lit(0, dtype=pl.Int64).alias(PAIRS))
    none = {name: frame.clear() for name, frame in frames.items()}
    thins = task.closes(plan) and task.thins(plan)
    every = {name: pl.Series([thins]).new_from_index(0, frame.height) for name, frame in frames.items()}
    return Decided(
        pairs=pl.DataFrame(schema=SETTLED),
        rest=none if thins else frames,
        loose=frames if thins else none,
        closed=closed,
        taught=closed,
        figures=_figures(task, frames, closed, {name: ~which & False for name, which in every.items()}, every),
        facts=task.facts,
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
        with at_rule(rule.rule):
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


def _figures(
    task: Task, frames: Frames, closed: Frames, is_closed: dict[str, pl.Series], is_loose: dict[str, pl.Series]
) -> pl.DataFrame:
    """What is counted of a bucket."""
    rows: list[tuple[str, str, str, int]] = []
    opened = {name: frame.filter(~is_closed[name]) for name, frame in frames.items()}
    for what, some in (("closed", closed), ("open", opened)):
        plan = task.plan(some)
        for side in (plan.left, plan.right):
            rows.append((side.name, f"{what} records", "", side.frame.height))
            rows += [(side.name, f"{what} sum", code, total) for code, total in sums_of(plan, side).items()]
    loose = {name: frame.filter(is_loose[name]) for name, frame in frames.items()}
    shared = task.shared(task.plan(frames))
    rows += _keyed(CLOSED_KEYS, task, closed, shared)
    rows += _keyed("loose keys", task, loose, frozenset(SIDES))
    return pl.DataFrame(rows, schema=FIGURES, orient="row")


def _facts(plan: Plan) -> Facts:
    """What the columns hold that rules are bound to."""
    return {
        side.name: {name: KnownFacts.of(side.frame[name]) for name in side.looked_up}
        for side in (plan.left, plan.right)
    }


def counted(found: Decided) -> pl.DataFrame:
    """The figures of a bucket, with how many records are left over and loose, and how many pairs are settled."""
    rows: list[tuple[str, str, str, int]] = [
        ("left", "pairs", "", found.pairs.height),
        ("left", CHECKSUM, "", checksum(found.pairs)),
    ]
    for name in SIDES:
        rows.append((name, "left over", "", found.rest[name].height + found.taught[name].height))
        rows.append((name, "loose", "", found.loose[name].height))
    return pl.concat([found.figures, pl.DataFrame(rows, schema=FIGURES, orient="row")])


def sealed(found: Decided, said: Sequence[pl.DataFrame] = ()) -> int:
    """The number of all that comes out of a bucket.

    Args:
        found: What became of it.
        said: What is told of it, as frames.
    """
    seal = Seal()
    seal.add("pair", found.pairs)
    for kind, some in (
        ("rest", found.rest),
        ("loose", found.loose),
        ("taught", found.taught),
        ("closed", found.closed),
    ):
        for name in SIDES:
            seal.add(f"{kind} {name}", some[name])
    for place, frame in enumerate(said):
        seal.add(f"figures {place}", frame)
    return seal.number


def checksum(pairs: pl.DataFrame) -> int:
    """A sum that is another one where a pair is missing, there twice, or of other records: what `SparkMatchResult` sums again.

    Args:
        pairs: `left` and `right`, positions on the sides.
    """
    left, right = (pl.col(name) % PRIME for name in SIDES)
    return int(pairs.select(((left + 1) * (right + 2)).cast(pl.Int128).sum()).item())


def _keyed(what: str, task: Task, frames: Frames, sides: frozenset[str]) -> Iterator[tuple[str, str, str, int]]:
    """How many records have the key of a rule that searches."""
    plan = task.plan(frames)
    bench = Workbench(plan)
    for at, side in enumerate((plan.left, plan.right)):
        for rule in plan.rules[1:]:
            is_free = what != CLOSED_KEYS or takes_many(rule.pairing)[at]
            is_asked = side.name in sides and side.frame.height > 0 and is_free
            if is_asked and rule.search is not None and teaches(plan, rule):
                with at_rule(rule.rule):
                    count = bench.keys(rule, side).height
                yield side.name, what, str(rule.number), count
