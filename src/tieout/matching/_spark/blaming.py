"""Blaming: which block of a bucket it is that a rule fails at."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import polars as pl

from tieout._spark.workers import about
from tieout.errors import TieoutError
from tieout.matching._spark.task import POSITION, SIDES, Frames, Task
from tieout.matching._workbench import Workbench

__all__ = ["blaming"]

_SHOWN = 5


@contextmanager
def blaming(task: Task, frames: Frames, decide: Callable[[Task, Frames], object]) -> Iterator[None]:
    """Let an error of a library remember the records of the block that it is about.

    The bucket is decided again, by halves: that takes no longer than the bucket took.

    Args:
        task: What is carried out.
        frames: Records of a bucket, by side, with `POSITION`.
        decide: What failed.
    """
    try:
        yield
    except TieoutError:
        raise
    except Exception:
        with about(_block(task, frames, decide)):
            raise


def _block(task: Task, frames: Frames, decide: Callable[[Task, Frames], object]) -> str:
    """The records of the first block that fails by itself; all of the bucket where none does."""
    try:
        plan = task.plan(frames)
        bench = Workbench(plan)
        codes = {side.name: bench.codes(plan.rules[0], side) for side in (plan.left, plan.right)}
    except Exception:  # noqa: BLE001 - the same that is told already: the key itself cannot be made
        return _records(frames)
    blocks = pl.concat(codes.values()).drop_nulls().unique(maintain_order=True)
    while blocks.len() > 1:
        half = blocks.head(blocks.len() // 2)
        blocks = half if _fails(task, _of(frames, codes, half), decide) else blocks.slice(half.len())
    block = _of(frames, codes, blocks)
    return _records(block if _fails(task, block, decide) else frames)


def _of(frames: Frames, codes: Mapping[str, pl.Series], blocks: pl.Series) -> Frames:
    return {name: frame.filter(codes[name].is_in(blocks.implode())) for name, frame in frames.items()}


def _fails(task: Task, frames: Frames, decide: Callable[[Task, Frames], object]) -> bool:
    try:
        decide(task, frames)
    except Exception:  # noqa: BLE001 - whatever it is, it is one more failure
        return True
    return False


def _records(frames: Frames) -> str:
    return " and ".join(f"{name} records {_listed(frames[name][POSITION].sort())}" for name in SIDES)


def _listed(positions: pl.Series) -> str:
    if not positions.len():
        return "(none)"
    more = f" to {positions[-1]}" if positions.len() > _SHOWN else ""
    return ", ".join(map(str, positions.head(_SHOWN))) + more
